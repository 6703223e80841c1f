"""What a stopping rule is, and the rules that hold of any run: the solver's own, and a budget of time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from math import nan
from sys import maxsize
from time import perf_counter_ns
from typing import Generic, NamedTuple, Protocol, TypeVar

from glmnn.models.evaluation import SecondOrder
from glmnn.problem.problem import Problem, SetUp
from glmnn.solvers.steps import Fits, Solver, Step, goal_of

States = TypeVar("States")


class Status(Enum):
    """How a run ended; the value is the sentence for people."""

    CONVERGED = "converged"
    ITERATION_LIMIT = "iteration limit"
    DIVERGED = "diverged"
    NO_FINITE_MAXIMUM = "no finite maximum"
    STALLED = "stalled"
    OWN_STOP = "its own stop"  # of a library of others; how far that is from the maximum stands beside it
    INTERRUPTED = "interrupted"
    UNSETTLED = "not settled"  # a point that could be the maximum, but it is not known whether there is one
    DECLINED = "declined"
    FINISHED = "finished"  # what it is after is not the maximum, and it has that
    TIME_LIMIT = "time limit"  # by a budget alone, which `glmnn fit` has none of


class Look(NamedTuple):
    """What a stopping rule saw at one iteration."""

    iteration: int
    deviance: float  # nan when only the score was looked at
    decrement: float  # standard errors that a Newton step would still move; nan where no rule asks for it
    seconds: float  # of the solver's own time
    held_out: float = nan  # mean deviance of the rows held out


class Clock:
    """The solver's own time: it runs while the solver works, and stands still while others look at what it did.

    Parameters
    ----------
    now : callable
        Nanoseconds of a clock that never goes back.

    Attributes
    ----------
    nanoseconds : int
        So far, without the run that is not over yet.
    setup : int
        Nanoseconds in which a library turned arrays into its own; they are not among the others.
    """

    def __init__(self, now: Callable[[], int] = perf_counter_ns) -> None:
        self.now: Callable[[], int] = now
        self.nanoseconds: int = 0
        self.setup: int = 0
        self._began = 0

    @property
    def seconds(self) -> float:
        """The same in seconds."""
        return self.nanoseconds / 1e9  # times 1e-9, which is rounded itself, most would be written with 17 digits

    def running(self) -> Running:
        """Let the clock run inside a with statement; what ends by an exception does not count."""
        return Running(self)

    def start(self) -> None:
        """Let it run."""
        self._began = self.now()

    def stop(self) -> None:
        """Let it stand still."""
        self.nanoseconds += self.now() - self._began

    def following(self, states: Iterator[States]) -> States | None:
        """Return what a solver yields next, None after the last, and count the time it took."""
        self._began = self.now()
        following = next(states, None)
        self.nanoseconds += self.now() - self._began
        return following

    @contextmanager
    def setting_up(self) -> Iterator[SetUp]:
        """Take what a library does before its fit off the time that runs."""
        began, done = self.now(), SetUp()
        yield done
        spent = self.now() - began - round(1e9 * done.own)
        self.setup += spent
        self._began += spent


class Running:
    """A clock that runs inside a with statement."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __enter__(self) -> None:
        self._clock.start()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if error is None:
            self._clock.stop()


class Rule(Protocol[Fits]):
    """When to stop: a frozen dataclass, which makes a judge for each run."""

    @property
    def max_iter(self) -> int | None:
        """Updates after which to give up; None leaves it to the solver."""
        ...

    def judge(self, problem: Problem[Fits], limit: int, clock: Clock) -> Judge:
        """Return the judge of a run of at most `limit` updates; `problem` counts the passes of the solver."""
        ...


class Judge(Protocol):
    """Looks at the states of one run, with passes of its own, and says when it ends.

    Attributes
    ----------
    clock : Clock
    looks : list of Look
    """

    clock: Clock
    looks: list[Look]

    def due(self, step: Step) -> bool:
        """Say whether to look at this state; it is asked at each."""
        ...

    def ahead(self, _iteration: int, _share: float) -> int:
        """Return how many updates lie between this state and the next that may be due, the latter included.

        Parameters
        ----------
        _iteration : int
            The state.
        _share : float
            Passes that an update makes.
        """
        return 1

    def look(self, step: Step) -> Status | None:
        """Look at this state, and return how the run ends here, if it does."""
        ...

    def at_end(self) -> Status:
        """Return how a run ended whose solver has no further state."""
        return Status.STALLED

    def best(self, last: Step, _status: Status) -> Step:
        """Return the state to report."""
        return last

    def ended(self, _iteration: int, _end: SecondOrder) -> None:
        """Take note of what a pass after the last step saw."""
        return


def rule_of(solver: Solver[Fits], rule: Rule[Fits]) -> Rule[Fits]:
    """Return the rule for a solver: `ItsOwn` for one that ends by itself or has a goal of its own, else as given."""
    if isinstance(rule, Budget):
        return replace(rule, within=rule_of(solver, rule.within))
    if goal_of(solver):
        return ItsOwn(None, rule.max_iter)
    return ItsOwn(rule, rule.max_iter) if solver.stops_itself else rule


@dataclass(frozen=True)
class ItsOwn(Generic[Fits]):
    """Let the solver end the run.

    Attributes
    ----------
    standing : Rule or None
        Says how the state stands at which a library of others ended by its own rule; None for a solver that is after
        something other than the maximum, at which nobody looks.
    max_iter : int or None
        Updates after which such a solver gives up; None leaves it to the solver.
    """

    standing: Rule[Fits] | None
    max_iter: int | None = None

    def judge(self, problem: Problem[Fits], limit: int, clock: Clock) -> Judge:
        """Return a judge that ends no run but one that never comes to its goal."""
        if self.standing is None:
            return _ByGoal(limit, clock)
        return _ByItsOwn(self.standing.judge(problem, maxsize, clock))


class _ByGoal(Judge):
    def __init__(self, limit: int, clock: Clock) -> None:
        self.limit, self.clock, self.looks = limit, clock, []

    def due(self, step: Step) -> bool:
        return step.iteration >= self.limit

    def look(self, _step: Step) -> Status | None:
        return Status.ITERATION_LIMIT

    def at_end(self) -> Status:
        return Status.FINISHED


class _ByItsOwn(Judge):
    def __init__(self, within: Judge) -> None:
        self.within, self.clock, self.looks = within, within.clock, within.looks
        self.status = Status.STALLED

    def due(self, _step: Step) -> bool:
        return True

    def look(self, step: Step) -> Status | None:
        self.status = self.within.look(step) or Status.STALLED
        return None

    def at_end(self) -> Status:
        return self.status

    def best(self, last: Step, status: Status) -> Step:
        return self.within.best(last, status)


@dataclass(frozen=True)
class Budget(Generic[Fits]):
    """Stop when the solver has had so many seconds of its own time, or by another rule before.

    Attributes
    ----------
    seconds : float
    within : Rule
        The rule that may stop the run before.
    """

    seconds: float
    within: Rule[Fits]

    @property
    def max_iter(self) -> int | None:
        """That of the rule within."""
        return self.within.max_iter

    def judge(self, problem: Problem[Fits], limit: int, clock: Clock) -> Judge:
        """Return a judge that looks as the one within does, and when the time is over."""
        return _ByBudget(self.seconds, self.within.judge(problem, limit, clock))


class _ByBudget(Judge):
    def __init__(self, seconds: float, within: Judge) -> None:
        self.within, self.clock, self.looks = within, within.clock, within.looks
        self.seconds = seconds

    def due(self, step: Step) -> bool:
        return self.within.due(step) or self.clock.seconds >= self.seconds

    def ahead(self, iteration: int, share: float) -> int:
        return self.within.ahead(iteration, share)

    def look(self, step: Step) -> Status | None:
        over = self.clock.seconds >= self.seconds
        return self.within.look(step) or (Status.TIME_LIMIT if over else None)

    def at_end(self) -> Status:
        return self.within.at_end()

    def best(self, last: Step, status: Status) -> Step:
        return self.within.best(last, status)
