"""The log-likelihood over a plane, in standard errors."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.models.model import SecondOrderModel
from glmnn.pictures.picture_schema import GRID
from glmnn.pictures.plane import Basis
from glmnn.problem.problem import Problem

MOST_DEVIANCES = 20_000_000  # of rows, for both views
SAMPLE = 2_000  # rows beyond
VIEWS = 2
MARGIN = 0.05  # of the frame, by which the grid goes beyond it
NEAR = 4.0  # standard errors about the maximum


@dataclass(frozen=True)
class Surface:
    """The rows whose deviances are summed over a plane.

    Attributes
    ----------
    problem : Problem
        Of the rows that are summed.
    basis : Basis
    dispersion : float
    factor : float
        All rows over those.
    slope, curvature : ndarray of shape (2,) and (2, 2)
        What the deviance of all rows has of the first and second order that those times the factor do not have.
    """

    problem: Problem
    basis: Basis
    dispersion: float
    factor: float = 1.0
    slope: Array = field(default_factory=lambda: np.zeros(2))
    curvature: Array = field(default_factory=lambda: np.zeros((2, 2)))

    def rise(self, x: Array, y: Array) -> Array:
        """Return sqrt((deviance - minimum) / dispersion) over a grid, shape (y.size, x.size); inf outside the model."""
        rows = [self._row(x - self.basis.best[0], value) for value in (y - self.basis.best[1]).tolist()]
        with np.errstate(invalid="ignore"):
            rise: Array = np.sqrt(np.maximum(np.array(rows), 0.0) / self.dispersion)
            return rise

    def _row(self, across: Array, up: float) -> Array:
        """Return the deviance above that of the maximum at (across, up) from it, shape (across.size,)."""
        away = np.column_stack([across, np.full(across.size, up)])
        penalty, coef = self.problem.penalty, self.basis.coefficients(away + self.basis.best)
        best = self.basis.metric.best
        if penalty is not None and penalty.needs_information():  # of few rows
            at = self.problem.second_order(best).deviance
            return np.array([self.problem.second_order(place).deviance - at for place in coef])
        total = away @ self.slope + np.einsum("ka,ab,kb->k", away, self.curvature, away)
        for block in self.problem.data.blocks():
            total += self.factor * _above(self.problem.model, self.basis, away, block)
        if penalty is not None:
            pull = penalty.curvature(best.size)
            total += np.einsum("ka,ab,kb->k", coef, pull, coef) - best @ pull @ best
        return np.asarray(total)


def surface_of(problem: Problem, basis: Basis, dispersion: float) -> Surface:
    """Return the surface of all rows, or of some of them with the curvature of all.

    The deviance of m of n rows is off where it matters most, near the maximum. So it only tells what there is beyond
    the second order: the quadratic of all rows, plus n / m times what the sample's deviance differs from its own.
    """
    outputs = problem.model.outputs
    if problem.rows * outputs * VIEWS * GRID**2 <= MOST_DEVIANCES:
        return Surface(problem.fresh(), basis, dispersion)
    some = problem.subsample(max(1, problem.rows * outputs // SAMPLE))
    factor = problem.rows / some.rows
    (slope, curvature), (sample_slope, sample_curvature) = (_expanded(part, basis) for part in (problem, some))
    return Surface(
        some, basis, dispersion, factor, slope - factor * sample_slope, curvature - factor * sample_curvature
    )


def _expanded(problem: Problem, basis: Basis) -> tuple[Array, Array]:
    """Return slope (2,) and curvature (2, 2) of the deviance along the axes, without a penalty."""
    best = basis.metric.best
    plain = Problem(problem.model, problem.data)
    there = plain.second_order(best)
    information = there.information if problem.model.canonical else plain.observed_information(best)
    return -2.0 * there.score @ basis.columns, basis.columns.T @ information @ basis.columns


def _above(model: SecondOrderModel, basis: Basis, away: Array, block: Block) -> Array:
    """Return the deviance of a block above that at the maximum, shape (k,); inf outside the model."""
    best = basis.metric.best
    eta = model.eta(best, block)
    along = [model.eta(best + column, block) - eta for column in basis.columns.T]
    size = (len(away), *([1] * eta.ndim))
    places = eta + away[:, 0].reshape(size) * along[0] + away[:, 1].reshape(size) * along[1]
    low, high = model.etas
    legal = ((places > low) & (places < high)).reshape(len(away), -1).all(axis=1)
    with np.errstate(all="ignore"):
        deviance = model.deviances(places.reshape(-1, *eta.shape[1:]), np.tile(block.y, len(away)))
        total = (deviance.reshape(len(away), -1) - model.deviances(eta, block.y)) @ block.prior_weight
    return np.where(legal & np.isfinite(total), total, np.inf)


def grid_of(frame: Array) -> Array:
    """Return the points of a grid that goes beyond a frame."""
    beyond = MARGIN * (frame[1] - frame[0])
    return np.linspace(frame[0] - beyond, frame[1] + beyond, GRID)
