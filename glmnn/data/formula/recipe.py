"""How other rows than those that were fitted become rows of the same design."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from glmnn.arrays import Array, Mask, chosen
from glmnn.data.formula.formula import Formula
from glmnn.data.formula.levels import MOST_LEVELS, Term, Terms
from glmnn.data.formula.main_effects import Indicators, Levelled, written
from glmnn.data.formula.names import INTERCEPT
from glmnn.data.formula.parse import parse_formula, split_formula
from glmnn.data.formula.state import ABSENT, NEW, State, TransformState, codes_of
from glmnn.data.table import Table
from glmnn.errors import DataError, UsageError, listed, option, quoted, unknown


@dataclass(frozen=True)
class Recipe:
    """Columns or a formula, and what it remembers.

    Attributes
    ----------
    formula : str
        What was fitted; with columns in the place of a lone dot.
    features : tuple of str or None
        Columns of the design as they are; None where the formula makes them.
    intercept : bool
    levels, states, categories : dict
        See `TransformState`.
    """

    formula: str = ""
    features: tuple[str, ...] | None = ()
    intercept: bool = True
    levels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    categories: dict[str, tuple[float | bool, ...]] = field(default_factory=dict)

    @property
    def memory(self) -> TransformState:
        """What the formula remembers."""
        return TransformState(self.levels, self.states, self.categories)

    @cached_property
    def parsed(self) -> Formula | None:
        """The right side of the formula, found harmless; None where columns are taken as they are."""
        return None if self.features is not None else parse_formula(split_formula(self.formula)[1])

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns it needs."""
        return self.features or () if self.parsed is None else self.parsed.columns

    def check(self, target: str) -> None:
        """Refuse what no design has made; the formula is read anew, and nothing in it ever runs.

        Raises
        ------
        UsageError
            If the formula cannot be read, has the target on the wrong side, or the levels cannot be.
        """
        if self.features is not None and (self.states or self.categories):
            raise UsageError("design.features are columns as they are: there can be no states or categories")
        if self.features is None and split_formula(self.formula)[0] != target:
            raise UsageError(f"target {quoted(target)} is not the left side of design.formula")
        if target in self.columns or len(set(self.columns)) < len(self.columns):
            raise UsageError("design: a column stands in it twice, or is the target")
        for name, levels in self.levels.items():
            if not 0 < len(levels) <= MOST_LEVELS or len(set(levels)) < len(levels) or "" in levels:
                raise UsageError(f"design.levels {quoted(name)} must be 1 to {MOST_LEVELS} names, each once")
            if name not in self.columns:
                raise UsageError(f"design.levels: {unknown('column', name, self.columns)}")

    def missing(self, table: Table, forgive: bool) -> dict[str, Mask]:
        """Return, by column, which rows have no value there.

        Parameters
        ----------
        table : Table
        forgive : bool
            Take a level that was not fitted for a missing cell, rather than refuse it.

        Raises
        ------
        DataError
            If there is no such column, or it has a level that was not fitted; it names line, level and known levels.
        """
        missing: dict[str, Mask] = {}
        for name in self.columns:
            column = table.column(name, "feature")
            if name not in self.levels:
                missing[name] = (
                    np.isnan(table.numbers(name)) if self.parsed is None else self.parsed.missing(table, name)
                )
                continue
            levels = self.levels[name]
            codes = codes_of(table, name, levels)
            if np.any(codes == NEW) and not forgive:
                row = int(np.argmax(codes == NEW))
                cell = column.cells[row].strip() if len(column.cells) else column.coded[row]
                raise DataError(
                    f"{table.where(row, name)}: the model does not know the level {quoted(cell)}; it knows "
                    f"{listed(levels)}. Give {option('new_levels', 'missing')} to treat it as a missing cell"
                )
            missing[name] = (codes == NEW) | (codes == ABSENT)
        return missing

    def terms(self, table: Table, rows: Mask) -> Terms:
        """Return the rows of the design; none of them has a missing cell or an unknown level."""
        if self.parsed is None:
            return plain_terms(table, self.columns, rows, self.intercept, self.levels)
        return self.parsed.terms_again(table, rows, self.memory, self.intercept)


def plain_terms(
    table: Table, features: tuple[str, ...], rows: Mask, intercept: bool, levels: dict[str, tuple[str, ...]]
) -> Terms:
    """Return columns as they are, after that of the intercept, and factors by their levels without the base.

    Without an intercept the first factor has a column for its base too, as in a formula.
    """
    parts = [Term(INTERCEPT, frozenset(), (INTERCEPT,))] if intercept else []
    full = next((name for name in features if name in levels and not intercept), None)
    for name in features:
        dummies = [f"[T.{level}]" for level in levels.get(name, ())[1:]]
        if name == full:
            dummies = [f"[{level}]" for level in levels[name]]
        columns = tuple(f"{name}{dummy}" for dummy in dummies) if name in levels else (name,)
        parts.append(Term(name, frozenset({name}), columns))
    made: list[float | Array | Indicators] = []
    for part in parts:
        known = levels.get(part.name, ())
        if not part.factors:
            made.append(1.0)
        elif known:
            codes = codes_of(table, part.name, known)[rows]
            made.append(Levelled(codes, known).indicators(len(known) - len(part.columns)))
        else:
            made.append(chosen(table.numbers(part.name, "feature"), rows))
    X = written(int(rows.sum()), made)
    names = tuple(column for part in parts for column in part.columns)
    return Terms(names, X, levels, TransformState(levels), tuple(part for part in parts if part.factors))
