"""Response, prior weights and offset of the rows of a model: what each may be, and its first cell that is not."""

from __future__ import annotations

import numpy as np

from glmnn.arrays import Array, Mask
from glmnn.data.formula.levels import levels_of
from glmnn.data.formula.state import codes_of
from glmnn.data.outcomes import two_values, zero_one
from glmnn.data.table import Table
from glmnn.data.variables import Roles
from glmnn.errors import DataError, OptionError, UsageError, option, quoted
from glmnn.models.families import Family

FEWEST_CLASSES = 2
RATES = (
    f"for rates give the counts with {option('exposure')}, or the exposures as {option('weights')} with "
    f"{option('weights_type', 'var')}"
)
NO_RATES = f"for rates give the counts with {option('exposure')} (rates with weights would have another variance)"


def response_of(table: Table, target: str, rows: Mask, roles: Roles, family: Family) -> tuple[Array, Array]:
    """Return y and prior weights; for grouped binomial rows the proportion and the number of trials."""
    y = zero_one(table, target, roles.outcomes) if roles.outcomes else table.numbers(target, "target")
    y = y if table.takes_all(rows) else y[rows]
    weights = np.ones(y.size)
    if roles.weights is not None:
        weights = table.numbers(roles.weights, "weight")[rows]
        _refuse(table, roles.weights, rows, weights, weights < 0, "a weight cannot be negative")
        if roles.frequencies:
            whole = weights == np.round(weights)
            _refuse(table, roles.weights, rows, weights, ~whole, "a frequency must be a whole number")
            if roles.trials is not None:
                raise UsageError(
                    f"frequency weights with {option('trials')}: multiply successes and trials by them instead"
                )
    if roles.trials is not None:
        if not family.trials:
            raise OptionError("trials", f"belongs to the binomial family, not to {family.name}")
        trials = table.numbers(roles.trials, "trials")[rows]
        whole = (trials == np.round(trials)) & (trials >= 0)
        _refuse(table, roles.trials, rows, trials, ~whole, "trials must be a whole number, 0 or more")
        legal = (y == np.round(y)) & (y >= 0)
        _refuse(table, target, rows, y, ~legal, f"with {option('trials')} the target counts successes, a whole number")
        _refuse(table, target, rows, y, y > trials, "there are more successes than trials")
        return y / np.where(trials > 0, trials, 1.0), weights * trials
    single = family.trials and roles.weights is None
    legal = y == (y != 0.0) if single else family.support.holds(y)
    if np.count_nonzero(legal) < y.size:
        two = two_values(table, target) if single else ""
        ways = f"{two}{', ' if two else ''}or counts with {option('trials')}, or proportions with {option('weights')}"
        needs = f"0 or 1 ({ways})" if single else family.support.words
        _refuse(table, target, rows, y, ~legal, f"{family.name} needs {needs}")
    if family.support.whole and not (family.rates and roles.rates):
        advice = RATES if family.rates else NO_RATES
        _refuse(table, target, rows, y, y != np.round(y), f"{family.kind} needs whole numbers; {advice}")
    return y, weights


def with_weight(table: Table, rows: Mask, roles: Roles) -> Mask:
    """Return which of the rows have neither weight 0 nor no trials: those say nothing, but would count as residuals.

    Raises
    ------
    DataError
        If there is none.
    """
    if roles.weights is None and roles.trials is None:
        return rows
    for name in filter(None, (roles.weights, roles.trials)):
        numbers = table.column(name).numbers
        if numbers is not None:
            rows = rows & (numbers != 0)
    if not rows.any():
        raise without_weight(table.source, roles)
    return rows


def without_weight(source: str, roles: Roles) -> DataError:
    """Return the error that every row has weight 0 or no trials."""
    if roles.weights is None:
        return DataError(f"{source}: every cell of column {quoted(roles.trials)} is 0: there were no trials")
    if roles.trials is None:
        return DataError(f"{source}: every weight in column {quoted(roles.weights)} is 0")
    return DataError(f"{source}: every row has weight 0 or no trials: there is nothing to fit")


def classes_of(table: Table, target: str, rows: Mask, roles: Roles) -> tuple[Array, Array, tuple[str, ...]]:
    """Return the number of the class of each row, prior weights, and the labels, the base first."""
    for flag, name in (("trials", roles.trials), ("offset", roles.offset), ("exposure", roles.exposure)):
        if name is not None:
            raise OptionError(flag, "cannot be combined with the multinomial family")
    labels = levels_of(table, target, rows, roles.references.get(target))
    if len(labels) < FEWEST_CLASSES:
        raise DataError(
            f"{table.source}: target {quoted(target)} is always {quoted(labels[0])}: classes need two or more"
        )
    return codes_of(table, target, labels)[rows].astype(float), weights_of_classes(table, rows, roles), labels


def weights_of_classes(table: Table, rows: Mask, roles: Roles) -> Array:
    """Return the prior weights of rows whose response is a class."""
    if roles.weights is None:
        return np.ones(int(rows.sum()))
    weights = table.numbers(roles.weights, "weight")[rows]
    _refuse(table, roles.weights, rows, weights, weights < 0, "a weight cannot be negative")
    if roles.frequencies:
        _refuse(table, roles.weights, rows, weights, weights != np.round(weights), "a frequency must be a whole number")
    return weights


def offset_of(table: Table, rows: Mask, roles: Roles) -> Array:
    """Return what is added to eta in the chosen rows: the offset and the logarithm of the exposure."""
    offset = np.zeros(np.count_nonzero(rows))
    if roles.offset is not None:
        offset += table.numbers(roles.offset, "offset")[rows]
    if roles.exposure is not None:
        exposure = table.numbers(roles.exposure, "exposure")[rows]
        _refuse(table, roles.exposure, rows, exposure, ~(exposure > 0), "an exposure must be positive")
        offset += np.log(exposure)
    return offset


def _refuse(table: Table, name: str, rows: Mask, values: Array, bad: Mask, hint: str) -> None:
    if bad.any():
        first = int(np.argmax(bad))
        more = f" ({int(bad.sum())} such rows{table.so_far})" if bad.sum() > 1 else ""
        raise DataError(f"{table.where(int(np.flatnonzero(rows)[first]), name)}: {values[first]:g}: {hint}{more}")
