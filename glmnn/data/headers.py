"""Names of columns: each has one of its own, and none of them is a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from glmnn.data.cells import parse_number
from glmnn.errors import DataError, listed, quoted


def check_names(names: Sequence[str], where: str) -> None:
    """Refuse a column without a name, or two of the same name, by a `DataError` that begins with `where`."""
    if not all(names):
        raise DataError(f"{where}: column {[*map(bool, names)].index(False) + 1} has no name{_why(names)}")
    if len({*names}) < len(names):
        twice = sorted(name for name, times in Counter(names).items() if times > 1)
        raise DataError(f"{where}: the column name {quoted(twice[0])} occurs twice; rename one of them")


def check_header(names: Sequence[str], source: str, line: str = ":1") -> None:
    """Refuse names that are numbers, so that they are a row, or as `check_names` does.

    Raises
    ------
    DataError
        Beginning with source and line.
    """
    check_names(names, f"{source}{line}")
    if all(parse_number(name) is not None for name in names):
        raise DataError(f"{source}{line}: the first line is numbers ({listed(names, 4)}): it must be the column names")


def _why(names: Sequence[str]) -> str:
    """Return what a file may have in the place of names, where that can be seen."""
    if names[0].startswith("sep="):
        return ": take out this line, which tells Excel the separator"
    if len(names) > 1 and not any(names[1:]):
        return ": is this a title? The first line must be the column names"
    if all(names[:-1]):
        return "; if every line ends in a separator, take that out"
    return ""
