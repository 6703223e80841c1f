"""The steps of an update rule on the loss of a network, here or in a framework."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from math import cos, pi

import numpy as np

from glmnn.arrays import Array
from glmnn.models.network import Network
from glmnn.problem.problem import Problem
from glmnn.solvers.descent import full_batch, mini_batch, one_by_one
from glmnn.solvers.external.library import guarded
from glmnn.solvers.rule_options import rule_of
from glmnn.solvers.steps import Ahead, InStretches, Step, Stretch
from glmnn.solvers.updates import SCHEDULES, Schedule, adam_hat, scheduled


@dataclass(frozen=True)
class Backpropagation:
    """A solver of networks; problems are in the units of the training.

    Attributes
    ----------
    name : str
        One of `glmnn.solvers.updates.UPDATES`.
    lr : float
        Learning rate on the gradient of the mean loss.
    share : float
        Mean loss = share * deviance / rows.
    schedule : str
        One of `glmnn.solvers.updates.SCHEDULES`, or another word for a cosine down to 0 at the last update.
    batch : int or None
        Rows of a mini-batch; None for all of them.
    epoch : int
        Updates of a pass over the rows.
    max_iter : int
        Updates to make.
    seed : int
        Seeds the order of the mini-batches.
    framework : str
        ``torch``, ``lightning`` or ``keras`` to take the steps there; empty for here.
    floor_inside : bool
        Adam as Keras has it.
    """

    name: str
    lr: float
    share: float
    schedule: str
    batch: int | None
    epoch: int
    max_iter: int
    seed: int
    framework: str = ""
    floor_inside: bool = False
    stops_itself: bool = False

    def twin(self) -> Backpropagation:
        """Return the loop here that a framework mirrors; Keras' Adam has its floor in another place."""
        return replace(self, framework="", floor_inside=self.framework == "keras" and rule_of(self.name).scale_free)

    def steps(self, problem: Problem[Network], start: Array | None) -> Iterator[Step]:
        """Yield the state after each update, the starting point first; with the score where all rows make a batch."""
        assert start is not None
        return InStretches(partial(self._stretches, problem, start))

    def _stretches(self, problem: Problem[Network], start: Array, ahead: Ahead) -> Iterator[Stretch]:
        # the gradient is that of half the mean deviance
        rate = self.lr * (1.0 if rule_of(self.name).scale_free else 2.0 * self.share)
        falling = SCHEDULES[self.schedule](self.epoch) if self.schedule in SCHEDULES else to_the_end(self.max_iter)
        if self.framework:
            steps = _steps_of(self.framework)
            taken = steps(problem.model, problem, start, self.name, rate, falling, self.batch, self.seed)
            return one_by_one(guarded((Step(update, coef) for update, coef, _ in taken), self.framework), problem)
        rule = adam_hat(rate) if self.floor_inside else rule_of(self.name)(rate)
        if self.schedule != "constant":
            rule = scheduled(rule, falling)
        if self.batch is None:
            return full_batch(problem, start, rule, ahead)
        return mini_batch(problem, start, rule, self.batch, np.random.default_rng(self.seed), ahead)


def _steps_of(framework: str) -> Callable[..., Iterator[tuple[int, Array, None]]]:
    if framework == "torch":
        from glmnn.solvers.external.torch_network import network_steps
    elif framework == "lightning":
        from glmnn.solvers.external.lightning_network import network_steps
    else:
        from glmnn.solvers.external.keras_network import network_steps
    return network_steps


def to_the_end(limit: int) -> Schedule:
    """Return half a cosine from 1 to 0 at the last of so many updates."""
    return lambda update: 0.5 * (1.0 + cos(pi * min(update / limit, 1.0)))
