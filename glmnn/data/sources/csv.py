"""CSV and its like to a table: the strict reader defines what a table is, pandas only reads large clean files."""

from __future__ import annotations

import csv
import io

from glmnn.data.cells import POINT, Numerals
from glmnn.data.headers import check_header
from glmnn.data.numerals import with_decimal_commas
from glmnn.data.row_names import has_row_names, without_row_names
from glmnn.data.sources.fast_csv import read_fast
from glmnn.data.sources.raw import MEGABYTE, WATCH, what_it_is
from glmnn.data.table import Table, read_column, with_rows
from glmnn.errors import DataError, quoted

DELIMITERS = (",", "\t", ";", "|")
LARGE = 4_000_000  # bytes from which pandas reads faster than the strict reader, its import included
START = 1 << 20  # bytes in which the header ends


def read_csv(raw: bytes, source: str, digest: str, numerals: Numerals | None = None, skipped: int = 0) -> Table:
    """Return the table that a text file is.

    Parameters
    ----------
    raw : bytes
    source : str
        What messages call it.
    digest : str
        Of the file, which may have been packed.
    numerals : Numerals, optional
        How numbers are written; without it with a point, or with a comma where all of a file with semicolons are.
    skipped : int
        Lines of the file between the header and the rows.

    Raises
    ------
    DataError
        If it is no text, or its rows are not those of a table; the message names the line.
    """
    refuse_binary(raw, source, skipped)
    large = len(raw) >= LARGE
    text = None if large and raw.isascii() else _decoded(raw, source, skipped)
    blank = (not raw or raw.isspace()) if text is None else not text or text.isspace()
    if blank:
        raise DataError(f"{source}: the file is empty")
    delimiter = _delimiter(raw[:START].decode("utf-8-sig", "ignore"))
    table = read_fast(raw, source, digest, delimiter, numerals, skipped) if large else None
    return table or _read_strict(text or raw.decode(), source, digest, delimiter, numerals, skipped)


def names_of_columns(header: bytes, source: str) -> tuple[str, ...]:
    """Return the names in the header of a text file, without that of a column of row names.

    Raises
    ------
    DataError
        If it is no header, or the file is empty.
    """
    refuse_binary(header, source)
    text = _decoded(header, source, 0).lstrip("\r\n")
    cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)), [])
    row = _delimiter(text) * (len(cells) - 1) + "1"
    return tuple(read_csv(f"{text.rstrip()}\n{row}".encode() if cells else b"", source, "").columns)


def refuse_binary(raw: bytes, source: str, skipped: int = 0) -> None:
    """Refuse what is no text; the beginning of a file is enough, for some devices have no end.

    Raises
    ------
    DataError
        With the line, and what it is instead where that is known.
    """
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DataError(f"{source}: the text is UTF-16; save it as UTF-8")
    if b"\0" in raw:
        line = raw[: raw.index(b"\0")].count(b"\n") + 1 + skipped
        raise DataError(f"{source}:{line}: there is a NUL byte, so this is not a text file{_but(raw)}")


def _decoded(raw: bytes, source: str, skipped: int) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1 + skipped
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


def _read_strict(
    text: str, source: str, digest: str, delimiter: str, numerals: Numerals | None, skipped: int = 0
) -> Table:
    csv.field_size_limit(2**31 - 1)  # a long cell is no reason to refuse a file
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    WATCH.get()(lambda: f"reading {source}  {reader.line_num:,} lines of {len(text) / MEGABYTE:,.0f} MB")
    rows: list[list[str]] = []
    lines: list[int] = []
    names: list[str] = []
    line = 1
    try:
        for cells in reader:
            if not cells:
                line = reader.line_num + 1 + skipped
                continue
            if not names:
                names = [cell.strip() for cell in cells]
                check_header(names[has_row_names(names) :], source)
            elif len(cells) != len(names):
                raise DataError(f"{source}:{line}: {_cells(len(cells))}, but the header has {_columns(names)}")
            else:
                rows.append(cells)
                lines.append(line)
            line = reader.line_num + 1 + skipped
    except csv.Error as error:
        reason = {"unexpected end of data": "a quote is opened and never closed"}.get(str(error), str(error))
        if not names and delimiter not in text.partition("\n")[0]:
            reason = "the header has no comma, tab, semicolon or bar: are the cells separated by spaces?"
        raise DataError(f"{source}:{line}: {reason}") from None
    plain = text.isascii() and "_" not in text
    texts = dict(zip(names, zip(*rows, strict=True) if rows else ((),) * len(names), strict=True))
    columns = {name: read_column(name, column, plain, numerals or POINT) for name, column in texts.items()}
    table = without_row_names(with_rows(Table(source, columns, len(rows), digest, lines, delimiter)))
    if numerals is not None or delimiter != ";" or "," not in text:
        return table
    return with_decimal_commas(
        table, {name: texts[name] for name, column in table.columns.items() if column.numbers is None}
    )


def _cells(number: int) -> str:
    return "1 cell" if number == 1 else f"{number} cells"


def _columns(names: list[str]) -> str:
    if len(names) > 1:
        return f"{len(names)} columns"
    return f"1 column, {quoted(names[0])}: if this is a title or a comment, take it out"
