"""`glmnn verify`: check a proof with the file that needs no glmnn."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from glmnn.cli.command import command
from glmnn.errors import Exit


@command()
def verify(
    proof: Annotated[
        str, typer.Argument(metavar="PROOF", help="The proof, from glmnn prove.", show_default=False)
    ] = "",
    data: Annotated[str, typer.Argument(metavar="DATA", help="The data file.", show_default=False)] = "",
    *,
    jobs: Annotated[int, typer.Option(metavar="N", min=1, help="Processes.")] = 1,
    script: Annotated[
        bool, typer.Option("--script", help="Print the verifier, a file that runs without glmnn, and stop.")
    ] = False,
) -> Exit:
    """Check a proof from the data alone, in exact and directed arithmetic.

    Exit code: 0 proved, 1 not proved, 2 a file cannot be read.

    Example: glmnn verify proof.json data/primes.csv
    """
    from pathlib import Path

    from glmnn.cli.console import show_lines
    from glmnn.cli.output import say
    from glmnn.errors import OptionError, UsageError, printable, unreadable
    from glmnn.kernels.threads import most_workers
    from glmnn.proving.task import telling
    from glmnn.proving.verify import NotProved, Unreadable, check

    if script:
        sys.stdout.write(Path(sys.modules["glmnn.proving.verify"].__file__ or "").read_text(encoding="utf-8"))
        return Exit.DONE
    if not (proof and data):
        raise UsageError("give a proof and its data: glmnn verify PROOF DATA")
    if jobs > most_workers():
        raise OptionError("jobs", f"must be at most {most_workers()} on this machine", jobs)

    def read(path: str) -> bytes:
        try:
            return Path(path).read_bytes()
        except (OSError, ValueError) as error:
            raise UsageError(unreadable(path, error)) from None

    try:
        proved = check(read(proof), read(data), jobs, telling(f"checking {printable(proof)}", jobs, say))
    except Unreadable as error:
        raise UsageError(f"{printable(proof)}: {printable(error)}") from None
    except NotProved as error:
        say(f"not proved: {printable(error)}")
        return Exit.NO
    show_lines([printable(sentence) for sentence in proved.sentences])
    return Exit.DONE
