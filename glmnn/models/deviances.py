"""Unit deviances that keep their digits: near y = mu, where the textbook's terms cancel, and far from it.

Each is 2 int_mu^y (y - t) / V(t) dt (McCullagh & Nelder, 1989, section 9.2). With u = (y - mu) / mu that integral is a
power series in u, taken where abs(u) is small; elsewhere closed forms whose terms do not cancel.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import gammaln, xlog1py, xlogy

from glmnn.arrays import Array

NEAR = 0.1  # of the mean: up to here series, beyond it a closed form loses no more than two digits
LARGE = 32.0  # from here five terms of Stirling's series are exact to rounding
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


def inverse_gaussian(y: Array, mu: Array) -> Array:
    """Return (y - mu)^2 / (y mu^2), whose square neither overflows nor vanishes before the quotient does."""
    away = (y - mu) / mu
    return np.asarray(away * (away / y))


def negative_binomial(alpha: float, y: Array, mu: Array) -> Array:
    """Return the unit deviance for V(mu) = mu + alpha mu^2.

    Parameters
    ----------
    alpha : float
    y, mu : ndarray of shape (rows,)

    >>> float(negative_binomial(1.0, np.array([0.0]), np.array([1.0]))[0])  # 2 log 2
    1.3862943611198906
    """
    return 2.0 * _near_or_far(y, mu, NEAR, _nearly_negative_binomial, _far_negative_binomial, alpha)


def _far_negative_binomial(y: Array, mu: Array, alpha: float) -> Array:
    """Return half the unit deviance: y log(y (1 + alpha mu) / (mu (1 + alpha y))) minus a log / alpha."""
    gap = y - mu
    odds, moved = gap / (mu * (1.0 + alpha * y)), alpha * gap / (1.0 + alpha * mu)
    first, second = xlog1py(y, odds), np.log1p(moved)
    lost = odds < -0.5  # here log1p takes what the subtraction has left
    if lost.any():
        a, b = y[lost], mu[lost]
        first[lost] = xlogy(a, a / b * ((1.0 + alpha * b) / (1.0 + alpha * a)))
    lost = moved < -0.5
    if lost.any():
        second[lost] = _log_ratio(1.0 + alpha * y[lost], 1.0 + alpha * mu[lost])
    return np.asarray(first - second / alpha)


def _nearly_negative_binomial(u: Array, mu: Array, alpha: float) -> Array:
    """Return half the unit deviance: mu u^2 / (1 + alpha mu) times the integral of (1 - r) / ((1 + ru)(1 + kru))."""
    share = alpha * mu / (1.0 + alpha * mu)
    sums = [np.ones_like(u)]  # 1 + k + ... + k^m
    for _ in range(TERMS):
        sums.append(1.0 + share * sums[-1])
    series = np.zeros_like(u)
    for m in range(TERMS, -1, -1):
        series = sums[m] / ((m + 1) * (m + 2)) - u * series
    return np.asarray(mu / (1.0 + alpha * mu) * u * u * series)


def log_rising(y: Array, size: float) -> Array:
    """Return log Gamma(size + y) - log Gamma(size) - y log(size), whose terms must not cancel where `size` is large.

    There by Stirling's series (Abramowitz & Stegun, 1964, 6.1.40).

    >>> float(log_rising(np.array([2.0]), 1.0)[0])  # log 2
    0.6931471805599453
    """
    if size < LARGE:
        return np.asarray(gammaln(size + y) - gammaln(size) - y * np.log(size))
    top = size + y
    return entropy_gap(top, np.full_like(top, size)) - 0.5 * np.log1p(y / size) + (_stirling(top) - _stirling(size))


def _stirling(z: Array | float) -> Array:
    """Return log Gamma(z) - (z - 1/2) log z + z - log(2 pi) / 2 for large z."""
    inverse = 1.0 / np.asarray(z, dtype=float)
    squared = inverse * inverse
    series = 1.0 / 1260.0 - squared * (1.0 / 1680.0 - squared / 1188.0)
    return np.asarray(inverse * (1.0 / 12.0 - squared * (1.0 / 360.0 - squared * series)))


def tweedie(power: float, y: Array, mu: Array) -> Array:
    """Return the unit deviance for V(mu) = mu ** power, power being neither 1 nor 2.

    Parameters
    ----------
    power : float
    y, mu : ndarray of shape (rows,)

    >>> float(tweedie(1.5, np.array([4.0]), np.array([1.0]))[0])  # 2 (-8 + 8 + 2)
    4.0
    """
    within = NEAR / max(1.0, power / 3.0)
    return 2.0 * _near_or_far(y, mu, within, _nearly_tweedie, _far_tweedie, power)


def _far_tweedie(y: Array, mu: Array, power: float) -> Array:
    """Return half the unit deviance, in the one of two forms that does not divide by nearly 0."""
    first, second = 1.0 - power, 2.0 - power
    linear = (y - mu) / mu * mu**second
    if power < 1.5:
        found = (y * _power_gap(y, mu, first) - linear) / second
    else:
        found = (_power_gap(y, mu, second) - linear) / first
    return np.where(y == 0, mu**second / second, found) if power < 2.0 else np.asarray(found)


def _nearly_tweedie(u: Array, mu: Array, power: float) -> Array:
    """Return half the unit deviance: mu^(2 - power) u^2 times the integral of (1 - r)(1 + ru)^-power."""
    coefs = [1.0]  # binomial coefficients of -power
    for k in range(1, TERMS + 1):
        coefs.append(coefs[-1] * (1.0 - power - k) / k)
    series = np.zeros_like(u)
    for k in range(TERMS, -1, -1):
        series = coefs[k] / ((k + 1) * (k + 2)) + u * series
    return np.asarray(mu ** (2.0 - power) * u * u * series)


def _power_gap(y: Array, mu: Array, exponent: float) -> Array:
    """Return (y^c - mu^c) / c, also for c near 0; y is not near mu."""
    logs = exponent * _log_ratio(y, mu)
    gap = mu**exponent * np.expm1(logs)
    wide = ~(np.abs(logs) < 1.0)
    gap[wide] = y[wide] ** exponent - mu[wide] ** exponent
    return np.asarray(gap / exponent)


def _log_ratio(a: Array, b: Array) -> Array:
    """Return log(a / b), also where the quotient leaves the range of float64."""
    found = np.log(a / b)
    lost = ~np.isfinite(found)
    if lost.any():
        found[lost] = np.log(a[lost]) - np.log(b[lost])
    return np.asarray(found)


def _near_or_far(
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
