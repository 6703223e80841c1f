"""What becomes of a block where a data set has other columns than another: functions that travel."""

from __future__ import annotations

import numpy as np

from glmnn.arrays import Array, Block, Index
from glmnn.kernels.double_double import transformed


def unchanged(block: Block) -> Block:
    """Return the block itself."""
    return block


def ones(block: Block) -> Block:
    """Return the block with a column of ones alone."""
    return block._replace(X=np.ones((block.y.size, 1)))


def columns(kept: Index, block: Block) -> Block:
    """Return the block with these columns."""
    return block._replace(X=np.ascontiguousarray(block.X[:, kept]))


def turned(to_data: Array, block: Block) -> Block:
    """Return the block with the columns X to_data."""
    return block._replace(X=transformed(block.X, to_data))


def holding(kept: Index, j: int, value: float, block: Block) -> Block:
    """Return the block with these columns, and column j in the offset with this coefficient."""
    offset = block.offset + block.X[:, j] * value
    return block._replace(X=np.ascontiguousarray(block.X[:, kept]), offset=offset)
