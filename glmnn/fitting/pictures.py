"""The pictures of a fit: what a comparison found, in the words of the picture document."""

from __future__ import annotations

from dataclasses import replace

from glmnn.fitting.compare import SolverComparison
from glmnn.fitting.estimate_pictures import (
    course_of_fit,
    descent_of,
    estimate_heading,
    estimate_subject,
    rate_used,
    start_in_words,
)
from glmnn.fitting.verdict import tone_of, verdict_lines
from glmnn.pictures.compose import picture_document
from glmnn.pictures.course import Course
from glmnn.pictures.document import PictureDocument
from glmnn.pictures.picture_schema import MOST_ROWS
from glmnn.pictures.subject import Subject
from glmnn.solvers.loop import Fit
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
    estimate, options = comparison.estimate, comparison.spec.options
    heading = estimate_heading(
        estimate,
        "fit",
        verdict=verdict_lines(comparison),
        tone=tone_of(comparison),
        code=comparison.exit,
        command=command,
        notes=estimate.notes,
        seed=options.seed,
    )
    return replace(
        estimate_subject(estimate, heading, plane, rows),
        courses=[course_of(comparison, run) for run in comparison.fits if run.status is not Status.DECLINED],
        drifts=comparison.drifts,
        descent=descent_of(comparison.convergence_rate, comparison.fits, estimate),
    )


def course_of(comparison: SolverComparison, run: Fit) -> Course:
    """Return a run as pictures draw it, with its rate and its start."""
    solver = next((solver for solver in comparison.spec.solvers if solver.name == run.solver), None)
    start = start_in_words(comparison.spec.options.init)
    return replace(course_of_fit(run), lr=rate_used(comparison.convergence_rate, solver), start=start)
