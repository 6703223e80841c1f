"""Directions that no row forbids: guessed in float64, decided in exact arithmetic.

A row a forbids the directions d with a'd < 0. Either some direction moves some row, a_i'd >= 0 for all i and > 0 for
some, or positive multipliers exist with sum_i lambda_i a_i = 0 (Stiemke, 1915). With c a sum of rows, -c lies in the
cone of the rows just when such multipliers exist; where it does not, what is left of c after its projection is such a
direction. So both answers come from one non-negative least squares problem (Lawson & Hanson, 1974, chapter 23).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from glmnn.arrays import Array, Index, Mask
from glmnn.diagnostics.separation.grouping import equal_rows, in_slices
from glmnn.diagnostics.separation.guess import Guess, guess
from glmnn.diagnostics.separation.nearby import exact_direction, spanning_columns
from glmnn.diagnostics.separation.overlap import Multipliers, can_be_cancelled
from glmnn.diagnostics.separation.projection import project
from glmnn.diagnostics.separation.rationals import Whole, without_common_factor
from glmnn.diagnostics.separation.sided import Sided, in_floats
from glmnn.kernels.gram import gram

SMALL = 1000  # whole numbers up to this are shown as they are


@dataclass(frozen=True)
class Cone:
    """What is proved about the directions that no row forbids.

    Attributes
    ----------
    exact : tuple of int or None
        A direction that moves `moves`, in whole numbers, exactly; None where none is known.
    moves : ndarray of bool, shape (rows,)
        The rows that it moves, exactly.
    settled : bool
        True when it is proved that no direction moves any other row.
    """

    exact: tuple[int, ...] | None
    moves: Mask
    settled: bool

    @property
    def direction(self) -> Array | None:
        """The direction in float64, its largest component 1 unless all are small whole numbers."""
        if self.exact is None:
            return None
        small = max(map(abs, self.exact)) <= SMALL
        return np.array(self.exact, dtype=float) if small else in_floats(list(self.exact))


def movable_rows(X: Array, side: Array) -> Cone:
    """Decide which rows some direction moves to their own side, forbidden by no row.

    Parameters
    ----------
    X : ndarray of shape (rows, p)
    side : ndarray of shape (rows,)
        A direction d must have side_i x_i'd >= 0; where the side is 0, x_i'd = 0.
    """
    groups = equal_rows(X)
    if groups.first.size == len(X):
        return _decide(Sided.of(X, side))
    both = np.zeros((groups.first.size, 2), dtype=bool)
    both[groups.inverse[side >= 0], 0] = True
    both[groups.inverse[side <= 0], 1] = True
    # rows that are equal but for their sides hold each other
    merged = np.where(both.all(axis=1), 0.0, np.where(both[:, 0], 1.0, -1.0))
    movable = _decide(Sided.of(X[groups.first], merged))
    return replace(movable, moves=movable.moves[groups.inverse])


def _decide(rows: Sided) -> Cone:
    left, total, settled = rows.free, None, True
    moved = np.zeros(len(rows.A), dtype=bool)
    while left.size:
        guessed = guess(rows, left)
        if guessed.direction is None and _held(rows, left, guessed):
            break
        direction, support = None, None
        if guessed.direction is not None:
            direction, support = exact_direction(rows, left, guessed.direction)
        if direction is None:
            projected = project(rows, left, guessed.support if support is None else support)
            if projected is None or projected.direction is None:
                settled = projected is not None
                break
            direction = projected.direction
        signs, _ = rows.moves(direction, left)
        total = direction if total is None else _added(rows, total, np.flatnonzero(moved), direction)
        moved[left[signs > 0]] = True
        left = left[signs == 0]
    exact = None if total is None else tuple(rows.in_columns(total))
    return Cone(exact, moved, settled)


def _added(rows: Sided, total: Whole, moved: Index, direction: Whole) -> Whole:
    """Return a sum of both directions that moves what either moves."""
    factor = 1
    while True:
        both = [factor * a + b for a, b in zip(total, direction, strict=True)]
        if np.all(rows.moves(both, moved)[0] > 0):
            return without_common_factor(both)
        factor *= 1024


def _held(rows: Sided, left: Index, guessed: Guess) -> bool:
    """Try to prove that positive multipliers hold the rows that are left, with the fixed ones."""
    used = np.append(left, rows.fixed)
    columns = spanning_columns(rows, used) if rows.lossless else None
    if columns is None:
        return False
    multiplier, bound = np.zeros(len(rows.A)), np.full(len(rows.A), np.inf)
    multiplier[left] = 1.0
    multiplier[guessed.support] += guessed.multipliers
    bound[left] = multiplier[left]
    if rows.fixed.size:
        triangle = rows.triangle(rows.fixed)
        total = rows.sum(multiplier[left], left)
        along = np.asarray(np.linalg.lstsq(gram(triangle), total, rcond=None)[0], dtype=float)
        multiplier[rows.fixed] = -rows.gains(along, rows.fixed)

    def parts() -> Iterator[Multipliers]:
        for part in in_slices(used.size):
            some = used[part]
            X = rows.A[some] if columns.size == rows.A.shape[1] else rows.A[np.ix_(some, columns)]
            yield Multipliers(X, multiplier[some], bound[some], np.minimum(bound[some], 1.0))

    return can_be_cancelled(parts, columns.size)
