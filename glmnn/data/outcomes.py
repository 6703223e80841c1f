"""A response of two outcomes in words, such as yes and no: which of them counts as 1."""

from __future__ import annotations

import numpy as np

from glmnn.arrays import Array
from glmnn.data.cells import is_disguised, label_of
from glmnn.data.formula.levels import levels_of
from glmnn.data.formula.state import codes_of
from glmnn.data.table import Table
from glmnn.errors import DataError, OptionError, listed, option, printable, quoted, unknown

BOTH = 2
FEW = 20  # levels of a target that a message lists


def find_outcomes(table: Table, target: str, event: str | None) -> tuple[str, ...]:
    """Return the levels of a target in words, the one that counts as 1 last; nothing where it is numbers.

    Parameters
    ----------
    table : Table
    target : str
    event : str or None
        The level that counts as 1; all others are 0. None takes the second of two levels: sorted, or in the order of
        the categories.

    Raises
    ------
    OptionError
        If the target has no such level.
    """
    column = table.column(target, "target")
    if event is None and (column.numbers is not None or len(column.coded.texts) != BOTH):
        return ()
    if event is None and (column.mixed or any(map(is_disguised, column.coded.texts))):
        return ()
    levels = levels_of(table, target, ~column.missing, None)
    if event is None:
        return levels
    if event not in levels:
        raise OptionError("event", f"{printable(event)}: {unknown('level', event, levels)}")
    return (*(level for level in levels if level != event), event)


def two_values(table: Table, target: str) -> str:
    """Return how a message goes on for a target of two numbers other than 0 and 1; empty for any other target."""
    numbers = table.column(target, "target").numbers
    found = [] if numbers is None else np.unique(numbers[~np.isnan(numbers)])[: BOTH + 1].tolist()
    if len(found) != BOTH or found == [0.0, 1.0]:
        return ""
    low, high = map(label_of, found)
    return f"of its two values {low} and {high} give {option('event', high)} to count {high} as 1"


def refuse_words(table: Table, target: str) -> None:
    """Refuse a target that is neither numbers nor two outcomes, with the ways out.

    Raises
    ------
    DataError
        With its levels, where there are few of them.
    """
    column = table.column(target, "target")
    levels = column.coded.texts
    few = BOTH <= len(levels) <= FEW and not column.mixed and not any(map(is_disguised, levels))
    if column.numbers is not None or not few:
        table.numbers(target, "target")
        return
    raise DataError(
        f"{table.source}: target {quoted(target)} has {len(levels)} levels ({listed(sorted(levels), FEW)}): give "
        f"{option('event')} with the one that counts as 1, or {option('family', 'multinomial')} for all of them"
    )


def zero_one(table: Table, target: str, outcomes: tuple[str, ...]) -> Array:
    """Return 1 where the target is the last of the outcomes, 0 where it is another, nan where it is missing.

    Raises
    ------
    DataError
        If a cell is no outcome; the message names it.
    """
    codes = codes_of(table, target, outcomes)
    column = table.column(target, "target")
    strange = (codes < 0) & ~column.missing
    if strange.any():
        row = int(np.argmax(strange))
        raise DataError(
            f"{table.where(row, target)}: {quoted(column.coded[row])} is none of the outcomes {listed(outcomes)}"
        )
    return np.where(column.missing, np.nan, codes == len(outcomes) - 1)


def outcome_note(target: str, outcomes: tuple[str, ...]) -> str:
    """Return the note on which outcome counts as 1.

    >>> outcome_note("relapse", ("no", "yes"))
    "relapse: 'yes' is 1, 'no' is 0"
    """
    others = listed(map(quoted, outcomes[:-1]))
    return f"{printable(target)}: {quoted(outcomes[-1])} is 1, {others} {'is' if len(outcomes) == BOTH else 'are'} 0"
