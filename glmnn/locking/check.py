"""Fit again what a lock file holds, and say whether the coefficients are still the same; if not, what changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

import numpy as np

from glmnn.arrays import Array, Mask
from glmnn.auditing.causes.claimed import Case
from glmnn.auditing.causes.search import find_causes
from glmnn.data.sources.files import read_table
from glmnn.data.table import Table
from glmnn.errors import Exit, GlmnnError, OptionError, UsageError, listed, printable, quoted, unreadable
from glmnn.fitting.agreement import LEAST_UNIT, digits_agreed
from glmnn.fitting.build import check_tolerances
from glmnn.fitting.compare import Progress, SolverComparison, run
from glmnn.fitting.estimate import Estimate, Maximum, NotFound, OnBoundary, Rising, Separated
from glmnn.fitting.options import FitOptions
from glmnn.fitting.plan import make_spec
from glmnn.locking.file import Lock, changed_columns, columns_of, estimate_of, is_lock, make_lock, read_lock
from glmnn.locking.options import CheckOptions
from glmnn.solvers.stopping import Status

BASE = "base level"
ALIKE = 0.99  # of the furthest distance
ROUNDING = 1e-6  # standard errors that rounding can move a coefficient


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


def find_locks(paths: list[str]) -> list[str]:
    """Return the lock files meant by files and folders, each once; a folder without any stands for itself.

    Raises
    ------
    UsageError
        If a path is no file name or a folder cannot be read.
    """
    found: dict[Path, str] = {}
    for path in paths:
        if not path or "\0" in path:
            raise UsageError(f"{quoted(path)} is no file name")
        place = Path(path)
        try:
            if not place.is_dir():
                found.setdefault(place.resolve(), path)
                continue
            inside = sorted(item for item in place.iterdir() if item.suffix == ".toml" and _holds_lock(item))
        except (OSError, ValueError) as error:
            raise UsageError(unreadable(path, error)) from None
        for item in inside or [place]:
            found.setdefault(item.resolve(), str(item))
    return list(found.values())


def passed_over(paths: list[str]) -> list[str]:
    """Return the TOML files in the folders that hold no lock: an emptied lock file must not go unseen."""
    folders = [Path(path) for path in paths if Path(path).is_dir()]
    inside = [sorted(item for item in folder.iterdir() if item.suffix == ".toml") for folder in folders]
    return [
        str(item)
        for items in inside
        for item in items
        if any(map(_holds_lock, items)) and item.is_file() and not _holds_lock(item)
    ]


def _holds_lock(path: Path) -> bool:
    return path.is_file() and is_lock(path.read_text(encoding="utf-8", errors="replace"))


def check_options(options: CheckOptions) -> None:
    """Refuse tolerances out of range and solvers that do not exist.

    Raises
    ------
    UsageError
        Naming the flag.
    """
    check_tolerances(("tol_se", options.tol_se))
    if options.digits is not None and not 1 <= options.digits <= 15:
        raise OptionError("digits", "must lie between 1 and 15", options.digits)
    make_spec(FitOptions(solver=options.solver or ["fisher"]))


def check(path: str, options: CheckOptions, versions: Mapping[str, str], progress: Progress | None = None) -> Check:
    """Read a lock file, fit again and compare; what cannot be read or fitted is a verdict too.

    Parameters
    ----------
    path : str
    options : CheckOptions
    versions : mapping of str to str
        Of this program and what it rests on.
    progress : callable, optional
        As for `run`.
    """
    lock = None
    try:
        lock = read_lock(path)
        return _checked(path, lock, options, versions, progress)
    except GlmnnError as error:
        said = str(error)
        shown = printable(path)
        return Check(path, Verdict.ERROR, lock, error=said if said.startswith(shown) else f"{shown}: {said}")


def _checked(
    path: str, lock: Lock, options: CheckOptions, versions: Mapping[str, str], progress: Progress | None
) -> Check:
    place = Path(path).parent / lock.data.path
    if place.exists() and not place.is_file() and not place.is_dir():
        raise UsageError(f"{printable(place)}: this is no regular file")
    spec = make_spec(replace(lock.options, solver=options.solver or lock.options.solver))
    table = read_table(str(place), lock.options.max_unpacked)
    data_changes = _data_changes(lock, table)
    try:
        now = run(spec, table, progress)
    except GlmnnError as error:
        if not data_changes:
            raise
        return Check(path, Verdict.DATA, lock, data_changes=data_changes, cause=f"the model cannot be fitted: {error}")
    if now.exit is Exit.INTERRUPTED:
        raise KeyboardInterrupt
    if (
        isinstance(now.estimate.outcome, Maximum)
        and now.estimate.design.data.rows != lock.data.rows_used
        and not data_changes
    ):
        data_changes = (f"{now.estimate.design.data.rows} rows are used, not {lock.data.rows_used}",)
    model_changes = _model_changes(lock, now)
    same_terms = set(now.estimate.design.data.names) == set(lock.model.terms)
    lost = bool(why_lost(now.estimate))
    found = Check(
        path, Verdict.OK, lock, _movements(lock, now, options, not data_changes) if same_terms and not lost else (),
        data_changes, model_changes, stale=table.digest != lock.data.sha256 or bool(data_changes),
        renewed=_renewed(lock, now, versions),
    )  # fmt: skip
    verdict = _verdict(found, lost)
    cause = likely_cause(found, now, versions, options) if verdict is not Verdict.OK else ""
    return replace(found, verdict=verdict, cause=cause, notes=_notes(found, table) if verdict is Verdict.OK else ())


def _renewed(lock: Lock, now: SolverComparison, versions: Mapping[str, str]) -> Lock | None:
    if now.exit is not Exit.DONE:
        return None
    try:
        return make_lock(now, lock.data.path, versions)
    except UsageError:
        return None


def _verdict(found: Check, lost: bool) -> Verdict:
    if lost:
        return Verdict.LOST
    if found.model_changes:
        return Verdict.MODEL
    if not any(np.any(item.moved) for item in found.movements):
        return Verdict.OK
    return Verdict.DATA if found.data_changes else Verdict.MOVED


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
    # as where solvers are compared: an exact fit has no standard errors
    unit = np.fmax(errors, LEAST_UNIT * np.fmax(np.abs(locked), 1.0))
    difference = coef - locked
    in_std_errors, digits = difference / unit, digits_agreed(coef, locked)
    still = np.abs(in_std_errors) <= options.tol_se
    if options.digits is not None:
        still &= digits >= options.digits
    return Movement(solver, status, iterations, coef, difference, in_std_errors, digits, ~still)


def _movements(lock: Lock, now: SolverComparison, options: CheckOptions, same_data: bool) -> tuple[Movement, ...]:
    today = _in_order(lock, now, now.estimate.maximum.std_error) if same_data else None
    runs = [fit for fit in now.fits if not fit.goal] or [now.estimate.reference]
    return tuple(
        measure(lock, _in_order(lock, now, fit.coef), options, fit.solver, fit.status.value, fit.iterations, today)
        for fit in runs
    )


def _in_order(lock: Lock, now: SolverComparison, coef: Array) -> Array:
    names = now.estimate.design.data.names
    return coef[[names.index(term) for term in lock.model.terms]]


def _data_changes(lock: Lock, table: Table) -> tuple[str, ...]:
    """Return what is other in the columns of the model; the values count, not how they are written."""
    gone = [name for name in lock.data.columns if name not in table.columns]
    told = [f"no column {_quoted(gone)}"] if gone else []
    if table.rows != lock.data.rows:
        return (f"{table.rows} rows, not {lock.data.rows}", *told)
    changed = [name for name in changed_columns(lock, table) if name not in gone]
    return (*told, f"other values in {_quoted(changed)}") if changed else tuple(told)


def _quoted(names: Iterable[str]) -> str:
    return listed(map(quoted, names))


def _model_changes(lock: Lock, now: SolverComparison) -> tuple[str, ...]:
    """Return in what the model resolves to another one; an order of terms is no difference."""
    estimate, locked = now.estimate, lock.model
    told = [
        f"{what} {quoted(new)}, not {quoted(old)}"
        for what, new, old in (
            ("target", estimate.design.target, locked.target),
            ("family", estimate.model.family_name, locked.family),
            ("link", estimate.model.link_name, locked.link),
            ("estimate", estimate_of(estimate), locked.estimate),
        )
        if new != old
    ]
    levels = estimate.design.levels
    for name, (base, *_) in lock.levels.items():
        if name in levels and levels[name][0] != base:
            told.append(f"{BASE} of {quoted(name)} {quoted(levels[name][0])}, not {quoted(base)}")
    for what, new, old in (
        *((f"level of {quoted(name)}", levels.get(name, ()), lock.levels[name]) for name in lock.levels),
        ("factor", tuple(levels), tuple(lock.levels)),
        ("term", estimate.terms, locked.terms),
        ("column", columns_of(now.spec.options, estimate), tuple(lock.data.columns)),
    ):
        come, gone = [name for name in new if name not in old], [name for name in old if name not in new]
        told += [f"new {what}: {_quoted(come)}"] if come else []
        told += [f"{what} gone: {_quoted(gone)}"] if gone else []
    return tuple(told)


def _notes(found: Check, table: Table) -> tuple[str, ...]:
    """Return what a check that passes should still say."""
    assert found.lock is not None
    told = []
    if found.data_changes:
        told.append(f"other data ({'; '.join(found.data_changes)}), and yet the coefficients are within tolerance")
    elif table.digest != found.lock.data.sha256:
        told.append("the file changed, but no value in the columns of the model")
    for item in found.movements:
        if item.status not in (Status.CONVERGED.value, Status.OWN_STOP.value):
            told.append(f"{item.solver} did not converge ({item.status}), and yet it is within tolerance")
    return tuple(told)


def likely_cause(found: Check, now: SolverComparison, versions: Mapping[str, str], options: CheckOptions) -> str:
    """Return in a short sentence why a check fails: the first cause that can be seen.

    Parameters
    ----------
    found : Check
        With lock, movements and changes, but still without a verdict.
    now : SolverComparison
        What the data and options of the lock give now.
    versions : mapping of str to str
        Of today.
    options : CheckOptions
    """
    lock, estimate = found.lock, now.estimate
    assert lock is not None
    why = why_lost(estimate) or _loose_end(found, now)
    if why:
        return why
    if found.data_changes:
        return f"the data changed: {'; '.join(found.data_changes)}{_as_audited(lock, now)}"
    if found.movements and not np.any(measure(lock, _in_order(lock, now, estimate.maximum.coef), options).moved):
        short = (f"{item.solver} ({item.status})" for item in found.movements if np.any(item.moved))
        return f"the maximum is where it was; short of it stopped {', '.join(short)}"
    if all(item.distance < ROUNDING for item in found.movements):
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
    locked = lock.coef[[lock.model.terms.index(name) for name in estimate.design.data.names]]
    causes = find_causes(Case(estimate, now.spec.options, locked, np.spacing(np.abs(locked)) / 2.0)).causes
    return f"; the locked coefficients are those of {causes[0].says}" if causes else ""


def why_lost(estimate: Estimate) -> str:
    """Return why there is no unique maximum inside the domain; empty where there is one."""
    match estimate.outcome:
        case Separated(separation):
            away = _quoted(separation.infinite)
            return f"the data are separated, so there is no finite maximum: {away} would go to infinity"
        case _ if estimate.aliases:
            return f"no unique maximum: {printable(estimate.aliases[0])}"
        case OnBoundary():
            return "the maximum lies on the boundary of the domain, where standard errors do not hold"
        case Rising() | NotFound():
            return f"Fisher scoring did not find the maximum ({estimate.reference.status.value})"
    return ""


def _loose_end(found: Check, now: SolverComparison) -> str:
    """Return the option that was left open, so that other data made another model."""
    if not (found.data_changes or found.stale):
        return ""
    asked = now.spec.options
    if any(told.startswith(BASE) for told in found.model_changes):
        return "the base of a factor is its first level, and the data have another first one; --ref holds it fast"
    if (
        not asked.features
        and asked.formula is None
        and any(told.startswith(("new term", "term")) for told in found.model_changes)
    ):
        return "the model takes every column, and the data have others; --features holds them fast"
    if asked.family is None and any(told.startswith("family") for told in found.model_changes):
        return "the family is understood from the target, and the data have another; --family holds it fast"
    return ""
