"""The tables of a race, whatever they are printed as."""

from __future__ import annotations

from collections.abc import Callable

from glmnn.racing.result import Cost, Race, Raced, Spread
from glmnn.report.numbers import count, number, seconds, small
from glmnn.report.tables import Grid
from glmnn.solvers.stopping import Status

RANGE = "range"
UNITS = {"ms": 1e-3, "s": 1.0}
MOST_MS = 100.0  # seconds from which times stand in seconds


def ended(race: Race) -> Grid:
    """Return how each solver ended, and what its whole run cost."""
    away = "ended at" if race.track.in_std_errors else "deviance / null"
    any_setup = any(item.setup > 0.0 for item in race.raced)
    grid = Grid(
        ("solver", "iterations", "passes", "time", *(["set-up"] if any_setup else []), away, "status"),
        ("set-up", "iterations"),
    )
    for item in race.raced:
        costs = ("-", "-", "-") if item.end.status is Status.DECLINED else _costs(item)
        setup = [seconds(item.setup) if item.setup > 0.0 else "-"] if any_setup else []
        where = "-" if not item.competes else small(item.distance) + (" SE" if race.track.in_std_errors else "")
        grid.add(item.name, *costs, *setup, where, _status(item))
    return grid


def _costs(item: Raced) -> tuple[str, str, str]:
    whole = item.whole
    return count(item.end.iterations), count(item.end.passes), "-" if whole is None else seconds(whole.median)


def _status(item: Raced) -> str:
    """Return how a run ended, in a few words."""
    declined = item.end.status is Status.DECLINED
    words = ["restarted" if item.entrant.restarted and not declined else item.end.status.value]
    words += [f"{len(item.traced)} seeds"] if len(item.traced) > 1 else []
    words += ["1 run"] if item.once else []
    return ", ".join(words)


def costs(race: Race, cell: Callable[[Cost], str]) -> Grid:
    """Return a row for each solver that is after the maximum, a column for each level."""
    levels = race.track.levels
    grid = Grid(("solver", *(f"{level:g}" for level in levels)))
    for item in race.raced:
        if item.competes:
            grid.add(item.name, *(cell(item.cost(level)) for level in levels))
    return grid


def iterations(race: Race) -> Grid:
    """Return iterations to each level."""
    return costs(race, lambda cost: _counted(cost.iterations))


def passes(race: Race) -> Grid:
    """Return passes over the data to each level."""
    return costs(race, lambda cost: _counted(cost.passes))


def times(race: Race) -> Grid:
    """Return the time to each level, median of the rounds, and by how much rounds differed at most."""
    unit = UNITS[time_unit(race)]
    plain = costs(race, lambda cost: "-" if cost.seconds is None else _in(unit, cost.seconds.median))
    grid = Grid((*plain.headers, RANGE), (RANGE,))
    shown = [item for item in race.raced if item.competes]
    for row, item in zip(plain.rows, shown, strict=True):
        grid.add(*row, _range(race, item))
    return grid


def time_unit(race: Race) -> str:
    """Return the unit of all times in a table."""
    known = [cost.high for item in race.raced for level in race.track.levels if (cost := item.cost(level).seconds)]
    return "s" if max(known, default=0.0) >= MOST_MS else "ms"


def _in(unit: float, value: float) -> str:
    """Return seconds in a unit with three digits, or all before the point."""
    shown = value / unit
    return f"{shown:,.0f}" if shown >= 100 else number(shown, 3)


def times_in_passes(race: Race) -> Grid:
    """Return the same times in those of a pass over the data, which travel between machines."""
    machine = race.machine
    return costs(race, lambda cost: "-" if cost.seconds is None else small(machine.in_passes(cost.seconds.median)))


def ranges(race: Race) -> Grid:
    """Return the least and the longest time of the rounds at each level."""
    unit = UNITS[time_unit(race)]
    return costs(
        race,
        lambda cost: (
            "-" if cost.seconds is None else f"{_in(unit, cost.seconds.low)} to {_in(unit, cost.seconds.high)}"
        ),
    )


def _counted(spread: Spread | None) -> str:
    return "-" if spread is None else count(spread.median)


def _range(race: Race, item: Raced) -> str:
    """Return how far below and above the median the rounds were, at the level where they differed most."""
    known = [spread for level in race.track.levels if (spread := item.cost(level).seconds) and spread.median > 0.0]
    if not known or known[0].runs == 1:
        return "1 run" if known else "-"
    worst = max(known, key=lambda spread: (spread.high - spread.low) / spread.median)
    below, above = (100.0 * (end / worst.median - 1.0) for end in (worst.low, worst.high))
    return f"{below:+.0f} to {above:+.0f} %"
