"""What is said of a row with one linear predictor: its mean, its class, and how well that fits the response."""

from __future__ import annotations

import numpy as np

from glmnn.arrays import Array, Mask
from glmnn.data.design import Roles, response_of
from glmnn.data.table import Table
from glmnn.diagnostics import metrics
from glmnn.errors import UsageError, option
from glmnn.models.glm import GLM
from glmnn.predicting.options import PredictOptions
from glmnn.predicting.predictor import Answer


def parts_of(model: GLM) -> dict[str, bool]:
    """Return which of offset, exposure, trials and weights go with family and link."""
    return {"offset": True, "exposure": model.link.multiplicative, "trials": model.family.trials, "weights": True}


def answer_of(model: GLM, eta: Array, options: PredictOptions) -> Answer:
    """Return mean, linear predictor or class of each row, without an interval.

    Raises
    ------
    UsageError
        If classes are asked of a family that has none.
    """
    if options.type == "class" and not model.family.trials:
        raise UsageError(
            f"{option('type', 'class')} needs a binomial model or classes; this one is {model.family.name}"
        )
    low, high = model.etas
    legal = (eta > low) & (eta < high)
    mean = np.where(legal, model.link.inverse(eta), np.nan)
    notes: tuple[str, ...] = ()
    if not legal.all():
        told = f"no mean in {int((~legal).sum())} rows: their linear predictor is outside of {low:g} to {high:g}"
        notes = (f"{told}, the domain of {model.family.name}, {model.link.name} link",)
    classes = None
    if options.type == "class":
        classes = tuple(None if np.isnan(mu) else int(mu >= options.threshold) for mu in mean)
    return Answer(eta, {"link": eta} if options.type == "link" else {"mean": mean}, classes, notes)


def measure_single(
    model: GLM, table: Table, rows: Mask, roles: Roles, eta: Array, options: PredictOptions
) -> dict[str, float]:
    """Return deviance and mean loss, and what else goes with the family."""
    assert roles.target is not None
    y, prior_weight = response_of(table, roles.target, rows, roles, model.family)
    with np.errstate(all="ignore"):
        mu, complement = model.link.inverse(eta), model.link.complement(eta)
        deviance = float(prior_weight @ model.pointwise.evaluate(eta, y)[0]) if model.inside(eta) else np.nan
        if not model.family.trials:
            return metrics.of_means(y, mu, prior_weight, deviance)
        logit = np.log(mu) - np.log(complement)
    return metrics.of_probabilities(y, mu, logit, prior_weight, deviance, options.threshold)
