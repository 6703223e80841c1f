"""The enclosure is a proof: the maximum in 60-digit arithmetic never lies outside, wherever the centre stands.

The references are those of tests/reference/high_precision.py, to 30 digits, and for small drawn problems Newton's
method below, which shares nothing with glmnn but the stored doubles.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given, reject, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from glmnn.auditing.enclosure import enclose
from glmnn.data.dataset import InMemory
from glmnn.data.sources.files import read_table
from glmnn.errors import DataError
from glmnn.fitting.estimate import find_estimate
from glmnn.models.families import find_family, negative_binomial
from glmnn.models.glm import GLM
from glmnn.models.links import LOG, find_link
from glmnn.options.model import ModelOptions
from glmnn.problem.penalty import Firth, Ridge
from glmnn.problem.problem import Problem
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit
from pairs import ALL_FAMILIES, MODEL_NAMES, MODELS, sample
from problems import load, names

ROOT = Path(__file__).parents[2]
DIGITS = 60
ALPHA = 0.7
ONE = mpf(1)

# score and information of one row, from the textbook
ROWS = {
    ("binomial", "logit"): (
        lambda eta, y: y - 1 / (1 + mp.exp(-eta)),
        lambda eta, y: mp.exp(-eta) / (1 + mp.exp(-eta)) ** 2,
    ),
    ("gaussian", "identity"): (lambda eta, y: y - eta, lambda eta, y: ONE),
    ("poisson", "log"): (lambda eta, y: y - mp.exp(eta), lambda eta, y: mp.exp(eta)),
    ("gamma", "log"): (lambda eta, y: y * mp.exp(-eta) - 1, lambda eta, y: y * mp.exp(-eta)),
    ("gamma", "inverse"): (lambda eta, y: 1 / eta - y, lambda eta, y: 1 / eta**2),
    ("inverse_gaussian", "inverse_squared"): (
        lambda eta, y: (1 / mp.sqrt(eta) - y) / 2,
        lambda eta, y: 1 / (4 * eta * mp.sqrt(eta)),
    ),
    ("negative_binomial", "log"): (
        lambda eta, y: (y - mp.exp(eta)) / (1 + mpf(ALPHA) * mp.exp(eta)),
        lambda eta, y: mp.exp(eta) * (1 + mpf(ALPHA) * y) / (1 + mpf(ALPHA) * mp.exp(eta)) ** 2,
    ),
}


def model_of(pair):
    family, link = pair
    return GLM(find_family(family, ALPHA if family == "negative_binomial" else None, None), find_link(link))


def pair_of(problem):
    return problem.model.family.kind, problem.model.link.name


def newton(problem, start):
    """Return the maximum to about 60 digits, from nearby; None where Newton's method finds none."""
    score, information = ROWS[pair_of(problem)]
    whole = problem.data.whole
    rows = [([mpf(x) for x in X], mpf(y), mpf(w), mpf(o)) for X, y, w, o in zip(*map(np.ndarray.tolist, (
        whole.X, whole.y, whole.prior_weight, whole.offset)), strict=True)]  # fmt: skip
    coef, p = mp.matrix(start.tolist()), start.size
    for _ in range(12):
        gradient, bend = mp.zeros(p, 1), mp.zeros(p)
        for x, y, weight, offset in rows:
            eta = offset + mp.fdot(x, coef)
            s, w = weight * score(eta, y), weight * information(eta, y)
            for j in range(p):
                gradient[j] += s * x[j]
                for k in range(j + 1):
                    bend[j, k] += w * x[j] * x[k]
                    bend[k, j] = bend[j, k]
        step = mp.lu_solve(bend, gradient)
        coef += step
        if mp.sqrt(abs(mp.fdot(step, gradient))) < mpf(10) ** (20 - DIGITS):
            return list(coef)
    return None


@pytest.fixture(autouse=True)
def many_digits():
    with mp.workdps(DIGITS):
        yield


def share_of_radius(centre, found, exact):
    """Return the largest distance from the centre as a part of the radius allowed for it."""
    return max(
        float(abs(mpf(c) - x) / mpf(r)) for c, x, r in zip(centre.tolist(), exact, found.radius.tolist(), strict=True)
    )


def covariance(problem, coef):
    """Return the inverse of the information at unit dispersion, by a QR factor: normal equations are too rough."""
    whole, information = problem.data.whole, ROWS[pair_of(problem)][1]
    etas = problem.model.eta(coef, whole).tolist()
    curved = [float(information(mpf(eta), mpf(y))) for eta, y in zip(etas, whole.y.tolist(), strict=True)]
    weighted = whole.X * np.sqrt(whole.prior_weight * curved)[:, None]
    scale = np.linalg.norm(weighted, axis=0)
    inverse = np.linalg.inv(np.linalg.qr(weighted / scale, mode="r")) / scale[:, None]
    return inverse @ inverse.T


def assert_holds_wherever_the_centre_is(problem, coef, exact, seed=0, steps=(1e-12, 1e-10, 1e-8, 1e-6)):
    """Around the maximum and away from it, the enclosure holds the maximum or says nothing."""
    found = enclose(problem, coef)
    assert found is None or share_of_radius(coef, found, exact) <= 1
    rng, spread = np.random.default_rng(seed), covariance(problem, coef)
    std_error = np.sqrt(np.diagonal(spread))
    for step in steps:
        for j in range(coef.size):
            # along this direction the bound for coefficient j is as sharp as a bound can be
            for change in (spread[j] / std_error[j], std_error * rng.normal(size=coef.size)):
                centre = coef + step * change
                moved = enclose(problem, centre)
                assert moved is None or share_of_radius(centre, moved, exact) <= 1, (step, j)
    return found


# Problems whose answer is known to 30 digits: near-collinear, scales from 1e-8 to 1e8, tails, offsets, weights, NIST


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_references(name):
    reference = load(name)
    family, link = pair_of(reference.problem)
    coef = fit(reference.problem.fresh(), Fisher()).coef
    if (family, link) not in ROWS:
        assert enclose(reference.problem, coef) is None
        return
    exact = [mpf(text) for text in reference.content["coef"]]
    found = assert_holds_wherever_the_centre_is(reference.problem, coef, exact)
    if name not in {"response_1e-12_gamma", "response_1e12_gaussian"}:  # too far from unit dispersion
        assert found is not None
        assert found.in_std_errors < (1e-6 if reference.content["scaled_condition"] > 1e3 else 1e-8)


# Bundled data, as R users and PyTorch users fit them


def bundled():
    cases = json.loads((ROOT / "tests/reference/causes/cases.json").read_text(encoding="utf-8"))["cases"]
    return {case["id"].split("/")[1]: (case["data"], case["options"]) for case in cases}


BUNDLED = bundled()


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(BUNDLED))
def test_bundled_data(name):
    data, options = BUNDLED[name]
    estimate = find_estimate(ModelOptions(**options), read_table(str(ROOT / data)))
    coef = estimate.reference.coef
    found = enclose(estimate.problem, coef)
    if estimate.lost or pair_of(estimate.problem) not in ROWS:
        assert found is None
        return
    assert found.in_std_errors < 1e-9
    assert np.all(
        found.radius <= found.in_std_errors * np.sqrt(np.diagonal(covariance(estimate.problem, coef))) * 1.001
    )
    exact = newton(estimate.problem, coef)
    assert_holds_wherever_the_centre_is(estimate.problem, coef, exact, steps=(1e-12, 1e-6))


# Drawn problems


def drawn(pair, seed, p, scales, near, offset):
    """Return a problem with an intercept, columns of these scales, the last two of them this nearly collinear."""
    rng, model = np.random.default_rng(seed), model_of(pair)
    rows = int(rng.integers(3 * p + 6, 30))
    X = np.column_stack([np.ones(rows), rng.uniform(0.1, 1.0, (rows, p - 1))])
    if near and p > 2:
        X[:, -1] = X[:, -2] * (1 + near * rng.uniform(-1, 1, rows))
    away = offset * rng.uniform(0 if model.etas[0] == 0 else -1, 1, rows)
    eta = X @ rng.uniform(0.2, 0.8, p) + away
    X[:, 1:] *= 10.0 ** np.array(scales[: p - 1])
    mu, weight = model.link.inverse(eta), rng.choice([0.25, 1.0, 3.0, 100.0], rows)
    match model.family.kind:
        case "binomial":
            weight = rng.integers(1, 30, rows).astype(float)
            y = rng.binomial(weight.astype(int), mu) / weight
        case "gaussian":
            y = mu + rng.normal(size=rows)
        case "poisson" | "negative_binomial":
            y = rng.poisson(mu).astype(float)
        case _:
            y = rng.gamma(5.0, mu / 5.0)
    return Problem(model, InMemory.from_arrays(X, y, None, weight, away))


@settings(max_examples=60)
@given(
    st.sampled_from(sorted(ROWS)),
    st.integers(0, 2**32),
    st.integers(1, 4),
    st.lists(st.integers(-8, 8), min_size=3, max_size=3),
    st.sampled_from([0.0, 1e-2, 1e-5, 1e-7]),
    st.sampled_from([0.0, 1.0, 15.0]),
)
@example(("gamma", "inverse"), 1, 4, [-8, 8, 8], 1e-7, 15.0)
@example(("binomial", "logit"), 2, 3, [8, -8, 0], 1e-5, 0.0)
def test_drawn_problems(pair, seed, p, scales, near, offset):
    problem = drawn(pair, seed, p, scales, near, offset)
    try:
        run = fit(problem.fresh(), Fisher())
    except DataError:  # no legal start found
        reject()
    assume(run.converged)
    exact = newton(problem, run.coef)
    if exact is None:  # converged by the rule of the loop on data whose separation nobody has looked for
        assert enclose(problem, run.coef) is None
        return
    found = assert_holds_wherever_the_centre_is(problem, run.coef, exact, seed, (1e-12, 1e-8, 1e-5, 1e-3, 0.1, 3.0))
    if not near and offset < 10:
        assert found is not None
        assert found.in_std_errors < 1e-9


@pytest.mark.parametrize("pair", sorted(ROWS), ids=" ".join)
def test_the_bound_is_sharp(pair):
    """A bound that grows too slowly with the distance would be caught by the tests above, for it is no wider."""
    problem = drawn(pair, 7, 3, [0, 0, 0], 0.0, 0.5)
    coef = fit(problem.fresh(), Fisher()).coef
    exact, spread = newton(problem, coef), covariance(problem, coef)
    for j in range(coef.size):
        centre = coef + 1e-5 * spread[j] / np.sqrt(spread[j, j])
        assert 0.99 < share_of_radius(centre, enclose(problem, centre), exact) <= 1


# Where nothing is proved


def test_the_references_above_are_for_every_pair_with_a_proof():
    pairs = {(family.kind, link.name) for family in ALL_FAMILIES for link in family.least_curvature}
    assert pairs == set(ROWS)


@pytest.mark.parametrize("model", MODELS, ids=MODEL_NAMES)
def test_only_concave_pairs_have_a_proof(model):
    problem = sample(model)
    found = enclose(problem, fit(problem.fresh(), Fisher()).coef)
    assert (found is not None) == (pair_of(problem) in ROWS)


@pytest.mark.parametrize("penalty", [Firth(), Ridge(1e-9, (True, False))])
def test_a_penalised_problem_has_no_proof(penalty):
    problem = load("primes_logit").problem
    coef = fit(problem.fresh(), Fisher()).coef
    assert enclose(Problem(problem.model, problem.data, penalty=penalty), coef) is None


ONES = np.ones(6)
TREND = np.array([2.0, 3, 5, 7, 11, 13])
NO_MAXIMUM = {
    "separated": (("binomial", "logit"), TREND, [0, 0, 0, 1, 1, 1]),
    "quasi-separated": (("binomial", "logit"), np.array([1.0, 2, 3, 3, 4, 5]), [0, 0, 0, 1, 1, 1]),
    "one class": (("binomial", "logit"), TREND, [0, 0, 0, 0, 0, 0]),
    "no events": (("poisson", "log"), TREND, [0, 0, 0, 0, 0, 0]),
    "events in one group": (("poisson", "log"), np.array([0.0, 0, 0, 1, 1, 1]), [0, 0, 0, 2, 1, 3]),
    "no counts": (("negative_binomial", "log"), TREND, [0, 0, 0, 0, 0, 0]),
    "collinear": (("gaussian", "identity"), ONES, [0, 1, 4, 2, 1, 1]),
    "collinear gamma": (("gamma", "log"), ONES, [3, 1, 4, 2, 1, 1]),
}


@settings(max_examples=100)
@given(st.sampled_from(sorted(NO_MAXIMUM)), st.floats(-60, 60), st.floats(-20, 20))
@example("no events", -40.0, 0.0)
@example("one class", -36.0, 0.0)
@example("separated", -36.0, 6.0)
def test_no_maximum_is_never_enclosed(name, intercept, slope):
    """Where there is none, or more than one, a proof at whatever place would be false."""
    pair, x, y = NO_MAXIMUM[name]
    problem = Problem(model_of(pair), InMemory.from_arrays(np.column_stack([ONES, x]), np.array(y, dtype=float)))
    assert enclose(problem, np.array([intercept, slope])) is None


@pytest.mark.parametrize("name", ["separated", "quasi-separated", "one class", "no events", "events in one group"])
def test_where_a_run_to_infinity_stops_nothing_is_proved(name):
    pair, x, y = NO_MAXIMUM[name]
    problem = Problem(model_of(pair), InMemory.from_arrays(np.column_stack([ONES, x]), np.array(y, dtype=float)))
    for coef in fit(problem.fresh(), Fisher()).path:
        assert enclose(problem, coef) is None


def test_a_centre_outside_the_model_or_not_finite_proves_nothing():
    problem = sample(model_of(("gamma", "inverse")))
    for centre in ([-1.0, 0.0], [0.0, 1.0], [np.nan, 0.0], [np.inf, 0.0], [1e300, 1e300]):
        assert enclose(problem, np.array(centre)) is None


@pytest.mark.parametrize("alpha", [1e-9, 1e-3, 1.0, 1e6])
def test_any_alpha(alpha, monkeypatch):
    """Large counts and a small alpha: 1 + alpha y is then not what alpha + 1 - 1 would give."""
    monkeypatch.setitem(globals(), "ALPHA", alpha)
    rng = np.random.default_rng(3)
    X = np.column_stack([np.ones(12), np.linspace(0, 1, 12)])
    y = np.floor(np.exp(12 + X[:, 1] + 0.1 * rng.normal(size=12)))
    problem = Problem(GLM(negative_binomial(alpha), LOG), InMemory.from_arrays(X, y))
    coef = fit(problem.fresh(), Fisher()).coef
    assert assert_holds_wherever_the_centre_is(problem, coef, newton(problem, coef)).in_std_errors < 1e-9


@pytest.mark.parametrize(("pair", "rows"), [(("binomial", "logit"), 60_000), (("poisson", "log"), 400_000)])
def test_many_blocks_of_rows(pair, rows):
    """The same few rows again and again have the maximum of the few; rounding errors of blocks must add up."""
    problem = drawn(pair, 7, 3, [0, 0, 0], 0.0, 0.5)
    whole = problem.data.whole
    exact = newton(problem, fit(problem.fresh(), Fisher()).coef)
    again = np.arange(rows // whole.y.size * whole.y.size) % whole.y.size
    large = Problem(problem.model, InMemory(problem.names, whole.rows(again)))
    assert sum(1 for _ in large.data.blocks()) > 7
    coef = np.array([float(x) for x in exact])
    for centre in (coef, coef * (1 + 1e-12)):
        found = enclose(large, centre)
        assert share_of_radius(centre, found, exact) <= 1
        assert found.in_std_errors < 1e-6


def test_an_exact_maximum_of_many_rows():
    """Whole numbers and residuals in pairs of opposite sign: least squares gives whole numbers."""
    rng = np.random.default_rng(4)
    half = np.column_stack([np.ones(130_000), rng.integers(-50, 50, (130_000, 3))])
    noise = rng.integers(-9, 10, len(half))
    y = np.concatenate([half @ [1000, 1, -2, 3] + noise, half @ [1000, 1, -2, 3] - noise])
    problem = Problem(model_of(("gaussian", "identity")), InMemory.from_arrays(np.vstack([half, half]), y))
    assert not problem.small
    exact = [mpf(1000), mpf(1), mpf(-2), mpf(3)]
    for centre in (np.array([1000.0, 1, -2, 3]), np.array([1000.0, 1 + 1e-9, -2, 3 - 1e-9])):
        found = enclose(problem, centre)
        assert share_of_radius(centre, found, exact) <= 1
        assert found.in_std_errors < 1e-4
