"""The training loop of a neuron in a framework: the start, batches, rates and coordinates of the hand-written one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.models.glm import GLM, has_one_output
from glmnn.models.model import Model
from glmnn.models.multinomial import Multinomial
from glmnn.models.network import Network as LayeredNetwork
from glmnn.models.softmax import to_baseline, to_symmetric
from glmnn.problem.problem import Problem
from glmnn.solvers.external.library import Declined, whole_of
from glmnn.solvers.gradient import SMALLEST_FACTOR, Gradient, has_bound, rises, starting_coef
from glmnn.solvers.scaling import standardising
from glmnn.solvers.steps import Step
from glmnn.solvers.updates import SCHEDULES


@runtime_checkable
class FrameworkTwin(Protocol):
    """A solver that takes the steps of the hand-written neuron in a framework."""

    def twin(self) -> Gradient:
        """Return the hand-written neuron whose trajectory this is."""
        ...


NetworkSteps = Callable[..., Iterator[tuple[int, Array, None]]]  # as `torch_network.network_steps`


class Rows(NamedTuple):
    """Some rows as a layer takes them: the column of ones is its bias."""

    features: Array  # (rows, features)
    y: Array  # (rows,)
    prior_weight: Array | None  # (rows,), None where all are 1
    offset: Array | None  # (rows,), None where all are 0


class Network(Protocol):
    """A neuron in a framework, with its optimiser."""

    def gamma(self) -> Array:
        """Return the parameters, one for each column of the data."""
        ...

    def restart(self, gamma: Array) -> None:
        """Set the parameters and let the optimiser forget its past."""
        ...

    def batch(self, rows: Rows) -> Any:
        """Return rows in the form that the framework trains on."""
        ...

    def train(self, batch: Any, lr: float) -> None:
        """Take one step of the optimiser."""
        ...


@dataclass(frozen=True)
class Layer:
    """How the columns of a design become the inputs and the bias of a layer.

    Attributes
    ----------
    bias : int or None
        ParameterSlice of the column of ones.
    inputs : tuple of int
        Places of the other columns.
    """

    bias: int | None
    inputs: tuple[int, ...]

    @classmethod
    def of(cls, X: Array) -> Layer:
        """Return the layer for a design; a lone column of ones is an input, since a layer needs one."""
        p = X.shape[1]
        ones = np.flatnonzero((X == 1.0).all(axis=0))
        bias = int(ones[0]) if ones.size and p > 1 else None
        return cls(bias, tuple(j for j in range(p) if j != bias))

    def split(self, gamma: Array) -> tuple[Array, float]:
        """Return the weights of the inputs and the bias."""
        return gamma[list(self.inputs)], 0.0 if self.bias is None else float(gamma[self.bias])

    def join(self, inputs: Array, bias: float) -> Array:
        """Return the coefficients in the order of the columns."""
        gamma = np.empty(len(self.inputs) + (self.bias is not None))
        gamma[list(self.inputs)] = inputs
        if self.bias is not None:
            gamma[self.bias] = bias
        return gamma


@dataclass
class PreparedRun:
    """A run laid out: what to train on, from where, and how to read the result.

    Attributes
    ----------
    problem : Problem
        As given; its passes are counted.
    inner : Problem
        The same in the coordinates of the run.
    to_data : ndarray of shape (p, p) or None
        coef = to_data gamma; None where they are the same.
    gamma : ndarray of shape (p,)
        Where to start.
    layer : Layer
    plan : Gradient
        The hand-written neuron to follow.
    lr : float or None
        Learning rate; None where only backtracking is safe.
    """

    problem: Problem
    inner: Problem
    to_data: Array | None
    gamma: Array
    layer: Layer
    plan: Gradient
    lr: float | None

    def coef(self, gamma: Array) -> Array:
        """Return the coefficients in the data's own units."""
        return gamma if self.to_data is None else self.to_data @ gamma

    def rows(self, block: Block) -> Rows:
        """Return a block as a layer takes it."""
        plain = self.inner.data.plain
        X = block.X if self.layer.bias is None else np.ascontiguousarray(block.X[:, list(self.layer.inputs)])
        return Rows(X, block.y, None if plain else block.prior_weight, block.offset if self.has_offset else None)

    @property
    def has_offset(self) -> bool:
        """Whether some row has an offset."""
        return self.inner.data.summary.has_offset

    def batches(self) -> Iterator[tuple[Rows, float]]:
        """Yield what each update is trained on, and the factor on its learning rate, for ever."""
        size = self.plan.batch(self.problem.rows)
        factor = SCHEDULES[self.plan.schedule](-(-self.problem.rows // (size or self.problem.rows)))
        if size is None:
            whole = self.rows(whole_of(self.inner))
            for update in count():
                self.inner.passes += 1
                yield whole, factor(update)
        for update, block in enumerate(self.inner.minibatches(size or 1, np.random.default_rng(self.plan.seed))):
            yield self.rows(block), factor(update)

    def settle(self) -> None:
        """Charge the passes made so far to the problem."""
        self.problem.passes, self.inner.passes = self.problem.passes + self.inner.passes, 0.0


def prepare(problem: Problem, start: Array | None, plan: Gradient) -> PreparedRun:
    """Lay a run out as the hand-written neuron would.

    Raises
    ------
    Declined
        If the model is not one for a single neuron, or has a penalty.
    """
    glm_of(problem)
    coef = np.array(start if start is not None else starting_coef(problem), dtype=float)
    to_data = plan.coordinates(problem) if plan.standardize else None
    inner = problem.fresh() if to_data is None else problem.in_coordinates(to_data)
    gamma = coef if to_data is None else np.linalg.solve(to_data, coef)
    given = plan.lr is not None or plan.batch(problem.rows) is not None
    lr = None
    if given or (has_bound(problem) and not plan.rule.scale_free):
        lr = plan.learning_rate(problem, coef, np.eye(coef.size) if to_data is None else to_data)
    return PreparedRun(problem, inner, to_data, gamma, Layer.of(whole_of(inner).X), plan, lr)


def glm_of(problem: Problem) -> GLM:
    """Return the model of a problem that a library can take.

    Raises
    ------
    Declined
        If it cannot.
    """
    if problem.penalty is not None:
        raise Declined("it is asked for maximum likelihood only, without a penalty")
    if not has_one_output(problem.model):
        raise Declined("it is asked for a single neuron only")
    return problem.model


def train(course: PreparedRun, build: Callable[[PreparedRun, float], Network]) -> Iterator[Step]:
    """Yield the state after each update of a network, the starting point first."""
    if course.lr is None:
        yield from _backtracking(course, build)
        return
    network, coef = build(course, course.lr), course.coef(course.gamma)
    last: tuple[Rows | None, Any] = (None, None)
    for iteration, (rows, factor) in enumerate(course.batches()):
        course.settle()
        yield Step(iteration, coef)
        if rows is not last[0]:  # all rows are handed over once
            last = rows, network.batch(rows)
        network.train(last[1], course.lr * factor)
        coef = course.coef(network.gamma())


def _backtracking(course: PreparedRun, build: Callable[[PreparedRun, float], Network]) -> Iterator[Step]:
    """Descend where the curvature has no global bound, at the rates of the hand-written neuron.

    glmnn sets the rate and takes back a step that raises the deviance; the step itself is the framework's.
    """
    plan, problem = course.plan, course.problem
    to_data = np.eye(course.gamma.size) if course.to_data is None else course.to_data
    gamma, coef = course.gamma, course.coef(course.gamma)
    lr, factor, restarted = plan.learning_rate(problem, coef, to_data), 1.0, True
    schedule = SCHEDULES[plan.schedule](1)
    network, updates = build(course, lr), 0
    whole = network.batch(course.rows(whole_of(course.inner)))
    here = problem.first_order(coef)
    for iteration in count():
        yield Step(iteration, coef)
        if iteration & (iteration - 1) == 0 and not plan.rule.scale_free:
            lr = plan.learning_rate(problem, coef, to_data)
        network.train(whole, factor * lr * schedule(updates))
        problem.passes += 1
        moved = network.gamma()
        there = problem.first_order(course.coef(moved))
        if rises(there, here):
            network.restart(gamma)
            updates = 0
            if restarted:
                factor *= 0.5
                if factor < SMALLEST_FACTOR:
                    return
            restarted = True
            continue
        gamma, coef, here, restarted, updates = moved, course.coef(moved), there, False, updates + 1
        if factor < 1.0 and not plan.rule.scale_free:
            factor = min(1.0, 1.1 * factor)


def class_steps(problem: Problem, start: Array | None, plan: Gradient, steps: NetworkSteps) -> Iterator[Step]:
    """Yield baseline-category coefficients after each update of a softmax layer with a row for each class.

    Parameters
    ----------
    problem : Problem
        Whose model is a `Multinomial`.
    start : ndarray of shape (q,), optional
    plan : Gradient
        The hand-written layer to follow: rule, rate, batches and their order, standardised columns.
    steps : callable
        Those of a network in a framework; the layer is a network without hidden layers.

    Raises
    ------
    Declined
        If the problem has a penalty.
    """
    model = problem.model
    if problem.penalty is not None:
        raise Declined("it is asked for maximum likelihood only, without a penalty")
    width, size = problem.data.width, plan.batch(problem.rows)
    columns = standardising(problem) if plan.standardize else np.eye(width)
    coef = np.zeros(len(problem.names)) if start is None else np.asarray(start, dtype=float)
    gamma = np.linalg.solve(columns, coef.reshape(model.free, width).T).T
    lr = plan.learning_rate(problem, coef, plan.coordinates(problem))
    # the intercept is a column like any other, so the layer has no bias of its own
    layer = LayeredNetwork(tuple(f"x{j}" for j in range(width)), (), Multinomial(model.labels))
    inner = problem.in_coordinates(columns) if plan.standardize else problem
    schedule = SCHEDULES[plan.schedule](-(-problem.rows // (size or problem.rows)))
    for update, flat, _ in steps(layer, inner, to_symmetric(gamma).ravel(), plan.name, lr, schedule, size, plan.seed):
        yield Step(update, (to_baseline(flat.reshape(-1, width)) @ columns.T).ravel())
        if inner is not problem:
            problem.passes, inner.passes = problem.passes + inner.passes, 0.0


def all_rows(problem: Problem[Model]) -> Iterator[Block]:
    """Yield all rows for ever, counting the passes."""
    for _ in count():
        problem.passes += 1
        yield whole_of(problem)
