"""Simulated data: the rows are those of the seed, their moments those of the model, and a fit finds the truth."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from scipy import stats

from glmnn.data.dataset import InMemory
from glmnn.data.sources.files import read_table
from glmnn.diagnostics.inference import infer
from glmnn.errors import UsageError
from glmnn.fitting.compare import run
from glmnn.fitting.options import FitOptions
from glmnn.fitting.plan import make_spec
from glmnn.models.families import BINOMIAL, GAMMA, GAUSSIAN, INVERSE_GAUSSIAN, POISSON, negative_binomial, tweedie
from glmnn.models.glm import GLM
from glmnn.models.links import IDENTITY, LOG, LOGIT
from glmnn.problem.problem import Problem
from glmnn.report.terminal import print_report
from glmnn.simulating.draw import simulate
from glmnn.simulating.options import SimulateOptions
from glmnn.simulating.report import simulation_report
from glmnn.simulating.run import fit_simulation, make_simulation
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit
from pairs import MODELS, typical_means

DATA = Path(__file__).parents[2] / "data"
DRAWN = [model for model in MODELS if not (model.family.name.startswith("tweedie") and "2.5" in model.family.name)]
NAMES = [f"{model.family.name}-{model.link.name}" for model in DRAWN]
models = pytest.mark.parametrize("model", DRAWN, ids=NAMES)
LOGISTIC = GLM(BINOMIAL, LOGIT)
FAR = 5.0  # standard errors: once in two million draws


def truth(model):
    """Return coefficients with which all means lie between two that are well inside the family."""
    low, high = model.link.link(np.array(typical_means(model)))
    return np.array([(low + high) / 2, (high - low) / 2])


def dispersion_of(model):
    return 1.0 if model.family.dispersion_known else 0.4


def draw(model, n, seed=0, trials=None):
    return simulate(model, truth(model), n, "uniform:-1:1", seed, dispersion_of(model), trials)


def mean_and_variance(model, drawn):
    mu = model.link.inverse(drawn.beta[0] + drawn.features @ drawn.beta[1:])
    return mu, dispersion_of(model) * model.family.variance(mu) / (drawn.trials or 1)


def sigmas(values):
    """Return how many standard errors the mean of values is away from 0."""
    return abs(values.mean()) / (values.std() / np.sqrt(values.size))


# Rows


@models
def test_the_same_seed_gives_the_same_rows(model):
    first, again, other = draw(model, 50, seed=3), draw(model, 50, seed=3), draw(model, 50, seed=4)
    assert first.to_csv() == again.to_csv()
    assert not np.array_equal(first.features, other.features)
    assert not np.array_equal(first.y, other.y)


def test_the_design_of_the_video_is_the_packaged_file_bit_for_bit(glmnn):
    made = simulate(LOGISTIC, np.array([0.3, -1.0, 2.0]), 1000, "uniform:-3:3", 0)
    assert made.to_csv().encode() == (DATA / "video.csv").read_bytes()
    assert glmnn("simulate") == (0, (DATA / "video.csv").read_text(), "")


@models
def test_every_number_is_written_in_full(model):
    drawn = draw(model, 40)
    header, *rows = list(csv.reader(io.StringIO(drawn.to_csv())))
    assert header == ["x1", "y"]
    np.testing.assert_array_equal(np.array(rows, dtype=float), np.column_stack([drawn.features, drawn.y]))


@models
def test_responses_are_legal(model):
    y = draw(model, 500).y
    assert np.all(model.family.support.holds(y))
    if model.family.trials or model.family.support.whole:
        assert np.all(y == np.round(y))


def test_trials_make_a_column(glmnn):
    drawn = draw(LOGISTIC, 200, trials=7)
    assert np.all((drawn.y >= 0) & (drawn.y <= 7))
    assert len(set(drawn.y)) > 3
    header, *rows = glmnn("simulate", "-n", 5, "--trials", 7)[1].splitlines()
    assert header == "x1,x2,trials,y"
    assert [row.split(",")[2] for row in rows] == ["7"] * 5


def test_an_intercept_alone_needs_no_features(glmnn):
    code, out, _ = glmnn("simulate", "--beta", "0.5", "-n", 4)
    assert code == 0
    assert out.splitlines()[0] == "y"
    assert len(out.splitlines()) == 5


# Moments


@models
def test_mean_and_variance_are_those_of_the_model(model):
    """In the lower and in the upper half of the means, so that the variance function is tested and not its mean."""
    drawn = draw(model, 40_000, seed=1)
    mu, variance = mean_and_variance(model, drawn)
    residual = drawn.y - mu
    for half in (mu <= np.median(mu), mu > np.median(mu)):
        assert sigmas(residual[half]) < FAR
        excess = residual[half] ** 2 - variance[half]
        assert sigmas(excess) < FAR
        assert excess.std() / np.sqrt(excess.size) < 0.05 * variance[half].mean()  # else the bound means nothing
    assert np.ptp(variance) > 0.2 * variance.mean() or model.family in (GAUSSIAN, BINOMIAL)


def test_the_dispersion_scales_the_variance_and_nothing_else():
    for family, link in ((GAUSSIAN, IDENTITY), (GAMMA, LOG), (INVERSE_GAUSSIAN, LOG), (tweedie(1.5), LOG)):
        model = GLM(family, link)
        for dispersion in (0.05, 2.0):
            drawn = simulate(model, np.array([0.5, 0.3]), 40_000, "normal", 2, dispersion)
            mu = link.inverse(0.5 + 0.3 * drawn.features[:, 0])
            assert sigmas(drawn.y - mu) < FAR
            assert sigmas((drawn.y - mu) ** 2 / family.variance(mu) - dispersion) < FAR


@pytest.mark.parametrize(
    ("family", "distribution"),
    [
        (GAUSSIAN, lambda mu, phi: stats.norm(mu, np.sqrt(phi))),
        (GAMMA, lambda mu, phi: stats.gamma(1 / phi, scale=mu * phi)),
        (INVERSE_GAUSSIAN, lambda mu, phi: stats.invgauss(mu * phi, scale=1 / phi)),
    ],
    ids=["gaussian", "gamma", "inverse_gaussian"],
)
def test_the_whole_distribution_is_right(family, distribution):
    drawn = simulate(GLM(family, LOG), np.array([0.5, 0.3]), 5000, "uniform:-1:1", 5, 0.4)
    mu = np.exp(0.5 + 0.3 * drawn.features[:, 0])
    assert stats.kstest(distribution(mu, 0.4).cdf(drawn.y), "uniform").pvalue > 1e-4


@pytest.mark.parametrize(
    ("model", "trials", "distribution"),
    [
        (LOGISTIC, 6, stats.binom(6, 1 / (1 + np.exp(-0.5)))),
        (GLM(POISSON, LOG), None, stats.poisson(np.exp(0.5))),
        (GLM(negative_binomial(0.7), LOG), None, stats.nbinom(1 / 0.7, 1 / (1 + 0.7 * np.exp(0.5)))),
    ],
    ids=["binomial", "poisson", "negative_binomial"],
)
def test_the_frequency_of_every_count_is_right(model, trials, distribution):
    y = simulate(model, np.array([0.5]), 20_000, "normal", 6, 1.0, trials).y
    counts = np.arange(6)
    expected = distribution.pmf(counts)
    seen = np.array([(y == value).mean() for value in counts])
    assert np.all(np.abs(seen - expected) < FAR * np.sqrt(expected * (1 - expected) / y.size))


def test_tweedie_zeros_are_as_frequent_as_they_should_be():
    y = simulate(GLM(tweedie(1.5), LOG), np.array([0.5]), 20_000, "normal", 7, 0.8).y
    zero = np.exp(-np.exp(0.5 * 0.5) / (0.8 * 0.5))
    assert abs((y == 0).mean() - zero) < FAR * np.sqrt(zero * (1 - zero) / y.size)


# Designs


def features(design, n=20_000, k=3, seed=0):
    return simulate(LOGISTIC, np.zeros(k + 1), n, design, seed).features


@pytest.mark.parametrize(("low", "high"), [(-3.0, 3.0), (0.0, 1e-3), (100.0, 101.0)])
def test_a_uniform_design(low, high):
    X = features(f"uniform:{low}:{high}")
    assert np.all((low <= X) & (high > X))
    for column in X.T:
        assert stats.kstest((column - low) / (high - low), "uniform").pvalue > 1e-4


def test_a_normal_design():
    X = features("normal")
    for column in X.T:
        assert stats.kstest(column, "norm").pvalue > 1e-4
    assert np.abs(np.corrcoef(X.T) - np.eye(3)).max() < FAR / np.sqrt(len(X))


@pytest.mark.parametrize("rho", [-0.4, 0.0, 0.5, 0.95])
def test_a_correlated_design(rho):
    X = features(f"correlated:{rho}")
    found = np.corrcoef(X.T)[np.triu_indices(3, 1)]
    assert np.abs(found - rho).max() < FAR * (1 - rho**2) / np.sqrt(len(X)) + 1e-12
    for column in X.T:
        assert stats.kstest(column, "norm").pvalue > 1e-4


@pytest.mark.parametrize("condition", [1.0, 10.0, 1e4, 1e8])
@pytest.mark.parametrize("k", [2, 5])
def test_a_conditioned_design_has_about_that_condition_number(condition, k):
    assert np.linalg.cond(features(f"conditioned:{condition}", k=k)) == pytest.approx(condition, rel=0.05)


def test_one_feature_has_condition_number_1():
    assert np.linalg.cond(features("conditioned:100", k=1)) == pytest.approx(1.0)


# Fits of what was simulated


@models
def test_a_fit_recovers_the_coefficients(model):
    drawn = draw(model, 3000, seed=2)
    X = np.column_stack([np.ones(drawn.y.size), drawn.features])
    problem = Problem(model, InMemory.from_arrays(X, drawn.y, ("(Intercept)", "x1")))
    found = infer(problem, fit(problem, Fisher()).coef)
    assert np.all(np.abs(found.coef - drawn.beta) < FAR * found.std_error)
    assert np.all(found.std_error < 0.5 * np.abs(drawn.beta[1]))  # else the bound means nothing
    if not model.family.dispersion_known:
        assert found.dispersion == pytest.approx(dispersion_of(model), rel=0.3)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"design": "correlated:0.8", "n": 2000},
        {"family": "poisson", "beta": "0.5,0.2,-0.1"},
        {"family": "binomial", "trials": 10, "link": "cloglog", "beta": "-0.5,0.2"},
        {"family": "gamma", "link": "log", "beta": "1,0.3", "dispersion": 0.2},
        {"family": "negative_binomial", "alpha": 0.5, "beta": "1,0.3", "design": "normal"},
        {"family": "tweedie", "power": 1.3, "link": "log", "beta": "1,0.3", "design": "normal"},
        {"family": "gaussian", "beta": "1,2,3,4", "dispersion": 9.0},
        {"beta": "0.7"},
    ],
)
def test_both_solvers_fit_what_was_simulated(options):
    options = SimulateOptions(**options, seed=11)
    made = make_simulation(options)
    comparison = fit_simulation(made, options)
    assert comparison.exit == 0
    found = comparison.estimate.maximum
    assert found.names == ("(Intercept)", *made.simulation.names)
    assert np.all(np.abs(found.coef - made.simulation.beta) < FAR * found.std_error)


def test_a_fit_of_the_file_is_the_fit_of_the_arrays(glmnn, tmp_path):
    path = tmp_path / "rows.csv"
    code, out, err = glmnn("simulate", "-n", 400, "--family", "poisson", "--beta", "0.2,0.4", "--seed", 8, "-o", path)
    assert (code, out) == (0, "")
    assert str(path) in err
    fromfile = run(make_spec(FitOptions(family="poisson", solver=["fisher"])), read_table(str(path)))
    options = SimulateOptions(n=400, family="poisson", beta="0.2,0.4", seed=8)
    arrays = fit_simulation(make_simulation(options), options)
    np.testing.assert_array_equal(fromfile.estimate.maximum.coef, arrays.estimate.maximum.coef)


def test_intervals_cover_the_truth_as_often_as_they_say():
    covered = []
    for seed in range(100):
        drawn = simulate(LOGISTIC, np.array([0.3, -1.0, 2.0]), 300, "normal", seed)
        X = np.column_stack([np.ones(300), drawn.features])
        problem = Problem(LOGISTIC, InMemory.from_arrays(X, drawn.y))
        found = infer(problem, fit(problem, Fisher()).coef)
        covered.extend((found.low <= drawn.beta) & (drawn.beta <= found.high))
    assert 0.90 < np.mean(covered) < 0.99  # 300 intervals at 95 %: one standard error is 1.3 %


def test_fit_adds_truth_and_coverage(glmnn):
    code, out, err = glmnn("simulate", "--fit", "-n", 500, "--seed", 5)
    assert (code, err) == (0, "")
    report, _, told = out.partition("Against the truth\n")
    assert report.startswith("● Both solvers agree")
    header, *rows, last = told.strip().splitlines()
    assert header.split()[:3] == ["term", "truth", "estimate"]
    cells = [row.split() for row in rows]
    assert [row[0] for row in cells] == ["(Intercept)", "x1", "x2"]
    assert [float(row[1]) for row in cells] == [0.3, -1.0, 2.0]
    for _, true, estimate, off, low, _, high, covers in cells:
        assert covers == ("yes" if float(low) <= float(true) <= float(high) else "no")
        width = (float(high) - float(low)) / 2 / 1.959964
        assert float(off) == pytest.approx((float(estimate) - float(true)) / width, abs=0.02)
    assert last.startswith(f"{sum(row[-1] == 'yes' for row in cells)} of 3 ")


def test_fit_can_write_the_rows_as_well(glmnn, tmp_path):
    path = tmp_path / "rows.csv"
    code, out, _ = glmnn("simulate", "--fit", "-n", 300, "-o", path)
    assert code == 0
    assert "Against the truth" in out
    assert len(path.read_text().splitlines()) == 301


def test_separated_simulations_have_no_truth_to_compare_with(glmnn):
    code, out, _ = glmnn("simulate", "--fit", "-n", 8, "--beta", "0,50", "--seed", 1)
    assert code == 3
    assert "Against the truth" not in out


def test_the_preview_shows_the_truth_and_a_few_rows():
    options = SimulateOptions(n=1000)
    text = io.StringIO()
    print_report(simulation_report(make_simulation(options), options, hint=True), Console(file=text, width=80))
    lines = text.getvalue().splitlines()
    assert "0.3 - 1 x1 + 2 x2" in lines[1]
    assert "1,000" in lines[0]
    place = next(i for i, line in enumerate(lines) if line.split() == ["x1", "x2", "y"])
    assert lines[place + 1].split() == ["0.821770", "-1.38128", "0"]
    assert all(len(line.split()) == 3 for line in lines[place : place + 6])
    assert "--fit" in lines[-1]
    assert max(map(len, lines)) <= 80


# Errors


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"n": 0}, "--n"),
        ({"seed": -1}, "--seed"),
        ({"beta": "1,two"}, "--beta"),
        ({"beta": ""}, "--beta"),
        ({"beta": "1,inf"}, "finite"),
        ({"dispersion": 0.0, "family": "gaussian"}, "--dispersion"),
        ({"dispersion": float("nan"), "family": "gaussian"}, "--dispersion"),
        ({"trials": 0}, "--trials"),
        ({"trials": 3, "family": "poisson"}, "--trials"),
        ({"family": "binomal"}, "did you mean 'binomial'"),
        ({"link": "logt"}, "did you mean 'log"),
        ({"family": "poisson", "link": "logit"}, "logit"),
        ({"family": "negative_binomial"}, "alpha"),
        ({"family": "tweedie"}, "power"),
        ({"family": "tweedie", "power": 2.5, "link": "log"}, "between 1 and 2"),
        ({"design": "unifrom:0:1"}, "did you mean 'uniform'"),
        ({"design": "uniform"}, "uniform:LOW:HIGH"),
        ({"design": "uniform:3:-3"}, "uniform:LOW:HIGH"),
        ({"design": "uniform:a:b"}, "numbers"),
        ({"design": "uniform:0:inf"}, "--design"),
        ({"design": "normal:1"}, "--design"),
        ({"design": "correlated:1"}, "RHO"),
        ({"design": "correlated:-0.9", "beta": "0,1,1,1"}, "RHO"),
        ({"design": "correlated:nan"}, "--design"),
        ({"design": "conditioned:0.5"}, "at least 1"),
        ({"design": "conditioned:inf"}, "--design"),
        ({"family": "gamma", "link": "inverse", "beta": "0,1"}, "linear predictor"),
        ({"family": "poisson", "link": "identity"}, "linear predictor"),
        ({"family": "poisson", "beta": "100"}, "too large"),
    ],
)
def test_errors_say_which_option_is_wrong(options, told):
    with pytest.raises(UsageError) as error:
        make_simulation(SimulateOptions(**options))
    assert told in str(error.value)


def test_errors_exit_with_2_and_write_nothing(glmnn, tmp_path):
    path = tmp_path / "rows.csv"
    code, out, err = glmnn("simulate", "-n", 0, "-o", path)
    assert (code, out) == (2, "")
    assert err.startswith("glmnn: ")
    assert not path.exists()


def test_a_parameter_is_drawn_with_all_its_digits():
    alpha, mu = 0.123456789, np.full(5, 1e6)
    drawn = negative_binomial(alpha).draw(np.random.default_rng(1), mu, 1.0, None)
    rng = np.random.default_rng(1)
    np.testing.assert_array_equal(drawn, rng.negative_binomial(1 / alpha, 1 / (1 + alpha * mu)))
    short = negative_binomial(round(alpha, 6)).draw(np.random.default_rng(1), mu, 1.0, None)
    assert not np.array_equal(drawn, short)
