"""Libraries of others that glmnn can let fit the same model: which there are, what is installed, how to get the rest.

Nothing is imported here to find out, so that `glmnn solvers` answers at once.
"""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from importlib.util import find_spec
from shutil import which
from typing import TYPE_CHECKING, Any

from glmnn.errors import OptionError, UsageError, option, printable, quoted, unknown

if TYPE_CHECKING:
    from glmnn.arrays import Block
    from glmnn.models.model import Model
    from glmnn.problem.problem import Problem
    from glmnn.solvers.steps import Step

MIRRORED = ("gd", "sgd", "momentum", "nesterov", "adam")  # update rules of glmnn that frameworks have
ENOUGH = 10_000  # iterations for a library whose tolerance is tightened
BACKENDS = ("torch", "tensorflow", "jax")  # of Keras, the first one installed unless KERAS_BACKEND says which


@dataclass(frozen=True)
class Library:
    """A library that fits a model in its own way.

    Attributes
    ----------
    name : str
        The solver's name on the command line.
    title : str
        What people call it.
    install : str
        The command that installs it.
    rules : tuple of str
        What may follow the name after a colon; the name alone stands for the first.
    distribution : str
        The Python distribution that has the version; empty for R.
    backends : tuple of str
        What it runs on, any one of them; empty where that is no choice.
    refused : tuple of (str, str)
        Rules of its own that are not taken here, and why.
    """

    name: str
    title: str
    install: str
    rules: tuple[str, ...] = ()
    distribution: str = ""
    backends: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()

    @property
    def solvers(self) -> tuple[str, ...]:
        """Names of all its solvers."""
        return (self.name, *(f"{self.name}:{rule}" for rule in self.rules[1:]))

    def rule(self, given: str, colon: bool) -> str:
        """Return the rule that follows a colon; without one the first.

        Raises
        ------
        UsageError
            If the library has no such rule.
        """
        for rule, reason in self.refused:
            if given == rule:
                raise UsageError(f"there is no {self.name}:{rule} here: {reason}; choose from {', '.join(self.rules)}")
        if colon and given not in self.rules:
            if not self.rules:
                raise UsageError(f"{self.name} takes nothing after a colon, not {printable(f'{self.name}:{given}')!r}")
            raise UsageError(unknown(f"rule of {self.name}", given, self.rules))
        return given or (self.rules or ("",))[0]

    @property
    def installed(self) -> bool:
        """Whether it could be used, without trying."""
        if not self.distribution:
            return which("Rscript") is not None
        if self.backends and not any(find_spec(backend) for backend in self.backends):
            return False
        return find_spec(self.name) is not None

    def version(self) -> str:
        """Return its version; empty when it cannot be told."""
        if not self.distribution:
            return _version_of_r()
        return _version_of(self.distribution)

    def why_not(self) -> str:
        """Return why it cannot be used, with a remedy; empty where it can, as far as can be told without trying."""
        if not self.installed:
            return f"{self.name} needs {self.title}, which is missing: {self.install}"
        backend = keras_backend() if self.backends else None
        if backend is None or (backend in self.backends and find_spec(backend)):
            return ""
        asked = f"{self.name} is to run on {quoted(backend)} (KERAS_BACKEND)"
        if backend in self.backends:
            return f"{asked}, which is missing: pip install {backend}"
        return f"{asked}, on which it cannot train: choose from {', '.join(self.backends)}"

    def runs_on(self) -> str:
        """Return a sentence on what it runs on, where that is a choice; empty otherwise."""
        return "".join(f"{self.title} runs on {name} {number}".rstrip() for name, number in self.engine().items())

    def engine(self) -> dict[str, str]:
        """Return name and version of what it runs on, where that is a choice."""
        backend = keras_backend() if self.backends else None
        if backend is None:
            return {}
        return {backend: _version_of(backend) or _version_of(f"{backend}-cpu")}


SKLEARN = Library(
    "sklearn",
    "scikit-learn",
    "pip install scikit-learn",
    ("lbfgs", "newton-cg", "newton-cholesky", "sag", "saga"),
    "scikit-learn",
    refused=(("liblinear", "it penalises the intercept, so it has no maximum likelihood estimate"),),
)
TORCH = Library("torch", "PyTorch", "pip install torch", (*MIRRORED, "lbfgs"), "torch")
LIGHTNING = Library("lightning", "Lightning", "pip install lightning", MIRRORED, "lightning")
KERAS = Library("keras", "Keras 3", "pip install keras torch", MIRRORED, "keras", BACKENDS)
R = Library("r", "R", "install R from https://www.r-project.org")


class Declined(Exception):  # noqa: N818 - how a run ended, no mistake of anybody
    """A solver cannot fit this model, or cannot go on; the message says why."""


def require(library: Library) -> None:
    """Refuse a library that is not installed, or Keras on a backend that is not.

    Raises
    ------
    UsageError
        With the command that installs it.
    """
    if reason := library.why_not():
        raise OptionError("solver", reason)


def imported(module: str) -> Any:
    """Return a module of a library, loaded without a word.

    Raises
    ------
    Declined
        If it is there but cannot be loaded.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return import_module(module)
    except Exception as error:  # broken installations fail in every way there is
        raise Declined(f"{module} cannot be imported: {first_line(error)}") from error


def whole_of(problem: Problem[Model]) -> Block:
    """Return all rows of a problem, as every library wants them."""
    return problem.all_rows("an external library", f"give {option('solver', 'fisher')}")


def guarded(steps: Iterator[Step], title: str) -> Iterator[Step]:
    """Yield the steps; what goes wrong inside a library becomes one line.

    Raises
    ------
    Declined
        If anything does.
    """
    try:
        yield from steps
    except Declined:
        raise
    except Exception as error:
        raise Declined(f"{title} failed: {first_line(error)}") from error


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says, shortened."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return printable(lines[0] if lines else type(error).__name__)[:200]


def keras_backend() -> str | None:
    """Return the backend that Keras runs on: the one loaded, the one asked for, or the first installed."""
    if "keras" in sys.modules:
        return str(sys.modules["keras"].backend.backend())
    asked = os.environ.get("KERAS_BACKEND")
    if asked:
        return asked
    return next((backend for backend in BACKENDS if find_spec(backend)), None)


def _version_of(distribution: str) -> str:
    try:
        return version_of(distribution)
    except PackageNotFoundError:
        return ""


def _version_of_r() -> str:
    try:
        done = subprocess.run(["Rscript", "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    words = (done.stdout or done.stderr).split()
    return next((word for word in words if word[:1].isdigit()), "")
