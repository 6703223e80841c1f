"""Unit deviances that keep their digits: near y = mu, where the textbook's terms cancel, and far from it.

Each is 2 int_mu^y (y - t) / V(t) dt (McCullagh & Nelder, 1989, section 9.2). With u = (y - mu) / mu that integral is a
power series in u, taken where abs(u) is small; elsewhere closed forms whose terms do not cancel.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import xlogy

from glmnn.arrays import Array

NEAR = 0.1  # of the mean: up to here series, beyond it a closed form loses no more than two digits
TERMS = 19  # 0.1 ** 18 is below one unit in the last place


def entropy_gap(y: Array, mu: Array) -> Array:
    """Return y log(y / mu) + mu - y without cancellation near y = mu.

    The saddle-point expansion of Loader (2000), "Fast and accurate computation of binomial probabilities": with
    v = (y - mu) / (y + mu) the value is (y - mu) v + 2 y (v^3/3 + v^5/5 + ...), used for abs(v) < 0.1.

    >>> float(entropy_gap(np.array([2.0]), np.array([1.0]))[0])  # 2 log 2 - 1
    0.3862943611198906
    """
    gap = y - mu
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        v = np.where(y + mu > 0, gap / (y + mu), 0.0)
        plain = xlogy(y, y / mu) - gap
        if not np.isfinite(plain).all():  # further apart than float64 is wide
            beyond = (y > 0) & (mu > 0) & ~np.isfinite(plain)
            plain = np.where(beyond, y * (np.log(y) - np.log(mu)) - gap, plain)
    near = np.abs(v) < NEAR
    if not near.any():
        return np.asarray(plain)
    v_near, y_near = v[near], y[near]
    squared = v_near * v_near
    series = np.zeros_like(squared)
    for odd in range(TERMS, 1, -2):
        series = squared * (1.0 / odd + series)
    result = np.array(plain)
    result[near] = gap[near] * v_near + 2.0 * y_near * v_near * series
    return result


def log_ratio(a: Array, b: Array) -> Array:
    """Return log(a / b), also where the quotient leaves the range of float64."""
    ratio = np.log(a / b)
    lost = ~np.isfinite(ratio)
    if lost.any():
        ratio[lost] = np.log(a[lost]) - np.log(b[lost])
    return np.asarray(ratio)


def near_or_far(
    y: Array,
    mu: Array,
    within: float,
    nearly: Callable[[Array, Array, float], Array],
    far: Callable[[Array, Array, float], Array],
    parameter: float,
) -> Array:
    """Return nearly(u, mu, parameter) where u = (y - mu) / mu is small, far(y, mu, parameter) elsewhere."""
    with np.errstate(all="ignore"):
        u = (y - mu) / mu
        near = np.abs(u) < within
        result, away = np.empty_like(u), ~near
        result[near] = nearly(u[near], mu[near], parameter)
        result[away] = far(y[away], mu[away], parameter)
    return result
