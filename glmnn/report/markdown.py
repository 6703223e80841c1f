"""A report in Markdown, in which nothing that comes from the data is markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from glmnn.errors import printable
from glmnn.report.sections import MARKS, Report, Section
from glmnn.report.tables import Grid


def to_markdown(report: Report) -> str:
    """Return a report in Markdown."""
    parts = [f"## {_escaped(report.title)}"]
    for section in report.shown:
        if section.title:
            parts.append(f"### {_line(section.title)}")
        parts += _verdict(section) if section.strong or section.tone else _items(section.lines)
        if section.grid is not None:
            parts.append(_table(section.grid))
        parts += _items(section.below)
    return "\n\n".join(parts) + "\n"


def _verdict(section: Section) -> list[str]:
    mark = f"{MARKS[section.tone]} " if section.tone else ""
    return [f"**{'' if place else mark}{_line(line)}**" for place, line in enumerate(section.lines)]


def _items(lines: Iterable[str]) -> list[str]:
    return [f"- {_line(line)}" for line in lines]


def _line(text: str) -> str:
    return _escaped(printable(" ".join(text.split())))


def _table(grid: Grid) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(_escaped(cell.strip(" ")) for cell in cells) + " |"

    header, *rows = zip(*grid.columns(drawn=False), strict=True)
    rule = "|" + "|".join([" --- ", *([" ---: "] * (len(header) - 1))]) + "|"
    return "\n".join([line(header), rule, *map(line, rows)])


def _escaped(text: str) -> str:
    """Return text in which nothing is Markdown or HTML any more."""
    for mark in "\\`*_[]|":
        text = text.replace(mark, "\\" + mark)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
