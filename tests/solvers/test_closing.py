"""The pass at the end of the last step says what many passes said, and proves no maximum where there is none."""

from functools import partial

import numpy as np
import pytest

from glmnn.data.dataset import InMemory
from glmnn.diagnostics.existence import maximum_is_proved, maximum_of_classes_is_proved, separation_of
from glmnn.diagnostics.inference import infer
from glmnn.diagnostics.separation.verdict import find_separation
from glmnn.models.families import BINOMIAL, GAMMA, GAUSSIAN, INVERSE_GAUSSIAN, POISSON
from glmnn.models.glm import GLM
from glmnn.models.links import CAUCHIT, CLOGLOG, IDENTITY, INVERSE, INVERSE_SQUARED, LOG, LOGIT, PROBIT, SQRT
from glmnn.models.multinomial import Multinomial
from glmnn.problem.problem import Problem
from glmnn.solvers.closing import Closing, close
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit
from glmnn.solvers.polish import polish

LOGISTIC = GLM(BINOMIAL, LOGIT)
CLOSED = [LOGISTIC, GLM(POISSON, LOG), GLM(GAUSSIAN, IDENTITY)]


def drawn(model, rows=4_000, weights=False, seed=1):
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(rows), rng.standard_normal((rows, 3))])
    level = 0.3
    if model.etas != (-np.inf, np.inf):  # away from the edge
        X[:, 1:], level = np.tanh(X[:, 1:]), 2.0
    y = model.family.draw(rng, model.link.inverse(X @ np.array([level, 0.5, -0.4, 0.0])), 0.5, None)
    weight = rng.uniform(0.5, 2.0, rows) if weights else None
    return Problem(model, InMemory.from_arrays(X, np.asarray(y, dtype=float), prior_weight=weight))


@pytest.mark.parametrize("weights", [False, True])
@pytest.mark.parametrize("model", CLOSED, ids=lambda model: model.name)
def test_one_pass_says_what_many_said(model, weights):
    problem = drawn(model, weights=weights)
    run = fit(problem.fresh(), Fisher())
    assert run.converged
    assert run.closing is not None
    ours = infer(problem.fresh(), run.coef, rest=run.rest, closing=run.closing)
    theirs = infer(problem.fresh(), run.coef, rest=run.rest)
    for name in ("std_error", "low", "high", "covariance"):
        assert getattr(ours, name) == pytest.approx(getattr(theirs, name), rel=1e-12, abs=1e-15)
    for name in ("deviance", "null_deviance", "pearson", "log_likelihood", "aic", "lr_statistic", "dispersion"):
        assert getattr(ours, name) == pytest.approx(getattr(theirs, name), rel=1e-12)
    assert ours.exact == theirs.exact


@pytest.mark.parametrize("model", CLOSED, ids=lambda model: model.name)
def test_the_last_step_ends_where_the_polish_does(model):
    problem = drawn(model)
    run = fit(problem.fresh(), Fisher())
    here = problem.second_order(run.coef + 1e-6)
    high, low = polish(problem.fresh(), run.coef + 1e-6, here)
    assert run.coef == pytest.approx(high, rel=1e-13, abs=1e-16)
    assert np.all(np.abs(run.rest - low) < 1e-14)


@pytest.mark.parametrize(
    "model",
    [
        GLM(BINOMIAL, PROBIT),
        GLM(BINOMIAL, CLOGLOG),
        GLM(GAMMA, LOG),
        GLM(GAUSSIAN, LOG),
        GLM(GAMMA, INVERSE),
        GLM(GAMMA, IDENTITY),
        GLM(POISSON, SQRT),
        GLM(INVERSE_GAUSSIAN, INVERSE_SQUARED),
    ],
    ids=lambda m: m.name,
)
def test_of_many_rows_links_that_are_not_canonical_or_have_an_edge_are_closed_too(model, monkeypatch):
    problem = drawn(model, 40_000)
    run = fit(problem.fresh(), Fisher())
    assert run.closing is not None
    assert run.looks[-1].decrement < 1e-8  # that of the pass at the end, where it was foreseen
    ours, theirs = (infer(problem.fresh(), run.coef, rest=run.rest, closing=known) for known in (run.closing, None))
    for name in ("coef", "std_error", "deviance", "null_deviance", "pearson", "log_likelihood", "dispersion"):
        assert getattr(ours, name) == pytest.approx(getattr(theirs, name), rel=2e-10)
    for where in ("closing", "stopping.standard_errors"):
        monkeypatch.setattr(f"glmnn.solvers.{where}.MANY", np.inf)
    slowly = fit(problem.fresh(), Fisher())
    assert slowly.closing is None
    assert run.passes <= slowly.passes - 1
    assert run.coef == pytest.approx(slowly.coef, rel=1e-13, abs=1e-16)
    if model.family == BINOMIAL:
        monkeypatch.setattr("glmnn.diagnostics.existence.overlap_is_proved", pytest.fail)
        assert separation_of(problem.fresh(), run) is None


@pytest.mark.parametrize("link", [PROBIT, CAUCHIT], ids=lambda link: link.name)
def test_both_informations_come_from_one_pass_and_newtons_step_only_where_it_leads_up(link):
    problem = drawn(GLM(BINOMIAL, link))
    for coef, definite in ((np.array([0.3, 0.5, -0.4, 0.0]), True), (np.array([9.0, 5.0, -4.0, 20.0]), link == PROBIT)):
        before, both = problem.passes, problem.both_orders(coef)
        assert problem.passes == before + 1
        plain, observed = problem.second_order(coef), problem.observed_information(coef)
        assert np.array_equal(both.observed, observed)
        assert both.deviance == pytest.approx(plain.deviance, rel=1e-14)
        assert both.information == pytest.approx(plain.information, rel=1e-12)
        assert plain.newton is None
        assert (both.newton is not None) == definite
        if both.newton is not None:
            assert both.newton.scoring_step() == pytest.approx(np.linalg.solve(observed, both.score), rel=1e-8)


def test_what_it_leaves_to_the_polish():
    """Fisher's steps that are not Newton's, few rows, and a point from which one step is not enough."""
    for model in (GLM(GAMMA, LOG), GLM(GAMMA, INVERSE)):  # the second has a domain with an edge
        problem = drawn(GLM(GAMMA, LOG))
        run = fit(Problem(model, problem.data), Fisher())
        assert run.closing is None
    assert fit(drawn(LOGISTIC, 100), Fisher()).closing is None
    problem = drawn(LOGISTIC)
    nought = np.zeros(4)
    assert close(problem, nought, problem.second_order(nought)) is None


def closing_at(problem, coef):
    """Return the sums at coefficients, as if a run had ended there."""
    from glmnn.solvers.closing import _close

    with np.errstate(all="ignore"):
        return problem.data.sum(_close, problem.glm, coef)


def observed_at(problem, coef):
    """Return the sums at coefficients with those of links that are not canonical."""
    from glmnn.solvers.closing import _bounded, _close, _close_with

    with np.errstate(all="ignore"):
        bread = problem.second_order(coef).covariance()
        evaluate = partial(_close, problem.glm)
        return problem.data.sum(_close_with, partial(_bounded, None), bread, problem.glm, evaluate, coef)


def small_set(seed, separated, model=LOGISTIC):
    """Return a small set on a random scale, its rows separated by a plane or not."""
    rng = np.random.default_rng(seed)
    rows, p = int(rng.integers(5, 60)), int(rng.integers(1, 4))
    X = np.column_stack([np.ones(rows), np.round(rng.standard_normal((rows, p)), 1)])
    y = (X @ rng.standard_normal(p + 1) > 0).astype(float)
    if not separated:
        flipped = rng.integers(0, rows, 1 + int(rng.integers(0, 3)))
        y[flipped] = 1.0 - y[flipped]
    scale = 10.0 ** rng.uniform(-3, 3, p + 1)
    return Problem(model, InMemory.from_arrays(X * scale, y))


@pytest.mark.slow
@pytest.mark.parametrize("link", [LOGIT, PROBIT, CLOGLOG], ids=lambda link: link.name)
def test_no_maximum_is_proved_where_rows_are_separated(link):
    """Along the path of Fisher scoring, which runs far out: the proof must fail at every state."""
    seen, at = 0, closing_at if link == LOGIT else observed_at
    for seed in range(150):
        problem = small_set(seed, separated=True, model=GLM(BINOMIAL, link))
        if np.linalg.matrix_rank(problem.data.whole.X) < len(problem.names):
            continue
        for step in Fisher(max_iter=30).steps(problem.fresh()):
            if step.iteration > 25 or not np.all(np.isfinite(step.coef)):
                break
            closing: Closing = at(problem, step.coef)
            assert not maximum_is_proved(problem, closing)
            seen += 1
    assert seen > 1_000


@pytest.mark.parametrize(("link", "share"), [(LOGIT, 0.9), (PROBIT, 0.9), (CLOGLOG, 0.7)])
def test_maxima_of_rows_that_overlap_are_proved(link, share):
    """Of a failure far out on the steep side of cloglog hardly any score is left to correct."""
    proved, tried, at = 0, 0, closing_at if link == LOGIT else observed_at
    for seed in range(150):
        problem = small_set(seed, separated=False, model=GLM(BINOMIAL, link))
        run = fit(problem.fresh(), Fisher())
        if not run.converged or find_separation(problem.fresh()) is not None:
            continue
        tried += 1
        proved += maximum_is_proved(problem, at(problem, run.coef))
    assert tried > 60
    assert proved > share * tried


def test_the_proof_is_what_existence_rests_on(monkeypatch):
    problem = drawn(LOGISTIC)
    run = fit(problem.fresh(), Fisher())
    monkeypatch.setattr("glmnn.diagnostics.existence.overlap_is_proved", pytest.fail)
    assert separation_of(problem.fresh(), run) is None


def test_a_pass_that_is_foreseen_is_saved_and_no_digit_with_it():
    """From 20,000 rows on: the run ends one state before the rule is met, and the pass at the end finds it met."""
    problem = drawn(LOGISTIC, 200_000)
    run = fit(problem.fresh(), Fisher())
    assert run.converged
    assert run.looks[-2].decrement > 1e-8 > run.looks[-1].decrement  # the last is that of the pass at the end
    assert [look.iteration for look in run.looks] == list(range(1, run.iterations + 1))
    assert run.closing.second_order.decrement() < 1e-8
    nought = np.zeros(4)
    for _ in range(12):
        here = problem.second_order(nought)
        nought = nought + here.scoring_step()
    assert run.coef == pytest.approx(nought, rel=1e-13)
    exact = np.sqrt(np.diagonal(np.linalg.inv(problem.second_order(nought).information)))
    assert run.closing.second_order.std_error() == pytest.approx(exact, rel=1e-11)


def classes(seed, separated):
    """Return a small set of three classes, which planes part or not."""
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(12, 60))
    X = np.column_stack([np.ones(rows), np.round(rng.standard_normal((rows, 2)), 1)])
    y = np.argmax(X @ rng.standard_normal((3, 3)), axis=1).astype(float)
    if not separated:
        some = rng.random(rows) < 0.4
        y[some] = rng.integers(0, 3, some.sum())
    return Problem(Multinomial(("a", "b", "c")), InMemory.from_arrays(X, y))


def closing_of_classes(problem, coef):
    from glmnn.solvers.closing_classes import _close

    with np.errstate(all="ignore"):
        return problem.data.sum(_close, problem.model, problem.second_order(coef).covariance(), coef)


def test_no_maximum_is_proved_where_planes_part_the_classes():
    seen = 0
    for seed in range(60):
        problem = classes(seed, separated=True)
        if len(set(problem.data.whole.y)) < 3:
            continue
        for step in Fisher(max_iter=25).steps(problem.fresh()):
            if step.iteration > 20 or not np.all(np.isfinite(step.coef)):
                break
            assert not maximum_of_classes_is_proved(closing_of_classes(problem, step.coef))
            seen += 1
    assert seen > 300


def test_maxima_of_classes_that_overlap_are_proved():
    proved = tried = 0
    for seed in range(60):
        problem = classes(seed, separated=False)
        run = fit(problem.fresh(), Fisher())
        if not run.converged or separation_of(problem.fresh(), run) is not None:
            continue
        tried += 1
        proved += maximum_of_classes_is_proved(closing_of_classes(problem, run.coef))
    assert tried > 40
    assert proved > 0.9 * tried
