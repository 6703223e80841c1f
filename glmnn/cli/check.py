"""`glmnn check`: fit again what lock files hold, and fail where a coefficient moved."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from glmnn.cli.command import command
from glmnn.cli.options import quiet_for
from glmnn.errors import Exit
from glmnn.locking.options import CheckOptions
from glmnn.options.fields import OUTPUT

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATHS",
        help="Lock files, or folders with lock files. [default: the current folder]",
        show_default=False,
    ),
]


@command(CheckOptions)
def check(
    paths: Paths = None,
    *,
    update: Annotated[
        bool,
        typer.Option("--update", help="Rewrite the locks that failed or whose data changed.", rich_help_panel=OUTPUT),
    ] = False,
    junit: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write JUnit XML to this file.", rich_help_panel=OUTPUT)
    ] = None,
    github: Annotated[
        bool, typer.Option("--github", help="Print annotations for GitHub as well.", rich_help_panel=OUTPUT)
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print JSON (glmnn.check/1) instead of text.", rich_help_panel=OUTPUT)
    ] = False,
    quiet: Annotated[bool, quiet_for("Print failures only.")] = False,
    options: CheckOptions,
) -> Exit:
    """Fit again what lock files hold, and say which coefficients moved, by how much and why.

    Exit code: 0 all within tolerance, 1 a coefficient moved or there is no maximum any more, 2 a lock file or its
    data cannot be read (the others are still checked), 130 interrupted.

    Example: glmnn check configs/locks
    """
    from glmnn.cli.output import deliver, say
    from glmnn.errors import UsageError, printable
    from glmnn.locking.check import check as check_one
    from glmnn.locking.check import check_options, find_locks, passed_over
    from glmnn.locking.renew import renew
    from glmnn.locking.report import check_report, to_github, to_junit
    from glmnn.locking.result import NotChecked, exit_of
    from glmnn.report.files import write_whole
    from glmnn.report.formats import TEXT
    from glmnn.report.json import versions

    paths = paths or ["."]
    check_options(options)
    if update and options.solver:
        raise UsageError("--update keeps the solvers of the lock files: leave out --solver")
    locks = find_locks(paths)
    _check_junit(junit, locks)
    if not quiet:
        for name in passed_over(paths):
            say(f"note: {printable(name)} has no lock and is skipped")
    today = versions()
    checks = [check_one(path, options, today) for path in locks]
    if update:
        checks = [renew(item) for item in checks]
    for item in checks:
        if isinstance(item, NotChecked):
            say(item.error)
    if junit is not None:
        write_whole(junit, to_junit(checks))
    deliver(check_report(checks, options, today, quiet), "json" if json else TEXT)
    if github:
        (sys.stderr if json else sys.stdout).write(to_github(checks))
    return exit_of(checks)


def _check_junit(path: str | None, locks: list[str]) -> None:
    """Refuse an output that is a lock file, or the data of one."""
    from glmnn.errors import GlmnnError
    from glmnn.locking.file import read_lock
    from glmnn.options.toml import beside
    from glmnn.report.files import check_output

    if path is None:
        return
    data = []
    for lock in locks:
        try:
            data.append(str(beside(lock, read_lock(lock).data.path)))
        except GlmnnError:
            continue  # what is wrong with it is said when it is checked
    check_output(path, (*locks, *data))
