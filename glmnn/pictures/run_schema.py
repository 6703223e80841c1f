"""What the picture document says of each run, as types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from glmnn.report.schema import NOT_NEGATIVE, SOME, Count, Number, Size, Text, one_of, where

MOST_STATES = 400  # of a run
LEVELS = (1.0, 0.1, 0.01, 1e-3, 1e-5, 1e-8)  # standard errors; without a maximum parts of the null deviance

Numbers = Sequence[float | None]
Point = Annotated[Sequence[float], where(minItems=2, maxItems=2)]
KINDS = ("path", "restarted", "end")


@dataclass(frozen=True, kw_only=True)
class States:
    """The states of a run: columns of the same length, a place in each for every state that is kept.

    A run of up to 400 states is whole; of a longer one those are left out between which no marker would visibly move.
    """

    iteration: Annotated[Sequence[Count], "After how many updates.", where(minItems=1, maxItems=MOST_STATES)]
    passes: Annotated[Numbers, "Passes over the data until then; null: not known."]
    seconds: Annotated[Numbers, "Seconds of the solver alone until then; null: not known."]
    coef: Annotated[
        Sequence[Annotated[Numbers, SOME] | None],
        "Coefficients in the order of model.names; null where a wide model would make the document large: the last "
        "that are there hold until the next.",
    ]
    xy: Annotated[Sequence[Point | None] | None, "Place in the plane; null: no plane, or no finite place."]
    outside: Annotated[Numbers | None, "Standard errors that the plane does not show; null: no plane."]
    distance: Annotated[
        Numbers | None, "Furthest coefficient from the maximum, in its standard errors; null: there is no maximum."
    ]
    deviance: Annotated[Numbers | None, "Deviance; null where the distance says all, or the data are too large for it."]
    length: Annotated[Numbers | None, "Length of the coefficients in standardised columns; null: there is a maximum."]


@dataclass(frozen=True, kw_only=True)
class Timed:
    """Seconds over the timed runs."""

    median: Annotated[float, "Median.", NOT_NEGATIVE]
    low: Annotated[float, "Least.", NOT_NEGATIVE]
    high: Annotated[float, "Most.", NOT_NEGATIVE]
    runs: Annotated[Size, "Runs."]


@dataclass(frozen=True, kw_only=True)
class Reached:
    """What it cost to come within a level and to stay there to the end, of all states."""

    level: Annotated[float, "In the unit of levels.unit.", where(exclusiveMinimum=0)]
    iteration: Annotated[Count | None, "Updates; null: not reached."]
    passes: Annotated[Number, "Passes; null: not reached, or not known."]
    seconds: Annotated[Timed | None, "Time; null: not reached, or not known."]


@dataclass(frozen=True, kw_only=True)
class Band:
    """Distance over the seeds of a stochastic solver: columns of the same length."""

    seeds: Annotated[Size, "Runs, each with a seed of its own."]
    iteration: Annotated[Sequence[Count], "After how many updates.", SOME]
    passes: Annotated[Numbers, "Passes until then."]
    seconds: Annotated[Numbers, "Seconds until then, median."]
    low: Annotated[Numbers, "Least distance."]
    median: Annotated[Numbers, "Median distance."]
    high: Annotated[Numbers, "Largest distance."]


@dataclass(frozen=True, kw_only=True)
class OwnStop:
    """Where a library ended by its own rule, at its defaults."""

    iteration: Annotated[Count, "Its iterations."]
    passes: Annotated[Number, "Passes; null: not known."]
    seconds: Annotated[Number, "Seconds."]
    distance: Annotated[Number, "Standard errors from the maximum; null: there is none."]
    xy: Annotated[Point | None, "Place in the plane; null: no plane."]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One solver on its way."""

    solver: Annotated[Text, "Name of the solver, options in brackets behind it."]
    label: Annotated[Text, "What to call it in a picture."]
    kind: Annotated[
        str,
        "path: a run that was watched; restarted: each state is the end of a run of its own; end: nothing is known but "
        "the end.",
        one_of(*KINDS),
    ]
    status: Annotated[Text, "How it ended."]
    reason: Annotated[str, "Why it could not go on, in its own words; empty where it could."]
    lr: Annotated[Number, "Learning rate; null: none, or chosen by the solver on its way."]
    start: Annotated[Text, "Where it started: its own start, zeros, ones, random or given."]
    iterations: Annotated[Count, "Updates in all."]
    passes: Annotated[Number, "Passes over the data in all; null: not known."]
    seconds: Annotated[Number, "Seconds of the solver alone; null: not known."]
    setup_seconds: Annotated[Number, "Seconds to turn the arrays into those of a library; null: nothing to turn."]
    states: States
    reached: Annotated[Sequence[Reached], "The cost to stay within each level; empty: it is after something else."]
    band: Annotated[Band | None, "Over the seeds of a stochastic solver; null: one run."]
    own_stop: Annotated[OwnStop | None, "Of a library that was restarted; null: it was not."]
