"""The states of a run, with what it cost to come there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glmnn.arrays import Array, Index
from glmnn.solvers.steps import Stretch

FIRST, MANY = 64, 4096  # states that memory is taken for at first; it is doubled until there are many of them
_Kept = tuple[Array, range, Array | Sequence[float], Array | Sequence[float]]  # states, iterations, passes, nanoseconds


class Path:
    """The states of a run, thinned to every second one whenever they become more than `most`.

    Parameters
    ----------
    most : int
    expected : int
        States of the whole run, if it goes on to its limit.

    Attributes
    ----------
    size : int
        States kept.
    every : int
        Of so many states one is kept.
    iteration : int
    nanoseconds : int
        Of the last state, kept or not.
    """

    def __init__(self, most: int, expected: int = 0) -> None:
        self.most: int = most
        self.expected: int = expected
        self.size: int = 0
        self.every: int = 1
        self.iteration: int = 0
        self.nanoseconds: int = 0
        self._last = -1  # kept
        self._waiting: list[_Kept] = []  # behind those in the arrays, where they are put when somebody asks
        self._coefs, self._iterations = np.empty((0, 0)), np.empty(0, dtype=np.intp)
        self._costs = np.empty((0, 2))  # passes and nanoseconds

    def keep(self, stretch: Stretch, nanoseconds: int, always: bool = False) -> None:
        """Keep the states of a stretch whose turn it is, or `always` its only one, after so many nanoseconds.

        Each state of a stretch is taken to have cost as much time.
        """
        last, coefs, passes = stretch
        count, began = len(coefs), self.nanoseconds
        first = last.iteration - count + 1
        self.iteration, self.nanoseconds = last.iteration, nanoseconds
        skipped = 0 if always else -first % self.every
        if skipped >= count or self._last == last.iteration:
            return
        every = 1 if always else self.every
        kept = range(first + skipped, last.iteration + 1, every)
        if count == 1:
            self._waiting.append((coefs.copy(), kept, passes, (nanoseconds,)))
        else:
            shares = np.arange(1 + skipped, count + 1, every) / count
            some = coefs if len(kept) == count else coefs[skipped::every].copy()  # a view would keep them all
            self._waiting.append((some, kept, passes[skipped::every], began + (nanoseconds - began) * shares))
        self.size, self._last = self.size + len(kept), kept[-1]
        if len(self._waiting) == FIRST or self.size > self.most:
            self._settle()
            self._thin()

    def _settle(self) -> None:
        """Put the states that wait into the arrays."""
        if not self._waiting:
            return
        begin = self.size - sum(len(kept) for _, kept, _, _ in self._waiting)
        self._grow(self._waiting[0][0].shape[1])
        for coefs, kept, passes, nanoseconds in self._waiting:
            some = slice(begin, begin := begin + len(kept))
            self._coefs[some], self._iterations[some] = coefs, kept
            self._costs[some, 0], self._costs[some, 1] = passes, nanoseconds
        self._waiting.clear()

    def _thin(self) -> None:
        while self.size > self.most:
            self.every *= 2
            for array in (self._coefs, self._iterations, self._costs):
                array[: -(-self.size // 2)] = array[: self.size : 2].copy()
            self.size = -(-self.size // 2)
            self._last = int(self._iterations[self.size - 1])

    def _grow(self, width: int) -> None:
        capacity = max(FIRST, len(self._iterations))
        while capacity < self.size:
            capacity *= 2
        if capacity > MANY:  # memory that is not written to costs nothing
            capacity = max(self.size, min(self.expected, self.most) + MANY)
        if capacity > len(self._iterations):
            self._coefs = _larger(self._coefs.reshape(-1, width), capacity)
            self._iterations = _larger(self._iterations, capacity)
            self._costs = _larger(self._costs, capacity)

    @property
    def coefs(self) -> Array:
        """The coefficients of the states kept, shape (k, p)."""
        self._settle()
        return self._coefs[: self.size]

    @property
    def iterations(self) -> Index:
        """Which iterations they are, shape (k,)."""
        self._settle()
        return self._iterations[: self.size]

    @property
    def costs(self) -> Array:
        """Passes and nanoseconds of the solver until each, shape (k, 2)."""
        self._settle()
        return self._costs[: self.size]

    def last_finite(self) -> Array:
        """Return the last coefficients that are finite."""
        finite = np.flatnonzero(np.isfinite(self.coefs).all(axis=1))
        return np.array(self.coefs[finite[-1] if finite.size else 0])


def _larger(array: Any, capacity: int) -> Any:
    larger = np.empty((capacity, *array.shape[1:]), dtype=array.dtype)
    larger[: len(array)] = array
    return larger
