"""How many mistakes a perceptron may make: Novikoff's bound (1962)."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

import numpy as np

from glmnn.arrays import Array
from glmnn.diagnostics.separation.verdict import widest_margin
from glmnn.problem.problem import Problem
from glmnn.solvers.loop import Fit
from glmnn.solvers.stopping import Status


@dataclass(frozen=True)
class Mistakes:
    """The mistakes of one perceptron.

    Attributes
    ----------
    solver : str
    mistakes : int
        Each was an update.
    passes : float
    ended : bool
        True when the last pass had none.
    radius : float or None
        Length of the longest row, the constant column included; None where there is no bound.
    margin : float or None
        Distance of the nearest row from the line with the widest margin, through the origin of all columns.
    """

    solver: str
    mistakes: int
    passes: float
    ended: bool
    radius: float | None = None
    margin: float | None = None

    @property
    def bound(self) -> int | None:
        """Most mistakes that a start at zeros can make; None on data that overlap, and for another start."""
        if self.radius is None or self.margin is None:
            return None
        return floor((self.radius / self.margin) ** 2)


def count_mistakes(problem: Problem, run: Fit, start: Array | None, complete: bool) -> Mistakes:
    """Return how many mistakes a perceptron made, and on completely separated data how many it could have made.

    Parameters
    ----------
    problem : Problem
    run : Fit
    start : ndarray of shape (p,) or None
        Where it started; the bound holds for zeros alone.
    complete : bool
        Whether some line has every row strictly on its own side.
    """
    mistakes = Mistakes(run.solver, run.iterations, run.passes, run.status is Status.FINISHED)
    if not complete or (start is not None and np.any(start)):
        return mistakes
    whole = problem.all_rows("Novikoff's bound")
    moves = np.where(whole.y == 0, -1.0, 1.0)[:, None] * whole.X
    shortest = widest_margin(moves, run.coef)
    # held against all rows: whatever line it is, the bound that follows from its margin is true
    margin = float(np.min(moves @ shortest) / np.linalg.norm(shortest))
    if not margin > 0:
        return mistakes
    radius = float(np.sqrt(np.max(np.sum(whole.X**2, axis=1))))
    return Mistakes(run.solver, run.iterations, run.passes, mistakes.ended, radius, margin)
