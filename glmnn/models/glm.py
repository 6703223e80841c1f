"""The generalised linear model, which is a single neuron: eta -> mu -> deviance, score, information."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from math import inf, isfinite
from typing import ClassVar, TypeGuard

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.kernels.double_double import column_sums, linear_predictor, two_product
from glmnn.kernels.gram import gram, weighted_gram
from glmnn.models.capabilities import Capabilities, of_glm
from glmnn.models.domain import legal_etas
from glmnn.models.evaluation import FirstOrder, SecondOrder
from glmnn.models.families import GAUSSIAN, Family
from glmnn.models.links import IDENTITY, Link
from glmnn.models.model import Head, Rowwise
from glmnn.models.pointwise import COMPILED, Pointwise, pointwise
from glmnn.models.scoring import scorer


@dataclass(frozen=True)
class GLM:
    """A family with a link (McCullagh & Nelder, 1989, chapter 2): the head of a network, or a model of its own.

    The score is X' [w (y - mu) (dmu/deta) / V(mu)] and the expected information X' [w (dmu/deta)^2 / V(mu)] X, both
    per unit of dispersion, with w the prior weight. As the head of a network the gaussian family with any link is the
    squared error of a unit with that activation.
    """

    family: Family
    link: Link
    pointwise: Pointwise = field(init=False, repr=False, compare=False)
    etas: tuple[float, float] = field(init=False, repr=False, compare=False)  # open interval of legal eta
    outputs: ClassVar[int] = 1
    free: ClassVar[int] = 1
    labels: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "pointwise", pointwise(self.family, self.link))
        object.__setattr__(self, "etas", legal_etas(self.family, self.link))

    @property
    def name(self) -> str:
        """Family and link."""
        return f"{self.family.name}, {self.link.name} link"

    @property
    def family_name(self) -> str:
        """Name of the family."""
        return self.family.name

    @property
    def link_name(self) -> str:
        """Name of the link."""
        return self.link.name

    @property
    def dispersion_known(self) -> bool:
        """Whether the dispersion is 1."""
        return self.family.dispersion_known

    @property
    def least_squares(self) -> bool:
        """Whether it is ordinary least squares."""
        return (self.family, self.link) == (GAUSSIAN, IDENTITY)

    @cached_property
    def unit_free(self) -> bool:
        """Whether a change of eta by 1 is a large one, whatever the data."""
        return self.link.unit_free

    @cached_property
    def capabilities(self) -> Capabilities:
        """What goes with family and link."""
        return of_glm(self.family, self.link)

    @cached_property
    def canonical(self) -> bool:
        """True when expected and observed information are the same, so that Fisher scoring is Newton's method."""
        return self.link == self.family.canonical

    @cached_property
    def pair(self) -> str | None:
        """What `kernels.compiled.pairs` calls family and link, None where it does not have them."""
        return COMPILED.get((self.family, self.link))

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
        eta: Array = block.X.dot(coef)
        eta += block.offset
        return eta

    def mean(self, eta: Array) -> Array:
        """Return the fitted means, shape (rows,)."""
        return self.link.inverse(eta)

    def fitted(self, coef: Array, block: Block) -> Array:
        """Return the fitted means, shape (rows,)."""
        return self.mean(self.eta(coef, block))

    def inside(self, eta: Array) -> bool:
        """Say whether every eta gives a legal mean."""
        low, high = self.etas
        above = low == -inf or bool(np.all(eta > low))
        return above and (high == inf or bool(np.all(eta < high)))

    def reachable(self, mean: Array) -> Array:
        """Return the means, those that the link cannot reach moved inside a tenth of the way."""
        low, high = self._reachable
        if mean.min(initial=inf) > low and mean.max(initial=-inf) < high:
            return mean
        inside = (mean > low) & (mean < high)
        width = high - low if high - low < inf else max(float(np.max(np.abs(mean), initial=0.0)), 1.0)
        return np.where(inside, mean, np.where(mean <= low, low + 0.1 * width, high - 0.1 * width))

    @cached_property
    def _reachable(self) -> tuple[float, float]:
        with np.errstate(all="ignore"):
            low, high = np.sort(self.link.inverse(np.array(self.etas))).tolist()
        return low if isfinite(low) else -inf, high if isfinite(high) else inf

    def evaluate(self, eta: Array, y: Array) -> Rowwise:
        """Return unit deviance, score and expected information of each row, each of shape (rows,)."""
        return Rowwise(*self.pointwise.evaluate(eta, y))

    def slope(self, eta: Array, block: Block) -> Array:
        """Return d log-likelihood / d eta with the prior weights, shape (rows,)."""
        residual = self.pointwise.score(eta, block.y)
        residual *= block.prior_weight
        return residual

    def loss(self, eta: Array, block: Block) -> tuple[float, Array]:
        """Return the deviance, inf outside the domain, and the slope."""
        deviance, score, _ = self.pointwise.evaluate(eta, block.y)
        return self._total(deviance, eta, block), score * block.prior_weight

    def deviances(self, eta: Array, y: Array) -> Array:
        """Return the unit deviance of each row, shape (rows,); also for complex eta."""
        if not np.iscomplexobj(eta):
            return self.pointwise.evaluate(eta, y)[0]
        return self.family.unit_deviance(y, self.link.inverse(eta), self.link.complement(eta))

    def start(self, block: Block) -> Array:
        """Return the eta of the mean response, a little inside where that is on the edge of the domain."""
        weight = block.prior_weight
        inner = self.family.starting_mean(block.y, weight)
        mean = np.average(block.y, weights=weight)
        with np.errstate(all="ignore"):
            eta = self.link.link(np.array([mean]))
            if not np.all(np.isfinite(eta)):
                eta = self.link.link(np.array([np.average(inner, weights=weight)]))
        return eta if np.all(np.isfinite(eta)) and self.inside(eta) else np.zeros(1)

    def score(self, coef: Array, block: Block) -> Array:
        """Return the score alone, shape (p,): the backward pass of the neuron."""
        return self.products(self.slope(self.eta(coef, block), block), block.X)

    def deviance(self, coef: Array, block: Block) -> float:
        """Return the deviance of the rows; inf where eta leaves the domain."""
        return self.first_order(coef, block).deviance

    def scorer(self, rows: int, plain: bool) -> Callable[[Array, Block], Array]:
        """Return `score` for many calls."""
        return scorer(self.pointwise, rows, plain)

    def first_order(self, coef: Array, block: Block) -> FirstOrder:
        """Return deviance and score; the deviance is inf where eta leaves the domain."""
        eta = self.eta(coef, block)
        with np.errstate(all="ignore"):
            deviance, slope = self.loss(eta, block)
            return FirstOrder(eta.size, deviance, self.products(slope, block.X))

    def second_order(self, coef: Array, block: Block) -> SecondOrder:
        """Return deviance, score and expected information; the deviance is inf where eta leaves the domain."""
        eta = self.eta(coef, block)
        with np.errstate(all="ignore"):
            return self.summed(eta, *self.pointwise.evaluate(eta, block.y), block)

    def summed(self, eta: Array, deviance: Array, score: Array, information: Array, block: Block) -> SecondOrder:
        """Return the sums of what was found of rows of unit weight; score and information get their prior weights."""
        total = self._total(deviance, eta, block)
        score *= block.prior_weight
        information *= block.prior_weight
        return SecondOrder(eta.size, total, self.products(score, block.X), self.weighted_gram(block.X, information))

    def products(self, slope: Array, X: Array) -> Array:
        """Return X' slope, shape (p,)."""
        return np.asarray(slope.dot(X))

    def weighted_gram(self, X: Array, weight: Array) -> Array:
        """Return X' diag(weight) X, shape (p, p)."""
        return weighted_gram(X, weight)

    def _total(self, deviance: Array, eta: Array, block: Block) -> float:
        total = float(block.prior_weight.dot(deviance)) if self.inside(eta) else inf
        return total if isfinite(total) else inf

    def extended_score(self, high: Array, low: Array, block: Block) -> tuple[Array, Array]:
        """Return the score at the coefficients high + low as a pair of sums in extended precision."""
        eta, rest = linear_predictor(block.X, high, low, block.offset)
        with np.errstate(all="ignore"):
            score, remainder = self.pointwise.extended_score(eta, rest, block.y)
            score, rounding = two_product(score, block.prior_weight)
            return column_sums(block.X, score, rounding + remainder * block.prior_weight)

    def observed_information(self, coef: Array, block: Block) -> Array:
        """Return minus the second derivative of the log-likelihood, shape (p, p), to about twelve digits."""
        return gram(block.X, self.observed_weight(self.eta(coef, block), block))

    def observed_weight(self, eta: Array, block: Block) -> Array:
        """Return minus the second derivative of each row's log-likelihood in eta, by central differences of order 4."""
        step = 1e-3 * self._scale(eta)
        with np.errstate(all="ignore"):
            one, two = (
                self.pointwise.score(eta + times * step, block.y) - self.pointwise.score(eta - times * step, block.y)
                for times in (1.0, 2.0)
            )
            return np.asarray((two - 8.0 * one) / (12.0 * step) * block.prior_weight)

    def _scale(self, eta: Array) -> Array:
        """Return how far eta must move to change a row's derivatives by a good part, shape (rows,)."""
        return np.maximum(1.0, np.abs(eta) / 8.0) if self.etas == (-inf, inf) else self.distance(eta)

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

    def starting_eta(self, block: Block) -> Array:
        """Return the linear predictor of the family's starting mean, shape (rows,)."""
        with np.errstate(all="ignore"):
            return self.link.link(self.reachable(self.family.starting_mean(block.y, block.prior_weight)))

    def starting_step(self, block: Block) -> SecondOrder:
        """Return the weighted normal equations of the first Fisher step, taken from the family's starting mean.

        `scoring_step` of their sum is the first coefficient vector, as in R's glm.fit.
        """
        with np.errstate(all="ignore"):
            eta = self.starting_eta(block)
            deviance, score, information = self.pointwise.evaluate(eta, block.y)
            return self.summed(eta, deviance, information * (eta - block.offset) + score, information, block)

    def constant_step(self, mean: float, block: Block) -> SecondOrder:
        """Return the normal equations of the coefficients whose eta is nearest to the constant link(mean)."""
        target = float(self.link.link(self.reachable(np.array([mean])))[0]) - block.offset
        return SecondOrder(target.size, 0.0, target @ block.X, gram(block.X))


def has_one_output(head: Head) -> TypeGuard[GLM]:
    """Say whether a head has one linear predictor. Then it is a family with a link, of which more is known."""
    return head.outputs == 1
