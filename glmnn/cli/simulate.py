"""`glmnn simulate`: data with known truth."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from glmnn.cli.options import takes
from glmnn.options.fields import OUTPUT
from glmnn.simulating.options import SimulateOptions


@takes(SimulateOptions)
def simulate(
    *,
    output: Annotated[
        str | None, typer.Option("--output", "-o", help="Write the rows to this CSV file.", rich_help_panel=OUTPUT)
    ] = None,
    fit: Annotated[
        bool, typer.Option("--fit", help="Fit them by both solvers and compare with the truth.", rich_help_panel=OUTPUT)
    ] = False,
    **given: Any,
) -> None:
    """Simulate data with known coefficients; CSV to standard output when piped, a preview on a terminal.

    Example: glmnn simulate --n 1000 | glmnn fit -
    """
    from glmnn.cli.output import deliver
    from glmnn.errors import UsageError, printable
    from glmnn.report.files import check_output, write_whole
    from glmnn.simulating.report import simulation_report, truth_report
    from glmnn.simulating.run import fit_simulation, make_simulation

    options = SimulateOptions(**{name: value for name, value in given.items() if value is not None})
    if output is not None:
        if not output:
            raise UsageError("--output '' is no file name")
        check_output(output, ())
    made = make_simulation(options)
    if output is not None:
        write_whole(output, made.simulation.to_csv())
        sys.stderr.write(f"glmnn: wrote {options.n} rows to {printable(output)}\n")
    if fit:
        comparison = fit_simulation(made, options)
        deliver(truth_report(comparison, made.simulation))
        sys.stdout.flush()
        raise typer.Exit(int(comparison.exit))
    if output is None and not sys.stdout.isatty():
        sys.stdout.write(made.simulation.to_csv())
    elif output is None:
        deliver(simulation_report(made, options, hint=True))
