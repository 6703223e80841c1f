"""The training loop of a network in a framework: the start, batches, rates and coordinates of the hand-written one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Protocol, runtime_checkable

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.models.glm import GLM, has_one_output
from glmnn.models.model import Model
from glmnn.models.multinomial import Multinomial
from glmnn.models.network import Network
from glmnn.models.softmax import to_baseline, to_symmetric
from glmnn.problem.problem import Problem
from glmnn.solvers.external.library import Declined, whole_of
from glmnn.solvers.gradient import SMALLEST_FACTOR, Gradient, has_bound, rises, starting_coef
from glmnn.solvers.scaling import standardising
from glmnn.solvers.steps import Step
from glmnn.solvers.updates import SCHEDULES, Schedule


@runtime_checkable
class FrameworkTwin(Protocol):
    """A solver that takes the steps of the hand-written neuron in a framework."""

    def twin(self) -> Gradient:
        """Return the hand-written neuron whose trajectory this is."""
        ...


class Trained(Protocol):
    """A network in a framework, with its loss and its optimiser."""

    def flat(self) -> Array:
        """Return the parameters as they are now, in the order of `Network`."""
        ...

    def restart(self, flat: Array) -> None:
        """Set the parameters and let the optimiser forget its past."""
        ...

    def batch(self, block: Block) -> Any:
        """Return rows in the form that the framework trains on."""
        ...

    def train(self, batch: Any, lr: float) -> None:
        """Take one step of the optimiser."""
        ...


Batches = Iterator[tuple[Any, float]]  # rows in the form of the framework, and the rate to train on them at
Build = Callable[[Network, Array, str, float], Trained]  # network, parameters, update rule, rate
Drive = Callable[[Any, Batches, Problem[Model]], Iterator[Array]]


def one_by_one(trained: Trained, batches: Batches, _problem: Problem[Model]) -> Iterator[Array]:
    """Yield the parameters at the start and after each update, for ever."""
    for batch, lr in batches:
        yield trained.flat()
        trained.train(batch, lr)


@dataclass(frozen=True)
class Framework:
    """How a framework trains.

    Attributes
    ----------
    build : callable
        A network here, its parameters, an update rule and a rate to what is trained there.
    drive : callable
        What is trained, batches and the problem that counts their passes to the parameters after each update.
    """

    build: Build
    drive: Drive = one_by_one

    def steps(
        self,
        network: Network,
        problem: Problem[Any],
        start: Array,
        rule: str,
        lr: float,
        schedule: Schedule,
        batch: int | None,
        seed: int,
    ) -> Iterator[tuple[int, Array, None]]:
        """Yield updates made and the flat parameter vector after them, for ever.

        Parameters
        ----------
        network : Network
            Whose layers, activations and head are built anew there.
        problem : Problem
            The rows, in the units of the training.
        start : ndarray of shape (size,)
        rule : str
            One of `glmnn.solvers.updates.UPDATES`.
        lr : float
            Learning rate on half the mean deviance.
        schedule : callable
            Updates so far -> factor on the rate.
        batch : int or None
            Rows of a mini-batch, drawn in the order of the hand-written loop.
        seed : int
        """
        with problem.setup():
            trained = self.build(network, start, rule, lr)
        blocks = _all_rows(problem) if batch is None else problem.minibatches(batch, np.random.default_rng(seed))
        batches = ((rows, lr * schedule(update)) for update, rows in enumerate(_handed_over(trained, blocks)))
        for update, flat in enumerate(self.drive(trained, batches, problem)):
            yield update, flat, None


def _all_rows(problem: Problem[Model]) -> Iterator[Block]:
    """Yield all rows for ever, counting the passes."""
    for _ in count():
        problem.passes += 1
        yield whole_of(problem)


def _handed_over(trained: Trained, blocks: Iterator[Block]) -> Iterator[Any]:
    """Yield blocks as the framework takes them; one that comes again is handed over once."""
    last: tuple[Block | None, Any] = (None, None)
    for block in blocks:
        if block is not last[0]:
            last = block, trained.batch(block)
        yield last[1]


@dataclass
class PreparedRun:
    """A run of a single neuron laid out: what to train on, from where, and how to read the result.

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
    plan : Gradient
        The hand-written neuron to follow.
    lr : float or None
        Learning rate; None where only backtracking is safe.
    """

    problem: Problem
    inner: Problem
    to_data: Array | None
    gamma: Array
    plan: Gradient
    lr: float | None

    @property
    def network(self) -> Network:
        """A neuron is a network without hidden layers; its intercept is a column like any other."""
        return Network(self.problem.names, (), self.problem.glm)

    def coef(self, gamma: Array) -> Array:
        """Return the coefficients in the data's own units."""
        return gamma if self.to_data is None else self.to_data @ gamma

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
    inner = replace(problem, passes=0.0) if to_data is None else problem.in_coordinates(to_data)
    gamma = coef if to_data is None else np.linalg.solve(to_data, coef)
    given = plan.lr is not None or plan.batch(problem.rows) is not None
    lr = None
    if given or (has_bound(problem) and not plan.rule.scale_free):
        lr = plan.learning_rate(problem, coef, np.eye(coef.size) if to_data is None else to_data)
    return PreparedRun(problem, inner, to_data, gamma, plan, lr)


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


def neuron_steps(problem: Problem, start: Array | None, plan: Gradient, framework: Framework) -> Iterator[Step]:
    """Yield the state after each update of a neuron or of a softmax layer, the starting point first.

    Parameters
    ----------
    problem : Problem
    start : ndarray of shape (q,), optional
    plan : Gradient
        The hand-written neuron to follow: rule, rate, batches and their order, standardised columns.
    framework : Framework

    Raises
    ------
    Declined
        If the model is not one for a framework, or has a penalty.
    """
    if problem.model.outputs > 1:
        yield from _class_steps(problem, start, plan, framework)
        return
    course = prepare(problem, start, plan)
    if course.lr is None:
        yield from _backtracking(course, framework.build)
        return
    size, schedule = _batches_of(problem, plan)
    taken = framework.steps(course.network, course.inner, course.gamma, plan.name, course.lr, schedule, size, plan.seed)
    for update, gamma, _ in taken:
        course.settle()
        yield Step(update, course.coef(gamma))


def _batches_of(problem: Problem, plan: Gradient) -> tuple[int | None, Schedule]:
    """Return the rows of a mini-batch, if there are any, and the factors on the rate."""
    size = plan.batch(problem.rows)
    return size, SCHEDULES[plan.schedule](-(-problem.rows // (size or problem.rows)))


def _backtracking(course: PreparedRun, build: Build) -> Iterator[Step]:
    """Descend where the curvature has no global bound, at the rates of the hand-written neuron.

    glmnn sets the rate and takes back a step that raises the deviance; the step itself is the framework's.
    """
    plan, problem = course.plan, course.problem
    to_data = np.eye(course.gamma.size) if course.to_data is None else course.to_data
    gamma, coef = course.gamma, course.coef(course.gamma)
    lr, factor, restarted = plan.learning_rate(problem, coef, to_data), 1.0, True
    schedule = SCHEDULES[plan.schedule](1)
    with problem.setup():
        trained, updates = build(course.network, gamma, plan.name, lr), 0
        whole = trained.batch(whole_of(course.inner))
    current = problem.first_order(coef)
    for iteration in count():
        yield Step(iteration, coef)
        if iteration & (iteration - 1) == 0 and not plan.rule.scale_free:
            lr = plan.learning_rate(problem, coef, to_data)
        trained.train(whole, factor * lr * schedule(updates))
        problem.passes += 1
        moved = trained.flat()
        trial = problem.first_order(course.coef(moved))
        if rises(trial, current):
            trained.restart(gamma)
            updates = 0
            if restarted:
                factor *= 0.5
                if factor < SMALLEST_FACTOR:
                    return
            restarted = True
            continue
        gamma, coef, current, restarted, updates = moved, course.coef(moved), trial, False, updates + 1
        if factor < 1.0 and not plan.rule.scale_free:
            factor = min(1.0, 1.1 * factor)


def _class_steps(problem: Problem, start: Array | None, plan: Gradient, framework: Framework) -> Iterator[Step]:
    """Yield baseline-category coefficients after each update of a softmax layer with a row for each class."""
    model = problem.model
    if problem.penalty is not None:
        raise Declined("it is asked for maximum likelihood only, without a penalty")
    width = problem.data.width
    size, schedule = _batches_of(problem, plan)
    columns = standardising(problem) if plan.standardize else np.eye(width)
    coef = np.zeros(len(problem.names)) if start is None else np.asarray(start, dtype=float)
    gamma = to_symmetric(np.linalg.solve(columns, coef.reshape(model.free, width).T).T).ravel()
    lr = plan.learning_rate(problem, coef, plan.coordinates(problem))
    layer = Network(tuple(f"x{j}" for j in range(width)), (), Multinomial(model.labels))
    inner = problem.in_coordinates(columns) if plan.standardize else problem
    for update, flat, _ in framework.steps(layer, inner, gamma, plan.name, lr, schedule, size, plan.seed):
        yield Step(update, (to_baseline(flat.reshape(-1, width)) @ columns.T).ravel())
        if inner is not problem:
            problem.passes, inner.passes = problem.passes + inner.passes, 0.0
