"""`glmnn effects`: average marginal effects and marginal means."""

from __future__ import annotations

from typing import Annotated

import typer

from glmnn.cli.command import command
from glmnn.cli.options import Config, Csv, Format, Json, OutputFile, quiet_for
from glmnn.effects.options import EffectsOptions
from glmnn.report.formats import TEXT


@command(EffectsOptions)
def effects(
    data: Annotated[
        str | None, typer.Argument(metavar="DATA", help="The data, as for glmnn fit; - for standard input.")
    ] = None,
    *,
    format: Format = None,  # noqa: A002
    json: Json = False,
    csv: Csv = False,
    output: OutputFile = None,
    config: Config = None,
    quiet: Annotated[bool, quiet_for("No notes.")] = False,
    options: EffectsOptions,
) -> None:
    """Fit DATA and say what a change of each column does to the mean: average marginal effects, marginal means.

    Exit code: 0 done, 2 usage or data error, 3 there is no finite, unique maximum inside the domain.

    Example: glmnn effects data/infertility.csv --formula "case ~ age + education + spontaneous"
    """
    from glmnn.cli.output import check_places, deliver, format_of, given_data
    from glmnn.data.sources.files import read_asked
    from glmnn.effects.marginal import average_effects, check_effects
    from glmnn.effects.report import effects_report

    data = given_data(data, "effects")
    chosen = format_of(format, output, json=json, csv=csv) or TEXT
    check_places((data, config), output=output)
    check_effects(options)
    result = average_effects(options, read_asked(data, options))
    deliver(effects_report(result, not quiet), chosen, output, quiet)
