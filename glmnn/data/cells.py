"""Cells of text: which are numbers, which are missing, and many equal ones kept once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np

from glmnn.arrays import Index

MISSING = frozenset({"", "NA", "NaN", "nan", "N/A", "null", "NULL"})  # in a column of numbers; in text only ""


def parse_number(cell: str) -> float | None:
    """Return the finite number that a cell is, or None; `1_000` and `inf` are not numbers here."""
    stripped = cell.strip()
    if "_" in stripped or not stripped.isascii():
        return None
    try:
        value = float(stripped)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def label_of(value: float) -> str:
    """Return the name of a level that is a number, without a needless `.0`."""
    return str(int(value)) if value.is_integer() else repr(value)


class Coded(Sequence[str]):
    """Cells of text, each text kept once.

    Parameters
    ----------
    texts : sequence of str
        What cells there are, each once.
    codes : ndarray of int, shape (rows,)
        The number of the text in each row.
    """

    def __init__(self, texts: Sequence[str], codes: Index) -> None:
        self.texts: Sequence[str] = texts
        self.codes: Index = codes

    @classmethod
    def of(cls, cells: Sequence[str]) -> Coded:
        """Return cells with each text once, in the order in which the texts come."""
        if isinstance(cells, Coded):
            return cells
        places: dict[str, int] = {}
        codes = [places.setdefault(cell, len(places)) for cell in cells]
        return cls([*places], np.array(codes, dtype=np.intp))

    def __len__(self) -> int:
        return self.codes.size

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Coded: ...
    def __getitem__(self, place: int | slice) -> str | Coded:
        if isinstance(place, slice):
            return Coded(self.texts, self.codes[place])
        return self.texts[int(self.codes[place])]

    def __iter__(self) -> Iterator[str]:
        texts = self.texts
        return (texts[code] for code in self.codes.tolist())
