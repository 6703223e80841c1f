"""What a fit says of each row: residuals of every kind, leverage and influence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from glmnn.arrays import Array, Block
from glmnn.diagnostics.covariance import Covariance
from glmnn.diagnostics.inference import Inference
from glmnn.models.families.family import Family
from glmnn.models.glm import GLM
from glmnn.problem.problem import Problem

ROUNDING = 1e-10  # of 1 - leverage: such a row is fitted whatever it says, and its residual is rounding


@dataclass(frozen=True)
class Rows:
    """Rows of a fit, each array of shape (rows,).

    Attributes
    ----------
    eta, mean : ndarray
        Linear predictor and fitted mean.
    response, working : ndarray
        y - mu, and the same divided by dmu/deta.
    pearson, deviance : ndarray
        (y - mu) sqrt(w / V(mu)), and the signed root of the row's deviance.
    quantile : ndarray
        Standard normal where the model is right (Dunn & Smyth, 1996); nan where there is no closed form.
    leverage : ndarray
        Diagonal of the hat matrix W^1/2 X (X'WX)^-1 X' W^1/2.
    standardized, standardized_pearson : ndarray
        Deviance and Pearson residuals divided by sqrt(dispersion (1 - leverage)); nan at a leverage of 1.
    cooks_distance : ndarray
        (pearson / (1 - h))^2 h / (dispersion p) (Pregibon, 1981; Williams, 1987).
    sigma : ndarray
        Root of the dispersion by deviance residuals without the row.
    """

    eta: Array
    mean: Array
    response: Array
    working: Array
    pearson: Array
    deviance: Array
    quantile: Array
    leverage: Array
    standardized: Array
    standardized_pearson: Array
    cooks_distance: Array
    sigma: Array


def rows_of(problem: Problem, inference: Inference, rest: Array, seed: int = 0) -> Rows:
    """Return what a fit says of each row, as R's residuals, hatvalues, rstandard, influence and cooks.distance do.

    Parameters
    ----------
    problem : Problem
        Of one linear predictor.
    inference : Inference
        At the estimate of this problem.
    rest : ndarray of shape (p,)
        What float64 cannot hold of the estimate.
    seed : int
        Of the quantile residuals of responses that are whole numbers, which are spread over their step.
    """
    frequencies = inference.settings.weights == "freq"
    spread, rng = Covariance.unscaled(inference.second_order), np.random.default_rng(seed)
    eta_of = problem.predictor(inference.coef, rest)
    dispersion = 1.0 if inference.dispersion_known else inference.dispersion
    parts = []
    with np.errstate(all="ignore"):
        for block in problem.data.blocks():
            weight = np.ones_like(block.y) if frequencies else block.prior_weight
            parts.append(_part(problem.glm, eta_of(block), spread, dispersion, weight, rng, block))
        joined = map(np.concatenate, zip(*parts, strict=True))
        eta, mean, response, working, pearson, deviance, quantile, leverage = joined
        rest = np.where(1.0 - leverage > ROUNDING, 1.0 - leverage, np.nan)
        scale = np.sqrt(dispersion * rest)
        cooks = (pearson / rest) ** 2 * leverage / (dispersion * inference.coef.size)
        left = np.sum(deviance**2) - deviance**2 / rest
        sigma = np.sqrt(left / (inference.df_residual - 1)) if inference.df_residual > 1 else np.full_like(left, np.nan)
    return Rows(
        eta, mean, response, working, pearson, deviance, quantile, leverage, deviance / scale, pearson / scale, cooks,
        sigma,
    )  # fmt: skip


def _part(
    model: GLM, eta: Array, spread: Covariance, dispersion: float, weight: Array, rng: np.random.Generator, block: Block
) -> tuple[Array, ...]:
    """Return what does not depend on the other rows but through the estimate."""
    mean = model.link.inverse(eta)
    deviance, score, information = model.evaluate(eta, block.y)
    response = block.y - mean
    signed = np.sign(response) * np.sqrt(np.maximum(weight * deviance, 0.0))
    pearson = score * np.sqrt(weight / information) * np.sign(model.link.inverse_derivative(eta))
    leverage = weight * information * spread.variances(block.X)
    precision = weight if model.family.dispersion_known else weight / dispersion
    quantile = quantile_residuals(model.family, block.y, mean, precision, rng)
    working = score / information
    return eta, mean, response, working, pearson, signed, quantile, leverage


def quantile_residuals(family: Family, y: Array, mean: Array, precision: Array, rng: np.random.Generator) -> Array:
    """Return randomised quantile residuals, shape (rows,): the normal quantiles of the probabilities of the responses.

    Parameters
    ----------
    family : Family
    y, mean : ndarray of shape (rows,)
    precision : ndarray of shape (rows,)
        Prior weight / dispersion.
    rng : Generator
        A response that is a whole number is put somewhere in its step, with a uniform number.
    """
    if family.tails is None:
        return np.full_like(y, np.nan)
    tails = family.tails(y, mean, precision)
    place = rng.random(y.size)
    lower = tails.below + place * (tails.up_to - tails.below)
    upper = tails.above + (1.0 - place) * (tails.from_on - tails.above)
    return np.where(lower < 0.5, ndtri(lower), -ndtri(upper))
