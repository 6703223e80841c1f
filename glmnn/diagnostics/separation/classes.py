"""Separation of a response that is a class: no row's own class ever loses to another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from glmnn.arrays import Array, Block
from glmnn.diagnostics.separation.overlap import Multipliers, can_be_cancelled
from glmnn.diagnostics.separation.verdict import Separation, Unsettled, separation_of_rows
from glmnn.kernels.threads import one_thread
from glmnn.problem.problem import Problem


def separation_of_classes(problem: Problem, coef: Array) -> Separation | Unsettled | None:
    """Return a direction along which no row's own class ever loses to another, or None when it is proved there is none.

    The likelihood rises without bound along d when (d_y - d_k)' x >= 0 for every row and class k (Albert & Anderson,
    1984), which is the separation of a binomial response that is always 1 with a row of differences for each row and
    class.
    """
    free, rivals = problem.model.free, partial(_rivals, problem, coef)
    with one_thread():
        if np.all(np.isfinite(coef)) and can_be_cancelled(rivals, coef.size):
            return None
    whole = problem.all_rows("the exact decision whether a maximum exists")
    counted = whole.prior_weight > 0
    X = _differences(free, whole.rows(counted))
    separation = separation_of_rows(problem.names, X, np.ones(len(X)))
    if not isinstance(separation, Separation):
        return separation
    moves = np.zeros(counted.size, dtype=bool)
    moves[counted] = separation.moves.reshape(-1, free).all(axis=1)
    return replace(separation, moves=moves)


def _differences(free: int, block: Block) -> Array:
    """Return (e_y - e_k) x' for each row and rival class k, with e_0 = 0, shape (rows (K - 1), p (K - 1))."""
    codes, width = block.y.astype(int), block.X.shape[1]
    differences = np.zeros((codes.size, free, free, width))
    rows = np.arange(codes.size)
    for place in range(free):
        rival = _rival(codes, place)
        own, other = codes > 0, rival > 0
        differences[rows[own], place, codes[own] - 1] = block.X[own]
        differences[rows[other], place, rival[other] - 1] -= block.X[other]
    return differences.reshape(codes.size * free, free * width)


def _rival(codes: NDArray[np.intp], place: int) -> NDArray[np.intp]:
    """Return the class that stands at this place among those that are not the row's own."""
    return np.asarray(place + (place >= codes))


def _rivals(problem: Problem, coef: Array) -> Iterator[Multipliers]:
    """Yield the rows of differences with the probabilities of the rivals, whose sum is the score, 0 at a maximum."""
    model, free = problem.model, problem.model.free
    for block in problem.data.blocks():
        with np.errstate(all="ignore"):
            p = model.fitted(coef, block)
        codes, rows = block.y.astype(int), np.arange(block.y.size)
        rivals = [p[rows, _rival(codes, place)] * block.prior_weight for place in range(free)]
        share = np.column_stack(rivals).ravel()
        share = np.where(np.isfinite(share), share, 0.0)
        yield Multipliers(_differences(free, block), share, share, share)
