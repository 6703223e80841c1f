"""Small systems by NumPy's own loops, and by what it offers to all."""

import sys

import numpy as np
import pytest

from glmnn.kernels import linear_algebra
from glmnn.kernels.choice import chosen

INNER = "cholesky", "solve_vector", "solve_matrix"


@pytest.fixture(params=["loops", "offered"])
def way(request, monkeypatch):
    """NumPy with its inner loops, and a NumPy that keeps them elsewhere."""
    if request.param == "offered":
        monkeypatch.setitem(sys.modules, "numpy.linalg._umath_linalg", None)
        monkeypatch.delattr(np.linalg, "_umath_linalg", raising=False)
        found = linear_algebra._loops()
        assert found[0] is np.linalg.cholesky
        for name, function in zip(INNER, found, strict=True):
            monkeypatch.setattr(linear_algebra, name, function)
    with chosen("numpy"):
        yield request.param


def test_systems_are_solved_singular_ones_by_the_shortest_solution(way):
    A = np.array([[4.0, 1.0], [1.0, 3.0]])
    right, scale = np.array([1.0, 2.0]), linear_algebra.column_scale(A)
    assert linear_algebra.solve_scaled(A, scale, right) == pytest.approx([1 / 11, 7 / 11], rel=1e-15)
    inverse = linear_algebra.solve_scaled(A, scale, np.eye(2))
    assert inverse == pytest.approx(np.array([[3.0, -1.0], [-1.0, 4.0]]) / 11, rel=1e-15)
    singular = np.ones((2, 2))
    assert linear_algebra.solve_scaled(singular, np.ones(2), np.ones(2)) == pytest.approx([0.5, 0.5], rel=1e-15)
    assert np.isnan(linear_algebra.solve_scaled(np.full((2, 2), np.inf), np.ones(2), right)).all()


def test_the_least_pivot_says_whether_a_matrix_is_positive_definite(way):
    assert linear_algebra.least_pivot(np.array([[4.0, 2.0], [2.0, 2.0]])) == 1.0
    assert np.isnan(linear_algebra.least_pivot(np.array([[1.0, 2.0], [2.0, 1.0]])))
