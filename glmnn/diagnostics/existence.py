"""Does a finite maximum exist? A cheap proof from the signs of the residuals; where it fails, the linear program."""

from __future__ import annotations

import numpy as np

from glmnn.diagnostics.separation import Separation, can_be_separated, find_separation, may_move
from glmnn.fitting import Fit, Status
from glmnn.models.links import Array
from glmnn.problem import Problem

ROUNDING = 4.0 * float(np.finfo(float).eps)  # of a sum relative to the sum of the sizes of its terms
SINGULAR = 1e12  # condition of the scaled information beyond which no step computed from it proves anything
PROVED = 0.5  # part of its residual that a row may lose and keep its sign; 1 is the limit, the rest is for rounding


def separation_of(problem: Problem, reference: Fit) -> Separation | None:
    """Return the separation of the data, or None when a finite maximum exists.

    Parameters
    ----------
    problem : Problem
    reference : Fit
        A run of Fisher scoring, at whose end overlap is proved in one pass if the data overlap.
    """
    if not can_be_separated(problem.glm) or reference.status is Status.INTERRUPTED:
        return None
    if reference.converged and overlap_is_proved(problem, reference.coef):
        return None
    return find_separation(problem)


def overlap_is_proved(problem: Problem, coef: Array) -> bool:
    """Try to prove from one pass at `coef` that no direction separates the data.

    A direction d along which the likelihood never falls has d' x_i of the sign of the residual r_i in every row, so
    sum_i r_i x_i' d = 0 only for d = 0 (Albert & Anderson, 1984, by Farkas' lemma). With a scoring step delta the
    residuals r_i - w_i x_i' delta satisfy that sum exactly; while each keeps the sign of r_i the data overlap.
    """
    model, here = problem.glm, problem.second_order(coef)
    step = here.scoring_step()
    if not np.all(np.isfinite(step)) or here.condition() > SINGULAR:
        return False
    # what rounding of the score can add to the step: far out it is all that is left of the step
    terms = np.zeros_like(step)
    with np.errstate(all="ignore"):
        for block in problem.data.blocks():
            score = model.pointwise.evaluate(model.eta(coef, block), block.y)[1] * block.prior_weight
            terms += np.abs(score) @ np.abs(block.X)
        noise = np.abs(here.covariance()) @ (ROUNDING * terms)
        for block in problem.data.blocks():
            eta = model.eta(coef, block)
            _, score, information = model.pointwise.evaluate(eta, block.y)
            moved = information * (np.abs(block.X @ step) + np.abs(block.X) @ noise)
            free = may_move(model, block.y)
            if not np.all(moved[free] <= PROVED * np.abs(score[free])):
                return False
    return True
