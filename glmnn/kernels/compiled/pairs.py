"""Rows of the common families and links: from eta and y to what they say of the coefficients.

Each function writes score, information, deviance, Pearson's chi-squared and (|y| + |mu|)^2 / V(mu) of n rows of unit
weight, or returns False where a row is so far out, or of such a kind, that NumPy's own road is to be taken.
"""

from __future__ import annotations

from math import erfc, log, log1p, pi, sqrt
from typing import Any

import numba
import numpy as np

LOGISTIC, POISSON_LOG, GAMMA_LOG, LINEAR, PROBIT = range(5)
FAR = 700.0  # exp(710) is more than float64 holds
FAR_LOG = 300.0  # up to here y / mu is a float64, whatever y
FAR_PROBIT = 8.0  # beyond it the square of eta costs digits
STRICT = {"contract"}

LOG2_E, LN2_HIGH, LN2_LOW = 1.4426950408889634, 0.6931471805598903, 5.497923018708371e-14
LN2 = 0.6931471805599453
SQRT_2, SQRT_2_PI = sqrt(2.0), sqrt(2.0 * pi)
MAGIC = 6755399441055744.0  # 1.5 2^52: adding it rounds to a whole number, which the last bits then hold


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT, inline="always")
def _exp(x: float) -> float:
    """Return exp(x), abs(x) < 708, by its Taylor series on abs(r) < log(2) / 2 and a power of two."""
    t = x * LOG2_E + MAGIC
    k = t - MAGIC
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    s = 1.0 / 6227020800.0
    s = s * r + 1.0 / 479001600.0
    s = s * r + 1.0 / 39916800.0
    s = s * r + 1.0 / 3628800.0
    s = s * r + 1.0 / 362880.0
    s = s * r + 1.0 / 40320.0
    s = s * r + 1.0 / 5040.0
    s = s * r + 1.0 / 720.0
    s = s * r + 1.0 / 120.0
    s = s * r + 1.0 / 24.0
    s = s * r + 1.0 / 6.0
    s = s * r + 0.5
    s = s * r * r + r
    return (1.0 + s) * np.int64((np.float64(t).view(np.int64) + 1023) << 52).view(np.float64)


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT)
def _atanh_series(q: float) -> float:
    """Return (atanh(s) / s - 1) / q of q = s^2, for small s: 1 / 3 + q / 5 + q^2 / 7 and so on."""
    t = 1.0 / 21.0
    t = t * q + 1.0 / 19.0
    t = t * q + 1.0 / 17.0
    t = t * q + 1.0 / 15.0
    t = t * q + 1.0 / 13.0
    t = t * q + 1.0 / 11.0
    t = t * q + 1.0 / 9.0
    t = t * q + 1.0 / 7.0
    t = t * q + 1.0 / 5.0
    return t * q + 1.0 / 3.0


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT, inline="always")
def _log1p_of_share(e: float) -> float:
    """Return log(1 + e) of 0 <= e <= 1 as 2 artanh(s) of abs(s) < 0.172, from 1 + e or half of it."""
    large = e > 0.41421356237309503
    top = e - 1.0 if large else e
    s = top / (e + 3.0 if large else e + 2.0)
    q = s * s
    t = _atanh_series(q)
    return (2.0 * s * q * t + 2.0 * s) + (LN2 if large else 0.0)


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT)
def _within(eta: Any, n: int, far: float) -> bool:
    inside = True
    for i in range(n):
        inside &= abs(eta[i]) < far
    return inside


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT)
def _single_trials(y: Any, n: int) -> bool:
    single = True
    for i in range(n):
        single &= (y[i] == 0.0) | (y[i] == 1.0)
    return single


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT)
def logistic(eta: Any, y: Any, n: int, rows: Any) -> bool:
    """Binomial with logit, of single trials: with e = exp(-abs(eta)) the smaller of mu and 1 - mu is e / (1 + e)."""
    if not (_within(eta, n, FAR) and _single_trials(y, n)):
        return False
    score, information, deviance, pearson, sizes = rows[0], rows[1], rows[2], rows[3], rows[4]
    for i in range(n):
        side = 2.0 * y[i] - 1.0
        z = side * eta[i]
        e = _exp(-abs(z))
        larger = 1.0 / (1.0 + e)
        smaller = e * larger
        wrong = smaller if z > 0 else larger
        odds = 1.0 / e
        size = 2.0 * y[i] - side * wrong  # y + mu
        score[i] = side * wrong
        information[i] = smaller * larger
        deviance[i] = 2.0 * (_log1p_of_share(e) - min(z, 0.0))
        pearson[i] = e if z > 0 else odds
        sizes[i] = size * size * odds * (1.0 + e) * (1.0 + e)
    return True


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT)
def _entropy_gap(a: float, b: float) -> float:
    """Return a log(a / b) + b - a without cancellation near a = b (Loader, 2000), as `models.families.deviances`."""
    gap = a - b
    v = gap / (a + b)
    if abs(v) >= 0.1:
        return (a * log(a / b) if a > 0 else 0.0) - gap
    q = v * v
    t = _atanh_series(q)
    return gap * v + 2.0 * a * v * (t * q)


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT)
def poisson_log(eta: Any, y: Any, n: int, rows: Any) -> bool:
    """Poisson with log: score y - mu, information mu."""
    if not _within(eta, n, FAR_LOG):
        return False
    score, information, deviance, pearson, sizes = rows[0], rows[1], rows[2], rows[3], rows[4]
    for i in range(n):
        information[i] = _exp(eta[i])
    for i in range(n):
        mu = information[i]
        gap, size = y[i] - mu, abs(y[i]) + mu
        score[i] = gap
        pearson[i] = gap * gap / mu
        sizes[i] = size * size / mu
        deviance[i] = 2.0 * _entropy_gap(y[i], mu)
    return True


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT)
def gamma_log(eta: Any, y: Any, n: int, rows: Any) -> bool:
    """Gamma with log: score (y - mu) / mu, information 1."""
    if not _within(eta, n, FAR_LOG):
        return False
    score, information, deviance, pearson, sizes = rows[0], rows[1], rows[2], rows[3], rows[4]
    for i in range(n):
        sizes[i] = _exp(eta[i])
    for i in range(n):
        mu = sizes[i]
        slope, size = (y[i] - mu) / mu, (abs(y[i]) + mu) / mu
        score[i] = slope
        information[i] = 1.0
        pearson[i] = slope * slope
        sizes[i] = size * size
        deviance[i] = 2.0 * _entropy_gap(mu, y[i]) / mu
    return True


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT)
def linear(eta: Any, y: Any, n: int, rows: Any) -> bool:
    """Gaussian with identity: score y - eta, information 1."""
    score, information, deviance, pearson, sizes = rows[0], rows[1], rows[2], rows[3], rows[4]
    for i in range(n):
        residual, size = y[i] - eta[i], abs(y[i]) + abs(eta[i])
        score[i] = residual
        information[i] = 1.0
        deviance[i] = residual * residual
        pearson[i] = residual * residual
        sizes[i] = size * size
    return True


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT)
def probit(eta: Any, y: Any, n: int, rows: Any) -> bool:
    """Binomial with probit, of single trials: the smaller of mu and 1 - mu is erfc(abs(eta) / sqrt(2)) / 2."""
    if not (_within(eta, n, FAR_PROBIT) and _single_trials(y, n)):
        return False
    score, information, deviance, pearson, sizes = rows[0], rows[1], rows[2], rows[3], rows[4]
    for i in range(n):
        side = 2.0 * y[i] - 1.0
        z = side * eta[i]
        density = _exp(-0.5 * z * z) / SQRT_2_PI
        smaller = 0.5 * erfc(abs(z) / SQRT_2)
        larger = 1.0 - smaller
        right, wrong = (larger, smaller) if z > 0 else (smaller, larger)
        variance = smaller * larger
        size = 2.0 * y[i] - side * wrong  # y + mu
        score[i] = side * density / right
        information[i] = density * density / variance
        deviance[i] = -2.0 * (log1p(-smaller) if z > 0 else log(smaller))
        pearson[i] = wrong / right
        sizes[i] = size * size / variance
    return True
