"""The options of `glmnn audit`."""

from __future__ import annotations

from dataclasses import dataclass

from glmnn.options.fields import TOLERANCE, option
from glmnn.options.model import ModelOptions


@dataclass(frozen=True, kw_only=True)
class AuditOptions(ModelOptions):
    """What is fitted, and how near a claim must come."""

    tol_se: float = option(
        1e-3, "Standard errors up to which a claim that is not correctly rounded still counts.", panel=TOLERANCE
    )
