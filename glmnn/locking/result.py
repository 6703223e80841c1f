"""What a check of a lock finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, NamedTuple

import numpy as np

from glmnn.arrays import Array, Mask
from glmnn.errors import Exit
from glmnn.locking.file import Lock

ALIKE = 0.99  # of the furthest distance
BASE, TERM, FAMILY = "base level", "term", "family"  # in which a model may be another one


class Verdict(Enum):
    """What a check found; the value is the sentence for people."""

    OK = "ok"
    MOVED = "coefficients moved"
    DATA = "other data"
    MODEL = "other model"
    LOST = "no maximum"
    PROOF = "proof does not hold"
    ERROR = "not checked"


@dataclass(frozen=True)
class Movement:
    """How far the coefficients of one solver are from those of the lock.

    Attributes
    ----------
    solver, status : str
        Who, and how the run ended.
    iterations : int
    coef, difference : ndarray of shape (p,)
        In the order of the lock.
    in_std_errors : ndarray of shape (p,)
        The difference in standard errors of the lock.
    digits : ndarray of shape (p,)
        Digits that agree.
    moved : ndarray of bool, shape (p,)
        Which are out of tolerance; one that is not a number is.
    """

    solver: str
    status: str
    iterations: int
    coef: Array
    difference: Array
    in_std_errors: Array
    digits: Array
    moved: Mask

    @property
    def distance(self) -> float:
        """Largest difference of a coefficient, in standard errors of the lock."""
        return float(np.max(np.abs(self.in_std_errors)))


class ModelChange(NamedTuple):
    """In what a model is another one than the locked one."""

    what: str  # target, family, link, estimate, alpha, base level, level, factor, term or column
    says: str  # in words


@dataclass(frozen=True)
class NotChecked:
    """A lock file that cannot be read, or whose data or model cannot.

    Attributes
    ----------
    path : str
        The lock file as named.
    error : str
        Why, in one line.
    data : str
        The data, seen from the lock file; empty where that could not be read.
    """

    path: str
    error: str
    data: str = ""
    verdict: ClassVar[Verdict] = Verdict.ERROR
    passed: ClassVar[bool] = False


@dataclass(frozen=True)
class Checked:
    """A lock file whose model was fitted again.

    Attributes
    ----------
    path : str
        The lock file as named.
    lock : Lock
    verdict : Verdict
    movements : tuple of Movement
        One for each solver; empty when there is nothing to compare.
    data_changes : tuple of str
    model_changes : tuple of ModelChange
        What is no longer as locked.
    notes : tuple of str
        What does not make the check fail.
    cause : str
        The likely cause of a failure.
    renewed : Lock or None
        What would be locked now; None where `glmnn lock` would refuse.
    stale : bool
        The lock does not describe the data as they are now.
    updated : bool
        The file has been written anew.
    """

    path: str
    lock: Lock
    verdict: Verdict
    movements: tuple[Movement, ...] = ()
    data_changes: tuple[str, ...] = ()
    model_changes: tuple[ModelChange, ...] = ()
    notes: tuple[str, ...] = ()
    cause: str = ""
    renewed: Lock | None = None
    stale: bool = False
    updated: bool = False

    @property
    def passed(self) -> bool:
        """True when nothing moved, or when the file now holds what moved."""
        return self.verdict is Verdict.OK or self.updated


Check = NotChecked | Checked  # what became of one lock file


def worst_of(movements: tuple[Movement, ...]) -> Movement:
    """Return the solver that moved most, of one or more; of several that moved alike the first."""
    distances = [np.nan_to_num(item.distance, nan=np.inf) for item in movements]
    alike = (item for item, size in zip(movements, distances, strict=True) if size >= ALIKE * max(distances))
    return next(alike)


def exit_of(checks: Sequence[Check]) -> Exit:
    """Return the exit code of several checks: the unreadable before the failed before the good."""
    if any(isinstance(item, NotChecked) for item in checks):
        return Exit.USAGE
    return Exit.DONE if all(item.passed for item in checks) else Exit.NO
