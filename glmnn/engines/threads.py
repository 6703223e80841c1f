"""Sums over rows in the memory of this process, by NumPy in one thread or by compiled kernels in several."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, TypeGuard, runtime_checkable

from glmnn.arrays import Block
from glmnn.engines.tree import leaf_rows, tree_sum
from glmnn.kernels.threads import ordered, threads

FEW = 100_000  # rows below which several threads gain nothing
SHARES = 4  # tasks for each thread, for some are done sooner
MOST_LEAVES, FEW_LEAVES = 64, 4  # in a task; few where each is copied into rows that stand one after the other


@runtime_checkable
class ByLeaves(Protocol):
    """A value of rows that adds up its own leaves in the order of the tree, while other threads run."""

    by_leaves: bool

    def __call__(self, *given: Any) -> Any:
        """Return the value of the last argument, a block of whole leaves; its column of ones may be missing."""
        ...


def adds_leaves(evaluate: Callable[..., Any]) -> TypeGuard[ByLeaves]:
    """Say whether a function takes many leaves at once."""
    return getattr(evaluate, "by_leaves", False) is True


def takes_bare(evaluate: Callable[..., Any]) -> bool:
    """Say whether a function of rows has the same value, to the bit, where their column of ones is missing."""
    return adds_leaves(evaluate) or getattr(evaluate, "takes_bare", False)


def sum_of_leaves(evaluate: ByLeaves, given: tuple[Any, ...], whole: Block, width: int) -> Any:
    """Return the sum over the rows of a design of `width` columns; the same bits for any number of threads."""
    rows, leaf = whole.y.size, leaf_rows(width)
    workers = threads() if rows >= FEW else 1
    most = MOST_LEAVES if whole.X.flags.c_contiguous else FEW_LEAVES
    leaves = max(1, min(most, rows // leaf // (SHARES * workers) if workers > 1 else most))
    size = leaf << (leaves.bit_length() - 1)  # whole nodes of the tree
    parts = [whole.rows(slice(first, first + size)) for first in range(0, rows, size)]
    value = partial(evaluate, *given)
    return tree_sum(ordered(value, parts, workers) if workers > 1 else map(value, parts))
