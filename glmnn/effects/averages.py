"""Averages over points, with standard errors by the delta method.

Of a number the effect is the mean of d mu / d x over the points; of a factor the mean difference between a level and
the base, with every point put at the one and at the other; a marginal mean has every point at one level (Williams,
2012, Stata Journal 12, 308-331). The variance of an average theta is g' V g with g = d theta / d coef and V the
covariance of the fit, whichever that is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from glmnn.arrays import Array
from glmnn.diagnostics.significance import quantile, wald
from glmnn.effects.derivatives import Outputs, outputs_of
from glmnn.effects.points import Points
from glmnn.effects.result import Average, Kind
from glmnn.fitting.estimate import Estimate
from glmnn.kernels.gram import cross_product

SLOPE = "dY/dX"


class Averaged(NamedTuple):
    """Averages with their gradients."""

    values: Array  # (K,)
    gradient: Array  # (K, q)

    def minus(self, other: Averaged) -> Averaged:
        """Return the difference of two."""
        return Averaged(self.values - other.values, self.gradient - other.gradient)


@dataclass(frozen=True)
class Averaging:
    """Averages over points.

    Attributes
    ----------
    estimate : Estimate
    points : Points
    type : str
        mean or link.
    """

    estimate: Estimate
    points: Points
    type: str

    def effects(self, name: str) -> Iterator[Average]:
        """Yield the effects of a column: a slope, or the differences of its levels from the base."""
        levels = self.estimate.design.levels.get(name)
        if levels is not None:
            base = self._mean(self.points.with_level(name, levels[0]))
            for level in levels[1:]:
                difference = self._mean(self.points.with_level(name, level)).minus(base)
                yield from self._inferred(Kind.EFFECT, name, f"{level} - {levels[0]}", difference)
        elif self.points.table.column(name).truth:
            rows = self.points.table.rows
            ends = [self._mean(self.points.with_numbers(name, np.full(rows, value))) for value in (1.0, 0.0)]
            yield from self._inferred(Kind.EFFECT, name, "True - False", ends[0].minus(ends[1]))
        else:
            yield from self._inferred(Kind.EFFECT, name, SLOPE, self._slope(name))

    def means(self, name: str) -> Iterator[Average]:
        """Yield the marginal mean at each level of a factor."""
        for level in self.estimate.design.levels[name]:
            yield from self._inferred(Kind.MEAN, name, level, self._mean(self.points.with_level(name, level)))

    def _mean(self, points: Points) -> Averaged:
        X = points.X
        outputs = self._outputs(X, points.offset)
        return Averaged(points.weights @ outputs.values, self._gradient(outputs.first, X))

    def _slope(self, name: str) -> Averaged:
        X, D = self.points.X, self.points.slope(name)
        outputs = self._outputs(X, self.points.offset)
        change = D @ self._coef.T  # d eta / d x, (rows, F)
        values = self.points.weights @ np.einsum("ikf,if->ik", outputs.first, change)
        through_eta = np.einsum("ikfg,if->ikg", outputs.second, change)
        return Averaged(values, self._gradient(through_eta, X) + self._gradient(outputs.first, D))

    @property
    def _coef(self) -> Array:
        return self.estimate.maximum.coef.reshape(self.estimate.model.free, -1)

    def _outputs(self, X: Array, offset: Array) -> Outputs:
        eta = X @ self._coef.T + offset[:, None]
        outputs = outputs_of(self.estimate.model, eta, self.type)
        legal = self.estimate.model.inside(eta) or self.type == "link"
        return outputs if legal else outputs._replace(values=np.full_like(outputs.values, np.nan))

    def _gradient(self, weights: Array, X: Array) -> Array:
        """Return the mean over the points of a weight for each output and predictor times the row, shape (K, q)."""
        rows, outputs, _ = weights.shape
        return cross_product(weights.reshape(rows, -1), X, self.points.weights).reshape(outputs, -1)

    def _inferred(self, kind: Kind, term: str, contrast: str, averaged: Averaged) -> Iterator[Average]:
        maximum = self.estimate.maximum
        known, df = maximum.dispersion_known, maximum.df_residual
        variance = np.maximum(maximum.spread.variances(averaged.gradient), 0.0)
        std_error = np.where(np.isnan(averaged.values), np.nan, np.sqrt(variance))
        statistic, p_value = wald(averaged.values, std_error, df, known, maximum.exact)
        width = quantile(maximum.level, df, known) * std_error
        groups = self.estimate.model.labels or ("",)
        columns = (averaged.values, std_error, statistic, p_value, averaged.values - width, averaged.values + width)
        for group, *numbers in zip(groups, *(column.tolist() for column in columns), strict=True):
            yield Average(kind, term, contrast, group, *numbers)
