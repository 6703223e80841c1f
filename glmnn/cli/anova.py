"""`glmnn anova`: terms of a model, or nested models, tested by their deviances."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from glmnn.analysing.options import AnovaOptions
from glmnn.cli.command import command
from glmnn.cli.options import Config, Csv, Format, Json, OutputFile, quiet_for
from glmnn.options.fields import MODEL
from glmnn.report.formats import TEXT

if TYPE_CHECKING:
    from glmnn.analysing.result import Anova


@command(AnovaOptions)
def anova(
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="DATA | FIT.json", help="The data, as for glmnn fit; or a fit that glmnn fit --json has written."
        ),
    ] = None,
    fits: Annotated[
        list[str] | None, typer.Argument(metavar="FIT.json", help="With a fit first: those to compare it with.")
    ] = None,
    *,
    formula: Annotated[
        list[str] | None,
        typer.Option(
            help='The model: "y ~ a * b" tests its terms; given several times, each model is tested against the next '
            "larger one.",
            rich_help_panel=MODEL,
            metavar="TEXT",
        ),
    ] = None,
    format: Format = None,  # noqa: A002
    json: Json = False,
    csv: Csv = False,
    output: OutputFile = None,
    config: Config = None,
    quiet: Annotated[bool, quiet_for("No notes.")] = False,
    options: AnovaOptions,
) -> None:
    """Test the terms of a model, or nested models, by the likelihood ratio, or F where the dispersion is estimated.

    Exit code: 0 tested, 2 usage or data error, 3 a model has no finite maximum inside the domain.

    Example: glmnn anova data/warpbreaks.csv --formula "breaks ~ wool * tension" --family poisson
    """
    from glmnn.analysing.report import anova_report
    from glmnn.cli.output import check_places, deliver, format_of, given_data

    data = given_data(data, "anova")
    chosen = format_of(format, output, json=json, csv=csv) or TEXT
    check_places((data, *(fits or ()), config), output=output)
    analysis = _analysed([data, *(fits or ())], options, formula or [])
    deliver(anova_report(analysis, not quiet), chosen, output, quiet)


def _analysed(sources: list[str], options: AnovaOptions, formulas: list[str]) -> Anova:
    from glmnn.analysing.nested import analyse_nested
    from glmnn.analysing.options import kind_of
    from glmnn.analysing.saved import analyse_saved, is_fit
    from glmnn.analysing.terms import analyse_terms
    from glmnn.errors import UsageError
    from glmnn.fitting.rows import read_rows

    kind = kind_of(options.type)
    if len(sources) > 1:
        if options != AnovaOptions() or formulas:
            raise UsageError("fits in files say what was fitted: give no options of the model with them")
        return analyse_saved(sources)
    if is_fit(sources[0]):
        raise UsageError("one fit in a file is nothing to compare: give a second one, or the data for its terms")
    models = [replace(options, formula=text) for text in formulas] or [options]
    table = read_rows(sources[0], options)
    return analyse_nested(models, table) if len(models) > 1 else analyse_terms(models[0], table, kind)
