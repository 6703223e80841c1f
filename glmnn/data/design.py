"""Columns or a formula to the design matrix, with names, levels, weights, offset and trials."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from glmnn.arrays import Array, Block, Mask
from glmnn.data.dataset import Dataset, InMemory
from glmnn.data.formula.parse import INTERCEPT, Terms, levels_of, parse_formula, split_formula
from glmnn.data.formula.recipe import Recipe, plain_terms
from glmnn.data.table import Table
from glmnn.errors import DataError, OptionError, UsageError, listed, option, printable, quoted
from glmnn.models.families import counts_behind
from glmnn.models.families.family import REAL, Family

FEWEST_CLASSES = 2
RATES = (
    f"for rates give the counts with {option('exposure')}, or the exposures as {option('weights')} with "
    f"{option('weights_type', 'var')}"
)
NO_RATES = f"for rates give the counts with {option('exposure')} (rates with weights would have another variance)"
WIDEST = 5_000  # columns of a design that may have more of them than rows: p x p numbers are needed several times
SMALLEST = 1e-300  # of the largest cell of a column: the slope is about its inverse


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


def find_target(table: Table, roles: Roles) -> str:
    """Return the name of the response column.

    Raises
    ------
    DataError, UsageError
        If none is named and there is no column called y.
    """
    if roles.formula is not None:
        left, _ = split_formula(roles.formula)
        if roles.target not in (None, left):
            raise OptionError(
                "target", f"{printable(roles.target)} is not the left side of the formula, {printable(left)}"
            )
        if roles.features:
            raise UsageError(f"give {option('features')} or {option('formula')}, not both")
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
    return numbers is not None and bool(np.all(np.isin(numbers[~np.isnan(numbers)], (0.0, 1.0))))


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
    parts = {"weights": roles.weights, "offset": roles.offset, "exposure": roles.exposure, "trials": roles.trials}
    taken = {name: flag for flag, name in parts.items() if name is not None}
    for name, flag in taken.items():
        table.column(name, f"column for {option(flag)}")
        if name == target:
            raise OptionError(flag, f"{printable(name)}: this column is the target")
    parsed = None
    if roles.formula is not None:
        others = tuple(name for name in table.columns if name != target and name not in taken)
        parsed = parse_formula(split_formula(roles.formula)[1], others)
        if target in parsed.columns:
            raise UsageError(f"formula {quoted(roles.formula)}: the target {quoted(target)} is on the right side too")
    features = () if parsed is not None else _features(table, roles, target, taken)
    if len(features) > max(table.rows, WIDEST):
        raise DataError(
            f"{table.source}: {len(features)} columns for a model, but only {table.rows} rows: there is no unique "
            f"maximum; name fewer columns with {option('features')}"
        )
    used = [
        target,
        *taken,
        *([roles.cluster] if roles.cluster else []),
        *(parsed.columns if parsed is not None else features),
    ]
    for name in used:
        table.column(name)
    rows, notes = _complete_rows(table, list(dict.fromkeys(used)), roles.drop_missing)
    references = {name: level for name, level in roles.references.items() if family is not None or name != target}
    if parsed is not None:
        terms = parsed.terms(table, rows, references, roles.intercept)
        formula = roles.formula or ""
        if not roles.intercept and INTERCEPT not in terms.names:
            formula += " - 1"
        left = (roles.formula or "").partition("~")[0]
        recipe = Recipe(f"{left.strip()} ~ {parsed.expanded}", None, roles.intercept, **vars(terms.memory))
    else:
        if references:
            raise OptionError("ref", f"needs a factor, and factors need {option('formula')} with C(...)")
        terms, formula = _plain_terms(table, features, rows, roles.intercept, target)
        recipe = Recipe(formula, features, roles.intercept)
    if not terms.names:
        raise UsageError(f"the model has no columns at all: drop {option('intercept', False)} or name some features")
    classes: tuple[str, ...] = ()
    if family is None:
        y, prior_weight, classes = _classes(table, target, rows, roles)
    else:
        y, prior_weight = response_of(table, target, rows, roles, family)
    _check_sizes(table, np.flatnonzero(rows), terms.names, terms.X, prior_weight)
    if family is not None and family.support is REAL:
        _check_sizes(table, np.flatnonzero(rows), (target,), y[:, None], prior_weight)
    block = Block(terms.X, y, prior_weight, offset_of(table, rows, roles))
    block, rows, note = _without_zero_weights(block, rows)
    constant = not classes and np.all(block.y == block.y[0])
    always = (f"the target is constant: always {block.y[0]:g}",) if constant else ()
    told = (*notes, *note, *always, *_rates(family, block), *_told(terms))
    clusters = _clusters(table, rows, roles.cluster)
    return Design(InMemory(terms.names, block), target, formula, terms.levels, rows, told, clusters, classes, recipe)


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
        return roles.features
    features = tuple(name for name in table.columns if name != target and name not in taken and name != roles.cluster)
    for name in features:
        table.numbers(name, "feature")
    return features


def _plain_terms(
    table: Table, features: tuple[str, ...], rows: Mask, intercept: bool, target: str
) -> tuple[Terms, str]:
    if intercept and INTERCEPT in features:
        raise DataError(
            f"{table.source}: a column is called {INTERCEPT}; rename it or give {option('intercept', False)}"
        )
    right = " + ".join(map(_backticked, features)) or ("1" if intercept else "0")
    formula = f"{_backticked(target)} ~ {right}" + ("" if intercept or not features else " - 1")
    return plain_terms(table, features, rows, intercept), formula


def _backticked(name: str) -> str:
    return name if name.isidentifier() else f"`{name}`"


def _complete_rows(table: Table, names: list[str], drop: bool) -> tuple[Mask, list[str]]:
    rows = np.ones(table.rows, dtype=bool)
    counts: dict[str, int] = {}
    for name in names:
        missing = table.column(name).missing
        if missing.any():
            counts[name] = int(missing.sum())
            if not drop:
                row = int(np.argmax(missing))
                raise DataError(
                    f"{table.where(row, name)}: the cell is missing ({counts[name]} in this column); fill it, or "
                    f"give {option('na', 'drop')} to leave such rows out"
                )
            rows &= ~missing
    if not counts:
        return rows, []
    if not rows.any():
        worst = max(counts, key=lambda name: counts[name])
        raise DataError(
            f"{table.source}: every row has a missing cell in a column of the model ({counts[worst]} are missing in "
            f"{quoted(worst)})"
        )
    told = ", ".join(f"{count} in {quoted(name)}" for name, count in counts.items())
    return rows, [f"{int((~rows).sum())} of {table.rows} rows left out for missing cells: {told}"]


def _clusters(table: Table, rows: Mask, name: str | None) -> NDArray[np.intp] | None:
    if name is None:
        return None
    labels = np.array(table.column(name).labels, dtype=object)[rows]
    found, codes = np.unique(labels.astype(str), return_inverse=True)
    if found.size < 2:
        raise DataError(f"{table.source}: column {quoted(name)} has a single cluster; a covariance needs at least two")
    return np.asarray(codes, dtype=np.intp)


def response_of(table: Table, target: str, rows: Mask, roles: Roles, family: Family) -> tuple[Array, Array]:
    """Return y and prior weights; for grouped binomial rows the proportion and the number of trials."""
    y = table.numbers(target, "target")[rows]
    places = np.flatnonzero(rows)
    weights = np.ones(y.size)
    if roles.weights is not None:
        weights = table.numbers(roles.weights, "weight")[rows]
        _refuse(table, roles.weights, places, weights, weights < 0, "a weight cannot be negative")
        if roles.frequencies:
            whole = weights == np.round(weights)
            _refuse(table, roles.weights, places, weights, ~whole, "a frequency must be a whole number")
            if roles.trials is not None:
                raise UsageError(
                    f"frequency weights with {option('trials')}: multiply successes and trials by them instead"
                )
        if not weights.any():
            raise DataError(f"{table.source}: every weight in column {quoted(roles.weights)} is 0")
    if roles.trials is not None:
        if not family.trials:
            raise OptionError("trials", f"belongs to the binomial family, not to {family.name}")
        trials = table.numbers(roles.trials, "trials")[rows]
        if not trials.any():
            raise DataError(f"{table.source}: every cell of column {quoted(roles.trials)} is 0: there were no trials")
        whole = (trials == np.round(trials)) & (trials >= 0)
        _refuse(table, roles.trials, places, trials, ~whole, "trials must be a whole number, 0 or more")
        legal = (y == np.round(y)) & (y >= 0)
        _refuse(
            table, target, places, y, ~legal, f"with {option('trials')} the target counts successes, a whole number"
        )
        _refuse(table, target, places, y, y > trials, "there are more successes than trials")
        return y / np.where(trials > 0, trials, 1.0), weights * trials
    if family.trials and roles.weights is None:
        legal = (y == 0) | (y == 1)
        hint = (
            f"{family.name} needs 0 or 1 (or counts with {option('trials')}, or proportions with {option('weights')})"
        )
    else:
        legal = family.support.holds(y)
        hint = f"{family.name} needs {family.support.words}"
    _refuse(table, target, places, y, ~legal, hint)
    if family.support.whole and not (family.rates and roles.rates):
        told = RATES if family.rates else NO_RATES
        _refuse(table, target, places, y, y != np.round(y), f"{family.kind} needs whole numbers; {told}")
    return y, weights


def _rates(family: Family | None, block: Block) -> tuple[str, ...]:
    """Return what is said of a Poisson response that is not whole."""
    if family is None or not family.rates or np.all(block.y == np.round(block.y)):
        return ()
    told = "the response is taken for rates and the weights for exposures: the model of the counts with --exposure"
    if not np.all(counts_behind(block.y, block.prior_weight)[1]):
        return (f"{told}; rates times exposures are not whole, so there is no log-likelihood and no AIC",)
    return (told,)


def _classes(table: Table, target: str, rows: Mask, roles: Roles) -> tuple[Array, Array, tuple[str, ...]]:
    """Return the number of the class of each row, prior weights, and the labels, the base first."""
    for flag, name in (("trials", roles.trials), ("offset", roles.offset), ("exposure", roles.exposure)):
        if name is not None:
            raise OptionError(flag, "does not go with the multinomial family")
    labels = levels_of(table, target, rows, roles.references.get(target))
    if len(labels) < FEWEST_CLASSES:
        raise DataError(
            f"{table.source}: target {quoted(target)} is always {quoted(labels[0])}: classes need two or more"
        )
    numbers = {label: float(place) for place, label in enumerate(labels)}
    y = np.array([numbers[label] for label in np.array(table.column(target).labels, dtype=object)[rows]])
    return y, weights_of_classes(table, rows, roles), labels


def weights_of_classes(table: Table, rows: Mask, roles: Roles) -> Array:
    """Return the prior weights of rows whose response is a class."""
    if roles.weights is None:
        return np.ones(int(rows.sum()))
    weights = table.numbers(roles.weights, "weight")[rows]
    places = np.flatnonzero(rows)
    _refuse(table, roles.weights, places, weights, weights < 0, "a weight cannot be negative")
    if roles.frequencies:
        _refuse(
            table, roles.weights, places, weights, weights != np.round(weights), "a frequency must be a whole number"
        )
    return weights


def _refuse(table: Table, name: str, places: NDArray[np.intp], values: Array, bad: Mask, hint: str) -> None:
    if bad.any():
        first = int(np.argmax(bad))
        more = f" ({int(bad.sum())} such rows)" if bad.sum() > 1 else ""
        raise DataError(f"{table.where(int(places[first]), name)}: {values[first]:g}: {hint}{more}")


def _check_sizes(table: Table, places: NDArray[np.intp], names: tuple[str, ...], X: Array, prior_weight: Array) -> None:
    """Refuse a column whose weighted squares have no sum in float64, or whose slope would have none, by its name."""
    largest = np.maximum(X.max(axis=0), -X.min(axis=0))
    most = np.sqrt(np.finfo(float).max / max(len(X), float(prior_weight.sum()))) / 2.0
    for bad, what in ((largest > most, "large"), ((largest > 0) & (largest < SMALLEST), "small")):
        if bad.any():
            column = int(np.argmax(bad))
            row = int(np.argmax(np.abs(X[:, column])))
            raise DataError(
                f"{table.where(int(places[row]), names[column])}: {X[row, column]:g}, the largest of this column, is "
                f"too {what} to compute with: multiply the column by a power of ten that makes it about 1"
            )


def offset_of(table: Table, rows: Mask, roles: Roles) -> Array:
    """Return what is added to eta in the chosen rows: the offset and the logarithm of the exposure."""
    offset = np.zeros(int(rows.sum()))
    if roles.offset is not None:
        offset += table.numbers(roles.offset, "offset")[rows]
    if roles.exposure is not None:
        exposure = table.numbers(roles.exposure, "exposure")[rows]
        _refuse(table, roles.exposure, np.flatnonzero(rows), exposure, ~(exposure > 0), "an exposure must be positive")
        offset += np.log(exposure)
    return offset


def _without_zero_weights(block: Block, rows: Mask) -> tuple[Block, Mask, tuple[str, ...]]:
    """Leave out rows of weight 0, which say nothing but would count as degrees of freedom."""
    used = block.prior_weight > 0
    if not used.any():
        raise DataError("every row has weight 0 or no trials: there is nothing to fit")
    if used.all():
        return block, rows, ()
    rows = rows.copy()
    rows[np.flatnonzero(rows)[~used]] = False
    return block.rows(used), rows, (f"{int((~used).sum())} rows of weight 0 left out",)


def _told(terms: Terms) -> tuple[str, ...]:
    return tuple(
        f"factor {quoted(name)}: {len(levels)} levels, base {quoted(levels[0])}"
        for name, levels in terms.levels.items()
    )
