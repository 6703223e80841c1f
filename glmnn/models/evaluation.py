"""What a block of rows says about the coefficients: it adds up, so memory, files and clusters only sum differently."""

from __future__ import annotations

from math import inf, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glmnn.models.links import Array

Mask = NDArray[np.bool_]
Rows = slice | NDArray[np.intp] | Mask


class Block(NamedTuple):
    """Some rows of the data, always as arrays."""

    X: Array  # (rows, p), the intercept is a column like any other
    y: Array  # (rows,); for the binomial the proportion of successes
    prior_weight: Array  # (rows,); for the binomial the number of trials
    offset: Array  # (rows,), added to eta

    def rows(self, chosen: Rows) -> Block:
        """Return the block of the chosen rows."""
        return Block(self.X[chosen], self.y[chosen], self.prior_weight[chosen], self.offset[chosen])


class FirstOrder(NamedTuple):
    """Deviance and score of some rows; two of them add."""

    rows: int
    deviance: float  # inf outside the domain of the model
    score: Array  # (p,), derivative of the log-likelihood per unit of dispersion

    def __add__(self, other: FirstOrder) -> FirstOrder:  # type: ignore[override]
        return FirstOrder(self.rows + other.rows, self.deviance + other.deviance, self.score + other.score)


class SecondOrder(NamedTuple):
    """Deviance, score and expected information of some rows; two of them add."""

    rows: int
    deviance: float
    score: Array  # (p,)
    information: Array  # (p, p), expected Fisher information per unit of dispersion
    to_data: Array | None = None  # (p, p): score and information are those of gamma, coef = to_data gamma

    def __add__(self, other: SecondOrder) -> SecondOrder:  # type: ignore[override]
        return SecondOrder(
            self.rows + other.rows,
            self.deviance + other.deviance,
            self.score + other.score,
            self.information + other.information,
        )

    def scoring_step(self) -> Array:
        """Return information^-1 score, the step of Fisher scoring in the data's coordinates, shape (p,)."""
        step = self._solved(self.score)
        return step if self.to_data is None else self.to_data @ step

    def decrement(self) -> float:
        """Return sqrt(score' information^-1 score): the scoring step in standard errors of unit dispersion."""
        return sqrt(max(float(self.score @ self._solved(self.score)), 0.0))

    def length(self, coef: Array) -> float:
        """Return sqrt(coef' information coef), the length of `coef` on the same scale as `decrement`."""
        gamma = coef if self.to_data is None else np.linalg.solve(self.to_data, coef)
        return sqrt(max(float(gamma @ self.information @ gamma), 0.0))

    def covariance(self) -> Array:
        """Return information^-1, shape (p, p): the covariance of the estimate per unit of dispersion."""
        inverse = self._solved(np.eye(self.score.size))
        return inverse if self.to_data is None else self.to_data @ inverse @ self.to_data.T

    def condition(self) -> float:
        """Return the condition number of the information with its columns scaled to unit length."""
        scale = column_scale(self.information)
        scaled = self.information / np.outer(scale, scale)
        if not np.all(np.isfinite(scaled)):
            return inf
        values = np.linalg.eigvalsh(scaled)
        return float(values[-1] / values[0]) if values[0] > 0 else inf

    def _solved(self, right: Array) -> Array:
        return solve_scaled(self.information, column_scale(self.information), right)


def column_scale(information: Array) -> Array:
    """Return the root of the diagonal, by which columns are scaled before any solve (1 for an empty column)."""
    diagonal = np.diagonal(information)
    return np.where(diagonal > 0, np.sqrt(np.maximum(diagonal, 0.0)), 1.0)


def solve_scaled(information: Array, scale: Array, right: Array) -> Array:
    """Solve information x = right on columns of unit length; the shortest solution where it is singular.

    An information that is not finite has none: nan, for LAPACK would print its own words on the terminal.
    """
    scaled = information / np.outer(scale, scale)
    if not np.all(np.isfinite(scaled)):
        return np.full(right.shape, np.nan)
    rows = scale if right.ndim == 1 else scale[:, None]
    try:
        return np.asarray(np.linalg.solve(scaled, right / rows) / rows)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(scaled, right / rows, rcond=None)[0] / rows)
