"""The first words of a fit: whether the solvers agree, and what to do where they do not."""

from __future__ import annotations

from math import floor, isfinite

from glmnn.errors import Exit
from glmnn.fitting.agreement import Agreement
from glmnn.fitting.compare import SolverComparison
from glmnn.fitting.estimate import Estimate, Maximum, OnBoundary, Separated
from glmnn.fitting.own_tolerance import TIGHTER, OwnTolerance
from glmnn.fitting.tables import agreement_of
from glmnn.options.fields import together
from glmnn.report.numbers import count, small
from glmnn.report.sections import Tone
from glmnn.solvers.loop import Fit
from glmnn.solvers.stopping import Status


def tone_of(comparison: SolverComparison) -> Tone:
    """Return how the verdict is meant."""
    if comparison.exit is Exit.DONE:
        return Tone.GOOD
    has_maximum = isinstance(comparison.estimate.outcome, Maximum)
    near = has_maximum and not comparison.estimate.aliases and all(item.agrees for item in comparison.agreements)
    return Tone.CAREFUL if near or comparison.exit is Exit.INTERRUPTED else Tone.BAD


def verdict_lines(comparison: SolverComparison) -> list[str]:
    """Return the one line that says agree or not, and what to do where it is not."""
    estimate = comparison.estimate
    match comparison.exit:
        case Exit.INTERRUPTED:
            return ["Interrupted: the table shows the state that was reached.", *_never_started(comparison)]
        case Exit.NO_MAXIMUM:
            return [no_maximum(estimate)]
    lines = []
    if not isinstance(estimate.outcome, Maximum):
        lines.append(f"Fisher scoring did not find the maximum ({estimate.reference.status.value}).")
    lines += [line for run in comparison.fits for line in _objection(comparison, run)]
    if lines:
        agreed = [item.solver for item in comparison.agreements if item.agrees]
        if len(agreed) > 1 and len(agreed) < len(comparison.agreements):
            lines.append(f"{together(agreed)} agree.")
        return lines
    return [_agreed(comparison), *_existence(comparison)]


def no_maximum(estimate: Estimate) -> str:
    """Return why there is no finite, unique maximum inside the domain."""
    match estimate.outcome:
        case Separated(separation):
            how = "completely separated" if separation.complete else "quasi-completely separated"
            return f"No finite maximum: the rows are {how}."
        case OnBoundary() if estimate.alpha is not None:
            return "The maximum lies on the boundary, alpha = 0: there is no overdispersion, the model is Poisson's."
        case OnBoundary():
            return "The maximum lies on the boundary: standard errors, p values and intervals do not hold there."
        case _ if estimate.aliases:
            return "No unique maximum: the estimates hold with the aliased columns left out."
    return "No finite maximum found: the likelihood still rises as the coefficients grow."


def _objection(comparison: SolverComparison, run: Fit) -> list[str]:
    """Return what is wrong with a run, if anything is."""
    agreement, goal = agreement_of(comparison, run), comparison.estimate.goal
    steps = f"after {count(run.iterations)} {'updates' if run.goal else 'iterations'} ({run.status.value})"
    if run.status is Status.DECLINED:
        return [f"{run.solver} declined this model: {run.reason or 'it found no valid start'}."]
    if run.reason:
        return [f"{run.solver} stopped: {run.reason}."]
    if run.goal and not run.done:
        return [f"{run.solver} did not find {run.goal} {steps}."]
    if agreement is not None and not agreement.agrees:
        why = [_tolerance(item) for item in comparison.tolerances if item.solver == run.solver]
        return [f"{run.solver} does not agree: {_away(agreement)} the {goal} {steps}.", *why]
    if not run.done and agreement is not None:
        return [f"{run.solver} did not converge: {_away(agreement)} the {goal} {steps}, within --tol-agree."]
    return []


def _agreed(comparison: SolverComparison) -> str:
    """Return that the solvers agree, and how closely."""
    compared = comparison.agreements
    others = [item for item in compared if item.solver != "fisher"]
    if not others:
        return f"Converged to the {comparison.estimate.goal}."
    distance = max(item.distance for item in others)
    digits = floor(min(float(item.digits.min()) for item in others))
    who = "Both solvers agree" if len(compared) == 2 else f"All {len(compared)} solvers agree"
    if len(compared) == 1:
        who = f"{compared[0].solver} agrees with Fisher scoring"
    within = f"{small(distance)} standard errors apart, {digits} digits" if isfinite(distance) else f"{digits} digits"
    return f"{who}: {within}."


def _existence(comparison: SolverComparison) -> list[str]:
    """Return what the shape of the log-likelihood says about the maximum that was found."""
    estimate = comparison.estimate
    if estimate.penalty is not None:
        return [f"{estimate.penalty.label}: NOT the maximum likelihood estimate."]
    if estimate.alpha is not None:
        return ["The maximum exists; at this alpha it is unique."] if estimate.model.concave else []
    return ["The maximum exists and is unique."] if estimate.model.concave else []


def _never_started(comparison: SolverComparison) -> list[str]:
    """Return which solvers the interruption left no time for."""
    started = {run.solver for run in comparison.fits}
    left = [solver.name for solver in comparison.spec.solvers if solver.name not in started]
    return [f"Never started: {together(left)}."] if left else []


def _tolerance(own: OwnTolerance) -> str:
    """Return what the tolerance of a library means, and which one it would take."""
    if own.reaches is not None:
        where = f"{small(own.distance)} standard errors away after {count(own.iterations)} iterations"
        return f"Its {own.meaning}, not the distance from the maximum; with {own.reaches:g} it ends {where}."
    tried = f"; even with {TIGHTER[-1]:g} it ends {small(own.distance)} standard errors away" if own.iterations else ""
    return f"Its {own.meaning}, not the distance from the maximum{tried}."


def _away(agreement: Agreement) -> str:
    """Return how far a fit is from the maximum, in standard errors where there are any."""
    if agreement.has_errors:
        return f"{small(agreement.distance)} standard errors from"
    return f"{max(float(agreement.digits.min()), 0.0):.1f} digits in common with"
