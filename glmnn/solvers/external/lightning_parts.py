"""Trainers that take the steps of a loop here: they write nothing, say nothing, and keep the optimiser's memory."""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from glmnn.arrays import Array
from glmnn.models.model import Model
from glmnn.problem.problem import Problem
from glmnn.solvers.external.framework import Batches
from glmnn.solvers.external.library import Declined
from glmnn.solvers.external.torch_network import TorchNetwork
from glmnn.solvers.external.torch_parts import one_thread

FIRST_STRETCH, LONGEST_STRETCH = 50, 2_000  # updates that a Trainer makes before anybody looks
MOST_NUMBERS = 1_000_000  # of the states of a stretch


def in_stretches(
    network: TorchNetwork, batches: Batches, problem: Problem[Model], limit: int = FIRST_STRETCH
) -> Iterator[Array]:
    """Yield the parameters at the start and after each update, for ever.

    A Trainer cannot be stopped from outside, so it trains in stretches, which grow.

    Parameters
    ----------
    network : TorchNetwork
    batches : iterator of (batch, learning rate)
        In their order; none is lost between two stretches.
    problem : Problem
        Counts the passes of the batches; those of a stretch are charged evenly to its updates.
    limit : int
        Updates of the first stretch at most.
    """
    yield network.flat()
    stream, done, stretch = _Stream(batches), 0, min(FIRST_STRETCH, limit)
    while True:
        before = problem.passes
        with one_thread(problem), silence():
            seen = trained(network, stream.numbered(done, done + stretch), stretch)
        share, problem.passes = (problem.passes - before) / len(seen), before
        for state in seen:
            problem.passes += share
            yield state
        done += len(seen)
        stretch = max(1, min(2 * stretch, LONGEST_STRETCH, MOST_NUMBERS // seen[0].size))


def trained(network: TorchNetwork, batches: Batches, updates: int) -> list[Array]:
    """Let a Trainer make so many updates, and return the parameters after each."""
    import lightning
    import torch

    seen: list[Array] = []

    class Recorder(lightning.Callback):  # type: ignore[misc]
        def on_train_batch_end(self, *_given: Any) -> None:
            seen.append(network.flat())

    class Module(lightning.LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.net = network.net

        def training_step(self, batch: Any, _place: int) -> Any:
            rows, lr = batch
            network.set_rate(lr)
            return network.mean_loss(rows)

        def configure_optimizers(self) -> Any:
            return network.optimizer  # the same in every stretch, so that it keeps its velocity

    class Batches(torch.utils.data.IterableDataset):  # type: ignore[misc]
        def __iter__(self) -> Iterator[Any]:
            return batches

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
            # rows go to the module as they are
            trainer.fit(Module(), torch.utils.data.DataLoader(Batches(), batch_size=None, collate_fn=_as_is))
        except SystemExit:
            raise KeyboardInterrupt from None  # how a Trainer ends on Ctrl-C
    if not seen:
        raise Declined("the Trainer made no step")
    return seen


def _as_is(batch: Any) -> Any:
    return batch


class _Stream:
    """Batches by number, each kept until a later one is asked for: a Trainer fetches one more than it trains on."""

    def __init__(self, batches: Batches) -> None:
        self.batches = enumerate(batches)
        self.last: tuple[int, tuple[Any, float]] | None = None

    def numbered(self, first: int, end: int) -> Iterator[tuple[Any, float]]:
        for place in range(first, end):
            while self.last is None or self.last[0] < place:
                self.last = next(self.batches)
            yield self.last[1]


@contextmanager
def silence() -> Iterator[None]:
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
