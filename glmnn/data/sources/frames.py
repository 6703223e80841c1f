"""Frames, mappings and arrays to a table: what Python has in the place of a file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from math import isfinite
from typing import Any

import numpy as np

from glmnn.arrays import extent
from glmnn.data.columns import as_array, column_of
from glmnn.data.headers import check_names
from glmnn.data.pandas_types import is_frame, is_indexed, is_series
from glmnn.data.sources.arrow import columns_of_capsule, is_arrow_table
from glmnn.data.sources.files import Reading, read_asked, read_table
from glmnn.data.table import Column, Table
from glmnn.errors import DataError, OptionError, UsageError, printable, quoted


def make_table(
    data: Any, names: Sequence[str] | None = None, source: str = "", reading: Reading | None = None
) -> Table:
    """Return the columns of a path, a frame, a mapping or an array.

    Parameters
    ----------
    data : path, frame of pandas, polars or Arrow, Series, mapping of columns, or array of shape (rows, p) or (rows,)
        Only read, never changed. The index of a frame plays no part.
    names : sequence of str, optional
        Of the columns of an array; without it x1, x2, ...
    source : str
        What messages call the data; empty for their kind.
    reading : Reading, optional
        How a file is read.

    Raises
    ------
    DataError
        If it has no rows, or no columns of equal length with different names.
    """
    array = isinstance(data, np.ndarray)  # none of the others
    if not array and isinstance(data, str | bytes | os.PathLike):
        _refuse_names(names)
        return read_table(os.fsdecode(data)) if reading is None else read_asked(os.fsdecode(data), reading)
    for part in ("decimal", "thousands") if reading is not None else ():
        if getattr(reading, part, None) is not None:
            raise OptionError(part, "is for files of text; these data have numbers and text of their own")
    if array:
        return _of_array(data, names, source or "array")
    if is_frame(data):
        _refuse_names(names)
        return _table([(str(name), data.iloc[:, j]) for j, name in enumerate(data.columns)], source or "data frame")
    if is_arrow_table(data):
        _refuse_names(names)
        return _of_columns(columns_of_capsule(data, source or "table"), source or "table")
    if isinstance(data, Mapping):
        _refuse_names(names)
        _check_indices(data)
        return _table([(str(name), values) for name, values in data.items()], source or "columns")
    if is_series(data) and data.name is not None and names is None:
        return _table([(str(data.name), data)], source or "column")
    return _of_array(data, names, source or "array")


def with_column(table: Table, values: Any, role: str, beside: Any) -> tuple[Table, str]:
    """Return the table with one column more, and its name: that of a Series, else its role.

    Parameters
    ----------
    table : Table
    values : array of shape (rows,)
    role : str
        For messages.
    beside : object
        What the table was made of. A Series must have the index of this frame: by position, rows could be mixed up
        without a word.

    Raises
    ------
    DataError
        If the length or the index is another one, or there is a column of this name.
    """
    name = str(getattr(values, "name", None) or role)
    array = isinstance(values, np.ndarray)
    if not array and (is_frame(values) or isinstance(values, Mapping)):
        raise UsageError(f"{role} must be one column, not a table")
    if name in table.columns:
        raise UsageError(
            f"{table.source}: there is a column {quoted(name)} already: give {role}={quoted(name)} to use that one, or "
            "call the other one something else"
        )
    if not array:
        _check_indices({"the data": beside, role: values})
    column = column_of(name, values, role)
    rows = _length(column)
    if rows != table.rows:
        raise DataError(f"{table.source}: {role} has length {rows}, but there are {table.rows} rows")
    return table.beside(column, partial(_digest, table, (column,))), name


def _refuse_names(names: object) -> None:
    if names is not None:
        raise UsageError("names are for arrays; these data have names of their own")


def _check_indices(named: Mapping[Any, Any]) -> None:
    """Refuse Series that do not have the same index: by position, their rows could be mixed up without a word."""
    indexed = [(name, data.index) for name, data in named.items() if is_indexed(data)]
    for name, index in indexed[1:]:
        if not index.equals(indexed[0][1]):
            raise DataError(
                f"{printable(name)} has another index than {printable(indexed[0][0])}: align them, or give "
                ".to_numpy() to go by position"
            )


def _table(named: list[tuple[str, Any]], source: str) -> Table:
    if not named:
        raise DataError(f"{source}: there are no columns")
    check_names([name for name, _ in named], source)
    return _of_columns(
        {name: column_of(name, values, f"{source}: column {quoted(name)}") for name, values in named}, source
    )


def _of_columns(columns: dict[str, Column], source: str) -> Table:
    lengths = {name: _length(column) for name, column in columns.items()}
    first, rows = next(iter(lengths.items()))
    for name, length in lengths.items():
        if length != rows:
            raise DataError(f"{source}: column {quoted(first)} has {rows} rows, but {quoted(name)} has {length}")
    if rows == 0:
        raise DataError(f"{source}: there are no rows")
    return Table(source, columns, rows, partial(_digest, None, tuple(columns.values())), (), "")


def _length(column: Column) -> int:
    return len(column.cells) if column.numbers is None else column.numbers.size


def _digest(before: Table | None, columns: Iterable[Column]) -> str:
    """Return a fingerprint of names and values, after those of another table, as a file has one of its bytes."""
    return digest_of_columns("" if before is None else before.digest, columns)


def digest_of_columns(before: str, columns: Iterable[Column]) -> str:
    """Return a fingerprint of names and values, after another one."""
    digest = hashlib.sha256(before.encode())
    for column in columns:
        cells = "\0".join(column.cells).encode("utf-8", "surrogatepass")
        digest.update(column.name.encode("utf-8", "surrogatepass"))
        digest.update(cells if column.numbers is None else (column.numbers + 0.0).tobytes())  # of one zero
    return digest.hexdigest()


def _of_array(data: Any, names: Sequence[str] | None, source: str) -> Table:
    """Return the columns of an array; of one that is all finite numbers they are views of it."""
    whole = as_array(data.toarray() if hasattr(data, "toarray") else data, "array", (1, 2))
    whole = whole[:, None] if whole.ndim == 1 else whole
    p = whole.shape[1]
    called = [f"x{j + 1}" for j in range(p)] if names is None else [str(name) for name in names]
    if isinstance(names, str) or len(called) != p:
        raise UsageError(f"names must be a list with one name for each column of the array ({p})")
    if whole.dtype.kind not in "fiu" or not whole.size:
        return _table([(name, whole[:, j]) for j, name in enumerate(called)], source)
    numbers = whole.astype(float, copy=False)
    ends = extent(numbers)
    if not (isfinite(ends[0]) and isfinite(ends[1])):
        return _table([(name, numbers[:, j]) for j, name in enumerate(called)], source)
    check_names(called, source)
    columns = {name: Column(name, numbers[:, j], complete=True) for j, name in enumerate(called)}
    return Table(source, columns, len(numbers), partial(_digest, None, tuple(columns.values())), (), "", numbers, ends)
