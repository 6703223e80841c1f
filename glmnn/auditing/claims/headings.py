"""What stands above the columns of a table of coefficients, in the words of many programs."""

from __future__ import annotations

import re
from enum import Enum

from glmnn.auditing.claims.cells import straight


class Role(Enum):
    """What a column has; the weak words of a role could be names of variables too."""

    TERM = "names"
    ESTIMATE = "coefficients"
    RATIO = "ratios"
    OTHER = "neither"


TERMS = ("term", "name", "variable", "parameter", "feature", "predictor", "names", "index", "unnamed: 0", "")
MORE_TERMS = (
    "terms", "variables", "parameters", "features", "predictors", "effect", "covariate", "covariates", "rowname",
    "coefficient name", "characteristic", "regressor", "factor",
)  # fmt: skip
VALUES = ("estimate", "coef", "coefficient", "value", "beta", "params", "coef.", "coefficients", "estimates")
MORE_VALUES = (
    "est", "est.", "coeff", "coeff.", "coefs", "coefficient estimate", "parameter estimate", "log odds", "log-odds",
    "log(or)", "log or", "logodds", "log-odds ratio", "weights", "weight", "\u03b2", "estimated coefficient",
    "unstandardized b", "unstandardised b", "log(irr)", "coef_",
)  # fmt: skip
WEAK_VALUES = ("b",)
RATIOS = (
    "odds ratio", "odds ratios", "odds_ratio", "odds.ratio", "oddsratio", "or", "aor", "adjusted or", "exp(coef)",
    "exp(coef.)", "exp(b)", "exp(beta)", "exp(\u03b2)", "exp(estimate)", "exp(est.)", "exp(est)", "exp(coefficient)",
    "irr", "incidence rate ratio", "incidence rate ratios", "rate ratio", "rrr", "relative risk", "risk ratio",
    "risk ratios", "haz. ratio", "hazard ratio", "hr", "point estimate", "exp.coef", "exp.coef.", "exp(params)",
)  # fmt: skip
OTHERS = re.compile(
    r"error|(?:robust )?se(?:[. ](?:coef|b|est)\.?)?"
    r"|(?:robust )?(?:std|standard|stand)[. _]*err(?:or)?s?\.?"
    r"|std[. _]*dev.*|s\.?e\.?(?:[(]?.{0,12}[)]?)|bse|sd|stderr"
    r"|[ztf](?:[ ._-]*(?:stat(?:istic)?\.?|val(?:ue)?s?\.?|score))?"
    r"|wald.*|(?:wald )?chi[- ._]?sq(?:uare)?[d.]?|statistic|stat\.?|d\.?f\.?|sig\.?(?:nif(?:icance)?)?"
    r"|p|p\.?[ ._-]*val(?:ue)?s?\.?|pr? ?(?:\(|>|\.{2,}).*|prob\.?.*|[\[(]?\s*0?\.\d+\s*[\])]?|\d+(?:\.\d+)? ?%"
    r"|x\d+(?:\.\d+)?\.{2,3}|(?:\d+ ?% ?)?(?:c\.?i\.?|conf).*|[\[(]\d+ ?%.*|limits|vif|tolerance"
    r"|(?:ci|conf)?[ ._]*(?:lower|upper|low|high|lcl|ucl|lb|ub|min|max)(?:[ ._]*(?:\d.*|bound|limit|ci|cl))?"
    r"|standardi[sz]ed.*|std\.? ?beta|importance|shap.*|rank|n|mean|count|df\.?error|group|component"
)
WEAK = frozenset({
    "b", "z", "t", "p", "f", "n", "df", "d.f.", "se", "sd", "or", "hr", "mean", "count", "rank", "group", "max", "min",
    "low", "high", "lower", "upper", "weight", "weights", "factor", "effect", "component", "ci", "index", "name",
    "error", "value", "importance",
})  # fmt: skip


def role_of(cell: str) -> Role | None:
    """Return what a column of this heading has, or None where the heading says nothing.

    >>> [role_of(text) for text in ("Exp(B)", "S.E.", "z value", "Pr(>|z|)", "coef", "income")]
    [<Role.RATIO: 'ratios'>, <Role.OTHER: 'neither'>, <Role.OTHER: 'neither'>, <Role.OTHER: 'neither'>, \
<Role.ESTIMATE: 'coefficients'>, None]
    """
    text = wording(cell)
    inner = re.sub(r"\s*[(\[][^()\[\]]*[)\]]$", "", text)  # OR (95% CI), Estimate (SE)
    if inner != text and inner and role_of(inner) in (Role.ESTIMATE, Role.RATIO) and text not in RATIOS + MORE_VALUES:
        return role_of(inner)
    if text in TERMS or text in MORE_TERMS:
        return Role.TERM
    if text in VALUES or text in MORE_VALUES or text in WEAK_VALUES:
        return Role.ESTIMATE
    if text in RATIOS:
        return Role.RATIO
    return Role.OTHER if len(text) <= 60 and OTHERS.fullmatch(text) else None


def wording(cell: str) -> str:
    """Return a heading without case, footnote marks and double spaces."""
    plain = re.sub(r"\s+", " ", straight(cell).strip().lower())
    return re.sub(r"[\u00b9\u00b2\u00b3\u2070-\u2079*\u2020]+$", "", plain).strip()
