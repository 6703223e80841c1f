"""Rows that are no file: every combination of values that are named, as `x=0:13:0.2` or `dose=1,2,4`."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from itertools import product

from glmnn.data.table import Table, table_of_cells
from glmnn.errors import OptionError, quoted

MOST_ROWS = 1_000_000
HOW = "write it as NAME=LOW:HIGH:STEP or NAME=VALUE,VALUE,..."


def grid_table(parts: Sequence[str]) -> Table:
    """Return the table of all combinations, the last name running fastest.

    Parameters
    ----------
    parts : sequence of str
        One name with its values each. A range has both ends, where the step meets the upper one; it is counted in
        decimals, so that 0:13:0.2 has 0.6 and not 0.6000000000000001.

    Raises
    ------
    UsageError
        If one cannot be read, a name is given twice, or there are more than a million rows.
    """
    values: dict[str, list[str]] = {}
    rows = 1
    for part in parts:
        name, equals, text = part.partition("=")
        name = name.strip()
        if not (equals and name and text.strip()):
            raise OptionError("grid", f"{quoted(part)}: {HOW}")
        if name in values:
            raise OptionError("grid", f"{quoted(name)} is given twice")
        values[name] = _values(part, text)
        rows *= len(values[name])
        if rows > MOST_ROWS:
            raise OptionError("grid", f"makes more than {MOST_ROWS:,} rows; give fewer values or a longer step")
    combined = list(product(*values.values()))
    cells = {name: [row[place] for row in combined] for place, name in enumerate(values)}
    digest = sha256(repr(cells).encode()).hexdigest()
    return table_of_cells("the grid", digest, rows, cells)


def _values(part: str, text: str) -> list[str]:
    if ":" not in text:
        values = [value.strip() for value in text.split(",")]
        if "" in values:
            raise OptionError("grid", f"{quoted(part)}: {HOW}")
        return values
    try:
        low, high, step = (Decimal(number.strip()) for number in text.split(":"))
        if not (low.is_finite() and high.is_finite() and step.is_finite() and step > 0 and high >= low):
            raise ValueError
        many = int((high - low) / step) + 1
        if many > MOST_ROWS:
            raise OptionError("grid", f"{quoted(part)} makes more than {MOST_ROWS:,} rows; give a longer step")
        return [f"{low + place * step:f}" for place in range(many)]
    except (ValueError, InvalidOperation, OverflowError):
        raise OptionError("grid", f"{quoted(part)}: {HOW}, numbers with LOW <= HIGH and STEP > 0") from None
