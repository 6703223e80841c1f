"""Parquet files to cells of text, by pyarrow: no more than the file may hold, and no value that cannot be read."""

from __future__ import annotations

import io
from typing import Any
from warnings import catch_warnings, simplefilter

from glmnn.data.sources.raw import check_size
from glmnn.data.table import check_names
from glmnn.errors import DataError, printable, quoted

CELL = 8  # bytes: a run of equal cells takes none in the file


def read_parquet(raw: bytes, source: str, max_unpacked: float | None) -> tuple[int, dict[str, list[str]]]:
    """Return the number of rows, and the cells of each column as a text file would have them.

    Raises
    ------
    DataError
        If pyarrow is missing, or the file is damaged, too large or has a value that cannot be read.
    """
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        raise DataError(f"{source}: reading Parquet needs pyarrow: pip install 'glmnn[arrow]'") from None
    try:
        file = parquet.ParquetFile(io.BytesIO(raw))
        about = file.metadata
        size = sum(about.row_group(place).total_byte_size for place in range(about.num_row_groups))
    except Exception as error:  # pyarrow has no list of what a damaged file may raise
        raise DataError(_damaged(source, error)) from None
    check_size(max(size, about.num_rows * about.num_columns * CELL), len(raw), source, max_unpacked)
    try:
        frame = file.read()
    except Exception as error:
        raise DataError(_damaged(source, error)) from None
    check_names(frame.column_names, source)
    return frame.num_rows, {name: _cells(frame.column(name), name, source) for name in frame.column_names}


def _damaged(source: str, error: Exception) -> str:
    first = printable(str(error).split("\n")[0])[:200]
    return f"{source}: not a readable Parquet file ({first})"


def _cells(column: Any, name: str, source: str) -> list[str]:
    with catch_warnings():
        simplefilter("ignore")  # of nanoseconds that Python's own times do not have
        try:
            values = column.to_pylist()
            return ["" if value is None else str(value) for value in values]
        except Exception:  # a date beyond the year 9999, a time zone that is not known here
            row = _unreadable(column)
    kind = printable(column.type)[:60]
    raise DataError(
        f"{source}: row {row + 1}, column {quoted(name)}: a {kind} that cannot be read (out of range, or an unknown "
        "time zone?); write the column as text or numbers"
    )


def _unreadable(column: Any) -> int:
    """Return the first row whose value has no text in Python."""
    for row, value in enumerate(column):
        try:
            str(value.as_py())
        except Exception:
            return row
    return 0
