"""The contract of every solver: on every pair it reaches the maximum, or says that it did not."""

import csv
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from glmnn.data import summary
from glmnn.data.dataset import InMemory
from glmnn.diagnostics.inference import infer
from glmnn.errors import DataError
from glmnn.fitting.agreement import compare
from glmnn.models.families import BINOMIAL, GAUSSIAN, POISSON
from glmnn.models.glm import GLM
from glmnn.models.links import LINKS, LOGIT
from glmnn.problem.problem import Problem
from glmnn.solvers import fisher
from glmnn.solvers.external.statsmodels import Statsmodels
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.loop import fit
from glmnn.solvers.scaling import curvature, standardising
from glmnn.solvers.stopping import Status
from glmnn.solvers.stopping.standard_errors import StandardErrors
from glmnn.solvers.updates import UPDATES
from pairs import MODEL_NAMES, MODELS, sample

models = pytest.mark.parametrize("model", MODELS, ids=MODEL_NAMES)
LOGISTIC = GLM(BINOMIAL, LOGIT)
PRIMES = InMemory.from_arrays(
    np.column_stack([np.ones(6), [2, 3, 5, 7, 11, 13]]), np.array([0, 0, 1, 0, 1, 1]), ("(Intercept)", "x")
)
MLE = np.array([-3.5490706728012983425, 0.55177592083894914154])  # 50-digit Newton iteration in mpmath


def video(rows=1000, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.uniform(-3, 3, (rows, 2))
    y = rng.random(rows) < LOGIT.inverse(0.3 - X[:, 0] + 2 * X[:, 1])
    return InMemory.from_arrays(np.column_stack([np.ones(rows), X]), y)


@models
def test_fisher_scoring_reaches_the_maximum(model):
    problem = sample(model)
    run = fit(problem, Fisher())
    assert run.status is Status.CONVERGED
    here = problem.second_order(run.coef)
    dispersion = 1.0 if model.family.dispersion_known else here.deviance / (here.rows - 2)
    assert np.sqrt(here.score @ here.scoring_step() / dispersion) < 1e-8
    nearby = [problem.first_order(run.coef + step).deviance for step in 1e-3 * np.array([[1, 1], [1, -1], [-1, 0.5]])]
    assert min(nearby) > here.deviance


@pytest.mark.slow
@models
@pytest.mark.parametrize("name", sorted(set(UPDATES) - {"sgd"}))
def test_the_neuron_agrees_with_fisher_scoring(model, name):
    problem = sample(model)
    reference = fit(problem, Fisher())
    inference = infer(problem, reference.coef)
    run = fit(problem.fresh(), Gradient(name))
    found = compare(problem, run, inference.coef, inference.std_error)
    assert run.status is Status.CONVERGED
    assert found.distance < 1e-7


@models
def test_statsmodels_agrees(model):
    problem = sample(model)
    inference = infer(problem, fit(problem, Fisher()).coef)
    run = fit(problem.fresh(), Statsmodels())
    if run.status is Status.DECLINED:
        pytest.skip("statsmodels declines this pair")
    assert compare(problem, run, inference.coef, inference.std_error).distance < 1e-4
    theirs = Statsmodels().result(problem, None)
    np.testing.assert_allclose(inference.std_error, theirs.bse, rtol=1e-4)
    assert inference.deviance == pytest.approx(theirs.deviance, rel=1e-9)


def test_primes_to_twelve_digits_in_six_iterations():
    run = fit(Problem(LOGISTIC, PRIMES), Fisher())
    np.testing.assert_allclose(run.coef, MLE, rtol=1e-12)
    assert run.iterations == 6
    assert run.passes in (7, 8)  # one or two confirm the last digit, as BLAS rounds


@pytest.mark.parametrize(("lr", "steps"), [(0.1, 4828), (0.05, 9661), (0.01, 48329)])
def test_primes_by_plain_descent_takes_the_steps_of_the_source(lr, steps):
    """First step within 5e-5 of both coefficients, from zeros, in the data's own columns."""
    run = fit(Problem(LOGISTIC, PRIMES), Gradient(lr=lr, standardize=False), StandardErrors(1e-6))
    close = np.abs(run.path - MLE).max(axis=1) < 5e-5
    assert run.path_iterations[np.argmax(close)] == steps
    assert np.abs(run.coef / MLE - 1).max() < 1e-5


def test_the_stop_of_gradient_descent_is_exact():
    """The iteration before the stop does not meet the rule: looking rarely does not blur the count."""
    problem = Problem(LOGISTIC, PRIMES)
    run = fit(problem, Gradient(lr=0.1, standardize=False))
    before = problem.second_order(run.path[-2])
    assert np.sqrt(before.score @ before.scoring_step()) > 1e-8
    assert run.iterations == run.path_iterations[-1] == len(run.path) - 1
    assert len(run.looks) < 120


def test_the_looks_cost_the_solver_nothing():
    problem = Problem(LOGISTIC, PRIMES)
    run = fit(problem, Gradient(lr=0.1, standardize=False))
    assert run.passes == run.iterations + 1


@pytest.mark.slow
def test_the_lecture_loop_on_iris():
    """The lecture's loop, by its own rule |change of theta| <= 5e-5, stops at iteration 237,706 (or 237,425 with the
    UCI copy of one width)."""
    text = (Path(__file__).parents[2] / "data" / "iris_setosa.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    X = np.array([[float(row["sepal_length"]), float(row["sepal_width"]), 1.0] for row in rows])
    y = np.array([float(row["y"]) for row in rows])
    problem = Problem(LOGISTIC, InMemory.from_arrays(X, y))
    solver = Gradient(lr=0.1, standardize=False)
    before = np.zeros(3)
    for step in solver.steps(problem, np.ones(3)):
        if np.linalg.norm(step.coef - before) <= 5e-5:
            break
        before = step.coef
    assert step.iteration == 237_706
    np.testing.assert_allclose(step.coef, [11.66, -12.82, -23.12], atol=0.006)


def test_a_learning_rate_that_is_too_large_is_called_diverged():
    run = fit(Problem(LOGISTIC, PRIMES), Gradient(lr=5.0, standardize=False))
    assert run.status is Status.DIVERGED
    assert np.all(np.isfinite(run.coef))
    counts = InMemory.from_arrays(PRIMES.whole.X, np.array([1, 4, 2, 30, 80, 300]))
    run = fit(Problem(GLM(POISSON, LINKS["log"]), counts), Gradient(lr=1.0, standardize=False))
    assert run.status is Status.DIVERGED
    assert np.all(np.isfinite(run.coef))


def test_saturation_is_not_convergence():
    """At a huge rate every probability is 0 or 1 and the score vanishes far from the maximum."""
    run = fit(Problem(LOGISTIC, PRIMES), Gradient(lr=3e4, standardize=False), StandardErrors(max_iter=2000))
    assert run.status in {Status.DIVERGED, Status.ITERATION_LIMIT}


@pytest.mark.parametrize("batch", [1, 7, 32])
def test_stochastic_descent_comes_near_and_says_that_it_did_not_converge(batch):
    problem = Problem(LOGISTIC, video())
    inference = infer(problem, fit(problem, Fisher()).coef)
    solver = Gradient("sgd", batch_size=batch, schedule="sqrt", average=True)
    run = fit(problem.fresh(), solver, StandardErrors(max_iter=40 * 1000 // batch))
    assert run.status is Status.ITERATION_LIMIT
    assert compare(problem, run, inference.coef, inference.std_error).distance < 0.2


def test_a_batch_of_all_rows_is_full_batch_descent():
    full = fit(Problem(LOGISTIC, PRIMES), Gradient(lr=0.05, standardize=False), StandardErrors(max_iter=50))
    batch = fit(
        Problem(LOGISTIC, PRIMES),
        Gradient("sgd", lr=0.05, standardize=False, batch_size=6),
        StandardErrors(max_iter=50),
    )
    np.testing.assert_array_equal(full.path, batch.path)


def test_one_row_at_a_time_equals_batches_of_one():
    """The fast loop for single rows takes the same steps as the general one."""
    from glmnn.solvers.descent import mini_batch
    from glmnn.solvers.steps import step_by_step

    data = video(50)
    fast = Gradient("sgd", lr=0.1, batch_size=1, standardize=False, seed=3)
    states = [step.coef for step in islice(fast.steps(Problem(LOGISTIC, data), np.zeros(3)), 120)]
    rule, rng = UPDATES["gd"](0.1), np.random.default_rng(3)
    slow = mini_batch(Problem(LOGISTIC, data), np.zeros(3), rule, 1, rng, step_by_step)
    np.testing.assert_allclose(states, [stretch.last.coef for stretch in islice(slow, 120)], rtol=1e-12, atol=1e-14)


def test_the_same_seed_gives_the_same_path():
    def path(seed):
        return fit(
            Problem(LOGISTIC, video()), Gradient("sgd", batch_size=32, seed=seed), StandardErrors(max_iter=99)
        ).path

    np.testing.assert_array_equal(path(1), path(1))
    assert not np.array_equal(path(1), path(2))


def test_ctrl_c_keeps_the_state_reached():
    class Interrupted(Gradient):
        def steps(self, problem, start=None):
            for step in super().steps(problem, start):
                if step.iteration == 25:
                    raise KeyboardInterrupt
                yield step

    run = fit(Problem(LOGISTIC, PRIMES), Interrupted(lr=0.05, standardize=False))
    assert run.status is Status.INTERRUPTED
    assert run.iterations == 24
    np.testing.assert_array_equal(run.coef, run.path[-1])


def test_a_start_on_a_part_of_the_rows_changes_nothing_but_the_cost(monkeypatch):
    data = video(5000)
    plain = fit(Problem(LOGISTIC, data), Fisher(subsample_start=False))
    monkeypatch.setattr(fisher, "LARGE", 1000)
    monkeypatch.setattr(summary, "SOME_ROWS", 500)
    quick = fit(Problem(LOGISTIC, data), Fisher())
    np.testing.assert_allclose(quick.coef, plain.coef, rtol=1e-13)
    assert quick.passes < plain.passes


def test_a_part_that_is_separated_falls_back_to_the_whole(monkeypatch):
    rng = np.random.default_rng(1)
    x = rng.standard_normal(3000)
    y = (x > 0).astype(float)
    y[1::2] = rng.random(1500) < 0.5  # every second row, so that the strided part is separated
    data = InMemory.from_arrays(np.column_stack([np.ones(3000), x]), y)
    monkeypatch.setattr(fisher, "LARGE", 1000)
    monkeypatch.setattr(summary, "SOME_ROWS", 1500)
    run = fit(Problem(LOGISTIC, data), Fisher())
    plain = fit(Problem(LOGISTIC, data), Fisher(subsample_start=False))
    assert run.converged
    np.testing.assert_allclose(run.coef, plain.coef, rtol=1e-12)


def test_step_halving_where_full_steps_cycle():
    """A heavy-tailed predictor on which plain Fisher scoring with the probit link leaves float64."""
    rng = np.random.default_rng(5)
    x = rng.standard_cauchy(200) * 50
    y = (rng.random(200) < LOGIT.inverse(np.clip(0.02 * x, -30, 30))).astype(float)
    data = InMemory.from_arrays(np.column_stack([np.ones(200), x]), y)
    for link in ("probit", "cloglog", "loglog", "cauchit"):
        run = fit(Problem(GLM(BINOMIAL, LINKS[link]), data), Fisher())
        assert run.converged, link


def test_an_exact_fit_is_converged():
    x = np.arange(8.0)
    data = InMemory.from_arrays(np.column_stack([np.ones(8), x]), 3 + 2 * x)
    run = fit(Problem(GLM(GAUSSIAN, LINKS["identity"]), data), Fisher())
    assert run.converged
    np.testing.assert_allclose(run.coef, [3, 2], rtol=1e-13)


def test_no_legal_start_is_an_error_that_says_what_is_legal():
    X = np.column_stack([np.array([1.0, -1.0, 2.0, -2.0])])
    data = InMemory.from_arrays(X, np.array([1.0, 2.0, 3.0, 4.0]))
    with pytest.raises(DataError, match="linear predictor between 0 and inf"):
        fit(Problem(GLM(POISSON, LINKS["identity"]), data), Fisher())


def test_standardising_is_a_change_of_coordinates():
    problem = Problem(LOGISTIC, video())
    to_data = standardising(problem)
    Z = problem.data.whole.X @ to_data
    np.testing.assert_allclose(Z[:, 1:].mean(axis=0), 0, atol=1e-13)
    np.testing.assert_allclose(Z[:, 1:].std(axis=0), 1, rtol=1e-13)
    assert np.all(Z[:, 0] == 1)


def test_curvature_of_the_primes():
    """Extreme eigenvalues of the mean information at the maximum: 0.0217 and 5.31, condition number 245."""
    found = curvature(Problem(LOGISTIC, PRIMES).second_order(MLE).information, 6)
    assert found.smallest == pytest.approx(0.0217, abs=5e-5)
    assert found.largest == pytest.approx(5.31, abs=5e-3)
    assert found.condition == pytest.approx(245, abs=0.5)
    assert found.largest_stable_lr == pytest.approx(0.377, abs=5e-4)
