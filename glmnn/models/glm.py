"""The generalised linear model, which is a single neuron: eta -> mu -> deviance, score, information."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

import numpy as np

from glmnn.arrays import Array, Block, Mask
from glmnn.errors import UsageError
from glmnn.kernels.double_double import column_sums, linear_predictor, two_product
from glmnn.kernels.gram import gram
from glmnn.models.evaluation import FirstOrder, SecondOrder
from glmnn.models.families.family import Family
from glmnn.models.links import Link
from glmnn.models.pointwise import Pointwise, pointwise


@dataclass(frozen=True)
class GLM:
    """A family with a link (McCullagh & Nelder, 1989, chapter 2).

    The score is X' [w (y - mu) (dmu/deta) / V(mu)] and the expected information X' [w (dmu/deta)^2 / V(mu)] X, both
    per unit of dispersion, with w the prior weight.
    """

    family: Family
    link: Link
    pointwise: Pointwise = field(init=False, repr=False, compare=False)
    etas: tuple[float, float] = field(init=False, repr=False, compare=False)  # open interval of legal eta

    def __post_init__(self) -> None:
        object.__setattr__(self, "pointwise", pointwise(self.family, self.link))
        object.__setattr__(self, "etas", _legal_etas(self.family, self.link))

    @property
    def canonical(self) -> bool:
        """True when expected and observed information are the same, so that Fisher scoring is Newton's method."""
        return self.link == self.family.canonical

    @property
    def concave(self) -> bool:
        """True when the log-likelihood is concave whatever the data, so that a maximum is the only one."""
        return self.family.concave(self.link)

    @property
    def curvature_bound(self) -> float | None:
        """The most that the information of a row of unit weight can be, or None where it has no bound."""
        return self.family.most_curvature.get(self.link)

    def terms(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names of the coefficients from those of the columns: the same."""
        return names

    def expanded(self, to_data: Array) -> Array:
        """Return the coordinates of the coefficients from those of the columns: the same."""
        return to_data

    def neuron_coordinates(self, to_data: Array) -> Array:
        """Return the coordinates in which a neuron steps from those of the columns: the same."""
        return to_data

    def bounded(self, gram: Array) -> Array:
        """Return the most that the information can be, shape (p, p), from X' W X; needs a `curvature_bound`."""
        assert self.curvature_bound is not None
        return self.curvature_bound * gram

    def reach(self, size: Array) -> Array:
        """Return the typical size of what each coefficient multiplies, shape (p,)."""
        return size

    def eta(self, coef: Array, block: Block) -> Array:
        """Return the linear predictor, shape (rows,)."""
        eta = block.X @ coef
        eta += block.offset
        return eta

    def mean(self, coef: Array, block: Block) -> Array:
        """Return the fitted means, shape (rows,)."""
        return self.link.inverse(self.eta(coef, block))

    def inside(self, eta: Array) -> bool:
        """Say whether every eta gives a legal mean."""
        low, high = self.etas
        above = low == -inf or bool(np.all(eta > low))
        return above and (high == inf or bool(np.all(eta < high)))

    def finite_at(self, end: int, y: Array) -> Mask:
        """Return for which responses the likelihood stays positive as eta goes to an end of its interval.

        Parameters
        ----------
        end : int
            0 for the lower end of `etas`, 1 for the upper.
        y : ndarray of shape (rows,)
        """
        low, high = self.family.means
        with np.errstate(all="ignore"):
            mean = float(self.link.inverse(np.array([self.etas[end]]))[0])
        if low < mean < high:
            return np.ones(y.shape, dtype=bool)
        return self.family.finite_at(0 if mean == low else 1, y)

    def reachable(self, mean: Array) -> Array:
        """Return the means, those that the link cannot reach moved inside a tenth of the way."""
        with np.errstate(all="ignore"):
            low, high = np.sort(self.link.inverse(np.array(self.etas)))
        low, high = (float(end) if np.isfinite(end) else side * inf for end, side in ((low, -1), (high, 1)))
        inside = (mean > low) & (mean < high)
        if inside.all():
            return mean
        width = high - low if high - low < inf else max(float(np.max(np.abs(mean), initial=0.0)), 1.0)
        return np.where(inside, mean, np.where(mean <= low, low + 0.1 * width, high - 0.1 * width))

    def score(self, coef: Array, block: Block) -> Array:
        """Return the score alone, shape (p,): the backward pass of the neuron."""
        residual = self.pointwise.score(self.eta(coef, block), block.y)
        residual *= block.prior_weight
        return residual @ block.X

    def deviance(self, coef: Array, block: Block) -> float:
        """Return the deviance of the rows; inf where eta leaves the domain."""
        return self.first_order(coef, block).deviance

    def first_order(self, coef: Array, block: Block) -> FirstOrder:
        """Return deviance and score; the deviance is inf where eta leaves the domain."""
        eta = self.eta(coef, block)
        with np.errstate(all="ignore"):
            deviance, score, _ = self.pointwise.evaluate(eta, block.y)
            total = float(block.prior_weight @ deviance) if self.inside(eta) else inf
            return FirstOrder(eta.size, _finite(total), (score * block.prior_weight) @ block.X)

    def second_order(self, coef: Array, block: Block) -> SecondOrder:
        """Return deviance, score and expected information; the deviance is inf where eta leaves the domain."""
        eta = self.eta(coef, block)
        with np.errstate(all="ignore"):
            deviance, score, information = self.pointwise.evaluate(eta, block.y)
            total = float(block.prior_weight @ deviance) if self.inside(eta) else inf
            score *= block.prior_weight
            information *= block.prior_weight
            return SecondOrder(eta.size, _finite(total), score @ block.X, gram(block.X, information))

    def extended_score(self, high: Array, low: Array, block: Block) -> tuple[Array, Array]:
        """Return the score at the coefficients high + low as a pair of sums in extended precision."""
        eta, rest = linear_predictor(block.X, high, low, block.offset)
        with np.errstate(all="ignore"):
            score, remainder = self.pointwise.extended_score(eta, rest, block.y)
            score, rounding = two_product(score, block.prior_weight)
            return column_sums(block.X, score, rounding + remainder * block.prior_weight)

    def observed_information(self, coef: Array, block: Block) -> Array:
        """Return minus the second derivative of the log-likelihood, shape (p, p), to about twelve digits.

        By fourth-order central differences of the score in eta, which serves every pair.
        """
        return gram(block.X, self.observed_weight(self.eta(coef, block), block))

    def observed_weight(self, eta: Array, block: Block) -> Array:
        """Return minus the second derivative of each row's log-likelihood in eta, shape (rows,), to twelve digits."""
        step = 1e-3 * self._scale(eta)
        with np.errstate(all="ignore"):
            one, two = (
                self.pointwise.score(eta + times * step, block.y) - self.pointwise.score(eta - times * step, block.y)
                for times in (1.0, 2.0)
            )
            return np.asarray((two - 8.0 * one) / (12.0 * step) * block.prior_weight)

    def _scale(self, eta: Array) -> Array:
        """Return how far eta must move to change a row's derivatives by a good part, shape (rows,)."""
        if self.etas == (-inf, inf):
            return np.maximum(1.0, np.abs(eta) / 8.0)
        return self.distance(eta)

    def room(self, eta: Array, change: Array) -> Array:
        """Return how far each eta may go in the direction of its change, shape (rows,); inf where there is no end."""
        low, high = self.etas
        down = eta - low if low > -inf else np.full(eta.shape, inf)
        up = high - eta if high < inf else np.full(eta.shape, inf)
        return np.where(change < 0, down, np.where(change > 0, up, inf))

    def distance(self, eta: Array) -> Array:
        """Return how far each eta is from the nearer end of its interval, shape (rows,); inf where it has none."""
        low, high = self.etas
        return np.asarray(np.minimum(eta - low if low > -inf else inf, high - eta if high < inf else inf))

    def information_slope(self, eta: Array) -> Array:
        """Return d information / d eta of rows of unit weight, by central differences good to nine digits."""
        step = 1e-5 * (np.abs(eta) + (self.etas == (-inf, inf)))
        nothing = np.full_like(eta, 0.5)
        with np.errstate(all="ignore"):
            _, _, above = self.pointwise.evaluate(eta + step, nothing)
            _, _, below = self.pointwise.evaluate(eta - step, nothing)
        return (above - below) / (2.0 * step)

    def starting_step(self, block: Block) -> SecondOrder:
        """Return the weighted normal equations of the first Fisher step, taken from the family's starting mean.

        `scoring_step` of their sum is the first coefficient vector, as in R's glm.fit; the deviance is that of the
        starting means.
        """
        mu = self.reachable(self.family.starting_mean(block.y, block.prior_weight))
        with np.errstate(all="ignore"):
            eta = self.link.link(mu)
            deviance, score, information = self.pointwise.evaluate(eta, block.y)
            working = information * (eta - block.offset) + score
            total = float(block.prior_weight @ deviance) if self.inside(eta) else inf
            information = gram(block.X, information * block.prior_weight)
            return SecondOrder(eta.size, _finite(total), (working * block.prior_weight) @ block.X, information)

    def constant_step(self, mean: float, block: Block) -> SecondOrder:
        """Return the normal equations of the coefficients whose eta is nearest to the constant link(mean)."""
        target = float(self.link.link(self.reachable(np.array([mean])))[0]) - block.offset
        return SecondOrder(target.size, 0.0, target @ block.X, gram(block.X))


def _finite(deviance: float) -> float:
    return deviance if np.isfinite(deviance) else inf


def _legal_etas(family: Family, link: Link) -> tuple[float, float]:
    """Return the open interval of eta on which the mean is legal for the family.

    Raises
    ------
    UsageError
        If the link cannot reach the family's means at all.
    """
    low, high = family.means
    if low == -inf:  # any mean will do, so only the link itself has limits
        return link.domain
    with np.errstate(all="ignore"):
        ends = link.link(np.array([low, high]))
    if family.means == (0.0, inf) and link.means == (0.0, 1.0):
        raise UsageError(
            f"the {link.name} link gives means between 0 and 1, but {family.name} means can be any positive "
            "number: use log, identity, sqrt, inverse or power(EXPONENT)"
        )
    if family.means == (0.0, 1.0) and link.domain != (-inf, inf):
        raise UsageError(
            f"the {link.name} link does not make sense for {family.name} means between 0 and 1: use logit, probit, "
            "cloglog, loglog, cauchit, log or identity"
        )
    return max(float(ends.min()), link.domain[0]), min(float(ends.max()), link.domain[1])
