"""The report of a fit: coefficients, the solvers compared, why the slow one was slow, the verdict."""

from __future__ import annotations

from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

from glmnn.diagnostics.boundary import Boundary
from glmnn.errors import printable
from glmnn.fitting import tables
from glmnn.fitting.compare import SolverComparison
from glmnn.fitting.convergence_rate import ConvergenceRate
from glmnn.fitting.document import tidy_rows, to_document
from glmnn.fitting.estimate import Estimate, Maximum, OnBoundary, Separated
from glmnn.fitting.iteration_counts import by_r, by_statsmodels
from glmnn.fitting.ratios import ratios_of
from glmnn.fitting.verdict import verdict_lines
from glmnn.models.glm import has_one_output
from glmnn.report.numbers import count, number
from glmnn.report.sections import Report, Section
from glmnn.solvers.fisher import LARGE

MOST_PLACES = 10  # lines of the file that are named


def fit_report(comparison: SolverComparison, notes: bool = True, verbose: bool = False) -> Report:
    """Return the report of a fit; `verbose` adds the way of every solver."""
    parts = [
        Section("", heading(comparison.estimate, notes)),
        *lost_sections(comparison.estimate, comparison.drifts),
        *_coefficient_sections(comparison),
        *_solver_sections(comparison),
    ]
    if comparison.trajectories:
        parts.append(Section("Step by step beside the hand-written neuron", (), tables.trajectories(comparison)))
    if comparison.convergence_rate is not None:
        why = f"Why {comparison.convergence_rate.solver} took its steps"
        parts.append(Section(why, rate_lines(comparison.convergence_rate, comparison.advice), folded=why))
    if comparison.mistakes:
        parts.append(Section("Mistakes", mistake_lines(comparison)))
    if verbose:
        parts += [Section(f"Path of {run.solver}", (), tables.looks(run)) for run in comparison.fits]
    parts.append(Section("", verdict_lines(comparison), strong=True))
    return Report("glmnn fit", parts, lambda: to_document(comparison), lambda: tidy_rows(comparison))


def lost_sections(estimate: Estimate, drifts: dict[str, float] | None = None) -> list[Section]:
    """Return the section on why there is no finite, unique maximum inside the domain; empty where there is one."""
    title, *lines = lost_lines(estimate, drifts) or [""]
    return [Section(title, lines)] if title else []


def _coefficient_sections(comparison: SolverComparison) -> list[Section]:
    if not isinstance(comparison.estimate.outcome, Maximum):
        return []
    inference = comparison.estimate.maximum
    exponentials = ratios_of(comparison.estimate.model, inference) if comparison.spec.options.exp else None
    return [
        Section(title_of_coefficients(comparison), (), tables.coefficients(inference, exponentials)),
        Section("", tables.statistics(comparison, inference)),
    ]


def _solver_sections(comparison: SolverComparison) -> list[Section]:
    """Return what each solver cost, where it stopped, and how its coefficients differ from the estimate."""
    estimate = comparison.estimate
    counts = iteration_counts(comparison) if comparison.agreements and not estimate.penalty else ""
    below = [f"(fisher's iterations {counts})"] if counts else []
    parts = [Section("Solvers", (), tables.solvers(comparison), below)]
    if not isinstance(estimate.outcome, Maximum):
        parts.append(Section("", (), tables.stops(comparison)))
    differences = tables.differences(comparison)
    if differences is not None:
        hidden = len(estimate.design.data.names) - len(differences.rows)
        below = [f"({hidden} more terms differ less)"] if hidden > 0 else []
        parts.append(Section("", (), differences, below, folded="Term by term"))
    return parts


def title_of_coefficients(comparison: SolverComparison) -> str:
    """Return what kind of estimate the coefficients are."""
    what = comparison.estimate.model.capabilities.ratios.capitalize() if comparison.spec.options.exp else "Coefficients"
    if comparison.estimate.penalty is None:
        settings = comparison.estimate.maximum.settings
        intervals = "profile-likelihood" if settings.profile else "Wald"
        errors = f", {settings.label}" if settings.label else ""
        return f"{what} (maximum likelihood{errors}, {intervals} intervals)"
    return f"{what}: {comparison.estimate.penalty.label}, NOT the maximum likelihood estimate"


def heading(estimate: Estimate, notes: bool = True) -> list[str]:
    """Return what was fitted to what."""
    model, data = estimate.model, estimate.design.data
    lines = [
        estimate.design.formula,
        f"{model.family_name}, {model.link_name} link, {count(data.rows)} rows, {len(data.names)} coefficients, "
        f"{estimate.table.source}",
        *(f"note: {note}" for note in estimate.notes if notes),
    ]
    return [printable(line) for line in lines]


def rate_lines(rate: ConvergenceRate, advice: tuple[str, ...]) -> list[str]:
    """Return why a gradient run took the steps it took."""
    where = "standardised columns" if rate.standardized else "the data's own columns"
    lines = [
        f"curvature of the mean loss in {where}: {number(rate.used.smallest, 3)} to {number(rate.used.largest, 3)}, "
        f"condition number {number(rate.used.condition, 3)}"
    ]
    if rate.standardized:
        lines[0] += f" (in the data's own: {number(rate.raw.condition, 3)})"
    stable = f"learning rate {number(rate.lr, 3)}; largest stable one {number(rate.used.largest_stable_lr, 3)}"
    lines.append(stable + (": too large, the steps overshoot" if rate.overshoots else ""))
    if isfinite(rate.predicted):
        lines.append(f"steps predicted from these {count(round(rate.predicted))}, taken {count(rate.actual)}")
    elif rate.predicted == inf:
        lines.append(f"steps predicted from these: without end; taken {count(rate.actual)}")
    lines.append("faster: " + "; ".join(advice))
    return lines


def mistake_lines(comparison: SolverComparison) -> list[str]:
    """Return how often the perceptron was wrong, and how often it could have been."""
    lines = []
    for item in comparison.mistakes:
        made = f"{item.solver} made {count(item.mistakes)} mistakes in {count(item.passes)} passes"
        if item.ended:
            lines.append(f"{made}; the last pass had none")
        elif not isinstance(comparison.estimate.outcome, Separated) and comparison.estimate.penalty is None:
            lines.append(f"{made}, and would go on without end: the data overlap, so that every pass has one")
        else:
            lines.append(f"{made} and was stopped")
        if item.bound is not None and item.radius is not None and item.margin is not None:
            lines.append(
                f"at most {count(item.bound)} were possible (Novikoff): (radius / margin)^2 with the longest row "
                f"{number(item.radius)} and the widest margin {number(item.margin)}"
            )
        lines.append("its coefficients draw a line and mean nothing else: they are not held against the maximum")
    return lines


def iteration_counts(comparison: SolverComparison) -> str:
    """Return how many iterations R and statsmodels would count on the same path, by their own stopping rules.

    Empty where the counts would mean nothing.
    """
    deviances = comparison.estimate.reference.deviances()
    shown = any(run is comparison.estimate.reference for run in comparison.fits)
    if not shown or comparison.estimate.design.data.rows >= LARGE or len(deviances) < 3:
        return ""  # a start on a part of the rows, or a single step, has nothing to compare
    theirs = [found or f"more than {len(deviances)}" for found in (by_r(deviances), by_statsmodels(deviances))]
    return f"by R's stopping rule {theirs[0]}, by statsmodels' {theirs[1]}"


def lost_lines(estimate: Estimate, drifts: dict[str, float] | None = None) -> list[str]:
    """Return why there is no finite, unique maximum inside the domain, a title first; empty where there is one."""
    lines: list[str] = []
    if estimate.aliases:
        left_out = ", ".join(alias.name for alias in estimate.aliases)
        lines += [
            "No unique maximum: aliased columns",
            *map(str, estimate.aliases),
            f"left out below: {left_out}",
        ]
    match estimate.outcome:
        case OnBoundary(boundary):
            lines += ["The maximum lies on the boundary of the domain", *boundary_lines(estimate, boundary)]
        case Separated(separation) as separated:
            kind = "complete" if separation.complete else "quasi-complete"
            lines += [f"No finite maximum: {kind} separation", *separation_lines(estimate, separated, drifts or {})]
    return [printable(line) for line in lines]


def boundary_lines(estimate: Estimate, boundary: Boundary) -> list[str]:
    """Return which constraints hold at a maximum on the boundary."""
    where = "; ".join(
        f"{'infinite' if mean == inf else f'{mean:g}'} in {_places(estimate, boundary.rows[boundary.means == mean])}"
        for mean in np.unique(boundary.means).tolist()
    )
    return [
        f"the fitted mean is {where} of {estimate.table.source}; the {estimate.model.link_name} link ends there",
        f"deviance at this maximum {number(boundary.deviance, 8)}",
    ]


def _places(estimate: Estimate, rows: NDArray[np.intp]) -> str:
    """Return the lines of the file, or the rows of a frame, of rows of the design."""
    places, lines = np.flatnonzero(estimate.design.rows)[rows], estimate.table.lines
    where = ", ".join(str(lines[place]) if len(lines) else str(place + 1) for place in places[:MOST_PLACES])
    more = f" and {len(places) - MOST_PLACES} more" if len(places) > MOST_PLACES else ""
    return f"{'line' if len(lines) else 'row'}{'s' if len(places) > 1 else ''} {where}{more}"


def separation_lines(estimate: Estimate, separated: Separated, drifts: dict[str, float]) -> list[str]:
    """Return what separates the data, which coefficients run away, and what the others go to."""
    separation = separated.separation
    held = separation.rows - separation.separated
    lines = [
        f"{separation.line()} = 0",
        f"is a line with {count(separation.separated)} of {count(separation.rows)} rows strictly on their own side"
        + (f" and {count(held)} on it" if held else "")
        + "; along it the deviance keeps falling",
    ]
    if not has_one_output(estimate.model):
        lines[1] = (
            f"is a direction along which no row's own class loses to another, and {count(separation.separated)} of "
            f"{count(separation.rows)} fitted probabilities go to 1; along it the deviance keeps falling"
        )
    elif not estimate.model.family.trials:
        counts = estimate.model.family.support.low == 0.0
        end = "with response 0 to 0" if counts else "to the end of their range that is nearest to the response"
        lines[1] = (
            f"is a direction that leaves {count(held)} of {count(separation.rows)} rows where they are and takes the "
            f"means of {count(separation.separated)} rows {end}; along it the deviance keeps falling"
        )
    runs = ", ".join(f"{name} to {'+' if sign > 0 else '-'}infinity" for name, sign in separation.infinite.items())
    lines.append(f"without bound: {runs}")
    if separated.limits:
        limits = ", ".join(
            f"{name} {number(value)} (std.error {number(error)})" for name, (value, error) in separated.limits.items()
        )
        lines.append(f"stays finite, from the other {count(held)} rows: {limits}")
    for solver, cosine in drifts.items():
        lines.append(
            f"{solver} moves in the direction of the widest margin (cosine {cosine:.5f}); where it stopped says "
            "nothing about the data"
        )
    return lines
