"""How curved the loss is for gradient descent, in the data's own columns and in standardised ones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glmnn.arrays import Array
from glmnn.problem.problem import Problem


class Curvature(NamedTuple):
    """Extreme eigenvalues of the mean information, the second derivative of the mean loss."""

    smallest: float
    largest: float

    @property
    def condition(self) -> float:
        """Ratio of the two, which is the number of steps in which gradient descent gains a factor of e."""
        return self.largest / self.smallest if self.smallest > 0 else np.inf

    @property
    def largest_stable_lr(self) -> float:
        """Gradient descent with a constant learning rate above this moves away from the maximum."""
        return 2.0 / self.largest if self.largest > 0 else np.inf

    def steps_to(self, factor: float, lr: float) -> float:
        """Return the steps after which the slowest direction has shrunk by `factor`; inf when it does not."""
        rate = max(abs(1.0 - lr * self.smallest), abs(1.0 - lr * self.largest))
        if rate >= 1.0:
            return np.inf
        return float(np.log(factor) / np.log(rate)) if rate > 0 else 1.0


def curvature(information: Array, rows: int, to_data: Array | None = None) -> Curvature:
    """Return the curvature of the mean loss, in the coordinates coef = to_data gamma where given."""
    mean = information / rows
    if to_data is not None:
        mean = to_data.T @ mean @ to_data
    values = np.linalg.eigvalsh(mean)
    return Curvature(float(max(values[0], 0.0)), float(values[-1]))


def standardising(problem: Problem) -> Array:
    """Return the (p, p) matrix T with coef = T gamma, gamma being the coefficients of standardised columns.

    With a constant column the others are centred on it and scaled to unit variance; without one they are scaled to
    unit mean square.
    """
    constants = problem.data.constants
    fixed = np.flatnonzero(constants)
    centre, squares, passes = problem.data.moments
    problem.passes += passes + bool(fixed.size)
    spread = np.sqrt(squares)
    to_data = np.diag(1.0 / np.where(spread > 0, spread, 1.0))
    if fixed.size:
        to_data[fixed[0]] -= centre / constants[fixed[0]] @ to_data
    return to_data
