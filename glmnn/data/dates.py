"""Columns of dates: known by how they are written, and read as days since 1970."""

from __future__ import annotations

import re
from datetime import datetime

import numpy as np

from glmnn.arrays import Array
from glmnn.data.table import Column, Table
from glmnn.errors import DataError, quoted

CLOCK = r"(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
ISO = re.compile(rf"(\d{{4}})[-/](\d{{1,2}})[-/](\d{{1,2}}){CLOCK}")
DOTTED = re.compile(rf"(\d{{1,2}})\.(\d{{1,2}})\.(\d{{4}}){CLOCK}")  # the day comes first
UNCLEAR = (  # whether the day or the month comes first, or how a month is called
    re.compile(r"\d{1,2}[/-]\d{1,2}[/-]\d{2,4}"),
    re.compile(r"\d{1,2}[ -]?[A-Za-z]{3,9}\.?[ ,-]*\d{2,4}"),
    re.compile(r"[A-Za-z]{3,9}\.? \d{1,2},? \d{4}"),
)
EPOCH = datetime(1970, 1, 1)
SECONDS = 86_400.0


def is_dates(column: Column) -> bool:
    """Say whether every cell of a column of text that is not missing is a date, in whatever order of its parts."""
    texts = () if column.numbers is not None else column.coded.texts
    return bool(texts) and all(_is_date(text) for text in texts)


def days_of(table: Table, name: str) -> Array:
    """Return the days since the first of January 1970 in each row, nan where the cell is missing.

    Raises
    ------
    DataError
        If a cell is no date whose parts have a known order; the message names it.
    """
    column = table.column(name)
    if column.days and column.numbers is not None:
        return column.numbers
    days = np.array([*map(_days, column.coded.texts), np.nan])[column.coded.codes]
    bad = np.isnan(days) & ~column.missing
    if bad.any():
        row = int(np.argmax(bad))
        raise DataError(
            f"{table.where(row, name)}: {quoted(column.coded[row])} is not a date as 2026-01-31 or 31.01.2026"
        )
    return days


def _is_date(text: str) -> bool:
    return any(pattern.fullmatch(text) for pattern in (ISO, DOTTED, *UNCLEAR))


def _days(text: str) -> float:
    iso, dotted = ISO.fullmatch(text), DOTTED.fullmatch(text)
    match = iso or dotted
    if match is None:
        return np.nan
    parts = [int(part or 0) for part in match.groups()]
    year, month, day = parts[:3] if iso else parts[2::-1]
    hour, minute, second = parts[3:]
    try:
        return (datetime(year, month, day, hour, minute, second) - EPOCH).total_seconds() / SECONDS
    except ValueError:
        return np.nan
