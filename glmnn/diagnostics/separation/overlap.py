"""A proof from rounded sums that positive multipliers exist, every rounding error bounded (Higham, 2002, chapter 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce
from typing import NamedTuple

import numpy as np

from glmnn.arrays import Array
from glmnn.kernels.gram import gram

UNIT = 2.0**-53  # unit roundoff of float64
VAST = 1e100  # larger numbers prove nothing here, so that what underflow loses of a product is less than LOST
LOST = 1e-100
CONTRACTION = 0.5  # largest distance of an approximate inverse from the inverse that is used


class Multipliers(NamedTuple):
    """Some rows with what they are multiplied by, and how far that may be moved."""

    X: Array  # (rows, p)
    multiplier: Array  # (rows,)
    slack: Array  # (rows,), by how much less than this each may change; inf where it may be anything
    share: Array  # (rows,), 0 or more: how much of the correction each takes


ColumnRoles = Callable[[], Iterator[Multipliers]]


def can_be_cancelled(parts: ColumnRoles, p: int) -> bool:
    """Try to prove that multipliers within their slack exist with sum_i multiplier_i x_i = 0 exactly.

    Parameters
    ----------
    parts : callable
        Returns an iterator over all rows.
    p : int
        Number of columns.

    Returns
    -------
    bool
        True is a proof, and that the rows with a positive share have full column rank is proved with it. False says
        nothing.

    Notes
    -----
    With rho = sum_i m_i x_i and G = sum_i s_i x_i x_i' the multipliers m_i - s_i x_i'z with G z = rho cancel exactly.
    An approximate inverse C of G with |I - G C| < 1 bounds z, rounding errors of rho, G and C included.
    """
    with np.errstate(all="ignore"):
        scale = _column_scale(parts, p)
        if scale is None:
            return False
        gram, rho, sizes, steps = _sums(parts, p, scale)
        inner = np.exp2(-np.round(0.5 * np.log2(np.diagonal(gram))))  # a second scaling by powers of two, exact
        gram, rho, sizes = gram * np.outer(inner, inner), rho * inner, sizes * inner
        if not (np.all(np.isfinite(gram)) and np.all(np.isfinite(sizes)) and np.all(inner < VAST)):
            return False
        lost = _gamma(steps + 4) * 1.01
        rho_error = lost * sizes + LOST
        try:
            inverse = np.linalg.inv(gram)
        except np.linalg.LinAlgError:
            return False
        size = np.abs(inverse)
        # |G_jk - computed| <= gamma sqrt(G_jj G_kk), by Cauchy & Schwarz
        root = np.sqrt(np.diagonal(gram)) * 1.01
        gram_error = lost * np.outer(root, root) + LOST
        gap = np.abs(np.eye(p) - gram @ inverse) + (_gamma(p + 3) * np.abs(gram) + gram_error) @ size * 1.01
        distance = float(gap.sum(axis=1).max())
        if not distance < CONTRACTION:
            return False
        z = inverse @ rho
        spread = distance / (1.0 - distance) * float((np.abs(rho) + rho_error).max())
        z_error = (size @ (rho_error + spread + _gamma(p + 2) * np.abs(rho))) * 1.01
        z, z_error = z * inner, z_error * inner
        if not np.all(np.abs(z) + z_error < VAST):
            return False
        return all(_within(part, part.X * scale, z, z_error) for part in parts())


def _within(part: Multipliers, X: Array, z: Array, z_error: Array) -> bool:
    move = np.abs(X @ z) + np.abs(X) @ (z_error + _gamma(z.size + 2) * np.abs(z)) * 1.01 + LOST * LOST
    return bool(np.all((part.share * move * (1.0 + 8 * UNIT) < part.slack) | (part.share == 0)))


def _gamma(terms: int) -> float:
    """Return the bound of the relative error of a sum of so many products in any order."""
    return terms * UNIT / (1.0 - terms * UNIT)


def _column_scale(parts: ColumnRoles, p: int) -> Array | None:
    """Return powers of two that bring the largest cell of each column to about 1; None for an empty column."""
    largest = reduce(np.maximum, (np.abs(part.X).max(axis=0, initial=0.0) for part in parts()), np.zeros(p))
    if not (np.all(largest > 0) and np.all(largest < np.inf)):
        return None
    return np.asarray(np.exp2(np.clip(-np.ceil(np.log2(largest)), -1022, 1022)))


def _sums(parts: ColumnRoles, p: int, scale: Array) -> tuple[Array, Array, Array, int]:
    """Return G, rho, the sizes of the terms of rho, and how many roundings a sum has at most."""
    total, rho, sizes = np.zeros((p, p)), np.zeros(p), np.zeros(p)
    longest = count = 0
    for part in parts():
        X = part.X * scale
        total += gram(X, part.share)
        rho += part.multiplier @ X
        sizes += np.abs(part.multiplier) @ np.abs(X)
        if not max(np.abs(part.multiplier).max(initial=0.0), part.share.max(initial=0.0)) < VAST:
            sizes += np.inf
        longest, count = max(longest, len(X)), count + 1
    return total, rho, sizes, longest + count
