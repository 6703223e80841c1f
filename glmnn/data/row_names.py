"""The first column of what `write.csv` of R and `to_csv` of pandas write: names or numbers of rows, under no name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from glmnn.data.table import Table


def has_row_names(names: Sequence[str]) -> bool:
    """Say whether the first column, and no other, has no name."""
    return len(names) > 1 and not names[0] and all(names[1:])


def without_row_names(table: Table) -> Table:
    """Return a table without the column that has no name."""
    if "" not in table.columns:
        return table
    columns = {name: column for name, column in table.columns.items() if name}
    note = "the first column has no name: it is taken for the names of the rows"
    return replace(table, columns=columns, notes=(*table.notes, note))
