"""Is a point a maximum? Checked on the point itself, whichever solver brought it there and however it stopped."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isfinite, sqrt

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.kernels.linear_algebra import column_scale
from glmnn.models.evaluation import SecondOrder
from glmnn.models.glm import GLM
from glmnn.problem.problem import Problem
from glmnn.solvers.polish import dispersion, observed_at, score_at

SINGULAR = 1e15  # condition of the scaled information from which rounding alone decides what a step is
TO_GO = 1e-6  # standard errors that a Newton step may still move at what is called a maximum
RUNAWAY = 1e-3  # change of eta; near a finite maximum a step of `TO_GO` standard errors is far smaller
ROUNDING = 1e-11  # of the length of the coefficients, below which a step is rounding however small the errors are


def why_no_maximum(problem: Problem, coef: Array, rest: Array, current: SecondOrder) -> str:
    """Return what keeps coefficients from being a maximum inside the domain; empty where nothing does.

    Parameters
    ----------
    problem : Problem
    coef, rest : ndarray of shape (p,)
        The coefficients are coef + rest.
    current : SecondOrder
        The information near them, in well-conditioned coordinates where it matters.

    Notes
    -----
    The expected information must be positive definite on columns of unit length, or steps in its metric say nothing;
    the observed one too, or the point is a saddle; and Newton's step by the observed information must be rounding, in
    standard errors or against the coefficients. Where the likelihood is canonical the two are the same.
    """
    if not (np.all(np.isfinite(coef)) and isfinite(current.deviance)):
        return "the deviance is not finite"
    if problem.penalty is not None:
        return ""
    if not current.conditioned(SINGULAR):
        return "the information is singular there"
    if not problem.model.dispersion_known and not isfinite(problem.data.sum(_pearson, problem.glm, coef)):
        return "a fitted mean is beyond float64 there, so that there are no standard errors"
    now = score_at(problem, coef, rest, current)
    if not problem.model.canonical:
        now = observed_at(problem, coef, now)
        if not _positive_definite(now.information):
            return "the likelihood is not at a maximum there, but on a ridge or a saddle"
    return why_open(problem, coef, now)


def why_open(problem: Problem, coef: Array, now: SecondOrder, share: float | None = None) -> str:
    """Return why Newton's step from coefficients says that they are no maximum; empty where it is rounding.

    `share` is the most that a standard error changes an eta as a part of its distance from an edge, where known.
    """
    step = now.decrement()
    if not (step <= TO_GO * sqrt(dispersion(problem, now)) or step <= ROUNDING * now.length(coef)):
        return "the score is not zero there"
    near_edge = share is None or problem.model.unit_free or not step * share <= RUNAWAY
    if near_edge and runs_away(problem, coef, now.scoring_step()):
        return "the likelihood still rises as the coefficients grow"
    return ""


def runs_away(problem: Problem, coef: Array, step: Array) -> bool:
    """Say that a step that is nothing in standard errors is large in eta: the maximum is at infinity or at an edge.

    Where eta has no unit a step of 1 is large; where its domain has an end, one of the size of the distance to it.
    """
    model = problem.model
    if model.unit_free:
        return bool((np.abs(step) * problem.typical_size()).max() > RUNAWAY)
    if model.etas == (-inf, inf):
        return False
    glm = problem.glm
    with np.errstate(all="ignore"):
        return bool(problem.data.sum(_count_running, glm, coef, step))


def keeps_inside(problem: Problem, coef: Array, rest: Array, deviance: float) -> bool:
    """Say whether polished coefficients are still legal and no worse; only a domain with an edge needs the look."""
    if problem.model.etas == (-inf, inf):
        return True
    if problem.penalty is not None:
        return problem.first_order(coef).deviance <= deviance + 1e-9 * abs(deviance) + 1e-12
    problem.passes += 1
    eta = problem.predictor(coef, rest)  # rounded coefficients of collinear columns may be outside
    with np.errstate(all="ignore"):
        reached: float = problem.data.sum(_deviance, problem.glm, eta)
    return reached < inf and reached <= deviance + 1e-9 * abs(deviance) + 1e-12


def _pearson(glm: GLM, coef: Array, block: Block) -> float:
    eta = glm.eta(coef, block)
    return glm.family.pearson(block.y, glm.link.inverse(eta), glm.link.complement(eta), block.prior_weight)


def _count_running(glm: GLM, coef: Array, step: Array, block: Block) -> int:
    return int(np.count_nonzero(np.abs(block.X @ step) > RUNAWAY * glm.distance(glm.eta(coef, block))))


def _positive_definite(information: Array) -> bool:
    scale = column_scale(information)
    if not np.all(np.isfinite(information)) or not np.all(np.diagonal(information) > 0):
        return False
    values = np.linalg.eigvalsh(information / np.outer(scale, scale))
    return bool(values[0] > values[-1] / SINGULAR)


def _deviance(model: GLM, eta: Callable[[Block], Array], block: Block) -> float:
    """Return the deviance of rows by their linear predictor, inf outside the domain."""
    at = eta(block)
    return float(block.prior_weight @ model.pointwise.evaluate(at, block.y)[0]) if model.inside(at) else inf
