"""Large clean files by pyarrow or pandas, as the strict reader would; what is doubtful is left to that one."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from glmnn.data.cells import POINT, Coded, Numerals
from glmnn.data.columns import without_minus_zero
from glmnn.data.headers import check_header
from glmnn.data.numerals import comma_note
from glmnn.data.row_names import has_row_names, without_row_names
from glmnn.data.sources.arrow_csv import parse_by_arrow
from glmnn.data.sources.pandas_csv import parse_by_pandas
from glmnn.data.sources.parsed import Parsed
from glmnn.data.table import Column, Table, read_column, with_rows

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
    parsed = _parsed(raw, delimiter, len(names), signs.decimal)
    if parsed is None or lines not in (parsed.rows, parsed.rows + 1):
        return None  # blank lines: line numbers need the strict reader
    plain = raw.isascii() and b"_" not in raw
    columns = {
        name: read_column(name, cells, plain, signs)
        if isinstance(cells, Coded)
        else Column(name, without_minus_zero(cells), complete=True)
        for name, cells in zip(names, parsed.columns, strict=True)
    }
    places = range(2 + skipped, parsed.rows + 2 + skipped)
    notes = _comma_notes(parsed, columns) if commas else ()
    if commas and not notes and any(column.mixed for column in columns.values()):
        return None  # no column says that commas stand before decimals
    table = with_rows(Table(source, columns, parsed.rows, digest, places, delimiter))
    return without_row_names(replace(table, notes=notes))


def _parsed(raw: bytes, delimiter: str, width: int, decimal: str) -> Parsed | None:
    try:
        return parse_by_arrow(raw, delimiter, width, decimal)
    except ImportError:
        return parse_by_pandas(raw, delimiter, width, decimal)


def _comma_notes(parsed: Parsed, columns: dict[str, Column]) -> tuple[str, ...]:
    """Return the note on decimal commas: in columns of fractions, or of numbers with gaps that have a comma."""
    fractions = [
        name
        for place, (name, column) in enumerate(columns.items())
        if place in parsed.fractions
        or (column.numbers is not None and any("," in text for text in Coded.of(column.cells).texts))
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
    delimiters tells. It and pyarrow read quotes inside of a cell differently.
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


def count_of(raw: bytes, letter: bytes) -> int:
    """Return how often a byte occurs; where it does often, `bytes.count` takes ten times as long."""
    letters, code = np.frombuffer(raw, np.uint8), ord(letter)
    return sum(int(np.count_nonzero(letters[first : first + SOME] == code)) for first in range(0, letters.size, SOME))
