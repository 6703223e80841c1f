"""Deviance, Pearson's chi-squared, log-likelihood and null deviance at a solution, in as few passes as will do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import isnan, nan

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.diagnostics.classes import fit_of_classes, null_deviance_of_classes
from glmnn.diagnostics.null_model import Levels
from glmnn.models.evaluation import SecondOrder, Totals
from glmnn.models.glm import GLM
from glmnn.problem.problem import Problem, is_glm
from glmnn.solvers.closing import Closing
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit
from glmnn.solvers.polish import needs_extended
from glmnn.solvers.stopping.standard_errors import StandardErrors

Eta = Callable[[Block], Array]  # a block to its linear predictor


def statistics(
    problem: Problem, coef: Array, rest: Array, weights: str, current: SecondOrder, closing: Closing | None
) -> tuple[float, float, float]:
    """Return Pearson chi-squared, deviance and log-likelihood, from the last pass where there was one.

    Parameters
    ----------
    problem : Problem
    coef, rest : ndarray of shape (p,)
        Coefficients, and what float64 cannot hold of them.
    weights : str
        What the prior weights are; by sampling ("prob") the sum is an estimate of a log-likelihood, not one.
    current : SecondOrder
        The information there.
    closing : Closing or None
        What the rows say there, where that is known.
    """
    if closing is None:
        extended = needs_extended(problem, coef, current)
        pearson, deviance, likelihood = fit_statistics(problem, coef, rest, weights == "freq", extended)
        return pearson, deviance, nan if weights == "prob" else likelihood
    deviance = float(closing.besides.get("deviance", current.deviance))  # without a penalty
    if not is_glm(problem):
        return closing.pearson, deviance, nan if weights == "prob" else -0.5 * deviance
    summary, family = problem.data.summary, problem.model.family
    logs = float(closing.besides.get("logs", nan))
    totals = Totals(problem.rows, summary.weight, deviance, summary.whole_numbers, logs)
    likelihood = float(closing.besides.get("likelihood", nan))
    if summary.plain and family.plain_log_likelihood is not None:
        likelihood = family.plain_log_likelihood(totals)
    if isnan(likelihood) and weights != "prob":
        eta = partial(problem.model.eta, coef)
        with np.errstate(all="ignore"):
            likelihood = float(problem.data.sum(log_likelihood_of, problem.model, eta, totals, weights == "freq"))
    return closing.pearson, deviance, likelihood


def fit_statistics(
    problem: Problem, coef: Array, rest: Array, frequency: bool, extended: bool = True
) -> tuple[float, float, float]:
    """Return Pearson chi-squared, deviance and log-likelihood, from the stable forms of each family.

    Parameters
    ----------
    problem : Problem
    coef, rest : ndarray of shape (p,)
        Coefficients, and what float64 cannot hold of them.
    frequency : bool
        The prior weights count equal rows.
    extended : bool
        Linear predictors are correctly rounded, if the data are small.
    """
    if not is_glm(problem):
        return fit_of_classes(problem, coef)
    summary = problem.data.summary
    eta = problem.predictor(coef, rest) if extended else partial(problem.model.eta, coef)
    with np.errstate(all="ignore"):
        pearson, deviance = problem.data.sum(_pearson_and_deviance, problem.model, eta)
        totals = Totals(problem.rows, summary.weight, float(deviance), summary.whole_numbers)
        likelihood = problem.data.sum(log_likelihood_of, problem.model, eta, totals, frequency)
    return float(pearson), float(deviance), float(likelihood)


def _pearson_and_deviance(model: GLM, eta: Eta, block: Block) -> Array:
    at = eta(block)
    mu, complement = model.link.inverse(at), model.link.complement(at)
    pearson = model.family.pearson(block.y, mu, complement, block.prior_weight)
    return np.array([pearson, block.prior_weight @ model.pointwise.evaluate(at, block.y)[0]])


def log_likelihood_of(model: GLM, eta: Eta, totals: Totals, frequency: bool, block: Block) -> float:
    """Return the log-likelihood of some rows."""
    at = eta(block)
    deviance = float(block.prior_weight @ model.pointwise.evaluate(at, block.y)[0])
    likelihood = model.family.likelihood_of_counted if frequency else model.family.log_likelihood
    return likelihood(block.y, model.link.inverse(at), block.prior_weight, deviance, totals)


def null_is_known(problem: Problem) -> bool:
    """Say whether the summary has all that the null deviance needs: every response is 0 or 1."""
    summary = problem.data.summary
    return problem.glm.family.trials and summary.whole_numbers and not summary.has_offset


def null_deviance_of(problem: Problem, has_constant: bool, known: float | Array | Levels | None = None) -> float:
    """Return the deviance of the model with an intercept and the offset alone (without one: the offset alone)."""
    if isinstance(known, Levels):
        known = known.least()
    if not is_glm(problem):
        return null_deviance_of_classes(problem, has_constant, None if known is None else np.asarray(known))
    if known is not None:
        return float(known)
    summary, family = problem.data.summary, problem.model.family
    if null_is_known(problem):
        weights = np.array([summary.weight - summary.response, summary.response])
        level = summary.mean if has_constant else float(problem.model.mean(np.zeros(1))[0])
        y, mean = np.array([0.0, 1.0])[weights > 0], np.full(np.count_nonzero(weights), level)
        return float(weights[weights > 0] @ family.unit_deviance(y, mean, 1.0 - mean))
    if not has_constant:
        nothing = np.zeros(len(problem.names))
        return problem.first_order(nothing).deviance
    if not summary.has_offset:
        with np.errstate(all="ignore"):
            return float(problem.data.sum(deviance_of_mean, problem.model, summary.mean))
    null = Problem(problem.model, problem.data.constant())
    return null.first_order(fit(null, Fisher(), StandardErrors()).coef).deviance


def deviance_of_mean(model: GLM, level: float, block: Block) -> float:
    """Return the deviance of some rows whose means are all the same."""
    mean = np.full(block.y.size, level)
    return float(block.prior_weight @ model.family.unit_deviance(block.y, mean, 1.0 - mean))
