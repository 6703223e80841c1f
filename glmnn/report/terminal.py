"""A report on a terminal, or as the same text in a file or a notebook."""

from __future__ import annotations

import io

from rich.console import Console
from rich.text import Text

from glmnn.errors import printable
from glmnn.report.sections import MARKS, Report, Section, Tone
from glmnn.report.tables import ELLIPSIS

WIDTH = 100  # columns
COLOURS = {Tone.GOOD: "bold green", Tone.CAREFUL: "bold yellow", Tone.BAD: "bold red"}


def to_text(report: Report) -> str:
    """Return a report without colours, in lines of `WIDTH` columns."""
    file = io.StringIO()
    console = Console(
        file=file, width=WIDTH, highlight=False, markup=False, emoji=False, color_system=None,
        force_jupyter=False,  # in a notebook rich would show each line by itself, and write nothing
    )  # fmt: skip
    print_report(report, console)
    return file.getvalue()


def print_report(report: Report, console: Console) -> None:
    """Print a report in the width of the console."""
    wrapped = console.is_terminal or not report.log
    for place, section in enumerate(report.shown):
        if section.title:
            if place:
                console.print()
            console.print(Text(_written(console, section.title), style="bold cyan"), soft_wrap=True)
        elif place and not section.close:
            console.print()
        _say_lines(console, section, wrapped)
        below = list(section.below)
        if section.grid is not None:
            below = [*section.grid.print(console, drawn=has_drawings(console)), *below]
        for line in below:
            _say(console, Text(_written(console, line)), wrapped)


def has_drawings(console: Console) -> bool:
    """Say whether the console can show what is not a letter of ASCII."""
    return console.encoding.startswith("utf")


def _say_lines(console: Console, section: Section, wrapped: bool) -> None:
    """Print the lines of a section, with a mark and a colour where they are a verdict."""
    mark = "" if section.tone is None else MARKS[section.tone] if has_drawings(console) else section.tone.value
    indent = " " * (len(mark) + 1) if mark else ""
    for place, line in enumerate(section.lines):
        style = "bold" if section.strong else ""
        if section.tone is not None:
            style = "" if place else COLOURS[section.tone]
        start = indent if place or not mark else f"{mark} "
        _say(console, Text(_written(console, line), style), wrapped, Text(start, style), indent)


def _written(console: Console, line: str) -> str:
    """Return a line without control characters, and without drawings where there are none."""
    shown = printable(line)
    return shown if has_drawings(console) else shown.replace(ELLIPSIS, "...")


def _say(console: Console, text: Text, wrapped: bool, start: Text | None = None, hanging: str = "") -> None:
    """Print a line, wrapped between words, after its start; the further lines hang below it."""
    start = start or Text()
    indent = len(text.plain) - len(text.plain.lstrip(" "))
    room = console.width - len(start.plain) - 4 * bool(indent)
    lines = text.wrap(console, room) if wrapped else [text]
    for place, line in enumerate(lines):
        line.rstrip()
        further = hanging + (" " * (indent + 2) if indent else "")
        console.print((Text(further) if place else start).copy().append_text(line), soft_wrap=True)
