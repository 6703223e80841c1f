"""The gaussian family: V(mu) = 1. With any link it is the squared error of the neural world."""

from __future__ import annotations

from math import inf, log, pi

import numpy as np
from scipy.special import ndtr

from glmnn.arrays import Array
from glmnn.models.evaluation import Totals
from glmnn.models.families.family import REAL, Family, LeastCurvature, Tails, as_given
from glmnn.models.links import IDENTITY, Link


def _score(y: Array, eta: Array, link: Link) -> Array:
    return (y - link.inverse(eta)) * link.inverse_derivative(eta)


def _information(eta: Array, link: Link) -> Array:
    slope = link.inverse_derivative(eta)
    return slope * slope


def _deviance(y: Array, mu: Array, _complement: Array) -> Array:
    return np.asarray((y - mu) ** 2)


def _log_likelihood(_y: Array, _mu: Array, prior_weight: Array, _deviance: float, totals: Totals) -> float:
    if totals.deviance <= 0:
        return inf
    unit = log(2.0 * pi * totals.deviance / totals.rows) + 1.0
    return float(0.5 * (np.sum(np.log(prior_weight)) - prior_weight.size * unit))


def _plain_log_likelihood(totals: Totals) -> float:
    if totals.deviance <= 0:
        return inf
    return -0.5 * totals.rows * (log(2.0 * pi * totals.deviance / totals.rows) + 1.0)


def _counted_log_likelihood(_y: Array, _mu: Array, frequency: Array, _deviance: float, totals: Totals) -> float:
    if totals.deviance <= 0:
        return inf
    return -0.5 * float(frequency.sum()) * (log(2.0 * pi * totals.deviance / totals.weight) + 1.0)


def _concave(link: Link) -> bool:
    """Say whether -(y - mu)^2 is concave in eta for every y: under the identity link alone."""
    return link == IDENTITY


def _draw(rng: np.random.Generator, mu: Array, dispersion: float, _trials: int | None) -> Array:
    return rng.normal(mu, np.sqrt(dispersion))


def _least(low: Array, _high: Array, _y: Array) -> Array:
    return np.ones_like(low)


def _terms(eta: Array, y: Array) -> Array:
    return np.abs(y) + np.abs(eta)


def _tails(y: Array, mu: Array, precision: Array) -> Tails:
    z = (y - mu) * np.sqrt(precision)
    return Tails(ndtr(z), ndtr(z), ndtr(-z), ndtr(-z))


GAUSSIAN = Family(
    kind="gaussian",
    default_link=IDENTITY,
    canonical=IDENTITY,
    variance=np.ones_like,
    unit_score=_score,
    unit_information=_information,
    unit_deviance=_deviance,
    log_likelihood=_log_likelihood,
    counted_log_likelihood=_counted_log_likelihood,
    plain_log_likelihood=_plain_log_likelihood,
    starting_mean=as_given,
    means=(-inf, inf),
    support=REAL,
    concave=_concave,
    draw=_draw,
    most_curvature={IDENTITY: 1.0},
    least_curvature={IDENTITY: LeastCurvature(_least, _terms)},
    tails=_tails,
)
