"""Check a proof about a maximum of likelihood from the data file alone: python verify.py [--jobs N] PROOF DATA

It needs Python 3.10 or later (for `match` and a strict `zip`) and nothing else. Whoever wrote the proof need not be
trusted: a wrong one just fails. Exit code: 0 proved, 1 not proved, 2 unreadable, 130 stopped by Ctrl-C.
What is trusted: Python, above all `json`, `csv` and `decimal`, whose add, subtract, multiply, divide and fma round in
the direction asked for, and whose exp, ln and sqrt are off by less than a unit of the last digit (Cowlishaw, 2009,
General Decimal Arithmetic); that the file whose SHA-256 is printed is the data, and that a cell means the number it
shows; and that the model in the proof is the one you mean: read there its family, its link and the recipe of each
column, in which an operation comes after its numbers. How it is proved stands in `add_row`, for each row, and in
`ball_test`, for all. Decimals are added and multiplied by DOWN and UP alone, which round down and up.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import re
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from functools import partial
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

RANGE: dict[str, Any] = {"Emin": -(10**6), "Emax": 10**6, "traps": [InvalidOperation, DivisionByZero, Overflow]}
DOWN, UP = (Context(prec=40, rounding=rounding, **RANGE) for rounding in (ROUND_FLOOR, ROUND_CEILING))
SHORT = Context(prec=6, rounding=ROUND_FLOOR, **RANGE)
ZERO, UNIT, INFINITE = Decimal(0), Decimal(1), Decimal("Infinity")
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
MISSING = frozenset({"", ".", "NA", "NaN", "nan", "N/A", "null", "NULL"})
MOST_BYTES, MOST_LETTERS, MOST_EXPONENT = 2 * 10**9, 400, 307
BLOCK = 250  # rows that are added up together, whatever the number of processes


class Unreadable(Exception):
    """The proof or the data are not what they should be."""


class NotProved(Exception):
    """The proof fails."""


@dataclass(slots=True)
class Interval:
    """All numbers from lo to hi. The ends of results are rounded outwards, so that an expression on intervals holds its
    value at any of their members (Moore, 1966, Interval Analysis, theorem 3.1).
    """

    lo: Decimal
    hi: Decimal

    def __add__(self, other: Interval) -> Interval:
        return Interval(DOWN.add(self.lo, other.lo), UP.add(self.hi, other.hi))

    def __sub__(self, other: Interval) -> Interval:
        return Interval(DOWN.subtract(self.lo, other.hi), UP.subtract(self.hi, other.lo))

    def __neg__(self) -> Interval:
        return Interval(self.hi.copy_negate(), self.lo.copy_negate())

    def __mul__(self, other: Interval) -> Interval:
        if self.lo == self.hi and other.lo == other.hi:
            return Interval(DOWN.multiply(self.lo, other.lo), UP.multiply(self.lo, other.lo))
        ends = [(a, b) for a in (self.lo, self.hi) for b in (other.lo, other.hi)]  # where the extremes are
        return Interval(min(DOWN.multiply(a, b) for a, b in ends), max(UP.multiply(a, b) for a, b in ends))

    def __truediv__(self, other: Interval) -> Interval:
        if other.lo <= 0 <= other.hi:
            raise NotProved("a divisor may be 0")
        ends = [(a, b) for a in (self.lo, self.hi) for b in (other.lo, other.hi)]
        return Interval(min(DOWN.divide(a, b) for a, b in ends), max(UP.divide(a, b) for a, b in ends))

    def size(self) -> Decimal:
        return max(self.lo.copy_abs(), self.hi.copy_abs())


def point(value: Decimal | int) -> Interval:
    return Interval(Decimal(value), Decimal(value))


NOTHING, ONE, TWO, FOUR = map(point, (0, 1, 2, 4))


def rising(name: str, x: Interval) -> Interval:
    """Return exp, ln or sqrt, which rise; `decimal` rounds them to the nearest, so that a unit more is outside."""
    if name == "ln" and x.lo <= 0:
        raise NotProved("the logarithm of a number that may be 0")
    low = getattr(DOWN, name)(x.lo)
    high = low if x.lo == x.hi else getattr(UP, name)(x.hi)
    return Interval(DOWN.next_minus(low), UP.next_plus(high))


exp: Callable[[Interval], Interval] = partial(rising, "exp")
ln: Callable[[Interval], Interval] = partial(rising, "ln")
root: Callable[[Interval], Interval] = partial(rising, "sqrt")


def dot(numbers: Sequence[Interval], factors: Sequence[Decimal]) -> Interval:
    lo = hi = ZERO
    for number, factor in zip(numbers, factors, strict=True):
        if factor:
            low, high = (number.lo, number.hi) if factor > 0 else (number.hi, number.lo)
            lo, hi = DOWN.fma(low, factor, lo), UP.fma(high, factor, hi)
    return Interval(lo, hi)


def norm(numbers: Iterable[Interval]) -> Decimal:
    """Return an upper bound of the Euclidean length."""
    total = ZERO
    for number in numbers:
        total = UP.fma(number.size(), number.size(), total)
    return UP.next_plus(UP.sqrt(total))


def tail(x: Decimal) -> Interval:
    """Return r = phi / Phi: Phi(x) = 1/2 + phi(x) (x + x^3/3 + x^5/15 + ...), Abramowitz and Stegun, 1964, 26.2.11.

    From 2 x^2 <= k + 2 on, a term is at most half the one before, so what is left out is at most the last one.
    """
    term, k = point(x.copy_abs()), 1
    squared, total = term * term, term
    while UP.multiply(2, squared.hi) > k + 2 or DOWN.scaleb(term.hi, DOWN.prec) > total.lo:
        if k > 2000:
            raise NotProved("a probit is too far out to be computed")
        k, term = k + 2, term * squared / point(k + 2)
        total += term
    pi = Decimal("3.141592653589793238462643383279502884197")  # cut off after 40 digits
    phi = exp(-squared / TWO) / root(TWO * Interval(pi, UP.next_plus(pi)))
    part, half = phi * Interval(total.lo, UP.add(total.hi, term.hi)), ONE / TWO
    return phi / (half + part if x >= 0 else half - part)


def probit(eta: Interval, y: Interval) -> tuple[Interval, Interval]:
    """l = y log Phi(eta) + (1 - y) log Phi(-eta); log Phi has r, which falls (Sampford, 1953), and -r (r + x)."""
    score = curvature = NOTHING
    for share, x, sign in ((y, eta, ONE), (ONE - y, -eta, -ONE)):
        if share.hi > 0:
            r = Interval(tail(x.hi).lo, tail(x.lo).hi)
            score, curvature = score + sign * share * r, curvature + share * r * (r + x)
    return score, curvature


def derivatives(family: str, link: str, eta: Interval, y: Interval, a: Interval) -> tuple[Interval, Interval]:
    """Return dl/d eta and -d2l/d eta2 of a row of weight 1, l its log-likelihood and a the alpha of its family."""
    t = exp(eta) if link in ("logit", "cloglog", "log") else root(eta) if link == "inverse_squared" else eta
    match family, link:
        case "binomial", "logit":  # l = y eta - log(1 + t)
            return y - t / (ONE + t), t / (ONE + t) / (ONE + t)
        case "binomial", "cloglog":  # l = y log(1 - e^-t) - (1 - y) t
            ratio = t / (exp(t) - ONE) if y.hi > 0 else NOTHING
            return y * ratio - (ONE - y) * t, (ONE - y) * t + y * ratio * (t - ONE + ratio)
        case "binomial", "log":  # l = y eta + (1 - y) log(1 - t)
            return y - (ONE - y) * t / (ONE - t), (ONE - y) * t / (ONE - t) / (ONE - t)
        case "poisson", "log":  # l = y eta - t
            return y - t, t
        case "poisson", "identity":  # l = y log eta - eta
            return y / eta - ONE, y / eta / eta
        case "negative_binomial", "log":  # l = y eta - (y + 1/a) log(1 + a t) (Lawless, 1987, equation 2.2)
            return (y - t) / (ONE + a * t), (ONE + a * y) * t / (ONE + a * t) / (ONE + a * t)
        case "gaussian", "identity":  # l = -(y - eta)^2 / 2
            return y - eta, ONE
        case "gamma", "log":  # l = -y / t - eta
            return y / t - ONE, y / t
        case "gamma", "inverse":  # l = log eta - y eta
            return ONE / eta - y, ONE / eta / eta
        case "inverse_gaussian", "inverse":  # l = eta - y eta^2 / 2
            return ONE - y * eta, y
        case "inverse_gaussian", "inverse_squared":  # l = t - y eta / 2
            return (ONE / t - y) / TWO, ONE / (FOUR * t * t * t)
    return probit(eta, y)


class Kind(NamedTuple):
    """A family and link with l concave in eta for legal y (Pratt, 1981; McCullagh and Nelder, 1989, chapter 2)."""

    least: Decimal  # legal responses
    most: Decimal
    pure: Sequence[int] = ()  # 0 if l of y = 0 rises for as long as eta falls, 1 if l of y = 1 does as it rises
    domain: int = 0  # eta > 0, or eta < 0
    edge: tuple[int, int] | None = None  # the response of which l is linear, at eta = 0 too, and its slope


SIZE = Decimal("1e-400")  # 0 is not legal
KINDS = {
    "binomial logit": Kind(ZERO, UNIT, (0, 1)),
    "binomial probit": Kind(ZERO, UNIT, (0, 1)),
    "binomial cloglog": Kind(ZERO, UNIT, (0, 1)),
    "binomial log": Kind(ZERO, UNIT, (0,), -1, (1, 1)),
    "poisson log": Kind(ZERO, INFINITE, (0,)),
    "poisson identity": Kind(ZERO, INFINITE, (), 1, (0, -1)),
    "negative_binomial log": Kind(ZERO, INFINITE, (0,)),
    "gaussian identity": Kind(-INFINITE, INFINITE),
    "gamma log": Kind(SIZE, INFINITE),
    "gamma inverse": Kind(SIZE, INFINITE, (), 1),
    "inverse_gaussian inverse": Kind(SIZE, INFINITE, (), 1),
    "inverse_gaussian inverse_squared": Kind(SIZE, INFINITE, (), 1),
    "multinomial logit": Kind(ZERO, INFINITE, range(1001)),
}


def number(text: str) -> Decimal:
    """Return the very number that a text is."""
    if len(text) > MOST_LETTERS or not NUMBER.fullmatch(text) or abs(Decimal(text).adjusted()) > MOST_EXPONENT:
        raise Unreadable(f"{text[:40]!a} is not a number, or beyond what float64 holds")
    return Decimal(text)


STEPS: dict[str, tuple[int, Callable[..., Interval]]] = {  # what it takes, from the numbers before it, and makes
    "plus": (2, Interval.__add__),
    "minus": (2, Interval.__sub__),
    "times": (2, Interval.__mul__),
    "over": (2, Interval.__truediv__),
    "exp": (1, exp),
    "ln": (1, ln),
    "sqrt": (1, root),
    "positive": (1, lambda x: Interval(max(x.lo, ZERO), max(x.hi, ZERO))),  # of which splines are made
}


def evaluate(recipe: list[list[Any]], row: dict[str, str]) -> Interval:
    """Return what a recipe makes of a row."""
    stack: list[Interval] = []
    for name, *given in recipe:
        if name in STEPS and not given:
            count, function = STEPS[name]
            stack[-count:] = [function(*stack[-count:])]
        elif name == "number" and len(given) == 1:
            stack.append(point(number(row[given[0]])))
        elif name == "value" and len(given) == 1:
            stack.append(point(number(given[0])))
        elif name == "level" and len(given) == 2 and row[given[0]] in given[1]:
            stack.append(point(number(given[1][row[given[0]]])))
        else:
            raise NotProved(f"{str([name, *given])[:60]!a} is no step of a recipe, or a level is missing in it")
    (result,) = stack
    return result


KEYS = (  # of a proof, its data, its terms and its claim
    "schema data family link alpha classes response trials weights offset terms penalty penalized separation relations "
    "coefficients scale radius multipliers claim",
    "sha256 rows dropped decimal missing columns",
    "name recipe",
    "kind values by",
)


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise Unreadable("a key occurs twice in the proof")
    return dict(pairs)


def parsed(text: bytes) -> SimpleNamespace:
    """Return a proof with its numbers read, its numbers of outputs and of dimensions of gamma, and T by its columns."""
    raw = json.loads(text.decode(), object_pairs_hook=unique, parse_float=str, parse_int=str, parse_constant=str)
    claims = [] if raw["claim"] is None else [raw["claim"]]
    for keys, parts in zip(KEYS, ([raw], [raw["data"]], raw["terms"], claims), strict=True):
        for odd in (part.keys() ^ {*keys.split()} for part in parts):
            if odd:
                what = ascii(listed(sorted(odd)))[:80]
                raise Unreadable(f"keys too many or too few, as another version has: {what}; make the proof again")
    proof = SimpleNamespace(**raw)
    proof.kind, proof.several = f"{raw['family']} {raw['link']}", raw["family"] == "multinomial"
    proof.alpha, proof.penalty, proof.radius = (number(raw[key]) for key in ("alpha", "penalty", "radius"))
    for key in ("separation", "relations", "coefficients", "scale"):
        setattr(proof, key, [[number(cell) for cell in line] for line in raw[key]])
    proof.multipliers = {row: number(force) for row, force in raw["multipliers"].items()}
    p, q = len(proof.terms), int(number(raw["classes"])) - 1 if proof.several else 1
    proof.outputs, proof.size = q, len(proof.scale[0]) if proof.scale else 0
    sizes = {len(line) for line in proof.separation + proof.relations + proof.coefficients} - {p}
    sizes |= {len(line) for line in proof.scale} - {proof.size}
    sizes |= {len(proof.separation), len(proof.coefficients)} - {0, q}
    if sizes or len(proof.scale) != p * len(proof.coefficients) or not 1 <= q <= 1000:
        raise Unreadable("the matrices of the proof do not have the size of its terms")
    if proof.schema != "glmnn.proof/1" or proof.kind not in KINDS or min(proof.alpha, proof.radius) < 0:
        raise Unreadable("this is no glmnn.proof/1 of a family and link that can be proved")
    proof.columns = [list(zip(*proof.scale[a * p : (a + 1) * p], strict=True)) for a in range(len(proof.coefficients))]
    return proof


def table(data: bytes, stated: dict[str, Any]) -> list[tuple[int, dict[str, str]]]:
    """Return the rows by their number: the columns of the model, strictly."""
    text = data.decode("utf-8-sig")
    if "\0" in text or stated["decimal"] not in (".", ",") or stated["missing"] not in ("refuse", "drop"):
        raise Unreadable("no text file, or no sign before decimals, or neither refuse nor drop for missing cells")
    header = "".join(text.lstrip("\r\n").split("\n", 1)[0].split('"')[::2])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;|", key=header.count), strict=True)
    names, *lines = ([cell.strip() for cell in line] for line in reader if line)
    places, rows = [(name, names.index(name)) for name in stated["columns"]], []
    for place, line in enumerate(lines, 1):
        if not len(line) == len(names) == len(set(names)):
            raise Unreadable(f"row {place} of the data has {len(line)} cells for {len(set(names))} names of columns")
        row = {name: line[j] for name, j in places}
        for name, cell in row.items() if stated["decimal"] == "," else ():
            if "." in cell and NUMBER.fullmatch(cell):
                raise Unreadable(f"row {place} of the data has a decimal point, not a comma")
            row[name] = cell.replace(",", ".") if NUMBER.fullmatch(cell.replace(",", ".")) else cell
        if MISSING.isdisjoint(row.values()):
            rows.append((place, row))
        elif stated["missing"] == "refuse":
            raise NotProved(f"row {place} has a missing cell")
    if [str(len(rows)), str(len(lines) - len(rows))] != [stated["rows"], stated["dropped"]]:
        raise NotProved(f"the data have {len(rows)} rows and {len(lines) - len(rows)} dropped, not those of the proof")
    return rows


Sums = defaultdict[Any, Interval]


def add_along(sums: Sums, z: list[Interval], pull: Interval, bend: Interval) -> None:
    """Add a score and the least curvature along z to gradient and negative Hessian, and the most to its trace."""
    least, size = point(SHORT.plus(max(ZERO, bend.lo))), point(norm(z))  # few digits, for products without rounding
    sums["trace"] += point(bend.hi) * size * size
    for a, number in enumerate(z):
        sums[a] += pull * number
        scaled = least * number
        for b in range(a + 1):
            sums[a, b] += scaled * z[b]


def moves(proof: SimpleNamespace, x: list[Interval], y: Interval) -> int:
    """Return 2 where the likelihood of a row rises for ever along the direction, 1 where it does against some classes
    only, 0 where it stays (Albert and Anderson, 1984, sections 2 and 3).
    """
    along = [NOTHING, *(dot(x, line) for line in proof.separation)]
    if y.lo != y.hi or y.lo not in KINDS[proof.kind].pure:
        if along[1].size() > 0:
            raise NotProved("the direction moves a row whose likelihood does not rise for ever")
        return 0
    gains = [along[int(y.lo)] - other for b, other in enumerate(along) if b != y.lo]
    if any(gain.lo < 0 or gain.lo == 0 < gain.hi for gain in gains):
        raise NotProved("the direction moves the row away from its response, or that is lost in rounding")
    return 2 if all(gain.lo > 0 for gain in gains) else int(any(gain.lo > 0 for gain in gains))


def softmax(
    etas: list[Interval], wide: list[Interval], y: Interval, z: list[list[Interval]]
) -> Iterable[tuple[list[Interval], Interval, Interval]]:
    """l = eta_y - log(1 + sum e^eta_a): the score is 1 at y minus q, and the curvature along v is the sum over pairs of
    classes of q_a q_b (v_a - v_b)^2, v_0 = 0, for it is the variance of v under q.
    """
    odds, wider, z = [ONE, *map(exp, etas)], [ONE, *map(exp, wide)], [[NOTHING] * len(z[0]), *z]
    total, most = (dot(line, [UNIT] * len(line)) for line in (odds, wider))
    for a in range(1, len(z)):
        yield z[a], (ONE if y.lo == a else NOTHING) - odds[a] / total, NOTHING
        for b in range(a):
            yield [u - v for u, v in zip(z[a], z[b], strict=True)], NOTHING, wider[a] / most * (wider[b] / most)


def add_row(proof: SimpleNamespace, place: int, row: dict[str, str], sums: Sums) -> None:
    """Add the score of a row at b, and a lower bound of its curvature where |gamma| <= rho: there eta is within rho |z|
    of its value at b, z = T'x (Cauchy and Schwarz).
    """
    kind, recipes = KINDS[proof.kind], (proof.response, proof.trials, proof.weights, proof.offset)
    y, trials, weight, offset = (evaluate(recipe, row) for recipe in recipes)
    if weight.lo == weight.hi == 0 or trials.lo == trials.hi == 0:
        return
    y, weight = y / trials, weight * trials
    if weight.lo <= 0 or trials.lo <= 0 or y.lo < kind.least or y.hi > kind.most:
        raise NotProved("a weight or a response that the family does not have")
    if proof.several and (trials.hi > 1 or y.lo != y.hi or y.lo not in range(proof.outputs + 1)):
        raise NotProved("a response that is no class")
    x = [evaluate(term["recipe"], row) for term in proof.terms]
    if proof.separation and (moved := moves(proof, x, y)):
        sums["moved"] += ONE
        sums["wholly"] += point(moved - 1)
        return
    sums["rest"] += ONE
    if any(dot(x, relation).size() > 0 for relation in proof.relations):
        raise NotProved("the relation between the terms does not hold")
    if not proof.coefficients:
        return
    z = [[dot(x, column) for column in columns] for columns in proof.columns]
    etas, sign = [dot(x, line) + offset for line in proof.coefficients], point(kind.domain)
    far = [UP.multiply(proof.radius, norm(line)) for line in z]
    wide = [eta + Interval(by.copy_negate(), by) for eta, by in zip(etas, far, strict=True)]
    if proof.several:
        for v, pull, bend in softmax(etas, wide, y, z):
            add_along(sums, v, pull * weight, bend * weight)
    elif str(place) in proof.multipliers:
        force, gap = point(proof.multipliers[str(place)]), etas[0] * sign
        if not kind.edge or y.lo != y.hi or y.lo != kind.edge[0] or gap.lo < 0 or force.lo < 0:
            raise NotProved("a multiplier that is below 0, or of a row that is not at the edge of the domain")
        sums["edge"] += ONE
        sums["slack"] += force * gap
        add_along(sums, z[0], point(kind.edge[1]) * weight + force * sign, NOTHING)
    elif kind.domain and (wide[0] * sign).lo <= 0:
        raise NotProved("the ball reaches beyond the domain of the link")
    else:
        score, _ = derivatives(proof.family, proof.link, etas[0], y, point(proof.alpha))
        _, bend = derivatives(proof.family, proof.link, wide[0], y, point(proof.alpha))
        add_along(sums, z[0], score * weight, bend * weight)


def add_up(proof: SimpleNamespace, rows: list[tuple[int, dict[str, str]]]) -> Sums:
    sums = Sums(partial(point, 0))
    for place, row in rows:
        try:
            add_row(proof, place, row, sums)
        except (NotProved, ArithmeticError) as error:
            why = error if isinstance(error, NotProved) else "a number out of range"
            raise NotProved(f"row {place}: {why}") from None
    return sums


@contextmanager
def held() -> Iterator[None]:
    """Hold Ctrl-C back while processes start: they inherit that, and are deaf before they are told to be."""
    posix = hasattr(signal, "pthread_sigmask")
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if posix else None
    try:
        yield
    finally:
        if before is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def total(proof: SimpleNamespace, rows: list[tuple[int, dict[str, str]]], jobs: int = 1, tell: Any = None) -> Sums:
    """Return the sums over all rows: those of blocks, one after the other, whoever computes them."""
    blocks, sums = [rows[i : i + BLOCK] for i in range(0, len(rows), BLOCK)], Sums(partial(point, 0))
    deaf = partial(signal.signal, signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for this process, which ends the others
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), deaf) if jobs > 1 else None
    work = partial(add_up, proof)
    try:
        with held():
            parts = chain(map(work, blocks[:1]), (pool.map if pool else map)(work, blocks[1:]))
        for done, part in enumerate(chain([sums.copy()], parts)):  # nothing is done where the clock starts
            for key, value in part.items():
                sums[key] += value
            if tell:
                tell(min(done * BLOCK, len(rows)), len(rows))
    finally:
        if pool:
            pool.shutdown(wait=False, cancel_futures=True)
    return sums


class Proved(NamedTuple):
    """What has been proved: two sentences, and the numbers in them; radius and away are in standard errors."""

    sentences: tuple[str, str]
    rows: int
    radius: Decimal | None
    away: Decimal | None


def ball_test(proof: SimpleNamespace, sums: Sums) -> tuple[Decimal, Decimal, Decimal]:
    """Return a radius within which the one maximum lies, |g|, and the least curvature c.

    With beta = b + T gamma let g be the score at b, and c a lower bound of the eigenvalues of the negative Hessian for
    all |gamma| <= rho (Gershgorin, 1931, of the sum of z z' times the least curvature of each row). Where |g| < c rho,
    the likelihood falls outwards all over the sphere |gamma| = rho. So by concavity there is one maximum, inside, and
    within |g| / c (Boyd and Vandenberghe, 2004, section 9.1.2).
    At the edge eta_i = 0 of a domain eta_i >= 0 take L = l + sum m_i eta_i in the place of l, m_i >= 0: in the domain
    l is at most L, and at b it is L - s. So where |g| rho + s < c rho^2 / 2 the maximum over the closed domain lies
    within (|g| + sqrt(g^2 + 2 c s)) / c (ibid., sections 5.2 and 9.1.2).
    """
    least = []
    for a in range(proof.size):
        others = [sums[max(a, b), min(a, b)] for b in range(proof.size) if b != a]
        least.append(sums[a, a] - dot([Interval(ZERO, value.size()) for value in others], [UNIT] * len(others)))
    c = min((row.lo for row in least), default=ZERO)
    g, rho, edge = norm(sums[a] for a in range(proof.size)), proof.radius, sums["edge"].hi > 0
    s = sums["slack"].hi
    if c <= 0:
        raise NotProved("the curvature may be 0 within the ball")
    if UP.multiply(2 if edge else 1, UP.fma(g, rho, s)) >= DOWN.multiply(DOWN.multiply(c, rho), rho):
        raise NotProved(
            f"|score| <= {brief(g)} is too much for a curvature of {brief(c, 2, ROUND_FLOOR)} and a ball of {rho:g}"
        )
    far = UP.add(g, norm([point(g), root(TWO * point(c) * point(s))])) if edge else g
    return UP.divide(far, c), g, c


def claimed(proof: SimpleNamespace, places: list[str], r: Decimal, c: Decimal) -> tuple[str, Decimal | None]:
    """Check what is claimed of other coefficients, from where the maximum lies.

    Rounded: |beta_j - b_j| <= r |T_j| must leave no room for another last digit. Away: the distance of the claim d from
    b in gamma is at least |v'(d - b)| / |T'v| for any v (Cauchy and Schwarz), less r to the maximum; and the distance
    in standard errors, sqrt(delta' H delta), is at least sqrt(c) times that.
    """
    values, by = ([number(text) for text in proof.claim[key]] for key in ("values", "by"))
    at = listed([f"{name} = {value}" for name, value in zip(places, values, strict=True)])
    center = [b for line in proof.coefficients for b in line]
    gaps = [point(value) - point(b) for value, b in zip(values, center, strict=True)]
    if proof.claim["kind"] == "rounded":
        for value, gap, line in zip(values, gaps, proof.scale, strict=True):
            half = Decimal((0, (5,), int(value.as_tuple().exponent) - 1))
            if UP.fma(r, norm(map(point, line)), gap.size()) > half:
                raise NotProved(f"the maximum, rounded, is not {value}")
        return f"; rounded, it is the claim: {at}", None
    if proof.claim["kind"] != "away":
        raise NotProved("a claim of an unknown kind")
    gap, size = dot(gaps, by), norm(dot([*map(point, line)], by) for line in zip(*proof.scale, strict=True))
    least = DOWN.subtract(DOWN.divide(max(ZERO, gap.lo, gap.hi.copy_negate()), size), r)
    if least <= 0:
        raise NotProved("the claim may be the maximum")
    away = DOWN.multiply(DOWN.next_minus(DOWN.sqrt(c)), least)
    return f"; it is at least {brief(away, 3, ROUND_FLOOR)} standard errors from the claim {at}", away


def conclude(proof: SimpleNamespace, sums: Sums, digest: str) -> Proved:
    """Check what holds of all rows together, and put it into words."""
    moved, fully, rest, edge = (int(sums[key].lo) for key in ("moved", "wholly", "rest", "edge"))
    names, rows, center = [term["name"] for term in proof.terms], moved + rest, proof.coefficients
    along, p, penalized = any(map(any, proof.separation)), len(names), [*dict.fromkeys(proof.penalized)]
    # the last term of each relation is left out; where these are different terms, the relations are independent
    left = {max((j for j, value in enumerate(line) if value), default=-1) for line in proof.relations}
    beside, unread = along or left or not center, proof.family != "negative_binomial" and proof.alpha
    stray = any(line[j] or any(proof.scale[a * p + j]) for a, line in enumerate(center) for j in left)
    wrong = [
        ("no row, no claim, or a name twice", not (rows and (along or left or center)) or len({*names}) < p),
        ("the direction separates no row", proof.separation and not moved),
        ("a relation is empty, or not independent of others", -1 in left or len(left) < len(proof.relations)),
        ("T reaches other terms than those kept", stray or (center and proof.size != (p - len(left)) * proof.outputs)),
        ("a penalty below 0, or a penalty of no terms", proof.penalty < 0 or bool(proof.penalty) != bool(penalized)),
        ("a penalty of terms that are not there", not {*names}.issuperset(penalized)),
        ("a penalty or a claim without a unique maximum", (penalized or proof.claim is not None) and beside),
        ("finite limits of classes", along and center and proof.several),
        ("a multiplier or a number that nothing reads", len(proof.multipliers) != edge or unread),
    ]
    for why, found in wrong:
        if found:
            raise NotProved(why)
    names = [name if name.isprintable() and len(name) <= 60 else ascii(name)[:60] for name in names]
    held = [name for name, term in zip(names, proof.terms, strict=True) if term["name"] in penalized]
    places = [f"{a + 1}: {name}" if proof.several else name for a in range(proof.outputs) for name in names]
    said, because, within, away = [], [], None, None
    if along:
        ends = zip(places, (value for line in proof.separation for value in line), strict=True)
        way = listed([f"{name} to {'-' if value < 0 else '+'}infinity" for name, value in ends if value])
        how = "of every row" if fully == rows else f"of {moved:,} rows and lowers that of none"
        said.append(f"has no maximum of likelihood: {way} raises the likelihood {how}, without end")
        because.append(f"the separation is {'complete' if fully == rows else 'quasi-complete'}, by exact signs")
    if left:
        zeros = [
            " + ".join(f"{short(v)} {n}" for v, n in zip(line, names, strict=True) if v) for line in proof.relations
        ]
        said.append(f"has collinear terms in {rest:,} rows, exactly: {listed([f'{zero} = 0' for zero in zeros])}")
    if center:
        for i, line in enumerate(proof.scale):
            if proof.terms[i % p]["name"] in penalized:  # l - penalty / 2 beta_i^2
                bend = point(proof.penalty)
                add_along(sums, [*map(point, line)], -(bend * point(center[i // p][i % p])), bend)
        r, g, c = ball_test(proof, sums)
        within = (point(r) * root(sums["trace"])).hi  # |T_j|^2 <= trace(T'HT) SE_j^2, H the information at b
        what = "finite limits" if along else "exactly one maximum of likelihood"
        what += f" less {short(proof.penalty)}/2 b'b, b the coefficients of {listed(held)}," if penalized else ""
        what += " at the edge of its domain" if edge else ""
        what += " without the last term of each relation" if left and not along else ""
        tied = {j for line in proof.relations for j, value in enumerate(line) if value} if along else left
        values = enumerate(value for line in center for value in line)
        at = listed([f"{places[i]} = {short(value)}" for i, value in values if i % p not in tied])
        more, away = claimed(proof, places, r, c) if proof.claim else ("", None)
        said.append(f"has {what}, within {brief(within)} standard errors of {at}{more}")
        ball = f"within {proof.radius:g} (about standard errors)"
        because.append(f"|score| <= {brief(g)}, curvature >= {brief(c, 6, ROUND_FLOOR)} {ball}")
    dropped = f" ({proof.data['dropped']} more have a missing cell)" if proof.data["dropped"] != "0" else ""
    model = f"the data with SHA-256 {digest[:16]}...{dropped}, the {proof.family} model with the {proof.link} link"
    first = f"Proved: on the {rows:,} rows of {model} {'; '.join(said)}."
    return Proved((first, f"Because {'; '.join(because) or 'each row was checked'}."), rows, within, away)


def brief(value: Decimal, digits: int = 2, rounding: str = ROUND_CEILING) -> str:
    return f"{Context(digits, rounding).plus(value):g}"


def short(value: Decimal) -> str:
    """Return a number with its first seven digits, and two points if there are more."""
    cut = Context(7, ROUND_DOWN).plus(value)
    return f"{cut:g}" + ".." * (cut != value)


def listed(texts: list[str]) -> str:
    return ", ".join(texts[:12]) + f" and {len(texts) - 12} more" * (len(texts) > 12)


def check(proof: bytes, data: bytes, jobs: int = 1, tell: Any = None) -> Proved:
    """Return what a proof proves of the bytes of a data file, or raise NotProved or Unreadable."""
    try:
        made, digest = parsed(proof), hashlib.sha256(data).hexdigest()
        if made.data["sha256"] != digest:
            raise NotProved(f"the SHA-256 of the data is {digest}, not that of the proof")
        return conclude(made, total(made, table(data, made.data), jobs, tell), digest)
    except json.JSONDecodeError as error:
        raise Unreadable(f"the proof is no JSON: {error}") from None
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError, csv.Error) as error:
        raise Unreadable(f"not a proof, or not its data ({type(error).__name__}: {ascii(str(error))[:80]})") from None
    except ArithmeticError:
        raise NotProved("a number is out of range") from None


def main() -> int:
    parser = argparse.ArgumentParser(description="Check a proof about a maximum of likelihood.")
    parser.add_argument("proof", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    given, clock = parser.parse_args(), [0.0]
    if not 1 <= given.jobs <= 61:  # the most that Windows has
        parser.error("--jobs N: from 1 to 61 processes")
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]

    def tell(done: int, rows: int) -> None:
        if done == 0:
            clock[0] = time.monotonic()
            return
        left = (time.monotonic() - clock[0]) / done * (rows - done)
        if done == BLOCK and left > 10:
            sys.stderr.write(f"{rows:,} rows take about {left / given.jobs:.0f} s; --jobs N shares them.\n")
        elif sys.stderr.isatty() and (left > 2 or done == rows):
            sys.stderr.write(f"\r{done * 100 // rows:3} %, about {left:.0f} s left " + "\n" * (done == rows))

    try:
        if any(path.stat().st_size > MOST_BYTES for path in (given.proof, given.data)):
            raise Unreadable("a file of more than 2 GB")
        proved = check(given.proof.read_bytes(), given.data.read_bytes(), given.jobs, tell)
        sys.stdout.write("\n".join(proved.sentences) + "\n")
        return 0
    except NotProved as error:
        sys.stdout.write(f"Not proved: {error}\n")
        return 1
    except (OSError, MemoryError, Unreadable) as error:
        sys.stderr.write(f"Unreadable: {error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped: nothing is proved.\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
