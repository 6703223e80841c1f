"""`glmnn race`: what each solver costs to come within so many standard errors of the maximum."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from glmnn.cli.command import command
from glmnn.cli.options import Config, Csv, Format, Json, OutputFile, Verbose, quiet_for
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
    check_plot,
    show_curves,
)
from glmnn.errors import Exit
from glmnn.racing.options import RaceOptions
from glmnn.report.formats import TEXT

if TYPE_CHECKING:
    from glmnn.pictures.document import PictureDocument
    from glmnn.racing.result import Race


@command(RaceOptions)
def race(
    data: Annotated[
        str | None, typer.Argument(metavar="DATA", help="CSV, TSV, .gz or Parquet file; - for standard input.")
    ] = None,
    *,
    format: Format = None,  # noqa: A002
    json: Json = False,
    csv: Csv = False,
    output: OutputFile = None,
    plot: Plot = False,
    html: Html = None,
    html_rows: HtmlRows = MOST_ROWS,
    plane: Plane = None,
    figures: Figures = None,
    figure_format: FigureFormat = FORMAT,
    config: Config = None,
    quiet: Annotated[bool, quiet_for("No progress, no notes.")] = False,
    verbose: Verbose = False,
    options: RaceOptions,
) -> Exit:
    """Race solvers on DATA to the maximum: iterations, passes and time to stay within 1 ... 1e-8 standard errors.

    Exit code: 0 all came within --to, 1 some did not, 2 usage or data error, 3 no finite, unique maximum inside the
    domain, 130 interrupted.

    Example: glmnn race data/primes.csv --solver fisher,gd,adam
    """
    from glmnn.cli.output import Output, check_places, deliver, format_of, given_data, show_progress
    from glmnn.fitting.rows import read_rows
    from glmnn.racing.race import race as run
    from glmnn.racing.report import race_report
    from glmnn.racing.track import checked
    from glmnn.report.numbers import DIGITS

    data = given_data(data, "race")
    form = format_of(format, output, json=json, csv=csv) or TEXT
    check_plot(plot, form, output)
    chosen = Output(form, output, None, quiet, verbose, DIGITS)
    check_places((data, config), output=output, html=html)
    drawing = Drawing(html, html_rows, plane, figures, figure_format).checked()
    checked(options)  # what can be refused before any work is
    table = read_rows(data, options)
    found = run(options, table, show_progress if chosen.watched else None, plane=plane)
    if chosen.watched:
        show_progress()
    deliver(race_report(found, not quiet, verbose), chosen.format, output, quiet)
    if plot:
        from glmnn.racing.curves import picture_of

        show_curves(picture_of(found))
    drawing.write(partial(_pictures, found), quiet)
    sys.stdout.flush()
    return found.exit


def _pictures(found: Race, plane: str | None, command: str, rows: int) -> PictureDocument:
    """Return the picture document of a race."""
    from glmnn.racing.pictures import to_pictures

    return to_pictures(found, plane, command, rows)
