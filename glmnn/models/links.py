"""Link functions: eta = link(mu); the inverse is what a neural network calls the activation."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from math import inf, pi, sqrt

import numpy as np
from scipy.special import erfcx, log_ndtr, ndtr, ndtri

from glmnn.arrays import Array
from glmnn.errors import UsageError, quoted, unknown

Function = Callable[[Array], Array]


@dataclass(frozen=True, slots=True)
class Link:
    """A link and the forms of its inverse that keep their digits in the tails. Links are equal where their names are.

    Attributes
    ----------
    name : str
        The field's name.
    link : callable
        mu -> eta.
    inverse : callable
        eta -> mu.
    inverse_derivative : callable
        eta -> dmu/deta.
    rate : callable
        eta -> (dmu/deta) / mu.
    complement : callable
        eta -> 1 - mu, never formed by a subtraction where that would cancel.
    complement_rate : callable
        eta -> (dmu/deta) / (1 - mu).
    domain : tuple of float
        The open interval of eta on which the inverse is defined and monotone.
    exponent : float or None
        Of a power link, eta = mu ** exponent.
    log_concave : bool
        Whether log mu and log(1 - mu) are both concave in eta.
    logs : tuple of callable, or None
        eta -> log mu, eta -> log(1 - mu), where mu or 1 - mu can be too small for float64.
    centre : float or None
        The mean about which the inverse is symmetric, inverse(-eta) = 2 centre - inverse(eta); None without one.
    exponentials : str
        What the exponentials of coefficients are called.
    multiplicative : bool
        Whether adding log(exposure) to eta multiplies the mean by the exposure.
    """

    name: str
    link: Function = field(compare=False)
    inverse: Function = field(compare=False)
    inverse_derivative: Function = field(compare=False)
    rate: Function = field(compare=False)
    complement: Function = field(compare=False)
    complement_rate: Function = field(compare=False)
    domain: tuple[float, float] = field(default=(-inf, inf), compare=False)
    exponent: float | None = field(default=None, compare=False)
    log_concave: bool = field(default=True, compare=False)
    logs: tuple[Function, Function] | None = field(default=None, compare=False)
    centre: float | None = field(default=None, compare=False)
    exponentials: str = field(default="exponentials", compare=False)
    multiplicative: bool = field(default=False, compare=False)

    @property
    def means(self) -> tuple[float, float]:
        """The open interval of the means that it reaches."""
        with np.errstate(all="ignore"):
            low, high = np.sort(self.inverse(np.array(self.domain)))
        return float(low), float(high)

    @property
    def unit_free(self) -> bool:
        """True when eta has no unit: a change of eta by 1 is large whatever the data."""
        return self.domain == (-inf, inf) and self.means != (-inf, inf)


def _one_minus(inverse: Function, eta: Array) -> Array:
    return 1.0 - inverse(eta)


def _complement_rate(inverse: Function, derivative: Function, eta: Array) -> Array:
    return derivative(eta) / (1.0 - inverse(eta))


def _unchanged(x: Array) -> Array:
    return np.asarray(x, dtype=np.result_type(x, np.float64))


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


def _cloglog_log(eta: Array) -> Array:
    return np.where(eta < -30.0, eta, np.log(-np.expm1(-_hazard(eta))))  # 1 - exp(-h) is h to rounding there


def _cloglog_log_complement(eta: Array) -> Array:
    return -_hazard(eta)


def _loglog_log(eta: Array) -> Array:
    return _cloglog_log_complement(-eta)


def _loglog_log_complement(eta: Array) -> Array:
    return _cloglog_log(-eta)


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


def shortest(number: float) -> str:
    """Return a number in as few digits as it can be read back from exactly.

    >>> shortest(2.0), shortest(1 / 3)
    ('2', '0.3333333333333333')
    """
    return repr(float(number)).removesuffix(".0")


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
    exponentials="rate ratios",
    multiplicative=True,
)
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
INVERSE = power_link(-1.0, "inverse")
INVERSE_SQUARED = power_link(-2.0, "inverse_squared")
SQRT = power_link(0.5, "sqrt")

LINKS = {
    link.name: link for link in (IDENTITY, LOG, LOGIT, PROBIT, CLOGLOG, LOGLOG, CAUCHIT, INVERSE, INVERSE_SQUARED, SQRT)
}


POWERS = {link.exponent: link for link in (INVERSE, INVERSE_SQUARED, SQRT)} | {1.0: IDENTITY}
NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"


def find_link(name: str) -> Link:
    """Return the link called `name`; ``power(-0.3)`` or ``power(1/3)`` gives a power link.

    An exponent whose link has a name of its own, such as -1 or 0.5, gives that link.

    Raises
    ------
    UsageError
        If there is no such link; the message names the nearest one.
    """
    called = re.fullmatch(r"power\s*\((.*)\)", name.strip(), re.IGNORECASE | re.DOTALL)
    if called:
        exponent = _exponent(name, called[1].strip())
        return POWERS.get(exponent) or power_link(exponent)
    plain = name.strip().lower().replace("-", "_").replace(" ", "_")
    if plain not in LINKS:
        raise UsageError(unknown("link", name, [*LINKS, "power(EXPONENT)"]))
    return LINKS[plain]


def _exponent(name: str, text: str) -> float:
    """Return the exponent written between the brackets of a power link: a number, or a fraction of two."""
    if text.lower().lstrip("+-") in {"nan", "inf", "infinity"}:
        return float(text)
    if not re.fullmatch(rf"{NUMBER}(?:\s*/\s*{NUMBER})?", text, re.ASCII):
        raise UsageError(f"the exponent in {quoted(name)} is not a number: write power(-0.5) or power(1/3), say")
    top, _, bottom = text.partition("/")
    if bottom and float(bottom) == 0:
        raise UsageError(f"the exponent in {quoted(name)} divides by 0")
    return float(top) / float(bottom or 1.0)
