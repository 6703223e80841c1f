"""What the tolerance of somebody else's stopping rule means, and which one reaches the maximum."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np

from glmnn.arrays import Array
from glmnn.fitting.agreement import Agreement, std_error_units
from glmnn.fitting.estimate import Estimate
from glmnn.fitting.plan import Spec
from glmnn.problem.problem import Problem
from glmnn.solvers.loop import Fit, fit
from glmnn.solvers.steps import HasTolerance

TIGHTER = (1e-6, 1e-8, 1e-10, 1e-12)
LONGEST = 10.0  # seconds of a run that is still worth repeating


@dataclass(frozen=True)
class OwnTolerance:
    """A library that stopped too early by its own rule, and how tight the rule would have to be.

    Attributes
    ----------
    solver : str
    meaning : str
        What the tolerance bounds, with the name and value the library gives it.
    reaches : float or None
        The first of `TIGHTER` that comes within `--tol-agree`; None where none does, or a run takes too long to try.
    iterations : int
        Of the run with that tolerance, or with the last one tried; 0 where none was.
    distance : float
        Of that run from the maximum, in standard errors.
    """

    solver: str
    meaning: str
    reaches: float | None
    iterations: int
    distance: float


def tightened(
    problem: Problem,
    spec: Spec,
    fits: tuple[Fit, ...],
    start: Array | None,
    estimate: Estimate,
    agreements: tuple[Agreement, ...],
) -> tuple[OwnTolerance, ...]:
    """Find the tolerance with which each library that stopped too early would not have."""
    far = {item.solver for item in agreements if item.has_errors and not item.agrees}
    limit = spec.options.tol_agree
    return tuple(
        tighten(problem, solver, run, start, (estimate.maximum.coef, estimate.maximum.std_error), limit)
        for solver, run in zip(spec.solvers, fits, strict=False)
        if run.solver in far and isinstance(solver, HasTolerance) and not run.reason
    )


def tighten(
    problem: Problem, solver: HasTolerance, run: Fit, start: Array | None, maximum: tuple[Array, Array], limit: float
) -> OwnTolerance:
    """Let a library fit again with tighter tolerances until it comes near enough.

    Parameters
    ----------
    problem : Problem
        A fresh one.
    solver : HasTolerance
        That stopped too early.
    run : Fit
        Where.
    start : ndarray of shape (p,) or None
    maximum : (coef, std_error), ndarrays of shape (p,)
    limit : float
        Standard errors that are near enough, as `--tol-agree`.
    """
    units, again, distance = std_error_units(*maximum), run, nan
    tried = [tol for tol in TIGHTER if tol < solver.tolerance and run.seconds <= LONGEST]
    for tol in tried:
        again = fit(problem.fresh(), solver.at(tol), start=start)
        distance = float(np.max(np.abs(again.coef - maximum[0]) / units))
        if distance <= limit:
            return OwnTolerance(run.solver, solver.meaning, tol, again.iterations, distance)
    return OwnTolerance(run.solver, solver.meaning, None, again.iterations if tried else 0, distance)
