"""One number of a document beside glmnn's, and the verdict on the two."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from decimal import ROUND_DOWN, Decimal
from enum import Enum
from math import floor, isfinite
from typing import Annotated

import numpy as np

from glmnn.fitting.agreement import digits_agreed
from glmnn.report.schema import Count, Size, Text, where

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


@dataclass(frozen=True)
class Digits:
    """Significant digits of a printed number."""

    agreed: Annotated[Count, "How many agree."]
    printed: Annotated[Size, "How many there are."]


@dataclass(frozen=True)
class Row:
    """One number, or one statement, of a document beside that of this run."""

    what: Annotated[Text, "What the number is."]
    place: Annotated[
        Text, "Where the document has it; not printed: it follows from the document without standing there."
    ]
    theirs: Annotated[Text, "As printed; - for what the document does not print."]
    ours: Annotated[
        float | str,
        "Computed by this run: a number with all its digits, or words; null when not finite.",
        where(type=["number", "string", "null"]),
    ]
    _: KW_ONLY
    unit: Annotated[str, "Of ours where it is not the quantity itself: SE, off (relative error); often empty."] = ""
    digits: Annotated[Digits | None, "Significant digits; null for what is no printed number."] = None
    verdict: Annotated[Verdict, "What came of it."]
    note: Annotated[str, "The slip, what is not given, or why it is no answer; often empty."] = ""

    @property
    def holds(self) -> bool:
        """True unless it should have matched and does not."""
        return self.verdict is not Verdict.MISSED


def counted(what: str, place: str, theirs: str, ours: int, note: str = "") -> Row:
    """Return the row of a whole number, which must be the same."""
    verdict = Verdict.MATCHED if ours == int(theirs) else Verdict.MISSED
    digits = digits_of(theirs, ours, ours == int(theirs))
    return Row(what, place, theirs, ours, verdict=verdict, digits=digits, note=note)


def printed(what: str, place: str, theirs: str, ours: float, note: str = "") -> Row:
    """Return the row of a decimal number, which must be glmnn's rounded to the digits printed."""
    verdict = Verdict.PRINTED if is_rounded(theirs, ours) else Verdict.MISSED
    digits = digits_of(theirs, ours, is_rounded(theirs, ours))
    return Row(what, place, theirs, float(ours), verdict=verdict, digits=digits, note=note)


def cut(what: str, place: str, theirs: str, ours: float) -> Row:
    """Return the row of a decimal number whose last digits the document has cut off, where rounding gives another."""
    holds = is_cut(theirs, ours) and not is_rounded(theirs, ours)
    note = f"cut off, not rounded: {ours:.7g}"
    verdict = Verdict.PRINTED if holds else Verdict.MISSED
    return Row(what, place, theirs, float(ours), verdict=verdict, digits=digits_of(theirs, ours, holds), note=note)


def said(what: str, place: str, theirs: str, ours: str, note: str = "") -> Row:
    """Return the row of a statement, which must be the same."""
    return Row(what, place, theirs, ours, verdict=Verdict.MATCHED if ours == theirs else Verdict.MISSED, note=note)


def method(what: str, place: str, theirs: str, ours: float | str, holds: bool, note: str, unit: str = "") -> Row:
    """Return the row of what can be done again but not compared digit by digit; `holds` is what can be compared."""
    return Row(what, place, theirs, ours, verdict=Verdict.METHOD if holds else Verdict.MISSED, note=note, unit=unit)


def computed(what: str, place: str, ours: float | str, expected: str = "", note: str = "", unit: str = "") -> Row:
    """Return the row of what the document does not print; `expected` is what glmnn has always found, to its digits."""
    if not expected:
        holds = True
    elif isinstance(ours, str):
        holds = ours == expected
    else:
        holds = is_rounded(expected, ours)
    return Row(what, place, NOTHING, ours, verdict=Verdict.COMPUTED if holds else Verdict.MISSED, note=note, unit=unit)


def slip(what: str, place: str, theirs: str, ours: float | str, holds: bool, note: str, unit: str = "") -> Row:
    """Return the row of an error in a document; `holds` says that it was found to be one."""
    return Row(what, place, theirs, ours, verdict=Verdict.SLIP if holds else Verdict.MISSED, note=note, unit=unit)


def remark(what: str, place: str, theirs: str, ours: float | str, holds: bool, note: str, unit: str = "") -> Row:
    """Return the row of something true that a document leaves unsaid."""
    return Row(what, place, theirs, ours, verdict=Verdict.REMARK if holds else Verdict.MISSED, note=note, unit=unit)


def not_run(what: str, place: str, theirs: str, note: str) -> Row:
    """Return the row of what needs a library that is not installed."""
    return Row(what, place, theirs, NOTHING, verdict=Verdict.NOT_RUN, note=note)


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
