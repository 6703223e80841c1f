"""The multinomial logit model, which is one softmax layer, and the softmax function in forms that do not overflow."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from glmnn.arrays import Array, Block
from glmnn.kernels.double_double import column_sums, linear_predictor
from glmnn.kernels.gram import gram
from glmnn.models.evaluation import FirstOrder, SecondOrder


def log_sum_exp(eta: Array) -> Array:
    """Return log sum_k exp(eta_ik) of each row, shape (rows,), by taking the largest eta out first.

    >>> log_sum_exp(np.array([[1000.0, 1000.0]])).round(4)
    array([1000.6931])
    """
    largest = eta.max(axis=1)
    return np.asarray(largest + np.log(np.exp(eta - largest[:, None]).sum(axis=1)))


def softmax(eta: Array) -> Array:
    """Return exp(eta_ik) / sum_j exp(eta_ij), shape (rows, classes).

    >>> softmax(np.array([[0.0, 0.0, 0.0]])).round(4)
    array([[0.3333, 0.3333, 0.3333]])
    """
    shifted = np.exp(eta - eta.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def to_symmetric(baseline: Array) -> Array:
    """Return the softmax layer's weights, shape (classes, p), of baseline-category coefficients (classes - 1, p).

    A softmax layer has a row of weights for each class, and adding one vector to all rows changes nothing. Of all
    such layers this is the one whose rows add up to zero, where gradient descent from zero stays, and the shortest.

    >>> to_symmetric(np.array([[3.0], [0.0]]))
    array([[-1.],
           [ 2.],
           [-1.]])
    """
    rows = np.vstack([np.zeros((1, baseline.shape[1])), baseline])
    return np.asarray(rows - rows.mean(axis=0))


def to_baseline(symmetric: Array) -> Array:
    """Return baseline-category coefficients, shape (classes - 1, p), of any softmax layer's weights (classes, p).

    >>> to_baseline(np.array([[5.0], [8.0], [5.0]]))
    array([[3.],
           [0.]])
    """
    return np.asarray(symmetric[1:] - symmetric[0])


@dataclass(frozen=True)
class Law:
    """What the rest of glmnn asks of a family or a link."""

    name: str
    dispersion_known: bool = True
    trials: bool = False
    jeffreys: bool = False
    unit_free: bool = True


@dataclass(frozen=True)
class Softmax:
    """Baseline-category logits: log p_k / p_0 = x' b_k for classes k = 1 .. K - 1 (Agresti, 2013, chapter 8).

    The response is the number of the class, 0 .. K - 1. The coefficients are one flat vector, b_1 first. The score is
    X' (y_k - p_k) for each class, the information the blocks X' diag(p_k (1{k=l} - p_l)) X, expected and observed
    alike.

    Attributes
    ----------
    classes : tuple of str
        The base class first.
    """

    classes: tuple[str, ...]
    family: Law = Law("multinomial")
    link: Law = Law("logit")
    canonical: bool = True
    # I/2 (1 - 11'/K) bounds the information of a row (Bohning, 1992); its largest eigenvalue is 1/2
    curvature_bound: float = 0.5
    etas: tuple[float, float] = (-inf, inf)

    @property
    def others(self) -> int:
        """Number of classes without the base."""
        return len(self.classes) - 1

    def terms(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names of the coefficients, those of the columns for each class."""
        return tuple(f"{label}: {name}" for label in self.classes[1:] for name in names)

    def expanded(self, to_data: Array) -> Array:
        """Return the coordinates of all classes from those of the columns, shape (q, q)."""
        return np.asarray(np.kron(np.eye(self.others), to_data))

    def neuron_coordinates(self, to_data: Array) -> Array:
        """Return T with coef = T gamma, in which gradient descent takes the steps of a layer with a row for each class.

        Such a layer moves each row by its own gradient g_k, so that b_k - b_0 moves by g_k - g_0 = g_k + sum_j g_j:
        the gradient times I + 11', of which T T' is made.
        """
        root = np.linalg.cholesky(np.eye(self.others) + np.ones((self.others, self.others)))
        return np.asarray(np.kron(root, to_data))

    def bounded(self, gram: Array) -> Array:
        """Return the most that the information can be, shape (q, q), from X' W X (Bohning, 1992)."""
        K = len(self.classes)
        return np.asarray(np.kron(0.5 * (np.eye(self.others) - np.ones((self.others, self.others)) / K), gram))

    def reach(self, size: Array) -> Array:
        """Return the typical size of what each coefficient multiplies, shape (q,)."""
        return np.tile(size, self.others)

    def inside(self, _eta: Array) -> bool:
        """Return True: every eta gives legal probabilities."""
        return True

    def eta(self, coef: Array, block: Block) -> Array:
        """Return the linear predictors of all classes, that of the base being 0; shape (rows, K)."""
        eta = np.zeros((block.y.size, len(self.classes)))
        eta[:, 1:] = block.X @ coef.reshape(self.others, -1).T
        return eta

    def mean(self, coef: Array, block: Block) -> Array:
        """Return the fitted probabilities, shape (rows, K)."""
        return softmax(self.eta(coef, block))

    def score(self, coef: Array, block: Block) -> Array:
        """Return the score alone, shape (q,): the backward pass of the layer."""
        return self._score(softmax(self.eta(coef, block)), block)

    def row_scores(self, coef: Array, block: Block) -> Array:
        """Return the score of each row, shape (rows, q)."""
        weighted = self._residual(softmax(self.eta(coef, block)), block)[:, 1:] * block.prior_weight[:, None]
        return (weighted[:, :, None] * block.X[:, None, :]).reshape(block.y.size, -1)

    def deviance(self, coef: Array, block: Block) -> float:
        """Return the deviance of the rows."""
        return self.first_order(coef, block).deviance

    def first_order(self, coef: Array, block: Block) -> FirstOrder:
        """Return deviance and score."""
        eta = self.eta(coef, block)
        with np.errstate(all="ignore"):
            return FirstOrder(block.y.size, self._deviance(eta, block), self._score(softmax(eta), block))

    def second_order(self, coef: Array, block: Block) -> SecondOrder:
        """Return deviance, score and information, whose blocks couple the classes."""
        eta = self.eta(coef, block)
        with np.errstate(all="ignore"):
            p = softmax(eta)
            total = self._deviance(eta, block)
            return SecondOrder(block.y.size, total, self._score(p, block), self._information(p, block))

    def observed_information(self, coef: Array, block: Block) -> Array:
        """Return minus the second derivative of the log-likelihood, which is the expected information."""
        return self._information(softmax(self.eta(coef, block)), block)

    def extended_score(self, high: Array, low: Array, block: Block) -> tuple[Array, Array]:
        """Return the score at the coefficients high + low as a pair of sums in extended precision."""
        eta, rest = np.zeros((2, block.y.size, len(self.classes)))
        pairs = zip(high.reshape(self.others, -1), low.reshape(self.others, -1), strict=True)
        for k, (above, below) in enumerate(pairs, 1):
            eta[:, k], rest[:, k] = linear_predictor(block.X, above, below, block.offset)
        with np.errstate(all="ignore"):
            p = softmax(eta)
            residual = self._residual(p, block) - p * (rest - np.sum(p * rest, axis=1, keepdims=True))
            weighted = residual[:, 1:] * block.prior_weight[:, None]
            sums = [column_sums(block.X, column, np.zeros_like(column)) for column in weighted.T]
        return np.concatenate([high for high, _ in sums]), np.concatenate([low for _, low in sums])

    def starting_step(self, block: Block) -> SecondOrder:
        """Return the normal equations of the first step, Newton's from zero."""
        return self.second_order(np.zeros(self.others * block.X.shape[1]), block)

    def constant_step(self, _mean: float, block: Block) -> SecondOrder:
        """Return the normal equations of the coefficients that make all probabilities equal: zeros."""
        q = self.others * block.X.shape[1]
        return SecondOrder(block.y.size, 0.0, np.zeros(q), np.eye(q))

    def _codes(self, block: Block) -> NDArray[np.intp]:
        return block.y.astype(np.intp)

    def _residual(self, p: Array, block: Block) -> Array:
        """Return y_k - p_k, shape (rows, K), in which 1 - p is the sum of the other probabilities."""
        rows, codes = np.arange(block.y.size), self._codes(block)
        residual = -p
        residual[rows, codes] = 0.0
        residual[rows, codes] = -residual.sum(axis=1)
        return residual

    def _score(self, p: Array, block: Block) -> Array:
        weighted = self._residual(p, block)[:, 1:] * block.prior_weight[:, None]
        return (weighted.T @ block.X).ravel()

    def _deviance(self, eta: Array, block: Block) -> float:
        chosen = eta[np.arange(block.y.size), self._codes(block)]
        others = eta - chosen[:, None]
        others[np.arange(block.y.size), self._codes(block)] = -inf
        # log(1 + sum of the others), small where the chosen class is nearly certain
        largest = np.maximum(others.max(axis=1), 0.0)
        small = np.exp(others - largest[:, None]).sum(axis=1)
        loss = np.where(largest > 0, largest + np.log(small + np.exp(-largest)), np.log1p(small))
        return 2.0 * float(block.prior_weight @ loss)

    def _information(self, p: Array, block: Block) -> Array:
        q, width = self.others, block.X.shape[1]
        information = np.empty((q, width, q, width))
        for k in range(q):
            for j in range(k + 1):
                weight = p[:, k + 1] * ((p.sum(axis=1) - p[:, k + 1]) if j == k else -p[:, j + 1])
                part = gram(block.X, weight * block.prior_weight)
                information[k, :, j, :] = part
                information[j, :, k, :] = part.T
        return information.reshape(q * width, q * width)
