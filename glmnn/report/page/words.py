"""How a number looks in a table of the page; the scripts of the page write it the same way."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from glmnn.errors import printable

DASH = "–"


def num(value: float | None, digits: int = 4) -> str:
    """Return a number with at most so many significant digits and commas between thousands; a dash for none.

    >>> num(12345.678), num(-3.5490711, 5), num(4.2e-9), num(0.0), num(None)
    ('12,350', '−3.5491', '4.2e-9', '0', '–')
    """
    if value is None or not isfinite(value):
        return DASH
    if value == 0:
        return "0"
    if not 1e-3 <= abs(value) < 1e7:
        mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{mantissa}e{int(power)}".replace("-", "−", int(value < 0))
    text = f"{float(f'{value:.{digits}g}'):,.10f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


def whole(value: float | None) -> str:
    """Return a count with commas between thousands.

    >>> whole(13977)
    '13,977'
    """
    return DASH if value is None else f"{int(value):,}"


def duration(value: float | None) -> str:
    """Return seconds in the unit that suits them.

    >>> duration(0.000512), duration(0.0023), duration(2.5), duration(0)
    ('512 µs', '2.3 ms', '2.5 s', '0 µs')
    """
    if value is None:
        return DASH
    factor, name = (1.0, "s") if value >= 0.9995 else (1e3, "ms") if value >= 0.9995e-3 else (1e6, "µs")
    return f"{num(value * factor, 3)} {name}"


def cut(text: str, most: int = 40) -> str:
    """Return text of at most so many letters, cut in the middle, for names of a family differ at their ends.

    >>> cut("education[T.12+yrs]", 12)
    'educat…+yrs]'
    """
    shown = printable(text)
    tail = (most - 1) // 2
    return shown if len(shown) <= most else f"{shown[: most - 1 - tail]}…{shown[-tail:]}"


def short_family(name: str) -> str:
    """Return the name of a family with five digits of its parameter.

    >>> short_family("negative_binomial(0.9309976876047757)"), short_family("tweedie(1.5)"), short_family("poisson")
    ('negative_binomial(0.931)', 'tweedie(1.5)', 'poisson')
    """
    kind, mark, parameter = name.partition("(")
    return f"{kind}({float(parameter.rstrip(')')):.5g})" if mark else name


def spread_over(length: int, most: int) -> Sequence[int]:
    """Return places of at most about so many of a list, spread over the logarithm, the first and the last among them.

    >>> spread_over(4, 10), spread_over(100, 6)
    ([0, 1, 2, 3], [0, 2, 5, 15, 39, 99])
    """
    if length <= most:
        return list(range(length))
    ratio = length ** (1 / (most - 1))
    return sorted({min(length, max(1, round(ratio**step))) - 1 for step in range(most)})
