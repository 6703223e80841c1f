"""The hand-written neuron: forward pass, loss, backward pass and an update rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.engines.tree import Top
from glmnn.models.evaluation import FirstOrder
from glmnn.problem.penalty import Ridge
from glmnn.problem.problem import Problem
from glmnn.solvers.descent import averaged, full_batch, mini_batch, one_by_one, row_by_row
from glmnn.solvers.rule_options import rule_of
from glmnn.solvers.scaling import standardising
from glmnn.solvers.steps import Ahead, InStretches, Step, Stretch
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

    def steps(self, problem: Problem, start: Array | None = None) -> InStretches:
        """Yield the state after each update, the starting point first."""
        return InStretches(partial(self._stretches, problem, start))

    def _stretches(self, problem: Problem, start: Array | None, ahead: Ahead) -> Iterator[Stretch]:
        stretches = self._iterates(problem, start, ahead)
        return averaged(stretches) if self.average else stretches

    def _iterates(self, problem: Problem, start: Array | None, ahead: Ahead) -> Iterator[Stretch]:
        coef = np.array(start if start is not None else starting_coef(problem), dtype=float)
        to_data, batch = self.coordinates(problem), self.batch(problem.rows)
        bounded = has_bound(problem) and not self.rule.scale_free
        if batch is None and self.lr is None and not bounded:
            return one_by_one(self._backtracking(problem, coef, to_data), problem)
        lr = self.learning_rate(problem, coef, to_data)
        rng = np.random.default_rng(self.seed)
        rule = self._rule(lr, to_data, epoch=-(-problem.rows // (batch or problem.rows)))
        plain = batch == 1 and problem.penalty is None and problem.model.outputs == 1
        if plain and rule.form is not None and rule.form.kind == "GD":
            return row_by_row(problem, coef, rule, rule.form, rng, ahead)
        if batch is None:
            return full_batch(problem, coef, rule, ahead, problem.scorer())
        return mini_batch(problem, coef, rule, batch, rng, ahead)

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
            yield Step(iteration, coef, current.score, None, current.deviance)
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


def _longest_row(columns: Array, block: Block) -> Top:
    """Return the largest squared length of a row in the coordinates of the columns."""
    return Top(float((np.abs(block.X @ columns) ** 2).sum(axis=1).max()))


def _largest_eigenvalue(mean_information: Array, to_data: Array) -> float:
    largest = float(np.linalg.eigvalsh(to_data.T @ mean_information @ to_data)[-1])
    return largest if largest > 0 else 1.0


def rises(trial: FirstOrder, current: FirstOrder) -> bool:
    """Say whether the deviance rises; rounding of a sum as large as the deviance is not a rise."""
    return not trial.deviance <= current.deviance + 1e-13 * abs(current.deviance)
