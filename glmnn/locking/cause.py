"""Why a check fails: the first cause that can be seen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from glmnn.auditing.causes.claimed import Case
from glmnn.errors import printable
from glmnn.fitting.compare import SolverComparison
from glmnn.fitting.estimate import Estimate, Maximum, NotFound, OnBoundary, Rising, Separated
from glmnn.locking.file import Lock
from glmnn.locking.movements import ROUNDING, in_order, measure, quoted_names
from glmnn.locking.options import CheckOptions
from glmnn.locking.result import BASE, FAMILY, TERM, Checked

SAME_DEVIANCE = 1e-9  # relative


def likely_cause(checked: Checked, now: SolverComparison, versions: Mapping[str, str], options: CheckOptions) -> str:
    """Return in a short sentence why a check fails: the first cause that can be seen.

    Parameters
    ----------
    checked : Checked
        With movements and changes, but still without a verdict.
    now : SolverComparison
        What the data and options of the lock give now.
    versions : mapping of str to str
        Of today.
    options : CheckOptions
    """
    lock, estimate = checked.lock, now.estimate
    why = why_lost(estimate) or _renamed(lock, now) or _loose_end(checked, now)
    if why:
        return why
    if checked.data_changes:
        return f"the data changed: {'; '.join(checked.data_changes)}{_as_audited(lock, now)}"
    moved = any(np.any(item.moved) for item in checked.movements)
    if checked.model_changes and checked.movements and not moved:
        return (
            "the data and the coefficients are those of the lock: what it says of the model or its options was edited"
        )
    if moved and not np.any(measure(lock, in_order(lock, now, estimate.maximum.coef), options).moved):
        short = (f"{item.solver} ({item.status})" for item in checked.movements if np.any(item.moved))
        return f"the maximum is where it was; short of it stopped {', '.join(short)}"
    if all(item.distance < ROUNDING for item in checked.movements):
        return "same data; a difference as small as this is rounding, as between two machines"
    newer = [
        f"{name} {old} -> {versions.get(name, 'none')}"
        for name, old in lock.versions.items()
        if versions.get(name) != old
    ]
    said = f"same data, other versions: {', '.join(newer)}" if newer else "same data, same versions"
    audited = _as_audited(lock, now)
    if not newer and not audited:
        return f"{said}: the numbers or the options in the lock file were edited"
    return said + audited


def _as_audited(lock: Lock, now: SolverComparison) -> str:
    """Return what would make the locked coefficients right on the data of today, where something known does."""
    estimate = now.estimate
    if estimate.penalty is not None or estimate.model.capabilities.audit:
        return ""
    if set(estimate.design.data.names) != set(lock.model.terms):
        return ""
    from glmnn.auditing.causes.search import find_causes  # slow to load

    locked = lock.coef[[lock.model.terms.index(name) for name in estimate.design.data.names]]
    causes = find_causes(Case(estimate, now.spec.options, locked, np.spacing(np.abs(locked)) / 2.0)).causes
    return f"; on these data the locked coefficients suggest: {causes[0].says}" if causes else ""


def why_lost(estimate: Estimate) -> str:
    """Return why there is no unique maximum inside the domain; empty where there is one."""
    match estimate.outcome:
        case Separated(separation):
            away = quoted_names(separation.infinite)
            return f"the data are separated, so there is no finite maximum: {away} would go to infinity"
        case _ if estimate.aliases:
            return f"no unique maximum: {printable(estimate.aliases[0])}"
        case OnBoundary():
            return "the maximum lies on the boundary of the domain, where standard errors do not hold"
        case Rising() | NotFound():
            return f"Fisher scoring did not find the maximum ({estimate.reference.status.value})"
    return ""


def _renamed(lock: Lock, now: SolverComparison) -> str:
    """Return which level has another name, where nothing but names has changed: the deviance is the same."""
    outcome = now.estimate.outcome
    if not isinstance(outcome, Maximum) or now.estimate.design.data.rows != lock.data.rows_used:
        return ""
    if not np.isclose(outcome.inference.deviance, lock.fit.deviance, rtol=SAME_DEVIANCE, atol=0.0):
        return ""
    renamed, base = [], ""
    for name, old in lock.levels.items():
        new = now.estimate.design.levels.get(name, ())
        gone, come = [level for level in old if level not in new], [level for level in new if level not in old]
        if len(gone) != len(come):
            return ""
        if gone:
            base = "; --ref makes it the base again" if old[0] in gone and new[0] in old else base
            renamed.append(f"{quoted_names(gone)} of {quoted_names([name])} {_now(gone)} called {quoted_names(come)}")
    return f"a level has another name: {'; '.join(renamed)}; the fit is the same{base}" if renamed else ""


def _now(gone: list[str]) -> str:
    return "is now" if len(gone) == 1 else "are now"


def _loose_end(checked: Checked, now: SolverComparison) -> str:
    """Return what was left open, an option or the type of a column, so that other data made another model."""
    if not (checked.data_changes or checked.stale):
        return ""
    asked, changed = now.spec.options, {change.what for change in checked.model_changes}
    design, columns = now.estimate.design, now.estimate.table.columns
    gone = [name for name in checked.lock.levels if name not in design.levels and name in columns]
    numbers = [name for name in gone if columns[name].numbers is not None]
    if numbers:
        return f"{quoted_names(numbers)} had text and has numbers now; C(...) in --formula makes a factor of them"
    if BASE in changed:
        return "the base of a factor is its first level, and the data have another first one; --ref fixes it"
    if TERM in changed and not asked.features and asked.formula is None:
        return "the model takes every column, and the data have others; --features fixes them"
    if FAMILY in changed and asked.family is None:
        return "the family is understood from the target, and the data have another; --family fixes it"
    return ""
