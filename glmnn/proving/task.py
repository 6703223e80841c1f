"""What is to be proved, what came of it, and the verifier's word on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter

from glmnn.data.sources.raw import WATCH
from glmnn.data.table import Table
from glmnn.errors import DataError, OptionError, UsageError, printable, unreadable
from glmnn.fitting.estimate import Estimate
from glmnn.kernels.threads import most_workers
from glmnn.options.model import ModelOptions
from glmnn.proving import verify
from glmnn.proving.document import ProofDocument
from glmnn.report.schema import json_values

RADII = ("1e-6", "1e-10", "1e-3", "0.03", "0.3")  # of the ball, tried one after the other
Tell = Callable[[int, int], None]
Say = Callable[[str], None]
LONG = 10.0  # seconds that are said beforehand


@dataclass(frozen=True)
class Proof:
    """A proof that the verifier has accepted.

    Attributes
    ----------
    document : ProofDocument
    proved : Proved
        What it proves, in two sentences and in numbers.
    """

    document: ProofDocument
    proved: verify.Proved

    @property
    def text(self) -> str:
        """The file."""
        return to_text(self.document)


@dataclass(frozen=True)
class Unproved:
    """Nothing is proved, and why."""

    reason: str


@dataclass(frozen=True)
class Task:
    """What is to be proved, of which data, and how it may be computed.

    Attributes
    ----------
    options : ModelOptions
    table : Table
    raw : bytes
        The data file.
    estimate : Estimate
    jobs : int
        Processes.
    tell : callable, optional
        Told how many blocks of rows are done, of how many.
    """

    options: ModelOptions
    table: Table
    raw: bytes = field(repr=False)
    estimate: Estimate
    jobs: int = 1
    tell: Tell | None = None


def task_of(options: ModelOptions, path: str, estimate: Estimate, jobs: int = 1, say: Say | None = None) -> Task:
    """Return the task of proving an estimate of a data file.

    Raises
    ------
    UsageError
        If the file cannot be read again, or there are no processes.
    """
    if path == "-":
        raise UsageError("a proof is about a file that others can have: give its name in the place of standard input")
    if jobs < 1:
        raise OptionError("jobs", "must be 1 or more", jobs)
    if jobs > most_workers():
        raise OptionError("jobs", f"must be at most {most_workers()} on this machine", jobs)
    try:
        raw = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise UsageError(unreadable(path, error)) from None
    return Task(options, estimate.table, raw, estimate, jobs, telling(f"proving {printable(path)}", jobs, say))


def telling(what: str, jobs: int = 1, say: Say | None = None) -> Tell:
    """Return a function that says how much is done, and how long the rest will take, where somebody watches.

    Where that is long, by the first block of rows, `say` gets a line of its own, once.
    """
    watch, clock = WATCH.get(), perf_counter()

    def tell(done: int, rows: int) -> None:
        nonlocal clock, say
        if done == 0:
            clock = perf_counter()
            return
        left = (perf_counter() - clock) / done * (rows - done)
        if done == verify.BLOCK and left > LONG and say is not None:
            say(f"{what}: {rows:,} rows take about {left / jobs:.0f} s; --jobs N shares them")
            say = None
        watch(lambda: f"{what}: {done * 100 // rows} % of the rows, about {left:.0f} s left ")

    return tell


def to_text(document: ProofDocument) -> str:
    """Return the text of a proof file: a line for each key, and for each row of a matrix and each term."""
    lines = []
    for key, value in json_values(document).items():
        parts = [json.dumps(part, ensure_ascii=False) for part in value] if isinstance(value, list) else []
        deep = any(isinstance(part, list | dict) for part in (value if parts else ()))
        shown = "[\n  " + ",\n  ".join(parts) + "\n ]" if deep else json.dumps(value, ensure_ascii=False)
        lines.append(f" {json.dumps(key)}: {shown}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def accepted(task: Task, document: ProofDocument) -> Proof | Unproved:
    """Return a proof if the verifier takes it, with the first radius at which it does."""
    reasons = []
    for radius in RADII if document.coefficients else ("0",):
        stated = replace(document, radius=radius)
        try:
            return Proof(stated, verify.check(to_text(stated).encode(), task.raw, task.jobs, task.tell))
        except verify.NotProved as error:
            reasons.append(str(error))
            if "|score|" not in reasons[-1] and "ball" not in reasons[-1]:
                break
        except verify.Unreadable as error:
            raise DataError(f"{task.table.source}: a proof is about a plain text file ({error})") from None
    return Unproved(reasons[0])
