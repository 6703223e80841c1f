"""Every interval of the verifier holds what mpmath finds with 80 digits, and is not needlessly wide."""

import random
from decimal import Decimal
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
from scipy.interpolate import BSpline

from glmnn.proving import verify
from glmnn.proving.verify import Interval, number, point


@pytest.fixture(autouse=True)
def digits(monkeypatch):
    """Eighty of mpmath; forty of the verifier, whose last proof may have asked for others."""
    for context in (verify.DOWN, verify.UP):
        monkeypatch.setattr(context, "prec", 40)
    with mp.workdps(80):
        yield


LIKELIHOODS = {  # log-likelihood of a row by eta and y, as textbooks have it
    "binomial logit": lambda e, y: y * e - mp.log1p(mp.exp(e)),
    "binomial probit": lambda e, y: y * mp.log(mp.ncdf(e)) + (1 - y) * mp.log(mp.ncdf(-e)),
    "binomial cloglog": lambda e, y: y * mp.log(-mp.expm1(-mp.exp(e))) - (1 - y) * mp.exp(e),
    "binomial log": lambda e, y: y * e + (1 - y) * mp.log(-mp.expm1(e)) if y != 1 else e,
    "poisson log": lambda e, y: y * e - mp.exp(e),
    "poisson identity": lambda e, y: (y * mp.log(e) if y else 0) - e,
    "gaussian identity": lambda e, y: -((y - e) ** 2) / 2,
    "gamma log": lambda e, y: -y * mp.exp(-e) - e,
    "gamma inverse": lambda e, y: -y * e + mp.log(e),
    "inverse_gaussian inverse": lambda e, y: -y * e**2 / 2 + e,
    "inverse_gaussian inverse_squared": lambda e, y: -y * e / 2 + mp.sqrt(e),
    "negative_binomial log": lambda e, y: y * e - (y + mp.mpf(10) / 7) * mp.log1p(7 * mp.exp(e) / 10),
}
RESPONSES = {"binomial": ("0", "1", "0.25"), "gaussian": ("-3", "0", "2.5"), "poisson": ("0", "1", "7")}


def exactly(value):
    """Return a number of the verifier as one of mpmath."""
    return mp.mpf(str(value))


def holds(interval, value, slack=0):
    return exactly(interval.lo) - slack <= value <= exactly(interval.hi) + slack


def test_every_pair_is_tested():
    assert set(LIKELIHOODS) == set(verify.KINDS) - {"multinomial logit"}


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_score_and_curvature_hold_the_derivatives(name):
    rng, kind = random.Random(name), verify.KINDS[name]
    for _ in range(40):
        y = rng.choice(RESPONSES.get(name.split()[0], ("0.3", "1", "7") if kind.least else ("0", "1", "7")))
        eta = Decimal(f"{rng.uniform(-3, 3):.12g}")
        eta = {1: abs(eta) + Decimal("0.01"), -1: -abs(eta) - Decimal("0.01"), 0: eta}[kind.domain]
        reach = Decimal(rng.choice(("0", "1e-20", "1e-6", "1e-3")))
        wide = Interval(eta - reach, eta + reach)
        score, bend = kind.pair(wide, number(y), number("0.7"))
        for place in (wide.lo, eta, wide.hi):
            at = exactly(place)
            first = mp.diff(lambda e, y=y: LIKELIHOODS[name](e, mp.mpf(y)), at, h=mp.mpf("1e-25"))
            second = -mp.diff(lambda e, y=y: LIKELIHOODS[name](e, mp.mpf(y)), at, 2, h=mp.mpf("1e-20"))
            assert holds(score, first, mp.mpf("1e-38") * (1 + abs(first)) if reach == 0 else mp.mpf("1e-20"))
            assert holds(bend, second, mp.mpf("1e-30") * (1 + abs(second)) if reach else mp.mpf("1e-30"))
        if reach == 0:
            assert bend.hi - bend.lo <= Decimal("1e-30") * (1 + bend.hi)


@pytest.mark.parametrize("name", ["exp", "ln", "sqrt"])
def test_functions_are_enclosed(name):
    rng, theirs = random.Random(name), {"exp": mp.exp, "ln": mp.log, "sqrt": mp.sqrt}[name]
    for _ in range(300):
        value = Decimal(repr(rng.uniform(0, 30) * 10.0 ** rng.randint(-12, 1)))
        made = verify.function(name, point(value))
        assert holds(made, theirs(exactly(value)))
        assert made.hi - made.lo <= made.size() * Decimal("1e-38")
        short = verify.exp(Interval(value, value + Decimal("1e-5")))
        assert holds(short, mp.exp(exactly(value)))
        assert holds(short, mp.exp(exactly(value) + mp.mpf("1e-5")))


@pytest.mark.parametrize("x", ["-12", "-3.5", "-1e-9", "0", "0.3", "5", "9.75"])
def test_the_tail_of_the_normal_is_enclosed(x):
    assert holds(verify.tail(Decimal(x)), mp.npdf(mp.mpf(x)) / mp.ncdf(mp.mpf(x)))


def test_arithmetic_holds_every_member():
    rng = random.Random(1)
    for _ in range(2000):
        ends = [Decimal(rng.choice(("-2", "-1", "-0.3", "0", "0.7", "1", "3"))) for _ in range(4)]
        a, b = Interval(min(ends[:2]), max(ends[:2])), Interval(min(ends[2:]), max(ends[2:]))
        for s in (a.lo, (a.lo + a.hi) / 2, a.hi):
            for t in (b.lo, (b.lo + b.hi) / 2, b.hi):
                x, y = Fraction(s), Fraction(t)
                found = [(a + b, x + y), (a - b, x - y), (a * b, x * y)]
                found += [(a / b, x / y)] if not b.lo <= 0 <= b.hi else []
                assert all(Fraction(made.lo) <= value <= Fraction(made.hi) for made, value in found)
        if b.lo <= 0 <= b.hi:
            with pytest.raises(verify.NotProved):
                a / b


def test_the_softmax_curvature_is_below_that_of_every_point():
    """The variance of v under q is the sum over pairs of classes of q_a q_b (v_a - v_b)^2."""
    rng = np.random.default_rng(3)
    for _ in range(20):
        etas, z = rng.normal(size=2), rng.normal(size=(2, 3))
        centre = [point(Decimal(repr(float(eta)))) for eta in etas]
        wide = [Interval(eta.lo - Decimal("0.01"), eta.hi + Decimal("0.01")) for eta in centre]
        sums = verify.Sums(3)
        rows = [[point(Decimal(repr(float(cell)))) for cell in line] for line in z]
        verify.softmax(centre, wide, rows, point(1), point(2), sums)
        least = np.array([[float(sums.bent[max(a, b)][min(a, b)].lo) for b in range(3)] for a in range(3)])
        for shift in (-0.01, 0.0, 0.01):
            odds = np.exp([0.0, *(etas + shift)])
            q = (odds / odds.sum())[1:]
            hessian = 2.0 * z.T @ (np.diag(q) - np.outer(q, q)) @ z
            assert np.linalg.eigvalsh(hessian - least).min() > -1e-12
            if shift == 0.0:
                score = 2.0 * ((np.array([1.0, 0.0]) - q) @ z)
                np.testing.assert_allclose([float(s.lo) for s in sums.score], score, rtol=1e-12)


def test_splines_are_those_of_de_boor():
    knots = [0.0, 0.0, 0.0, 0.0, 1.5, 2.5, 4.0, 4.0, 4.0, 4.0]
    given = [number(repr(knot)) for knot in knots]
    for x in (0.0, 0.3, 1.5, 2.7, 4.0):
        expected = BSpline.design_matrix([x], knots, 3).toarray()[0]
        for place in range(6):
            made = verify.bspline(number(repr(x)), 3, [number(str(place)), *given])
            assert float(made.lo) == pytest.approx(expected[place], abs=1e-15)


def test_what_is_no_number_is_refused():
    for text in ("", " 1", "1_0", "nan", "inf", "1e400", "1e-400", "0x1", "\u0663", "1" * 401, "1e99999"):
        with pytest.raises(verify.Unreadable):
            number(text)
    assert number("1e3").lo == 1000
    assert number(".5").lo == Decimal("0.5")
