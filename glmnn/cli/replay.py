"""`glmnn replay`: the documents that glmnn started from, replayed."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from glmnn.cli.options import OutputFile
from glmnn.options.fields import OUTPUT


def replay(
    *,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NUMBER", help="Only this document, as 003; repeatable.", rich_help_panel=OUTPUT, show_default=False
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Write JSON (glmnn.replay/1) instead of text.", rich_help_panel=OUTPUT)
    ] = False,
    md: Annotated[bool, typer.Option("--md", help="Write Markdown instead of text.", rich_help_panel=OUTPUT)] = False,
    output: OutputFile = None,
) -> None:
    """Replay the documents that glmnn started from: each of their numbers beside the one computed now.

    Exit code: 0 all that can match does, 1 something does not, 2 usage error, 130 interrupted.

    Example: glmnn replay --only 003
    """
    from glmnn.cli.output import CLEAR, deliver
    from glmnn.errors import UsageError
    from glmnn.replaying.replay import exit_of, find_documents, replayed
    from glmnn.replaying.report import replay_report
    from glmnn.report.files import check_output
    from glmnn.report.formats import TEXT

    if json and md:
        raise UsageError("give --json or --md, not both")
    if output is not None:
        check_output(output, ())
    documents, replays, watched = find_documents(only or []), [], sys.stderr.isatty()
    for document in documents:
        if watched:
            sys.stderr.write(f"{CLEAR}replaying {document.number}")
            sys.stderr.flush()
        replays.append(replayed(document))
    if watched:
        sys.stderr.write(CLEAR)
        sys.stderr.flush()
    deliver(replay_report(replays), "json" if json else "md" if md else TEXT, output)
    sys.stdout.flush()
    raise typer.Exit(int(exit_of(replays)))
