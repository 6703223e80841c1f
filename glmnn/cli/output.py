"""Where results, notes and progress go: results to stdout or a file, everything else to stderr."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from glmnn.cli.console import make_console, show
from glmnn.cli.waiting import CLEAR, can_wipe, no_longer
from glmnn.errors import UsageError, as_flag, printable, unknown
from glmnn.report.files import check_output, refers_to_stdin, write_whole
from glmnn.report.formats import FORMATS, TEXT
from glmnn.report.sections import Report
from glmnn.report.terminal import print_report


@dataclass(frozen=True)
class Output:
    """How `glmnn fit` shows its result."""

    format: str
    path: str | None
    trace: str | None
    quiet: bool
    verbose: bool
    digits: int
    plot: bool = False

    @property
    def watched(self) -> bool:
        """Whether progress is shown: there is a terminal that can."""
        return can_wipe(self.quiet)

    def write(self, report: Report, trace: Callable[[], str]) -> None:
        """Write the report, and the trace where one is asked for."""
        if self.watched:
            show_progress()
        if self.trace is not None:
            write_whole(self.trace, trace())
        deliver(report, self.format, self.path, self.quiet)


def deliver(report: Report, form: str = TEXT, path: str | None = None, quiet: bool = False) -> None:
    """Write a report to stdout or a file, in a format of `FORMATS`."""
    no_longer()
    if form == TEXT and path is None:
        verdict = replace(report, sections=[section for section in report.sections if section.strong])
        show(
            lambda console: print_report(report, console),
            again=(lambda console: print_report(verdict, console)) if verdict.sections else None,
        )
        return
    text = _in_columns(report) if form == TEXT else FORMATS[form](report)
    if path is None:
        sys.stdout.write(text)
    else:
        write_file(path, text, quiet)


def write_file(path: str, text: str, quiet: bool = False) -> None:
    """Write a result to a file, and say so."""
    write_whole(path, text)
    if not quiet:
        say(f"wrote {printable(path)}")


def write_pieces(pieces: Iterable[str], path: str | None, quiet: bool = False) -> None:
    """Write text as it comes, to stdout or a file that is replaced when all of it is there."""
    if path is None:
        no_longer()
        sys.stdout.writelines(pieces)
        return
    write_whole(path, pieces)
    no_longer()
    if not quiet:
        say(f"wrote {printable(path)}")


def say(text: str) -> None:
    """Write a line to stderr, which is for people; it must be printable."""
    no_longer()
    sys.stderr.write(f"glmnn: {text}\n")


def show_progress(text: str = "") -> None:
    """Write over the line of progress on a terminal; nothing clears it."""
    no_longer()
    sys.stderr.write(f"{CLEAR}{text}")
    sys.stderr.flush()


def given_data(data: str | None, command: str) -> str:
    """Return the path of the data, or - for standard input.

    Raises
    ------
    UsageError
        If there is none.
    """
    if not data:
        raise UsageError(f"give the data: a file, or - for standard input (glmnn {command} --help)")
    return data


def check_places(inputs: tuple[str | None, ...], **outputs: str | None) -> None:
    """Refuse an output, by the name of its flag, that cannot be written, is an input, or is another output.

    Raises
    ------
    UsageError
        With the reason.
    """
    places: dict[Path, str] = {}
    for name, path in outputs.items():
        if path == "":
            raise UsageError(f"{as_flag(name, '')} '' is not a file name")
        if path is not None:
            check_output(path, inputs)
            if "-" in inputs and refers_to_stdin(path):
                raise UsageError(f"{printable(path)}: this is the file on standard input; give another output")
            other = places.setdefault(Path(path).resolve(), name)
            if other != name:
                raise UsageError(f"{as_flag(other, '')} and {as_flag(name, '')} name the same file")


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
