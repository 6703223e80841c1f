"""The learning rate, the batches and the number of updates of a training that does not say."""

from __future__ import annotations

from math import inf

import numpy as np

from glmnn.arrays import Array
from glmnn.data.dataset import InMemory
from glmnn.models.network import Network
from glmnn.networks.backpropagation import Backpropagation
from glmnn.networks.settings import Training
from glmnn.problem.problem import Problem
from glmnn.solvers.rule_options import rule_of

FEW_ROWS = 512  # up to here all rows make a batch unless asked otherwise
BATCH = 64  # beyond
UPDATES_MADE, EPOCHS_MADE = 5_000, 20  # at least, unless --max-iter says otherwise
SCALE_FREE_RATE = 0.03  # of rules whose steps have the size of the rate whatever the curvature
POWER_STEPS, PROBE = 12, 1e-4


def _automatic_rate(network: Network, data: InMemory, start: Array, training: Training) -> float:
    """Return a rate that is stable at the start: half the inverse of the largest curvature there."""
    if rule_of(training.rule).scale_free:
        return SCALE_FREE_RATE
    problem, rng = Problem(network, data), np.random.default_rng(training.seed)
    direction, curvature = rng.standard_normal(start.size), 1.0
    for _ in range(POWER_STEPS):
        direction /= np.linalg.norm(direction)
        bent = problem.score(start - PROBE * direction) - problem.score(start + PROBE * direction)
        direction = bent / (2.0 * PROBE * data.rows)
        curvature = float(np.linalg.norm(direction))
        if not 0.0 < curvature < inf:
            return 0.1
    return 0.5 / (curvature * 2.0 * training.share)


def make_solver(network: Network, data: InMemory, start: Array, training: Training) -> Backpropagation:
    """Return the solver of a training: its rate, batches and number of updates, where they are not given."""
    batch = _batch(training, data.rows)
    epoch = -(-data.rows // (batch or data.rows))
    limit = training.max_iter or max(UPDATES_MADE, EPOCHS_MADE * epoch)
    lr = training.lr or _automatic_rate(network, data, start, training)
    schedule = training.schedule
    if schedule == "auto":
        schedule = "cosine to the end" if training.lr is None else "constant"
    return Backpropagation(
        training.rule,
        lr,
        share=training.share,
        schedule=schedule,
        batch=batch,
        epoch=epoch,
        max_iter=limit,
        seed=training.seed,
        framework=training.framework,
    )


def _batch(training: Training, rows: int) -> int | None:
    """Return the rows of a mini-batch, None when that is all of them."""
    size = training.batch_size
    if size is None:
        size = rule_of(training.rule).batch_size or (rows if rows <= FEW_ROWS else BATCH)
    return None if size >= rows else size
