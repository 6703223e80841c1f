"""The last digits: Newton steps whose score is summed in extended precision, until the step stops shrinking."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isfinite, sqrt

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.kernels.double_double import linear_predictor, transformed, two_sum
from glmnn.kernels.gram import gram
from glmnn.kernels.linear_algebra import column_scale
from glmnn.models.evaluation import SecondOrder
from glmnn.models.glm import GLM
from glmnn.problem.problem import Problem

MOST_STEPS = 60  # each gains at least a third, most gain several digits
UNIT = float(np.finfo(float).eps)
SHRINKS = 0.7  # a step longer than this part of the one before is rounding, not progress
MILD = 1e6  # condition of the scaled information up to which plain sums may keep their digits
LOST = 2.0**-48  # of a coefficient, or of its standard error: what plain sums may cost


def polish(problem: Problem, coef: Array, current: SecondOrder) -> tuple[Array, Array]:
    """Return the maximum to the last digit that float64 can hold, and what it cannot hold beyond.

    Parameters
    ----------
    problem : Problem
    coef : ndarray of shape (p,)
        Where the stopping rule was met.
    current : SecondOrder
        Deviance, score and information there, in well-conditioned coordinates where it matters.

    Returns
    -------
    high, low : ndarray of shape (p,)
        The coefficients are high + low, high being their float64 rounding.

    Notes
    -----
    The coefficients are carried as pairs, so that rounding them does not blur the linear predictor (extra-precise
    iterative refinement: Demmel et al., 2006, applied to the score equations).
    """
    if problem.penalty is not None:
        return _penalised(problem, coef, current)
    current = _observed(problem, coef, current)
    high, low = two_sum(coef, current.scoring_step())
    extended = needs_extended(problem, coef, current)
    before = inf
    for _ in range(MOST_STEPS):
        exact = score_at(problem, high, low, current)
        size = exact.decrement()
        if not size < SHRINKS * before:
            break
        step = exact.scoring_step()
        high, low = two_sum(high, low + step)
        enough = 2.0**-80 if extended else 1e-13  # a coefficient of exactly 0 is never reached in its own digits
        if np.all(np.abs(step) <= 2.0**-54 * np.abs(high)) or size <= enough * current.length(high):
            break
        before = size
    return high, low


def _penalised(problem: Problem, coef: Array, current: SecondOrder) -> tuple[Array, Array]:
    """Return a penalised estimate as a pair, by plain steps in the coordinates of `here`."""
    if current.to_data is None:
        return _plain_steps(problem, coef, current), np.zeros_like(coef)
    inner, gamma = inside(problem, current.to_data, coef)
    gamma = _plain_steps(inner, gamma, current._replace(to_data=None))
    problem.passes += inner.passes
    return linear_predictor(current.to_data, gamma, np.zeros_like(gamma), np.zeros_like(gamma))


def inside(problem: Problem, to_data: Array, coef: Array) -> tuple[Problem, Array]:
    """Return the problem in gamma and gamma itself, where coef = to_data gamma."""
    columns = to_data[: problem.data.width, : problem.data.width]
    return problem.in_coordinates(columns), np.asarray(np.linalg.solve(to_data, coef), dtype=float)


def _plain_steps(problem: Problem, coef: Array, current: SecondOrder) -> Array:
    """Take plain steps until they stop shrinking: a penalised estimate is not held to the last digit."""
    before = inf
    for _ in range(MOST_STEPS):
        size = current.decrement()
        if not size < SHRINKS * before:
            break
        coef, before = coef + current.scoring_step(), size
        current = problem.second_order(coef)
    return coef


def needs_extended(problem: Problem, coef: Array, current: SecondOrder, offset: float | None = None) -> bool:
    """Say whether the score must be summed in extended precision, since plain sums would cost digits.

    The squared length of an offset under the information is asked for where it is known.
    Coordinates other than the data's were made because the data's own columns are ill-conditioned: then the condition
    of `here` says nothing.
    """
    if problem.tiny or current.to_data is not None or not current.conditioned(MILD):
        return True
    if offset is None and problem.data.summary.has_offset:  # of whose size nothing is known
        return problem.small
    moved, unit = rounding_of_eta(coef, current, offset or 0.0), sqrt(dispersion(problem, current))
    if moved <= LOST * unit:  # of every standard error
        return False
    std_error = current.std_error()
    return not (moved * std_error <= LOST * np.maximum(np.abs(coef), unit * std_error)).all()


def rounding_of_eta(coef: Array, current: SecondOrder, offset: float = 0.0) -> float:
    """Return how far the rounding of plain linear predictors moves the coefficients, in standard errors.

    With errors of u |eta_i| that know nothing of each other, the maximum moves by about u |eta| standard errors, with
    |eta| the root mean square of the terms of eta under the information (first-order error analysis: Higham, 2002,
    section 1.6); by Minkowski's inequality that is at most sum_j |coef_j| sqrt(I_jj / rows).

    Parameters
    ----------
    coef : ndarray of shape (p,)
    current : SecondOrder
        The information there, in the data's coordinates.
    offset : float
        Squared length of the offset, one more term of eta, under the information.
    """
    return UNIT * (float(np.abs(coef).dot(column_scale(current.information))) + sqrt(offset)) / sqrt(current.rows)


def dispersion(problem: Problem, current: SecondOrder) -> float:
    """Return the dispersion that the deviance shows, 1 where it is known."""
    if problem.model.dispersion_known or not isfinite(current.deviance):
        return 1.0
    return max(current.deviance / max(current.rows - current.score.size, 1), float(np.finfo(float).tiny))


def score_at(problem: Problem, high: Array, low: Array, current: SecondOrder) -> SecondOrder:
    """Return the score at high + low with the information of `here`, in the coordinates of `here`."""
    if needs_extended(problem, high, current):
        score, rest = problem.extended_score(high, low)
    else:
        score, rest = problem.score(high), np.zeros_like(high)
    if current.to_data is not None:
        score = linear_predictor(current.to_data.T, score, rest, np.zeros_like(score))[0]
    else:
        score = score + rest
    return current._replace(score=score)


def observed_at(problem: Problem, coef: Array, current: SecondOrder) -> SecondOrder:
    """Return `here` with the observed information at `coef`, in the coordinates of `here`."""
    if current.to_data is None:
        return current._replace(information=problem.observed_information(coef))
    # summed in those coordinates: in the data's own, what nearly collinear columns have apart would cancel
    problem.passes += 1
    eta = problem.predictor(coef, np.zeros_like(coef))
    return current._replace(information=problem.data.sum(_observed_gram, problem.glm, eta, current.to_data))


def _observed_gram(model: GLM, eta: Callable[[Block], Array], to_data: Array, block: Block) -> Array:
    return gram(transformed(block.X, to_data), model.observed_weight(eta(block), block))


def _observed(problem: Problem, coef: Array, current: SecondOrder) -> SecondOrder:
    """Return `here` with the observed information where that is positive definite: it makes the steps Newton's."""
    if problem.model.canonical:
        return current
    observed = observed_at(problem, coef, current)
    try:
        np.linalg.cholesky(observed.information)
    except np.linalg.LinAlgError:
        return current
    return observed
