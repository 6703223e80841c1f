"""What a block of rows says about the coefficients: it adds up, so memory, files and clusters only sum differently."""

from __future__ import annotations

from math import inf, sqrt
from typing import NamedTuple

import numpy as np

from glmnn.arrays import Array
from glmnn.kernels.linear_algebra import column_scale, solve_scaled


class Totals(NamedTuple):
    """What the log-likelihood of a block asks of all rows."""

    rows: int
    weight: float  # sum of the prior weights
    deviance: float
    whole_numbers: bool  # all responses are whole


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

    def std_error(self) -> Array:
        """Return the roots of the diagonal of the covariance, shape (p,): standard errors of unit dispersion."""
        return np.sqrt(np.maximum(np.diagonal(self.covariance()), 0.0))

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
