"""What a link is: one value with all that is true of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

import numpy as np

from glmnn.arrays import Array

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
        What the exponentials of coefficients of a share are called, where that does not hang on the family; empty
        where they are ratios of nothing.
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
    exponentials: str = field(default="", compare=False)
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


def shortest(number: float) -> str:
    """Return a number in as few digits as it can be read back from exactly.

    >>> shortest(2.0), shortest(1 / 3)
    ('2', '0.3333333333333333')
    """
    return repr(float(number)).removesuffix(".0")
