"""The pictures of a fit: what a comparison found, in the words of the picture document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf

import numpy as np

from glmnn.arrays import Array
from glmnn.errors import OptionError, UsageError, unknown
from glmnn.fitting.agreement import std_error_units
from glmnn.fitting.compare import SolverComparison
from glmnn.fitting.convergence_rate import ConvergenceRate
from glmnn.fitting.estimate import Estimate, Maximum, Separated
from glmnn.fitting.tables import labels_of
from glmnn.fitting.verdict import tone_of, verdict_lines
from glmnn.pictures.compose import picture_document
from glmnn.pictures.course import Course
from glmnn.pictures.document import PictureDocument
from glmnn.pictures.pace import Descent
from glmnn.pictures.picture_schema import MOST_ROWS
from glmnn.pictures.subject import Heading, Subject
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.loop import Fit
from glmnn.solvers.rule_options import rule_of
from glmnn.solvers.stopping import Status


def to_pictures(
    comparison: SolverComparison, plane: str | None = None, command: str = "", rows: int = MOST_ROWS
) -> PictureDocument:
    """Return the picture document of a fit.

    Parameters
    ----------
    comparison : SolverComparison
    plane : str, optional
        Two coefficients, as ``x1,x2``.
    command : str
        The command line, without folders.
    rows : int
        Rows of the data to show at most.

    Raises
    ------
    UsageError
        If there are no such coefficients.
    """
    return picture_document(subject_of(comparison, plane, command, rows))


def subject_of(
    comparison: SolverComparison, plane: str | None = None, command: str = "", rows: int = MOST_ROWS
) -> Subject:
    """Return what pictures of a fit are made of; the parameters are those of `to_pictures`."""
    estimate = comparison.estimate
    maximum = estimate.maximum if isinstance(estimate.outcome, Maximum) else None
    lost = estimate.outcome.separation if isinstance(estimate.outcome, Separated) else None
    return Subject(
        heading=_heading(comparison, command),
        problem=estimate.problem,
        labels=labels_of(estimate),
        inference=maximum,
        units=units_of(estimate),
        courses=[course_of(comparison, run) for run in comparison.fits if run.status is not Status.DECLINED],
        pair=None if plane is None else pair_of(estimate, plane),
        separation=lost,
        drifts=comparison.drifts,
        descent=descent_of(comparison.convergence_rate, comparison.fits, estimate),
        rows=rows,
    )


def units_of(estimate: Estimate) -> Array | None:
    """Return the standard errors in which distances from the maximum are told; None where there are none."""
    if not isinstance(estimate.outcome, Maximum) or not estimate.maximum.has_errors:
        return None
    return std_error_units(estimate.maximum.coef, estimate.maximum.std_error)


def pair_of(estimate: Estimate, plane: str) -> tuple[int, int]:
    """Return the places of two coefficients, by their names or what reports call them.

    Raises
    ------
    UsageError
        If there are none of these names, or not two.
    """
    return pair_among(estimate.design.data.names, labels_of(estimate), plane)


def check_pair(estimate: Estimate, plane: str | None) -> None:
    """Refuse a plane of coefficients that there are not, before anything is written.

    Raises
    ------
    UsageError
        With the reason.
    """
    if plane is not None:
        pair_of(estimate, plane)


def pair_among(names: Sequence[str], labels: Sequence[str], plane: str) -> tuple[int, int]:
    """Return the places of two coefficients among names and labels.

    Raises
    ------
    UsageError
        If there are none of these names, or not two.
    """
    parts = _split(plane, {*names, *labels})
    if len(parts) != 2 or parts[0] == parts[1]:
        raise OptionError("plane", "takes two coefficients, as x1,x2", plane)
    places = []
    for part in parts:
        if part not in names and part not in labels:
            raise UsageError(unknown("coefficient", part, list(names)))
        places.append((names if part in names else labels).index(part))
    return places[0], places[1]


def _split(plane: str, known: set[str]) -> list[str]:
    """Return two names, which may have commas of their own."""
    pieces = plane.split(",")
    for cut in range(1, len(pieces)):
        pair = [",".join(pieces[:cut]).strip(), ",".join(pieces[cut:]).strip()]
        if known.issuperset(pair):
            return pair
    return [piece.strip() for piece in pieces]


def course_of(comparison: SolverComparison, run: Fit) -> Course:
    """Return a run as pictures draw it, with its rate and its start."""
    solver = next((solver for solver in comparison.spec.solvers if solver.name == run.solver), None)
    start = start_in_words(comparison.spec.options.init)
    return replace(course_of_fit(run), lr=rate_used(comparison.convergence_rate, solver), start=start)


def course_of_fit(run: Fit) -> Course:
    """Return a run as pictures draw it."""
    costs = run.path_costs if len(run.path_costs) == len(run.path) else None
    return Course(
        solver=run.solver,
        iteration=run.path_iterations.astype(np.intp),
        coef=run.path,
        status=run.status.value,
        reason=run.reason,
        kind="end" if len(run.path) == 1 and run.iterations > 0 else "path",
        passes=None if costs is None else costs[:, 0],
        seconds=None if costs is None else costs[:, 1],
        goal=run.goal,
        deviances=dict(run.deviances()),
    )


def rate_used(found: ConvergenceRate | None, solver: object) -> float | None:
    """Return the learning rate of a solver, where it is known."""
    if not isinstance(solver, Gradient):
        return None
    return found.lr if found is not None and found.solver == solver.name else solver.lr


def start_in_words(init: str) -> str:
    """Return where solvers start, in a word."""
    return {"auto": "its own start"}.get(init, init if init in ("zeros", "ones", "random") else "given")


def _heading(comparison: SolverComparison, command: str) -> Heading:
    estimate, options = comparison.estimate, comparison.spec.options
    return Heading(
        kind="fit",
        source=estimate.table.source,
        sha256=lambda: estimate.table.digest,
        verdict=verdict_lines(comparison),
        tone=tone_of(comparison).name.lower(),
        exit=int(comparison.exit),
        formula=estimate.design.formula,
        target=estimate.design.target,
        goal=estimate.goal,
        command=command,
        notes=estimate.notes,
        seed=options.seed,
    )


def descent_of(found: ConvergenceRate | None, fits: Sequence[Fit], estimate: Estimate) -> Descent | None:
    """Return the gradient run whose pace is explained."""
    if found is None:
        return None
    run = next(run for run in fits if run.solver == found.solver)
    problem = estimate.problem
    return Descent(
        solver=found.solver,
        lr=found.lr,
        to_data=np.asarray(Gradient(standardize=found.standardized).coordinates(problem)),
        standardized=found.standardized,
        plain=not rule_of(found.solver).memory,
        converged=run.done,
        predicted=found.predicted if found.predicted < inf else inf,
        actual=found.actual,
        raw_condition=found.raw.condition,
    )
