"""CSV and its like to a table: the strict reader defines what a table is, pandas only reads large clean files."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np

from glmnn.data.sources.raw import what_it_is
from glmnn.data.table import Column, Table, check_header, read_column, with_rows
from glmnn.errors import DataError

DELIMITERS = (",", "\t", ";", "|")
LARGE = 4_000_000  # bytes from which pandas reads faster than the strict reader, its import included


def read_csv(raw: bytes, source: str, digest: str) -> Table:
    """Return the table that a text file is.

    Parameters
    ----------
    raw : bytes
    source : str
        What messages call it.
    digest : str
        Of the file, which may have been packed.

    Raises
    ------
    DataError
        If it is no text, or its rows are not those of a table; the message names the line.
    """
    refuse_binary(raw, source)
    if not raw.strip():
        raise DataError(f"{source}: the file is empty")
    text = _decoded(raw, source)
    if not text.strip():
        raise DataError(f"{source}: the file is empty")
    delimiter = _delimiter(text)
    table = _read_fast(raw, text, source, digest, delimiter) if len(raw) >= LARGE else None
    return table or _read_strict(text, source, digest, delimiter)


def refuse_binary(raw: bytes, source: str) -> None:
    """Refuse what is no text; the beginning of a file is enough, for some devices have no end.

    Raises
    ------
    DataError
        With the line, and what it is instead where that is known.
    """
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DataError(f"{source}: the text is UTF-16; save it as UTF-8")
    if b"\0" in raw:
        line = raw[: raw.index(b"\0")].count(b"\n") + 1
        raise DataError(f"{source}:{line}: there is a NUL byte, so this is not a text file{_but(raw)}")


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
                check_header(names, source)
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
        name: read_column(name, cells, plain)
        for name, cells in zip(names, zip(*rows, strict=True) if rows else ((),) * len(names), strict=True)
    }
    return with_rows(Table(source, columns, len(rows), digest, lines, delimiter))


def _cells(number: int) -> str:
    return "1 cell" if number == 1 else f"{number} cells"


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
    check_header(names, source)
    if text.count("\n") not in (len(frame), len(frame) + 1):
        return None  # blank lines: line numbers need the strict reader
    plain = text.isascii() and "_" not in text
    columns = {name: _fast_column(name, frame.iloc[:, j], plain) for j, name in enumerate(names)}
    if any(column is None for column in columns.values()):
        return None
    found = {name: column for name, column in columns.items() if column is not None}
    return with_rows(Table(source, found, len(frame), digest, range(2, len(frame) + 2), delimiter))


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
    return read_column(name, cells, plain) if all(isinstance(cell, str) for cell in cells) else None
