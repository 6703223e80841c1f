"""The last words of a fit: whether the solvers agree, and what to do where they do not."""

from __future__ import annotations

from math import isfinite

from glmnn.errors import Exit
from glmnn.fitting.agreement import Agreement
from glmnn.fitting.compare import SolverComparison
from glmnn.fitting.estimate import Maximum, OnBoundary, Separated
from glmnn.fitting.own_tolerance import TIGHTER, OwnTolerance
from glmnn.fitting.tables import agreement_of
from glmnn.report.numbers import count, small
from glmnn.solvers.stopping import Status


def verdict_lines(comparison: SolverComparison) -> list[str]:
    """Return the one line that says agree or not, and what to do where it is not."""
    match comparison.exit, comparison.estimate.outcome:
        case Exit.INTERRUPTED, _:
            return ["Interrupted: the table shows the state that was reached."]
        case Exit.NO_MAXIMUM, Separated():
            return ["No finite maximum: the coefficients above are where each solver happened to stop."]
        case Exit.NO_MAXIMUM, OnBoundary():
            return ["The maximum lies on the boundary: standard errors, p values and intervals do not hold there."]
        case Exit.NO_MAXIMUM, _ if comparison.estimate.aliases:
            return ["No unique maximum: the estimates above hold with the aliased columns left out."]
        case Exit.NO_MAXIMUM, _:
            return ["No finite maximum found: the likelihood still rises as the coefficients grow."]
    lines = []
    if not isinstance(comparison.estimate.outcome, Maximum):
        lines.append(f"Fisher scoring did not find the maximum ({comparison.estimate.reference.status.value}).")
    for run in comparison.fits:
        found = agreement_of(comparison, run)
        if run.status is Status.DECLINED:
            lines.append(f"{run.solver} declined this model: {run.reason or 'it found no valid start'}.")
        elif run.reason:
            lines.append(f"{run.solver} stopped: {run.reason}.")
        elif run.goal and not run.done:
            lines.append(
                f"{run.solver} did not find {run.goal} ({run.status.value} after {count(run.iterations)} updates)."
            )
        elif found is not None and not found.agrees:
            lines.append(
                f"{run.solver} does NOT agree with the {comparison.estimate.goal}: {_away(found)} "
                f"({run.status.value} after {count(run.iterations)} iterations)."
            )
            lines += [_tolerance(item) for item in comparison.tolerances if item.solver == run.solver]
        elif not run.done and found is not None:
            lines.append(
                f"{run.solver} did not converge ({run.status.value} after {count(run.iterations)} iterations); it is "
                f"{_away(found)}, within --tol-agree."
            )
    if lines:
        return lines
    others = [item for item in comparison.agreements if item.solver != "fisher"]
    if not others:
        return [f"Converged to the {comparison.estimate.goal}."]
    distance = max(item.distance for item in others)
    digits = min(float(item.digits.min()) for item in others)
    gap = max(item.largest_mean_change for item in others)
    compared = comparison.agreements
    who = "Both solvers agree" if len(compared) == 2 else f"All {len(compared)} solvers agree"
    if len(compared) == 1:
        who = f"{compared[0].solver} agrees with Fisher scoring"
    within = (
        f"within {small(distance)} standard errors, {digits:.1f} digits"
        if isfinite(distance)
        else f"{digits:.1f} digits"
    )
    return [f"{who}: {within}; no fitted mean differs by more than {small(gap)}."]


def _tolerance(own: OwnTolerance) -> str:
    """Return what the tolerance of a library means, and which one it would take."""
    if own.reaches is not None:
        where = f"{small(own.distance)} standard errors away after {count(own.iterations)} iterations"
        return f"Its {own.meaning}, not the distance from the maximum; with {own.reaches:g} it ends {where}."
    tried = f"; even with {TIGHTER[-1]:g} it ends {small(own.distance)} standard errors away" if own.iterations else ""
    return f"Its {own.meaning}, not the distance from the maximum{tried}."


def _away(found: Agreement) -> str:
    """Return how far a fit is from the maximum, in standard errors where there are any."""
    if found.has_errors:
        return f"{small(found.distance)} standard errors away"
    return f"{max(float(found.digits.min()), 0.0):.1f} digits in common"
