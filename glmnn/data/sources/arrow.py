"""Arrow tables to columns, by pyarrow: each keeps its type, and no cell becomes text that is none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np

from glmnn.data.cells import Coded
from glmnn.data.columns import column_of, numeric_column, with_whole_cells
from glmnn.data.headers import check_names
from glmnn.data.table import Column
from glmnn.errors import DataError, printable, quoted

POLARS_CATEGORICAL = b"_PL_CATEGORICAL"  # its levels come in order of appearance, unlike those of Enum
INDEX = re.compile(r"__index_level_\d+__")  # what pandas calls an index without a name: it plays no part


def columns_of_arrow(table: Any, source: str) -> dict[str, Column]:
    """Return the columns of an Arrow table.

    Raises
    ------
    DataError
        If a name is not one of its own, or a value cannot be read.
    """
    names = own_names(table.column_names)
    if not names:
        raise DataError(f"{source}: the file has no columns")
    check_names(names, source)
    return {name: _one(table, name, source) for name in names}


def own_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names without those of an index of pandas that has none."""
    return tuple(name for name in names if not INDEX.fullmatch(name))


def _one(table: Any, name: str, source: str) -> Column:
    column = column_of_arrow(name, table.column(name), source)
    unordered = any(key.startswith(POLARS_CATEGORICAL) for key in table.schema.field(name).metadata or {})
    return replace(column, categories=()) if unordered else column


def is_arrow_table(data: object) -> bool:
    """Say whether an object hands its columns over by the Arrow PyCapsule interface, as polars and pyarrow do."""
    return hasattr(data, "__arrow_c_stream__") and (hasattr(data, "columns") or hasattr(data, "schema"))


def columns_of_capsule(data: Any, source: str) -> dict[str, Column]:
    """Return the columns of an object with the Arrow PyCapsule interface.

    Raises
    ------
    DataError
        If pyarrow is missing, or a column has no type that can be used.
    """
    try:
        import pyarrow
    except ImportError:
        raise DataError(f"{source}: reading Arrow tables needs pyarrow: pip install 'glmnn[arrow]'") from None
    return columns_of_arrow(pyarrow.table(data), source)


def column_of_arrow(name: str, values: Any, source: str) -> Column:
    """Return one column; numbers and truth values as they are, everything else as text, each text once."""
    from pyarrow import types

    kind = values.type
    if types.is_null(kind):
        return Column(name, np.full(len(values), np.nan))
    if types.is_boolean(kind):
        return Column(name, numbers_of(values.cast("uint8")).astype(float), truth=True)
    if types.is_integer(kind) or types.is_floating(kind):
        column = numeric_column(name, numbers_of(values).astype(float, copy=False))
        return with_whole_cells(column, lambda: _whole(values)) if types.is_integer(kind) else column
    if types.is_decimal(kind):
        return column_of(name, values.to_pylist(), source)
    if types.is_nested(kind):
        return Column(name, None, Coded([str(kind)], np.zeros(len(values), dtype=np.intp)), 0, mixed=True)
    coded = _coded(values)
    texts = _texts(coded.dictionary, coded.indices, name, source)
    codes = _filled(coded.indices, len(texts)).astype(np.intp)
    categories = tuple(text.strip() for text in texts) if types.is_dictionary(kind) else ()
    length = types.is_duration(kind) or types.is_interval(kind)  # numbers of a kind, and no factor
    return Column(name, None, Coded([*texts, ""], codes), 0, mixed=length, categories=categories)


def coded_texts(values: Any) -> Coded:
    """Return a chunked array of text without gaps, each text once."""
    coded = _coded(values)
    return Coded(coded.dictionary.to_pylist(), numbers_of(coded.indices).astype(np.intp))


def _whole(values: Any) -> tuple[Any, Any]:
    coded = _coded(values)
    return coded.dictionary.to_pylist(), _filled(coded.indices, -1)


def _coded(values: Any) -> Any:
    from pyarrow import types

    coded = values.unify_dictionaries() if types.is_dictionary(values.type) else values.dictionary_encode()
    return coded.combine_chunks()


def _filled(codes: Any, gap: int) -> np.ndarray[Any, Any]:
    """Return codes with one for what is missing; where nothing is, nothing of pyarrow is loaded that loads pandas."""
    return numbers_of(codes.fill_null(gap) if codes.null_count else codes)


def numbers_of(values: Any) -> np.ndarray[Any, Any]:
    """Return the numbers of an array, from its memory: the conversion of pyarrow would load pandas first."""
    kind = str(values.type).replace("halffloat", "float16").replace("double", "float64")
    if values.null_count:
        if kind == "float16":
            return np.asarray(values.to_numpy(), dtype=float)
        return numbers_of(values.cast("float64", safe=False).fill_null(np.nan))
    plain = np.dtype({"float": "float32"}.get(kind, kind))
    chunks = [
        np.frombuffer(chunk.buffers()[1], plain, len(chunk), chunk.offset * plain.itemsize)
        for chunk in getattr(values, "chunks", [values])
        if len(chunk)
    ]
    return chunks[0] if len(chunks) == 1 else np.concatenate([np.empty(0, plain), *chunks])


def _texts(values: Any, codes: Any, name: str, source: str) -> list[str]:
    with catch_warnings():
        simplefilter("ignore")  # of nanoseconds that Python's own times do not have
        try:
            return ["" if value is None else _text(value) for value in values.to_pylist()]
        except Exception:  # a date beyond the year 9999, a time zone that is not known here
            bad = next((place for place, value in enumerate(values) if not _readable(value)), 0)
    row = codes.index(bad).as_py()
    raise DataError(
        f"{source}: row {row + 1}, column {quoted(name)}: a {printable(values.type)[:60]} that cannot be read (out of "
        "range, or an unknown time zone?); write the column as text or numbers"
    )


def _text(value: Any) -> str:
    """Return a value as a file of text would have it: a number without a needless `.0`."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _readable(value: Any) -> bool:
    try:
        str(value.as_py())
    except Exception:
        return False
    return True
