"""The score of the rows of each leaf, row by row as they stand: one read of them, and nothing else is summed.

A column of ones is not multiplied with, whether it stands in front of the others or is left out. What the others add up
to is the same then, to the bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from glmnn.kernels.compiled.cached import GIVEN, GIVEN_ROWS, kernel
from glmnn.kernels.compiled.pairs import LINEAR, LOGISTIC, POISSON_LOG
from glmnn.kernels.compiled.slopes import slopes

__all__ = ["LINEAR", "LOGISTIC", "POISSON_LOG", "score"]
CHUNK = 128  # rows, which stay in the nearest cache between the two times that they are read
STRICT = {"contract"}
SUMS = {"contract", "reassoc", "nsz"}


@numba.njit(nogil=True, error_model="numpy", fastmath=SUMS)
def _predict(X: Any, first: int, n: int, left: int, start: float, coef: Any, eta: Any) -> None:
    """Write eta of n rows, four at a time, from all columns but the first ones `left` out."""
    for i in range(0, n - 3, 4):
        r = first + i
        x0, x1, x2, x3 = X[r, left:], X[r + 1, left:], X[r + 2, left:], X[r + 3, left:]
        eta0 = eta1 = eta2 = eta3 = 0.0
        for j in range(coef.size):
            b = coef[j]
            eta0 += x0[j] * b
            eta1 += x1[j] * b
            eta2 += x2[j] * b
            eta3 += x3[j] * b
        eta[i], eta[i + 1], eta[i + 2], eta[i + 3] = start + eta0, start + eta1, start + eta2, start + eta3
    for i in range(n - n % 4, n):
        x, total = X[first + i, left:], 0.0
        for j in range(coef.size):
            total += x[j] * coef[j]
        eta[i] = start + total


@numba.njit(nogil=True, error_model="numpy", fastmath=SUMS)
def _add(X: Any, first: int, n: int, left: int, slope: Any, score: Any) -> None:
    """Add the rows, eight at a time, times their slopes."""
    for i in range(0, n - 7, 8):
        r = first + i
        x0, x1, x2, x3 = X[r, left:], X[r + 1, left:], X[r + 2, left:], X[r + 3, left:]
        x4, x5, x6, x7 = X[r + 4, left:], X[r + 5, left:], X[r + 6, left:], X[r + 7, left:]
        s0, s1, s2, s3 = slope[i], slope[i + 1], slope[i + 2], slope[i + 3]
        s4, s5, s6, s7 = slope[i + 4], slope[i + 5], slope[i + 6], slope[i + 7]
        for j in range(score.size):
            upper = (s0 * x0[j] + s1 * x1[j]) + (s2 * x2[j] + s3 * x3[j])
            lower = (s4 * x4[j] + s5 * x5[j]) + (s6 * x6[j] + s7 * x7[j])
            score[j] += upper + lower
    for i in range(n - n % 8, n):
        x, s = X[first + i, left:], slope[i]
        for j in range(score.size):
            score[j] += s * x[j]


@numba.njit(nogil=True, error_model="numpy", fastmath=SUMS)
def _sum(values: Any, n: int) -> float:
    total = 0.0
    for i in range(n):
        total += values[i]
    return total


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT)
def _leads_with_ones(X: Any) -> bool:
    ones = True
    for i in range(X.shape[0]):
        ones &= X[i, 0] == 1.0
    return ones


def _score(pair: int, X: Any, y: Any, prior_weight: Any, offset: Any, coef: Any, leaf: int, scores: Any) -> bool:
    """Write the score of each leaf; False where a linear predictor leaves the range of the exponential."""
    eta, p = np.empty(CHUNK), coef.size
    scores[:] = 0.0
    for place in range(scores.shape[0]):
        begin, end = place * leaf, min(place * leaf + leaf, y.size)
        left = 1 if X.shape[1] == p and _leads_with_ones(X[begin:end]) else 0
        ones = p - X.shape[1] + left
        start = coef[0] if ones else 0.0
        for first in range(begin, end, CHUNK):
            n = min(CHUNK, end - first)
            _predict(X, first, n, left, start, coef[ones:], eta)
            if offset.size:
                for i in range(n):
                    eta[i] += offset[first + i]
            if not slopes(pair, eta, y[first : first + n], n):
                return False
            if prior_weight.size:
                for i in range(n):
                    eta[i] *= prior_weight[first + i]
            _add(X, first, n, left, eta, scores[place, ones:])
            if ones:
                scores[place, 0] += _sum(eta, n)
    return True


score: Callable[..., bool] = kernel(
    numba.boolean(
        numba.int64, GIVEN_ROWS, GIVEN, GIVEN, GIVEN, GIVEN, numba.int64, numba.types.Array(numba.float64, 2, "C")
    ),
    _score,
    fastmath=STRICT,
)
