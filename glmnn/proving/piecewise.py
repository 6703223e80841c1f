"""Polynomials and splines as recipes: exact in fractions, their constants rounded to forty digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from fractions import Fraction

from glmnn.errors import UsageError

Step = Sequence[str | Mapping[str, str]]
Steps = Sequence[Step]
Polynomial = list[Fraction]  # coefficients of 1, x, x^2, ...
DIGITS = Context(prec=40)


def exact(value: float) -> Fraction:
    """Return the shortest decimal that is read as a float."""
    return Fraction(repr(float(value)))


def orthogonal(inner: Steps, alpha: Sequence[float], norms: Sequence[float]) -> list[Steps]:
    """Return recipes of orthogonal polynomials, P_k+1 = (x - a_k) P_k - n_k / n_k-1 P_k-1, divided by sqrt(n_k+1).

    Parameters
    ----------
    inner : recipe
        Of x.
    alpha, norms : sequence of float
        As R's `poly` and formulaic keep them (Kennedy and Gentle, 1980, Statistical Computing, page 343);
        there is one norm more.
    """
    origin, made = exact(alpha[0]), [[Fraction(1)]]
    recipes: list[Steps] = []
    for k, value in enumerate(alpha):
        new = _times_linear(made[-1], origin - exact(value), Fraction(1))
        if k:
            ratio = exact(norms[k]) / exact(norms[k - 1])
            new = _plus(new, [-ratio * c for c in made[-2]])
        made.append(new)
        size: Steps = [["value", decimal(exact(norms[k + 1]))], ["sqrt"], ["over"]]
        recipes.append([*_horner([*inner, ["value", decimal(origin)], ["minus"]], new), *size])
    return recipes


def spline(inner: Steps, knots: Sequence[float], weights: Sequence[float]) -> Steps:
    """Return the recipe of a weighted sum of B-splines, within its outer knots.

    It is the polynomial of the first interval, and at each inner knot t what is added to it there, in powers of the
    positive part of x - t (de Boor, 1978, A Practical Guide to Splines, chapter VIII, equation 6).

    Parameters
    ----------
    inner : recipe
        Of x.
    knots : sequence of float
        All of them, the outer ones degree + 1 times.
    weights : sequence of float
        Of each B-spline; their number tells the degree.

    Raises
    ------
    UsageError
        If it jumps at a knot.
    """
    degree, places = len(knots) - len(weights) - 1, [*map(exact, knots)]
    pieces = [i for i in range(len(places) - 1) if places[i] < places[i + 1]]
    before = _piece(places, degree, weights, pieces[0])
    steps: list[Step] = [*_horner([*inner, ["value", decimal(places[0])], ["minus"]], _at(before, places[0]))]
    for i in pieces[1:]:
        now = _piece(places, degree, weights, i)
        step = _at(_plus(now, [-c for c in before]), places[i])
        if any(step[:1]):
            raise UsageError("a proof has no recipe for a spline with a jump, at knots that coincide")
        above: Steps = [*inner, ["value", decimal(places[i])], ["minus"], ["positive"]]
        steps += [*_horner(above, step), ["plus"]] if any(step) else []
        before = now
    return steps


def decimal(value: Fraction) -> str:
    """Return a fraction as a decimal.

    >>> decimal(Fraction(1, 8)), decimal(Fraction(-2, 3))
    ('0.125', '-0.6666666666666666666666666666666666666667')
    """
    return str(DIGITS.divide(Decimal(value.numerator), Decimal(value.denominator)))


def _piece(knots: Sequence[Fraction], degree: int, weights: Sequence[float], at: int) -> Polynomial:
    """Return the spline between the knots `at` and `at + 1`, by the recurrence of de Boor (chapter X, equation 4)."""
    parts: dict[int, Polynomial] = {at: [Fraction(1)]}
    for d in range(1, degree + 1):
        new: dict[int, Polynomial] = {}
        for i in range(at - d, at + 1):
            total: Polynomial = []
            for j, low, high in ((i, knots[i], knots[i + d]), (i + 1, knots[i + d + 1], knots[i + 1])):
                if j in parts and low != high:
                    total = _plus(total, _times_linear(parts[j], -low / (high - low), 1 / (high - low)))
            new[i] = total
        parts = new
    whole: Polynomial = []
    for i, part in parts.items():
        whole = _plus(whole, [exact(weights[i]) * c for c in part])
    return whole


def _plus(left: Polynomial, right: Polynomial) -> Polynomial:
    size = max(len(left), len(right))
    return [(left[i] if i < len(left) else 0) + (right[i] if i < len(right) else Fraction(0)) for i in range(size)]


def _times_linear(polynomial: Polynomial, constant: Fraction, slope: Fraction) -> Polynomial:
    return _plus([constant * c for c in polynomial], [Fraction(0), *(slope * c for c in polynomial)])


def _at(polynomial: Polynomial, origin: Fraction) -> Polynomial:
    """Return the coefficients of 1, x - origin, (x - origin)^2, ..."""
    made: Polynomial = []
    for c in reversed(polynomial):
        made = _plus(_times_linear(made, origin, Fraction(1)), [c])
    return made


def _horner(inner: Steps, polynomial: Polynomial) -> Steps:
    while polynomial and not polynomial[-1]:
        polynomial = polynomial[:-1]
    *rest, last = polynomial or [Fraction(0)]
    steps: list[Step] = [["value", decimal(last)]]
    for c in reversed(rest):
        steps += [*inner, ["times"]]
        steps += [["value", decimal(c)], ["plus"]] if c else []
    return steps
