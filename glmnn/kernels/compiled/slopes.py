"""Slopes of rows, d log-likelihood / d eta, where nothing else is asked of them."""

from __future__ import annotations

from typing import Any

import numba

from glmnn.kernels.compiled.pairs import FAR, LOGISTIC, POISSON_LOG, _exp

STRICT = {"contract"}


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT)
def slopes(pair: int, eta: Any, y: Any, n: int) -> bool:
    """Write the slopes of n rows of unit weight over eta; False where one is out of the range of the exponential."""
    if pair == LOGISTIC:
        for i in range(n):
            z = -eta[i]
            z = z if z < FAR else FAR
            z = z if z > -FAR else -FAR
            eta[i] = y[i] - 1.0 / (1.0 + _exp(z))
        return True
    if pair == POISSON_LOG:
        inside = True
        for i in range(n):
            inside &= abs(eta[i]) < FAR
        for i in range(n):
            eta[i] = y[i] - _exp(eta[i])
        return inside
    for i in range(n):
        eta[i] = y[i] - eta[i]
    return True
