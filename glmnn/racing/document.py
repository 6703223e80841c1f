"""A race for programs: versioned JSON, and CSV with a row for each solver and level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from glmnn.fitting.subject_schema import FittedData, FittedModel
from glmnn.racing import schema
from glmnn.racing.result import Cost, Race, Raced, Spread
from glmnn.racing.verdict import verdict_lines
from glmnn.report.json import Versions, versions


def to_document(race: Race) -> schema.RaceDocument:
    """Return the race as the values of its JSON document."""
    track, machine = race.track, race.machine
    estimate = track.estimate
    return schema.RaceDocument(
        versions=Versions(**versions()),
        data=FittedData(
            source=estimate.table.source, sha256=estimate.table.digest, rows_used=estimate.design.data.rows
        ),
        model=FittedModel(
            formula=estimate.design.formula,
            target=estimate.design.target,
            family=estimate.model.family_name,
            link=estimate.model.link_name,
        ),
        options=track.options,
        exit=int(race.exit),
        verdict=verdict_lines(race),
        notes=[*estimate.notes, *race.notes],
        goal=estimate.goal,
        unit=track.unit,
        levels=track.levels,
        rounds=race.rounds,
        solvers=[_solver(race, item) for item in race.raced],
        fastest=[
            schema.Fastest(level=level, solver=None if (first := race.fastest(level)) is None else first.name)
            for level in track.levels
        ],
        machine=schema.RaceMachine(
            cpu=machine.cpu,
            cores=machine.cores,
            threads=machine.threads,
            blas=machine.blas,
            load_before=machine.load_before,
            load_after=machine.load_after,
            pass_seconds=machine.pass_seconds,
            kernel_spread=machine.kernel_spread,
        ),
    )


def _solver(race: Race, item: Raced) -> schema.RacedSolver:
    end, own = item.end, item.own_stop
    return schema.RacedSolver(
        solver=item.name,
        restarted=item.entrant.restarted,
        status=end.status.value,
        reason=end.reason,
        goal=end.goal,
        iterations=end.iterations,
        passes=end.passes,
        seconds=_spread(item.whole),
        setup_seconds=item.setup,
        start=None if end.start is None else end.start.tolist(),
        coefficients=dict(zip(race.track.estimate.design.data.names, end.coef.tolist(), strict=True)),
        distance=item.distance,
        seeds=item.entrant.seeds,
        once=item.once,
        repeatable=item.repeatable,
        processors=item.busy,
        levels=[_cost(race, item.cost(level)) for level in race.track.levels if item.competes],
        own_stop=None
        if own is None
        else schema.OwnStopOf(
            iterations=own.end.iterations, passes=own.end.passes, seconds=own.time, distance=own.distance
        ),
    )


def _cost(race: Race, cost: Cost) -> schema.CostOf:
    return schema.CostOf(
        level=cost.level,
        iterations=_spread(cost.iterations),
        passes=_spread(cost.passes),
        seconds=_spread(cost.seconds),
        in_passes=None if cost.seconds is None else race.machine.in_passes(cost.seconds.median),
    )


def _spread(spread: Spread | None) -> schema.SpreadOf | None:
    return None if spread is None else schema.SpreadOf(**asdict(spread))


def race_rows(race: Race) -> Iterator[Sequence[object]]:
    """Yield a row for each solver and level; empty where the solver did not stay within."""
    yield "solver", "level", "iterations", "passes", "seconds.median", "seconds.low", "seconds.high", "runs"
    for item in race.raced:
        for level in race.track.levels if item.competes else ():
            cost = item.cost(level)
            counts = ["" if spread is None else spread.median for spread in (cost.iterations, cost.passes)]
            seconds = cost.seconds
            timed = ("", "", "", "") if seconds is None else (seconds.median, seconds.low, seconds.high, seconds.runs)
            yield item.name, level, *counts, *timed
