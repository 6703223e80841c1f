"""The lock file: what was fitted to which data and what came out, as TOML that a person can read and compare."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePath

import numpy as np

from glmnn.arrays import Array
from glmnn.data.table import Column, Table
from glmnn.errors import UsageError, printable, quoted, unreadable
from glmnn.fitting.build import make_roles
from glmnn.fitting.estimate import Estimate
from glmnn.fitting.options import FitOptions
from glmnn.options.convert import built, decoded

FORMAT = "glmnn.lock/1"
HEADER = """\
# The coefficients of a fit, for glmnn to guard; written by `glmnn lock`.
# To fit again and compare:       glmnn check FILE
# After a change that you mean:   glmnn check FILE --update    (comments of your own are not kept)
"""


@dataclass(frozen=True)
class LockedData:
    """Which data: the path seen from the lock file, and a hash of the parsed values of each column of the model."""

    path: str
    sha256: str
    rows: int
    rows_used: int
    columns: dict[str, str]


@dataclass(frozen=True)
class LockedModel:
    """The model as it was resolved."""

    formula: str
    target: str
    family: str
    link: str
    estimate: str
    terms: tuple[str, ...]


@dataclass(frozen=True)
class LockedFit:
    """What is known of the fit beside its coefficients."""

    deviance: float
    rows: int
    df_residual: int
    dispersion: float
    iterations: dict[str, int]
    alpha: dict[str, float] = field(default_factory=dict)  # estimate and std_error, where it was estimated


@dataclass(frozen=True)
class Certificate:
    """Why the coefficients are the maximum: what is left to move, and how near each solver came, in SE."""

    status: str
    max_score: float
    newton_decrement: float
    distance: dict[str, float]


@dataclass(frozen=True)
class Coefficient:
    """One coefficient; its numbers are read back exactly."""

    term: str
    estimate: float
    std_error: float


@dataclass(frozen=True)
class LockedProof:
    """A proof of the coefficients: its path seen from the lock file, and the hash of its bytes."""

    path: str
    sha256: str


@dataclass(frozen=True)
class Lock:
    """Everything that a lock file says; the fields are its tables."""

    format: str
    data: LockedData
    model: LockedModel
    options: FitOptions
    fit: LockedFit
    certificate: Certificate
    coefficient: tuple[Coefficient, ...]
    versions: dict[str, str]
    levels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    proof: LockedProof | None = None

    @property
    def coef(self) -> Array:
        """The coefficients, shape (p,)."""
        return np.array([item.estimate for item in self.coefficient])

    @property
    def std_error(self) -> Array:
        """Their standard errors, shape (p,)."""
        return np.array([item.std_error for item in self.coefficient])


# a fit to a lock


def estimate_of(estimate: Estimate) -> str:
    """Return what is estimated: the maximum of the likelihood, or that of a penalised one, by its name."""
    return estimate.goal if estimate.penalty is None else estimate.penalty.label


def family_of(estimate: Estimate) -> str:
    """Return the name of the family, without an alpha that was estimated."""
    return estimate.model.family_name if estimate.alpha is None else "negative_binomial"


def digests(options: FitOptions, estimate: Estimate) -> dict[str, str]:
    """Return a hash of each column of the model, the target first."""
    return {name: _digest(estimate.table.columns[name]) for name in columns_of(options, estimate)}


def changed_columns(lock: Lock, table: Table) -> list[str]:
    """Return the columns of the lock that are gone from a table or hold something else there."""
    return [
        name
        for name, digest in lock.data.columns.items()
        if name not in table.columns or _digest(table.columns[name]) != digest
    ]


def columns_of(options: FitOptions, estimate: Estimate) -> list[str]:
    """Return the columns of the table that the model uses, the target first."""
    roles, target = make_roles(options), estimate.design.target
    taken = [name for name in (roles.weights, roles.offset, roles.exposure, roles.trials) if name is not None]
    cluster = [roles.cluster] if roles.cluster else []
    return list(dict.fromkeys([target, *estimate.design.recipe.columns, *taken, *cluster]))


def _digest(column: Column) -> str:
    """Return the SHA-256 of the values, not of the text: 1.50 is 1.5, and blanks around a cell are nothing."""
    if column.numbers is None:
        cells = [cell.strip().encode("utf-8", "surrogatepass") for cell in column.cells]
        return hashlib.sha256(b"text" + b"".join(b"%d:%b" % (len(cell), cell) for cell in cells)).hexdigest()
    # one nan for all missing cells, and one zero
    numbers = np.where(np.isnan(column.numbers), np.nan, column.numbers) + 0.0
    return hashlib.sha256(b"numbers" + numbers.astype("<f8").tobytes()).hexdigest()


def path_from(place: str | None, data: str) -> str:
    """Return the path of the data seen from the file `place` (None: from here), with forward slashes.

    Raises
    ------
    UsageError
        If there is no relative path, as between two drives.
    """
    folder = Path(place).parent if place is not None else Path()
    try:
        seen = os.path.relpath(data, folder)
        if not (folder / seen).exists():  # a link to a folder on the way, whose .. is elsewhere
            seen = os.path.relpath(os.path.realpath(data), os.path.realpath(folder))
    except ValueError:
        raise UsageError(f"{printable(data)}: there is no relative path to it from {quoted(folder)}") from None
    return PurePath(seen).as_posix()


# a lock to text and back


def to_toml(lock: Lock) -> str:
    """Return the text of the lock file: of the options those that are not the default, and always the solvers."""
    import tomli_w

    head = asdict(lock)
    default = asdict(FitOptions())
    head["options"] = {key: value for key, value in head["options"].items() if value != default[key] or key == "solver"}
    if not lock.fit.alpha:
        del head["fit"]["alpha"]
    head["proof"] = head["proof"] or {}
    blocks, versions = head.pop("coefficient"), head.pop("versions")
    order = ("format", "data", "model", "levels", "options", "fit", "certificate", "proof")
    parts = [
        tomli_w.dumps({name: head[name] for name in order if head[name]}),
        *("[[coefficient]]\n" + tomli_w.dumps(block) for block in blocks),
        tomli_w.dumps({"versions": versions}),
    ]
    text = "\n".join([HEADER, *parts])
    # what a terminal could act on stands in a quoted text, where TOML knows it as an escape
    return "".join(c if c.isprintable() or c == "\n" else f"\\U{ord(c):08x}" for c in text)


def is_lock(text: str) -> bool:
    """Say whether a text is meant to be a lock file, of whichever version, be it torn or edited."""
    return (
        text.startswith(HEADER.split("\n")[0])
        or re.search(r'^\s*"?format"?\s*=\s*["\']glmnn\.lock/', text, re.MULTILINE) is not None
    )


def read_lock(path: str) -> Lock:
    """Read a lock file strictly.

    Raises
    ------
    UsageError
        If it cannot be read, has a key too many or too few, or a value that cannot be; it names file and key.
    """
    shown = printable(path)
    try:
        raw = Path(path).read_bytes()
    except IsADirectoryError:
        raise UsageError(f"{shown}: there is no lock file in this folder; `glmnn lock` makes one") from None
    except (OSError, ValueError) as error:
        raise UsageError(unreadable(path, error, ".toml")) from None
    try:
        text = decoded(raw)
    except UnicodeDecodeError:
        raise UsageError(f"{shown}: this is not a lock file; `glmnn lock` makes one") from None
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        why = f"not valid TOML: {printable(error)[:200]}" if is_lock(text) else "this is not a lock file"
        raise UsageError(f"{shown}: {why}; `glmnn lock` makes one") from None
    form = content.get("format")
    if not isinstance(form, str) or not form.startswith("glmnn.lock/"):
        raise UsageError(f"{shown}: this is not a lock file: it has no format = '{FORMAT}'; `glmnn lock` makes one")
    if form != FORMAT:
        raise UsageError(f"{shown}: its format is {quoted(form)}; this glmnn reads {FORMAT} only")
    lock = built(Lock, content, shown)
    _check(lock, shown)
    return lock


def _check(lock: Lock, path: str) -> None:
    """Refuse what has the right types and still cannot be."""
    terms = tuple(item.term for item in lock.coefficient)
    hashes = {"data.sha256": lock.data.sha256, **{f"data.columns {quoted(k)}": v for k, v in lock.data.columns.items()}}
    hashes |= {} if lock.proof is None else {"proof.sha256": lock.proof.sha256}
    bad = next((name for name, value in hashes.items() if not re.fullmatch("[0-9a-f]{64}", value)), None)
    if bad is not None:
        raise UsageError(f"{path}: {bad} is not a SHA-256 hash")
    if not lock.data.path or "\0" in lock.data.path or lock.data.path == "-":
        raise UsageError(f"{path}: data.path {quoted(lock.data.path)} is not a file name")
    if not terms or terms != lock.model.terms or len(set(terms)) < len(terms):
        raise UsageError(f"{path}: model.terms and the coefficients do not name the same terms, each once")
    negative = next((item for item in lock.coefficient if item.std_error < 0), None)
    if negative is not None:
        raise UsageError(f"{path}: the std_error of {quoted(negative.term)} is negative")
    if lock.fit.alpha and set(lock.fit.alpha) != {"estimate", "std_error"}:
        raise UsageError(f"{path}: fit.alpha needs estimate and std_error, and nothing else")
    empty = next((name for name, levels in lock.levels.items() if not levels), None)
    if empty is not None:
        raise UsageError(f"{path}: levels {quoted(empty)} is empty")
    if not 1 <= lock.data.rows_used <= lock.data.rows:
        raise UsageError(f"{path}: data.rows_used must lie between 1 and data.rows")
