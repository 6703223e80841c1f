"""Columns of equal length, and where in the data a cell stands: errors name file, line, column and value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmnn.arrays import Array, Index, Mask
from glmnn.data.cells import MISSING, POINT, Coded, Numerals, coded_numbers, parse_number
from glmnn.data.headers import check_header
from glmnn.data.number_hint import NESTED, number_hint
from glmnn.errors import DataError, quoted, unknown


@dataclass(frozen=True)
class Column:
    """One column: numbers where every cell is a number or missing, else text as written.

    Attributes
    ----------
    name : str
        Name in the header.
    numbers : ndarray of shape (rows,) or None
        Missing cells are nan.
    cells : sequence of str
        What the file says; empty for columns read as numbers only.
    bad_row : int or None
        In a text column, the first row that is not a number.
    mixed : bool
        True when a text column has numbers as well: then it is more likely a slip than a factor.
    truth : bool
        True when the numbers are truth values; as levels they are called False and True.
    complete : bool
        True when it is known that no cell is missing.
    categories : tuple of str
        The levels in their order, where the type of the column says so.
    gaps : frozenset of str
        Cells of text that are missing ones.
    days : bool
        The numbers are days since 1970, read from dates.
    """

    name: str
    numbers: Array | None
    cells: Sequence[str] = ()
    bad_row: int | None = None
    mixed: bool = False
    truth: bool = False
    complete: bool = False
    categories: tuple[str, ...] = ()
    gaps: frozenset[str] = frozenset({""})
    days: bool = False

    @property
    def values(self) -> NDArray[Any]:
        """Numbers, or the text of the cells, shape (rows,)."""
        return np.array(self.cells, dtype=object) if self.numbers is None else self.numbers

    @property
    def missing(self) -> Mask:
        """Which rows are missing, shape (rows,)."""
        return np.isnan(self.numbers) if self.numbers is not None else self.coded.codes < 0

    @cached_property
    def coded(self) -> Coded:
        """The cells as names of levels, a number without a needless `.0`; the code of a missing cell is -1."""
        if self.numbers is not None:
            return coded_numbers(self.numbers, self.cells, self.truth)
        written = Coded.of(self.cells)
        places: dict[str, int] = {}
        places_of = [
            places.setdefault(text, len(places)) if text not in self.gaps else -1
            for text in map(str.strip, written.texts)
        ]
        return Coded([*places], np.array(places_of, dtype=np.intp)[written.codes])

    @property
    def missing_codes(self) -> dict[str, int]:
        """How often each code stands for a missing cell; nothing where the cells are not known."""
        written = Coded.of(self.cells)
        counts = np.bincount(written.codes, minlength=len(written.texts)).tolist()
        found: dict[str, int] = {}
        for text, count in zip(map(str.strip, written.texts), counts, strict=True):
            if text in self.gaps:
                found[text] = found.get(text, 0) + count
        return found

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of the level in each row, empty where it is missing."""
        names = [*self.coded.texts, ""]
        return tuple(names[code] for code in self.coded.codes.tolist())


@dataclass(frozen=True)
class Places(Sequence[str]):
    """Where rows stand, put into words when somebody asks: nobody does of most of a sample.

    Attributes
    ----------
    parts : tuple of (str, ndarray of int)
        What comes before the numbers of some rows, and these.
    """

    parts: tuple[tuple[str, Index], ...]

    def __len__(self) -> int:
        return sum(numbers.size for _, numbers in self.parts)

    def __getitem__(self, row: Any) -> Any:
        for source, numbers in self.parts:
            if row < numbers.size:
                return f"{source}{numbers[row]}"
            row -= numbers.size
        raise IndexError(row)


@dataclass(frozen=True)
class Table:
    """Columns of equal length with what is needed to say where a cell stands.

    Attributes
    ----------
    source : str
        The file, or ``<stdin>``.
    columns : dict of str to Column
    rows : int
    fingerprint : str or callable
        SHA-256 of the bytes read, or what returns it: many never ask.
    lines : sequence of int
        Line of each row in the file; empty when it is not known (Parquet: rows are counted from 1).
    delimiter : str
        What separates the cells; empty where nothing does.
    matrix : ndarray of shape (rows, k) or None
        Columns that were given as an array, the first k of `columns`, all of them finite.
    ends : (float, float) or None
        Its least and its largest cell.
    notes : tuple of str
        What the reader should know of how it was read.
    first : int
        Rows of the source before these.
    places : sequence of str
        Where each row stands, where that is neither.
    stream : TypedRows or None
        All rows, where these are a sample that has every level.
    so_far : str
        What follows a count of cells, where more rows may come.
    """

    source: str
    columns: dict[str, Column]
    rows: int
    fingerprint: str | Callable[[], str] = field(repr=False)
    lines: Sequence[int] = field(default=(), repr=False)
    delimiter: str = ","
    matrix: Array | None = field(default=None, repr=False)
    ends: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
    first: int = 0
    places: Sequence[str] = field(default=(), repr=False)
    stream: Any = field(default=None, repr=False)
    so_far: str = ""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the bytes read, or of names and values."""
        return self.fingerprint if isinstance(self.fingerprint, str) else self.fingerprint()

    @cached_property
    def every_row(self) -> Mask:
        """All rows, shape (rows,)."""
        return np.ones(self.rows, dtype=bool)

    def takes_all(self, rows: Mask) -> bool:
        """Say whether these are all rows, which is known of `every_row` without a look."""
        return rows is self.every_row or bool(rows.all())

    @property
    def given(self) -> int:
        """Rows of the source, also where these are a sample of them."""
        return self.rows if self.stream is None else int(self.stream.given)

    def column(self, name: str, role: str = "column") -> Column:
        """Return a column by name.

        Raises
        ------
        DataError
            If there is none; the message gives the nearest name and all names.
        """
        if name not in self.columns:
            raise DataError(f"{self.source}: {unknown(role, name, self.columns)}{self.separator_hint()}")
        return self.columns[name]

    def beside(self, column: Column, fingerprint: Callable[[], str]) -> Table:
        """Return the table with one column more; `replace` would take three times as long."""
        return Table(
            self.source, {**self.columns, column.name: column}, self.rows, fingerprint, self.lines, self.delimiter,
            self.matrix, self.ends, self.notes, self.first, self.places, self.stream, self.so_far,
        )  # fmt: skip

    def separator_hint(self) -> str:
        """Return a hint for a file that came out as a single column, or nothing."""
        if len(self.columns) > 1 or len(next(iter(self.columns)).split()) < 2:
            return ""
        return "; the header has no comma, tab, semicolon or bar: are the cells separated by spaces?"

    def numbers(self, name: str, role: str = "column") -> Array:
        """Return a column that must be numbers (missing cells are nan).

        Raises
        ------
        DataError
            If it is text; the message names the first cell of several values, else the first that is not a number.
        """
        column = self.column(name, role)
        if column.numbers is None:
            several = [code for code, text in enumerate(column.coded.texts) if column.mixed and NESTED.fullmatch(text)]
            row = int(np.argmax(np.isin(column.coded.codes, several))) if several else column.bad_row or 0
            cell = column.cells[row].strip()
            hint = number_hint(cell, name if role in ("column", "feature") else "")
            slip = column.mixed and parse_number(cell) is None
            kind = "is not a number" if slip else "is not a number but text"
            raise DataError(f"{self.where(row, name)}: {quoted(cell)} {kind}{hint}")
        return column.numbers

    def where(self, row: int, name: str) -> str:
        """Return `file:line, column 'name'` for a message."""
        return f"{self.place(row)}, column {quoted(name)}"

    def place(self, row: int) -> str:
        """Return `file:line`, or the number of the row where lines are not known."""
        if len(self.places):
            return self.places[row]
        source, numbers = self.numbers_of(np.array([row]))
        return f"{source}{numbers[0]}"

    def numbers_of(self, rows: Index) -> tuple[str, Index]:
        """Return what comes before the numbers of rows of a source, and these: of lines where they are known."""
        if len(self.lines):
            return f"{self.source}:", np.array([self.lines[row] for row in rows.tolist()], dtype=np.intp)
        return f"{self.source}: row ", self.first + rows + 1


def table_of_cells(source: str, digest: str, rows: int, cells: dict[str, list[str]]) -> Table:
    """Return the table of columns of text, each read as numbers where all its cells are numbers.

    Raises
    ------
    DataError
        If there is no column, or one without a name of its own.
    """
    if not cells:
        raise DataError(f"{source}: the file has no columns")
    check_header([*cells], source, line="")
    columns = {name: read_column(name, texts, plain=False) for name, texts in cells.items()}
    return with_rows(Table(source, columns, rows, digest, (), ""))


def with_rows(table: Table) -> Table:
    """Return a table that has rows; one that has none is a `DataError`."""
    if table.rows == 0:
        raise DataError(f"{table.source}: there is a header but no rows")
    return table


def read_column(name: str, cells: Sequence[str], plain: bool, numerals: Numerals = POINT) -> Column:
    """Return numbers where all cells allow it; `plain` says that no cell has what only Python takes for a digit."""
    texts = cells.texts if isinstance(cells, Coded) else cells
    if plain and numerals == POINT:
        try:
            numbers = np.array(list(map(float, texts)))
        except ValueError:
            pass
        else:
            if np.all(np.isfinite(numbers)):
                return Column(name, _spread(numbers, cells), cells, gaps=MISSING)
    values = [np.nan if text.strip() in MISSING else numerals.parse(text) for text in texts]
    bad = _spread(np.array([value is None for value in values], dtype=bool), cells)
    if not bad.any():
        return Column(name, _spread(np.array(values, dtype=float), cells), cells, gaps=MISSING)
    mixed = any(value is not None and value == value for value in values)
    return Column(name, None, cells, int(np.argmax(bad)), mixed, gaps=MISSING)


def _spread(values: NDArray[Any], cells: Sequence[str]) -> NDArray[Any]:
    """Return the values of the rows from those of their texts; -0 becomes 0, for readers of whole numbers have none."""
    spread = values[cells.codes] if isinstance(cells, Coded) else values
    return spread if spread.dtype == bool else spread + 0.0
