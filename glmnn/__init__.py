"""Generalised linear models by Fisher scoring and by gradient descent, compared.

>>> import glmnn
>>> glmnn.fit({"x": [2, 3, 5, 7, 11, 13], "y": [0, 0, 1, 0, 1, 1]}).coef["x"].round(4)
np.float64(0.5518)
"""

from __future__ import annotations

TYPE_CHECKING = (
    False  # loading typing takes longer than all the rest here, and a Ctrl-C meanwhile has nobody to hear it
)
if TYPE_CHECKING:
    from typing import Any

    from glmnn.api import (
        AuditResult,
        CheckResult,
        FitResult,
        GlmnnError,
        PredictResult,
        SavedModel,
        SimulateResult,
        audit,
        check,
        fit,
        load,
        simulate,
    )

__all__ = [
    "AuditResult",
    "CheckResult",
    "FitResult",
    "GlmnnError",
    "PredictResult",
    "SavedModel",
    "SimulateResult",
    "__version__",
    "audit",
    "check",
    "fit",
    "load",
    "simulate",
]


def __getattr__(name: str) -> Any:
    """Load the library when something of it is used: `glmnn --help` needs nothing."""
    if name == "__version__":
        from importlib.metadata import version

        return version("glmnn")
    if name in __all__:
        from importlib import import_module

        return getattr(import_module("glmnn.api"), name)
    raise AttributeError(f"module 'glmnn' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
