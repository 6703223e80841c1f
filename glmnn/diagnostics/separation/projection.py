"""Non-negative least squares in exact arithmetic: what is left of a sum of rows after its projection on their cone."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from glmnn.arrays import Index
from glmnn.diagnostics.separation.rationals import Whole, combination, dot, solve, without_common_factor
from glmnn.diagnostics.separation.sided import Sided

MOST_WORK = 3 * 10**7  # sum of the cubes of the sizes of the systems solved: some thirty seconds


@dataclass(frozen=True)
class Projection:
    """An exact answer about some rows.

    Attributes
    ----------
    direction : list of int or None
        That no row forbids and that moves some row; None where there is none.
    signs : ndarray of shape (rows,)
        1 for the rows that it moves.
    """

    direction: Whole | None
    signs: NDArray[np.int8]


def project(rows: Sided, free: Index, support: Index) -> Projection | None:
    """Decide whether a direction moves some of the free rows, forbidden by none of them, the fixed rows held.

    Parameters
    ----------
    rows : Sided
    free : ndarray of int
        Rows that may move to their own side.
    support : ndarray of int
        Rows to start from, those that an inexact solution used.

    Returns
    -------
    Projection or None
        None when it would take too long.

    Notes
    -----
    The active-set method of Lawson & Hanson (1974, chapter 23) on min |c + sum_i lambda_i a_i|, lambda_i >= 0 for free
    rows and of any sign for fixed ones, with c the sum of the free rows. In exact arithmetic the objective falls at
    every step, so that it ends without any rule against cycling.
    """
    state = _Active(rows, rows.total(free))
    work = state.begin(support)
    fixed = rows.fixed
    while work <= MOST_WORK:
        left = without_common_factor(state.left())
        if not any(left):
            return Projection(None, np.zeros(free.size, dtype=np.int8))
        signs, values = rows.moves(left, free)
        worst = None
        if fixed.size:
            off, off_values = rows.moves(left, fixed)
            if np.any(off):
                worst = int(fixed[np.argmax(np.where(off != 0, np.abs(off_values), -1.0))])
        if worst is None and np.any(signs < 0):
            worst = int(free[np.argmin(np.where(signs < 0, values, np.inf))])
        if worst is None:
            return Projection(left, signs)
        work += state.enter(worst)
    return None


class _Active:
    """The rows in use with their multipliers, which minimise the length of what is left."""

    def __init__(self, rows: Sided, target: Whole) -> None:
        self.rows, self.target = rows, target
        self.used: list[int] = []
        self.whole: dict[int, Whole] = {}
        self.products: dict[tuple[int, int], int] = {}
        self.multipliers: dict[int, Fraction] = {}
        self.solution: tuple[Whole, int] = ([], 1)

    def begin(self, support: Index) -> int:
        """Start from these rows, without those whose multipliers would not be positive; return the work."""
        self.used, work = support.tolist(), 0
        while self.used:
            work += len(self.used) ** 3
            if not self._solve():
                self.used = []
                break
            rejected = self._rejected()
            if not rejected:
                break
            self.used = [row for row in self.used if row not in rejected]
        self._accept()
        return work

    def enter(self, row: int) -> int:
        """Take one more row into use, and out of use those whose multipliers reach 0; return the work."""
        self.used.append(row)
        self.multipliers[row] = Fraction(0)
        work = 0
        while True:
            work += len(self.used) ** 3
            if not self._solve():
                raise ArithmeticError("a row that the others do not hold depends on them")
            rejected = self._rejected()
            if not rejected:
                self._accept()
                return work
            numerators, denominator = self.solution
            aim = {row: Fraction(value, denominator) for row, value in zip(self.used, numerators, strict=True)}
            share = min(self.multipliers[row] / (self.multipliers[row] - aim[row]) for row in rejected)
            for row in self.used:
                self.multipliers[row] += share * (aim[row] - self.multipliers[row])
            self.used = [row for row in self.used if row not in rejected or self.multipliers[row] > 0]

    def left(self) -> Whole:
        """Return a positive multiple of c + sum_i lambda_i a_i."""
        numerators, denominator = self.solution if self.used else ([], 1)
        start = [denominator * value for value in self.target]
        return combination([self.whole[row] for row in self.used], numerators, start)

    def _solve(self) -> bool:
        """Solve the normal equations of the rows in use; False when the rows depend on each other."""
        new = [row for row in self.used if row not in self.whole]
        for row, values in zip(new, self.rows.whole(np.array(new, dtype=np.intp)), strict=True):
            self.whole[row] = values
        matrix = [[self._product(a, b) for b in self.used] for a in self.used]
        solution = solve(matrix, [-dot(self.whole[row], self.target) for row in self.used])
        if solution is not None:
            self.solution = solution
        return solution is not None

    def _product(self, a: int, b: int) -> int:
        key = (a, b) if a < b else (b, a)
        if key not in self.products:
            self.products[key] = dot(self.whole[a], self.whole[b])
        return self.products[key]

    def _rejected(self) -> set[int]:
        numerators, _ = self.solution
        return {
            row for row, value in zip(self.used, numerators, strict=True) if value <= 0 and self.rows.side[row] != 0
        }

    def _accept(self) -> None:
        if not self.used:
            self.multipliers, self.solution = {}, ([], 1)
            return
        numerators, denominator = self.solution
        self.multipliers = {row: Fraction(v, denominator) for row, v in zip(self.used, numerators, strict=True)}
