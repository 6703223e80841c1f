"""Which rows belong together, read where it is asked for when there are too many rows to hold that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from glmnn.arrays import Array, Block, Index
from glmnn.data.cells import parse_number

if TYPE_CHECKING:
    from glmnn.data.making import Making
    from glmnn.data.typed import TypedRows

SOME = 1 << 16  # rows


@dataclass(frozen=True)
class Numbering:
    """How a typed column says which cluster a row belongs to, numbered from 0.

    Attributes
    ----------
    place : int
        Of the column.
    numbers : ndarray of int
        Of each code.
    values : ndarray or None
        Of each cluster, where the column is numbers.
    """

    place: int
    numbers: Index
    values: Array | None = None

    def of(self, typed: Array) -> Index:
        """Return the clusters of typed rows."""
        column = typed[:, self.place]
        if self.values is not None:
            return np.searchsorted(self.values, column)
        return np.asarray(self.numbers[column.astype(np.intp)])


@dataclass(frozen=True)
class Clusters:
    """The cluster of each row, read where it is asked for."""

    rows: TypedRows
    numbering: Numbering

    @classmethod
    def of(cls, rows: TypedRows, name: str) -> Clusters:
        """Return the clusters that a column makes: in the order of their numbers, else of their appearance."""
        place, kept = next((place, kept) for place, kept in enumerate(rows.columns) if kept.name == name)
        if not kept.text:
            found = set[float]()
            for first in range(0, rows.rows, SOME):
                found.update(rows.store.read(first, min(first + SOME, rows.rows))[:, place].tolist())
            return cls(rows, Numbering(place, np.arange(len(found)), np.array(sorted(found))))
        written = [kept.renamed.get(text, text) for text in kept.codes]
        labels = {label: number for number, label in enumerate(dict.fromkeys(written))}
        values = [parse_number(label) for label in labels]
        order = np.arange(len(values))
        if all(value is not None for value in values):
            order[np.argsort(np.array(values, dtype=float))] = np.arange(len(values))
        return cls(rows, Numbering(place, order[[labels[label] for label in written]]))

    @property
    def groups(self) -> int:
        """How many there are."""
        return int(self.numbering.numbers.max()) + 1

    def max(self) -> int:
        """Return the largest number."""
        return self.groups - 1

    def __getitem__(self, part: slice) -> Index:
        return self.numbering.of(self.rows.store.read(part.start, part.stop))


class Leaf(NamedTuple):
    """Some rows, and the clusters of these."""

    block: Block
    codes: Index

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.block.width

    def rows(self, chosen: slice) -> Leaf:
        """Return the chosen rows."""
        return Leaf(self.block.rows(chosen), self.codes[chosen])


@dataclass(frozen=True)
class Clustered:
    """How typed rows become a block, and the clusters of its rows."""

    making: Making
    numbering: Numbering

    @property
    def layout(self) -> Any:
        """That of the block."""
        return self.making.layout

    @property
    def columns(self) -> Any:
        """Those of the typed rows."""
        return self.making.columns

    def block(self, values: Array, first: int) -> Leaf:
        """Return both of typed rows, of which the first has this number."""
        return Leaf(self.making.block(values, first), self.numbering.of(values))


def changed(change: Callable[[Block], Block], leaf: Leaf) -> Leaf:
    """Return a leaf whose block is changed."""
    return leaf._replace(block=change(leaf.block))
