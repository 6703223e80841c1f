"""What a family of distributions is: one value with all that is true of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, NamedTuple

import numpy as np

from glmnn.arrays import Array, Mask
from glmnn.models.evaluation import Totals
from glmnn.models.links import Link, shortest

Likelihood = Callable[[Array, Array, Array, float, Totals], float]


class Support(NamedTuple):
    """Which responses a family can have.

    Attributes
    ----------
    words : str
        What to call them: `... needs <words>`.
    low, high : float
        The closed interval that holds them.
    zero : bool
        Whether 0 is among them.
    whole : bool
        Whether they are whole numbers.
    """

    words: str
    low: float = -inf
    high: float = inf
    zero: bool = True
    whole: bool = False

    def holds(self, y: Array) -> Mask:
        """Say which responses lie in the interval, shape (rows,)."""
        return np.asarray((y >= self.low) & (y <= self.high) & (self.zero | (y != 0)))


REAL = Support("numbers")
SHARES = Support("numbers between 0 and 1", 0.0, 1.0)
COUNTS = Support("0 or more", 0.0, whole=True)
NON_NEGATIVE = Support("0 or more", 0.0)
POSITIVE = Support("greater than 0", 0.0, zero=False)


class LeastCurvature(NamedTuple):
    """Lower bounds of a row of unit weight under a link for which its log-likelihood is concave in eta.

    Attributes
    ----------
    least : callable
        (low, high, y) -> a lower bound of -d2 log-likelihood / d eta2 for eta in [low, high].
    terms : callable
        (eta, y) -> the size of the terms whose difference is the score.
    """

    least: Callable[[Array, Array, Array], Array]
    terms: Callable[[Array, Array], Array]


class Tails(NamedTuple):
    """Probabilities about responses under their means, each of shape (rows,); the small ones keep their digits."""

    below: Array  # P(Y < y)
    up_to: Array  # P(Y <= y)
    from_on: Array  # P(Y >= y)
    above: Array  # P(Y > y)


def fact(**more: Any) -> Any:
    """Declare a field that follows from kind and parameter, which alone tell families apart."""
    return field(compare=False, repr=False, **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One exponential dispersion family (Jorgensen, 1987). Families are equal where kind and parameter are.

    Attributes
    ----------
    kind : str
        The field's name.
    parameter : float or None
        The fixed parameter, where there is one.
    default_link : Link
        The link used unless another is asked for.
    canonical : Link or None
        The link under which eta is the natural parameter, so that expected and observed information agree; None where
        it is none of the links here.
    variance : callable
        mu -> V(mu), the variance of one observation with unit dispersion and prior weight.
    unit_score : callable
        (y, eta, link) -> d log-likelihood / d eta, per unit of prior weight and dispersion.
    unit_information : callable
        (eta, link) -> expected -d2 log-likelihood / d eta2, per unit of prior weight and dispersion.
    unit_deviance : callable
        (y, mu, 1 - mu) -> twice the log-likelihood lost against the saturated model.
    log_likelihood : callable
        (y, mu, prior_weight, deviance, totals) -> the log-likelihood of a block as R's AIC counts it, or nan where
        there is no closed form. `deviance` is that of the block, `totals` are those of all rows: families with a free
        dispersion use deviance / rows of all for it, as R does.
    starting_mean : callable
        (y, prior_weight) -> a mean inside the domain, from which Fisher scoring starts.
    means : tuple of float
        The open interval of possible means.
    support : Support
        The possible responses.
    concave : callable
        link -> whether the log-likelihood is concave in eta for every response.
    draw : callable or None
        (generator, mu, dispersion, trials) -> random responses of shape (rows,); None where there is no way here.
    most_curvature : mapping
        What -d2 log-likelihood / d eta2 never exceeds, whatever eta and y, by link (Bohning & Lindsay, 1988).
    least_curvature : mapping
        Lower bounds of the same, by link.
    self_concordant : Link or None
        The link under which the expected information of a row is the observed one and changes by no more than itself
        over a unit of eta: |l'''| <= |l''| (Bach, 2010).
    plain_log_likelihood : callable or None
        totals -> the log-likelihood of all rows, each of prior weight 1, where it follows from their totals alone; nan
        where it does not.
    dispersion_known : bool
        True when the dispersion is 1 by definition (then z, else t statistics).
    positive_at_infinity : bool
        Whether the likelihood of every response stays positive as the mean grows without bound.
    trials : bool
        Whether a response is the share of successes in a number of trials.
    rates : bool
        Whether responses divided by exposures, with these for prior weights, are the model of the responses.
    jeffreys : bool
        Whether the Jeffreys prior is to be had as a penalty (Firth, 1993).
    ratios : str
        What ratios of its means are called.
    counted_log_likelihood : callable or None
        (y, mu, frequency, deviance, totals) -> the log-likelihood of rows that stand for `frequency` equal ones, where
        that is not `log_likelihood` with the frequencies for prior weights.
    chi_squared : callable or None
        (y, mu, 1 - mu, prior_weight) -> Pearson's chi-squared, where prior_weight (y - mu)^2 / V(mu) would lose digits.
    tails : callable or None
        (y, mu, prior_weight / dispersion) -> the probabilities of less and of more than each response; None where there
        is no closed form.
    excess : callable or None
        (y, mu, 1 - mu, prior_weight) -> by how much each row's squared residual is above its variance, the variance of
        that, and what its leverage is to be multiplied by before it is added; None where a dispersion is no question.
    """

    kind: str
    parameter: float | None = None
    default_link: Link = fact()
    canonical: Link | None = fact(default=None)
    variance: Callable[[Array], Array] = fact()
    unit_score: Callable[[Array, Array, Link], Array] = fact()
    unit_information: Callable[[Array, Link], Array] = fact()
    unit_deviance: Callable[[Array, Array, Array], Array] = fact()
    log_likelihood: Likelihood = fact()
    starting_mean: Callable[[Array, Array], Array] = fact()
    means: tuple[float, float] = fact()
    support: Support = fact()
    concave: Callable[[Link], bool] = fact()
    draw: Callable[[np.random.Generator, Array, float, int | None], Array] | None = fact(default=None)
    most_curvature: Mapping[Link, float] = fact(default_factory=dict)
    least_curvature: Mapping[Link, LeastCurvature] = fact(default_factory=dict)
    self_concordant: Link | None = fact(default=None)
    plain_log_likelihood: Callable[[Totals], float] | None = fact(default=None)
    dispersion_known: bool = fact(default=False)
    positive_at_infinity: bool = fact(default=False)
    trials: bool = fact(default=False)
    rates: bool = fact(default=False)
    jeffreys: bool = fact(default=False)
    ratios: str = fact(default="mean ratios")
    counted_log_likelihood: Likelihood | None = fact(default=None)
    chi_squared: Callable[[Array, Array, Array, Array], float] | None = fact(default=None)
    tails: Callable[[Array, Array, Array], Tails] | None = fact(default=None)
    excess: Callable[[Array, Array, Array, Array], tuple[Array, Array, Array | None]] | None = fact(default=None)

    @property
    def name(self) -> str:
        """For people: the kind, and the parameter with all its digits."""
        return self.kind if self.parameter is None else f"{self.kind}({shortest(self.parameter)})"

    @property
    def likelihood_of_counted(self) -> Likelihood:
        """(y, mu, frequency, deviance, totals) -> the log-likelihood of the rows written out one by one."""
        return self.counted_log_likelihood or self.log_likelihood

    def pearson(self, y: Array, mu: Array, complement: Array, prior_weight: Array) -> float:
        """Return Pearson's chi-squared of rows with the means mu, whose 1 - mu is `complement`."""
        if self.chi_squared is not None:
            return self.chi_squared(y, mu, complement, prior_weight)
        return float(np.sum(prior_weight * (y - mu) ** 2 / self.variance(mu)))


def as_given(y: Array, _prior_weight: Array) -> Array:
    """Return the responses as starting means, for families that have every response as a mean."""
    return y


def zeros_lifted(lift: float, y: Array, _prior_weight: Array) -> Array:
    """Return the responses as starting means, those that are 0 lifted into the domain."""
    return np.where(y > 0, y, lift)
