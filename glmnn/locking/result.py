"""What a check of a lock finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from glmnn.arrays import Array, Mask
from glmnn.errors import Exit
from glmnn.locking.file import Lock

ALIKE = 0.99  # of the furthest distance


class Verdict(Enum):
    """What a check found; the value is the sentence for people."""

    OK = "ok"
    MOVED = "coefficients moved"
    DATA = "other data"
    MODEL = "other model"
    LOST = "no maximum"
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


@dataclass(frozen=True)
class Check:
    """What became of one lock file.

    Attributes
    ----------
    path : str
        The lock file as named.
    verdict : Verdict
    lock : Lock or None
        None when it could not be read.
    movements : tuple of Movement
        One for each solver; empty when there is nothing to compare.
    data_changes, model_changes : tuple of str
        What is no longer as locked.
    notes : tuple of str
        What does not make the check fail.
    cause : str
        The likely cause of a failure.
    error : str
        Why it could not be checked, in one line.
    renewed : Lock or None
        What would be locked now; None where `glmnn lock` would refuse.
    stale : bool
        The lock does not describe the data as they are now.
    updated : bool
        The file has been written anew.
    """

    path: str
    verdict: Verdict
    lock: Lock | None = None
    movements: tuple[Movement, ...] = ()
    data_changes: tuple[str, ...] = ()
    model_changes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    cause: str = ""
    error: str = ""
    renewed: Lock | None = None
    stale: bool = False
    updated: bool = False

    @property
    def passed(self) -> bool:
        """True when nothing moved, or when the file now holds what moved."""
        return self.verdict is Verdict.OK or self.updated

    @property
    def worst(self) -> Movement | None:
        """The solver that moved most; of several that moved alike the first."""
        distances = [np.nan_to_num(item.distance, nan=np.inf) for item in self.movements]
        alike = (item for item, size in zip(self.movements, distances, strict=True) if size >= ALIKE * max(distances))
        return next(alike, None)


def exit_of(checks: list[Check]) -> Exit:
    """Return the exit code of several checks: the unreadable before the failed before the good."""
    if any(item.verdict is Verdict.ERROR for item in checks):
        return Exit.USAGE
    return Exit.DONE if all(item.passed for item in checks) else Exit.NO
