"""scikit-learn's estimators are asked for the same model, and the report says how far their own rules lead."""

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed: pip install scikit-learn")

from frameworks.mirrors import bundled, distance
from glmnn.data.dataset import InMemory
from glmnn.data.sources.files import read_table
from glmnn.fitting.compare import run as run_spec
from glmnn.fitting.options import FitOptions
from glmnn.fitting.plan import make_spec
from glmnn.fitting.verdict import verdict_lines
from glmnn.models.families import BINOMIAL, GAMMA, GAUSSIAN, INVERSE_GAUSSIAN, POISSON, negative_binomial, tweedie
from glmnn.models.glm import GLM
from glmnn.models.links import IDENTITY, INVERSE, LOG, LOGIT, PROBIT
from glmnn.models.multinomial import Multinomial
from glmnn.problem.penalty import Ridge
from glmnn.problem.problem import Problem
from glmnn.solvers.external.sklearn import Sklearn
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit
from glmnn.solvers.stopping import Status
from pairs import sample


@pytest.mark.parametrize("method", ["lbfgs", "newton-cg", "newton-cholesky", "sag", "saga"])
def test_logistic_regression_without_penalty(method):
    run, far = distance(bundled("video"), Sklearn(method=method))
    assert run.status in {Status.CONVERGED, Status.STALLED}
    assert run.iterations > 0
    assert far < 0.1  # the default penalty would be 0.3 away


def test_its_default_stop_is_told():
    run, far = distance(bundled("primes"), Sklearn())
    assert run.status is Status.STALLED
    assert 1e-6 < far < 1e-3


@pytest.mark.parametrize(
    "model",
    [
        GLM(GAUSSIAN, IDENTITY), GLM(GAUSSIAN, LOG), GLM(POISSON, LOG), GLM(GAMMA, LOG), GLM(INVERSE_GAUSSIAN, LOG),
        GLM(tweedie(1.5), LOG),
    ],
)  # fmt: skip
def test_the_regressors_with_weights_and_an_offset(model):
    """The exposure goes into response and weights, which is exact."""
    _, far = distance(sample(model), Sklearn())
    assert far < 0.05


def test_shares_become_two_rows():
    problem = sample(GLM(BINOMIAL, LOGIT))
    plain = problem.data.whole._replace(offset=np.zeros(problem.rows))
    _, far = distance(Problem(problem.model, InMemory(problem.names, plain)), Sklearn(method="newton-cholesky"))
    assert far < 1e-2


def test_no_intercept_and_columns_in_any_order():
    video = bundled("video")
    X = video.data.whole.X
    for columns in ([1, 2], [1, 0, 2]):
        data = InMemory.from_arrays(X[:, columns], video.data.whole.y)
        _, far = distance(Problem(video.model, data), Sklearn(method="newton-cholesky"))
        assert far < 0.05


def test_a_start_is_taken():
    video = bundled("video")
    run, far = distance(video, Sklearn(), start=np.array([0.32085895, -0.88895415, 2.0198214]))
    assert run.iterations <= 1
    assert far < 1e-5


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (GLM(BINOMIAL, PROBIT), "no binomial family with the probit link"),
        (GLM(GAMMA, INVERSE), "no gamma family with the inverse link"),
        (GLM(negative_binomial(0.7), LOG), "no negative_binomial family"),
        (GLM(BINOMIAL, LOGIT), "no offset"),
    ],
)
def test_what_it_cannot_do_is_declined(model, why):
    run = fit(sample(model), Sklearn())
    assert run.status is Status.DECLINED
    assert why in run.reason


def test_a_penalty_is_declined():
    problem = bundled("primes")
    run = fit(Problem(problem.model, problem.data, penalty=Ridge(1.0, (True, False))), Sklearn())
    assert run.status is Status.DECLINED


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("labels", [2, 3])
def test_classes_are_those_of_a_softmax_layer(labels, intercept):
    rng = np.random.default_rng(labels)
    X = np.column_stack([*([np.ones(200)] if intercept else []), rng.normal(size=(200, 2))])
    model = Multinomial(tuple("abc"[:labels]))
    data = InMemory.from_arrays(X, rng.integers(0, labels, 200), model.terms(tuple("uvw"[: X.shape[1]])))
    theirs = fit(Problem(model, data), Sklearn("sklearn:newton-cg", "newton-cg"))
    mine = fit(Problem(model, data), Fisher())
    np.testing.assert_allclose(theirs.coef, mine.coef, atol=2e-3)


def test_where_its_own_stop_is_far_off_the_tolerance_that_would_do_is_told():
    """scikit-learn's tol of 1e-4 ends 2 standard errors away on ships, 1e-12 within 1e-5."""
    options = {"formula": "incidents ~ type + built + period", "family": "poisson", "exposure": "months"}
    ships = run_spec(make_spec(FitOptions(solver=["sklearn"], **options)), read_table("data/ships.csv"))
    (far,), (own,) = ships.agreements, ships.tolerances
    assert (ships.exit, ships.fits[0].status) == (1, Status.OWN_STOP)
    assert far.distance == pytest.approx(2.0, abs=0.1)
    assert own.reaches in (1e-8, 1e-10)
    assert own.distance < 1e-3 < far.distance
    spec = make_spec(FitOptions(solver=["sklearn"], tol_agree=1e-3 * own.distance, **options))
    stricter = run_spec(spec, read_table("data/ships.csv"))
    assert stricter.tolerances[0].reaches is None
    assert "Its tol=0.0001 bounds the largest component of the gradient of the mean loss" in verdict_lines(stricter)[-1]
    assert "even with 1e-12 it ends" in verdict_lines(stricter)[-1]


def test_the_iteration_limit_is_told_from_its_own_stop():
    options = FitOptions(solver=["sklearn:saga"])
    primes = run_spec(make_spec(options), read_table("data/primes.csv"))
    assert primes.fits[0].status is Status.ITERATION_LIMIT
