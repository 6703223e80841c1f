"""Slopes of rows, d log-likelihood / d eta, where nothing else is asked of them."""

from __future__ import annotations

from typing import Any

import numba

from glmnn.kernels.compiled.pairs import FAR, LINEAR, LOGISTIC, POISSON_LOG, _exp, _within

STRICT = {"contract"}


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT)
def slopes(pair: int, eta: Any, y: Any, n: int) -> bool:
    """Write the slopes of n rows of unit weight over eta; False where one is out of the range of the exponential."""
    inside = pair == LINEAR or _within(eta, n, FAR)
    if pair == LOGISTIC:
        if not inside:
            for i in range(n):
                eta[i] = min(max(eta[i], -FAR), FAR)
        for i in range(n):
            eta[i] = y[i] - 1.0 / (1.0 + _exp(-eta[i]))
        return True
    if pair == POISSON_LOG:
        for i in range(n):
            eta[i] = y[i] - _exp(eta[i])
        return inside
    for i in range(n):
        eta[i] = y[i] - eta[i]
    return True
