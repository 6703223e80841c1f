"""One compiled visit of the rows says what NumPy says, to 1e-13, and the same bits for any number of threads."""

import importlib
import pickle
import sys

import numpy as np
import pytest

import glmnn
from glmnn.arrays import Block
from glmnn.data.dataset import InMemory
from glmnn.data.with_ones import WithOnes
from glmnn.engines.tree import tree_sum
from glmnn.kernels.choice import chosen
from glmnn.kernels.linear_algebra import solve
from glmnn.kernels.threads import in_threads
from glmnn.models.families import BINOMIAL, GAMMA, GAUSSIAN, POISSON
from glmnn.models.glm import GLM
from glmnn.models.links import CLOGLOG, IDENTITY, LOG, LOGIT, PROBIT
from glmnn.problem.fused import Fused, fused, of_second_order
from glmnn.problem.problem import Problem
from glmnn.solvers import closing
from glmnn.solvers.closing import close
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit

pytest.importorskip("numba")
pytestmark = [pytest.mark.slow, pytest.mark.whole]  # compiling takes seconds; the plain run tries the switch

PAIRS = [(BINOMIAL, LOGIT), (POISSON, LOG), (GAMMA, LOG), (GAUSSIAN, IDENTITY), (BINOMIAL, PROBIT)]
each_pair = pytest.mark.parametrize(("family", "link"), PAIRS, ids=lambda part: getattr(part, "name", None))


def rows_of(family, link, rows=300, p=5, scale=0.4, weighted=False, offset=False):
    """Return a block, and coefficients whose linear predictors are about `scale` from 0."""
    rng = np.random.default_rng(rows + p)
    X, coef = np.column_stack([np.ones(rows), rng.standard_normal((rows, p - 1))]), rng.normal(0, scale / p**0.5, p)
    given = rng.normal(0.0, 0.3, rows) if offset else np.zeros(rows)
    eta = X @ coef + given
    y = {
        BINOMIAL: lambda: 1.0 * (rng.random(rows) < link.inverse(eta)),
        POISSON: lambda: 1.0 * rng.poisson(np.minimum(np.exp(eta), 1e9)),
        GAMMA: lambda: rng.gamma(2.0, np.exp(eta) / 2.0),
        GAUSSIAN: lambda: eta + rng.standard_normal(rows),
    }[family]()
    return Block(X, y, rng.random(rows) + 0.5 if weighted else np.ones(rows), given), coef


def same(found, wanted):
    """Hold sums to 1e-13 of the largest of them."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    assert np.allclose(found, wanted, rtol=1e-13, atol=1e-13 * np.max(np.abs(wanted)))


def both_ways(model, block, coef, second=True):
    """Return what the compiled visit and NumPy say of the closing pass, and whether the visit declined."""
    declined = []

    def instead(at, part):
        declined.append(part.y.size)
        return closing._close(model, at, part)

    with chosen("compiled"):
        evaluate = fused(model, InMemory(tuple("abcdefghij"[: coef.size]), block), second, closing._of_sums, instead)
    return evaluate(coef, block), closing._close(model, coef, block), sum(declined)


@each_pair
@pytest.mark.parametrize("offset", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("rows", [1, 191, 192, 428])
def test_every_sum_of_every_pair(family, link, weighted, offset, rows):
    block, coef = rows_of(family, link, rows, weighted=weighted, offset=offset)
    with np.errstate(all="ignore"):
        found, wanted, declined = both_ways(GLM(family, link), block, coef)
    assert not declined
    for mine, theirs in zip(found.second_order[:4], wanted.second_order[:4], strict=True):
        same(mine, theirs)
    for number in ("pearson", "sizes", "least"):
        same(getattr(found, number), getattr(wanted, number))


@each_pair
@pytest.mark.parametrize("p", [1, 2, 3, 4, 5, 7, 8, 9, 10, 21])
def test_any_number_of_columns(family, link, p):
    block, coef = rows_of(family, link, 200, p)
    found, wanted, _ = both_ways(GLM(family, link), block, coef)
    same(found.second_order.information, wanted.second_order.information)
    same(found.second_order.score, wanted.second_order.score)


@each_pair
@pytest.mark.parametrize("side", [-1.0, 1.0])
@pytest.mark.parametrize("far", [1.0, 5.0, 7.9, 8.1, 30.0, 299.0, 650.0, 720.0, 1e4])
def test_both_tails(family, link, far, side):
    """Rows on the side that their eta says and on the other one; what is too far out goes by NumPy."""
    eta = side * far * np.array([1.0, 0.999, 0.5, 0.01])
    y = np.array([0.0, 1.0, 1.0, 0.0] if family is BINOMIAL else [0.5, 3.0, 1.0, 7.0])
    block = Block(eta[:, None], np.floor(y) if family is POISSON else y, np.ones(4), np.zeros(4))
    with np.errstate(all="ignore"):
        found, wanted, _ = both_ways(GLM(family, link), block, np.ones(1))
    for mine, theirs in zip(found.second_order[:4], wanted.second_order[:4], strict=True):
        assert np.allclose(mine, theirs, rtol=1e-13, atol=0.0, equal_nan=True)


@pytest.mark.parametrize("link", [LOGIT, PROBIT], ids=lambda link: link.name)
def test_shares_of_trials_go_by_numpy(link):
    block, coef = rows_of(BINOMIAL, link)
    block = block._replace(y=np.where(block.y > 0, 0.75, 0.25), prior_weight=np.full(300, 4.0))
    found, wanted, declined = both_ways(GLM(BINOMIAL, link), block, coef)
    assert declined == 300
    assert np.array_equal(found.second_order.score, wanted.second_order.score)


def test_near_the_mean_the_deviance_keeps_its_digits():
    for family in (POISSON, GAMMA):
        mu = np.exp(np.linspace(-2.0, 12.0, 200))
        block = Block(np.log(mu)[:, None], mu * (1.0 + np.linspace(-0.3, 0.3, 200)), np.ones(200), np.zeros(200))
        found, wanted, _ = both_ways(GLM(family, LOG), block, np.ones(1))
        same(found.second_order.deviance, wanted.second_order.deviance)


def test_what_has_no_kernel():
    block, _ = rows_of(BINOMIAL, LOGIT)
    data = InMemory(tuple("abcde"), block)
    with chosen("compiled"):
        assert fused(GLM(BINOMIAL, CLOGLOG), data, True, closing._of_sums, closing._close) is None
    with chosen("numpy"):
        assert fused(GLM(BINOMIAL, LOGIT), data, True, closing._of_sums, closing._close) is None


@pytest.mark.parametrize("rows", [100_000, 123_457])
def test_the_same_bits_for_any_number_of_threads_and_leaves_without_ones(rows):
    block, coef = rows_of(BINOMIAL, LOGIT, rows, 8)
    model, names = GLM(BINOMIAL, LOGIT), tuple("abcdefgh")
    data = InMemory(names, block)
    bare = WithOnes(names, block._replace(X=block.X[:, 1:]))
    seen = []
    for workers in (1, 2, 3):
        for source in (data, bare):
            with chosen("compiled"), in_threads(workers):
                total = Problem(model, source).second_order(coef)
            seen.append((total.deviance, total.score.tobytes(), total.information.tobytes()))
    assert len(set(seen)) == 1
    evaluate = Fused("LOGISTIC", True, True, closing._of_sums, closing._close)
    assert tree_sum(evaluate(coef, leaf) for leaf in data.blocks()).second_order.information.tobytes() == seen[0][2]
    with chosen("numpy"):
        same(Problem(model, data).second_order(coef).information, total.information)


@pytest.mark.parametrize("weighted", [False, True])
def test_products_of_columns_have_the_same_bits_for_any_number_of_threads_and_without_ones(weighted):
    block, _ = rows_of(BINOMIAL, LOGIT, rows=123_457, p=9, weighted=weighted)
    names = tuple(f"x{j}" for j in range(9))
    with chosen("compiled"):
        found = [InMemory(names, block).gram]
        for workers in (1, 2):
            with in_threads(workers):
                found.append(WithOnes(names, block._replace(X=block.X[:, 1:])).gram)
    assert all(np.array_equal(found[0], other) for other in found)
    with chosen("numpy"):
        plain = InMemory(names, block).gram
    np.testing.assert_allclose(found[0], plain, rtol=1e-13, atol=1e-13 * plain.max())
    assert not np.array_equal(found[0], plain)


@each_pair
@pytest.mark.parametrize("given", [False, True], ids=["plain", "weights and offset"])
def test_the_score_alone(family, link, given):
    block, coef = rows_of(family, link, 130_003, 9, weighted=given, offset=given)
    model, names = GLM(family, link), tuple("abcdefghi")
    seen = set()
    for source in (InMemory(names, block), WithOnes(names, block._replace(X=block.X[:, 1:]))):
        for workers in (1, 2):
            with chosen("compiled"), in_threads(workers):
                seen.add(Problem(model, source).score(coef).tobytes())
    assert len(seen) == 1
    with chosen("numpy"):
        wanted = Problem(model, InMemory(names, block)).score(coef)
    scale = np.abs(wanted) + np.sqrt(block.y.size)  # of the sum, whose terms cancel
    assert np.max(np.abs(np.frombuffer(seen.pop()) - wanted) / scale) < 1e-11


@pytest.mark.parametrize("layout", ["C", "F", "strided", "float32", "int", "read-only"])
def test_arrays_of_any_layout(layout):
    rng = np.random.default_rng(8)
    X = rng.integers(-3, 4, (3000, 3)).astype(float)
    y = 1.0 * (rng.random(3000) < 1 / (1 + np.exp(-0.3 * X[:, 0])))
    given = {
        "C": X,
        "F": np.asfortranarray(X),
        "strided": np.repeat(X, 2, axis=1)[:, ::2],
        "float32": X.astype(np.float32),
        "int": X.astype(int),
        "read-only": np.broadcast_to(X, X.shape),
    }[layout]
    with chosen("numpy"):
        wanted = glmnn.fit(X, y, solver="fisher")
    with chosen("compiled"):
        found = glmnn.fit(given, y, solver="fisher")
    assert np.allclose(found.coef, wanted.coef, rtol=1e-13)
    assert np.allclose(found.std_error, wanted.std_error, rtol=1e-13)


@pytest.mark.parametrize("family", ["binomial", "poisson", "gaussian", "gamma", "probit"])
@pytest.mark.parametrize("rows", [60, 30_000])
def test_a_whole_fit_has_the_verdict_and_the_digits_of_numpy(family, rows):
    pair = {"binomial": 0, "poisson": 1, "gamma": 2, "gaussian": 3, "probit": 4}[family]
    block, _ = rows_of(*PAIRS[pair], rows, 6, weighted=family == "gamma", offset=family == "poisson")
    data, model = InMemory(tuple("abcdef"), block), GLM(*PAIRS[pair])
    runs, closings = [], []
    for way in ("numpy", "compiled"):
        with chosen(way):
            runs.append(fit(Problem(model, data), Fisher()))
            closings.append(close(Problem(model, data), runs[0].coef, Problem(model, data).second_order(runs[0].coef)))
    assert runs[0].status is runs[1].status
    assert np.allclose(runs[1].coef, runs[0].coef, rtol=1e-12, atol=1e-14)
    assert (closings[0] is None) == (closings[1] is None)
    if closings[0] is not None:
        same(closings[1][0], closings[0][0])
        assert closings[1][2].decrement == pytest.approx(closings[0][2].decrement, abs=1e-9)


@pytest.mark.parametrize("gap", [0.0, 1e-3])
def test_separated_rows_have_no_maximum_either_way(gap):
    x = np.concatenate([np.linspace(-1, -gap, 500), np.linspace(gap, 1, 500)])
    y = 1.0 * (np.arange(1000) >= 500)
    for way in ("numpy", "compiled"):
        with chosen(way):
            assert "separated" in glmnn.fit(x, y, solver="fisher").verdict


def test_leaves_that_the_visit_declines_go_by_numpy_in_threads_too():
    """Two rows far out, in two leaves of forty: the others are still visited."""
    block, coef = rows_of(BINOMIAL, PROBIT, 120_000, 16)
    block.X[[7, 60_000], 3] = 40.0 / coef[3]
    model, names = GLM(BINOMIAL, PROBIT), tuple("abcdefghijklmnop")
    seen = set()
    for source in (InMemory(names, block), WithOnes(names, block._replace(X=block.X[:, 1:]))):
        for workers in (1, 2):
            with chosen("compiled"), in_threads(workers):
                total = Problem(model, source).second_order(coef)
            seen.add((total.deviance, total.score.tobytes(), total.information.tobytes()))
    assert len(seen) == 1
    with chosen("numpy"):
        wanted = Problem(model, InMemory(names, block)).second_order(coef)
    same(total.information, wanted.information)
    same(total.deviance, wanted.deviance)


def test_a_worker_without_numba_goes_by_numpy(monkeypatch):
    block, coef = rows_of(POISSON, LOG)
    model = GLM(POISSON, LOG)
    evaluate = pickle.loads(pickle.dumps(Fused("POISSON_LOG", True, True, of_second_order, model.second_order)))
    visited = evaluate(coef, block)
    monkeypatch.setitem(sys.modules, "glmnn.kernels.compiled.visit", None)
    monkeypatch.delattr(importlib.import_module("glmnn.kernels.compiled"), "visit")
    plain = evaluate(coef, block)
    assert plain.deviance == model.second_order(coef, block).deviance
    same(visited.information, plain.information)


@each_pair
@pytest.mark.parametrize("weighted", [False, True])
def test_a_whole_fit_by_one_call_has_the_states_that_are_visited_one_by_one(family, link, weighted, monkeypatch):
    block, _ = rows_of(family, link, 9_000, 6, weighted=weighted, offset=weighted)
    model, names = GLM(family, link), tuple("abcdef")
    with chosen("compiled"):
        problem = Problem(model, InMemory(names, block))
        ahead = fit(problem, Fisher())
        assert len(problem.foreseen.states) >= 2
        monkeypatch.setattr("glmnn.problem.foreseen.FEW_ROWS", 0)
        alone = Problem(model, WithOnes(names, block._replace(X=block.X[:, 1:])))
        one_by_one = fit(alone, Fisher())
        assert not alone.foreseen.states
    assert ahead.path.tobytes() == one_by_one.path.tobytes()
    assert (ahead.status, ahead.iterations, ahead.passes) == (one_by_one.status, one_by_one.iterations, alone.passes)
    with chosen("numpy"):
        plain = fit(Problem(model, InMemory(names, block)), Fisher())
    assert (plain.status, plain.iterations) == (ahead.status, ahead.iterations)
    same(ahead.coef, plain.coef)


def test_where_scoring_is_not_plain_the_states_that_are_missing_are_visited():
    """A start of the user's, and steps that are halved, lead elsewhere than was foreseen."""
    block, _ = rows_of(BINOMIAL, PROBIT, 300, 4)
    for start in (None, np.array([4.0, -6.0, 5.0, 6.0])):
        runs = []
        for way in ("numpy", "compiled"):
            with chosen(way):
                runs.append(fit(Problem(GLM(BINOMIAL, PROBIT), InMemory(tuple("abcd"), block)), Fisher(), start=start))
        assert runs[0].iterations == runs[1].iterations
        same(runs[1].coef, runs[0].coef)


@pytest.mark.parametrize("p", [1, 2, 9, 64])
def test_small_systems(p):
    rng = np.random.default_rng(p)
    rows = rng.standard_normal((4 * p, p)) * 10.0 ** rng.integers(-6, 7, p)
    matrix, right = rows.T @ rows, rows.T @ rng.standard_normal(4 * p)
    scale = np.sqrt(matrix.diagonal())
    scaled = matrix / np.outer(scale, scale)
    with chosen("numpy"):
        wanted = solve(scaled, scale, right)
    with chosen("compiled"):
        found = solve(scaled, scale, right)
    assert np.allclose(found * scale, wanted * scale, rtol=1e-11, atol=1e-13 * np.max(np.abs(wanted * scale)))
    twins = np.array([[1.0, 1.0 - 1e-12], [1.0 - 1e-12, 1.0]])  # too near to singular for a factor of Cholesky
    with chosen("numpy"):
        wanted = solve(twins, np.ones(2), np.array([1.0, 2.0]))
    with chosen("compiled"):
        assert solve(twins, np.ones(2), np.array([1.0, 2.0])).tobytes() == wanted.tobytes()
