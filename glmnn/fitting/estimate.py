"""The maximum likelihood estimate, or why there is none, before anybody's coefficients are looked at."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from glmnn.arrays import Array
from glmnn.data.design import Design
from glmnn.data.formula.names import INTERCEPT
from glmnn.data.table import Table
from glmnn.diagnostics.besides import besides
from glmnn.diagnostics.boundary import Boundary
from glmnn.diagnostics.inference import Inference, infer, says_all
from glmnn.diagnostics.rank import Alias, aliased_columns
from glmnn.diagnostics.separation.verdict import Separation
from glmnn.diagnostics.settings import InferenceSettings
from glmnn.errors import DataError
from glmnn.fitting.alpha import Alpha, at_estimate, estimate_alpha
from glmnn.fitting.arithmetic import arithmetic
from glmnn.fitting.build import estimates_alpha, make_manner, make_penalty, make_run
from glmnn.fitting.limits import finite_limits
from glmnn.fitting.search import Sought, search
from glmnn.kernels.threads import one_thread
from glmnn.models.evaluation import SecondOrder
from glmnn.models.families import POISSON, negative_binomial
from glmnn.models.glm import GLM
from glmnn.models.links import find_link
from glmnn.models.model import SecondOrderModel
from glmnn.options.model import ModelOptions
from glmnn.problem.fused import prepare
from glmnn.problem.penalty import Penalty
from glmnn.problem.problem import Problem, is_glm
from glmnn.solvers.loop import Fit, Watch
from glmnn.solvers.stopping import Clock, Status

MANY_COLUMNS = 32  # from here on threads in small products and solves wait for each other


@dataclass(frozen=True, match_args=False)
class Maximum:
    """There is a maximum.

    Attributes
    ----------
    find : callable
        Returns what can be said about it; whoever looks first calls it.
    """

    find: Callable[[], Inference]
    __match_args__ = ("inference",)

    @cached_property
    def inference(self) -> Inference:
        """What can be said about it."""
        with np.errstate(all="ignore"):
            return self.find()


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
    said : tuple of str
        Notes on data and model.
    alpha : Alpha or None
        When the negative binomial's was estimated too.
    added : tuple of str
        Notes that stand behind those on the maximum.
    """

    table: Table
    model: SecondOrderModel
    design: Design
    terms: tuple[str, ...]
    aliases: tuple[Alias, ...]
    reference: Fit
    outcome: Outcome
    penalty: Penalty | None
    said: tuple[str, ...] = ()
    alpha: Alpha | None = None
    added: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader should know of data, model and maximum."""
        of_maximum = self.maximum.notes if isinstance(self.outcome, Maximum) else ()
        return (*self.said, *of_maximum, *self.added)

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
    with np.errstate(all="ignore"), arithmetic(options):  # extreme numbers end in a verdict, not in a warning
        model, design, notes = make_run(options, table)
        if estimates_alpha(options):
            return _with_alpha(options, table, model, design, notes, watch, init)
        return estimate_design(options, table, model, design, notes, watch, init)


def _with_alpha(
    options: ModelOptions,
    table: Table,
    model: SecondOrderModel,
    design: Design,
    notes: tuple[str, ...],
    watch: Watch | None,
    init: Callable[[tuple[str, ...]], Array | None] | None,
) -> Estimate:
    """Return the maximum in alpha and the coefficients together; the Poisson model is that of alpha = 0."""
    link = GLM(POISSON, find_link(model.link_name))
    poisson = estimate_design(replace(options, ci="wald"), table, link, design, notes)
    if not isinstance(poisson.outcome, Maximum):
        return replace(poisson, added=("alpha is not estimated, because there is no maximum at alpha = 0",))
    maximum = poisson.maximum
    alpha = estimate_alpha(poisson.design.data, link.link, maximum.coef, maximum.log_likelihood)
    if alpha.value == 0.0:
        nowhere = np.array([], dtype=np.intp)
        boundary = Boundary(maximum.coef, nowhere, np.array([]), maximum.deviance)
        return replace(poisson, outcome=OnBoundary(boundary), said=poisson.notes, alpha=alpha)
    model = GLM(negative_binomial(alpha.value), link.link)
    estimate = estimate_design(options, table, model, design, notes, watch, init)
    if not isinstance(estimate.outcome, Maximum):
        return estimate
    joint = replace(at_estimate(estimate.problem, estimate.maximum.coef), maxima=alpha.maxima)
    return replace(estimate, alpha=joint)


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
    columns = design.data.names
    terms, has_constant = model.terms(columns), INTERCEPT in columns
    whole, clock = Problem(model, design.data), Clock()
    aliases = aliased_columns(design.data, partial(_first_step, whole, clock) if is_glm(whole) else None)
    data = design.data.without({alias.name for alias in aliases})
    if not data.names:
        raise DataError(f"{table.source}: every column of the design is constantly 0")
    if (data := data.renamed(model.terms(data.names))) is not whole.data:
        design = replace(design, data=data)
    settings = make_manner(options, model, design.clusters)
    penalty = make_penalty(options, model.capabilities, design.data.names)
    same = penalty is None and design.data is whole.data
    problem = whole.fresh() if same else Problem(model, design.data, penalty=penalty)
    problem.besides = partial(besides, settings, has_constant)
    start = init(terms) if init is not None else None
    given = () if start is None else (start[[name in design.data.names for name in terms]],)
    with one_thread() if len(problem.names) >= MANY_COLUMNS else nullcontext():
        sought = search(problem, given, watch, clock)
    outcome, notes = _outcome(problem, sought, settings, has_constant), (*notes, *sought.notes, *design.notes)
    return Estimate(table, model, design, terms, aliases, sought.reference, outcome, penalty, notes)


def _first_step(problem: Problem, clock: Clock) -> SecondOrder:
    """Return the normal equations of the first step of Fisher scoring, by the clock of the solver."""
    prepare(problem.model, problem.data)
    with clock.running():
        return problem.starting_step()


def _outcome(problem: Problem, sought: Sought, settings: InferenceSettings, has_constant: bool) -> Outcome:
    match sought:
        case Sought(instead=Separation() as separation):
            return Separated(separation, finite_limits(problem, separation))
        case Sought(instead=Boundary() as boundary):
            return OnBoundary(boundary)
        case Sought(Fit(status=Status.CONVERGED) as reference):
            closing = reference.closing
            maximum = Maximum(partial(infer, problem, reference.coef, settings, has_constant, reference.rest, closing))
            if closing is None or not says_all(problem, settings):
                _ = maximum.inference  # now, for it reads the rows, which may be other ones later
            return maximum
        case Sought(Fit(status=Status.NO_FINITE_MAXIMUM)):
            return Rising()
    return NotFound(sought.reference.status)
