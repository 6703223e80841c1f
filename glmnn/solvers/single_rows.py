"""Gradient descent on one row a step by NumPy, whose calls would take longer than the step: four rows share them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice, repeat

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
        """Yield the sizes of the steps; the last row fills the last four up."""
        count, rows, schedule = self._rows.y.size, self._rows, self._form.schedule
        rates = self._form.lr * rows.prior_weight
        if schedule is not None:
            rates *= [schedule(done + step) for step in range(count)]
        filled = np.minimum(np.arange(-(-count // TOGETHER) * TOGETHER), count - 1)
        X, z = (array[filled].reshape(-1, TOGETHER, coef.size) for array in (rows.X, self._z))
        y, rate = (array[filled].reshape(-1, TOGETHER).tolist() for array in (rows.y, rates))
        offsets = rows.offset[filled].reshape(-1, TOGETHER) if rows.offset.any() else repeat(None)
        products = X @ z.transpose(0, 2, 1)
        earlier = zip(*(products[:, row, before].tolist() for row, before in EARLIER), strict=True)
        slope, eta, sizes = self._model.pointwise.score_of_one, np.empty(TOGETHER), np.empty(TOGETHER)
        for x, onto, (y0, y1, y2, y3), (r0, r1, r2, r3), offset, (p10, p20, p21, p30, p31, p32) in zip(
            X, z, y, rate, offsets, earlier, strict=False
        ):
            x.dot(coef, eta)
            if offset is not None:
                eta += offset
            e0, e1, e2, e3 = eta.tolist()
            s0 = r0 * slope(e0, y0)
            s1 = r1 * slope(e1 + s0 * p10, y1)
            s2 = r2 * slope(e2 + s0 * p20 + s1 * p21, y2)
            s3 = r3 * slope(e3 + s0 * p30 + s1 * p31 + s2 * p32, y3)
            four = s0, s1, s2, s3
            sizes[:] = four
            coef = coef + sizes.dot(onto)
            yield four
