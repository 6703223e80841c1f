"""Which arithmetic runs: NumPy's, or kernels that numba compiles, where that is installed and pays."""

from __future__ import annotations

import os
import sys
from contextvars import ContextVar
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from glmnn.errors import UsageError

SWITCH = "GLMNN_KERNELS"
CHOICES = ("auto", "numpy", "compiled")
NEEDED = "compiled kernels need numba: pip install 'glmnn[fast]'"
PAYS = 1.0  # seconds of work in NumPy from which on loading kernels, which takes half a second, pays
_asked: ContextVar[str | None] = ContextVar("kernels", default=None)
_broken: set[str] = set()  # what could not be imported once
_worked: dict[str, float] = {}  # seconds of NumPy so far, for want of kernels that were not loaded


def choice() -> str:
    """Return what is asked for: auto, numpy or compiled.

    Raises
    ------
    UsageError
        If GLMNN_KERNELS is none of them, or asks for what is not installed.
    """
    asked = _asked.get() or os.environ.get(SWITCH, "auto")
    if asked not in CHOICES:
        raise UsageError(f"{SWITCH}={asked}: give auto, numpy or compiled")
    if asked == "compiled" and not installed():
        raise UsageError(NEEDED)
    return asked


class chosen:  # noqa: N801 - a generator would take longer
    """Let a choice hold inside a with statement, whatever the environment says."""

    def __init__(self, asked: str) -> None:
        self._chosen = asked

    def __enter__(self) -> None:
        self._token = _asked.set(self._chosen)
        if self._chosen == "compiled" and not installed():
            _asked.reset(self._token)
            raise UsageError(NEEDED)

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        _asked.reset(self._token)


def installed() -> bool:
    """Say whether numba can be imported, without importing it."""
    return "numba" in sys.modules or find_spec("numba") is not None


def work(name: str, seconds: float) -> None:
    """Take note of work that NumPy does for want of kernels; it is counted in rows and columns, not by a clock."""
    _worked[name] = _worked.get(name, 0.0) + seconds


def worked(name: str) -> float:
    """Return the seconds of such work so far, for which kernels are worth loading now.

    Kernels that are not on disk are not compiled for the sake of small work: there would have to be very much of it.
    """
    seconds = _worked.get(name, 0.0)
    if seconds >= PAYS and not _on_disk(name):
        seconds = _worked[name] = 0.0
    return seconds


def _on_disk(name: str) -> bool:
    """Say whether somebody has compiled a module of kernels here before."""
    return any((Path(__file__).parent / "compiled" / "__pycache__").glob(f"{name}.*.nbi"))


def compiled(name: str, seconds: float) -> ModuleType | None:
    """Return the module `glmnn.kernels.compiled.<name>`, or None where NumPy is to do the work.

    Parameters
    ----------
    name : str
    seconds : float
        What the work ahead would take NumPy: kernels are loaded for a second of it and more, and used for anything once
        they are there.
    """
    asked, full = choice(), f"glmnn.kernels.compiled.{name}"
    if asked == "numpy":
        return None
    # whether numba is there takes 200 microseconds to find out, of which a small pass has not one
    if (known := sys.modules.get(full)) is not None:
        return known
    if (asked == "auto" and (seconds < PAYS or full in _broken)) or not installed():
        return None
    try:
        return import_module(full)
    except ImportError as error:  # a numba that is too old for this NumPy, say
        _broken.add(full)
        if asked == "compiled":
            raise UsageError(f"compiled kernels cannot be had: {error}") from None
        return None
