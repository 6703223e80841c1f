"""Interleaved timings and the table of their ratios."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter, process_time
from typing import Any, NamedTuple

import numpy as np

from glmnn.kernels.choice import chosen, installed
from glmnn.kernels.threads import in_threads


@dataclass
class Case:
    """Something to be timed; after `measure` also what it took and returned in each round."""

    name: str
    run: Callable[[], Any]
    error: Callable[[Any], float] | None = None  # of what `run` returns
    calls: int = 1  # in one timing, for what is too short for the clock
    steps: float = 1.0  # work in one call; the ratios are of the time for one unit of it
    most: int = 1_000  # timings after which a slow one is left out of the rounds
    seconds: list[float] = field(default_factory=list)  # for one unit of work
    results: list[Any] = field(default_factory=list)

    def time(self) -> None:
        began = perf_counter()
        for _ in range(self.calls):
            result = self.run()
        self.seconds.append((perf_counter() - began) / self.calls / self.steps)
        self.results.append(result)

    def inside(self, name: str) -> Case:
        """Return the same runs by the solver's own clock, `Fit.seconds`."""
        return Case(name, self.run, seconds=[run.seconds / self.steps for run in self.results])


def measure(cases: Sequence[Case], rounds: int) -> None:
    """Run every case once to warm up, then all of them in turn, round after round: A B C A B C ..."""
    for case in cases:
        case.run()
    for done in range(rounds):
        for case in cases:
            if done < case.most:
                case.time()


def show(title: str, cases: Sequence[Case], ours: Case) -> None:
    """Print how many times as long as ours each case takes: median and quartiles over the rounds."""
    width = max(len(case.name) for case in cases)
    print(f"\n{title}\n")
    print(f"{'':{width}}  {'ratio':>8}  {'quartiles':>17}  {'timings':>7}  {'error':>8}")
    for case in cases:
        ratios = [theirs / mine for theirs, mine in zip(case.seconds, ours.seconds, strict=False)]
        low, high = np.quantile(ratios, (0.25, 0.75))
        spread = f"{low:.3g} .. {high:.3g}"
        error = f"{case.error(case.results[-1]):.1e}" if case.error else ""
        print(f"{case.name:{width}}  {median(ratios):8.3g}  {spread:>17}  {len(ratios):7}  {error:>8}")


def largest_relative(values: Any, reference: Any) -> float:
    """Return the largest relative error of a coefficient."""
    values, reference = np.ravel(values), np.ravel(reference)
    return float(np.max(np.abs(values - reference) / np.abs(reference)))


@dataclass(frozen=True)
class Pair:
    """A call of glmnn and one of a peer that does the like."""

    name: str
    peer: str
    ours: Callable[[], Any]
    theirs: Callable[[], Any] | None
    targets: tuple[str, ...] = ()  # ratios to reach: with NumPy, with kernels in one thread, in two
    calls: int = 1  # in one timing, for what is too short for the clock
    times: float = 1.0  # of the peer's work that ours does
    kernels: bool = True  # whether kernels could matter
    rounds: int = 9  # at most
    clock: Callable[[Any], float] | None = None  # what ours returned -> seconds by a clock of its own


@dataclass(frozen=True)
class Row:
    """A line of the table, in Markdown."""

    name: str
    peer: str = "not installed"
    theirs: str = ""
    ours: tuple[str, ...] = ()  # with NumPy, with kernels in one thread, in two
    targets: tuple[str, ...] = ()

    def __str__(self) -> str:
        ours = (*self.ours, "", "")[:3]
        return f"| {' | '.join([self.name, self.peer, self.theirs, *ours, ', '.join(self.targets)])} |"


class Took(NamedTuple):
    """What a call took, in seconds."""

    processor: float  # of all threads
    wall: float


WAYS: dict[str, tuple[str, int]] = {"numpy": ("numpy", 1), "one": ("compiled", 1), "two": ("compiled", 2)}


def ways(kernels: bool) -> list[str]:
    """Return the ways in which a call can run here."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return [
        way
        for way, (asked, threads) in WAYS.items()
        if asked == "numpy" or (kernels and installed() and threads <= cores)
    ]


def cell(ours: float, theirs: float) -> str:
    """Return a time with its ratio to the peer's.

    >>> cell(0.5, 1.0), cell(0.5, 100.0)
    ('0.50 (500 ms)', '1/200 (500 ms)')
    """
    ratio = ours / theirs
    return f"{f'{ratio:.2f}' if ratio > 0.1 else f'1/{theirs / ours:.0f}'} ({milliseconds(ours)})"


def milliseconds(seconds: float) -> str:
    """Return a time in milliseconds, in three digits."""
    return f"{1e3 * seconds:.3g} ms" if seconds < 1.0 else f"{1e3 * seconds:.0f} ms"


def turns(pair: Pair, rounds: int) -> Row:
    """Return the least times of calls that take turns, after a warm-up of each.

    In one thread the processor's time counts, which other work on the machine disturbs least; in two the clock's, as
    where ours has a clock of its own.
    """
    took: dict[str, list[Took]] = {}
    for done in range(min(rounds, pair.rounds) + 1):
        for way in ways(pair.kernels):
            asked, threads = WAYS[way]
            with chosen(asked), in_threads(threads):
                took.setdefault(way, []).append(_timed(pair.ours, pair.calls if done else 1, pair.clock))
        if pair.theirs is not None:
            took.setdefault("peer", []).append(_timed(pair.theirs, pair.calls if done else 1))
    least = {way: Took(*map(min, zip(*seen[1:], strict=True))) for way, seen in took.items()}
    if pair.theirs is None:
        return Row(pair.name, pair.peer, "", tuple(milliseconds(least[way].processor) for way in ways(pair.kernels)))
    theirs = Took(*(pair.times * part for part in least["peer"]))
    by_clock = {way for way in ways(pair.kernels) if way == "two" or pair.clock}
    cells = [
        cell(least[way].wall, theirs.wall) if way in by_clock else cell(least[way].processor, theirs.processor)
        for way in ways(pair.kernels)
    ]
    return Row(pair.name, pair.peer, milliseconds(theirs.processor), tuple(cells), pair.targets)


def _timed(run: Callable[[], Any], calls: int, clock: Callable[[Any], float] | None = None) -> Took:
    processor, wall = process_time(), perf_counter()
    for _ in range(calls):
        result = run()
    if clock is not None:
        return Took(clock(result), clock(result))
    return Took((process_time() - processor) / calls, (perf_counter() - wall) / calls)
