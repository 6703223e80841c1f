"""`glmnn replay`: the documents that glmnn started from, replayed."""

from __future__ import annotations

from typing import Annotated

import typer

from glmnn.cli.command import command
from glmnn.cli.options import OutputFile
from glmnn.errors import Exit
from glmnn.options.fields import OUTPUT


@command()
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
) -> Exit:
    """Replay the documents that glmnn started from: each of their numbers beside the one computed now.

    Exit code: 0 all that can match does, 1 something does not, 2 usage error, 130 interrupted.

    Example: glmnn replay --only 003
    """
    from glmnn.cli.output import check_places, deliver, show_progress
    from glmnn.cli.waiting import can_wipe
    from glmnn.errors import UsageError
    from glmnn.replaying.replay import exit_of, find_documents, replayed
    from glmnn.replaying.report import replay_report
    from glmnn.report.formats import TEXT

    if json and md:
        raise UsageError("give --json or --md, not both")
    check_places((), output=output)
    documents, replays, watched = find_documents(only or []), [], can_wipe()
    for document in documents:
        if watched:
            show_progress(f"replaying {document.number}")
        replays.append(replayed(document))
    if watched:
        show_progress()
    deliver(replay_report(replays), "json" if json else "md" if md else TEXT, output)
    return exit_of(replays)
