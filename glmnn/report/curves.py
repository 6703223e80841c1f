"""Curves on a terminal, in dots of braille: what it cost, and how far it was then. Nothing is computed but places."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from string import ascii_lowercase, ascii_uppercase

import numpy as np
from rich.console import Console
from rich.style import Style
from rich.text import Text

from glmnn.arrays import Array, Index, Mask
from glmnn.errors import printable

WIDTH, HEIGHT = 72, 14  # of a picture at most, with what stands about it
NARROWEST = 60  # columns of a screen that has room for one
GUTTER = 8  # columns of the numbers on the left
COLOURS = ("cyan", "yellow", "magenta", "green", "blue", "red", "bright_cyan", "bright_yellow")
BLANK = 0x2800  # of braille
MOST_TICKS = 6
LETTERS = f"{ascii_lowercase}{ascii_uppercase}"
Cell = tuple[int, int]  # row and column, the first being the top left one


@dataclass(frozen=True)
class Curve:
    """A line: each value holds from its own cost to that of the next.

    Attributes
    ----------
    name : str
    cost, value : ndarray of shape (k,)
        Costs rise. What is not finite is left out.
    apart : bool
        The values are of runs of their own, so that nothing holds between them.
    """

    name: str
    cost: Array
    value: Array
    apart: bool = False


@dataclass(frozen=True)
class Picture:
    """Curves with their words.

    Attributes
    ----------
    title : str
        What is drawn against what.
    curves : sequence of Curve
    logarithmic : bool
        Values stand on a logarithmic scale, on which 0 has a place of its own, and costs on one that is linear up to 1.
    """

    title: str
    curves: Sequence[Curve]
    logarithmic: bool = True


def has_room(console: Console) -> bool:
    """Say whether a console can show dots of braille, and is wide enough for a picture."""
    utf = console.encoding.lower().startswith("utf")
    return utf and console.width >= NARROWEST and os.environ.get("TERM") != "dumb"


def print_picture(picture: Picture, console: Console, height: int = HEIGHT) -> None:
    """Print a picture in the width of a console that has room for it."""
    for line in drawn(picture, min(console.width, WIDTH), height):
        console.print(line, soft_wrap=True)


def drawn(picture: Picture, width: int = WIDTH, height: int = HEIGHT) -> list[Text]:
    """Return a picture as lines: title, body with the axis of values, axis of costs, and the letters of the curves."""
    shown = [curve for curve in picture.curves if np.any(_finite(curve))]
    if not shown:
        return []
    columns, rows = width - GUTTER - 3, height - 4
    across = _Costs.of(shown, picture.logarithmic)
    up = _Values.of(shown, picture.logarithmic)
    cells, owner = np.zeros((rows, columns), dtype=int), np.full((rows, columns), -1)
    ends = []
    for place, curve in enumerate(shown):
        x, y = _dots(curve, across, up, columns, rows)
        bits = _braille(x, y, columns, rows, apart=curve.apart)
        cells |= bits
        owner[bits > 0] = place
        ends.append((rows - 1 - int(y[-1]) // 4, int(x[-1]) // 2))
    letters = _letters([curve.name for curve in shown])
    marks, labels = _marks(ends, letters, columns + 2, rows), up.labels(rows)
    body = [_row(row, cells, owner, marks, labels.get(row, "")) for row in range(rows)]
    legend = Text("  ").join(
        Text.assemble((letter, _style(place)), f" {printable(curve.name)}")
        for place, (letter, curve) in enumerate(zip(letters, shown, strict=True))
    )
    legend.truncate(width, overflow="ellipsis")
    return [Text(printable(picture.title), style="bold cyan"), *body, *across.axis(columns), legend]


def _finite(curve: Curve) -> Mask:
    return np.isfinite(curve.cost) & np.isfinite(curve.value)


@dataclass(frozen=True)
class _Costs:
    """The axis of costs: linear, or linear up to 1 and logarithmic beyond."""

    most: float
    logarithmic: bool

    @classmethod
    def of(cls, curves: Sequence[Curve], logarithmic: bool) -> _Costs:
        return cls(max(float(curve.cost[_finite(curve)].max()) for curve in curves) or 1.0, logarithmic)

    def place(self, cost: Array) -> Array:
        """Return where costs are, from 0 to 1."""
        return np.log1p(cost) / np.log1p(self.most) if self.logarithmic else cost / self.most

    def axis(self, columns: int) -> list[Text]:
        """Return the line below the body and the numbers below that."""
        line, numbers = ["─"] * columns, [" "] * (columns + GUTTER + 3)
        free = 0
        for tick in self._ticks():
            at = round(float(self.place(np.array(tick))) * (columns - 1))
            text = f"{tick:,.0f}" if tick >= 1 or tick == 0 else f"{tick:g}"
            first = max(GUTTER + 1 + at - len(text) // 2, 0)
            if first < free or first + len(text) > len(numbers):
                continue
            line[at] = "┬"
            numbers[first : first + len(text)] = text
            free = first + len(text) + 2
        return [Text(" " * GUTTER + "└" + "".join(line)), Text("".join(numbers).rstrip())]

    def _ticks(self) -> list[float]:
        if self.logarithmic:
            powers = [10.0**power for power in range(max(ceil(log10(self.most)), 0) + 1)]
            return [0.0, *(power for power in powers if power <= self.most)]
        step = _round_step(self.most, MOST_TICKS - 1)
        return [step * k for k in range(floor(self.most / step + 1e-9) + 1)]


def _round_step(span: float, most: int) -> float:
    """Return a step of 1, 2 or 5 times a power of ten, of which so many at most make a span."""
    raw = span / most
    power = 10.0 ** floor(log10(raw))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= raw * (1.0 - 1e-12))


@dataclass(frozen=True)
class _Values:
    """The axis of values, from `low` to `high`: logarithms where it is logarithmic, and exact 0 then below them."""

    low: float
    high: float
    logarithmic: bool
    zero: bool

    @classmethod
    def of(cls, curves: Sequence[Curve], logarithmic: bool) -> _Values:
        values = np.concatenate([curve.value[_finite(curve)] for curve in curves])
        if not logarithmic:
            low, high = float(values.min()), float(values.max())
            return cls(low, high if high > low else low + 1.0, False, False)
        positive = values[values > 0.0]
        if not positive.size:
            return cls(-1.0, 0.0, True, True)
        low, high = floor(log10(positive.min())), log10(positive.max())
        return cls(low, high if high > low else low + 1.0, True, bool(np.any(values == 0.0)))

    def place(self, value: Array) -> Array:
        """Return where values are, from 0 to 1."""
        if not self.logarithmic:
            return (value - self.low) / (self.high - self.low)
        bottom = 0.1 if self.zero else 0.0
        with np.errstate(divide="ignore"):
            power = np.log10(value)
        at = bottom + (1.0 - bottom) * (power - self.low) / (self.high - self.low)
        return np.where(value == 0.0, 0.0, at)

    def labels(self, rows: int) -> dict[int, str]:
        """Return the numbers beside the rows, the first row being the top."""
        found: dict[int, str] = {}
        for tick, text in self._ticks(rows):
            row = rows - 1 - min(int(float(self.place(np.array(tick))) * rows), rows - 1)
            found.setdefault(row, text)
        return found

    def _ticks(self, rows: int) -> list[tuple[float, str]]:
        if not self.logarithmic:
            step = _round_step(self.high - self.low, max(rows // 2, 1))
            first = ceil(self.low / step - 1e-9)
            return [(step * k, f"{step * k:.6g}") for k in range(first, floor(self.high / step + 1e-9) + 1)]
        stride = max(1, ceil((self.high - self.low) / max(rows // 2 - 1, 1)))
        powers = range(floor(self.high), floor(self.low) - 1, -stride)
        return [*([(0.0, "0")] if self.zero else []), *((10.0**power, _decade(power)) for power in powers)]


def _decade(power: int) -> str:
    """Return a power of ten.

    >>> _decade(-5), _decade(-1), _decade(3)
    ('1e-5', '0.1', '1,000')
    """
    if power < -2 or power > 4:
        return f"1e{power}"
    return f"{10**power:,}" if power >= 0 else f"{10.0**power:g}"


def _dots(curve: Curve, across: _Costs, up: _Values, columns: int, rows: int) -> tuple[Index, Index]:
    """Return the dots of a curve; of many in one column of dots the first, the lowest, the highest and the last."""
    known = _finite(curve)
    x = np.clip((across.place(curve.cost[known]) * (2 * columns - 1)).round().astype(int), 0, 2 * columns - 1)
    y = np.clip((up.place(curve.value[known]) * (4 * rows - 1)).round().astype(int), 0, 4 * rows - 1)
    first = np.flatnonzero(np.r_[True, np.diff(x) > 0])
    kept: set[int] = set()
    for start, end in zip(first.tolist(), [*first[1:].tolist(), x.size], strict=True):
        part = y[start:end]
        kept |= {start, start + int(part.argmin()), start + int(part.argmax()), end - 1}
    places = np.array(sorted(kept))
    return x[places], y[places]


def _braille(x: Index, y: Index, columns: int, rows: int, *, apart: bool) -> Index:
    """Return the bits of the dots in each cell: of steps from state to state, or of the states alone."""
    from plotille import Canvas

    canvas = Canvas(columns, rows, xmin=0, ymin=0, xmax=2 * columns, ymax=4 * rows)
    before: Cell | None = None
    for at in zip(x.tolist(), y.tolist(), strict=True):
        if before is not None and not apart:
            canvas.line(*before, at[0], before[1])
            canvas.line(at[0], before[1], *at)
        canvas.point(*at)
        before = at
    lines = canvas.plot().split(os.linesep)
    return np.array([[ord(letter) - BLANK if ord(letter) > BLANK else 0 for letter in line] for line in lines])


def _letters(names: Sequence[str]) -> list[str]:
    """Return a letter for each name: of the name where one is free.

    >>> _letters(["gd", "gd[lr=0.1]", "fisher", "g"])
    ['g', 'd', 'f', 'a']
    """
    letters: list[str] = []
    for name in names:
        own = [letter for letter in name if letter in LETTERS]
        letters.append(next((letter for letter in [*own, *LETTERS] if letter not in letters), "*"))
    return letters


def _marks(ends: Sequence[Cell], letters: Sequence[str], columns: int, rows: int) -> dict[Cell, tuple[str, int]]:
    """Return where which letter stands: right of the end of its curve, or as near to that as there is room."""
    taken: dict[Cell, tuple[str, int]] = {}
    for place, (row, column) in enumerate(ends):
        near = sorted(
            ((r, c) for r in range(rows) for c in range(min(column + 1, columns - 1), columns)),
            key=lambda cell: (abs(cell[0] - row) * 2 + cell[1] - column, cell),
        )
        taken[next((cell for cell in near if cell not in taken), (row, columns - 1))] = letters[place], place
    return taken


def _row(row: int, cells: Index, owner: Index, marks: Mapping[Cell, tuple[str, int]], label: str) -> Text:
    """Return a row of the body: the number beside it, the dots, the letters."""
    text = Text(f"{label:>{GUTTER - 1}} {'┤' if label else '│'}")
    columns = cells.shape[1]
    for column in range(columns + 2):
        if (row, column) in marks:
            letter, place = marks[row, column]
            text.append(letter, _style(place) + Style(bold=True))
        elif column < columns and cells[row, column]:
            text.append(chr(BLANK + int(cells[row, column])), _style(int(owner[row, column])))
        else:
            text.append(" ")
    text.rstrip()
    return text


def _style(place: int) -> Style:
    return Style(color=COLOURS[place % len(COLOURS)])
