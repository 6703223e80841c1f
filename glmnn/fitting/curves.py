"""What a terminal draws of a fit: how far each solver was from the maximum by the passes it had made."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from glmnn.arrays import Array
from glmnn.data.dataset import CONSTANT
from glmnn.diagnostics.statistics import null_deviance_of
from glmnn.fitting.compare import SolverComparison
from glmnn.fitting.estimate_pictures import units_of
from glmnn.pictures.course import reached
from glmnn.pictures.run_schema import LEVELS
from glmnn.report.curves import Curve, Picture
from glmnn.report.numbers import count
from glmnn.report.tables import Grid
from glmnn.solvers.loop import Fit
from glmnn.solvers.stopping import Status

DISTANCE = "Distance from the maximum in SE, by passes over the data"
DEVIANCE = "Deviance over the null deviance, by passes over the data"


def picture_of(comparison: SolverComparison) -> Picture:
    """Return the distance of each solver from the maximum; where there is none, its deviance, wherever it is known."""
    in_units = units_of(comparison.estimate) is not None
    curves = [Curve(run.solver, cost, value) for run, cost, value in _ways(comparison)]
    return Picture(DISTANCE if in_units else DEVIANCE, curves)


def levels_of(comparison: SolverComparison) -> Grid:
    """Return the passes of each solver until it stayed within a level: what the picture shows, in numbers."""
    grid = Grid(("solver", *(f"{level:g}" for level in LEVELS)))
    for run, cost, value in _ways(comparison):
        places = [reached(value, level) for level in LEVELS]
        grid.add(run.solver, *("-" if place is None else count(float(cost[place])) for place in places))
    return grid


def _ways(comparison: SolverComparison) -> Iterator[tuple[Fit, Array, Array]]:
    """Yield each run with passes and distances on its way."""
    estimate = comparison.estimate
    units = units_of(estimate)
    for run in comparison.fits:
        if run.goal or run.status is Status.DECLINED:
            continue
        if units is not None:
            with np.errstate(all="ignore"):
                away = np.max(np.abs(run.path - estimate.maximum.coef) / units, axis=1)
            yield run, run.path_costs[:, 0], away
            continue
        known = np.array(run.deviances())
        if known.size:
            passes = dict(zip(run.path_iterations.tolist(), run.path_costs[:, 0].tolist(), strict=True))
            cost = np.array([passes.get(int(iteration), np.nan) for iteration in known[:, 0]])
            problem = estimate.problem
            yield run, cost, known[:, 1] / null_deviance_of(problem.fresh(), CONSTANT in problem.data.names)
