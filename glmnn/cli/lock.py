"""`glmnn lock`: put the coefficients of a fit down in a file that `glmnn check` guards."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from glmnn.cli.options import Config, takes
from glmnn.fitting.options import FitOptions
from glmnn.options.fields import OUTPUT

START = 4096  # bytes of a file that tell whether it is a lock file


@takes(FitOptions)
def lock(
    data: Annotated[str | None, typer.Argument(metavar="DATA", help="The file to fit, as for glmnn fit.")] = None,
    *,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", help="Write the lock to this file, not to the screen.", rich_help_panel=OUTPUT),
    ] = None,
    config: Config = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No word of the file written.", rich_help_panel=OUTPUT)
    ] = False,
    **given: Any,
) -> None:
    """Fit DATA as glmnn fit does, and write model, options, coefficients and data hash to a lock file.

    Exit code: as glmnn fit; nothing is written unless it is 0.

    Example: glmnn lock data/primes.csv -o coefs.toml
    """
    from glmnn.data.sources.files import read_table
    from glmnn.errors import Exit, UsageError, printable
    from glmnn.fitting.compare import run
    from glmnn.fitting.plan import make_spec
    from glmnn.fitting.verdict import verdict_lines
    from glmnn.locking.cause import why_lost
    from glmnn.locking.file import path_from, to_toml
    from glmnn.locking.make import make_lock
    from glmnn.options.toml import merge, read_config
    from glmnn.report.files import write_whole
    from glmnn.report.json import versions

    options, named = merge(read_config(config, FitOptions) if config is not None else {}, given, FitOptions)
    source = data if data is not None else named
    if source is None:
        raise UsageError("give the data: a file (glmnn lock --help)")
    _check_places(source, config, output)
    comparison = run(make_spec(options), read_table(source, options.max_unpacked))
    if comparison.exit is Exit.INTERRUPTED:
        raise KeyboardInterrupt
    if comparison.exit is not Exit.DONE:
        why = why_lost(comparison.estimate) or " ".join(verdict_lines(comparison))
        sys.stderr.write(f"glmnn: nothing locked: {printable(why)}\n")
        raise typer.Exit(int(comparison.exit))
    text = to_toml(make_lock(comparison, path_from(output, source), versions()))
    if output is None:
        sys.stdout.write(text)
        return
    write_whole(output, text)
    if not quiet:
        sys.stderr.write(f"glmnn: wrote {printable(output)}\n")


def _check_places(source: str, config: str | None, output: str | None) -> None:
    """Refuse data that cannot be read again, and an output that would destroy something."""
    from pathlib import Path

    from glmnn.errors import UsageError, printable
    from glmnn.locking.file import is_lock
    from glmnn.report.files import check_output

    place = Path(source)
    if source == "-" or ("\0" not in source and place.exists() and not place.is_file() and not place.is_dir()):
        raise UsageError(
            "standard input and pipes cannot be locked, for glmnn check must read the data again: give a file"
        )
    if output is None:
        return
    check_output(output, (source, config))
    there = Path(output)
    if not there.is_file():
        return
    with there.open("rb") as file:
        start = file.read(START).decode("utf-8", "replace")
    if start.strip() and not is_lock(start):
        raise UsageError(f"{printable(output)}: this file is there already and is no lock file; give another output")
