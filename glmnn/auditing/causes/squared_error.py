"""A neuron trained on the squared error instead of the likelihood."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from glmnn.arrays import Array
from glmnn.auditing.causes.claimed import Case, Cause, Replay, explained, explains, strength
from glmnn.auditing.causes.gate import settled
from glmnn.kernels.gram import gram
from glmnn.models.evaluation import SecondOrder


def squared_error(case: Case) -> Iterator[Cause]:
    """Yield the mean squared error as the loss, when its gradient vanishes at the claim.

    The gradient of sum w (y - mu)^2 / 2 is -X' [w (y - mu) dmu/deta]; the step to its zero is Gauss and Newton's.
    """
    model, whole = case.problem.glm, case.whole
    if not model.family.trials:
        return  # elsewhere it is the gaussian family with the same link, one of the other models

    def at(coef: Array) -> SecondOrder:
        eta = model.eta(coef, whole)
        slope = model.link.inverse_derivative(eta)
        residual = whole.y - model.link.inverse(eta)
        score = (whole.prior_weight * residual * slope) @ whole.X
        # the full second derivative: at a zero of the gradient the residuals do not vanish
        bend = (model.link.inverse_derivative(eta + 1e-5) - model.link.inverse_derivative(eta - 1e-5)) / 2e-5
        curved = whole.prior_weight * (slope**2 - residual * bend)
        information = gram(whole.X, curved)
        return SecondOrder(whole.y.size, float(whole.prior_weight @ residual**2), score, information)

    with np.errstate(all="ignore"):
        current = at(case.claimed)
    if not np.all(np.isfinite(current.information)) or np.any(np.diagonal(current.information) <= 0):
        return
    left, floor = case.length(current.scoring_step()), case.floor()
    if not explains(case.distance, left, floor):
        return

    def replay() -> Replay | None:
        coef = settled(at, case.claimed)
        return None if coef is None else Replay(coef, float(np.max(np.abs(current.score))) / case.problem.rows)

    says = "the neuron was trained on the mean squared error instead of the likelihood (cross-entropy)"
    evidence = (f"the squared error is smallest at the claim; that {explained(left, case.distance)}",)
    gained = strength(case.distance, left, floor, case.claimed.size, 0, 4, 0.0)
    yield Cause("squared_error", says, left, case.distance, gained, evidence=evidence, replay=replay)
