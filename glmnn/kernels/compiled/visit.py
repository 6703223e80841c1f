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
from glmnn.kernels.compiled.systems import decrement_of, step_of

CHUNK, STRIDE = 128, 136  # columns that are not a power of two apart do not push each other out of cache
TILE = 4
STRICT = {"contract"}
SUMS = {"contract", "reassoc", "nsz"}
DEVIANCE, PEARSON, SIZES, LEAST, NUMBERS = range(5)  # the numbers stand before score and information
LEVELS = 64  # of the tree of leaves
RISE = 1e-10  # part of the deviance beyond which a rise is none of rounding


@numba.njit(nogil=True, error_model="numpy", fastmath=SUMS)
def _gather(X: Any, skipped: int, first: int, n: int, columns: Any) -> None:
    """Write rows of X as columns, without the first of them where it is skipped; eight at a time fill a register."""
    for i in range(0, n - 7, 8):
        r = first + i
        x0, x1, x2, x3, x4, x5, x6, x7 = X[r], X[r + 1], X[r + 2], X[r + 3], X[r + 4], X[r + 5], X[r + 6], X[r + 7]
        for j in range(X.shape[1] - skipped):
            column, k = columns[j], j + skipped
            column[i] = x0[k]
            column[i + 1] = x1[k]
            column[i + 2] = x2[k]
            column[i + 3] = x3[k]
            column[i + 4] = x4[k]
            column[i + 5] = x5[k]
            column[i + 6] = x6[k]
            column[i + 7] = x7[k]
    for i in range(n - n % 8, n):
        for j in range(X.shape[1] - skipped):
            columns[j, i] = X[first + i, j + skipped]


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT)
def _predict(columns: Any, coef: Any, offset: Any, n: int, eta: Any) -> None:
    for i in range(n):
        eta[i] = 0.0
    for j in range(coef.size):
        b = coef[j]
        for i in range(n):
            eta[i] += b * columns[j, i]
    if offset.size:
        for i in range(n):
            eta[i] += offset[i]


@numba.njit(nogil=True, error_model="numpy", fastmath=SUMS)
def _add_score(columns: Any, slope: Any, n: int, score: Any) -> None:
    for j in range(score.size):
        total = 0.0
        for i in range(n):
            total += slope[i] * columns[j, i]
        score[j] += total


@numba.njit(nogil=True, error_model="numpy", fastmath=SUMS)
def _add_gram(columns: Any, weight: Any, n: int, information: Any) -> None:
    """Add the upper tiles of the products of columns, each weighted by its root."""
    for i in range(n):
        weight[i] = np.sqrt(weight[i])
    for j in range(columns.shape[0]):
        for i in range(n):
            columns[j, i] *= weight[i]
    for a in range(0, columns.shape[0], TILE):
        for b in range(a, columns.shape[0], TILE):
            s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = 0.0
            s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = 0.0
            for i in range(n):
                x0, x1, x2, x3 = columns[a, i], columns[a + 1, i], columns[a + 2, i], columns[a + 3, i]
                z0, z1, z2, z3 = columns[b, i], columns[b + 1, i], columns[b + 2, i], columns[b + 3, i]
                s00 += x0 * z0
                s01 += x0 * z1
                s02 += x0 * z2
                s03 += x0 * z3
                s10 += x1 * z0
                s11 += x1 * z1
                s12 += x1 * z2
                s13 += x1 * z3
                s20 += x2 * z0
                s21 += x2 * z1
                s22 += x2 * z2
                s23 += x2 * z3
                s30 += x3 * z0
                s31 += x3 * z1
                s32 += x3 * z2
                s33 += x3 * z3
            tile = information[a : a + TILE, b : b + TILE]
            tile[0, 0] += s00
            tile[0, 1] += s01
            tile[0, 2] += s02
            tile[0, 3] += s03
            tile[1, 0] += s10
            tile[1, 1] += s11
            tile[1, 2] += s12
            tile[1, 3] += s13
            tile[2, 0] += s20
            tile[2, 1] += s21
            tile[2, 2] += s22
            tile[2, 3] += s23
            tile[3, 0] += s30
            tile[3, 1] += s31
            tile[3, 2] += s32
            tile[3, 3] += s33


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
def _begins_with_ones(X: Any) -> bool:
    ones = True
    for i in range(X.shape[0]):
        ones &= X[i, 0] == 1.0
    return ones


@numba.njit(nogil=True, error_model="numpy", fastmath=SUMS)
def _total(values: Any, n: int) -> float:
    total = 0.0
    for i in range(n):
        total += values[i]
    return total


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
    ones = 1 if X.shape[1] < p or _begins_with_ones(X) else 0
    skipped = X.shape[1] - p + ones
    score, information = sums[NUMBERS : NUMBERS + p], sums[NUMBERS + p :].reshape(-1, p)
    sums[:] = 0.0
    sums[LEAST] = np.inf
    products[:] = 0.0
    columns[p - ones :] = 0.0
    columns = columns[: -(-(p - ones) // TILE) * TILE]
    for first in range(0, y.size, CHUNK):
        n = min(CHUNK, y.size - first)
        _gather(X, skipped, first, n, columns)
        if start.size:
            eta[:n] = start[first : first + n]
        else:
            _predict(columns, coef[ones:], offset[first : first + n], n, eta)
            if ones:
                for i in range(n):
                    eta[i] += coef[0]
        if not _evaluate(pair, eta, y[first : first + n], n, rows):
            return False
        if start.size:
            for i in range(n):
                rows[0, i] += rows[1, i] * (eta[i] - offset[first + i] if offset.size else eta[i])
        _add_totals(rows, prior_weight[first : first + n], n, sums)
        _add_score(columns, rows[0], n, score[ones:])
        if ones:
            score[0] += _total(rows[0], n)
        if second:
            if ones:
                information[0, 0] += _total(rows[1], n)
                _add_score(columns, rows[1], n, information[0, 1:])
            _add_gram(columns, rows[1], n, products)
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
