"""Check a proof about a maximum of likelihood from the data file alone: python verify.py [--jobs N] PROOF DATA

Only Python's standard library is needed, and whoever wrote the proof need not be trusted: a wrong one just fails. Exit
code: 0 proved, 1 not proved, 2 unreadable. What is trusted: Python, above all `json`, `csv` and `decimal`, whose add,
subtract, multiply, divide and fma round in the direction asked for, and whose exp, ln and sqrt are off by less than a
unit of the last digit (Cowlishaw, 2009, General Decimal Arithmetic); that the file whose SHA-256 is printed is the
data, and that a cell means the number it shows; and that the model in the proof is the one you mean: read there its
family, link and terms, a recipe in postfix notation for each column. How it is proved stands in `conclude`.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

BLOCK = 250  # rows that are added up together, whatever the number of processes
MISSING = frozenset({"", ".", "NA", "NaN", "nan", "N/A", "null", "NULL"})
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
MOST_BYTES, MOST_LETTERS, MOST_EXPONENT, MOST_DEGREE = 2 * 10**9, 400, 307, 50
TRAPS = [InvalidOperation, DivisionByZero, Overflow]
DOWN = Context(prec=40, rounding=ROUND_FLOOR, Emin=-(10**6), Emax=10**6, traps=TRAPS)
UP = Context(prec=40, rounding=ROUND_CEILING, Emin=-(10**6), Emax=10**6, traps=TRAPS)
ZERO, UNIT, INFINITE = Decimal(0), Decimal(1), Decimal("Infinity")
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899")


class Unreadable(Exception):
    """The proof or the data are not what they should be."""


class NotProved(Exception):
    """The proof fails."""


class Interval:
    """All numbers from lo to hi. The ends of results are rounded outwards, so that an expression on intervals holds its
    value at any of their members (Moore, 1966, Interval Analysis, theorem 3.1).
    """

    __slots__ = ("hi", "lo")
    lo: Decimal
    hi: Decimal

    def __init__(self, lo: Decimal, hi: Decimal) -> None:
        self.lo, self.hi = lo, hi

    def __add__(self, other: Interval) -> Interval:
        return Interval(DOWN.add(self.lo, other.lo), UP.add(self.hi, other.hi))

    def __sub__(self, other: Interval) -> Interval:
        return Interval(DOWN.subtract(self.lo, other.hi), UP.subtract(self.hi, other.lo))

    def __neg__(self) -> Interval:
        return Interval(self.hi.copy_negate(), self.lo.copy_negate())

    def __mul__(self, other: Interval) -> Interval:
        if self.hi < 0:
            return -(-self * other)
        if other.hi < 0:
            return -(self * -other)
        a, b, c, d = self.lo, self.hi, other.lo, other.hi
        if a < 0 and c < 0:
            return Interval(min(DOWN.multiply(a, d), DOWN.multiply(b, c)), max(UP.multiply(a, c), UP.multiply(b, d)))
        return Interval(DOWN.multiply(a if c >= 0 else b, c if a >= 0 else d), UP.multiply(b, d))

    def __truediv__(self, other: Interval) -> Interval:
        if other.hi < 0:
            return -self / -other
        if other.lo <= 0:
            raise NotProved("a divisor may be 0")
        low, high = (other.hi if self.lo >= 0 else other.lo), (other.lo if self.hi >= 0 else other.hi)
        return Interval(DOWN.divide(self.lo, low), UP.divide(self.hi, high))

    def size(self) -> Decimal:
        return max(self.lo.copy_abs(), self.hi.copy_abs())


def point(value: Decimal | int) -> Interval:
    return Interval(Decimal(value), Decimal(value))


ONE: Interval = point(1)
TWO: Interval = point(2)
NOTHING: Interval = point(0)
Pairs = list[tuple[int, Decimal]]  # places and the factors there that are not 0
Steps = list[tuple[str, Any]]
Pair = tuple[Interval, Interval]  # of a row of weight 1: its score dl/d eta, and its curvature -d2l/d eta2


def function(name: str, x: Interval) -> Interval:
    """Return exp, ln or sqrt, all of which rise; `decimal` rounds them to the nearest, so a unit more is outside."""
    if (x.lo < 0 and name != "exp") or (x.lo == 0 and name == "ln"):
        raise NotProved(f"{name} of a number that may be too small for it")
    return Interval(DOWN.next_minus(getattr(DOWN, name)(x.lo)), UP.next_plus(getattr(UP, name)(x.hi)))


def exp(x: Interval) -> Interval:
    """Return e^x; over a short interval the upper end is e^lo times 1 + 2 d >= e^d, which spares one exponential."""
    d = UP.subtract(x.hi, x.lo)
    if d > Decimal("0.001"):
        return function("exp", x)
    low = DOWN.exp(x.lo)
    return Interval(DOWN.next_minus(low), UP.multiply(UP.next_plus(low), UP.fma(2, d, UNIT)))


def dot(numbers: list[Interval], factors: Pairs) -> Interval:
    lo = hi = ZERO
    for j, factor in factors:
        ends = (numbers[j].lo, numbers[j].hi) if factor > 0 else (numbers[j].hi, numbers[j].lo)
        lo, hi = DOWN.fma(ends[0], factor, lo), UP.fma(ends[1], factor, hi)
    return Interval(lo, hi)


def length(numbers: list[Interval]) -> Decimal:
    """Return an upper bound of the Euclidean length."""
    total = ZERO
    for number in numbers:
        total = UP.fma(number.size(), number.size(), total)
    return UP.next_plus(UP.sqrt(total))


def logit(eta: Interval, y: Interval, _: Interval) -> Pair:  # l = y eta - log(1 + e^eta)
    t = exp(eta)
    mu, nu = ONE / (ONE + ONE / t), ONE / (ONE + t)
    return y * nu - (ONE - y) * mu, mu * nu


def negative_binomial(eta: Interval, y: Interval, alpha: Interval) -> Pair:
    """l = y eta - (y + 1/alpha) log(1 + alpha e^eta) (Lawless, 1987, equation 2.2): a logit in eta + log alpha."""
    t, size = alpha * exp(eta), y + ONE / alpha
    mu = ONE / (ONE + ONE / t)
    return y - size * mu, size * mu / (ONE + t)


def cloglog(eta: Interval, y: Interval, _: Interval) -> Pair:  # l = y log(1 - e^-t) - (1 - y) t, t = e^eta
    t = exp(eta)
    ratio = t / (exp(t) - ONE) if y.hi > 0 else NOTHING
    return y * ratio - (ONE - y) * t, (ONE - y) * t + y * ratio * (t - ONE + ratio)


def tail(x: Decimal) -> Interval:
    """Return r = phi / Phi: Phi(x) = 1/2 + phi(x) (x + x^3/3 + x^5/15 + ...), Abramowitz and Stegun, 1964, 26.2.11.

    From 2 x^2 <= k + 2 on, a term is at most half the one before, so what is left out is at most the last one.
    """
    term, k = point(x.copy_abs()), 1
    square, total = term * term, term
    while UP.multiply(2, square.hi) > k + 2 or DOWN.scaleb(term.hi, DOWN.prec) > total.lo:
        if k > 2000:
            raise NotProved("a probit is too far out to be computed")
        k, term = k + 2, term * square / point(k + 2)
        total += term
    phi = exp(-square / TWO) / function("sqrt", TWO * Interval(PI, UP.next_plus(PI)))
    part, half = phi * Interval(total.lo, UP.add(total.hi, term.hi)), ONE / TWO
    return phi / (half + part if x >= 0 else half - part)


def probit(eta: Interval, y: Interval, _: Interval) -> Pair:
    """l = y log Phi(eta) + (1 - y) log Phi(-eta), where (log Phi)' = r and (log Phi)'' = -r (r + x): r falls and r + x
    rises, for the derivative of r lies between -1 and 0 (Sampford, 1953).
    """
    score = curvature = NOTHING
    for share, x, sign in ((y, eta, ONE), (ONE - y, -eta, -ONE)):
        if share.hi > 0:
            low, high = tail(x.lo), tail(x.hi)
            more = Interval(DOWN.add(low.lo, x.lo), UP.add(high.hi, x.hi))
            ratio = Interval(high.lo, low.hi)
            score, curvature = score + sign * share * ratio, curvature + share * ratio * more
    return score, curvature


def binomial_log(eta: Interval, y: Interval, _: Interval) -> Pair:  # l = y eta + (1 - y) log(1 - e^eta), eta < 0
    odds = ONE / (exp(-eta) - ONE) if y.lo < 1 else NOTHING
    return y - (ONE - y) * odds, (ONE - y) * odds * (ONE + odds)


def poisson_identity(eta: Interval, y: Interval, _: Interval) -> Pair:  # l = y log eta - eta, eta > 0
    ratio = y / eta if y.hi > 0 else NOTHING
    return ratio - ONE, ratio / eta if y.hi > 0 else NOTHING


def inverse_gaussian(eta: Interval, y: Interval, _: Interval) -> Pair:  # l = -y eta / 2 + sqrt(eta), eta > 0
    root = function("sqrt", eta)
    return (ONE / root - y) / TWO, ONE / (TWO * TWO * eta * root)


class Kind(NamedTuple):
    """A family with a link, l concave in eta for every legal y (Pratt, 1981; McCullagh and Nelder, 1989, chapter 2)."""

    pair: Any
    least: Decimal = ZERO  # legal responses
    most: Decimal = INFINITE
    falls: Decimal | None = None  # the response whose likelihood rises for as long as eta falls
    rises: Decimal | None = None  # and that whose likelihood rises for as long as eta rises
    domain: int = 0  # eta > 0, or eta < 0
    edge: Decimal | None = None  # the response for which l is linear in eta, at eta = 0 and beyond


ABOVE = Decimal("1e-400")  # 0 is no legal response
KINDS = {
    "binomial logit": Kind(logit, ZERO, UNIT, ZERO, UNIT),
    "binomial probit": Kind(probit, ZERO, UNIT, ZERO, UNIT),
    "binomial cloglog": Kind(cloglog, ZERO, UNIT, ZERO, UNIT),
    "binomial log": Kind(binomial_log, ZERO, UNIT, ZERO, None, -1, UNIT),
    "multinomial logit": Kind(None),
    "poisson log": Kind(lambda eta, y, _: (y - exp(eta), exp(eta)), falls=ZERO),  # l = y eta - e^eta
    "poisson identity": Kind(poisson_identity, domain=1, edge=ZERO),
    "gaussian identity": Kind(lambda eta, y, _: (y - eta, ONE), INFINITE.copy_negate()),  # l = -(y - eta)^2 / 2
    "gamma log": Kind(lambda eta, y, _: (y * exp(-eta) - ONE, y * exp(-eta)), ABOVE),  # l = -y e^-eta - eta
    "gamma inverse": Kind(lambda eta, y, _: (ONE / eta - y, ONE / eta / eta), ABOVE, domain=1),  # l = log eta - y eta
    "inverse_gaussian inverse": Kind(lambda eta, y, _: (ONE - y * eta, y), ABOVE, domain=1),  # l = eta - y eta^2 / 2
    "inverse_gaussian inverse_squared": Kind(inverse_gaussian, ABOVE, domain=1),
    "negative_binomial log": Kind(negative_binomial, falls=ZERO),
}


@lru_cache(maxsize=100_000)
def number(text: str) -> Interval:
    """Return the very number that a text is."""
    if len(text) > MOST_LETTERS or not NUMBER.fullmatch(text) or abs(Decimal(text).adjusted()) > MOST_EXPONENT:
        raise Unreadable(f"{text[:40]!a} is not a number, or beyond what float64 holds")
    return point(Decimal(text))


def power(x: Interval, degree: int, _: list[Interval]) -> Interval:
    return x * power(x, degree - 1, _) if degree else ONE


def poly(x: Interval, degree: int, given: list[Interval]) -> Interval:
    """Return the orthogonal polynomial with P_k = (x - alpha_k-1) P_k-1 - n_k-1 / n_k-2 P_k-2 over sqrt(n_degree)."""
    alpha, norms = given[:degree], given[degree:]
    before, now = NOTHING, ONE
    for k in range(degree):
        before, now = now, (x - alpha[k]) * now - (norms[k] / norms[k - 1] * before if k else NOTHING)
    return now / function("sqrt", norms[degree])


def bspline(x: Interval, degree: int, given: list[Interval]) -> Interval:
    """Return a B-spline, its place before its knots, by the recurrence of de Boor (1978, chapter X, equation 4)."""
    place, knots, last = int(given[0].lo), given[1:], len(given) - degree - 3
    t = [knot.lo for knot in knots]
    if x.lo != x.hi or not t[0] <= x.lo <= t[-1] or sorted(t) != t:
        raise NotProved("a spline of a number that is rounded, or beyond its knots")
    values = [ONE if t[i] <= x.lo and (x.lo < t[i + 1] or i == last) else NOTHING for i in range(len(t) - 1)]
    for d in range(1, degree + 1):
        part = [(x - a) / (b - a) if a.lo != b.lo else NOTHING for a, b in zip(knots, knots[d:], strict=False)]
        values = [part[i] * values[i] + (ONE - part[i + 1]) * values[i + 1] for i in range(len(t) - d - 1)]
    return values[place]


BETWEEN = {"plus": Interval.__add__, "minus": Interval.__sub__, "times": Interval.__mul__, "over": Interval.__truediv__}
RISING = frozenset({"exp", "ln", "sqrt"})
BY_DEGREE = {"power": power, "poly": poly, "bspline": bspline}


def compiled(recipe: list[list[str]]) -> Steps:
    """Return a recipe with its numbers read; levels by text, and by value too where all of them are numbers."""
    steps: Steps = []
    for name, *rest in recipe:
        if name == "level":
            known = {text: number(value) for text, value in zip(rest[1::2], rest[2::2], strict=True)}
            numeric = all(NUMBER.fullmatch(text) for text in known)
            steps.append((name, (rest[0], known, {number(text).lo: known[text] for text in known} if numeric else {})))
        elif name in BY_DEGREE and 0 <= int(rest[0]) <= MOST_DEGREE:
            steps.append((name, (int(rest[0]), [number(text) for text in rest[1:]])))
        elif name in ("number", "value"):
            steps.append((name, rest[0] if name == "number" else number(rest[0])))
        elif name in BETWEEN or name in RISING:
            steps.append((name, None))
        else:
            raise Unreadable(f"{name[:20]!a} is no step of a recipe, or its degree is too large")
    return steps


def evaluate(steps: Steps, row: dict[str, str]) -> Interval:
    """Return what a recipe makes of a row."""
    stack: list[Interval] = []
    for name, given in steps:
        if name == "number":
            stack.append(number(row[given]))
        elif name == "value":
            stack.append(given)
        elif name == "level":
            cell, texts, values = row[given[0]], given[1], given[2]
            value = texts.get(cell) or (values.get(number(cell).lo) if NUMBER.fullmatch(cell) else None)
            if value is None:
                raise NotProved(f"{cell[:40]!a} is no level of the proof")
            stack.append(value)
        elif name in BETWEEN:
            right = stack.pop()
            stack.append(BETWEEN[name](stack.pop(), right))
        else:
            stack.append(BY_DEGREE[name](stack.pop(), *given) if given else function(name, stack.pop()))
    (result,) = stack
    return result


def sparse(line: list[str], size: int) -> Pairs:
    if len(line) != size:
        raise Unreadable("a vector of the proof has another length than its terms")
    return [(j, number(text).lo) for j, text in enumerate(line) if number(text).lo != 0]


class Proof:
    """A proof as read."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw: dict[str, Any] = raw
        self.name: str = f"{raw['family']} {raw['link']}"
        self.digits: int = raw["digits"]
        if raw["schema"] != "glmnn.proof/1" or self.name not in KINDS or not 30 <= self.digits <= 75:
            raise Unreadable("this is no glmnn.proof/1 of a family and link that can be proved")
        self.several: bool = raw["family"] == "multinomial"
        self.outputs: int = raw["classes"] - 1 if self.several else 1
        self.size: int = len(raw["scale"][0]) if raw["scale"] else 0
        p, q = len(raw["terms"]), self.outputs
        self.alpha: Interval = number(raw["alpha"])
        self.radius: Decimal = number(raw["radius"]).lo
        self.penalty: Interval = number(raw["penalty"])
        self.relations: list[Pairs] = [sparse(line, p) for line in raw["relations"]]
        self.along: list[Pairs] = [sparse(line, p) for line in raw["separation"]]
        self.center: list[Pairs] = [sparse(line, p) for line in raw["coefficients"]]
        self.scale: list[Pairs] = [sparse(line, self.size) for line in raw["scale"]]  # T
        sizes = {len(self.along), len(self.center)} - {0, q}
        if sizes or len(self.scale) != p * len(self.center) or self.alpha.lo < 0 or not 1 <= q <= 1000:
            raise Unreadable("the matrices of the proof do not have the size of its terms")
        cells = [dict(line) for line in self.scale]
        self.columns: list[list[Pairs]] = [
            [[(j, cells[a * p + j][k]) for j in range(p) if k in cells[a * p + j]] for k in range(self.size)]
            for a in range(len(self.center))
        ]
        self.multipliers: dict[int, Interval] = {int(row): number(text) for row, text in raw["multipliers"].items()}
        self.parts: list[Steps] = [compiled(raw[key]) for key in ("response", "trials", "weights", "offset")]
        self.terms: list[Steps] = [compiled(term["recipe"]) for term in raw["terms"]]


class Sums:
    """What rows add up to: score and least curvature, in gamma."""

    def __init__(self, size: int) -> None:
        self.score: list[Interval] = [NOTHING] * size
        self.bent: list[list[Interval]] = [[NOTHING] * (a + 1) for a in range(size)]
        self.ratio: Decimal = UNIT  # most over least curvature of a row
        self.slack: Decimal = ZERO  # multipliers times distances from the edge
        self.counts: list[int] = [
            0,
            0,
            0,
            0,
        ]  # rows that move, that do so wholly, that stay, that are at the edge

    def add(self, pull: Interval, bend: Interval, z: list[Interval]) -> None:
        """Add a score and a curvature along z."""
        if pull.size() > 0:
            self.score = [total + pull * number for total, number in zip(self.score, z, strict=True)]
        if bend.hi > 0:
            least = point(max(ZERO, bend.lo))
            self.ratio = max(self.ratio, UP.divide(bend.hi, least.lo) if least.lo > 0 else INFINITE)
            for line, scaled in zip(self.bent, [least * number for number in z], strict=True):
                line[:] = [total + scaled * number for total, number in zip(line, z, strict=False)]

    def join(self, other: Sums) -> None:
        self.score = [a + b for a, b in zip(self.score, other.score, strict=True)]
        self.bent = [[a + b for a, b in zip(*lines, strict=True)] for lines in zip(self.bent, other.bent, strict=True)]
        self.ratio, self.slack = max(self.ratio, other.ratio), UP.add(self.slack, other.slack)
        self.counts = [a + b for a, b in zip(self.counts, other.counts, strict=True)]


def moves(proof: Proof, x: list[Interval], y: Interval) -> int:
    """Return 2 where the likelihood of a row rises for ever along the direction, 1 where it does against some classes
    only, 0 where it stays (Albert and Anderson, 1984, sections 2 and 3).
    """
    along = [dot(x, factors) for factors in proof.along]
    if proof.several:
        along.insert(0, NOTHING)
        gains = [along[int(y.lo)] - other for b, other in enumerate(along) if b != y.lo]
    else:
        kind = KINDS[proof.name]
        gains = [-along[0] if y.lo == y.hi == kind.falls else along[0]]
        if (y.lo != y.hi or y.lo not in (kind.falls, kind.rises)) and along[0].size() > 0:
            raise NotProved("the direction moves a row whose likelihood does not rise for ever")
    if any(gain.lo < 0 or gain.lo == 0 < gain.hi for gain in gains):
        raise NotProved("the direction moves the row away from its response, or that is lost in rounding")
    return 2 if all(gain.lo > 0 for gain in gains) else int(any(gain.lo > 0 for gain in gains))


def add_row(proof: Proof, place: int, row: dict[str, str], sums: Sums) -> None:
    kind, (y, trials, weight, offset) = KINDS[proof.name], (evaluate(steps, row) for steps in proof.parts)
    if weight.lo == weight.hi == 0 or trials.lo == trials.hi == 0:
        return
    y = y if trials.lo == trials.hi == 1 else y / trials
    if min(weight.lo, trials.lo) <= 0 or y.lo < kind.least or y.hi > kind.most:
        raise NotProved("a weight or a response that the family does not have")
    if proof.several and (trials.hi > 1 or y.lo != y.hi or y.lo not in range(proof.outputs + 1)):
        raise NotProved("a response that is no class")
    weight = weight * trials
    x = [evaluate(steps, row) for steps in proof.terms]
    moved = moves(proof, x, y) if proof.along else 0
    sums.counts = [count + more for count, more in zip(sums.counts, (moved > 0, moved > 1, moved == 0, 0), strict=True)]
    if moved:
        return
    if any(dot(x, relation).size() > 0 for relation in proof.relations):
        raise NotProved("the relation between the terms does not hold")
    z = [[dot(x, factors) for factors in columns] for columns in proof.columns]
    etas = [dot(x, factors) + offset for factors in proof.center]
    far = [UP.multiply(proof.radius, length(line)) for line in z]
    wide = [Interval(DOWN.subtract(eta.lo, by), UP.add(eta.hi, by)) for eta, by in zip(etas, far, strict=True)]
    if proof.several:
        softmax(etas, wide, z, y, weight, sums)
    elif etas:
        force, sign = proof.multipliers.get(place, NOTHING), point(kind.domain)
        if kind.domain and (wide[0] * sign).lo <= 0:
            if y.lo != y.hi or y.lo != kind.edge or (etas[0] * sign).lo < 0 or force.lo < 0:
                raise NotProved("the ball reaches beyond the domain of the link")
            sums.counts[3] += 1
            sums.slack = UP.fma(force.hi, etas[0].size(), sums.slack)
        elif force.size() > 0:
            raise NotProved("a multiplier of a row that is not at the edge")
        score, bend = kind.pair(etas[0], y, proof.alpha)[0], kind.pair(wide[0], y, proof.alpha)[1]
        sums.add(score * weight + force * sign, bend * weight, z[0])


def softmax(
    etas: list[Interval], wide: list[Interval], z: list[list[Interval]], y: Interval, weight: Interval, sums: Sums
) -> None:
    """l = eta_y - log(1 + sum e^eta_a): the score is 1 at y minus q, and the curvature along v is the sum over pairs of
    classes of q_a q_b (v_a - v_b)^2, v_0 = 0, for it is the variance of v under q.
    """
    shares = []
    for line in (etas, wide):
        odds = [ONE, *map(exp, line)]
        total = odds[0]
        for odd in odds[1:]:
            total += odd
        shares.append([odd / total for odd in odds])
    z = [[NOTHING] * len(z[0]), *z]
    for a in range(1, len(z)):
        sums.add(weight * ((ONE if y.lo == a else NOTHING) - shares[0][a]), NOTHING, z[a])
        for b in range(a):
            across = [left - right for left, right in zip(z[a], z[b], strict=True)]
            sums.add(NOTHING, weight * shares[1][a] * shares[1][b], across)


def add_up(proof: Proof, rows: list[tuple[int, dict[str, str]]]) -> Sums:
    """Return the sums over some rows."""
    DOWN.prec = UP.prec = proof.digits
    sums = Sums(proof.size)
    for place, row in rows:
        try:
            add_row(proof, place, row, sums)
        except (NotProved, ArithmeticError) as error:
            raise NotProved(
                f"row {place}: {error if isinstance(error, NotProved) else 'a number out of range'}"
            ) from None
    return sums


class Proved(NamedTuple):
    """What has been proved: two sentences, and the numbers in them; radius and away are in standard errors."""

    sentences: tuple[str, str]
    rows: int
    radius: Decimal | None
    away: Decimal | None


def ball_test(proof: Proof, sums: Sums) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Return a radius within which the one maximum lies, |g|, the least curvature c, and sqrt(top).

    With beta = b + T gamma let g be the score at b, and c a lower bound of the eigenvalues of the negative Hessian for
    all |gamma| <= rho (Gershgorin, 1931, of the sum of z z' times the least curvature of each row). Where |g| < c rho,
    the likelihood falls outwards all over the sphere |gamma| = rho. So by concavity there is one maximum, inside, and
    within |g| / c (Boyd and Vandenberghe, 2004, section 9.1.2).
    At the edge eta_i = 0 of a domain eta_i >= 0 take L = l + sum m_i eta_i in the place of l, m_i >= 0: in the domain
    l is at most L, and at b it is L - s. So where |g| rho + s < c rho^2 / 2 the maximum over the closed domain lies
    within (|g| + sqrt(g^2 + 2 c s)) / c (ibid., sections 5.2 and 9.1.2).
    A row of T is a standard error but for a factor: T'HT <= top, H the observed information at b, so |T_j|^2 <= top
    SE_j^2. That is the bound of Gershgorin from above times the largest ratio of the curvatures of a row.
    """
    names, rho = [term["name"] for term in proof.raw["terms"]], proof.radius
    for i, line in enumerate(proof.scale):
        a, j = divmod(i, len(names))
        if names[j] in proof.raw["penalized"]:  # l - penalty / 2 beta_i^2
            z = [point(dict(line).get(k, ZERO)) for k in range(proof.size)]
            sums.add(-(proof.penalty * point(dict(proof.center[a]).get(j, ZERO))), proof.penalty, z)
    c, top, g = INFINITE, ZERO, length(sums.score)
    for a in range(proof.size):
        others = ZERO
        for b in range(proof.size):
            others = others if a == b else UP.add(others, sums.bent[max(a, b)][min(a, b)].size())
        c, top = min(c, DOWN.subtract(sums.bent[a][a].lo, others)), max(top, UP.add(sums.bent[a][a].hi, others))
    if not proof.size or c <= 0:
        raise NotProved("the curvature may be 0 within the ball")
    s, within = sums.slack, UP.divide(g, c)
    if sums.counts[3]:
        root = UP.next_plus(UP.sqrt(UP.fma(g, g, UP.multiply(UP.multiply(2, c), s))))
        within = UP.divide(UP.add(g, root), c)
        if UP.multiply(2, UP.fma(g, rho, s)) >= DOWN.multiply(DOWN.multiply(c, rho), rho):
            raise NotProved(f"|score| <= {up(g)} is not small enough for a ball of {up(rho)} at the edge")
    elif g >= DOWN.multiply(c, rho):
        raise NotProved(f"|score| <= {up(g)} is not less than {down(c)} (curvature) times {up(rho)} (radius)")
    return within, g, c, UP.next_plus(UP.sqrt(UP.multiply(top, sums.ratio)))


def conclude(proof: Proof, sums: Sums, data: str) -> Proved:
    """Check what holds of all rows together, and put it into words."""
    raw, (moved, fully, rest, edge) = proof.raw, sums.counts
    names, rows, p = [shown(term["name"]) for term in raw["terms"]], moved + rest, len(raw["terms"])
    left = [j for j in range(p) if not any(proof.scale[j::p])] if proof.center else []
    found = [[j for j, _ in line if j in left] for line in proof.relations]
    if (
        (proof.along and (not moved or (proof.several and proof.center)))
        or not rows
        or len({term["name"] for term in raw["terms"]}) < p
    ):
        raise NotProved("the direction separates no row, or more is claimed than can be")
    if not all(proof.relations) or (proof.center and sorted(found) != [[j] for j in left]):
        raise NotProved("there must be one relation for each term that is left out")
    if proof.center and not sum(map(bool, proof.scale)) == proof.size == (p - len(left)) * proof.outputs:
        raise NotProved("T does not reach all coefficients")
    if any(j in left for line in proof.center for j, _ in line) or (proof.multipliers and not KINDS[proof.name].domain):
        raise NotProved("a term that is left out has a coefficient, or a domain without an edge has multipliers")
    if proof.penalty.lo < 0 or (proof.penalty.hi and (proof.along or proof.relations or not raw["penalized"])):
        raise NotProved("a penalty below 0, of no term, or with what there is only without one")
    if not (proof.along or proof.relations or proof.center):
        raise NotProved("the proof claims nothing")
    said, why, within, away = [], [], None, None
    places = [f"{a + 1}: {name}" if proof.several else name for a in range(proof.outputs) for name in names]
    if proof.along:
        ends = [(places[a * p + j], v) for a, line in enumerate(proof.along) for j, v in line]
        way = listed([f"{name} to {'-' if v < 0 else '+'}infinity" for name, v in ends])
        how = "of every row" if fully == rows else f"of {moved:,} rows and lowers that of none"
        said.append(f"has no maximum of likelihood: {way} raises the likelihood {how}, without end")
        why.append(f"the separation is {'complete' if fully == rows else 'quasi-complete'}, by exact signs")
    if proof.relations:
        zeros = [" + ".join(f"{v} {names[j]}" for j, v in line) + " = 0" for line in proof.relations]
        said.append(f"has collinear terms in {rest:,} rows, exactly: {listed(zeros)}")
    if proof.center:
        r, g, c, root = ball_test(proof, sums)
        within, tied = UP.multiply(r, root), {j for line in proof.relations for j, _ in line}
        texts = [text for line in raw["coefficients"] for text in line]
        free = [i for i in range(len(texts)) if i % p not in (tied if proof.along else left)]
        less = f" less {raw['penalty']}/2 b'b, b the coefficients of {listed(raw['penalized'])},"
        what = "maximum of likelihood" + less * bool(proof.penalty.hi)
        what = ("finite limits" if proof.along else f"exactly one {what}") + " at the edge of its domain" * bool(edge)
        what = what + " without the last term of each relation" * bool(left and not proof.along)
        at = listed([f"{places[i]} = {short(texts[i])}" for i in free])
        said.append(f"has {what}, within {up(within)} standard errors of {at}")
        why.append(f"|score| <= {up(g)}, curvature >= {down(c, 6)} within {up(proof.radius)} (about standard errors)")
        if raw["claim"]:
            more, away = claimed(proof, raw["claim"], places, r, c)
            said.append(more)
    model = f"on the {rows:,} rows of {data}, the {raw['family']} model with the {raw['link']} link"
    because = "; ".join(why) or "each row was checked"
    return Proved((f"Proved: {model} {'; '.join(said)}.", f"Because {because}."), rows, within, away)


def claimed(
    proof: Proof, claim: dict[str, Any], names: list[str], r: Decimal, c: Decimal
) -> tuple[str, Decimal | None]:
    """Check what is claimed of other coefficients, from where the maximum lies.

    Rounded: |beta_j - b_j| <= r |T_j| must leave no room for another last digit. Away: the distance of the claim d from
    b in gamma is at least |v'(d - b)| / |T'v| for any v (Cauchy and Schwarz), less r to the maximum; and the distance
    in standard errors, sqrt(delta' H delta), is at least sqrt(c) times that.
    """
    if proof.along or proof.relations or claim["kind"] not in ("rounded", "away"):
        raise NotProved("a claim is about all coefficients of a unique maximum")
    center = [dict(line).get(j, ZERO) for line in proof.center for j in range(len(proof.raw["terms"]))]
    values = [number(text).lo for text in claim["values"]]
    at = listed([f"{name} = {text}" for name, text in zip(names, claim["values"], strict=True)])
    gaps = [point(value) - point(b) for value, b in zip(values, center, strict=True)]
    if claim["kind"] == "rounded":
        for value, gap, line in zip(values, gaps, proof.scale, strict=True):
            half = Decimal((0, (5,), int(value.as_tuple().exponent) - 1))
            if line and UP.fma(r, length([point(v) for _, v in line]), gap.size()) > half:
                raise NotProved(f"the maximum, rounded, is not {value}")
        return f"rounded, it is the claim: {at}", None
    by = [number(text).lo for text in claim["by"]]
    along = [
        dot([point(dict(line).get(k, ZERO)) for line in proof.scale], list(enumerate(by))) for k in range(proof.size)
    ]
    gap, size = dot(gaps, [(i, v) for i, v in enumerate(by)]), length(along)
    least = DOWN.subtract(DOWN.divide(max(gap.lo, gap.hi.copy_negate(), ZERO), size), r)
    if least <= 0:
        raise NotProved("the claim may be the maximum")
    away = DOWN.multiply(DOWN.next_minus(DOWN.sqrt(c)), least)
    return f"it is at least {down(away, 3)} standard errors from the claim {at}", away


def up(value: Decimal, digits: int = 2) -> str:
    return f"{Context(digits, ROUND_CEILING).plus(value):g}"


def down(value: Decimal, digits: int = 2) -> str:
    return f"{Context(digits, ROUND_FLOOR).plus(value):g}"


def short(text: str) -> str:
    """Return a number with its first seven digits; the others stand in the proof."""
    cut = f"{Context(7, ROUND_DOWN).plus(Decimal(text)):g}"
    return text if Decimal(cut) == Decimal(text) else cut + ".." * ("e" not in cut)


def shown(text: str) -> str:
    return text if text.isprintable() and len(text) <= 60 else ascii(text)[:60]


def listed(texts: list[str]) -> str:
    return ", ".join(texts[:12]) + f" and {len(texts) - 12} more" * (len(texts) > 12)


def table(data: bytes, raw: dict[str, Any]) -> list[tuple[int, dict[str, str]]]:
    """Return the rows by their number: the columns of the model, strictly."""
    text = data.decode("utf-8-sig")
    if "\0" in text or raw["decimal"] not in (".", ",") or raw["missing"] not in ("refuse", "drop"):
        raise Unreadable("no text file, or no sign before decimals, or neither refuse nor drop for missing cells")
    header = "".join(text.lstrip("\r\n").split("\n", 1)[0].split('"')[::2])
    csv.field_size_limit(2**31 - 1)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;|", key=header.count), strict=True)
    lines = (cells for cells in reader if cells)
    names, rows, dropped = [name.strip() for name in next(lines)], [], 0
    if len(set(names)) < len(names):
        raise Unreadable("two columns of the data have the same name")
    places = [(name, names.index(name)) for name in raw["columns"]]
    for place, cells in enumerate(lines, 1):
        if len(cells) != len(names):
            raise Unreadable(f"row {place} of the data has {len(cells)} cells, not {len(names)}")
        row = {name: cells[j].strip() for name, j in places}
        if not MISSING.isdisjoint(row.values()):
            dropped += 1
            if raw["missing"] == "refuse":
                raise NotProved(f"row {place} has a missing cell")
            continue
        if raw["decimal"] == ",":
            if any("." in cell and NUMBER.fullmatch(cell) for cell in row.values()):
                raise Unreadable(f"row {place} of the data has a decimal point, not a comma")
            plain = {name: cell.replace(",", ".") for name, cell in row.items()}
            row |= {name: cell for name, cell in plain.items() if NUMBER.fullmatch(cell)}
        rows.append((place, row))
    if (len(rows), dropped) != (raw["rows"], raw["dropped"]):
        raise NotProved(f"the data have {len(rows)} rows and {dropped} that are dropped, not those of the proof")
    return rows


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise Unreadable("a key occurs twice in the proof")
    return dict(pairs)


def check(proof: bytes, data: bytes, jobs: int = 1, tell: Any = None) -> Proved:
    """Return what a proof proves of the bytes of a data file, or raise NotProved or Unreadable."""
    try:
        raw = json.loads(proof.decode(), object_pairs_hook=unique, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"the proof is no JSON: {ascii(str(error))[1:80]}".rstrip("'")) from None
    try:
        digest = hashlib.sha256(data).hexdigest()
        if raw["data"]["sha256"] != digest:
            raise NotProved(f"the SHA-256 of the data is {digest}, not that of the proof")
        made = Proof(raw)
        return conclude(
            made, total(made, table(data, raw["data"]), jobs, tell), f"the data with SHA-256 {digest[:16]}..."
        )
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError, csv.Error, StopIteration) as error:
        raise Unreadable(f"not a proof, or not its data ({type(error).__name__}: {ascii(str(error))[:80]})") from None
    except ArithmeticError:
        raise NotProved("a number is out of range") from None


def total(proof: Proof, rows: list[tuple[int, dict[str, str]]], jobs: int, tell: Any = None) -> Sums:
    """Return the sums over all rows: those of blocks, one after the other, whoever computes them."""
    blocks, sums = [rows[i : i + BLOCK] for i in range(0, len(rows), BLOCK)], Sums(proof.size)
    pool = ProcessPoolExecutor(jobs, get_context("spawn")) if jobs > 1 else None
    for done, part in enumerate((pool.map if pool else map)(add_up, [proof] * len(blocks), blocks), 1):
        DOWN.prec = UP.prec = proof.digits
        sums.join(part)
        if tell:
            tell(done, len(blocks))
    return sums


def main() -> int:
    parser = argparse.ArgumentParser(description="Check a proof about a maximum of likelihood.")
    parser.add_argument("proof", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    given, start = parser.parse_args(), time.monotonic()

    def tell(done: int, blocks: int) -> None:
        spent = time.monotonic() - start
        if sys.stderr.isatty() and spent > 2:
            end = "\n" if done == blocks else "\r"
            sys.stderr.write(
                f"{done * 100 // blocks:3} % of the rows, about {spent / done * (blocks - done):.0f} s left {end}"
            )

    try:
        if any(path.stat().st_size > MOST_BYTES for path in (given.proof, given.data)):
            raise Unreadable("a file of more than 2 GB")
        proved = check(given.proof.read_bytes(), given.data.read_bytes(), given.jobs, tell)
    except (OSError, Unreadable) as error:
        sys.stderr.write(f"Unreadable: {error}\n")
        return 2
    except NotProved as error:
        sys.stdout.write(f"Not proved: {error}\n")
        return 1
    sys.stdout.write("\n".join(proved.sentences) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
