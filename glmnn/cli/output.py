"""Where results, notes and progress go: results to stdout or a file, everything else to stderr."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from time import perf_counter

from rich.console import Console

from glmnn.cli.console import make_console, show
from glmnn.errors import printable
from glmnn.fitting.compare import Progress, SolverComparison
from glmnn.fitting.document import to_csv, to_json, to_markdown, to_trace
from glmnn.fitting.report import print_report
from glmnn.report.files import write_whole
from glmnn.solvers.stopping import Look

WAKE = 0.1  # seconds between two updates of the progress line
CLEAR = "\r\x1b[K"  # back to the start of the line, and empty it


@dataclass(frozen=True)
class Output:
    """How a command shows its result."""

    format: str
    path: str | None
    trace: str | None
    quiet: bool
    verbose: bool

    def progress(self) -> Progress | None:
        """Return a watcher that keeps one line on the terminal up to date, or None where there is no terminal."""
        if self.quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
            return None
        return _progress_line


def emit(comparison: SolverComparison, output: Output) -> None:
    """Print or write the comparison in the format asked for, and its trace."""
    if output.progress() is not None:
        sys.stderr.write(CLEAR)
        sys.stderr.flush()
    if output.trace is not None:
        write_whole(output.trace, to_trace(comparison))

    def print_on(console: Console) -> None:
        print_report(comparison, console, output.verbose, not output.quiet)

    render = {"json": to_json, "csv": to_csv, "md": to_markdown}.get(output.format)
    deliver(print_on, render and (lambda: render(comparison)), output.path, output.quiet)


def deliver(
    print_on: Callable[[Console], None], render: Callable[[], str] | None, path: str | None, quiet: bool
) -> None:
    """Write a result to stdout or a file: what `render` returns, or the report that `print_on` prints."""
    if render is None and path is None:
        show(print_on)
        return
    if render is not None:
        text = render()
    else:
        file = io.StringIO()
        print_on(make_console(file))
        text = file.getvalue()
    if path is None:
        sys.stdout.write(text)
        return
    write_whole(path, text)
    if not quiet:
        sys.stderr.write(f"glmnn: wrote {printable(path)}\n")


def _progress_line(solver: str) -> Callable[[Look, int], None]:
    began = last = perf_counter()

    def watch(look: Look, limit: int) -> None:
        nonlocal last
        now = perf_counter()
        if now - last < WAKE:
            return
        last = now
        reached = f"{look.decrement:.1e} SE to go" if isfinite(look.decrement) else "not finite"
        line = f"{solver}  {look.iteration:,} / {limit:,}  {reached}  {now - began:.0f} s"
        sys.stderr.write(f"{CLEAR}{line}")
        sys.stderr.flush()

    return watch
