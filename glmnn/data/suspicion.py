"""Numbers and levels that look like codes of a missing value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from glmnn.arrays import Array
from glmnn.data.cells import LIKE_MISSING
from glmnn.data.summary import extremes_of
from glmnn.errors import printable, quoted

BELOW = (-9.0, -99.0, -999.0, -9999.0)
ABOVE = (99.0, 999.0, 9999.0)
WORDS = frozenset({"none", "nil", "missing", "unknown", "*"})  # which people give levels for names on purpose
MOST = 20_000  # rows in which such a code is looked for


def code_notes(X: Array, names: tuple[str, ...], ends: tuple[float, float] | None = None) -> tuple[str, ...]:
    """Return a note on each column whose smallest or largest value looks like a code of a missing one.

    It is -99, 999 or the like, stands in two rows at least, and lies further from all other values than these from
    each other; those beside a negative one are not negative.

    Parameters
    ----------
    X : ndarray of shape (rows, p)
    names : tuple of str
        Names of the p columns.
    ends : (float, float), optional
        The least and the largest cell, where they are known; most often they rule out every code.
    """
    if ends is not None and ends[0] > max(BELOW) and ends[1] < min(ABOVE):
        return ()
    return tuple(_notes(X, names)) if len(X) else ()


def level_notes(levels: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return a note on each level of each factor that is written as missing values are.

    >>> level_notes({"arm": ("#N/A", "high", "low")})
    ("arm: the level '#N/A' may stand for a missing value; if so, empty these cells",)
    """
    return tuple(
        f"{printable(name)}: the level {quoted(level)} may stand for a missing value; if so, empty these cells"
        for name, own in levels.items()
        for level in own
        if level.lower() in LIKE_MISSING - WORDS
    )


def _notes(X: Array, names: tuple[str, ...]) -> Iterator[str]:
    least, largest = extremes_of(X[:MOST])
    for values, codes in ((least.tolist(), BELOW), (largest.tolist(), ABOVE)):
        for place, code in ((j, value) for j, value in enumerate(values) if value in codes):
            others = X[X[:, place] != code, place]
            times = len(X) - len(others)
            if times < 2 or len(others) < times or (code < 0 and others.min() < 0):
                continue
            low, high = float(others.min()), float(others.max())
            if (low - code if code < 0 else code - high) > high - low:
                yield (
                    f"{printable(names[place])}: {code:g} in {times} rows is far from all other values "
                    f"({low:g} to {high:g}): if it stands for a missing value, write NA there"
                )
