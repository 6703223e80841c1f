"""Columns or a formula to the design matrix, with names, levels, weights, offset and trials."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from glmnn.arrays import Array, Block, Mask, extent
from glmnn.data.dataset import Dataset, InMemory
from glmnn.data.factors import factors_among
from glmnn.data.formula.levels import Term, Terms, levels_of
from glmnn.data.formula.names import INTERCEPT
from glmnn.data.formula.recipe import Recipe, plain_terms
from glmnn.data.number_hint import shown_term
from glmnn.data.response import classes_of, offset_of, response_of, with_weight
from glmnn.data.suspicion import code_notes, level_notes
from glmnn.data.table import Table
from glmnn.data.variables import Roles, Variables, select
from glmnn.data.with_ones import WithOnes
from glmnn.errors import DataError, OptionError, UsageError, listed, option, printable, quoted, reading
from glmnn.models.families import counts_behind
from glmnn.models.families.family import REAL, Family

FIRST = 100  # rows
MOST = float(np.finfo(float).max)
SMALLEST = 1e-300  # of the largest cell of a column: the slope is about its inverse


@dataclass(frozen=True)
class Design:
    """A data set ready to be fitted, with what the reader should know of how it came about.

    Attributes
    ----------
    data : Dataset
    target : str
    formula : str
        What was fitted, as a formula.
    levels : dict of str to tuple of str
        Levels of each factor, the base first.
    rows : ndarray of bool
        Which rows of the table were used.
    notes : tuple of str
        Sentences about rows left out, factors and the like.
    clusters : ndarray of int or None
        The cluster of each row of the data set, numbered from 0.
    classes : tuple of str
        Labels of a response that is a class, the base first; the response is then the number of the class.
    recipe : Recipe
        With which other rows become rows of the same design.
    parts : tuple of Term
        Which columns belong together.
    outcomes : tuple of str
        Levels of a response in words, the one that counts as 1 last.
    """

    data: Dataset
    target: str
    formula: str
    levels: dict[str, tuple[str, ...]]
    rows: Mask = field(repr=False)
    notes: tuple[str, ...] = ()
    clusters: NDArray[np.intp] | None = field(default=None, repr=False)
    classes: tuple[str, ...] = ()
    recipe: Recipe = Recipe()
    parts: tuple[Term, ...] = ()
    outcomes: tuple[str, ...] = ()


def make_design(table: Table, roles: Roles, target: str, family: Family | None) -> Design:
    """Return the design matrix with response, prior weights and offset.

    Parameters
    ----------
    table : Table
    roles : Roles
    target : str
    family : Family or None
        None for a response that is a class.

    Raises
    ------
    DataError
        If a cell does not fit its role; the message names file, line, column and value.
    UsageError
        If the roles contradict each other.
    """
    return design(select(table, roles, target), family)


def design(variables: Variables, family: Family | None) -> Design:
    """Return the design matrix of the columns of a model, with what belongs to each row.

    Raises
    ------
    DataError, UsageError
        As `make_design`.
    """
    table, roles, target = variables.table, variables.roles, variables.target
    rows = with_weight(table, variables.rows, roles)
    left_out: tuple[str, ...] = ()
    if rows is not variables.rows and (lost := int((variables.rows & ~rows).sum())):
        if family is not None:
            response_of(table, target, variables.rows, roles, family)  # what it refuses there, too
        variables, left_out = replace(variables, rows=rows), (f"{lost} rows of weight 0 left out",)
    terms, formula, recipe = _terms(variables, family)
    classes: tuple[str, ...] = ()
    if family is None:
        y, prior_weight, classes = classes_of(table, target, rows, roles)
    else:
        y, prior_weight = response_of(table, target, rows, roles, family)
    block = Block(terms.X, y, prior_weight, offset_of(table, rows, roles))
    data = (WithOnes if terms.ones else InMemory)(terms.names, block)
    ends, weight = table.ends if terms.ones else None, data.summary.weight
    _check_sizes(table, rows, terms.names[int(terms.ones) :], terms.X, weight, ends)
    if family is not None and family.support is REAL:
        _check_sizes(table, rows, (target,), y[:, None], weight)
    constant = not classes and data.summary.least == data.summary.largest
    always = (f"the target is constant: always {y[0]:g}",) if constant else ()
    codes = _codes(block, terms, ends)
    return Design(
        data=data,
        target=target,
        formula=formula,
        levels=terms.levels,
        rows=rows,
        notes=(
            *variables.notes,
            *left_out,
            *always,
            *_rates(family, block),
            *codes,
            *level_notes({**terms.levels, **({target: classes} if classes else {})}),
            *_told(terms),
        ),
        clusters=_clusters(table, rows, roles.cluster),
        classes=classes,
        recipe=recipe,
        parts=terms.parts,
        outcomes=roles.outcomes,
    )


def _terms(variables: Variables, family: Family | None) -> tuple[Terms, str, Recipe]:
    """Return the columns of the design matrix, the formula that they are, and how other rows become the same."""
    table, roles, parsed = variables.table, variables.roles, variables.formula
    references = {
        name: level for name, level in roles.references.items() if family is not None or name != variables.target
    }
    if parsed is not None:
        formula = roles.formula or ""
        with reading("formula"):
            terms = parsed.terms(table, variables.rows, references, roles.intercept)
        recipe = Recipe(
            f"{formula.partition('~')[0].strip()} ~ {parsed.expanded}", None, roles.intercept, **vars(terms.memory)
        )
        if not roles.intercept and INTERCEPT not in terms.names:
            formula += " - 1"
    else:
        terms, formula = _plain_terms(variables, references)
        recipe = Recipe(formula, variables.features, roles.intercept, terms.levels)
    if not terms.names:
        raise UsageError(f"the model has no columns at all: drop {option('intercept', False)} or name some features")
    return terms, formula, recipe


def _plain_terms(variables: Variables, references: dict[str, str]) -> tuple[Terms, str]:
    table, features, intercept = variables.table, variables.features, variables.roles.intercept
    if intercept and INTERCEPT in features:
        raise DataError(
            f"{table.source}: a column is called {INTERCEPT}; rename it or give {option('intercept', False)}"
        )
    factors = factors_among(table, features)
    levels = {name: levels_of(table, name, variables.rows, references.get(name)) for name in factors}
    for name in references:
        if name not in levels:
            table.column(name)
            hint = f"{printable(name)}: this column is not a factor; write C({shown_term(name)}) in {option('formula')}"
            raise OptionError("ref", hint)
    parts, formula = _spelled(variables.target, features, intercept)
    whole = table.matrix is not None and not levels and table.takes_all(variables.rows)
    if intercept and table.matrix is not None and whole and features == (*table.columns,)[: len(features)]:
        return Terms((INTERCEPT, *features), table.matrix[:, : len(features)], {}, parts=parts, ones=True), formula
    return plain_terms(table, features, variables.rows, intercept, levels), formula


@lru_cache(64)  # a small fit takes not much longer
def _spelled(target: str, features: tuple[str, ...], intercept: bool) -> tuple[tuple[Term, ...], str]:
    """Return the terms of columns of numbers, and the formula of columns."""
    right = " + ".join(map(_backticked, features)) or ("1" if intercept else "0")
    formula = f"{_backticked(target)} ~ {right}" + ("" if intercept or not features else " - 1")
    return tuple(Term(name, frozenset({name}), (name,)) for name in features), formula


def _backticked(name: str) -> str:
    return name if name.isidentifier() else f"`{name}`"


def _clusters(table: Table, rows: Mask, name: str | None) -> NDArray[np.intp] | None:
    if name is None:
        return None
    labels, codes = np.unique(table.column(name).coded.codes[rows], return_inverse=True)
    if labels.size < 2:
        raise DataError(f"{table.source}: column {quoted(name)} has a single cluster; a covariance needs at least two")
    return np.asarray(codes, dtype=np.intp)


def _rates(family: Family | None, block: Block) -> tuple[str, ...]:
    """Return what is said of a Poisson response that is not whole."""
    if family is None or not family.rates or np.all(block.y == np.round(block.y)):
        return ()
    note = "the response is taken for rates and the weights for exposures: the model of the counts with --exposure"
    if not np.all(counts_behind(block.y, block.prior_weight)[1]):
        return (f"{note}; rates times exposures are not whole, so there is no log-likelihood and no AIC",)
    return (note,)


def _check_sizes(
    table: Table,
    rows: Mask,
    names: tuple[str, ...],
    X: Array,
    weight: float,
    ends: tuple[float, float] | None = None,
) -> None:
    """Refuse a column whose weighted squares have no sum in float64, or whose slope would have none, by its name."""
    most = sqrt(MOST / max(len(X), weight)) / 2.0
    # all at once, and a few rows of each column, settle it for ordinary columns in a fraction of the time
    legal = X.size and max(map(abs, ends or extent(X))) <= most
    if legal and (np.abs(X[0]).min() >= SMALLEST or np.abs(X[:FIRST]).max(axis=0).min() >= SMALLEST):
        return
    largest = np.maximum(X.max(axis=0), -X.min(axis=0))
    for bad, what in ((largest > most, "large"), ((largest > 0) & (largest < SMALLEST), "small")):
        if bad.any():
            column = int(np.argmax(bad))
            row = int(np.argmax(np.abs(X[:, column])))
            where = table.where(int(np.flatnonzero(rows)[row]), names[column])
            raise DataError(
                f"{where}: {X[row, column]:g}, the largest of this column, is "
                f"too {what} to compute with: multiply the column by a power of ten that makes it about 1"
            )


def _codes(block: Block, terms: Terms, ends: tuple[float, float] | None) -> tuple[str, ...]:
    return code_notes(block.X, terms.names[int(terms.ones) :], ends)


def _told(terms: Terms) -> tuple[str, ...]:
    if not terms.levels:
        return ()
    factors = [f"{printable(name)} ({_coding(name, levels, terms)})" for name, levels in terms.levels.items()]
    return (f"factors: {listed(factors)}",)


def _coding(name: str, levels: tuple[str, ...], terms: Terms) -> str:
    """Say against what the effects of a factor are held."""
    written = (name, f"`{name}`")
    if any(f"C({item}, contr." in column for column in terms.names for item in written):
        return "contrasts of the formula"
    starts = [f":{way}[" for item in written for way in (item, f"C({item})")]
    columns = [f":{column}" for column in terms.names]
    base = printable(levels[0])
    if any(f"{start}T." in column for column in columns for start in starts):
        return f"base {base}"
    single = len(levels) == 1 and not any(start in column for column in columns for start in starts)
    return f"{base} in every row, so left out" if single else "every level"
