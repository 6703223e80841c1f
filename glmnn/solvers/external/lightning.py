"""The same neuron in Lightning: a LightningModule around PyTorch's neuron, trained by a Trainer that writes nothing."""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from glmnn.arrays import Array
from glmnn.problem.problem import Problem
from glmnn.solvers.external.framework import PreparedRun, Rows, prepare
from glmnn.solvers.external.library import LIGHTNING, Declined, guarded, imported
from glmnn.solvers.external.torch import Neuron, mean_loss
from glmnn.solvers.external.torch_parts import one_thread
from glmnn.solvers.gradient import Gradient, decaying_means
from glmnn.solvers.steps import Step

FIRST_STRETCH, LONGEST_STRETCH = 50, 2_000  # updates that the Trainer makes before anybody looks


@dataclass(frozen=True)
class Lightning:
    """Gradient descent by a Trainer, in stretches that grow, since a Trainer cannot be stopped from outside.

    Attributes
    ----------
    plan : Gradient
        The hand-written neuron that it mirrors: rule, rate, batches and their order, coordinates.
    """

    name: str = "lightning"
    plan: Gradient = field(default_factory=Gradient)
    max_iter: int = 100_000
    stops_itself: bool = False

    def load(self) -> None:
        """Import Lightning."""
        with _silence():
            imported("lightning")

    def twin(self) -> Gradient:
        """Return the hand-written neuron whose trajectory this is."""
        return self.plan

    def steps(self, problem: Problem, start: Array | None = None) -> Iterator[Step]:
        """Yield the state after each update, the starting point first; the time is that of whole stretches."""
        self.load()
        steps = guarded(self._steps(problem, start), LIGHTNING.title)
        return decaying_means(steps) if self.plan.average else steps

    def _steps(self, problem: Problem, start: Array | None) -> Iterator[Step]:
        course = prepare(problem, start, self.plan)
        if course.lr is None:
            raise Declined("no constant rate is safe for this model, and a Trainer takes back no step: give --lr")
        neuron = Neuron(course, course.lr)
        stream = _Stream(course, neuron)
        yield Step(0, course.coef(course.gamma))
        done, stretch = 0, min(FIRST_STRETCH, self.max_iter)
        while True:
            with one_thread(problem), _silence():
                states = _train(neuron, stream, done, stretch, course)
            share, course.inner.passes = course.inner.passes / len(states), 0.0
            for state in states:
                done += 1
                problem.passes += share
                yield Step(done, course.coef(state))
            stretch = min(2 * stretch, LONGEST_STRETCH)


def _train(neuron: Neuron, stream: _Stream, done: int, updates: int, course: PreparedRun) -> list[Array]:
    """Let a Trainer make so many updates from where the neuron is, and return the state after each."""
    import lightning
    import torch

    states: list[Array] = []

    class Recorder(lightning.Callback):  # type: ignore[misc]
        def on_train_batch_end(self, *_given: Any) -> None:
            states.append(neuron.gamma())

    class Module(lightning.LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.net = neuron.net

        def training_step(self, batch: Any, _place: int) -> Any:
            rows, lr = batch
            for group in neuron.optimizer.param_groups:
                group["lr"] = lr
            return mean_loss(self.net, neuron.loss, rows)

        def configure_optimizers(self) -> Any:
            return neuron.optimizer  # the same in every stretch, so that it keeps its velocity

    class Batches(torch.utils.data.IterableDataset):  # type: ignore[misc]
        def __iter__(self) -> Iterator[Any]:
            for place in range(done, done + updates):
                rows, factor = stream.at(place)
                yield neuron.batch(rows), (course.lr or 0.0) * factor

    with tempfile.TemporaryDirectory() as nowhere:
        trainer = lightning.Trainer(
            accelerator="cpu",
            devices=1,
            max_steps=updates,
            max_epochs=-1,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            callbacks=[Recorder()],
            default_root_dir=nowhere,
        )
        try:
            trainer.fit(Module(), torch.utils.data.DataLoader(Batches(), batch_size=None))
        except SystemExit:
            raise KeyboardInterrupt from None  # how a Trainer ends on Ctrl-C
    if not states:
        raise Declined("the Trainer made no step")
    return states


class _Stream:
    """The batches of a course by number, each kept until the next stretch has begun."""

    def __init__(self, course: PreparedRun, neuron: Neuron) -> None:
        self.batches, self.neuron = enumerate(course.batches()), neuron
        self.last: tuple[int, tuple[Rows, float]] | None = None

    def at(self, place: int) -> tuple[Rows, float]:
        while self.last is None or self.last[0] < place:
            self.last = next(self.batches)
        return self.last[1]


@contextmanager
def _silence() -> Iterator[None]:
    """Keep warnings and notices, advertisements among them, off the screen."""
    loggers = [logging.getLogger(name) for name in ("lightning", "lightning.pytorch", "lightning.fabric")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
