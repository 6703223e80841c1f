"""Inference and separation for a response that is a class."""

from __future__ import annotations

from math import inf, log, nan

import numpy as np
from scipy.special import chdtrc, ndtr, ndtri

from glmnn.data.blocks import Dataset
from glmnn.diagnostics.inference import Inference, Manner
from glmnn.diagnostics.robust import number_of_rows
from glmnn.diagnostics.separation import Separation, find_separation
from glmnn.errors import UsageError
from glmnn.fitting import Fit, Status
from glmnn.models.families import BINOMIAL
from glmnn.models.glm import GLM
from glmnn.models.links import LOGIT, Array
from glmnn.models.softmax import Softmax
from glmnn.problem import Problem


def infer_classes(problem: Problem, coef: Array, manner: Manner, has_constant: bool) -> Inference:
    """Return Wald inference, deviances and criteria of a multinomial logit model.

    Parameters
    ----------
    problem : Problem
        Whose model is a `Softmax`.
    coef : ndarray of shape (q,)
        The maximum likelihood estimate.
    manner : Manner
        Which covariance and which intervals.
    has_constant : bool
        Whether the null model has intercepts.

    Raises
    ------
    UsageError
        For a covariance or interval that is not known here.
    """
    model = problem.model
    assert isinstance(model, Softmax)
    if manner.profile:
        raise UsageError("--ci profile is not there for the multinomial family; --ci wald is")
    if manner.covariance not in ("model", "HC0") or manner.clusters is not None:
        raise UsageError(f"--cov {manner.covariance} is not there for the multinomial family: choose model or HC0")
    here = problem.second_order(coef)
    deviance = Problem(model, problem.data).first_order(coef).deviance  # without a penalty
    covariance = here.covariance()
    if manner.covariance == "HC0":
        covariance = covariance @ _meat(model, coef, problem, manner.weights == "freq") @ covariance
    std_error = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    with np.errstate(all="ignore"):
        statistic = coef / std_error
        p_value = 2.0 * ndtr(-np.abs(statistic))
    width = float(ndtri(0.5 + manner.level / 2.0))
    rows = number_of_rows(problem, manner.weights == "freq")
    df_residual = rows * model.others - coef.size
    df_null = (rows - int(has_constant)) * model.others
    null_deviance = _null_deviance(problem, model, has_constant)
    gain = null_deviance - deviance
    tested = df_null - df_residual
    log_likelihood = -0.5 * deviance if manner.weights != "prob" else nan
    return Inference(
        problem.names, coef, std_error, statistic, p_value, coef - width * std_error, coef + width * std_error,
        covariance, manner.level, 1.0, True, deviance, null_deviance, _pearson(problem, coef), df_residual,
        df_null, log_likelihood, 2.0 * (coef.size - log_likelihood), coef.size * log(rows) - 2.0 * log_likelihood,
        gain if tested > 0 else nan, float(chdtrc(tested, max(gain, 0.0))) if tested > 0 else nan, here, manner, rows,
    )  # fmt: skip


def _meat(model: Softmax, coef: Array, problem: Problem, frequencies: bool) -> Array:
    """Return the sum over the rows of the squared scores, shape (q, q) (White, 1980); of equal rows one by one."""
    total = np.zeros((coef.size, coef.size))
    for block in problem.data.blocks():
        scores = model.row_scores(coef, block)
        times = block.prior_weight[:, None] if frequencies else 1.0  # the scores are those of all equal rows together
        total += scores.T @ (scores / times)
    return total


def _pearson(problem: Problem, coef: Array) -> float:
    """Return the sum over rows and classes of (y - p)^2 / p."""
    total = 0.0
    with np.errstate(all="ignore"):
        for block in problem.data.blocks():
            p = np.asarray(problem.model.mean(coef, block))
            chosen = p[np.arange(block.y.size), block.y.astype(int)]
            # (1 - p)^2 / p of the class that came and p of the others add up to 1 / p - 1
            total += float(block.prior_weight @ (1.0 / chosen - 1.0))
    return total if np.isfinite(total) else inf


def _null_deviance(problem: Problem, model: Softmax, has_constant: bool) -> float:
    whole = problem.data.whole
    if not has_constant:
        return 2.0 * float(whole.prior_weight.sum()) * log(len(model.classes))
    counts = np.bincount(whole.y.astype(int), weights=whole.prior_weight, minlength=len(model.classes))
    return float(-2.0 * np.sum(counts * np.log(counts / counts.sum())))


def separation_of_classes(problem: Problem, reference: Fit) -> Separation | None:
    """Return a direction along which no row's own class ever loses to another, or None when there is none.

    The likelihood rises for ever along d when (d_y - d_k)' x >= 0 for every row and class k (Albert & Anderson, 1984),
    which is the separation of a binomial response that is always 1 with a row of differences for each row and class.
    """
    if reference.status is Status.INTERRUPTED:
        return None
    model, whole = problem.model, problem.data.whole
    assert isinstance(model, Softmax)
    codes, width = whole.y.astype(int), whole.X.shape[1]
    differences = np.zeros((whole.y.size, model.others, model.others, width))
    rows = np.arange(whole.y.size)
    for place in range(model.others):
        rival = place + (place >= codes)  # every class but the row's own
        own = codes > 0
        differences[rows[own], place, codes[own] - 1] = whole.X[own]
        other = rival > 0
        differences[rows[other], place, rival[other] - 1] -= whole.X[other]
    X = differences.reshape(whole.y.size * model.others, model.others * width)
    pairs = Dataset.from_arrays(X, np.ones(len(X)), problem.names)
    found = find_separation(Problem(GLM(BINOMIAL, LOGIT), pairs))
    if found is None:
        return None
    moves = np.asarray(found.moves.reshape(whole.y.size, model.others).all(axis=1), dtype=bool)
    return Separation(found.names, found.direction, found.complete, np.atleast_1d(moves))
