"""Where effects are evaluated: the rows of the data or a reference grid, with columns changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from math import prod

import numpy as np

from glmnn.arrays import Array
from glmnn.data.formula.recipe import Recipe
from glmnn.data.table import Column, Table
from glmnn.errors import OptionError, listed
from glmnn.fitting.estimate import Estimate

MOST_ROWS = 1_000_000  # of a grid
FINE = 2.0**-17  # step of a derivative in standard deviations: ten digits are left by kinks of a spline and by rounding
NEAR = 2.0**-10  # step relative to a number that cannot become 0
ROUNDING = 16.0 * np.finfo(float).eps
STENCILS = {  # first point in steps from the middle, and weights of five points: exact to the fourth power
    -2: (1.0, -8.0, 0.0, 8.0, -1.0),
    0: (-25.0, 48.0, -36.0, 16.0, -3.0),
    -4: (3.0, -16.0, 36.0, -48.0, 25.0),
}


@dataclass(frozen=True)
class Points:
    """Rows with a weight each.

    Attributes
    ----------
    recipe : Recipe
        With which they become rows of the design.
    table : Table
    offset : ndarray of shape (rows,)
    weights : ndarray of shape (rows,)
        They add up to 1.
    fitted : dict of str to ndarray
        The numbers of the rows that were fitted, by column.
    """

    recipe: Recipe
    table: Table
    offset: Array
    weights: Array
    fitted: dict[str, Array]

    @property
    def X(self) -> Array:  # noqa: N802
        """Rows of the design, shape (rows, p)."""
        return self.recipe.terms(self.table, np.ones(self.table.rows, dtype=bool)).X

    def with_numbers(self, name: str, values: Array) -> Points:
        """Return the points with other numbers in a column."""
        return self._with(Column(name, values, complete=True))

    def with_level(self, name: str, level: str) -> Points:
        """Return the points, all of them at one level of a factor."""
        return self._with(Column(name, None, [level] * self.table.rows, 0))

    def _with(self, column: Column) -> Points:
        return replace(self, table=replace(self.table, columns={**self.table.columns, column.name: column}))

    def slope(self, name: str) -> Array:
        """Return d X / d x of each row, shape (rows, p), through whatever the formula makes of x.

        By differences of five points, a small part of a standard deviation apart. Near 0, where a logarithm or a power
        needs shorter steps, those are a small part of x, unless the long ones agree to the rounding of the short ones.
        """
        x, known = self.table.numbers(name), self.fitted[name]
        step = np.full(x.size, FINE * (float(known.std()) or float(np.abs(known).max()) or 1.0))
        slope = self._differences(name, step)
        shorter = NEAR * np.abs(x)
        if (known.min() > 0 or known.max() < 0) and np.any(shorter < step):
            shorter = np.minimum(shorter, step)
            fine = self._differences(name, shorter)
            rounding = ROUNDING * np.abs(self.X).max(axis=0) / shorter[:, None]
            slope = np.where(np.abs(slope - fine) <= rounding, slope, fine)
        return slope

    def _differences(self, name: str, step: Array) -> Array:
        """Return d X / d x of each row by steps of about this length, shape (rows, p).

        The steps are powers of two, so that x itself is moved exactly. No point lies outside of the numbers that were
        fitted, for the formula may not be defined there.
        """
        x, known = self.table.numbers(name), self.fitted[name]
        step = 2.0 ** np.floor(np.log2(step))
        low, high = (-np.inf, np.inf) if known.min() == known.max() else (known.min(), known.max())
        start = np.where(x - 2 * step < low, 0, np.where(x + 2 * step > high, -4, -2))
        weights = np.select([start[:, None] == first for first in STENCILS], [*map(np.array, STENCILS.values())])
        centre = self.X
        total = np.zeros_like(centre)
        for place in range(5):
            moved = self.with_numbers(name, x + (start + place) * step).X
            total += weights[:, place, None] * (moved - centre)  # what cancels does so before it is multiplied
        return np.asarray(total / (12.0 * step[:, None]))


def rows_of(estimate: Estimate, weighted: bool) -> Points:
    """Return the rows that were fitted.

    Parameters
    ----------
    estimate : Estimate
    weighted : bool
        The prior weights, which are frequencies or sampling weights, weigh the rows of an average too.
    """
    design, table = estimate.design, estimate.table
    whole = design.data.in_memory("an average over the rows").whole
    columns, formula = {}, design.recipe.parsed
    for name in design.recipe.columns:
        column = table.column(name)
        if name in design.levels:
            labels = np.array(column.labels, dtype=object)[design.rows]
            columns[name] = Column(name, None, labels.tolist(), 0)
        else:
            numbers = table.numbers(name) if formula is None else formula.numbers(table, name)
            dated = formula is not None and name in formula.dated
            columns[name] = replace(column, numbers=numbers[design.rows], cells=(), complete=True, days=dated)
    weights = whole.prior_weight if weighted else np.ones(whole.y.size)
    fitted = {name: column.numbers for name, column in columns.items() if column.numbers is not None}
    part = Table(table.source, columns, whole.y.size, table.fingerprint)
    return Points(design.recipe, part, whole.offset, weights / weights.sum(), fitted)


def grid_of(points: Points, levels: dict[str, tuple[str, ...]]) -> Points:
    """Return the reference grid: numbers and offset at their mean, and each combination of levels once.

    Parameters
    ----------
    points : Points
        The rows that were fitted.
    levels : dict of str to tuple of str

    Raises
    ------
    OptionError
        If there are more than a million combinations.
    """
    many = prod(map(len, levels.values()))
    if many > MOST_ROWS:
        raise OptionError("at", f"grid: {listed(levels)} have {many:,} combinations; {MOST_ROWS:,} are the most")
    combined = list(product(*levels.values()))
    columns = {name: Column(name, None, [row[k] for row in combined], 0) for k, name in enumerate(levels)}
    for name, values in points.fitted.items():
        mean = np.full(many, float(points.weights @ values))
        columns[name] = Column(name, mean, complete=True, days=points.table.columns[name].days)
    offset = np.full(many, float(points.weights @ points.offset))
    return replace(
        points,
        table=Table("the reference grid", columns, many, ""),
        offset=offset,
        weights=np.full(many, 1.0 / many),
    )
