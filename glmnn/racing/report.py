"""The report of a race: who arrived, what it cost to come within each level, and on what machine."""

from __future__ import annotations

from math import isfinite

from glmnn.errors import printable
from glmnn.fitting.report import heading, lost_sections
from glmnn.options.fields import together
from glmnn.racing import tables
from glmnn.racing.document import race_rows, to_document
from glmnn.racing.machine import BUSY
from glmnn.racing.result import Race, Raced
from glmnn.racing.verdict import tone_of, verdict_lines, winner_line
from glmnn.report.numbers import count, seconds, small
from glmnn.report.sections import Report, Section
from glmnn.report.tables import Grid

SEVERAL = 1.2  # processors' work over time, from which it is said


def race_report(race: Race, notes: bool = True, verbose: bool = False) -> Report:
    """Return the report of a race.

    Parameters
    ----------
    race : Race
    notes : bool
        Say what was understood without being said.
    verbose : bool
        Show on a screen too what is folded on a page.
    """
    within = "to stay within so many SE of the maximum"
    if not race.track.in_std_errors:
        within = "until the deviance stays below so much of the null deviance"
    heads = [*heading(race.track.estimate, notes), *(f"note: {printable(note)}" for note in race.notes if notes)]
    parts = [
        Section("", verdict_lines(race), strong=True, tone=tone_of(race)),
        Section("", heads),
        *lost_sections(race.track.estimate),
        Section("How each ended", (), tables.ended(race), _on_runs(race)),
        Section(f"Iterations {within}", (), tables.iterations(race)),
        Section(f"Passes over the data {within}", (), tables.passes(race)),
    ]
    if race.rounds:
        winner, clock = winner_line(race), f"Time in {tables.time_unit(race)}"
        of = "1 round" if race.rounds == 1 else f"{race.rounds} rounds"
        parts += [
            Section(f"{clock} {within}, median of {of}", (), tables.times(race), [winner] if winner else []),
            _folded(f"{clock} {within}, fastest and slowest round", tables.ranges(race)),
            _folded(f"Time in passes over the data {within}", tables.times_in_passes(race)),
        ]
    parts.append(Section("", machine_lines(race)))
    return Report("glmnn race", parts, lambda: to_document(race), lambda: race_rows(race), verbose=verbose)


def _folded(title: str, grid: Grid) -> Section:
    return Section(title, (), grid, folded=title)


def _on_runs(race: Race) -> list[str]:
    """Return what is to be known of how solvers ran."""
    lines = [line for item in race.raced for line in _on_run(race, item)]
    return [printable(line) for line in lines]


def _on_run(race: Race, item: Raced) -> list[str]:
    lines, unit = [], " SE" if race.track.in_std_errors else " of the null deviance"
    if item.own_stop is not None and item.competes:
        runs = together([str(number) for number in item.traced[0].iterations.tolist()])
        own = item.own_stop
        lines.append(
            f"{item.name} was run again for {runs} iterations at its tightest tolerance; by its own rule it stops "
            f"after {count(own.end.iterations)}, at {small(own.distance)}{unit}, in {seconds(own.time)}"
        )
    if len(item.traced) > 1 and item.competes:
        ends = [float(lap.distances[-1]) for lap in item.traced]
        lines.append(
            f"{item.name}: medians of {len(ends)} seeds, which ended at {small(min(ends))} to {small(max(ends))}{unit}"
        )
    if not item.repeatable:
        lines.append(f"{item.name} is not repeatable: its times are those of the states of each run")
    if item.busy > SEVERAL:
        lines.append(f"{item.name} kept {item.busy:.1f} processors busy")
    return lines


def machine_lines(race: Race) -> list[str]:
    """Return on what machine the times were taken, and how even its speed was."""
    machine, threads = race.machine, race.track.options.threads
    over = {name: number for name, number in machine.threads.items() if number > threads}
    held = f"{threads} thread{'' if threads == 1 else 's'}"
    if over:
        held += f" asked for, in force {together([f'{number} in {name}' for name, number in over.items()])}"
    lines = [f"{machine.cpu}, {machine.cores} cores, {held}, {machine.blas}"]
    if race.rounds:
        spread = machine.kernel_spread
        line = f"one pass over the data for deviance and score: {seconds(machine.typical_pass)}"
        if isfinite(spread):
            line += f", in the slowest round {spread:.2f} times as long as in the fastest"
            line += ": the machine was busy, so take the times as rough" if spread > BUSY else ""
        lines.append(line)
    return [printable(line) for line in lines]
