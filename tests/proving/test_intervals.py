"""Every interval of the verifier holds what mpmath finds with 80 digits, and is not needlessly wide."""

import random
from decimal import Decimal
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
from scipy.interpolate import BSpline

import glmnn
from glmnn.data.formula.functions import natural_spline, natural_weights
from glmnn.proving import verify
from glmnn.proving.piecewise import orthogonal, spline
from glmnn.proving.verify import Interval, number, point


@pytest.fixture(autouse=True)
def eighty_digits():
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
ALPHA = [5.0, 7.0, 5.9090909090909083], [5.0, 66.0, 514.80000000000007, 2454.54545454545314]
POLY = [
    [-0.49236596391733101, -0.369274472937997977, -0.12309149097933275, 0.24618298195866542, 0.73854894587599640],
    [0.47599729681315067, 0.079332882802191779, -0.44955300254575337, -0.58177447388273951, 0.47599729681315062],
    [-0.44038550605054411, 0.330289129537908066, 0.55048188256318042, -0.60553007081949839, 0.16514456476895417],
]
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
        if kind.edge and y == str(kind.edge[0]):
            continue  # at the edge of the domain the verifier uses the slope alone, which the next test is about
        eta = Decimal(f"{rng.uniform(-3, 3):.12g}")
        eta = {1: abs(eta) + Decimal("0.01"), -1: -abs(eta) - Decimal("0.01"), 0: eta}[kind.domain]
        reach = Decimal(rng.choice(("0", "1e-20", "1e-6", "1e-3")))
        wide = Interval(eta - reach, eta + reach)
        score, bend = verify.derivatives(*name.split(), wide, point(number(y)), point(Decimal("0.7")))
        for place in (wide.lo, eta, wide.hi):
            at = exactly(place)
            first = mp.diff(lambda e, y=y: LIKELIHOODS[name](e, mp.mpf(y)), at, h=mp.mpf("1e-25"))
            second = -mp.diff(lambda e, y=y: LIKELIHOODS[name](e, mp.mpf(y)), at, 2, h=mp.mpf("1e-20"))
            assert holds(score, first, mp.mpf("1e-38") * (1 + abs(first)) if reach == 0 else mp.mpf("1e-20"))
            assert holds(bend, second, mp.mpf("1e-30") * (1 + abs(second)) if reach else mp.mpf("1e-30"))
        if reach == 0:
            assert bend.hi - bend.lo <= Decimal("1e-30") * (1 + bend.hi)


def test_at_the_edge_the_likelihood_is_linear_with_the_slope_that_is_stated():
    edges = {name: kind.edge for name, kind in verify.KINDS.items() if kind.edge}
    assert edges == {"binomial log": (1, 1), "poisson identity": (0, -1)}
    for name, (y, slope) in edges.items():
        for eta in (mp.mpf("0.25"), mp.mpf(3)):
            at = eta * verify.KINDS[name].domain
            assert LIKELIHOODS[name](at, mp.mpf(y)) == slope * at


@pytest.mark.parametrize("name", ["exp", "ln", "sqrt"])
def test_functions_are_enclosed(name):
    rng, theirs = random.Random(name), {"exp": mp.exp, "ln": mp.log, "sqrt": mp.sqrt}[name]
    for _ in range(300):
        value = Decimal(repr(rng.uniform(0, 30) * 10.0 ** rng.randint(-12, 1)))
        made = verify.rising(name, point(value))
        assert holds(made, theirs(exactly(value)))
        assert made.hi - made.lo <= made.size() * Decimal("1e-38")
        above = 2 * value
        wide = verify.rising(name, Interval(value, above))
        assert holds(wide, theirs(exactly(value)))
        assert holds(wide, theirs(exactly(above)))


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
        sums = verify.Sums(lambda: point(0))
        rows = [[point(Decimal(repr(float(cell)))) for cell in line] for line in z]
        for along, pull, bend in verify.softmax(centre, wide, point(1), rows):
            verify.add_along(sums, along, pull * point(2), bend * point(2))
        least = np.array([[float(sums[max(a, b), min(a, b)].lo) for b in range(3)] for a in range(3)])
        for shift in (-0.01, 0.0, 0.01):
            odds = np.exp([0.0, *(etas + shift)])
            q = (odds / odds.sum())[1:]
            hessian = 2.0 * z.T @ (np.diag(q) - np.outer(q, q)) @ z
            assert np.linalg.eigvalsh(hessian - least).min() > -1e-12
            assert np.trace(hessian) <= float(sums["trace"].hi)
            if shift == 0.0:
                score = 2.0 * ((np.array([1.0, 0.0]) - q) @ z)
                np.testing.assert_allclose([float(sums[a].lo) for a in range(3)], score, rtol=1e-12)


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_splines_are_those_of_de_boor(degree):
    knots = [*[0.0] * (degree + 1), 1.5, *[2.5] * min(degree, 2), *[4.0] * (degree + 1)]
    for x in (0.0, 0.3, 1.5, 2.7, 4.0):
        expected = BSpline.design_matrix([x], knots, degree).toarray()[0]
        for weights in np.eye(len(expected)):
            made = verify.evaluate(spline([["number", "x"]], knots, weights.tolist()), {"x": repr(x)})
            assert float(made.lo) == pytest.approx(weights @ expected, abs=1e-15)
            assert made.hi - made.lo < Decimal("1e-36")
    jump = [*[0.0] * (degree + 1), *[2.5] * (degree + 1), *[4.0] * (degree + 1)]
    with pytest.raises(glmnn.GlmnnError, match="knots that coincide"):
        spline([["number", "x"]], jump, np.eye(len(jump) - degree - 1)[degree + 1].tolist())


def test_natural_splines_are_those_of_the_formula():
    x = np.array([0.0, 0.4, 1.5, 2.7, 3.9, 4.0])
    expected = natural_spline(x, [1.5, 2.5], (0.0, 4.0))
    knots, weights = natural_weights([1.5, 2.5], (0.0, 4.0))
    for column, line in zip(weights.T, expected.T, strict=True):
        recipe = spline([["number", "x"]], knots.tolist(), column.tolist())
        made = [float(verify.evaluate(recipe, {"x": repr(float(value))}).lo) for value in x]
        np.testing.assert_allclose(made, line, atol=1e-15)


def test_orthogonal_polynomials_have_sums_of_products_of_one_and_nothing():
    """R: p <- poly(c(1, 2, 4, 7, 11), 3); attr(p, "coefs"); t(p)."""
    recipes = orthogonal([["number", "x"]], *ALPHA)
    made = [[float(verify.evaluate(recipe, {"x": x}).lo) for x in ("1", "2", "4", "7", "11")] for recipe in recipes]
    np.testing.assert_allclose(made, POLY, atol=1e-14)


def test_what_is_no_number_is_refused():
    for text in ("", " 1", "1_0", "nan", "inf", "1e400", "1e-400", "0x1", "\u0663", "1" * 401, "1e99999"):
        with pytest.raises(verify.Unreadable):
            number(text)
    assert number("1e3") == 1000
    assert number(".5") == Decimal("0.5")
