"""The runs in the document: their states thinned, where they are in the plane, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf

import numpy as np

from glmnn.arrays import Array, Index
from glmnn.pictures.course import Course, reached, spread, thinned
from glmnn.pictures.digits import one, rounded
from glmnn.pictures.document import ClockUnits, Levels, Unit
from glmnn.pictures.plane import Basis
from glmnn.pictures.run_schema import OwnStop, Reached, Run, States, Timed
from glmnn.pictures.subject import Subject
from glmnn.problem.problem import Problem

COEFFICIENTS = 11_000  # numbers of them over all runs
CELLS = 1_000_000_000  # of the design, read for deviances
EXACT = 17  # digits of the final coefficients
SAME = 1e-3  # standard errors, below which the answer is the same for any purpose


def distances(course: Course, best: Array, units: Array) -> Array:
    """Return the furthest coefficient from the best in its units, shape (k,)."""
    with np.errstate(all="ignore"):
        return np.asarray(np.max(np.abs(course.coef - best) / units, axis=1))


def kept_states(course: Course, basis: Basis | None, frame: Array | None) -> Index:
    """Return which states go into the document."""
    with np.errstate(all="ignore"):
        if basis is None or frame is None:
            place = np.log1p(np.linalg.norm(course.coef, axis=1, keepdims=True))
            finite = place[np.isfinite(place)]
            place = place / max(float(np.ptp(finite)) if finite.size else 1.0, 1e-9)
        else:
            place = basis.place(course.coef) / (frame[:, 1] - frame[:, 0])
    return thinned(course.iteration, place)


def runs(subject: Subject, basis: Basis | None, kept: Sequence[Index], null_deviance: float) -> list[Run]:
    """Return every run as the document has it.

    Parameters
    ----------
    subject : Subject
    basis : Basis or None
        Of the plane.
    kept : sequence of ndarray of int
        Places of the states that go into the document.
    null_deviance : float
        By which levels are told where there is no maximum.
    """
    each = _coefficients_each(kept, len(subject.problem.names))
    return [
        _run(subject, basis, course, places, each, null_deviance)
        for course, places in zip(subject.courses, kept, strict=True)
    ]


def _run(subject: Subject, basis: Basis | None, course: Course, places: Index, each: int, null_deviance: float) -> Run:
    distance = None
    if subject.inference is not None and subject.units is not None and not course.goal:
        distance = distances(course, subject.inference.coef, subject.units)
    deviance = None if subject.units is not None else _deviances(subject.problem, course, places)
    level_of = distance
    if deviance is not None and null_deviance > 0:
        level_of = _spread(deviance / null_deviance, places, course.iteration.size)
    passes, seconds = (None if column is None else float(column[-1]) for column in (course.passes, course.seconds))
    return Run(
        solver=course.solver,
        label=course.label or course.solver,
        kind=course.kind,
        status=course.status,
        reason=course.reason,
        lr=one(course.lr),
        start=course.start,
        iterations=int(course.iteration[-1]),
        passes=one(passes),
        seconds=one(seconds, 5),
        setup_seconds=one(course.setup_seconds, 5),
        states=_states(subject, basis, course, places, each, distance, deviance),
        reached=_costs_within(course, level_of, subject.levels),
        band=course.band,
        own_stop=_own_stop(subject, course, basis),
    )


def _costs_within(course: Course, distance: Array | None, levels: Sequence[float]) -> Sequence[Reached]:
    if distance is None or course.goal:
        return []
    return course.costs or [_reached(course, distance, level) for level in levels]


def _own_stop(subject: Subject, course: Course, basis: Basis | None) -> OwnStop | None:
    """Return where a library ended by its own rule, with its place in the plane; without a maximum no distance."""
    stop, coef = course.own_stop, course.own_stop_coef
    if stop is not None and subject.units is None:
        stop = replace(stop, distance=None)
    if stop is None or coef is None or basis is None:
        return stop
    return replace(stop, xy=rounded(basis.place(coef[None, :])[0]))


def _states(
    subject: Subject,
    basis: Basis | None,
    course: Course,
    places: Index,
    each: int,
    distance: Array | None,
    deviance: Array | None,
) -> States:
    coef = course.coef[places]
    size, nothing = len(places), [None] * len(places)
    given = np.zeros(size, dtype=bool)
    given[spread(size, max(each, 2))] = True
    vectors = [rounded(row) if wanted else None for row, wanted in zip(coef, given.tolist(), strict=True)]
    vectors[-1] = rounded(coef[-1], EXACT)
    with np.errstate(all="ignore"):
        xy = None if basis is None else [point if None not in point else None for point in rounded(basis.place(coef))]
        outside = None if basis is None else rounded(basis.outside(coef), 4)
        length = None if subject.inference is not None else rounded(np.linalg.norm(coef, axis=1), 5)
    return States(
        iteration=course.iteration[places].tolist(),
        passes=nothing if course.passes is None else rounded(course.passes[places]),
        seconds=nothing if course.seconds is None else rounded(course.seconds[places], 5),
        coef=vectors,
        xy=xy,
        outside=outside,
        distance=None if distance is None else rounded(distance[places], 4),
        deviance=None if deviance is None else rounded(deviance),
        length=length,
    )


def _coefficients_each(kept: Sequence[Index], p: int) -> int:
    """Return how many coefficient vectors of each run there is room for."""
    sizes = sorted(len(places) for places in kept)
    room = COEFFICIENTS // p
    for number, size in enumerate(sizes):
        share = room // (len(sizes) - number)
        if size > share:
            return max(share, 8)
        room -= size
    return max(sizes, default=0)


def _deviances(problem: Problem, course: Course, places: Index) -> Array:
    """Return the deviance of the kept states; nan where the data are too large to look again."""
    problem = problem.fresh()
    cells = problem.rows * len(problem.names) * len(places)
    found = []
    with np.errstate(all="ignore"):
        for place in places.tolist():
            known = course.deviances.get(int(course.iteration[place]))
            if known is None and cells <= CELLS:
                known = problem.first_order(course.coef[place]).deviance
            found.append(np.nan if known is None else known)
    return np.array(found)


def _spread(values: Array, places: Index, size: int) -> Array:
    """Return values of the kept states in the place of all: each holds until the next."""
    return values[np.searchsorted(places, np.arange(size), side="right") - 1]


def _reached(course: Course, distance: Array, level: float) -> Reached:
    place = reached(distance, level)
    if place is None:
        return Reached(level=level, iteration=None, passes=None, seconds=None)
    seconds = course.timed.get(level)
    if seconds is None and course.seconds is not None and np.isfinite(course.seconds[place]):
        taken = rounded([course.seconds[place]], 5)[0]
        seconds = Timed(median=taken, low=taken, high=taken, runs=1)
    return Reached(
        level=level,
        iteration=int(course.iteration[place]),
        passes=None if course.passes is None else one(float(course.passes[place])),
        seconds=seconds,
    )


def levels(subject: Subject) -> Levels:
    """Return the levels at which runs are compared."""
    return Levels(unit="SE" if subject.units is not None else "null deviance", values=subject.levels, same=SAME)


def clock(courses: Sequence[Course]) -> ClockUnits:
    """Return what moves every picture: linear up to one iteration, one pass or the first step, logarithmic beyond."""
    columns = [[column for column in kind if column is not None] for kind in zip(*map(_costs, courses), strict=True)]
    if not columns:
        return ClockUnits(iterations=None, passes=None, seconds=None)
    iterations, passes, seconds = (_most(kind) for kind in columns)
    first = min((float(times[times > 0][0]) for times in columns[2] if np.any(times > 0)), default=inf)
    return ClockUnits(iterations=_unit(1.0, iterations), passes=_unit(1.0, passes), seconds=_unit(first, seconds))


def _costs(course: Course) -> tuple[Array | None, ...]:
    return course.iteration.astype(float), course.passes, course.seconds


def _most(columns: Sequence[Array]) -> float | None:
    return max((float(np.nanmax(column)) for column in columns if np.any(np.isfinite(column))), default=None)


def _unit(c: float, most: float | None) -> Unit | None:
    if most is None or not np.isfinite(c):
        return None
    return Unit(c=float(f"{c:.5g}"), most=float(f"{most:.7g}"))
