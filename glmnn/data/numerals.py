"""Which signs the numbers of a text file have: as asked for, or as all of its numbers say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from glmnn.data.cells import MISSING, POINT, Coded, Numerals
from glmnn.data.table import Column, Table, read_column
from glmnn.errors import DataError, OptionError, listed, option, quoted

COMMA = Numerals(",")
THOUSANDS = (",", ".", " ", "'", "_")


def numerals_of(decimal: str | None, thousands: str | None) -> Numerals | None:
    """Return the signs asked for, or None where the file is to tell.

    Raises
    ------
    OptionError
        If one is no such sign, or both are the same.
    """
    if decimal not in (None, ".", ","):
        raise OptionError("decimal", f"must be a point or a comma, not {quoted(decimal)}")
    if thousands is not None and thousands not in THOUSANDS:
        raise OptionError("thousands", f"must be a comma, a point, a blank, ' or _, not {quoted(thousands)}")
    if decimal is None and thousands is None:
        return None
    sign = decimal or ("," if thousands == "." else ".")
    if sign == thousands:
        raise OptionError("thousands", f"cannot be {quoted(sign)} too, which stands before the decimals")
    return Numerals(sign, thousands or "")


def with_decimal_commas(table: Table, cells: Mapping[str, Sequence[str]]) -> Table:
    """Return a table with semicolons in which a comma stands before decimals, if all of its numbers say so.

    Parameters
    ----------
    table : Table
        Read with points.
    cells : mapping of str to sequence of str
        Its columns of text.

    Raises
    ------
    DataError
        If some numbers have a comma and others a point.
    """
    read = {name: read_column(name, texts, False, COMMA) for name, texts in cells.items()}
    found = {name: column for name, column in read.items() if column.numbers is not None}
    if not found:
        return table
    for name, column in table.columns.items():
        row = _with_point(column)
        if row is not None:
            first = next(iter(found))
            comma = int(np.argmax(["," in cell for cell in cells[first]]))
            raise DataError(
                f"{table.where(row, name)}: {quoted(column.cells[row].strip())} has a decimal point, but "
                f"{quoted(cells[first][comma].strip())} in column {quoted(first)} a comma: give "
                f"{option('decimal', ',')} or {option('decimal', '.')}"
            )
    columns = {
        name: read[name] if name in found or (name in read and read[name].mixed and not column.mixed) else column
        for name, column in table.columns.items()
    }
    return replace(table, columns=columns, notes=(*table.notes, comma_note(found)))


def comma_note(names: Iterable[str]) -> str:
    """Return the note on columns that are read with a decimal comma."""
    return f"numbers are read with a decimal comma: {listed(names)}"


def _with_point(column: Column) -> int | None:
    """Return the first row whose cell is a number with a decimal point, in a column of nothing but numbers."""
    written = Coded.of(column.cells)
    read = [POINT.parse(text) is not None for text in written.texts]
    commas = [COMMA.parse(text) is not None for text in written.texts]
    numbers = [a or b or text.strip() in MISSING for a, b, text in zip(read, commas, written.texts, strict=True)]
    pointed = np.array([a and "." in text for a, text in zip(read, written.texts, strict=True)], dtype=bool)
    rows = pointed[written.codes] if pointed.size else pointed
    return int(np.argmax(rows)) if all(numbers) and rows.any() else None
