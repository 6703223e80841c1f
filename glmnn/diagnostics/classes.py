"""Inference and separation for a response that is a class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from math import inf, log, nan

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtr, ndtri

from glmnn.arrays import Array, Block
from glmnn.diagnostics.inference import Inference, InferenceSettings
from glmnn.diagnostics.robust import number_of_rows
from glmnn.diagnostics.separation.overlap import Multipliers, can_be_cancelled
from glmnn.diagnostics.separation.verdict import Separation, Unsettled, separation_of_rows
from glmnn.errors import UsageError
from glmnn.kernels.gram import cross_product
from glmnn.kernels.threads import one_thread
from glmnn.models.softmax import Softmax
from glmnn.problem.problem import Problem
from glmnn.solvers.loop import Fit
from glmnn.solvers.stopping import Status


def infer_classes(problem: Problem, coef: Array, settings: InferenceSettings, has_constant: bool) -> Inference:
    """Return Wald inference, deviances and criteria of a multinomial logit model.

    Parameters
    ----------
    problem : Problem
        Whose model is a `Softmax`.
    coef : ndarray of shape (q,)
        The maximum likelihood estimate.
    settings : InferenceSettings
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
    if settings.profile:
        raise UsageError("--ci profile is not there for the multinomial family; --ci wald is")
    if settings.covariance not in ("model", "HC0") or settings.clusters is not None:
        raise UsageError(f"--cov {settings.covariance} is not there for the multinomial family: choose model or HC0")
    here = problem.second_order(coef)
    deviance = Problem(model, problem.data).first_order(coef).deviance  # without a penalty
    covariance = here.covariance()
    if settings.covariance == "HC0":
        covariance = covariance @ _meat(model, coef, problem, settings.weights == "freq") @ covariance
    std_error = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    with np.errstate(all="ignore"):
        statistic = coef / std_error
        p_value = 2.0 * ndtr(-np.abs(statistic))
    width = float(ndtri(0.5 + settings.level / 2.0))
    rows = number_of_rows(problem, settings.weights == "freq")
    df_residual = rows * model.others - coef.size
    df_null = (rows - int(has_constant)) * model.others
    null_deviance = _null_deviance(problem, model, has_constant)
    gain = null_deviance - deviance
    tested = df_null - df_residual
    log_likelihood = -0.5 * deviance if settings.weights != "prob" else nan
    return Inference(
        problem.names, coef, std_error, statistic, p_value, coef - width * std_error, coef + width * std_error,
        covariance, settings.level, 1.0, True, deviance, null_deviance, _pearson(problem, coef), df_residual,
        df_null, log_likelihood, 2.0 * (coef.size - log_likelihood), coef.size * log(rows) - 2.0 * log_likelihood,
        gain if tested > 0 else nan, float(chdtrc(tested, max(gain, 0.0))) if tested > 0 else nan, here, settings, rows,
    )  # fmt: skip


def _meat(model: Softmax, coef: Array, problem: Problem, frequencies: bool) -> Array:
    """Return the sum over the rows of the squared scores, shape (q, q) (White, 1980); of equal rows one by one."""
    total = np.zeros((coef.size, coef.size))
    for block in problem.data.blocks():
        scores = model.row_scores(coef, block)
        times = block.prior_weight[:, None] if frequencies else 1.0  # the scores are those of all equal rows together
        total += cross_product(scores, scores / times)
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
    if not has_constant:
        return 2.0 * problem.data.summary.weight * log(len(model.classes))
    counts = problem.data.sum(_counts, len(model.classes))
    return float(-2.0 * np.sum(counts * np.log(counts / counts.sum())))


def _counts(classes: int, block: Block) -> Array:
    """Return the sum of the prior weights of each class, shape (classes,)."""
    return np.asarray(np.bincount(block.y.astype(int), weights=block.prior_weight, minlength=classes), dtype=float)


def separation_of_classes(problem: Problem, reference: Fit) -> Separation | Unsettled | None:
    """Return a direction along which no row's own class ever loses to another, or None when it is proved there is none.

    The likelihood rises for ever along d when (d_y - d_k)' x >= 0 for every row and class k (Albert & Anderson, 1984),
    which is the separation of a binomial response that is always 1 with a row of differences for each row and class.
    """
    if reference.status is Status.INTERRUPTED:
        return None
    model = problem.model
    assert isinstance(model, Softmax)
    rivals = partial(_rivals, problem, reference.coef)
    with one_thread():
        if np.all(np.isfinite(reference.coef)) and can_be_cancelled(rivals, reference.coef.size):
            return None
    whole = problem.all_rows("the exact decision whether a maximum exists")
    counted = whole.prior_weight > 0
    X = _differences(model, whole.rows(counted))
    found = separation_of_rows(problem.names, X, np.ones(len(X)))
    if not isinstance(found, Separation):
        return found
    moves = np.zeros(counted.size, dtype=bool)
    moves[counted] = found.moves.reshape(-1, model.others).all(axis=1)
    return replace(found, moves=moves)


def _differences(model: Softmax, block: Block) -> Array:
    """Return (e_y - e_k) x' for each row and rival class k, with e_0 = 0, shape (rows (K - 1), p (K - 1))."""
    codes, width = block.y.astype(int), block.X.shape[1]
    differences = np.zeros((codes.size, model.others, model.others, width))
    rows = np.arange(codes.size)
    for place in range(model.others):
        rival = _rival(codes, place)
        own, other = codes > 0, rival > 0
        differences[rows[own], place, codes[own] - 1] = block.X[own]
        differences[rows[other], place, rival[other] - 1] -= block.X[other]
    return differences.reshape(codes.size * model.others, model.others * width)


def _rival(codes: NDArray[np.intp], place: int) -> NDArray[np.intp]:
    """Return the class that stands at this place among those that are not the row's own."""
    return np.asarray(place + (place >= codes))


def _rivals(problem: Problem, coef: Array) -> Iterator[Multipliers]:
    """Yield the rows of differences with the probabilities of the rivals, whose sum is the score, 0 at a maximum."""
    model = problem.model
    assert isinstance(model, Softmax)
    for block in problem.data.blocks():
        with np.errstate(all="ignore"):
            p = model.mean(coef, block)
        codes, rows = block.y.astype(int), np.arange(block.y.size)
        rivals = [p[rows, _rival(codes, place)] * block.prior_weight for place in range(model.others)]
        share = np.column_stack(rivals).ravel()
        share = np.where(np.isfinite(share), share, 0.0)
        yield Multipliers(_differences(model, block), share, share, share)
