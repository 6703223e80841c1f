"""Standard errors, tests, intervals and fit statistics, all from the information at the solution."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from math import log, nan

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.diagnostics.certainty import certain_digits, few_digits, uncertainty
from glmnn.diagnostics.covariance import Covariance, covariance_of
from glmnn.diagnostics.exactness import exact_notes, fits_exactly
from glmnn.diagnostics.overdispersion import Overdispersion, overdispersion, overdispersion_note
from glmnn.diagnostics.profile import open_ends, profile_interval
from glmnn.diagnostics.robust import number_of_rows
from glmnn.diagnostics.settings import InferenceSettings, check_settings
from glmnn.diagnostics.significance import likelihood_ratio, quantile, wald
from glmnn.diagnostics.statistics import null_deviance_of, statistics
from glmnn.kernels.double_double import transformed
from glmnn.kernels.gram import gram
from glmnn.models.evaluation import SecondOrder
from glmnn.models.glm import GLM
from glmnn.problem.problem import Problem, is_glm
from glmnn.solvers.closing import Closing
from glmnn.solvers.fisher import ILL
from glmnn.solvers.polish import inside

Eta = Callable[[Block], Array]  # a block to its linear predictor


@dataclass(frozen=True)
class Inference:
    """What a summary of a generalised linear model says.

    Attributes
    ----------
    names : tuple of str
    coef, std_error, statistic, p_value, low, high : ndarray of shape (p,)
        Wald inference; `statistic` is z when the dispersion is known, else t on `df_residual`.
    spread : Covariance
        Of the estimate.
    level : float
        Of the intervals low .. high.
    dispersion : float
        1 when known, else Pearson chi-squared / df_residual.
    dispersion_known : bool
        False also where the settings ask for a quasi-likelihood (Wedderburn, 1974), which has no log-likelihood.
    deviance, null_deviance, pearson : float
    df_residual, df_null : int
    log_likelihood, aic, bic : float
        As R counts them; nan where the family has no closed form.
    lr_statistic, lr_p_value : float
        Likelihood-ratio test against the null model: chi-squared, or F when the dispersion is estimated.
    rows : int
        Number of observations.
    exact : bool
        The model fits exactly: the deviance is 0 to rounding.
    notes : tuple of str
        What the reader should know of these numbers.
    certain_digits : ndarray of shape (p,) or None
        How many digits of each coefficient rounding leaves; None where that is not known.
    overdispersion : Overdispersion or None
        Of counts and shares of trials.
    """

    names: tuple[str, ...]
    coef: Array
    std_error: Array
    statistic: Array
    p_value: Array
    low: Array
    high: Array
    spread: Covariance
    level: float
    dispersion: float
    dispersion_known: bool
    deviance: float
    null_deviance: float
    pearson: float
    df_residual: int
    df_null: int
    log_likelihood: float
    aic: float
    bic: float
    lr_statistic: float
    lr_p_value: float
    second_order: SecondOrder

    settings: InferenceSettings
    rows: int
    exact: bool = False
    notes: tuple[str, ...] = ()
    certain_digits: Array | None = None
    overdispersion: Overdispersion | None = None

    @property
    def covariance(self) -> Array:
        """Covariance of the estimate, shape (p, p)."""
        return self.spread.matrix

    @property
    def has_errors(self) -> bool:
        """False when standard errors mean nothing: the dispersion is estimated, and no residuals are left for it."""
        return self.dispersion_known or not (self.exact or self.df_residual <= 0)


def infer(
    problem: Problem,
    coef: Array,
    settings: InferenceSettings | None = None,
    has_constant: bool = True,
    rest: Array | None = None,
    closing: Closing | None = None,
) -> Inference:
    """Return the inference at `coef`, from one pass for the information and one for the rest.

    Parameters
    ----------
    problem : Problem
    coef : ndarray of shape (p,)
        The maximum likelihood estimate; standard errors mean nothing elsewhere.
    settings : InferenceSettings, optional
        Which covariance and which intervals.
    has_constant : bool
        Whether the null model has an intercept.
    rest : ndarray of shape (p,), optional
        What float64 cannot hold of the coefficients.
    closing : Closing, optional
        What the rows say there, where that is known: then no pass is made.

    Raises
    ------
    UsageError
        For a covariance or an interval that this kind of model does not have.
    """
    settings = settings or InferenceSettings()
    check_settings(problem.model.capabilities, settings)
    rest = np.zeros_like(coef) if rest is None else rest
    current, besides = (closing.second_order, closing.besides) if closing else (_information(problem, coef, rest), {})
    pearson, deviance, log_likelihood = statistics(problem, coef, rest, settings.weights, current, closing)
    log_likelihood = nan if settings.quasi else log_likelihood
    p, known, frequency = coef.size, problem.model.dispersion_known and not settings.quasi, settings.weights == "freq"
    rows, outputs = number_of_rows(problem, frequency), problem.model.free
    df_residual, df_null = rows * outputs - p, (rows - int(has_constant)) * outputs
    dispersion = 1.0 if known else (pearson / df_residual if df_residual > 0 else nan)
    spread = covariance_of(problem, coef, current, dispersion, settings, besides)
    std_error = np.sqrt(np.maximum(spread.matrix.diagonal(), 0.0))
    exact = is_glm(problem) and fits_exactly(problem, coef, deviance, closing)
    statistic, p_value = wald(coef, std_error, df_residual, known, exact)
    width = quantile(settings.level, df_residual, known)
    excess = overdispersion(problem, coef, current, pearson, df_residual, frequency, besides.get("excess"))
    notes = [*_exactness(problem, exact, known, df_residual, std_error, settings), *_beyond(problem, excess, settings)]
    low, high, ends = coef - width * std_error, coef + width * std_error, list[str]()
    if settings.profile and dispersion > 0 and np.all(np.isfinite(std_error)):
        low, high, ends = _profile(problem, coef, std_error, width, dispersion, deviance)
    digits = _certain_digits(problem, coef, rest, current, std_error, exact, besides.get("offset"))
    notes += [*ends, *(few_digits(problem.names, digits) if digits is not None else [])]
    null, free = null_deviance_of(problem, has_constant, besides.get("null")), p + (not known) + settings.parameters
    gain = nan if settings.weights == "prob" or (exact and not known) else null - deviance
    lr_statistic, lr_p_value = likelihood_ratio(gain, df_null - df_residual, df_residual, dispersion, known)
    return Inference(
        problem.names, coef, std_error, statistic, p_value, low, high, spread, settings.level, dispersion, known,
        deviance, null, pearson, df_residual, df_null, log_likelihood, 2.0 * (free - log_likelihood),
        free * log(rows) - 2.0 * log_likelihood, lr_statistic, lr_p_value, current, settings, rows,
        exact, tuple(notes), digits, excess,
    )  # fmt: skip


def says_all(problem: Problem, settings: InferenceSettings) -> bool:
    """Say whether the sums of the closing pass suffice for `infer`, so that it reads no row: of single trials they do.

    Raises
    ------
    UsageError
        As `infer`.
    """
    check_settings(problem.model.capabilities, settings)
    summary = problem.data.summary
    single = is_glm(problem) and problem.model.family.trials and summary.plain and summary.whole_numbers
    return single and settings.plain and not settings.profile


def _profile(
    problem: Problem, coef: Array, std_error: Array, width: float, dispersion: float, deviance: float
) -> tuple[Array, Array, list[str]]:
    """Return the ends of the profile-likelihood intervals, and which of them are open."""
    ends = [
        profile_interval(problem, coef, j, error, width, dispersion, deviance)
        for j, error in enumerate(std_error.tolist())
    ]
    low, high = (np.array([end.value for end in side]) for side in zip(*ends, strict=True))
    return low, high, [*open_ends(problem.names, ends)]


def _certain_digits(
    problem: Problem,
    coef: Array,
    rest: Array,
    current: SecondOrder,
    std_error: Array,
    exact: bool,
    offset: float | None,
) -> Array | None:
    """Return how many digits of each coefficient are certain, or None where that is not known."""
    if exact or not is_glm(problem):
        return None
    return certain_digits(coef, uncertainty(problem, coef, rest, current, offset), std_error)


def _exactness(
    problem: Problem, exact: bool, known: bool, df_residual: int, std_error: Array, settings: InferenceSettings
) -> Iterator[str]:
    """Yield what an exact fit, or rows that are fitted exactly, leave to be said."""
    if problem.penalty is None and is_glm(problem):
        yield from exact_notes(problem.model.family, exact, known, df_residual, settings.label)
    if settings.covariance in ("HC2", "HC3") and df_residual > 0 and not np.all(np.isfinite(std_error)):
        yield f"{settings.label} do not exist: a row with a leverage of 1 is fitted exactly, whatever its response"


def _beyond(problem: Problem, excess: Overdispersion | None, settings: InferenceSettings) -> list[str]:
    """Return that there is overdispersion, where the standard errors do not allow for it."""
    if excess is None or not excess.found or settings.quasi or not settings.plain:
        return []
    return [overdispersion_note(excess, problem.glm.family.support.whole)]


def _information(problem: Problem, coef: Array, rest: Array) -> SecondOrder:
    """Return the information at the solution; of ill-conditioned columns in coordinates that make them orthogonal."""
    plain = problem.second_order(coef)
    if plain.condition() < ILL:
        return plain
    if problem.penalty is not None or not is_glm(problem):
        to_data = problem.model.expanded(problem.data.orthogonalising())
        inner, gamma = inside(problem, to_data, coef)
        return inner.second_order(gamma)._replace(to_data=to_data)
    eta = problem.predictor(coef, rest)
    with np.errstate(all="ignore"):
        # orthogonal under the weights of the solution, which may leave few rows that count
        try:
            to_data = problem.data.orthogonalising(partial(_weight, problem.model, eta))
        except np.linalg.LinAlgError:  # so few that they no longer carry every column
            return plain
        total: SecondOrder = problem.data.sum(_second_order, problem.model, eta, to_data)
    return total._replace(to_data=to_data)


def _weight(model: GLM, eta: Eta, block: Block) -> Array:
    return model.pointwise.evaluate(eta(block), block.y)[2] * block.prior_weight


def _second_order(model: GLM, eta: Eta, to_data: Array, block: Block) -> SecondOrder:
    """Return deviance, score and information in the coordinates gamma with coef = to_data gamma."""
    deviance, score, information = model.pointwise.evaluate(eta(block), block.y)
    Z, w = transformed(block.X, to_data), block.prior_weight
    return SecondOrder(w.size, float(w @ deviance), (score * w) @ Z, gram(Z, information * w))
