"""Why gradient descent takes the steps it takes, direction by direction."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log, nan

import numpy as np

from glmnn.arrays import Array
from glmnn.pictures.digits import one, rounded
from glmnn.pictures.picture_schema import Pace

MOST_DIRECTIONS = 60


@dataclass(frozen=True, kw_only=True)
class Descent:
    """A gradient run whose pace is explained.

    Attributes
    ----------
    solver : str
    lr : float
    to_data : ndarray of shape (p, p)
        The coordinates in which it stepped: coef = to_data gamma.
    standardized, plain, converged : bool
        Whether its columns were standardised, whether it has no memory of earlier steps, whether it found the maximum.
    predicted : float
        Steps that a constant rate needs; nan where that theory does not apply.
    actual : int
    raw_condition : float
        Of the curvatures in the data's own columns.
    """

    solver: str
    lr: float
    to_data: Array
    standardized: bool
    plain: bool
    converged: bool
    predicted: float
    actual: int
    raw_condition: float


def steps_per_digit(lr: float, curvature: float) -> float:
    """Return ln 10 / -ln |1 - lr curvature|, the steps in which a direction shrinks to a tenth, or inf.

    Nesterov (2018), Lectures on Convex Optimization, section 1.2.3: on a quadratic, each direction shrinks by
    1 - lr curvature a step.

    >>> round(steps_per_digit(0.1, 1.0), 3), steps_per_digit(2.5, 1.0)
    (21.854, inf)
    """
    rate = abs(1.0 - lr * curvature)
    return inf if rate >= 1.0 else log(10.0) / -log(rate) if rate > 0 else 0.0


def pace_of(descent: Descent, information: Array, rows: int) -> Pace:
    """Return the pace of a gradient run from the information at the maximum, in the data's own units."""
    mean = descent.to_data.T @ (information / rows) @ descent.to_data
    curvature = np.maximum(np.linalg.eigvalsh(mean)[::-1], 0.0)
    largest, smallest = float(curvature[0]), float(curvature[-1])
    shown = curvature
    if curvature.size > MOST_DIRECTIONS:
        shown = curvature[np.unique(np.linspace(0, curvature.size - 1, MOST_DIRECTIONS).round().astype(int))]
    return Pace(
        solver=descent.solver,
        lr=one(descent.lr),
        limit=one(2.0 / largest if largest > 0 else inf),
        best=one(2.0 / (largest + smallest) if largest > 0 else inf),
        shrinks=one(1.0 / largest if largest > 0 else inf),
        curvature=rounded(shown),
        steps=rounded([steps_per_digit(descent.lr, value) for value in shown.tolist()]),
        predicted=one(descent.predicted),
        actual=descent.actual,
        converged=descent.converged,
        standardized=descent.standardized,
        plain=descent.plain,
        condition=one(largest / smallest if smallest > 0 else nan),
        raw_condition=one(descent.raw_condition),
    )
