"""The last digits: Newton steps whose score is summed in extended precision, until the step stops shrinking."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.kernels.double_double import linear_predictor, transformed, two_sum
from glmnn.kernels.gram import gram
from glmnn.models.evaluation import SecondOrder
from glmnn.models.glm import GLM
from glmnn.problem.problem import Problem

MOST_STEPS = 60  # each gains at least a third, most gain several digits
SHRINKS = 0.7  # a step longer than this part of the one before is rounding, not progress
MILD = 1e6  # condition of the scaled information up to which plain sums of a large problem keep their digits


def polish(problem: Problem, coef: Array, here: SecondOrder) -> tuple[Array, Array]:
    """Return the maximum to the last digit that float64 can hold, and what it cannot hold beyond.

    Parameters
    ----------
    problem : Problem
    coef : ndarray of shape (p,)
        Where the stopping rule was met.
    here : SecondOrder
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
        return _penalised_steps(problem, coef, here), np.zeros_like(coef)
    here = _observed(problem, coef, here)
    high, low = two_sum(coef, here.scoring_step())
    extended = needs_extended(problem, here)
    before = inf
    for _ in range(MOST_STEPS):
        there = score_at(problem, high, low, here)
        size = there.decrement()
        if not size < SHRINKS * before:
            break
        step = there.scoring_step()
        high, low = two_sum(high, low + step)
        enough = 2.0**-80 if extended else 1e-13  # a coefficient of exactly 0 is never reached in its own digits
        if np.all(np.abs(step) <= 2.0**-54 * np.abs(high)) or size <= enough * here.length(high):
            break
        before = size
    return high, low


def _penalised_steps(problem: Problem, coef: Array, here: SecondOrder) -> Array:
    """Take plain steps until they stop shrinking: a penalised estimate is not held to the last digit."""
    before = inf
    for _ in range(MOST_STEPS):
        size = here.decrement()
        if not size < SHRINKS * before:
            break
        coef, before = coef + here.scoring_step(), size
        here = problem.second_order(coef)
    return coef


def needs_extended(problem: Problem, here: SecondOrder) -> bool:
    """Say whether the score must be summed in extended precision.

    Coordinates other than the data's were made because the data's own columns are ill-conditioned: then the condition
    of `here` says nothing.
    """
    return problem.small or here.to_data is not None or here.condition() > MILD


def score_at(problem: Problem, high: Array, low: Array, here: SecondOrder) -> SecondOrder:
    """Return the score at high + low with the information of `here`, in the coordinates of `here`."""
    if needs_extended(problem, here):
        score, rest = problem.extended_score(high, low)
    else:
        score, rest = problem.score(high), np.zeros_like(high)
    if here.to_data is not None:
        score = linear_predictor(here.to_data.T, score, rest, np.zeros_like(score))[0]
    else:
        score = score + rest
    return here._replace(score=score)


def observed_at(problem: Problem, coef: Array, here: SecondOrder) -> SecondOrder:
    """Return `here` with the observed information at `coef`, in the coordinates of `here`."""
    if here.to_data is None:
        return here._replace(information=problem.observed_information(coef))
    # summed in those coordinates: in the data's own, what nearly collinear columns have apart would cancel
    problem.passes += 1
    eta = problem.predictor(coef, np.zeros_like(coef))
    return here._replace(information=problem.data.sum(_observed_gram, problem.glm, eta, here.to_data))


def _observed_gram(model: GLM, eta: Callable[[Block], Array], to_data: Array, block: Block) -> Array:
    return gram(transformed(block.X, to_data), model.observed_weight(eta(block), block))


def _observed(problem: Problem, coef: Array, here: SecondOrder) -> SecondOrder:
    """Return `here` with the observed information where that is positive definite: it makes the steps Newton's."""
    if problem.model.canonical:
        return here
    observed = observed_at(problem, coef, here)
    try:
        np.linalg.cholesky(observed.information)
    except np.linalg.LinAlgError:
        return here
    return observed
