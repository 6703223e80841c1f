"""Step by step: whether a framework takes the very steps of the hand-written neuron."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np

from glmnn.arrays import Array
from glmnn.fitting.agreement import std_error_units
from glmnn.problem.problem import Problem
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.loop import Fit

ROUNDING = 1e-13  # of a sum, as a part of its terms
NOTICED = 1e-12  # of a coefficient: above the rounding of a run, far below anything that matters


@dataclass(frozen=True)
class Trajectory:
    """A run of a framework beside the hand-written neuron at the same start, batches and rates.

    Attributes
    ----------
    solver : str
        The framework's run.
    rule : str
        The hand-written rule that it mirrors.
    steps : int
        Steps compared.
    largest : float
        Largest difference of a coefficient over all of them.
    relative : float
        The same as a part of the largest coefficient at that step (of 1 where all are smaller).
    in_std_errors : float
        The same in standard errors of the maximum; nan where there are none.
    first : int or None
        First step at which a coefficient differs by more than `NOTICED`; None when there is none.
    rounding : tuple of str
        Coefficients whose gradient before that step is nothing but rounding, where the rule divides it by its own size.
    absent : str
        Why nothing was compared; empty where it was.
    """

    solver: str
    rule: str
    steps: int
    largest: float
    relative: float
    in_std_errors: float
    first: int | None
    rounding: tuple[str, ...] = ()
    absent: str = ""


def not_compared(solver: str, twin: Gradient, reason: str) -> Trajectory:
    """Return the entry of a run that has no hand-written one to be compared with."""
    return Trajectory(solver, twin.name, 0, nan, nan, nan, None, absent=reason)


def follow(
    problem: Problem, twin: Gradient, run: Fit, start: Array | None, reference: tuple[Array, Array] | None
) -> Trajectory:
    """Run the hand-written neuron again for as many steps as a run took, and compare each kept state.

    Parameters
    ----------
    problem : Problem
        A fresh one.
    twin : Gradient
        The hand-written neuron with the options of the run.
    run : Fit
    start : ndarray of shape (p,) or None
    reference : (coef, std_error) or None
        Of the maximum.
    """
    largest = relative = in_std_errors = 0.0
    first, compared = None, 0
    before: Array | None = None
    here: Array | None = None
    rounding: tuple[str, ...] = ()
    theirs = dict(zip(run.path_iterations.tolist(), run.path, strict=True))
    units = None if reference is None else std_error_units(*reference)
    with np.errstate(all="ignore"):
        for step in twin.steps(problem, start):
            if step.iteration > run.iterations:
                break
            state, before, here = theirs.get(step.iteration), here, step.coef
            if state is None:
                continue
            difference = np.abs(state - step.coef)
            gap = float(np.max(difference))
            if np.isnan(gap):  # both have left float64
                break
            compared = step.iteration
            largest = max(largest, gap)
            relative = max(relative, gap / max(1.0, float(np.max(np.abs(step.coef)))))
            if units is not None:
                in_std_errors = max(in_std_errors, float(np.max(difference / units)))
            if first is None and gap > NOTICED:
                first = step.iteration
                if twin.rule.scale_free and before is not None:
                    rounding = _only_rounding(problem.fresh(), twin, before)
    rule = twin.name if twin.update is None else f"{twin.name}, floor inside"
    return Trajectory(
        run.solver, rule, compared, largest, relative, in_std_errors if units is not None else nan, first,
        rounding,
    )  # fmt: skip


def _only_rounding(problem: Problem, twin: Gradient, coef: Array) -> tuple[str, ...]:
    """Return the coefficients whose component of the gradient is no larger than the rounding of its sum."""
    whole = problem.all_rows("--trajectory")
    X = whole.X @ twin.coordinates(problem) if twin.standardize else whole.X
    terms = X * problem.glm.slope(problem.glm.eta(coef, whole), whole)[:, None]
    sums, sizes = np.abs(terms.sum(axis=0)), np.abs(terms).sum(axis=0)
    return tuple(name for name, sum_, size in zip(problem.names, sums, sizes, strict=True) if sum_ <= ROUNDING * size)
