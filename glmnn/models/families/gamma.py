"""The gamma family: positive responses with a constant coefficient of variation, V(mu) = mu ** 2."""

from __future__ import annotations

from functools import partial
from math import inf

import numpy as np
from scipy.special import gammainc, gammaincc, gammaln, xlogy

from glmnn.arrays import Array
from glmnn.models.evaluation import Totals
from glmnn.models.families import power
from glmnn.models.families.deviances import entropy_gap
from glmnn.models.families.family import POSITIVE, Family, LeastCurvature, Tails, as_given
from glmnn.models.links import INVERSE, LOG


def _deviance(y: Array, mu: Array, _complement: Array) -> Array:
    return 2.0 * entropy_gap(mu, y) / mu


def _log_likelihood(y: Array, mu: Array, prior_weight: Array, _deviance: float, totals: Totals) -> float:
    shape = totals.weight / totals.deviance if totals.deviance > 0 else inf
    density = xlogy(shape, shape * y / mu) - shape * y / mu - np.log(y) - gammaln(shape)
    return float(np.sum(prior_weight * density))


def _plain_log_likelihood(totals: Totals) -> float:
    """Return the log-likelihood: sum_i log(y_i / mu_i) - y_i / mu_i is minus the rows and half the deviance."""
    rows, shape = totals.rows, totals.rows / totals.deviance if totals.deviance > 0 else inf
    return float(rows * (shape * np.log(shape) - shape - 0.5 - gammaln(shape)) - totals.logs)


def _draw(rng: np.random.Generator, mu: Array, dispersion: float, _trials: int | None) -> Array:
    return rng.gamma(1.0 / dispersion, mu * dispersion)


def _least_log(_low: Array, high: Array, y: Array) -> Array:
    return y * np.exp(-high)


def _terms_log(eta: Array, y: Array) -> Array:
    return y * np.exp(-eta) + 1.0


def _least_inverse(_low: Array, high: Array, _y: Array) -> Array:
    return 1.0 / high**2


def _terms_inverse(eta: Array, y: Array) -> Array:
    return y + 1.0 / eta


def _tails(y: Array, mu: Array, shape: Array) -> Tails:
    less, more = gammainc(shape, shape * y / mu), gammaincc(shape, shape * y / mu)
    return Tails(less, less, more, more)


GAMMA = Family(
    kind="gamma",
    default_link=INVERSE,
    canonical=INVERSE,
    variance=partial(power.variance, 2.0),
    unit_score=partial(power.score, 2.0),
    unit_information=partial(power.information, 2.0),
    unit_deviance=_deviance,
    log_likelihood=_log_likelihood,
    plain_log_likelihood=_plain_log_likelihood,
    starting_mean=as_given,
    means=(0.0, inf),
    support=POSITIVE,
    concave=partial(power.concave, 2.0),
    draw=_draw,
    least_curvature={
        LOG: LeastCurvature(_least_log, _terms_log),
        INVERSE: LeastCurvature(_least_inverse, _terms_inverse),
    },
    tails=_tails,
)
