"""The coefficients with their intervals, each times the standard deviation of its column."""

from __future__ import annotations

import numpy as np

from glmnn.arrays import Array
from glmnn.diagnostics.inference import Inference
from glmnn.diagnostics.significance import quantile
from glmnn.pictures.digits import one
from glmnn.pictures.document import Coefficient, Coefficients, Interval
from glmnn.pictures.subject import Subject
from glmnn.problem.problem import Problem


def forest(subject: Subject, inference: Inference) -> Coefficients:
    """Return every coefficient at the maximum, as a table and a forest plot need it."""
    problem = subject.problem
    scale, profile = column_scales(problem), inference.settings.profile
    ratios = problem.model.capabilities.ratios
    claimed = None if subject.claimed is None else subject.claimed.coef
    width = quantile(inference.level, inference.df_residual, inference.dispersion_known)
    wald = inference.coef - width * inference.std_error, inference.coef + width * inference.std_error
    ends = inference.low, inference.high
    terms = []
    for place, (term, label) in enumerate(zip(problem.names, subject.labels, strict=True)):
        terms.append(
            Coefficient(
                term=term,
                label=label,
                estimate=float(inference.coef[place]),
                std_error=one(float(inference.std_error[place]), 7),
                statistic=one(float(inference.statistic[place])),
                p_value=one(float(inference.p_value[place])),
                low=one(float(inference.low[place]), 7),
                high=one(float(inference.high[place]), 7),
                scale=one(float(scale[place])) or 0.0,
                scaled=_scaled(inference.coef, ends, scale, place),
                scaled_wald=_scaled(inference.coef, wald, scale, place) if profile else None,
                ratio=_ratio(inference.coef, ends, place) if ratios else None,
                claimed=None if claimed is None else float(claimed[place]),
                scaled_claimed=None if claimed is None or not scale[place] else one(claimed[place] * scale[place]),
            )
        )
    return Coefficients(
        level=inference.level,
        interval="profile" if profile else "wald",
        statistic="z" if inference.dispersion_known else "t",
        ratios=ratios or None,
        terms=terms,
    )


def column_scales(problem: Problem) -> Array:
    """Return the standard deviation of the column of each coefficient, 0 of a constant one, shape (p,)."""
    low, high = problem.data.extremes
    centre, squares, _ = problem.data.moments
    if not centre.any():  # they are about 0 where no column is constant
        mean = problem.data.sum(lambda block: np.asarray(block.X.sum(axis=0))) / problem.rows
        squares = squares - mean * mean
    scale = np.where(low == high, 0.0, np.sqrt(np.maximum(squares, 0.0)))
    return np.tile(scale, problem.model.free)


def _scaled(coef: Array, ends: tuple[Array, Array], scale: Array, place: int) -> Interval | None:
    if not scale[place]:
        return None
    estimate, low, high = (one(float(values[place] * scale[place])) for values in (coef, *ends))
    return Interval(estimate=estimate, low=low, high=high)


def _ratio(coef: Array, ends: tuple[Array, Array], place: int) -> Interval:
    with np.errstate(over="ignore"):
        estimate, low, high = (one(float(np.exp(values[place]))) for values in (coef, *ends))
    return Interval(estimate=estimate, low=low, high=high)
