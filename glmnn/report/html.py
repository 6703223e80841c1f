"""A report as HTML: for notebooks, in the colours of whatever stands around it, or as a page of its own."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from glmnn.errors import printable
from glmnn.report.sections import MARKS, Report, Section
from glmnn.report.tables import Grid, is_number

STYLE = """
.glmnn { line-height: 1.45; max-width: 62em; }
.glmnn p { margin: 0.15em 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.glmnn p.glmnn-title { margin: 0.9em 0 0.2em; font-weight: bold; }
.glmnn div.glmnn-verdict { margin: 0.6em 0; padding-left: 0.6em; border-left: 0.25em solid currentColor; }
.glmnn div.glmnn-verdict p:first-child { font-weight: bold; }
.glmnn div.glmnn-good { border-left-color: seagreen; }
.glmnn div.glmnn-careful { border-left-color: darkorange; }
.glmnn div.glmnn-bad { border-left-color: crimson; }
.glmnn div.glmnn-good .glmnn-mark { color: seagreen; }
.glmnn div.glmnn-careful .glmnn-mark { color: darkorange; }
.glmnn div.glmnn-bad .glmnn-mark { color: crimson; }
.glmnn div.glmnn-sketch { margin-top: 1.1em; }
.glmnn details { margin-top: 0.9em; }
.glmnn summary { cursor: pointer; font-weight: bold; }
.glmnn div.glmnn-wide { margin: 0.2em 0 0.6em; overflow-x: auto; }
.glmnn table.glmnn-grid { width: auto; margin: 0; border: none; border-collapse: collapse; table-layout: auto;
  color: inherit; font-size: inherit; font-variant-numeric: tabular-nums; }
.glmnn table.glmnn-grid tr { background: none; border: none; }
.glmnn table.glmnn-grid th, .glmnn table.glmnn-grid td { padding: 0.1em 1.2em 0.1em 0; border: none; color: inherit;
  background: none; text-align: right; vertical-align: baseline; white-space: nowrap; max-width: none; }
.glmnn table.glmnn-grid thead th { border-bottom: 1px solid currentColor; }
.glmnn table.glmnn-grid .glmnn-label { max-width: 24em; text-align: left; white-space: normal;
  overflow-wrap: break-word; }
.glmnn table.glmnn-grid .glmnn-words { text-align: left; }
.glmnn table.glmnn-grid .glmnn-drawing { text-align: left; font-family: monospace; white-space: pre; }
"""
FIGURE_SPACE = "&#8199;"  # as wide as a digit
ENDS = ((0, "glmnn-label"), (-1, "glmnn-words"))  # columns that read from the left, unless they are numbers


def to_html(report: Report) -> str:
    """Return a report as a page of its own."""
    head = f'<!doctype html>\n<meta charset="utf-8">\n<title>{literally(report.title)}</title>\n'
    return f"{head}{notebook_html(report)}\n"


def notebook_html(report: Report, drawing: str = "") -> str:
    """Return a report with its style, which touches nothing else in a notebook, and a drawing above what is folded."""
    parts = list(map(_section, report.sections))
    place = next((place for place, section in enumerate(report.sections) if section.folded), len(parts))
    if drawing:
        parts.insert(place, f'<div class="glmnn-sketch">{drawing}</div>')
    return f'<div class="glmnn"><style>{STYLE}</style>{"".join(parts)}</div>'


def _section(section: Section) -> str:
    lines = _verdict(section) if section.strong or section.tone else _lines(section.lines)
    body = lines + (table(section.grid) if section.grid is not None else "") + _lines(section.below)
    if section.folded:
        return f"<details><summary>{literally(section.folded)}</summary>{body}</details>"
    return (f'<p class="glmnn-title">{literally(section.title)}</p>' if section.title else "") + body


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"<p>{literally(line)}</p>" for line in lines)


def _verdict(section: Section) -> str:
    """Return the lines of a verdict, the first with its mark, beside a bar in its colour."""
    tone = f" glmnn-{section.tone.name.lower()}" if section.tone else ""
    mark = f'<span class="glmnn-mark">{MARKS[section.tone]}</span> ' if section.tone else ""
    lines = [
        f"<p>{'' if place else mark}<span>{literally(line)}</span></p>" for place, line in enumerate(section.lines)
    ]
    return f'<div class="glmnn-verdict{tone}">{"".join(lines)}</div>'


def table(grid: Grid) -> str:
    """Return a table that scrolls on its own where it is too wide; words in the last column read from the left.

    >>> grid = Grid(("term", "estimate"))
    >>> grid.add("<x>", "0.55")
    >>> "&lt;x&gt;</td><td>0.55</td></tr>" in table(grid)
    True
    """
    columns = [[*map(str.rstrip, column)] if column[0] in grid.drawings else column for column in grid.columns()]
    first, last = ("" if all(map(is_number, columns[place][1:])) else kind for place, kind in ENDS)
    kinds = [first, *([""] * (len(columns) - 2)), last][: len(columns)]
    kinds = [
        "glmnn-drawing" if header in grid.drawings else kind for kind, (header, *_) in zip(kinds, columns, strict=True)
    ]
    header, *rows = zip(*columns, strict=True)
    head = _line("th", header, kinds)
    body = "".join(_line("td", row, kinds) for row in rows)
    shown = f'<table class="glmnn-grid"><thead>{head}</thead><tbody>{body}</tbody></table>'
    return f'<div class="glmnn-wide">{shown}</div>'


def _line(tag: str, cells: Iterable[str], kinds: list[str]) -> str:
    marks = [f' class="{kind}"' if kind else "" for kind in kinds]
    shown = [f"<{tag}{mark}>{_cell(cell)}</{tag}>" for mark, cell in zip(marks, cells, strict=True)]
    return f"<tr>{''.join(shown)}</tr>"


def _cell(cell: str) -> str:
    """Return a cell; blanks after a number become as wide as its digits."""
    number = cell.rstrip(" ")
    return literally(number) + FIGURE_SPACE * (len(cell) - len(number)) if is_number(number) else literally(cell)


def literally(text: str) -> str:
    """Return text in which nothing is markup, and no letter turns the direction of others."""
    return escape(printable(text))
