"""Make all updates, or stop early where rows held out no longer gain."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan

import numpy as np

from glmnn.arrays import Array
from glmnn.data.dataset import Dataset
from glmnn.models.model import Model
from glmnn.problem.problem import Problem
from glmnn.solvers.steps import Step
from glmnn.solvers.stopping import Clock, Judge, Look, Status

STILL = 1e-9  # largest component of the gradient of half the mean deviance at a stationary point


@dataclass(frozen=True)
class HeldOut:
    """Make all updates, or stop early where rows held out no longer gain: the rule of networks.

    A network has neither a unique maximum nor standard errors. A run ends as converged at a stationary point and as
    finished where it stopped early; with rows held out the best state is reported, not the last.

    Attributes
    ----------
    data : Dataset or None
        The rows held out; None makes all updates.
    patience : int
        Looks without a better deviance of those rows after which to stop.
    every : int
        Updates from one look to the next.
    max_iter : int or None
        Updates to make; None leaves it to the solver.
    """

    data: Dataset | None
    patience: int = 20
    every: int = 1
    max_iter: int | None = None

    def judge(self, problem: Problem[Model], limit: int, clock: Clock) -> Judge:
        """Return a judge that looks at the deviances alone."""
        return _ByHeldOut(self, problem, limit, clock)


class _ByHeldOut(Judge):
    def __init__(self, rule: HeldOut, problem: Problem[Model], limit: int, clock: Clock) -> None:
        self.clock, self.looks = clock, []
        self.rule, self.problem, self.limit = rule, problem, limit
        self.kept, self.lowest = Step(0, np.zeros(0)), inf

    def due(self, step: Step) -> bool:
        return step.iteration % self.rule.every == 0 or step.iteration == self.limit

    def ahead(self, iteration: int, _share: float) -> int:
        every = self.rule.every
        return max(1, min(every - iteration % every, self.limit - iteration))

    def look(self, step: Step) -> Status | None:
        out = self.rule.data
        deviance = self._deviance(step.coef, self.problem.data)
        held_out = nan if out is None else self._deviance(step.coef, out) / out.rows
        self.looks.append(Look(step.iteration, deviance, nan, self.clock.seconds, held_out))
        if len(self.looks) == 1:
            self.kept = step
        elif not np.isfinite(deviance):
            return Status.DIVERGED
        if out is None or held_out < self.lowest:
            self.kept, self.lowest = step, held_out
        elif step.iteration - self.kept.iteration >= self.rule.patience * self.rule.every:
            return Status.FINISHED
        if step.iteration >= self.limit:
            worse = out is None and deviance > self.looks[0].deviance * (1 + 1e-9)
            return Status.DIVERGED if worse else Status.ITERATION_LIMIT
        still = step.score is not None and np.max(np.abs(step.score)) / self.problem.rows <= STILL
        return Status.CONVERGED if still else None

    def best(self, last: Step, status: Status) -> Step:
        return last if status is Status.INTERRUPTED and self.rule.data is None else self.kept

    def _deviance(self, coef: Array, data: Dataset) -> float:
        return float(data.sum(self.problem.model.deviance, coef))
