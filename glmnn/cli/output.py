"""Where results, notes and progress go: results to stdout or a file, everything else to stderr."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from glmnn.cli.console import make_console, show
from glmnn.errors import UsageError, printable, unknown
from glmnn.report.files import write_whole
from glmnn.report.formats import FORMATS, TEXT
from glmnn.report.sections import Report
from glmnn.report.terminal import print_report

CLEAR = "\r\x1b[K"  # back to the start of the line, and empty it


@dataclass(frozen=True)
class Output:
    """How `glmnn fit` shows its result."""

    format: str
    path: str | None
    trace: str | None
    quiet: bool
    verbose: bool

    @property
    def watched(self) -> bool:
        """Whether progress is shown: there is a terminal that can."""
        return not self.quiet and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def write(self, report: Report, trace: Callable[[], str]) -> None:
        """Write the report, and the trace where one is asked for."""
        if self.watched:
            sys.stderr.write(CLEAR)
            sys.stderr.flush()
        if self.trace is not None:
            write_whole(self.trace, trace())
        deliver(report, self.format, self.path, self.quiet)


def deliver(report: Report, form: str = TEXT, path: str | None = None, quiet: bool = False) -> None:
    """Write a report to stdout or a file, in a format of `FORMATS`."""
    if form == TEXT and path is None:
        show(lambda console: print_report(report, console))
        return
    text = _in_columns(report) if form == TEXT else FORMATS[form](report)
    if path is None:
        sys.stdout.write(text)
        return
    write_whole(path, text)
    if not quiet:
        sys.stderr.write(f"glmnn: wrote {printable(path)}\n")


def _in_columns(report: Report) -> str:
    """Return a report as text, as wide as COLUMNS asks for."""
    file = io.StringIO()
    print_report(report, make_console(file))
    return file.getvalue()


def format_of(named: str | None, output: str | None, *, json: bool = False, csv: bool = False) -> str | None:
    """Return the format asked for, by name, short form or ending of the output file; None where none is asked for.

    Raises
    ------
    UsageError
        If there is no such format, or several are asked for.
    """
    asked = {name for name in (named, "json" if json else None, "csv" if csv else None) if name is not None}
    if len(asked) > 1:
        raise UsageError(f"choose one format, not {' and '.join(sorted(asked))}")
    if asked:
        name = asked.pop()
        if name not in FORMATS:
            raise UsageError(unknown("format", name, FORMATS))
        return name
    ending = Path(output or "").suffix[1:].lower()
    return ending if ending in FORMATS else None
