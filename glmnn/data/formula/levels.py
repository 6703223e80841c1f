"""The columns of a formula, and the levels of its factors."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from glmnn.arrays import Array, Mask
from glmnn.data.cells import parse_number
from glmnn.data.formula.state import TransformState
from glmnn.data.table import Table
from glmnn.errors import DataError, OptionError, UsageError, printable, quoted, unknown

MOST_TERMS, MOST_LEVELS, MOST_SHOWN = 1_000, 500, 200
MOST_COLUMNS = 3_000


@dataclass(frozen=True)
class Term:
    """One term of a formula.

    Attributes
    ----------
    name : str
    factors : frozenset of str
        What it is the product of, as the formula has it: one, or several of an interaction.
    columns : tuple of str
        Names of its columns in the design.
    """

    name: str
    factors: frozenset[str]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Terms:
    """The columns that a formula makes.

    Attributes
    ----------
    names : tuple of str
        Names of the p columns.
    X : ndarray of shape (rows, p)
    levels : dict of str to tuple of str
        Levels of each factor, the base first.
    memory : TransformState
        With which the same columns can be made of other rows.
    parts : tuple of Term
        Which columns belong together; the intercept belongs to none.
    ones : bool
        The first column is ones, and X does not have it.
    """

    names: tuple[str, ...]
    X: Array
    levels: dict[str, tuple[str, ...]]
    memory: TransformState = TransformState()
    parts: tuple[Term, ...] = ()
    ones: bool = False


def parts_of(places: Mapping[Any, list[int]], names: tuple[str, ...], named: Callable[[str], str]) -> tuple[Term, ...]:
    """Return the terms of a formula from the places of their columns; `named` puts the column names back."""
    return tuple(
        Term(
            named(str(term)),
            frozenset(named(factor.expr) for factor in term.factors),
            tuple(names[place] for place in found),
        )
        for term, found in places.items()
        if str(term) != "1"
    )


def levels_of(table: Table, name: str, rows: Mask, reference: str | None) -> tuple[str, ...]:
    """Return the levels of a column in the chosen rows, sorted, but the reference first.

    Raises
    ------
    DataError, UsageError
        If there are too many, or the reference is none of them.
    """
    column = table.column(name)
    codes = column.coded.codes[rows]
    levels = sorted(column.coded.texts[code] for code in np.unique(codes[codes >= 0]).tolist())
    if not column.truth and all(parse_number(label) is not None for label in column.coded.texts):
        levels.sort(key=float)
    if column.categories:
        levels.sort(key=column.categories.index)
    if len(levels) > MOST_LEVELS:
        raise DataError(
            f"{table.source}: factor {quoted(name)} has {len(levels)} levels in {codes.size} rows; "
            f"{MOST_LEVELS} are the most (is it an identifier?)"
        )
    if reference is None:
        return tuple(levels)
    if reference not in levels:
        raise OptionError("ref", f"{printable(name)}={printable(reference)}: {unknown('level', reference, levels)}")
    return (reference, *(level for level in levels if level != reference))


def refuse_products(parsed: Any, levels: dict[str, tuple[str, ...]], originals: dict[str, str], text: str) -> None:
    """Refuse interactions of factors that would make more columns than any model has."""
    columns = 0
    for term in parsed:
        sizes = []
        for factor in term.factors:
            inside = set(re.findall(r"\w+", str(factor.expr)))
            sizes += [len(texts) for name, texts in levels.items() if inside & {name, *_standing_for(name, originals)}]
            sizes += [
                max(map(int, re.findall(r"\b\d+\b", factor.expr)), default=1)
                * any(f"{function}(" in factor.expr for function in ("bs", "ns", "poly"))
            ]
        columns += prod(max(size, 1) for size in sizes)
    if columns > MOST_COLUMNS:
        raise UsageError(f"formula {quoted(text)} makes about {columns} columns; {MOST_COLUMNS} are the most")


def _standing_for(name: str, originals: dict[str, str]) -> list[str]:
    return [place for place, original in originals.items() if original == name]


def check_finite(X: Array, names: tuple[str, ...], rows: Mask, table: Table) -> None:
    """Refuse a term that is not finite in some row, by its line."""
    if X.size and np.isfinite(X.min()) and np.isfinite(X.max()):
        return
    bad = np.argwhere(~np.isfinite(X))
    if bad.size:
        row, column = bad[0]
        line = table.where(int(np.flatnonzero(rows)[row]), names[column])
        raise DataError(f"{line}: the term is {X[row, column]:g} here (a logarithm or root out of range?)")
