"""One run of one solver: the states it comes through, and the time it takes to each of them."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import nan
from typing import Any

import numpy as np

from glmnn.arrays import Array, Index
from glmnn.fitting.own_tolerance import TIGHTER
from glmnn.pictures.course import reached
from glmnn.racing.track import Track
from glmnn.solvers.external.framework import FrameworkTwin
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.loop import Fit, fit
from glmnn.solvers.steps import HasTolerance, Solver
from glmnn.solvers.stopping import Budget, Clock, Status

Now = Callable[[], int]  # nanoseconds


@dataclass(frozen=True)
class Clocks:
    """The clocks of a race, in nanoseconds: of the wall, and of the processor's work for this process."""

    wall: Now
    work: Now


@dataclass(frozen=True)
class Entrant:
    """A solver in the race.

    Attributes
    ----------
    solver : Solver
    seeds : tuple of int
        One run for each; a solver without chance has one.
    restarted : bool
        A library that shows its end alone: it runs with 1, 2, 3, 5, 8, ... iterations, each a run from the start.
    """

    solver: Solver
    seeds: tuple[int, ...]
    restarted: bool

    @classmethod
    def of(cls, solver: Solver, track: Track) -> Entrant:
        """Return a solver as it races."""
        plan = solver.twin() if isinstance(solver, FrameworkTwin) else solver
        chance = isinstance(plan, Gradient) and plan.batch(track.estimate.problem.rows) is not None
        first = track.options.seed
        seeds = tuple(range(first, first + track.options.seeds)) if chance else (first,)
        return cls(solver, seeds, solver.stops_itself and isinstance(solver, HasTolerance))

    def seeded(self, place: int) -> Solver:
        """Return the solver with the seed at a place."""
        if len(self.seeds) == 1:
            return self.solver
        solver: Any = self.solver
        seed = self.seeds[place]
        twin = isinstance(solver, FrameworkTwin)
        again: Solver = replace(solver, plan=replace(solver.plan, seed=seed)) if twin else replace(solver, seed=seed)
        return again


@dataclass(frozen=True)
class Lap:
    """The states of a run, or the ends of several, with what each cost.

    Attributes
    ----------
    end : Fit
        The run, or the last of several.
    iterations, passes, seconds, distances : ndarray of shape (k,)
    path : ndarray of shape (k, p)
    setup : float
        Seconds in which a library turned arrays into its own, once.
    busy : float
        Work of the processor over the time of the wall.
    wall : float
        Seconds in all.
    """

    end: Fit
    iterations: Index
    passes: Array
    seconds: Array
    distances: Array = field(repr=False)
    path: Array = field(repr=False)
    setup: float
    busy: float
    wall: float

    def seconds_within(self, levels: Sequence[float]) -> tuple[float, ...]:
        """Return the seconds until the run stayed within each level; nan where it did not."""
        places = (reached(self.distances, level) for level in levels)
        return tuple(nan if place is None else float(self.seconds[place]) for place in places)


def run_once(track: Track, entrant: Entrant, seed: int, clocks: Clocks, traced: Lap | None = None) -> Lap:
    """Let a solver run once, garbage being collected before and not within; nobody looks on.

    Parameters
    ----------
    track : Track
    entrant : Entrant
    seed : int
        The place of its seed.
    clocks : Clocks
    traced : Lap, optional
        An earlier run, whose distances hold where this one ends in the same coefficients, bit for bit.

    Raises
    ------
    KeyboardInterrupt
        If the user asked for an end.
    """
    solver = entrant.seeded(seed)
    gc.collect(1)  # of what runs leave behind; all of a large process takes longer than most runs
    enabled = gc.isenabled()
    gc.disable()
    began, worked = clocks.wall(), clocks.work()
    try:
        fits = list(_restarts(track, solver, clocks.wall) if entrant.restarted else _path(track, solver, clocks.wall))
    finally:
        wall, work = clocks.wall() - began, clocks.work() - worked
        if enabled:
            gc.enable()
    lap = _lap(fits, entrant.restarted, wall / 1e9, work / max(wall, 1))
    if traced is not None and same_states(traced, lap):
        return replace(lap, distances=traced.distances)
    nowhere = lap.end.goal or lap.end.status is Status.DECLINED
    return lap if nowhere else replace(lap, distances=track.distances(lap.path))


def same_states(one: Lap, other: Lap) -> bool:
    """Say whether two runs ended in the same coefficients, bit for bit, after as many states."""
    return one.end.coef.tobytes() == other.end.coef.tobytes() and one.iterations.size == other.iterations.size


def _path(track: Track, solver: Solver, now: Now) -> Iterator[Fit]:
    rule = Budget(track.options.budget, track.rule(solver))
    yield _finished(fit(track.problem(solver), solver, rule, track.start, clock=Clock(now)))


def _restarts(track: Track, solver: Any, now: Now) -> Iterator[Fit]:
    """Yield the ends of runs with more and more iterations, at the tightest tolerance, until one ends by itself."""
    tight, began = solver.at(TIGHTER[-1]), now()
    reached = -1
    for most in fibonacci():
        run = _finished(own_stop(track, replace(tight, max_iter=most), now))
        if run.iterations > reached or run.status is Status.DECLINED:
            yield run
        reached = max(reached, run.iterations)
        over = (now() - began) / 1e9 > track.options.budget
        if run.iterations < most or most >= tight.max_iter or over:
            return


def own_stop(track: Track, solver: Solver, now: Now) -> Fit:
    """Return a run of a library that ends by its own rule."""
    return _finished(fit(track.problem(solver), solver, track.rule(solver), track.start, clock=Clock(now)))


def _finished(run: Fit) -> Fit:
    if run.status is Status.INTERRUPTED:
        raise KeyboardInterrupt
    return run


def fibonacci() -> Iterator[int]:
    """Yield 1, 2, 3, 5, 8, ..."""
    before, now = 1, 1
    while True:
        yield now
        before, now = now, before + now


def _lap(fits: list[Fit], restarted: bool, wall: float, busy: float) -> Lap:
    end = fits[-1]
    if restarted:
        path = np.array([run.coef for run in fits])
        iterations = np.array([run.iterations for run in fits])
        passes, seconds = np.array([(run.passes, run.seconds) for run in fits]).T
        setup = float(np.median([run.setup for run in fits]))
    else:
        path, iterations, setup = end.path, end.path_iterations, end.setup
        passes, seconds = end.path_costs.T
    return Lap(end, iterations, passes, seconds, np.full(len(path), nan), path, setup, busy, wall)
