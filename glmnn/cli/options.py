"""Option dataclasses to Typer parameters: name, type, default, help and panel come from the field."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from types import NoneType, UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer

from glmnn.options.fields import OUTPUT
from glmnn.report.formats import LISTED, TEXT

# what commands that write a report have in common; their parameters stand beside these in each
Format = Annotated[
    str | None,
    typer.Option(help=f"{LISTED}. [default: {TEXT}]", rich_help_panel=OUTPUT, show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Short for --format json.", rich_help_panel=OUTPUT)]
Csv = Annotated[bool, typer.Option("--csv", help="Short for --format csv.", rich_help_panel=OUTPUT)]
OutputFile = Annotated[
    str | None, typer.Option("--output", "-o", help="Write the result to this file.", rich_help_panel=OUTPUT)
]
Config = Annotated[
    str | None, typer.Option(help="TOML file with any of these options; flags win.", rich_help_panel=OUTPUT)
]

METAVARS = {int: "N", float: "NUMBER", str: "TEXT"}


def takes(*kinds: type) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command one option for each field of the dataclasses, passed to it in its `**given`.

    An option that the user leaves out arrives as None (or an empty list), so that a configuration file can still
    set it; the default shown in the help is that of the field.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = list(inspect.signature(command, eval_str=True).parameters.values())
        first = [parameter for parameter in own if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
        last = [parameter for parameter in own if parameter.kind is inspect.Parameter.KEYWORD_ONLY]
        parameters = [*first, *(parameter for kind in kinds for parameter in _parameters(kind)), *last]
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return command

    return decorate


def _parameters(kind: type) -> list[inspect.Parameter]:
    hints = get_type_hints(kind)
    return [_parameter(item, hints[item.name]) for item in fields(kind)]


def _parameter(item: Field[Any], hint: Any) -> inspect.Parameter:
    many = get_origin(hint) is list
    plain = next(part for part in get_args(hint) if part is not NoneType) if get_origin(hint) is UnionType else hint
    default = ",".join(item.default_factory()) if item.default_factory is not MISSING else item.default
    shown = "" if default in (None, "") or isinstance(default, bool) else f" [default: {default}]"
    note = typer.Option(
        *(item.metadata["flags"] or (f"--{item.name.replace('_', '-')}",)),
        help=item.metadata["help"] + shown,
        rich_help_panel=item.metadata["panel"],
        show_default=False,
        metavar=None if plain is bool else METAVARS.get(plain, "TEXT"),
    )
    annotation = Annotated[list[str] | None, note] if many else Annotated[plain | None, note]
    return inspect.Parameter(item.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
