"""The notebook page of a fit."""

from __future__ import annotations

from glmnn.fitting import tables
from glmnn.fitting.compare import Experiment
from glmnn.fitting.report import heading, lost_lines, pace_lines, title_of_coefficients, verdict_lines
from glmnn.report.html import folded, page, said, table, title, verdict


def fit_html(experiment: Experiment) -> str:
    """Return the report of a fit."""
    lost = lost_lines(experiment.ruling, experiment.drifts)
    inference, pace = experiment.ruling.inference, experiment.pace
    parts = [said(heading(experiment.ruling))]
    if lost:
        parts += [title(lost[0]), said(lost[1:])]
    if inference is not None:
        parts += [title(title_of_coefficients(experiment)), table(tables.coefficients(inference))]
        parts.append(said(tables.statistics(experiment, inference)))
    parts += [title("Roads to the optimum" if experiment.ruling.penalty else "Roads to the maximum")]
    parts.append(table(tables.roads(experiment)))
    if inference is None:
        parts.append(table(tables.stops(experiment)))
    differences = tables.differences(experiment)
    if differences is not None:
        parts.append(folded("Term by term", table(differences)))
    if pace is not None:
        parts.append(folded(f"Why {pace.solver} took its steps", said(pace_lines(pace, experiment.advice))))
    return page(*parts, verdict(verdict_lines(experiment)))
