"""Small pictures in a line of text."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

BLOCKS = "▁▂▃▄▅▆▇█"
HALF = 10  # columns of a bar on each side of 0


def sparkline(values: Sequence[float], low: float, high: float) -> str:
    """Return values between two bounds as a row of blocks, a blank where one is not finite.

    >>> sparkline([3.0, 1.0, -8.0], -8.0, 3.0)
    '█▇▁'
    """
    span = high - low if high > low else 1.0
    parts = [min(max((value - low) / span, 0.0), 1.0) if isfinite(value) else None for value in values]
    return "".join(" " if part is None else BLOCKS[round(part * (len(BLOCKS) - 1))] for part in parts)


def interval_bar(low: float, estimate: float, high: float) -> str:
    """Return an interval as a bar about its estimate, 0 in the middle, each on a scale of its own.

    >>> interval_bar(0.5, 1.0, 2.0), interval_bar(-0.5, 0.5, 1.5)
    ('          │ ───●─────', '       ───┼──●───────')
    """
    longest = max(abs(low), abs(high))
    if not isfinite(longest) or longest == 0:
        return ""
    start, middle, end = (HALF + round(value / longest * HALF) for value in (low, estimate, high))
    letters = ["─" if start <= place <= end else " " for place in range(2 * HALF + 1)]
    letters[HALF] = "┼" if letters[HALF] == "─" else "│"
    letters[middle] = "●"
    return "".join(letters).rstrip()
