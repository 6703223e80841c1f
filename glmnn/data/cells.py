"""Cells of text: which are numbers, which are missing, and many equal ones kept once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

import numpy as np

from glmnn.arrays import Array, Index

MISSING = frozenset({"", ".", "NA", "NaN", "nan", "N/A", "null", "NULL"})  # cells of a text file

# What other programs write for a missing value, in lower case; it may be a level too, so that a user must say it.
LIKE_MISSING = frozenset(
    {"?", "-", "--", "\u2013", "\u2014", "*", "na", "n.a.", "n/a", "<na>", "nan", "none", "null", "nil"}
)
LIKE_MISSING |= {"missing", "unknown", "\\n", "#n/a", "#na", "#null!", "#div/0!", "#value!", "#ref!", "#num!", "#name?"}

DISGUISE = re.compile(r"[$€£¥]?\s*[-+]?[0-9][0-9.,'_\s\u00a0\u202f]*[%$€£¥]?")
BLANKS = re.compile("[\u00a0\u2009\u202f]")  # that do not break a line, or are narrow


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


@dataclass(frozen=True)
class Numerals:
    """How numbers are written.

    Attributes
    ----------
    decimal : str
        What stands before the decimals, a point or a comma.
    thousands : str
        What may stand between groups of three digits; a blank stands for every kind of blank.
    """

    decimal: str = "."
    thousands: str = ""

    def parse(self, cell: str) -> float | None:
        """Return the finite number that a cell is, or None.

        >>> Numerals(",", ".").parse("1.234,5"), Numerals(",", ".").parse("1.23"), Numerals(",").parse("1.5")
        (1234.5, None, None)
        """
        plain = cell.strip()
        if self.thousands:
            plain = BLANKS.sub(" ", plain) if self.thousands == " " else plain
            if self.thousands in plain:
                if not self._grouped.match(plain):
                    return None
                plain = plain.replace(self.thousands, "")
        if self.decimal != ".":
            if "." in plain:
                return None
            plain = plain.replace(self.decimal, ".")
        return parse_number(plain)

    @cached_property
    def _grouped(self) -> re.Pattern[str]:
        between, decimal = re.escape(self.thousands), re.escape(self.decimal)
        return re.compile(rf"[+-]?[0-9]{{1,3}}({between}[0-9]{{3}})+(?![0-9])({decimal}|[eE]|$)")


POINT = Numerals()
OTHER_NUMERALS = (Numerals(","), Numerals(thousands=","), Numerals(",", "."), Numerals(thousands="'"))


def is_disguised(cell: str) -> bool:
    """Say whether a cell that is no number is one with other signs: `24,0`, `1.234,5`, `5 %`."""
    plain = cell.strip()
    if parse_number(plain) is not None:
        return False
    try:
        return not np.isnan(float(plain))  # 1_000 and inf
    except ValueError:
        return DISGUISE.fullmatch(plain) is not None


WHOLE = 2.0**53  # from here on float64 has not every whole number


def label_of_cell(cell: str, value: float) -> str:
    """Return the name of the level that a cell is which says `value`: a whole number keeps all of its digits.

    >>> label_of_cell("007", 7.0), label_of_cell("9007199254740993", 9007199254740992.0)
    ('7', '9007199254740993')
    """
    if abs(value) >= WHOLE:
        try:
            return str(int(cell))
        except ValueError:
            pass
    return label_of(value)


def has_large(numbers: Array) -> bool:
    """Say whether some numbers are so large that whole ones beside them would be the same in float64."""
    return bool(numbers.size and max(np.fmax.reduce(numbers), -np.fmin.reduce(numbers)) >= WHOLE)


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


def coded_numbers(numbers: Array, cells: Sequence[str], truth: bool) -> Coded:
    """Return numbers as names of levels, -1 for nan; `cells` say what large whole numbers are, where they are known."""
    if len(cells) and has_large(numbers):
        return _exactly_coded(numbers, Coded.of(cells))
    values, codes = np.unique(numbers, return_inverse=True)
    given = values[~np.isnan(values)].tolist()  # nan comes last
    names = [str(value != 0) if truth else label_of(value) for value in given]
    return Coded(names, np.where(np.isnan(numbers), -1, codes))


def _exactly_coded(numbers: Array, written: Coded) -> Coded:
    value_of = np.full(len(written.texts), np.nan)
    value_of[written.codes] = numbers
    places: dict[str, int] = {}
    places_of = [
        -1 if np.isnan(value) else places.setdefault(label_of_cell(text, value), len(places))
        for text, value in zip(written.texts, value_of.tolist(), strict=True)
    ]
    return Coded([*places], np.array(places_of, dtype=np.intp)[written.codes])
