"""The inference of a fit in its JSON document: coefficients, ratios and fit statistics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from glmnn.report.schema import SHARE, SOME, Key, Size, Text, Vector, one_of, where


@dataclass(frozen=True, kw_only=True)
class Coefficient:
    """Wald inference for one term."""

    term: Annotated[Text, "Name of the column."]
    estimate: Annotated[float, "Maximum likelihood estimate."]
    std_error: Annotated[float | None, "Standard error.", Key("std.error")]
    statistic: Annotated[float | None, "Estimate / standard error."]
    p_value: Annotated[float | None, "Two-sided p value.", Key("p.value")]
    conf_low: Annotated[float | None, "Lower end of the interval; null also when it has none.", Key("conf.low")]
    conf_high: Annotated[float | None, "Upper end of the interval; null also when it has none.", Key("conf.high")]


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """Exponential of one coefficient."""

    term: Annotated[Text, "Name of the column."]
    estimate: Annotated[float | None, "exp(estimate); null where it is too large for a number."]
    conf_low: Annotated[float | None, "Lower end of the interval.", Key("conf.low")]
    conf_high: Annotated[float | None, "Upper end of the interval.", Key("conf.high")]


@dataclass(frozen=True, kw_only=True)
class Ratios:
    """Exponentials of the coefficients."""

    name: Annotated[
        str,
        "What they are ratios of, depending on family and link.",
        one_of("odds ratios", "rate ratios", "risk ratios", "hazard ratios", "mean ratios", "relative risk ratios"),
    ]
    terms: Annotated[Sequence[Ratio], "One entry for each term.", SOME]


@dataclass(frozen=True, kw_only=True)
class Alpha:
    """The negative binomial's alpha, estimated by profile likelihood."""

    estimate: Annotated[float, "alpha; 0 on the boundary, where the model is Poisson's.", where(minimum=0)]
    std_error: Annotated[float | None, "Standard error, from the information at fixed means.", Key("std.error")]
    theta: Annotated[float | None, "1 / alpha, as R has it; null at alpha = 0."]
    theta_std_error: Annotated[float | None, "Its standard error.", Key("theta.std.error")]
    score: Annotated[float | None, "Slope of the log-likelihood in alpha there."]
    distance: Annotated[
        float | None, "Newton step of alpha and the coefficients together that is still to go, in standard errors."
    ]


@dataclass(frozen=True, kw_only=True)
class Overdispersion:
    """Whether responses vary more than their family allows."""

    ratio: Annotated[float, "Pearson chi-squared / df.residual."]
    statistic: Annotated[float, "Dean's score test, standard normal without overdispersion."]
    p_value: Annotated[float, "Its one-sided p value.", Key("p.value"), where(minimum=0, maximum=1)]


@dataclass(frozen=True, kw_only=True)
class Inference:
    """Standard errors, tests and fit statistics, from the information at the maximum."""

    coefficients: Annotated[
        Sequence[Coefficient], "One entry for each term, named as the columns of broom's tidy().", SOME
    ]
    ratios: Annotated[Ratios | None, "With --exp: exponentials of the coefficients; else null."]
    covariance: Annotated[Sequence[Vector], "Covariance matrix of the coefficients, in the order of model.terms.", SOME]
    level: Annotated[float, "Coverage of the intervals.", SHARE]
    interval: Annotated[str, "Kind of the intervals.", one_of("wald", "profile")]
    std_error: Annotated[
        str,
        "Kind of the standard errors: model, or a robust one.",
        where(pattern="^(model|HC[0-3] standard errors|cluster-robust standard errors, [0-9]+ clusters)$"),
    ]
    weights: Annotated[
        str,
        "What the prior weights are: inverse variances, frequencies or inverse sampling probabilities.",
        one_of("var", "freq", "prob"),
    ]
    statistic: Annotated[
        str, "Distribution of the statistics: z when the dispersion is known, else t on df.residual.", one_of("z", "t")
    ]
    dispersion: Annotated[float | None, "1 when known, else Pearson chi-squared / df.residual."]
    overdispersion: Annotated[
        Overdispersion | None, "Score test for overdispersion; null where the responses cannot show it."
    ]
    deviance: Annotated[float | None, "Residual deviance at the estimate."]
    df_residual: Annotated[int, "Residual degrees of freedom.", Key("df.residual")]
    null_deviance: Annotated[
        float | None, "Deviance of the model with intercept and offset alone.", Key("null.deviance")
    ]
    df_null: Annotated[int, "Degrees of freedom of the null model.", Key("df.null")]
    pearson: Annotated[float | None, "Pearson chi-squared."]
    log_likelihood: Annotated[float | None, "Log-likelihood.", Key("logLik")]
    aic: Annotated[float | None, "Akaike's criterion, as R counts it.", Key("AIC")]
    bic: Annotated[float | None, "Schwarz's criterion, as R counts it.", Key("BIC")]
    lr_statistic: Annotated[
        float | None,
        "Likelihood ratio against the null model: chi-squared, or F when the dispersion is estimated.",
        Key("lr.statistic"),
    ]
    lr_p_value: Annotated[float | None, "P value of the likelihood ratio.", Key("lr.p.value")]
    nobs: Annotated[Size, "Observations: rows in the fit, or the sum of frequency weights."]
