"""What pictures show of an estimate, whoever made it: its heading, units, plane and runs."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import numpy as np

from glmnn.arrays import Array
from glmnn.errors import Exit, OptionError, UsageError, unknown
from glmnn.fitting.agreement import std_error_units
from glmnn.fitting.convergence_rate import ConvergenceRate
from glmnn.fitting.estimate import Estimate, Maximum, Separated
from glmnn.fitting.tables import labels_of
from glmnn.pictures.course import Course
from glmnn.pictures.pace import Descent
from glmnn.pictures.subject import Heading, Subject
from glmnn.report.sections import Tone
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.loop import Fit
from glmnn.solvers.rule_options import rule_of


def estimate_subject(estimate: Estimate, heading: Heading, plane: str | None, rows: int) -> Subject:
    """Return what pictures of an estimate are made of, before any run is drawn; see `Subject`.

    Parameters
    ----------
    estimate : Estimate
    heading : Heading
    plane : str or None
        Two coefficients, as ``x1,x2``.
    rows : int
        Rows of the data to show at most.

    Raises
    ------
    UsageError
        If there are no such coefficients.
    """
    return Subject(
        heading=heading,
        problem=estimate.problem,
        labels=labels_of(estimate),
        inference=estimate.maximum if isinstance(estimate.outcome, Maximum) else None,
        units=units_of(estimate),
        pair=None if plane is None else pair_of(estimate, plane),
        separation=estimate.outcome.separation if isinstance(estimate.outcome, Separated) else None,
        rows=rows,
    )


def estimate_heading(
    estimate: Estimate,
    kind: str,
    *,
    verdict: Sequence[str],
    tone: Tone,
    code: Exit,
    command: str,
    notes: Sequence[str] = (),
    seed: int = 0,
) -> Heading:
    """Return what a document says of itself, by the estimate and the verdict upon it; see `Heading`."""
    return Heading(
        kind=kind,
        source=estimate.table.source,
        sha256=lambda: estimate.table.digest,
        verdict=verdict,
        tone=tone.name.lower(),
        exit=int(code),
        formula=estimate.design.formula,
        target=estimate.design.target,
        goal=estimate.goal,
        command=command,
        notes=notes,
        seed=seed,
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
