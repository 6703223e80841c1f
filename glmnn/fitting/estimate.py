"""The maximum likelihood estimate, or why there is none, before anybody's coefficients are looked at."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from glmnn.arrays import Array
from glmnn.data.design import Design
from glmnn.data.formula.names import INTERCEPT
from glmnn.data.table import Table
from glmnn.diagnostics.boundary import Boundary, boundary_maximum
from glmnn.diagnostics.existence import is_proof, separation_of
from glmnn.diagnostics.inference import Inference, infer
from glmnn.diagnostics.rank import Alias, aliased_columns
from glmnn.diagnostics.separation.verdict import Separation, Unsettled, finite_part
from glmnn.diagnostics.settings import InferenceSettings
from glmnn.diagnostics.starts import best_of_starts
from glmnn.errors import DataError
from glmnn.fitting.build import make_manner, make_penalty, make_run
from glmnn.kernels.threads import one_thread
from glmnn.models.model import SecondOrderModel
from glmnn.options.model import ModelOptions
from glmnn.problem.penalty import Penalty
from glmnn.problem.problem import Problem, is_glm
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import Fit, Watch, fit
from glmnn.solvers.standard_errors import StandardErrors
from glmnn.solvers.stopping import Status

MANY_COLUMNS = 32  # from here on threads in small products and solves wait for each other
PATIENT = StandardErrors(max_iter=1_000)
TO_THE_END = StandardErrors()  # whatever limits the user sets for the solvers, the reference is fitted to the end


@dataclass(frozen=True)
class Maximum:
    """There is a maximum, and this is what can be said about it."""

    inference: Inference


@dataclass(frozen=True)
class OnBoundary:
    """The maximum lies on the boundary of the domain, where standard errors do not hold."""

    boundary: Boundary


@dataclass(frozen=True)
class Separated:
    """There is no finite maximum, for the data are separated.

    Attributes
    ----------
    separation : Separation
    limits : dict of str to (float, float)
        Under a quasi-complete separation, limit and standard error of the coefficients that stay finite.
    """

    separation: Separation
    limits: dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Rising:
    """No finite maximum was found: the likelihood still rises as the coefficients grow."""


@dataclass(frozen=True)
class NotFound:
    """The maximum was not found, or it is not known whether there is one; the status says how the search ended."""

    status: Status


Outcome = Maximum | OnBoundary | Separated | Rising | NotFound


@dataclass(frozen=True)
class Estimate:
    """The maximum, or why there is none.

    Attributes
    ----------
    table : Table
    model : SecondOrderModel
    design : Design
        With the aliased columns taken out.
    terms : tuple of str
        All terms of the model, the aliased ones too.
    aliases : tuple of Alias
    reference : Fit
        Fisher scoring.
    outcome : Maximum, OnBoundary, Separated, Rising or NotFound
    penalty : Penalty or None
        When the estimate asked for is not the maximum likelihood one.
    notes : tuple of str
    """

    table: Table
    model: SecondOrderModel
    design: Design
    terms: tuple[str, ...]
    aliases: tuple[Alias, ...]
    reference: Fit
    outcome: Outcome
    penalty: Penalty | None
    notes: tuple[str, ...] = ()

    @property
    def maximum(self) -> Inference:
        """What can be said about the maximum, for those who know that there is one.

        Raises
        ------
        LookupError
            If there is none.
        """
        if not isinstance(self.outcome, Maximum):
            raise LookupError(f"there is no maximum to say anything about: {self.outcome}")
        return self.outcome.inference

    @property
    def goal(self) -> str:
        """What the reference is."""
        return "maximum likelihood estimate" if self.penalty is None else "penalised estimate"

    @property
    def lost(self) -> bool:
        """True when there is no maximum inside the domain of the model."""
        return isinstance(self.outcome, OnBoundary | Separated | Rising)

    @property
    def problem(self) -> Problem:
        """Model, data and penalty, with a count of passes of its own."""
        return Problem(self.model, self.design.data, penalty=self.penalty)


def find_estimate(
    options: ModelOptions,
    table: Table,
    watch: Watch | None = None,
    init: Callable[[tuple[str, ...]], Array | None] | None = None,
) -> Estimate:
    """Check rank and existence, find the maximum by Fisher scoring, and infer.

    Parameters
    ----------
    options : ModelOptions
    table : Table
    watch : callable, optional
        Told of each look.
    init : callable, optional
        From the names of all terms to a start of the user's, which is tried too where there may be several maxima.

    Raises
    ------
    GlmnnError
        If options and data do not fit.
    """
    with np.errstate(all="ignore"):  # extreme numbers end in a verdict, not in a warning
        return estimate_design(options, table, *make_run(options, table), watch, init)


def estimate_design(
    options: ModelOptions,
    table: Table,
    model: SecondOrderModel,
    design: Design,
    notes: tuple[str, ...] = (),
    watch: Watch | None = None,
    init: Callable[[tuple[str, ...]], Array | None] | None = None,
) -> Estimate:
    """Return the estimate of a model on a design, which may have fewer columns than the options say.

    Parameters
    ----------
    options, table, watch, init
        As for `find_estimate`.
    model : SecondOrderModel
    design : Design
    notes : tuple of str
        What is to be said before anything else.

    Raises
    ------
    GlmnnError
        If options and data do not fit.
    """
    with np.errstate(all="ignore"):
        columns = design.data.names
        terms, has_constant = model.terms(columns), INTERCEPT in columns
        aliases = aliased_columns(design.data)
        data = design.data.without({alias.name for alias in aliases})
        if not data.names:
            raise DataError(f"{table.source}: every column of the design is constantly 0")
        design = replace(design, data=data.renamed(model.terms(data.names)))
        settings = make_manner(options, model, design.clusters)
        penalty = make_penalty(options, model.capabilities, design.data.names)
        problem = Problem(model, design.data, penalty=penalty)
        start = init(terms) if init is not None else None
        given = () if start is None else (start[[name in design.data.names for name in terms]],)
        with one_thread() if len(problem.names) >= MANY_COLUMNS else nullcontext():
            found = _sought(problem, given, watch)
        outcome = _outcome(problem.fresh(), found, settings, has_constant)
        notes = (*notes, *found.notes, *design.notes)
        if isinstance(outcome, Maximum):
            notes = (*notes, *outcome.inference.notes)
        return Estimate(table, model, design, terms, aliases, found.reference, outcome, penalty, notes)


class _Sought(NamedTuple):
    """What was found of the maximum, or in its stead, and what is to be said about it."""

    reference: Fit
    instead: Separation | Boundary | None
    notes: tuple[str, ...] = ()


def _outcome(problem: Problem, found: _Sought, settings: InferenceSettings, has_constant: bool) -> Outcome:
    match found:
        case _Sought(instead=Separation() as separation):
            return Separated(separation, _limits(problem, separation))
        case _Sought(instead=Boundary() as boundary):
            return OnBoundary(boundary)
        case _Sought(Fit(status=Status.CONVERGED) as reference):
            return Maximum(infer(problem, reference.coef, settings, has_constant, reference.rest, reference.closing))
        case _Sought(Fit(status=Status.NO_FINITE_MAXIMUM)):
            return Rising()
    return NotFound(found.reference.status)


def _sought(problem: Problem, given: tuple[Array, ...], watch: Watch | None) -> _Sought:
    """Look for the maximum: inside the domain, at infinity, from several starts, on its edge, then for longer."""
    model = problem.model
    reference = fit(problem.fresh(), Fisher(), TO_THE_END, watch=watch)
    if problem.penalty is not None:
        return _Sought(_longer(problem, reference, watch), None)
    found = separation_of(problem.fresh(), reference)
    if isinstance(found, Separation):
        return _Sought(reference, found)
    notes: tuple[str, ...] = ()
    if not model.concave and reference.status is not Status.INTERRUPTED:
        reference, tried = best_of_starts(problem, reference, given)
        notes = (_not_concave(model, tried),)
    boundary = None
    if is_glm(problem) and not reference.converged and reference.status is not Status.INTERRUPTED:
        boundary = boundary_maximum(problem.fresh(), reference.coef)
    if boundary is None:
        exists = found is None and is_proof(problem)
        reference = _longer(problem, reference, watch, exists=exists)
    if isinstance(found, Unsettled) and reference.converged:
        reference = replace(reference, status=Status.UNSETTLED, reason=found.line())
    return _Sought(reference, boundary, notes)


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


def _limits(problem: Problem, separation: Separation) -> dict[str, tuple[float, float]]:
    """Return limit and standard error of the coefficients that stay finite under a quasi-complete separation."""
    if separation.complete or not is_glm(problem):
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
