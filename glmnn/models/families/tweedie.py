"""The Tweedie family: V(mu) = mu ** power; between 1 and 2 positive responses with zeros among them."""

from __future__ import annotations

from functools import partial
from math import inf, nan

import numpy as np

from glmnn.arrays import Array
from glmnn.errors import UsageError, option
from glmnn.models.evaluation import Totals
from glmnn.models.families import power as powers
from glmnn.models.families.deviances import NEAR, TERMS, log_ratio, near_or_far
from glmnn.models.families.family import NON_NEGATIVE, POSITIVE, Family, zeros_lifted
from glmnn.models.links import LOG


def tweedie(power: float) -> Family:
    """Return the Tweedie family with variance mu ** power (Jorgensen, 1987), power in (1, 2) or above 2.

    Raises
    ------
    UsageError
        If there is no such family, or it has a name of its own (power 0, 1, 2 and 3).
    """
    own_name = {0.0: "gaussian", 1.0: "poisson", 2.0: "gamma", 3.0: "inverse_gaussian"}
    if power in own_name:
        raise UsageError(f"tweedie with power {power:g} is the {own_name[power]} family: use that name")
    if not (np.isfinite(power) and power > 1):
        raise UsageError(f"tweedie needs {option('power')} between 1 and 2, or above 2, not {power:g}")
    compound = power < 2  # a Poisson sum of gammas, which can be 0
    return Family(
        kind="tweedie",
        parameter=power,
        default_link=LOG,
        variance=partial(powers.variance, power),
        unit_score=partial(powers.score, power),
        unit_information=partial(powers.information, power),
        unit_deviance=partial(unit_deviance, power),
        log_likelihood=_no_closed_form,
        starting_mean=partial(zeros_lifted, 0.1),
        means=(0.0, inf),
        support=NON_NEGATIVE if compound else POSITIVE,
        positive_at_infinity=not compound,
        concave=partial(powers.concave, power),
        draw=partial(_draw, power) if compound else None,
    )


def _no_closed_form(_y: Array, _mu: Array, _prior_weight: Array, _deviance: float, _totals: Totals) -> float:
    return nan


def _draw(power: float, rng: np.random.Generator, mu: Array, dispersion: float, _trials: int | None) -> Array:
    """Draw responses as Poisson sums of gammas (Jorgensen, 1997, section 4.2.4)."""
    events = rng.poisson(mu ** (2.0 - power) / (dispersion * (2.0 - power)))
    shape = (2.0 - power) / (power - 1.0)
    scale = dispersion * (power - 1.0) * mu ** (power - 1.0)
    return np.where(events > 0, rng.gamma(np.maximum(events, 1) * shape, scale), 0.0)


def unit_deviance(power: float, y: Array, mu: Array, _complement: Array) -> Array:
    """Return the unit deviance for V(mu) = mu ** power, power being neither 1 nor 2.

    Parameters
    ----------
    power : float
    y, mu : ndarray of shape (rows,)

    >>> float(unit_deviance(1.5, np.array([4.0]), np.array([1.0]), np.array([0.0]))[0])  # 2 (-8 + 8 + 2)
    4.0
    """
    within = NEAR / max(1.0, power / 3.0)
    return 2.0 * near_or_far(y, mu, within, _nearly, _far, power)


def _far(y: Array, mu: Array, power: float) -> Array:
    """Return half the unit deviance, in the one of two forms that does not divide by nearly 0."""
    first, second = 1.0 - power, 2.0 - power
    linear = (y - mu) / mu * mu**second
    if power < 1.5:
        deviance = (y * _power_gap(y, mu, first) - linear) / second
    else:
        deviance = (_power_gap(y, mu, second) - linear) / first
    return np.where(y == 0, mu**second / second, deviance) if power < 2.0 else np.asarray(deviance)


def _nearly(u: Array, mu: Array, power: float) -> Array:
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
    logs = exponent * log_ratio(y, mu)
    gap = mu**exponent * np.expm1(logs)
    wide = ~(np.abs(logs) < 1.0)
    gap[wide] = y[wide] ** exponent - mu[wide] ** exponent
    return np.asarray(gap / exponent)
