"""`glmnn.anova`."""

from __future__ import annotations

from typing import Literal

from glmnn.analysing.fitted import check_testable
from glmnn.analysing.nested import compare_estimates
from glmnn.analysing.options import kind_of
from glmnn.analysing.result import Anova
from glmnn.analysing.terms import analyse_terms
from glmnn.api.anova_result import AnovaResult
from glmnn.api.keywords import python_errors
from glmnn.api.results import FitResult
from glmnn.errors import UsageError


def anova(*fits: FitResult, type: Literal[1, 2, 3] = 2) -> AnovaResult:  # noqa: A002
    """Test the terms of a model, or nested models, by the likelihood ratio, or F where the dispersion is estimated.

    Parameters
    ----------
    *fits : FitResult
        One, whose terms are tested; or several, each of which is tested against the next larger one.
    type : int
        Test of a term: 1 as the formula adds it, 2 without the interactions that contain it, 3 with all else kept.

    Returns
    -------
    AnovaResult

    Raises
    ------
    NoMaximum
        If a model has no finite maximum.
    GlmnnError
        If the models are penalised or robust, or not nested models of the same rows.

    Examples
    --------
    >>> import glmnn
    >>> poisson = {"family": "poisson", "solver": "fisher"}
    >>> large = glmnn.fit("data/warpbreaks.csv", formula="breaks ~ wool * tension", **poisson)
    >>> small = glmnn.fit("data/warpbreaks.csv", formula="breaks ~ wool + tension", **poisson)
    >>> glmnn.anova(large).to_frame()[["term", "df", "statistic"]].round(2)
               term   df  statistic
    0        <none>  NaN        NaN
    1          wool  1.0      16.04
    2       tension  2.0      70.94
    3  wool:tension  2.0      28.09
    >>> glmnn.anova(small, large).p_value.iloc[0].round(9)
    np.float64(7.96e-07)
    """
    with python_errors():
        others = [fit.__class__.__name__ for fit in fits if not isinstance(fit, FitResult)]
        if others:
            raise UsageError(f"anova takes fits, as glmnn.anova(glmnn.fit(...)), and this is a {others[0]}")
        if not fits:
            raise UsageError("give a fit, whose terms are tested, or several nested ones")
        kind = kind_of(type)
        if len(fits) > 1:
            return AnovaResult(_of_models(fits))
        comparison = fits[0].comparison
        return AnovaResult(analyse_terms(comparison.spec.options, comparison.estimate.table, kind))


def _of_models(fits: tuple[FitResult, ...]) -> Anova:
    for fit in fits:
        check_testable(fit.comparison.spec.options)
    return compare_estimates([fit.comparison.estimate for fit in fits])
