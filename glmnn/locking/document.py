"""Checks of lock files for programs: versioned JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from glmnn.locking import schema
from glmnn.locking.file import Lock
from glmnn.locking.options import CheckOptions
from glmnn.locking.result import Check, Checked, Movement, NotChecked, exit_of
from glmnn.locking.schema import CheckDocument


def to_check_document(checks: Sequence[Check], options: CheckOptions, versions: Mapping[str, str]) -> CheckDocument:
    """Return the checks as the values of their JSON document."""
    return CheckDocument(
        versions=versions,
        exit=int(exit_of(checks)),
        tolerance=schema.Tolerance(std_errors=options.tol_se, digits=options.digits),
        locks=[_lock(item) for item in checks],
    )


def std_error_change(check: Checked) -> float:
    """Return the largest relative change of a standard error; nan where there is nothing to compare."""
    lock, now = check.lock, check.renewed
    if now is None or set(now.model.terms) != set(lock.model.terms):
        return float("nan")
    errors = {item.term: item.std_error for item in now.coefficient}
    with np.errstate(all="ignore"):
        ratios = np.array([errors[item.term] for item in lock.coefficient]) / lock.std_error
    return float(np.max(np.where(np.isnan(ratios), 0.0, np.abs(ratios - 1.0))))


def _lock(check: Check) -> schema.Lock:
    match check:
        case NotChecked(path, error, data):
            return schema.Lock(lock=path, data=data or None, verdict=check.verdict, error=error)
        case Checked():
            return _checked(check)


def _checked(check: Checked) -> schema.Lock:
    locked, now = check.lock.fit, check.renewed
    return schema.Lock(
        lock=check.path,
        data=check.lock.data.path,
        verdict=check.verdict,
        passed=check.passed,
        updated=check.updated,
        cause=check.cause or None,
        data_changes=check.data_changes,
        model_changes=[change.says for change in check.model_changes],
        notes=check.notes,
        std_error_change=std_error_change(check),
        deviance=schema.Deviance(locked=locked.deviance, now=now.fit.deviance) if now else None,
        solvers=[_solver(check.lock, item) for item in check.movements],
    )


def _solver(lock: Lock, item: Movement) -> schema.Solver:
    rows = zip(
        lock.coefficient, item.coef.tolist(), item.difference.tolist(), item.in_std_errors.tolist(),
        item.digits.tolist(), item.moved.tolist(), strict=True,
    )  # fmt: skip
    return schema.Solver(
        solver=item.solver,
        status=item.status,
        iterations=item.iterations,
        distance=item.distance,
        coefficients=[
            schema.Coefficient(
                term=locked.term, locked=locked.estimate, std_error=locked.std_error, now=coef, difference=difference,
                in_std_errors=in_errors, digits=digits, moved=moved,
            )
            for locked, coef, difference, in_errors, digits, moved in rows
        ],
    )  # fmt: skip
