"""The identity, the logarithm and powers: links without an upper end of the mean."""

from __future__ import annotations

from functools import partial
from math import inf

import numpy as np

from glmnn.arrays import Array
from glmnn.errors import UsageError
from glmnn.models.links.link import Function, Link, shortest


def _one_minus(inverse: Function, eta: Array) -> Array:
    return 1.0 - inverse(eta)


def _complement_rate(inverse: Function, derivative: Function, eta: Array) -> Array:
    return derivative(eta) / (1.0 - inverse(eta))


def _unchanged(x: Array) -> Array:
    return np.asarray(x, dtype=np.result_type(x, np.float64))


def _reciprocal(x: Array) -> Array:
    return 1.0 / np.asarray(x, dtype=float)


def _log_complement(eta: Array) -> Array:
    return -np.expm1(eta)


def _log_complement_rate(eta: Array) -> Array:
    return 1.0 / np.expm1(-eta)


def _power(exponent: float, x: Array) -> Array:
    return np.power(x, exponent)


def _power_derivative(exponent: float, x: Array) -> Array:
    return exponent * np.power(x, exponent - 1.0)


def _power_rate(exponent: float, x: Array) -> Array:
    return exponent / x


def power_link(exponent: float, name: str | None = None) -> Link:
    """Return the link eta = mu ** exponent on positive means.

    Parameters
    ----------
    exponent : float
        Not zero (that limit is the log link).
    name : str, optional
        ``power(exponent)`` unless given.

    Raises
    ------
    UsageError
        If the exponent is zero, not finite, or so small that its inverse is not.
    """
    if exponent == 0 or not np.isfinite(exponent):
        raise UsageError(f"the power link needs a finite exponent other than 0, not {exponent:g}; use log for 0")
    back = 1.0 / exponent
    if not np.isfinite(back):
        raise UsageError(f"the power link needs an exponent further from 0 than {exponent:g}; use log for 0")
    inverse, derivative = partial(_power, back), partial(_power_derivative, back)
    return Link(
        name or f"power({shortest(exponent)})",
        link=partial(_power, exponent),
        inverse=inverse,
        inverse_derivative=derivative,
        rate=partial(_power_rate, back),
        complement=partial(_one_minus, inverse),
        complement_rate=partial(_complement_rate, inverse, derivative),
        domain=(0.0, inf),
        exponent=exponent,
    )


IDENTITY = Link(
    "identity",
    link=_unchanged,
    inverse=_unchanged,
    inverse_derivative=np.ones_like,
    rate=_reciprocal,
    complement=partial(_one_minus, _unchanged),
    complement_rate=partial(_complement_rate, _unchanged, np.ones_like),
    centre=0.0,
)
LOG = Link(
    "log",
    np.log,
    np.exp,
    np.exp,
    np.ones_like,
    _log_complement,
    _log_complement_rate,
    multiplicative=True,
)
INVERSE = power_link(-1.0, "inverse")
INVERSE_SQUARED = power_link(-2.0, "inverse_squared")
SQRT = power_link(0.5, "sqrt")
