"""Where a race was timed: the processor, its load, the threads in force, and how even its speed was."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from glmnn.arrays import Array
from glmnn.kernels.threads import in_threads, threads
from glmnn.problem.problem import Problem
from glmnn.racing.run import Now

LONG_ENOUGH = 5_000_000  # nanoseconds in which the fixed work is repeated, for a clock and a scheduler to say something
OF_CHILDREN = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")  # what a process is told of its threads
BUSY = 1.25  # slowest over fastest of the fixed work, above which the machine had other things to do


@dataclass(frozen=True)
class Machine:
    """Where it was timed.

    Attributes
    ----------
    cpu : str
    cores : int
    threads : dict of str to int
        In force while the solvers ran, by library.
    blas : str
    load_before, load_after : float
        Of the machine, over the last minute; nan where it is not known.
    pass_seconds : tuple of float
        Of one pass over the data for deviance and score, once in every round.
    """

    cpu: str
    cores: int
    threads: Mapping[str, int]
    blas: str
    load_before: float
    load_after: float
    pass_seconds: tuple[float, ...]

    @property
    def kernel_spread(self) -> float:
        """Slowest over fastest of that pass; nan where it ran less than twice."""
        if len(self.pass_seconds) < 2 or not min(self.pass_seconds) > 0.0:
            return float("nan")
        return max(self.pass_seconds) / min(self.pass_seconds)

    def in_passes(self, seconds: float) -> float:
        """Return a time in those of that pass; nan where it never ran."""
        return seconds / self.typical_pass if self.typical_pass > 0.0 else float("nan")

    @property
    def typical_pass(self) -> float:
        """Seconds of that pass, median; nan where it never ran."""
        return float(np.median(self.pass_seconds)) if self.pass_seconds else float("nan")


@contextmanager
def thread_limit(number: int) -> Iterator[None]:
    """Let every solver take so many threads: BLAS, compiled kernels, PyTorch, and processes that are started."""
    before = {name: os.environ.get(name) for name in OF_CHILDREN}
    torch: Any = sys.modules.get("torch")
    asked = None if torch is None else torch.get_num_threads()
    os.environ.update(dict.fromkeys(OF_CHILDREN, str(number)))
    try:
        with threadpool_limits(number), in_threads(number):
            if torch is not None:
                torch.set_num_threads(number)
            yield
    finally:
        if torch is not None:
            torch.set_num_threads(asked)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def threads_in_force(pools: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many threads each library takes now."""
    names = [Path(pool["filepath"]).name.partition("-")[0].partition(".")[0] for pool in pools]
    found = {name: int(pool["num_threads"]) for name, pool in zip(names, pools, strict=True)}
    found["compiled kernels"] = threads()
    if (torch := sys.modules.get("torch")) is not None:
        found["torch"] = int(torch.get_num_threads())
    return found


def measured(load_before: float, pass_seconds: tuple[float, ...]) -> Machine:
    """Return the machine as it is now, within the limits that the solvers had."""
    pools = threadpool_info()
    blas = [pool for pool in pools if pool["user_api"] == "blas"]
    blas.sort(key=lambda pool: "numpy" not in pool["filepath"])  # SciPy may bring another one
    return Machine(
        _cpu(),
        os.cpu_count() or 1,
        threads_in_force(pools),
        " ".join(str(blas[0].get(key) or "") for key in ("internal_api", "version", "architecture")).strip()
        if blas
        else "unknown",
        load_before,
        load(),
        pass_seconds,
    )


def load() -> float:
    """Return the load of the machine over the last minute; nan where it is not known."""
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):
        return float("nan")


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine() or "unknown"


class FixedWork:
    """One pass over the data for deviance and score at one place, repeated for long enough to be timed."""

    def __init__(self, problem: Problem, coef: Array, now: Now) -> None:
        self.problem: Problem = problem
        self.coef: Array = coef
        self.now: Now = now
        once = self._timed(3)
        self.times: int = max(1, min(10_000, round(LONG_ENOUGH / (1e9 * once)))) if once > 0.0 else 1

    def seconds(self) -> float:
        """Return the seconds of one pass."""
        return self._timed(self.times)

    def _timed(self, times: int) -> float:
        began = self.now()
        with np.errstate(all="ignore"):
            for _ in range(times):
                self.problem.first_order(self.coef)
        return round((self.now() - began) / times, 1) / 1e9  # to a tenth of what the clock can tell
