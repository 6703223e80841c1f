"""The hand-written neuron: forward pass, loss, backward pass and an update rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.engines.tree import Top
from glmnn.models.evaluation import FirstOrder
from glmnn.models.model import Model
from glmnn.problem.penalty import Ridge
from glmnn.problem.problem import Problem
from glmnn.solvers.rule_options import rule_of
from glmnn.solvers.scaling import standardising
from glmnn.solvers.steps import Step
from glmnn.solvers.updates import SCHEDULES, Update, UpdateRule, in_coordinates, scheduled

SMALLEST_FACTOR = 2.0**-40  # backtracking gives up below this part of the first learning rate


@dataclass(frozen=True)
class Gradient:
    """Gradient descent on the mean loss, deviance / 2 / rows, by any update rule.

    Attributes
    ----------
    name : str
        One of `glmnn.solvers.updates.UPDATES`, options in brackets behind it.
    lr : float or None
        Learning rate on the gradient of the mean loss. None takes the largest rate that is stable for these data:
        1 / L where the curvature has the bound L, backtracking from 1 / (curvature here) where it has none.
    batch_size : int or None
        Rows in a mini-batch; None for all of them.
    schedule : str
        One of `glmnn.solvers.updates.SCHEDULES`, over epochs.
    average : bool
        Report a mean of the iterates (Polyak & Juditsky, 1992) that forgets the early ones.
    standardize : bool
        Run the rule on standardised columns; coefficients are in the data's own units all the same.
    seed : int
        Seeds the order of the mini-batches.
    update : callable or None
        The rule itself, as learning rate -> rule, where it is not that of the name.
    weight_decay : float
        Times the coefficients, added to the gradient of the mean loss as PyTorch's optimisers do: an L2 penalty of
        weight_decay times the number of rows, on the intercept too.
    """

    name: str = "gd"
    lr: float | None = None
    batch_size: int | None = None
    schedule: str = "constant"
    average: bool = False
    standardize: bool = True
    seed: int = 0
    max_iter: int = 100_000  # updates
    stops_itself: bool = False
    update: Callable[[float], Update] | None = None
    weight_decay: float = 0.0

    @property
    def rule(self) -> UpdateRule:
        """The update rule of that name, with the options in brackets behind it."""
        return rule_of(self.name)

    def own(self, problem: Problem) -> Problem:
        """Return the problem that it solves: with the penalty that a weight decay is."""
        if not self.weight_decay:
            return problem
        penalty = Ridge(self.weight_decay * problem.rows, (False,) * len(problem.names))
        return Problem(problem.model, problem.data, penalty=penalty)

    def batch(self, rows: int) -> int | None:
        """Return the rows of a mini-batch, None when that is all of them."""
        return None if self.batch_size is None or self.batch_size >= rows else self.batch_size

    def coordinates(self, problem: Problem) -> Array:
        """Return T with coef = T gamma, gamma being what the update rule works on; shape (p, p)."""
        columns = standardising(problem) if self.standardize else np.eye(problem.data.width)
        return problem.model.neuron_coordinates(columns)

    def learning_rate(self, problem: Problem, coef: Array, to_data: Array) -> float:
        """Return the learning rate: as given, or the stable one at `coef`."""
        if self.lr is not None:
            return self.lr
        return self._stable_lr(problem, coef, to_data, self.batch(problem.rows))

    def steps(self, problem: Problem, start: Array | None = None) -> Iterator[Step]:
        """Yield the state after each update, the starting point first."""
        coef = np.array(start if start is not None else starting_coef(problem), dtype=float)
        to_data, batch = self.coordinates(problem), self.batch(problem.rows)
        bounded = has_bound(problem) and not self.rule.scale_free
        if batch is None and self.lr is None and not bounded:
            return self._averaged(self._backtracking(problem, coef, to_data))
        lr = self.learning_rate(problem, coef, to_data)
        alone = batch == 1 and not self.rule.memory and problem.penalty is None
        if alone and problem.model.outputs == 1:
            return self._averaged(self._row_by_row(problem, coef, lr, to_data))
        rule = self._rule(lr, to_data, epoch=-(-problem.rows // (batch or problem.rows)))
        if batch is None:
            return self._averaged(full_batch(problem, coef, rule, problem.scorer()))
        return self._averaged(mini_batch(problem, coef, rule, batch, np.random.default_rng(self.seed)))

    def _rule(self, lr: float, to_data: Array, epoch: int = 1) -> Update:
        rule = (self.update or self.rule)(lr)
        if self.schedule != "constant":
            rule = scheduled(rule, SCHEDULES[self.schedule](epoch))
        return in_coordinates(rule, to_data) if self._turned(to_data) else rule

    def _turned(self, to_data: Array) -> bool:
        """Say whether the coordinates are other than the coefficients themselves."""
        return self.standardize or not np.array_equal(to_data, np.eye(len(to_data)))

    def _stable_lr(self, problem: Problem, coef: Array, to_data: Array, batch: int | None) -> float:
        """Return 1 / L with L the largest curvature a batch can have."""
        if self.rule.default_rates is not None:
            return self.rule.default_rates[0 if batch is None else 1]
        information = problem.bounded_information()
        if information is None:
            information = problem.second_order(coef).information
        largest = _largest_eigenvalue(information / problem.rows, to_data)
        if batch is None:
            return 1.0 / largest
        # a batch of b rows can be as curved as its most extreme row by 1/b: Gower et al. (2019), expected smoothness
        columns = to_data[: problem.data.width, : problem.data.width]
        longest: Top = problem.data.sum(_longest_row, columns)
        extreme = longest.value * (problem.model.curvature_bound or largest)
        problem.passes += 1
        return 1.0 / (2.0 * (largest + extreme / batch))

    def _backtracking(self, problem: Problem, coef: Array, to_data: Array) -> Iterator[Step]:
        """Descend where the curvature has no global bound: a rise of the deviance is taken back.

        The velocity is dropped first (adaptive restart, O'Donoghue & Candes, 2015), then the rate is halved. The rate
        follows the curvature at iterations 1, 2, 4, 8, ...
        """
        factor, restarted = 1.0, True
        lr = self._stable_lr(problem, coef, to_data, None)
        rule = self._rule(lr, to_data)
        state = rule.init(coef)
        current = problem.first_order(coef)
        for iteration in count():
            yield Step(iteration, coef, current.score)
            if iteration & (iteration - 1) == 0 and not self.rule.scale_free:
                lr = self._stable_lr(problem, coef, to_data, None)
                rule = self._rule(factor * lr, to_data)
            change, moved = rule.apply(-current.score / problem.rows, state)
            trial = problem.first_order(coef + change)
            if rises(trial, current):
                state = rule.init(coef)
                if restarted:
                    factor *= 0.5
                    if factor < SMALLEST_FACTOR:
                        return
                    rule = self._rule(factor * lr, to_data)
                restarted = True
                continue
            coef, current, state, restarted = coef + change, trial, moved, False
            if factor < 1.0 and not self.rule.scale_free:
                # one unlucky rise, such as one by rounding, must not slow the rest of the run; Adam's steps keep the
                # size of the rate, so that only a falling rate lets it come to rest
                factor = min(1.0, 1.1 * factor)
                rule = self._rule(factor * lr, to_data)

    def _row_by_row(self, problem: Problem, coef: Array, lr: float, to_data: Array) -> Iterator[Step]:
        """Stochastic gradient descent in the strict sense, one row a step, without the cost of small arrays."""
        rng = np.random.default_rng(self.seed)
        whole, rows = problem.all_rows("a solver of one row a step", "give --solver gd"), problem.rows
        metric = to_data @ to_data.T if self.standardize else None
        schedule = SCHEDULES[self.schedule](rows)
        score_of_one = problem.glm.pointwise.score_of_one
        X, fixed = whole.X, self.schedule == "constant"
        for epoch in count():
            order = rng.permutation(rows)
            values = zip(
                order.tolist(),
                whole.y[order].tolist(),
                whole.prior_weight[order].tolist(),
                whole.offset[order].tolist(),
                strict=True,
            )
            for iteration, (i, y, prior_weight, offset) in enumerate(values, epoch * rows):
                yield Step(iteration, coef)
                x = X[i]
                size = lr * prior_weight * score_of_one(float(x.dot(coef)) + offset, y)
                if not fixed:
                    size *= schedule(iteration)
                coef = coef + size * x if metric is None else coef + size * (metric @ x)
            problem.passes += 1

    def _averaged(self, steps: Iterator[Step]) -> Iterator[Step]:
        return decaying_means(steps) if self.average else steps


def has_bound(problem: Problem) -> bool:
    """Say whether the loss is nowhere more curved than a bound, so that a constant rate is safe."""
    smooth = problem.penalty is None or problem.penalty.smooth
    return problem.model.curvature_bound is not None and smooth


def starting_coef(problem: Problem) -> Array:
    """Return zeros where they are legal and the curvature is bounded, else the coefficients of a constant mean."""
    zeros = np.zeros(len(problem.names))
    if has_bound(problem):
        return zeros
    constant = problem.constant_start()
    legal = np.isfinite(problem.first_order(constant).deviance)
    return constant if legal else zeros


def full_batch(
    problem: Problem[Model], coef: Array, rule: Update, scorer: Callable[[Array], Array] | None = None
) -> Iterator[Step]:
    """Yield the states of an update rule on the mean loss of all rows, whose score `scorer` may have faster."""
    state, rows, score_at = rule.init(coef), problem.rows, scorer or problem.score
    for iteration in count():
        score = score_at(coef)
        yield Step(iteration, coef, score)
        change, state = rule.apply(score / -rows, state)
        coef = coef + change


def mini_batch(
    problem: Problem[Model], coef: Array, rule: Update, size: int, rng: np.random.Generator
) -> Iterator[Step]:
    """Yield the states of an update rule on the mean loss of batches of `size` rows."""
    state, score = rule.init(coef), problem.model.score
    pull = None if problem.penalty is None else problem.penalty.curvature(coef.size) / problem.rows
    for iteration, block in enumerate(problem.minibatches(size, rng)):
        yield Step(iteration, coef)
        gradient = score(coef, block) / -block.y.size
        if pull is not None:  # every batch carries its share of the penalty, as weight decay does
            gradient += pull @ coef
        change, state = rule.apply(gradient, state)
        coef = coef + change


def decaying_means(steps: Iterator[Step]) -> Iterator[Step]:
    """Replace each iterate by a mean that forgets the start: polynomial-decay averaging (Shamir & Zhang, 2013)."""
    mean: Array | float = 0.0
    for step in steps:
        mean = mean + (step.coef - mean) * (4.0 / (step.iteration + 4.0))
        yield Step(step.iteration, np.asarray(mean))


def _longest_row(columns: Array, block: Block) -> Top:
    """Return the largest squared length of a row in the coordinates of the columns."""
    return Top(float((np.abs(block.X @ columns) ** 2).sum(axis=1).max()))


def _largest_eigenvalue(mean_information: Array, to_data: Array) -> float:
    largest = float(np.linalg.eigvalsh(to_data.T @ mean_information @ to_data)[-1])
    return largest if largest > 0 else 1.0


def rises(trial: FirstOrder, current: FirstOrder) -> bool:
    """Say whether the deviance rises; rounding of a sum as large as the deviance is not a rise."""
    return not trial.deviance <= current.deviance + 1e-13 * abs(current.deviance)
