"""Does a model fit exactly? And what is then left to say."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite, sqrt

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.kernels.linear_algebra import column_scale
from glmnn.models.families import Family
from glmnn.models.glm import GLM
from glmnn.problem.problem import Problem
from glmnn.solvers.closing import Closing

ROUNDING = 64 * float(np.finfo(float).eps)  # of a response or a mean, relative to the terms it is made of


def fits_exactly(problem: Problem, coef: Array, deviance: float, closing: Closing | None = None) -> bool:
    """Say whether the deviance is 0 to the rounding of y and of the fitted means.

    Where the sums of the last pass are known they bound that rounding, and most often settle it without another pass:
    by Minkowski's inequality sum_i I_i (|x_i|' |coef|)^2 <= (sum_j |coef_j| sqrt(I_jj))^2, the offset being one more.
    """
    if closing is not None and ("offset" in closing.besides or not problem.data.summary.has_offset):
        length = float(np.abs(coef) @ column_scale(closing.second_order.information))
        length += sqrt(closing.besides.get("offset", 0.0))
        if deviance > ROUNDING**2 * 2.0 * (length**2 + closing.sizes):
            return False
    return deviance <= rounding_of_deviance(problem, coef)


def rounding_of_deviance(problem: Problem, coef: Array) -> float:
    """Return the deviance that an exact fit can have from the rounding of y and of the fitted means."""
    with np.errstate(all="ignore"):
        total: float = problem.data.sum(_squared_sizes, problem.glm, coef)
    return ROUNDING**2 * total if isfinite(total) else 0.0


def _squared_sizes(model: GLM, coef: Array, block: Block) -> float:
    """Return the deviance of rows whose means were wrong by the size of the terms that they are made of."""
    eta = model.eta(coef, block)
    mu, slope = model.link.inverse(eta), np.abs(model.link.inverse_derivative(eta))
    terms = np.abs(block.X) @ np.abs(coef) + np.abs(block.offset)
    size = np.where(slope > 0, slope * terms, 0.0) + np.abs(block.y) + np.abs(mu)
    return float(block.prior_weight @ (size**2 / model.family.variance(mu)))


def exact_notes(family: Family, exact: bool, known: bool, df_residual: int, robust: str) -> Iterator[str]:
    """Yield what an exact fit leaves to be said, and what not.

    Parameters
    ----------
    family : Family
    exact : bool
        The deviance is 0 to rounding.
    known : bool
        The dispersion is 1 by definition.
    df_residual : int
    robust : str
        What the standard errors are called where they rest on residuals, else nothing.
    """
    saturated = df_residual <= 0
    if saturated and not known:
        yield "fits exactly: no residual degrees of freedom, so no standard errors"
    elif saturated:
        yield (
            "fits exactly: as many coefficients as rows, so no residual degrees of freedom: the deviance cannot test "
            f"the model, and the standard errors rest on the variance of the {family.name} family alone"
        )
    elif exact and not known:
        yield (
            "fits exactly: the deviance is 0 to rounding, and so is the dispersion: standard errors, tests and "
            "intervals mean nothing"
        )
    elif exact:
        yield "fits exactly: the deviance is 0 to rounding"
    if robust and known and (saturated or exact):
        yield f"{robust} rest on residuals, and here there are none"
