"""Links of means between 0 and 1, in forms that keep their digits in both tails."""

from __future__ import annotations

from math import inf, pi, sqrt

import numpy as np
from scipy.special import erfcx, log_ndtr, ndtr, ndtri

from glmnn.arrays import Array
from glmnn.models.links.link import Link


def _sigmoid(eta: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-eta))


def _sigmoid_of_minus(eta: Array) -> Array:
    return 1.0 / (1.0 + np.exp(eta))


def _logit(mu: Array) -> Array:
    return np.log(mu) - np.log1p(-mu)


def _logit_derivative(eta: Array) -> Array:
    return _sigmoid(eta) * _sigmoid_of_minus(eta)


def _normal_density(eta: Array) -> Array:
    return np.exp(-0.5 * eta * eta) / sqrt(2.0 * pi)


def _normal_rate(eta: Array) -> Array:
    # phi/Phi through the scaled complementary error function never becomes 0/0 in the tail
    return sqrt(2.0 / pi) / erfcx(-eta / sqrt(2.0))


def _normal_complement_rate(eta: Array) -> Array:
    return _normal_rate(-eta)


def _normal_complement(eta: Array) -> Array:
    return ndtr(-eta)


def _cloglog(mu: Array) -> Array:
    return np.log(-np.log1p(-mu))


def _cloglog_inverse(eta: Array) -> Array:
    return -np.expm1(-np.exp(eta))


def _cloglog_complement(eta: Array) -> Array:
    return np.exp(-np.exp(eta))


def _cloglog_derivative(eta: Array) -> Array:
    return np.exp(eta - np.exp(eta))


def _hazard(eta: Array) -> Array:
    # kept within float64, so that a weight of 0 times a rate is 0 and not nan
    return np.exp(np.clip(eta, -700.0, 700.0))


def _cloglog_rate(eta: Array) -> Array:
    hazard = _hazard(eta)
    with np.errstate(over="ignore"):
        return hazard / np.expm1(hazard)


def _normal_log_complement(eta: Array) -> Array:
    return log_ndtr(-eta)


def _log_sigmoid(eta: Array) -> Array:
    return -np.logaddexp(0.0, -eta)


def _log_sigmoid_of_minus(eta: Array) -> Array:
    return -np.logaddexp(0.0, eta)


def _loglog(mu: Array) -> Array:
    return -np.log(-np.log(mu))


def _loglog_inverse(eta: Array) -> Array:
    return _cloglog_complement(-eta)


def _loglog_complement(eta: Array) -> Array:
    return _cloglog_inverse(-eta)


def _loglog_derivative(eta: Array) -> Array:
    return _cloglog_derivative(-eta)


def _loglog_rate(eta: Array) -> Array:
    return _hazard(-eta)


def _loglog_complement_rate(eta: Array) -> Array:
    return _cloglog_rate(-eta)


def _cauchit(mu: Array) -> Array:
    return np.where(mu == 1.0, inf, -1.0 / np.tan(pi * mu))  # the float64 nearest to pi is not pi


def _cauchit_inverse(eta: Array) -> Array:
    return _cauchit_complement(-eta)


def _cauchit_complement(eta: Array) -> Array:
    if np.iscomplexobj(eta):
        return 0.5 - np.arctan(eta) / pi
    return np.arctan2(1.0, eta) / pi


def _cauchit_derivative(eta: Array) -> Array:
    return 1.0 / (pi * (1.0 + eta * eta))


def _cauchit_rate(eta: Array) -> Array:
    return _cauchit_derivative(eta) / _cauchit_inverse(eta)


def _cauchit_complement_rate(eta: Array) -> Array:
    return _cauchit_derivative(eta) / _cauchit_complement(eta)


LOGIT = Link(
    "logit",
    _logit,
    _sigmoid,
    _logit_derivative,
    _sigmoid_of_minus,
    _sigmoid_of_minus,
    _sigmoid,
    logs=(_log_sigmoid, _log_sigmoid_of_minus),
    centre=0.5,
    exponentials="odds ratios",
)
PROBIT = Link(
    "probit",
    ndtri,
    ndtr,
    _normal_density,
    _normal_rate,
    _normal_complement,
    _normal_complement_rate,
    logs=(log_ndtr, _normal_log_complement),
    centre=0.5,
)
CLOGLOG = Link(
    "cloglog",
    _cloglog,
    _cloglog_inverse,
    _cloglog_derivative,
    _cloglog_rate,
    _cloglog_complement,
    _hazard,
    exponentials="hazard ratios",
)
LOGLOG = Link(
    "loglog",
    _loglog,
    _loglog_inverse,
    _loglog_derivative,
    _loglog_rate,
    _loglog_complement,
    _loglog_complement_rate,
)
CAUCHIT = Link(
    "cauchit",
    _cauchit,
    _cauchit_inverse,
    _cauchit_derivative,
    _cauchit_rate,
    _cauchit_complement,
    _cauchit_complement_rate,
    log_concave=False,
    centre=0.5,
)
