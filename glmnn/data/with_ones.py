"""An array as it was given beside a column of ones that is nowhere held: rows are fitted without a copy of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.data.dataset import CONSTANT, Dataset, InMemory, row_slices


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

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.bare.y.size)

    @property
    def width(self) -> int:
        """Number of columns."""
        return int(self.bare.X.shape[1]) + 1

    def blocks(self) -> Iterator[Block]:
        """Iterate over all rows, in order and in the blocks of `InMemory`."""
        return map(_with_ones, self._parts)

    @cached_property
    def _parts(self) -> tuple[Block, ...]:
        return tuple(self.bare.rows(part) for part in row_slices(self.rows, self.width))

    def in_memory(self, what: str, instead: str = "") -> InMemory:  # noqa: ARG002
        """Return the data set with the column of ones in memory as well."""
        return InMemory(self.names, self._whole)

    @cached_property
    def _whole(self) -> Block:
        return _with_ones(self.bare)

    def every(self, stride: int) -> InMemory:
        """Return every `stride`-th row."""
        return InMemory(self.names, _with_ones(self.bare.rows(slice(None, None, stride))))

    def mapped(self, names: tuple[str, ...], change: Callable[[Block], Block]) -> InMemory:
        """Return the data set of these names, its rows changed once and for all."""
        return InMemory(names, change(self._whole))

    def constant(self) -> InMemory:
        """Return the data set with a column of ones alone."""
        return InMemory((CONSTANT,), self.bare._replace(X=np.ones((self.rows, 1))))

    def renamed(self, names: tuple[str, ...]) -> WithOnes:
        """Return the data set with other names."""
        return replace(self, names=names)


def _with_ones(block: Block) -> Block:
    X: Array = np.empty((len(block.X), block.X.shape[1] + 1))
    X[:, 0] = 1.0
    X[:, 1:] = block.X
    return block._replace(X=X)
