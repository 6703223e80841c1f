"""An array as it was given beside a column of ones that is nowhere held: rows are fitted without a copy of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.data.dataset import CONSTANT, FEW_ROWS, Dataset, InMemory
from glmnn.data.summary import Summary, part_stride, some_stride, summary_of, typical_size
from glmnn.data.totals import Moments, squares, sums
from glmnn.engines.threads import adds_leaves, sum_of_leaves, takes_bare
from glmnn.engines.tree import leaf_slices, tree_sum
from glmnn.kernels.threads import one_thread

HELD = 1_000_000  # cells with the ones, up to which a copy costs less than adding them again on each pass


@dataclass(frozen=True)
class WithOnes(Dataset):
    """All rows in memory but for the first column, which is ones: a block gets it when it is read.

    Parameters
    ----------
    names : tuple of str
        One name for each of the p columns, the ones included.
    bare : Block
        All rows, X of shape (rows, p - 1) in any layout.
    """

    names: tuple[str, ...]
    bare: Block = field(repr=False)

    @cached_property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.bare.y.size)

    @property
    def at_hand(self) -> Block:
        """All rows, without their ones."""
        return self.bare

    @cached_property
    def width(self) -> int:
        """Number of columns."""
        return int(self.bare.X.shape[1]) + 1

    def blocks(self) -> Iterator[Block]:
        """Iterate over all rows, in order and in the blocks of `InMemory`."""
        return iter(self._held) if self.rows * self.width <= HELD else map(_with_ones, self._parts)

    @cached_property
    def _held(self) -> tuple[Block, ...]:
        """The blocks of data that are small enough to be held with the ones."""
        return tuple(self._whole.rows(part) for part in leaf_slices(self.rows, self.width))

    @cached_property
    def _parts(self) -> tuple[Block, ...]:
        return tuple(self.bare.rows(part) for part in leaf_slices(self.rows, self.width))

    def sum(self, evaluate: Callable[..., Any], *given: Any) -> Any:
        """Return the sum of `evaluate(*given, block)` over the blocks, which are all made in the same memory."""
        if adds_leaves(evaluate):
            return sum_of_leaves(evaluate, given, self.bare, self.width)
        if self.rows * self.width <= HELD:
            return super().sum(evaluate, *given)
        parts = self._parts
        if takes_bare(evaluate):
            with one_thread():
                return tree_sum(evaluate(*given, part) for part in parts)
        buffer: Array = np.empty((max(part.y.size for part in parts), self.width))
        buffer[:, 0] = 1.0
        with one_thread() if self.rows > FEW_ROWS else nullcontext():
            return tree_sum(evaluate(*given, _with_ones(part, buffer)) for part in parts)

    @cached_property
    def summary(self) -> Summary:
        """What the rows say without coefficients, and without their columns."""
        return summary_of(self.bare, self.width)

    @cached_property
    def constants(self) -> Array:
        """The cell of each column that has the same one in all rows, else 0, the ones first."""
        some = self._parts[0].X
        if (some == some[0]).all(axis=0).any():
            return np.asarray(super().constants)
        cells = np.zeros(self.width)
        cells[0] = 1.0
        return cells

    def _centred(self) -> Moments:
        """Return the moments, to the bits of rows with their ones."""
        centre = np.append(0.0, tree_sum(map(sums, self._parts)) / self.rows)
        centre[self.constants != 0] = 0.0
        away = tree_sum(squares(centre[1:], part) for part in self._parts)
        return Moments(centre, np.append(1.0, away / self.rows), passes=2)

    def in_memory(self, what: str, instead: str = "") -> InMemory:  # noqa: ARG002
        """Return the data set with the column of ones in memory as well."""
        return InMemory(self.names, self._whole)

    def held(self, what: str, instead: str) -> Block:  # noqa: ARG002
        """Return all rows, with their ones where they are few."""
        return self._whole if self.rows * self.width <= HELD else self.bare

    @cached_property
    def _whole(self) -> Block:
        return _with_ones(self.bare)

    @cached_property
    def typical_size(self) -> Array:
        """Root mean square of each column over some of the rows, shape (p,)."""
        stride = some_stride(self.rows, 2)
        if stride > 1 and stride % part_stride(self.rows) == 0:
            return typical_size(self.every(stride).whole.X)
        size = np.ones(self.width)
        size[1:] = typical_size(self.bare.X[::stride])
        return size

    def every(self, stride: int) -> InMemory:
        """Return every `stride`-th row; several ask for some of the same, which are far apart in memory."""
        if stride == 1:
            return self.in_memory("")
        read, left = divmod(stride, part_stride(self.rows))
        return self._thinned(stride) if left else self._part.every(read)

    @cached_property
    def _part(self) -> InMemory:
        return self._thinned(part_stride(self.rows))

    def _thinned(self, stride: int) -> InMemory:
        X, *others = (array[::stride] for array in self.bare)
        return InMemory(self.names, _with_ones(Block(X, *(array.copy() for array in others))))

    def mapped(self, names: tuple[str, ...], change: Callable[[Block], Block]) -> InMemory:
        """Return the data set of these names, its rows changed once and for all."""
        return InMemory(names, change(self._whole))

    def constant(self) -> InMemory:
        """Return the data set with a column of ones alone."""
        return InMemory((CONSTANT,), self.bare._replace(X=np.ones((self.rows, 1))))

    def renamed(self, names: tuple[str, ...]) -> WithOnes:
        """Return the data set with other names."""
        return self if names == self.names else replace(self, names=names)


def _with_ones(block: Block, buffer: Array | None = None) -> Block:
    """Return the block with the ones, in the first rows of a buffer whose first column is ones, or in new memory."""
    rows, width = block.X.shape
    if buffer is None:
        buffer = np.empty((rows, width + 1))
        buffer[:, 0] = 1.0
    X = buffer[:rows]
    X[:, 1:] = block.X
    return block._replace(X=X)
