"""Residuals, leverages and influence of each row, against R, broom and statmod."""

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import glmnn
from command import run
from glmnn.diagnostics.rows import quantile_residuals
from glmnn.fitting.augment import AUGMENTED, RESIDUALS, fitted_rows
from glmnn.models.families import BINOMIAL, GAMMA, GAUSSIAN, INVERSE_GAUSSIAN, POISSON, negative_binomial

ROOT = Path(__file__).parents[2]
REFERENCE = pd.read_csv(ROOT / "tests" / "reference" / "residuals.csv")
BEETLES = {"formula": "killed ~ log_dose", "trials": "beetles"}
CASES = {
    "odds": ("infertility", {"formula": "case ~ age + parity"}),
    "trials": ("beetles", {**BEETLES, "link": "cloglog"}),
    "quasi": ("beetles", {**BEETLES, "dispersion": "pearson"}),
    "counts": ("warpbreaks", {"formula": "breaks ~ wool + tension", "family": "poisson"}),
    "gamma": ("blood_clotting", {"formula": "seconds ~ lot + concentration", "family": "gamma"}),
    "inverse": ("blood_clotting", {"formula": "seconds ~ concentration", "family": "inverse_gaussian", "link": "log"}),
    "weighted": ("cars", {"formula": "distance ~ speed", "family": "gaussian", "weights": "t", "weights_type": "var"}),
    "negative": ("quine", {"formula": "days ~ sex + age", "family": "negative_binomial", "alpha": 1 / 1.5}),
}


def r(case, kind):
    found = REFERENCE[(REFERENCE["case"] == case) & (REFERENCE["kind"] == kind)]
    return found["value"].to_numpy(dtype=float)


def fitted(case):
    name, options = CASES[case]
    frame = pd.read_csv(ROOT / "data" / f"{name}.csv")
    return glmnn.fit(
        frame.assign(t=1 + frame["speed"] % 3) if case == "weighted" else frame, solver="fisher", **options
    )


@pytest.mark.parametrize("case", CASES)
def test_rows_against_r(case):
    found = fitted_rows(fitted(case).comparison)
    kinds = ["deviance", "pearson", "response", "working", "leverage", "sigma", "standardized", "cooks_distance"]
    kinds += [kind for kind in ("standardized_pearson", "quantile") if r(case, kind).size]
    for kind in kinds:
        np.testing.assert_allclose(getattr(found, kind), r(case, kind), rtol=2e-7, atol=1e-9, err_msg=kind)
    if r(case, "quantile_low").size:
        assert np.all(found.quantile >= r(case, "quantile_low") - 1e-9)
        assert np.all(found.quantile <= r(case, "quantile_high") + 1e-9)


@pytest.mark.parametrize("kind", RESIDUALS)
def test_residuals_of_a_kind(kind):
    found = fitted("counts")
    np.testing.assert_array_equal(found.residuals(kind), getattr(fitted_rows(found.comparison), kind))


def test_augment_has_the_data_and_the_columns_of_broom():
    found = fitted("counts").augment()
    frame = pd.read_csv(ROOT / "data" / "warpbreaks.csv")
    assert [*found.columns] == [*frame.columns, *AUGMENTED]
    pd.testing.assert_frame_equal(found[frame.columns].astype(frame.dtypes), frame)
    np.testing.assert_allclose(np.log(found[".fitted"]), found[".eta"])
    np.testing.assert_allclose(found[".std.resid"], r("counts", "standardized"), rtol=1e-7)
    np.testing.assert_allclose(found[".cooksd"], r("counts", "cooks_distance"), rtol=1e-7)


def test_rows_left_out_are_left_out(tmp_path):
    path, rows = tmp_path / "gaps.csv", tmp_path / "rows.csv"
    path.write_text("x,y,name\n1,0,a\n,1,b\n3,1,c\n4,0,'d'\n5,1,e\n6,0,f\n")
    told = run("fit", path, "--features", "x", "--na", "drop", "--augment", rows)
    assert told.code == 0, told.err
    assert "rows.csv" in told.err
    written = list(csv.DictReader(io.StringIO(rows.read_text())))
    assert [row["name"] for row in written] == ["a", "c", "'d'", "e", "f"]
    found = glmnn.fit(str(path), features="x", na="drop")
    assert found.augment().index.tolist() == found.residuals().index.tolist() == [0, 2, 3, 4, 5]
    np.testing.assert_allclose([float(row[".resid"]) for row in written], found.residuals(), rtol=1e-12)


def test_hostile_cells_stay_cells(tmp_path):
    path, rows = tmp_path / "h.csv", tmp_path / "rows.csv"
    path.write_text('x,y,"=1+1"\n1,0,"a,b"\n2,1,"line\nbreak"\n3,0,"""q"""\n4,1,c\n')
    assert run("fit", path, "--features", "x", "--augment", rows).code == 0
    written = list(csv.DictReader(io.StringIO(rows.read_text(), newline="")))
    assert [row["=1+1"] for row in written] == ["a,b", "line\nbreak", '"q"', "c"]


def test_quantile_residuals_have_a_seed():
    name, options = CASES["counts"]
    path = str(ROOT / "data" / f"{name}.csv")
    first, again, other = (glmnn.fit(path, seed=seed, **options).residuals("quantile") for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


@pytest.mark.parametrize(
    ("family", "law", "precision"),
    [
        (GAUSSIAN, stats.norm(2, 0.5), 4.0),
        (GAMMA, stats.gamma(3, scale=2 / 3), 3.0),
        (INVERSE_GAUSSIAN, stats.invgauss(2 / 3, scale=3), 3.0),
        (POISSON, stats.poisson(2), 1.0),
        (BINOMIAL, stats.binom(7, 0.3), 7.0),
        (negative_binomial(0.5), stats.nbinom(2, 0.5), 1.0),
    ],
)
def test_quantile_residuals_are_standard_normal(family, law, precision):
    """Of 4,000 draws from the model; and far in the tails they keep their digits."""
    rng = np.random.default_rng(5)
    y = law.rvs(4000, random_state=rng) / (precision if family is BINOMIAL else 1.0)
    mean = np.full(4000, 0.3 if family is BINOMIAL else 2.0)
    found = quantile_residuals(family, y, mean, np.full(4000, precision), rng)
    assert stats.kstest(found, "norm").pvalue > 0.001
    if family not in (BINOMIAL, POISSON):
        far = np.array([12.0 if family is GAUSSIAN else 60.0])
        sized = quantile_residuals(family, far, np.array([2.0]), np.array([precision]), rng)
        assert np.isfinite(sized[0])
        assert sized[0] > 5


@pytest.mark.parametrize("alpha", [0.5, 3.0])
def test_tails_of_counts_against_scipy(alpha):
    y, mean = np.array([0.0, 1.0, 5.0, 40.0]), np.full(4, 3.0)
    for family, law in (
        (negative_binomial(alpha), stats.nbinom(1 / alpha, 1 / (1 + alpha * 3))), (POISSON, stats.poisson(3))
    ):  # fmt: skip
        tails = family.tails(y, mean, np.ones(4))
        theirs = (law.cdf(y - 1), law.cdf(y), law.sf(y - 1), law.sf(y))
        for ours, other in zip(tails, theirs, strict=True):
            np.testing.assert_allclose(ours, other, rtol=1e-9)
    trials = np.array([3.0, 1.0, 9.0, 40.0])
    shares = np.array([0.0, 1.0, 4 / 9, 1.0])
    tails, law = BINOMIAL.tails(shares, np.full(4, 0.3), trials), stats.binom(trials, 0.3)
    k = np.round(shares * trials)
    for ours, other in zip(tails, (law.cdf(k - 1), law.cdf(k), law.sf(k - 1), law.sf(k)), strict=True):
        np.testing.assert_allclose(ours, other, rtol=1e-9)


def test_a_row_with_a_leverage_of_one():
    """A row alone in its group is fitted whatever it says: no standardised residual, as in R."""
    found = glmnn.fit({"y": [1.0, 2.0, 4.0, 9.0], "g": [0, 0, 0, 1]}, family="gaussian").augment()
    assert found[".hat"].iloc[3] == pytest.approx(1)
    assert np.isnan(found[".std.resid"].iloc[3])
    assert np.isfinite(found[".std.resid"].iloc[:3]).all()


def test_no_residuals_without_a_maximum(tmp_path):
    rows = tmp_path / "rows.csv"
    told = run("fit", ROOT / "data" / "iris_setosa.csv", "--augment", rows)
    assert told.code == 3
    assert "no residuals" in told.err
    assert not rows.exists()
    found = glmnn.fit(str(ROOT / "data" / "iris.csv"), formula="species ~ sepal_width", family="multinomial")
    with pytest.raises(glmnn.GlmnnError, match="several classes"):
        found.residuals()
    with pytest.raises(glmnn.GlmnnError, match="did you mean 'pearson'"):
        fitted("odds").residuals("person")
    told = run("fit", ROOT / "data" / "primes.csv", "--hidden", "2:tanh", "--augment", rows)
    assert told.code == 2


def test_a_column_of_that_name_is_not_overwritten(tmp_path):
    path, rows = tmp_path / "a.csv", tmp_path / "rows.csv"
    path.write_text("x,y,.hat\n1,0,1\n2,1,1\n3,0,1\n4,1,1\n")
    told = run("fit", path, "--features", "x", "--augment", rows)
    assert told.code == 2
    assert ".hat" in told.err
    assert not rows.exists()


def test_numbers_are_written_with_a_decimal_point(tmp_path):
    path, rows = tmp_path / "commas.csv", tmp_path / "rows.csv"
    path.write_text("dose;n;y\n0,5;1.000,5;0\n1;NA;1\n1,5;2;0\n2,25;3;1\n2,5;4;0\n3;5;1\n")
    fit = run("fit", path, "--formula", "y ~ dose", "-s", "fisher", "--augment", rows, "--thousands", ".")
    assert fit.code == 0
    assert [line.split(",")[:3] for line in rows.read_text().splitlines()[1:4]] == [
        ["0.5", "1000.5", "0"],
        ["1", "NA", "1"],
        ["1.5", "2", "0"],
    ]


def test_rows_do_not_depend_on_where_a_column_begins():
    year = np.arange(1990.0, 2030.0)
    y = (year - 2010) / 10 + 0.3 * np.random.default_rng(1).standard_normal(year.size)
    found = []
    for origin in (2009.5, 0.0):  # the powers are exact, and span the same space
        frame = pd.DataFrame({"x": year - origin, "y": y})
        result = glmnn.fit(frame, formula="y ~ x + I(x**2) + I(x**3)", family="gaussian", solver="fisher")
        found.append(result.augment()[[".fitted", ".resid", ".std.resid", ".hat", ".sigma", ".cooksd"]])
    np.testing.assert_allclose(*found, rtol=1e-11)
