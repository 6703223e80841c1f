"""`glmnn lock`: put the coefficients of a fit down in a file that `glmnn check` guards."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from glmnn.cli.command import command
from glmnn.cli.options import Config, ProofFile, quiet_for
from glmnn.errors import Exit
from glmnn.fitting.options import FitOptions
from glmnn.options.fields import OUTPUT

if TYPE_CHECKING:
    from glmnn.fitting.estimate import Estimate
    from glmnn.locking.file import Lock, LockedProof

START = 4096  # bytes of a file that tell whether it is a lock file


@command(FitOptions)
def lock(
    data: Annotated[str | None, typer.Argument(metavar="DATA", help="The file to fit, as for glmnn fit.")] = None,
    *,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the lock to this file, not to the screen.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over the lock of another model.", rich_help_panel=OUTPUT)
    ] = False,
    proof: ProofFile = None,
    config: Config = None,
    quiet: Annotated[bool, quiet_for("Do not say which file was written.")] = False,
    options: FitOptions,
) -> Exit:
    """Fit DATA as glmnn fit does, and write model, options, coefficients and data hash to a lock file.

    Exit code: as glmnn fit; nothing is written unless it is 0.

    Example: glmnn lock data/primes.csv -o coefs.toml
    """
    from dataclasses import replace

    from glmnn.cli.output import say
    from glmnn.errors import UsageError, printable
    from glmnn.fitting.compare import run
    from glmnn.fitting.plan import make_spec
    from glmnn.fitting.rows import read_rows
    from glmnn.fitting.verdict import verdict_lines
    from glmnn.locking.cause import why_lost
    from glmnn.locking.file import path_from, to_toml
    from glmnn.locking.make import make_lock
    from glmnn.report.json import versions

    if data is None:
        raise UsageError("give the data: a file (glmnn lock --help)")
    _check_places(data, config, output, proof)
    comparison = run(make_spec(options), read_rows(data, options))
    if comparison.exit is Exit.INTERRUPTED:
        raise KeyboardInterrupt
    if comparison.exit is not Exit.DONE:
        why = why_lost(comparison.estimate) or " ".join(verdict_lines(comparison))
        say(f"nothing locked: {printable(why)}")
        return comparison.exit
    made = make_lock(comparison, path_from(output, data), versions())
    if output is not None and not force:
        _check_model(output, made)
    if proof is not None:
        proved = _proved(options, data, comparison.estimate, proof, output, quiet)
        if proved is None:
            return Exit.NO
        made = replace(made, proof=proved)
    _write(to_toml(made), output, quiet)
    return comparison.exit


def _write(text: str, output: str | None, quiet: bool) -> None:
    from glmnn.cli.output import write_file
    from glmnn.cli.waiting import no_longer

    if output is None:
        no_longer()
        sys.stdout.write(text)
    else:
        write_file(output, text, quiet)


def _proved(
    options: FitOptions, data: str, estimate: Estimate, path: str, output: str | None, quiet: bool
) -> LockedProof | None:
    """Write a proof of what is to be locked, and return what the lock file says of it; None where nothing is proved."""
    from hashlib import sha256

    from glmnn.cli.output import write_file
    from glmnn.cli.prove import found_proof
    from glmnn.locking.file import LockedProof, path_from

    found = found_proof(options, data, estimate)
    if found is None:
        return None
    write_file(path, found.text, quiet)
    return LockedProof(path_from(output, path), sha256(found.text.encode()).hexdigest())


def _check_model(output: str, made: Lock) -> None:
    """Refuse to write over the lock of another model, of which there may be no other copy."""
    from pathlib import Path

    from glmnn.errors import GlmnnError, UsageError, printable
    from glmnn.locking.file import read_lock

    if not Path(output).is_file() or not Path(output).stat().st_size:
        return
    try:
        old = read_lock(output)
    except GlmnnError:
        return  # nothing that could still be checked is lost
    models = [(lock.model.formula, lock.model.family, lock.model.link, lock.model.estimate) for lock in (old, made)]
    if models[0] != models[1]:
        formula, family, link, estimate = models[0]
        raise UsageError(
            printable(
                f"{output}: this file holds the lock of another model ({formula}, {family}, {link} link, {estimate}); "
                "give --force to write over it, or another output"
            )
        )


def _check_places(source: str, config: str | None, output: str | None, proof: str | None) -> None:
    """Refuse data that cannot be read again, and an output that would destroy something."""
    from pathlib import Path

    from glmnn.cli.output import check_places
    from glmnn.errors import UsageError, printable
    from glmnn.locking.file import is_lock

    place = Path(source)
    if source == "-" or ("\0" not in source and place.exists() and not place.is_file() and not place.is_dir()):
        raise UsageError(
            "standard input and pipes cannot be locked, because glmnn check must read the data again: give a file"
        )
    check_places((source, config), output=output, proof=proof)
    if output is None or not Path(output).is_file():
        return
    with Path(output).open("rb") as file:
        start = file.read(START).decode("utf-8", "replace")
    if start.strip() and not is_lock(start):
        raise UsageError(f"{printable(output)}: this file exists already and is not a lock file; give another output")
