"""The notebook page of a fit."""

from __future__ import annotations

from glmnn.fitting import tables
from glmnn.fitting.compare import SolverComparison
from glmnn.fitting.report import heading, lost_lines, pace_lines, title_of_coefficients, verdict_lines
from glmnn.report.html import folded, page, said, table, title, verdict


def fit_html(comparison: SolverComparison) -> str:
    """Return the report of a fit."""
    lost = lost_lines(comparison.estimate, comparison.drifts)
    inference, pace = comparison.estimate.inference, comparison.pace
    parts = [said(heading(comparison.estimate))]
    if lost:
        parts += [title(lost[0]), said(lost[1:])]
    if inference is not None:
        parts += [title(title_of_coefficients(comparison)), table(tables.coefficients(inference))]
        parts.append(said(tables.statistics(comparison, inference)))
    parts += [title("Roads to the optimum" if comparison.estimate.penalty else "Roads to the maximum")]
    parts.append(table(tables.roads(comparison)))
    if inference is None:
        parts.append(table(tables.stops(comparison)))
    differences = tables.differences(comparison)
    if differences is not None:
        parts.append(folded("Term by term", table(differences)))
    if pace is not None:
        parts.append(folded(f"Why {pace.solver} took its steps", said(pace_lines(pace, comparison.advice))))
    return page(*parts, verdict(verdict_lines(comparison)))
