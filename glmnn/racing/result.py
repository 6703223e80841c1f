"""What a race found: the cost of each solver to stay within each level, and who was faster where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isnan, nan

import numpy as np

from glmnn.errors import Exit
from glmnn.fitting.estimate import Maximum
from glmnn.pictures.course import reached
from glmnn.racing.machine import Machine
from glmnn.racing.run import Entrant, Lap, same_states
from glmnn.racing.track import Track
from glmnn.solvers.loop import Fit

ENOUGH_ROUNDS = 5  # in each of which a winner must have been faster


@dataclass(frozen=True)
class Spread:
    """Some numbers: median, least, most, and how many."""

    median: float
    low: float
    high: float
    runs: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread | None:
        """Return the spread of numbers; None where there are none, or one of them is not known."""
        if not values or any(map(isnan, values)):
            return None
        median = float(np.median(values))  # maybe between two, of which the clock knows nine decimals
        return cls(median if median in values else round(median, 10), min(values), max(values), len(values))


@dataclass(frozen=True)
class Timed:
    """A timed run.

    Attributes
    ----------
    round : int
        The first is 0.
    seed : int
        Place of the seed.
    lap : Lap
        Without the path of its states.
    repeatable : bool
        Whether it ended in the coefficients of the traced run, bit for bit.
    """

    round: int
    seed: int
    lap: Lap
    repeatable: bool

    @classmethod
    def of(cls, turn: int, seed: int, lap: Lap, traced: Lap) -> Timed:
        """Return a run beside the traced one."""
        return cls(turn, seed, replace(lap, path=np.empty((0, 0))), same_states(traced, lap))


@dataclass(frozen=True)
class OwnStop:
    """Where a library ends by its own rule at its defaults.

    Attributes
    ----------
    end : Fit
    distance : float
    seconds : tuple of float
        Of each round; empty where it did not come to that.
    """

    end: Fit
    distance: float
    seconds: tuple[float, ...]

    @property
    def time(self) -> float:
        """Its seconds, median."""
        return float(np.median(self.seconds or [self.end.seconds]))


@dataclass(frozen=True)
class Cost:
    """The cost of a solver to come within a level and to stay there to the end.

    Attributes
    ----------
    level : float
    iterations, passes : Spread or None
        Over the seeds; None where not every one of them stayed within.
    seconds : Spread or None
        Over the timed runs.
    """

    level: float
    iterations: Spread | None
    passes: Spread | None
    seconds: Spread | None


@dataclass(frozen=True)
class Raced:
    """How one solver did.

    Attributes
    ----------
    entrant : Entrant
    traced : tuple of Lap
        One run for each seed, from which come states, iterations, passes and distances.
    timed : tuple of Timed
        The runs of the rounds, from which come seconds.
    own_stop : OwnStop or None
        Of a library that was restarted.
    once : bool
        It took more than a third of the budget, so the traced run is the only one.
    """

    entrant: Entrant
    traced: tuple[Lap, ...]
    timed: tuple[Timed, ...] = ()
    own_stop: OwnStop | None = None
    once: bool = False

    @property
    def name(self) -> str:
        """The name of the solver."""
        return self.entrant.solver.name

    @property
    def end(self) -> Fit:
        """How the traced run ended, of several that of the first seed."""
        return self.traced[0].end

    @property
    def competes(self) -> bool:
        """Whether it is after the maximum, and ran."""
        return not self.end.goal and bool(np.isfinite(self.traced[0].distances).any())

    @property
    def distance(self) -> float:
        """The distance it ended at, median of the seeds; nan where there is none."""
        return float(np.median([lap.distances[-1] for lap in self.traced]))

    def cost(self, level: float) -> Cost:
        """Return the cost to stay within a level."""
        places = [reached(lap.distances, level) for lap in self.traced]
        at = [
            (nan, nan) if place is None else (float(lap.iterations[place]), float(lap.passes[place]))
            for lap, place in zip(self.traced, places, strict=True)
        ]
        iterations, passes = (Spread.of(column) for column in zip(*at, strict=True))
        return Cost(level, iterations, passes, Spread.of([*self.seconds(level).values()]))

    def seconds(self, level: float) -> dict[int, float]:
        """Return the seconds to stay within a level by round; nan where it did not."""
        return {run.round: run.lap.seconds_within([level])[0] for run in self.timed}

    @property
    def whole(self) -> Spread | None:
        """The solver's own seconds of a whole run."""
        return Spread.of([run.lap.end.seconds for run in self.timed])

    @property
    def setup(self) -> float:
        """Seconds in which it turned arrays into its own, median."""
        laps = [run.lap for run in self.timed] or [*self.traced]
        return float(np.median([lap.setup for lap in laps]))

    @property
    def busy(self) -> float:
        """Work of the processor over the time of the wall, the most of all runs."""
        return max((run.lap.busy for run in self.timed), default=nan)

    @property
    def repeatable(self) -> bool:
        """Whether every timed run ended in the coefficients of the traced one."""
        return all(run.repeatable for run in self.timed)


@dataclass(frozen=True)
class Race:
    """Everything that one `glmnn race` found.

    Attributes
    ----------
    track : Track
    raced : tuple of Raced
        In the order asked for.
    machine : Machine
    rounds : int
        That were finished.
    interrupted : bool
    notes : tuple of str
    """

    track: Track
    raced: tuple[Raced, ...]
    machine: Machine
    rounds: int
    interrupted: bool = False
    notes: tuple[str, ...] = ()

    @property
    def exit(self) -> Exit:
        """The verdict as an exit code."""
        if self.interrupted:
            return Exit.INTERRUPTED
        if self.track.estimate.lost or self.track.estimate.aliases:
            return Exit.NO_MAXIMUM
        found = isinstance(self.track.estimate.outcome, Maximum)
        return Exit.NO if self.far or not found else Exit.DONE

    @property
    def far(self) -> tuple[Raced, ...]:
        """Those that did not come within the level of `--to` to stay, with every seed."""
        last = self.track.levels[-1]
        return tuple(item for item in self.raced if not item.end.goal and item.cost(last).passes is None)

    def fastest(self, level: float) -> Raced | None:
        """Return who was faster than everybody else at a level in each of `ENOUGH_ROUNDS` rounds or more, if anybody.

        A solver that ran once has that one time in all rounds.
        """
        times = {item.name: item.seconds(level) for item in self.raced if item.competes}
        there = [item for item in self.raced if item.competes and item.cost(level).seconds is not None]
        if not there:
            return None
        first = min(there, key=lambda item: np.median([*times[item.name].values()]))
        own = times[first.name]
        if len(own) < ENOUGH_ROUNDS:
            return None
        others = [item for item in self.raced if item.competes and item is not first]
        return first if all(_slower(times[item.name], own, once=item.once) for item in others) else None


def _slower(other: dict[int, float], own: dict[int, float], *, once: bool) -> bool:
    """Say whether the other was slower in every round; one that never stays within a level is."""
    pairs = [(other[0] if once else other.get(turn, nan), seconds) for turn, seconds in own.items()]
    return all(isnan(theirs) or theirs > seconds for theirs, seconds in pairs)
