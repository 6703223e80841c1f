"""The options of `glmnn prove`."""

from __future__ import annotations

from dataclasses import dataclass

from glmnn.options.fields import OUTPUT, option
from glmnn.options.model import ModelOptions


@dataclass(frozen=True, kw_only=True)
class ProveOptions(ModelOptions):
    """What is fitted and proved, and with how many processes."""

    jobs: int = option(1, "Processes; what is proved does not depend on their number.", panel=OUTPUT)
