import csv
import io
from fractions import Fraction
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from glmnn.data.dataset import InMemory
from glmnn.data.sources.files import read_table
from glmnn.diagnostics.existence import overlap_is_proved
from glmnn.diagnostics.rank import aliased_columns
from glmnn.diagnostics.separation.verdict import drift, find_separation
from glmnn.errors import Exit
from glmnn.fitting.compare import run
from glmnn.fitting.estimate import Maximum
from glmnn.fitting.options import FitOptions
from glmnn.fitting.plan import make_spec
from glmnn.models.families import BINOMIAL, POISSON, negative_binomial
from glmnn.models.glm import GLM
from glmnn.models.links import LINKS, LOG, LOGIT
from glmnn.problem.problem import Problem
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit

HERE = Path(__file__).parents[1]
DATA = HERE.parent / "data"
LOGISTIC = GLM(BINOMIAL, LOGIT)

CASES = {
    "primes": {},
    "video": {},
    **{
        f"beetles_{link}": {"target": "killed", "features": ["log_dose"], "trials": "beetles", "link": link}
        for link in ("logit", "probit", "cloglog", "cauchit")
    },
    "ships": {
        "formula": "incidents ~ C(type) + C(built) + C(period)",
        "family": "poisson",
        "exposure": "months",
    },
    "warpbreaks": {"formula": "breaks ~ C(wool) + C(tension)", "family": "poisson"},
    "blood_clotting": {"formula": "seconds ~ C(lot) * log(concentration)", "family": "gamma"},
    "longley": {"target": "employed", "family": "gaussian"},
    "cars": {"target": "distance", "family": "gaussian"},
    "cars_inverse_gaussian": {"target": "distance", "family": "inverse_gaussian", "link": "log"},
    "cars_sqrt": {"target": "distance", "family": "poisson", "link": "sqrt"},
}


def r_numbers():
    rows = csv.DictReader(io.StringIO((HERE / "reference" / "glm.csv").read_text(encoding="utf-8")))
    return {case: list(group) for case, group in groupby(rows, key=lambda row: row["case"])}


R = r_numbers()


def file_of(case):
    stem = case if (DATA / f"{case}.csv").exists() else case.partition("_")[0]
    return str(DATA / f"{stem}.csv")


@pytest.mark.parametrize("case", CASES)
def test_against_r(case):
    """Every number of R's summary, from tests/reference/glm.R, to nine digits."""
    comparison = run(make_spec(FitOptions(**CASES[case], solver=["fisher"])), read_table(file_of(case)))
    found = comparison.estimate.maximum
    assert comparison.exit is Exit.DONE

    def numbers(kind):
        return np.array([float(row["value"]) for row in R[case] if row["kind"] == kind])

    order = [_r_order(case, name, found.names) for name in (row["term"] for row in R[case] if row["kind"] == "coef")]
    np.testing.assert_allclose(found.coef[order], numbers("coef"), rtol=2e-9)
    np.testing.assert_allclose(found.std_error[order], numbers("std_error"), rtol=2e-8)
    np.testing.assert_allclose(found.p_value[order], numbers("p_value"), rtol=1e-6, atol=1e-15)
    for kind, value in [
        ("deviance", found.deviance),
        ("null_deviance", found.null_deviance),
        ("df_residual", found.df_residual),
        ("dispersion", found.dispersion),
        ("aic", found.aic),
        ("bic", found.bic),
        ("log_likelihood", found.log_likelihood),
    ]:
        assert value == pytest.approx(numbers(kind)[0], rel=1e-9), kind


def _r_order(case, term, names):
    """Return the place of R's term among ours: factor(g)b is C(g)[T.b]."""
    plain = term.replace("factor(", "C(")
    for place, name in enumerate(names):
        if name.replace("[T.", "").replace("]", "") == plain:
            return place
    raise AssertionError(f"{case}: {term} is not among {names}")


def dataset(*columns, y, names=None, weight=None):
    X = np.column_stack([np.ones(len(y)), *columns])
    return InMemory.from_arrays(X, np.array(y, dtype=float), names, weight)


def test_aliased_columns_in_words():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 40))
    X = np.column_stack([np.ones(40), a, b, a + b, 2 * a - 3, np.zeros(40), b * 1e-9])
    names = ("(Intercept)", "x1", "x2", "x3", "x4", "x5", "x6")
    found = aliased_columns(InMemory.from_arrays(X, a, names))
    assert [str(alias) for alias in found] == [
        "x3 = x1 + x2",
        "x4 = - 3 + 2 x1",
        "x5 = 0",
        "x6 = 1e-09 x2",
    ]


def test_hard_columns_are_not_aliased():
    """Scales 1e-8 and 1e8, far off centre, and a condition of 1e6 are no reason for an alarm."""
    rng = np.random.default_rng(1)
    a, b, c = rng.standard_normal((3, 200))
    far = 1e6 + a
    for columns in ([1e8 * a, 1e-8 * b], [far, b], [a, a + 1e-6 * b, c], [1947 + np.arange(200.0)]):
        assert aliased_columns(dataset(*columns, y=a)) == ()
    powers = [np.linspace(0, 1, 200) ** k for k in range(1, 9)]
    assert aliased_columns(dataset(*powers, y=a)) == ()
    assert len(aliased_columns(dataset(*rng.standard_normal((9, 5)), y=a[:5]))) == 5  # ten columns, five rows


def test_separation_by_linear_program():
    x = np.arange(8.0)
    complete = find_separation(Problem(LOGISTIC, dataset(x, y=[0, 0, 0, 0, 1, 1, 1, 1])))
    assert complete.complete
    assert complete.infinite == {"(Intercept)": -1, "x1": 1} or complete.infinite == {"x1": -1, "x2": 1}
    quasi = find_separation(Problem(LOGISTIC, dataset(x // 2, y=[0, 0, 0, 1, 1, 1, 1, 1])))
    assert quasi is not None
    assert not quasi.complete
    assert quasi.separated == 6
    assert find_separation(Problem(LOGISTIC, dataset(x, y=[0, 0, 1, 0, 1, 0, 1, 1]))) is None
    assert find_separation(Problem(LOGISTIC, dataset(x, y=np.zeros(8)))).complete


def test_grouped_rows_hold_the_direction():
    """A row with successes and failures forbids any move there."""
    x = np.array([0.0, 1.0, 2.0])
    three = np.full(3, 3.0)
    assert find_separation(Problem(LOGISTIC, dataset(x, y=[0, 1 / 3, 1], weight=three))) is not None
    assert find_separation(Problem(LOGISTIC, dataset(x, y=[1 / 3, 1 / 3, 1], weight=three))) is None


@pytest.mark.parametrize("family", [POISSON, negative_binomial(1.0)])
def test_counts_can_be_separated(family):
    group = np.array([0, 0, 0, 1, 1, 1.0])
    found = find_separation(Problem(GLM(family, LOG), dataset(group, y=[1, 2, 0, 0, 0, 0], names=("(Intercept)", "g"))))
    assert found.infinite == {"g": -1}
    assert find_separation(Problem(GLM(family, LOG), dataset(group, y=[1, 2, 0, 0, 1, 0]))) is None


@pytest.mark.parametrize("seed", range(20))
def test_the_cheap_proof_never_contradicts_the_linear_program(seed):
    """Small random data, half of them separated: a proof of overlap is always right, and found at the maximum."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(12), rng.standard_normal((12, 2))])
    y = (rng.random(12) < LOGIT.inverse(2.5 * X[:, 1])).astype(float)
    for link in ("logit", "probit", "cloglog", "cauchit"):
        problem = Problem(GLM(BINOMIAL, LINKS[link]), InMemory.from_arrays(X, y))
        reference = fit(problem.fresh(), Fisher())
        separated = find_separation(problem) is not None
        proved = overlap_is_proved(problem, reference.coef)
        assert not (separated and proved)
        if not separated and reference.converged and link != "cauchit":
            assert proved
        for coef in rng.standard_normal((5, 3)):
            assert not (separated and overlap_is_proved(problem, coef))


def test_iris_has_no_finite_maximum():
    comparison = run(make_spec(FitOptions()), read_table(str(DATA / "iris_setosa.csv")))
    assert comparison.exit is Exit.NO_MAXIMUM
    assert comparison.estimate.outcome.separation.complete
    assert comparison.estimate.outcome.separation.separated == 150
    assert not isinstance(comparison.estimate.outcome, Maximum)


def test_a_redundant_column_is_left_out_and_said(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("y,a,b,c\n" + "\n".join(f"{int(i % 3 == 0)},{i},{i * i},{i + i * i}" for i in range(12)))
    comparison = run(make_spec(FitOptions()), read_table(str(path)))
    assert comparison.exit is Exit.NO_MAXIMUM
    assert str(comparison.estimate.aliases[0]) == "c = a + b"
    assert comparison.estimate.maximum.names == ("(Intercept)", "a", "b")


def test_limits_of_the_coefficients_that_stay_finite(tmp_path):
    """g = 1 has only y = 1: its coefficient runs away, the others have the estimates of the rows with g = 0."""
    path = tmp_path / "q.csv"
    path.write_text("y,x,g\n0,1,0\n1,2,0\n0,3,0\n1,4,0\n0,2.5,0\n1,1.5,1\n1,2,1\n1,3.5,1\n")
    comparison = run(make_spec(FitOptions()), read_table(str(path)))
    assert comparison.exit is Exit.NO_MAXIMUM
    assert comparison.estimate.outcome.separation.infinite == {"g": 1}
    assert comparison.estimate.outcome.separation.separated == 3
    part = InMemory.from_arrays(np.column_stack([np.ones(5), [1, 2, 3, 4, 2.5]]), np.array([0, 1, 0, 1, 0]))
    alone = fit(Problem(LOGISTIC, part), Fisher())
    assert comparison.estimate.outcome.limits["(Intercept)"][0] == pytest.approx(alone.coef[0], rel=1e-12)
    assert comparison.estimate.outcome.limits["x"][0] == pytest.approx(alone.coef[1], rel=1e-12)


def test_descent_drifts_to_the_widest_margin():
    """Two points on each side of 2: the hard margin of the raw columns is (-2, 1) in closed form."""
    data = dataset(np.array([0.0, 1.0, 3.0, 4.0]), y=[0, 0, 1, 1])
    problem = Problem(LOGISTIC, data)
    assert drift(problem, np.array([-2.0, 1.0]), np.eye(2)) == pytest.approx(1.0, abs=1e-12)
    assert drift(problem, np.array([0.0, 1.0]), np.eye(2)) == pytest.approx(1 / np.sqrt(5), abs=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_separations_hold_in_exact_arithmetic(seed):
    """Every direction that is reported is checked here once more, row by row, in rationals."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(40), rng.integers(0, 3, (40, 3)) * 0.1, rng.standard_normal(40)])
    y = (X[:, 1] + 1e-9 * X[:, 4] * (seed % 2) > 0.15).astype(float)
    found = find_separation(Problem(LOGISTIC, InMemory.from_arrays(X, y)))
    assert found is not None
    direction = [Fraction(value) for value in found.direction.tolist()]
    for row, response, moves in zip(X.tolist(), y, found.moves, strict=True):
        value = sum(Fraction(x) * d for x, d in zip(row, direction, strict=True)) * (1 if response else -1)
        assert value >= 0
        assert (value > 0) == moves


def test_a_hair_of_overlap_is_overlap():
    """Two rows out of order by one unit in the last place: no separation. In order by 1e-7: separation."""
    x = np.arange(1.0, 11.0)
    x[5] = np.nextafter(x[4], 0)
    data = dataset(x, y=[0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
    assert find_separation(Problem(LOGISTIC, data)) is None
    x[5] = x[4] + 1e-7
    assert find_separation(Problem(LOGISTIC, dataset(x, y=[0, 0, 0, 0, 0, 1, 1, 1, 1, 1]))) is not None


def test_large_data_are_decided_on_a_part_and_checked_on_all():
    rng = np.random.default_rng(0)
    X = np.column_stack([np.ones(30_000), rng.standard_normal((30_000, 4))])
    y = (X[:, 1] - 0.5 * X[:, 2] > 0.3).astype(float)
    found = find_separation(Problem(LOGISTIC, InMemory.from_arrays(X, y)))
    assert found.complete
    assert np.all(np.where(y == 1, 1, -1) * (X @ found.direction) > 0)
    y[17_321] = 1 - y[17_321]
    y[9_004] = 1 - y[9_004]
    assert find_separation(Problem(LOGISTIC, InMemory.from_arrays(X, y))) is None


@pytest.mark.parametrize(
    "rows", ["1,0 2,0 3,0 3,1 4,1 5,1", "0,0 0,0 1,0 1,1 1,1 1,1", "0,1 0,1 1,0 1,1", "0,0 1,0 1,1 2,1 0,0 2,1"]
)
def test_quasi_separated_data_are_never_called_converged(tmp_path, rows):
    """Far out the score is rounding; it must neither prove overlap nor pass for a maximum."""
    path = tmp_path / "q.csv"
    path.write_text("\n".join(["x,y", *rows.split()]))
    for solver in ("fisher", "both"):
        comparison = run(make_spec(FitOptions(solver=[solver])), read_table(str(path)))
        assert comparison.exit is Exit.NO_MAXIMUM
        assert not comparison.estimate.outcome.separation.complete
        assert not isinstance(comparison.estimate.outcome, Maximum)


@pytest.mark.parametrize("options", [{"max_iter": 3}, {"tol": 0.5}, {"init": "ones", "max_iter": 1}])
def test_limits_on_the_solvers_do_not_limit_the_referee(options):
    """A run cut short is still measured against the maximum, which is fitted to the end."""
    comparison = run(make_spec(FitOptions(solver=["both"], **options)), read_table(str(DATA / "video.csv")))
    whole = run(make_spec(FitOptions(solver=["fisher"])), read_table(str(DATA / "video.csv")))
    np.testing.assert_array_equal(comparison.estimate.maximum.coef, whole.estimate.maximum.coef)
    fisher, gd = comparison.fits
    assert fisher is not comparison.estimate.reference
    assert gd.iterations <= whole.fits[0].iterations or "tol" in options
    assert comparison.agreements[1].distance > 1e-3
    assert comparison.exit is Exit.NO
