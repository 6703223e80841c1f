"""Rows in leaves that stay in the processor's cache and can be read again on each pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Protocol

import numpy as np

from glmnn.arrays import Array, Block, Index
from glmnn.data.changes import columns, holding, ones, turned, unchanged
from glmnn.data.clusters import Clusters, Leaf
from glmnn.data.measured import Measured
from glmnn.data.summary import Summary, some_stride, summary_of, typical_size
from glmnn.engines.threads import adds_leaves, sum_of_leaves
from glmnn.engines.tree import leaf_slices, tree_sum
from glmnn.errors import NeedsAllRows
from glmnn.kernels.threads import one_thread

FEW_ROWS = 20_000  # below it a pass is over before threads could matter
CONSTANT = "(Intercept)"
SAMPLE = "give a sample of them"


class Dataset(Measured, Protocol):
    """A design matrix with its response, read block by block as often as needed.

    A source of rows gives `names`, `rows` and `blocks`. The rest follows; a source overrides what it knows better.

    Attributes
    ----------
    names : tuple of str
        One name for each of the p columns.
    """

    names: tuple[str, ...]

    def sum(self, evaluate: Callable[..., Any], *given: Any) -> Any:
        """Return the sum of `evaluate(*given, block)` over the blocks, of values that add, in the tree."""
        if self.rows <= FEW_ROWS:
            values = [evaluate(*given, block) for block in self.blocks()]
            return values[0] if len(values) == 1 else tree_sum(values)
        with one_thread():
            return tree_sum(evaluate(*given, block) for block in self.blocks())

    def sum_with(self, codes: Index | Clusters, evaluate: Callable[..., Any], *given: Any) -> Any:
        """Return the sum of `evaluate(*given, leaf)` over the leaves, of values that add, in the tree.

        Parameters
        ----------
        codes : ndarray of int, shape (rows,), or Clusters
            The cluster of each row, numbered from 0.
        evaluate : callable
        *given
            What it gets before a `Leaf`, which is a block and the clusters of its rows.
        """

        def leaves() -> Iterator[Leaf]:
            first = 0
            for block in self.blocks():
                end = first + block.y.size
                yield Leaf(block, codes[first:end])
                first = end

        with one_thread():
            return tree_sum(evaluate(*given, leaf) for leaf in leaves())

    def in_memory(self, what: str, instead: str = SAMPLE) -> InMemory:
        """Return the data set with all rows at once.

        Parameters
        ----------
        what : str
            What needs them.
        instead : str
            What to do where they cannot be had.

        Raises
        ------
        NeedsAllRows
            If the rows come in blocks only.
        """
        raise NeedsAllRows(what, self.rows, instead)

    @property
    def at_hand(self) -> Block | None:
        """All rows, maybe without their column of ones, where they are in memory."""
        return None

    def held(self, what: str, instead: str) -> Block:
        """Return all rows as they are in memory, maybe without their column of ones; raises as `in_memory`."""
        return self.in_memory(what, instead).whole

    def every(self, stride: int) -> InMemory:
        """Return every `stride`-th row, in memory."""
        first, chosen = 0, []
        for block in self.blocks():
            part = block.rows(slice(-first % stride, None, stride))
            chosen.append([array.copy() for array in part])  # a view would keep the whole block
            first += block.y.size
        return InMemory(self.names, Block(*(np.concatenate(parts) for parts in zip(*chosen, strict=True))))

    def mapped(self, names: tuple[str, ...], change: Callable[[Block], Block]) -> Dataset:
        """Return the data set of these names whose blocks are changed."""
        return Mapped(names, self, change)

    def renamed(self, names: tuple[str, ...]) -> Dataset:
        """Return the data set with other names."""
        return self if names == self.names else self.mapped(names, unchanged)

    def without(self, names: set[str]) -> Dataset:
        """Return the data set without the columns of these names."""
        if not names:
            return self
        kept = np.flatnonzero([name not in names for name in self.names])
        return self.mapped(tuple(self.names[j] for j in kept), partial(columns, kept))

    def holding(self, j: int, value: float) -> Dataset:
        """Return the data set without column j, which is in the offset with this coefficient."""
        kept = np.flatnonzero(np.arange(self.width) != j)
        return self.mapped(tuple(self.names[k] for k in kept), partial(holding, kept, j, value))

    def shuffled(self, rng: np.random.Generator) -> Iterator[Block]:  # noqa: ARG002
        """Yield all rows once, a lot of leaves at a time, in the order of `lots`.

        Raises
        ------
        NeedsAllRows
            If the rows come in one order only.
        """
        raise NeedsAllRows("a solver with mini-batches", self.rows, "give --solver gd")

    def constant(self) -> Dataset:
        """Return the data set with a column of ones alone."""
        return self.mapped((CONSTANT,), ones)

    def in_coordinates(self, to_data: Array) -> Dataset:
        """Return the data set with the columns X to_data."""
        return self.mapped(self.names, partial(turned, to_data))

    @cached_property
    def typical_size(self) -> Array:
        """Root mean square of each column over some of the rows, shape (p,)."""
        return typical_size(self.every(some_stride(self.rows, 2)).whole.X)


@dataclass(frozen=True)
class InMemory(Dataset):
    """All rows in memory.

    Parameters
    ----------
    names : tuple of str
        One name for each of the p columns.
    whole : Block
        All rows.
    """

    names: tuple[str, ...]
    whole: Block
    _blocks: tuple[Block, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        blocks = tuple(self.whole.rows(part) for part in leaf_slices(*self.whole.X.shape))
        object.__setattr__(self, "_blocks", blocks)

    @classmethod
    def from_arrays(
        cls,
        X: Array,
        y: Array,
        names: tuple[str, ...] | None = None,
        prior_weight: Array | None = None,
        offset: Array | None = None,
    ) -> InMemory:
        """Return a data set; absent weights are 1, absent offsets 0, absent names x1, x2, ..."""
        X = np.ascontiguousarray(X, dtype=float)
        rows, p = X.shape
        return cls(
            names or tuple(f"x{j + 1}" for j in range(p)),
            Block(
                X,
                np.asarray(y, dtype=float),
                np.ones(rows) if prior_weight is None else np.asarray(prior_weight, dtype=float),
                np.zeros(rows) if offset is None else np.asarray(offset, dtype=float),
            ),
        )

    @cached_property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.whole.y.size)

    @property
    def at_hand(self) -> Block:  # noqa: D102
        return self.whole

    def blocks(self) -> Iterator[Block]:
        """Iterate over all rows, in order."""
        return iter(self._blocks)

    def sum(self, evaluate: Callable[..., Any], *given: Any) -> Any:
        """Return the sum of `evaluate(*given, block)` over the blocks, or over many leaves at once where it can."""
        if adds_leaves(evaluate):
            return sum_of_leaves(evaluate, given, self.whole, self.width)
        return super().sum(evaluate, *given)

    @cached_property
    def summary(self) -> Summary:  # noqa: D102
        return summary_of(self.whole, self.width)

    def in_memory(self, what: str, instead: str = "") -> InMemory:  # noqa: ARG002, D102
        return self

    def every(self, stride: int) -> InMemory:
        """Return every `stride`-th row."""
        return self if stride == 1 else InMemory(self.names, self.whole.every(stride))

    def mapped(self, names: tuple[str, ...], change: Callable[[Block], Block]) -> InMemory:
        """Return the data set of these names, its rows changed once and for all."""
        return InMemory(names, change(self.whole))


@dataclass(frozen=True)
class Mapped(Dataset):
    """Rows that are made from those of another data set on each pass."""

    names: tuple[str, ...]
    data: Dataset
    change: Callable[[Block], Block]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.data.rows

    def blocks(self) -> Iterator[Block]:
        """Iterate over all rows, in order."""
        return map(self.change, self.data.blocks())
