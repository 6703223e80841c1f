"""Exact directions near one that float64 found, and exact relations between columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np

from glmnn.arrays import Array, Index
from glmnn.diagnostics.separation.guess import null_space
from glmnn.diagnostics.separation.rationals import Whole, solve, without_common_factor
from glmnn.diagnostics.separation.sided import Sided
from glmnn.diagnostics.separation.zoom import as_whole, zoom

SIMPLE = 10**6  # largest denominator of a direction in simple fractions
SOME_ROWS = 5000  # from which independent ones are chosen
CLOSER_LOOKS = 4
TINY = 1e-9  # of the largest component: smaller ones are tried as 0


def exact_direction(rows: Sided, left: Index, near: Array) -> tuple[Whole | None, Index | None]:
    """Return a direction near one in float64 that no row forbids, exactly, or else the rows that may hold it."""
    for candidate in _candidates(rows, left, near):
        if _allowed(rows, left, candidate):
            return candidate, None
    closer, support = as_whole(near), None
    for _ in range(CLOSER_LOOKS):
        direction, used = zoom(rows, left, closer)
        support = used if used.size else support
        if direction is None:
            break
        if _allowed(rows, left, direction):
            return direction, None
        closer = direction
    return None, support


def _allowed(rows: Sided, left: Index, direction: Whole) -> bool:
    """Say whether no row forbids a direction that moves some row, exactly."""
    if not any(direction) or np.any(rows.moves(direction, rows.fixed)[0]):
        return False
    signs, _ = rows.moves(direction, left)
    return bool(np.all(signs >= 0) and np.any(signs > 0))


def _candidates(rows: Sided, left: Index, near: Array) -> Iterator[Whole]:
    yield _simple(rows, near)
    yield as_whole(np.where(np.abs(near) > TINY, near, 0.0))
    held = rows.fixed
    held = np.append(held, left[np.abs(rows.gains(near, left)) <= TINY])
    frame = frame_of(rows, held) if held.size else None
    if frame is not None and len(frame.others):
        for values in (_rounded(near[frame.others], SIMPLE), as_whole(near[frame.others])):
            vector = frame.null_vector(values)
            if vector is not None:
                yield vector


def _simple(rows: Sided, near: Array) -> Whole:
    """Return the direction in simple fractions of its largest component in the coordinates of the columns."""
    with np.errstate(all="ignore"):
        in_columns = np.ldexp(near, rows.powers - int(rows.powers.max()))
        in_columns = in_columns / np.abs(in_columns).max()
    if not np.all(np.isfinite(in_columns)):
        return [0]
    exact = _rounded(np.where(np.abs(in_columns) > TINY, in_columns, 0.0), SIMPLE)
    most = int(rows.powers.max())
    return without_common_factor(
        [value << (most - int(power)) for value, power in zip(exact, rows.powers, strict=True)]
    )


def _rounded(values: Array, most: int) -> Whole:
    fractions = [Fraction(value).limit_denominator(most) for value in values.tolist()]
    common = lcm(*(fraction.denominator for fraction in fractions))
    return [int(fraction * common) for fraction in fractions]


@dataclass(frozen=True)
class Frame:
    """Independent rows and columns of some rows, as many as seem to be there."""

    whole: list[Whole]
    columns: Index
    others: Index

    def null_vector(self, values: Whole) -> Whole | None:
        """Return the direction with these values in the other columns that moves none of the rows, exactly."""
        right = [-sum(row[j] * value for j, value in zip(self.others, values, strict=True)) for row in self.whole]
        size = len(self.whole[0])
        solution = solve([[row[j] for j in self.columns] for row in self.whole], right)
        if solution is None:
            return None
        direction = [0] * size
        for j, value in zip(self.others, values, strict=True):
            direction[j] = value * solution[1]
        for j, value in zip(self.columns, solution[0], strict=True):
            direction[j] = value
        return without_common_factor(direction)


def frame_of(rows: Sided, held: Index) -> Frame | None:
    """Return as many independent rows and columns of the held rows as float64 sees; None where there are none."""
    triangle = rows.triangle(held)
    rank = triangle.shape[1] - null_space(triangle).shape[1]
    if not rank:
        return None
    columns = _pivots(triangle)
    chosen, others = np.sort(columns[:rank]), np.sort(columns[rank:])
    some = held if held.size <= SOME_ROWS else held[np.linspace(0, held.size - 1, SOME_ROWS).astype(int)]
    picked = _pivots(rows.A[np.ix_(some, chosen)].T)[:rank]
    return Frame(rows.whole(some[np.sort(picked)]), chosen, others) if len(picked) == rank else None


def _pivots(X: Array) -> Index:
    """Return the columns in the order of a pivoted QR factor."""
    from scipy.linalg import qr

    order: Index = qr(X, mode="r", pivoting=True)[1].astype(np.intp)
    return order


def spanning_columns(rows: Sided, used: Index) -> Index | None:
    """Return columns on which all others depend exactly, over the rows used; None where that is not proved."""
    p = rows.A.shape[1]
    if not null_space(rows.triangle(used)).shape[1]:
        return np.arange(p)
    frame = frame_of(rows, used)
    if frame is None:
        return None
    for place in range(len(frame.others)):
        null = frame.null_vector([int(k == place) for k in range(len(frame.others))])
        if null is None or np.any(rows.moves(null, used)[0]):
            return None
    return frame.columns
