"""Coefficients that somebody claims, as a proof can speak of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import log10

import numpy as np

from glmnn.arrays import Array
from glmnn.auditing.audit import in_our_terms
from glmnn.auditing.claims.claim import Claim
from glmnn.data.table import Table
from glmnn.errors import UsageError
from glmnn.fitting.estimate import Estimate
from glmnn.options.model import ModelOptions
from glmnn.proving.document import StatedClaim

PRINTED = 13  # significant digits up to which a number is taken for one that was printed


@dataclass(frozen=True)
class Claimed:
    """A claim in the terms of the design.

    Attributes
    ----------
    values, half_units : ndarray of shape (q,)
        Half a unit of the last digit as written.
    """

    values: Array
    half_units: Array

    @property
    def printed(self) -> bool:
        """Whether these are rounded numbers of a table, and not those of a computer."""
        known = self.half_units > 0
        sizes = np.maximum(np.abs(self.values), self.half_units)
        return bool(np.all(self.half_units[known] > 10.0**-PRINTED * sizes[known])) and bool(known.any())

    def decimals(self) -> list[str]:
        """Return the values with the digits that were written."""
        return [_written(value, half) for value, half in zip(self.values, self.half_units, strict=True)]

    def rounded(self) -> StatedClaim:
        """Return the claim that the maximum, rounded, is these values."""
        return StatedClaim("rounded", self.decimals(), ["0"] * self.values.size)

    def away(self, coef: Array, information: Array) -> StatedClaim:
        """Return the claim that they are not the maximum; their distance is greatest along the information times it."""
        along = information @ (self.values - coef)
        along = along / np.abs(along).max()
        return StatedClaim("away", self.decimals(), [f"{value:.12g}" for value in along])


def claimed(options: ModelOptions, table: Table, claim: Claim, estimate: Estimate) -> Claimed:
    """Return a claim in the terms of the design.

    Raises
    ------
    UsageError
        If its names are not those of the design, or some terms of the design are collinear.
    """
    if estimate.aliases:
        raise UsageError("a claim about collinear columns: name the columns that it is about")
    matched, causes = in_our_terms(options, table, claim, estimate)
    if causes:
        raise UsageError(f"{claim.source}: {causes[0].says}; state the claim in the model's own terms")
    return Claimed(matched.values, matched.half_units)


def _written(value: float, half: float) -> str:
    """Return a value with its digits: half a unit of the last is known.

    >>> _written(0.5, 0.00005), _written(1200.0, 50.0), _written(0.1, 7e-18)
    ('0.5000', '1.2E+3', '0.1')
    """
    if half <= 0 or half < 1e-14 * abs(value):
        return repr(float(value))
    return str(Decimal(repr(float(value))).quantize(Decimal((0, (1,), round(log10(2.0 * half))))))
