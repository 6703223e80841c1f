"""Sums taken by this process, one leaf after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import floor
from time import perf_counter
from typing import Any, Protocol

from glmnn.engines.tree import tree_sum
from glmnn.kernels.threads import one_thread

USUAL = 4  # passes after the first reading


class Pass(Protocol):
    """What is to be taken of each leaf."""

    @property
    def leaves(self) -> int:
        """How many leaves there are."""
        ...

    def values(self, first: int, end: int) -> Iterator[Any]:
        """Yield the values of the leaves from `first` to before `end`; they add."""
        ...


class Engine(Protocol):
    """Where sums are taken.

    Attributes
    ----------
    name : str
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    def sum(self, once: Any) -> Any:
        """Return the sum of the values of all leaves, in the order of the tree."""
        ...

    def check(self, store: Any) -> None:
        """Hold all rows of a store against their checksums.

        Raises
        ------
        DataError
            If they are no longer what was written.
        """
        ...

    def kernels(self) -> tuple[str, ...]:
        """Return the kernels of BLAS of other machines that took sums."""
        ...


@dataclass(frozen=True)
class Local:
    """A loop."""

    name: str = "stream"

    def sum(self, once: Pass) -> Any:
        """Return the sum of the values of all leaves."""
        with one_thread():
            return tree_sum(once.values(0, once.leaves))

    def check(self, store: Any) -> None:
        """Hold all rows of a store against their checksums."""
        store.check(0, store.segments)

    def kernels(self) -> tuple[str, ...]:
        """Return none but those of this process."""
        return ()


@dataclass
class Run:
    """How the rows are gone through, and how often they were.

    Attributes
    ----------
    engine : Engine
    memory : int
        Bytes that may be used.
    passes : float
    bytes_read : int
    began : float
        When the first pass did, by `time.perf_counter`.
    """

    engine: Engine = field(default_factory=Local)
    memory: int = 1 << 30
    passes: float = 0.0
    bytes_read: int = 0
    began: float = field(default_factory=perf_counter)

    def stage(self) -> Callable[[], str]:
        """Return how far the passes have come, in words, for those who show it."""
        number, spent = floor(self.passes), perf_counter() - self.began
        left = max(USUAL - number + 1, 0) * spent / (number - 1) if number > 1 else 0.0
        told = f"pass {number + 1} of about {USUAL + 1}" if number <= USUAL else f"pass {number + 1}"
        return lambda: told + (f"  {left:.0f} s left" if left >= 1 else "")
