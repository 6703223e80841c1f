"""The multinomial logit model, which is one softmax layer: classes as a head, or as a model of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from glmnn.arrays import Array, Block
from glmnn.kernels.double_double import column_sums, linear_predictor
from glmnn.kernels.gram import gram
from glmnn.models.capabilities import OF_CLASSES, Capabilities
from glmnn.models.evaluation import FirstOrder, SecondOrder
from glmnn.models.model import Rowwise
from glmnn.models.softmax import softmax


@dataclass(frozen=True)
class Multinomial:
    """A softmax over K linear predictors, one for each class; the response is the number of the class, 0 .. K - 1.

    Its deviance is twice the categorical cross-entropy. Adding one number to all linear predictors of a row changes
    nothing: as the head of a network the probabilities are identified, the weights are not. As a model of its own the
    first class is the base, whose linear predictor is 0: log p_k / p_0 = x' b_k (Agresti, 2013, chapter 8). Then the
    coefficients are one flat vector, b_1 first, the score is X' (y_k - p_k) for each class, and the information the
    blocks X' diag(p_k (1{k=l} - p_l)) X, expected and observed alike.

    Attributes
    ----------
    labels : tuple of str
        The classes, the base first.
    """

    labels: tuple[str, ...]
    family_name: ClassVar[str] = "multinomial"
    link_name: ClassVar[str] = "logit"
    etas: ClassVar[tuple[float, float]] = (-inf, inf)
    dispersion_known: ClassVar[bool] = True
    unit_free: ClassVar[bool] = True
    least_squares: ClassVar[bool] = False
    canonical: ClassVar[bool] = True
    concave: ClassVar[bool] = True
    # I/2 (1 - 11'/K) bounds the information of a row (Bohning, 1992); its largest eigenvalue is 1/2
    curvature_bound: ClassVar[float] = 0.5
    capabilities: ClassVar[Capabilities] = OF_CLASSES

    @property
    def name(self) -> str:
        """How many classes."""
        return f"softmax over {len(self.labels)} classes"

    @property
    def outputs(self) -> int:
        """One for each class."""
        return len(self.labels)

    @property
    def free(self) -> int:
        """Columns of coefficients: one for each class but the base."""
        return len(self.labels) - 1

    def terms(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names of the coefficients, those of the columns for each class."""
        return tuple(f"{label}: {name}" for label in self.labels[1:] for name in names)

    def expanded(self, to_data: Array) -> Array:
        """Return the coordinates of all classes from those of the columns, shape (q, q)."""
        return np.asarray(np.kron(np.eye(self.free), to_data))

    def neuron_coordinates(self, to_data: Array) -> Array:
        """Return T with coef = T gamma, in which gradient descent takes the steps of a layer with a row for each class.

        Such a layer moves each row by its own gradient g_k, so that b_k - b_0 moves by g_k - g_0 = g_k + sum_j g_j:
        the gradient times I + 11', of which T T' is made.
        """
        root = np.linalg.cholesky(np.eye(self.free) + np.ones((self.free, self.free)))
        return np.asarray(np.kron(root, to_data))

    def bounded(self, gram: Array) -> Array:
        """Return the most that the information can be, shape (q, q), from X' W X (Bohning, 1992)."""
        between = np.eye(self.free) - np.ones((self.free, self.free)) / self.outputs
        return np.asarray(np.kron(0.5 * between, gram))

    def reach(self, size: Array) -> Array:
        """Return the typical size of what each coefficient multiplies, shape (q,)."""
        return np.tile(size, self.free)

    def inside(self, _eta: Array) -> bool:
        """Return True: every eta gives legal probabilities."""
        return True

    def mean(self, eta: Array) -> Array:
        """Return the probabilities, shape (rows, K)."""
        return softmax(eta)

    def evaluate(self, eta: Array, y: Array) -> Rowwise:
        """Return unit deviance, score (rows, K) and information (rows, K, K) of each row."""
        p = softmax(eta)
        information = -p[:, :, None] * p[:, None, :]
        diagonal = np.arange(self.outputs)
        information[:, diagonal, diagonal] = p * (p.sum(axis=1)[:, None] - p)
        return Rowwise(self.deviances(eta, y), _residual(p, y), information)

    def slope(self, eta: Array, block: Block) -> Array:
        """Return 1{k = y} - p_k with the prior weights, shape (rows, K)."""
        slope = _residual(softmax(eta), block.y)
        slope *= block.prior_weight[:, None]
        return slope

    def loss(self, eta: Array, block: Block) -> tuple[float, Array]:
        """Return deviance and slope."""
        return self._total(self.deviances(eta, block.y), block), self.slope(eta, block)

    def deviances(self, eta: Array, y: Array) -> Array:
        """Return -2 log p_y = 2 log sum_k exp(eta_k - eta_y) of each row; also for complex eta."""
        rows, codes = np.arange(y.size), _codes(y)
        above = eta - eta[rows, codes][:, None]
        above[rows, codes] = -inf
        largest = np.maximum(above.real.max(axis=1), 0.0)
        rest = np.exp(above - largest[:, None]).sum(axis=1)
        # log(1 + sum of the others), small where the class is nearly certain
        return np.asarray(2.0 * np.where(largest > 0, largest + np.log(np.exp(-largest) + rest), np.log1p(rest)))

    def start(self, block: Block) -> Array:
        """Return the logarithms of the shares of the classes, half a row added to each."""
        shares = np.bincount(_codes(block.y), block.prior_weight, self.outputs) + 0.5
        logs = np.log(shares)
        return np.asarray(logs - logs.mean())

    def eta(self, coef: Array, block: Block) -> Array:
        """Return the linear predictors of all classes, that of the base being 0; shape (rows, K)."""
        eta = np.zeros((block.y.size, self.outputs))
        eta[:, 1:] = block.X @ coef.reshape(self.free, -1).T
        return eta

    def fitted(self, coef: Array, block: Block) -> Array:
        """Return the fitted probabilities, shape (rows, K)."""
        return self.mean(self.eta(coef, block))

    def score(self, coef: Array, block: Block) -> Array:
        """Return the score alone, shape (q,): the backward pass of the layer."""
        return _of_columns(self.slope(self.eta(coef, block), block), block.X)

    def deviance(self, coef: Array, block: Block) -> float:
        """Return the deviance of the rows."""
        with np.errstate(all="ignore"):
            return self._total(self.deviances(self.eta(coef, block), block.y), block)

    def scorer(self, _rows: int, _plain: bool) -> Callable[[Array, Block], Array]:
        """Return `score` for many calls."""
        return self.score

    def first_order(self, coef: Array, block: Block) -> FirstOrder:
        """Return deviance and score."""
        eta = self.eta(coef, block)
        with np.errstate(all="ignore"):
            deviance, slope = self.loss(eta, block)
            return FirstOrder(block.y.size, deviance, _of_columns(slope, block.X))

    def second_order(self, coef: Array, block: Block) -> SecondOrder:
        """Return deviance, score and information, whose blocks couple the classes."""
        eta = self.eta(coef, block)
        with np.errstate(all="ignore"):
            deviance, score, information = self.evaluate(eta, block.y)
            total = self._total(deviance, block)
            score *= block.prior_weight[:, None]
            return SecondOrder(block.y.size, total, _of_columns(score, block.X), self._gram(information, block))

    def observed_information(self, coef: Array, block: Block) -> Array:
        """Return minus the second derivative of the log-likelihood, which is the expected information."""
        return self._gram(self.evaluate(self.eta(coef, block), block.y).information, block)

    def extended_score(self, high: Array, low: Array, block: Block) -> tuple[Array, Array]:
        """Return the score at the coefficients high + low as a pair of sums in extended precision."""
        eta, rest = np.zeros((2, block.y.size, self.outputs))
        pairs = zip(high.reshape(self.free, -1), low.reshape(self.free, -1), strict=True)
        for k, (above, below) in enumerate(pairs, 1):
            eta[:, k], rest[:, k] = linear_predictor(block.X, above, below, block.offset)
        with np.errstate(all="ignore"):
            p = softmax(eta)
            residual = _residual(p, block.y) - p * (rest - np.sum(p * rest, axis=1, keepdims=True))
            weighted = residual[:, 1:] * block.prior_weight[:, None]
            sums = [column_sums(block.X, column, np.zeros_like(column)) for column in weighted.T]
        return np.concatenate([high for high, _ in sums]), np.concatenate([low for _, low in sums])

    def starting_step(self, block: Block) -> SecondOrder:
        """Return the normal equations of the first step, Newton's from zero."""
        return self.second_order(np.zeros(self.free * block.X.shape[1]), block)

    def constant_step(self, _mean: float, block: Block) -> SecondOrder:
        """Return the normal equations of the coefficients that make all probabilities equal: zeros."""
        q = self.free * block.X.shape[1]
        return SecondOrder(block.y.size, 0.0, np.zeros(q), np.eye(q))

    def _total(self, deviance: Array, block: Block) -> float:
        total = float(block.prior_weight @ deviance)
        return total if np.isfinite(total) else inf

    def _gram(self, information: Array, block: Block) -> Array:
        """Return the information of all classes but the base, shape (q, q), from that of each row."""
        weights = information * block.prior_weight[:, None, None]
        width = block.X.shape[1]
        total = np.empty((self.free, width, self.free, width))
        for k in range(self.free):
            for j in range(k + 1):
                part = gram(block.X, weights[:, k + 1, j + 1])
                total[k, :, j, :] = part
                total[j, :, k, :] = part.T
        return total.reshape(self.free * width, self.free * width)


def _codes(y: Array) -> NDArray[np.intp]:
    return y.astype(np.intp)


def _residual(p: Array, y: Array) -> Array:
    """Return 1{k = y} - p_k, shape (rows, K), in which 1 - p is the sum of the other probabilities."""
    rows, codes = np.arange(y.size), _codes(y)
    residual = -p
    residual[rows, codes] = 0.0
    residual[rows, codes] = -residual.sum(axis=1)
    return residual


def _of_columns(slope: Array, X: Array) -> Array:
    """Return the score of all classes but the base, shape (q,)."""
    return np.asarray(slope[:, 1:].T @ X).ravel()
