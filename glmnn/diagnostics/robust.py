"""Covariance that does not trust the variance function: HC0 to HC3, and clusters."""

from __future__ import annotations

from math import nan

import numpy as np

from glmnn.arrays import Array, Block, Index
from glmnn.data.clusters import Clusters, Leaf
from glmnn.engines.tree import Groups
from glmnn.kernels.gram import cross_product, gram, quadratic_forms
from glmnn.models.glm import GLM
from glmnn.models.model import SecondOrderModel
from glmnn.problem.problem import Problem, is_glm

KINDS = ("HC0", "HC1", "HC2", "HC3")
LEAST_REST = 1e-10  # of 1 - leverage, below which it is rounding: such a row is fitted whatever it says


def sandwich(
    problem: Problem,
    coef: Array,
    bread: Array,
    kind: str = "HC0",
    frequencies: bool = False,
    meat: Array | None = None,
) -> Array:
    """Return a heteroscedasticity-consistent covariance, shape (p, p).

    Parameters
    ----------
    problem : Problem
    coef : ndarray of shape (p,)
        The maximum likelihood estimate.
    bread : ndarray of shape (p, p)
        information^-1 per unit of dispersion.
    kind : str
        HC0: sum of the squared row scores (White, 1980). HC1: times n / (n - p). HC2, HC3: each row divided by
        1 - h and (1 - h)^2 with h its leverage (MacKinnon & White, 1985), as in Zeileis' sandwich for R.
    frequencies : bool
        The prior weights count equal rows; scores, leverages and n are those of the rows written out.
    meat : ndarray of shape (p, p), optional
        The sum, where it is known.
    """
    if not is_glm(problem):
        return np.asarray(bread @ problem.data.sum(_squared_scores, problem.model, coef, frequencies) @ bread)
    if meat is None:
        with np.errstate(all="ignore"):
            meat = problem.data.sum(meat_of, problem.model, coef, bread, kind, frequencies)
    rows = number_of_rows(problem, frequencies)
    scale = 1.0
    if kind == "HC1":
        scale = rows / (rows - coef.size) if rows > coef.size else nan
    return np.asarray(scale * bread @ meat @ bread)


def meat_of(model: GLM, coef: Array, bread: Array, kind: str, frequencies: bool, block: Block) -> Array:
    """Return the sum over the rows of their squared scores over (1 - leverage)^power, shape (p, p)."""
    power = {"HC2": 1.0, "HC3": 2.0}.get(kind, 0.0)
    _, score, information = model.evaluate(model.eta(coef, block), block.y)
    times, weight = (block.prior_weight, 1.0) if frequencies else (1.0, block.prior_weight)
    squared = times * (score * weight) ** 2
    if power:
        leverage = quadratic_forms(block.X, bread) * information * weight
        squared = squared / np.where(1.0 - leverage > LEAST_REST, 1.0 - leverage, nan) ** power
    return gram(block.X, squared)


def _squared_scores(model: SecondOrderModel, coef: Array, frequencies: bool, block: Block) -> Array:
    """Return the sum over the rows of their squared scores, shape (q, q), for any number of outputs."""
    slope = model.slope(model.eta(coef, block), block)[:, -model.free :]
    scores = (slope[:, :, None] * block.X[:, None, :]).reshape(block.y.size, -1)
    times = block.prior_weight[:, None] if frequencies else 1.0  # the scores are those of all equal rows together
    return cross_product(scores, scores / times)


def clustered(
    problem: Problem,
    coef: Array,
    bread: Array,
    codes: Index | Clusters,
    frequencies: bool = False,
    known: Groups | None = None,
) -> Array:
    """Return a covariance that allows rows of the same cluster to depend on each other, shape (p, p).

    Parameters
    ----------
    problem, coef, bread
        As for `sandwich`.
    codes : ndarray of int, shape (rows,), or Clusters
        The cluster of each row, numbered from 0.
    frequencies : bool
        As for `sandwich`.
    known : Groups, optional
        The sums of the scores of each cluster, where they are known.

    Notes
    -----
    Liang & Zeger (1986) with the factor G / (G - 1) (n - 1) / (n - p) of Stata and statsmodels.
    """
    groups, p = int(codes.max()) + 1, coef.size
    if known is None:
        with np.errstate(all="ignore"):
            known = problem.data.sum_with(codes, scores_by_cluster, problem.glm, coef)
    n = number_of_rows(problem, frequencies)
    scale = groups / (groups - 1) * ((n - 1) / (n - p) if n > p else nan)
    return np.asarray(scale * bread @ gram(known.sums) @ bread)


def scores_by_cluster(model: GLM, coef: Array, leaf: Leaf) -> Groups:
    """Return the sums of the scores over the rows of each cluster."""
    block = leaf.block
    _, score, _ = model.pointwise.evaluate(model.eta(coef, block), block.y)
    return Groups.of(leaf.codes, block.X * (score * block.prior_weight)[:, None])


def number_of_rows(problem: Problem, frequencies: bool) -> int:
    """Return how many observations there are: with frequencies their sum, else the rows."""
    return round(problem.data.summary.weight) if frequencies else problem.rows


def residual_df(problem: Problem, frequencies: bool) -> int:
    """Return the residual degrees of freedom: one for each observation and linear predictor, less the coefficients."""
    return number_of_rows(problem, frequencies) * problem.model.free - len(problem.names)
