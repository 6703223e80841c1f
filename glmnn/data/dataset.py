"""Rows in blocks that stay in the processor's cache and can be read again on each pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.kernels.double_double import transformed

PRODUCTS_PER_BLOCK = 960_000  # rows p^2: from 1e6 on OpenBLAS starts threads, which costs more than it gains
MOST_ROWS, FEWEST_ROWS = 8192, 384


@dataclass(frozen=True)
class Dataset:
    """A design matrix with its response, in memory, read block by block.

    Parameters
    ----------
    names : tuple of str
        One name for each of the p columns.
    whole : Block
        All rows.
    """

    names: tuple[str, ...]
    whole: Block
    _blocks: tuple[Block, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rows, p = self.whole.X.shape
        size = min(MOST_ROWS, max(FEWEST_ROWS, PRODUCTS_PER_BLOCK // max(p, 1) ** 2))
        # a last block of a few rows would cost as much overhead as a full one: spread the rows evenly
        edges = np.linspace(0, rows, -(-rows // size) + 1).astype(int)
        blocks = tuple(self.whole.rows(slice(a, b)) for a, b in pairwise(edges))
        object.__setattr__(self, "_blocks", blocks)

    @classmethod
    def from_arrays(
        cls,
        X: Array,
        y: Array,
        names: tuple[str, ...] | None = None,
        prior_weight: Array | None = None,
        offset: Array | None = None,
    ) -> Dataset:
        """Return a data set; absent weights are 1, absent offsets 0, absent names x1, x2, ..."""
        X = np.ascontiguousarray(X, dtype=float)
        rows, p = X.shape
        ones, zeros = np.ones(rows), np.zeros(rows)
        return cls(
            names or tuple(f"x{j + 1}" for j in range(p)),
            Block(
                X,
                np.asarray(y, dtype=float),
                ones if prior_weight is None else np.asarray(prior_weight, dtype=float),
                zeros if offset is None else np.asarray(offset, dtype=float),
            ),
        )

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.whole.y.size)

    def blocks(self) -> Iterator[Block]:
        """Iterate over all rows, in order."""
        return iter(self._blocks)

    def without(self, names: set[str]) -> Dataset:
        """Return the data set without the columns of these names."""
        if not names:
            return self
        kept = [name not in names for name in self.names]
        block = self.whole._replace(X=np.ascontiguousarray(self.whole.X[:, kept]))
        return Dataset(tuple(name for name in self.names if name not in names), block)

    def every(self, stride: int) -> Dataset:
        """Return the data set of every `stride`-th row."""
        return Dataset(self.names, self.whole.rows(slice(None, None, stride)))

    @cached_property
    def plain(self) -> bool:
        """True when all prior weights are 1 and all offsets 0, so that nobody needs to gather them."""
        return bool(np.all(self.whole.prior_weight == 1.0) and not self.whole.offset.any())

    def triangular_factor(self, roots: Sequence[Array] | None = None) -> tuple[Array, Array]:
        """Return R and the scale s of a QR factor, X = Q R diag(s), built block by block; shapes (p, p) and (p,).

        With `roots`, one array for each block, the rows of X are multiplied by them first. The scale is the largest
        cell of each column, because squares of extreme columns leave the range of float64.
        """
        scale = np.max([np.abs(block.X).max(axis=0) for block in self._blocks], axis=0)
        scale[scale == 0] = 1.0
        factor = np.zeros((0, scale.size))
        for place, block in enumerate(self._blocks):
            rows = block.X / scale
            if roots is not None:
                rows *= roots[place][:, None]
            factor = np.asarray(np.linalg.qr(np.vstack([factor, rows]), mode="r"))
        return factor, scale

    def orthogonalising(self, roots: Sequence[Array] | None = None) -> Array:
        """Return T so that the columns of X T are orthogonal with unit mean square, to rounding; shape (p, p)."""
        factor, scale = self.triangular_factor(roots)
        inverse = np.linalg.solve(factor, np.eye(scale.size))
        return np.asarray(np.sqrt(self.rows) * inverse / scale[:, None])

    def in_coordinates(self, to_data: Array) -> Dataset:
        """Return the data set with the columns X to_data."""
        return Dataset(self.names, self.whole._replace(X=transformed(self.whole.X, to_data)))

    def typical_size(self) -> Array:
        """Return the root mean square of each column over some of the rows, shape (p,)."""
        some = self.whole.X[:: max(1, self.rows // 10_000)]
        return np.asarray(np.sqrt(np.mean(some * some, axis=0)))
