"""Which columns are factors without being asked for in so many words, and the way out for those that are not."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from glmnn.data.cells import is_disguised, parse_number
from glmnn.data.dates import is_dates
from glmnn.data.number_hint import shown_term
from glmnn.data.table import Column, Table
from glmnn.errors import DataError, option, quoted

MOST_UNASKED = 50  # levels
FEWEST_ROWS = 5  # rows for a level
DIFFERENT = 0.9  # part of the rows: an identifier with a few slips


def is_factor(column: Column) -> bool:
    """Say whether a column is a factor by its type: text, categories or truth values."""
    return column.numbers is None or column.truth


def factors_among(table: Table, names: Iterable[str]) -> list[str]:
    """Return which columns of a table are factors by their type."""
    return [name for name in names if (column := table.columns[name]).numbers is None or column.truth]


def check_factor(table: Table, name: str, *, named: bool) -> None:
    """Refuse a column of text that is hardly a factor: one with a slip, dates, names, too many levels.

    Parameters
    ----------
    table : Table
    name : str
    named : bool
        Whether the user has named the column; few rows for a level are then allowed.

    Raises
    ------
    DataError
        With the reason and the way out.
    """
    column = table.column(name)
    if column.truth or column.categories:
        return
    texts, codes = column.coded.texts, column.coded.codes
    rows, levels, first = int(np.count_nonzero(codes >= 0)), len(texts), int(np.argmax(codes >= 0))
    shown, written = quoted(column.coded[first]), shown_term(name)
    way_out = f"leave it out with {option('features')}, or write C({written}) in {option('formula')} if it is a factor"
    if is_dates(column):
        raise DataError(
            f"{table.where(first, name)}: {shown} is a date: write year({written}), month({written}) or "
            f"days({written}), the days since the first, in {option('formula')}, or leave it out"
        )
    digits = not named and all(parse_number(text) is not None for text in texts)
    if column.mixed or digits or all(map(is_disguised, texts)):
        table.numbers(name)  # says which cell is not a number
    if levels < 2 and not named:
        raise DataError(f"{table.where(first, name)}: {shown} in every row, and a factor needs two levels: {way_out}")
    if levels > DIFFERENT * rows and levels > 2:
        raise DataError(
            f"{table.where(first, name)}: {shown}: text that is nearly all different ({levels} values in {rows} rows), "
            f"as names and identifiers are: {way_out}"
        )
    if levels > MOST_UNASKED or (levels > 2 and levels * FEWEST_ROWS > rows and not named):
        few = f"more than {MOST_UNASKED}" if levels > MOST_UNASKED else f"fewer than {FEWEST_ROWS} rows for a level"
        raise DataError(
            f"{table.source}: column {quoted(name)} is text with {levels} levels in {rows} rows ({few}): {way_out}"
        )
