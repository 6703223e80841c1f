"""What pulls a claim away from the maximum: penalties and class weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from glmnn.arrays import Array
from glmnn.auditing.causes.hypothesis import Reading

STEEPEST = 1e3  # ratio of class weights beyond which nobody writes one


@dataclass(frozen=True)
class Local:
    """Score and information of a reading in its own coordinates gamma."""

    gamma: Array
    score: Array
    information: Array
    slopes: Array

    @classmethod
    def of(cls, reading: Reading) -> Local:
        """Return the local view of a reading."""
        current = reading.second_order
        information = reading.to_data.T @ current.information @ reading.to_data
        return cls(reading.gamma, reading.to_data.T @ current.score, information, reading.slopes)


@dataclass(frozen=True)
class Pull:
    """One force at a point, in the coordinates of a reading.

    Attributes
    ----------
    key : str
    vector : ndarray of shape (p,)
        The score of the log-likelihood at the claim is amount times this.
    curvature : ndarray of shape (p, p)
        What amount times this adds to the information.
    legal : callable
        Which amounts make sense.
    at : callable, optional
        Vector and curvature at other coefficients gamma; None for a force that is known at the claim alone.
    """

    key: str
    vector: Array
    curvature: Array
    legal: Callable[[float], bool]
    at: Callable[[Array], tuple[Array, Array]] | None = None


def _positive(amount: float) -> bool:
    return amount > 0


def _written_ratio(amount: float) -> bool:
    return bool(1.0 / STEEPEST <= 1.0 - amount <= STEEPEST)


def ridge(local: Local, everywhere: bool) -> Pull:
    """Return the pull of an L2 penalty: lambda gamma, on the intercept too if `everywhere`."""
    held = np.ones_like(local.slopes) if everywhere else local.slopes

    def at(gamma: Array) -> tuple[Array, Array]:
        return held * gamma, np.diag(held)

    return Pull("l2_all" if everywhere else "l2", *at(local.gamma), _positive, at)


def lasso(local: Local, everywhere: bool) -> Pull:
    """Return the pull of an L1 penalty: lambda sign(gamma)."""
    held = np.ones_like(local.slopes) if everywhere else local.slopes
    constant = held * np.sign(local.gamma), np.zeros((held.size, held.size))
    return Pull("l1", *constant, _positive, lambda _gamma: constant)


def class_weights(reading: Reading) -> Pull | None:
    """Return the pull of weighting the ones by 1 - amount; None unless the response is 0/1."""
    whole = reading.problem.all_rows("a search for causes")
    if not reading.problem.glm.family.trials or np.any((whole.y != 0) & (whole.y != 1)):
        return None
    block = whole.rows(whole.y == 1)
    if block.y.size in (0, whole.y.size):
        return None

    def at(gamma: Array) -> tuple[Array, Array]:
        ones = reading.problem.glm.second_order(reading.to_data @ gamma, block)
        return reading.to_data.T @ ones.score, -(reading.to_data.T @ ones.information @ reading.to_data)

    return Pull("class_weights", *at(reading.gamma), _written_ratio, at)
