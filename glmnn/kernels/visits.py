"""Compiled visits of the rows of a block: how they are asked, and what each says."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glmnn.arrays import Array, Block

WIDEST = 64  # columns: beyond, products by BLAS are faster
NOTHING = np.empty(0)
NUMBERS = 4  # that stand before the score of a state
NEAR = 1e-8  # decrement one step behind which nobody is to look further


class Sums(NamedTuple):
    """What one visit says of some rows."""

    rows: int
    score: Array  # (p,)
    information: Array  # (p, p)
    deviance: float
    pearson: float
    sizes: float  # sum of w (|y| + |mu|)^2 / V(mu)
    least: float  # least information of a row, its prior weight included
    step: Array  # (p,), information^-1 score, nan where that is not to be had; empty without an information
    variance: Array  # (p,), the diagonal of information^-1
    coef: Array  # (p,)


def visits(
    pair: str,
    plain: bool,
    coef: Array,
    block: Block,
    leaf: int,
    start: Array | None = None,
    second: bool = True,
    most: int = 1,
    freedom: float = 0.0,
) -> list[Sums]:
    """Return the sums at coefficients, and at those to which Fisher scoring leads from there, by one compiled call.

    There are none without coefficients.

    Parameters
    ----------
    pair : str
        The family and link, as `kernels.compiled.pairs` calls them.
    plain : bool
        All prior weights are 1 and all offsets 0.
    coef : ndarray of shape (p,)
    block : Block
        Its column of ones may be missing.
    leaf : int
        Rows of a leaf.
    start : ndarray of shape (rows,), optional
        The linear predictors at which the first visit forms the normal equations of the first step.
    second : bool
        Whether the information is needed.
    most : int
        Visits; they are fewer where the rows decline, where numba is missing, and where scoring has come to its end.
    freedom : float
        Residual degrees of freedom where the dispersion is to be estimated, else 0.
    """
    try:
        import glmnn.kernels.compiled.pairs as pairs
        import glmnn.kernels.compiled.visit as visit
    except ImportError:
        return []
    if not coef.size:
        return []
    X, y, weight, offset = map(np.ascontiguousarray, block)
    if plain:
        weight = offset = NOTHING
    p, coef = coef.size, np.ascontiguousarray(coef)
    states = np.empty((most, NUMBERS + p + ((p + 3) * p if second else 0)))
    first = NOTHING if start is None else np.ascontiguousarray(start)
    count = visit.visits(
        getattr(pairs, pair), X, y, weight, offset, coef, first, second, leaf, float(freedom), NEAR, states
    )
    return _sums_of(states[:count], y.size, p) if count else []


def _sums_of(states: Array, rows: int, p: int) -> list[Sums]:
    """Return the sums that stand in states: numbers, score, information, step, variances, coefficients."""
    score = NUMBERS + p
    beyond = min(score + p * p, states.shape[1])
    parts = (
        states[:, NUMBERS:score],
        states[:, score:beyond].reshape(len(states), -1, p),
        states[:, :NUMBERS].tolist(),
        states[:, beyond : beyond + p],
        states[:, beyond + p : beyond + 2 * p],
        states[:, beyond + 2 * p :],
    )
    return [
        Sums(rows, score, information, deviance, pearson, sizes, least, step, variance, coef)
        for score, information, (deviance, pearson, sizes, least), step, variance, coef in zip(*parts, strict=True)
    ]
