"""The race itself: every solver is traced once, then timed in rounds, each in a new order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter_ns, process_time_ns

import numpy as np

from glmnn.data.table import Table
from glmnn.fitting.estimate import Maximum
from glmnn.fitting.libraries import load_libraries
from glmnn.racing.machine import FixedWork, load, measured, thread_limit
from glmnn.racing.options import RaceOptions
from glmnn.racing.result import OwnStop, Race, Raced, Timed
from glmnn.racing.run import Clocks, Entrant, own_stop, run_once
from glmnn.racing.track import Track, make_track
from glmnn.solvers.loop import Watch

CLOCKS = Clocks(perf_counter_ns, process_time_ns)
SHARE = 3  # a solver that takes more than this part of the budget runs once

Say = Callable[[str], None]  # told between the runs what comes next


def race(
    options: RaceOptions,
    table: Table,
    say: Say | None = None,
    watch: Watch | None = None,
    clocks: Clocks = CLOCKS,
    plane: str | None = None,
) -> Race:
    """Race the solvers on a table.

    Parameters
    ----------
    options : RaceOptions
    table : Table
    say : callable, optional
        Told between the runs what comes next, never within one.
    watch : callable, optional
        Told of the looks of the referee, whose time nobody counts.
    clocks : Clocks
    plane : str, optional
        Two coefficients over which the paths are to be drawn: refused before anybody runs where there are none such.

    Returns
    -------
    Race
        Also when it was interrupted by Ctrl-C: then with the rounds that were finished.

    Raises
    ------
    GlmnnError
        If options and data do not fit.
    """
    with np.errstate(all="ignore"):
        track = make_track(options, table, watch)
        if plane is not None:
            from glmnn.fitting.estimate_pictures import check_pair  # with it comes all that computes pictures

            check_pair(track.estimate, plane)
        notes = load_libraries(track.solvers, track.absent)
        with thread_limit(options.threads):
            return replace(_Rounds(track, clocks, say or (lambda _: None)).run(), notes=tuple(notes))


@dataclass(frozen=True)
class _Rounds:
    track: Track
    clocks: Clocks
    say: Say

    def run(self) -> Race:
        began, before, interrupted = self.clocks.wall(), load(), False
        raced: list[Raced] = []
        passes: list[float] = []
        try:
            for solver in self.track.solvers:
                raced.append(self._traced(Entrant.of(solver, self.track)))
            work = self._fixed_work()
            for turn in range(self.track.options.repeat):
                if turn and self._seconds_since(began) >= self.track.options.budget:
                    break
                seconds, timed = work.seconds(), self._round(turn, raced)
                passes.append(seconds)
                raced = timed
        except KeyboardInterrupt:
            if not raced:
                raise
            interrupted = True
        return Race(self.track, tuple(raced), measured(before, tuple(passes)), len(passes), interrupted)

    def _traced(self, entrant: Entrant) -> Raced:
        """Return the runs that show the states; they warm the solver up as well."""
        name, laps = entrant.solver.name, []
        for place, seed in enumerate(entrant.seeds):
            self.say(f"{name}: its path" + (f", seed {seed}" if len(entrant.seeds) > 1 else ""))
            laps.append(run_once(self.track, entrant, place, self.clocks))
        own = None
        if entrant.restarted:
            end = own_stop(self.track, entrant.solver, self.clocks.wall)
            own = OwnStop(end, float(self.track.distances(end.coef[None, :])[0]), ())
        raced = Raced(entrant, tuple(laps), own_stop=own)
        if max(lap.wall for lap in laps) * SHARE <= self.track.options.budget:
            return raced
        only = tuple(Timed.of(0, place, lap, lap) for place, lap in enumerate(laps[:1]))
        return replace(raced, timed=only, once=True)

    def _round(self, turn: int, raced: Sequence[Raced]) -> list[Raced]:
        """Return the solvers with a further timed run of each, in an order of its own."""
        after = list(raced)
        for place in np.random.default_rng((self.track.options.seed, turn)).permutation(len(after)):
            item = after[place]
            if item.once:
                continue
            self.say(f"round {turn + 1} of {self.track.options.repeat}: {item.name}")
            seed = turn % len(item.traced)
            lap = run_once(self.track, item.entrant, seed, self.clocks, item.traced[seed])
            own = item.own_stop
            if own is not None:
                end = own_stop(self.track, item.entrant.solver, self.clocks.wall)
                own = replace(own, seconds=(*own.seconds, end.seconds))
            timed = (*item.timed, Timed.of(turn, seed, lap, item.traced[seed]))
            after[place] = replace(item, timed=timed, own_stop=own)
        return after

    def _fixed_work(self) -> FixedWork:
        estimate = self.track.estimate
        known = isinstance(estimate.outcome, Maximum)
        coef = estimate.maximum.coef if known else estimate.problem.fresh().constant_start()
        return FixedWork(estimate.problem.fresh(), coef, self.clocks.wall)

    def _seconds_since(self, began: int) -> float:
        return (self.clocks.wall() - began) / 1e9
