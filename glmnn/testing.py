"""For the tests of other projects: coefficients that must stay as they are in a lock file of `glmnn lock`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from os import PathLike

import numpy as np

from glmnn.baseline import Check, Verdict, check, check_options, find_locks, measure
from glmnn.errors import GlmnnError, UsageError, listed, printable, quoted
from glmnn.lockfile import read_lock
from glmnn.options import CheckOptions
from glmnn.report.checks import to_text
from glmnn.report.documents import versions


def assert_coefficients(
    path: str | PathLike[str],
    coef: Mapping[str, float] | None = None,
    *,
    tol_se: float = CheckOptions.tol_se,
    digits: int | None = CheckOptions.digits,
) -> None:
    """Fit again what the lock files hold, as `glmnn check` does; or compare coefficients of your own with one.

    Parameters
    ----------
    path : str or path
        A lock file, or a folder with lock files.
    coef : mapping of str to float, optional
        Coefficients by term, from whichever program; nothing is fitted then, and the data need not be there.
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
    today = versions()
    checks = [check(name, options, today) if coef is None else _given(name, coef, options) for name in locks]
    for item in checks:
        if item.error:
            raise GlmnnError(item.error)
    failed = [to_text(item) for item in checks if not item.passed]
    if failed:
        raise AssertionError("\n" + "\n".join(failed).rstrip())


def _given(path: str, coef: Mapping[str, float], options: CheckOptions) -> Check:
    lock = read_lock(path)
    terms = lock.model.terms
    new, gone = [name for name in coef if name not in terms], [name for name in terms if name not in coef]
    changes = tuple(
        f"{what}: {listed(map(quoted, names))}" for what, names in (("new term", new), ("term gone", gone)) if names
    )
    if changes:
        return Check(path, Verdict.MODEL, lock, model_changes=changes)
    found = measure(lock, np.array([float(coef[name]) for name in terms]), options)
    made = Check(path, Verdict.OK, lock, movements=(found,))
    return replace(made, verdict=Verdict.MOVED) if found.moved.any() else made
