"""A run as it is to be drawn, whoever ran it: states, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from glmnn.arrays import Array, Index, Mask
from glmnn.pictures.run_schema import MOST_STATES, Band, OwnStop, Reached, Timed

A_DECADE = 40  # states kept in one of the logarithm of the iteration, at least
JUMP = 0.004  # of the frame, by which a marker may jump


@dataclass(frozen=True, kw_only=True)
class Course:
    """A run on its way.

    Attributes
    ----------
    solver, label, status, reason : str
        Name, what to call it in a picture, how it ended, and why it could not go on.
    kind : str
        ``path``; ``restarted`` where each state is the end of a run of its own; ``end`` where nothing else is known.
    iteration : ndarray of int, shape (k,)
        After how many updates each state was seen, rising.
    coef : ndarray of shape (k, p)
        The states, in the data's own units.
    passes, seconds : ndarray of shape (k,) or None
        Passes over the data and seconds of the solver alone until each of them.
    lr : float or None
        Learning rate.
    start : str
        Where it started, in a word.
    setup_seconds : float or None
        What a library took to turn the arrays into its own.
    goal : str
        What it is after, where that is not the maximum; its distance is not told then.
    deviances : mapping of int to float
        Of iterations at which the deviance is known.
    timed : mapping of float to Timed
        Seconds until it stayed within a level, over several runs; without it they are those of the one run.
    band : Band or None
        Distance over the seeds of a stochastic solver.
    own_stop : OwnStop or None
        Where a library that was restarted ends by its own rule.
    own_stop_coef : ndarray of shape (p,) or None
        The coefficients there.
    costs : sequence of Reached or None
        The cost to stay within each level, where it is not that of the states of this one run.
    """

    solver: str
    iteration: Index
    coef: Array
    status: str
    label: str = ""
    reason: str = ""
    kind: str = "path"
    passes: Array | None = None
    seconds: Array | None = None
    lr: float | None = None
    start: str = "its own start"
    setup_seconds: float | None = None
    goal: str = ""
    deviances: Mapping[int, float] = field(default_factory=dict)
    timed: Mapping[float, Timed] = field(default_factory=dict)
    band: Band | None = None
    own_stop: OwnStop | None = None
    own_stop_coef: Array | None = None
    costs: Sequence[Reached] | None = None

    @property
    def finite(self) -> Mask:
        """Which states are numbers, shape (k,)."""
        return np.asarray(np.all(np.isfinite(self.coef), axis=1))


def reached(distance: Array, level: float) -> int | None:
    """Return the place of the first state from which on all are within a level; None where there is none.

    >>> reached(np.array([5.0, 0.1, 0.3, 0.1, 0.0]), 0.2), reached(np.array([1.0]), 0.5)
    (3, None)
    """
    beyond = np.flatnonzero(~(distance <= level))
    place = int(beyond[-1]) + 1 if beyond.size else 0
    return place if place < distance.size else None


def thinned(iteration: Index, place: Array, most: int = MOST_STATES) -> Index:
    """Return which states of a run are kept: all of them, or those without which a marker would visibly jump.

    Parameters
    ----------
    iteration : ndarray of int, shape (k,)
    place : ndarray of shape (k, d)
        Where the marker is, in parts of the frame; nan outside.
    most : int
        States to keep.
    """
    last = iteration.size - 1
    if last < most:
        return np.arange(last + 1)
    kept = _moved(place, most)
    if kept.size < most:
        return _filled(kept, _by_decade(iteration, most), most)
    return np.asarray(kept[spread(kept.size, most)])


def _moved(place: Array, most: int) -> Index:
    """Return the states at which the marker is further from the last one kept than it may jump."""
    threshold = JUMP
    while True:
        kept, far = [0], _first_beyond(place, 0, threshold)
        while far is not None and len(kept) < 4 * most:
            kept.append(far)
            far = _first_beyond(place, far, threshold)
        if far is None:
            return np.unique([*kept, len(place) - 1])
        threshold *= 2.0  # a run that never settles


def _first_beyond(place: Array, at: int, threshold: float, ahead: int = 64) -> int | None:
    """Return the first state after `at` that is further away than the threshold."""
    first = at + 1
    while first < len(place):
        part = place[first : first + ahead]
        with np.errstate(invalid="ignore"):
            beyond = ~(np.max(np.abs(part - place[at]), axis=1) <= threshold)
        if beyond.any():
            return first + int(np.argmax(beyond))
        first, ahead = first + ahead, 2 * ahead
    return None


def _by_decade(iteration: Index, most: int) -> Index:
    """Return states spread evenly over the logarithm of the iteration, at least `A_DECADE` a decade."""
    decades = np.log10(max(iteration[-1], 1) / max(iteration[1], 1))
    count = min(most, max(2, round(A_DECADE * decades)))
    wanted = np.geomspace(max(iteration[1], 1), max(iteration[-1], 1), count)
    return np.unique(np.r_[0, np.minimum(np.searchsorted(iteration, wanted), iteration.size - 1)])


def _filled(kept: Index, more: Index, most: int) -> Index:
    """Return the kept states and as many of the others as there is room for, spread evenly."""
    others = np.setdiff1d(more, kept)
    room = max(most - kept.size, 0)
    if others.size > room:
        others = others[np.linspace(0, others.size - 1, room).astype(int)] if room else others[:0]
    return np.union1d(kept, others)


def spread(size: int, most: int) -> Index:
    """Return so many of `size` places, the first and the last among them, spread evenly over their logarithm.

    >>> spread(5, 9), spread(100, 5)
    (array([0, 1, 2, 3, 4]), array([ 0,  2,  9, 31, 99]))
    """
    if size <= most:
        return np.arange(size)
    wanted = np.unique(np.geomspace(1, size, most).round().astype(int)) - 1
    others = np.setdiff1d(np.arange(min(size, 2 * most)), wanted)[: most - wanted.size]  # where several fell together
    return np.union1d(wanted, others)
