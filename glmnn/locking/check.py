"""Fit again what a lock file holds, and say whether the coefficients are still the same; if not, what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from glmnn.data.table import Table
from glmnn.errors import Exit, GlmnnError, OptionError, UsageError, printable, quoted, unreadable
from glmnn.fitting.build import check_tolerances
from glmnn.fitting.compare import Progress, SolverComparison, run
from glmnn.fitting.estimate import Maximum
from glmnn.fitting.options import FitOptions
from glmnn.fitting.plan import make_spec
from glmnn.fitting.rows import read_rows
from glmnn.locking.cause import likely_cause, why_lost
from glmnn.locking.file import Lock, changed_columns, columns_of, estimate_of, family_of, is_lock, read_lock
from glmnn.locking.make import make_lock
from glmnn.locking.movements import ROUNDING, movements_of, quoted_names
from glmnn.locking.options import CheckOptions
from glmnn.locking.proof import verified
from glmnn.locking.result import BASE, FAMILY, TERM, Check, Checked, ModelChange, NotChecked, Verdict
from glmnn.options.toml import as_key, beside
from glmnn.solvers.stopping import Status


def find_locks(paths: list[str]) -> list[str]:
    """Return the lock files meant by files and folders, each once; a folder without any stands for itself.

    Raises
    ------
    UsageError
        If a path is not a file name or a folder cannot be read.
    """
    locks: dict[Path, str] = {}
    for path in paths:
        if not path or "\0" in path:
            raise UsageError(f"{quoted(path)} is not a file name")
        place = Path(path)
        try:
            if not place.is_dir():
                locks.setdefault(place.resolve(), path)
                continue
            inside = sorted(item for item in place.iterdir() if item.suffix == ".toml" and _holds_lock(item))
        except (OSError, ValueError) as error:
            raise UsageError(unreadable(path, error)) from None
        for item in inside or [place]:
            locks.setdefault(item.resolve(), str(item))
    return list(locks.values())


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
    data = ""
    try:
        lock = read_lock(path)
        data = lock.data.path
        return _checked(path, lock, options, versions, progress)
    except GlmnnError as error:
        error.words = as_key
        said, shown = str(error), printable(path)
        return NotChecked(path, said if said.startswith(shown) else f"{shown}: {said}", data)


def _checked(
    path: str, lock: Lock, options: CheckOptions, versions: Mapping[str, str], progress: Progress | None
) -> Checked:
    place = beside(path, lock.data.path)
    if place.exists() and not place.is_file() and not place.is_dir():
        raise UsageError(f"{printable(place)}: this is not a regular file")
    proved = _proof_note(path, lock)
    if isinstance(proved, Checked):
        return proved
    spec = make_spec(replace(lock.options, solver=options.solver or lock.options.solver))
    table = read_rows(str(place), lock.options)
    data_changes = _data_changes(lock, table)
    try:
        now = run(spec, table, progress)
    except GlmnnError as error:
        if not data_changes:
            raise
        return Checked(
            path, lock, Verdict.DATA, data_changes=data_changes, cause=f"the model cannot be fitted: {error}"
        )
    if now.exit is Exit.INTERRUPTED:
        raise KeyboardInterrupt
    if (
        isinstance(now.estimate.outcome, Maximum)
        and now.estimate.design.data.rows != lock.data.rows_used
        and not data_changes
    ):
        data_changes = (f"{now.estimate.design.data.rows} rows are used, not {lock.data.rows_used}",)
    model_changes, moved = _model_changes(lock, now), _alpha_moved(lock, now, options)
    if data_changes:
        data_changes = (*data_changes, *moved)
    else:
        model_changes = (*model_changes, *(ModelChange("alpha", says) for says in moved))
    same_terms = set(now.estimate.design.data.names) == set(lock.model.terms)
    lost = bool(why_lost(now.estimate))
    checked = Checked(
        path,
        lock,
        Verdict.OK,
        movements_of(lock, now, options, not data_changes) if same_terms and not lost else (),
        data_changes,
        model_changes,
        stale=table.digest != lock.data.sha256 or bool(data_changes),
        renewed=_renewed(lock, now, versions),
    )
    verdict = _verdict(checked, lost, bool(moved))
    cause = likely_cause(checked, now, versions, options) if verdict is not Verdict.OK else ""
    notes = (*proved, *_notes(checked, table)) if verdict is Verdict.OK else proved
    return replace(checked, verdict=verdict, cause=cause, notes=notes)


def _proof_note(path: str, lock: Lock) -> Checked | tuple[str, ...]:
    """Verify the proof of a lock file, before anything is compared; of other data it says nothing."""
    place = Path(beside(path, lock.data.path))
    if lock.proof is None or not place.is_file():
        return ()
    if sha256(place.read_bytes()).hexdigest() != lock.data.sha256:
        return ("the data file is another one than the proof is about",)
    found = verified(path, lock)
    if isinstance(found, str):
        return Checked(path, lock, Verdict.PROOF, cause=found)
    return (f"proved: the maximum is within {found.radius:.1e} SE of the lock",)


def _renewed(lock: Lock, now: SolverComparison, versions: Mapping[str, str]) -> Lock | None:
    if now.exit is not Exit.DONE:
        return None
    try:
        return make_lock(now, lock.data.path, versions)
    except UsageError:
        return None


def _alpha_moved(lock: Lock, now: SolverComparison, options: CheckOptions) -> tuple[str, ...]:
    """Return what became of an estimated alpha that is out of tolerance, in standard errors of the lock."""
    locked, alpha = lock.fit.alpha, now.estimate.alpha
    if not locked or alpha is None:
        return ()
    still = abs(alpha.value - locked["estimate"]) <= options.tol_se * locked["std_error"]
    return () if still else (f"alpha {alpha.value:.10g}, not {locked['estimate']:.10g}",)


def _verdict(checked: Checked, lost: bool, alpha_moved: bool) -> Verdict:
    if lost:
        return Verdict.LOST
    if checked.model_changes:
        return Verdict.MODEL
    if not alpha_moved and not any(np.any(item.moved) for item in checked.movements):
        return Verdict.OK
    return Verdict.DATA if checked.data_changes else Verdict.MOVED


def _data_changes(lock: Lock, table: Table) -> tuple[str, ...]:
    """Return what is other in the columns of the model; the values count, not how they are written."""
    gone = [name for name in lock.data.columns if name not in table.columns]
    changes = [f"no column {quoted_names(gone)}"] if gone else []
    if table.given != lock.data.rows:
        return (f"{table.given} rows, not {lock.data.rows}", *changes)
    changed = [name for name in changed_columns(lock, table) if name not in gone]
    return (*changes, f"other values in {quoted_names(changed)}") if changed else tuple(changes)


def _model_changes(lock: Lock, now: SolverComparison) -> tuple[ModelChange, ...]:
    """Return in what the model resolves to another one; an order of terms is no difference."""
    estimate, locked = now.estimate, lock.model
    changes = [
        ModelChange(what, f"{what} {quoted(new)}, not {quoted(old)}")
        for what, new, old in (
            ("target", estimate.design.target, locked.target),
            (FAMILY, family_of(estimate), locked.family),
            ("link", estimate.model.link_name, locked.link),
            ("estimate", estimate_of(estimate), locked.estimate),
        )
        if new != old
    ]
    levels = estimate.design.levels
    for name, (base, *_) in lock.levels.items():
        if name in levels and levels[name][0] != base:
            says = f"{BASE} of {quoted(name)} {quoted(levels[name][0])}, not {quoted(base)}"
            changes.append(ModelChange(BASE, says))
    for what, of, new, old in (
        *(("level", f" of {quoted(name)}", levels.get(name, ()), lock.levels[name]) for name in lock.levels),
        ("factor", "", tuple(levels), tuple(lock.levels)),
        (TERM, "", estimate.terms, locked.terms),
        ("column", "", columns_of(now.spec.options, estimate), tuple(lock.data.columns)),
    ):
        come, gone = [name for name in new if name not in old], [name for name in old if name not in new]
        changes += [ModelChange(what, f"new {what}{of}: {quoted_names(come)}")] if come else []
        changes += [ModelChange(what, f"{what}{of} gone: {quoted_names(gone)}")] if gone else []
    return tuple(changes)


def _notes(checked: Checked, table: Table) -> tuple[str, ...]:
    """Return what a check that passes should still say."""
    notes = []
    if checked.data_changes:
        why = "; perhaps the same rows in another order" if _may_be_reordered(checked, table) else ""
        changes = "; ".join(checked.data_changes)
        notes.append(f"other data ({changes}), and yet the coefficients are within tolerance{why}")
    elif table.digest != checked.lock.data.sha256:
        notes.append("the file changed, but no value in the columns of the model")
    for item in checked.movements:
        if item.status not in (Status.CONVERGED.value, Status.OWN_STOP.value):
            notes.append(f"{item.solver} did not converge ({item.status}), and yet it is within tolerance")
    return tuple(notes)


def _may_be_reordered(checked: Checked, table: Table) -> bool:
    """Say whether as many rows as before, other in every column, have the same maximum."""
    lock = checked.lock
    near = all(item.distance < ROUNDING for item in checked.movements)
    return near and table.given == lock.data.rows and len(changed_columns(lock, table)) == len(lock.data.columns)
