"""A neuron trained on the squared error instead of the likelihood."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from glmnn.causes.case import Case, Cause, explains, strength
from glmnn.models.evaluation import SecondOrder


def squared_error(case: Case) -> Iterator[Cause]:
    """Yield the mean squared error as the loss, when its gradient vanishes at the claim.

    The gradient of sum w (y - mu)^2 / 2 is -X' [w (y - mu) dmu/deta]; the step to its zero is Gauss and Newton's.
    """
    model, whole = case.problem.glm, case.problem.data.whole
    if model.family.name != "binomial":
        return  # elsewhere it is the gaussian family with the same link, one of the other models
    with np.errstate(all="ignore"):
        eta = model.eta(case.claimed, whole)
        slope = model.link.inverse_derivative(eta)
        residual = whole.y - model.link.inverse(eta)
        score = (whole.prior_weight * residual * slope) @ whole.X
        # the full second derivative: at a zero of the gradient the residuals do not vanish
        bend = (model.link.inverse_derivative(eta + 1e-5) - model.link.inverse_derivative(eta - 1e-5)) / 2e-5
        curved = whole.prior_weight * (slope**2 - residual * bend)
        information = whole.X.T @ (whole.X * curved[:, None])
    if not np.all(np.isfinite(information)) or np.any(np.diagonal(information) <= 0):
        return
    step = SecondOrder(whole.y.size, 0.0, score, information).scoring_step()
    left, floor = case.length(step), case.floor()
    if explains(case.distance, left, floor):
        gained = strength(case.distance, left, floor, step.size, 0, 4, 0.0)
        yield Cause(
            "squared_error",
            "the neuron was trained on the mean squared error instead of the likelihood (cross-entropy)",
            left,
            case.distance,
            gained,
            evidence=(f"the gradient of the squared error vanishes at the claim: {left:.1e} standard errors remain",),
        )
