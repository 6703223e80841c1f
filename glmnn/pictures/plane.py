"""The plane on which paths are drawn, in the metric of the information at the maximum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from scipy.special import fdtri

from glmnn.arrays import Array
from glmnn.diagnostics.inference import Inference
from glmnn.kernels.gram import gram

FAR = 3.0  # times the way from the furthest start, beyond which a run that diverges is not followed
MOST_NAMED = 2  # coefficients in the words for a direction
CONTOURS = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987)  # standard errors


@dataclass(frozen=True)
class Metric:
    """z = root (b - best), in which a standard error has the length 1 in every direction.

    Attributes
    ----------
    best : ndarray of shape (p,)
    root, back : ndarray of shape (p, p)
        R with R'R the information over the dispersion, in the data's own units, and its inverse.
    """

    best: Array
    root: Array
    back: Array

    @property
    def covariance(self) -> Array:
        """Inverse of the information times the dispersion, shape (p, p)."""
        return self.back @ self.back.T

    def lengths(self, coef: Array) -> Array:
        """Return how far coefficients of shape (k, p) are from the best, in joint standard errors, shape (k,)."""
        return np.asarray(np.linalg.norm((coef - self.best) @ self.root.T, axis=1))


def metric_of(inference: Inference) -> Metric | None:
    """Return the metric at the estimate; None where the information is singular to rounding, or has no dispersion."""
    second, dispersion = inference.second_order, 1.0 if inference.dispersion_known else inference.dispersion
    if not dispersion > 0 or not inference.has_errors:
        return None
    scale = np.sqrt(np.diagonal(second.information))
    if not (np.all(np.isfinite(scale)) and np.all(scale > 0)):
        return None
    try:
        lower = np.linalg.cholesky(second.information / np.outer(scale, scale))
    except np.linalg.LinAlgError:
        return None
    root = lower.T * scale / sqrt(dispersion)
    back = np.linalg.solve(root, np.eye(scale.size))
    if second.to_data is None:
        return Metric(inference.coef, np.asarray(root), np.asarray(back))
    # the information is that of other coordinates
    turned = np.linalg.solve(second.to_data.T, root.T)
    return Metric(inference.coef, np.asarray(turned).T, np.asarray(second.to_data @ back))


@dataclass(frozen=True)
class Basis:
    """Two axes through the coefficients.

    Attributes
    ----------
    metric : Metric
    columns : ndarray of shape (p, 2)
        What a unit of each axis adds to the coefficients.
    best : ndarray of shape (2,)
        Where the maximum is.
    pair : tuple of int or None
        Which two coefficients the axes are; None for directions, whose unit is a standard error.
    """

    metric: Metric
    columns: Array
    best: Array
    pair: tuple[int, int] | None = None

    def place(self, coef: Array) -> Array:
        """Return where coefficients of shape (k, p) are, shape (k, 2): projected in the metric."""
        if self.pair is not None:  # exactly: the projection leaves these two as they are
            return np.asarray(coef[:, list(self.pair)])
        return (coef - self.metric.best) @ self.metric.root.T @ (self.metric.root @ self.columns)

    def outside(self, coef: Array) -> Array:
        """Return the joint standard errors that the plane does not show, shape (k,)."""
        inside = (self.place(coef) - self.best) @ self.columns.T
        return self.metric.lengths(coef - inside)

    def coefficients(self, place: Array) -> Array:
        """Return the coefficients at places of shape (k, 2), shape (k, p)."""
        return self.metric.best + (place - self.best) @ self.columns.T


def pair_basis(metric: Metric, pair: tuple[int, int]) -> Basis:
    """Return the plane of two coefficients, in which the others follow as in a profile, to second order.

    Its columns are those of the covariance times the inverse of their block (Bates & Watts, 1988, section 6.1.1).
    """
    chosen = list(pair)
    beside = metric.covariance[:, chosen]
    columns = np.asarray(np.linalg.solve(beside[chosen], beside.T).T, dtype=np.float64)
    return Basis(metric, columns, metric.best[chosen], pair)


def leading_basis(metric: Metric, states: Sequence[Array]) -> Basis:
    """Return the plane of the two directions in which the states moved most.

    Parameters
    ----------
    metric : Metric
    states : sequence of ndarray of shape (k, p)
        Of each run. Each state counts by the root of its distance, so that the long ways do not decide alone.
    """
    away = np.vstack([metric.best[None, :], *states])
    z = (away - metric.best) @ metric.root.T
    length = np.linalg.norm(z, axis=1, keepdims=True)
    z = z / np.sqrt(np.where(length > 0, length, 1.0))
    _, vectors = np.linalg.eigh(gram(z))
    directions = vectors[:, :-3:-1]
    columns = metric.back @ directions
    errors = np.sqrt(np.diagonal(metric.covariance))
    # the way the coefficient that it moves most goes up
    sign = np.sign([axis[np.argmax(np.abs(axis))] for axis in (columns / errors[:, None]).T])
    return Basis(metric, columns * sign, np.zeros(2))


def followed(metric: Metric, states: Sequence[Array]) -> list[Array]:
    """Return the states of each run without those to which a diverging run went off."""
    starts = [metric.lengths(run[:1])[0] for run in states if len(run)]
    reach = FAR * max([4.0, *starts])
    return [run[metric.lengths(run) <= reach] for run in states]


def in_words(basis: Basis, labels: Sequence[str]) -> list[str]:
    """Return which coefficients each direction moves most; nothing for a pair."""
    if basis.pair is not None:
        return []
    return [
        f"Direction {axis} is {_together(column, labels)}." for axis, column in enumerate(loadings(basis).T, start=1)
    ]


def loadings(basis: Basis) -> Array:
    """Return the change of each coefficient along each axis, in its standard errors, shape (p, 2)."""
    return basis.columns / np.sqrt(np.diagonal(basis.metric.covariance))[:, None]


def axis_labels(basis: Basis, labels: Sequence[str]) -> list[str]:
    """Return what the axes show."""
    if basis.pair is not None:
        return [labels[place] for place in basis.pair]
    return [f"direction {axis}, in standard errors" for axis in (1, 2)]


def joint_region(inference: Inference) -> float:
    """Return the rise at which the joint region of two coefficients ends: chi-squared, or F of a free dispersion."""
    if inference.dispersion_known:
        return sqrt(-2.0 * log(1.0 - inference.level))
    return sqrt(2.0 * float(fdtri(2.0, inference.df_residual, inference.level)))


def _together(column: Array, labels: Sequence[str]) -> str:
    """Return the coefficients that a direction moves most, as in `more age and less parity`."""
    order = np.argsort(-np.abs(column), kind="stable")
    named = [place for place in order[:MOST_NAMED].tolist() if abs(column[place]) >= 0.5 * abs(column[order[0]])]
    return " and ".join(f"{'more' if column[place] > 0 else 'less'} {labels[place]}" for place in named)
