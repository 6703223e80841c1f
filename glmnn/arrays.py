"""The array types of all files, and a block of rows as arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Index = NDArray[np.intp]
Rows = slice | Index | Mask
IN_CACHE = 32_768  # cells


class Block(NamedTuple):
    """Some rows of the data, always as arrays."""

    X: Array  # (rows, p), the intercept is a column like any other
    y: Array  # (rows,); for the binomial the proportion of successes
    prior_weight: Array  # (rows,); for the binomial the number of trials
    offset: Array  # (rows,), added to eta

    def rows(self, chosen: Rows) -> Block:
        """Return the block of the chosen rows."""
        return Block(self.X[chosen], self.y[chosen], self.prior_weight[chosen], self.offset[chosen])

    @property
    def width(self) -> int:
        """Number of columns."""
        return int(self.X.shape[1])

    def every(self, stride: int) -> Block:
        """Return the block of every `stride`-th row, in arrays of its own: BLAS adds others in another order."""
        return Block(*(array[::stride].copy() for array in self))


def chosen(values: Array, rows: Mask) -> Array:
    """Return the values of the chosen rows; of all rows the values themselves."""
    return values if rows.all() else values[rows]


def extent(X: Array) -> tuple[float, float]:
    """Return the least and the largest cell of an array that is not empty; nan if one of them is nan.

    Some cells at a time, so that a large array is read once.
    """
    flat = X.reshape(-1) if X.flags.c_contiguous else X.T.reshape(-1) if X.flags.f_contiguous else X
    if flat.size <= IN_CACHE:
        return float(flat.min()), float(flat.max())
    size = max(1, IN_CACHE // max(1, flat[:1].size))
    parts = [flat[first : first + size] for first in range(0, len(flat), size)]
    ends = np.array([(part.min(), part.max()) for part in parts])
    return float(ends[:, 0].min()), float(ends[:, 1].max())


def without_ones(X: Array, width: int) -> Array | None:
    """Return rows without their leading column of ones, one after the other; None where they do not begin with ones.

    Rows of fewer than `width` columns are without it already. BLAS may add rows that stand otherwise in another order.
    """
    if X.shape[1] < width:
        return np.ascontiguousarray(X)
    if X[0, 0] != 1.0:
        return None
    bare = np.ascontiguousarray(X[:, 1:])  # first, for the column is quickly read of rows just copied
    return bare if (X[:, 0] == 1.0).all() else None
