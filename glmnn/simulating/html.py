"""The notebook page of simulated data."""

from __future__ import annotations

from glmnn.report.html import page, said, table
from glmnn.simulating.options import SimulateOptions
from glmnn.simulating.report import preview, truth_lines
from glmnn.simulating.run import Simulated


def simulation_html(made: Simulated, options: SimulateOptions) -> str:
    """Return the truth and the first rows of a simulation."""
    return page(said(truth_lines(made, options)), table(preview(made)), said(["..."]))
