"""What a test needs to know of a fitted model, and the test of one model against another."""

from __future__ import annotations

from math import isfinite, log, nan

import numpy as np

from glmnn.analysing.result import Fitted, Subject, Test
from glmnn.data.design import Design
from glmnn.diagnostics.robust import residual_df
from glmnn.diagnostics.significance import likelihood_ratio
from glmnn.diagnostics.statistics import fit_statistics
from glmnn.errors import OptionError, UsageError, option
from glmnn.fitting.estimate import Estimate, Maximum, OnBoundary
from glmnn.models.model import SecondOrderModel
from glmnn.options.model import ModelOptions
from glmnn.problem.problem import Problem
from glmnn.solvers.stopping import Status

WHAT = "analysis of deviance"


def compare(smaller: Fitted, larger: Fitted, reference: Fitted) -> Test:
    """Test a model against a larger one that it is nested in.

    Chi-squared is the fall of the deviance (McCullagh & Nelder, 1989, section 2.3). Where the dispersion is estimated,
    F is that fall per degree of freedom over Pearson's estimate of the dispersion (R's anova.glm, car's Anova). Models
    with an alpha of their own are compared by their log-likelihoods (MASS's anova.negbin).

    Parameters
    ----------
    smaller, larger : Fitted
    reference : Fitted
        The largest model of all, which the dispersion is taken from.
    """
    gain, df = smaller.deviance - larger.deviance, larger.rank - smaller.rank
    if larger.own_alpha:
        gain = 2.0 * (larger.log_likelihood - smaller.log_likelihood)
    known, dispersion = reference.dispersion_known, reference.dispersion
    tested = smaller.maximum and larger.maximum
    statistic, p_value = likelihood_ratio(gain if tested else nan, df, reference.df_residual, dispersion, known)
    return Test(df, gain, statistic, p_value)


def of_estimate(estimate: Estimate, *, frequencies: bool = False) -> Fitted:
    """Return what a fit found; `frequencies` says that the prior weights count equal rows.

    Raises
    ------
    KeyboardInterrupt
        If it was interrupted: one table needs all its models.
    """
    if estimate.reference.status is Status.INTERRUPTED:
        raise KeyboardInterrupt
    name, rank = estimate.design.formula, len(estimate.design.data.names)
    df_residual = residual_df(estimate.problem, frequencies)
    match estimate.outcome:
        case Maximum(found):
            return Fitted(
                name, rank, found.df_residual, found.deviance, found.log_likelihood, found.aic, found.bic,
                found.dispersion, found.dispersion_known, own_alpha=estimate.alpha is not None,
            )  # fmt: skip
        case OnBoundary(boundary):
            return Fitted(name, rank, df_residual, boundary.deviance, nan, nan, nan, nan, True, maximum=False)
    return Fitted(name, rank, df_residual, nan, nan, nan, nan, nan, True, maximum=False)


def of_nothing(model: SecondOrderModel, design: Design, larger: Fitted, *, frequencies: bool) -> Fitted:
    """Return the model without a coefficient, whose linear predictor is the offset.

    Parameters
    ----------
    model : SecondOrderModel
    design : Design
    larger : Fitted
        A model of the same rows, which their number and the kind of the dispersion are taken from.
    frequencies : bool
        The prior weights count equal rows.
    """
    coef = np.zeros(design.data.width * model.free)
    _, deviance, log_likelihood = fit_statistics(Problem(model, design.data), coef, coef, frequencies, extended=False)
    df_residual, free = larger.df_residual + larger.rank, int(not larger.dispersion_known)
    rows = df_residual // model.free
    return Fitted(
        "0", 0, df_residual, deviance, log_likelihood, 2.0 * (free - log_likelihood),
        free * log(rows) - 2.0 * log_likelihood, nan, larger.dispersion_known, maximum=isfinite(deviance),
    )  # fmt: skip


def subject_of(estimate: Estimate) -> Subject:
    """Return what the models of an analysis have in common."""
    table, design, model = estimate.table, estimate.design, estimate.model
    return Subject(
        table.source, table.digest, design.data.rows, design.formula, design.target, model.family_name, model.link_name
    )


def check_testable(options: ModelOptions) -> None:
    """Refuse options under which there is no likelihood ratio.

    Raises
    ------
    UsageError
        With the reason.
    """
    for flag, given in (("penalty", options.penalty), ("l2", options.l2)):
        if given is not None:
            raise OptionError(
                flag, "cannot be combined with a likelihood ratio: of penalised estimates it has no known distribution"
            )
    if options.cov != "model":
        raise UsageError(
            f"{option('cov', options.cov)} cannot be combined with a likelihood ratio, which rests on the variance of "
            "the model: the tests of single coefficients in `glmnn fit` allow for it"
        )
    if options.weights_type == "prob":
        raise UsageError(f"{option('weights_type', 'prob')}: sampling weights make no likelihood, so no ratio")
