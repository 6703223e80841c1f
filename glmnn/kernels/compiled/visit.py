"""One visit of the rows of a leaf: linear predictor, mean, and every sum that is asked for, while they are in cache.

Rows are taken CHUNK at a time and stand there column by column, so that each loop runs along one column. The flags
are strict where means are formed (`contract` alone: a fused product keeps more digits, not fewer); sums may be taken in
any order (`reassoc`), for every chunk the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from glmnn.kernels.compiled.cached import GIVEN, GIVEN_ROWS, kernel
from glmnn.kernels.compiled.columns import (
    CHUNK,
    STRICT,
    STRIDE,
    SUMS,
    TILE,
    add_gram,
    add_score_and_fetch,
    begins_with_ones,
    gather,
    predict_and_fetch,
    total,
)  # fmt: skip
from glmnn.kernels.compiled.pairs import (
    GAMMA_LOG,
    LINEAR,
    LOGISTIC,
    POISSON_LOG,
    gamma_log,
    linear,
    logistic,
    poisson_log,
    probit,
)  # fmt: skip
from glmnn.kernels.compiled.step import add_score, predict
from glmnn.kernels.compiled.systems import decrement_of, step_of

DEVIANCE, PEARSON, SIZES, LEAST, NUMBERS = range(5)  # the numbers stand before score and information
LEVELS = 64  # of the tree of leaves
RISE = 1e-10  # part of the deviance beyond which a rise is none of rounding


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT)
def _evaluate(pair: int, eta: Any, y: Any, n: int, rows: Any) -> bool:
    if pair == LOGISTIC:
        return logistic(eta, y, n, rows)
    if pair == POISSON_LOG:
        return poisson_log(eta, y, n, rows)
    if pair == GAMMA_LOG:
        return gamma_log(eta, y, n, rows)
    if pair == LINEAR:
        return linear(eta, y, n, rows)
    return probit(eta, y, n, rows)


@numba.njit(nogil=True, error_model="numpy", fastmath=SUMS | {"nnan"})
def _add_totals(rows: Any, prior_weight: Any, n: int, sums: Any) -> None:
    """Weight the rows where they have prior weights, and add what is one number of each."""
    if prior_weight.size:
        for k in range(rows.shape[0]):
            for i in range(n):
                rows[k, i] *= prior_weight[i]
    for k in range(2, rows.shape[0]):
        total = 0.0
        for i in range(n):
            total += rows[k, i]
        sums[k - 2] += total
    least = sums[LEAST]
    for i in range(n):
        least = min(least, rows[1, i])
    sums[LEAST] = least


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT)
def _visit_leaf(
    pair: int, X: Any, y: Any, prior_weight: Any, offset: Any, coef: Any, start: Any, second: bool, buffers: Any,
    sums: Any,
) -> bool:  # fmt: skip
    """Write the sums of a leaf: the numbers, the score, and the information.

    A first column of ones, whether it is in X or not, is multiplied with nothing. At linear predictors of a start the
    working responses stand in the place of the score.
    """
    columns, eta, rows, products = buffers
    p = coef.size
    ones = 1 if X.shape[1] < p or begins_with_ones(X) else 0
    skipped = X.shape[1] - p + ones
    score, information = sums[NUMBERS : NUMBERS + p], sums[NUMBERS + p :].reshape(-1, p)
    sums[:] = 0.0
    sums[LEAST] = np.inf
    products[:] = 0.0
    columns[p - ones :] = 0.0
    columns = columns[: -(-(p - ones) // TILE) * TILE]
    tiles = columns.shape[0] // TILE
    tiles, loops = tiles * (tiles + 1) // 2, 2 * (p - ones)
    for first in range(0, y.size, CHUNK):
        n = min(CHUNK, y.size - first)
        gather(X, skipped, first, n, columns)
        if start.size:
            eta[:n] = start[first : first + n]
        else:
            if second:
                predict(columns, coef[ones:], n, eta)
            else:  # the score alone takes less time than reading the rows
                predict_and_fetch(columns, coef[ones:], n, eta, (X, first + CHUNK, loops, 0))
            if offset.size:
                for i in range(n):
                    eta[i] += offset[first + i]
            if ones:
                for i in range(n):
                    eta[i] += coef[0]
        if not _evaluate(pair, eta, y[first : first + n], n, rows):
            return False
        if start.size:
            for i in range(n):
                rows[0, i] += rows[1, i] * (eta[i] - offset[first + i] if offset.size else eta[i])
        _add_totals(rows, prior_weight[first : first + n], n, sums)
        if second:
            add_score(columns, rows[0], n, score[ones:])
        else:
            add_score_and_fetch(columns, rows[0], n, score[ones:], (X, first + CHUNK, loops, p - ones))
        if ones:
            score[0] += total(rows[0], n)
        if second:
            if ones:
                information[0, 0] += total(rows[1], n)
                add_score(columns, rows[1], n, information[0, 1:])
            add_gram(columns, rows[1], n, products, (X, first + CHUNK, tiles, 0))
    if second:
        for j in range(ones, p):
            for k in range(ones, p):
                information[j, k] = products[min(j, k) - ones, max(j, k) - ones]
        information[ones:, 0] = information[0, ones:] if ones else information[:, 0]
    return bool(np.isfinite(sums[DEVIANCE]) and np.isfinite(sums[PEARSON]))


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT)
def _join(left: Any, right: Any) -> None:
    least = min(left[LEAST], right[LEAST])
    for k in range(left.size):
        left[k] += right[k]
    left[LEAST] = least


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT)
def _visit(
    pair: int, X: Any, y: Any, prior_weight: Any, offset: Any, coef: Any, start: Any, second: bool, leaf: int,
    buffers: Any, finished: Any, sums: Any,
) -> bool:  # fmt: skip
    """Write the sums of all leaves, added in their tree."""
    top = 0
    for place in range(-(-y.size // leaf)):
        rows = slice(place * leaf, min(place * leaf + leaf, y.size))
        if not _visit_leaf(
            pair, X[rows], y[rows], prior_weight[rows], offset[rows], coef, start[rows], second, buffers, finished[top]
        ):
            return False
        index = place
        while index & 1:
            _join(finished[top - 1], finished[top])
            top, index = top - 1, index >> 1
        top += 1
    for right in range(top - 1, 0, -1):
        _join(finished[right - 1], finished[right])
    sums[:] = finished[0]
    return True


def _visits(
    pair: int, X: Any, y: Any, prior_weight: Any, offset: Any, coef: Any, start: Any, second: bool, leaf: int,
    freedom: float, tol: float, states: Any,
) -> int:  # fmt: skip
    """Visit the rows at coefficients, then after each step of Fisher scoring, for each row of `states` that is needed.

    With the linear predictors of a `start` the first visit is that of the normal equations of the first step. The
    visits end one step after a decrement is no more than `tol`; where the deviance rises or a system is nearly singular
    they end sooner, and who asked goes on. Behind the sums stand, with an information, the step,
    the diagonal of the inverse and the coefficients.
    """
    p = coef.size
    padded = -(-p // TILE) * TILE
    buffers = (np.zeros((padded, STRIDE)), np.empty(CHUNK), np.empty((5, CHUNK)), np.empty((padded, padded)))
    size = NUMBERS + p + (p * p if second else 0)
    finished = np.empty((LEVELS, size))
    coef, before, last = coef.copy(), np.inf, False
    for place in range(states.shape[0]):
        state, given = states[place], start if place == 0 else start[:0]
        if not _visit(pair, X, y, prior_weight, offset, coef, given, second, leaf, buffers, finished, state[:size]):
            return place
        if not second:
            return place + 1
        score, information = state[NUMBERS : NUMBERS + p], state[NUMBERS + p : size].reshape(p, p)
        step, variance = state[size : size + p], state[size + p : size + 2 * p]
        state[size + 2 * p :] = coef
        if not step_of(information, score, step, variance):
            step[:] = np.nan
            return place + 1
        if given.size:
            coef = step.copy()
            continue
        if last or state[DEVIANCE] > before + RISE * abs(before):
            return place + 1
        before = state[DEVIANCE]
        last = decrement_of(score, step, before, freedom) <= tol
        coef = coef + step
    return int(states.shape[0])


visits: Callable[..., int] = kernel(
    numba.int64(
        numba.int64,
        GIVEN_ROWS,
        GIVEN,
        GIVEN,
        GIVEN,
        GIVEN,
        GIVEN,
        numba.boolean,
        numba.int64,
        numba.float64,
        numba.float64,
        numba.float64[:, ::1],
    ),
    _visits,
    fastmath=STRICT,
)
