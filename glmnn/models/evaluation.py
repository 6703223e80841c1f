"""What a block of rows says about the coefficients: it adds up, so memory, files and clusters only sum differently."""

from __future__ import annotations

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

    def __add__(self, other: SecondOrder) -> SecondOrder:  # type: ignore[override]
        return SecondOrder(
            self.rows + other.rows,
            self.deviance + other.deviance,
            self.score + other.score,
            self.information + other.information,
        )

    def scoring_step(self) -> Array:
        """Return information^-1 score, the step of Fisher scoring, shape (p,)."""
        scale = column_scale(self.information)
        return solve_scaled(self.information, scale, self.score)

    def covariance(self) -> Array:
        """Return information^-1, shape (p, p): the covariance of the estimate per unit of dispersion."""
        scale = column_scale(self.information)
        return solve_scaled(self.information, scale, np.eye(scale.size))


def column_scale(information: Array) -> Array:
    """Return the root of the diagonal, by which columns are scaled before any solve (1 for an empty column)."""
    diagonal = np.diagonal(information)
    return np.where(diagonal > 0, np.sqrt(np.maximum(diagonal, 0.0)), 1.0)


def solve_scaled(information: Array, scale: Array, right: Array) -> Array:
    """Solve information x = right on columns of unit length; the shortest solution where it is singular."""
    scaled = information / np.outer(scale, scale)
    rows = scale if right.ndim == 1 else scale[:, None]
    try:
        return np.asarray(np.linalg.solve(scaled, right / rows) / rows)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(scaled, right / rows, rcond=None)[0] / rows)
