"""Many states at once are the states one by one."""

from itertools import islice, pairwise

import numpy as np
import pytest

from glmnn.arrays import Block
from glmnn.data.dataset import InMemory
from glmnn.data.with_ones import WithOnes
from glmnn.kernels.choice import chosen, installed
from glmnn.models.families import BINOMIAL, GAMMA
from glmnn.models.glm import GLM
from glmnn.models.links import LOG, LOGIT
from glmnn.problem.batches import shuffled
from glmnn.problem.problem import Problem
from glmnn.solvers.descent import averaged
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.loop import fit
from glmnn.solvers.path import Path
from glmnn.solvers.single_rows import SingleRows
from glmnn.solvers.steps import Step, Stretch
from glmnn.solvers.stopping import Budget
from glmnn.solvers.stopping.standard_errors import StandardErrors
from glmnn.solvers.updates import Form

RUNS = [
    Gradient("gd"),
    Gradient("gd", lr=0.5, schedule="cosine", standardize=False),
    Gradient("momentum", weight_decay=0.01),
    Gradient("nesterov", average=True),
    Gradient("adam"),
    Gradient("sgd", batch_size=7),
    Gradient("adam", batch_size=7, schedule="sqrt", average=True),
    Gradient("sgd", batch_size=1),
    Gradient("sgd", batch_size=1, lr=0.05, standardize=False, schedule="inverse"),
]


def drawn(weighted=False):
    rng = np.random.default_rng(5)
    X = np.column_stack([np.ones(60), rng.normal(2.0, 3.0, (60, 2))])
    weight = rng.uniform(0.5, 2.0, 60) if weighted else None
    offset = rng.normal(size=60) if weighted else None
    return Problem(GLM(BINOMIAL, LOGIT), InMemory.from_arrays(X, 1.0 * (rng.random(60) < 0.5), None, weight, offset))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("solver", RUNS, ids=lambda solver: f"{solver.name}-{solver.batch_size}-{solver.schedule}")
def test_states_made_at_once_are_those_made_one_by_one(solver, weighted):
    at_once = fit(solver.own(drawn(weighted)), solver, StandardErrors(tol=1e-30, max_iter=300))
    assert at_once.path_iterations.tolist() == list(range(at_once.iterations + 1))
    assert at_once.iterations > 20
    problem = solver.own(drawn(weighted))
    for coef, cost, step in zip(at_once.path, at_once.path_costs, islice(solver.steps(problem), 301), strict=False):
        assert cost[0] == problem.passes
        if solver.average:
            np.testing.assert_allclose(coef, step.coef, rtol=1e-13, atol=1e-15)
        else:
            np.testing.assert_array_equal(coef, step.coef)
    assert (np.diff(at_once.path_costs[:, 1]) >= 0).all()


def test_the_looks_are_where_they_are_when_every_state_is_asked_about():
    class EachAlone(Gradient):
        def steps(self, problem, start=None):
            yield from super().steps(problem, start)

    for options in ({"name": "gd"}, {"name": "sgd", "batch_size": 7}, {"name": "sgd", "batch_size": 1}):
        few, many = (fit(drawn(), kind(**options), StandardErrors(max_iter=700)) for kind in (Gradient, EachAlone))
        assert [look.iteration for look in few.looks] == [look.iteration for look in many.looks]
        assert few.status is many.status


def test_the_average_is_the_recursion_of_shamir_and_zhang():
    """mean_t = mean_(t-1) + (x_t - mean_(t-1)) (eta + 1) / (t + eta), with eta = 3 and t from 1 (section 4)."""
    states = np.random.default_rng(1).normal(3.0, 1.0, (5000, 2))
    mean, expected = np.zeros(2), []
    for t, state in enumerate(states, 1):
        mean = mean + (state - mean) * 4.0 / (t + 3.0)
        expected.append(mean)
    edges = [0, 1, 2, 900, 5000]
    parts = (
        Stretch(Step(last - 1, states[last - 1]), states[first:last], np.zeros(last - first))
        for first, last in pairwise(edges)
    )
    np.testing.assert_allclose(np.concatenate([part.coefs for part in averaged(parts)]), expected, rtol=2e-14)


def test_a_long_path_is_thinned_to_every_second_state_of_all():
    path = Path(8)
    for first, last in ((0, 0), (1, 5), (6, 21), (22, 22), (23, 40)):
        states = np.arange(first, last + 1.0)
        path.keep(Stretch(Step(last, states[-1:]), states[:, None], states), nanoseconds=last)
    assert path.iterations.tolist() == list(range(0, 41, 8))
    assert path.coefs[:, 0].tolist() == path.iterations.tolist()
    assert path.costs.tolist() == [[state, state] for state in path.iterations.tolist()]


def test_a_budget_is_kept_to_some_milliseconds_where_many_states_are_made_at_once():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(1000, 4))
    problem = Problem(GLM(BINOMIAL, LOGIT), InMemory.from_arrays(X, 1.0 * (X[:, 0] + rng.normal(size=1000) > 0)))
    run = fit(problem, Gradient(lr=1e-9), Budget(0.02, StandardErrors(max_iter=10_000_000)))
    assert run.status.value == "time limit"
    assert run.seconds < 2.0


@pytest.mark.parametrize("size", [1, 32])
def test_an_epoch_of_rows_beside_their_ones_has_the_bits_of_rows_with_them(size):
    rng = np.random.default_rng(3)
    X, names = rng.standard_normal((60_000, 19)), tuple(f"x{j}" for j in range(20))
    y = 1.0 * (rng.random(60_000) < 0.4)
    bare = WithOnes(names, InMemory.from_arrays(X, y).whole)
    whole = InMemory.from_arrays(np.column_stack([np.ones(len(y)), X]), y, names)
    assert bare.held("", "") is bare.bare  # so many that the ones are held nowhere
    solver, rule = Gradient(lr=0.05, batch_size=size, standardize=False), StandardErrors(max_iter=700)
    with chosen("numpy"):
        ours, theirs = (fit(Problem(GLM(BINOMIAL, LOGIT), data), solver, rule) for data in (bare, whole))
    assert np.array_equal(ours.path, theirs.path)
    if installed():
        with chosen("compiled"):
            loops = fit(Problem(GLM(BINOMIAL, LOGIT), bare), solver, rule)
        assert np.allclose(loops.path, theirs.path, rtol=0, atol=1e-13)


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 62, 64])
@pytest.mark.parametrize("model", [GLM(BINOMIAL, LOGIT), GLM(GAMMA, LOG)], ids=lambda model: model.family.name)
@pytest.mark.parametrize("plain", [False, True])
def test_four_rows_at_a_time_take_the_steps_of_each(rows, model, plain):
    rng = np.random.default_rng(rows)
    X, y, T = rng.normal(size=(rows, 3)), rng.uniform(0.1, 0.9, rows), rng.normal(size=(3, 3))
    weight, offset = (np.ones(rows), np.zeros(rows)) if plain else (rng.uniform(0.5, 2.0, rows), rng.normal(size=rows))
    metric = None if plain else T @ T.T
    form = Form("GD", 0.05, schedule=None if plain else lambda step: 1.0 / (1.0 + step))
    path, start = np.empty((rows, 3)), rng.normal(size=3)
    by_fours = SingleRows(model, Block(X, y, weight, offset), form, metric)
    for first in range(0, rows, 7):
        some = path[first : first + 7]
        by_fours.steps(10 + first, path[first - 1] if first else start, some)
    coef = start
    for i in range(rows):
        rate = form.lr * weight[i] * (1.0 if plain else 1.0 / (1.0 + 10 + i))
        slope = model.pointwise.score_of_one(float(X[i] @ coef + offset[i]), float(y[i]))
        coef = coef + rate * slope * (X[i] if metric is None else metric @ X[i])
        np.testing.assert_allclose(path[i], coef, rtol=1e-13, atol=1e-14)


def test_an_order_is_drawn_when_its_first_row_is_needed():
    problem, rng, other = drawn(), np.random.default_rng(3), np.random.default_rng(3)
    blocks = shuffled(problem.data, 7, rng)
    np.testing.assert_array_equal(next(blocks).gathered().y, problem.all_rows("").y[other.permutation(60)])
    following = next(blocks)
    assert (following.size, rng.bit_generator.state) == (60, other.bit_generator.state)
    np.testing.assert_array_equal(following.order, other.permutation(60))


def test_memory_for_a_long_path_is_taken_once():
    path = Path(20_000, 12_000)
    for first in range(0, 12_000, 4_000):
        coefs = np.arange(first, first + 4_000.0)[:, None]
        path.keep(Stretch(Step(first + 3_999, coefs[-1]), coefs, np.zeros(4_000)), 1)
    assert len(path.coefs.base) == 16_096  # the run to its limit, and what may be one stretch more
    assert path.coefs[:, 0].tolist() == path.iterations.tolist() == list(range(12_000))
