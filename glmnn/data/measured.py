"""What passes over the rows of a data set tell of its columns: each is taken when it is first asked for, and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.data.summary import Extremes, Summary
from glmnn.data.totals import (
    Moments,
    Products,
    VisitedProducts,
    equal,
    factor,
    moments_of,
    products,
    squares,
    sums,
)
from glmnn.engines.tree import Factor
from glmnn.kernels.choice import compiled
from glmnn.kernels.visits import WIDEST

MANY = 1_000_000  # cells, beyond which X' W X is asked for means and spreads


class Measured(Protocol):
    """Rows that come in blocks, and what their columns are like."""

    @property
    def rows(self) -> int:
        """Number of rows."""
        ...

    def blocks(self) -> Iterator[Block]:
        """Iterate over all rows, in the same order each time."""
        ...

    def sum(self, evaluate: Callable[..., Any], *given: Any) -> Any:
        """Return the sum of `evaluate(*given, block)` over the blocks."""
        ...

    @property
    def width(self) -> int:
        """Number of columns p; a model of several classes has more coefficients than that."""
        return int(next(self.blocks()).X.shape[1])

    @cached_property
    def summary(self) -> Summary:
        """What the rows say without coefficients."""
        summary: Summary = self.sum(Summary.of)
        return summary

    @property
    def plain(self) -> bool:
        """True when all prior weights are 1 and all offsets 0, so that nobody needs to gather them."""
        return self.summary.plain

    @property
    def known_plain(self) -> bool:
        """True when that is known without a pass."""
        return self.plain

    @cached_property
    def extremes(self) -> Extremes:
        """Least and largest cell of each column."""
        extremes: Extremes = self.sum(Extremes.of)
        return extremes

    @cached_property
    def constants(self) -> Array:
        """The cell of each column that has the same one in all rows, else 0, shape (p,)."""
        first = next(self.blocks()).X
        cells = np.where((first == first[0]).all(axis=0), first[0], 0.0)
        if not cells.any():
            return cells
        return np.where(self.sum(equal, cells) == self.rows, cells, 0.0)

    @cached_property
    def moments(self) -> Moments:
        """Means and mean squared distances of the columns, by products where there are many rows."""
        many = self.rows * self.width > MANY and self.plain
        known = moments_of(self.gram / self.rows, self.constants) if many else None
        return known or (centred := self._centred())._replace(passes=centred.passes + many)

    def _centred(self) -> Moments:
        """Return the moments by a pass for the means and one for the distances."""
        fixed = self.constants != 0
        centre = np.where(fixed, 0.0, self.sum(sums) / self.rows) if fixed.any() else np.zeros(fixed.size)
        return Moments(centre, self.sum(squares, centre) / self.rows, passes=1 + bool(fixed.any()))

    @cached_property
    def gram(self) -> Array:
        """X' W X for prior weights W, shape (p, p)."""
        return np.asarray(self.sum(self._products))

    @property
    def _products(self) -> Callable[[Block], Array]:
        """The fastest function from some rows to their X' W X."""
        if self.rows * self.width <= MANY:
            return products
        if self.width <= WIDEST and compiled("visit", 0.0):
            return VisitedProducts(self.width, self.known_plain)
        return Products(self.width)

    def triangular_factor(self, weight: Callable[[Block], Array] | None = None) -> tuple[Array, Array]:
        """Return R and the scale s of a QR factor, X = Q R diag(s), built block by block; shapes (p, p) and (p,).

        With a `weight` of each row, the rows of X are multiplied by its root first. The scale is the largest cell of
        each column, because squares of extreme columns leave the range of float64.
        """
        low, high = self.extremes
        scale = np.maximum(np.abs(low), np.abs(high))
        scale[scale == 0] = 1.0
        found: Factor = self.sum(factor, scale, weight)
        return found.R, scale

    def orthogonalising(self, weight: Callable[[Block], Array] | None = None) -> Array:
        """Return T so that the columns of X T are orthogonal with unit mean square, to rounding; shape (p, p)."""
        factor, scale = self.triangular_factor(weight)
        inverse = np.linalg.solve(factor, np.eye(scale.size))
        return np.asarray(np.sqrt(self.rows) * inverse / scale[:, None])
