"""A closer look at rows within rounding of the edge of a direction, in coordinates that make their moves large."""

from __future__ import annotations

from fractions import Fraction
from math import lcm

import numpy as np

from glmnn.arrays import Array, Index
from glmnn.diagnostics.separation.guess import guess
from glmnn.diagnostics.separation.rationals import Whole, dot, without_common_factor
from glmnn.diagnostics.separation.sided import Sided, in_floats

NEAR = 1e-5  # of the largest component of the direction
MOST_NEAR = 20_000


def as_whole(values: Array) -> Whole:
    """Return the numbers times the least positive one that makes them whole, without a common factor."""
    fractions = [Fraction(value) for value in values.tolist()]
    common = lcm(*(fraction.denominator for fraction in fractions))
    return without_common_factor([int(fraction * common) for fraction in fractions])


def zoom(rows: Sided, free: Index, direction: Whole) -> tuple[Whole | None, Index]:
    """Return a direction near one that only rows within rounding of its edge forbid, and the rows that may hold it.

    The direction is None where there seems to be none.

    Notes
    -----
    d = t direction + e, e of no component where the direction is largest. Of the rows near the edge a_i'direction is
    computed exactly and, as the column of t, scaled to about 1: what was lost in rounding becomes an ordinary problem
    for least squares, as in the refinement of linear programs (Gleixner, Steffy & Wolter, 2016).
    """
    rounded = in_floats(direction)
    close = free[np.abs(rows.gains(rounded, free)) <= NEAR]
    if not 0 < close.size <= MOST_NEAR or rows.fixed.size > MOST_NEAR:
        return None, close[:0]
    place, chosen = int(np.argmax(np.abs(rounded))), np.append(close, rows.fixed)
    moves = _exact_moves(rows, chosen, direction)
    largest = float(np.abs(moves).max())
    if not largest > 0:
        return None, close[:0]
    shift = int(np.frexp(largest)[1])
    A = rows.A[chosen]
    A[:, place] = np.ldexp(moves, -shift)
    forward = np.zeros((1, A.shape[1]))  # the rows that are not near ask for t >= 0
    forward[0, place] = 1.0
    side = np.append(rows.side[chosen], 1.0)
    closer = Sided.of(np.vstack([np.where(side[:-1, None] < 0, -A, A), forward]), side)
    guessed = guess(closer, closer.free)
    moved, support = guessed.direction, chosen[guessed.support[guessed.support < chosen.size]]
    if moved is None or moved[place] <= 0:
        return None, support
    parts = as_whole(np.ldexp(moved, closer.powers))
    top = max(map(abs, direction)) << max(shift, 0)
    along = parts[place] << max(-shift, 0)
    nearer = [along * value + (0 if j == place else top * parts[j]) for j, value in enumerate(direction)]
    return without_common_factor(nearer), support


def _exact_moves(rows: Sided, chosen: Index, direction: Whole) -> Array:
    """Return a_i'd / max |d| of the scaled rows, each rounded once."""
    top = max(map(abs, direction))
    largest = np.argmax(np.abs(rows.A[chosen]), axis=1)
    cells = rows.A[chosen, largest]
    return np.array(
        [
            float(cell) * (dot(row, direction) / (row[place] * top)) if row[place] else 0.0
            for row, place, cell in zip(rows.whole(chosen), largest.tolist(), cells.tolist(), strict=True)
        ]
    )
