"""Where the descents of other programs start."""

from __future__ import annotations

import numpy as np

from glmnn.arrays import Array
from glmnn.auditing.causes.claimed import Case
from glmnn.kernels.gram import gram
from glmnn.models.evaluation import SecondOrder


def null_start(case: Case) -> Array | None:
    """Return the start of statsmodels' count models, about the null model; None where they start from zero."""
    if case.intercept is None or not case.problem.glm.link.multiplicative:
        return None
    start = np.full(case.claimed.size, 0.001)
    whole = case.whole
    start[case.intercept] = np.log(np.mean(whole.y / np.exp(whole.offset)))
    return start if np.all(np.isfinite(start)) else None


def middle_start(case: Case) -> Array | None:
    """Return the first state of statsmodels, whose starting means are half way to the mean response or to 1/2."""
    model, whole = case.problem.glm, case.whole
    middle = 0.5 if model.family.trials else whole.y.mean()
    mu = (whole.y + middle) / 2.0
    eta = model.link.link(mu)
    _, score, information = model.pointwise.evaluate(eta, whole.y)
    working = (information * (eta - whole.offset) + score) * whole.prior_weight
    information = gram(whole.X, information * whole.prior_weight)
    if not np.all(np.isfinite(information)):
        return None
    return SecondOrder(whole.y.size, 0.0, working @ whole.X, information).scoring_step()
