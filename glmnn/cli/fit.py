"""`glmnn fit`: fit, compare, report."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from glmnn.cli.command import command
from glmnn.cli.options import Config, Csv, Digits, Format, Json, OutputFile, ProofFile, Verbose, quiet_for
from glmnn.cli.pictures import (
    FORMAT,
    MOST_ROWS,
    Drawing,
    FigureFormat,
    Figures,
    Html,
    HtmlRows,
    Plane,
    Plot,
    check_plane,
    check_plot,
    show_curves,
)
from glmnn.cli.prove import add_proof
from glmnn.errors import Exit
from glmnn.fitting.options import FitOptions
from glmnn.options.fields import OUTPUT
from glmnn.report.formats import TEXT
from glmnn.report.numbers import DIGITS

if TYPE_CHECKING:
    from glmnn.cli.output import Output
    from glmnn.fitting.compare import SolverComparison
    from glmnn.networks.compare import NetworkComparison
    from glmnn.pictures.document import PictureDocument


Trace = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Write the path of every solver to this CSV file.", rich_help_panel=OUTPUT),
]
Save = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Write the model to this JSON file, for glmnn predict.", rich_help_panel=OUTPUT),
]
Augment = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Write the rows with fitted means, residuals, leverages and Cook's distances to this CSV file.",
        rich_help_panel=OUTPUT,
    ),
]


@command(FitOptions)
def fit(
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="DATA", help="CSV, TSV, .gz or Parquet file, a folder or pattern of them; - for standard input."
        ),
    ] = None,
    *,
    format: Format = None,  # noqa: A002
    json: Json = False,
    csv: Csv = False,
    output: OutputFile = None,
    trace: Trace = None,
    save: Save = None,
    augment: Augment = None,
    proof: ProofFile = None,
    plot: Plot = False,
    html: Html = None,
    html_rows: HtmlRows = MOST_ROWS,
    plane: Plane = None,
    figures: Figures = None,
    figure_format: FigureFormat = FORMAT,
    config: Config = None,
    quiet: Annotated[bool, quiet_for("No progress, no notes.")] = False,
    verbose: Verbose = False,
    digits: Digits = DIGITS,
    options: FitOptions,
) -> Exit:
    """Fit DATA by Fisher scoring and as a neuron, and say whether they agree; with --hidden train a network.

    Exit code: 0 agreed, 1 not converged or no agreement, 2 usage or data error, 3 no finite, unique maximum
    inside the domain, 130 interrupted.

    Example: glmnn fit data/primes.csv --solver both
    """
    from glmnn.cli.output import Output, check_places, format_of, given_data
    from glmnn.errors import UsageError

    data = given_data(data, "fit")
    form = format_of(format, output, json=json, csv=csv) or TEXT
    check_plot(plot, form, output)
    chosen = Output(form, output, trace, quiet, verbose, digits, plot)
    check_places((data, config), output=output, trace=trace, save=save, augment=augment, html=html, proof=proof)
    drawing = Drawing(html, html_rows, plane, figures, figure_format).checked()
    if options.hidden is None:
        comparison: SolverComparison | NetworkComparison = _fit_solvers(options, data, chosen, augment, plane, proof)
    elif augment is not None:
        raise UsageError("--augment cannot be combined with --hidden: a network has no leverages or standard errors")
    elif proof is not None:
        raise UsageError("--proof cannot be combined with --hidden: a network has no unique maximum")
    else:
        from glmnn.cli.network import fit_network

        comparison = fit_network(options, data, chosen, plane)
    drawing.write(partial(_pictures, comparison), quiet)
    sys.stdout.flush()
    if save is not None:
        _save(comparison, save, quiet)
    return comparison.exit


def _fit_solvers(
    options: FitOptions, source: str, output: Output, augment: str | None, plane: str | None, proof: str | None
) -> SolverComparison:
    """Run the solvers, write the report, and return what they found."""
    from glmnn.cli.progress import Progress
    from glmnn.fitting.compare import run
    from glmnn.fitting.plan import make_spec
    from glmnn.fitting.report import fit_report
    from glmnn.fitting.rows import read_rows
    from glmnn.fitting.trace import to_trace

    spec = make_spec(options)  # what can be refused before any work is
    table = read_rows(source, options)
    with Progress(spec.stopping.tol, curves=output.plot) if output.watched else nullcontext() as progress:
        comparison = run(spec, table, progress)
    check_plane(comparison.estimate, plane)
    report = fit_report(comparison, not output.quiet, output.verbose, output.digits)
    output.write(report, lambda: to_trace(comparison))
    if output.plot:
        from glmnn.fitting.curves import levels_of, picture_of

        show_curves(picture_of(comparison), lambda: levels_of(comparison))
    if augment is not None:
        _augment(comparison, augment, output.quiet)
    add_proof(options, source, comparison.estimate, proof, output.quiet)
    return comparison


def _pictures(
    comparison: SolverComparison | NetworkComparison, plane: str | None, command: str, rows: int
) -> PictureDocument:
    """Return the picture document of a fit or a network."""
    from glmnn.fitting.compare import SolverComparison
    from glmnn.fitting.pictures import to_pictures

    if isinstance(comparison, SolverComparison):
        return to_pictures(comparison, plane, command, rows)
    from glmnn.networks.pictures import to_pictures as pictures_of_network

    return pictures_of_network(comparison, plane, command, rows)


def _augment(comparison: SolverComparison, path: str, quiet: bool) -> None:
    """Write the rows of a fit with what it says of them, or say why not; the exit code is that of the fit."""
    from glmnn.cli.output import say, write_file
    from glmnn.errors import printable
    from glmnn.fitting.augment import augmented_rows
    from glmnn.fitting.estimate import Maximum
    from glmnn.report.csv import csv_text

    if not isinstance(comparison.estimate.outcome, Maximum):
        say(f"{printable(path)} is not written: there are no residuals where there is no maximum")
        return
    write_file(path, csv_text(augmented_rows(comparison)), quiet)


def _save(comparison: SolverComparison | NetworkComparison, path: str, quiet: bool) -> None:
    """Write the model of a fit, or say why there is none; the exit code is that of the fit."""
    from glmnn.cli.output import say, write_file
    from glmnn.errors import printable, worded
    from glmnn.predicting.file import make_model, to_model_json, why_not_saved
    from glmnn.report.json import versions

    why = why_not_saved(comparison)
    if why:
        say(f"nothing saved: {printable(worded(why))}")
    else:
        write_file(path, to_model_json(make_model(comparison, versions())), quiet)
