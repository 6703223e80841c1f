"""`glmnn predict`: what a saved model says of other rows."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from glmnn.cli.command import command
from glmnn.cli.options import Csv, Json, OutputFile, quiet_for
from glmnn.options.fields import OUTPUT
from glmnn.predicting.options import PredictOptions
from glmnn.report.formats import LISTED, TEXT


@command(PredictOptions)
def predict(
    model: Annotated[
        str, typer.Argument(metavar="MODEL.json", help="What glmnn fit --save has written.", show_default=False)
    ],
    data: Annotated[
        str | None,
        typer.Argument(metavar="DATA", help="The rows, as for glmnn fit; - for standard input.", show_default=False),
    ] = None,
    *,
    format: Annotated[  # noqa: A002
        str | None,
        typer.Option(
            metavar="NAME",
            help=f"{LISTED}. [default: {TEXT} on a terminal, else csv]",
            rich_help_panel=OUTPUT,
            show_default=False,
        ),
    ] = None,
    json: Json = False,
    csv: Csv = False,
    output: OutputFile = None,
    quiet: Annotated[bool, quiet_for("No notes, no metrics.")] = False,
    options: PredictOptions,
) -> None:
    """Predict the rows of DATA with a saved model, and measure how well where the response is known.

    Columns are found by name. A missing column, a level that was not fitted or text where numbers stood is refused.

    Exit code: 0 predicted, 2 usage or data error.

    Example: glmnn predict model.json data/primes.csv --interval
    """
    from glmnn.cli.output import deliver, format_of
    from glmnn.data.sources.grid import grid_table
    from glmnn.errors import UsageError
    from glmnn.predicting.chunks import in_chunks
    from glmnn.predicting.file import read_model
    from glmnn.predicting.predict import check_prediction
    from glmnn.predicting.predict import predict as run
    from glmnn.predicting.report import metric_lines, prediction_report

    check_prediction(options)
    default = TEXT if output is None and sys.stdout.isatty() else "csv"
    chosen = format_of(format, output, json=json, csv=csv) or default
    if (data is None) == (not options.grid):
        raise UsageError("give DATA or --grid NAME=VALUES, not both" if data else "give DATA, or --grid NAME=VALUES")
    _check_places(model, data, output)
    saved = read_model(model)
    if data is not None and in_chunks(data):
        _write_chunks(saved, data, saved.reading(options), chosen, output, quiet)
        return
    table = grid_table(options.grid) if data is None else _read(data, saved.reading(options))
    prediction = run(saved, table, options)
    if chosen != TEXT and not quiet:
        _tell(prediction.notes, metric_lines(prediction.metrics, prediction.measured))
    deliver(prediction_report(prediction, not quiet), chosen, output, quiet)


def _tell(notes: Iterable[str], lines: Iterable[str]) -> None:
    from glmnn.cli.output import say
    from glmnn.errors import printable

    for line in (*(f"note: {note}" for note in notes), *lines):
        say(printable(line))


def _write_chunks(model: Any, data: str, options: PredictOptions, chosen: str, output: str | None, quiet: bool) -> None:
    from glmnn.cli.output import write_pieces
    from glmnn.errors import UsageError
    from glmnn.predicting.chunks import predicted
    from glmnn.predicting.measuring import Measuring
    from glmnn.predicting.report import metric_lines

    if chosen != "csv":
        raise UsageError("rows that come in chunks are written as CSV: give -o FILE.csv or --format csv")
    measuring = Measuring(model.predictor.distribution, options.threshold)
    write_pieces(predicted(model, data, options, measuring), output, quiet)
    if not quiet:
        _tell(measuring.notes(), metric_lines(measuring.metrics(), measuring.rows))


def _read(data: str, options: PredictOptions) -> Any:
    from glmnn.data.sources.files import read_asked
    from glmnn.errors import UsageError, printable
    from glmnn.predicting.file import is_model

    if data != "-" and is_model(data):
        raise UsageError(f"{printable(data)}: this is a model, not data: give the model first, then the data")
    return read_asked(data, options)


def _check_places(model: str, data: str | None, output: str | None) -> None:
    from glmnn.cli.output import check_places
    from glmnn.errors import UsageError, printable
    from glmnn.predicting.file import is_model

    if data is not None and data != "-" and is_model(data) and not is_model(model):
        raise UsageError(f"{printable(data)} is the model: give it first, then the data {printable(model)}")
    check_places((model, data), output=output)
