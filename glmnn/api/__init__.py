"""What `import glmnn` offers: one function for each command, and what it returns."""

from glmnn.api.audited import AuditResult, audit
from glmnn.api.checked import CheckResult, check
from glmnn.api.fitted import fit
from glmnn.api.predicted import PredictResult, SavedModel, load
from glmnn.api.results import FitResult
from glmnn.api.simulated import SimulateResult, simulate
from glmnn.errors import GlmnnError

__all__ = [
    "AuditResult",
    "CheckResult",
    "FitResult",
    "GlmnnError",
    "PredictResult",
    "SavedModel",
    "SimulateResult",
    "audit",
    "check",
    "fit",
    "load",
    "simulate",
]
