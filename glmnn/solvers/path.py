"""The states of a run, with what it cost to come there."""

from __future__ import annotations

from typing import Any

import numpy as np

from glmnn.arrays import Array, Index
from glmnn.solvers.steps import Stretch

FIRST, MANY = 64, 4096  # states that memory is taken for at first; it is doubled until there are many of them


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
        self._waiting: list[tuple[Array, int, float, int]] = []  # single states behind those in the arrays
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
        if count == 1:
            self._waiting.append((coefs[0].copy(), first, passes[0], nanoseconds))
            self.size, self._last = self.size + 1, first
        else:
            self._settle()
            begin, every = self.size, 1 if always else self.every
            kept = range(first + skipped, last.iteration + 1, every)
            self.size, self._last = begin + len(kept), kept[-1]
            self._grow(coefs.shape[1])
            self._coefs[begin : self.size] = coefs[skipped::every]
            self._iterations[begin : self.size] = kept
            self._costs[begin : self.size, 0] = passes[skipped::every]
            shares = np.arange(1 + skipped, count + 1, every) / count
            self._costs[begin : self.size, 1] = began + (nanoseconds - began) * shares
        if len(self._waiting) == FIRST or self.size > self.most:
            self._settle()
            self._thin()

    def _settle(self) -> None:
        """Put the states that wait into the arrays."""
        if not self._waiting:
            return
        begin = self.size - len(self._waiting)
        self._grow(self._waiting[0][0].size)
        coefs, iterations, *costs = zip(*self._waiting, strict=True)
        self._coefs[begin : self.size], self._iterations[begin : self.size] = coefs, iterations
        self._costs[begin : self.size, 0], self._costs[begin : self.size, 1] = costs
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
