"""Rows that come block by block and never all at once: what is said of them is what is said of rows in memory."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from command import PIPE, run
from glmnn.arrays import Block
from glmnn.data.dataset import Dataset, InMemory
from glmnn.diagnostics.inference import InferenceSettings, infer
from glmnn.diagnostics.rank import aliased_columns
from glmnn.errors import NeedsAllRows
from glmnn.fitting import estimate
from glmnn.models.families import BINOMIAL, GAMMA, GAUSSIAN, POISSON
from glmnn.models.glm import GLM
from glmnn.models.links import IDENTITY, LOG, LOGIT, PROBIT
from glmnn.problem.penalty import Firth, Ridge
from glmnn.problem.problem import Problem
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.loop import fit
from golden import FITS, MASKS

NEED_ALL_ROWS = {
    "primes_optimizers": "an external library needs all 6 rows",
    "primes_perceptron": "--solver perceptron needs all 6 rows",
    "video_sgd": "a solver with mini-batches needs all 1,000 rows",
    "video_ci": "an external library needs all 1,000 rows",
    "iris_setosa_perceptron": "--solver perceptron needs all 150 rows",
    "iris_separated": "the exact decision whether a maximum exists needs all 150 rows",
}
SHORTER = {"iris_setosa"}  # without how near gradient descent has come to the widest margin, which all rows tell
ROWS = 400


class Blocks(Dataset):
    """The rows between each two edges, read again on each pass."""

    def __init__(self, data: InMemory, edges: list[int]) -> None:
        self.names, self._data, self._edges = data.names, data, edges

    @property
    def rows(self) -> int:
        return self._data.rows

    def blocks(self) -> Iterator[Block]:
        for a, b in pairwise(self._edges):
            yield Block(*(array.copy() for array in self._data.whole.rows(slice(a, b))))


def streamed(data: InMemory) -> Blocks:
    """Return rows that can be had in blocks only, in those that they have in memory."""
    return Blocks(data, np.cumsum([0, *(block.y.size for block in data.blocks())]).tolist())


@pytest.fixture
def from_a_stream(monkeypatch):
    """Let `glmnn fit` find no rows in memory."""
    made = estimate.make_run

    def make_run(options, table):
        model, design, notes = made(options, table)
        return model, replace(design, data=streamed(design.data)), notes

    monkeypatch.setattr(estimate, "make_run", make_run)


def masked(text):
    for pattern, instead in MASKS:
        text = re.sub(pattern, instead, text)
    return text


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in FITS if name not in {*NEED_ALL_ROWS, *SHORTER}])
def test_a_fit_on_blocks_says_what_it_says_in_memory(name, from_a_stream, monkeypatch):
    found = run("fit", *FITS[name], **PIPE)
    monkeypatch.undo()
    inside = run("fit", *FITS[name], **PIPE)
    assert (found.code, masked(found.out), masked(found.err)) == (inside.code, masked(inside.out), masked(inside.err))


@pytest.mark.parametrize("name", NEED_ALL_ROWS)
def test_what_needs_all_rows_says_so_in_one_line(name, from_a_stream):
    found = run("fit", *FITS[name], **PIPE)
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith(f"glmnn: {NEED_ALL_ROWS[name]}")
    assert found.err.count("\n") == 1


def made(family, link, weighted=False, offset=False):
    """Return a model and rows whose last column is 1e4 times as long as the others."""
    rng = np.random.default_rng(5)
    X = np.column_stack([np.ones(ROWS), rng.standard_normal((ROWS, 2)), 1e4 * rng.random(ROWS)])
    given = rng.normal(0.0, 0.3, ROWS) if offset else np.zeros(ROWS)
    mean = link.inverse(X @ [0.4, 0.3, -0.2, 2e-5] + given)
    y = {
        BINOMIAL: lambda: rng.random(ROWS) < mean,
        POISSON: lambda: rng.poisson(mean),
        GAMMA: lambda: rng.gamma(2.0, mean / 2.0),
        GAUSSIAN: lambda: rng.normal(mean),
    }[family]()
    weights = rng.integers(1, 4, ROWS).astype(float) if weighted else None
    return GLM(family, link), InMemory.from_arrays(X, y, tuple("abcd"), weights, given)


MODELS = [(BINOMIAL, LOGIT), (POISSON, LOG), (GAMMA, LOG), (GAUSSIAN, IDENTITY), (BINOMIAL, PROBIT)]
EDGES = [[0, ROWS], [0, 1, 8, 57, 300, ROWS], [*range(0, ROWS, 37), ROWS]]


def close(found, wanted):
    assert np.allclose(found, wanted, rtol=1e-13, atol=1e-13 * np.max(np.abs(wanted), initial=0.0), equal_nan=True)


@pytest.mark.slow
@pytest.mark.parametrize("edges", EDGES, ids=len)
@pytest.mark.parametrize("offset", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("family", "link"), MODELS, ids=lambda part: getattr(part, "name", None))
def test_the_numbers_do_not_depend_on_the_blocks(family, link, weighted, offset, edges):
    model, data = made(family, link, weighted, offset)
    kinds = ("model", "HC0", "HC1", "HC3")
    groups = InferenceSettings(clusters=np.arange(ROWS) % 20)
    settings = [*(InferenceSettings(covariance=kind, weights="freq") for kind in kinds), groups]
    inside, outside = (Problem(model, rows) for rows in (data, Blocks(data, edges)))
    here, there = fit(inside, Fisher()), fit(outside, Fisher())
    assert there.converged
    close(there.coef, here.coef)
    for setting in settings:
        found, wanted = infer(outside, there.coef, setting), infer(inside, there.coef, setting)
        for field in ("std_error", "deviance", "null_deviance", "pearson", "log_likelihood", "aic", "p_value"):
            close(getattr(found, field), getattr(wanted, field))


@pytest.mark.parametrize("edges", EDGES, ids=len)
@pytest.mark.parametrize(
    "penalty", [None, Ridge(1.0, (True, False, False, False)), Firth()], ids=["", "ridge", "firth"]
)
def test_gradient_descent_takes_the_same_steps(penalty, edges):
    model, data = made(BINOMIAL, LOGIT)
    runs = [fit(Problem(model, rows, penalty=penalty), Gradient("gd")) for rows in (data, Blocks(data, edges))]
    assert runs[0].converged
    assert runs[0].iterations == runs[1].iterations
    assert np.allclose(runs[1].coef, runs[0].coef, rtol=1e-11)


@pytest.mark.parametrize("edges", EDGES, ids=len)
def test_other_views_of_the_rows(edges):
    data = made(POISSON, LOG, weighted=True, offset=True)[1]
    whole, blocks = data.whole, Blocks(data, edges)
    dependent = InMemory(
        ("a", "b", "c", "d", "e"), whole._replace(X=np.column_stack([whole.X, whole.X @ [1, 2, 0, 0]]))
    )
    assert str(aliased_columns(Blocks(dependent, edges))[0]) == "e = a + 2 b"
    for stride in (1, 3, 50):
        for found, wanted in zip(blocks.every(stride).whole, data.every(stride).whole, strict=True):
            assert np.array_equal(found, wanted)
    T = np.array([[2.0, 1.0], [0.0, 3.0]])
    for found, wanted in (
        (blocks.without({"a", "c"}), data.without({"a", "c"})),
        (blocks.without({"a", "c"}).in_coordinates(T), data.without({"a", "c"}).in_coordinates(T)),
        (blocks.constant(), data.constant()),
        (blocks.renamed(tuple("pqrs")), data.renamed(tuple("pqrs"))),
    ):
        assert found.names == wanted.names
        assert np.array_equal(np.vstack([block.X for block in found.blocks()]), wanted.whole.X)
        assert np.allclose(found.typical_size, wanted.typical_size, rtol=1e-14)
    assert (blocks.width, blocks.plain, blocks.summary.rows) == (4, False, ROWS)


def test_sums_know_the_cluster_of_each_row():
    rng = np.random.default_rng(3)
    data = InMemory.from_arrays(rng.standard_normal((ROWS, 2)), rng.standard_normal(ROWS))
    codes = rng.integers(0, 5, ROWS)
    whole = [data.whole.y[codes == cluster].sum() for cluster in range(5)]
    for source in (data, Blocks(data, [0, 7, 130, 131, ROWS])):
        found = source.sum_with(codes, lambda leaf: np.bincount(leaf.codes, leaf.block.y, minlength=5))
        assert found == pytest.approx(whole, rel=1e-12)


def test_needs_all_rows_keeps_what_it_says():
    with pytest.raises(
        NeedsAllRows, match="a walk needs all 400 rows in memory, but they come block by block: run"
    ) as e:
        Problem(*made(BINOMIAL, LOGIT)[:1], Blocks(made(BINOMIAL, LOGIT)[1], EDGES[1])).all_rows("a walk", "run")
    assert (e.value.what, e.value.rows, e.value.instead) == ("a walk", ROWS, "run")
