"""The pictures of a race: what it found, in the words of the picture document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from platform import python_version

import numpy as np

from glmnn.arrays import Array
from glmnn.fitting.compare import drifts_of, rate_of
from glmnn.fitting.convergence_rate import ConvergenceRate
from glmnn.fitting.estimate_pictures import (
    course_of_fit,
    descent_of,
    estimate_heading,
    estimate_subject,
    rate_used,
    start_in_words,
)
from glmnn.pictures.compose import picture_document
from glmnn.pictures.course import Course
from glmnn.pictures.digits import one, rounded
from glmnn.pictures.document import PictureDocument
from glmnn.pictures.picture_schema import MOST_ROWS, Machine
from glmnn.pictures.run_schema import Band, OwnStop, Reached, Timed
from glmnn.pictures.subject import Heading
from glmnn.racing.result import Cost, Race, Raced
from glmnn.racing.verdict import tone_of, verdict_lines
from glmnn.solvers.stopping import Status

BAND = 120  # states at which the spread over the seeds is told


def to_pictures(race: Race, plane: str | None = None, command: str = "", rows: int = MOST_ROWS) -> PictureDocument:
    """Return the picture document of a race; the other parameters are those of `fitting.pictures.to_pictures`."""
    estimate, track = race.track.estimate, race.track
    solvers, fits = [item.entrant.solver for item in race.raced], [item.end for item in race.raced]
    rate, _ = rate_of(solvers, fits, track.start, estimate, track.options.to)
    subject = replace(
        estimate_subject(estimate, _heading(race, command), plane, rows),
        courses=[course_of(race, item, rate) for item in race.raced if item.end.status is not Status.DECLINED],
        drifts=drifts_of(solvers, fits, estimate),
        descent=descent_of(rate, fits, estimate),
        machine=_machine(race),
        levels=track.levels,
    )
    return picture_document(subject)


def _heading(race: Race, command: str) -> Heading:
    estimate = race.track.estimate
    return estimate_heading(
        estimate,
        "race",
        verdict=verdict_lines(race),
        tone=tone_of(race),
        code=race.exit,
        command=command,
        notes=[*estimate.notes, *race.notes],
        seed=race.track.options.seed,
    )


def course_of(race: Race, item: Raced, rate: ConvergenceRate | None) -> Course:
    """Return a solver as pictures draw it: the states of its traced run, at the seconds of its timed ones."""
    lap, end = item.traced[0], item.end
    return replace(
        course_of_fit(end),
        iteration=lap.iterations.astype(np.intp),
        coef=lap.path,
        kind="restarted" if item.entrant.restarted else "path",
        passes=lap.passes,
        seconds=median_seconds(item),
        lr=rate_used(rate, item.entrant.solver),
        start=start_in_words(race.track.options.init),
        setup_seconds=item.setup if item.setup > 0.0 else None,
        band=_band(item),
        own_stop=_own_stop(item),
        own_stop_coef=None if item.own_stop is None else item.own_stop.end.coef,
        costs=[_reached(item.cost(level)) for level in race.track.levels] if item.competes else (),
    )


def median_seconds(item: Raced, seed: int = 0) -> Array | None:
    """Return the seconds until each state, median of the timed runs that came through it; None without such a run."""
    timed = [run.lap.seconds for run in item.timed if run.repeatable and run.seed == seed]
    return np.median(timed, axis=0) if timed else None


def _reached(cost: Cost) -> Reached:
    seconds = cost.seconds
    timed = None
    if seconds is not None:
        median, low, high = rounded([seconds.median, seconds.low, seconds.high], 5)
        timed = Timed(median=median, low=low, high=high, runs=seconds.runs)
    return Reached(
        level=cost.level,
        iteration=None if cost.iterations is None else round(cost.iterations.median),
        passes=None if cost.passes is None else one(cost.passes.median),
        seconds=timed,
    )


def _band(item: Raced) -> Band | None:
    """Return how far the seeds were from each other, at iterations spread over the logarithm."""
    if len(item.traced) < 2 or not item.competes:
        return None
    last = min(int(lap.iterations[-1]) for lap in item.traced)
    wanted = np.unique(np.r_[0, np.geomspace(1, max(last, 1), BAND).round().astype(int)])
    columns = [list(_at(item, wanted, place)) for place in range(len(item.traced))]
    passes, distances = (np.array(column) for column in zip(*columns, strict=True))
    seconds = [found for place in range(len(item.traced)) if (found := median_seconds(item, place)) is not None]
    times = [
        found[np.searchsorted(lap.iterations, wanted, side="right") - 1]
        for lap, found in zip(item.traced, seconds, strict=False)
    ]
    return Band(
        seeds=len(item.traced),
        iteration=wanted.tolist(),
        passes=rounded(np.median(passes, axis=0)),
        seconds=rounded(np.median(times, axis=0), 5) if times else [None] * wanted.size,
        low=rounded(distances.min(axis=0), 4),
        median=rounded(np.median(distances, axis=0), 4),
        high=rounded(distances.max(axis=0), 4),
    )


def _at(item: Raced, wanted: Array, place: int) -> Iterator[Array]:
    """Yield passes and distances of a seed at the last state at or before each iteration."""
    lap = item.traced[place]
    states = np.searchsorted(lap.iterations, wanted, side="right") - 1
    yield lap.passes[states]
    yield lap.distances[states]


def _own_stop(item: Raced) -> OwnStop | None:
    own = item.own_stop
    if own is None or own.end.status is Status.DECLINED:
        return None
    return OwnStop(
        iteration=own.end.iterations,
        passes=one(own.end.passes),
        seconds=one(own.time, 5),
        distance=one(own.distance, 4),
        xy=None,
    )


def _machine(race: Race) -> Machine:
    machine = race.machine
    return Machine(
        cpu=machine.cpu,
        cores=machine.cores,
        threads=dict(machine.threads),
        load_before=one(machine.load_before),
        load_after=one(machine.load_after),
        kernel_spread=one(machine.kernel_spread),
        pass_seconds=one(machine.typical_pass, 5),
        rounds=race.rounds,
        python=python_version(),
        blas=machine.blas,
    )
