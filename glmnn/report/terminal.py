"""A report on a terminal, or as the same text in a file or a notebook."""

from __future__ import annotations

import io

from rich.console import Console
from rich.text import Text

from glmnn.errors import printable
from glmnn.report.sections import Report

WIDTH = 100  # columns


def to_text(report: Report) -> str:
    """Return a report without colours, in lines of `WIDTH` columns."""
    file = io.StringIO()
    console = Console(file=file, width=WIDTH, highlight=False, markup=False, emoji=False, color_system=None)
    print_report(report, console)
    return file.getvalue()


def print_report(report: Report, console: Console) -> None:
    """Print a report in the width of the console."""
    wrapped = console.is_terminal or not report.log
    for place, section in enumerate(report.sections):
        if section.title:
            console.print()
            console.print(Text(printable(section.title), style="bold cyan"), soft_wrap=True)
        elif place and not section.close:
            console.print()
        for line in section.lines:
            style = "bold red" if section.failed else "bold" if section.strong else ""
            _say(console, Text(printable(line), style), wrapped)
        if section.grid is not None:
            section.grid.print(console)
        for line in section.below:
            _say(console, Text(printable(line)), wrapped)


def _say(console: Console, text: Text, wrapped: bool) -> None:
    """Print a line, wrapped between words."""
    indent = len(text.plain) - len(text.plain.lstrip(" "))
    lines = text.wrap(console, console.width - 4 * bool(indent)) if wrapped else [text]
    for place, line in enumerate(lines):
        line.rstrip()
        console.print(Text(" " * (indent + 2) if place and indent else "").append_text(line), soft_wrap=True)
