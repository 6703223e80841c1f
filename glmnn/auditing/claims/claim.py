"""Coefficients as somebody claims them, with the digits in which they were written."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10

import numpy as np

from glmnn.arrays import Array

INTERCEPT = "(Intercept)"  # as the design calls it


@dataclass(frozen=True)
class Claim:
    """Named values, each known to half a unit of its last digit.

    Attributes
    ----------
    source : str
        Printable file name, or ``--coef``.
    kind : str
        What it was read as, for people.
    names : tuple of str or None
        As written; None where no name was given and the values follow the order of the design.
    values : ndarray of shape (k,)
    half_units : ndarray of shape (k,)
        Half a unit of the last digit as written, or half a unit in the last place of a binary number.
    single : bool
        The values were stored as float32 or shorter.
    notes : tuple of str
        What was left out or put together while reading.
    ratios : bool
        Ratios were written, of which the values are the logarithms.
    settings : tuple of str
        Parameters of the estimator that made the claim, as `C=1.0`.
    """

    source: str
    kind: str
    names: tuple[str | None, ...]
    values: Array
    half_units: Array
    single: bool = False
    notes: tuple[str, ...] = ()
    ratios: bool = False
    settings: tuple[str, ...] = ()

    @property
    def printed(self) -> bool:
        """True when a value was written with decimals and in fewer than 15 significant digits."""
        return not self.single and any(places is not None and places > 0 for places in self._places())

    @property
    def digits(self) -> str:
        """How precisely the values are given, for a message.

        >>> Claim("--coef", "text", ("x", "z"), np.array([0.4783, 12.5]), np.array([5e-5, 5e-2])).digits
        '1 to 4 decimals'
        """
        if self.single:
            ulp = np.spacing(np.abs(self.values).astype(np.float32)).astype(float)
            return "half precision" if np.any(self.half_units > 16.0 * ulp) else "float32"
        if not self.printed:
            return "full precision"
        decimals = [places for places in self._places() if places is not None and places > 0]
        fewest, most = min(decimals), max(decimals)
        if self.ratios:
            shown = f"{most} decimal{'s' if most > 1 else ''}" if fewest == most else f"{fewest} to {most} decimals"
            return f"{shown} of the ratios"
        if fewest == most:
            return f"{most} decimal{'s' if most > 1 else ''}"
        significant = {
            places + floor(log10(abs(value))) + 1
            for places, value in zip(self._places(), self.values.tolist(), strict=True)
            if places is not None and value
        }
        return f"{significant.pop()} significant digits" if len(significant) == 1 else f"{fewest} to {most} decimals"

    def _places(self) -> list[int | None]:
        """Return the number of decimals of each value; None for binary numbers, whose unit is no power of ten."""
        written = self.half_units
        if self.ratios:
            written = -np.expm1(-self.half_units) * np.exp(self.values)
        return [_decimals(half) for half in written.tolist()]


def _decimals(half_unit: float) -> int | None:
    for unit in (2.0 * half_unit, half_unit):  # the difference of two written values has twice the half unit
        places = -log10(unit) if unit > 0 else 0.5
        if abs(places - round(places)) < 1e-9:
            return round(places)
    return None
