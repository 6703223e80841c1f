"""Run one experiment, from table to verdict: checks, fits, comparison with the maximum likelihood estimate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import IntEnum

import numpy as np

from glmnn.agreement import Agreement, compare
from glmnn.data.design import Design
from glmnn.data.formula import INTERCEPT
from glmnn.data.table import Table
from glmnn.diagnostics.boundary import Boundary, boundary_maximum
from glmnn.diagnostics.existence import separation_of
from glmnn.diagnostics.inference import Inference, infer
from glmnn.diagnostics.pace import Pace, explain_pace
from glmnn.diagnostics.rank import Alias, aliased_columns
from glmnn.diagnostics.separation import Separation, drift, finite_part
from glmnn.errors import DataError
from glmnn.fitting import Fit, Look, Status, Stopping, fit
from glmnn.models.glm import GLM
from glmnn.models.links import Array
from glmnn.penalty import Penalty
from glmnn.problem import Problem
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.gradient import Gradient, starting_coef
from glmnn.solvers.steps import Solver
from glmnn.spec import Spec, make_manner, make_penalty, make_run, starting_point

REFEREE = Stopping()  # whatever limits the user sets for the solvers, the reference is fitted to the end
SEPARATED_LIMIT = 10_000  # updates on data without a maximum unless asked for more: no number of them is enough


class Exit(IntEnum):
    """Exit codes of the command line."""

    DONE = 0
    NO = 1  # ran, but the answer is no: not converged, or no agreement
    USAGE = 2  # usage or data error
    NO_MAXIMUM = 3  # no finite, unique maximum inside the domain of the model
    INTERRUPTED = 130


@dataclass(frozen=True)
class Experiment:
    """Everything that one `glmnn fit` found.

    Attributes
    ----------
    spec : Spec
    table : Table
    model : GLM
    design : Design
        With the aliased columns taken out.
    aliases : tuple of Alias
    separation : Separation or None
    reference : Fit
        Fisher scoring, the referee.
    inference : Inference or None
        None when there is no finite maximum or it was not found.
    fits : tuple of Fit
        In the order asked for.
    agreements : tuple of Agreement
        Of the fits, when there is a reference to agree with.
    pace : Pace or None
        Of the first full-batch gradient run.
    advice : tuple of str
    notes : tuple of str
    limits : dict of str to (float, float)
        Under a quasi-complete separation, limit and standard error of the coefficients that stay finite.
    drifts : dict of str to float
        Under a complete separation, cosine of each gradient run with the direction of the widest margin.
    penalty : Penalty or None
        When the estimate asked for is not the maximum likelihood one.
    boundary : Boundary or None
        The maximum, when it lies on the boundary of the domain.
    """

    spec: Spec
    table: Table
    model: GLM
    design: Design
    aliases: tuple[Alias, ...]
    separation: Separation | None
    reference: Fit
    inference: Inference | None
    fits: tuple[Fit, ...]
    agreements: tuple[Agreement, ...]
    pace: Pace | None = None
    advice: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    limits: dict[str, tuple[float, float]] = field(default_factory=dict)
    drifts: dict[str, float] = field(default_factory=dict)
    boundary: Boundary | None = None
    penalty: Penalty | None = None

    @property
    def goal(self) -> str:
        """What the reference is."""
        return "maximum likelihood estimate" if self.penalty is None else "penalised estimate"

    @property
    def exit(self) -> Exit:
        """The verdict as an exit code."""
        statuses = {run.status for run in (*self.fits, self.reference)}
        if Status.INTERRUPTED in statuses:
            return Exit.INTERRUPTED
        lost = self.separation is not None or self.aliases or self.boundary is not None
        if lost or Status.NO_FINITE_MAXIMUM in statuses:
            return Exit.NO_MAXIMUM
        good = self.inference is not None and all(run.converged for run in self.fits)
        return Exit.DONE if good and all(item.agrees for item in self.agreements) else Exit.NO


Progress = Callable[[str], Callable[[Look, int], None] | None]  # solver name -> watcher of its looks


def run(spec: Spec, table: Table, progress: Progress | None = None) -> Experiment:
    """Run the solvers of a spec on a table and compare each with the maximum likelihood estimate.

    Raises
    ------
    GlmnnError
        If options and data do not fit; nothing has been written then.
    """
    with np.errstate(all="ignore"):  # extreme numbers end in a verdict, not in a warning
        return _run(spec, table, progress)


def _run(spec: Spec, table: Table, progress: Progress | None) -> Experiment:
    model, design, notes = make_run(spec, table)
    names = design.data.names
    aliases = aliased_columns(design.data)
    design = replace(design, data=design.data.without({alias.name for alias in aliases}))
    if not design.data.names:
        raise DataError(f"{table.source}: every column of the design is constantly 0")
    start = starting_point(spec.options, names)
    if start is not None and aliases:
        kept = [name in design.data.names for name in names]
        start = start[kept]
    manner = make_manner(spec.options, model, design.clusters)
    penalty = make_penalty(spec.options, model.family.name, design.data.names)
    problem = Problem(model, design.data, penalty=penalty)
    watch = progress or (lambda _name: None)
    reference = fit(problem.fresh(), Fisher(), REFEREE, watch=watch("fisher"))
    separation = None if penalty is not None else separation_of(problem.fresh(), reference)
    boundary = None
    if penalty is None and separation is None and reference.status in {Status.STALLED, Status.ITERATION_LIMIT}:
        boundary = boundary_maximum(problem.fresh(), reference.coef)
    lost = separation is not None or boundary is not None or reference.status is Status.NO_FINITE_MAXIMUM
    has_constant = INTERCEPT in design.data.names
    inference = (
        infer(problem.fresh(), reference.coef, manner, has_constant, reference.rest)
        if reference.converged and not lost
        else None
    )
    fits: list[Fit] = [reference] if reference.status is Status.INTERRUPTED else []
    for solver in spec.solvers:
        if any(run.status is Status.INTERRUPTED for run in (reference, *fits)):
            break
        fits.append(_run_solver(problem.fresh(), solver, spec, start, reference, lost, watch))
    agreements: tuple[Agreement, ...] = ()
    if inference is not None:
        agreements = tuple(
            compare(problem.fresh(), run, inference.coef, inference.std_error, spec.options.tol_agree)
            for run in fits
            if run.status is not Status.DECLINED
        )
    pace, advice = _pace(problem.fresh(), spec, fits, start, inference)
    return Experiment(
        spec, table, model, design, aliases, separation, reference, inference, tuple(fits), agreements, pace,
        advice, (*notes, *design.notes), _limits(problem.fresh(), separation),
        _drifts(problem.fresh(), spec, fits, separation), boundary, penalty,
    )  # fmt: skip


def _limits(problem: Problem, separation: Separation | None) -> dict[str, tuple[float, float]]:
    """Return limit and standard error of the coefficients that stay finite under a quasi-complete separation."""
    if separation is None or separation.complete:
        return {}
    part, finite = finite_part(problem, separation)
    if not finite:
        return {}
    run = fit(part, Fisher())
    if not run.converged:
        return {}
    found = infer(part, run.coef, rest=run.rest)
    return {
        name: (float(found.coef[j]), float(found.std_error[j])) for j, name in enumerate(found.names) if name in finite
    }


def _drifts(problem: Problem, spec: Spec, fits: list[Fit], separation: Separation | None) -> dict[str, float]:
    """Return how near each gradient run has come to the direction of the widest margin, as a cosine."""
    if separation is None or not separation.complete:
        return {}
    return {
        run.solver: drift(problem, run.coef, solver.coordinates(problem))
        for solver, run in zip(spec.solvers, fits, strict=False)
        if isinstance(solver, Gradient) and np.any(run.coef) and np.all(np.isfinite(run.coef))
    }


def _run_solver(
    problem: Problem,
    solver: Solver,
    spec: Spec,
    start: Array | None,
    reference: Fit,
    lost: bool,
    watch: Progress,
) -> Fit:
    if isinstance(solver, Fisher) and start is None and spec.stopping == REFEREE:
        return reference  # the referee is that very run
    stopping = spec.stopping
    if lost and stopping.max_iter is None:
        limit = min(solver.max_iter, SEPARATED_LIMIT)
        stopping = replace(stopping, max_iter=limit)
    return fit(problem, solver, stopping, start, watch(solver.name))


def _pace(
    problem: Problem,
    spec: Spec,
    fits: list[Fit],
    start: Array | None,
    inference: Inference | None,
) -> tuple[Pace | None, tuple[str, ...]]:
    if inference is None:
        return None, ()
    for solver, run in zip(spec.solvers, fits, strict=False):
        if isinstance(solver, Gradient) and solver.batch(problem.rows) is None and run.looks:
            origin = start if start is not None else starting_coef(problem)
            pace, factor = explain_pace(
                problem, solver, run, origin, problem.second_order(inference.coef).information, spec.stopping.tol
            )
            return pace, tuple(pace.advice(factor))
    return None, ()
