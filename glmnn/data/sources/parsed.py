"""What a library parsed of a text file, whichever it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from glmnn.arrays import Array
from glmnn.data.cells import Coded
from glmnn.data.sources.raw import MEGABYTE, WATCH


class Parsed(NamedTuple):
    """Columns in their order: numbers where all cells are finite ones, else text.

    Attributes
    ----------
    rows : int
    columns : sequence of ndarray of shape (rows,) or Coded
    fractions : frozenset of int
        Places of columns of numbers of which some are not written as whole ones.
    """

    rows: int
    columns: Sequence[Array | Coded]
    fractions: frozenset[int]


def watch_parsing(raw: bytes, done: Callable[[], int]) -> None:
    """Show how many bytes have been parsed."""
    size = len(raw) / MEGABYTE
    WATCH.get()(lambda: f"reading  {done() / MEGABYTE:,.0f} of {size:,.0f} MB")
