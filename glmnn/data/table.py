"""CSV, TSV, gzip, Parquet or standard input to columns: strict, and errors name file, line, column and value."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np

from glmnn.arrays import Array
from glmnn.data.sources.raw import limit, read_bytes, unzipped, what_it_is
from glmnn.errors import DataError, listed, option, printable, quoted, unknown

MISSING = frozenset({"", "NA", "NaN", "nan", "N/A", "null", "NULL"})  # in a column of numbers; in text only ""
GZIP, PARQUET = b"\x1f\x8b", b"PAR1"  # how such files begin
ENDINGS = (".csv", ".tsv", ".txt", ".gz", ".parquet")
DELIMITERS = (",", "\t", ";", "|")
LARGE = 4_000_000  # bytes from which pandas reads faster than the strict reader, its import included


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
    """

    name: str
    numbers: Array | None
    cells: Sequence[str] = ()
    bad_row: int | None = None
    mixed: bool = False
    truth: bool = False

    @property
    def missing(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Which rows are missing, shape (rows,)."""
        if self.numbers is not None:
            return np.isnan(self.numbers)
        return np.array([cell.strip() == "" for cell in self.cells], dtype=bool)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The cells as level names: a number without a needless `.0`."""
        if self.numbers is None:
            return tuple(cell.strip() for cell in self.cells)
        if self.truth:
            return tuple(str(value != 0) for value in self.numbers.tolist())
        return tuple(str(int(value)) if value.is_integer() else repr(value) for value in self.numbers.tolist())


@dataclass(frozen=True)
class Table:
    """Columns of equal length with what is needed to say where a cell stands.

    Attributes
    ----------
    source : str
        The file, or ``<stdin>``.
    columns : dict of str to Column
    rows : int
    digest : str
        SHA-256 of the bytes read.
    lines : sequence of int
        Line of each row in the file; empty when it is not known (Parquet: rows are counted from 1).
    delimiter : str
        What separates the cells; empty where nothing does.
    """

    source: str
    columns: dict[str, Column]
    rows: int
    digest: str
    lines: Sequence[int] = field(default=(), repr=False)
    delimiter: str = ","

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

    def separator_hint(self) -> str:
        """Return a hint for a file that came out as a single column, or nothing."""
        only = next(iter(self.columns))
        if len(self.columns) > 1 or len(only.split()) < 2:
            return ""
        return "; the header has no comma, tab, semicolon or bar: are the cells separated by spaces?"

    def numbers(self, name: str, role: str = "column") -> Array:
        """Return a column that must be numbers (missing cells are nan).

        Raises
        ------
        DataError
            If it is text; the message names the first cell that is not a number.
        """
        column = self.column(name, role)
        if column.numbers is None:
            row = column.bad_row or 0
            cell = column.cells[row].strip()
            hint = _number_hint(cell, name if role in ("column", "feature") else "")
            slip = column.mixed and parse_number(cell) is None
            kind = "is not a number" if slip else "is not a number but text"
            raise DataError(f"{self.where(row, name)}: {quoted(cell)} {kind}{hint}")
        return column.numbers

    def where(self, row: int, name: str) -> str:
        """Return `file:line, column 'name'` for a message."""
        if len(self.lines):
            return f"{self.source}:{self.lines[row]}, column {quoted(name)}"
        return f"{self.source}: row {row + 1}, column {quoted(name)}"


def _number_hint(cell: str, name: str) -> str:
    digits = parse_number(cell) is not None  # in a column that is text by its type, as a frame may have
    plain = cell.replace("_", "").replace(" ", "").replace("\u00a0", "")
    try:
        if not np.isfinite(float(cell)):
            return ": it must be finite"
    except ValueError:
        pass
    if not digits and any(parse_number(plain.replace(",", instead)) is not None for instead in (".", "")):
        return ": write plain digits, with a point for the decimals and nothing between thousands"
    if not name:
        return ": make the column numbers" if digits else ""
    factor = printable(name if name.isidentifier() else f"`{name}`")
    factor = factor if len(factor) <= 60 else "..."
    first = "make the column numbers" if digits else f"leave the column out with {option('features')}"
    return f": {first}, or make it a factor with {option('formula')} and C({factor})"


def read_table(path: str, max_unpacked: float | None = None) -> Table:
    """Read a table from a path, or from standard input for ``-``.

    Parameters
    ----------
    path : str
        CSV, TSV (also with ``;`` or ``|``), any of them in gzip, or Parquet (needs pyarrow).
    max_unpacked : float, optional
        Megabytes to which a compressed file may grow; without it, see `glmnn.data.sources.raw.limit`.

    Raises
    ------
    DataError
        If the file cannot be read as a table; the message says where and why.
    """
    source = "<stdin>" if path == "-" else printable(path)
    if not path or "\0" in path:
        raise DataError(f"{quoted(path)} is no file name")
    limit(0, max_unpacked)  # refused also where nothing is packed
    raw = read_bytes(path, "a table", ENDINGS, partial(_doubtful, source=source))
    digest = hashlib.sha256(raw).hexdigest()
    if raw[:2] == GZIP:
        raw = unzipped(raw, source, max_unpacked)
    if raw[:4] == PARQUET:
        from glmnn.data.sources.parquet import read_parquet

        return table_of_cells(source, digest, *read_parquet(raw, source, max_unpacked))
    _refuse_binary(raw, source)
    if not raw.strip():
        raise DataError(f"{source}: the file is empty")
    text = _decoded(raw, source)
    if not text.strip():
        raise DataError(f"{source}: the file is empty")
    delimiter = _delimiter(text)
    if len(raw) >= LARGE:
        table = _read_fast(raw, text, source, digest, delimiter)
        if table is not None:
            return table
    return _read_strict(text, source, digest, delimiter)


def _refuse_binary(raw: bytes, source: str) -> None:
    """Refuse what is no text; the beginning of a file is enough, for some devices have no end."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DataError(f"{source}: the text is UTF-16; save it as UTF-8")
    if b"\0" in raw:
        line = raw[: raw.index(b"\0")].count(b"\n") + 1
        raise DataError(f"{source}:{line}: there is a NUL byte, so this is not a text file{_but(raw)}")


def _doubtful(start: bytes, source: str) -> None:
    if start[:2] != GZIP and start[:4] != PARQUET:
        _refuse_binary(start, source)


def _decoded(raw: bytes, source: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        what = _but(raw) or "; save it as UTF-8"
        raise DataError(f"{source}:{line}: byte 0x{raw[error.start]:02x} is not UTF-8{what}") from None


def _but(raw: bytes) -> str:
    known = what_it_is(raw)
    return f" but {known}" if known else ""


def _delimiter(text: str) -> str:
    """Return the candidate that occurs most in the header, outside quotes."""
    header = text.lstrip("\r\n").split("\n", 1)[0]
    outside = "".join(header.split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def check_names(names: Sequence[str], where: str) -> None:
    """Refuse a column without a name, or two of the same name.

    Raises
    ------
    DataError
        Beginning with `where`.
    """
    for place, name in enumerate(names, 1):
        if not name:
            raise DataError(f"{where}: column {place} has no name")
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise DataError(f"{where}: the column name {quoted(twice[0])} occurs twice; rename one of them")


def table_of_cells(source: str, digest: str, rows: int, cells: dict[str, list[str]]) -> Table:
    """Return the table of columns of text, each read as numbers where all its cells are numbers.

    Raises
    ------
    DataError
        If there is no column, or one without a name of its own.
    """
    if not cells:
        raise DataError(f"{source}: the file has no columns")
    _check_header([*cells], source, line="")
    columns = {name: _column(name, texts, plain=False) for name, texts in cells.items()}
    return _checked(Table(source, columns, rows, digest, (), ""))


def _check_header(names: Sequence[str], source: str, line: str = ":1") -> None:
    check_names(names, f"{source}{line}")
    if all(parse_number(name) is not None for name in names):
        raise DataError(f"{source}{line}: the first line is numbers ({listed(names, 4)}): it must be the column names")


def _read_strict(text: str, source: str, digest: str, delimiter: str) -> Table:
    csv.field_size_limit(2**31 - 1)  # a long cell is no reason to refuse a file
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    names: list[str] = []
    line = 1
    try:
        for cells in reader:
            if not cells:
                line = reader.line_num + 1
                continue
            if not names:
                names = [cell.strip() for cell in cells]
                _check_header(names, source)
            elif len(cells) != len(names):
                raise DataError(f"{source}:{line}: {_cells(len(cells))}, but the header has {len(names)} columns")
            else:
                rows.append(cells)
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        reason = {"unexpected end of data": "a quote is opened and never closed"}.get(str(error), str(error))
        raise DataError(f"{source}:{line}: {reason}") from None
    plain = text.isascii() and "_" not in text
    columns = {
        name: _column(name, cells, plain)
        for name, cells in zip(names, zip(*rows, strict=True) if rows else ((),) * len(names), strict=True)
    }
    return _checked(Table(source, columns, len(rows), digest, lines, delimiter))


def _cells(number: int) -> str:
    return "1 cell" if number == 1 else f"{number} cells"


def _checked(table: Table) -> Table:
    if table.rows == 0:
        raise DataError(f"{table.source}: there is a header but no rows")
    return table


def _column(name: str, cells: Sequence[str], plain: bool) -> Column:
    """Return numbers where all cells allow it; `plain` says that no cell has what only Python takes for a digit."""
    if plain:
        try:
            numbers = np.array(list(map(float, cells))) + 0.0  # no -0, which readers of whole numbers do not know
        except ValueError:
            pass
        else:
            if np.all(np.isfinite(numbers)):
                return Column(name, numbers, cells)
    values = [float("nan") if cell.strip() in MISSING else parse_number(cell) for cell in cells]
    bad = [row for row, value in enumerate(values) if value is None]
    if not bad:
        return Column(name, np.array(values, dtype=float) + 0.0, cells)
    mixed = any(value is not None and value == value for value in values)
    return Column(name, None, cells, bad[0] if bad else 0, mixed)


def parse_number(cell: str) -> float | None:
    """Return the finite number that a cell is, or None; `1_000` and `inf` are not numbers here."""
    stripped = cell.strip()
    if "_" in stripped or not stripped.isascii():
        return None
    try:
        value = float(stripped)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _read_fast(raw: bytes, text: str, source: str, digest: str, delimiter: str) -> Table | None:
    """Read a large clean file with pandas; None leaves anything doubtful to the strict reader and its messages."""
    import pandas as pd

    if '"' in text or "\r" in text.replace("\r\n", "\n") or not _is_rectangular(raw, delimiter):
        return None
    # the default is exact from pandas 3 on, where asking for it is deprecated
    exact: dict[str, Any] = {"float_precision": "round_trip"} if pd.__version__.startswith("2.") else {}
    try:
        frame = pd.read_csv(
            io.BytesIO(raw),
            sep=delimiter,
            na_filter=False,
            low_memory=False,
            encoding="utf-8-sig",
            index_col=False,
            **exact,
        )
    except (ValueError, pd.errors.ParserError):
        return None
    names = [cell.strip() for cell in text.split("\n", 1)[0].rstrip("\r").split(delimiter)]
    if list(map(str.strip, map(str, frame.columns))) != names:
        return None
    _check_header(names, source)
    if text.count("\n") not in (len(frame), len(frame) + 1):
        return None  # blank lines: line numbers need the strict reader
    plain = text.isascii() and "_" not in text
    columns = {name: _fast_column(name, frame.iloc[:, j], plain) for j, name in enumerate(names)}
    if any(column is None for column in columns.values()):
        return None
    found = {name: column for name, column in columns.items() if column is not None}
    return _checked(Table(source, found, len(frame), digest, range(2, len(frame) + 2), delimiter))


def _is_rectangular(raw: bytes, delimiter: str) -> bool:
    """Say whether every line has as many delimiters as the first."""
    letters = np.frombuffer(raw if raw.endswith(b"\n") else raw + b"\n", dtype=np.uint8)
    ends = np.flatnonzero(letters == ord("\n"))
    cells = np.diff(np.searchsorted(np.flatnonzero(letters == ord(delimiter)), ends), prepend=0)
    return bool(np.all(cells == cells[0]))


def _fast_column(name: str, values: object, plain: bool) -> Column | None:
    import pandas as pd

    assert isinstance(values, pd.Series)
    if pd.api.types.is_bool_dtype(values):
        return None
    if pd.api.types.is_numeric_dtype(values):
        numbers = values.to_numpy(dtype=float) + 0.0
        return Column(name, numbers) if np.all(np.isfinite(numbers)) else None
    cells = values.tolist()
    return _column(name, cells, plain) if all(isinstance(cell, str) for cell in cells) else None
