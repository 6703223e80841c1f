"""Small systems, compiled without flags: whoever calls, from compiled code or from Python, has the same bits.

Without `fastmath=False` a function takes the flags of the compiled one that calls it first.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any

import numba
import numpy as np

from glmnn.kernels.compiled.cached import GIVEN, GIVEN_ROWS, kernel

PIVOT = 1e-10  # squared, of a matrix of unit diagonal, below which the factor of Cholesky has lost digits


@numba.njit(nogil=True, error_model="numpy", fastmath=False)
def _factorised(scaled: Any, factor: Any) -> bool:
    """Write the lower factor of Cholesky; False where it would lose digits."""
    for j in range(scaled.shape[0]):
        for k in range(j + 1):
            total = scaled[j, k]
            for i in range(k):
                total -= factor[j, i] * factor[k, i]
            if k < j:
                factor[j, k] = total / factor[k, k]
            elif total > PIVOT:
                factor[j, j] = np.sqrt(total)
            else:
                return False
    return True


@numba.njit(nogil=True, error_model="numpy", fastmath=False)
def _substitute(factor: Any, scale: Any, right: Any, solution: Any) -> None:
    """Write the solution of a system by its factor."""
    p = right.size
    for j in range(p):
        total = right[j] / scale[j]
        for i in range(j):
            total -= factor[j, i] * solution[i]
        solution[j] = total / factor[j, j]
    for j in range(p - 1, -1, -1):
        total = solution[j]
        for i in range(j + 1, p):
            total -= factor[i, j] * solution[i]
        solution[j] = total / factor[j, j]
    for j in range(p):
        solution[j] /= scale[j]


def _solve(scaled: Any, scale: Any, right: Any, solution: Any) -> bool:
    """Solve a system of columns of unit length and their scale; False where it is nearly singular."""
    factor = np.empty(scaled.shape)
    if not _factorised(scaled, factor):
        return False
    _substitute(factor, scale, right, solution)
    return True


@numba.njit(nogil=True, error_model="numpy", fastmath=False)
def step_of(information: Any, score: Any, step: Any, variance: Any) -> bool:
    """Write information^-1 score, as `solve` has it, and the diagonal of information^-1."""
    p = score.size
    scale, scaled, factor = np.empty(p), np.empty((p, p)), np.empty((p, p))
    for j in range(p):
        if not information[j, j] > 0.0:
            return False
        scale[j] = np.sqrt(information[j, j])
    for j in range(p):
        for k in range(p):
            scaled[j, k] = information[j, k] / (scale[j] * scale[k])
    if not _factorised(scaled, factor):
        return False
    _substitute(factor, scale, score, step)
    column = scaled[0]
    for k in range(p):  # the squares of the columns of the inverse factor
        total = 0.0
        for j in range(k, p):
            value = 1.0 if j == k else 0.0
            for i in range(k, j):
                value -= factor[j, i] * column[i]
            column[j] = value / factor[j, j]
            total += column[j] * column[j]
        variance[k] = total / (scale[k] * scale[k])
    return True


@numba.njit(nogil=True, error_model="numpy", fastmath=False)
def decrement_of(score: Any, step: Any, deviance: float, freedom: float) -> float:
    """Return the step in standard errors; the dispersion is deviance / freedom where it is not known to be 1."""
    total = 0.0
    for j in range(score.size):
        total += score[j] * step[j]
    return sqrt(max(total, 0.0) / (deviance / freedom if freedom > 0.0 else 1.0))


solve: Callable[..., bool] = kernel(numba.boolean(GIVEN_ROWS, GIVEN, GIVEN, numba.float64[::1]), _solve)
