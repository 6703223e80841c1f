"""What the documents' runs have in common: packaged data, and the hand-written neuron up to some step."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from glmnn.arrays import Array
from glmnn.data.bundled import folder
from glmnn.data.sources.files import read_table
from glmnn.data.table import Table
from glmnn.fitting.compare import SolverComparison, run
from glmnn.fitting.options import FitOptions
from glmnn.fitting.plan import make_spec
from glmnn.problem.problem import Problem
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.steps import Step


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


def first_step(problem: Problem, lr: float, met: Callable[[Array], bool], start: Array | None = None) -> Step:
    """Return the first step of plain gradient descent at which a document's own rule is met."""
    steps = Gradient(lr=lr, standardize=False).steps(problem, start)
    return next(step for step in steps if met(step.coef))
