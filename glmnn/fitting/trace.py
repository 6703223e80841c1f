"""The path of every solver as CSV: where it was, how near the maximum, and what it had cost until then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from glmnn.arrays import Index
from glmnn.fitting.agreement import std_error_units
from glmnn.fitting.compare import SolverComparison
from glmnn.fitting.estimate import Maximum
from glmnn.report.csv import csv_text
from glmnn.solvers.loop import Fit
from glmnn.solvers.stopping import Status

MOST, FEWEST = 10_000, 200  # states of a solver that are written
CELLS = 2_000_000_000  # of the design that may be read for the deviance of all states


def to_trace(comparison: SolverComparison) -> str:
    """Return solver, iteration, deviance, distance in standard errors, passes, seconds and coefficients of each state.

    Of a path of more than `MOST` states, or on data so large that their deviances would take longer than a few
    seconds, so many are written, spread evenly over the logarithm of the iteration.
    """
    with np.errstate(all="ignore"):
        return csv_text(_rows(comparison))


def _rows(comparison: SolverComparison) -> Iterator[Sequence[object]]:
    estimate, problem = comparison.estimate, comparison.estimate.problem
    yield "solver", "iteration", "deviance", "distance", "passes", "seconds", *estimate.design.data.names
    known = estimate.maximum if isinstance(estimate.outcome, Maximum) else None
    units = None if known is None or not known.has_errors else std_error_units(known.coef, known.std_error)
    for run in comparison.fits:
        deviances = dict(run.deviances())
        for place in _written(run, problem.rows * len(problem.names)):
            iteration, coef = int(run.path_iterations[place]), run.path[place]
            deviance = deviances.get(iteration)
            if deviance is None:
                deviance = problem.first_order(coef).deviance
            distance: object = ""
            if known is not None and units is not None and not run.goal:
                distance = float(np.max(np.abs(coef - known.coef) / units))
            costs = ("", "") if run.status is Status.DECLINED else run.path_costs[place].tolist()
            yield run.solver, iteration, "" if np.isnan(deviance) else deviance, distance, *costs, *coef.tolist()


def _written(run: Fit, cells: int) -> Index:
    """Return the places of the states that are written."""
    last = len(run.path) - 1
    most = max(FEWEST, min(MOST, CELLS // max(cells, 1)))
    if last < most:
        return np.arange(last + 1)
    return np.unique(np.r_[0, np.geomspace(1, last + 1, most).round().astype(int) - 1])
