"""The command line: one thin file for each command."""

from __future__ import annotations

import os
import re
import sys
from io import TextIOWrapper

import typer

from glmnn.cli.audit import audit
from glmnn.cli.check import check
from glmnn.cli.datasets import datasets
from glmnn.cli.fit import fit
from glmnn.cli.gradcheck import gradcheck
from glmnn.cli.lock import lock
from glmnn.cli.predict import predict
from glmnn.cli.schema import schema
from glmnn.cli.seeds import seeds
from glmnn.cli.simulate import simulate
from glmnn.cli.solvers import solvers

try:
    from typer.exceptions import Abort, TyperException
except ImportError:  # before Typer 0.28, which first made them public
    from typer._click.exceptions import Abort  # type: ignore[attr-defined,no-redef]
    from typer._click.exceptions import ClickException as TyperException

MOST_SAID = 600  # characters of a message

app = typer.Typer(
    name="glmnn",
    help="Fit a generalised linear model by Fisher scoring and as a neuron, compare the two and prove the answer.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,  # plain help: twice as fast, and brackets in it are text
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"glmnn {version('glmnn')}")
        raise typer.Exit


@app.callback()
def _main(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version."),
) -> None:
    """Fit a generalised linear model by Fisher scoring and as a neuron, compare the two and prove the answer."""


for command in (fit, audit, predict, lock, check, gradcheck, seeds, simulate, solvers, datasets, schema):
    app.command()(command)


def _usage(message: str) -> str:
    """Return a message about the command line that names the value, which Typer's own leave out."""
    found = re.match(r"Invalid value for '([^']+)'(?: / '([^']+)')?: Input should be a valid (\w+)", message)
    if found is None:
        return message
    flags, kind = [flag for flag in found.groups()[:2] if flag], found.group(3)
    for place, word in enumerate(sys.argv):
        flag, equals, value = word.partition("=")
        if flag in flags:
            given = value if equals else " ".join(sys.argv[place + 1 : place + 2])
            return f"{flags[0]} {given[:60]!r} is not {'a whole number' if kind == 'integer' else 'a number'}"
    return message


def main() -> None:
    """Run the command line; errors that a user can mend are one line on stderr and exit code 2."""
    from glmnn.errors import GlmnnError, printable

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without a letter gets its escape
    try:
        bare = len(sys.argv) < 2
        code = app(["--help"] if bare else None, standalone_mode=False)
        sys.stdout.flush()
        code = 2 if bare else code  # the help, but nothing was done
    except (GlmnnError, TyperException) as error:
        said = _usage(error.format_message()) if isinstance(error, TyperException) else str(error)
        sys.stderr.write(f"glmnn: {printable(' '.join(said.split()))[:MOST_SAID]}\n")
        sys.exit(2)
    except (KeyboardInterrupt, Abort):
        sys.stderr.write("glmnn: interrupted\n")
        sys.exit(130)
    except BrokenPipeError:
        # the reader of our output has gone, as with `| head`: nothing to say and nobody to say it to
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:
        sys.stderr.write(f"glmnn: {printable(error.strerror or error)}\n")
        sys.exit(2)
    except MemoryError:
        sys.stderr.write("glmnn: not enough memory for this\n")
        sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)
