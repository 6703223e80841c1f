"""Train a network: update rule, mini-batches, schedule, early stopping on rows held out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import NamedTuple

import numpy as np

from glmnn.arrays import Array, Index
from glmnn.data.dataset import InMemory
from glmnn.errors import DataError, OptionError, option
from glmnn.kernels.threads import one_thread
from glmnn.models.evaluation import FirstOrder
from glmnn.models.network import Network
from glmnn.networks.backpropagation import Backpropagation
from glmnn.networks.rates import make_solver
from glmnn.networks.settings import Training
from glmnn.networks.standardise import Units, as_given, units_of
from glmnn.problem.problem import Problem
from glmnn.solvers.loop import fit
from glmnn.solvers.stopping import Look, Status
from glmnn.solvers.stopping.held_out import HeldOut

LOOKS = 500  # at the loss in a run
RETRIES = 6  # at a quarter of the rate, when the automatic one diverges


class Ending(Enum):
    """How training ended; the value is the sentence for people."""

    DONE = "all updates made"
    EARLY = "stopped early"
    STATIONARY = "stationary point"
    DIVERGED = "diverged"
    INTERRUPTED = "interrupted"


ENDINGS = {
    Status.ITERATION_LIMIT: Ending.DONE,
    Status.FINISHED: Ending.EARLY,
    Status.CONVERGED: Ending.STATIONARY,
    Status.DIVERGED: Ending.DIVERGED,
    Status.INTERRUPTED: Ending.INTERRUPTED,
}


class Loss(NamedTuple):
    """The mean loss after so many updates."""

    update: int
    loss: float  # over the rows trained on
    held_out: float  # over the rows held out; nan without


Watch = Callable[[Loss, int, int], None]  # a look, updates to make, updates in an epoch


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
    epoch : int
        Updates in one pass over the rows trained on.
    looks : tuple of Loss
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
    epoch: int
    looks: tuple[Loss, ...]
    held: Index = field(repr=False)


def train(network: Network, data: InMemory, training: Training, watch: Watch | None = None) -> Trained:
    """Train a network on a data set.

    Parameters
    ----------
    network : Network
    data : InMemory
    training : Training
    watch : callable, optional
        Told of each look at the loss, of the updates to make and of those in an epoch.

    Raises
    ------
    DataError
        If no row is left to train on, or to hold out.
    UsageError
        If a framework cannot be loaded, or fails.
    """
    # overflow in a hot loop means divergence, which the looks see
    with np.errstate(all="ignore"), one_thread():
        held, units, inner, out, start, solver = prepare(network, data, training)
        rule = HeldOut(out, training.patience, every=max(solver.epoch, solver.max_iter // LOOKS))
        size, share = units.size**2, training.share

        def loss_of(look: Look) -> Loss:
            # squared errors of a standardised response, in the response's own units again
            held_out = size * (share * look.held_out)
            return Loss(look.iteration, size * (share * look.deviance / inner.rows), held_out)

        def tell(look: Look, limit: int) -> None:
            if watch is not None:
                watch(loss_of(look), limit, solver.epoch)

        for _ in range(RETRIES):
            run = fit(Problem(network, inner), solver, rule, start, tell, path_length=2)
            if run.status is not Status.DIVERGED or training.lr is not None:
                break
            solver = replace(solver, lr=solver.lr / 4.0)
    if run.status not in ENDINGS:  # the framework is broken
        raise OptionError("solver", f"{training.framework} cannot train this network: {run.reason}")
    return Trained(
        network,
        units.to_data(network, run.coef),
        ENDINGS[run.status],
        updates=run.iterations,
        kept=int(run.path_iterations[-1]),
        passes=run.passes,
        seconds=run.seconds,
        lr=solver.lr,
        batch=solver.batch,
        schedule=solver.schedule,
        epoch=solver.epoch,
        looks=tuple(map(loss_of, run.looks)),
        held=held,
    )


class Prepared(NamedTuple):
    """A training laid out, in its own units."""

    held: Index  # rows of the data that early stopping looks at
    units: Units
    inner: InMemory  # rows trained on
    out: InMemory | None  # rows held out
    start: Array
    solver: Backpropagation


def prepare(network: Network, data: InMemory, training: Training) -> Prepared:
    """Lay a training out: rows, units, start, rate and batches."""
    held = held_rows(data, training, np.random.default_rng([training.seed, 1]))
    kept = np.delete(np.arange(data.rows), held)
    units = units_of(network, data.whole.rows(kept)) if training.standardize else as_given(network)
    inner = _rows_of(data, kept, units)
    out = _rows_of(data, held, units) if held.size else None
    start = _start(network, inner, units, training)
    return Prepared(held, units, inner, out, start, make_solver(network, inner, start, training))


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
        raise DataError(
            f"{option('holdout')} {training.holdout:g} of {data.rows} rows leaves none to train on or to hold out"
        )
    return np.sort(rng.permutation(data.rows)[:size])


def total(network: Network, coef: Array, data: InMemory) -> FirstOrder:
    """Return deviance and score of the network over all rows."""
    return Problem(network, data).first_order(coef)


def _rows_of(data: InMemory, rows: Index, units: Units) -> InMemory:
    block = units.block(data.whole.rows(rows))
    return InMemory(data.names, block._replace(X=np.ascontiguousarray(block.X)))


def _start(network: Network, inner: InMemory, units: Units, training: Training) -> Array:
    if isinstance(training.start, str):
        return network.init(training.seed, training.start, inner.whole)
    return units.to_inner(network, np.array(training.start, dtype=float))
