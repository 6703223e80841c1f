"""The array types of all files, and a block of rows as arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Index = NDArray[np.intp]
Rows = slice | Index | Mask


class Block(NamedTuple):
    """Some rows of the data, always as arrays."""

    X: Array  # (rows, p), the intercept is a column like any other
    y: Array  # (rows,); for the binomial the proportion of successes
    prior_weight: Array  # (rows,); for the binomial the number of trials
    offset: Array  # (rows,), added to eta

    def rows(self, chosen: Rows) -> Block:
        """Return the block of the chosen rows."""
        return Block(self.X[chosen], self.y[chosen], self.prior_weight[chosen], self.offset[chosen])


def chosen(values: Array, rows: Mask) -> Array:
    """Return the values of the chosen rows; of all rows the values themselves."""
    return values if rows.all() else values[rows]
