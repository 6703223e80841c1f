"""From table to verdict: the estimate, the solvers, and how far each of them is from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import numpy as np

from glmnn.arrays import Array
from glmnn.data.table import Table
from glmnn.diagnostics.separation.verdict import drift
from glmnn.errors import Exit
from glmnn.fitting.agreement import Agreement, Measured, compare
from glmnn.fitting.arithmetic import arithmetic
from glmnn.fitting.convergence_rate import ConvergenceRate, explain_rate
from glmnn.fitting.estimate import Estimate, Maximum, Separated, find_estimate
from glmnn.fitting.libraries import cut_short, load_libraries, most_updates
from glmnn.fitting.own_tolerance import OwnTolerance, tightened
from glmnn.fitting.perceptron_bound import Mistakes, count_mistakes
from glmnn.fitting.plan import Spec, starting_point
from glmnn.fitting.ratios import check_ratios
from glmnn.fitting.search import TO_THE_END
from glmnn.fitting.trajectory import Trajectory, follow, not_compared
from glmnn.problem.problem import Problem, is_glm
from glmnn.solvers.external.framework import FrameworkTwin
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.gradient import Gradient, starting_coef
from glmnn.solvers.loop import Fit, fit
from glmnn.solvers.perceptron import Perceptron
from glmnn.solvers.steps import Solver, goal_of
from glmnn.solvers.stopping import Look, Status


@dataclass(frozen=True)
class SolverComparison:
    """Everything that one `glmnn fit` found.

    Attributes
    ----------
    spec : Spec
    estimate : Estimate
        The maximum, or why there is none.
    fits : tuple of Fit
        In the order asked for.
    compared : tuple of Agreement or None
        The agreements, where the run has asked for them.
    convergence_rate : ConvergenceRate or None
        Of the first full-batch gradient run.
    advice : tuple of str
    drifts : dict of str to float
        Under a complete separation, cosine of each gradient run with the direction of the widest margin.
    trajectories : tuple of Trajectory
        Of the runs that mirror the hand-written neuron, when asked for.
    mistakes : tuple of Mistakes
        Of the perceptron.
    tolerances : tuple of OwnTolerance
        Of the libraries that stopped too early by a rule of their own.
    """

    spec: Spec
    estimate: Estimate
    fits: tuple[Fit, ...]
    compared: tuple[Agreement, ...] | None = None
    convergence_rate: ConvergenceRate | None = None
    advice: tuple[str, ...] = ()
    drifts: dict[str, float] = field(default_factory=dict)
    trajectories: tuple[Trajectory, ...] = ()
    mistakes: tuple[Mistakes, ...] = ()
    tolerances: tuple[OwnTolerance, ...] = ()

    @cached_property
    def agreements(self) -> tuple[Agreement, ...]:
        """Of the fits, when there is a reference to agree with."""
        return agreements_of(self.spec, self.fits, self.estimate) if self.compared is None else self.compared

    @property
    def exit(self) -> Exit:
        """The verdict as an exit code."""
        statuses = {run.status for run in (*self.fits, self.estimate.reference)}
        if Status.INTERRUPTED in statuses:
            return Exit.INTERRUPTED
        if self.estimate.lost or self.estimate.aliases or Status.NO_FINITE_MAXIMUM in statuses:
            return Exit.NO_MAXIMUM
        good = isinstance(self.estimate.outcome, Maximum) and all(run.done for run in self.fits)
        return Exit.DONE if good and all(item.agrees for item in self.agreements) else Exit.NO


Progress = Callable[[str, int], Callable[[Look, int], None] | None]  # solver, rows -> watcher of its looks


def run(spec: Spec, table: Table, progress: Progress | None = None) -> SolverComparison:
    """Run the solvers of a spec on a table and compare each with the maximum likelihood estimate.

    Raises
    ------
    GlmnnError
        If options and data do not fit; nothing has been written then.
    """
    with np.errstate(all="ignore"), arithmetic(spec.options):  # extreme numbers end in a verdict, not in a warning
        return _run(spec, table, progress)


def _run(spec: Spec, table: Table, progress: Progress | None) -> SolverComparison:
    watch = progress or (lambda _name, _rows: None)
    estimate = find_estimate(
        spec.options,
        table,
        watch("fisher", table.rows if table.stream is None else table.stream.rows),
        lambda terms: starting_point(spec.options, terms),
    )
    if spec.options.exp:
        check_ratios(estimate.model)
    if added := [*load_libraries(spec.solvers, spec.absent), *cut_short(spec, estimate)]:
        estimate = replace(estimate, added=tuple(added))
    start = _start(spec, estimate)
    fits = _fits(spec, start, estimate, watch)
    if fits[-1] is estimate.reference and len(fits) == 1 and fits[0].closing is not None:
        _check_stream(estimate)
        return SolverComparison(spec, estimate, fits)  # it agrees with itself, and costs no pass to be looked at
    problem, agreements = estimate.problem, agreements_of(spec, fits, estimate)
    fits = _at_their_own_stop(spec, fits, agreements)
    convergence_rate, advice = rate_of(spec.solvers, fits, start, estimate, spec.stopping.tol)
    _check_stream(estimate)
    return SolverComparison(
        spec,
        estimate,
        fits,
        agreements,
        convergence_rate,
        advice,
        drifts_of(spec.solvers, fits, estimate),
        _trajectories(problem, spec, fits, start, estimate),
        _mistakes(problem, spec, fits, start, estimate),
        tightened(problem, spec, fits, start, estimate, agreements),
    )


def _check_stream(estimate: Estimate) -> None:
    """Refuse rows that have changed while they were read."""
    if estimate.table.stream is not None:
        estimate.table.stream.check()


def _start(spec: Spec, estimate: Estimate) -> Array | None:
    """Return the start that the user gave, without the aliased terms."""
    start = starting_point(spec.options, estimate.terms)
    if start is None or not estimate.aliases:
        return start
    return start[[name in estimate.design.data.names for name in estimate.terms]]


def _fits(spec: Spec, start: Array | None, estimate: Estimate, watch: Progress) -> tuple[Fit, ...]:
    """Run the solvers, until somebody interrupts."""
    if estimate.reference.status is Status.INTERRUPTED:
        return (estimate.reference,)
    fits: list[Fit] = []
    for solver in spec.solvers:
        fits.append(_run_solver(solver, spec, start, estimate, watch))
        if fits[-1].status is Status.INTERRUPTED:
            break
    return tuple(fits)


def _at_their_own_stop(spec: Spec, fits: tuple[Fit, ...], agreements: tuple[Agreement, ...]) -> tuple[Fit, ...]:
    """Say of libraries that ended by a rule of their own that they did; how far that is off stands beside it."""
    ended = {solver.name: solver.max_iter for solver in spec.solvers if solver.stops_itself}
    near = {item.solver for item in agreements if item.agrees}

    def at_limit(run: Fit) -> bool:
        return run.solver not in near and run.iterations >= ended[run.solver]

    return tuple(
        replace(run, status=Status.ITERATION_LIMIT if at_limit(run) else Status.OWN_STOP)
        if run.status is Status.STALLED and run.solver in ended and not run.reason
        else run
        for run in fits
    )


def agreements_of(spec: Spec, fits: tuple[Fit, ...], estimate: Estimate) -> tuple[Agreement, ...]:
    """Hold each run that is after the maximum against it."""
    if not isinstance(estimate.outcome, Maximum):
        return ()
    maximum = estimate.maximum
    agreements = tuple(
        compare(
            estimate.problem,
            run,
            maximum.coef,
            maximum.std_error,
            spec.options.tol_agree,
            maximum.has_errors,
            maximum.certain_digits,
            maximum.second_order,
        )
        for run in fits
        if run.status is not Status.DECLINED and not run.goal
    )
    later = tuple(replace(item, measure=partial(_measured, spec, item.measure)) for item in agreements)
    if estimate.table.stream is not None:  # whose rows are held for no longer than the run
        for item in later:
            _ = item.measured
    return later


def _measured(spec: Spec, measure: Callable[[], Measured]) -> Measured:
    """Measure with the kernels and threads of the run."""
    with arithmetic(spec.options):
        return measure()


def _trajectories(
    problem: Problem, spec: Spec, fits: tuple[Fit, ...], start: Array | None, estimate: Estimate
) -> tuple[Trajectory, ...]:
    """Hold each run of a framework against the hand-written neuron that it mirrors."""
    if not spec.options.trajectory:
        return ()
    has_maximum = isinstance(estimate.outcome, Maximum)
    reference = (estimate.maximum.coef, estimate.maximum.std_error) if has_maximum else None
    layered = (
        "it looks at each component, and those of a layer with a row for each class are others than the coefficients "
        "of the hand-written one"
    )
    return tuple(
        not_compared(run.solver, solver.twin(), layered)
        if problem.model.outputs > 1 and solver.twin().rule.scale_free
        else follow(problem.fresh(), solver.twin(), run, start, reference)
        for solver, run in zip(spec.solvers, fits, strict=False)
        if isinstance(solver, FrameworkTwin) and run.status is not Status.DECLINED
    )


def _mistakes(
    problem: Problem, spec: Spec, fits: tuple[Fit, ...], start: Array | None, estimate: Estimate
) -> tuple[Mistakes, ...]:
    """Count the mistakes of the perceptron."""
    return tuple(
        count_mistakes(problem.fresh(), run, start, _completely_separated(estimate))
        for solver, run in zip(spec.solvers, fits, strict=False)
        if isinstance(solver, Perceptron) and run.status is not Status.DECLINED
    )


def _completely_separated(estimate: Estimate) -> bool:
    return isinstance(estimate.outcome, Separated) and estimate.outcome.separation.complete


def drifts_of(solvers: Sequence[Solver], fits: Sequence[Fit], estimate: Estimate) -> dict[str, float]:
    """Return how near each gradient run has come to the direction of the widest margin, as a cosine."""
    outcome = estimate.outcome
    if not isinstance(outcome, Separated) or not outcome.separation.complete or outcome.separation.counts is not None:
        return {}
    problem = estimate.problem.fresh()
    if not is_glm(problem):
        return {}
    return {
        run.solver: drift(problem, run.coef, solver.coordinates(problem))
        for solver, run in zip(solvers, fits, strict=False)
        if isinstance(solver, Gradient) and np.any(run.coef) and np.all(np.isfinite(run.coef))
    }


def _run_solver(solver: Solver, spec: Spec, start: Array | None, estimate: Estimate, watch: Progress) -> Fit:
    if isinstance(solver, Fisher) and start is None and spec.stopping == TO_THE_END:
        return estimate.reference  # the reference solution is that very run
    problem, stopping = estimate.problem, spec.stopping
    if estimate.lost and stopping.max_iter is None and not goal_of(solver):
        stopping = replace(stopping, max_iter=most_updates(solver))
    own = solver.own(problem) if isinstance(solver, Gradient) else problem
    closing = estimate.reference.closing
    if own is problem and closing is not None:
        stopping = replace(stopping, near=closing.second_order, maximum=estimate.reference.coef)
    return fit(own, solver, stopping, start, watch(solver.name, problem.rows))


def rate_of(
    solvers: Sequence[Solver], fits: Sequence[Fit], start: Array | None, estimate: Estimate, tol: float
) -> tuple[ConvergenceRate | None, tuple[str, ...]]:
    """Return what set the pace of the first full-batch gradient run, and what would make it faster."""
    if not isinstance(estimate.outcome, Maximum):
        return None, ()
    problem = estimate.problem.fresh()
    for solver, run in zip(solvers, fits, strict=False):
        if not isinstance(solver, Gradient) or solver.weight_decay:
            continue
        if solver.batch(problem.rows) is None and run.looks:
            origin = start if start is not None else starting_coef(problem)
            closing, coef = estimate.reference.closing, estimate.maximum.coef
            current = problem.second_order(coef) if closing is None else closing.second_order
            rate, factor = explain_rate(problem, solver, run, origin, current.information, tol)
            return rate, tuple(rate.advice(factor))
    return None, ()
