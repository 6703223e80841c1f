"""Simulated data for a person: the truth, a preview, and how the estimates compare with it."""

from __future__ import annotations

from dataclasses import replace

from glmnn.fitting.compare import SolverComparison
from glmnn.fitting.estimate import Maximum
from glmnn.fitting.report import fit_report
from glmnn.report.numbers import count, number
from glmnn.report.sections import Report, Section, Tone
from glmnn.report.tables import Grid
from glmnn.simulating.draw import Simulation
from glmnn.simulating.options import SimulateOptions
from glmnn.simulating.run import Simulated

ROWS = 5  # of a preview


def simulation_report(made: Simulated, options: SimulateOptions, hint: bool = False) -> Report:
    """Return the truth and the first rows; `hint` says how to get all of them on the command line."""
    drawn, truth = truth_lines(made, options)
    parts = [
        Section("", [drawn, truth], strong=True, tone=Tone.GOOD),
        Section("", (), preview(made), ["..."] if options.n > ROWS else []),
    ]
    if hint:
        parts.append(Section("", ["all rows: add  -o FILE.csv  or  | glmnn fit -      fit them: add  --fit"]))
    return Report("glmnn simulate", parts, rows=made.simulation.rows)


def truth_lines(made: Simulated, options: SimulateOptions) -> list[str]:
    """Return the model with its true coefficients, and how the rows were drawn."""
    drawn = made.simulation
    truth = " ".join(
        f"{'-' if value < 0 else '+'} {abs(value):g}{' ' + name if name else ''}"
        for value, name in zip(drawn.beta.tolist(), ("", *drawn.names), strict=True)
    ).removeprefix("+ ")
    return [
        f"{count(options.n)} rows drawn, features {options.design}, seed {options.seed}",
        f"{made.model.family.name}, {made.model.link.name} link: {made.model.link.name}(mean) = {truth}",
    ]


def preview(made: Simulated, rows: int = ROWS) -> Grid:
    """Return the first rows."""
    header, *lines = made.simulation.rows()
    grid = Grid(header)
    for line in lines[:rows]:
        grid.add(*(number(float(cell), 6) if "." in cell else cell for cell in line))
    return grid


def truth_report(comparison: SolverComparison, drawn: Simulation) -> Report:
    """Return the report of a fit, then truth, estimate and whether the interval covers the truth."""
    report = fit_report(comparison)
    if not isinstance(comparison.estimate.outcome, Maximum):
        return report
    maximum = comparison.estimate.maximum
    level = f"{100 * maximum.level:g} %"
    grid = Grid(("term", "truth", "estimate", "std.error off", f"{level} interval", "covers"))
    truth = dict(zip(("(Intercept)", *drawn.names), drawn.beta.tolist(), strict=True))
    covered = 0
    for j, name in enumerate(maximum.names):
        inside = bool(maximum.low[j] <= truth[name] <= maximum.high[j])
        covered += inside
        off = (maximum.coef[j] - truth[name]) / maximum.std_error[j]
        interval = f"{number(maximum.low[j])} to {number(maximum.high[j])}"
        grid.add(name, f"{truth[name]:g}", number(maximum.coef[j]), f"{off:.2f}", interval, "yes" if inside else "no")
    below = [f"{covered} of {len(maximum.names)} intervals cover the truth"]
    return replace(report, sections=[*report.sections, Section("Against the truth", (), grid, below)])
