"""How far coefficients have moved from those of a lock."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from glmnn.arrays import Array
from glmnn.errors import listed, quoted
from glmnn.fitting.agreement import digits_agreed, std_error_units
from glmnn.fitting.compare import SolverComparison
from glmnn.locking.file import Lock
from glmnn.locking.options import CheckOptions
from glmnn.locking.result import Movement

ROUNDING = 1e-6  # standard errors that rounding can move a coefficient


def measure(
    lock: Lock,
    coef: Array,
    options: CheckOptions,
    solver: str = "given",
    status: str = "",
    iterations: int = 0,
    std_error: Array | None = None,
) -> Movement:
    """Compare coefficients, in the order of the lock, with those of the lock.

    With `std_error`, those of today, the smaller of the two is the unit: an edited lock must not hide a change.
    """
    locked = lock.coef
    errors = lock.std_error if std_error is None else np.fmin(lock.std_error, std_error)
    difference = coef - locked
    in_std_errors, digits = difference / std_error_units(locked, errors), digits_agreed(coef, locked)
    still = np.abs(in_std_errors) <= options.tol_se
    if options.digits is not None:
        still &= digits >= options.digits
    return Movement(solver, status, iterations, coef, difference, in_std_errors, digits, ~still)


def movements_of(lock: Lock, now: SolverComparison, options: CheckOptions, same_data: bool) -> tuple[Movement, ...]:
    """Return the movement of each solver's coefficients, the estimate's where no solver is after the maximum."""
    today = in_order(lock, now, now.estimate.maximum.std_error) if same_data else None
    runs = [fit for fit in now.fits if not fit.goal] or [now.estimate.reference]
    return tuple(
        measure(lock, in_order(lock, now, fit.coef), options, fit.solver, fit.status.value, fit.iterations, today)
        for fit in runs
    )


def in_order(lock: Lock, now: SolverComparison, coef: Array) -> Array:
    """Return coefficients in the order of the terms of the lock."""
    names = now.estimate.design.data.names
    return coef[[names.index(term) for term in lock.model.terms]]


def quoted_names(names: Iterable[str]) -> str:
    """Return names in quotes, shortened where there are many."""
    return listed(map(quoted, names))
