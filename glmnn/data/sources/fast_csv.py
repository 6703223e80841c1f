"""Large clean files by pandas, read as the strict reader would; whatever is doubtful is left to that one."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.typing import NDArray

from glmnn.data.cells import POINT, Coded, Numerals
from glmnn.data.numerals import comma_note
from glmnn.data.row_names import has_row_names, without_row_names
from glmnn.data.sources.raw import MEGABYTE, WATCH
from glmnn.data.table import Column, Table, check_header, read_column, with_rows

PIECE = 1 << 24  # bytes of a file looked at together
SOME = 1 << 18  # bytes counted together, which stay in the cache


def read_fast(
    raw: bytes, source: str, digest: str, delimiter: str, numerals: Numerals | None = None, skipped: int = 0
) -> Table | None:
    """Return the table of a clean file, or None where the strict reader and its messages are needed.

    Parameters
    ----------
    raw : bytes
        UTF-8.
    source, digest : str
        As for `read_csv`.
    delimiter : str
    numerals : Numerals, optional
    skipped : int
        As for `read_csv`.
    """
    commas = numerals is None and delimiter == ";" and b"," in raw
    if commas and b"." in raw:
        return None  # perhaps a mixture
    signs = Numerals(",") if commas else numerals or POINT
    lines = count_of(raw, b"\n")
    header, _, first = raw[: raw.find(b"\n", raw.find(b"\n") + 1)].partition(b"\n")
    names = [name.strip() for name in _cells(header, delimiter)]
    if len(_cells(first, delimiter)) != len(names) or not _is_clean(raw, len(header), delimiter, len(names), lines):
        return None
    check_header(names[has_row_names(names) :], source)
    frame = _frame(raw, delimiter, names, signs, lines)
    if frame is None or lines not in (len(frame), len(frame) + 1):
        return None  # blank lines: line numbers need the strict reader
    columns: dict[str, Column] = {}
    plain = raw.isascii() and b"_" not in raw
    for place, name in enumerate(names):
        column = _column(name, frame.iloc[:, place], plain, signs)
        if column is None:  # what pandas takes for truth values or infinite
            again = _frame(raw, delimiter, names, signs, lines, place)
            column = None if again is None else _column(name, again.iloc[:, 0], plain, signs)
        if column is None:
            return None
        columns[name] = column
    places = range(2 + skipped, len(frame) + 2 + skipped)
    table = with_rows(Table(source, columns, len(frame), digest, places, delimiter))
    return without_row_names(replace(table, notes=_comma_notes(frame, columns)) if commas else table)


def _comma_notes(frame: Any, columns: dict[str, Column]) -> tuple[str, ...]:
    """Return the note on decimal commas: in columns of fractions, or of numbers with gaps that have a comma."""
    kinds = dict(zip(columns, frame.dtypes, strict=True))
    fractions = [
        name
        for name, column in columns.items()
        if kinds[name].kind == "f" or (column.numbers is not None and any("," in cell for cell in column.cells))
    ]
    return (comma_note(fractions),) if fractions else ()


def _cells(line: bytes, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line.decode("utf-8-sig").rstrip("\r")], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []


def _is_clean(raw: bytes, header: int, delimiter: str, width: int, lines: int) -> bool:
    """Say whether every line is `width` cells and each quote stands at the edge of a cell.

    pandas refuses lines that are longer than the first of the rows and fills shorter ones, so that the number of all
    delimiters tells. It reads quotes inside of a cell differently.
    """
    if b"\0" in raw or (b"\r" in raw and count_of(raw, b"\r") != raw.count(b"\r\n")):
        return False
    if raw.find(b'"', header) >= 0:
        return _is_quoted_well(raw, delimiter, width)
    rows = lines - raw[:header].count(b"\n") - raw.endswith(b"\n")
    return count_of(raw, delimiter.encode()) - raw.count(delimiter.encode(), 0, header) == rows * (width - 1)


def _is_quoted_well(raw: bytes, delimiter: str, width: int) -> bool:
    start = 0
    while start < len(raw):
        end = raw.find(b"\n", start + PIECE) + 1 or len(raw)
        if not _piece_is_quoted_well(np.frombuffer(raw[start:end].rstrip(b"\n"), np.uint8), ord(delimiter), width):
            return False
        start = end
    return True


def _piece_is_quoted_well(letters: NDArray[np.uint8], delimiter: int, width: int) -> bool:
    quotes = np.flatnonzero(letters == ord('"'))
    ends = np.flatnonzero(letters == ord("\n"))
    edges = np.flatnonzero(letters == delimiter)
    if quotes.size % 2 or np.any(np.searchsorted(quotes, ends) % 2):
        return False  # a cell goes on in the next line
    around = np.concatenate([[ord("\n")], letters, [ord("\n")]])  # as if there were lines before and after
    before, after = around[quotes[::2]], around[quotes[1::2] + 2]
    legal = np.isin(before, (delimiter, ord("\n"))).all() and np.isin(after, (delimiter, ord("\n"), ord("\r"))).all()
    outside = edges[np.searchsorted(quotes, edges) % 2 == 0]
    cells = np.diff(np.searchsorted(outside, [*ends, letters.size]), prepend=0)
    return bool(legal and np.all(cells == width - 1))


def _frame(
    raw: bytes, delimiter: str, names: Sequence[str], signs: Numerals, lines: int, place: int | None = None
) -> Any:
    """Return what pandas reads, or one column of it as text; None if it refuses."""
    import pandas as pd

    # the default is exact from pandas 3 on, where asking for it is deprecated
    asked: dict[str, Any] = {"float_precision": "round_trip"} if pd.__version__.startswith("2.") else {}
    if place is not None:
        asked |= {"usecols": [place], "dtype": str}
    file: Any = _Bytes(raw)
    of = f"{lines:,} rows, {len(raw) / MEGABYTE:,.0f} MB"
    WATCH.get()(lambda: f"reading  {lines * file.place // len(raw):,} of {of}")
    for part_by_part in (True, False):  # the first is faster, but must find the same kind of cells in every part
        file.place = 0
        try:
            with catch_warnings():
                simplefilter("error")
                return pd.read_csv(
                    file, sep=delimiter, header=0, names=range(len(names)), na_filter=False, low_memory=part_by_part,
                    index_col=False, decimal=signs.decimal, **asked,
                )  # fmt: skip
        except pd.errors.DtypeWarning:
            continue
        except (ValueError, pd.errors.ParserError, pd.errors.ParserWarning):
            return None
    return None


class _Bytes:
    """Bytes as a file of text, so that pandas takes them as they are, not decoded and encoded again."""

    def __init__(self, raw: bytes) -> None:
        self.raw, self.place = raw, 0

    def read(self, size: int = -1) -> bytes:
        end = len(self.raw) if size < 0 else self.place + size
        found = self.raw[self.place : end]
        self.place += len(found)
        return found

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.read, b"")


def count_of(raw: bytes, letter: bytes) -> int:
    """Return how often a byte occurs; where it does often, `bytes.count` takes ten times as long."""
    letters, code = np.frombuffer(raw, np.uint8), ord(letter)
    return sum(int(np.count_nonzero(letters[first : first + SOME] == code)) for first in range(0, letters.size, SOME))


def _column(name: str, values: Any, plain: bool, signs: Numerals) -> Column | None:
    import pandas as pd

    if pd.api.types.is_bool_dtype(values):
        return None
    if pd.api.types.is_numeric_dtype(values):
        numbers = values.to_numpy(dtype=float) + 0.0
        return Column(name, numbers, complete=True) if np.isfinite(numbers).all() else None
    codes, texts = pd.factorize(values)
    found = texts.tolist()
    if not all(isinstance(text, str) for text in found) or np.any(codes < 0):
        return None
    return read_column(name, Coded(found, codes.astype(np.intp)), plain, signs)
