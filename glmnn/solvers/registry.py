"""Every solver by name: what it is, how it is made, and whose library it needs.

Nothing is loaded to list them: each solver is imported when it is made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from glmnn.errors import UsageError, unknown
from glmnn.solvers.external.library import KERAS, LIGHTNING, SKLEARN, TORCH, Library, R

if TYPE_CHECKING:
    from glmnn.solvers.gradient import Gradient
    from glmnn.solvers.steps import Solver


class Request(NamedTuple):
    """What a solver is made from.

    Attributes
    ----------
    name : str
        Its name on the command line and in tables.
    rule : str
        What follows the colon, or what the name alone stands for; empty where there is nothing.
    seed : int
    neuron : callable
        Name of an update rule -> the hand-written neuron with rate, batches and coordinates as asked for.
    """

    name: str
    rule: str
    seed: int
    neuron: Callable[[str], Gradient]


@dataclass(frozen=True)
class Entry:
    """A solver in the registry.

    Attributes
    ----------
    about : str
        One line for `glmnn solvers`.
    make : callable
        Request -> solver.
    library : Library or None
        Of others, which may be missing.
    """

    about: str
    make: Callable[[Request], Solver]
    library: Library | None = None


def _fisher(_request: Request) -> Solver:
    from glmnn.solvers.fisher import Fisher

    return Fisher()


def _neuron(request: Request) -> Solver:
    return request.neuron(request.name)


def _perceptron(request: Request) -> Solver:
    from glmnn.solvers.perceptron import Perceptron

    return Perceptron(seed=request.seed)


def _statsmodels(_request: Request) -> Solver:
    from glmnn.solvers.external.statsmodels import Statsmodels

    return Statsmodels()


def _sklearn(request: Request) -> Solver:
    from glmnn.solvers.external.sklearn import Sklearn

    return Sklearn(request.name, request.rule, seed=request.seed)


def _torch(request: Request) -> Solver:
    from glmnn.solvers.external.torch import Torch, TorchLBFGS

    if request.rule == "lbfgs":
        return TorchLBFGS(request.name, request.neuron("gd"))
    return Torch(request.name, request.neuron(request.rule))


def _lightning(request: Request) -> Solver:
    from glmnn.solvers.external.lightning import Lightning

    return Lightning(request.name, request.neuron(request.rule))


def _keras(request: Request) -> Solver:
    from glmnn.solvers.external.keras import Keras

    return Keras(request.name, request.neuron(request.rule))


def _r(request: Request) -> Solver:
    from glmnn.solvers.external.r import Rscript

    return Rscript(request.name)


SOLVERS = {
    "fisher": Entry("Fisher scoring, the reference solution", _fisher),
    "gd": Entry("gradient descent, glmnn's own", _neuron),
    "sgd": Entry("the same on mini-batches", _neuron),
    "momentum": Entry("gradient descent with momentum", _neuron),
    "nesterov": Entry("gradient descent with Nesterov's momentum", _neuron),
    "adam": Entry("Adam", _neuron),
    "perceptron": Entry("Rosenblatt's perceptron, for 0/1", _perceptron),
    "statsmodels": Entry("statsmodels.GLM, its own stop", _statsmodels),
    "sklearn": Entry("scikit-learn: its estimators, no penalty", _sklearn, SKLEARN),
    "torch": Entry("PyTorch: nn.Linear, autograd and torch.optim", _torch, TORCH),
    "lightning": Entry("Lightning: LightningModule and Trainer", _lightning, LIGHTNING),
    "keras": Entry("Keras 3: Sequential and train_on_batch", _keras, KERAS),
    "r": Entry("R: glm.fit through Rscript", _r, R),
}
ALWAYS = tuple(name for name, entry in SOLVERS.items() if entry.library is None)
LIBRARIES = {name: entry.library for name, entry in SOLVERS.items() if entry.library is not None}
GROUPS = {"both": ("fisher", "gd"), "all": ("fisher", "gd", "statsmodels", *LIBRARIES)}


def find_solver(name: str, written: str = "") -> tuple[Entry, str]:
    """Return the entry of a solver's name, and the rule that the name has or stands for.

    Parameters
    ----------
    name : str
        As in `SOLVERS`, for libraries also with a rule after a colon.
    written : str, optional
        How the user spelt it.

    Raises
    ------
    UsageError
        If there is none.

    >>> entry, rule = find_solver("torch:adam")
    >>> entry.about, rule
    ('PyTorch: nn.Linear, autograd and torch.optim', 'adam')
    """
    first, colon, rule = name.partition(":")
    entry = SOLVERS.get(first)
    if entry is None or (colon and entry.library is None):
        raise UsageError(unknown("solver", written or name, [*GROUPS, *SOLVERS]))
    return entry, "" if entry.library is None else entry.library.rule(rule, bool(colon))
