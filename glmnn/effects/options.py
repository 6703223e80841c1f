"""The options of `glmnn effects`."""

from __future__ import annotations

from dataclasses import dataclass, fields

from glmnn.options.fields import EFFECTS, option
from glmnn.options.model import ModelOptions


@dataclass(frozen=True, kw_only=True)
class EffectsOptions(ModelOptions):
    """What is fitted, and which effects are asked for."""

    variables: list[str] = option(
        [], "Columns whose effects are asked for, as a,b or repeated; without it all of the model.", panel=EFFECTS
    )
    at: str = option(
        "data",
        "data: average over the rows; grid: over the reference grid, which has numbers at their mean and each "
        "combination of levels once.",
        panel=EFFECTS,
    )
    type: str = option("mean", "Effects on the mean, or on the link for the linear predictor.", panel=EFFECTS)


def of_model(model: ModelOptions, variables: list[str], at: str, type: str) -> EffectsOptions:  # noqa: A002
    """Return the options of effects of a model that is fitted already, however the intervals of its fit were made."""
    fitted = {item.name: getattr(model, item.name) for item in fields(ModelOptions)} | {"ci": "wald"}
    return EffectsOptions(**fitted, variables=variables, at=at, type=type)
