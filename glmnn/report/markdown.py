"""A report in Markdown, in which nothing that comes from the data is markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from glmnn.errors import printable
from glmnn.report.sections import Report
from glmnn.report.tables import Grid


def to_markdown(report: Report) -> str:
    """Return a report in Markdown."""
    parts = [f"## {_escaped(report.title)}"]
    for section in report.sections:
        if section.title:
            parts.append(f"### {_line(section.title)}")
        parts += [f"**{line}**" for line in map(_line, section.lines)] if section.strong else _items(section.lines)
        if section.grid is not None:
            parts.append(_table(section.grid))
        parts += _items(section.below)
    return "\n\n".join(parts) + "\n"


def _items(lines: Iterable[str]) -> list[str]:
    return [f"- {_line(line)}" for line in lines]


def _line(text: str) -> str:
    return _escaped(printable(" ".join(text.split())))


def _table(grid: Grid) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(_escaped(cell) for cell in cells) + " |"

    rule = "|" + "|".join([" --- ", *([" ---: "] * (len(grid.headers) - 1))]) + "|"
    return "\n".join([line(grid.headers), rule, *(line(row) for row in grid.rows)])


def _escaped(text: str) -> str:
    """Return text in which nothing is Markdown or HTML any more."""
    for mark in "\\`*_[]|":
        text = text.replace(mark, "\\" + mark)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
