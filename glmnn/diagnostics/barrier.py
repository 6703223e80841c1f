"""The least deviance within the domain of a model, its rim included: a barrier method.

Where the maximum of a likelihood lies on the rim of the domain (a fitted probability of 1 with the log link), Fisher
scoring comes to a stand before it, for the expected information of a row grows without bound there. Newton's method
with a logarithmic barrier does not care.
"""

from __future__ import annotations

from math import inf

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.engines.tree import Many
from glmnn.kernels.gram import gram
from glmnn.models.glm import GLM
from glmnn.problem.problem import Problem

FIRST, LAST = 1e-1, 1e-13  # height of the barrier per row, in units of the dispersion
LOWER = 0.1  # each barrier is so much lower than the one before
MOST_STEPS = 50  # of Newton's method for each barrier
HALVINGS = 60


def least_deviance(problem: Problem, start: Array, dispersion: float) -> tuple[float, Array]:
    """Return the least deviance over the closed domain, and coefficients inside that all but reach it.

    Parameters
    ----------
    problem : Problem
        Without a penalty; the log-likelihood should be concave, or `start` near its maximum.
    start : ndarray of shape (p,)
        Strictly inside the domain.
    dispersion : float
        Unit in which the deviance is to be right.

    Notes
    -----
    Boyd & Vandenberghe (2004), section 11.3. The deviance is too large by at most twice the rows times the height of
    the last barrier.
    """
    height, coef = FIRST * dispersion, start
    last = LAST * dispersion
    while True:
        coef = _centre(problem, coef, height)
        if height <= last:
            return problem.first_order(coef).deviance, coef
        height = max(LOWER * height, last)


def _centre(problem: Problem, coef: Array, height: float) -> Array:
    """Return the minimum of deviance / 2 - height * sum of log distances to the rim, by Newton's method."""
    for _ in range(MOST_STEPS):
        value, gradient, curvature = _with_barrier(problem, coef, height)
        scale = np.sqrt(np.diagonal(curvature))
        try:
            step = -np.linalg.solve(curvature / np.outer(scale, scale), gradient / scale) / scale
        except np.linalg.LinAlgError:
            return coef
        promised = -float(gradient @ step)
        if not promised > 1e-3 * height:
            return coef
        for _ in range(HALVINGS):
            if _value(problem, coef + step, height) <= value - 1e-4 * promised:
                coef = coef + step
                break
            step, promised = 0.5 * step, 0.5 * promised
        else:
            return coef
    return coef


def _with_barrier(problem: Problem, coef: Array, height: float) -> tuple[float, Array, Array]:
    current = problem.second_order(coef)
    observed = problem.observed_information(coef)
    push, wall = problem.data.sum(_push_and_wall, problem.glm, coef)
    curvature = observed + height * wall
    try:
        np.linalg.cholesky(curvature / np.sqrt(np.outer(np.diagonal(curvature), np.diagonal(curvature))))
    except np.linalg.LinAlgError:
        curvature = current.information + height * wall
    return _value(problem, coef, height), height * push - current.score, curvature


def _value(problem: Problem, coef: Array, height: float) -> float:
    total = 0.5 * problem.first_order(coef).deviance
    if not total < inf:
        return inf
    return float(total - height * problem.data.sum(_log_distances, problem.glm, coef))


def _push_and_wall(model: GLM, coef: Array, block: Block) -> Many:
    """Return slope and curvature of the barrier, without its sign."""
    low, high = distances(model, coef, block)
    return Many(((1.0 / high - 1.0 / low) @ block.X, gram(block.X, 1.0 / low**2 + 1.0 / high**2)))


def _log_distances(model: GLM, coef: Array, block: Block) -> float:
    return sum(float(np.log(side[side < inf]).sum()) for side in distances(model, coef, block))


def distances(model: GLM, coef: Array, block: Block) -> tuple[Array, Array]:
    """Return how far the linear predictor of each row is from both ends of its domain, inf where there is none."""
    eta = block.X @ coef + block.offset
    low, high = model.etas
    return eta - low, high - eta


def inner_point(problem: Problem) -> Array | None:
    """Return coefficients whose linear predictors are all well inside the domain, or None where there are none.

    By a linear program: the largest distance from the rim, in units of the largest cell of each row, up to 1.
    """
    whole, p = problem.all_rows("a start inside the domain"), len(problem.names)
    low, high = problem.glm.etas
    size = np.maximum(np.abs(whole.X).max(axis=1), 1e-300)
    sides = []
    if low > -inf:
        sides.append((-whole.X, whole.offset - low))
    if high < inf:
        sides.append((whole.X, high - whole.offset))
    A = np.vstack([np.column_stack([X, size]) for X, _ in sides])
    b = np.concatenate([room for _, room in sides])
    bounds = [(None, None)] * p + [(None, 1.0)]
    from scipy.optimize import linprog

    solution = linprog(np.append(np.zeros(p), -1.0), A, b, bounds=bounds, method="highs")
    if solution.x is None or not solution.x[-1] > 0:
        return None
    coef = np.asarray(solution.x[:-1])
    return coef if problem.first_order(coef).deviance < inf else None
