"""How many digits of a maximum can be right: what rounding of the score, and an unfinished last step, leave open."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.kernels.double_double import linear_predictor, transformed
from glmnn.kernels.linear_algebra import column_scale, solve_scaled
from glmnn.models.evaluation import SecondOrder
from glmnn.models.families import GAUSSIAN
from glmnn.models.glm import GLM
from glmnn.models.links import IDENTITY
from glmnn.problem.problem import Problem
from glmnn.solvers.polish import needs_extended, rounding_of_eta

UNIT = float(np.finfo(float).eps)
FEW = 6.0  # digits below which it is said
ZERO = 1e-12  # of a standard error, below which a coefficient is 0
MOST_TOLD = 8


def uncertainty(problem: Problem, coef: Array, rest: Array, current: SecondOrder, offset: float | None = None) -> Array:
    """Return how far each coefficient may be from the maximum, shape (p,); zeros where it is not looked at.

    The score of a row comes with a rounding error of a unit or two in the last place of its terms, and the maximum
    moves by information^-1 X' of these errors; their squares are added, as errors that know nothing of each other.
    What is left of the last Newton step comes on top.

    Parameters
    ----------
    problem : Problem
    coef, rest : ndarray of shape (p,)
        The estimate as a pair.
    current : SecondOrder
        The information there, in coordinates in which it can be inverted.
    offset : float, optional
        Squared length of an offset under the information, where the last pass has told it.

    Notes
    -----
    First-order error analysis (Higham, 2002, "Accuracy and Stability of Numerical Algorithms", section 1.6).
    """
    if problem.penalty is not None:
        return np.zeros_like(coef)
    if offset is not None or not needs_extended(problem, coef, current):
        return 2.0 * rounding_of_eta(coef, current, offset or 0.0) * current.std_error()
    if not problem.small:
        return np.zeros_like(coef)
    to_data = np.eye(coef.size) if current.to_data is None else current.to_data
    with np.errstate(all="ignore"):
        eta = problem.predictor(coef, rest)
        squares = problem.data.sum(_squared_moves, problem.glm, eta, current.information, to_data)
        high, low = problem.extended_score(coef, rest)
        score = linear_predictor(to_data.T, high, low, np.zeros_like(coef))[0]
        left = np.abs(current._replace(score=score).scoring_step())
        return np.asarray(left + 2.0 * np.sqrt(squares))


def _squared_moves(
    model: GLM, eta: Callable[[Block], Array], information: Array, to_data: Array, block: Block
) -> Array:
    """Return the sum over the rows of the squares of what their rounding errors move each coefficient by."""
    errors = UNIT * block.prior_weight * _terms(model, eta(block), block)
    moved = to_data @ solve_scaled(information, column_scale(information), transformed(block.X, to_data).T)
    return np.asarray(np.sum((moved * errors) ** 2, axis=1))


def _terms(model: GLM, eta: Array, block: Block) -> Array:
    """Return the size of the terms whose difference is the score of each row of unit weight."""
    link, y = model.link, block.y
    if model.family.trials:
        return np.abs(y * link.rate(eta)) + np.abs((1.0 - y) * link.complement_rate(eta))
    mu = link.inverse(eta)
    if (model.family, link) == (GAUSSIAN, IDENTITY):  # all of it is in extended precision
        return np.zeros_like(y)
    if link == IDENTITY:  # the difference itself is exact
        return np.asarray(np.abs(y - mu) / model.family.variance(mu))
    return np.asarray((np.abs(y) + np.abs(mu)) * np.abs(link.inverse_derivative(eta)) / model.family.variance(mu))


def certain_digits(reference: Array, uncertain: Array, std_error: Array) -> Array:
    """Return how many significant digits the uncertainty leaves, at least 0; inf where there is none.

    Parameters
    ----------
    reference, uncertain, std_error : ndarray of shape (p,)
        A coefficient that is 0 next to its standard error is right when it is small next to it.

    >>> certain_digits(np.array([2.0, 0.5]), np.array([2e-7, 0.0]), np.ones(2))
    array([ 7., inf])
    """
    size = np.where(np.abs(reference) > ZERO * np.nan_to_num(std_error), np.abs(reference), std_error)
    size = np.where(size > 0, size, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        digits = -np.log10(uncertain / size)
    return np.asarray(np.maximum(np.nan_to_num(digits, nan=0.0, posinf=np.inf, neginf=0.0), 0.0))


def few_digits(names: tuple[str, ...], digits: Array) -> tuple[str, ...]:
    """Return a sentence on the coefficients of which few digits can be right."""
    few = [f"{name} {digits[j]:.0f}" for j, name in enumerate(names) if digits[j] < FEW]
    if not few:
        return ()
    named = ", ".join(few[:MOST_TOLD]) + (f" and {len(few) - MOST_TOLD} more" if len(few) > MOST_TOLD else "")
    return (f"rounding leaves few digits certain: {named}; rows or columns differ too much in size or weight",)
