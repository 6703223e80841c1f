"""Generalised linear models by Fisher scoring and by gradient descent, compared.

>>> import glmnn
>>> glmnn.fit({"x": [2, 3, 5, 7, 11, 13], "y": [0, 0, 1, 0, 1, 1]}).coef["x"].round(4)
np.float64(0.5518)

What stands in `__all__` is public: the functions of the command line, and the library below them. Everything else may
change without a word.
"""

from __future__ import annotations

TYPE_CHECKING = (
    False  # loading typing takes longer than all the rest here, and a Ctrl-C meanwhile has nobody to hear it
)
if TYPE_CHECKING:
    from typing import Any

    from glmnn.api.analysed import anova as anova
    from glmnn.api.anova_result import AnovaResult as AnovaResult
    from glmnn.api.audited import AuditResult as AuditResult
    from glmnn.api.audited import audit as audit
    from glmnn.api.checked import CheckResult as CheckResult
    from glmnn.api.checked import check as check
    from glmnn.api.effects_result import EffectsResult as EffectsResult
    from glmnn.api.fitted import fit as fit
    from glmnn.api.predicted import PredictResult as PredictResult
    from glmnn.api.predicted import SavedModel as SavedModel
    from glmnn.api.predicted import load as load
    from glmnn.api.proved import ProofResult as ProofResult
    from glmnn.api.proved import prove as prove
    from glmnn.api.proved import verify as verify
    from glmnn.api.raced import RaceResult as RaceResult
    from glmnn.api.raced import race as race
    from glmnn.api.results import FitResult as FitResult
    from glmnn.api.simulated import SimulateResult as SimulateResult
    from glmnn.api.simulated import simulate as simulate
    from glmnn.api.trained import NetworkResult as NetworkResult
    from glmnn.data.dataset import Dataset as Dataset
    from glmnn.data.dataset import InMemory as InMemory
    from glmnn.diagnostics.inference import infer as infer
    from glmnn.errors import DataError as DataError
    from glmnn.errors import GlmnnError as GlmnnError
    from glmnn.errors import NeedsAllRows as NeedsAllRows
    from glmnn.errors import NoMaximum as NoMaximum
    from glmnn.errors import OptionError as OptionError
    from glmnn.errors import UsageError as UsageError
    from glmnn.fitting.agreement import compare as compare
    from glmnn.models import families as families
    from glmnn.models import links as links
    from glmnn.models.glm import GLM as GLM
    from glmnn.models.softmax import to_baseline as to_baseline
    from glmnn.models.softmax import to_symmetric as to_symmetric
    from glmnn.problem.problem import Problem as Problem
    from glmnn.solvers.fisher import Fisher as Fisher
    from glmnn.solvers.gradient import Gradient as Gradient
    from glmnn.solvers.loop import fit as solve  # noqa: F401
    from glmnn.solvers.stopping import Budget as Budget
    from glmnn.solvers.stopping.held_out import HeldOut as HeldOut
    from glmnn.solvers.stopping.standard_errors import StandardErrors as StandardErrors

    __version__: str

_PLACES = {
    "anova": "glmnn.api.analysed:anova",
    "AnovaResult": "glmnn.api.anova_result:AnovaResult",
    "audit": "glmnn.api.audited:audit",
    "AuditResult": "glmnn.api.audited:AuditResult",
    "check": "glmnn.api.checked:check",
    "CheckResult": "glmnn.api.checked:CheckResult",
    "EffectsResult": "glmnn.api.effects_result:EffectsResult",
    "fit": "glmnn.api.fitted:fit",
    "FitResult": "glmnn.api.results:FitResult",
    "NetworkResult": "glmnn.api.trained:NetworkResult",
    "race": "glmnn.api.raced:race",
    "RaceResult": "glmnn.api.raced:RaceResult",
    "load": "glmnn.api.predicted:load",
    "PredictResult": "glmnn.api.predicted:PredictResult",
    "SavedModel": "glmnn.api.predicted:SavedModel",
    "prove": "glmnn.api.proved:prove",
    "ProofResult": "glmnn.api.proved:ProofResult",
    "verify": "glmnn.api.proved:verify",
    "simulate": "glmnn.api.simulated:simulate",
    "SimulateResult": "glmnn.api.simulated:SimulateResult",
    "DataError": "glmnn.errors:DataError",
    "GlmnnError": "glmnn.errors:GlmnnError",
    "NeedsAllRows": "glmnn.errors:NeedsAllRows",
    "NoMaximum": "glmnn.errors:NoMaximum",
    "OptionError": "glmnn.errors:OptionError",
    "UsageError": "glmnn.errors:UsageError",
    "compare": "glmnn.fitting.agreement:compare",
    "Budget": "glmnn.solvers.stopping:Budget",
    "Dataset": "glmnn.data.dataset:Dataset",
    "InMemory": "glmnn.data.dataset:InMemory",
    "families": "glmnn.models.families",
    "Fisher": "glmnn.solvers.fisher:Fisher",
    "GLM": "glmnn.models.glm:GLM",
    "Gradient": "glmnn.solvers.gradient:Gradient",
    "HeldOut": "glmnn.solvers.stopping.held_out:HeldOut",
    "infer": "glmnn.diagnostics.inference:infer",
    "links": "glmnn.models.links",
    "Problem": "glmnn.problem.problem:Problem",
    "solve": "glmnn.solvers.loop:fit",
    "StandardErrors": "glmnn.solvers.stopping.standard_errors:StandardErrors",
    "to_baseline": "glmnn.models.softmax:to_baseline",
    "to_symmetric": "glmnn.models.softmax:to_symmetric",
}
__all__ = sorted(("__version__", *_PLACES))


def __getattr__(name: str) -> Any:
    """Load what is used when it is used: `glmnn --help` needs nothing, and `glmnn.fit` no audit."""
    if name == "__version__":
        from importlib.metadata import version

        return version("glmnn")
    if name not in _PLACES:
        raise AttributeError(f"module 'glmnn' has no attribute {name!r}")
    from importlib import import_module

    module, _, attribute = _PLACES[name].partition(":")
    found = import_module(module)
    globals()[name] = getattr(found, attribute) if attribute else found  # so that it is asked for once
    return globals()[name]


def __dir__() -> list[str]:
    return __all__
