"""Checks of lock files for programs: versioned JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from glmnn.locking import schema
from glmnn.locking.options import CheckOptions
from glmnn.locking.result import Check, Movement, exit_of
from glmnn.locking.schema import CheckDocument


def to_check_document(checks: Sequence[Check], options: CheckOptions, versions: Mapping[str, str]) -> CheckDocument:
    """Return the checks as the values of their JSON document."""
    return CheckDocument(
        schema="glmnn.check/1",
        versions=versions,
        exit=int(exit_of(list(checks))),
        tolerance=schema.Tolerance(std_errors=options.tol_se, digits=options.digits),
        locks=[_lock(item) for item in checks],
    )


def std_error_change(check: Check) -> float:
    """Return the largest relative change of a standard error; nan where there is nothing to compare."""
    lock, now = check.lock, check.renewed
    if lock is None or now is None or set(now.model.terms) != set(lock.model.terms):
        return float("nan")
    found = {item.term: item.std_error for item in now.coefficient}
    with np.errstate(all="ignore"):
        ratios = np.array([found[item.term] for item in lock.coefficient]) / lock.std_error
    return float(np.max(np.where(np.isnan(ratios), 0.0, np.abs(ratios - 1.0))))


def _lock(check: Check) -> schema.Lock:
    lock, now = check.lock, check.renewed
    deviance = schema.Deviance(locked=lock.fit.deviance, now=now.fit.deviance) if lock and now else None
    return schema.Lock(
        lock=check.path,
        data=lock.data.path if lock else None,
        verdict=check.verdict.value,
        passed=check.passed,
        updated=check.updated,
        error=check.error or None,
        cause=check.cause or None,
        data_changes=check.data_changes,
        model_changes=check.model_changes,
        notes=check.notes,
        std_error_change=std_error_change(check),
        deviance=deviance,
        solvers=[_solver(check, item) for item in check.movements],
    )


def _solver(check: Check, item: Movement) -> schema.Solver:
    assert check.lock is not None
    rows = zip(
        check.lock.coefficient, item.coef.tolist(), item.difference.tolist(), item.in_std_errors.tolist(),
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
