"""Directions that no row forbids: guessed in float64, decided in exact arithmetic.

A row a forbids the directions d with a'd < 0. Either some direction moves some row, a_i'd >= 0 for all i and > 0 for
some, or positive multipliers exist with sum_i lambda_i a_i = 0 (Stiemke, 1915). With c a sum of rows, -c lies in the
cone of the rows just when such multipliers exist; where it does not, what is left of c after its projection is such a
direction. So both answers come from one non-negative least squares problem (Lawson & Hanson, 1974, chapter 23).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np
from scipy.linalg import qr

from glmnn.diagnostics.guess import Guess, guess, null_space
from glmnn.diagnostics.overlap import Multipliers, can_be_cancelled
from glmnn.diagnostics.projection import project
from glmnn.diagnostics.rationals import Whole, solve, without_common_factor
from glmnn.diagnostics.sided import Index, Sided, equal_rows, in_floats
from glmnn.models.evaluation import Mask
from glmnn.models.links import Array

SIMPLE = 10**6  # largest denominator of a direction in simple fractions
SOME_ROWS = 5000  # from which independent ones are chosen
TINY = 1e-9  # of the largest component: smaller ones are tried as 0


@dataclass(frozen=True)
class Cone:
    """What is proved about the directions that no row forbids.

    Attributes
    ----------
    direction : ndarray of shape (p,) or None
        One that moves `moves`, in the coordinates of the columns, each component rounded; None where none is known.
    moves : ndarray of bool, shape (rows,)
        The rows that it moves, exactly.
    settled : bool
        True when it is proved that no direction moves any other row.
    """

    direction: Array | None
    moves: Mask
    settled: bool


def movable_rows(X: Array, side: Array) -> Cone:
    """Decide which rows some direction moves to their own side, forbidden by no row.

    Parameters
    ----------
    X : ndarray of shape (rows, p)
    side : ndarray of shape (rows,)
        A direction d must have side_i x_i'd >= 0; where the side is 0, x_i'd = 0.
    """
    groups = equal_rows(X)
    both = np.zeros((groups.first.size, 2), dtype=bool)
    both[groups.inverse[side >= 0], 0] = True
    both[groups.inverse[side <= 0], 1] = True
    merged = np.where(both.all(axis=1), 0.0, np.where(both[:, 0], 1.0, -1.0))
    rows = Sided.of(X[groups.first] if groups.first.size < len(X) else X, merged)
    order = groups.inverse
    if groups.first.size == len(X):
        rows = Sided.of(X, side)
        order = np.arange(len(X))
    direction, moved, settled = _decide(rows)
    if direction is None:
        return Cone(None, np.zeros(len(X), dtype=bool), settled)
    return Cone(in_data(rows, direction), moved[order], settled)


def in_data(rows: Sided, direction: Whole) -> Array:
    """Return a direction in the coordinates of the columns, its largest component 1 unless all are small numbers."""
    exact = _in_columns(rows, direction)
    if max(map(abs, exact)) <= 1000:
        return np.array(exact, dtype=float)
    return in_floats(exact)


def _in_columns(rows: Sided, direction: Whole) -> Whole:
    least = int(rows.powers.min())
    return without_common_factor(
        [value << (int(power) - least) for value, power in zip(direction, rows.powers, strict=True)]
    )


def _decide(rows: Sided) -> tuple[Whole | None, Mask, bool]:
    """Return a direction that moves as many rows as possible, which rows, and whether that is proved."""
    left, total = rows.free, None
    moved = np.zeros(len(rows.A), dtype=bool)
    while left.size:
        guessed = guess(rows, left)
        if guessed.direction is None and _held(rows, left, guessed):
            return total, moved, True
        direction = None if guessed.direction is None else exact_direction(rows, left, guessed.direction)
        if direction is None:
            projected = project(rows, left, guessed.support)
            if projected is None:
                return total, moved, False
            if projected.direction is None:
                return total, moved, True
            direction = projected.direction
        signs, _ = rows.moves(direction, left)
        total = direction if total is None else _added(rows, total, np.flatnonzero(moved), direction)
        moved[left[signs > 0]] = True
        left = left[signs == 0]
    return total, moved, True


def _added(rows: Sided, total: Whole, moved: Index, direction: Whole) -> Whole:
    """Return a sum of both directions that moves what either moves."""
    factor = 1
    while True:
        both = [factor * a + b for a, b in zip(total, direction, strict=True)]
        if np.all(rows.moves(both, moved)[0] > 0):
            return without_common_factor(both)
        factor *= 1024


def exact_direction(rows: Sided, left: Index, near: Array) -> Whole | None:
    """Return a direction near one in float64 that no row forbids, exactly; None where none of the attempts is one."""
    for candidate in _candidates(rows, left, near):
        if not any(candidate) or np.any(rows.moves(candidate, rows.fixed)[0]):
            continue
        signs, _ = rows.moves(candidate, left)
        if np.all(signs >= 0) and np.any(signs > 0):
            return candidate
    return None


def _candidates(rows: Sided, left: Index, near: Array) -> Iterator[Whole]:
    yield _simple(rows, near)
    yield _as_whole(np.where(np.abs(near) > TINY, near, 0.0))
    held = rows.fixed
    held = np.append(held, left[np.abs(rows.take(left) @ near) <= TINY])
    frame = _frame(rows, held) if held.size else None
    if frame is not None and len(frame.others):
        for values in (_rounded(near[frame.others], SIMPLE), _as_whole(near[frame.others])):
            found = frame.null_vector(values)
            if found is not None:
                yield found


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


def _as_whole(values: Array) -> Whole:
    fractions = [Fraction(value) for value in values.tolist()]
    common = lcm(*(fraction.denominator for fraction in fractions))
    return without_common_factor([int(fraction * common) for fraction in fractions])


@dataclass(frozen=True)
class _Frame:
    """Independent rows and columns of some rows, as many as seem to be there."""

    whole: list[Whole]
    columns: Index
    others: Index

    def null_vector(self, values: Whole) -> Whole | None:
        """Return the direction with these values in the other columns that moves none of the rows, exactly."""
        right = [-sum(row[j] * value for j, value in zip(self.others, values, strict=True)) for row in self.whole]
        size = len(self.whole[0])
        found = solve([[row[j] for j in self.columns] for row in self.whole], right)
        if found is None:
            return None
        direction = [0] * size
        for j, value in zip(self.others, values, strict=True):
            direction[j] = value * found[1]
        for j, value in zip(self.columns, found[0], strict=True):
            direction[j] = value
        return without_common_factor(direction)


def _frame(rows: Sided, held: Index) -> _Frame | None:
    """Return as many independent rows and columns of the held rows as float64 sees; None where there are none."""
    A = rows.take(held)
    rank = A.shape[1] - null_space(A).shape[1]
    if not rank:
        return None
    columns = _pivots(np.asarray(np.linalg.qr(A, mode="r")))
    chosen, others = np.sort(columns[:rank]), np.sort(columns[rank:])
    some = held if held.size <= SOME_ROWS else held[np.linspace(0, held.size - 1, SOME_ROWS).astype(int)]
    picked = _pivots(rows.A[np.ix_(some, chosen)].T)[:rank]
    return _Frame(rows.whole(some[np.sort(picked)]), chosen, others) if len(picked) == rank else None


def _pivots(X: Array) -> Index:
    """Return the columns in the order of a pivoted QR factor."""
    order: Index = qr(X, mode="r", pivoting=True)[1].astype(np.intp)
    return order


def _held(rows: Sided, left: Index, guessed: Guess) -> bool:
    """Try to prove that positive multipliers hold the rows that are left, with the fixed ones."""
    if not rows.lossless:
        return False
    multiplier = np.ones(len(rows.A))
    multiplier[guessed.support] += guessed.multipliers
    free = np.zeros(len(rows.A), dtype=bool)
    free[left] = True
    used = np.flatnonzero(free | (rows.side == 0))
    A = rows.take(used)
    own = free[used]
    columns = _whole_rank(rows, used)
    if columns is None:
        return False
    multiplier = multiplier[used]
    if not own.all():
        fixed = A[~own]
        multiplier[~own] = -fixed @ np.linalg.lstsq(fixed.T @ fixed, multiplier[own] @ A[own], rcond=None)[0]
    slack = np.where(own, multiplier, np.inf)
    share = np.where(own, multiplier, 1.0)
    X = A if columns.size == A.shape[1] else A[:, columns]

    def parts() -> Iterator[Multipliers]:
        for first in range(0, len(X), 8192):
            part = slice(first, first + 8192)
            yield Multipliers(X[part], multiplier[part], slack[part], share[part])

    return can_be_cancelled(parts, columns.size)


def _whole_rank(rows: Sided, used: Index) -> Index | None:
    """Return columns on which all others depend exactly, over the rows used; None where that is not proved."""
    A = rows.take(used)
    p = A.shape[1]
    if not null_space(A).shape[1]:
        return np.arange(p)
    frame = _frame(rows, used)
    if frame is None:
        return None
    for place in range(len(frame.others)):
        null = frame.null_vector([int(k == place) for k in range(len(frame.others))])
        if null is None or np.any(rows.moves(null, used)[0]):
            return None
    return frame.columns
