"""Rows in chunks: the same bits as rows in memory, wherever they come from and however they are cut."""

import gzip

import numpy as np
import pytest

import glmnn
from command import run
from glmnn.data.formula.quantiles import quantiles
from glmnn.data.sources import batches, text_chunks
from glmnn.engines.tree import lots
from glmnn.fitting.document import to_document

arrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")
ROWS = 9_000


def made(rows=ROWS, seed=1):
    """Return columns: numbers, a factor with a rare level that comes late, counts, weights, an offset, clusters."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((rows, 4))
    level = rng.choice(4, rows, p=[0.5, 0.3, 0.195, 0.005])
    level[: rows // 2][level[: rows // 2] == 3] = 0
    eta = X @ [0.5, -0.3, 0.2, 0.0] + np.array([0.0, 0.3, -0.2, 0.5])[level] - 0.4
    return {
        **{f"x{j}": X[:, j] for j in range(4)},
        "g": np.array(["north", "south", "east", "west"], dtype=object)[level],
        "y": (rng.random(rows) < 1 / (1 + np.exp(-eta))).astype(int),
        "n": rng.poisson(np.exp(0.4 * eta)),
        "t": np.exp(0.3 * eta) * rng.gamma(3.0, 1 / 3.0, rows),
        "w": rng.integers(1, 4, rows).astype(float),
        "k": rng.integers(0, 2, rows),
        "h": rng.uniform(0.5, 2.0, rows),
        "c": rng.integers(0, 40, rows),
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("rows")
    columns = made()
    table = arrow.table({name: list(values) if name == "g" else values for name, values in columns.items()})
    parquet.write_table(table, place / "a.parquet", row_group_size=5_000)
    cells = [
        [repr(value) if isinstance(value, float) else str(value) for value in column.tolist()]
        for column in columns.values()
    ]
    lines = [",".join(columns), *map(",".join, zip(*cells, strict=True))]
    (place / "a.csv").write_text("\n".join([*lines, ""]))
    (place / "a.csv.gz").write_bytes(gzip.compress((place / "a.csv").read_bytes()))
    (place / "parts").mkdir()
    for part, first in enumerate(range(1, ROWS + 1, 5_000)):
        (place / f"parts/p{part}.csv").write_text("\n".join([lines[0], *lines[first : first + 5_000], ""]))
    return place


LOGISTIC = {"formula": "y ~ x0 + x1 + x2 + C(g)", "solver": "fisher"}


def bits(result):
    """Return all bits of a fit that must not depend on where the rows were."""
    inference = result.comparison.estimate.maximum
    return [
        array.tobytes().hex()
        for array in (inference.coef, inference.std_error, np.array([inference.deviance, inference.log_likelihood]))
    ]


@pytest.fixture(scope="module")
def in_memory(folder):
    return glmnn.fit(folder / "a.csv", **LOGISTIC)


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.parquet", "parts", "parts/*.csv", "parts/p[012].csv"])
def test_files_have_the_bits_of_memory(folder, in_memory, name):
    result = glmnn.fit(str(folder / name), engine="stream", **LOGISTIC)
    assert type(result.comparison.estimate.design.data).__name__ == "Stream"
    assert bits(result) == bits(in_memory)


@pytest.mark.parametrize("rows", [97, 5_000, 65_536])
def test_chunks_of_any_size_have_the_bits_of_memory(folder, in_memory, rows, monkeypatch):
    monkeypatch.setattr(batches.ParquetFile, "__init__", _with_rows(batches.ParquetFile.__init__, rows))
    assert bits(glmnn.fit(folder / "a.parquet", engine="stream", **LOGISTIC)) == bits(in_memory)


def _with_rows(start, rows):
    return lambda self, path, **more: start(self, path, rows, **more)


@pytest.mark.parametrize("piece", [9_999, 54_321])
def test_pieces_of_text_of_any_size_have_the_bits_of_memory(folder, in_memory, piece, monkeypatch):
    monkeypatch.setattr(text_chunks.TextFile, "__init__", _with_piece(text_chunks.TextFile.__init__, piece))
    assert bits(glmnn.fit(folder / "a.csv", engine="stream", **LOGISTIC)) == bits(in_memory)


def _with_piece(start, piece):
    return lambda self, path, *more: start(self, path, *more, piece=piece)


@pytest.mark.parametrize("engine", ["processes", "none"])
def test_engines_have_the_bits_of_memory(folder, in_memory, engine):
    how = {"engine": "processes", "workers": 2} if engine == "processes" else {"engine": "stream", "spill": "none"}
    assert bits(glmnn.fit(folder / "a.parquet", **how, **LOGISTIC)) == bits(in_memory)


def test_frames_and_readers_have_the_bits_of_memory(folder, in_memory):
    polars, duckdb = pytest.importorskip("polars"), pytest.importorskip("duckdb")
    path = str(folder / "a.parquet")
    table = parquet.read_table(path)
    frames = {
        "pandas": table.to_pandas(),
        "pyarrow": table,
        "reader": arrow.RecordBatchReader.from_batches(table.schema, table.to_batches()),
        "polars": polars.read_parquet(path),
        "lazy": polars.scan_parquet(path),
        "duckdb": duckdb.sql(f"from '{path}'"),
    }
    if tuple(map(int, duckdb.__version__.split(".")[:2])) < (1, 2):
        with pytest.raises(glmnn.GlmnnError, match="of an older kind"):
            glmnn.fit(frames["duckdb"], engine="stream", **LOGISTIC)
        frames["duckdb"] = frames["duckdb"].arrow()
    for name, frame in frames.items():
        assert bits(glmnn.fit(frame, engine="stream", **LOGISTIC)) == bits(in_memory), name


CASES = {
    "hc3": {"cov": "HC3"},
    "clusters": {"cov": "cluster:c"},
    "weights": {"weights": "w"},
    "offset": {"offset": "h"},
    "l2": {"l2": 2.0},
    "poisson": {"formula": "n ~ x0 + x1 + C(g)", "family": "poisson"},
    "gamma": {"formula": "t ~ x0 + x1 + C(g)", "family": "gamma", "link": "log"},
    "gaussian": {"formula": "t ~ x0 + x1 + C(g)", "family": "gaussian"},
    "computed": {"formula": "y ~ x0 * C(g) + sqrt(h)"},
    "multinomial": {"formula": "g ~ x0 + x1", "family": "multinomial"},
    "features": {"formula": None, "target": "y", "features": ["x0", "g", "x3"]},
    "gd": {"solver": "gd"},
    "profile": {"ci": "profile", "formula": "y ~ x0 + C(g)"},
    "firth": {"penalty": "firth"},
    "trials": {"formula": "k ~ x0", "trials": "w"},
    "exposure": {"formula": "n ~ x0", "family": "poisson", "exposure": "h"},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_every_kind_of_fit_has_the_bits_of_memory(folder, name):
    asked = {**LOGISTIC, **CASES[name]}
    streamed = glmnn.fit(folder / "a.parquet", engine="stream", memory="500KB", **asked)
    here = glmnn.fit(folder / "a.parquet", **asked)
    assert bits(streamed) == bits(here)
    assert streamed.coef.equals(here.coef)
    assert [run.coef.tolist() for run in streamed.comparison.fits] == [
        run.coef.tolist() for run in here.comparison.fits
    ]


MODELS = {
    "probit": ("y ~ x0 + x1", {"link": "probit"}),
    "cloglog": ("y ~ x0 + x1", {"link": "cloglog"}),
    "cauchit": ("y ~ x0 + x1", {"link": "cauchit"}),
    "gamma inverse": ("t ~ x0", {"family": "gamma"}),
    "inverse gaussian": ("t ~ x0 + x1", {"family": "inverse_gaussian", "link": "log"}),
    "negative binomial": ("nb ~ x0 + x1", {"family": "negative_binomial"}),
    "tweedie": ("t ~ x0 + x1", {"family": "tweedie", "power": 1.5}),
    "poisson sqrt": ("n ~ x0", {"family": "poisson", "link": "sqrt"}),
    "words": ("s ~ x0 + x1", {}),
    "quasi": ("y ~ x0", {"family": "binomial", "dispersion": "pearson"}),
    "classes robust": ("g ~ x0", {"family": "multinomial", "cov": "HC0"}),
    "ill conditioned": ("t ~ x0 + I(1e8 + x1)", {"family": "gaussian"}),
}


@pytest.mark.parametrize("name", MODELS)
def test_every_family_has_the_bits_of_memory(name):
    columns = made(3_000)
    columns["nb"] = np.random.default_rng(2).negative_binomial(2, 0.4, 3_000)
    columns["s"] = np.where(columns["y"] == 1, "yes", "no").astype(object)
    table = arrow.table({name: values.tolist() for name, values in columns.items()})
    formula, asked = MODELS[name]
    here = glmnn.fit(table, formula=formula, solver="fisher", **asked)
    there = glmnn.fit(table, formula=formula, solver="fisher", engine="stream", memory="1KB", **asked)
    assert bits(there) == bits(here)


REMEMBERED = {
    "x0 + center(x1)": 1,
    "scale(x0) + scale(scale(x1))": 4,
    "poly(log(h), 3) + poly(x0, 2, raw=True)": 4,
    "bs(x0, df=5) + bs(x1, knots=[-1, 1])": 6,
    "bs(h, 4, degree=2) * C(g) + ns(x0 + x1, df=3)": 6,
    "C(c) + c + center(poly(x0, 2))": 4,
    "days(d) + C(year(d), contr.sum)": 1,
}


@pytest.mark.parametrize("right", REMEMBERED)
def test_what_a_formula_remembers_of_all_rows_is_learned_in_passes(right):
    columns = made(20_000)
    columns["d"] = np.datetime64("2024-01-01") + np.arange(20_000) % 700 * np.timedelta64(1, "D")
    columns["d"][-9:], columns["c"][-9:] = np.datetime64("1999-12-31"), 41  # in the last chunk alone
    columns["y"][-9:] = np.arange(9) % 2
    table = arrow.table({name: values.tolist() for name, values in columns.items()})
    asked = {"formula": f"y ~ {right}", "solver": "fisher"}
    here = glmnn.fit(table, engine="memory", **asked)
    there = glmnn.fit(table, engine="stream", memory="1KB", **asked)
    one, other = (result.comparison.estimate.design for result in (here, there))
    assert other.recipe == one.recipe
    assert bits(there) == bits(here)
    before = there.comparison.estimate.design.data.run.passes
    assert before >= REMEMBERED[right] + 4


@pytest.mark.parametrize("kernels", ["numpy", "compiled"])
def test_weights_of_one_and_offsets_of_zero_change_no_bit(kernels):
    """The first pass of a stream does not know yet that they say nothing; memory does."""
    if kernels == "compiled":
        pytest.importorskip("numba")
    columns = {**made(20_001), "one": np.ones(20_001), "zero": np.zeros(20_001)}
    table = arrow.table({name: values.tolist() for name, values in columns.items()})
    asked = {"formula": "y ~ x0 + x1", "solver": "fisher", "kernels": kernels}
    given = {**asked, "weights": "one", "weights_type": "freq", "offset": "zero"}
    here = bits(glmnn.fit(table, engine="memory", **given))
    assert bits(glmnn.fit(table, engine="stream", memory="1KB", **given)) == here
    assert bits(glmnn.fit(table, engine="memory", **asked)) == here


@pytest.mark.parametrize("rows", [1, 2, 5, 3_000, 20_001])
def test_quantiles_by_passes_are_those_of_numpy(rows):
    rng = np.random.default_rng(rows)
    for values in (rng.standard_normal(rows), np.round(rng.standard_normal(rows), 1), -np.exp(99 * rng.random(rows))):
        for shares in (np.array([0.25, 0.5, 0.75]), np.array([1 / 3, 0.99]), np.array([0.0, 1.0])):
            assert by_passes(quantiles(shares, rows), np.array_split(values, 7)) == np.quantile(values, shares).tolist()


def by_passes(lesson, parts):
    """Return what a lesson comes to."""
    total = None
    while True:
        try:
            take = lesson.send(total)
        except StopIteration as done:
            return done.value
        total = sum(take(part) for part in parts)


def test_a_start_on_part_of_the_rows_has_the_bits_of_memory():
    rng = np.random.default_rng(1)
    columns = {"x": rng.gamma(2.0, 1.0, 40_000), "z": rng.standard_normal(40_000), "y": rng.integers(0, 2, 40_000)}
    for formula in ("y ~ x + z", "y ~ x + I(z**2)"):
        here = glmnn.fit(columns, formula=formula, solver="fisher", engine="memory")
        there = glmnn.fit(arrow.table(columns), formula=formula, solver="fisher", engine="stream", memory="1KB")
        assert bits(there) == bits(here)


def test_audit_lock_and_check_work_on_a_stream(folder, tmp_path):
    path, claim, lock = str(folder / "a.parquet"), str(tmp_path / "c.json"), str(tmp_path / "l.toml")
    flags = ("--formula", LOGISTIC["formula"], "--engine", "stream", "--memory", "1KB")
    assert run("fit", path, *flags, "-s", "fisher", "--format", "json", "-o", claim).code == 0
    audited = run("audit", path, *flags, "--coef", claim)
    assert (audited.code, "The maximum likelihood estimate" in audited.out) == (0, True)
    assert run("lock", path, *flags, "-o", lock).code == 0
    checked = run("check", lock)
    assert (checked.code, checked.out.split()[1]) == (0, "ok")


def test_mini_batches_of_a_stream_come_from_leaves_in_random_order(folder):
    asked = {"solver": "fisher,sgd[lr=0.05]", "max_iter": 400, "formula": "y ~ x0 + x1", "engine": "stream"}
    one, other = (glmnn.fit(folder / "a.parquet", memory="1KB", seed=seed, **asked) for seed in (1, 1))
    assert one.comparison.fits[1].coef.tolist() == other.comparison.fits[1].coef.tolist()
    far = np.abs(one.comparison.fits[1].coef - one.comparison.fits[0].coef) / one.comparison.estimate.maximum.std_error
    assert far.max() < 20


@pytest.mark.parametrize("how", [{}, {"batch_size": 1}, {"batch_size": 7, "solver": "fisher,adam"}])
def test_mini_batches_of_many_rows_are_those_of_memory(how, monkeypatch):
    monkeypatch.setattr("glmnn.problem.batches.MANY", 20_000)
    monkeypatch.setattr("glmnn.engines.tree.LOT", 2)
    columns = made(40_000)
    table = arrow.table({name: columns[name] for name in ("x0", "x1", "y")})
    asked = {"y": "y", "solver": "fisher,sgd[lr=0.05]", "max_iter": 9_000, "seed": 3, **how}
    here = glmnn.fit(table, engine="memory", **asked)
    for memory in ("1KB", "1GB"):
        there = glmnn.fit(table, engine="stream", memory=memory, **asked)
        assert there.comparison.fits[1].coef.tolist() == here.comparison.fits[1].coef.tolist()


def test_lots_have_every_row_once_and_mix_sorted_rows():
    for rows, leaf in ((1, 8), (8, 8), (1_000, 8), (1_001, 8)):
        seen = []
        for lot, order in lots(rows, leaf, np.random.default_rng(rows)):
            places = np.concatenate([np.arange(part.start, part.stop) for part in lot])
            seen.append(places[order])
        assert sorted(np.concatenate(seen).tolist()) == list(range(rows))
    assert np.std([np.mean(places) for places in seen[:-1]]) < 150  # in the order of the leaves it would be 290


RIDING = {
    "logit": ({"y": "y"}, 5.3),
    "HC0": ({"y": "y", "cov": "HC0"}, 5.3),
    "HC3": ({"y": "y", "cov": "HC3"}, 5.3),
    "frequencies": ({"y": "y", "weights": "w", "weights_type": "freq", "cov": "HC2"}, 5.3),
    "poisson": ({"y": "n", "family": "poisson"}, 5.3),
    "poisson HC1": ({"y": "n", "family": "poisson", "weights": "w", "weights_type": "prob", "cov": "HC1"}, 5.3),
    "gaussian": ({"y": "x", "family": "gaussian"}, 5.3),
    "clusters": ({"y": "y", "cov": "cluster:c"}, 5.3),
}


@pytest.mark.parametrize("name", RIDING)
def test_what_is_asked_of_a_maximum_rides_along_with_the_last_pass(name, monkeypatch):
    rng = np.random.default_rng(8)
    rows, (asked, most) = 150_000, RIDING[name]
    x, z = rng.standard_normal((2, rows))
    columns = {
        "z": z, "x": x + z, "y": (rng.random(rows) < 1 / (1 + np.exp(-z))).astype(int),
        "n": rng.poisson(np.exp(0.4 * z)), "w": rng.integers(1, 4, rows), "c": rng.integers(0, 50, rows),
    }  # fmt: skip
    features = {"features": ["z"], "solver": "fisher"}
    there = glmnn.fit(arrow.table(columns), engine="stream", memory="10MB", **asked, **features)
    assert 1 + there.comparison.estimate.design.data.run.passes <= most
    here = glmnn.fit(columns, engine="memory", **asked, **features)
    one, other = here.comparison.estimate.maximum, there.comparison.estimate.maximum
    assert bits(there) == bits(here)
    assert one.null_deviance == other.null_deviance
    assert one.overdispersion == other.overdispersion
    monkeypatch.setattr("glmnn.diagnostics.besides.LARGE", np.inf)  # each in a pass of its own
    alone = glmnn.fit(columns, engine="memory", **asked, **features).comparison.estimate.maximum
    for name in ("std_error", "null_deviance", "log_likelihood", "deviance", "lr_statistic"):
        np.testing.assert_allclose(getattr(one, name), getattr(alone, name), rtol=1e-10, err_msg=name)
    if one.overdispersion is not None:
        assert one.overdispersion.statistic == pytest.approx(alone.overdispersion.statistic, rel=1e-8)


@pytest.mark.slow
def test_a_fit_of_more_than_a_million_rows_reads_them_five_times(tmp_path):
    rng = np.random.default_rng(8)
    x, y = rng.standard_normal(1_000_001), rng.integers(0, 2, 1_000_001)
    parquet.write_table(arrow.table({"x": x, "y": y}), tmp_path / "a.parquet")
    data = glmnn.fit(tmp_path / "a.parquet", y="y", solver="fisher", engine="stream").comparison.estimate.design.data
    assert 1 + data.run.passes <= 5.1


def separated(kind, rows=6_000):
    """Return rows that are separated, or just not."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((rows, 3))
    eta = X @ [1.0, -2.0, 0.5]
    columns = {f"x{j}": X[:, j] for j in range(3)} | {"y": (eta > 0).astype(int)}
    if kind == "overlap":
        columns["y"][np.argmin(eta)] = 1
    if kind in ("quasi", "rare"):
        level = np.arange(rows) % 5 == 0 if kind == "quasi" else np.isin(np.arange(rows), [17, 1_003, 4_001])
        columns["y"] = np.where(level, 1, rng.integers(0, 2, rows))
        columns["g"] = np.where(level, "q", "p").astype(object)
    return columns


@pytest.mark.parametrize("kind", ["complete", "quasi", "rare", "overlap"])
def test_separation_beyond_memory_is_that_of_memory(kind):
    columns = separated(kind)
    table = arrow.table({name: values.tolist() for name, values in columns.items()})
    here = glmnn.fit(table, y="y", solver="fisher").comparison.estimate.outcome
    there = glmnn.fit(table, y="y", solver="fisher", engine="stream", memory="1KB").comparison.estimate.outcome
    assert type(here) is type(there)
    if kind == "overlap":
        assert np.array_equal(here.inference.coef, there.inference.coef)
        return
    one, other = here.separation, there.separation
    assert (one.complete, one.separated, one.rows) == (other.complete, other.separated, other.rows)
    X = np.column_stack(
        [np.ones(6_000), *(columns[f"x{j}"] for j in range(3)), *([columns["g"] == "q"] if "g" in columns else [])]
    )
    side = np.where(columns["y"] == 1, 1.0, -1.0)
    assert np.all(side * (X @ other.direction) >= 0)
    assert int(np.sum(side * (X @ other.direction) > 0)) == one.separated


def test_a_level_that_is_rare_and_not_in_every_kth_row_is_fitted(tmp_path):
    rng = np.random.default_rng(4)
    rows = 200_000
    level = np.zeros(rows, dtype=int)
    level[np.arange(rows) % 10 == 3] = rng.integers(0, 2, rows // 10)
    x, y = rng.standard_normal(rows), rng.integers(0, 2, rows)
    table = arrow.table({"x": x, "g": [("usual", "rare")[code] for code in level], "y": y})
    for engine in ("memory", "stream"):
        assert glmnn.fit(table, y="y", solver="fisher", engine=engine).converged


def test_what_is_said_of_each_row_needs_them(folder, tmp_path):
    path = str(folder / "a.parquet")
    flags = ("--formula", LOGISTIC["formula"], "--engine", "stream", "-s", "fisher")
    ended = run("fit", path, *flags, "--augment", str(tmp_path / "rows.csv"))
    assert ended.code == 2
    assert "what is said of each row needs all 9,000 rows in memory, but they come block by block" in ended.err
    assert "give --engine memory, or --sample with a number of rows" in ended.err
    assert not (tmp_path / "rows.csv").exists()


def test_a_maximum_on_the_boundary_names_its_rows():
    rng = np.random.default_rng(1)
    x = rng.standard_normal(40)
    table = arrow.table({"x": x, "n": rng.poisson(np.exp(0.6 * x))})
    asked = {"formula": "n ~ x", "family": "poisson", "link": "identity", "solver": "fisher"}
    here, there = (glmnn.fit(table, engine=engine, **asked) for engine in ("memory", "stream"))
    assert here.verdict == there.verdict
    assert here.verdict.startswith("The maximum lies on the boundary")
    one, other = (result.comparison.estimate.outcome.boundary for result in (here, there))
    assert one.coef.tolist() == other.coef.tolist()
    assert to_document(there.comparison).boundary.rows == to_document(here.comparison).boundary.rows


SAME = {
    "a level without weight": ("y ~ x + g", {"weights": "w"}, {"g": ["a", "b", "c"], "w": [0, 1, 2]}),
    "a level without trials": (
        "y ~ x + g",
        {"trials": "w"},
        {"g": ["a", "b", "c"], "w": [0, 3, 1], "y": [0, 1, 1, 0, 2, 0]},
    ),
    "a mean of rows with weight": ("y ~ scale(x)", {"weights": "w"}, {"w": [0, 1, 2]}),
    "a cluster that is a number of the model": ("y ~ x + k", {"cov": "cluster:k"}, {"k": [3, 1, 20, 7]}),
    "a cluster beside a lone dot": ("y ~ .", {"cov": "cluster:k"}, {"k": [3, 1, 20, 7]}),
    "missing cells": ("y ~ x + g", {"na": "drop"}, {"g": ["a", "b", None], "k": [1, None, 2]}),
}


@pytest.mark.parametrize("name", SAME)
def test_design_and_notes_are_those_of_memory(name):
    rng = np.random.default_rng(5)
    formula, asked, more = SAME[name]
    columns = {key: (values * 400)[:400] for key, values in more.items()}
    table = arrow.table({"x": rng.standard_normal(400), "y": rng.integers(0, 2, 400)} | columns)
    here = glmnn.fit(table, formula=formula, solver="fisher", engine="memory", **asked)
    there = glmnn.fit(table, formula=formula, solver="fisher", engine="stream", memory="10KB", **asked)
    assert bits(there) == bits(here)
    assert there.coef.equals(here.coef)
    assert to_document(there.comparison).notes == to_document(here.comparison).notes
    assert there.comparison.estimate.design.levels == here.comparison.estimate.design.levels


def test_rows_at_the_boundary_are_counted_in_the_file_where_others_are_left_out(tmp_path):
    rng = np.random.default_rng(1)
    x = rng.standard_normal(40)
    cells = ["" if row in (3, 11) else repr(value) for row, value in enumerate(x.tolist())]
    lines = [f"{cell},{count}" for cell, count in zip(cells, rng.poisson(np.exp(0.6 * x)).tolist(), strict=True)]
    (tmp_path / "a.csv").write_text("\n".join(["x,n", *lines, ""]))
    asked = {"formula": "n ~ x", "family": "poisson", "link": "identity", "solver": "fisher", "na": "drop"}
    found = [glmnn.fit(tmp_path / "a.csv", engine=engine, **asked) for engine in ("memory", "stream")]
    rows = [to_document(result.comparison).boundary.rows for result in found]
    assert rows[0] == rows[1]
    assert max(rows[0]) > 11


@pytest.mark.parametrize("rows", [1, 8_192, 16_384, 16_385])
def test_any_number_of_rows_has_the_bits_of_memory(rows):
    rng = np.random.default_rng(rows)
    x = rng.standard_normal(rows)
    x[0] = -0.0
    table = arrow.table({"x": x, "n": rng.poisson(np.exp(0.3 * x))})
    asked = {"formula": "n ~ x" if rows > 1 else "n ~ 1", "family": "poisson", "solver": "fisher"}
    here, there = (glmnn.fit(table, engine=engine, memory="10KB", **asked) for engine in ("memory", "stream"))
    assert there.coef.equals(here.coef)
    assert there.verdict == here.verdict


def test_chunks_without_a_row_to_use_are_passed_over(tmp_path, monkeypatch):
    rng = np.random.default_rng(2)
    lines = [f"{x!r},{y}" for x, y in zip(rng.standard_normal(900).tolist(), rng.integers(0, 2, 900), strict=True)]
    lines[:300], lines[500:800] = [",1"] * 300, ["NA,0"] * 300
    (tmp_path / "a.csv").write_text("\n".join(["x,y", *lines, ""]))
    monkeypatch.setattr(text_chunks.TextFile, "__init__", _with_piece(text_chunks.TextFile.__init__, 500))
    asked = {"y": "y", "solver": "fisher", "na": "drop"}
    here, there = (glmnn.fit(tmp_path / "a.csv", engine=engine, **asked) for engine in ("memory", "stream"))
    assert there.coef.equals(here.coef)
    assert to_document(there.comparison).notes == to_document(here.comparison).notes


@pytest.mark.slow
@pytest.mark.parametrize("kernels", ["numpy", "compiled"])
def test_gradient_descent_on_more_than_a_million_cells_takes_the_same_way(tmp_path, kernels):
    """Arrays stand there without their ones, a stream brings them along: their score is summed alike."""
    if kernels == "compiled":
        pytest.importorskip("numba")
    rng = np.random.default_rng(6)
    X = rng.standard_normal((60_000, 17))
    y = 1.0 * (rng.random(60_000) < 1.0 / (1.0 + np.exp(X[:, 1] / 2 - X[:, 0])))
    table = arrow.table({**{f"x{j + 1}": column for j, column in enumerate(X.T)}, "y": y})
    parquet.write_table(table, tmp_path / "a.parquet")
    array = glmnn.fit(X, y, solver="gd", kernels=kernels)
    stream = glmnn.fit(tmp_path / "a.parquet", y="y", solver="gd", kernels=kernels, engine="stream")
    assert np.array_equal(array.comparison.fits[0].path, stream.comparison.fits[0].path)
    assert array.comparison.agreements[0].measured == stream.comparison.agreements[0].measured


@pytest.mark.parametrize("rows", [1, 7])
def test_chunks_of_a_row_have_the_bits_of_memory(tmp_path, rows, monkeypatch):
    columns = {name: values.tolist() for name, values in made(300).items()}
    parquet.write_table(arrow.table(columns), tmp_path / "a.parquet")
    asked = {"formula": "y ~ x0 + x1 + c", "solver": "fisher"}
    here = glmnn.fit(tmp_path / "a.parquet", engine="memory", **asked)
    monkeypatch.setattr(batches.ParquetFile, "__init__", _with_rows(batches.ParquetFile.__init__, rows))
    assert bits(glmnn.fit(tmp_path / "a.parquet", engine="stream", memory="10KB", **asked)) == bits(here)


@pytest.mark.slow
def test_what_a_formula_remembers_is_learned_by_processes(folder):
    asked = {"formula": "y ~ scale(x0) + bs(x1, df=4) + C(g)", "solver": "fisher"}
    here = glmnn.fit(folder / "a.parquet", engine="memory", **asked)
    assert bits(glmnn.fit(folder / "a.parquet", engine="processes", workers=2, **asked)) == bits(here)


@pytest.mark.parametrize("formula", ["y ~ x2 + C(g) + x0 + x1 + h", "y ~ C(g) + x3 + x0", "y ~ x0 + x1 - 1", "y ~ 1"])
def test_leaves_of_columns_in_any_order_are_those_of_memory_with_their_ones_and_without(folder, formula):
    how = {"formula": formula, "weights": "w", "weights_type": "freq", "solver": "fisher"}
    here, there = (
        glmnn.fit(str(folder / "a.parquet"), engine=engine, **how).comparison.estimate.design.data
        for engine in ("memory", "stream")
    )
    once = there._pass(len, ())
    ones = there.names[0] == "(Intercept)"
    assert once.making.layout is not None
    for leaf, wanted in enumerate(here.blocks()):
        assert all(map(np.array_equal, once.block(leaf), wanted))
        if ones:
            assert np.array_equal(once.block(leaf, bare=True).X, wanted.X[:, 1:])
    assert once.making.ones_first == ones


def test_formulas_are_computed_for_some_leaves_at_once_to_the_same_bits(folder, monkeypatch):
    monkeypatch.setattr("glmnn.engines.tree.PRODUCTS_PER_LEAF", 100_000)
    monkeypatch.setattr("glmnn.data.making.AT_ONCE", 60_000)
    how = {"formula": "y ~ C(g) * x0 + log(h) + poly(x1, 3) + x2:x3", "solver": "fisher", "cov": "cluster:c"}
    here, there = (glmnn.fit(str(folder / "a.parquet"), engine=engine, **how) for engine in ("memory", "stream"))
    assert bits(here) == bits(there)
    once = there.comparison.estimate.design.data._pass(len, ())
    assert once.making.layout is None
    assert once.leaves > 12
    blocks = list(once.blocks(1, once.leaves))
    assert len(blocks) == once.leaves - 1
    for leaf, block in enumerate(blocks, 1):
        assert all(map(np.array_equal, block, once.block(leaf)))
