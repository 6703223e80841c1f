"""Gradient descent on one row a step by NumPy, whose calls would take longer than the step: four rows share them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice, repeat
from typing import Any

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.models.glm import GLM
from glmnn.solvers.updates import Form

TOGETHER = 4  # rows
EARLIER = ((1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2))  # each of the four, and one before it


class SingleRows:
    """Steps from the rows of a block, one after the other: coef + size z with z = T T' x in coordinates T.

    What the steps before it do to the linear predictor of a row is their sizes times the products x'z, so that four
    rows need the coefficients once. The states are the same however many are asked for at once.

    Parameters
    ----------
    model : GLM
    rows : Block
    form : Form
        Of gradient descent.
    metric : ndarray of shape (p, p) or None
        T T'.
    """

    def __init__(self, model: GLM, rows: Block, form: Form, metric: Array | None) -> None:
        self._model, self._rows, self._form = model, rows, form
        self._z = rows.X if metric is None else rows.X @ metric
        self._sizes: Iterator[float] | None = None
        self._met = 0

    def steps(self, done: int, coef: Array, path: Array) -> None:
        """Write the coefficients after each of the next steps; before them are `coef`, after `done` steps in all."""
        if self._sizes is None:
            self._sizes = chain.from_iterable(self._in_fours(done, coef))
        sizes = np.fromiter(islice(self._sizes, len(path)), float, len(path))
        np.multiply(sizes[:, None], self._z[self._met : self._met + len(path)], path)
        path[0] += coef
        np.cumsum(path, axis=0, out=path)
        self._met += len(path)

    def _in_fours(self, done: int, coef: Array) -> Iterator[tuple[float, float, float, float]]:
        """Yield sizes of steps: size_i = rate_i slope(eta_i), eta_i = x_i'coef + sum of size_j x_i'z_j over j < i."""
        slope, etas, sizes = self._model.pointwise.score_of_one, np.empty(TOGETHER), np.empty(TOGETHER)
        for x, z, responses, rates, offset, products in self._fours(done):
            x.dot(coef, etas)
            if offset is not None:
                etas += offset
            eta0, eta1, eta2, eta3 = etas.tolist()
            y0, y1, y2, y3 = responses
            rate0, rate1, rate2, rate3 = rates
            by10, by20, by21, by30, by31, by32 = products
            size0 = rate0 * slope(eta0, y0)
            size1 = rate1 * slope(eta1 + size0 * by10, y1)
            size2 = rate2 * slope(eta2 + size0 * by20 + size1 * by21, y2)
            size3 = rate3 * slope(eta3 + size0 * by30 + size1 * by31 + size2 * by32, y3)
            four = size0, size1, size2, size3
            sizes[:] = four
            coef = coef + sizes.dot(z)
            yield four

    def _fours(self, done: int) -> Iterator[tuple[Any, ...]]:
        """Return of each four rows x, z, y, rates, offsets or None, and x'z of `EARLIER`; the last row fills up."""
        rows, count = self._rows, self._rows.y.size
        filled = np.minimum(np.arange(-(-count // TOGETHER) * TOGETHER), count - 1)

        def fours(values: Array) -> Array:
            return values[filled].reshape(-1, TOGETHER, *values.shape[1:])

        rates = self._form.lr * rows.prior_weight
        if self._form.schedule is not None:
            rates *= [self._form.schedule(done + step) for step in range(count)]
        x, z = fours(rows.X), fours(self._z)
        every = x @ z.transpose(0, 2, 1)
        products = zip(*(every[:, row, before].tolist() for row, before in EARLIER), strict=True)
        offsets = fours(rows.offset) if rows.offset.any() else repeat(None)
        return zip(x, z, fours(rows.y).tolist(), fours(rates).tolist(), offsets, products, strict=False)
