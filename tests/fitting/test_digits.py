"""Twelve correct digits of every coefficient, ten of standard errors and deviance, against 50-digit arithmetic.

The references are those of tests/reference/high_precision.py, which shares no code with glmnn.
"""

import numpy as np
import pytest

from glmnn.diagnostics.existence import separation_of
from glmnn.diagnostics.inference import infer
from glmnn.diagnostics.rank import aliased_columns
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit
from glmnn.solvers.stopping import Status
from problems import digits, load, names


@pytest.mark.parametrize("name", names())
def test_digits(name):
    reference = load(name)
    problem = reference.problem
    assert aliased_columns(problem.data) == ()
    run = fit(problem.fresh(), Fisher())
    assert run.status is Status.CONVERGED
    assert separation_of(problem.fresh(), run) is None
    assert digits(run.coef, reference.coef) >= 12
    found = infer(problem.fresh(), run.coef, rest=run.rest)
    whole = problem.data.whole
    if reference.deviance < 1e-28 * float(whole.prior_weight @ whole.y**2):
        # the residuals of an exact fit are the rounding of y: all that can be asked is that they are as small
        assert found.deviance < 1e-28 * float(whole.prior_weight @ whole.y**2)
        return
    assert digits(found.std_error, reference.std_error) >= 10
    assert digits(np.array([found.deviance]), np.array([reference.deviance])) >= 10
