"""Equal rows of a design matrix, found by hashing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glmnn.arrays import Array, Index, Mask

ROWS_AT_ONCE = 8192


@dataclass(frozen=True)
class Groups:
    """Equal rows together.

    Attributes
    ----------
    first : ndarray of int
        One row of each group.
    inverse : ndarray of int, shape (rows,)
        The group of each row.
    """

    first: Index
    inverse: Index


def equal_rows(X: Array) -> Groups:
    """Return the groups of equal rows; rows that only share a hash are kept apart."""
    rng = np.random.default_rng(0)
    factors = rng.integers(2**63, size=X.shape[1], dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    hashes = np.empty(len(X), dtype=np.uint64)
    for place, part in zip(range(0, len(X), ROWS_AT_ONCE), in_parts(X), strict=True):
        bits = np.ascontiguousarray(part + 0.0).view(np.uint64)  # -0.0 is 0.0
        mixed = (bits ^ (bits >> np.uint64(32))) * factors
        hashes[place : place + len(part)] = (mixed ^ (mixed >> np.uint64(29))).sum(axis=1, dtype=np.uint64)
    _, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    inverse = np.ravel(inverse)
    apart = np.flatnonzero(~np.concatenate([_same(X, first, inverse, part) for part in in_slices(len(X))]))
    if apart.size:
        inverse[apart] = first.size + np.arange(apart.size)
        first = np.append(first, apart)
    return Groups(first, inverse)


def _same(X: Array, first: Index, inverse: Index, part: slice) -> Mask:
    return np.asarray(np.all(X[part] == X[first[inverse[part]]], axis=1))


def in_slices(rows: int) -> list[slice]:
    """Return slices of some thousand rows each, for what needs a temporary array of their size."""
    return [slice(first, first + ROWS_AT_ONCE) for first in range(0, rows, ROWS_AT_ONCE)]


def in_parts(X: Array) -> list[Array]:
    """Return views of these slices."""
    return [X[part] for part in in_slices(len(X))]
