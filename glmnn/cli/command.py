"""What every command does: options to a dataclass, the words of errors, an exit code."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import typer

from glmnn.cli.options import parameter
from glmnn.options.fields import declared

if TYPE_CHECKING:
    from glmnn.errors import Exit


def command(kind: type | None = None) -> Callable[[Callable[..., Exit | None]], Callable[..., None]]:
    """Make a command of the command line from a function that returns an exit code, or None for 0.

    Parameters
    ----------
    kind : dataclass, optional
        Its fields become options, between the arguments of the function and its keywords; the function gets them as
        the keyword `options`. An option that the user leaves out may still stand in the file that a keyword `config`
        names, as may the argument `data`. A keyword of the function takes the place of a field of its name.
    """

    def decorate(function: Callable[..., Exit | None]) -> Callable[..., None]:
        own = [
            item for item in inspect.signature(function, eval_str=True).parameters.values() if item.name != "options"
        ]
        first = [item for item in own if item.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
        last = [item for item in own if item.kind is inspect.Parameter.KEYWORD_ONLY]
        fields = {} if kind is None else declared(kind)
        chosen = [parameter(item) for name, item in fields.items() if name not in {item.name for item in own}]

        @wraps(function)
        def run(**given: Any) -> None:
            flags = {item.name: given.pop(item.name) for item in chosen}
            code = function(**given) if kind is None else _run_command(function, kind, flags, given)
            sys.stdout.flush()
            raise typer.Exit(int(code or 0))

        parameters = [*first, *chosen, *last]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {item.name: item.annotation for item in parameters}
        return run

    return decorate


def _run_command(
    function: Callable[..., Exit | None], kind: type, flags: dict[str, Any], given: dict[str, Any]
) -> Exit | None:
    """Run a command with its options: flags before the configuration file before the defaults."""
    from glmnn.cli.output import say
    from glmnn.cli.waiting import waiting
    from glmnn.options.toml import Config, merge, read_config

    data = given.get("data")
    if "config" in given and given["config"] is None and data is not None and data.endswith(".toml"):
        given |= {"data": None, "config": data}  # a TOML file in the place of the data
    path = given.get("config")
    read = Config() if path is None else read_config(path, kind, _of_fits_alone(kind))
    options, named, config = merge(read, flags, kind)
    if named is not None and given["data"] is None:
        given["data"] = named
    if read.aside.get("ci", "wald") != "wald" and not given.get("quiet"):
        say(f"{read.places['ci']}: ci is passed over, for the intervals of {function.__name__} are Wald's")
    with config.errors(), waiting(function.__name__, bool(given.get("quiet"))):
        return function(options=options, **given)


def _of_fits_alone(kind: type) -> set[str]:
    """Return the options of a fit that say nothing about its model, and that a command does not take.

    The file of a fit so serves every command that fits the same model.
    """
    from glmnn.effects.options import EffectsOptions
    from glmnn.fitting.options import FitOptions
    from glmnn.options.fields import OUTPUT, SOLVER
    from glmnn.options.model import ModelOptions

    if not issubclass(kind, ModelOptions):
        return set()
    others = {item.name for item in declared(FitOptions).values() if item.panel in (SOLVER, OUTPUT)}
    return (others - {*declared(kind)}) | ({"ci"} if kind is EffectsOptions else set())
