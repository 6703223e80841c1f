"""Interleaved timings and the table of their ratios."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np


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
    theirs: Callable[[], Any]
    target: str = ""  # ratio to reach
    calls: int = 1  # in one timing, for what is too short for the clock
    times: float = 1.0  # of the peer's work that ours does


@dataclass(frozen=True)
class Row:
    """A line of the table, in Markdown."""

    name: str
    peer: str = "not installed"
    ours: str = ""
    theirs: str = ""
    ratio: str = ""
    target: str = ""

    @classmethod
    def of(cls, name: str, peer: str, ours: float, theirs: float, target: str) -> Row:
        """Return the line of two times in seconds."""
        ratio = ours / theirs
        shown = f"{ratio:.2f}" if ratio > 0.1 else f"1/{theirs / ours:.0f}"
        return cls(name, peer, f"{1e3 * ours:.4g} ms", f"{1e3 * theirs:.4g} ms", shown, target)

    def __str__(self) -> str:
        return f"| {self.name} | {self.peer} | {self.ours} | {self.theirs} | {self.ratio} | {self.target} |"


def turns(pair: Pair, rounds: int) -> Row:
    """Return the least processor times of two calls that take turns, after a warm-up of each."""
    times: list[tuple[float, float]] = []
    for done in range(rounds + 1):
        seen = []
        for run in (pair.ours, pair.theirs):
            began = process_time()
            for _ in range(pair.calls if done else 1):
                run()
            seen.append((process_time() - began) / pair.calls)
        if done:
            times.append((seen[0], pair.times * seen[1]))
    ours, theirs = (min(side) for side in zip(*times, strict=True))
    return Row.of(pair.name, pair.peer, ours, theirs, pair.target)
