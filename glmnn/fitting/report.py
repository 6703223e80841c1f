"""The report of a fit: the verdict, coefficients, the solvers compared, why the slow one was slow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from math import inf, isfinite
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from glmnn.diagnostics.boundary import Boundary
from glmnn.errors import printable
from glmnn.fitting import tables
from glmnn.fitting.compare import SolverComparison
from glmnn.fitting.convergence_rate import ConvergenceRate
from glmnn.fitting.estimate import Estimate, Maximum, OnBoundary, Separated
from glmnn.fitting.iteration_counts import by_r, by_statsmodels
from glmnn.fitting.labels import short_formula
from glmnn.fitting.passes import rows_line
from glmnn.fitting.ratios import ratios_of
from glmnn.fitting.trajectory_table import trajectory_grid, trajectory_lines
from glmnn.fitting.verdict import tone_of, verdict_lines
from glmnn.models.glm import has_one_output
from glmnn.report.numbers import DIGITS, count, criterion, number
from glmnn.report.sections import Report, Section
from glmnn.solvers.fisher import LARGE

if TYPE_CHECKING:
    from glmnn.fitting.schema import FitDocument

ESTIMATED = "negative_binomial (alpha estimated)"
MOST_PLACES = 10  # lines of the file that are named


def fit_report(comparison: SolverComparison, notes: bool = True, verbose: bool = False, digits: int = DIGITS) -> Report:
    """Return the report of a fit.

    Parameters
    ----------
    comparison : SolverComparison
    notes : bool
        Say what was understood without being said.
    verbose : bool
        Show on a screen too what is folded on a page.
    digits : int
        Significant digits of a standard error, to whose last place the estimates are given.
    """
    rate = comparison.convergence_rate
    parts = [
        Section("", verdict_lines(comparison), strong=True, tone=tone_of(comparison)),
        Section("", heading(comparison.estimate, notes)),
        *lost_sections(comparison.estimate, comparison.drifts),
        *_coefficient_sections(comparison, digits),
        *_solver_sections(comparison),
    ]
    if comparison.trajectories:
        found = comparison.trajectories
        lines, grid = trajectory_lines(found), trajectory_grid(found)
        parts.append(Section("Step by step beside glmnn's own neuron", lines, grid))
    if rate is not None:
        why = f"Why {rate.solver} took its steps"
        parts.append(Section(why, rate_lines(rate, comparison.advice), folded=why))
    if comparison.mistakes:
        parts.append(Section("Mistakes", mistake_lines(comparison)))
    parts += [
        Section(path, (), tables.looks(run), folded=path)
        for run in comparison.fits
        if len(run.looks) > 1 and (path := f"Path of {run.solver}")
    ]
    names = tables.formal_names(comparison.estimate)
    if names is not None:
        parts.append(Section("Names of the terms in files", (), names, folded="Names of the terms in files"))
    return Report("glmnn fit", parts, partial(_document, comparison), partial(_rows, comparison), verbose=verbose)


def _document(comparison: SolverComparison) -> FitDocument:
    from glmnn.fitting.document import to_document  # with all schemas, as slow to load as NumPy

    return to_document(comparison)


def _rows(comparison: SolverComparison) -> Iterator[Sequence[object]]:
    from glmnn.fitting.document import tidy_rows

    return tidy_rows(comparison)


def lost_sections(estimate: Estimate, drifts: dict[str, float] | None = None) -> list[Section]:
    """Return the sections on why there is no finite, unique maximum inside the domain; empty where there is one."""
    parts = []
    if estimate.aliases:
        left_out = ", ".join(alias.name for alias in estimate.aliases)
        lines = [printable(line) for line in (*map(str, estimate.aliases), f"left out below: {left_out}")]
        parts.append(Section("Why the maximum is not unique: aliased columns", lines))
    match estimate.outcome:
        case OnBoundary(boundary):
            parts.append(Section("Where the maximum lies", boundary_lines(estimate, boundary)))
        case Separated(separation) as separated:
            kind = "complete" if separation.complete else "quasi-complete"
            lines = separation_lines(estimate, separated, drifts or {})
            parts.append(Section(f"Why there is no finite maximum: {kind} separation", lines))
    return parts


def _coefficient_sections(comparison: SolverComparison, digits: int) -> list[Section]:
    estimate = comparison.estimate
    if not isinstance(estimate.outcome, Maximum):
        return []
    exponentials = ratios_of(estimate.model, estimate.maximum) if comparison.spec.options.exp else None
    table = tables.coefficients(estimate.maximum, tables.labels_of(estimate), digits, exponentials)
    return [
        Section(title_of_coefficients(comparison), (), table),
        Section("", tables.statistics(comparison, estimate.maximum)),
    ]


def _solver_sections(comparison: SolverComparison) -> list[Section]:
    """Return what each solver cost, where it stopped, and how its coefficients differ from the estimate."""
    estimate, parts = comparison.estimate, []
    reason = [rate_line(comparison)] if comparison.convergence_rate is not None else []
    parts.append(Section("Solvers", (), tables.solvers(comparison), reason))
    if not isinstance(estimate.outcome, Maximum):
        parts.append(Section("", (), tables.stops(comparison)))
        return parts
    apart = tables.differences(comparison, apart=True)
    if apart is not None:
        parts.append(Section("Terms that differ", (), apart))
    differences = tables.differences(comparison)
    if differences is not None:
        hidden = len(estimate.design.data.names) - len(differences.rows)
        below = [f"({hidden} more terms differ less)"] if hidden > 0 else []
        parts.append(Section("Term by term", (), differences, below, folded="Term by term"))
    counts = iteration_counts(comparison) if comparison.agreements and not estimate.penalty else ""
    below = [f"(fisher's iterations {counts})"] if counts else []
    details = tables.solver_details(comparison)
    if details.rows:
        parts.append(Section("Solvers, more closely", (), details, below, folded="Solvers, more closely"))
    return parts


def title_of_coefficients(comparison: SolverComparison) -> str:
    """Return what kind of estimate the coefficients are."""
    what = comparison.estimate.model.capabilities.ratios.capitalize() if comparison.spec.options.exp else "Coefficients"
    penalty, settings = comparison.estimate.penalty, comparison.estimate.maximum.settings
    if penalty is not None:
        return f"{what}: {penalty.label}, NOT the maximum likelihood estimate"
    intervals = f"{100 * settings.level:g} % {'profile-likelihood' if settings.profile else 'Wald'} intervals"
    kind = "maximum quasi-likelihood" if settings.quasi else "maximum likelihood"
    return ", ".join([f"{what}, {kind}", *([settings.label] if settings.label else []), intervals])


def heading(estimate: Estimate, notes: bool = True) -> list[str]:
    """Return what was fitted to what."""
    model, data = estimate.model, estimate.design.data
    family = model.family_name if estimate.alpha is None else ESTIMATED
    lines = [
        short_formula(estimate.design.formula),
        f"{family}, {model.link_name} link, {count(data.rows)} rows, {len(data.names)} coefficients, "
        f"{estimate.table.source}",
        *filter(None, [rows_line(data)]),
        *(f"note: {note}" for note in estimate.notes if notes),
    ]
    return [printable(line) for line in lines]


def rate_line(comparison: SolverComparison) -> str:
    """Return in a sentence why a gradient run took the steps it took."""
    rate = comparison.convergence_rate
    assert rate is not None
    if rate.overshoots:
        return (
            f"{rate.solver} overshoots: its learning rate {number(rate.lr, 3)} is above the largest stable one, "
            f"{number(rate.used.largest_stable_lr, 3)}"
        )
    raw = f" ({number(rate.raw.condition, 2)} in the data's own columns)" if rate.standardized else ""
    line = (
        f"{rate.solver} took {count(rate.actual)} step{'s' if rate.actual != 1 else ''}: the condition number is "
        f"{number(rate.used.condition, 2)}{raw}"
    )
    faster = [way for way in comparison.advice if not way.startswith("--solver fisher")]
    return f"{line}; faster: {faster[0]}" if faster else line


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
    theirs = [
        iterations or f"more than {len(deviances)}" for iterations in (by_r(deviances), by_statsmodels(deviances))
    ]
    return f"by R's stopping rule {theirs[0]}, by statsmodels' {theirs[1]}"


def boundary_lines(estimate: Estimate, boundary: Boundary) -> list[str]:
    """Return which constraints hold at a maximum on the boundary."""
    if estimate.alpha is not None:
        return [
            "alpha is 0: the counts do not vary more than those of the Poisson model, which is the negative binomial "
            f"at alpha = 0; the slope of the log-likelihood in alpha is {number(estimate.alpha.score)} there",
            "--family poisson has its standard errors and tests",
        ]
    where = "; ".join(
        f"{'infinite' if mean == inf else f'{mean:g}'} in {_places(estimate, boundary.rows[boundary.means == mean])}"
        for mean in np.unique(boundary.means).tolist()
    )
    link = estimate.model.link_name
    return [
        printable(f"the fitted mean is {where} of {estimate.table.source}; the {link} link ends there"),
        f"deviance at this maximum {criterion(boundary.deviance)}",
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
    held, line = separation.rows - separation.separated, separation.line()
    of = f"{count(separation.separated)} of {count(separation.rows)}"
    what = f"{line} = 0 is a line with {of} rows strictly on their own side"
    what += f" and {count(held)} on it" if held else ""
    if not has_one_output(estimate.model):
        what = (
            f"{line} is a direction along which no row's own class loses to another, and {of} fitted probabilities "
            "go to 1"
        )
    elif not estimate.model.family.trials:
        counts = estimate.model.family.support.low == 0.0
        end = "with response 0 to 0" if counts else "to the end of their range that is nearest to the response"
        what = (
            f"{line} is a direction that leaves {count(held)} of {count(separation.rows)} rows where they are and "
            f"takes the means of {count(separation.separated)} rows {end}"
        )
    runs = ", ".join(f"{name} to {'+' if sign > 0 else '-'}infinity" for name, sign in separation.infinite.items())
    lines = [f"{what}; the further the coefficients go along it, the better the fit, without limit: {runs}"]
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
    if not estimate.model.capabilities.firth:
        lines.append("a finite estimate: --penalty firth")
    return [printable(line) for line in lines]
