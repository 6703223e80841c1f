"""The ball of a maximum at the edge of the domain: multipliers of the rows there, and a centre inside."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from glmnn.arrays import Array, Mask
from glmnn.kernels.gram import gram
from glmnn.models.glm import GLM
from glmnn.problem.problem import Problem
from glmnn.proving.center import LONG, Ball, exact, inverse_root

INSIDE = Decimal("1e-30")  # how far the centre is from the edge
ROUNDS = 4


def edge_ball(problem: Problem[GLM], coef: Array, at_edge: NDArray[np.intp], rows: Mask) -> Ball | None:
    """Return the ball around a maximum at the edge eta = 0 of the domain; None where it has no curvature.

    Parameters
    ----------
    problem : Problem
    coef : ndarray of shape (p,)
    at_edge : ndarray of int
        Rows of the data set at the edge.
    rows : ndarray of bool
        Rows of the table that are rows of the data set.
    """
    from scipy.optimize import nnls

    whole = problem.all_rows("multipliers of rows at the edge")
    inwards = 1.0 if problem.glm.etas[0] == 0.0 else -1.0
    inner = np.setdiff1d(np.arange(whole.y.size), at_edge)
    rest, held = whole.rows(inner), whole.rows(at_edge)
    eta = problem.glm.eta(coef, rest)
    _, _, information = problem.glm.pointwise.evaluate(eta, rest.y)
    scale = inverse_root(gram(rest.X, information * rest.prior_weight))
    if scale is None:
        return None
    # a response at the edge has a likelihood that is linear in eta, with this slope
    slope = -inwards * np.ones(at_edge.size)
    pull = (problem.glm.pointwise.score(eta, rest.y) * rest.prior_weight) @ rest.X
    pull = pull + (slope * held.prior_weight) @ held.X
    force, _ = nnls((inwards * held.X @ scale).T, -(scale.T @ pull), maxiter=100 * (at_edge.size + 10))
    numbers = np.flatnonzero(rows)[at_edge] + 1
    multipliers = {int(number): Decimal(repr(float(value))) for number, value in zip(numbers, force, strict=True)}
    return Ball(_inside(exact(coef), held.X, held.offset, inwards), exact(scale), multipliers)


def _inside(center: NDArray[np.object_], X: Array, offset: Array, inwards: float) -> NDArray[np.object_]:
    """Return the centre moved until the rows are at the edge to thirty digits, and not beyond."""
    cells, shift, back = exact(X), exact(offset), np.linalg.pinv(X)
    for _ in range(ROUNDS):
        gaps = []
        for line, moved in zip(cells, shift, strict=True):
            eta = moved
            for cell, value in zip(line, center, strict=True):
                eta = LONG.fma(cell, value, eta)
            gaps.append(LONG.subtract(INSIDE if inwards > 0 else INSIDE.copy_negate(), eta))
        scale = max(map(abs, gaps)) or Decimal(1)
        step = exact(back @ np.array([float(gap / scale) for gap in gaps]))
        center = np.array([LONG.fma(change, scale, b) for change, b in zip(step, center, strict=True)], dtype=object)
    return center
