"""The search for the maximum, and for what is there in its stead."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from glmnn.arrays import Array
from glmnn.diagnostics.boundary import Boundary, boundary_maximum
from glmnn.diagnostics.existence import is_proof, separation_of
from glmnn.diagnostics.separation.verdict import Separation, Unsettled
from glmnn.diagnostics.starts import best_of_starts
from glmnn.models.model import SecondOrderModel
from glmnn.problem.problem import Problem, is_glm
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import Fit, Watch, fit
from glmnn.solvers.stopping import Clock, Status
from glmnn.solvers.stopping.standard_errors import StandardErrors

PATIENT = StandardErrors(max_iter=1_000)
TO_THE_END = StandardErrors()  # whatever limits the user sets for the solvers, the reference is fitted to the end


class Sought(NamedTuple):
    """What was found of the maximum, or in its stead, and what is to be said about it."""

    reference: Fit
    instead: Separation | Boundary | None
    notes: tuple[str, ...] = ()


def search(problem: Problem, given: tuple[Array, ...], watch: Watch | None, clock: Clock | None = None) -> Sought:
    """Look for the maximum: inside the domain, at infinity, from several starts, on its edge, then for longer.

    On the clock is what the solver's first step has taken already.
    """
    model = problem.model
    reference = fit(problem.fresh(), Fisher(), TO_THE_END, watch=watch, clock=clock)
    if problem.penalty is not None:
        return Sought(_longer(problem, reference, watch), None)
    separation = separation_of(problem, reference)
    if isinstance(separation, Separation):
        return Sought(reference, separation)
    notes: tuple[str, ...] = ()
    if not model.concave and reference.status is not Status.INTERRUPTED:
        reference, tried = best_of_starts(problem, reference, given)
        notes = (_not_concave(model, tried),)
    boundary = None
    if is_glm(problem) and not reference.converged and reference.status is not Status.INTERRUPTED:
        boundary = boundary_maximum(problem.fresh(), reference.coef)
    if boundary is None:
        exists = separation is None and not reference.converged and is_proof(problem)
        reference = _longer(problem, reference, watch, exists=exists)
    if isinstance(separation, Unsettled) and reference.converged:
        reference = replace(reference, status=Status.UNSETTLED, reason=separation.line())
    return Sought(reference, boundary, notes)


def _longer(problem: Problem, run: Fit, watch: Watch | None, *, exists: bool = False) -> Fit:
    """Go on where the run ended too early: while the steps became shorter, or though a maximum is known to exist."""
    shorter = (
        run.status is Status.ITERATION_LIMIT and run.looks[-1].decrement < run.looks[len(run.looks) // 2].decrement
    )
    if not (shorter or (exists and run.status in {Status.NO_FINITE_MAXIMUM, Status.ITERATION_LIMIT})):
        return run
    longer = fit(problem.fresh(), Fisher(), replace(PATIENT, exists=exists), watch=watch)
    if longer.converged:
        return longer
    return replace(run, status=Status.STALLED) if exists and run.status is Status.NO_FINITE_MAXIMUM else run


def _not_concave(model: SecondOrderModel, tried: int) -> str:
    """Return what several starts do not prove."""
    starts = "this maximum was found from one start" if tried == 1 else f"this maximum is the best of {tried} starts"
    return (
        f"the log-likelihood of {model.family_name} with the {model.link_name} link is not concave: {starts}, and that "
        "there is no higher one is not proved"
    )
