"""The Poisson family: counts, V(mu) = mu."""

from __future__ import annotations

from functools import partial
from math import inf, nan

import numpy as np
from scipy.special import gammaln, pdtr, pdtrc, xlogy

from glmnn.arrays import Array, Mask
from glmnn.models.evaluation import Totals
from glmnn.models.families import power
from glmnn.models.families.deviances import entropy_gap
from glmnn.models.families.family import COUNTS, Family, LeastCurvature, Tails
from glmnn.models.links import LOG


def _deviance(y: Array, mu: Array, _complement: Array) -> Array:
    return 2.0 * entropy_gap(y, mu)


def _log_likelihood(y: Array, mu: Array, prior_weight: Array, _deviance: float, totals: Totals) -> float:
    if totals.whole_numbers:
        return float(np.sum(prior_weight * (xlogy(y, mu) - mu - gammaln(y + 1.0))))
    counts, whole = counts_behind(y, prior_weight)
    if not np.all(whole):
        return nan
    mean = prior_weight * mu
    return float(np.sum(xlogy(counts, mean) - mean - gammaln(counts + 1.0)))


def counts_behind(rate: Array, exposure: Array) -> tuple[Array, Mask]:
    """Return rates times exposures, rounded, and which of them were whole to the digits that rates are written with."""
    counts = rate * exposure
    return np.round(counts), np.abs(counts - np.round(counts)) <= 1e-7 * (counts + 1.0)


def _excess(y: Array, mu: Array, _complement: Array, prior_weight: Array) -> tuple[Array, Array, Array]:
    counts, whole = counts_behind(y, prior_weight)
    mean = prior_weight * mu
    return np.where(whole, (counts - mean) ** 2 - counts, nan), 2.0 * mean**2, mean


def _start(y: Array, _prior_weight: Array) -> Array:
    return y + 0.1


def _draw(rng: np.random.Generator, mu: Array, _dispersion: float, _trials: int | None) -> Array:
    return rng.poisson(mu).astype(float)


def _least(low: Array, _high: Array, _y: Array) -> Array:
    return np.exp(low)


def _terms(eta: Array, y: Array) -> Array:
    return y + np.exp(eta)


def _tails(y: Array, mu: Array, exposure: Array) -> Tails:
    counts, whole = counts_behind(y, exposure)
    k, mean = np.where(whole, counts, nan), exposure * mu
    below, from_on = (np.where(k > 0, of(k - 1.0, mean), none) for of, none in ((pdtr, 0.0), (pdtrc, 1.0)))
    return Tails(below, pdtr(k, mean), from_on, pdtrc(k, mean))


POISSON = Family(
    kind="poisson",
    default_link=LOG,
    canonical=LOG,
    variance=partial(power.variance, 1.0),
    unit_score=partial(power.score, 1.0),
    unit_information=partial(power.information, 1.0),
    unit_deviance=_deviance,
    log_likelihood=_log_likelihood,
    starting_mean=_start,
    means=(0.0, inf),
    support=COUNTS,
    concave=partial(power.concave, 1.0),
    draw=_draw,
    least_curvature={LOG: LeastCurvature(_least, _terms)},
    self_concordant=LOG,
    dispersion_known=True,
    rates=True,
    excess=_excess,
    jeffreys=True,
    ratios="rate ratios",
    tails=_tails,
)
