"""Mini-batches: rows in an order of their own, a new one in each epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from glmnn.arrays import Array, Block, Index
from glmnn.data.dataset import Dataset
from glmnn.engines.tree import leaf_rows, lots
from glmnn.errors import NeedsAllRows

AT_ONCE = 4096  # rows of mini-batches that are gathered together
MANY = 200_000  # rows


@dataclass(frozen=True)
class Drawn:
    """Rows in an order of their own, which is drawn and gathered when somebody asks.

    Attributes
    ----------
    block : Block
        The rows, one after the other in memory; their column of ones may be missing.
    draw : callable
        Returns which of them, in this order.
    size : int
        Number of rows.
    width : int
        Columns, the ones included.
    plain : bool
        All prior weights are 1 and all offsets 0.
    """

    block: Block
    draw: Callable[[], Index]
    size: int
    width: int
    plain: bool

    @cached_property
    def order(self) -> Index:
        """Which of the rows, in their order."""
        return self.draw()

    def rows(self, chosen: slice) -> Drawn:
        """Return some of them."""
        size = len(range(*chosen.indices(self.size)))
        return Drawn(self.block, lambda: self.order[chosen], size, self.width, self.plain)

    def gathered(self) -> Block:
        """Return the rows in their order, one after the other in memory; their ones may be missing."""
        X, y, weight, offset = self.block
        if self.plain:
            weight, offset = weight[: self.size], offset[: self.size]
        else:
            weight, offset = weight.take(self.order), offset.take(self.order)
        return Block(X.take(self.order, axis=0), y.take(self.order), weight, offset)

    def whole(self) -> Block:
        """Return the same with the ones."""
        block = self.gathered()
        if block.X.shape[1] == self.width:
            return block
        return block._replace(X=np.column_stack([np.ones(self.size), block.X]))


def shuffled(data: Dataset, size: int, rng: np.random.Generator) -> Iterator[Drawn]:
    """Yield the rows of batches of `size` for ever, some thousand at once, in a new order in each epoch.

    Above `MANY` rows, and of rows that are never all in memory, a batch is from one lot of leaves, and the last of a
    lot may be smaller: the same batches wherever the rows are.
    """
    at_once = size * max(1, AT_ONCE // size)
    while True:
        for lot in _lots(data, rng):
            for first in range(0, lot.size, at_once):
                yield lot.rows(slice(first, first + at_once))


def _lots(data: Dataset, rng: np.random.Generator) -> Iterator[Drawn]:
    """Yield all rows once."""
    try:
        block = _in_line(data.held("a solver with mini-batches", "give --solver gd"))
    except NeedsAllRows:
        for some in data.shuffled(rng):
            yield Drawn(_in_line(some), partial(np.arange, some.y.size), some.y.size, some.X.shape[1], data.plain)
        return
    if data.rows <= MANY:
        yield Drawn(block, partial(rng.permutation, data.rows), data.rows, data.width, data.plain)
        return
    for lot, order in lots(data.rows, leaf_rows(data.width), rng):
        places = np.concatenate([np.arange(part.start, part.stop) for part in lot])
        yield Drawn(block, partial(places.take, order), order.size, data.width, data.plain)


def _in_line(block: Block) -> Block:
    arrays: Iterator[Array] = map(np.ascontiguousarray, block)
    return Block(*arrays)
