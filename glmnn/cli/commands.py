"""The application: every command, and what a command line ends in."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection
from functools import cache
from importlib import import_module
from typing import Any

import typer
from typer.main import get_command

from glmnn.cli.startup import LeanCommand, LeanGroup
from glmnn.errors import UsageError

try:
    from typer.exceptions import Abort, TyperException
except ImportError:  # before Typer 0.28, which first made them public
    from typer._click.exceptions import Abort  # type: ignore[attr-defined,no-redef]
    from typer._click.exceptions import ClickException as TyperException

ABOUT = """Fit a generalised linear model by Fisher scoring and as a neuron, compare the two and prove the answer.

Example: glmnn datasets primes | glmnn fit -
"""
COMMANDS = {  # each is the function of its module; its help fits in a line of 80 columns
    "fit": "Fit a model or train a network; compare the solvers.",
    "race": "Race solvers to the maximum: iterations, passes, time.",
    "anova": "Test the terms of a model, or nested models.",
    "effects": "Average marginal effects and marginal means.",
    "audit": "Are these coefficients the maximum? If not, why not?",
    "prove": "Prove where the maximum lies, for anyone to check.",
    "verify": "Check a proof, from the data alone.",
    "predict": "Predict rows with a saved model.",
    "lock": "Write the coefficients of a fit to a lock file.",
    "check": "Fit again and compare with lock files: did a coefficient change?",
    "gradcheck": "Check a backward pass, layer by layer.",
    "replay": "Replay the documents that glmnn started from.",
    "simulate": "Simulate data with known coefficients.",
    "solvers": "List the solvers, and what is installed.",
    "datasets": "List the packaged data sets, or print one.",
    "schema": "Print the JSON Schema of a document.",
}

COMPLETION = "_GLMNN_COMPLETE"  # environment variable by which a shell asks for completions


def make_app(loaded: Collection[str] = COMMANDS) -> typer.Typer:
    """Return the application; of commands that are not loaded it knows name and short help alone."""
    app = typer.Typer(
        name="glmnn",
        cls=LeanGroup,
        help=ABOUT,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        rich_markup_mode=None,  # plain help: twice as fast, and brackets in it are text
    )
    app.callback()(_main)
    for name, short in COMMANDS.items():
        app.command(name, cls=LeanCommand, short_help=short)(_function(name) if name in loaded else _not_loaded)
    old = _function("replay") if "replay" in loaded else _not_loaded
    hidden = app.command("seeds", cls=LeanCommand, hidden=True, short_help="The old name of replay.")  # 0.26 shows that
    hidden(old)
    return app


def _function(name: str) -> Any:
    return getattr(import_module(f"glmnn.cli.{name}"), name)


def _not_loaded() -> None:
    """Stand in for a command that is not asked for."""


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"glmnn {version('glmnn')}")
        raise typer.Exit


def _main(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version."),
) -> None:
    """Fit a generalised linear model by Fisher scoring and as a neuron, compare the two and prove the answer."""


def _asked(words: list[str]) -> frozenset[str]:
    """Return the commands that a command line needs: loading all of them takes longer than a small fit."""
    if COMPLETION in os.environ:
        return frozenset(COMMANDS)
    name = next((word for word in words if not word.startswith("-")), "")
    return frozenset({"replay" if name == "seeds" else name})


@cache  # a program that runs many command lines, as the tests do, need not wait for it each time
def _command(loaded: frozenset[str]) -> Any:
    return get_command(make_app(loaded))


def run() -> int:
    """Run the command line of this process; return its exit code.

    Raises
    ------
    GlmnnError
        If a user can mend what is wrong.
    KeyboardInterrupt
        If the user asked for an end.
    BrokenPipeError
        If the reader of the output has gone.
    """
    try:
        bare = len(sys.argv) < 2
        code = _command(_asked(sys.argv[1:]))(["--help"] if bare else None, standalone_mode=False)
    except TyperException as error:
        raise UsageError(_usage(error.format_message())) from None
    except Abort:
        raise KeyboardInterrupt from None
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):  # Typer's own answer to it, 1, is one of our verdicts
            raise error.__context__ from None
        raise
    if bare:
        return 2  # the help, but nothing was done
    return code if isinstance(code, int) else 0


def _usage(message: str) -> str:
    """Return a message about the command line that names the value, which Typer's own leave out."""
    match = re.match(r"Invalid value for '([^']+)'(?: / '([^']+)')?: Input should be a valid (\w+)", message)
    if match is None:
        return message
    flags, kind = [flag for flag in match.groups()[:2] if flag], match.group(3)
    for place, word in enumerate(sys.argv):
        flag, equals, value = word.partition("=")
        if flag in flags:
            given = value if equals else " ".join(sys.argv[place + 1 : place + 2])
            return f"{flags[0]} {given[:60]!r} is not {'a whole number' if kind == 'integer' else 'a number'}"
    return message
