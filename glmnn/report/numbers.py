"""How numbers look."""

from __future__ import annotations

from math import isfinite, isnan

SMALLEST_P = 2e-16


def number(value: float, digits: int = 5) -> str:
    """Return a number with so many significant digits; a dash where there is none.

    >>> number(0.422222663), number(float("nan")), number(1829.15146, 8)
    ('0.42222', '-', '1829.1515')
    """
    if isnan(value):
        return "-"
    if not isfinite(value):
        return "inf" if value > 0 else "-inf"
    text = f"{value:#.{digits}g}"
    mantissa, exponent, power = text.partition("e")
    return mantissa.rstrip(".") + exponent + power


def p_value(value: float) -> str:
    """Return a p value as R prints it.

    >>> p_value(0.19587), p_value(1e-30)
    ('0.196', '<2e-16')
    """
    if isnan(value):
        return "-"
    return "<2e-16" if value < SMALLEST_P else f"{value:.3g}"


def small(value: float) -> str:
    """Return a difference or a distance: two digits, and 0 for 0.

    >>> small(8.1681e-9), small(0.0)
    ('8.2e-09', '0')
    """
    if isnan(value):
        return "-"
    if value == 0:
        return "0"
    if abs(value) < 0.01 or abs(value) >= 1e4:
        return f"{value:.1e}"
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.2g}"


def count(value: float) -> str:
    """Return a count with commas between thousands; a fraction keeps one decimal.

    >>> count(13977), count(4.1)
    ('13,977', '4.1')
    """
    whole = abs(value - round(value)) < 0.05
    return f"{round(value):,}" if whole else f"{value:,.1f}"


def seconds(value: float) -> str:
    """Return a time in the unit that suits it.

    >>> seconds(0.00042), seconds(2.5)
    ('0.42 ms', '2.50 s')
    """
    if value < 1e-3:
        return f"{1e3 * value:.2f} ms"
    return f"{1e3 * value:.1f} ms" if value < 1 else f"{value:.2f} s"
