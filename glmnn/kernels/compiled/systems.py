"""Small systems, compiled without flags: whoever calls, from compiled code or from Python, has the same bits."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any

import numba
import numpy as np

from glmnn.kernels.compiled.cached import GIVEN, GIVEN_ROWS, kernel

PIVOT = 1e-10  # squared, of a matrix of unit diagonal, below which the factor of Cholesky has lost digits


def _solve(scaled: Any, scale: Any, right: Any, solution: Any) -> bool:
    """Solve by a factor of Cholesky, without flags, so that whoever calls has the same bits; False where it cannot."""
    p = right.size
    factor = np.empty((p, p))
    for j in range(p):
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
    return True


solve: Callable[..., bool] = kernel(numba.boolean(GIVEN_ROWS, GIVEN, GIVEN, numba.float64[::1]), _solve)


@numba.njit(nogil=True, error_model="numpy")
def step_of(information: Any, score: Any, step: Any) -> bool:
    """Write information^-1 score, solved on columns of unit length."""
    p = score.size
    scale, scaled = np.empty(p), np.empty((p, p))
    for j in range(p):
        if not information[j, j] > 0.0:
            return False
        scale[j] = np.sqrt(information[j, j])
    for j in range(p):
        for k in range(p):
            scaled[j, k] = information[j, k] / (scale[j] * scale[k])
    return bool(solve(scaled, scale, score, step))


@numba.njit(nogil=True, error_model="numpy")
def decrement_of(score: Any, step: Any, deviance: float, freedom: float) -> float:
    """Return the step in standard errors; the dispersion is deviance / freedom where it is not known to be 1."""
    total = 0.0
    for j in range(score.size):
        total += score[j] * step[j]
    return sqrt(max(total, 0.0) / (deviance / freedom if freedom > 0.0 else 1.0))
