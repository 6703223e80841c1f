"""How numbers look."""

from __future__ import annotations

from math import floor, isfinite, isnan, log10

SMALLEST_P = 2e-16
DIGITS = 4  # of a standard error, unless more are asked for
MOST_DIGITS = 17  # of a float64
FIXED = 1e-4, 1e9  # between them a number stands without an exponent


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


def place_of(error: float, digits: int = DIGITS) -> int:
    """Return the power of ten of the last digit of a standard error with so many significant digits.

    >>> place_of(0.0312), place_of(890420.38)
    (-5, 2)
    """
    return floor(log10(error)) + 1 - digits


def placed(value: float, place: int) -> str:
    """Return a number to the digit at a power of ten, such as that of the last digit of its standard error.

    >>> placed(0.039582002, -5), placed(-3482258.6, 2), placed(2.02e-6, -8)
    ('0.03958', '-3482259', '2.02e-06')
    """
    if not isfinite(value) or value == 0:
        return number(value) if value else f"{0.0:.{max(0, min(-place, MOST_DIGITS))}f}"
    power = floor(log10(abs(value)))
    if power < place:  # nothing is left of it at this place
        power = place
    if abs(value) < FIXED[1] and (abs(value) >= FIXED[0] or -place <= DIGITS + 3):
        return f"{value:z.{max(0, min(-place, MOST_DIGITS - 1 - power))}f}"
    return f"{value:.{min(power - place, MOST_DIGITS - 1)}e}"


def p_value(value: float, digits: int = 2) -> str:
    """Return a p value.

    >>> p_value(0.19587), p_value(1e-30)
    ('0.20', '<2e-16')
    """
    if isnan(value):
        return "-"
    return "<2e-16" if value < SMALLEST_P else f"{value:#.{digits}g}".rstrip(".")


def criterion(value: float) -> str:
    """Return a deviance or an information criterion: five digits, and two decimals at least, for they are subtracted.

    >>> criterion(271.7977), criterion(0.00123456), criterion(18291.5146)
    ('271.80', '0.0012346', '18291.51')
    """
    power = floor(log10(abs(value))) if isfinite(value) and value else 0
    return number(value, max(5, power + 3))


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
