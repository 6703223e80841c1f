"""Which rows belong together, where there are too many of them to hold that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from glmnn.arrays import Array, Index
from glmnn.data.cells import parse_number

if TYPE_CHECKING:
    from glmnn.data.typed import TypedRows

SOME = 1 << 16  # rows


@dataclass(frozen=True)
class Clusters:
    """The cluster of each row, numbered from 0, read where it is asked for."""

    rows: TypedRows
    place: int
    numbers: Index  # of each code
    values: Array | None = None  # of each cluster, where the column is numbers

    @classmethod
    def of(cls, rows: TypedRows, name: str) -> Clusters:
        """Return the clusters that a column makes: in the order of their numbers, else of their appearance."""
        place, kept = next((place, kept) for place, kept in enumerate(rows.columns) if kept.name == name)
        if not kept.text:
            found = set[float]()
            for first in range(0, rows.rows, SOME):
                found.update(rows.store.read(first, min(first + SOME, rows.rows))[:, place].tolist())
            return cls(rows, place, np.arange(len(found)), np.array(sorted(found)))
        written = [kept.renamed.get(text, text) for text in kept.codes]
        labels = {label: number for number, label in enumerate(dict.fromkeys(written))}
        values = [parse_number(label) for label in labels]
        order = np.arange(len(values))
        if all(value is not None for value in values):
            order[np.argsort(np.array(values, dtype=float))] = np.arange(len(values))
        return cls(rows, place, order[[labels[label] for label in written]])

    @property
    def groups(self) -> int:
        """How many there are."""
        return int(self.numbers.max()) + 1

    def max(self) -> int:
        """Return the largest number."""
        return self.groups - 1

    def __getitem__(self, part: slice) -> Index:
        values = self.rows.store.read(part.start, part.stop)[:, self.place]
        if self.values is not None:
            return np.searchsorted(self.values, values)
        return np.asarray(self.numbers[values.astype(np.intp)])
