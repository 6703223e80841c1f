"""The options of `glmnn gradcheck`."""

from __future__ import annotations

from dataclasses import dataclass

from glmnn.options.fields import NETWORK, option
from glmnn.options.model import ModelOptions


@dataclass(frozen=True, kw_only=True)
class GradcheckOptions(ModelOptions):
    """Whose backward pass is checked."""

    hidden: str | None = option(None, "Hidden layers, as for glmnn fit; without it the GLM itself.", panel=NETWORK)
    loss: str | None = option(None, "As for glmnn fit.", panel=NETWORK)
    init: str = option(
        "auto",
        "Weights to look at: auto, uniform, random, or all of them as 0.1,-2 for columns as they are.",
        panel=NETWORK,
    )
    seed: int = option(0, "Seeds the weights, and the rows where there is no DATA.", panel=NETWORK)
    net: str | None = option(
        None, "Instead: lecture, 2-2-2-1 or toy, nets and a graph worked by hand in lectures.", panel=NETWORK
    )
