"""The states of a run, each with what it cost to come there."""

from __future__ import annotations

import numpy as np

from glmnn.arrays import Array
from glmnn.solvers.steps import Step


class Path:
    """The states of a run, thinned when they become many."""

    def __init__(self, length: int) -> None:
        self.length: int = length
        self.coefs: list[Array] = []
        self.iterations: list[int] = []
        self.costs: list[tuple[float, int]] = []  # passes and nanoseconds
        self.stride: int = 1

    def keep(self, step: Step, passes: float, nanoseconds: int, always: bool = False) -> None:
        """Keep a state with what it cost to come there, where it is its turn or `always`."""
        if step.iteration % self.stride == 0 or always:
            if self.iterations and self.iterations[-1] == step.iteration:
                return
            self.coefs.append(step.coef)
            self.iterations.append(step.iteration)
            self.costs.append((passes, nanoseconds))
            if len(self.coefs) > self.length:
                self.stride *= 2
                self.coefs, self.iterations, self.costs = self.coefs[::2], self.iterations[::2], self.costs[::2]

    def last_finite(self) -> Array:
        """Return the last coefficients that are finite."""
        return next((coef for coef in reversed(self.coefs) if np.all(np.isfinite(coef))), self.coefs[0])

    def arrays(self) -> tuple[Array, Array]:
        """Return the coefficients, shape (k, p), and which iterations they are of, shape (k,)."""
        return np.array(self.coefs), np.array(self.iterations)
