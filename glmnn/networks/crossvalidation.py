"""Does a hidden layer improve held-out deviance? Network and GLM on the same folds, with an uncertainty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from math import sqrt

import numpy as np
from scipy.special import stdtr, stdtrit

from glmnn.arrays import Array, Index
from glmnn.data.dataset import InMemory
from glmnn.errors import DataError, option
from glmnn.models.model import SecondOrderModel
from glmnn.models.network import Network
from glmnn.networks.settings import Training
from glmnn.networks.training import Ending, train
from glmnn.problem.problem import Problem
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit
from glmnn.solvers.stopping import Status

Watch = Callable[[int, int, float, float], None]  # fold, folds, deviance per row held out of GLM and network


class Answer(Enum):
    """What cross-validation says about the hidden layers."""

    IMPROVES = "improves held-out deviance"
    DOES_NOT = "does not improve held-out deviance"
    UNKNOWN = "cannot be told"


@dataclass(frozen=True)
class Rival:
    """One of the two models on the rows held out.

    Attributes
    ----------
    per_fold : ndarray of shape (folds,)
        Mean deviance of a row held out.
    eta : ndarray of shape (rows,) or (rows, classes)
        Linear predictors of each row, from the fold that did not see it.
    failed : int
        Folds in which it was not fitted to the end.
    """

    per_fold: Array
    eta: Array
    failed: int

    @property
    def deviance(self) -> float:
        """Mean over the folds."""
        return float(np.mean(self.per_fold))


@dataclass(frozen=True)
class CrossValidation:
    """Mean deviance per row held out, for the GLM and for the network, on the same folds.

    The standard error of the difference is that of Nadeau & Bengio (2003): folds share most of the rows they are
    trained on, so that their differences vary less than those of independent data would.

    Attributes
    ----------
    glm, network : Rival
    folds : tuple of ndarray
        Rows held out, in each fold.
    level : float
        Coverage of the interval.
    """

    glm: Rival
    network: Rival
    folds: tuple[Index, ...]
    level: float

    @property
    def gain(self) -> float:
        """Deviance per row that the hidden layers save; negative where they cost."""
        return float(np.mean(self.glm.per_fold - self.network.per_fold))

    @property
    def std_error(self) -> float:
        """Of the gain, with n_test / n_train added to 1 / k."""
        k = len(self.folds)
        spread = float(np.var(self.glm.per_fold - self.network.per_fold, ddof=1))
        return sqrt((1.0 / k + 1.0 / (k - 1.0)) * spread)

    @property
    def interval(self) -> tuple[float, float]:
        """Of the gain, by the t distribution with k - 1 degrees of freedom."""
        reach = float(stdtrit(len(self.folds) - 1, 0.5 + 0.5 * self.level)) * self.std_error
        return self.gain - reach, self.gain + reach

    @property
    def p_value(self) -> float:
        """Of no gain, two-sided."""
        if not np.isfinite(self.gain) or self.std_error == 0.0:
            return float("nan")
        return float(2.0 * stdtr(len(self.folds) - 1, -abs(self.gain) / self.std_error))

    @property
    def answer(self) -> Answer:
        """Whether the interval lies above 0, below it, or covers it."""
        low, high = self.interval
        if low > 0.0:
            return Answer.IMPROVES
        return Answer.DOES_NOT if high < 0.0 else Answer.UNKNOWN


def make_folds(data: InMemory, k: int, seed: int, classes: bool) -> tuple[Index, ...]:
    """Return the rows of each of k folds; with classes each fold has its share of every one.

    Raises
    ------
    DataError
        If there are fewer rows than folds.
    """
    if data.rows < k:
        raise DataError(f"{option('cv')} {k} needs at least {k} rows; there are {data.rows}")
    order = np.random.default_rng([seed, 2]).permutation(data.rows)
    if classes:
        order = order[np.argsort(data.whole.y[order], kind="stable")]
    return tuple(np.sort(order[fold::k]) for fold in range(k))


def cross_validate(
    glm: tuple[SecondOrderModel, InMemory],
    neural: tuple[Network, InMemory],
    training: Training,
    k: int,
    level: float,
    watch: Watch | None = None,
) -> CrossValidation:
    """Fit GLM and network on all folds but one and look at that one, for each fold.

    Parameters
    ----------
    glm : tuple of SecondOrderModel, and InMemory
        The GLM and its design.
    neural : tuple of Network and InMemory
        The network and its features, of the same rows.
    training : Training
        The seed of fold i is that of the training plus i.
    k : int
        Folds.
    level : float
        Coverage of the interval.
    watch : callable, optional
        Told of each fold: which, of how many, deviance per row held out of the GLM and of the network.

    Raises
    ------
    DataError
        If the rows are too few.
    """
    (model, data), (network, inputs) = glm, neural
    y = data.whole.y
    folds = make_folds(data, k, training.seed, classes=bool(model.labels) or bool(np.all((y == 0) | (y == 1))))
    if data.rows - max(fold.size for fold in folds) < data.width:
        raise DataError(
            f"{option('cv')} {k} leaves fewer rows than the {data.width} columns of the GLM: give fewer columns"
        )
    shape = (data.rows,) if network.head.outputs == 1 else (data.rows, network.head.outputs)
    etas, deviances, failed = np.empty((2, *shape)), np.empty((2, k)), [0, 0]
    for place, fold in enumerate(folds):
        others = np.delete(np.arange(data.rows), fold)
        with np.errstate(all="ignore"):
            run = fit(Problem(model, _part(data, others)), Fisher())
            trained = train(network, _part(inputs, others), replace(training, seed=training.seed + place))
            held = data.whole.rows(fold), inputs.whole.rows(fold)
            etas[0][fold], etas[1][fold] = model.eta(run.coef, held[0]), network.eta(trained.coef, held[1])
            deviances[0, place] = model.first_order(run.coef, held[0]).deviance / fold.size
            deviances[1, place] = network.deviance(trained.coef, held[1]) / fold.size
        failed[0] += not run.converged
        failed[1] += trained.ending is Ending.DIVERGED
        if watch is not None:
            watch(place + 1, k, float(deviances[0, place]), float(deviances[1, place]))
        if run.status is Status.INTERRUPTED or trained.ending is Ending.INTERRUPTED:
            raise KeyboardInterrupt
    rivals = [Rival(deviances[side], etas[side], failed[side]) for side in (0, 1)]
    return CrossValidation(rivals[0], rivals[1], folds, level)


def _part(data: InMemory, rows: Index) -> InMemory:
    return InMemory(data.names, data.whole.rows(rows))
