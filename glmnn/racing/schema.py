"""The JSON document of a race as a type, from which its schema is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from glmnn.fitting.schema import OPTIONS
from glmnn.fitting.solver_schema import ENDINGS
from glmnn.fitting.subject_schema import FittedData, FittedModel
from glmnn.racing.options import RaceOptions
from glmnn.report.json import Versions
from glmnn.report.schema import (
    ABOVE_ZERO,
    NOT_NEGATIVE,
    SOME,
    Coefficients,
    Count,
    Narrowed,
    Number,
    Size,
    Text,
    one_of,
    where,
)
from glmnn.solvers.stopping import Status

ASKED = {
    **{name: narrowed for name, narrowed in OPTIONS.items() if name not in ("tol", "tol_agree", "patience")},
    "to": ABOVE_ZERO,
    "repeat": where(minimum=1),
    "budget": ABOVE_ZERO,
    "seeds": where(minimum=1),
    "threads": where(minimum=1),
}


@dataclass(frozen=True, kw_only=True)
class SpreadOf:
    """Some numbers."""

    median: Annotated[float, "Median.", NOT_NEGATIVE]
    low: Annotated[float, "Least.", NOT_NEGATIVE]
    high: Annotated[float, "Most.", NOT_NEGATIVE]
    runs: Annotated[Size, "How many."]


@dataclass(frozen=True, kw_only=True)
class CostOf:
    """The cost to come within a level and to stay there to the end; null: not with every seed, or not timed."""

    level: Annotated[float, "In the unit of the document.", ABOVE_ZERO]
    iterations: Annotated[SpreadOf | None, "Updates, over the seeds."]
    passes: Annotated[SpreadOf | None, "Passes over the data, over the seeds."]
    seconds: Annotated[SpreadOf | None, "The solver's own seconds, over the timed runs."]
    in_passes: Annotated[Number, "Median of the seconds in those of one pass over the data, which travel."]


@dataclass(frozen=True, kw_only=True)
class OwnStopOf:
    """Where a library that was restarted ends by its own rule at its defaults."""

    iterations: Annotated[Count, "Its iterations."]
    passes: Annotated[float, "Passes over the data.", NOT_NEGATIVE]
    seconds: Annotated[float, "Its own seconds, median of the rounds.", NOT_NEGATIVE]
    distance: Annotated[Number, "How far from the maximum."]


@dataclass(frozen=True, kw_only=True)
class RacedSolver:
    """How one solver did."""

    solver: Annotated[Text, "Name of the solver, options in brackets behind it."]
    restarted: Annotated[bool, "Whether each state is the end of a run of its own, with more and more iterations."]
    status: Annotated[str, "How the run ended, of several seeds the first.", one_of(*ENDINGS, Status.TIME_LIMIT.value)]
    reason: Annotated[str, "Why it declined or could not go on; empty where it did."]
    goal: Annotated[str, "What it is after where that is not the maximum; empty where it is."]
    iterations: Annotated[Count, "Updates in all."]
    passes: Annotated[float, "Passes over the data in all.", NOT_NEGATIVE]
    seconds: Annotated[SpreadOf | None, "Its own seconds of a whole run; null: not timed."]
    setup_seconds: Annotated[float, "Seconds to turn the arrays into those of a library.", NOT_NEGATIVE]
    start: Annotated[
        Sequence[Number] | None, "Where it started; null where it started from fitted means, or does not tell."
    ]
    coefficients: Annotated[Coefficients, "Coefficients reached."]
    distance: Annotated[Number, "How far it ended from the maximum, median of the seeds."]
    seeds: Annotated[Sequence[Count], "Its seeds: several where it draws mini-batches.", SOME]
    once: Annotated[bool, "Whether it took more than a third of the budget, and so ran once."]
    repeatable: Annotated[bool, "Whether every timed run ended in the same coefficients, bit for bit."]
    processors: Annotated[Number, "Work of the processors over time, the most of all timed runs."]
    levels: Annotated[Sequence[CostOf], "The cost at each level, from far to near; empty: it is after something else."]
    own_stop: Annotated[OwnStopOf | None, "Null where it was not restarted."]


@dataclass(frozen=True, kw_only=True)
class Fastest:
    """Who was faster than all others at a level in every round, of which there were 5 at least."""

    level: Annotated[float, "In the unit of the document.", ABOVE_ZERO]
    solver: Annotated[Text | None, "Null: no difference seen."]


@dataclass(frozen=True, kw_only=True)
class RaceMachine:
    """Where it was timed."""

    cpu: Annotated[Text, "Processor."]
    cores: Annotated[Size, "Cores."]
    threads: Annotated[Mapping[str, int], "Threads in force, by library."]
    blas: Annotated[Text, "BLAS."]
    load_before: Annotated[Number, "Load over the minute before; null: not known."]
    load_after: Annotated[Number, "Load over the last minute of the race; null: not known."]
    pass_seconds: Annotated[Sequence[float], "Of one pass over the data for deviance and score, round by round."]
    kernel_spread: Annotated[Number, "The slowest of these over the fastest; null: fewer than two rounds."]


@dataclass(frozen=True, kw_only=True)
class RaceDocument:
    """What `glmnn race --json` writes.

    Numbers have as many digits as they need to be read back exactly; null stands for a number that does not exist or
    is not finite.
    """

    schema: Annotated[Literal["glmnn.race/1"], "Name and version of this schema."] = "glmnn.race/1"
    versions: Versions
    data: FittedData
    model: FittedModel
    options: Annotated[RaceOptions, "The options as asked for, defaults filled in.", Narrowed(ASKED)]
    exit: Annotated[
        int,
        "Exit code: 0 all came within the last level, 1 some did not, 3 no finite or unique maximum, 130 interrupted.",
        one_of(0, 1, 3, 130),
    ]
    verdict: Annotated[Sequence[Text], "The verdict in sentences.", SOME]
    notes: Annotated[Sequence[Text], "What the reader should know of data, model and solvers."]
    goal: Annotated[Text, "What distances are measured from: maximum likelihood estimate, or penalised estimate."]
    unit: Annotated[str, "What distances are told in.", one_of("SE", "null deviance")]
    levels: Annotated[Sequence[float], "Where cost is told, from far to near.", SOME]
    rounds: Annotated[Count, "Rounds that were finished."]
    solvers: Annotated[Sequence[RacedSolver], "In the order asked for.", SOME]
    fastest: Annotated[Sequence[Fastest], "One entry for each level."]
    machine: RaceMachine
