"""What the digits of a claim allow is an upper bound for right claims and no bound for wrong ones."""

from functools import cache
from math import inf

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf
from test_enclosure import BUNDLED, ROOT

from glmnn.auditing.certificate import Certificate, Check, _largest_slope, _slope, certify
from glmnn.data.sources.files import read_table
from glmnn.fitting.estimate import find_estimate
from glmnn.options.model import ModelOptions
from glmnn.problem.penalty import Ridge
from glmnn.problem.problem import Problem
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit
from pairs import MODEL_NAMES, MODELS, sample
from problems import load

NO_ESTIMATE = {"collinear", "setosa"}
NAMES = [*sorted(set(BUNDLED) - NO_ESTIMATE), *MODEL_NAMES]


@cache
def at_maximum(name):
    """Return problem, maximum, what float64 cannot hold of it, and standard errors."""
    if name in BUNDLED:
        data, options = BUNDLED[name]
        estimate = find_estimate(ModelOptions(**options), read_table(str(ROOT / data)))
        return estimate.problem, estimate.maximum.coef, estimate.reference.rest, estimate.maximum.std_error
    problem = sample(MODELS[MODEL_NAMES.index(name)])
    run = fit(problem.fresh(), Fisher())
    information = problem.second_order(run.coef).information
    return problem, run.coef, run.rest, np.sqrt(np.diagonal(np.linalg.inv(information)))


def certificate(name, claimed, half_units, printed=True, tolerance=1e-3):
    problem, maximum, rest, std_error = at_maximum(name)
    return certify(problem.fresh(), claimed, half_units, maximum, std_error, rest, printed, tolerance)


def legal(problem, coef):
    return all(problem.model.inside(problem.model.eta(coef, block)) for block in problem.data.blocks())


# Limits


@settings(max_examples=300)
@given(st.sampled_from(NAMES), st.sampled_from([4, 2, 1, 0]), st.integers(0, 2**32), st.booleans())
@example("primes", 0, 1, True)
@example("b", 4, 2, False)
@example("gaussian-inverse", 1, 3, True)
def test_limits_hold_in_the_whole_box_of_what_was_rounded(name, decimals, seed, corner):
    """At its corners, where most limits are met, and within."""
    problem, maximum, _, _ = at_maximum(name)
    rng, half = np.random.default_rng(seed), np.full(maximum.size, 0.5 * 10.0**-decimals)
    sides = rng.choice([-1.0, 1.0], maximum.size) if corner else rng.uniform(-1, 1, maximum.size)
    claimed = maximum + half * sides * (1 - 1e-9)
    assume(legal(problem, claimed))
    found = certificate(name, claimed, half)
    assert [check for check in found.checks if not check.passed] == []
    assert found.rounded


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_no_slope_within_reach_is_steeper_than_the_bound(name):
    problem, maximum, _, _ = at_maximum(name)
    block, (low, high) = problem.data.whole, problem.model.etas
    eta = problem.model.eta(maximum, block)
    room = np.minimum(np.where(low == -inf, 2.0, 0.9 * (eta - low)), np.where(high == inf, 2.0, 0.9 * (high - eta)))
    for part in (0.01, 0.3, 1.0):
        bound = _largest_slope(problem, block, eta, part * room)
        for side in np.linspace(-1, 1, 101):
            assert np.all(_slope(problem, block, eta + side * part * room) <= bound + 1e-8)  # differences of rounding


@settings(max_examples=100)
@given(st.sampled_from(NAMES), st.sampled_from([7, 4, 3]), st.booleans(), st.integers(0, 2**32))
def test_limits_are_near(name, decimals, upwards, seed):
    """A claim off by as many units as there are coefficients, in the one that the data know best, is found out."""
    problem, maximum, _, _ = at_maximum(name)
    half = np.full(maximum.size, 0.5 * 10.0**-decimals)
    known = int(np.argmax(np.diagonal(problem.second_order(maximum).information)))
    claimed = maximum + half * np.random.default_rng(seed).uniform(-0.2, 0.2, maximum.size)
    claimed[known] += (1 if upwards else -1) * half[known] * 2 * (maximum.size + 2)
    assume(legal(problem, claimed) and legal(problem, maximum + 40 * half) and legal(problem, maximum - 40 * half))
    units = np.abs(problem.data.whole.X) @ half
    assume(float(units.max()) < 0.05 * min(1.0, *np.abs(problem.model.eta(maximum, problem.data.whole))))
    found = certificate(name, claimed, half)
    assert not found.rounded
    assert not all(check.passed for check in found.checks)


@pytest.mark.parametrize("name", ["primes", "cars", "gamma"])
def test_each_measure_can_fail(name):
    _, maximum, _, std_error = at_maximum(name)
    half = np.full(maximum.size, 5e-5)
    assert all(check.passed for check in certificate(name, maximum, half).checks)
    assert not any(check.passed for check in certificate(name, maximum + 0.2 * std_error, half).checks)


@pytest.mark.parametrize(("value", "limit", "passed"), [(1, 1, True), (1.1, 1, False), (1, inf, True), (inf, 1, False)])
def test_a_check_is_a_value_and_a_limit(value, limit, passed):
    assert Check("score", value, limit).passed == passed


def test_a_nan_never_passes():
    assert not Check("score", float("nan"), inf).passed


def test_digits_too_few_for_the_model_set_no_limit():
    """Rounded to whole numbers, eta of the inverse link may be below 0, where there is no mean."""
    _, maximum, _, _ = at_maximum("gamma-inverse")
    found = certificate("gamma-inverse", maximum, np.full(2, 0.5))
    assert [check.limit for check in found.checks] == [1e-3, *[inf] * 4]
    assert all(np.isfinite(check.limit) for check in certificate("gamma-inverse", maximum, np.full(2, 5e-4)).checks)


def test_limits_hold_for_a_penalised_estimate():
    problem, _, _, _ = at_maximum("infertility_numeric")
    penalised = Problem(problem.model, problem.data, penalty=Ridge(50.0, (True, *[False] * 4)))
    run = fit(penalised.fresh(), Fisher())
    half = np.full(5, 5e-3)
    for sides in np.array(np.meshgrid(*[[-1.0, 1.0]] * 5)).reshape(5, -1).T:
        found = certify(penalised.fresh(), run.coef + half * sides * (1 - 1e-9), half, run.coef, np.ones(5), run.rest)
        assert all(check.passed for check in found.checks)
        assert found.enclosure is None
    far = certify(penalised.fresh(), run.coef + 0.1, half, run.coef, np.ones(5), run.rest)
    assert not any(check.passed for check in far.checks)


# Rounded, the maximum, proved


@pytest.mark.parametrize("decimals", range(1, 12))
@pytest.mark.parametrize("name", ["primes", "infertility", "doctors", "a_probit"])
def test_correctly_rounded(name, decimals):
    _, maximum, _, std_error = at_maximum(name)
    half = np.full(maximum.size, 0.5 * 10.0**-decimals)
    claimed = maximum.round(decimals)
    found = certificate(name, claimed, half)
    assert found.rounded
    assert found.is_maximum
    assert found.proved == (name != "a_probit")
    np.testing.assert_array_equal(found.allowed, half)
    for j in range(maximum.size):
        off = claimed.copy()
        off[j] += 2.02 * half[j] * (1 if claimed[j] >= maximum[j] else -1)
        moved = certificate(name, off, half)
        assert not moved.rounded
        assert moved.is_maximum == bool(np.all(np.abs(off - maximum) <= 1e-3 * std_error))


@pytest.mark.parametrize("tolerance", [1e-6, 1e-3, 0.5])
@pytest.mark.parametrize(("part", "is_maximum"), [(0.0, True), (0.999, True), (1.001, False), (30.0, False)])
@pytest.mark.parametrize("name", ["primes", "gamma", "b", "a_probit"])
def test_full_precision_is_judged_by_the_tolerance(name, part, is_maximum, tolerance):
    _, maximum, _, std_error = at_maximum(name)
    half = np.spacing(np.abs(maximum)) / 2
    for j in range(maximum.size):
        claimed = maximum.copy()
        claimed[j] += part * tolerance * std_error[j]
        found = certificate(name, claimed, half, printed=False, tolerance=tolerance)
        assert found.is_maximum == is_maximum
        assert found.rounded == (part == 0)
        assert found.proved == (name != "a_probit")
        assert found.distance == pytest.approx(part * tolerance, rel=1e-6)
        np.testing.assert_allclose(found.allowed, tolerance * std_error, rtol=1e-12)


def test_within_the_radius_of_the_bound_nothing_is_proved():
    _, maximum, _, std_error = at_maximum("video")
    half, radius = np.zeros(3), certificate("video", maximum, np.zeros(3), printed=False).enclosure.radius
    for side, proved in ((-2.0, True), (-0.5, False), (0.5, False), (2.0, True)):
        claimed = maximum.copy()
        claimed[1] += 0.1 * std_error[1] + side * radius[1]
        found = certificate("video", claimed, half, printed=False, tolerance=0.1)
        assert found.proved == proved
        assert found.is_maximum == (side < 0)


@pytest.mark.parametrize("name", ["primes_logit", "year_gamma_log", "hundred_million", "poisson_log_1e9"])
@settings(max_examples=40)
@given(part=st.floats(-3, 3), log_tolerance=st.floats(-16, -3), printed=st.booleans())
def test_what_is_proved_is_true(name, part, log_tolerance, printed):
    """Against the maximum to 30 digits, with tolerances down to the rounding of the maximum itself."""
    reference = load(name)
    run = fit(reference.problem.fresh(), Fisher())
    error, tolerance = reference.std_error, 10.0**log_tolerance
    claimed = run.coef + part * tolerance * error
    half = tolerance * error if printed else np.zeros_like(error)
    found = certify(reference.problem, claimed, half, run.coef, error, run.rest, printed, tolerance)
    with mp.workdps(40):
        apart = [abs(mpf(c) - mpf(x)) for c, x in zip(claimed.tolist(), reference.content["coef"], strict=True)]
        bounds = [mpf(e) * mpf(tolerance) * (1 + mpf("1e-15")) for e in error.tolist()]
        truth = all(a <= b for a, b in zip(apart, bounds, strict=True))
    assert not found.proved or found.is_maximum == truth


def test_float32():
    """Numbers rounded to float32 are the maximum correctly rounded; two units away they are not."""
    _, maximum, _, _ = at_maximum("infertility")
    claimed = maximum.astype(np.float32)
    half = np.spacing(np.abs(claimed)).astype(float) / 2
    found = certificate("infertility", claimed.astype(float), half, printed=False)
    assert (found.rounded, found.is_maximum, found.proved) == (True, True, True)
    assert 6 < found.digits.min() < 9
    away = certificate("infertility", claimed.astype(float) + 4 * half, half, printed=False)
    assert (away.rounded, away.is_maximum) == (False, True)


def test_differences_count_what_float64_cannot_hold_of_the_maximum():
    _, maximum, _, std_error = at_maximum("primes")
    rest = np.spacing(maximum) * [0.25, -0.5]
    found = certify(at_maximum("primes")[0], maximum, np.zeros(2), maximum, std_error, rest)
    np.testing.assert_array_equal(found.difference, -rest)


def test_an_exact_fit_has_no_standard_errors_to_divide_by():
    problem = sample(MODELS[MODEL_NAMES.index("gaussian-identity")])
    found = certify(problem, np.array([1.0, 2.0]), np.full(2, 0.5), np.array([1.0, 2.0]), np.zeros(2))
    assert isinstance(found, Certificate)
    assert found.distance == 0
    assert found.rounded


@pytest.mark.parametrize(("moved", "passes"), [(0.5e-3, True), (2e-3, False)])
def test_the_test_that_decides_is_among_the_tests(moved, passes):
    """A claim may pass all that its score, deviance and means allow, and still be further away than the tolerance."""
    problem, maximum, rest, std_error = at_maximum("gamma-inverse")
    claimed = maximum + np.array([0.0, moved]) * std_error
    found = certify(problem, claimed, np.zeros(2), maximum, std_error, rest, printed=False, tolerance=1e-3)
    assert found.checks[0].passed is passes
    assert found.is_maximum is passes
    assert found.checks[0].value == pytest.approx(moved, rel=1e-6)
