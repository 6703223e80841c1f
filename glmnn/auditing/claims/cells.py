"""Cells of a table that was made for people to read: numbers without stars, thin spaces and the like."""

from __future__ import annotations

import re
from collections.abc import Iterable

from glmnn.auditing.claims.written import NOT_DEFINED, NUMBER, WORDS
from glmnn.errors import DataError, quoted

SPACES = dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2006\u2007\u2008\u2009\u200a\u202f\u3000"), " ")
NOTHING = dict.fromkeys(map(ord, "\u200b\u2060\ufeff"))
MINUS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\ufe63\uff0d"), "-")  # typeset hyphens and dashes
STARS = r"[*\u2217\u2020\u2021\u00a7+]+"
DIGITS = r"\d{1,3}(?:[ ']\d{3})+(?:[.,]\d*)?|\d[\d.,]*|[.,]\d+"
SIGNED = rf"[-+\u2212]?\s?(?:{DIGITS})(?:[eE][-+\u2212]?\d+)?"
CELL = re.compile(
    rf"(?P<value>{SIGNED}|{WORDS})\s*(?:{STARS}|\.)?(?P<rest>\s*(?:\([^()]*\)|\[[^\[\]]*\])\s*(?:{STARS})?)?"
)
BESIDE = re.compile(rf"\s*[(\[]\s*(?:{SIGNED})[^()\[\]]*[)\]]\s*(?:{STARS})?")
SIMPLE = re.compile(r"-?\d*\.?\d+")
THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+")
COMMA = re.compile(r"[-+]?\d*,\d+(?:[eE][-+]?\d+)?")
MOST = 200  # characters of a cell with a number
BLANK = frozenset({"", "-", "--", "---", "\u2014", "\u2013", "\u2212", ".", "Ref.", "ref", "Reference", "reference"})


def straight(text: str) -> str:
    """Return a text with plain spaces, without invisible marks, and with one kind of minus before digits.

    >>> straight("\u2212\u20093.5"), straight("a\u2013b"), straight("\u20130.5")
    ('- 3.5', 'a\u2013b', '-0.5')
    """
    plain = text.translate(SPACES).translate(NOTHING).replace("\u2212", "-")
    return re.sub(r"(?:(?<=^)|(?<=[\s(\[,;|&=]))[\u2010-\u2013\ufe63\uff0d](?=\s?[\d.,])", "-", plain)


def number_in(cell: str) -> str | None:
    """Return the number with which a cell begins, without stars and what stands in brackets behind it.

    >>> number_in("0.552***"), number_in("-3.549 (2.744)"), number_in("- 3.5"), number_in("(2.744)"), number_in("a 1")
    ('0.552', '-3.549', '-3.5', None, None)
    """
    if len(cell) > MOST:
        return None
    if SIMPLE.fullmatch(cell):
        return cell
    match = CELL.fullmatch(straight(cell).strip())
    if match is None:
        return None
    value = match.group("value")
    return value if re.fullmatch(WORDS, value) else re.sub(r"(?<=\d)['](?=\d{3})|(?<=^[-+])\s", "", value).strip()


def has_brackets(cell: str) -> bool:
    """Say whether a cell has a number and a standard error or an interval in brackets behind it."""
    match = CELL.fullmatch(straight(cell).strip()) if len(cell) <= MOST else None
    return match is not None and bool((match.group("rest") or "").strip())


def is_beside(cell: str) -> bool:
    """Say whether a cell is a standard error, a statistic or an interval in brackets."""
    return len(cell) <= MOST and BESIDE.fullmatch(straight(cell)) is not None


def has_decimal_commas(source: str, cells: Iterable[str]) -> bool:
    """Say whether commas stand for the decimal point in these cells.

    Parameters
    ----------
    source : str
        For messages.
    cells : iterable of str
        Every cell of the table that may be a number; each by itself, so the commas do not separate cells.

    Raises
    ------
    DataError
        If 1,234 may be either, here as everywhere in the table, or if both readings are written.
    """
    unclear, surely, points = "", "", ""
    for cell in cells:
        text = number_in(cell) or ""
        if "," in text and "." not in text:
            if THOUSANDS.fullmatch(text):
                unclear = unclear or text
            elif COMMA.fullmatch(text):
                surely = surely or text
        elif "." in text:
            points = points or text
            surely = surely or (text if text.rfind(",") > text.rfind(".") else "")
    if surely and points and "," not in points:
        raise DataError(f"{source}: {quoted(surely)} has a decimal comma and {quoted(points)} a point; write points")
    if unclear and not surely and not points:
        raise DataError(f"{source}: {quoted(unclear)}: is the comma for decimals or for thousands? Write a point")
    return bool(surely)


def with_point(text: str, commas: bool) -> str:
    """Return a number without signs between its thousands and with a point for the decimals.

    >>> with_point("1,234.5", False), with_point("-3,549", True), with_point("1.234,5", True), with_point("1 234", True)
    ('1234.5', '-3.549', '1234.5', '1234')
    """
    plain = re.sub(r"(?<=\d) (?=\d{3}(?!\d))", "", text)
    if commas:
        return re.sub(r"\.(?=\d{3}(?:\D|$))", "", plain).replace(",", ".") if "," in plain else plain
    return plain.replace(",", "") if re.fullmatch(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?", plain) else plain


def is_value(cell: str) -> bool:
    """Say whether a cell is a number, or what stands where one should."""
    text = cell.strip()
    return text in NOT_DEFINED or number_in(text) is not None or re.fullmatch(NUMBER, text) is not None
