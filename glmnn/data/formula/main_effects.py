"""Columns as they are and factors by their levels, without interactions: what most formulas are, written at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from glmnn.arrays import Array, Index
from glmnn.data.formula.names import safe_level

ROWS = 4_096  # written at a time, so that a row-major matrix stays in the cache while its columns come one by one
FACTOR = re.compile(r"C\((\w+)\)|(\w+)")


class Levelled(NamedTuple):
    """A factor in the rows of a design."""

    codes: Index  # (rows,), the number of the level
    levels: tuple[str, ...]

    def indicators(self, first: int) -> Indicators:
        """Return the columns of the levels from number `first` on."""
        return Indicators(self.codes, np.arange(first, len(self.levels)))


class Indicators(NamedTuple):
    """Columns that are 1 where a row has a level."""

    codes: Index  # (rows,)
    levels: Index  # (k,)


class Matrix(NamedTuple):
    """What formulaic would make of a formula, with its names."""

    names: tuple[str, ...]
    X: Array  # (rows, p)
    places: dict[Any, list[int]]  # of the columns of each term


def written(rows: int, parts: Sequence[float | Array | Indicators]) -> Array:
    """Return the matrix of constants, columns of shape (rows,) and indicators side by side, shape (rows, p)."""
    widths = [part.levels.size if isinstance(part, Indicators) else 1 for part in parts]
    X = np.empty((rows, sum(widths)))
    for first in range(0, rows, ROWS):
        some, place = slice(first, first + ROWS), 0
        for part, width in zip(parts, widths, strict=True):
            if isinstance(part, Indicators):
                X[some, place : place + width] = part.codes[some, None] == part.levels
            else:
                X[some, place] = part[some] if isinstance(part, np.ndarray) else part
            place += width
    return X


def main_effects(parsed: Any, frame: dict[str, Array | Levelled], rows: int) -> Matrix | None:
    """Return the columns of a formula of main effects; None where it has more, which is for formulaic.

    With an intercept a factor has no column for its base, and without one only the first factor has.

    Parameters
    ----------
    parsed : formulaic.Formula
    frame : dict of str to ndarray of shape (rows,) or Levelled
        What stands for each identifier of the formula.
    rows : int
    """
    names: list[str] = []
    parts: list[float | Array | Indicators] = []
    places: dict[Any, list[int]] = {}
    spanned = False  # by an intercept, or by the columns of all levels of a factor
    for term in parsed:
        before = len(names)
        if str(term) == "1":
            names.append("Intercept")
            parts.append(1.0)
            spanned = True
        else:
            found = _single(term, frame)
            if found is None:
                return None
            expression, values = found
            if isinstance(values, Levelled):
                start = "T." if spanned else ""
                names += [f"{expression}[{start}{safe_level(level)}]" for level in values.levels[int(spanned) :]]
                parts.append(values.indicators(int(spanned)))
                spanned = True
            else:
                names.append(expression)
                parts.append(values)
        places[term] = list(range(before, len(names)))
    return Matrix(tuple(names), written(rows, parts), places)


def _single(term: Any, frame: dict[str, Array | Levelled]) -> tuple[str, Array | Levelled] | None:
    """Return the one factor of a term, where it is a column alone or C(...) of a factor of two levels or more."""
    match = FACTOR.fullmatch(term.factors[0].expr) if len(term.factors) == 1 else None
    values = frame.get(match[1] or match[2]) if match is not None else None
    if match is None or values is None:
        return None
    if isinstance(values, Levelled):
        return (match[0], values) if len(values.levels) > 1 else None
    return (match[0], values) if match[2] else None
