"""Which covariance and which intervals, and whether a kind of model has them."""

from __future__ import annotations

from dataclasses import dataclass

from glmnn.arrays import Index
from glmnn.data.clusters import Clusters
from glmnn.diagnostics.robust import KINDS
from glmnn.errors import OptionError, UsageError
from glmnn.models.capabilities import Capabilities


@dataclass(frozen=True)
class InferenceSettings:
    """Which covariance and which intervals.

    Attributes
    ----------
    level : float
        Coverage of the intervals.
    covariance : str
        ``model`` for the inverse information, or one of HC0 to HC3.
    clusters : ndarray of int, shape (rows,), Clusters or None
        The cluster of each row, for a covariance that allows dependence within clusters.
    profile : bool
        Profile-likelihood intervals instead of Wald's.
    weights : str
        What the prior weights are: ``var`` (inverse variances), ``freq`` (a row stands for so many equal ones) or
        ``prob`` (inverse sampling probabilities; the covariance is then robust).
    quasi : bool
        Estimate a dispersion that is 1 by definition: standard errors are multiplied by its root.
    parameters : int
        Parameters of the family that were estimated too, which criteria count.
    """

    level: float = 0.95
    covariance: str = "model"
    clusters: Index | Clusters | None = None
    profile: bool = False
    weights: str = "var"
    quasi: bool = False
    parameters: int = 0

    @property
    def plain(self) -> bool:
        """True when the standard errors rest on the variance function and the dispersion alone."""
        return self.covariance == "model" and self.clusters is None

    @property
    def label(self) -> str:
        """How the report calls the standard errors."""
        if self.clusters is not None:
            return f"cluster-robust standard errors, {int(self.clusters.max()) + 1} clusters"
        return f"{self.covariance} standard errors" if self.covariance in KINDS else ""


def check_settings(capabilities: Capabilities, settings: InferenceSettings) -> None:
    """Refuse a covariance or an interval that a kind of model does not have.

    Raises
    ------
    UsageError
        With the reason.
    """
    if settings.profile and capabilities.profile:
        raise UsageError(capabilities.profile)
    if settings.quasi and capabilities.quasi:
        raise UsageError(capabilities.quasi)
    simple = settings.covariance in ("model", "HC0") and settings.clusters is None
    if capabilities.robust and not simple:
        raise OptionError("cov", f"{settings.covariance} {capabilities.robust}")
