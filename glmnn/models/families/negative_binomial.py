"""The negative binomial family (NB2): counts with V(mu) = mu + alpha mu^2, for a given alpha."""

from __future__ import annotations

from functools import partial
from math import inf
from typing import NamedTuple

import numpy as np
from scipy.special import betainc, betaincc, digamma, gammaln, polygamma, xlog1py, xlogy

from glmnn.arrays import Array
from glmnn.errors import UsageError, option
from glmnn.models.evaluation import Totals
from glmnn.models.families.deviances import NEAR, TERMS, entropy_gap, log_ratio, near_or_far
from glmnn.models.families.family import COUNTS, Family, LeastCurvature, Tails, zeros_lifted
from glmnn.models.links import LOG, Link

MANY = 1e6  # a response up to which sums over all smaller ones are taken
LARGE = 32.0  # from here five terms of Stirling's series are exact to rounding


def negative_binomial(alpha: float) -> Family:
    """Return the negative binomial family (NB2) with variance mu + alpha mu^2.

    Raises
    ------
    UsageError
        If alpha is not positive and finite.
    """
    if not (np.isfinite(alpha) and alpha > 0):
        raise UsageError(
            f"the negative binomial needs {option('alpha')} greater than 0, not {alpha:g}; use poisson for 0"
        )
    return Family(
        kind="negative_binomial",
        parameter=alpha,
        default_link=LOG,
        variance=partial(_variance, alpha),
        unit_score=partial(_score, alpha),
        unit_information=partial(_information, alpha),
        unit_deviance=partial(unit_deviance, alpha),
        log_likelihood=partial(_log_likelihood, alpha),
        starting_mean=partial(zeros_lifted, 1.0 / 6.0),
        means=(0.0, inf),
        support=COUNTS,
        concave=_concave,
        draw=partial(_draw, alpha),
        least_curvature={LOG: LeastCurvature(partial(_least, alpha), partial(_terms, alpha))},
        dispersion_known=True,
        tails=partial(_tails, alpha),
        ratios="rate ratios",
    )


def _variance(alpha: float, mu: Array) -> Array:
    return mu + alpha * mu * mu


def _score(alpha: float, y: Array, eta: Array, link: Link) -> Array:
    mu = link.inverse(eta)
    return (y - mu) * link.rate(eta) / (1.0 + alpha * mu)


def _information(alpha: float, eta: Array, link: Link) -> Array:
    rate, mu = link.rate(eta), link.inverse(eta)
    return rate * rate * mu / (1.0 + alpha * mu)


def _log_likelihood(alpha: float, y: Array, mu: Array, prior_weight: Array, _deviance: float, _totals: Totals) -> float:
    size = 1.0 / alpha
    choose = log_rising(y, size) - gammaln(y + 1.0)
    terms = xlogy(y, mu / (1.0 + alpha * mu)) - size * np.log1p(alpha * mu)
    return float(np.sum(prior_weight * (choose + terms)))


def _tails(alpha: float, y: Array, mu: Array, _prior_weight: Array) -> Tails:
    size, share = 1.0 / alpha, 1.0 / (1.0 + alpha * mu)
    at = np.maximum(y, 1.0)  # P(Y <= k) is the incomplete beta function at 1 / (1 + alpha mu), of 1 / alpha and k + 1
    below, from_on = (np.where(y > 0, of(size, at, share), none) for of, none in ((betainc, 0.0), (betaincc, 1.0)))
    up_to, above = (np.asarray(of(size, y + 1.0, share), dtype=float) for of in (betainc, betaincc))
    return Tails(below, up_to, from_on, above)


def _concave(link: Link) -> bool:
    """Say whether the link is log, under which the log-likelihood is concave (Lawless, 1987)."""
    return link == LOG


def _draw(alpha: float, rng: np.random.Generator, mu: Array, _dispersion: float, _trials: int | None) -> Array:
    return rng.negative_binomial(1.0 / alpha, 1.0 / (1.0 + alpha * mu)).astype(float)


def _observed(alpha: float, eta: Array, y: Array) -> Array:
    mean = np.exp(eta)
    return np.asarray(mean * (1.0 + alpha * y) / (1.0 + alpha * mean) ** 2)


def _least(alpha: float, low: Array, high: Array, y: Array) -> Array:
    # mu (1 + alpha y) / (1 + alpha mu)^2 rises and then falls: its minimum is at an end
    return np.minimum(_observed(alpha, low, y), _observed(alpha, high, y))


def _terms(alpha: float, eta: Array, y: Array) -> Array:
    return np.asarray((y + np.exp(eta)) / (1.0 + alpha * np.exp(eta)))


def unit_deviance(alpha: float, y: Array, mu: Array, _complement: Array) -> Array:
    """Return the unit deviance for V(mu) = mu + alpha mu^2.

    Parameters
    ----------
    alpha : float
    y, mu : ndarray of shape (rows,)

    >>> float(unit_deviance(1.0, np.array([0.0]), np.array([1.0]), np.array([0.0]))[0])  # 2 log 2
    1.3862943611198906
    """
    return 2.0 * near_or_far(y, mu, NEAR, _nearly, _far, alpha)


def _far(y: Array, mu: Array, alpha: float) -> Array:
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
        second[lost] = log_ratio(1.0 + alpha * y[lost], 1.0 + alpha * mu[lost])
    return np.asarray(first - second / alpha)


def _nearly(u: Array, mu: Array, alpha: float) -> Array:
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


class Slopes(NamedTuple):
    """Derivatives of the log-likelihood of rows of unit weight, each of shape (rows,)."""

    first: Array  # d / d alpha
    second: Array  # d2 / d alpha2
    mixed: Array  # d2 / d alpha d mu


def slopes_in_alpha(alpha: float, y: Array, mu: Array) -> Slopes:
    """Return the derivatives of the log-likelihood in alpha.

    log Gamma(y + 1 / alpha) - log Gamma(1 / alpha) + y log(alpha) is the sum of log(1 + alpha j) over j < y (Lawless,
    1987, eq. 2.3). Where alpha mu is small, the logarithm of 1 + alpha mu is a series, whose first terms cancel.

    Parameters
    ----------
    alpha : float
        0 for its limit, the Poisson family.
    y, mu : ndarray of shape (rows,)

    >>> slopes_in_alpha(0.0, np.array([3.0]), np.array([1.0])).first  # ((y - mu)^2 - y) / 2
    array([0.5])
    """
    sums, squares = _sums(alpha, y)
    t = alpha * mu
    odds, near = mu / (1.0 + t), t < NEAR
    small = np.where(near, -t, 0.0)
    first, second = (np.zeros_like(t) for _ in range(2))
    for k in range(TERMS + 3, 2, -1):
        first = first * small + (k - 1) / k
        second = second * small - (k - 1) * (k - 2) / k
    first = first * small + 0.5
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = np.log1p(t) - alpha * odds
        first = np.where(near, first, rest / t**2)
        second = np.where(near, second, ((alpha * odds) ** 2 - 2.0 * rest) / t**3)
    return Slopes(sums + mu**2 * first - y * odds, mu**3 * second - squares + y * odds**2, (mu - y) / (1.0 + t) ** 2)


def _sums(alpha: float, y: Array) -> tuple[Array, Array]:
    """Return the sums of j / (1 + alpha j) and of its square over the whole numbers j < y, each of shape (rows,)."""
    if y.max(initial=0.0) > MANY and alpha > 0:
        size = 1.0 / alpha
        below, slopes = digamma(y + size) - digamma(size), polygamma(1, size) - polygamma(1, y + size)
        return size * (y - size * below), size**2 * (y - 2.0 * size * below + size**2 * slopes)
    steps = np.arange(float(y.max(initial=0.0)))
    parts = steps / (1.0 + alpha * steps)
    first, second = (np.concatenate([[0.0], np.cumsum(part)])[y.astype(np.intp)] for part in (parts, parts * parts))
    return first, second
