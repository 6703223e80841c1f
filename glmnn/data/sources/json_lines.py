"""JSON lines, an object in each line, or one array of objects: each value with its type."""

from __future__ import annotations

import json
from typing import Any

from glmnn.data.columns import column_of
from glmnn.data.headers import check_names
from glmnn.data.table import Column, Table, with_rows
from glmnn.errors import DataError, printable

PLAIN = (bool, int, float, str, type(None))


def is_json(raw: bytes) -> bool:
    """Say whether a file that begins like this is JSON: with an object, or an array of them."""
    start = raw[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"{") or (start.startswith(b"[") and start[1:].lstrip().startswith(b"{"))


def is_array(raw: bytes) -> bool:
    """Say whether a file of JSON that begins like this is one array."""
    return raw[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"[")


def read_json(raw: bytes, source: str, digest: str, skipped: int = 0) -> Table:
    """Return the table of JSON lines or of an array of objects; a key that an object lacks is a missing cell.

    Parameters
    ----------
    raw : bytes
    source, digest : str
        As for `glmnn.data.sources.csv.read_csv`.
    skipped : int
        Lines of the file before these.

    Raises
    ------
    DataError
        If it is neither, or a value is a list or an object itself; the message names the line.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1 + skipped
        raise DataError(f"{source}:{line}: byte 0x{raw[error.start]:02x} is not UTF-8; save it as UTF-8") from None
    if text.lstrip().startswith("["):
        found = _parsed(text, f"{source}: not a readable JSON file")
        objects = dict(enumerate(found, 1)) if isinstance(found, list) else {}
        lines: tuple[int, ...] = ()
    else:
        written = {place: line for place, line in enumerate(text.split("\n"), 1 + skipped) if line.strip()}
        how = "this is not JSON lines, which have one object in each line"
        objects = {place: _parsed(line, f"{source}:{place}: {how}") for place, line in written.items()}
        lines = tuple(objects)
    names: dict[str, None] = {}
    for place, row in objects.items():
        where = f"{source}:{place}" if lines else f"{source}: row {place}"
        if not isinstance(row, dict):
            raise DataError(f'{where}: an object is needed in each line, as {{"x": 1.5, "y": 0}}')
        names |= dict.fromkeys(row)
    if not names:
        raise DataError(f"{source}: there are no columns")
    check_names([*names], source)
    columns: dict[str, Column] = {
        name: column_of(name, _cells([row.get(name) for row in objects.values()]), source) for name in names
    }
    return with_rows(Table(source, columns, len(objects), digest, lines, ""))


def _cells(values: list[Any]) -> Any:
    """Return the values of a column; lists and objects among them stay cells, and are no second dimension."""
    if all(isinstance(value, PLAIN) for value in values):
        return values
    import pandas as pd

    return pd.Series(values, dtype=object)


def _parsed(text: str, told: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{told} ({printable(error)[:100]})") from None
