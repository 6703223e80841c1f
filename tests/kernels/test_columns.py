"""Rows written as columns, by squares."""

import numpy as np
import pytest

pytest.importorskip("numba")

from glmnn.kernels.compiled.columns import CHUNK, STRIDE, gather


@pytest.mark.parametrize("skipped", [0, 1])
@pytest.mark.parametrize("width", [*range(1, 14), 20, 33])
def test_every_cell_of_a_chunk_arrives(width: int, skipped: int) -> None:
    X = np.random.default_rng(width).standard_normal((CHUNK + 9, width + skipped))
    X[3, -1], X[5, skipped] = -0.0, np.nextafter(0.0, 1.0)
    for first, n in ((0, CHUNK), (9, CHUNK), (2, 1), (1, 7), (0, 13)):
        columns = np.full((width + 3, STRIDE), np.nan)
        gather(X, skipped, first, n, columns)
        turned = X[first : first + n, skipped:].T
        np.testing.assert_array_equal(columns[:width, :n].view(np.int64), np.ascontiguousarray(turned).view(np.int64))
        assert np.isnan(columns[width:]).all()
        assert np.isnan(columns[:, n:]).all()
