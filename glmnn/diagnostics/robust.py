"""Covariance that does not trust the variance function: HC0 to HC3, and clusters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glmnn.models.links import Array
from glmnn.problem import Problem

KINDS = ("HC0", "HC1", "HC2", "HC3")


def sandwich(problem: Problem, coef: Array, bread: Array, kind: str = "HC0") -> Array:
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
    """
    power = {"HC2": 1.0, "HC3": 2.0}.get(kind, 0.0)
    meat = np.zeros_like(bread)
    with np.errstate(all="ignore"):
        for block in problem.data.blocks():
            _, score, information = problem.glm.pointwise.evaluate(problem.glm.eta(coef, block), block.y)
            squared = (score * block.prior_weight) ** 2
            if power:
                leverage = np.einsum("ij,ij->i", block.X @ bread, block.X) * information * block.prior_weight
                squared = squared / (1.0 - leverage) ** power
            meat += block.X.T @ (block.X * squared[:, None])
    scale = problem.rows / (problem.rows - coef.size) if kind == "HC1" else 1.0
    return np.asarray(scale * bread @ meat @ bread)


def clustered(problem: Problem, coef: Array, bread: Array, codes: NDArray[np.intp]) -> Array:
    """Return a covariance that allows rows of the same cluster to depend on each other, shape (p, p).

    Parameters
    ----------
    problem, coef, bread
        As for `sandwich`.
    codes : ndarray of int, shape (rows,)
        The cluster of each row, numbered from 0.

    Notes
    -----
    Liang & Zeger (1986) with the factor G / (G - 1) (n - 1) / (n - p) of Stata and statsmodels.
    """
    groups, p = int(codes.max()) + 1, coef.size
    sums = np.zeros((groups, p))
    first = 0
    with np.errstate(all="ignore"):
        for block in problem.data.blocks():
            _, score, _ = problem.glm.pointwise.evaluate(problem.glm.eta(coef, block), block.y)
            rows = block.X * (score * block.prior_weight)[:, None]
            np.add.at(sums, codes[first : first + score.size], rows)
            first += score.size
    scale = groups / (groups - 1) * (problem.rows - 1) / (problem.rows - p)
    return np.asarray(scale * bread @ (sums.T @ sums) @ bread)
