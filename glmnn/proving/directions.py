"""Exact directions: along which the data are separated, and in which the columns are aliased."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import lcm

import numpy as np

from glmnn.arrays import Array, Mask
from glmnn.diagnostics.rank import Alias
from glmnn.diagnostics.separation.verdict import Separation, separation_of_rows
from glmnn.proving import verify

MOST_DENOMINATOR = 10**9
MOST_WHOLE = 2**53


def decimal(value: float, power: int = 0) -> str:
    """Return the decimal that a float is, times a power of ten; not a digit is rounded.

    >>> decimal(3.0, 2), decimal(0.5)
    ('300', '0.5')
    """
    return format(Decimal(float(value)).scaleb(power), "f")


def relation_of(alias: Alias, names: Sequence[str]) -> list[str]:
    """Return an aliased column as whole numbers whose sum with the columns is 0.

    >>> relation_of(Alias("z", {"x": 1.0, "y": 1 / 3}), ("x", "y", "z"))
    ['3', '1', '-3']
    """
    shares = {name: Fraction(value).limit_denominator(MOST_DENOMINATOR) for name, value in alias.relation.items()}
    common = lcm(*(share.denominator for share in shares.values()))
    values = {name: str(share * common) for name, share in shares.items()} | {alias.name: str(-common)}
    return [values.get(name, "0") for name in names]


def exact_separation(
    names: tuple[str, ...], design: Sequence[Sequence[verify.Interval]], side: Array
) -> tuple[list[str], Mask] | None:
    """Return a direction that separates the decimals of the data themselves, not the float64 nearest to them.

    Columns become whole numbers by powers of ten; a direction of these times the powers is one of the columns. None
    where the columns are rounded or too long for that, or nothing separates them.
    """
    if any(cell.lo != cell.hi for row in design for cell in row):
        return None
    columns = [[cell.lo for cell in column] for column in zip(*design, strict=True)]
    powers = [max(0, *(-int(cell.as_tuple().exponent) for cell in column)) for column in columns]
    whole = [[int(cell.scaleb(power)) for cell in column] for column, power in zip(columns, powers, strict=True)]
    if any(abs(cell) > MOST_WHOLE for column in whole for cell in column):
        return None
    found = separation_of_rows(names, np.array(whole, dtype=float).T.copy(), side)
    if not isinstance(found, Separation):
        return None
    return [decimal(value, power) for value, power in zip(found.direction, powers, strict=True)], found.moves
