"""What is summed in the closing pass besides, for it is going to be asked of the maximum: then no pass is made for it.

The sums are taken one Newton step before the maximum, which leaves rounding alone (`closing.NEAR`); leverages are those
of the information before that.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import isnan, nan
from typing import Any

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.diagnostics.null_model import Levels, at_levels, levels_around
from glmnn.diagnostics.overdispersion import excess_of, has_excess
from glmnn.diagnostics.robust import KINDS, meat_of, scores_by_cluster
from glmnn.diagnostics.settings import InferenceSettings
from glmnn.diagnostics.statistics import deviance_of_mean, log_likelihood_of, null_is_known
from glmnn.models.evaluation import Totals
from glmnn.models.glm import GLM
from glmnn.problem.problem import Problem, is_glm
from glmnn.solvers.closing import Asked, Besides
from glmnn.solvers.fisher import LARGE

Sum = Callable[[GLM, Array, Array, Block], Any]  # of a model, coefficients, information^-1 and a block


def besides(settings: InferenceSettings, has_constant: bool, problem: Problem) -> Asked | None:
    """Return what to sum of each block in the closing pass besides; None where a pass more costs nothing.

    Parameters
    ----------
    settings : InferenceSettings
    has_constant : bool
        Whether the null model has an intercept.
    problem : Problem
        Whose summary is known by then.
    """
    if problem.rows < LARGE or not is_glm(problem) or not problem.additive:
        return None
    summary, family, frequency = problem.data.summary, problem.model.family, settings.weights == "freq"
    asked: dict[str, Sum] = {}
    if settings.clusters is None and settings.covariance in KINDS:
        asked["meat"] = partial(_meat, settings.covariance, frequency)
    if has_excess(problem):
        asked["excess"] = partial(_excess, frequency)
    totals = Totals(problem.rows, summary.weight, nan, summary.whole_numbers)
    plain = family.plain_log_likelihood if summary.plain else None
    known = plain is not None and not isnan(plain(totals._replace(deviance=1.0)))
    if plain is not None and not known and not isnan(plain(totals._replace(deviance=1.0, logs=0.0))):
        asked["logs"] = _logs
    if problem.model.dispersion_known and not known and settings.weights != "prob":
        asked["likelihood"] = partial(_likelihood, totals, frequency)
    if summary.has_offset:
        asked["offset"] = _offset
    if (null := _null_of(problem, has_constant)) is not None:
        asked["null"] = null
    of_block = partial(_all, tuple(asked.items())) if asked else None
    return Asked(of_block, settings.clusters, None if settings.clusters is None else scores_by_cluster)


def _null_of(problem: Problem, has_constant: bool) -> Sum | None:
    """Return what tells the null deviance; None where it is known, or takes passes of its own."""
    summary = problem.data.summary
    if null_is_known(problem):
        return None
    if not has_constant:
        return _nothing
    if not summary.has_offset:
        return partial(_null, summary.mean)
    around = levels_around(problem)
    return None if around is None else partial(_levels, *around)


def _all(asked: tuple[tuple[str, Sum], ...], model: GLM, coef: Array, bread: Array, block: Block) -> Besides:
    return Besides({name: of(model, coef, bread, block) for name, of in asked})


def _meat(kind: str, frequency: bool, model: GLM, coef: Array, bread: Array, block: Block) -> Array:
    return meat_of(model, coef, bread, kind, frequency, block)


def _excess(frequency: bool, model: GLM, coef: Array, bread: Array, block: Block) -> Array:
    return excess_of(model, coef, bread, frequency, block)


def _likelihood(totals: Totals, frequency: bool, model: GLM, coef: Array, _bread: Array, block: Block) -> float:
    return log_likelihood_of(model, partial(model.eta, coef), totals, frequency, block)


def _logs(_model: GLM, _coef: Array, _bread: Array, block: Block) -> float:
    return float(np.log(block.y).sum())


def _offset(model: GLM, coef: Array, _bread: Array, block: Block) -> float:
    """Return the squared length of the offset under the information."""
    information = model.evaluate(model.eta(coef, block), block.y).information
    return float((information * block.prior_weight) @ block.offset**2)


def _nothing(model: GLM, coef: Array, _bread: Array, block: Block) -> float:
    return model.deviance(np.zeros_like(coef), block)


def _levels(centre: float, width: float, model: GLM, _coef: Array, _bread: Array, block: Block) -> Levels:
    return at_levels(centre, width, model, block)


def _null(mean: float, model: GLM, _coef: Array, _bread: Array, block: Block) -> float:
    return deviance_of_mean(model, mean, block)
