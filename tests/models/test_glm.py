import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glmnn.data.dataset import InMemory
from glmnn.errors import UsageError
from glmnn.models.families import BINOMIAL, GAMMA, POISSON
from glmnn.models.glm import GLM
from glmnn.models.links import LINKS, LOGIT
from glmnn.models.pointwise import AnyPair, LogisticPair
from glmnn.problem.problem import Problem
from pairs import MODEL_NAMES, MODELS, sample

models = pytest.mark.parametrize("model", MODELS, ids=MODEL_NAMES)


@models
def test_score_is_minus_half_the_deviance_gradient(model):
    problem = sample(model)
    coef = problem.constant_start() + np.array([0.0, 0.01])
    scale = np.maximum(np.abs(coef), 1.0) * 1e-6
    numeric = [
        -(problem.first_order(coef + step).deviance - problem.first_order(coef - step).deviance) / (4 * scale[j])
        for j, step in enumerate(np.diag(scale))
    ]
    here = problem.second_order(coef)
    size = np.sqrt(np.diagonal(here.information))
    np.testing.assert_allclose(here.score / size, numeric / size, rtol=1e-5, atol=1e-5)


@models
def test_evaluations_tell_the_same(model):
    problem = sample(model)
    coef = problem.constant_start()
    second, first = problem.second_order(coef), problem.first_order(coef)
    np.testing.assert_allclose(problem.score(coef), second.score, rtol=1e-11, atol=1e-9)
    np.testing.assert_allclose(first.score, second.score, rtol=1e-12, atol=1e-9)
    assert first.deviance == pytest.approx(second.deviance, rel=1e-13)


@models
def test_information_is_the_mean_square_of_the_score(model):
    """E[score^2] = information, by drawing y = mu +- sd: the Fisher identity with V(mu) as the variance."""
    problem = sample(model)
    coef = problem.constant_start()
    block = problem.data.whole
    mu = model.fitted(coef, block)
    eta = model.eta(coef, block)
    spread = np.sqrt(model.family.variance(mu))
    inner = np.minimum(spread, 0.5 * np.minimum(mu, 1 - mu)) if model.family.means == (0.0, 1.0) else 0.3 * mu
    ratio = (spread / inner) ** 2
    up = model.pointwise.score(eta.copy(), mu + inner)
    down = model.pointwise.score(eta.copy(), mu - inner)
    _, _, information = model.pointwise.evaluate(eta, block.y)
    np.testing.assert_allclose(ratio * (up**2 + down**2) / 2, information, rtol=1e-8)


@models
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_any_partition_of_rows_sums_to_the_whole(model, data):
    problem = sample(model)
    coef = problem.constant_start()
    whole = model.second_order(coef, problem.data.whole)
    cuts = sorted(data.draw(st.sets(st.integers(1, 59), max_size=5)))
    parts = [problem.data.whole.rows(slice(a, b)) for a, b in zip([0, *cuts], [*cuts, 60], strict=True)]
    total = model.second_order(coef, parts[0])
    for part in parts[1:]:
        total = total + model.second_order(coef, part)
    assert total.rows == 60
    assert total.deviance == pytest.approx(whole.deviance, rel=1e-12)
    size = np.sqrt(np.diagonal(whole.information))
    np.testing.assert_allclose(total.score / size, whole.score / size, atol=1e-10)
    np.testing.assert_allclose(total.information, whole.information, rtol=1e-12)


@models
def test_one_row_without_arrays(model):
    problem = sample(model)
    block = problem.data.whole
    eta = model.eta(problem.constant_start(), block)
    rows = model.pointwise.score(eta.copy(), block.y)
    for i in (0, 7, 31):
        assert model.pointwise.score_of_one(float(eta[i]), float(block.y[i])) == pytest.approx(rows[i], rel=1e-12)


@given(st.floats(-745, 745), st.floats(0, 1))
def test_the_fast_logistic_equals_the_general_pair(eta, y):
    eta, y = np.array([eta]), np.array([y])
    with np.errstate(all="ignore"):
        for fast, general in zip(
            LogisticPair().evaluate(eta, y), AnyPair(BINOMIAL, LOGIT).evaluate(eta, y), strict=True
        ):
            if np.isfinite(general[0]):
                np.testing.assert_allclose(fast, general, rtol=1e-9, atol=1e-12)


def test_outside_the_domain_the_deviance_is_infinite():
    model = GLM(POISSON, LINKS["identity"])
    data = InMemory.from_arrays(np.array([[1.0, -1.0], [1.0, 1.0]]), np.array([1.0, 2.0]))
    assert Problem(model, data).second_order(np.array([1.0, 2.0])).deviance == np.inf
    assert Problem(model, data).first_order(np.array([1.0, 2.0])).deviance == np.inf


def test_nonsense_pairs_are_refused():
    with pytest.raises(UsageError, match="means between 0 and 1"):
        GLM(GAMMA, LOGIT)
    with pytest.raises(UsageError, match="does not make sense for binomial"):
        GLM(BINOMIAL, LINKS["sqrt"])


def test_passes_are_counted():
    problem = sample(MODELS[0])
    coef = np.zeros(2)
    problem.score(coef)
    problem.second_order(coef)
    assert problem.passes == 2
    batches = problem.minibatches(25, np.random.default_rng(0))
    sizes = [next(batches).y.size for _ in range(3)]
    assert sizes == [25, 25, 10]
    assert problem.passes == pytest.approx(3)
