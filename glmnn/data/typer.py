"""Chunks of a table to rows of numbers: those with every cell that the model needs, in order."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from glmnn.arrays import Array, Mask
from glmnn.data.sample import Kept
from glmnn.data.table import Table
from glmnn.data.variables import Roles, complete_rows

Check = Callable[[Table, Mask], None]  # refuses a cell that does not fit its role


@dataclass
class Typer:
    """Chunks to typed rows: those with every cell that the model needs, in order.

    Attributes
    ----------
    columns : tuple of Kept
    roles : Roles
    check : callable
        Refuses cells that do not fit their roles.
    missing : dict of str to int
        Missing cells by column, so far.
    weightless, given : int
        Rows of weight 0, and all rows, so far.
    packed : list of (int, bytes)
        Of each chunk its rows, and packed which of them are used; nothing where all are.
    """

    columns: tuple[Kept, ...]
    roles: Roles
    check: Check
    missing: dict[str, int] = field(default_factory=dict)
    weightless: int = 0
    given: int = 0
    packed: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(kept.name for kept in self.columns)

    def typed(self, table: Table) -> tuple[Array, Mask]:
        """Return the rows to use as numbers, and which they are.

        Raises
        ------
        DataError
            If a cell is missing and must not be, or is no number, or does not fit its role.
        """
        table = replace(table, so_far=" so far")
        values = np.empty((table.rows, len(self.columns)))
        for place, kept in enumerate(self.columns):
            values[:, place] = kept.typed(table)
        rows = np.ones(table.rows, dtype=bool)
        for place, kept in enumerate(self.columns):
            absent = values[:, place] < 0 if kept.text else np.isnan(values[:, place])
            if absent.any():
                if not self.roles.drop_missing:
                    complete_rows(table, [*self.names], drop=False)
                self.missing[kept.name] = self.missing.get(kept.name, 0) + int(absent.sum())
                rows &= ~absent
        if rows.any():
            self.check(table, rows)
        for place, kept in enumerate(self.columns):
            if kept.name in (self.roles.weights, self.roles.trials):
                empty = rows & (values[:, place] == 0)
                self.weightless += int(empty.sum())
                rows &= ~empty
        self.given += table.rows
        self.packed.append((table.rows, b"" if rows.all() else zlib.compress(np.packbits(rows).tobytes(), 1)))
        return (values if rows.all() else values[rows]), rows

    @property
    def counts(self) -> dict[str, int]:
        """Missing cells by column, in the order of the columns."""
        return {name: self.missing[name] for name in self.names if name in self.missing}
