"""The JSON document of a check as a type, from which its schema is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from glmnn.locking.result import Verdict
from glmnn.report.schema import ABOVE_ZERO, SOME, Count, Key, Text, one_of, where


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """How much a coefficient may move."""

    std_errors: Annotated[float, "Standard errors of the lock.", ABOVE_ZERO]
    digits: Annotated[
        int | None, "Digits that must agree as well; null when that is not asked.", where(minimum=1, maximum=15)
    ]


@dataclass(frozen=True, kw_only=True)
class Deviance:
    """Deviance at the maximum."""

    locked: Annotated[float, "In the lock file."]
    now: Annotated[float, "Of this fit."]


@dataclass(frozen=True, kw_only=True)
class Coefficient:
    """One coefficient by one solver."""

    term: Annotated[Text, "Its name."]
    locked: Annotated[float, "In the lock file."]
    std_error: Annotated[float, "Its standard error in the lock file.", where(minimum=0), Key("std.error")]
    now: Annotated[float | None, "What the solver found."]
    difference: Annotated[float | None, "Now minus locked."]
    in_std_errors: Annotated[float | None, "The difference in standard errors of the lock."]
    digits: Annotated[float, "Digits that agree.", where(minimum=0, maximum=16)]
    moved: Annotated[bool, "Whether it is out of tolerance."]


@dataclass(frozen=True, kw_only=True)
class Solver:
    """One solver against the lock."""

    solver: Annotated[str, "Its name.", one_of("fisher", "gd", "sgd", "momentum", "nesterov", "adam", "statsmodels")]
    status: Annotated[
        str,
        "How its run ended.",
        one_of(
            "converged",
            "iteration limit",
            "diverged",
            "no finite maximum",
            "stalled",
            "interrupted",
            "not settled",
            "declined",
        ),
    ]
    iterations: Annotated[Count, "Updates of the coefficients."]
    distance: Annotated[float | None, "Largest move of a coefficient, in standard errors of the lock."]
    coefficients: Annotated[Sequence[Coefficient], "Each coefficient, in the order of the lock.", SOME]


@dataclass(frozen=True, kw_only=True)
class Lock:
    """What became of one lock file."""

    lock: Annotated[Text, "The lock file as named."]
    data: Annotated[Text | None, "The data, seen from the lock file; null when that could not be read."]
    verdict: Annotated[Verdict, "What the check found."]
    passed: Annotated[bool, "Whether it is ok, or the file now holds what moved."] = False
    updated: Annotated[bool, "Whether the file has been rewritten."] = False
    error: Annotated[Text | None, "Why it could not be checked."] = None
    cause: Annotated[Text | None, "Likely cause of a failure."] = None
    data_changes: Annotated[Sequence[Text], "What is other in the data of the model."] = ()
    model_changes: Annotated[Sequence[Text], "In what the model is another one."] = ()
    notes: Annotated[Sequence[Text], "What does not make the check fail."] = ()
    std_error_change: Annotated[float | None, "Largest relative change of a standard error."] = None
    deviance: Annotated[Deviance | None, "Deviance at the maximum; null when there is none to compare."] = None
    solvers: Annotated[Sequence[Solver], "Each solver against the lock; empty when there is nothing to compare."] = ()


@dataclass(frozen=True, kw_only=True)
class CheckDocument:
    """What `glmnn check --json` writes.

    Numbers have as many digits as they need to be read back exactly; null stands for a number that does not exist or
    is not finite.
    """

    schema: Annotated[Literal["glmnn.check/1"], "Name and version of this schema."] = "glmnn.check/1"
    versions: Annotated[Mapping[str, Text], "Versions with which the check was made."]
    exit: Annotated[
        int,
        "Exit code: 0 all within tolerance, 1 something moved or there is no maximum, 2 something was not checked.",
        one_of(0, 1, 2),
    ]
    tolerance: Annotated[Tolerance, "How much a coefficient may move."]
    locks: Annotated[Sequence[Lock], "One entry for each lock file.", SOME]
