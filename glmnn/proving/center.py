"""The ball of a proof: its centre b, and T of beta = b + T gamma, in which the information is nearly the identity.

Nothing here need be right for a proof to hold: a bad centre or a bad T only makes it fail.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Context, Decimal

import numpy as np
from numpy.typing import NDArray

from glmnn.arrays import Array
from glmnn.problem.problem import Problem
from glmnn.proving import verify

LONG = Context(prec=60)  # digits of a centre that is made better
KEPT = Context(prec=20)  # digits of T
Exact = NDArray[np.object_]  # of Decimal


@dataclass(frozen=True)
class Ball:
    """Centre and coordinates.

    Attributes
    ----------
    center : ndarray of Decimal, shape (q,)
    scale : ndarray of Decimal, shape (q, q)
        T.
    multipliers : dict of int to Decimal
        Of rows at the edge of the domain, by their number in the file, from 1.
    """

    center: Exact
    scale: Exact
    multipliers: dict[int, Decimal]


def exact(values: Array) -> Exact:
    """Return floats as the shortest decimals that are read as them."""
    return np.array([Decimal(repr(float(value))) for value in np.ravel(values)], dtype=object).reshape(values.shape)


def ball_of(problem: Problem, coef: Array) -> Ball | None:
    """Return the ball around coefficients, None where their information is singular."""
    with np.errstate(all="ignore"):
        information = problem.observed_information(coef)
        if problem.penalty is not None:
            information = information + problem.penalty.curvature(coef.size)
    scale = inverse_root(information)
    return None if scale is None else Ball(exact(coef), exact(scale), {})


def inverse_root(information: Array) -> Array | None:
    """Return T with T' I T = 1, of columns of unit size first; None where it is singular."""
    size = np.sqrt(np.diag(information))
    if not np.all(np.isfinite(size)) or np.any(size == 0):
        return None
    try:
        factor = np.linalg.cholesky(information / np.outer(size, size))
        return np.asarray(np.linalg.inv(factor).T / size[:, None])
    except np.linalg.LinAlgError:
        return None


def refined(ball: Ball, sums: verify.Sums, *, move: bool) -> Ball | None:
    """Return a ball with the curvature nearer to the identity, and nearer to the maximum where it may move.

    Parameters
    ----------
    ball : Ball
    sums : Sums
        Of the verifier, in the coordinates of the ball.
    move : bool
    """
    q = ball.scale.shape[1]
    curvature = np.zeros((q, q))
    for a in range(q):
        for b in range(a + 1):
            curvature[a, b] = curvature[b, a] = float(sums[a, b].lo)
    inner = inverse_root(curvature)
    if inner is None:
        return None
    score = np.array([float(sums[a].lo) for a in range(q)])
    center = ball.center
    if move:
        step = _product(ball.scale, exact(inner @ (inner.T @ score))[:, None])[:, 0]
        center = np.array([LONG.add(b, s) for b, s in zip(center, step, strict=True)], dtype=object)
    scale = _product(ball.scale, exact(inner))
    return replace(ball, center=center, scale=np.array([[KEPT.plus(value) for value in line] for line in scale]))


def _product(left: Exact, right: Exact) -> Exact:
    made = np.empty((left.shape[0], right.shape[1]), dtype=object)
    for i in range(left.shape[0]):
        for j in range(right.shape[1]):
            total = Decimal(0)
            for a, b in zip(left[i], right[:, j], strict=True):
                total = LONG.fma(a, b, total)
            made[i, j] = total
    return made
