"""Tables of text that never cut a number: columns go, or stand below each other, where the screen is narrow."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from glmnn.errors import printable

GAP = 2  # blanks between columns
LABEL = 3  # part of the width from which a label is cut where the table does not fit,
SHORTEST = 16  # and columns below which none is
SENTENCE = 24  # columns in which words at the end of a line are wrapped
ELLIPSIS = "…"
NUMBER = re.compile(r"[-+<]*\d[\d,]*(\.\d+)?(e[-+]?\d+)?")


@dataclass
class Grid:
    """A table under construction.

    Attributes
    ----------
    headers : sequence of str
    optional : sequence of str or tuple of str
        Headers of columns that may go, the first one first; those of a tuple go together.
    rows : list of list of str
    drawings : sequence of str
        Headers of columns that are pictures made of letters, which need a screen that has them.
    """

    headers: Sequence[str]
    optional: Sequence[str | tuple[str, ...]] = ()
    rows: list[list[str]] = field(default_factory=list)
    drawings: Sequence[str] = ()

    def add(self, *cells: str) -> None:
        """Add a row; the first cell is a label, the others are numbers or short words."""
        self.rows.append([printable(cell) for cell in cells])

    def columns(self, drawn: bool = True) -> list[list[str]]:
        """Return the columns, each with its header, numbers padded so that their decimal points stand together."""
        found = []
        for place, (header, *cells) in enumerate(zip(self.headers, *self.rows, strict=True)):
            if header in self.drawings:
                longest = max(map(len, cells), default=0)
                found += [[header, *(cell.ljust(longest) for cell in cells)]] if drawn else []
            else:
                found.append([header, *(cells if place == 0 else at_the_point(cells))])
        return found

    def print(self, console: Console, drawn: bool = True) -> list[str]:
        """Print the table in the width of the console; return the labels that were cut, whole."""
        cut: list[str] = []
        columns = _narrowed(
            self.columns(drawn), [name for name in self.drawings if name not in self.optional], console.width
        )
        whole, ellipsis = columns[0], ELLIPSIS if drawn else "..."
        if _width(columns) > console.width:
            columns[0], cut = _shorter(whole, columns[1:], console.width, ellipsis)
        if _width(columns) > console.width:  # without the blanks that align decimal points
            columns = [[cell.rstrip() for cell in column] for column in columns]
            columns[0], cut = _shorter(whole, columns[1:], console.width, ellipsis)
        columns = _narrowed(columns, self.optional, console.width)
        for block in [columns] if _wraps(columns, console.width) else _blocks(columns, console.width):
            _print(block, console)
        return cut


def at_the_point(cells: Sequence[str]) -> list[str]:
    """Return cells padded on the right so that numbers, set flush right, have their decimal points in one place.

    >>> at_the_point(["-1.149", "0.03958", "12", "-"])
    ['-1.149  ', '0.03958', '12      ', '-']
    """
    tails = [len(cell) - len(re.split("[.e]", cell)[0]) if NUMBER.fullmatch(cell) else None for cell in cells]
    longest = max((tail for tail in tails if tail is not None), default=0)
    return [cell if tail is None else cell + " " * (longest - tail) for cell, tail in zip(cells, tails, strict=True)]


def is_number(cell: str) -> bool:
    """Say whether a cell of a report is a number, or a dash in the place of one."""
    return cell[-1:].isdigit() or cell == "-"


def _narrowed(columns: list[list[str]], optional: Sequence[str | tuple[str, ...]], width: int) -> list[list[str]]:
    """Return the table without so many of the optional columns that it fits, if it can."""
    for name in optional:
        if _width(columns) <= width:
            break
        gone = (name,) if isinstance(name, str) else name
        columns = [column for column in columns if column[0] not in gone]
    return columns


def _shorter(labels: list[str], others: list[list[str]], width: int, ellipsis: str) -> tuple[list[str], list[str]]:
    """Return labels cut where the table needs it, and which is which; those that look alike get a number."""
    room = width - sum(max(map(cell_len, column)) + GAP for column in others)
    most = min(max(room, SHORTEST), max(width // LABEL, SHORTEST))
    shown = [label if cell_len(label) <= most else _cut(label, most, ellipsis) for label in labels]
    alike = {label for label, times in Counter(shown).items() if times > 1}
    for place, label in enumerate(shown):
        if label in alike and label != labels[place]:
            shown[place] = _cut(labels[place], most, f"{ellipsis}{place}{ellipsis}")
    return shown, [f"{short}: {label}" for short, label in zip(shown, labels, strict=True) if short != label]


def _cut(label: str, most: int, ellipsis: str) -> str:
    start, end = label[: len(label) // 2], label[len(label) // 2 :]
    while cell_len(start) + cell_len(end) + len(ellipsis) > most and (start or end):
        start, end = (start[:-1], end) if cell_len(start) > cell_len(end) else (start, end[1:])
    return f"{start.rstrip()}{ellipsis}{end.lstrip()}"


def _blocks(columns: list[list[str]], width: int) -> list[list[list[str]]]:
    """Return the table in parts that fit, each with the labels, as R prints a wide matrix."""
    labels, *others = columns
    blocks = [[labels]]
    for column in others:
        if len(blocks[-1]) > 1 and _width([*blocks[-1], column]) > width:
            blocks.append([labels])
        blocks[-1].append(column)
    return blocks


def _wraps(columns: list[list[str]], width: int) -> bool:
    """Say whether the last column holds words, for which there is some room."""
    return _has_words(columns[-1]) and _width(columns[:-1]) + GAP + SENTENCE <= width


def _is_text(column: list[str]) -> bool:
    return any(" " in cell.strip() for cell in column[1:]) and not any(map(NUMBER.match, column[1:]))


def _has_words(column: list[str]) -> bool:
    return not all(is_number(cell.rstrip()) for cell in column[1:])


def _print(columns: list[list[str]], console: Console) -> None:
    widths = [max(map(cell_len, column)) for column in columns]
    # labels, and words at the end of a line, read better from the left
    left = [True, *map(_is_text, columns[1:])]
    left[-1] |= _has_words(columns[-1])
    room = max(console.width - sum(widths[:-1]) - GAP * (len(columns) - 1), 1)
    for place, row in enumerate(zip(*columns, strict=True)):
        *cells, last = map(_padded, row, widths, left)
        start = (" " * GAP).join([*cells, ""])
        lines = Text(last.rstrip()).wrap(console, room) if left[-1] and widths[-1] > room else [Text(last.rstrip())]
        for line in lines or [Text()]:
            line.rstrip()
            console.print(Text((start + line.plain).rstrip(), style="" if place else "bold"), soft_wrap=True)
            start = " " * len(start)


def _width(columns: list[list[str]]) -> int:
    return sum(max(map(cell_len, column)) for column in columns) + GAP * (len(columns) - 1)


def _padded(cell: str, width: int, left: bool) -> str:
    blanks = " " * (width - cell_len(cell))
    return cell + blanks if left else blanks + cell
