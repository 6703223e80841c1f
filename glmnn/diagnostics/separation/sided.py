"""Rows that may move to their own side or not at all: float64 to compute with, whole numbers to decide with."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from glmnn.arrays import Array, Index
from glmnn.diagnostics.separation.grouping import in_parts, in_slices
from glmnn.diagnostics.separation.rationals import Whole, dot, exact_sum, whole_rows, without_common_factor

UNIT = 2.0**-53  # unit roundoff of float64
LOST = 1e-290  # what underflow can take from a product of rows of size 1


@dataclass(frozen=True)
class Sided:
    """Different rows a_i = side_i x_i; a direction d must have a_i'd >= 0, and = 0 where side_i is 0.

    Attributes
    ----------
    X : ndarray of shape (rows, p)
        The rows as they are.
    side : ndarray of shape (rows,)
        1, -1 or 0.
    A : ndarray of shape (rows, p)
        side X (X where the side is 0), columns and rows scaled by powers of two so that their largest cells are in
        [1/2, 1]. Directions are in the coordinates of its columns.
    powers : ndarray of shape (p,)
        Column j of A was multiplied by 2 ** powers_j.
    row_powers : ndarray of shape (rows,)
        Row i was multiplied by 2 ** row_powers_i.
    lossless : bool
        True when no cell of A lost digits to underflow.
    """

    X: Array
    side: Array
    A: Array = field(repr=False)
    powers: NDArray[np.int64]
    row_powers: NDArray[np.int64]
    lossless: bool

    @classmethod
    def of(cls, X: Array, side: Array) -> Sided:
        """Return the scaled rows."""
        powers = -_exponent(np.max([np.abs(part).max(axis=0) for part in in_parts(X)], axis=0))
        A = np.empty_like(X)
        row_powers = np.empty(len(X), dtype=np.int64)
        signs = np.where(side == 0, 1.0, side)
        lossless = True
        for part in in_slices(len(X)):
            scaled = _shifted(X[part], powers)
            row_powers[part] = -_exponent(np.abs(scaled).max(axis=1, initial=0.0))
            A[part] = _shifted(scaled, row_powers[part, None]) * signs[part, None]
            lossless &= bool(np.all((np.abs(A[part]) >= np.finfo(float).tiny) | (X[part] == 0)))
        return cls(X, side, A, powers, row_powers, lossless)

    @property
    def free(self) -> Index:
        """The rows that may move to their own side."""
        return np.flatnonzero(self.side)

    @property
    def fixed(self) -> Index:
        """The rows that may not move."""
        return np.flatnonzero(self.side == 0)

    def gains(self, direction: Array, chosen: Index) -> Array:
        """Return a_i'd for the chosen rows, rounded; of many rows without a copy of them."""
        if 2 * chosen.size > len(self.A):
            return np.asarray((self.A @ direction)[chosen])
        return np.asarray(self.A[chosen] @ direction)

    def sum(self, factors: Array, chosen: Index) -> Array:
        """Return the sum of the chosen rows times their factors, rounded, shape (p,)."""
        spread = np.zeros(len(self.A))
        spread[chosen] = factors
        return spread @ self.A

    def triangle(self, chosen: Index) -> Array:
        """Return the triangular factor R of a QR factor of the chosen rows, built block by block."""
        factor = np.zeros((0, self.A.shape[1]))
        for part in in_slices(chosen.size):
            factor = np.asarray(np.linalg.qr(np.vstack([factor, self.A[chosen[part]]]), mode="r"))
        return factor

    def whole(self, chosen: Index) -> list[Whole]:
        """Return the chosen rows times positive numbers that make them whole, in the coordinates of A."""
        # the columns' powers of two are applied to the whole numbers: in float64 they could underflow
        least = int(self.powers.min())
        shifts = [int(power) - least for power in self.powers]
        rows = []
        for row, side in zip(whole_rows(self.X[chosen]), self.side[chosen].tolist(), strict=True):
            sign = -1 if side < 0 else 1
            rows.append(
                without_common_factor([sign * value << shift for value, shift in zip(row, shifts, strict=True)])
            )
        return rows

    def total(self, chosen: Index) -> Whole:
        """Return a positive combination of all chosen rows, in whole numbers."""
        sign = np.where(self.side[chosen] < 0, -1.0, 1.0)
        powers = self.row_powers[chosen, None] + self.powers
        return exact_sum(self.X[chosen] * sign[:, None], powers)[0]

    def in_columns(self, direction: Whole) -> Whole:
        """Return a direction in the coordinates of the columns of X, up to a positive factor."""
        least = int(self.powers.min())
        shifts = [int(power) - least for power in self.powers]
        return without_common_factor([value << shift for value, shift in zip(direction, shifts, strict=True)])

    def moves(self, direction: Whole, chosen: Index) -> tuple[NDArray[np.int8], Array]:
        """Return the sign of a_i'd for the chosen rows, exactly, and about how large it is.

        Parameters
        ----------
        direction : list of int
            In the coordinates of A, of any size.
        chosen : ndarray of int
        """
        rounded = in_floats(direction)
        value = self.gains(rounded, chosen)
        error = (self.A.shape[1] + 4) * 2 * UNIT * float(np.abs(rounded).sum()) + LOST
        signs = np.sign(value).astype(np.int8)
        doubtful = np.flatnonzero(np.abs(value) <= error)
        if doubtful.size:
            signs[doubtful] = self._exact_signs(direction, chosen[doubtful])
            value[doubtful] = error * signs[doubtful]
        return signs, value

    def _exact_signs(self, direction: Whole, chosen: Index) -> NDArray[np.int8]:
        used = np.array([j for j, value in enumerate(direction) if value], dtype=np.intp)
        cells = self.X[np.ix_(chosen, used)]
        signs = np.zeros(len(chosen), dtype=np.int8)
        some = np.flatnonzero(np.any(cells != 0, axis=1))
        if not some.size:
            return signs
        different, inverse = np.unique(cells[some], axis=0, return_inverse=True)
        least = int(self.powers[used].min())
        part = [direction[j] << (int(self.powers[j]) - least) for j in used]
        values = [dot(row, part) for row in whole_rows(different)]
        of_different = np.array([(value > 0) - (value < 0) for value in values], dtype=np.int8)
        signs[some] = of_different[np.ravel(inverse)] * np.where(self.side[chosen[some]] < 0, -1, 1)
        return signs


def in_floats(direction: Whole) -> Array:
    """Return the direction divided by its largest number, each component rounded once."""
    largest = max(map(abs, direction))
    return np.array([value / largest for value in direction])


def _exponent(size: Array) -> NDArray[np.int64]:
    return np.frexp(size)[1].astype(np.int64)


def _shifted(X: Array, powers: NDArray[np.int64]) -> Array:
    return np.asarray(np.ldexp(X, powers))
