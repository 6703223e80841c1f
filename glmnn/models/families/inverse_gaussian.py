"""The inverse gaussian family: positive, skewed responses, V(mu) = mu ** 3."""

from __future__ import annotations

from functools import partial
from math import inf, log, pi

import numpy as np
from scipy.special import log_ndtr, ndtr

from glmnn.arrays import Array
from glmnn.models.evaluation import Totals
from glmnn.models.families import power
from glmnn.models.families.family import POSITIVE, Family, LeastCurvature, Tails, as_given
from glmnn.models.links import INVERSE_SQUARED


def _deviance(y: Array, mu: Array, _complement: Array) -> Array:
    away = (y - mu) / mu  # the square of y - mu overflows or vanishes before the quotient (y - mu)^2 / (y mu^2) does
    return np.asarray(away * (away / y))


def _log_likelihood(y: Array, _mu: Array, prior_weight: Array, _deviance: float, totals: Totals) -> float:
    if totals.deviance <= 0:
        return inf
    unit = log(2.0 * pi * totals.deviance / totals.weight) + 1.0
    return float(-0.5 * (float(np.sum(prior_weight)) * unit + 3.0 * np.sum(prior_weight * np.log(y))))


def _plain_log_likelihood(totals: Totals) -> float:
    if totals.deviance <= 0:
        return inf
    return -0.5 * (totals.rows * (log(2.0 * pi * totals.deviance / totals.rows) + 1.0) + 3.0 * totals.logs)


def _draw(rng: np.random.Generator, mu: Array, dispersion: float, _trials: int | None) -> Array:
    return rng.wald(mu, 1.0 / dispersion)


def _least(_low: Array, high: Array, _y: Array) -> Array:
    return np.asarray(0.25 * high**-1.5)


def _terms(eta: Array, y: Array) -> Array:
    return np.asarray(0.5 * (y + eta**-0.5))


def _tails(y: Array, mu: Array, shape: Array) -> Tails:
    """Return the tails by the normal ones (Shuster, 1968)."""
    root = np.sqrt(shape / y)
    z, far = root * (y / mu - 1.0), np.exp(2.0 * shape / mu + log_ndtr(-root * (y / mu + 1.0)))
    less, more = ndtr(z) + far, np.maximum(ndtr(-z) - far, 0.0)
    return Tails(less, less, more, more)


INVERSE_GAUSSIAN = Family(
    kind="inverse_gaussian",
    default_link=INVERSE_SQUARED,
    canonical=INVERSE_SQUARED,
    variance=partial(power.variance, 3.0),
    unit_score=partial(power.score, 3.0),
    unit_information=partial(power.information, 3.0),
    unit_deviance=_deviance,
    log_likelihood=_log_likelihood,
    plain_log_likelihood=_plain_log_likelihood,
    starting_mean=as_given,
    means=(0.0, inf),
    support=POSITIVE,
    positive_at_infinity=True,
    concave=partial(power.concave, 3.0),
    draw=_draw,
    least_curvature={INVERSE_SQUARED: LeastCurvature(_least, _terms)},
    tails=_tails,
)
