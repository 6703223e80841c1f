"""What float64 makes of the question which rows can move; nothing here is a proof."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from glmnn.arrays import Array, Index
from glmnn.diagnostics.separation.sided import Sided
from glmnn.kernels.gram import gram

NOTHING = 1e-10  # part of the sum of the rows below which what is left of it is rounding
MOVED = 1e-7  # of the largest component of a direction: rows that move less are taken to be held
MOST_AT_ONCE = 2000  # rows in one least squares problem; those that its answer violates are added
ROUNDS = 60


@dataclass(frozen=True)
class Guess:
    """A direction that seems to move as many rows as possible, or multipliers that seem to hold all of them.

    Attributes
    ----------
    direction : ndarray of shape (p,) or None
    support : ndarray of int
        Rows that the least squares problem of all free rows used, with
    multipliers : ndarray
        what each is multiplied by.
    """

    direction: Array | None
    support: Index
    multipliers: Array


def guess(rows: Sided, free: Index) -> Guess:
    """Return what least squares say about the free rows, the fixed ones held.

    Each round moves some rows; what it leaves goes to the next, and a small part of its direction is added.
    """
    nothing = Guess(None, np.zeros(0, dtype=np.intp), np.zeros(0))
    within = null_space(rows.triangle(rows.fixed)) if rows.fixed.size else None
    if within is not None and not within.shape[1]:
        return nothing
    total, moving, left = np.zeros(rows.A.shape[1]), np.zeros(0, dtype=np.intp), free
    best = nothing
    for place in range(ROUNDS):
        direction, support, multipliers = _project(rows, left, within)
        best = Guess(None, support, multipliers) if place == 0 else best
        if direction is None:
            break
        gains = rows.gains(direction, left)
        moved = gains > MOVED
        if not moved.any():
            break
        total = _both(rows, total, moving, direction)
        moving, left = np.append(moving, left[moved]), left[~moved]
        best = replace(best, direction=total)
        if not left.size:
            break
    return best


def null_space(X: Array) -> Array:
    """Return an orthonormal basis of the directions that no row of X moves, to rounding, shape (p, k)."""
    values, vectors = np.linalg.eigh(gram(X))
    return np.asarray(vectors[:, values <= 1e-12 * max(values[-1], 1e-300)])


def _both(rows: Sided, total: Array, moving: Index, direction: Array) -> Array:
    """Return total + t direction, t as large as at most 1 and all that moved keeps half of its move."""
    if not total.any():
        return direction
    before, change = rows.gains(total, moving), rows.gains(direction, moving)
    losing = change < 0
    share = min(1.0, float(np.min(-0.5 * before[losing] / change[losing], initial=1.0)))
    combined = total + share * direction
    return np.asarray(combined / np.abs(combined).max())


def _project(rows: Sided, left: Index, within: Array | None) -> tuple[Array | None, Index, Array]:
    """Return what is left of the sum of the rows outside their cone, of size 1, and the rows used; None if nothing."""
    from scipy.optimize import nnls

    target = rows.sum(np.ones(left.size), left)
    start = target if within is None else target @ within
    first = rows.gains(target, left)
    chosen = np.zeros(left.size, dtype=bool)
    chosen[:: max(1, left.size // (MOST_AT_ONCE // 2))] = True
    chosen[np.argsort(first)[: MOST_AT_ONCE // 2]] = True
    for _ in range(ROUNDS):
        used = np.flatnonzero(chosen)
        part = rows.A[left[used]] if within is None else rows.A[left[used]] @ within
        try:
            multipliers, _ = nnls(part.T, -start)
        except (RuntimeError, np.linalg.LinAlgError):
            break
        direction = start + part.T @ multipliers
        size = float(np.abs(direction).max())
        support, values = left[used[multipliers > 0]], multipliers[multipliers > 0]
        if not size > NOTHING * np.abs(target).max():
            return None, support, values
        direction = direction / size if within is None else within @ (direction / size)
        gains = rows.gains(direction, left)
        violated = np.flatnonzero((gains < -1e-9) & ~chosen)
        if not violated.size:
            return direction, support, values
        chosen[violated[np.argsort(gains[violated])[: MOST_AT_ONCE // 2]]] = True
    return None, np.zeros(0, dtype=np.intp), np.zeros(0)
