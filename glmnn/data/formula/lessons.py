"""How each function of a formula learns what it remembers of all rows.

A lesson says what to take of the values of each leaf, is sent the sum, and in the end returns what is remembered. It
never sees more than one leaf, so it does not know where the rows are.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from glmnn.arrays import Array
from glmnn.data.formula.functions import natural_knots
from glmnn.data.formula.levels import MOST_LEVELS
from glmnn.data.formula.quantiles import Take, quantiles
from glmnn.data.formula.state import State
from glmnn.errors import UsageError

Lesson = Generator[Take, Any, State]


class Extent(NamedTuple):
    """Number, least and largest of some values; two of them add."""

    rows: int
    low: float
    high: float

    @classmethod
    def of(cls, values: Array) -> Extent:
        """Return the extent of values, without the missing ones."""
        given = values[~np.isnan(values)]
        return cls(given.size, float(np.min(given, initial=np.inf)), float(np.max(given, initial=-np.inf)))

    def __add__(self, other: Extent) -> Extent:  # type: ignore[override]
        return Extent(self.rows + other.rows, min(self.low, other.low), max(self.high, other.high))


class Distinct(frozenset[float | bool]):
    """Different values; two of them add. They are not many."""

    @classmethod
    def of(cls, values: Array) -> Distinct:
        """Return the different values, without the missing ones."""
        found = np.unique(values[values == values])
        return cls(found[: MOST_LEVELS + 1].tolist())

    def __add__(self, other: Distinct) -> Distinct:
        both = self | other
        return Distinct(both if len(both) <= MOST_LEVELS else sorted(both)[: MOST_LEVELS + 1])


def _scale(center: Any = True, scale: Any = True, ddof: float = 1) -> Lesson:
    middle: Any = None if isinstance(center, bool) else center
    if center is True:
        rows, total = yield _total
        middle = total / rows
    spread: Any = None if isinstance(scale, bool) else scale
    if scale is True:
        rows, squares = yield partial(_squares, middle)
        spread = np.sqrt(squares / (rows - ddof))
    return {"ddof": (float(ddof),), "center": _numbers(middle), "scale": _numbers(spread)}


def _center() -> Lesson:
    return (yield from _scale(scale=False))


def _days() -> Lesson:
    extent = yield Extent.of
    return {"first": (extent.low,)}


def _poly(degree: int = 1, raw: bool = False) -> Lesson:
    """Learn the three-term recurrence of the monic orthogonal polynomials (Forsythe, 1957), degree by degree."""
    alpha: list[float] = []
    norms: list[float] = []
    if raw:
        return {}
    for place in range(degree + 1):
        norm, moment = yield partial(_moments, tuple(alpha), tuple(norms))
        norms.append(float(norm))
        if place < degree:
            alpha.append(float(moment / norm))
    return {"alpha": tuple(alpha), "norms2": tuple(norms)}


def _bs(df: int | None = None, knots: Sequence[float] | None = None, degree: int = 3) -> Lesson:
    extent = yield Extent.of
    inner = list(knots or [])
    if df and knots is None and df > degree:
        inner = yield from quantiles(np.linspace(0, 1, df - degree + 2)[1:-1], extent.rows)
    elif df and (knots is not None or df < degree):
        raise TypeError  # as formulaic says
    places = np.pad([extent.low, *map(float, inner), extent.high], degree, mode="edge")
    return {"lower_bound": (extent.low,), "upper_bound": (extent.high,), "knots": tuple(places.tolist())}


def _ns(df: int | None = None, knots: Sequence[float] | None = None) -> Lesson:
    extent = yield Extent.of
    inner = [] if knots is not None or not df else (yield from quantiles(np.linspace(0, 1, df + 1)[1:-1], extent.rows))
    inner = natural_knots((extent.low, extent.high), df, knots, inner)
    return {"knots": tuple(inner), "lower_bound": (extent.low,), "upper_bound": (extent.high,)}


def _categories() -> Lesson:
    found = yield Distinct.of
    if len(found) > MOST_LEVELS:
        raise UsageError(f"a factor of more than {MOST_LEVELS} values: {MOST_LEVELS} are the most")
    return {"categories": tuple(sorted(found))}


LESSONS: dict[str, Callable[..., Lesson]] = {
    "scale": _scale, "center": _center, "days": _days, "poly": _poly, "bs": _bs, "ns": _ns, "C": _categories,
}  # fmt: skip


def _total(values: Array) -> Array:
    return np.array([len(values), np.sum(values, axis=0)], dtype=object)


def _squares(middle: Any, values: Array) -> Array:
    from_middle = values if middle is None else values - middle
    return np.array([len(values), np.sum(from_middle**2, axis=0)], dtype=object)


def _moments(alpha: tuple[float, ...], norms: tuple[float, ...], values: Array) -> Array:
    """Return the sums of P^2 and x P^2 for the monic orthogonal polynomial P whose degree is that of `alpha`."""
    x = np.asarray(values, dtype=float)
    x = x[~np.isnan(x)]
    before, now = np.zeros_like(x), np.ones_like(x)
    for place, centre in enumerate(alpha):
        after = (x - centre) * now
        if place:
            after -= norms[place] / norms[place - 1] * before
        before, now = now, after
    return np.array([np.sum(now**2), np.sum(x * now**2)])


def _numbers(value: Any) -> tuple[float, ...]:
    return () if value is None else tuple(np.ravel(value).astype(float).tolist())
