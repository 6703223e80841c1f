"""What the documents' runs have in common: packaged data, and the hand-written neuron up to some step."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np

from glmnn.arrays import Array, Mask
from glmnn.data.bundled import folder
from glmnn.data.sources.files import read_table
from glmnn.data.table import Table
from glmnn.fitting.compare import SolverComparison, run
from glmnn.fitting.options import FitOptions
from glmnn.fitting.plan import make_spec
from glmnn.problem.problem import Problem
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.steps import Step

AT_ONCE = 1000  # states


def fitted(name: str, **options: Any) -> SolverComparison:
    """Return the comparison on a packaged data set."""
    return run(make_spec(FitOptions(**options)), table(name))


def table(name: str) -> Table:
    """Return a packaged data set."""
    return read_table(str(folder() / f"{name}.csv"))


def descended(problem: Problem, lr: float, steps: int) -> Array:
    """Return the coefficients after so many steps of plain gradient descent from zeros on the mean loss."""
    solver = Gradient(lr=lr, standardize=False)
    return next(islice(solver.steps(problem), steps, None)).coef


def first_step(problem: Problem, lr: float, met: Callable[[Array], Mask], start: Array | None = None) -> Step:
    """Return the first state after a step of plain gradient descent at which a document's own rule is met.

    `met` gets consecutive states, shape (k + 1, p), and says of each but the first whether it is one.
    """
    steps = Gradient(lr=lr, standardize=False).steps(problem, start)
    stretches = steps.at_once(lambda _share: AT_ONCE)
    before = next(stretches).coefs
    for stretch in stretches:
        found = met(np.vstack([before, stretch.coefs]))
        if found.any():
            place = int(np.argmax(found))
            return Step(stretch.last.iteration - found.size + 1 + place, stretch.coefs[place])
        before = stretch.coefs[-1:]
    raise AssertionError  # a run has no end of its own
