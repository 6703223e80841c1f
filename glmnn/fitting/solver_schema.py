"""What the JSON document of a fit says of each solver, as types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from glmnn.report.schema import ABOVE_ZERO, SOME, Coefficients, Count, Text, Vector, one_of, where
from glmnn.solvers.registry import ALWAYS, LIBRARIES
from glmnn.solvers.stopping import Status
from glmnn.solvers.updates import UPDATES

RULES = "|".join(UPDATES)
NAMES = (*ALWAYS, *(name for library in LIBRARIES.values() for name in library.solvers))
NAMED = rf"^({'|'.join(NAMES)}|({RULES})\[[a-z0-9_=.,e+-]*\])$"
ENDINGS = [status.value for status in Status if status is not Status.TIME_LIMIT]  # a fit has no time limit


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How far the coefficients are from the maximum likelihood estimate."""

    distance: Annotated[float | None, "Largest difference of a coefficient, in standard errors."]
    agrees: Annotated[bool, "Whether the distance is at most the tolerance."]
    tolerance: Annotated[float, "Standard errors up to which two fits agree.", ABOVE_ZERO]
    difference: Annotated[Vector, "Coefficients minus the estimate."]
    in_std_errors: Annotated[Vector, "The same in standard errors."]
    digits: Annotated[Vector, "Significant digits in common."]
    deviance_gap: Annotated[float | None, "Deviance minus that at the maximum."]
    largest_mean_change: Annotated[float | None, "Largest difference of a fitted mean."]
    max_score: Annotated[float | None, "Largest absolute component of the score."]


@dataclass(frozen=True, kw_only=True)
class Path:
    """The way to the coefficients, thinned to about 100 states; --trace writes all of them."""

    iteration: Annotated[
        Sequence[Count],
        "Which iterations these are: the first, the last, and some between.",
        where(minItems=1, uniqueItems=True),
    ]
    passes: Annotated[Sequence[float], "Passes over the data that the solver had made by then."]
    seconds: Annotated[Sequence[float], "The solver's own time until then."]
    coefficients: Annotated[Sequence[Vector], "The coefficients after each of these iterations.", SOME]


@dataclass(frozen=True, kw_only=True)
class Solver:
    """How one solver did."""

    solver: Annotated[str, "Name of the solver, options in brackets behind it.", where(pattern=NAMED)]
    status: Annotated[
        str,
        "How this run ended, by the stopping rule or the library's own; whether a maximum exists is said by verdict "
        "and separation alone. declined: the solver does not fit this model, or found no valid start.",
        one_of(*ENDINGS),
    ]
    reason: Annotated[str, "Why the solver declined or could not go on; empty where it did."]
    iterations: Annotated[Count, "Updates of the coefficients."]
    passes: Annotated[float, "Passes over the data that the solver made.", where(minimum=0)]
    seconds: Annotated[float, "The solver's own time, without that of the stopping rule.", where(minimum=0)]
    setup_seconds: Annotated[
        float,
        "Seconds in which a library turned arrays into its own before its fit; not among the others.",
        where(minimum=0),
    ]
    start: Annotated[
        Vector | None,
        "The coefficients it started from; null where it started from fitted means, or does not tell.",
    ]
    coefficients: Annotated[Coefficients, "Coefficients reached, in the units of the data."]
    agreement: Annotated[Agreement | None, "Comparison with the maximum likelihood estimate; null when there is none."]
    deviance: Annotated[
        Sequence[tuple[Count, float | None]], "Pairs of iteration and deviance, wherever the stopping rule computed it."
    ]
    path: Path


@dataclass(frozen=True, kw_only=True)
class ConvergenceRate:
    """What set the pace of the first full-batch gradient run."""

    solver: Annotated[str, "Which solver.", where(pattern=rf"^({RULES})(\[.*\])?$")]
    learning_rate: Annotated[float | None, "Learning rate used."]
    standardized: Annotated[bool, "Whether the rule ran on standardised columns."]
    largest_stable_learning_rate: Annotated[
        float | None, "Learning rate at which plain gradient descent begins to overshoot without end."
    ]
    condition: Annotated[float | None, "Condition number of the mean loss at the maximum, as the run saw it."]
    condition_raw: Annotated[float | None, "The same in the data's own columns."]
    condition_standardized: Annotated[float | None, "The same in standardised columns."]
    steps_predicted: Annotated[
        float | None, "Steps that a constant rate needs; null when without end or when that theory does not apply."
    ]
    steps_taken: Annotated[Count, "Steps taken."]
    advice: Annotated[Sequence[Text], "What would make the run faster."]


@dataclass(frozen=True, kw_only=True)
class Trajectory:
    """A run of a framework beside the hand-written neuron, at the same start, batches and rates."""

    solver: Annotated[Text, "The run."]
    rule: Annotated[Text, "The hand-written rule that it mirrors."]
    steps: Annotated[Count, "Steps compared."]
    largest: Annotated[float | None, "Largest difference of a coefficient over all steps."]
    relative: Annotated[
        float | None, "The same as a part of the largest coefficient at that step, or of 1 where all are smaller."
    ]
    in_std_errors: Annotated[float | None, "The same in standard errors of the maximum; null when there is none."]
    first: Annotated[
        int | None, "First step at which a coefficient differs by more than 1e-12; null when there is none."
    ]
    rounding: Annotated[
        Sequence[Text], "Coefficients whose gradient is nothing but rounding there, which Adam divides by its own size."
    ] = ()
    absent: Annotated[str, "Why nothing was compared; empty where it was."] = ""


@dataclass(frozen=True, kw_only=True)
class Mistakes:
    """How often a perceptron was wrong."""

    solver: Annotated[Text, "Name of the solver."]
    mistakes: Annotated[Count, "Mistakes, each of which was an update."]
    passes: Annotated[float, "Passes over the data.", where(minimum=0)]
    ended: Annotated[bool, "Whether the last pass had none."]
    radius: Annotated[float | None, "Length of the longest row; null where there is no bound."]
    margin: Annotated[float | None, "The widest margin; null where there is no bound."]
    bound: Annotated[
        int | None,
        "Novikoff's bound on the mistakes; null on data that overlap, and for a start other than zeros.",
        where(minimum=0),
    ]
