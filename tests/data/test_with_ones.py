"""An array is fitted where it is: same bits as with a column of ones in memory, and no copy."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

import glmnn
from glmnn.arrays import Block, extent
from glmnn.data.dataset import InMemory
from glmnn.data.with_ones import WithOnes
from glmnn.kernels.choice import chosen, installed
from glmnn.models.activations import TANH
from glmnn.models.families import BINOMIAL
from glmnn.models.glm import GLM
from glmnn.models.layers import Layer
from glmnn.models.links import LOGIT
from glmnn.models.network import Network
from glmnn.problem.problem import Problem
from glmnn.solvers.scaling import standardising


def drawn(rows, columns, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((rows, columns))
    return X, (rng.random(rows) < 1.0 / (1.0 + np.exp(-X[:, 0] - 0.3))).astype(float)


@pytest.mark.parametrize("rows", [1, 7, 8192, 20_001])
def test_same_rows_and_same_bits_as_in_memory(rows):
    X, y = drawn(rows, 3)
    names = ("one", "a", "b", "c")
    whole = InMemory.from_arrays(np.column_stack([np.ones(rows), X]), y, names)
    bare = WithOnes(names, InMemory.from_arrays(X, y).whole)
    assert (bare.rows, bare.width, bare.names) == (whole.rows, whole.width, whole.names)
    for ours, theirs in zip(bare.blocks(), whole.blocks(), strict=True):
        assert all(map(np.array_equal, ours, theirs))
    model, coef = GLM(BINOMIAL, LOGIT), np.array([0.3, 1.0, 0.0, -0.2])
    ours, theirs = (Problem(model, data).second_order(coef) for data in (bare, whole))
    assert ours.deviance == theirs.deviance
    assert np.array_equal(ours.information, theirs.information)
    assert np.array_equal(bare.every(3).whole.X, whole.every(3).whole.X)
    assert np.array_equal(bare.without({"b"}).in_memory("all").whole.X, whole.without({"b"}).in_memory("all").whole.X)


@pytest.mark.parametrize("layout", [np.asarray, np.asfortranarray, np.float32, lambda X: X[::-1][::-1]])
def test_any_layout_is_fitted_as_a_frame_is(layout):
    X, y = drawn(3_000, 3)
    given = layout(X)
    ours = glmnn.fit(given, y, solver="fisher")
    frame = pd.DataFrame(np.asarray(given, dtype=float), columns=["x1", "x2", "x3"]).assign(y=y)
    theirs = glmnn.fit(frame, solver="fisher")
    assert np.array_equal(ours.coef, theirs.coef)
    assert np.array_equal(ours.std_error, theirs.std_error)


def test_an_array_is_not_copied():
    X, y = drawn(100_000, 20)
    glmnn.fit(X[:1000], y[:1000], solver="fisher")
    tracemalloc.start()
    glmnn.fit(X, y, solver="fisher")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 0.75 * X.nbytes


@pytest.mark.parametrize(
    ("cell", "message"), [(np.nan, "row 3, column 'x2': the cell is missing"), (np.inf, "row 3, column 'x2': 'inf'")]
)
def test_a_cell_that_is_no_number_is_named(cell, message):
    X, y = drawn(50, 3)
    X[2, 1] = cell
    with pytest.raises(glmnn.DataError, match=message):
        glmnn.fit(X, y)


def test_zeros_and_signs_are_the_same_in_every_fingerprint():
    X, y = drawn(50, 2)
    X[:5] = 0.0
    plain = glmnn.fit(X, y, solver="fisher").comparison.estimate.table.digest
    assert glmnn.fit(np.where(X == 0, -0.0, X), y, solver="fisher").comparison.estimate.table.digest == plain


@pytest.mark.parametrize("layout", ["C", "F", "strided"])
def test_the_ends_of_an_array(layout):
    X = np.random.default_rng(1).standard_normal((40_000, 3))
    X = {"C": X, "F": np.asfortranarray(X), "strided": X[::2, ::2]}[layout]
    assert extent(X) == (X.min(), X.max())
    X[12_345, 1] = np.nan
    assert np.isnan(extent(X)).all()


@pytest.mark.parametrize("layout", [np.asarray, np.asfortranarray])
def test_sums_and_moments_of_many_rows_have_the_bits_of_rows_with_their_ones(layout):
    X, y = drawn(130_000, 8)
    X[:, 3] = 2.0  # another constant column
    names = tuple("abcdefghi")
    whole = InMemory.from_arrays(np.column_stack([np.ones(len(y)), X]), y, names)
    bare = WithOnes(names, InMemory.from_arrays(X, y).whole._replace(X=layout(X)))
    model, coef = GLM(BINOMIAL, LOGIT), np.linspace(-0.5, 0.5, 9)
    with chosen("numpy"):
        ours, theirs = (Problem(model, data).score(coef) for data in (bare, whole))
    assert np.array_equal(ours, theirs)
    assert ours == pytest.approx(whole.sum(model.score, coef), rel=1e-12, abs=1e-9)
    with chosen("numpy"):
        ours, theirs = (Problem(model, data).second_order(coef) for data in (bare, whole))
        first = Problem(model, bare).first_order(coef)
    plain = whole.sum(model.second_order, coef)
    assert (ours.deviance, first.deviance) == (theirs.deviance, theirs.deviance)
    for part in ("score", "information"):
        assert np.array_equal(getattr(ours, part), getattr(theirs, part))
        assert getattr(ours, part) == pytest.approx(getattr(plain, part), rel=1e-12, abs=1e-9)
    assert np.array_equal(first.score, theirs.score)
    assert np.array_equal(bare.constants, whole.constants)
    assert whole.constants.tolist() == [1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0]
    assert all(map(np.array_equal, bare.moments, whole.moments))
    assert bare.moments.passes == whole.moments.passes == 1
    assert np.array_equal(bare.gram, whole.gram)
    assert bare.gram == pytest.approx(whole.whole.X.T @ whole.whole.X, rel=1e-12, abs=1e-9)
    assert whole.moments[0] == pytest.approx(np.where(whole.constants != 0, 0.0, whole.whole.X.mean(axis=0)), abs=1e-15)
    spread = np.where(whole.constants != 0, whole.constants**2, whole.whole.X.var(axis=0))
    assert whole.moments[1] == pytest.approx(spread, rel=1e-13)


@pytest.mark.parametrize(("shift", "passes"), [(0.0, 1), (1e6, 3)])
def test_means_and_spreads_of_many_rows_come_from_their_products_unless_digits_cancel(shift, passes):
    X, y = drawn(130_000, 8)
    data = InMemory.from_arrays(np.column_stack([np.ones(len(y)), X + shift]), y)
    taken, _ = [], data.constants
    object.__setattr__(data, "sum", lambda *given: taken.append(given) or InMemory.sum(data, *given))
    centre, squares, said = data.moments
    assert len(taken) == passes == said
    assert centre[1:] == pytest.approx(X.mean(axis=0) + shift, rel=1e-15, abs=1e-15)
    assert squares == pytest.approx(np.append(1.0, X.var(axis=0)), rel=1e-9)


def test_the_score_of_many_rows_without_a_column_of_ones():
    X, y = drawn(130_000, 8)
    X[:3000, 0] = 1.0  # a leaf of ones does not make the column one
    data, model, coef = InMemory.from_arrays(X, y), GLM(BINOMIAL, LOGIT), np.linspace(-0.5, 0.5, 8)
    for way in ("numpy", "compiled") if installed() else ("numpy",):
        with chosen(way):
            assert Problem(model, data).score(coef) == pytest.approx(data.sum(model.score, coef), rel=1e-12, abs=1e-9)
            information = Problem(model, data).second_order(coef).information
            assert information == pytest.approx(data.sum(model.second_order, coef).information, rel=1e-12, abs=1e-9)


def test_prior_weights_and_offsets_of_many_rows_are_read_where_they_say_something():
    X, y = drawn(130_000, 8)
    weight, offset = np.where(X[:, 0] > 1, 2.0, 1.0), X[:, 1] / 8
    names = tuple("abcdefghi")
    with_ones = np.column_stack([np.ones(len(y)), X])
    model, coef = GLM(BINOMIAL, LOGIT), np.linspace(-0.5, 0.5, 9)
    residual = y - 1.0 / (1.0 + np.exp(-(with_ones @ coef + offset)))
    bare = WithOnes(names, Block(X, y, weight, offset))
    with chosen("numpy"):
        score = Problem(model, bare).score(coef)
        assert score == pytest.approx((weight * residual) @ with_ones, rel=1e-12, abs=1e-9)
        assert Problem(model, bare).first_order(coef).score == pytest.approx(score, rel=1e-12, abs=1e-9)
    assert bare.gram == pytest.approx((weight * with_ones.T) @ with_ones, rel=1e-12, abs=1e-9)
    whole = InMemory(names, Block(with_ones, y, weight, offset))
    assert np.array_equal(bare.gram, whole.gram)


def test_the_score_of_a_network_on_many_rows_is_its_own():
    X, y = drawn(130_000, 8)
    network = Network(tuple("abcdefgh"), (Layer(2, TANH),), GLM(BINOMIAL, LOGIT), bias=True)
    problem, coef = Problem(network, InMemory.from_arrays(X, y)), np.linspace(-1.0, 1.0, network.size)
    plain = sum(network.score(coef, block) for block in problem.data.blocks())
    assert problem.score(coef) == pytest.approx(plain, rel=1e-12)
    assert problem.first_order(coef).score == pytest.approx(plain, rel=1e-12)


def test_what_is_summed_besides_in_the_closing_pass_moves_no_bit():
    X, y = drawn(130_000, 8)
    with chosen("numpy"):
        plain, robust = (glmnn.fit(X, y, solver="fisher", cov=cov) for cov in ("model", "HC0"))
    assert np.array_equal(plain.coef, robust.coef)
    assert not np.array_equal(plain.std_error, robust.std_error)


@pytest.mark.parametrize(("rows", "shift", "passes"), [(100, 0.0, 3), (130_000, 0.0, 2), (130_000, 1e6, 4)])
def test_standardising_costs_the_passes_that_it_reads(rows, shift, passes):
    """One for constant columns; then X'X where there are many cells, means and distances where not or digits cancel."""
    X, y = drawn(rows, 8)
    X += shift
    names = tuple("abcdefghi")
    for data in (
        InMemory.from_arrays(np.column_stack([np.ones(rows), X]), y),
        WithOnes(names, InMemory.from_arrays(X, y).whole),
    ):
        problem = Problem(GLM(BINOMIAL, LOGIT), data)
        standardising(problem)
        assert problem.passes == passes
