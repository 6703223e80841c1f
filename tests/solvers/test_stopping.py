"""Stopping rules on the one loop: a budget of time, and solvers that end by themselves."""

from dataclasses import dataclass, field

import numpy as np
import pytest

import glmnn
from glmnn.data.dataset import InMemory
from glmnn.models.families import BINOMIAL
from glmnn.models.glm import GLM
from glmnn.models.links import LOGIT
from glmnn.problem.problem import Problem
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.loop import fit
from glmnn.solvers.perceptron import Perceptron
from glmnn.solvers.stopping import Budget, Clock, ItsOwn, Status, rule_of
from glmnn.solvers.stopping.standard_errors import StandardErrors

X = np.column_stack([np.ones(6), [2, 3, 5, 7, 11, 13]])
PRIMES = InMemory.from_arrays(X, np.array([0, 0, 1, 0, 1, 1]))


def primes():
    return Problem(GLM(BINOMIAL, LOGIT), PRIMES)


def test_a_budget_ends_a_run_and_looks_at_where_it_ended():
    run = fit(primes(), Gradient(), Budget(0.0, StandardErrors()))
    assert run.status is Status.TIME_LIMIT
    assert run.iterations == 0
    assert [look.iteration for look in run.looks] == [0]


def test_a_budget_of_hours_leaves_the_run_as_it_is():
    free, bound = (fit(primes(), Fisher(), rule) for rule in (None, Budget(3600.0, StandardErrors())))
    assert bound.status is Status.CONVERGED
    assert bound.iterations == free.iterations
    np.testing.assert_array_equal(bound.coef, free.coef)


@dataclass(frozen=True)
class Library(Gradient):
    """Ends by itself after a number of updates."""

    stops_itself: bool = True
    updates: int = field(default=7, kw_only=True)

    def steps(self, problem, start=None):
        for step in super().steps(problem, start):
            yield step
            if step.iteration == self.updates:
                return


@pytest.mark.parametrize(("updates", "status"), [(7, Status.STALLED), (1000, Status.CONVERGED)])
def test_a_library_ends_by_itself_and_the_rule_says_how_it_stands(updates, status):
    run = fit(primes(), Library(updates=updates), StandardErrors(max_iter=3))
    assert run.iterations == updates
    assert run.status is status


def test_which_rule_holds_depends_on_the_solver():
    rule = StandardErrors(max_iter=9)
    assert rule_of(Fisher(), rule) == rule
    assert rule_of(Library(), rule) == ItsOwn(rule, 9)
    assert rule_of(Perceptron(), rule) == ItsOwn(None, 9)
    assert rule_of(Perceptron(), Budget(1.0, rule)) == Budget(1.0, ItsOwn(None, 9))


def test_the_clock_runs_only_while_the_solver_works():
    """A fake clock that the solver moves by a microsecond a step, and who looks or draws by a second."""
    time = [0]

    @dataclass(frozen=True)
    class Timed(Gradient):
        def steps(self, problem, start=None):
            for step in super().steps(problem, start):
                time[0] += 1_000
                yield step

    def draw(_look, _limit):
        time[0] += 1_000_000_000

    clock = Clock(lambda: time[0])
    run = fit(primes(), Timed(), watch=draw, clock=clock)
    updates = run.iterations
    assert len(run.looks) > 5
    np.testing.assert_array_equal(run.path_iterations, np.arange(updates + 1))
    np.testing.assert_allclose(run.path_costs[:, 1], 1e-6 * np.arange(1, updates + 2), rtol=1e-12)
    np.testing.assert_array_equal(np.diff(run.path_costs[:, 0]), 1.0)  # a pass an update, none for the looks
    assert run.seconds == clock.nanoseconds / 1e9 == run.path_costs[-1, 1]


def test_seconds_have_no_more_decimals_than_the_clock():
    """1e-9 times a whole number is another number than its decimals: 0.00014822200000000002."""
    time = [0]

    class Timed(Fisher):
        def steps(self, problem, start=None):
            for step in super().steps(problem, start):
                time[0] += 148_222
                yield step

    run = fit(primes(), Timed(), clock=Clock(lambda: time[0]))
    assert len(run.path_costs) > 5
    for seconds in (run.seconds, *run.path_costs[:, 1].tolist()):
        assert seconds == round(seconds, 9)


def test_what_a_library_does_before_its_fit_is_no_time_of_the_solver():
    """It takes 5 s to turn arrays into its own, of which 2 s were of the fit itself; each step takes 1 s."""
    time = [0]

    def pass_seconds(number):
        time[0] += round(1e9 * number)

    class Slow(Library):
        def steps(self, problem, start=None):
            with problem.setup() as rest:
                pass_seconds(5.0)
                rest.own = 2.0
            for step in super().steps(problem, start):
                pass_seconds(1.0)
                yield step

    run = fit(primes(), Slow(updates=3), clock=Clock(lambda: time[0]))
    assert run.setup == 3.0
    np.testing.assert_array_equal(run.path_costs[:, 1], [3.0, 4.0, 5.0, 6.0])
    assert fit(primes(), Library(updates=3)).setup == 0.0


def test_a_run_knows_where_it_started():
    assert np.array_equal(fit(primes(), Gradient(max_iter=3)).start, [0.0, 0.0])
    assert np.array_equal(fit(primes(), Fisher(), start=np.array([-1.0, 0.5])).start, [-1.0, 0.5])
    assert fit(primes(), Fisher()).start is None  # from fitted means, which are no coefficients


def test_a_level_of_one_row_under_sum_contrasts_is_separated_not_divided_by_nothing():
    rng = np.random.default_rng(1)
    g = np.repeat(["p", "q", "r"], [10_000, 9_999, 1])
    found = glmnn.fit({"g": g, "y": rng.integers(0, 2, 20_000)}, formula="y ~ C(g, contr.sum)", solver="fisher")
    assert found.verdict == "No finite maximum: the rows are quasi-completely separated."


def many(columns):
    """Return a logistic problem that is large for a stopping rule, and its maximum."""
    rng = np.random.default_rng(4)
    X = np.column_stack([np.ones(25_000), rng.standard_normal((25_000, columns))])
    y = 1.0 * (rng.random(25_000) < 1.0 / (1.0 + np.exp(-X @ np.linspace(-0.5, 0.8, columns + 1))))
    problem = Problem(GLM(BINOMIAL, LOGIT), InMemory.from_arrays(X, y))
    return problem, fit(problem.fresh(), Fisher()).closing.second_order


def test_of_many_rows_the_information_at_the_maximum_saves_passes_and_changes_no_run():
    problem, best = many(4)
    plain, near = (fit(problem.fresh(), Gradient(), rule) for rule in (StandardErrors(), StandardErrors(near=best)))
    assert np.array_equal(plain.path, near.path)
    assert (plain.status, plain.iterations) == (near.status, near.iterations)
    assert [look.iteration for look in near.looks if np.isfinite(look.deviance)] == [0, near.iterations]
    assert len(near.deviances()) < len(plain.deviances())
    assert near.looks[-1].decrement == pytest.approx(plain.looks[-1].decrement, rel=1e-6)


def test_looks_of_a_run_whose_maximum_is_known_read_no_rows(monkeypatch):
    problem, best = many(4)
    maximum = fit(problem.fresh(), Fisher()).coef
    plain = fit(problem.fresh(), Gradient(), StandardErrors(near=best))
    starts: list[float] = []
    first_order = Problem.first_order

    def counted(self, coef):
        starts.append(float(np.abs(coef).max()))
        return first_order(self, coef)

    monkeypatch.setattr(Problem, "first_order", counted)
    run = fit(problem.fresh(), Gradient(), StandardErrors(near=best, maximum=maximum))
    assert starts == [0.0]  # by the solver, at its start
    assert (run.status, run.iterations, run.passes) == (plain.status, plain.iterations, plain.passes)
    assert [deviance for _, deviance in run.deviances()] == pytest.approx([d for _, d in plain.deviances()], rel=1e-14)
    assert np.array_equal(run.path, plain.path)


def test_a_state_far_away_is_not_taken_for_the_maximum_by_an_information_that_does_not_hold_there():
    problem, best = many(2)
    vanishing = best._replace(information=1e30 * best.information)
    run = fit(problem, Gradient(), StandardErrors(near=vanishing, max_iter=2))
    assert run.status is Status.ITERATION_LIMIT
    assert run.looks[0].decrement > 10.0


def test_a_run_that_moves_away_is_seen_though_the_maximum_is_known():
    problem, best = many(2)
    rule = StandardErrors(near=best, max_iter=500)
    assert fit(problem, Gradient(lr=1e3), rule).status is Status.DIVERGED
