"""The perceptron: it counts its mistakes, keeps Novikoff's bound, stops where it can, and never claims the maximum."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from glmnn.cli import app
from glmnn.data.dataset import InMemory
from glmnn.fitting.perceptron_bound import count_mistakes
from glmnn.models.families import BINOMIAL, POISSON
from glmnn.models.glm import GLM
from glmnn.models.links import LOG, LOGIT
from glmnn.problem.problem import Problem
from glmnn.replaying.runs import fitted
from glmnn.solvers.loop import fit
from glmnn.solvers.perceptron import FIRST_LOOK, Perceptron
from glmnn.solvers.stopping import Status
from glmnn.solvers.stopping.standard_errors import StandardErrors

LOGISTIC = GLM(BINOMIAL, LOGIT)
IRIS, PRIMES = (str(Path(__file__).parents[2] / "data" / f"{name}.csv") for name in ("iris_setosa", "primes"))


def problem_of(X, y, **more):
    return Problem(LOGISTIC, InMemory.from_arrays(np.asarray(X, dtype=float), np.asarray(y, dtype=float), **more))


def by_the_book(X, y, passes):
    """Rosenblatt's rule row by row, as the textbooks write it."""
    coef, mistakes = np.zeros(X.shape[1]), 0
    for _ in range(passes):
        before = mistakes
        for x, label in zip(X, y, strict=True):
            if (x @ coef > 0) != label:
                coef = coef + (2 * label - 1) * x
                mistakes += 1
        if mistakes == before:
            break
    return coef, mistakes


def separable(seed, rows, columns):
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(rows), rng.integers(-20, 21, (rows, columns)) / 4])
    truth = rng.integers(-4, 5, columns + 1) / 2 + 0.25
    distance = X @ truth
    return X, distance > 0, distance


@settings(max_examples=60)
@given(seed=st.integers(0, 10**6), rows=st.integers(2, 3 * FIRST_LOOK), columns=st.integers(1, 4))
def test_the_bound_holds_and_the_mistakes_are_counted_right(seed, rows, columns):
    X, y, distance = separable(seed, rows, columns)
    assume(np.min(np.abs(distance)) > 0.2)
    problem = problem_of(X, y)
    run = fit(problem, Perceptron())
    assert run.status is Status.FINISHED
    assert np.array_equal(X @ run.coef > 0, y)
    coef, mistakes = by_the_book(X, y, 10**6)
    np.testing.assert_array_equal(run.coef, coef)
    assert run.iterations == mistakes
    found = count_mistakes(problem.fresh(), run, None, complete=True)
    assert found.ended
    if len(set(y)) == 2:
        assert found.margin > 0
        assert mistakes <= found.bound


@given(seed=st.integers(0, 10**6))
@settings(max_examples=20)
def test_another_order_of_the_rows_keeps_the_bound(seed):
    X, y, distance = separable(seed, 30, 2)
    assume(np.min(np.abs(distance)) > 0.2 and len(set(y)) == 2)
    runs = [fit(problem_of(X, y), Perceptron(seed=other)) for other in (1, 1, 2)]
    np.testing.assert_array_equal(runs[0].path, runs[1].path)
    for run in runs:
        assert run.status is Status.FINISHED
        assert run.iterations <= count_mistakes(problem_of(X, y), run, None, complete=True).bound


def test_each_update_is_a_row_added_or_taken_away():
    X, y, _ = separable(3, 40, 2)
    run = fit(problem_of(X, y), Perceptron())
    moves = {tuple(x if label else -x) for x, label in zip(X, y, strict=True)}
    assert all(tuple(after - before) in moves for before, after in pairwise(run.path))
    assert len(run.path) == run.iterations + 1


def test_the_margin_is_the_widest():
    """Two points at 1 and 3: the nearest point of the segment between y1 x1 and y2 x2 to the origin, by hand."""
    problem = problem_of([[1, 1], [1, 3]], [0, 1])
    run = fit(problem, Perceptron())
    found = count_mistakes(problem.fresh(), run, None, complete=True)
    a, b = np.array([-1.0, -1.0]), np.array([1.0, 3.0])
    share = -(a @ (b - a)) / ((b - a) @ (b - a))
    assert found.margin == pytest.approx(np.linalg.norm(a + share * (b - a)), rel=1e-12)
    assert found.radius == pytest.approx(np.sqrt(10))


def test_the_lecture_needs_1489_mistakes():
    """The lecture's step function on its iris flowers, from zeros, in the order of the rows (run apart from glmnn)."""
    problem = fitted("iris_setosa", solver=["fisher"]).estimate.problem
    run = fit(problem, Perceptron())
    assert (run.status, run.iterations) == (Status.FINISHED, 1489)
    assert run.passes == pytest.approx(686)
    start = fit(problem.fresh(), Perceptron(), start=np.ones(3))
    assert start.iterations == 1563
    assert count_mistakes(problem.fresh(), start, np.ones(3), complete=True).bound is None


def test_overlap_ends_by_the_limit():
    problem = problem_of(np.column_stack([np.ones(6), [2, 3, 5, 7, 11, 13]]), [0, 0, 1, 0, 1, 1])
    run = fit(problem, Perceptron(), StandardErrors(max_iter=500))
    assert (run.status, run.iterations, run.done) == (Status.ITERATION_LIMIT, 500, False)
    assert not run.looks
    found = count_mistakes(problem.fresh(), run, None, complete=False)
    assert (found.ended, found.bound, found.mistakes) == (False, None, 500)


@pytest.mark.parametrize(
    ("model", "y", "more", "why"),
    [
        (GLM(POISSON, LOG), [0, 1, 2], {}, "not for the poisson family"),
        (LOGISTIC, [0, 0.5, 1], {}, "not for shares"),
        (LOGISTIC, [0, 1, 1], {"prior_weight": np.array([1, 2, 1])}, "neither prior weights nor an offset"),
        (LOGISTIC, [0, 1, 1], {"offset": np.array([0, 1, 0])}, "neither prior weights nor an offset"),
    ],
)
def test_it_declines_what_it_cannot_learn(model, y, more, why):
    run = fit(Problem(model, InMemory.from_arrays(np.ones((3, 1)), np.array(y), **more)), Perceptron())
    assert run.status is Status.DECLINED
    assert why in run.reason


def invoke(*words):
    result = CliRunner().invoke(app, ["fit", *words])
    return result.exit_code, " ".join(result.stdout.split())  # not how it is wrapped


def test_the_report_on_separable_data_has_the_bound_and_no_maximum():
    code, text = invoke(IRIS, "--solver", "perceptron")
    assert code == 3
    assert "perceptron made 1,489 mistakes in 686 passes; the last pass had none" in text
    assert "at most 51,387 were possible (Novikoff)" in text
    assert "not held against the maximum" in text
    assert "finished" in text
    assert "converged" not in text


def test_the_report_on_overlapping_data_says_that_it_never_stops():
    code, text = invoke(PRIMES, "--solver", "both,perceptron", "--max-iter", "300")
    assert code == 1
    assert "would go on without end: the data overlap" in text
    assert "perceptron did not find a line without mistakes after 300 updates (iteration limit)." in text
    assert "perceptron does not agree" not in text


def test_it_is_not_compared_with_the_maximum():
    code, text = invoke(PRIMES, "--solver", "both,perceptron", "--max-iter", "300", "--json")
    document = json.loads(text)
    (entry,) = (item for item in document["solvers"] if item["solver"] == "perceptron")
    assert (code, entry["agreement"], entry["status"]) == (1, None, "iteration limit")
    assert document["mistakes"][0]["bound"] is None


def test_a_penalised_fit_of_separable_data_agrees_without_it():
    code, text = invoke(IRIS, "--penalty", "firth", "--solver", "fisher,perceptron")
    assert code == 0
    assert "Converged to the penalised estimate." in text


def test_a_lock_guards_the_maximum_not_the_line(tmp_path):
    path = str(tmp_path / "iris.toml")
    words = ("lock", IRIS, "--penalty", "firth", "--solver", "fisher,perceptron", "-o", path)
    assert CliRunner().invoke(app, words).exit_code == 0
    assert CliRunner().invoke(app, ["check", path]).exit_code == 0
