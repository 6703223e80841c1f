"""Slopes of rows, d log-likelihood / d eta, where nothing else is asked of them."""

from __future__ import annotations

from typing import Any

from glmnn.kernels.compiled.cached import lean
from glmnn.kernels.compiled.pairs import FAR, LINEAR, LOGISTIC, POISSON_LOG, _exp, _within

STRICT = {"contract"}


@lean(STRICT)
def slope_of_one(pair: int, eta: float, y: float) -> float:
    """Return the slope of a row of unit weight whose eta is in the range of the exponential."""
    if pair == LOGISTIC:
        return y - 1.0 / (1.0 + _exp(-eta))
    return y - (_exp(eta) if pair == POISSON_LOG else eta)


@lean(STRICT)
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
