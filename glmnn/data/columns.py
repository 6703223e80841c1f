"""Arrays and Series to columns: the type says what a column is, never how its cells would read.

A column of numbers is numbers. Text and categories are text, also when their cells are digits, and everything else
(dates, for example) is the text that a file would have. So whatever cannot be a number is refused where a number is
needed, by the row and the column, as in a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from numbers import Number, Real
from typing import Any

import numpy as np

from glmnn.arrays import Array, Index
from glmnn.data.cells import Coded, has_large, label_of
from glmnn.data.pandas_types import is_column
from glmnn.data.table import Column
from glmnn.errors import DataError, quoted
from glmnn.kernels.linear_algebra import all_finite

MANY = 100_000  # rows from which a column is not copied


def column_of(name: str, values: Any, what: str) -> Column:
    """Return one column, from a Series or anything with one dimension; `what` begins the message if it has not.

    >>> column_of("x", [2, 3, None], "x").numbers
    array([ 2.,  3., nan])
    >>> column_of("x", ["2", "3"], "x").numbers is None
    True

    Raises
    ------
    DataError
        If it has not one dimension.
    """
    if not is_column(values):
        values = _vector(values, what)
        if values.dtype.kind in "fiu":
            column = numeric_column(name, values.astype(float, copy=False))
            return (
                column
                if values.dtype.kind == "f"
                else with_whole_cells(column, lambda: np.unique(values, return_inverse=True))
            )
    return _of_series(name, values)


def _of_series(name: str, values: Any) -> Column:
    import pandas as pd

    try:
        values = pd.Series(values)
    except OverflowError:  # pandas before 3, on a whole number beyond float64 among other values
        values = pd.Series(values, dtype=object)
    kind = values.dtype
    if isinstance(kind, pd.SparseDtype):
        values = values.sparse.to_dense()
        kind = values.dtype
    if isinstance(kind, pd.CategoricalDtype):
        labels = [*map(_label, kind.categories), ""]
        codes = values.cat.codes.to_numpy().astype(np.intp)
        return Column(name, None, Coded(labels, codes), 0, categories=tuple(labels[:-1]))
    if pd.api.types.is_bool_dtype(kind):
        return Column(name, values.to_numpy(dtype=float, na_value=np.nan), truth=True)
    if pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_complex_dtype(kind):
        plain = kind == np.float64 and isinstance(kind, np.dtype)  # which pandas would copy to look for gaps
        column = numeric_column(name, values.to_numpy() if plain else values.to_numpy(dtype=float, na_value=np.nan))
        return with_whole_cells(column, lambda: pd.factorize(values)[::-1]) if kind.kind in "iu" else column
    if not (pd.api.types.is_object_dtype(kind) or pd.api.types.is_string_dtype(kind)):
        values = values.astype(str).where(values.notna(), None)  # as it would be written to a file
    if pd.api.types.infer_dtype(values, skipna=True) == "string":
        codes, texts = pd.factorize(values)
        column = _texts(name, list(map(str, texts)), codes.astype(np.intp))
        return replace(column, mixed=True) if kind.kind in "cm" else column  # complex numbers and durations
    return _objects(name, values.tolist(), values.isna().to_numpy())


def as_array(values: Any, what: str, dimensions: tuple[int, ...]) -> Any:
    """Return an array of legal shape: masked cells are missing, and a list keeps its numbers beside text.

    Where one dimension is legal, so is a single column of two, as scikit-learn and PyTorch have responses.

    Raises
    ------
    DataError
        If it is ragged, structured or of another number of dimensions.
    """
    try:
        array: Any = np.asanyarray(values)
        if array.dtype.kind in "US" and not isinstance(values, np.ndarray):
            array = np.array(values, dtype=object)
    except ValueError:
        raise DataError(f"{what}: its rows have different lengths") from None
    if array.dtype.names is not None:
        raise DataError(f"{what}: this is a structured array; give a frame or a mapping of columns")
    if array.dtype == object and array.size and isinstance(array.flat[0], dict) and dimensions != (1,):
        raise DataError(f"{what}: these are records; give a frame of them, pandas.DataFrame(records)")
    if dimensions == (1,) and array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim not in dimensions:
        legal = " or ".join(map(str, dimensions))
        raise DataError(f"{what}: {quoted(type(values).__name__)} has {array.ndim} dimensions; {legal} can be used")
    if isinstance(array, np.ma.MaskedArray):
        kind = float if array.dtype.kind in "biuf" else object
        return np.ma.filled(array.astype(kind), np.nan)
    return np.asarray(array)


def _vector(values: Any, what: str) -> Any:
    array = as_array(values, what, (1,))
    return array.astype(object) if array.dtype.kind in "US" else array


def numeric_column(name: str, numbers: Array) -> Column:
    """Return a column of numbers; where one is infinite, it is text with a slip in it."""
    complete = all_finite(numbers)
    if not complete and (infinite := np.isinf(numbers)).any():
        return Column(name, None, list(map(repr, numbers.tolist())), int(np.argmax(infinite)), mixed=True)
    numbers = numbers + 0.0 if numbers.size < MANY else without_minus_zero(numbers)  # a copy where it is small
    return Column(name, numbers, complete=complete)


def with_whole_cells(column: Column, coded: Callable[[], tuple[Iterable[Any], Any]]) -> Column:
    """Return a column of whole numbers with them as its cells, where some are too large to be told apart as float64.

    Parameters
    ----------
    column : Column
    coded : callable
        Returns the different numbers, and for each row which of them it has, -1 where none.
    """
    if column.numbers is None or not has_large(column.numbers):
        return column
    numbers, codes = coded()
    return replace(column, cells=Coded([*map(str, map(int, numbers)), ""], np.asarray(codes, dtype=np.intp)))


def without_minus_zero(numbers: Array) -> Array:
    """Return the numbers with 0 for -0, as from a file; themselves where there is none."""
    if not np.signbit(numbers).any():
        return numbers
    zero = numbers == 0.0
    return numbers + 0.0 if zero.any() and np.signbit(numbers[zero]).any() else numbers


def _texts(name: str, texts: list[str], codes: Index) -> Column:
    """Return a column of text from its different texts, each of them at its code, -1 where a cell is missing."""
    absent = codes < 0
    if absent.any():
        texts = texts if "" in texts else [*texts, ""]
        codes = np.where(absent, texts.index(""), codes)
    return Column(name, None, Coded(texts, codes), int(np.argmin(absent)))


def _objects(name: str, cells: list[Any], missing: np.ndarray[Any, Any]) -> Column:
    """Return truth values or numbers where all cells are, else text; missing cells are of any kind."""
    given = [cell for cell, absent in zip(cells, missing, strict=True) if not absent]
    if given and all(isinstance(cell, bool | np.bool_) for cell in given):
        return Column(name, _floats(cells, missing), truth=True)
    numeric = [absent or isinstance(cell, Real | Decimal) for cell, absent in zip(cells, missing, strict=True)]
    if all(numeric):
        return numeric_column(name, _floats(cells, missing))
    texts = ["" if absent else _label(cell) for cell, absent in zip(cells, missing, strict=True)]
    mixed = any(
        isinstance(cell, Number | Decimal | timedelta | list | tuple | set | dict | np.ndarray) for cell in given
    )
    return Column(name, None, texts, numeric.index(False), mixed)


def _floats(cells: list[Any], missing: np.ndarray[Any, Any]) -> Array:
    return np.array([np.nan if absent else _float(cell) for cell, absent in zip(cells, missing, strict=True)])


def _float(cell: Any) -> float:
    try:
        return float(cell)
    except OverflowError:
        return np.inf


def _label(value: Any) -> str:
    """Return the name of a level: a number without a needless `.0`, as from a file."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return str(value)
    return label_of(_float(value))
