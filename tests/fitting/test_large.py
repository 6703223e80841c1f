"""Data above the sizes at which the start comes from a part of the rows and the polish from plain sums."""

import numpy as np
import pytest

from glmnn import fit
from glmnn.data.summary import part_stride
from glmnn.errors import Exit
from glmnn.solvers.fisher import LARGE

ROWS = LARGE + 1
STRIDE = part_stride(ROWS)


def rare(successes):
    """Return a feature, and a level of seven rows of which the part that gives the start has none."""
    rng = np.random.default_rng(0)
    x, level = rng.normal(size=ROWS), np.zeros(ROWS)
    places = STRIDE * np.arange(1, 8) + 1
    level[places] = 1.0
    y = (rng.random(ROWS) < 1.0 / (1.0 + np.exp(1.0 - 0.3 * x))).astype(float)
    y[places] = np.arange(7) < successes
    return np.column_stack([x, level]), y


def test_a_level_that_the_start_does_not_see_is_estimated():
    """Its coefficient makes the fitted shares of the level add up to what was seen, 3 of 7."""
    X, y = rare(successes=3)
    result = fit(X, y, solver="fisher")
    assert result.exit_code == Exit.DONE
    level = X[:, 1] == 1
    eta = np.column_stack([np.ones(7), X[level]]) @ result.comparison.estimate.reference.coef
    assert np.sum(1.0 / (1.0 + np.exp(-eta))) == pytest.approx(3.0, abs=1e-9)


def test_a_level_that_the_start_does_not_see_can_separate():
    result = fit(*rare(successes=7), solver="fisher")
    assert result.exit_code == Exit.NO_MAXIMUM
    assert result.comparison.estimate.outcome.separation.infinite == {"x2": 1}
    assert result.comparison.estimate.outcome.separation.separated == 7


def test_nearly_collinear_columns_keep_their_digits_in_any_order_of_the_rows():
    rng = np.random.default_rng(1)
    u = rng.normal(size=(ROWS, 5))
    X = np.column_stack([u, u[:, 0] + 1e-5 * rng.normal(size=ROWS) + 1e3])
    y = (rng.random(ROWS) < 1.0 / (1.0 + np.exp(-u @ [0.3, 0.1, -0.2, 0.1, 0.0]))).astype(float)
    order = rng.permutation(ROWS)
    one, other = (fit(X[rows], y[rows], solver="fisher").comparison.estimate.maximum for rows in (slice(None), order))
    assert np.all(np.abs(one.coef - other.coef) <= 1e-13 * one.std_error)  # sums of another order, rounded otherwise
