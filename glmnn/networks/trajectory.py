"""Step by step: whether a framework takes the very steps of the backpropagation written here."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from math import nan

import numpy as np

from glmnn.data.dataset import InMemory
from glmnn.fitting.trajectory import NOTICED, Trajectory
from glmnn.kernels.threads import one_thread
from glmnn.models.network import Network
from glmnn.networks.settings import Training
from glmnn.networks.training import Trained, prepare
from glmnn.problem.problem import Problem


def follow(network: Network, data: InMemory, training: Training, trained: Trained) -> Trajectory:
    """Take the steps of a training again, there and here side by side, and compare the parameters after each.

    Parameters
    ----------
    network : Network
    data : InMemory
    training : Training
        With a framework.
    trained : Trained
        What came of it: so many updates, at that rate.
    """
    largest = relative = 0.0
    first, compared = None, 0
    with np.errstate(all="ignore"), one_thread():
        laid = prepare(network, data, training)
        solver = replace(laid.solver, lr=trained.lr)
        runs = [one.steps(Problem(network, laid.inner), laid.start) for one in (solver, solver.twin())]
        for theirs, ours in islice(zip(*runs, strict=False), trained.updates + 1):
            gap = float(np.max(np.abs(theirs.coef - ours.coef)))
            if np.isnan(gap):  # both have left float64
                break
            compared, largest = ours.iteration, max(largest, gap)
            relative = max(relative, gap / max(1.0, float(np.max(np.abs(ours.coef)))))
            if first is None and gap > NOTICED:
                first = ours.iteration
    rule = f"{training.rule}, floor inside" if solver.twin().floor_inside else training.rule
    return Trajectory(f"{training.framework}:{training.rule}", rule, compared, largest, relative, nan, first)
