"""Option dataclasses to Typer parameters: name, type, default, help and panel come from the field."""

from __future__ import annotations

import inspect
from typing import Annotated, Any

import typer

from glmnn.options.fields import OUTPUT, Declared
from glmnn.report.formats import LISTED, TEXT
from glmnn.report.numbers import MOST_DIGITS

# what commands that write a report have in common; their parameters stand beside these in each
Format = Annotated[
    str | None,
    typer.Option(metavar="NAME", help=f"{LISTED}. [default: {TEXT}]", rich_help_panel=OUTPUT, show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Short for --format json.", rich_help_panel=OUTPUT)]
Csv = Annotated[bool, typer.Option("--csv", help="Short for --format csv.", rich_help_panel=OUTPUT)]
OutputFile = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write the result to this file.", rich_help_panel=OUTPUT),
]
Config = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help="TOML file with any of these options; flags take precedence.", rich_help_panel=OUTPUT
    ),
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Show the details behind the report.", rich_help_panel=OUTPUT)
]
Digits = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=1,
        max=MOST_DIGITS,
        help="Digits of a standard error; estimates are given to the same place.",
        rich_help_panel=OUTPUT,
    ),
]


ProofFile = Annotated[
    str | None,
    typer.Option(
        "--proof", metavar="FILE", help="Write a proof to this file, for glmnn verify.", rich_help_panel=OUTPUT
    ),
]


def quiet_for(text: str) -> Any:
    """Return the option --quiet of a command, with what it leaves out."""
    return typer.Option("--quiet", "-q", help=text, rich_help_panel=OUTPUT)


METAVARS = {int: "N", float: "NUMBER", str: "TEXT", bool: None}


def parameter(item: Declared) -> inspect.Parameter:
    """Return the parameter of an option.

    One that the user leaves out arrives as None (or an empty list), so that a configuration file can still set it; the
    default shown in the help is that of the field.
    """
    kind = item.kind
    default = ",".join(item.default) if item.many else item.default
    shown = "" if default in (None, "") or isinstance(default, bool) else f" [default: {default}]"
    note = typer.Option(
        *(item.flags or (f"--{item.name.replace('_', '-')}",)),
        help=item.help + shown,
        rich_help_panel=item.panel,
        show_default=False,
        metavar=METAVARS[kind],
    )
    annotation = Annotated[list[str] | None, note] if item.many else Annotated[kind | None, note]
    return inspect.Parameter(item.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
