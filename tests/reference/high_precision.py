"""Write generalised linear models with maximum likelihood estimates good to thirty digits.

Run ``python tests/reference/high_precision.py [--only NAME]``; it needs numpy and mpmath (and is faster where
gmpy2 is installed too). Every problem becomes one JSON file in the folder ``high_precision`` next to this
script. The arithmetic has 100 digits, the data are exactly the stored doubles, and nothing here is shared
with the package under test.

Fisher scoring with step-halving runs from the usual start (a mean close to y), Newton's method finishes, and
`verify` then refuses the result unless the score is zero to 40 digits of its terms and the observed
information is positive definite. A vanishing score also shows that no direction separates the data, and the
Cholesky factor that the columns are independent. Where the log-likelihood is not concave, other starts must
not do better.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mpmath import mp, mpf

FOLDER = Path(__file__).with_suffix("")
DIGITS = 100
mp.dps = DIGITS
STORED_DIGITS = 30
NEWTON_FROM = mpf("1e-4")  # relative step from which Newton's method takes over
FULL_STEPS_FROM = mpf("1e-15")  # relative step from which halving could only react to rounding
CONVERGED = mpf("1e-45")  # relative step that ends the iteration; it is still taken
VERIFIED = mpf("1e-40")
PERFECT_FIT = mpf("1e-60")
LARGEST_ETA = 10_000  # beyond it exp(exp(eta)) is out of reach
COMPRESS_FROM = 1_000  # rows

Vector = list[mpf]
Matrix = list[list[mpf]]


class NoMaximumError(Exception):
    """The iteration did not arrive at a verified maximum."""


@dataclass(frozen=True)
class Link:
    """A link function in multi-precision arithmetic.

    ``slopes(eta, mu)`` gives the first and second derivative of the mean; ``complement(eta)`` is 1 - mu.
    """

    eta: Callable[[mpf], mpf]
    mean: Callable[[mpf], mpf]
    complement: Callable[[mpf], mpf]
    slopes: Callable[[mpf, mpf], tuple[mpf, mpf]]
    domain: Callable[[mpf], bool] = lambda eta: abs(eta) < LARGEST_ETA


def power_link(exponent: float) -> Link:
    """Return the link eta = mu^exponent for positive eta."""
    inverse = 1 / mpf(float(exponent))

    def slopes(eta: mpf, mu: mpf) -> tuple[mpf, mpf]:
        first = mu * inverse / eta
        return first, first * (inverse - 1) / eta

    return Link(
        eta=lambda mu: mu ** mpf(float(exponent)),
        mean=lambda eta: eta**inverse,
        complement=lambda eta: 1 - eta**inverse,
        slopes=slopes,
        domain=lambda eta: eta > 0,
    )


def logit_slopes(eta: mpf, mu: mpf) -> tuple[mpf, mpf]:
    first = mu / (1 + mp.exp(eta))
    return first, first * mp.tanh(-eta / 2)


def probit_slopes(eta: mpf, mu: mpf) -> tuple[mpf, mpf]:
    first = mp.npdf(eta)
    return first, -eta * first


def cloglog_slopes(eta: mpf, mu: mpf) -> tuple[mpf, mpf]:
    growth = mp.exp(eta)
    first = growth * mp.exp(-growth)
    return first, first * (1 - growth)


def loglog_slopes(eta: mpf, mu: mpf) -> tuple[mpf, mpf]:
    decay = mp.exp(-eta)
    first = decay * mu
    return first, first * (decay - 1)


def cauchit_slopes(eta: mpf, mu: mpf) -> tuple[mpf, mpf]:
    first = 1 / (mp.pi * (1 + eta * eta))
    return first, -2 * eta / (1 + eta * eta) * first


LINKS = {
    "identity": Link(
        lambda mu: mu,
        lambda eta: eta,
        lambda eta: 1 - eta,
        lambda eta, mu: (mpf(1), mpf(0)),
        domain=lambda eta: True,
    ),
    "log": Link(mp.log, mp.exp, lambda eta: -mp.expm1(eta), lambda eta, mu: (mu, mu)),
    "logit": Link(
        lambda mu: mp.log(mu / (1 - mu)),
        lambda eta: 1 / (1 + mp.exp(-eta)),
        lambda eta: 1 / (1 + mp.exp(eta)),
        logit_slopes,
    ),
    "probit": Link(
        lambda mu: -mp.sqrt(2) * mp.erfinv(1 - 2 * mu),
        mp.ncdf,
        lambda eta: mp.ncdf(-eta),
        probit_slopes,
    ),
    "cloglog": Link(
        lambda mu: mp.log(-mp.log1p(-mu)),
        lambda eta: -mp.expm1(-mp.exp(eta)),
        lambda eta: mp.exp(-mp.exp(eta)),
        cloglog_slopes,
    ),
    "loglog": Link(
        lambda mu: -mp.log(-mp.log(mu)),
        lambda eta: mp.exp(-mp.exp(-eta)),
        lambda eta: -mp.expm1(-mp.exp(-eta)),
        loglog_slopes,
    ),
    "cauchit": Link(
        lambda mu: mp.tan(mp.pi * (mu - mpf("0.5"))),
        lambda eta: mpf("0.5") + mp.atan(eta) / mp.pi,
        lambda eta: mpf("0.5") - mp.atan(eta) / mp.pi,
        cauchit_slopes,
        domain=lambda eta: True,
    ),
    "inverse": power_link(-1),
    "inverse_squared": power_link(-2),
    "sqrt": power_link(0.5),
}


@dataclass(frozen=True)
class Family:
    """A family in multi-precision arithmetic; ``rest`` is 1 - mu and only the binomial looks at it."""

    variance: Callable[[mpf, mpf], mpf]
    variance_slope: Callable[[mpf], mpf]
    unit_deviance: Callable[[mpf, mpf, mpf], mpf]
    starting_mean: Callable[[mpf, mpf], mpf]
    positive_mean: bool = True
    mean_below_one: bool = False
    known_dispersion: bool = False


def y_log_ratio(y: mpf, mu: mpf) -> mpf:
    return y * mp.log(y / mu) if y else mpf(0)


def gamma_deviance(y: mpf, mu: mpf, rest: mpf) -> mpf:
    return -2 * (mp.log(y / mu) - (y - mu) / mu)


def negative_binomial(alpha: float) -> Family:
    """Return the family with variance mu + alpha mu^2."""
    a = mpf(float(alpha))

    def unit_deviance(y: mpf, mu: mpf, rest: mpf) -> mpf:
        return 2 * (y_log_ratio(y, mu) - (y + 1 / a) * mp.log((1 + a * y) / (1 + a * mu)))

    return Family(
        variance=lambda mu, rest: mu + a * mu * mu,
        variance_slope=lambda mu: 1 + 2 * a * mu,
        unit_deviance=unit_deviance,
        starting_mean=lambda y, w: y or mpf(1) / 6,
        known_dispersion=True,
    )


def tweedie(power: float) -> Family:
    """Return the family with variance mu^power, power neither 1 nor 2."""
    p = mpf(float(power))

    def unit_deviance(y: mpf, mu: mpf, rest: mpf) -> mpf:
        first = y * (y ** (1 - p) - mu ** (1 - p)) / (1 - p) if y else mpf(0)
        return 2 * (first - ((y ** (2 - p) if y else 0) - mu ** (2 - p)) / (2 - p))

    return Family(
        variance=lambda mu, rest: mu**p,
        variance_slope=lambda mu: p * mu ** (p - 1),
        unit_deviance=unit_deviance,
        starting_mean=lambda y, w: y or mpf("0.1"),
    )


FAMILIES = {
    "gaussian": Family(
        variance=lambda mu, rest: mpf(1),
        variance_slope=lambda mu: mpf(0),
        unit_deviance=lambda y, mu, rest: (y - mu) ** 2,
        starting_mean=lambda y, w: y,
        positive_mean=False,
    ),
    "binomial": Family(
        variance=lambda mu, rest: mu * rest,
        variance_slope=lambda mu: 1 - 2 * mu,
        unit_deviance=lambda y, mu, rest: 2 * (y_log_ratio(y, mu) + y_log_ratio(1 - y, rest)),
        starting_mean=lambda y, w: (w * y + mpf("0.5")) / (w + 1),
        mean_below_one=True,
        known_dispersion=True,
    ),
    "poisson": Family(
        variance=lambda mu, rest: mu,
        variance_slope=lambda mu: mpf(1),
        unit_deviance=lambda y, mu, rest: 2 * (y_log_ratio(y, mu) - (y - mu)),
        starting_mean=lambda y, w: y + mpf("0.1"),
        known_dispersion=True,
    ),
    "gamma": Family(
        variance=lambda mu, rest: mu**2,
        variance_slope=lambda mu: 2 * mu,
        unit_deviance=gamma_deviance,
        starting_mean=lambda y, w: y,
    ),
    "inverse_gaussian": Family(
        variance=lambda mu, rest: mu**3,
        variance_slope=lambda mu: 3 * mu**2,
        unit_deviance=lambda y, mu, rest: (y - mu) ** 2 / (y * mu**2),
        starting_mean=lambda y, w: y,
    ),
}

CONCAVE = {
    *(("binomial", link) for link in ("logit", "probit", "cloglog", "loglog", "log", "identity")),
    *(("poisson", link) for link in ("log", "identity", "sqrt")),
    ("negative_binomial", "log"),
    ("gamma", "inverse"),
    ("gamma", "log"),
    ("inverse_gaussian", "inverse_squared"),
    ("inverse_gaussian", "inverse"),
    ("gaussian", "identity"),
}


@dataclass(frozen=True)
class Problem:
    """A problem as it is stored; ``known`` holds published coefficients and their relative tolerance."""

    name: str
    why: str
    family: str
    link: str
    columns: dict[str, np.ndarray]
    y: np.ndarray
    prior_weight: np.ndarray | None = None
    offset: np.ndarray | None = None
    alpha: float | None = None
    power: float | None = None
    link_power: float | None = None
    known: tuple[list[str], float] | None = None

    @property
    def rows(self) -> int:
        return len(self.y)

    @property
    def is_concave(self) -> bool:
        """Whether every stationary point is the one global maximum."""
        if self.family == "tweedie":
            return self.link == "log" and 1 < self.power < 2
        if self.family == "poisson" and self.link == "power":
            return 0 < self.link_power <= 1
        return (self.family, self.link) in CONCAVE


def link_of(link: str, link_power: float | None) -> Link:
    return power_link(link_power) if link == "power" else LINKS[link]


def family_of(problem: Problem) -> Family:
    if problem.family == "negative_binomial":
        return negative_binomial(problem.alpha)
    return tweedie(problem.power) if problem.family == "tweedie" else FAMILIES[problem.family]


@dataclass(frozen=True)
class Rows:
    """The stored doubles, exactly, with the model they are fitted with."""

    family: Family
    link: Link
    columns: Matrix
    y: Vector
    prior_weight: Vector
    offset: Vector

    @classmethod
    def of(cls, problem: Problem) -> Rows:
        def exact(values: np.ndarray | None, default: float) -> Vector:
            if values is None:
                return [mpf(default)] * problem.rows
            return [mpf(float(value)) for value in values]

        return cls(
            family=family_of(problem),
            link=link_of(problem.link, problem.link_power),
            columns=[exact(column, 0.0) for column in problem.columns.values()],
            y=exact(problem.y, 0.0),
            prior_weight=exact(problem.prior_weight, 1.0),
            offset=exact(problem.offset, 0.0),
        )


@dataclass(frozen=True)
class Point:
    """The means at one coefficient vector; made only where all of them are inside the domain."""

    coef: Vector
    eta: Vector
    mu: Vector
    rest: Vector
    deviance: mpf


@dataclass(frozen=True)
class Derivatives:
    score: Vector
    expected: Matrix
    observed: Matrix
    largest_score: Vector  # sum of the absolute terms of the score
    perfect: bool  # the residuals are nothing but rounding


def mean_and_rest(rows: Rows, eta: mpf) -> tuple[mpf, mpf]:
    mu = rows.link.mean(eta)
    return mu, (rows.link.complement(eta) if rows.family.mean_below_one else mpf(0))


def evaluate(rows: Rows, coef: Vector) -> Point | None:
    """Return the means and the deviance, or None outside the domain."""
    design = zip(*rows.columns, strict=True)
    eta = [offset + mp.fdot(coef, row) for offset, row in zip(rows.offset, design, strict=True)]
    if not all(rows.link.domain(value) for value in eta):
        return None
    pairs = [mean_and_rest(rows, value) for value in eta]
    mu, rest = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    if rows.family.positive_mean and min(mu) <= 0:
        return None
    if rows.family.mean_below_one and min(rest) <= 0:
        return None
    unit = rows.family.unit_deviance
    deviance = mp.fsum(w * unit(y, m, r) for w, y, m, r in zip(rows.prior_weight, rows.y, mu, rest, strict=True))
    return Point(list(coef), eta, mu, rest, deviance)


def residual(rows: Rows, y: mpf, mu: mpf, rest: mpf) -> mpf:
    """Return y - mu, without cancellation for y = 1 in a binomial."""
    return rest - (1 - y) if rows.family.mean_below_one and 2 * y > 1 else y - mu


def weighted_cross(columns: Matrix, weight: Vector) -> Matrix:
    """Return X' diag(weight) X."""
    weighted = [[w * x for w, x in zip(weight, column, strict=True)] for column in columns]
    size = len(columns)
    cross = [[mpf(0)] * size for _ in range(size)]
    for j in range(size):
        for k in range(j + 1):
            cross[j][k] = cross[k][j] = mp.fdot(weighted[j], columns[k])
    return cross


def derivatives(rows: Rows, point: Point) -> Derivatives:
    """Return score, expected and observed information of the log-likelihood with dispersion 1."""
    first, expected, observed, errors, size = [], [], [], [], []
    for w, y, eta, mu, rest in zip(rows.prior_weight, rows.y, point.eta, point.mu, point.rest, strict=True):
        slope, curve = rows.link.slopes(eta, mu)
        variance = rows.family.variance(mu, rest)
        error = residual(rows, y, mu, rest)
        first.append(w * error * slope / variance)
        errors.append(w * abs(error))
        size.append(w * (abs(y) + abs(mu)))
        fisher = slope * slope / variance
        expected.append(w * fisher)
        bend = curve / variance - fisher * rows.family.variance_slope(mu) / variance
        observed.append(w * (fisher - error * bend))
    return Derivatives(
        score=[mp.fdot(column, first) for column in rows.columns],
        expected=weighted_cross(rows.columns, expected),
        observed=weighted_cross(rows.columns, observed),
        largest_score=[mp.fsum(abs(a * b) for a, b in zip(column, first, strict=True)) for column in rows.columns],
        perfect=mp.fsum(errors) <= PERFECT_FIT * mp.fsum(size),
    )


def cholesky(matrix: Matrix) -> Matrix:
    """Return the lower factor; refuse a pivot that is zero to 60 digits of its diagonal element."""
    lower: Matrix = []
    for j, row in enumerate(matrix):
        new: Vector = []
        for k in range(j):
            new.append((row[k] - mp.fdot(new, lower[k][:k])) / lower[k][k])
        pivot = row[j] - mp.fdot(new, new)
        if not pivot > PERFECT_FIT * abs(row[j]):
            raise NoMaximumError("information not positive definite")
        lower.append([*new, mp.sqrt(pivot)])
    return lower


def solve(lower: Matrix, right: Vector) -> Vector:
    """Solve L L' x = right."""
    half: Vector = []
    for row, value in zip(lower, right, strict=True):
        half.append((value - mp.fdot(row[:-1], half)) / row[-1])
    solution: Vector = []
    for j in reversed(range(len(lower))):
        below = [lower[k][j] for k in range(len(lower) - 1, j, -1)]
        solution.append((half[j] - mp.fdot(below, solution)) / lower[j][j])
    return solution[::-1]


def working_fit(rows: Rows, mean: Vector) -> Vector:
    """Return the first step of Fisher scoring when the means are taken to be these."""
    weight, response = [], []
    for w, y, mu, offset in zip(rows.prior_weight, rows.y, mean, rows.offset, strict=True):
        eta = rows.link.eta(mu)
        slope, _ = rows.link.slopes(eta, mu)
        weight.append(w * slope * slope / rows.family.variance(mu, 1 - mu))
        response.append(eta - offset + (y - mu) / slope)
    factor = cholesky(weighted_cross(rows.columns, weight))
    weighted = [w * z for w, z in zip(weight, response, strict=True)]
    return solve(factor, [mp.fdot(column, weighted) for column in rows.columns])


def constant_fit(rows: Rows) -> Vector:
    """Return the coefficients that come closest to the weighted mean of y in every row."""
    mean = mp.fdot(rows.prior_weight, rows.y) / mp.fsum(rows.prior_weight)
    factor = cholesky(weighted_cross(rows.columns, rows.prior_weight))
    weighted = [w * (rows.link.eta(mean) - o) for w, o in zip(rows.prior_weight, rows.offset, strict=True)]
    return solve(factor, [mp.fdot(column, weighted) for column in rows.columns])


def standard_start(rows: Rows) -> Point:
    """Start from means close to y, or where that leaves the domain from a constant mean."""
    start = rows.family.starting_mean
    means = [start(y, w) for y, w in zip(rows.y, rows.prior_weight, strict=True)]
    point = evaluate(rows, working_fit(rows, means)) or evaluate(rows, constant_fit(rows))
    if point is None:
        raise NoMaximumError("no start inside the domain")
    return point


def moved(point: Point, step: Vector, fraction: mpf) -> Vector:
    return [coef + fraction * change for coef, change in zip(point.coef, step, strict=True)]


def halved(rows: Rows, point: Point, step: Vector) -> Point:
    """Take the step, halved until it stays inside the domain and does not raise the deviance."""
    for halvings in range(60):
        new = evaluate(rows, moved(point, step, mpf(2) ** -halvings))
        if new is not None and new.deviance <= point.deviance:
            return new
    raise NoMaximumError("no step lowers the deviance")


def next_step(point: Point, here: Derivatives) -> tuple[Vector, mpf]:
    """Return the step, Newton's near the solution, and its size relative to the coefficients."""
    step = solve(cholesky(here.expected), here.score)
    length = mp.fsum(a * here.expected[j][k] * b for j, a in enumerate(point.coef) for k, b in enumerate(point.coef))
    relative = mp.sqrt(abs(mp.fdot(step, here.score)) / length) if length else mpf(1)
    if relative < NEWTON_FROM:
        step = solve(cholesky(here.observed), here.score)
    return step, relative


def maximise(rows: Rows, point: Point, *, until: mpf = CONVERGED, limit: int = 500) -> Point:
    """Iterate until the relative step is below ``until``, and take that step too."""
    for _ in range(limit):
        step, relative = next_step(point, derivatives(rows, point))
        if relative >= FULL_STEPS_FROM:
            point = halved(rows, point, step)
            continue
        new = evaluate(rows, moved(point, step, mpf(1)))
        if new is None:
            raise NoMaximumError("a tiny step left the domain")
        if relative < until:
            return new
        point = new
    raise NoMaximumError("iteration limit")


def verify(rows: Rows, point: Point) -> Derivatives:
    """Return the derivatives at the solution once they prove that it is a maximum."""
    here = derivatives(rows, point)
    for value, largest in zip(here.score, here.largest_score, strict=True):
        if not here.perfect and abs(value) > VERIFIED * largest:
            raise NoMaximumError("the score does not vanish")
    step = solve(cholesky(here.observed), here.score)
    unit_errors = [mp.sqrt(value) for value in inverse_diagonal(here.expected)]
    for change, coef, unit in zip(step, point.coef, unit_errors, strict=True):
        if abs(change) > VERIFIED * max(abs(coef), unit if abs(coef) < VERIFIED * unit else 0):
            raise NoMaximumError("Newton would still move")
    return here


def inverse_diagonal(matrix: Matrix) -> Vector:
    factor = cholesky(matrix)
    size = len(matrix)
    return [solve(factor, [mpf(k == j) for k in range(size)])[j] for j in range(size)]


def other_starts(rows: Rows, point: Point, here: Derivatives, rng: np.random.Generator) -> Iterator[Point]:
    """Yield starts around the solution and starts that fit y in a shuffled order."""
    scales = [mp.sqrt(value) for value in inverse_diagonal(here.expected)]
    for size in (1, 5, 25, 125):
        step = [mpf(size * draw) * scale for draw, scale in zip(rng.normal(size=len(scales)), scales, strict=True)]
        tries = (evaluate(rows, moved(point, step, mpf(2) ** -halvings)) for halvings in range(30))
        yield next(start for start in tries if start is not None)
    start = rows.family.starting_mean
    means = [start(y, w) for y, w in zip(rows.y, rows.prior_weight, strict=True)]
    for _ in range(4):
        shuffled = evaluate(rows, working_fit(rows, [means[i] for i in rng.permutation(len(means))]))
        if shuffled is not None:
            yield shuffled


def restart(rows: Rows, point: Point, here: Derivatives, rng: np.random.Generator) -> int:
    """Return how many other starts were tried; refuse a solution that one of them beats."""
    with mp.workdps(30):
        starts = list(other_starts(rows, point, here, rng))
        for start in starts:
            lowest = descended(rows, start).deviance
            if lowest < point.deviance * (1 - mpf("1e-15")):
                raise NoMaximumError(f"another start reaches a lower deviance {mp.nstr(lowest, 12)}")
    return len(starts)


def descended(rows: Rows, point: Point) -> Point:
    """Return the best point that 60 iterations reach, or where they can go no further."""
    try:
        for _ in range(60):
            step, relative = next_step(point, derivatives(rows, point))
            if relative < mpf("1e-10"):
                break
            point = halved(rows, point, step)
    except NoMaximumError:
        pass
    return point


def decimal(value: mpf) -> str:
    return "0" if not value else mp.nstr(value, STORED_DIGITS, strip_zeros=False)


def dispersion(rows: Rows, point: Point, here: Derivatives) -> mpf | None:
    """Return 1, or Pearson's chi-squared over the degrees of freedom; None without any."""
    if rows.family.known_dispersion:
        return mpf(1)
    free = len(rows.y) - len(rows.columns)
    if not free:
        return None
    if here.perfect:
        return mpf(0)
    pearson = (
        w * (y - mu) ** 2 / rows.family.variance(mu, rest)
        for w, y, mu, rest in zip(rows.prior_weight, rows.y, point.mu, point.rest, strict=True)
    )
    return mp.fsum(pearson) / free


def check_known(problem: Problem, coef: Vector) -> None:
    values, tolerance = problem.known or ([], 0.0)
    for got, expected in zip(coef, values, strict=False):
        if abs(got - mpf(expected)) > tolerance * abs(mpf(expected)):
            raise NoMaximumError(f"published {expected}, found {decimal(got)}")


def scaled_condition(problem: Problem) -> float:
    """Return the condition number of X with columns of length 1, to two digits, in double precision."""
    x = np.column_stack(list(problem.columns.values()))
    x = x / np.abs(x).max(axis=0)
    singular = np.linalg.svd(x / np.linalg.norm(x, axis=0), compute_uv=False)
    return float(f"{singular[0] / singular[-1]:.1e}")


def solved(problem: Problem) -> dict[str, object]:
    """Return what is stored about the maximum of this problem."""
    rows = Rows.of(problem)
    point = maximise(rows, standard_start(rows))
    here = verify(rows, point)
    optimum = "unique: the log-likelihood is concave"
    if not problem.is_concave:
        count = restart(rows, point, here, stream(problem.name + " restarts"))
        optimum = f"no lower deviance from {count} other starts"
    unit = [mp.sqrt(value) for value in inverse_diagonal(here.expected)]
    phi = dispersion(rows, point, here)
    coef = [b if abs(b) > VERIFIED * scale else mpf(0) for b, scale in zip(point.coef, unit, strict=True)]
    check_known(problem, coef)
    return {
        "optimum": optimum,
        "scaled_condition": scaled_condition(problem),
        "coef": [decimal(value) for value in coef],
        "standard_error": None if phi is None else [decimal(mp.sqrt(phi) * value) for value in unit],
        "dispersion": None if phi is None else decimal(phi),
        "deviance": "0" if here.perfect else decimal(point.deviance),
    }


def stored(problem: Problem) -> dict[str, object]:
    """Return the JSON document of the problem, data last."""
    document: dict[str, object] = {"name": problem.name, "why": problem.why}
    document |= {"family": problem.family, "link": problem.link}
    for key in ("alpha", "power", "link_power"):
        if getattr(problem, key) is not None:
            document[key] = float(getattr(problem, key))
    document |= {"rows": problem.rows, "names": list(problem.columns)} | solved(problem)
    ones, zeros = np.ones(problem.rows), np.zeros(problem.rows)
    document["y"] = numbers(problem.y)
    document["prior_weight"] = numbers(ones if problem.prior_weight is None else problem.prior_weight)
    document["offset"] = numbers(zeros if problem.offset is None else problem.offset)
    document["columns"] = {name: numbers(column) for name, column in problem.columns.items()}
    return document


def numbers(values: np.ndarray) -> list[float | int]:
    """Return what JSON writes and reads back without loss; whole numbers without their point."""
    return [int(value) if value == int(value) and abs(value) < 2**53 else float(value) for value in values]


def layout(document: dict[str, object]) -> str:
    """Return the JSON text with one line for each key and each column."""

    def pairs(content: dict[str, object]) -> str:
        return ",\n".join(f"{json.dumps(k)}: {json.dumps(v, allow_nan=False)}" for k, v in content.items())

    rest = {key: value for key, value in document.items() if key != "columns"}
    return "{\n" + pairs(rest) + ',\n"columns": {\n' + pairs(document["columns"]) + "\n}\n}\n"


def write(problem: Problem) -> int:
    """Write the file of the problem and return its size in bytes."""
    content = layout(stored(problem)).encode()
    suffix = ".json"
    if problem.rows >= COMPRESS_FROM:
        suffix = ".json.gz"
        packed = io.BytesIO()
        with gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=9, mtime=0) as stream_:
            stream_.write(content)
        content = packed.getvalue()
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / (problem.name + suffix)).write_bytes(content)
    return len(content)


def stream(name: str) -> np.random.Generator:
    """Return the random numbers of one problem, so that it does not depend on the others."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def significant(values: np.ndarray, digits: int = 5) -> np.ndarray:
    return np.array([float(f"{value:.{digits - 1}e}") for value in values])


def with_intercept(**columns: np.ndarray) -> dict[str, np.ndarray]:
    size = len(next(iter(columns.values())))
    return {"(Intercept)": np.ones(size), **columns}


def powers(x: np.ndarray, degree: int) -> dict[str, np.ndarray]:
    """Return the columns 1, x, ..., x^degree, each power rounded once."""
    exact = [mpf(float(value)) for value in x]
    return with_intercept(**{f"x{k}": np.array([float(value**k) for value in exact]) for k in range(1, degree + 1)})


def dummies(name: str, codes: np.ndarray) -> dict[str, np.ndarray]:
    """Return one 0/1 column for each level but the first."""
    return {f"{name}{level}": (codes == level).astype(float) for level in np.unique(codes)[1:]}


def compound_poisson(rng: np.random.Generator, mu: np.ndarray, power: float, phi: float) -> np.ndarray:
    """Draw from the Tweedie family; above power 2 a gamma variable with the same mean and variance."""
    if power > 2:
        shape = mu ** (2 - power) / phi
        return rng.gamma(shape, mu / shape)
    count = rng.poisson(mu ** (2 - power) / (phi * (2 - power)))
    shape = np.maximum(count, 1) * (2 - power) / (power - 1)
    return np.where(count > 0, rng.gamma(shape, phi * (power - 1) * mu ** (power - 1)), 0.0)


def draw(rng: np.random.Generator, problem: dict[str, object], mu: np.ndarray, phi: float) -> np.ndarray:
    """Draw the response; ``phi`` is the dispersion (the standard deviation, for the gaussian)."""
    family, weight = problem["family"], problem.get("prior_weight")
    if family == "binomial":
        trials = np.ones(len(mu)) if weight is None else np.maximum(np.floor(weight), 1)
        return rng.binomial(trials.astype(int), mu) / trials
    if family == "poisson":
        return rng.poisson(mu).astype(float)
    if family == "negative_binomial":
        return rng.poisson(mu * rng.gamma(1 / problem["alpha"], problem["alpha"], len(mu))).astype(float)
    if family == "tweedie":
        return significant(compound_poisson(rng, mu, problem["power"], phi))
    if family == "gamma":
        return significant(rng.gamma(1 / phi, mu * phi))
    if family == "inverse_gaussian":
        return significant(rng.wald(mu, 1 / phi))
    return significant(mu + phi * rng.normal(size=len(mu)), 8)


def simulated(name: str, why: str, truth: list[float], phi: float = 1.0, **rest: object) -> Problem:
    """Draw y from the model with the coefficients ``truth``; ``rest`` are the other fields of the problem."""
    eta = np.column_stack(list(rest["columns"].values())) @ np.array(truth, float)
    if rest.get("offset") is not None:
        eta = eta + rest["offset"]
    link = link_of(rest["link"], rest.get("link_power"))
    with mp.workdps(20):
        mu = np.array([float(link.mean(mpf(float(value)))) for value in eta])
    return Problem(name=name, why=why, y=draw(stream(name + " y"), rest, mu, phi), **rest)


PAIRS = {
    "binomial": (["logit", "probit", "cloglog", "loglog", "cauchit", "log", "identity"], (0.08, 0.75)),
    "poisson": (["log", "identity", "sqrt", "power"], (0.8, 11.0)),
    "negative_binomial": (["log", "identity", "sqrt", "power"], (0.8, 11.0)),
    "gamma": (["log", "identity", "inverse", "inverse_squared", "sqrt", "power"], (0.5, 4.0)),
    "inverse_gaussian": (["log", "identity", "inverse", "inverse_squared", "sqrt", "power"], (0.5, 4.0)),
    "tweedie": (["log", "identity", "inverse", "inverse_squared", "sqrt", "power"], (0.8, 5.0)),
    "gaussian": (["identity", "log", "inverse", "sqrt", "power"], (2.0, 9.0)),
}
PAIR_PARAMETERS = {
    "negative_binomial": [{"alpha": 0.4}, {"alpha": 1.7}],
    "tweedie": [{"power": 1.5}, {"power": 2.5}],
}
PAIR_DISPERSION = {"gaussian": 0.6, "gamma": 0.25, "inverse_gaussian": 0.15, "tweedie": 0.3}
PAIR_LINK_POWERS = (1 / 3, -1.5)


def between(link: Link, ends: tuple[float, float]) -> tuple[float, float]:
    """Return the linear predictor at the first mean and its rise to the second."""
    low, high = (float(link.eta(mpf(mean))) for mean in ends)
    return low, high - low


def pairs() -> Iterator[Problem]:
    """Every sensible family and link: once plain and small, once with prior weights and an offset."""
    for family, (links, ends_of_family) in PAIRS.items():
        plain, weighted = PAIR_PARAMETERS.get(family, [{}, {}])
        for link in links:
            ends = (0.05, 0.5) if link == "log" and family == "binomial" else ends_of_family
            powers_ = PAIR_LINK_POWERS if link == "power" else (None, None)
            yield pair(family, link, ends, 48, link_power=powers_[0], **plain)
            power = 0.75 if family in ("poisson", "negative_binomial") and powers_[1] else powers_[1]
            yield pair(family, link, ends, 120, link_power=power, **weighted)


def pair(family: str, link: str, ends: tuple[float, float], rows: int, **rest: float | None) -> Problem:
    is_weighted = rows > 100
    name = f"{family}_{link}_{'weighted' if is_weighted else 'plain'}"
    rng = stream(name)
    low, rise = between(link_of(link, rest["link_power"]), ends)
    x, z = np.round(rng.uniform(size=(2, rows)), 3)
    group = rng.permutation(np.arange(rows) % 2).astype(float)
    if is_weighted:
        whole = family == "binomial"
        rest["prior_weight"] = np.round(rng.uniform(0.3, 6.0, rows), 2) + (0.5 if whole else 0)
        rest["offset"] = np.round(rise * rng.uniform(0.0, 0.1, rows), 4)
    return simulated(
        name,
        "every sensible pair once" + (", with non-integer prior weights and an offset" if is_weighted else ""),
        [low, 0.4 * rise, 0.3 * rise, 0.2 * rise],
        PAIR_DISPERSION.get(family, 1.0),
        family=family,
        link=link,
        columns=with_intercept(x=x, z=z, group=group),
        **rest,
    )


def primes() -> Iterator[Problem]:
    columns = with_intercept(x=np.array([2, 3, 5, 7, 11, 13.0]))
    known = (["-3.5490706728012983425", "0.55177592083894914154"], 1e-19)
    for link in ("logit", "probit", "cloglog", "loglog", "cauchit"):
        yield Problem(
            name=f"primes_{link}",
            why="six rows; overlap rests on two of them",
            family="binomial",
            link=link,
            columns=columns,
            y=np.array([0, 0, 1, 0, 1, 1.0]),
            known=known if link == "logit" else None,
        )


def published() -> Iterator[Problem]:
    """Small data sets from the literature."""
    dose = np.array([1.6907, 1.7242, 1.7552, 1.7842, 1.8113, 1.8369, 1.8610, 1.8839])
    trials = np.array([59, 60, 62, 56, 63, 59, 62, 60.0])
    killed = np.array([6, 13, 18, 28, 52, 53, 61, 60.0])
    beetles = {
        "logit": ["-60.717", "34.270"],
        "probit": ["-34.935", "19.728"],
        "cloglog": ["-39.572", "22.041"],
    }
    for link in ("logit", "probit", "cloglog", "loglog", "cauchit"):
        yield Problem(
            name=f"beetles_{link}",
            why="grouped binomial (Bliss 1935), one proportion is exactly 1",
            family="binomial",
            link=link,
            columns=with_intercept(dose=dose),
            y=killed / trials,
            prior_weight=trials,
            known=(beetles[link], 5e-5) if link in beetles else None,
        )
    yield challenger()
    yield from clotting()
    outcome, treatment = np.tile([1, 2, 3], 3), np.repeat([1, 2, 3], 3)
    yield Problem(
        name="dobson_counts",
        why="two factors; two coefficients are exactly zero",
        family="poisson",
        link="log",
        columns=with_intercept(**dummies("outcome", outcome), **dummies("treatment", treatment)),
        y=np.array([18, 17, 15, 20, 10, 20, 25, 13, 12.0]),
        known=(["3.044522", "-0.4542553", "-0.2929871", "0", "0"], 1e-6),
    )


def challenger() -> Problem:
    degrees = "66 70 69 68 67 72 73 70 57 63 70 78 67 53 67 75 70 81 76 79 75 76 58"
    return Problem(
        name="challenger",
        why="23 rows of 0 and 1, column far from zero",
        family="binomial",
        link="logit",
        columns=with_intercept(temperature=np.array(degrees.split(), float)),
        y=np.array([float(c) for c in "01000000111001000000101"]),
        known=(["15.0429", "-0.232163"], 1e-5),
    )


def clotting() -> Iterator[Problem]:
    u = np.array([5, 10, 15, 20, 30, 40, 60, 80, 100.0])
    lots = {"lot1": "118 58 42 35 27 25 21 19 18", "lot2": "69 35 26 21 18 16 13 12 12"}
    for lot, times in lots.items():
        for family, link in (
            ("gamma", "inverse"),
            ("inverse_gaussian", "inverse_squared"),
            ("gaussian", "inverse"),
        ):
            yield Problem(
                name=f"clotting_{lot}_{family}",
                why="nine rows (McCullagh and Nelder 1989), eta close to the edge of its domain",
                family=family,
                link=link,
                columns=with_intercept(log_u=np.array([float(mp.log(value)) for value in u])),
                y=np.array(times.split(), float),
                known=(["-0.01655438", "0.01534311"], 1e-6) if (lot, family) == ("lot1", "gamma") else None,
            )


NORRIS = """
0.1 0.2 338.8 337.4 118.1 118.2 888.0 884.6 9.2 10.1 228.1 226.5 668.5 666.3 998.5 996.3 449.1 448.6 778.9
777.0 559.2 558.2 0.3 0.4 0.1 0.6 778.1 775.5 668.8 666.9 339.3 338.0 448.9 447.5 10.8 11.6 557.7 556.0 228.3
228.1 998.0 995.8 888.8 887.6 119.6 120.2 0.3 0.3 0.6 0.3 557.6 556.8 339.3 339.1 888.0 887.2 998.5 999.0
778.9 779.0 10.2 11.1 117.6 118.3 228.9 229.2 668.4 669.1 449.2 448.9 0.2 0.5"""
PONTIUS_Y = """
.11019 .21956 .32949 .43899 .54803 .65694 .76562 .87487 .98292 1.09146 1.20001 1.30822 1.41599 1.52399 1.63194
1.73947 1.84646 1.95392 2.06128 2.16844 .11052 .22018 .32939 .43886 .54798 .65739 .76596 .87474 .98300 1.09150
1.20004 1.30818 1.41613 1.52408 1.63159 1.73965 1.84696 1.95445 2.06177 2.16829"""
LONGLEY = """
60323 83.0 234289 2356 1590 107608 1947 61122 88.5 259426 2325 1456 108632 1948 60171 88.2 258054 3682 1616
109773 1949 61187 89.5 284599 3351 1650 110929 1950 63221 96.2 328975 2099 3099 112075 1951 63639 98.1 346999
1932 3594 113270 1952 64989 99.0 365385 1870 3547 115094 1953 63761 100.0 363112 3578 3350 116219 1954 66019
101.2 397469 2904 3048 117388 1955 67857 104.6 419180 2822 2857 118734 1956 68169 108.4 442769 2936 2798
120445 1957 66513 110.8 444546 4681 2637 121950 1958 68655 112.6 482704 3813 2552 123366 1959 69564 114.2
502601 3931 2514 125368 1960 69331 115.7 518173 4806 2572 127852 1961 70551 116.9 554894 4007 2827
130081 1962"""
FILIP_X = """
-6.860120914 -4.324130045 -4.358625055 -4.358426747 -6.955852379 -6.661145254 -6.355462942 -6.118102026
-7.115148017 -6.815308569 -6.519993057 -6.204119983 -5.853871964 -6.109523091 -5.79832982 -5.482672118
-5.171791386 -4.851705903 -4.517126416 -4.143573228 -3.709075441 -3.499489089 -6.300769497 -5.953504836
-5.642065153 -5.031376979 -4.680685696 -4.329846955 -3.928486195 -8.56735134 -8.363211311 -8.107682739
-7.823908741 -7.522878745 -7.218819279 -6.920818754 -6.628932138 -6.323946875 -5.991399828 -8.781464495
-8.663140179 -8.473531488 -8.247337057 -7.971428747 -7.676129393 -7.352812702 -7.072065318 -6.774174009
-6.478861916 -6.159517513 -6.835647144 -6.53165267 -6.224098421 -5.910094889 -5.598599459 -5.290645224
-4.974284616 -4.64454848 -4.290560426 -3.885055584 -3.408378962 -3.13200249 -8.726767166 -8.66695597
-8.511026475 -8.165388579 -7.886056648 -7.588043762 -7.283412422 -6.995678626 -6.691862621 -6.392544977
-6.067374056 -6.684029655 -6.378719832 -6.065855188 -5.752272167 -5.132414673 -4.811352704 -4.098269308
-3.66174277 -3.2644011"""
FILIP_Y = """
0.8116 0.9072 0.9052 0.9039 0.8053 0.8377 0.8667 0.8809 0.7975 0.8162 0.8515 0.8766 0.8885 0.8859 0.8959
0.8913 0.8959 0.8971 0.9021 0.909 0.9139 0.9199 0.8692 0.8872 0.89 0.891 0.8977 0.9035 0.9078 0.7675 0.7705
0.7713 0.7736 0.7775 0.7841 0.7971 0.8329 0.8641 0.8804 0.7668 0.7633 0.7678 0.7697 0.77 0.7749 0.7796 0.7897
0.8131 0.8498 0.8741 0.8061 0.846 0.8751 0.8856 0.8919 0.8934 0.894 0.8957 0.9047 0.9129 0.9209 0.9219 0.7739
0.7681 0.7665 0.7703 0.7702 0.7761 0.7809 0.7961 0.8253 0.8602 0.8809 0.8301 0.8664 0.8834 0.8898 0.8964
0.8963 0.9074 0.9119 0.9228"""
FILIP_COEF = """
-1467.48961422980 -2772.17959193342 -2316.37108160893 -1127.97394098372 -354.478233703349 -75.1242017393757
-10.8753180355343 -1.06221498588947 -0.670191154593408e-1 -0.246781078275479e-2 -0.402962525080404e-4"""
LONGLEY_COEF = """
-3482258.63459582 15.0618722713733 -0.358191792925910e-1 -2.02022980381683 -1.03322686717359
-0.511041056535807e-1 1829.15146461355"""


def table(text: str) -> np.ndarray:
    return np.array(text.split(), float)


def least_squares(
    name: str, why: str, columns: dict, y: np.ndarray, known: str = "", tolerance: float = 1e-13
) -> Problem:
    certified = (known.split(), tolerance) if known else None
    return Problem(f"nist_{name}", why, "gaussian", "identity", columns, y, known=certified)


def nist() -> Iterator[Problem]:
    """Linear regression from the NIST Statistical Reference Datasets, checked against what they certify."""
    y, x = table(NORRIS).reshape(-1, 2).T
    yield least_squares("norris", "NIST, easy", with_intercept(x=x), y, "-0.262323073774029 1.00211681802045")
    x = np.tile(np.arange(1, 21) * 150000.0, 2)
    certified = "0.673565789473684e-3 0.732059160401003e-6 -0.316081871345029e-14"
    yield least_squares("pontius", "NIST, columns 1, 1e6 and 1e13", powers(x, 2), table(PONTIUS_Y), certified)
    y, *columns = table(LONGLEY).reshape(-1, 7).T
    names = ["deflator", "gnp", "unemployed", "army", "population", "year"]
    longley = with_intercept(**dict(zip(names, columns, strict=True)))
    yield least_squares("longley", "NIST, collinear columns", longley, y, LONGLEY_COEF)
    x = {"x": np.arange(60, 71.0)}
    yield least_squares("noint1", "NIST, no intercept", x, np.arange(130, 141.0), "2.07438016528926")
    x, y = {"x": np.array([4, 5, 6.0])}, np.array([3, 4, 4.0])
    yield least_squares("noint2", "NIST, no intercept, three rows", x, y, "0.727272727272727")
    filip = powers(table(FILIP_X), 10)
    why = "NIST, degree 10; rounding the powers to doubles moves the certified values in the 7th digit"
    yield least_squares("filip", why, filip, table(FILIP_Y), FILIP_COEF, 1e-6)
    x = np.arange(21.0)
    noise = table("759 -2048 2048 -2048 2523 -2048 2048 -2048 1838 -2048 2048")
    noise = np.concatenate([noise, noise[-2::-1]])
    smooth = sum(x**k for k in range(6))
    small = np.array([float(sum(mpf(int(v)) ** k / mpf(10) ** k for k in range(6))) for v in x])
    ones, tenths = "1 1 1 1 1 1", "1 0.1 0.01 0.001 0.0001 0.00001"
    yield least_squares("wampler1", "NIST, perfect fit, coefficients exactly 1", powers(x, 5), smooth, ones)
    yield least_squares("wampler2", "NIST, perfect fit but for rounding of y", powers(x, 5), small, tenths, 1e-9)
    for number, factor in ((3, 1), (4, 100), (5, 10_000)):
        why = f"NIST, coefficients 1 and residuals around {2000 * factor:,}"
        yield least_squares(f"wampler{number}", why, powers(x, 5), smooth + factor * noise, ones)


SCALED = [
    ("binomial", "logit", [0.3, 0.9, -0.7], 1.0),
    ("binomial", "probit", [0.2, 0.6, -0.4], 1.0),
    ("poisson", "log", [1.0, 0.5, 0.3], 1.0),
    ("gamma", "log", [-0.5, 0.4, -0.6], 0.5),
    ("gamma", "inverse", [5.0, 0.6, 0.5], 0.2),
    ("gaussian", "identity", [2.0, -1.0, 0.5], 1.0),
]


def scales() -> Iterator[Problem]:
    for family, link, truth, phi in SCALED:
        name = f"scales_{family}_{link}"
        x, z = np.round(np.clip(stream(name).normal(size=(2, 80)), -3, 3), 3)
        a, b, c = truth
        yield simulated(
            name,
            "columns of size 1e-8 and 1e8",
            [a, b * 1e8, c * 1e-8],
            phi,
            family=family,
            link=link,
            columns=with_intercept(tiny=x * 1e-8, huge=z * 1e8),
        )


CENTRES = [
    ("binomial", "logit", 0.06, 0.2, 1.0),
    ("binomial", "cloglog", 0.04, -0.5, 1.0),
    ("poisson", "log", 0.02, 1.5, 1.0),
    ("gamma", "log", -0.015, 0.5, 0.3),
    ("negative_binomial", "log", 0.02, 1.5, 1.0),
    ("gaussian", "log", 0.02, 1.5, 0.2),
]


def centres() -> Iterator[Problem]:
    """Years, and numbers near a million and a hundred million."""
    for family, link, slope, middle, phi in CENTRES:
        alpha = {"alpha": 0.3} if family == "negative_binomial" else {}
        for kind in ("year", "million"):
            name = f"{kind}_{family}_{link}"
            rng = stream(name)
            x = np.arange(1947, 2024.0) if kind == "year" else np.round(1e6 + 20 * rng.normal(size=90), 2)
            yield simulated(
                name,
                f"column far off centre: {'1947 to 2023' if kind == 'year' else '1e6 and noise of 20'}",
                [middle - slope * float(np.round(x.mean())), slope],
                phi,
                family=family,
                link=link,
                columns=with_intercept(x=x),
                **alpha,
            )
    x = np.arange(1947, 2024.0)
    y = significant(200 + 0.01 * (x - 1980) ** 2 + stream("year_squared").normal(size=len(x)))
    why = "year and its square, far off centre"
    yield Problem("year_squared", why, "gaussian", "identity", powers(x, 2), y)
    rng = stream("hundred_million")
    columns = with_intercept(x=1e8 + np.round(3 * rng.normal(size=60), 2))
    yield simulated(
        "hundred_million",
        "column is 1e8 and noise of 3",
        [-0.4e8, 0.4],
        family="binomial",
        link="logit",
        columns=columns,
    )


COLLINEAR = [
    ("binomial", "logit", [0.2, 0.8, -0.1], 1.0),
    ("binomial", "probit", [0.1, 0.5, 0.2], 1.0),
    ("binomial", "cloglog", [-0.5, 0.5, 0.2], 1.0),
    ("poisson", "log", [1.0, 0.2, 0.2], 1.0),
    ("negative_binomial", "log", [1.5, 0.2, 0.2], 1.0),
    ("gamma", "log", [0.5, 0.2, 0.2], 0.4),
    ("inverse_gaussian", "log", [0.5, 0.1, 0.1], 0.2),
    ("gaussian", "identity", [0.5, 0.2, 0.2], 1.0),
]


def collinear() -> Iterator[Problem]:
    for family, link, truth, phi in COLLINEAR:
        name = f"collinear_{family}_{link}"
        x, z = stream(name).normal(size=(2, 100))
        yield simulated(
            name,
            "two columns differ by one millionth; doubles with all their digits",
            truth,
            phi,
            family=family,
            link=link,
            columns=with_intercept(x=x, almost_x=x + 2e-6 * z),
            **({"alpha": 0.5} if family == "negative_binomial" else {}),
        )


POLYNOMIALS = [
    ("binomial", "logit", 5, 0.0, 20.0, (-2.0, 2.0), 1.0),
    ("binomial", "probit", 7, -2.0, 2.0, (-1.2, 1.2), 1.0),
    ("binomial", "cloglog", 6, 0.0, 3.0, (-1.5, 0.8), 1.0),
    ("poisson", "log", 6, 0.0, 10.0, (0.5, 3.5), 1.0),
    ("poisson", "log", 8, 1.0, 5.0, (1.0, 5.0), 1.0),
    ("gamma", "log", 5, 0.0, 30.0, (-1.0, 2.0), 0.1),
    ("gamma", "inverse", 5, 0.0, 4.0, (1.0, 3.0), 0.02),
    ("gaussian", "identity", 8, 0.0, 20.0, (-3.0, 3.0), 0.5),
    ("gaussian", "log", 5, 0.0, 5.0, (1.0, 3.0), 0.1),
]


def polynomials() -> Iterator[Problem]:
    for family, link, degree, start, stop, (low, high), phi in POLYNOMIALS:
        name = f"polynomial{degree}_{family}_{link}"
        x = np.linspace(start, stop, 101)
        turn = np.array([float(mp.sin(6 * (v - start) / (stop - start))) for v in x])
        with mp.workdps(20):
            mean = LINKS[link].mean
            mu = np.array([float(mean(mpf(float((low + high) / 2 + (high - low) / 2 * t)))) for t in turn])
        field = {"family": family, "link": link, "columns": powers(x, degree)}
        if family == "binomial":
            field["prior_weight"] = np.full(101, 3.0)
        y = draw(stream(name + " y"), field, mu, phi)
        yield Problem(name=name, why=f"raw powers up to {degree} of {start:g} to {stop:g}", y=y, **field)


def sizes_of_counts() -> Iterator[Problem]:
    """Very large and very small means."""
    for size, tag in ((1e6, "1e6"), (1e9, "1e9")):
        for link in ("log", "identity", "sqrt"):
            name = f"poisson_{link}_{tag}"
            x = np.round(stream(name).uniform(size=60), 3)
            low, rise = between(LINKS[link], (size, 3 * size))
            columns, why = with_intercept(x=x), f"counts around {tag}"
            yield simulated(name, why, [low, rise], family="poisson", link=link, columns=columns)
    for family, link, phi in (
        ("gamma", "log", 0.3),
        ("gamma", "identity", 0.05),
        ("inverse_gaussian", "log", 500.0),
        ("gaussian", "log", 1e-5),
    ):
        name = f"tiny_{family}_{link}"
        x = np.round(stream(name).uniform(size=60), 3)
        truth = between(LINKS[link], (1e-4, 4e-4))
        columns, why = with_intercept(x=x), "means of 1e-4"
        yield simulated(name, why, truth, phi, family=family, link=link, columns=columns)
    for link in ("log", "identity"):
        name = f"rates_poisson_{link}"
        rng = stream(name)
        x = np.round(rng.uniform(size=60), 3)
        exposure = np.round(rng.uniform(1e4, 2e5, 60))
        low, rise = between(LINKS[link], (1e-4, 4e-4))
        mean = np.exp(low + rise * x) if link == "log" else low + rise * x
        y = rng.poisson(exposure * mean) / exposure
        why = "counts given as rates of 1e-4 with the exposure as prior weight"
        yield Problem(name, why, "poisson", link, with_intercept(x=x), y, prior_weight=exposure)


TAILS = [
    ("binomial", "logit", -27.0, 27.0, None),
    ("binomial", "probit", -7.0, 7.0, None),
    ("binomial", "cloglog", -27.0, 3.5, None),
    ("binomial", "loglog", -3.5, 27.0, None),
    ("binomial", "cauchit", -1e6, 1e6, None),
    ("binomial", "logit", -27.0, 27.0, 1e6),
    ("binomial", "probit", -7.0, 7.0, 1e6),
    ("binomial", "cloglog", -27.0, 3.5, 1e6),
    ("binomial", "log", -27.0, -0.05, 1e6),
    ("poisson", "log", -25.0, 12.0, None),
    ("gamma", "log", -60.0, 60.0, None),
    ("negative_binomial", "log", -20.0, 15.0, None),
]


def tails() -> Iterator[Problem]:
    """Linear predictors that run far into both tails."""
    for family, link, low, high, trials in TAILS:
        name = f"tails_{family}_{link}" + ("_grouped" if trials else "")
        eta = np.sort(np.round(stream(name).uniform(low, high, 200), 2))
        if link == "cauchit":
            eta = np.round(np.sign(eta) * np.logspace(-1, 6, 200), 3)
        weight = {"prior_weight": np.full(200, trials)} if trials else {}
        yield simulated(
            name,
            f"linear predictor from {low:g} to {high:g}" + (", a million trials a row" if trials else ""),
            [0.0, 1.0],
            0.5,
            family=family,
            link=link,
            columns=with_intercept(x=eta),
            **weight,
            **({"alpha": 0.5} if family == "negative_binomial" else {}),
        )


HEAVY = [
    ("binomial", "logit", [0.2, 0.4], 1.0),
    ("binomial", "probit", [0.0, 0.2], 1.0),
    ("binomial", "cauchit", [0.1, 0.5], 1.0),
    ("poisson", "log", [1.0, 0.0005], 1.0),
    ("gamma", "log", [0.5, 0.001], 0.5),
    ("gaussian", "identity", [1.0, 0.5], 1.0),
]


def heavy_tails() -> Iterator[Problem]:
    for family, link, truth, phi in HEAVY:
        name = f"cauchy_{family}_{link}"
        columns = with_intercept(x=np.round(stream(name).standard_cauchy(150), 4))
        why = "Cauchy distributed column: a few rows have all the leverage"
        yield simulated(name, why, truth, phi, family=family, link=link, columns=columns)


def nearly_separated() -> Iterator[Problem]:
    """Binomials that one row keeps from being separated."""
    x = np.arange(1, 21.0)
    for gap in (1e-1, 1e-4, 1e-8):
        for link in ("logit", "probit", "cloglog", "loglog", "cauchit"):
            close = x.copy()
            close[10] = close[9] + gap
            y = (x > 10).astype(float)
            y[[9, 10]] = 1, 0
            why = f"overlap of two rows that are {gap:g} apart: steep but finite"
            name = f"overlap_{gap:.0e}_{link}".replace("e-0", "e-")
            yield Problem(name, why, "binomial", link, with_intercept(x=close), y)
    for link in ("logit", "probit"):
        name = f"overlap_plane_{link}"
        x, z = np.round(stream(name).normal(size=(2, 60)), 3)
        y = (x + 0.5 * z > 0.1).astype(float)
        wrong = np.argsort(np.abs(x + 0.5 * z - 0.1))[6]
        y[wrong] = 1 - y[wrong]
        yield Problem(
            name, "60 rows in the plane, one on the wrong side", "binomial", link, with_intercept(x=x, z=z), y
        )


def saturated() -> Iterator[Problem]:
    """As many coefficients as rows, or one fewer."""
    x, z = np.array([0, 1, 2, 3.0]), np.array([1, 0, 0, 1.0])
    three = with_intercept(x=x, z=z)
    yield Problem(
        "saturated_poisson",
        "perfect fit, deviance 0",
        "poisson",
        "log",
        powers(x[:3], 2),
        np.array([3, 7, 2.0]),
    )
    trials = np.array([5, 8, 9, 4.0])
    y = np.array([2, 3, 7, 1.0]) / trials
    for link in ("logit", "cauchit"):
        why = "four rows, three coefficients"
        yield Problem(f"almost_saturated_{link}", why, "binomial", link, three, y, prior_weight=trials)
    for family, link in (
        ("gamma", "log"),
        ("gamma", "inverse"),
        ("inverse_gaussian", "log"),
        ("gaussian", "log"),
    ):
        name, y = f"almost_saturated_{family}_{link}", np.array([1.5, 2.25, 4.0, 3.5])
        yield Problem(name, "four rows, three coefficients", family, link, three, y)
    for family, link in (
        ("binomial", "logit"),
        ("poisson", "log"),
        ("gamma", "log"),
        ("gaussian", "identity"),
    ):
        y = np.array([0, 1, 1, 0, 1, 1, 0.0]) if family == "binomial" else np.array([1, 4, 2, 2, 6, 3, 1.0])
        columns = {"(Intercept)": np.ones(7)}
        yield Problem(f"intercept_only_{family}", "the mean and nothing else", family, link, columns, y)


NO_INTERCEPT = [
    ("binomial", "logit", [0.8, -0.5], 1.0),
    ("binomial", "probit", [0.5, -0.3], 1.0),
    ("binomial", "cloglog", [0.3, -0.4], 1.0),
    ("poisson", "identity", [3.0, 2.0], 1.0),
    ("poisson", "log", [0.5, 0.4], 1.0),
    ("gamma", "inverse", [0.5, 0.3], 0.2),
    ("inverse_gaussian", "inverse_squared", [0.5, 0.3], 0.1),
]


def no_intercept() -> Iterator[Problem]:
    for family, link, truth, phi in NO_INTERCEPT:
        name = f"no_intercept_{family}_{link}"
        x, z = np.round(stream(name).uniform(0.2, 2.0, size=(2, 60)), 3)
        columns = {"x": x, "z": z}
        yield simulated(name, "no intercept", truth, phi, family=family, link=link, columns=columns)


def dispersions() -> Iterator[Problem]:
    """Extreme dispersion, extreme alpha, and Tweedie powers at the ends of their ranges."""
    cases = [
        ("gamma_wild", "shape 1/20: responses over many orders of magnitude", "gamma", 20.0, {}),
        ("gamma_calm", "shape 10,000", "gamma", 1e-4, {}),
        ("inverse_gaussian_wild", "dispersion 20", "inverse_gaussian", 20.0, {}),
        ("inverse_gaussian_calm", "dispersion 1e-5", "inverse_gaussian", 1e-5, {}),
        (
            "negative_binomial_poisson",
            "alpha 1e-6, almost Poisson",
            "negative_binomial",
            1.0,
            {"alpha": 1e-6},
        ),
        ("negative_binomial_wild", "alpha 20", "negative_binomial", 1.0, {"alpha": 20.0}),
        ("tweedie_low", "power 1.01", "tweedie", 1.0, {"power": 1.01}),
        ("tweedie_high", "power 1.99", "tweedie", 1.0, {"power": 1.99}),
        ("tweedie_zeros", "most responses exactly zero", "tweedie", 5.0, {"power": 1.6}),
        ("tweedie_cubic", "power 3, the inverse gaussian by another name", "tweedie", 0.2, {"power": 3.0}),
    ]
    for name, why, family, phi, rest in cases:
        x, z = np.round(stream(name).normal(size=(2, 120)), 3)
        columns, truth = with_intercept(x=x, z=z), [0.4, 0.5, -0.3]
        yield simulated(name, why, truth, phi, family=family, link="log", columns=columns, **rest)


def factors() -> Iterator[Problem]:
    """Many dummy columns with few rows each."""
    for family, link, low, high, phi in (
        ("binomial", "logit", -0.7, 0.7, 1.0),
        ("binomial", "probit", -0.4, 0.4, 1.0),
        ("poisson", "log", 0.7, 2.0, 1.0),
        ("gamma", "inverse", 0.6, 1.4, 0.2),
        ("gaussian", "identity", -1.0, 1.0, 1.0),
    ):
        name = f"factors_{family}_{link}"
        rng = stream(name)
        columns = with_intercept(**dummies("a", np.arange(64) % 8 + 1), **dummies("b", np.arange(64) // 8 % 4 + 1))
        levels = rng.uniform(low, high, size=len(columns) - 1) / 2
        why = "two factors of 8 and 4 levels, 64 rows"
        truth = [(low + high) / 2, *levels]
        yield simulated(name, why, truth, phi, family=family, link=link, columns=columns)


def offsets_and_weights() -> Iterator[Problem]:
    rng = stream("offsets_and_weights")
    x, z = np.round(rng.normal(size=(2, 100)), 3)
    columns = with_intercept(x=x, z=z)
    exposure = np.array([float(mp.log(value)) for value in np.round(rng.uniform(1, 5e4, 100))])
    why = "logarithm of the exposure as offset"
    rest = {"family": "poisson", "link": "log", "columns": columns, "offset": exposure}
    yield simulated("exposure_poisson", why, [-5.0, 0.4, -0.2], **rest)
    rest |= {"family": "negative_binomial", "alpha": 0.8}
    yield simulated("exposure_negative_binomial", why, [-5.0, 0.4, -0.2], **rest)
    wide = np.round(rng.uniform(-20, 20, 100), 3)
    for link in ("logit", "probit", "cloglog"):
        offset = wide if link == "logit" else np.round(wide / 8, 3)
        rest = {"family": "binomial", "link": link, "columns": columns, "offset": offset}
        yield simulated(f"wide_offset_{link}", f"offset up to {abs(offset).max():g}", [0.2, 0.9, -0.5], **rest)
    weight = significant(10.0 ** rng.uniform(-6, 6, 100), 3)
    for family, link in (("gamma", "log"), ("gaussian", "identity"), ("poisson", "log")):
        rest = {"family": family, "link": link, "columns": columns, "prior_weight": weight}
        why = "prior weights from 1e-6 to 1e6"
        yield simulated(f"wide_weights_{family}", why, [0.5, 0.3, -0.2], 0.5, **rest)
    rest = {"family": "binomial", "link": "logit", "columns": columns}
    plain = simulated("case_weights", "", [0.2, 0.7, -0.5], **rest)
    weight = np.round(rng.uniform(0.05, 3.0, 100), 2)
    why = "responses 0 and 1 with non-integer prior weights"
    yield Problem(name="case_weights_logit", why=why, y=plain.y, prior_weight=weight, **rest)


def grouped() -> Iterator[Problem]:
    """Binomials with many trials a row."""
    for link, (low, high) in (
        ("logit", (0.05, 0.9)),
        ("probit", (0.05, 0.9)),
        ("cloglog", (0.05, 0.9)),
        ("cauchit", (0.05, 0.9)),
        ("identity", (0.05, 0.9)),
        ("log", (1e-6, 1e-4)),
        ("loglog", (1e-5, 1e-2)),
    ):
        name = f"million_trials_{link}"
        rng = stream(name)
        a, rise = between(LINKS[link], (low, high))
        columns = with_intercept(x=np.round(rng.uniform(size=40), 3))
        trials = np.round(10.0 ** rng.uniform(3, 6, 40))
        why = f"up to a million trials a row, means {low:g} to {high:g}"
        yield simulated(name, why, [a, rise], family="binomial", link=link, columns=columns, prior_weight=trials)


def edges() -> Iterator[Problem]:
    """Fits that come close to the edge of the domain, and other shapes of difficulty."""
    x = np.arange(1, 41.0)
    for link, ends in (("log", (0.05, 0.9)), ("identity", (0.02, 0.98))):
        a, rise = between(LINKS[link], ends)
        rest = {
            "family": "binomial",
            "link": link,
            "columns": with_intercept(x=x / 40),
            "prior_weight": np.full(40, 25.0),
        }
        yield simulated(f"edge_binomial_{link}", f"means {ends[0]:g} to {ends[1]:g}", [a, rise], **rest)
    rest = {"family": "poisson", "link": "identity", "columns": with_intercept(x=x)}
    yield simulated("edge_poisson_identity", "smallest mean 0.1", [-0.2, 0.3], **rest)
    rest = {"family": "gamma", "link": "inverse", "columns": with_intercept(x=x)}
    yield simulated("edge_gamma_inverse", "means 0.1 to 20", [-0.2, 0.25], 0.1, **rest)
    columns = with_intercept(x=np.append(np.round(stream("leverage").uniform(size=59), 3), 1e4))
    rest = {"family": "poisson", "link": "log", "columns": columns}
    yield simulated("leverage", "one row ten thousand times as far out as the others", [1.0, 1e-4], **rest)
    for family, size in (("gaussian", 1e12), ("gaussian", 1e-12), ("gamma", 1e12), ("gamma", 1e-12)):
        name = f"response_{size:.0e}_{family}".replace("+", "")
        z = np.round(stream(name).uniform(size=50), 3)
        truth, link = ([size, size], "identity") if family == "gaussian" else ([1 / size, 1 / size], "inverse")
        phi = size / 10 if family == "gaussian" else 0.1
        rest = {"family": family, "link": link, "columns": with_intercept(x=z)}
        yield simulated(name, f"responses around {size:g}", truth, phi, **rest)


def large() -> Iterator[Problem]:
    """Thousands of rows: rare events, and one plain count model."""
    for link, family, intercept in (
        ("logit", "binomial", -8.5),
        ("cloglog", "binomial", -8.5),
        ("log", "binomial", -8.5),
        ("log", "poisson", -8.5),
    ):
        name = f"rare_{family}_{link}"
        rng = stream(name)
        columns = with_intercept(x=np.round(rng.normal(size=10_000), 1), z=np.round(rng.uniform(size=10_000), 1))
        truth = [intercept, 0.8, 0.9]
        yield simulated(name, "a handful of events in 10,000 rows", truth, family=family, link=link, columns=columns)
    name = "wide_poisson"
    rng = stream(name)
    columns = with_intercept(**{f"x{k}": np.round(rng.normal(size=4_000), 1) for k in range(5)})
    why, truth = "4,000 rows, six columns", [1.0, 0.3, -0.2, 0.1, 0.0, 0.2]
    yield simulated(name, why, truth, family="poisson", link="log", columns=columns)
    name = "wide_logit"
    x = np.round(stream(name).normal(size=(11, 400)), 2)
    columns = with_intercept(**{f"x{k}": column for k, column in enumerate(x)})
    truth = [0.3, *np.linspace(-0.6, 0.6, 11)]
    yield simulated(name, "400 rows, twelve columns", truth, family="binomial", link="logit", columns=columns)


GROUPS = (
    pairs,
    primes,
    published,
    nist,
    scales,
    centres,
    collinear,
    polynomials,
    sizes_of_counts,
    tails,
    heavy_tails,
    nearly_separated,
    saturated,
    no_intercept,
    dispersions,
    factors,
    offsets_and_weights,
    grouped,
    edges,
    large,
)


def main() -> int:
    """Write the chosen problems; return 1 if one of them has no verified maximum."""
    parser = argparse.ArgumentParser(description="Write the high-precision reference problems.")
    parser.add_argument("--only", metavar="NAME", help="write this problem only")
    only = parser.parse_args().only
    chosen = [problem for group in GROUPS for problem in group() if only in (None, problem.name)]
    if not chosen:
        sys.stderr.write(f"no problem is called {only}\n")
        return 1
    for path in FOLDER.glob("*.json*"):
        if not only and path.name.split(".")[0] not in {problem.name for problem in chosen}:
            path.unlink()
    failed = 0
    for problem in chosen:
        began = time.perf_counter()
        try:
            outcome = f"{write(problem):8,d} bytes"
        except NoMaximumError as error:
            failed += 1
            outcome = f"FAILED: {error}"
        sys.stdout.write(f"{problem.name:45s} {time.perf_counter() - began:7.2f} s {outcome}\n")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
