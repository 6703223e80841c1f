"""What a fit does not show until asked is of the rows that were fitted, and options are told apart by their types."""

import numpy as np
import pytest

import glmnn
from glmnn.errors import UsageError


@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_rows_that_change_after_the_fit_change_no_number(family):
    rng = np.random.default_rng(5)
    X, y = rng.standard_normal((400, 3)), 1.0 * rng.integers(0, 2, 400)
    wanted = glmnn.fit(X.copy(), y.copy(), solver="fisher", family=family)
    frame, statistics = wanted.to_frame(), (wanted.loglik, wanted.null_deviance, wanted.aic, wanted.notes)
    found = glmnn.fit(X, y, solver="fisher", family=family)
    X[:], y[:] = 0.0, 1.0
    assert found.to_frame().equals(frame)
    assert (found.loglik, found.null_deviance, found.aic, found.notes) == statistics
    assert found.agrees
    assert found.solvers.loc["fisher", "verdict"] == "converged"


def test_equal_options_of_other_types_are_other_options():
    x, y = np.arange(9.0), 1.0 * (np.arange(9) % 2)
    assert "(Intercept)" in glmnn.fit(x, y, intercept=True).coef.index
    with pytest.raises(UsageError, match="intercept must be true or false"):
        glmnn.fit(x, y, intercept=1)
    for _ in range(2):
        with pytest.raises(UsageError, match="level must lie between 0 and 1"):
            glmnn.fit(x, y, level=1.5)
