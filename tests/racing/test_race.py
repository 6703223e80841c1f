"""The protocol of a race: on a clock that the test moves, and a solver whose steps take as long as the test says.

No test is of real speed.
"""

import gc
import os
from dataclasses import dataclass, field, replace
from itertools import count

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from glmnn.data.sources.files import read_table
from glmnn.errors import Exit, OptionError
from glmnn.fitting.compare import run
from glmnn.fitting.options import FitOptions
from glmnn.fitting.plan import make_spec
from glmnn.kernels.threads import threads
from glmnn.pictures.course import reached
from glmnn.racing import race as racing
from glmnn.racing.machine import LONG_ENOUGH
from glmnn.racing.options import RaceOptions
from glmnn.racing.race import race
from glmnn.racing.report import race_report
from glmnn.racing.result import Spread
from glmnn.racing.run import Clocks, Entrant, fibonacci
from glmnn.racing.track import checked, make_track, unread
from glmnn.racing.verdict import verdict_lines, winner_line
from glmnn.report.terminal import to_text
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.registry import SOLVERS, Entry
from glmnn.solvers.steps import Step
from glmnn.solvers.stopping import Status
from glmnn.solvers.updates import UPDATES

PRIMES, SEPARATED = "data/primes.csv", "data/iris_setosa.csv"


class Time:
    """A clock of the wall and of the processor that stands still until somebody moves it."""

    def __init__(self):
        self.nanoseconds = 0
        self.started = []

    def pass_by(self, seconds):
        self.nanoseconds += round(1e9 * seconds)

    @property
    def clocks(self):
        return Clocks(lambda: self.nanoseconds, lambda: self.nanoseconds)


@dataclass(frozen=True)
class Slow(Gradient):
    """Gradient descent whose steps take so many seconds, another number in each run."""

    time: Time = field(default_factory=Time)
    seconds: tuple[float, ...] = (1.0,)

    def steps(self, problem, start=None):
        run = sum(name == self.name for name in self.time.started)
        self.time.started.append(self.name)
        for step in super().steps(problem, start):
            self.time.pass_by(self.seconds[min(run, len(self.seconds) - 1)])
            yield step


@pytest.fixture(autouse=True)
def _no_garbage(monkeypatch):
    """A collection takes a tenth of a second in the process of the tests, and does nothing here."""
    monkeypatch.setattr(gc, "collect", lambda *_: 0)


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def enter(monkeypatch, time):
    """Put a slow solver into the registry: `enter(name, seconds of a step in each run)`."""

    def put(name, *seconds, **given):
        def make(_request):
            return Slow(name, time=time, seconds=seconds, **given)

        monkeypatch.setitem(SOLVERS, name, Entry(name, make))
        monkeypatch.setitem(UPDATES, name, UPDATES["gd"])

    return put


def primes(**options):
    return RaceOptions(**{"budget": 1e9, **options}), read_table(PRIMES)


def test_a_level_counts_where_the_run_stays_within_it():
    """Momentum touches a level long before it stays there; a state that is not finite is outside."""
    distances = np.array([9.0, 0.5, 2.0, 0.8, np.nan, 0.3, 0.1])
    assert [reached(distances, level) for level in (10.0, 1.0, 0.2, 0.05)] == [5, 5, 6, None]
    brute = [
        next((place for place in range(7) if np.all(distances[place:] <= level)), None) for level in (10.0, 1.0, 0.2)
    ]
    assert brute == [5, 5, 6]


@pytest.mark.parametrize("solver", ["fisher", "gd", "nesterov", "adam", "gd[lr=0.1]"])
def test_iterations_and_passes_are_those_of_fit(solver):
    """And those of each level are where a scan of the path of that fit finds them."""
    options, table = primes(solver=[solver], repeat=1)
    (raced,) = race(options, table).raced
    comparison = run(make_spec(FitOptions(solver=[solver])), table)
    (fitted,) = comparison.fits
    assert (raced.end.iterations, raced.end.passes) == (fitted.iterations, fitted.passes)
    assert raced.end.coef.tobytes() == fitted.coef.tobytes()
    maximum = comparison.estimate.maximum
    away = np.max(np.abs(fitted.path - maximum.coef) / maximum.std_error, axis=1)
    for level in (1.0, 0.1, 0.01, 1e-3, 1e-5, 1e-8):
        first = next(place for place in range(len(away)) if np.all(away[place:] <= level))
        cost = raced.cost(level)
        assert cost.iterations.median == fitted.path_iterations[first]
        assert cost.passes.median == fitted.path_costs[first, 0]


def test_every_round_has_every_solver_once_in_an_order_of_its_own(time, enter):
    names = ["a", "b", "c", "d"]
    for name in names:
        enter(name, 1e-3)
    options, table = primes(solver=names, repeat=6)
    found = race(options, table, clocks=time.clocks)
    assert time.started[:4] == names  # traced in the order asked for, before any clock counts
    rounds = [tuple(time.started[first : first + 4]) for first in range(4, 28, 4)]
    assert all(sorted(order) == names for order in rounds)
    assert len(set(rounds)) > 2
    assert found.rounds == 6
    again = Time()
    for name in names:
        SOLVERS[name] = Entry(name, lambda request: Slow(request.name, time=again, seconds=(1e-3,)))
    race(options, table, clocks=again.clocks)
    assert again.started == time.started  # the seed decides


def test_times_are_medians_of_the_rounds_with_their_range(time, enter):
    """The traced run takes 9 s a step and is in no time; the rounds take 1, 5, 2, 4, 3."""
    enter("a", 9.0, 1.0, 5.0, 2.0, 4.0, 3.0)
    options, table = primes(solver=["a"])
    (raced,) = race(options, table, clocks=time.clocks).raced
    cost = raced.cost(0.01)
    states = cost.iterations.median + 1  # the first state takes as long as a step
    assert (cost.seconds.low, cost.seconds.median, cost.seconds.high, cost.seconds.runs) == pytest.approx(
        (states, 3.0 * states, 5.0 * states, 5)
    )
    assert raced.whole.median == pytest.approx(3.0 * (raced.end.iterations + 1))


def test_seconds_have_no_more_decimals_than_the_clock(time, enter):
    """And one more where the median lies between two rounds."""
    enter("a", *(148_222e-9 * k for k in range(1, 8)))
    for rounds in (3, 4):
        options, table = primes(solver=["a"], repeat=rounds)
        found = race(options, table, clocks=time.clocks)
        (raced,) = found.raced
        spreads = [raced.whole, *(raced.cost(level).seconds for level in found.track.levels)]
        for seconds in (value for spread in spreads for value in (spread.low, spread.median, spread.high)):
            assert seconds == round(seconds, 10)
        assert list(found.machine.pass_seconds) == [round(seconds, 10) for seconds in found.machine.pass_seconds]


def test_a_winner_was_faster_in_every_round(time, enter):
    enter("quick", 1.0)
    enter("slow", 2.0)
    enter("moody", 3.0, 3.0, 3.0, 0.5, 3.0, 3.0)  # once in five rounds faster than the quick one
    options, table = primes(solver=["slow", "quick"])
    found = race(options, table, clocks=time.clocks)
    assert {found.fastest(level).name for level in found.track.levels} == {"quick"}
    assert winner_line(found).startswith("quick was faster than all others in every round at 1, 0.1")
    time.started.clear()
    found = race(*primes(solver=["slow", "quick", "moody"]), clocks=time.clocks)
    assert {found.fastest(level) for level in found.track.levels} == {None}
    assert winner_line(found) == "no difference seen at any level"


def test_equal_times_are_no_difference(time, enter):
    enter("one", 1.0)
    enter("other", 1.0)
    found = race(*primes(solver=["one", "other"]), clocks=time.clocks)
    assert found.fastest(1.0) is None


def test_four_rounds_name_no_winner(time, enter):
    enter("quick", 1.0)
    enter("slow", 2.0)
    found = race(*primes(solver=["quick", "slow"], repeat=4), clocks=time.clocks)
    assert found.fastest(1.0) is None
    assert winner_line(found) == "no winner is named: that takes 5 rounds, of which 4 were finished"


def test_who_never_comes_within_a_level_is_slower_there(time, enter):
    enter("far", 1e-9, lr=1e-3)
    enter("near", 1.0)
    found = race(*primes(solver=["far", "near"], max_iter=2000), clocks=time.clocks)
    assert found.fastest(0.01).name == "near"
    assert found.exit is Exit.NO
    assert [item.name for item in found.far] == ["far"]
    assert verdict_lines(found)[0].startswith("1 of 2 solvers came within 1e-08 standard errors of the maximum")
    assert "far ended" in verdict_lines(found)[1]
    assert "(iteration limit)" in verdict_lines(found)[1]


def test_the_budget_ends_a_race_at_the_end_of_a_round(time, enter):
    """75 states of 0.01 s: traced and every round take 1.5 s for both; after 5 s no further round begins."""
    enter("a", 0.01)
    enter("b", 0.01)
    found = race(*primes(solver=["a", "b"], repeat=100, budget=5.0), clocks=time.clocks)
    states = found.raced[0].end.iterations + 1
    assert found.rounds == -(-5.0 // (2 * 0.01 * states)) - 1
    assert all(len(item.timed) == found.rounds for item in found.raced)


def test_at_least_one_round_is_run(time, enter):
    enter("a", 0.01)
    enter("b", 0.01)
    enter("c", 0.01)
    enter("d", 0.01)
    found = race(*primes(solver=["a", "b", "c", "d"], budget=2.5), clocks=time.clocks)
    assert (found.rounds, {item.once for item in found.raced}) == (1, {False})


def test_who_takes_over_a_third_of_the_budget_runs_once(time, enter):
    enter("heavy", 0.5)
    enter("light", 1e-3)
    found = race(*primes(solver=["heavy", "light"], budget=100.0), clocks=time.clocks)
    heavy, light = found.raced
    assert (heavy.once, light.once) == (True, False)
    assert (time.started.count("heavy"), time.started.count("light")) == (1, 6)
    assert heavy.cost(0.01).seconds.runs == 1
    assert found.fastest(0.01) is light  # the one time of the other stands for every round


def test_who_takes_longer_than_the_budget_is_stopped(time, enter):
    enter("heavy", 0.5)
    found = race(*primes(solver=["heavy"], budget=10.0), clocks=time.clocks)
    (heavy,) = found.raced
    assert heavy.end.status is Status.TIME_LIMIT
    assert heavy.end.iterations == 19  # the first state takes half a second, too
    assert found.exit is Exit.NO


@dataclass(frozen=True)
class Restless(Slow):
    """Ends in other bits in each run."""

    def steps(self, problem, start=None):
        run = len(self.time.started)
        for step in super().steps(problem, start):
            yield Step(step.iteration, step.coef + 1e-12 * run)


def test_a_run_that_ends_in_other_bits_is_not_repeatable(monkeypatch, time):
    monkeypatch.setitem(SOLVERS, "gd", Entry("gd", lambda _: Restless("gd", time=time, seconds=(1.0,))))
    (raced,) = race(*primes(solver=["gd"], repeat=2), clocks=time.clocks).raced
    assert not raced.repeatable
    assert not any(run.repeatable for run in raced.timed)
    assert raced.cost(0.01).seconds.runs == 2  # by its own states


def test_ctrl_c_keeps_the_rounds_that_are_finished(monkeypatch, time):
    @dataclass(frozen=True)
    class Stopped(Slow):
        def steps(self, problem, start=None):
            if len(self.time.started) == 7:  # in the third round
                raise KeyboardInterrupt
            return super().steps(problem, start)

    for name in ("gd", "nesterov"):
        monkeypatch.setitem(SOLVERS, name, Entry(name, lambda asked: Stopped(asked.name, time=time)))
    found = race(*primes(solver=["gd", "nesterov"]), clocks=time.clocks)
    assert (found.interrupted, found.rounds, found.exit) == (True, 2, Exit.INTERRUPTED)
    assert [len(item.timed) for item in found.raced] == [2, 2]
    assert verdict_lines(found) == ["Interrupted: 2 rounds finished."]


def test_without_a_maximum_nobody_can_win(time, enter):
    enter("quick", 1.0)
    options = RaceOptions(solver=["fisher", "quick"], budget=1e9, max_iter=200)
    found = race(options, read_table(SEPARATED), clocks=time.clocks)
    assert found.exit is Exit.NO_MAXIMUM
    assert found.track.unit == "null deviance"
    assert verdict_lines(found)[1] == "No solver can win: there is no maximum to reach."
    fisher = found.raced[0]
    null = 150 * 2 * (np.log(3) - 2 / 3 * np.log(2))  # of 50 ones in 150
    assert found.track.scale == pytest.approx(null, rel=1e-9)
    assert fisher.traced[0].distances[-1] < 1e-20
    assert fisher.cost(0.1).iterations.median == 3


@pytest.mark.parametrize("name", ["statsmodels", pytest.param("sklearn", marks=pytest.mark.numerical)])
def test_a_library_is_run_anew_with_more_and_more_iterations(name):
    if name == "sklearn":
        pytest.importorskip("sklearn")
    options, table = primes(solver=[name], repeat=1)
    (raced,) = race(options, table).raced
    (lap,) = raced.traced
    assert raced.entrant.restarted
    assert lap.iterations[:4].tolist() == [1, 2, 3, 5]
    assert lap.distances[0] > lap.distances[-1]
    assert raced.own_stop.end.iterations <= lap.iterations[-1]
    assert len(raced.own_stop.seconds) == 1
    assert lap.distances[-1] < 1e-8


def test_the_states_of_a_restarted_statsmodels_are_those_of_one_run():
    """Irls without memory: after k iterations a run that was asked for k is where a longer one was."""
    options, table = primes(solver=["statsmodels"], repeat=1)
    (raced,) = race(options, table).raced
    (fitted,) = run(make_spec(FitOptions(solver=["statsmodels"])), table).fits
    states = dict(zip(fitted.path_iterations.tolist(), fitted.path, strict=True))
    for iteration, coef in zip(raced.traced[0].iterations.tolist(), raced.traced[0].path, strict=True):
        if iteration in states:
            np.testing.assert_allclose(coef, states[iteration], rtol=1e-12)


def test_mini_batches_run_with_several_seeds():
    options, table = primes(solver=["sgd"], batch_size=2, max_iter=300, seeds=3, seed=7, repeat=4)
    (raced,) = race(options, table).raced
    assert raced.entrant.seeds == (7, 8, 9)
    assert len({lap.end.coef.tobytes() for lap in raced.traced}) == 3
    assert [run.seed for run in raced.timed] == [0, 1, 2, 0]
    assert raced.repeatable
    ends = sorted(lap.distances[-1] for lap in raced.traced)
    assert raced.distance == ends[1]
    (fitted,) = run(make_spec(FitOptions(solver=["sgd"], batch_size=2, max_iter=300, seed=8)), table).fits
    assert raced.traced[1].end.coef.tobytes() == fitted.coef.tobytes()


def test_a_level_needs_every_seed():
    assert Spread.of([3.0, float("nan"), 1.0]) is None
    assert Spread.of([]) is None
    assert Spread.of([3.0, 2.0, 1.0]) == Spread(2.0, 1.0, 3.0, 3)


def test_nothing_is_left_behind_by_an_earlier_run():
    track = make_track(*primes(solver=["gd"]))
    data = track.estimate.problem.data
    data.gram  # noqa: B018 - worked out once and kept
    assert "gram" in vars(data)
    again = unread(data)
    assert "gram" not in vars(again)
    assert again.whole.X is data.whole.X  # the same arrays
    assert track.problem(track.solvers[0]).data is not track.problem(track.solvers[0]).data


def test_the_fixed_work_shows_an_uneven_machine(monkeypatch, time, enter):
    enter("a", 1e-6)
    steps = count()

    class Work:
        def __init__(self, *_given):
            pass

        def seconds(self):
            return 1e-3 * (1 + next(steps))

    monkeypatch.setattr(racing, "FixedWork", Work)
    machine = race(*primes(solver=["a"], repeat=3), clocks=time.clocks).machine
    assert machine.pass_seconds == (1e-3, 2e-3, 3e-3)
    assert machine.kernel_spread == pytest.approx(3.0)
    assert machine.typical_pass == 2e-3


def test_all_solvers_have_as_many_threads(monkeypatch):
    """BLAS, compiled kernels and started processes; what was before is there again afterwards."""
    seen = []

    @dataclass(frozen=True)
    class Asking(Gradient):
        def steps(self, problem, start=None):
            pools = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
            seen.append((set(pools), threads(), os.environ["OMP_NUM_THREADS"], os.environ["OPENBLAS_NUM_THREADS"]))
            return super().steps(problem, start)

    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    monkeypatch.setitem(SOLVERS, "gd", Entry("gd", lambda _: Asking()))
    found = race(*primes(solver=["gd"], repeat=1, threads=2))
    assert seen == [({2}, 2, "2", "2")] * 2
    assert set(found.machine.threads.values()) == {2}
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "MKL_NUM_THREADS" not in os.environ
    race(*primes(solver=["gd"], repeat=1))
    assert seen[-1] == ({1}, 1, "1", "1")


def test_who_keeps_several_processors_busy_is_named(time, enter):
    """The processor works twice as long as the wall has it."""
    enter("a", 1.0)
    clocks = Clocks(time.clocks.wall, lambda: 2 * time.nanoseconds)
    found = race(*primes(solver=["a"], repeat=1), clocks=clocks)
    assert found.raced[0].busy == pytest.approx(2.0)
    assert "a kept 2.0 processors busy" in to_text(race_report(found))


def test_the_fixed_work_takes_long_enough_for_a_clock():
    from glmnn.racing.machine import FixedWork

    problem = make_track(*primes(solver=["gd"])).estimate.problem.fresh()
    ticks = count(0, 1000)
    work = FixedWork(problem, np.zeros(2), lambda: next(ticks))
    assert work.times == min(10_000, round(LONG_ENOUGH / (1000 / 3)))
    assert work.seconds() == pytest.approx(1e-6 / work.times)


def test_restarts_grow_by_less_than_twice():
    assert [number for number, _ in zip(fibonacci(), range(8), strict=False)] == [1, 2, 3, 5, 8, 13, 21, 34]


def test_a_solver_with_another_goal_is_not_compared():
    found = race(*primes(solver=["fisher", "perceptron"], max_iter=100, repeat=1))
    perceptron = found.raced[1]
    assert not perceptron.competes
    assert np.isnan(perceptron.distance)
    assert found.exit is Exit.DONE


@pytest.mark.parametrize(
    ("option", "value"), [("to", 0.0), ("repeat", 0), ("budget", 0.0), ("seeds", 0), ("threads", 0), ("max_iter", 0)]
)
def test_options_out_of_range_are_refused(option, value):
    with pytest.raises(OptionError, match=f"--{option.replace('_', '-')}"):
        checked(replace(RaceOptions(), **{option: value}))


def test_levels_end_at_what_is_asked_for():
    assert make_track(*primes(solver=["gd"], to=1e-3)).levels == (1.0, 0.1, 0.01, 1e-3)
    assert make_track(*primes(solver=["gd"], to=2e-3)).levels == (1.0, 0.1, 0.01, 2e-3)


def test_only_chance_needs_seeds():
    track = make_track(*primes(solver=["gd", "fisher", "sgd"], batch_size=2))
    assert [len(Entrant.of(solver, track).seeds) for solver in track.solvers] == [5, 1, 5]
    track = make_track(*primes(solver=["gd", "sgd"], batch_size=6))  # all rows are no batch
    assert [len(Entrant.of(solver, track).seeds) for solver in track.solvers] == [1, 1]
