"""The columns of a model as numbers, chunk after chunk, and the rows that tell most of them."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from glmnn.arrays import Array, Index, Mask
from glmnn.data.cells import Coded
from glmnn.data.dates import days_of
from glmnn.data.formula.levels import MOST_LEVELS
from glmnn.data.table import Column, Places, Table
from glmnn.errors import DataError, quoted

SAMPLE = 20_000  # rows at least, of more than so many
RARE = 20  # rows of each level, and rows that are not zero, that the sample keeps


@dataclass
class Kept:
    """A column of the typed rows: numbers, or texts by their number in order of appearance."""

    name: str
    text: bool
    codes: dict[str, int] = field(default_factory=dict)
    truth: bool = False
    categories: tuple[str, ...] = ()
    gaps: frozenset[str] = frozenset({""})
    mixed: bool = False
    factor: bool = True  # it has no more levels than a factor may have
    bad: str = ""  # of a column of text, the first cell that is no number
    dates: bool = False  # numbers that were read from dates
    numeric: bool = True  # all cells so far are numbers
    labels: dict[str, str] = field(default_factory=dict)  # names of the levels that such cells are, where they differ

    def typed(self, table: Table) -> Array:
        """Return the column of a chunk as numbers, nan or -1 where it is missing.

        Raises
        ------
        DataError
            If a cell is text where the cells before were numbers, or the levels are too many.
        """
        column = table.column(self.name)
        if self.dates:
            return days_of(table, self.name)
        if not self.text:
            numbers = table.numbers(self.name)
            self.truth = self.truth and column.truth
            return numbers
        if column.numbers is not None and len(column.cells):
            column = self._as_written(column)
        else:
            self.numeric &= column.numbers is not None
        self.categories += tuple(level for level in column.categories if level not in self.categories)
        self.mixed |= column.mixed
        if not self.bad and column.bad_row is not None:
            self.bad = column.cells[column.bad_row].strip()
        coded = column.coded
        places = [self.codes.setdefault(text, len(self.codes)) for text in coded.texts]
        if self.factor and len(self.codes) > MOST_LEVELS:
            if self.mixed:
                table.numbers(self.name)  # says which cell is not a number
            raise DataError(
                f"{table.source}: factor {quoted(self.name)} has more than {MOST_LEVELS} levels; {MOST_LEVELS} are the "
                "most (is it an identifier?)"
            )
        return np.array([*places, -1], dtype=float)[coded.codes]

    def _as_written(self, column: Column) -> Column:
        """Return a column of numbers as text, and note what its cells are called if all others are numbers too."""
        written = replace(column, numbers=None)
        rows = np.zeros(len(written.coded.texts), dtype=np.intp)
        given = np.flatnonzero(written.coded.codes >= 0)
        rows[written.coded.codes[given]] = given
        for text, row in zip(written.coded.texts, rows.tolist(), strict=True):
            label = column.coded[row]
            if label != text:
                self.labels[text] = label
        return written

    @property
    def renamed(self) -> dict[str, str]:
        """What cells are called that are written otherwise, as in memory: 007 is 7 in a column of numbers."""
        return self.labels if self.numeric else {}

    def column(self, values: Array) -> Column:
        """Return the column that typed values are."""
        if not self.text:
            return Column(self.name, values, truth=self.truth, complete=True, days=self.dates)
        codes = values.astype(np.intp)
        bad, cells = (
            int(np.argmax(self.is_bad(values))),
            Coded([*(self.renamed.get(text, text) for text in self.codes), ""], codes),
        )
        return Column(self.name, None, cells, bad, self.mixed, categories=self.categories, gaps=self.gaps)

    def is_bad(self, values: Array) -> Mask:
        """Return in which rows the cell is that is no number."""
        return np.asarray(values == self.codes.get(self.bad, -1))


class Chosen(NamedTuple):
    """Some of the rows of a chunk.

    Attributes
    ----------
    numbers : ndarray of int
        Theirs among the rows of the model.
    values : ndarray of shape (rows, columns)
    source, lines
        As `Table.numbers_of` has them.
    telling : ndarray of bool
        Which of them must stay in the sample.
    """

    numbers: Index
    values: Array
    source: str
    lines: Index
    telling: Mask

    def those(self, kept: Mask) -> Chosen:
        """Return some of them."""
        return Chosen(self.numbers[kept], self.values[kept], self.source, self.lines[kept], self.telling[kept])


@dataclass
class Sample:
    """Every 2^k-th row, the first rows of every level and of what is not zero, and each extreme so far."""

    columns: tuple[Kept, ...]
    stride: int = 1
    rows: int = 0
    parts: list[Chosen] = field(default_factory=list)
    seen: dict[tuple[int, int], int] = field(default_factory=dict)
    low: Array | None = None
    high: Array | None = None

    def add(self, values: Array, table: Table, used: Mask) -> None:
        """Look at the next rows."""
        if not len(values):
            return
        numbers = np.arange(self.rows, self.rows + len(values))
        self.rows += len(values)
        telling = np.zeros(len(values), dtype=bool)
        telling[self._telling(values)] = True
        chosen = np.flatnonzero(telling | (numbers % self.stride == 0))
        source, lines = table.numbers_of(np.flatnonzero(used)[chosen])
        self.parts.append(Chosen(numbers[chosen], values[chosen], source, lines, telling[chosen]))
        while sum(int((part.numbers % self.stride == 0).sum()) for part in self.parts) > 2 * SAMPLE:
            self.stride *= 2
            self.parts = [part.those(part.telling | (part.numbers % self.stride == 0)) for part in self.parts]

    def _telling(self, values: Array) -> list[int]:
        low, high = values.min(axis=0), values.max(axis=0)
        rows: list[int] = []
        for place, kept in enumerate(self.columns):
            column = values[:, place]
            if self.low is None or self.high is None or low[place] < self.low[place]:
                rows.append(int(column.argmin()))
            if self.low is None or self.high is None or high[place] > self.high[place]:
                rows.append(int(column.argmax()))
            if kept.text and kept.factor:
                for code in np.unique(column).astype(int).tolist():
                    rows += self._first((place, code), partial(np.equal, column, code))
            elif kept.text:
                rows += np.flatnonzero(kept.is_bad(column))[:1].tolist()
            else:
                rows += self._first((place, -1), partial(np.not_equal, column, 0))
                rows += self._first((place, -2), partial(_broken, column))
        self.low = low if self.low is None else np.minimum(low, self.low)
        self.high = high if self.high is None else np.maximum(high, self.high)
        return rows

    def _first(self, what: tuple[int, int], where: Callable[[], Mask]) -> list[int]:
        before = self.seen.get(what, 0)
        if before >= RARE:
            return []
        found: list[int] = np.flatnonzero(where())[: RARE - before].tolist()
        self.seen[what] = before + len(found)
        return found

    def table(self, rows: Any, source: str, digest: Callable[[], str], notes: tuple[str, ...]) -> Table:
        """Return the sample as a table that stands for all rows."""
        values = np.concatenate([part.values for part in self.parts])
        places = Places(tuple((part.source, part.lines) for part in self.parts))
        columns = {kept.name: kept.column(np.ascontiguousarray(values[:, j])) for j, kept in enumerate(self.columns)}
        return Table(source, columns, len(values), digest, (), "", notes=notes, places=places, stream=rows)


def _broken(column: Array) -> Mask:
    return np.asarray(column != np.round(column))


def table_of(
    source: str, columns: tuple[Kept, ...], values: Array, first: int = 0, needed: Container[str] | None = None
) -> Table:
    """Return the needed columns of typed rows as a table; a row is called by its number among those of the model."""
    made = {
        kept.name: kept.column(np.ascontiguousarray(values[:, j]))
        for j, kept in enumerate(columns)
        if needed is None or kept.name in needed
    }
    return Table(f"{source} (rows used)", made, len(values), "", (), "", first=first)
