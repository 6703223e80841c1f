"""The cells of a clean text file by pandas, where pyarrow is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np

from glmnn.data.cells import Coded, has_large
from glmnn.data.sources.parsed import Parsed, watch_parsing


def parse_by_pandas(raw: bytes, delimiter: str, width: int, decimal: str) -> Parsed | None:
    """Return the cells below the header, where every line has `width` of them; None if pandas refuses them."""
    frame = _frame(raw, delimiter, width, decimal)
    if frame is None:
        return None
    columns = []
    for place in range(width):
        column = _cells(frame.iloc[:, place])
        if column is None:  # what pandas takes for truth values or infinite, or so large that its digits may be needed
            again = _frame(raw, delimiter, width, decimal, place)
            column = None if again is None else _cells(again.iloc[:, 0])
        if column is None:
            return None
        columns.append(column)
    return Parsed(len(frame), columns, frozenset(place for place, kind in enumerate(frame.dtypes) if kind.kind == "f"))


def _frame(raw: bytes, delimiter: str, width: int, decimal: str, place: int | None = None) -> Any:
    """Return what pandas reads, or one column of it as text; None if it refuses."""
    import pandas as pd

    # the default is exact from pandas 3 on, where asking for it is deprecated
    asked: dict[str, Any] = {"float_precision": "round_trip"} if pd.__version__.startswith("2.") else {}
    if place is not None:
        asked |= {"usecols": [place], "dtype": str}
    file: Any = _Bytes(raw)
    watch_parsing(raw, lambda: file.place)
    for part_by_part in (True, False):  # the first is faster, but must find the same kind of cells in every part
        file.place = 0
        try:
            with catch_warnings():
                simplefilter("error")
                return pd.read_csv(
                    file, sep=delimiter, header=0, names=range(width), na_filter=False, low_memory=part_by_part,
                    index_col=False, decimal=decimal, **asked,
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


def _cells(values: Any) -> Any:
    import pandas as pd

    if pd.api.types.is_bool_dtype(values):
        return None
    if pd.api.types.is_numeric_dtype(values):
        numbers = values.to_numpy(dtype=float)
        return numbers if np.isfinite(numbers).all() and not has_large(numbers) else None
    codes, texts = pd.factorize(values)
    found = texts.tolist()
    if not all(isinstance(text, str) for text in found) or np.any(codes < 0):
        return None
    return Coded(found, codes.astype(np.intp))
