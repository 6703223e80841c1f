"""How well means fit responses: functions of y, mu and prior weights, for whatever made the means.

For a binomial response y is the proportion of successes and the prior weight the number of trials; every function then
returns what the trials, written out one by one, would give.
"""

from __future__ import annotations

from math import isfinite, nan, sqrt

import numpy as np

from glmnn.arrays import Array
from glmnn.data.dataset import Dataset, InMemory
from glmnn.models.families import BINOMIAL
from glmnn.models.glm import GLM
from glmnn.models.links import LOGIT
from glmnn.problem.problem import Problem
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit


def mean_loss(deviance: float, prior_weight: Array) -> float:
    """Return deviance / 2 / (sum of prior weights); for 0/1 responses the mean cross-entropy (log loss).

    >>> mean_loss(4.0, np.ones(2))
    1.0
    """
    return deviance / 2.0 / float(prior_weight.sum())


def accuracy(y: Array, mu: Array, prior_weight: Array, threshold: float = 0.5) -> float:
    """Return the share of trials whose class is 1 exactly where the mean reaches the threshold.

    >>> accuracy(np.array([0.0, 1.0, 0.25]), np.array([0.2, 0.9, 0.5]), np.array([1.0, 1.0, 4.0]))
    0.5
    """
    return float(np.average(np.where(mu >= threshold, y, 1.0 - y), weights=prior_weight))


def auc(y: Array, mu: Array, prior_weight: Array) -> float:
    """Return the chance that a success has a higher mean than a failure, ties counting half; nan without both.

    This is the area under the ROC curve, and the statistic of Mann and Whitney (1947) over the number of pairs: Hanley
    and McNeil (1982), "The meaning and use of the area under a receiver operating characteristic (ROC) curve",
    Radiology 143, 29-36.

    >>> auc(np.array([0.0, 1.0, 1.0]), np.array([0.3, 0.3, 0.8]), np.ones(3))
    0.75
    """
    _, place = np.unique(mu, return_inverse=True)
    successes = np.bincount(place, prior_weight * y)
    failures = np.bincount(place, prior_weight * (1.0 - y))
    pairs = successes.sum() * failures.sum()
    below = np.cumsum(failures) - failures
    return float(successes @ (below + failures / 2.0) / pairs) if pairs > 0 else nan


def brier(y: Array, mu: Array, prior_weight: Array) -> float:
    """Return the mean squared distance of the mean from 0 or 1.

    Brier (1950), "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78, 1-3, in the
    form for two classes that counts one of them.

    >>> brier(np.array([0.0, 1.0]), np.array([0.5, 1.0]), np.ones(2))
    0.125
    """
    return float(np.average(y * (1.0 - mu) ** 2 + (1.0 - y) * mu**2, weights=prior_weight))


def calibration(y: Array, logit: Array, prior_weight: Array) -> tuple[float, float]:
    """Return intercept and slope of the responses on the logits of the means; 0 and 1 are perfect.

    The slope is that of a logistic regression on the logits. The intercept is that of one in which the slope is held
    at 1: calibration in the large. Below 1, a slope says that the means are too extreme, as those of an overfitted
    model are. Cox (1958), "Two further applications of a model for binary regression", Biometrika 45, 562-565.

    nan where there is no maximum, as for means that separate the responses.

    Parameters
    ----------
    y : ndarray of shape (rows,)
    logit : ndarray of shape (rows,)
        log(mu / (1 - mu)), from a form that keeps the tails.
    prior_weight : ndarray of shape (rows,)
    """
    if not np.all(np.isfinite(logit)):
        return nan, nan
    ones = np.ones((y.size, 1))
    intercept = last_coef(InMemory.from_arrays(ones, y, None, prior_weight, logit))
    if np.all(logit == logit[0]):
        return intercept, nan
    return intercept, last_coef(InMemory.from_arrays(np.column_stack([ones, logit]), y, None, prior_weight))


def last_coef(data: Dataset) -> float:
    """Return the last coefficient of a logistic regression; nan where there is no maximum."""
    with np.errstate(all="ignore"):
        run = fit(Problem(GLM(BINOMIAL, LOGIT), data), Fisher())
    return float(run.coef[-1]) if run.converged else nan


def rmse(y: Array, mu: Array, prior_weight: Array) -> float:
    """Return the root of the mean squared error.

    >>> rmse(np.array([1.0, 2.0]), np.array([1.0, 4.0]), np.array([3.0, 1.0]))
    1.0
    """
    return sqrt(float(np.average((y - mu) ** 2, weights=prior_weight)))


def mae(y: Array, mu: Array, prior_weight: Array) -> float:
    """Return the mean absolute error.

    >>> mae(np.array([1.0, 2.0]), np.array([1.0, 4.0]), np.array([3.0, 1.0]))
    0.5
    """
    return float(np.average(np.abs(y - mu), weights=prior_weight))


def of_probabilities(
    y: Array, mu: Array, logit: Array, prior_weight: Array, deviance: float, threshold: float = 0.5
) -> dict[str, float]:
    """Return what is worth knowing of means between 0 and 1, by name."""
    intercept, slope = calibration(y, logit, prior_weight)
    return {
        "deviance": deviance,
        "mean_loss": mean_loss(deviance, prior_weight),
        "accuracy": accuracy(y, mu, prior_weight, threshold),
        "auc": auc(y, mu, prior_weight),
        "brier": brier(y, mu, prior_weight),
        "calibration_intercept": intercept,
        "calibration_slope": slope,
    }


def of_means(y: Array, mu: Array, prior_weight: Array, deviance: float) -> dict[str, float]:
    """Return what is worth knowing of means of any other kind, by name."""
    if not isfinite(deviance):
        deviance = nan
    return {
        "deviance": deviance,
        "mean_loss": mean_loss(deviance, prior_weight),
        "rmse": rmse(y, mu, prior_weight),
        "mae": mae(y, mu, prior_weight),
    }
