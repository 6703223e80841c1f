"""What goes with a model and what does not: one table for each kind, with the reasons that people are told."""

from __future__ import annotations

from dataclasses import dataclass

from glmnn.errors import option
from glmnn.models.families import FAMILIES, Family
from glmnn.models.links import Link

FIRTH, QUASI = option("penalty", "firth"), option("dispersion", "pearson")


@dataclass(frozen=True)
class Capabilities:
    """What goes with a model: each field is empty where it does, else the reason why not.

    Attributes
    ----------
    offset, exposure, trials, weights : str
        Columns with a part of their own.
    profile : str
        Intervals of the profile likelihood.
    robust : str
        Covariances other than the model's and HC0, after the name of the one that was asked for.
    quasi : str
        A dispersion estimated though it is 1 by definition.
    firth : str
        Jeffreys' prior as a penalty.
    audit : str
        Claimed coefficients certified, and their causes looked for.
    interval : str
        Intervals of predicted means.
    label : str
        A class as the prediction.
    finite_by : str
        Not a reason: the penalties that always have a finite maximum.
    ratios : str
        Not a reason: what exponentials of coefficients are ratios of, as people call it; empty where of nothing.
    """

    offset: str = ""
    exposure: str = ""
    trials: str = ""
    weights: str = ""
    profile: str = ""
    robust: str = ""
    quasi: str = ""
    firth: str = ""
    audit: str = ""
    interval: str = ""
    label: str = ""
    finite_by: str = f"{FIRTH} or {option('l2')}"
    ratios: str = ""

    @property
    def parts(self) -> dict[str, bool]:
        """Which of offset, exposure, trials and weights go with it."""
        return {part: not getattr(self, part) for part in ("offset", "exposure", "trials", "weights")}


def of_glm(family: Family, link: Link) -> Capabilities:
    """Return what goes with a family and a link."""
    able = " and ".join(known.kind for known in FAMILIES.values() if known.jeffreys)
    no_log = f"{option('exposure')} needs the log link, not {link.name}; use {option('offset')}"
    no_class = f"{option('type', 'class')} needs a binomial model or classes; this one is {family.name}"
    return Capabilities(
        exposure="" if link.multiplicative else no_log,
        trials="" if family.trials else f"{option('trials')} belongs to the binomial family, not to {family.name}",
        quasi=_no_quasi(family),
        firth="" if family.jeffreys else f"{FIRTH} is for the {able} families, not for {family.name}",
        label="" if family.trials else no_class,
        ratios=family.ratios if link.multiplicative else link.exponentials if family.trials else "",
    )


def _no_quasi(family: Family) -> str:
    """Return why there is no quasi-likelihood of a family, empty where there is one."""
    if family.excess is not None:
        return ""
    if family.dispersion_known:
        return f"{QUASI} is for the binomial and poisson families: {family.name} has a parameter for the dispersion"
    return f"the dispersion of the {family.kind} family is estimated so already: leave {QUASI} out"


OF_CLASSES = Capabilities(
    offset=f"{option('offset')} cannot be combined with the multinomial family",
    exposure=f"{option('exposure')} cannot be combined with the multinomial family",
    trials=f"{option('trials')} cannot be combined with the multinomial family",
    profile=f"{option('ci', 'profile')} is not there for the multinomial family; {option('ci', 'wald')} is",
    robust="is not there for the multinomial family: choose model or HC0",
    quasi=f"{QUASI} is for the binomial and poisson families, not for multinomial",
    firth=f"{FIRTH} is for the binomial and poisson families, not for multinomial",
    audit="coefficients of the multinomial family cannot be audited yet; those of two classes can (binomial)",
    interval=f"{option('interval')} is not there for several classes: there are probabilities, without intervals",
    finite_by=option("l2"),
    ratios="relative risk ratios",
)
