"""Train a network: update rule, mini-batches, schedule, early stopping on rows held out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import count
from math import cos, inf, nan, pi
from time import perf_counter
from typing import NamedTuple, cast

import numpy as np

from glmnn.arrays import Array, Index
from glmnn.data.dataset import InMemory
from glmnn.errors import DataError
from glmnn.kernels.threads import one_thread
from glmnn.models.evaluation import FirstOrder
from glmnn.models.glm import GLM
from glmnn.models.network import Network
from glmnn.networks.standardise import Units, as_given, units_of
from glmnn.problem.problem import Problem
from glmnn.solvers.updates import SCHEDULES, UPDATES, Schedule, Update, scheduled

FEW_ROWS = 512  # up to here all rows make a batch unless asked otherwise
BATCH = 64  # beyond
UPDATES_MADE, EPOCHS_MADE = 5_000, 20  # at least, unless --max-iter says otherwise
LOOKS = 500  # at the loss in a run
SCALE_FREE_RATE = 0.03  # of rules whose steps have the size of the rate whatever the curvature
POWER_STEPS, PROBE = 12, 1e-4
RETRIES = 6  # at a quarter of the rate, when the automatic one diverges
STILL = 1e-9  # largest component of the gradient of the mean loss at a stationary point


class Ending(Enum):
    """How training ended; the value is the sentence for people."""

    DONE = "all updates made"
    EARLY = "stopped early"
    STATIONARY = "stationary point"
    DIVERGED = "diverged"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class Training:
    """How a network is trained.

    Attributes
    ----------
    rule : str
        One of `glmnn.solvers.updates.UPDATES`.
    lr : float or None
        Learning rate on the gradient of the mean loss, in the units of the training. None takes 0.03 for Adam, for the
        other rules half the inverse of the largest curvature at the start, a quarter of it again if that diverges.
    batch_size : int or None
        Rows in a mini-batch; None for all of them up to 512 rows, 64 beyond (sgd: 32 always).
    schedule : str
        One of `glmnn.solvers.updates.SCHEDULES`, over epochs, or auto: cosine down to 0 at the last update for an
        automatic rate, constant for a given one.
    standardize : bool
        Train on standardised features (and a standardised gaussian response); parameters are reported for the data's
        own units all the same.
    max_iter : int or None
        Updates; None for 5,000, and 20 epochs at the least.
    holdout : float
        Part of the rows that early stopping looks at; 0 for no early stopping.
    patience : int
        Looks without a better loss on those rows after which training stops.
    seed : int
        Seeds weights, mini-batches and the rows held out.
    start : str or ndarray
        A kind of `Network.init`, or parameters in the data's units.
    share : float
        Mean loss = share * deviance / rows.
    framework : str
        ``torch`` or ``keras`` to take the steps there, with the same start, rates and batches; empty for the loop here.
    """

    rule: str = "adam"
    lr: float | None = None
    batch_size: int | None = None
    schedule: str = "auto"
    standardize: bool = True
    max_iter: int | None = None
    holdout: float = 0.0
    patience: int = 20
    seed: int = 0
    start: str | Array = "auto"
    share: float = 0.5
    framework: str = ""


class Look(NamedTuple):
    """The mean loss after so many updates."""

    update: int
    loss: float  # over the rows trained on
    held_out: float  # over the rows held out; nan without


Watch = Callable[[Look, int], None]  # told of each look and of the number of updates to make


@dataclass(frozen=True)
class Trained:
    """A trained network.

    Attributes
    ----------
    network : Network
    coef : ndarray of shape (size,)
        Parameters for the data's own units: the last ones, or with early stopping the best ones.
    ending : Ending
    updates : int
        Simulated in all.
    kept : int
        After how many of them the parameters were kept.
    passes : float
        Over the rows trained on.
    seconds : float
    lr : float
        Learning rate used.
    batch : int or None
        Rows of a mini-batch.
    schedule : str
    looks : tuple of Look
    held : ndarray of int
        Rows held out.
    """

    network: Network
    coef: Array
    ending: Ending
    updates: int
    kept: int
    passes: float
    seconds: float
    lr: float
    batch: int | None
    schedule: str
    looks: tuple[Look, ...]
    held: Index = field(repr=False)


def train(network: Network, data: InMemory, training: Training, watch: Watch | None = None) -> Trained:
    """Train a network on a data set.

    Raises
    ------
    DataError
        If no row is left to train on, or to hold out.
    """
    held = held_rows(data, training, np.random.default_rng([training.seed, 1]))
    kept = np.delete(np.arange(data.rows), held)
    units = units_of(network, data.whole.rows(kept)) if training.standardize else as_given(network)
    inner = _rows_of(data, kept, units)
    out = _rows_of(data, held, units) if held.size else None
    # overflow in a hot loop means divergence, which the looks see
    with np.errstate(all="ignore"), one_thread():
        start = _start(network, inner, units, training)
        lr = training.lr or _automatic_rate(network, inner, start, training)
        for _ in range(RETRIES):
            found = _Run(network, inner, out, training, lr, watch).descend(start)
            if found.ending is not Ending.DIVERGED or training.lr is not None:
                break
            lr /= 4.0
        # squared errors of a standardised response, in the response's own units again
        looks = tuple(Look(update, *(units.size**2 * loss for loss in losses)) for update, *losses in found.looks)
        return replace(found, coef=units.to_data(network, found.coef), held=held, looks=looks)


def held_rows(data: InMemory, training: Training, rng: np.random.Generator) -> Index:
    """Return the rows that early stopping looks at, in order.

    Raises
    ------
    DataError
        If the rows are too few for it.
    """
    size = round(training.holdout * data.rows)
    if training.holdout == 0.0:
        return np.zeros(0, dtype=np.intp)
    if not 0 < size < data.rows:
        raise DataError(f"--holdout {training.holdout:g} of {data.rows} rows leaves none to train on or to hold out")
    return np.sort(rng.permutation(data.rows)[:size])


def total(network: Network, coef: Array, data: InMemory) -> FirstOrder:
    """Return deviance and score of the network over all rows."""
    return problem_of(network, data).first_order(coef)


def problem_of(network: Network, data: InMemory) -> Problem:
    """Return the sums over the rows; of a GLM they need no more than a network has, deviance and score."""
    return Problem(cast(GLM, network), data)


def _rows_of(data: InMemory, rows: Index, units: Units) -> InMemory:
    block = units.block(data.whole.rows(rows))
    return InMemory(data.names, block._replace(X=np.ascontiguousarray(block.X)))


def _start(network: Network, inner: InMemory, units: Units, training: Training) -> Array:
    if isinstance(training.start, str):
        return network.init(training.seed, training.start, inner.whole)
    return units.to_inner(network, np.array(training.start, dtype=float))


def _automatic_rate(network: Network, data: InMemory, start: Array, training: Training) -> float:
    """Return a rate that is stable at the start: half the inverse of the largest curvature there."""
    if UPDATES[training.rule].scale_free:
        return SCALE_FREE_RATE
    problem, rng = problem_of(network, data), np.random.default_rng(training.seed)
    direction, curvature = rng.standard_normal(start.size), 1.0
    for _ in range(POWER_STEPS):
        direction /= np.linalg.norm(direction)
        bent = problem.score(start - PROBE * direction) - problem.score(start + PROBE * direction)
        direction = bent / (2.0 * PROBE * data.rows)
        curvature = float(np.linalg.norm(direction))
        if not 0.0 < curvature < inf:
            return 0.1
    return 0.5 / (curvature * 2.0 * training.share)


class _Run:
    """One descent from one start at one rate."""

    def __init__(
        self, network: Network, data: InMemory, out: InMemory | None, training: Training, lr: float, watch: Watch | None
    ) -> None:
        self.network, self.data, self.out, self.training, self.lr, self.watch = network, data, out, training, lr, watch
        self.batch = _batch(training, data.rows)
        self.epoch = -(-data.rows // (self.batch or data.rows))
        self.limit = training.max_iter or max(UPDATES_MADE, EPOCHS_MADE * self.epoch)
        self.every = max(self.epoch, self.limit // LOOKS)
        self.schedule = training.schedule
        if self.schedule == "auto":
            self.schedule = "cosine to the end" if training.lr is None else "constant"
        self.looks: list[Look] = []

    def descend(self, start: Array) -> Trained:
        """Return the network at the end of the descent, in the units of the training."""
        problem, began = problem_of(self.network, self.data), perf_counter()
        coef, best, best_at, best_loss, ending = start, start, 0, inf, Ending.DONE
        update = 0
        try:
            for update, coef, gradient in self._steps(problem, start):
                if update % self.every and update != self.limit:
                    continue
                look = self._look(update, coef)
                if not np.isfinite(look.loss) and update:
                    ending = Ending.DIVERGED
                    break
                if self.out is None or look.held_out < best_loss:
                    best, best_at, best_loss = coef, update, look.held_out
                elif update - best_at >= self.training.patience * self.every:
                    ending = Ending.EARLY
                    break
                if update >= self.limit:
                    break
                if gradient is not None and np.max(np.abs(gradient)) <= STILL:
                    ending = Ending.STATIONARY
                    break
        except KeyboardInterrupt:
            ending = Ending.INTERRUPTED
            if self.out is None:
                best, best_at = coef, update
        if ending is Ending.DONE and self.out is None and self.looks[-1].loss > self.looks[0].loss * (1 + 1e-9):
            ending = Ending.DIVERGED
        return Trained(
            self.network, best, ending, update, best_at, problem.passes, perf_counter() - began, self.lr, self.batch,
            self.schedule, tuple(self.looks), np.zeros(0, dtype=np.intp),
        )  # fmt: skip

    def _steps(self, problem: Problem, coef: Array) -> Iterator[tuple[int, Array, Array | None]]:
        """Yield updates made, parameters, and on all rows the gradient of half the mean deviance there."""
        if self.training.framework:
            yield from self._elsewhere(problem, coef)
            return
        rule = self._rule()
        state = rule.init(coef)
        if self.batch is None:
            for update in count():
                gradient = problem.score(coef) / -problem.rows
                yield update, coef, gradient
                change, state = rule.apply(gradient, state)
                coef = coef + change
        score = self.network.score
        batches = problem.minibatches(self.batch or problem.rows, np.random.default_rng(self.training.seed))
        for update, block in enumerate(batches):
            yield update, coef, None
            change, state = rule.apply(score(coef, block) / -block.y.size, state)
            coef = coef + change

    def _elsewhere(self, problem: Problem, coef: Array) -> Iterator[tuple[int, Array, Array | None]]:
        if self.training.framework == "torch":
            from glmnn.solvers.external.torch_network import network_steps
        else:
            from glmnn.solvers.external.keras_network import network_steps

        run, rate = self.training, self.lr * self._share()
        yield from network_steps(
            self.network, problem, coef, run.rule, rate, self._falling(), self.batch, run.seed
        )  # fmt: skip

    def _share(self) -> float:
        # the gradient is that of half the mean deviance
        return 1.0 if UPDATES[self.training.rule].scale_free else 2.0 * self.training.share

    def _falling(self) -> Schedule:
        return SCHEDULES[self.schedule](self.epoch) if self.schedule in SCHEDULES else to_the_end(self.limit)

    def _rule(self) -> Update:
        rule = UPDATES[self.training.rule](self.lr * self._share())
        return rule if self.schedule == "constant" else scheduled(rule, self._falling())

    def _look(self, update: int, coef: Array) -> Look:
        share, held_out = self.training.share, nan
        loss = share * _deviance(self.network, coef, self.data) / self.data.rows
        if self.out is not None:
            held_out = share * _deviance(self.network, coef, self.out) / self.out.rows
        look = Look(update, loss, held_out)
        self.looks.append(look)
        if self.watch is not None:
            self.watch(look, self.limit)
        return look


def _batch(training: Training, rows: int) -> int | None:
    """Return the rows of a mini-batch, None when that is all of them."""
    size = training.batch_size
    if size is None:
        size = UPDATES[training.rule].batch_size or (rows if rows <= FEW_ROWS else BATCH)
    return None if size >= rows else size


def to_the_end(limit: int) -> Schedule:
    """Return half a cosine from 1 to 0 at the last of so many updates."""
    return lambda update: 0.5 * (1.0 + cos(pi * min(update / limit, 1.0)))


def _deviance(network: Network, coef: Array, data: InMemory) -> float:
    return sum(network.deviance(coef, block) for block in data.blocks())
