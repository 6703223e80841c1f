"""For the tests of other projects: coefficients that must stay as they are in a lock file of `glmnn lock`."""

from __future__ import annotations

from os import PathLike
from typing import Any

from glmnn.auditing.claims.claim import Claim
from glmnn.auditing.claims.names import match
from glmnn.auditing.claims.objects import claim_of_object
from glmnn.errors import GlmnnError, UsageError, printable
from glmnn.locking.check import check, check_options, find_locks
from glmnn.locking.file import read_lock
from glmnn.locking.movements import measure
from glmnn.locking.options import CheckOptions
from glmnn.locking.report import check_text
from glmnn.locking.result import TERM, Checked, ModelChange, NotChecked, Verdict
from glmnn.report.json import versions


def assert_coefficients(
    path: str | PathLike[str],
    coef: Any = None,
    *,
    tol_se: float = CheckOptions.tol_se,
    digits: int | None = CheckOptions.digits,
) -> None:
    """Fit again what the lock files hold, as `glmnn check` does; or compare coefficients of your own with one.

    Parameters
    ----------
    path : str or path
        A lock file, or a folder with lock files.
    coef : mapping of str to float, Series, array, or result of `glmnn.fit`, optional
        Coefficients, from whichever program; nothing is fitted then, and the data need not be there. Values without
        names follow the order of the lock.
    tol_se : float
        Standard errors of the lock that a coefficient may move.
    digits : int, optional
        Digits that must agree as well.

    Raises
    ------
    AssertionError
        If a coefficient moved, with the report of `glmnn check`.
    GlmnnError
        If a lock file or its data cannot be read.

    Examples
    --------
    >>> assert_coefficients("configs/locks/primes.toml")
    >>> assert_coefficients("configs/locks/primes.toml", {"(Intercept)": -3.54907, "x": 0.551776})
    >>> assert_coefficients("configs/locks/primes.toml", {"(Intercept)": -3.55, "x": 0.5518}, digits=5)
    Traceback (most recent call last):
    ...
    AssertionError: ...
    """
    __tracebackhide__ = True  # pytest shows the report, not this function
    options = CheckOptions(tol_se=tol_se, digits=digits)
    check_options(options)
    locks = find_locks([str(path)])
    if coef is not None and len(locks) != 1:
        raise UsageError(f"{printable(path)}: give the one lock file that the coefficients belong to")
    today, claim = versions(), None if coef is None else claim_of_object(coef)
    checks = [check(name, options, today) if claim is None else _given(name, claim, options) for name in locks]
    for item in checks:
        if isinstance(item, NotChecked):
            raise GlmnnError(item.error)
    failed = [check_text(item) for item in checks if isinstance(item, Checked) and not item.passed]
    if failed:
        raise AssertionError("\n" + "\n".join(failed).rstrip())


def _given(path: str, claim: Claim, options: CheckOptions) -> Checked:
    lock = read_lock(path)
    try:
        matched = match(claim, tuple(lock.model.terms), lock.levels)
    except UsageError as error:
        return Checked(path, lock, Verdict.MODEL, model_changes=(ModelChange(TERM, str(error)),))
    if matched.without_intercept:
        return Checked(path, lock, Verdict.MODEL, model_changes=(ModelChange(TERM, "term gone: '(Intercept)'"),))
    movement = measure(lock, matched.values, options)
    return Checked(path, lock, Verdict.MOVED if movement.moved.any() else Verdict.OK, (movement,))
