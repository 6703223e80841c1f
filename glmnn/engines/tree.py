"""Leaves of rows and the one binary tree in which their values are added: the same bits in any order of arrival.

The leaves follow from the number of columns alone, and the tree from their numbers alone. So memory, a stream with any
chunks and a cluster with any parts add the same numbers in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from glmnn.arrays import Array, Index

PRODUCTS_PER_LEAF = 960_000  # rows p^2: from 1e6 on OpenBLAS starts threads, which costs more than it gains
MOST_ROWS, FEWEST_ROWS = 8192, 384
LOT = 16  # leaves whose rows are mixed

Node = tuple[int, int]  # level and place; node (l, i) is the sum of the leaves i 2^l up to (i + 1) 2^l


def leaf_rows(p: int) -> int:
    """Return the rows of a leaf of a design of p columns; leaf k has the rows from k times that on.

    >>> leaf_rows(3), leaf_rows(21), leaf_rows(500)
    (8192, 2176, 384)
    """
    return min(MOST_ROWS, max(FEWEST_ROWS, PRODUCTS_PER_LEAF // max(p, 1) ** 2))


def leaf_slices(rows: int, p: int) -> Iterator[slice]:
    """Yield the rows of each leaf."""
    size = leaf_rows(p)
    return (slice(first, min(first + size, rows)) for first in range(0, rows, size))


def lots(rows: int, leaf: int, rng: np.random.Generator) -> Iterator[tuple[list[slice], Index]]:
    """Yield the leaves of `leaf` rows in random order, some at a time, with a random order of the rows of these.

    So nobody needs all rows at once, and rows that are sorted in the source come mixed.
    """
    leaves = rng.permutation(-(-rows // leaf)).tolist()
    for first in range(0, len(leaves), LOT):
        lot = [slice(place * leaf, min(place * leaf + leaf, rows)) for place in leaves[first : first + LOT]]
        yield lot, rng.permutation(sum(part.stop - part.start for part in lot))


def tree_sum(values: Iterable[Any]) -> Any:
    """Return the sum of the values of the leaves 0, 1, 2, ... in the order of the tree, keeping log2(leaves) of them.

    >>> tree_sum(["a", "b", "c", "d", "e", "f", "g"])
    'abcdefg'

    Raises
    ------
    ValueError
        If there is no leaf.
    """
    finished: list[Any] = []
    for place, value in enumerate(values):
        index = place
        while index & 1:
            value, index = finished.pop() + value, index >> 1
        finished.append(value)
    return _joined(finished)


@dataclass(frozen=True, slots=True)
class Forest:
    """The finished nodes of the tree over some of the leaves; two of them add, in any order.

    Where a leaf is in both it counts once, so the values of a leaf that was computed twice must be equal.

    Attributes
    ----------
    nodes : dict of Node to value
        From left to right, none of them above another.
    """

    nodes: dict[Node, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, first: int, values: Iterable[Any]) -> Forest:
        """Return the forest of the values of the leaves from number `first` on."""
        nodes: dict[Node, Any] = {}
        for place, value in enumerate(values, first):
            _grow(nodes, (0, place), value)
        return cls(nodes)

    def __add__(self, other: Forest) -> Forest:
        nodes: dict[Node, Any] = {}
        both = sorted([*self.nodes.items(), *other.nodes.items()], key=lambda item: (_first(item[0]), -item[0][0]))
        end = 0  # of the leaves that are in already; nodes are either one inside the other or apart
        for node, value in both:
            if _end(node) > end:
                end = _end(node)
                _grow(nodes, node, value)
        return Forest(nodes)

    @property
    def leaves(self) -> int:
        """How many leaves are in it."""
        return sum(1 << level for level, _ in self.nodes)

    def total(self, leaves: int) -> Any:
        """Return the sum of all leaves.

        Parameters
        ----------
        leaves : int
            How many there must be.

        Raises
        ------
        ValueError
            If leaves are missing, or if there are more; it names the first.
        """
        end = 0
        for node in self.nodes:
            if _first(node) != end:
                break
            end = _end(node)
        if end != leaves or self.leaves != leaves:
            raise ValueError(f"leaf {end} of {leaves} is missing" if end < leaves else f"more leaves than {leaves}")
        return _joined(list(self.nodes.values()))


class Factor(NamedTuple):
    """The triangle R of a QR factor of some rows; two of them add by a QR factor of both."""

    R: Array  # (min(rows, p), p)

    @classmethod
    def of(cls, rows: Array) -> Factor:
        """Return the factor of rows of shape (rows, p)."""
        return cls(np.asarray(np.linalg.qr(rows, mode="r")))

    def __add__(self, other: Factor) -> Factor:  # type: ignore[override]
        return Factor.of(np.vstack([self.R, other.R]))


class Groups(NamedTuple):
    """Sums over the rows of each group; two of them add."""

    codes: Index  # (k,), of the groups that are there, in order
    sums: Array  # (k, p)

    @classmethod
    def of(cls, codes: Index, rows: Array) -> Groups:
        """Return the sums of rows of shape (rows, p) by the group of each."""
        found, places = np.unique(codes, return_inverse=True)
        sums = np.zeros((found.size, rows.shape[1]))
        np.add.at(sums, places, rows)
        return cls(found, sums)

    def __add__(self, other: Groups) -> Groups:  # type: ignore[override]
        both = np.concatenate([self.codes, other.codes])
        both.sort(kind="stable")  # merges what is in order already
        codes = both[np.diff(both, prepend=-1) > 0]
        sums = np.zeros((codes.size, self.sums.shape[1]))
        sums[np.searchsorted(codes, self.codes)] = self.sums
        sums[np.searchsorted(codes, other.codes)] += other.sums
        return Groups(codes, sums)


class Top(NamedTuple):
    """The largest value; two of them add."""

    value: float

    def __add__(self, other: Top) -> Top:  # type: ignore[override]
        return Top(max(self.value, other.value))


class Many(tuple[Any, ...]):
    """Several sums taken in one pass; two of them add one by one."""

    __slots__ = ()

    def __add__(self, other: tuple[Any, ...]) -> Many:
        return Many(mine + theirs for mine, theirs in zip(self, other, strict=True))


def _first(node: Node) -> int:
    return node[1] << node[0]


def _end(node: Node) -> int:
    return (node[1] + 1) << node[0]


def _grow(nodes: dict[Node, Any], node: Node, value: Any) -> None:
    """Put a node to the right of all others, and finish each parent whose other child is there."""
    level, place = node
    while place & 1 and (level, place - 1) in nodes:
        value = nodes.pop((level, place - 1)) + value
        level, place = level + 1, place >> 1
    nodes[level, place] = value


def _joined(finished: list[Any]) -> Any:
    """Return the sum of the last nodes, which get smaller from left to right: a parent of one child is that child."""
    if not finished:
        raise ValueError("there is no leaf to add")
    return reduce(lambda right, left: left + right, reversed(finished))
