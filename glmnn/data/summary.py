"""What a block of rows says without coefficients, as values that add."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.engines.tree import leaf_slices, tree_sum

FEW = 64  # rows
AT_ONCE = 65_536  # rows
EXACT = 2.0**53
SMALL = 10_000  # cells, of which columns are quickly made
SOME_ROWS = 20_000  # that are read once for whoever wants some of them
LEAST_STRIDE = 4  # no part is larger than a quarter


class Summary(NamedTuple):
    """What some rows say without coefficients; two of them add."""

    rows: int
    weight: float  # sum of the prior weights
    response: float  # sum of prior weight times response
    plain: bool  # all prior weights are 1 and all offsets 0, so that nobody needs to gather them
    has_offset: bool
    whole_numbers: bool  # all responses are whole
    least: float  # response
    largest: float

    @classmethod
    def of(cls, block: Block) -> Summary:
        """Return the summary of a block."""
        y, weight, has_offset = block.y, block.prior_weight, bool(np.count_nonzero(block.offset))
        equal = not np.count_nonzero(weight != 1.0)
        total, response = (y.size, y.sum()) if equal else (weight.sum(), (y * weight).sum())
        whole, least, largest = not np.count_nonzero(y != np.rint(y)), float(y.min()), float(y.max())
        return cls(y.size, float(total), float(response), equal and not has_offset, has_offset, whole, least, largest)

    @property
    def furthest(self) -> float:
        """Response furthest from 0, as a distance."""
        return max(-self.least, self.largest)

    @property
    def mean(self) -> float:
        """Weighted mean of the response."""
        return self.response / self.weight

    def __add__(self, other: Summary) -> Summary:  # type: ignore[override]
        return Summary(
            self.rows + other.rows,
            self.weight + other.weight,
            self.response + other.response,
            self.plain and other.plain,
            self.has_offset or other.has_offset,
            self.whole_numbers and other.whole_numbers,
            min(self.least, other.least),
            max(self.largest, other.largest),
        )


def summary_of(whole: Block, width: int) -> Summary:
    """Return the summary of all rows in memory, of a design of so many columns.

    Sums of whole numbers are exact in any order, so that rows may be taken many at a time; others are added in their
    tree.
    """
    quick = Summary.of(whole if len(whole.y) <= AT_ONCE else whole.rows(slice(0, AT_ONCE)))
    if quick.whole_numbers and quick.plain:
        for first in range(AT_ONCE, len(whole.y), AT_ONCE):
            quick += Summary.of(whole.rows(slice(first, first + AT_ONCE)))
        if quick.whole_numbers and quick.plain and quick.rows * quick.furthest < EXACT:
            return quick
    total: Summary = tree_sum(Summary.of(whole.rows(part)) for part in leaf_slices(len(whole.y), width))
    return total


class Extremes(NamedTuple):
    """Least and largest cell of each column of some rows; two of them add."""

    low: Array  # (p,)
    high: Array  # (p,)

    @classmethod
    def of(cls, block: Block) -> Extremes:
        """Return the extremes of a block."""
        return cls(*extremes_of(block.X))

    def __add__(self, other: Extremes) -> Extremes:  # type: ignore[override]
        return Extremes(np.minimum(self.low, other.low), np.maximum(self.high, other.high))


def extremes_of(X: Array) -> tuple[Array, Array]:
    """Return least and largest cell of each column of some rows, each of shape (p,)."""
    if not X.flags.c_contiguous or X.shape[1] == 1 or X.size <= SMALL:
        columns = np.ascontiguousarray(X.T)
        return columns.min(axis=1), columns.max(axis=1)
    return _folded(np.minimum, X), _folded(np.maximum, X)


def _folded(extreme: np.ufunc, X: Array) -> Array:
    """Return the extreme of each column, by halves: whole rows at once, not one short row after another."""
    while len(X) > FEW:
        half = len(X) // 2
        last = X[-1]  # of an odd number; of an even one it is among the others, too
        X = extreme(X[:half], X[half : 2 * half])
        extreme(X[0], last, out=X[0])
    return np.asarray(extreme.reduce(X, axis=0))


def typical_size(X: Array) -> Array:
    """Return the root mean square of each column over some of the rows, shape (p,)."""
    return np.asarray(np.sqrt(np.full(len(X), 1.0 / len(X)).dot(X * X)))


def some_stride(rows: int, thinned: int = 1) -> int:
    """Return k so that every k-th row makes `SOME_ROWS` or some more, divided by `thinned`; 1 where rows are few.

    >>> some_stride(1_000_000), some_stride(1_000_000, 2), some_stride(19_999, 2)
    (50, 100, 1)
    """
    return max(1, rows // SOME_ROWS * thinned)


def part_stride(rows: int) -> int:
    """Return k so that every k-th row makes the part from whose fit Fisher scoring starts.

    >>> part_stride(1_000_000), part_stride(40_000)
    (50, 4)
    """
    return max(LEAST_STRIDE, rows // SOME_ROWS)
