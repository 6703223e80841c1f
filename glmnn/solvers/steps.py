"""What every solver yields, and what every solver is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from glmnn.arrays import Array
from glmnn.models.evaluation import SecondOrder
from glmnn.models.model import Model, SecondOrderModel
from glmnn.problem.problem import Problem

if TYPE_CHECKING:
    from typing_extensions import TypeVar  # with the default of PEP 696, as for `Problem`

    Fits = TypeVar("Fits", bound=Model, default=SecondOrderModel, contravariant=True)
else:
    from typing import TypeVar

    Fits = TypeVar("Fits", bound=Model, contravariant=True)


class Step(NamedTuple):
    """The coefficients after `iteration` updates, with what the solver happened to know there."""

    iteration: int
    coef: Array  # (p,)
    score: Array | None = None  # (p,), over all rows
    second_order: SecondOrder | None = None
    deviance: float | None = None  # where the score came with it


class Stretch(NamedTuple):
    """Consecutive states of a run, of which nobody may want to see any but the last."""

    last: Step
    coefs: Array  # (k, p), those of the last step last
    passes: Array | Sequence[float]  # (k,), of the solver until each

    @classmethod
    def of(cls, step: Step, passes: float) -> Stretch:
        """Return a single state as a stretch."""
        return cls(step, step.coef[None], (passes,))


Ahead = Callable[[float], int]  # passes that an update makes -> updates until a state that somebody may look at


def step_by_step(_share: float) -> int:
    """Return how far ahead nobody looks where everybody looks at each state: one update."""
    return 1


class InStretches(Iterator[Step]):
    """Steps so short that many of them are made at once where nobody asks for each.

    Parameters
    ----------
    make : callable
        Returns the stretches of a run, the starting point first and alone, then at most `ahead` states at once.
    """

    def __init__(self, make: Callable[[Ahead], Iterator[Stretch]]) -> None:
        self.at_once: Callable[[Ahead], Iterator[Stretch]] = make

    def __next__(self) -> Step:
        """Return the next step alone."""
        return next(self._one_by_one).last

    @cached_property
    def _one_by_one(self) -> Iterator[Stretch]:
        return self.at_once(step_by_step)


class Solver(Protocol[Fits]):
    """A frozen dataclass whose fields are the options of the method."""

    @property
    def name(self) -> str:
        """Name on the command line and in tables."""
        ...

    @property
    def max_iter(self) -> int:
        """Updates after which to give up, unless the user says otherwise."""
        ...

    @property
    def stops_itself(self) -> bool:
        """True for a foreign library, whose own rule ended the run before anyone could look."""
        ...

    def steps(self, problem: Problem[Fits], start: Array | None) -> Iterator[Step]:
        """Yield the state after each update, the starting point first; it never decides when to stop."""
        ...


@runtime_checkable
class Foreign(Protocol):
    """A solver that is a library of others, which may take longer to load than to run."""

    def load(self) -> None:
        """Load the library; what goes wrong here goes wrong again in `steps`, which says it."""
        ...


@runtime_checkable
class HasTolerance(Protocol):
    """A library that ends its run by a tolerance of its own, which is no number of standard errors."""

    @property
    def tolerance(self) -> float:
        """The tolerance in force."""
        ...

    @property
    def meaning(self) -> str:
        """What the tolerance bounds, with the name and value the library gives it."""
        ...

    def at(self, tolerance: float) -> Solver:
        """Return the same with another tolerance, and iterations enough for it."""
        ...


def goal_of(solver: Solver[Any]) -> str:
    """Return what a solver is after in words, where that is not the maximum; empty for all others.

    One with such a `goal` ends when it has that, and is not compared.
    """
    return str(getattr(solver, "goal", ""))  # an isinstance with a protocol takes 20 microseconds
