"""What to do about a cell that is no number."""

from __future__ import annotations

import re

import numpy as np

from glmnn.data.cells import LIKE_MISSING, OTHER_NUMERALS, is_disguised, parse_number
from glmnn.errors import option, printable

# as pandas, Arrow and Python write them
DURATION = re.compile(r"[+-]?\d+ days?\b.*|MonthDayNano\(.*\)|\d{1,2}:\d\d:\d\d(\.\d+)?")
NESTED = re.compile(r"(large_|fixed_size_)?(list|list_view|struct|map)<.*|\[.*\]|\{.*\}|\((.*, .*|.*,)\)", re.DOTALL)


def number_hint(cell: str, name: str) -> str:
    """Return how a message on a cell ends; `name` is that of a column which may be left out, empty for others."""
    if cell.lower() in LIKE_MISSING:
        return ": if it stands for a missing value, write NA there"
    digits = parse_number(cell) is not None  # in a column that is text by its type, as a frame may have
    try:
        if not np.isfinite(float(cell)):
            return ": it must be finite"
    except ValueError:
        pass
    ways = [numerals for numerals in OTHER_NUMERALS if not digits and numerals.parse(cell) is not None]
    written = " or ".join(
        (option("decimal", way.decimal) if way.decimal != "." else "")
        + (" " if way.decimal != "." and way.thousands else "")
        + (option("thousands", way.thousands) if way.thousands else "")
        for way in ways
    )
    if written or (not digits and is_disguised(cell)):
        hint = ": write plain digits, with a point for the decimals and nothing between thousands"
        return f"{hint}, or give {written}" if written else hint
    if DURATION.fullmatch(cell):
        return ": make durations numbers, as total_seconds() of pandas and polars does"
    if NESTED.fullmatch(cell):
        return f": it has several values in a row: make each a column, or leave it out with {option('features')}"
    if not name:
        return ": make the column numbers" if digits else ""
    out = "make the column numbers, " * digits + f"leave it out with {option('features')}"
    return f": {out}, or make it a factor with {option('formula')} and C({shown_term(name)})"


def shown_term(name: str) -> str:
    """Return a column as a formula has it, for a message."""
    return shown if len(shown := printable(name if name.isidentifier() else f"`{name}`")) <= 60 else "..."
