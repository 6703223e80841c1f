"""Which columns a model needs, each fetched and checked once, and the rows in which all of them are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from glmnn.arrays import Mask
from glmnn.data.factors import check_factor, factors_among
from glmnn.data.formula.formula import Formula
from glmnn.data.formula.parse import parse_formula, split_formula
from glmnn.data.table import Column, Table
from glmnn.errors import DataError, OptionError, UsageError, listed, option, printable, quoted, reading

LEVELS, DATES, GROUPS = "levels", "dates", "groups"
WIDEST = 5_000  # columns of a design that may have more of them than rows: p x p numbers are needed several times


@dataclass(frozen=True)
class Roles:
    """Which column plays which part.

    Attributes
    ----------
    target : str or None
        The response; None takes the formula's left side or the column called y.
    features : tuple of str
        Columns of the design; empty takes every column without another role.
    formula : str or None
        Instead of features.
    intercept : bool
        Whether there is a constant column.
    weights, offset, exposure, trials, cluster : str or None
        Prior weights; a term added to eta; a factor on the mean (log link); the number of trials of each row; which
        rows belong together.
    frequencies : bool
        The weights count equal rows, so they must be whole numbers.
    references : dict of str to str
        Base level of factors.
    rates : bool
        The weights may be the exposures of rates, which are counts divided by them.
    event : str or None
        Level of the response that counts as 1.
    outcomes : tuple of str
        Levels of a response in words, the one that counts as 1 last.
    drop_missing : bool
        Leave out rows with a missing cell in a column of the model, rather than refuse them.
    """

    target: str | None = None
    features: tuple[str, ...] = ()
    formula: str | None = None
    intercept: bool = True
    weights: str | None = None
    offset: str | None = None
    exposure: str | None = None
    trials: str | None = None
    cluster: str | None = None
    frequencies: bool = False
    references: dict[str, str] = field(default_factory=dict)
    drop_missing: bool = False
    rates: bool = False
    event: str | None = None
    outcomes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Variables:
    """The columns of a model.

    Attributes
    ----------
    table : Table
    roles : Roles
    target : str
    features : tuple of str
        Columns of the design; empty where there is a formula.
    formula : Formula or None
        Its right side.
    rows : ndarray of bool
        Where every column has a value.
    notes : tuple of str
        What was left out.
    """

    table: Table
    roles: Roles
    target: str
    features: tuple[str, ...]
    formula: Formula | None
    rows: Mask = field(repr=False)
    notes: tuple[str, ...] = ()


@reading("target")
def find_target(table: Table, roles: Roles) -> str:
    """Return the name of the response column.

    Raises
    ------
    DataError, UsageError
        If none is named and there is no column called y.
    """
    if roles.formula is not None:
        with reading("formula"):
            left, _ = split_formula(roles.formula)
        if roles.target not in (None, left):
            raise OptionError(
                "target", f"{printable(roles.target)} is not the left side of the formula, {printable(left)}"
            )
        if roles.features:
            raise UsageError(f"give {option('features')} or {option('formula')}, not both")
        with reading("formula"):
            table.column(left, "target")
        return left
    if roles.target is not None:
        table.column(roles.target, "target")
        return roles.target
    if "y" in table.columns:
        return "y"
    raise DataError(
        f"{table.source}: which column is the target? None is called 'y': give {option('target')} with one of "
        f"{listed(table.columns)}{table.separator_hint()}"
    )


def is_zero_one(table: Table, target: str) -> bool:
    """Say whether every given cell of the column is 0 or 1."""
    numbers = table.column(target, "target").numbers
    if numbers is None:
        return False
    legal = numbers == (numbers != 0.0)
    return bool(legal.all() or (legal | np.isnan(numbers)).all())


def select(table: Table, roles: Roles, target: str) -> Variables:
    """Return the columns of a model, which are all there, and the rows without a missing cell.

    Raises
    ------
    DataError
        If a column or a cell is missing; the message names file, line and column.
    UsageError
        If the roles contradict each other.
    """
    taken = _taken(table, roles, target)
    formula = None if roles.formula is None else _right_side(table, roles, target, taken)
    features = _features(table, roles, target, taken) if formula is None else ()
    if len(features) > max(table.rows, WIDEST):
        raise DataError(
            f"{table.source}: {len(features)} columns for a model, but only {table.rows} rows: there is no unique "
            f"maximum; name fewer columns with {option('features')}"
        )
    cluster = [roles.cluster] if roles.cluster else []
    used = [target, *taken, *cluster, *(features if formula is None else formula.columns)]
    rows, notes = complete_rows(table, list(dict.fromkeys(used)), roles.drop_missing)
    return Variables(table, roles, target, features, formula, rows, (*table.notes, *notes))


def used_columns(table: Table, roles: Roles, target: str) -> tuple[list[str], dict[str, str]]:
    """Return the columns of a model by their names alone, and those whose names alone tell what is wanted of them.

    Those are `LEVELS` or `DATES` by a formula, or `GROUPS` of rows that belong together and nothing else.

    Raises
    ------
    DataError, UsageError
        As `select`, where the names suffice to tell.
    """
    taken = _taken(table, roles, target)
    formula = None if roles.formula is None else _right_side(table, roles, target, taken)
    features = _features(table, roles, target, taken) if formula is None else formula.columns
    kinds: dict[str, str] = {}
    if formula is not None:
        factors = formula.factors - formula.looked_up - formula.computed - formula.dates
        kinds = {formula.originals.get(name, name): LEVELS for name in factors}
        kinds |= {formula.originals.get(name, name): DATES for name in formula.dates}
    cluster = [roles.cluster] if roles.cluster else []
    for name in cluster:
        table.column(name)
        if name not in (target, *taken, *features):
            kinds[name] = GROUPS
    return list(dict.fromkeys([target, *taken, *cluster, *features])), kinds


def _taken(table: Table, roles: Roles, target: str) -> dict[str, str]:
    """Return the option that each column with a part of its own was named by."""
    parts = {"weights": roles.weights, "offset": roles.offset, "exposure": roles.exposure, "trials": roles.trials}
    taken = {name: flag for flag, name in parts.items() if name is not None}
    for name, flag in taken.items():
        table.column(name, f"column for {option(flag)}")
        if name == target:
            raise OptionError(flag, f"{printable(name)}: this column is the target")
    return taken


@reading("formula")
def _right_side(table: Table, roles: Roles, target: str, taken: dict[str, str]) -> Formula:
    text = roles.formula or ""
    formula = parse_formula(
        split_formula(text)[1], tuple(name for name in table.columns if name not in (target, roles.cluster, *taken))
    )
    if target in formula.columns:
        raise UsageError(f"formula {quoted(text)}: the target {quoted(target)} is on the right side too")
    return formula


@reading("features")
def _features(table: Table, roles: Roles, target: str, taken: dict[str, str]) -> tuple[str, ...]:
    if roles.features:
        for name in roles.features:
            table.column(name, "feature")
            if name == target or name in taken:
                role = "target" if name == target else taken[name]
                raise UsageError(f"feature {quoted(name)} is already used as {role}")
        twice = sorted({name for name in roles.features if roles.features.count(name) > 1})
        if twice:
            raise UsageError(f"feature {quoted(twice[0])} is named twice")
        _check_factors(table, roles.features, named=True)
        return roles.features
    features = tuple(name for name in table.columns if name != target and name not in taken and name != roles.cluster)
    _check_factors(table, features, named=False)
    return features


def _check_factors(table: Table, features: tuple[str, ...], *, named: bool) -> None:
    for name in factors_among(table, features):
        check_factor(table, name, named=named)


def complete_rows(table: Table, names: list[str], drop: bool) -> tuple[Mask, tuple[str, ...]]:
    """Return the rows in which all these columns have a value, and what is said of the others.

    Raises
    ------
    DataError
        If a cell is missing and must not be, or no row is complete.
    """
    columns, rows = [table.column(name) for name in names], table.every_row
    gaps = {column.name: column.missing for column in columns if not column.complete}
    counts = {name: int(missing.sum()) for name, missing in gaps.items() if missing.any()}
    if counts and not drop:
        name, *others = counts
        codes = _missing_codes(table.column(name))
        also = "".join(f"; {counts[other]} in {quoted(other)}{_missing_codes(table.column(other))}" for other in others)
        raise DataError(
            f"{table.where(int(np.argmax(gaps[name])), name)}: the cell is missing ({counts[name]} in this column"
            f"{codes}{also}{table.so_far}); fill it, or give {option('na', 'drop')} to leave such rows out"
        )
    for name in counts:
        rows = rows & ~gaps[name]
    if not counts:
        return rows, ()
    if not rows.any():
        raise every_row_missing(table.source, counts)
    counted = ", ".join(f"{count} in {quoted(name)}" for name, count in counts.items())
    return rows, (f"{int((~rows).sum())} of {table.rows} rows left out for missing cells: {counted}",)


def every_row_missing(source: str, counts: Mapping[str, int]) -> DataError:
    """Return the error that no row is complete, from the missing cells of each column."""
    worst = max(counts, key=lambda name: counts[name])
    return DataError(
        f"{source}: every row has a missing cell in a column of the model ({counts[worst]} are missing in "
        f"{quoted(worst)})"
    )


def _missing_codes(column: Column) -> str:
    """Return how missing cells are written, where that is not only blank."""
    codes = column.missing_codes
    told = ", ".join(f"{count} {quoted(code) if code else 'blank'}" for code, count in codes.items())
    return f": {told}" if any(codes) else ""
