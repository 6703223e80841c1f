"""Tables of text that never cut a number: columns are dropped, or the table turned, where the screen is narrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from glmnn.errors import printable

GAP = 2  # blanks between columns


@dataclass
class Grid:
    """A table under construction.

    Attributes
    ----------
    headers : sequence of str
    optional : sequence of str
        Headers of columns that may go, the first one first.
    rows : list of list of str
    """

    headers: Sequence[str]
    optional: Sequence[str] = ()
    rows: list[list[str]] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        """Add a row; the first cell is a label, the others are numbers or short words."""
        self.rows.append([printable(cell) for cell in cells])

    def print(self, console: Console) -> None:
        """Print the table in the width of the console."""
        headers, rows = list(self.headers), [list(row) for row in self.rows]
        for name in self.optional:
            if _width(headers, rows) <= console.width:
                break
            place = headers.index(name)
            del headers[place]
            for row in rows:
                del row[place]
        if _width(headers, rows) > console.width:
            _print_turned(console, headers, rows)
            return
        widths = _widths(headers, rows)
        # words at the end of a line read better from the left
        words = [
            place == len(headers) - 1 and not all(is_number(row[-1]) for row in rows) for place in range(len(headers))
        ]
        console.print(Text(_line(headers, widths, words), style="bold"), soft_wrap=True)
        for row in rows:
            console.print(Text(_line(row, widths, words)), soft_wrap=True)


def _widths(headers: list[str], rows: list[list[str]]) -> list[int]:
    return [max(map(cell_len, column)) for column in zip(headers, *rows, strict=True)]


def _width(headers: list[str], rows: list[list[str]]) -> int:
    return sum(_widths(headers, rows)) + GAP * (len(headers) - 1)


def _line(cells: list[str], widths: list[int], words: list[bool]) -> str:
    aligned = [
        _padded(cell, width, left=place == 0 or words[place])
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return (" " * GAP).join(aligned).rstrip()


def _padded(cell: str, width: int, left: bool) -> str:
    blanks = " " * (width - cell_len(cell))
    return cell + blanks if left else blanks + cell


def is_number(cell: str) -> bool:
    """Say whether a cell of a report is a number, or a dash in the place of one."""
    return cell[-1:].isdigit() or cell == "-"


def _print_turned(console: Console, headers: list[str], rows: list[list[str]]) -> None:
    """Print one line for each cell, for a screen too narrow for the table."""
    label = max(map(cell_len, headers[1:]))
    for row in rows:
        console.print(Text(row[0], style="bold"), soft_wrap=True)
        for header, cell in zip(headers[1:], row[1:], strict=True):
            console.print(Text(f"  {_padded(header, label, left=True)}  {cell}"), soft_wrap=True)
