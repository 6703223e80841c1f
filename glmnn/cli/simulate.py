"""`glmnn simulate`: data with known truth."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from glmnn.cli.command import command
from glmnn.errors import Exit
from glmnn.options.fields import OUTPUT
from glmnn.simulating.options import SimulateOptions


@command(SimulateOptions)
def simulate(
    *,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the rows to this CSV file.", rich_help_panel=OUTPUT),
    ] = None,
    fit: Annotated[
        bool, typer.Option("--fit", help="Fit them by both solvers and compare with the truth.", rich_help_panel=OUTPUT)
    ] = False,
    options: SimulateOptions,
) -> Exit | None:
    """Simulate data with known coefficients; CSV to standard output when piped, a preview on a terminal.

    Example: glmnn simulate --n 1000 | glmnn fit -
    """
    from glmnn.cli.output import check_places, deliver, say
    from glmnn.cli.waiting import no_longer
    from glmnn.errors import printable
    from glmnn.report.files import write_whole
    from glmnn.simulating.report import simulation_report, truth_report
    from glmnn.simulating.run import fit_simulation, make_simulation

    check_places((), output=output)
    made = make_simulation(options)
    if output is not None:
        write_whole(output, made.simulation.to_csv())
        say(f"wrote {options.n} rows to {printable(output)}")
    if fit:
        comparison = fit_simulation(made, options)
        deliver(truth_report(comparison, made.simulation))
        return comparison.exit
    if output is None and not sys.stdout.isatty():
        no_longer()
        sys.stdout.write(made.simulation.to_csv())
    elif output is None:
        deliver(simulation_report(made, options, hint=True))
    return None
