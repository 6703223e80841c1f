"""The rows of a fit with what it says of each, in broom's names, and residuals of one kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from glmnn.arrays import Array
from glmnn.data.cells import parse_number
from glmnn.data.table import Column
from glmnn.diagnostics.rows import Rows, rows_of
from glmnn.errors import NeedsAllRows, UsageError, option, quoted, unknown
from glmnn.fitting.compare import SolverComparison
from glmnn.fitting.estimate import Maximum
from glmnn.models.glm import has_one_output

AUGMENTED = {  # broom's names where it has them, and where they come from
    ".fitted": "mean", ".eta": "eta", ".resid": "deviance", ".resid.pearson": "pearson", ".resid.quantile": "quantile",
    ".std.resid": "standardized", ".hat": "leverage", ".sigma": "sigma", ".cooksd": "cooks_distance",
}  # fmt: skip
RESIDUALS = ("deviance", "pearson", "quantile", "response", "working", "standardized", "standardized_pearson")


def fitted_rows(comparison: SolverComparison) -> Rows:
    """Return what a fit says of each row that it used.

    Raises
    ------
    UsageError
        If there is no maximum, or the response is one of several classes.
    """
    if comparison.estimate.table.stream is not None:
        rows, instead = comparison.estimate.design.data.rows, f"give {option('engine', 'memory')}"
        raise NeedsAllRows("what is said of each row", rows, f"{instead}, or {option('sample')} with a number of rows")
    estimate = comparison.estimate
    if not has_one_output(estimate.model):
        raise UsageError("the rows of a model of several classes have no residuals here; glmnn predict has their means")
    if not isinstance(estimate.outcome, Maximum):
        raise UsageError("there are no residuals where there is no maximum")
    return rows_of(estimate.problem, estimate.maximum, estimate.reference.rest, comparison.spec.options.seed)


def residuals_of(comparison: SolverComparison, kind: str) -> Array:
    """Return residuals of a kind, shape (rows used,).

    Raises
    ------
    UsageError
        If there is no such kind, or none at all.
    """
    if kind not in RESIDUALS:
        raise UsageError(unknown("kind of residual", kind, RESIDUALS))
    residuals: Array = getattr(fitted_rows(comparison), kind)
    return residuals


def augmented(comparison: SolverComparison) -> dict[str, Array]:
    """Return the columns that the fit adds to its rows, by broom's names.

    Raises
    ------
    UsageError
        If there are none, or the data have a column of such a name.
    """
    rows = fitted_rows(comparison)
    taken = next((name for name in AUGMENTED if name in comparison.estimate.table.columns), None)
    if taken is not None:
        raise UsageError(f"{comparison.estimate.table.source}: there is a column {quoted(taken)} already")
    return {name: getattr(rows, source) for name, source in AUGMENTED.items()}


def augmented_rows(comparison: SolverComparison) -> Iterator[Sequence[object]]:
    """Yield the rows that were fitted, the header first: the cells of the data, then the columns of the fit."""
    estimate = comparison.estimate
    added, used = augmented(comparison), np.flatnonzero(estimate.design.rows)
    columns = [as_written(column) for column in estimate.table.columns.values()]
    yield *estimate.table.columns, *added
    for place, values in zip(used.tolist(), zip(*(item.tolist() for item in added.values()), strict=True), strict=True):
        yield *(column[place] for column in columns), *("" if value != value else value for value in values)


def as_written(column: Column) -> Sequence[object]:
    """Return the cells of a column: as they are in the file, numbers with a decimal point, or its numbers."""
    if column.numbers is None:
        return column.cells
    if len(column.cells):
        pairs = zip(column.cells, column.numbers.tolist(), strict=True)
        return [cell if value != value or parse_number(cell) is not None else value for cell, value in pairs]
    whole = np.all((column.numbers == np.round(column.numbers)) & (np.abs(column.numbers) < 1e15))
    values = column.numbers.tolist()
    return ["" if value != value else int(value) if whole else value for value in values] if whole else values
