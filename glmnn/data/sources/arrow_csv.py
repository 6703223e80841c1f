"""The cells of a clean text file by pyarrow, where it is installed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from glmnn.data.cells import has_large
from glmnn.data.sources.arrow import coded_texts, numbers_of
from glmnn.data.sources.parsed import Parsed, watch_parsing


def parse_by_arrow(raw: bytes, delimiter: str, width: int, decimal: str) -> Parsed | None:
    """Return the cells below the header of a file whose quotes enclose whole cells; None if pyarrow refuses them.

    Raises
    ------
    ImportError
        If pyarrow is missing.
    """
    from pyarrow import ArrowException

    try:
        table = _table(raw, delimiter, width, decimal)
        columns = [_cells(table.column(place), raw) for place in range(width)]
        doubtful = [place for place, column in enumerate(columns) if column is None]
        if doubtful:  # dates, hexadecimal or infinite numbers, or so large that their digits may be needed
            again = _table(raw, delimiter, width, decimal, doubtful)
            for place in doubtful:
                columns[place] = coded_texts(again.column(str(place)))
    except ArrowException:
        return None
    double = frozenset(place for place, kind in enumerate(table.schema.types) if str(kind) == "double")
    return Parsed(table.num_rows, [column for column in columns if column is not None], double.difference(doubtful))


def _table(raw: bytes, delimiter: str, width: int, decimal: str, texts: Collection[int] = ()) -> Any:
    """Return a table of which pyarrow found the types; or some columns of it as text."""
    from pyarrow import BufferReader, csv, string, system_memory_pool

    file = BufferReader(raw)
    watch_parsing(raw, lambda: len(raw) if file.closed else file.tell())
    asked = [str(place) for place in texts]
    return csv.read_csv(
        file,
        csv.ReadOptions(skip_rows=1, column_names=[str(place) for place in range(width)]),
        csv.ParseOptions(delimiter=delimiter),
        csv.ConvertOptions(
            null_values=[], true_values=[], false_values=[], decimal_point=decimal,
            column_types=dict.fromkeys(asked, string()), include_columns=asked,
        ),
        memory_pool=system_memory_pool(),  # new pages of its own pool cost the system twice the time of parsing
    )  # fmt: skip


def _cells(values: Any, raw: bytes) -> Any:
    """Return numbers or texts; None where pyarrow took for something else what may be text."""
    kind = str(values.type)
    if kind == "string":
        return coded_texts(values)
    if kind == "double" or (kind == "int64" and not _may_be_hexadecimal(raw)):
        numbers = numbers_of(values).astype(float, copy=False)
        return numbers if np.isfinite(numbers).all() and not has_large(numbers) else None
    return None


def _may_be_hexadecimal(raw: bytes) -> bool:
    """Say whether 0x1F may be in some cell, which is a number nowhere else; a search for one letter is much faster."""
    first = raw.find(b"\n")
    return any(raw.find(letter, first) >= 0 and raw.find(b"0" + letter, first) >= 0 for letter in (b"x", b"X"))
