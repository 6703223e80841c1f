"""One number of a document beside glmnn's, and the verdict on the two."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from enum import Enum
from math import floor, isfinite
from typing import NamedTuple

import numpy as np

from glmnn.fitting.agreement import digits_agreed

OFF = "off"  # the unit of a relative error
NOTHING = "-"


class Verdict(Enum):
    """What came of a number; the value is the sentence for people."""

    MATCHED = "matched"
    PRINTED = "matched to the printed digits"
    METHOD = "method only"  # data, seed or rate are not given: what can be compared is
    COMPUTED = "computed here"  # the document does not print it
    SLIP = "slip"  # of the document
    REMARK = "remark"  # no error, and worth knowing
    NOT_RUN = "not run"  # its library is not installed
    MISSED = "not matched"


class Digits(NamedTuple):
    """Significant digits of a printed number."""

    agreed: int
    printed: int


@dataclass(frozen=True)
class Row:
    """One number, or one statement, of a document.

    Attributes
    ----------
    what : str
    place : str
        Where the document has it, or what it follows from.
    theirs : str
        As printed; "-" for what the document does not print.
    ours : int, float or str
        Computed by this run.
    verdict : Verdict
    digits : Digits or None
        How many of the printed ones agree; None for what is no printed number.
    note : str
        The slip, what is not given, or why it is no answer.
    unit : str
        Of glmnn's number where it is not the quantity itself: SE, or off for a relative error.
    """

    what: str
    place: str
    theirs: str
    ours: float | str
    verdict: Verdict
    digits: Digits | None = None
    note: str = ""
    unit: str = ""

    @property
    def holds(self) -> bool:
        """True unless it should have matched and does not."""
        return self.verdict is not Verdict.MISSED


def counted(what: str, place: str, theirs: str, ours: int, note: str = "") -> Row:
    """Return the row of a whole number, which must be the same."""
    verdict = Verdict.MATCHED if ours == int(theirs) else Verdict.MISSED
    return Row(what, place, theirs, ours, verdict, digits_of(theirs, ours, ours == int(theirs)), note)


def printed(what: str, place: str, theirs: str, ours: float, note: str = "") -> Row:
    """Return the row of a decimal number, which must be glmnn's rounded to the digits printed."""
    verdict = Verdict.PRINTED if is_rounded(theirs, ours) else Verdict.MISSED
    return Row(what, place, theirs, float(ours), verdict, digits_of(theirs, ours, is_rounded(theirs, ours)), note)


def cut(what: str, place: str, theirs: str, ours: float) -> Row:
    """Return the row of a decimal number whose last digits the document has cut off, where rounding gives another."""
    there = is_cut(theirs, ours) and not is_rounded(theirs, ours)
    note = f"cut off, not rounded: {ours:.7g}"
    return Row(
        what, place, theirs, float(ours), Verdict.PRINTED if there else Verdict.MISSED,
        digits_of(theirs, ours, there), note,
    )  # fmt: skip


def said(what: str, place: str, theirs: str, ours: str, note: str = "") -> Row:
    """Return the row of a statement, which must be the same."""
    return Row(what, place, theirs, ours, Verdict.MATCHED if ours == theirs else Verdict.MISSED, None, note)


def method(what: str, place: str, theirs: str, ours: float | str, holds: bool, note: str, unit: str = "") -> Row:
    """Return the row of what can be done again but not compared digit by digit; `holds` is what can be compared."""
    return Row(what, place, theirs, ours, Verdict.METHOD if holds else Verdict.MISSED, None, note, unit)


def computed(what: str, place: str, ours: float | str, expected: str = "", note: str = "", unit: str = "") -> Row:
    """Return the row of what the document does not print; `expected` is what glmnn has always found, to its digits."""
    if not expected:
        holds = True
    elif isinstance(ours, str):
        holds = ours == expected
    else:
        holds = is_rounded(expected, ours)
    return Row(what, place, NOTHING, ours, Verdict.COMPUTED if holds else Verdict.MISSED, None, note, unit)


def slip(what: str, place: str, theirs: str, ours: float | str, holds: bool, note: str, unit: str = "") -> Row:
    """Return the row of an error in a document; `holds` says that it was found to be one."""
    return Row(what, place, theirs, ours, Verdict.SLIP if holds else Verdict.MISSED, None, note, unit)


def remark(what: str, place: str, theirs: str, ours: float | str, holds: bool, note: str, unit: str = "") -> Row:
    """Return the row of something true that a document leaves unsaid."""
    return Row(what, place, theirs, ours, Verdict.REMARK if holds else Verdict.MISSED, None, note, unit)


def not_run(what: str, place: str, theirs: str, note: str) -> Row:
    """Return the row of what needs a library that is not installed."""
    return Row(what, place, theirs, NOTHING, Verdict.NOT_RUN, None, note)


def is_rounded(theirs: str, ours: float) -> bool:
    """Say whether a number rounded to the digits of the printed one is that one.

    >>> is_rounded("0.5518", 0.551776), is_rounded("0.5518", 0.551749)
    (True, False)
    """
    given = Decimal(theirs)
    return isfinite(ours) and abs(Decimal(float(ours)) - given) <= _unit(given) / 2


def is_cut(theirs: str, ours: float) -> bool:
    """Say whether a number cut off after the digits of the printed one is that one.

    >>> is_cut("0.7310", 0.7310586), is_cut("0.7311", 0.7310586)
    (True, False)
    """
    given = Decimal(theirs)
    return isfinite(ours) and Decimal(float(ours)).quantize(_unit(given), ROUND_DOWN) == given


def digits_of(theirs: str, ours: float, same: bool) -> Digits:
    """Return how many of the printed significant digits agree: all where the numbers are the same.

    >>> digits_of("0.5518", 0.551776, True), digits_of("0.5518", 0.5522, False)
    (Digits(agreed=4, printed=4), Digits(agreed=3, printed=4))
    """
    many = len(Decimal(theirs).as_tuple().digits)
    if same:
        return Digits(many, many)
    right = float(digits_agreed(np.array([float(ours)]), np.array([float(theirs)]))[0])
    return Digits(min(floor(right), many - 1), many)


def _unit(given: Decimal) -> Decimal:
    return Decimal(1).scaleb(int(given.as_tuple().exponent))
