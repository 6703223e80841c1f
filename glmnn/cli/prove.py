"""`glmnn prove`: a proof of where the maximum lies, which anyone can check without glmnn."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from glmnn.cli.command import command
from glmnn.cli.options import Config, quiet_for
from glmnn.errors import Exit
from glmnn.options.fields import OUTPUT
from glmnn.proving.options import ProveOptions

if TYPE_CHECKING:
    from glmnn.auditing.claims.claim import Claim
    from glmnn.fitting.estimate import Estimate
    from glmnn.options.model import ModelOptions
    from glmnn.proving.task import Proof


@command(ProveOptions)
def prove(
    data: Annotated[str | None, typer.Argument(metavar="DATA", help="The data: a text file, not packed.")] = None,
    *,
    coef: Annotated[
        str | None,
        typer.Option(
            metavar="CLAIM", help="Coefficients of somebody else, as for glmnn audit.", rich_help_panel=OUTPUT
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write the proof here, not to the screen.", rich_help_panel=OUTPUT
        ),
    ] = None,
    config: Config = None,
    quiet: Annotated[bool, quiet_for("Do not print what is proved.")] = False,
    options: ProveOptions,
) -> Exit:
    """Prove where the maximum of DATA lies, or that there is none, in a file that anyone can check without glmnn.

    Exit code: 0 a proof is written, 1 nothing can be proved, 2 usage or data error.

    Example: glmnn prove data/primes.csv -o proof.json
    """
    from glmnn.auditing.claims.read import read_claim
    from glmnn.cli.output import check_places
    from glmnn.data.sources.files import read_asked
    from glmnn.errors import UsageError
    from glmnn.fitting.build import check_model
    from glmnn.fitting.estimate import find_estimate

    if data is None:
        raise UsageError("give the data: a file (glmnn prove --help)")
    check_places((data, config, coef), output=output)
    check_model(options)
    claim = None if coef is None else read_claim(coef, options.max_unpacked)
    estimate = find_estimate(options, read_asked(data, options))
    return write_proof(options, data, estimate, output, claim=claim, jobs=options.jobs, quiet=quiet)


def write_proof(
    options: ModelOptions,
    data: str,
    estimate: Estimate,
    output: str | None,
    *,
    claim: Claim | None = None,
    jobs: int = 1,
    quiet: bool = False,
) -> Exit:
    """Prove what was found, write the proof, and say what it proves; or say why nothing is proved.

    Raises
    ------
    GlmnnError
        If the data or the model are none that a proof can be about.
    """
    from glmnn.cli.console import show_lines
    from glmnn.cli.output import say, write_file
    from glmnn.cli.waiting import no_longer
    from glmnn.errors import printable

    found = found_proof(options, data, estimate, claim=claim, jobs=jobs)
    if found is None:
        return Exit.NO
    sentences = [printable(sentence) for sentence in found.proved.sentences]
    if output is None:
        no_longer()
        sys.stdout.write(found.text)
        for sentence in sentences if not quiet else ():
            say(sentence)
    else:
        write_file(output, found.text, quiet)
        show_lines([] if quiet else sentences)
    return Exit.DONE


def found_proof(
    options: ModelOptions, data: str, estimate: Estimate, *, claim: Claim | None = None, jobs: int = 1
) -> Proof | None:
    """Return a proof of what was found, or say why nothing is proved.

    Raises
    ------
    GlmnnError
        If the data or the model are none that a proof can be about.
    """
    from glmnn.cli.output import say
    from glmnn.errors import printable
    from glmnn.proving.claim import claimed
    from glmnn.proving.prove import prove
    from glmnn.proving.task import Unproved, task_of

    task = task_of(options, data, estimate, jobs, say)
    found = prove(task, None if claim is None else claimed(options, estimate.table, claim, estimate))
    if isinstance(found, Unproved):
        say(f"nothing proved: {printable(found.reason)}")
        return None
    return found


def add_proof(options: ModelOptions, data: str, estimate: Estimate, path: str | None, quiet: bool) -> None:
    """Write a proof beside another result, where one is asked for; the exit code is that of the other result."""
    from glmnn.cli.output import say, write_file
    from glmnn.errors import GlmnnError, printable

    if path is None:
        return
    try:
        found = found_proof(options, data, estimate)
    except GlmnnError as error:
        say(f"nothing proved: {printable(str(error))}")
        return
    if found is not None:
        write_file(path, found.text, quiet)
        if not quiet:
            say(printable(found.proved.sentences[0]))
