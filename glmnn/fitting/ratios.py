"""Exponentials of the coefficients: what a change of a feature by 1 multiplies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glmnn.arrays import Array
from glmnn.diagnostics.inference import Inference
from glmnn.errors import UsageError, option
from glmnn.models.model import SecondOrderModel


@dataclass(frozen=True)
class Ratios:
    """Exponentials of coefficients and of the ends of their intervals, which keep their coverage.

    Attributes
    ----------
    name : str
        What they are ratios of: odds, rates, risks, hazards, means.
    values, low, high : ndarray of shape (p,)
    """

    name: str
    values: Array
    low: Array
    high: Array


def check_ratios(model: SecondOrderModel) -> None:
    """Refuse a model whose coefficients have exponentials that are ratios of nothing.

    Raises
    ------
    UsageError
        With the reason.
    """
    if not model.capabilities.ratios:
        raise UsageError(
            f"{option('exp')} is for the log link, for logit and cloglog with the binomial family, and for classes: "
            f"with {model.family_name} and the {model.link_name} link exp(coefficient) is not a ratio"
        )


def ratios_of(model: SecondOrderModel, inference: Inference) -> Ratios:
    """Return odds, rate, risk, hazard or mean ratios with their intervals.

    Under the logit link exp(b) multiplies the odds, under the log link the mean (McCullagh & Nelder, 1989, 4.3 and
    6.2), under cloglog the cumulative hazard -log(1 - mu) (Prentice & Gloeckler, 1978), and between classes the risk
    of one against that of the base (Agresti, 2013, 8.1).

    Raises
    ------
    UsageError
        If the exponentials are ratios of nothing.
    """
    check_ratios(model)
    with np.errstate(over="ignore"):
        return Ratios(model.capabilities.ratios, np.exp(inference.coef), np.exp(inference.low), np.exp(inference.high))
