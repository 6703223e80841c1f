"""A report as sections, a title with lines and tables, printed to a terminal or written as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from glmnn.errors import printable
from glmnn.report.tables import Grid, escaped, markdown


@dataclass(frozen=True)
class Section:
    """One part of a report.

    Attributes
    ----------
    title : str
        Empty for lines that belong to what stands above.
    lines : sequence of str
    grid : Grid or None
        A table below the lines.
    strong : bool
        The lines are the verdict.
    """

    title: str
    lines: Sequence[str] = ()
    grid: Grid | None = None
    strong: bool = False


def print_sections(sections: Sequence[Section], console: Console) -> None:
    """Print a report in the width of the console."""
    for place, section in enumerate(sections):
        if section.title:
            title(console, section.title)
        elif place:
            console.print()
        for line in section.lines:
            say(console, line, style="bold" if section.strong else "")
        if section.grid is not None:
            section.grid.print(console)


def markdown_sections(heading: str, sections: Sequence[Section]) -> str:
    """Return a report in Markdown."""
    parts = [f"## {escaped(heading)}"]
    for section in sections:
        if section.title:
            parts.append(f"### {escaped(printable(section.title))}")
        lines = [escaped(printable(" ".join(line.split()))) for line in section.lines]
        parts += [f"**{line}**" for line in lines] if section.strong else [f"- {line}" for line in lines]
        if section.grid is not None:
            parts.append(markdown(section.grid))
    return "\n\n".join(parts) + "\n"


def title(console: Console, text: str) -> None:
    """Print the title of a section."""
    console.print()
    console.print(Text(printable(text), style="bold cyan"), soft_wrap=True)


def say(console: Console, text: str, style: str = "") -> None:
    """Print a line, wrapped between words."""
    indent = len(text) - len(text.lstrip(" "))
    for place, line in enumerate(Text(printable(text), style=style).wrap(console, console.width - 4 * bool(indent))):
        line.rstrip()
        console.print(Text(" " * (indent + 2) if place and indent else "").append_text(line), soft_wrap=True)
