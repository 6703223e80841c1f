"""How good the fitted means are: calibration, ROC curve, residuals."""

from __future__ import annotations

import numpy as np
from scipy.special import betaincinv

from glmnn.arrays import Array, Block, Index
from glmnn.diagnostics.inference import Inference
from glmnn.diagnostics.metrics import auc
from glmnn.diagnostics.rows import quantile_residuals
from glmnn.models.glm import GLM
from glmnn.pictures.digits import rounded
from glmnn.pictures.picture_schema import MOST_RESIDUALS, Group, Residuals, Roc
from glmnn.problem.problem import Problem

GROUPS = 10
LEAST_TRIALS = 20  # in which a calibration says something
MOST_POINTS = 200  # of a ROC curve
LEVEL = 0.95


def shares_of(problem: Problem, coef: Array) -> tuple[Array, Array, Array]:
    """Return fitted means, responses and prior weights of all rows, each of shape (rows,)."""
    model, parts = problem.glm, []
    with np.errstate(all="ignore"):
        for block in problem.data.blocks():
            parts.append((model.fitted(coef, block), block.y, block.prior_weight))
    mean, y, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    return mean, y, weight


def calibration(mean: Array, y: Array, trials: Array) -> list[Group]:
    """Return observed shares against fitted ones in ten groups of about as many trials, rows of one mean together.

    The intervals are the exact ones of Clopper and Pearson (1934).
    """
    _, place = np.unique(mean, return_inverse=True)
    each = np.bincount(place, trials)
    middle = (np.cumsum(each) - each / 2.0) / each.sum()
    groups = min(GROUPS, max(2, int(trials.sum()) // 5))
    group = np.minimum((middle * groups).astype(int), groups - 1)[place]
    found = []
    for which in range(groups):
        rows = group == which
        if not rows.any():
            continue
        total, ones = float(trials[rows].sum()), float((trials[rows] * y[rows]).sum())
        low, high = exact_interval(ones, total, LEVEL)
        centre = float(np.average(mean[rows], weights=trials[rows]))
        shown = rounded([centre, ones / total, low, high], 5)
        found.append(Group(mean=shown[0], share=shown[1], low=shown[2], high=shown[3], trials=round(total)))
    return found


def exact_interval(ones: float, trials: float, level: float) -> tuple[float, float]:
    """Return the interval of a share of Clopper and Pearson (1934).

    >>> low, high = exact_interval(4, 10, 0.95)
    >>> round(low, 4), round(high, 4)
    (0.1216, 0.7376)
    """
    tail = (1.0 - level) / 2.0
    low = float(betaincinv(ones, trials - ones + 1.0, tail)) if ones > 0 else 0.0
    high = float(betaincinv(ones + 1.0, trials - ones, 1.0 - tail)) if ones < trials else 1.0
    return low, high


def roc(mean: Array, y: Array, trials: Array) -> Roc | None:
    """Return the ROC curve with the area under it, that of all rows; None without both noughts and ones."""
    levels, place = np.unique(-mean, return_inverse=True)  # from the largest mean down
    ones, noughts = np.bincount(place, trials * y), np.bincount(place, trials * (1.0 - y))
    if not (ones.sum() > 0 and noughts.sum() > 0 and levels.size):
        return None
    right = np.r_[0.0, np.cumsum(ones) / ones.sum()]
    wrong = np.r_[0.0, np.cumsum(noughts) / noughts.sum()]
    kept = _corners(wrong, right)
    if kept.size > MOST_POINTS:
        along = (wrong + right)[kept]
        wanted = np.linspace(0.0, 2.0, MOST_POINTS)
        kept = np.unique(kept[np.minimum(np.searchsorted(along, wanted), kept.size - 1)])
    return Roc(
        auc=rounded([auc(y, mean, trials)])[0],
        false_positive=rounded(wrong[kept], 5),
        true_positive=rounded(right[kept], 5),
    )


def residuals(model: GLM, inference: Inference, block: Block, all_: int, seed: int) -> Residuals:
    """Return quantile residuals of some rows; deviance residuals where those have no closed form."""
    with np.errstate(all="ignore"):
        eta = model.eta(inference.coef, block)
        mean = model.mean(eta)
        weight = np.ones_like(block.y) if inference.settings.weights == "freq" else block.prior_weight
        precision = weight if model.family.dispersion_known else weight / inference.dispersion
        found = quantile_residuals(model.family, block.y, mean, precision, np.random.default_rng(seed))
        kind = "quantile"
        if not np.any(np.isfinite(found)):
            deviance = model.deviances(eta, block.y)
            found = np.sign(block.y - mean) * np.sqrt(np.maximum(precision * deviance, 0.0))
            kind = "deviance"
    return Residuals(
        kind=kind,
        fitted=rounded(mean, 5),
        observed=rounded(block.y, 5),
        residual=rounded(found, 5),
        shown=int(block.y.size),
        all=all_,
    )


def rows_of_residuals(problem: Problem, seed: int) -> Block:
    """Return the rows whose residuals are shown, drawn by chance."""
    some = problem.data.every(max(1, problem.rows // (4 * MOST_RESIDUALS))).whole
    size = some.y.size
    if size <= MOST_RESIDUALS:
        return some
    return some.rows(np.sort(np.random.default_rng(seed).choice(size, MOST_RESIDUALS, replace=False)))


def _corners(x: Array, y: Array) -> Index:
    """Return the places where a path of straight pieces turns, and its ends."""
    across, up = np.diff(x), np.diff(y)
    turns = across[1:] * up[:-1] != across[:-1] * up[1:]
    corners: Index = np.r_[0, np.flatnonzero(turns) + 1, x.size - 1]
    return corners
