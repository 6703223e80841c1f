"""Quasi-likelihood, score tests for overdispersion and an estimated alpha, against R and statsmodels."""

import json
from pathlib import Path

import mpmath as mp
import numpy as np
import pandas as pd
import pytest

import glmnn
from command import run
from glmnn.diagnostics.overdispersion import Overdispersion, overdispersion_note
from glmnn.models.families.negative_binomial import slopes_in_alpha

ROOT = Path(__file__).parents[2]
REFERENCE = pd.read_csv(ROOT / "tests" / "reference" / "dispersion.csv")
CASES = {
    "breaks": ("warpbreaks", {"formula": "breaks ~ wool + tension", "family": "poisson", "ref": {"tension": "L"}}),
    "beetles": ("beetles", {"formula": "killed ~ log_dose", "trials": "beetles"}),
    "moths": ("budworm", {"formula": "killed ~ sex", "trials": "moths", "link": "probit"}),
}
COUNTS = {
    "quine": ("quine", {"formula": "days ~ ethnicity + sex + age + learner"}),
    "breaks": ("warpbreaks", {"formula": "breaks ~ wool + tension", "ref": {"tension": "L"}}),
    "identity": ("warpbreaks", {"formula": "breaks ~ tension", "link": "identity", "ref": {"tension": "L"}}),
    "offset": ("ships", {"formula": "incidents ~ type", "exposure": "months"}),
    "weights": ("quine", {"formula": "days ~ sex", "weights": "times", "weights_type": "freq"}),
}


def data(name):
    frame = pd.read_csv(ROOT / "data" / f"{name}.csv")
    if name == "ships":
        return frame[frame["months"] > 0]
    return frame.assign(times=[1 + place % 3 for place in range(len(frame))]) if name == "quine" else frame


def r(case, kind):
    found = REFERENCE[(REFERENCE["case"] == case) & (REFERENCE["kind"] == kind)]["value"].to_numpy()
    assert found.size, (case, kind)
    return found


def fitted(case, **options):
    name, given = CASES[case]
    return glmnn.fit(data(name), solver="fisher", **given, **options)


def negative_binomial(case, **options):
    name, given = COUNTS[case]
    return glmnn.fit(data(name), family="negative_binomial", solver="fisher", **given, **options)


@pytest.mark.parametrize("case", CASES)
def test_quasi_likelihood_against_r(case):
    """As quasipoisson and quasibinomial: the same coefficients, other standard errors, t and F."""
    found = fitted(case, dispersion="pearson")
    inference = found.comparison.estimate.maximum
    for kind, ours in (
        ("dispersion", [inference.dispersion]), ("std_error", inference.std_error), ("statistic", inference.statistic),
        ("low", inference.low), ("high", inference.high), ("f", [inference.lr_statistic]),
    ):  # fmt: skip
        np.testing.assert_allclose(ours, r(case, kind), rtol=1e-7, err_msg=kind)
    # a p value of 1e-39 magnifies the last digits of its statistic
    np.testing.assert_allclose(np.log(inference.p_value), np.log(r(case, "p_value")), rtol=1e-6)
    np.testing.assert_allclose(np.log(inference.lr_p_value), np.log(r(case, "f_p_value")), rtol=1e-6)
    np.testing.assert_array_equal(found.coef, fitted(case).coef)
    assert np.isnan([found.loglik, found.aic, found.bic]).all()
    assert "quasi-likelihood" in str(found)
    assert "AIC" not in str(found)


@pytest.mark.parametrize("case", CASES)
def test_overdispersion_against_r(case):
    found = fitted(case)
    test = found.comparison.estimate.maximum.overdispersion
    np.testing.assert_allclose(test.statistic, r(case, "dean"), rtol=1e-7)
    np.testing.assert_allclose(test.ratio, r(case, "dispersion"), rtol=1e-7)
    assert test.found == (case != "beetles")
    said = [note for note in found.notes if note.startswith("overdispersed")]
    assert len(said) == test.found
    assert all(("negative_binomial" in note) == (case == "breaks") for note in said)


def test_overdispersion_against_statsmodels():
    """Dean's test there is without the leverages, which are 1 / rows of a group here."""
    import statsmodels.api as sm
    from statsmodels.discrete._diagnostics_count import test_poisson_dispersion as dispersion_tests

    frame = data("warpbreaks")
    X = sm.add_constant((frame[["wool"]] == "B").astype(float))
    theirs = dispersion_tests(sm.Poisson(frame["breaks"], X).fit(disp=0, method="newton", tol=1e-14))
    means = frame.groupby("wool")["breaks"].transform("mean")
    correction = means.unique().sum() / np.sqrt(2 * np.sum(means**2))
    found = glmnn.fit(frame, formula="breaks ~ wool", family="poisson").comparison.estimate.maximum.overdispersion
    assert theirs.method[0] == "Dean A"
    np.testing.assert_allclose(found.statistic, theirs.statistic[0] + correction, rtol=1e-8)


def test_frequencies_are_rows_written_out():
    frame = data("quine")
    rows = frame.loc[np.repeat(frame.index, frame["times"])]
    options = {"formula": "days ~ sex + age", "family": "poisson", "solver": "fisher"}
    together = glmnn.fit(frame, weights="times", weights_type="freq", **options)
    apart = glmnn.fit(rows, **options)
    ours, theirs = (found.comparison.estimate.maximum.overdispersion for found in (together, apart))
    np.testing.assert_allclose(ours.statistic, theirs.statistic, rtol=1e-10)
    np.testing.assert_allclose(ours.ratio, theirs.ratio, rtol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("family", ["poisson", "binomial"])
def test_the_score_test_keeps_its_level(family):
    """Of 400 samples without overdispersion a share of 0.05 is rejected at 0.05: within 0.02 to 0.08."""
    rng, rejected = np.random.default_rng(7), 0
    x = np.linspace(-1, 1, 60)
    for _ in range(400):
        mean = np.exp(1 + x) if family == "poisson" else 1 / (1 + np.exp(-x))
        y = rng.poisson(mean) if family == "poisson" else rng.binomial(8, mean)
        options = {"family": family, **({"trials": np.full(60, 8.0)} if family == "binomial" else {})}
        found = glmnn.fit({"x": x, "y": y}, features="x", solver="fisher", **options)
        rejected += found.comparison.estimate.maximum.overdispersion.p_value < 0.05
    assert 8 <= rejected <= 32


def test_single_trials_cannot_show_it():
    assert glmnn.fit(str(ROOT / "data" / "primes.csv")).comparison.estimate.maximum.overdispersion is None


@pytest.mark.parametrize("alpha", [1e-6, 1e-3, 0.05, 0.7, 30.0, 1e3])
@pytest.mark.parametrize(("y", "mu"), [(0, 1e-3), (0, 2.0), (3, 2.0), (100, 80.0), (5, 1e4), (2000, 1.0)])
def test_slopes_in_alpha(alpha, y, mu):
    """Against derivatives of the log-likelihood by mpmath, with 50 digits."""

    def likelihood(a, m):
        size = 1 / a
        return mp.loggamma(y + size) - mp.loggamma(size) + y * mp.log(a * m) - (y + size) * mp.log1p(a * m)

    with mp.workdps(50):
        at = (mp.mpf(alpha), mp.mpf(mu))
        theirs = [float(mp.diff(likelihood, at, order)) for order in ((1, 0), (2, 0), (1, 1))]
    ours = slopes_in_alpha(alpha, np.array([float(y)]), np.array([mu]))
    np.testing.assert_allclose(np.concatenate(ours), theirs, rtol=1e-11)


@pytest.mark.parametrize("case", COUNTS)
def test_alpha_against_glm_nb(case):
    found = negative_binomial(case)
    inference = found.comparison.estimate.maximum
    for kind, ours in (
        ("nb_coef", found.coef), ("nb_std_error", found.std_error), ("nb_theta", [found.alpha["theta"]]),
        ("nb_theta_std_error", [found.alpha["theta.std.error"]]), ("nb_deviance", [found.deviance]),
        ("nb_log_likelihood", [found.loglik]), ("nb_aic", [found.aic]),
    ):  # fmt: skip
        np.testing.assert_allclose(ours, r(case, kind), rtol=1e-8, err_msg=kind)
    assert found.comparison.estimate.alpha.distance < 1e-7
    assert inference.dispersion_known


def test_alpha_against_statsmodels():
    """`NegativeBinomial` maximises in alpha and the coefficients together, by another way."""
    import statsmodels.api as sm

    frame = data("quine")
    X = sm.add_constant((frame[["sex"]] == "M").astype(float))
    theirs = sm.NegativeBinomial(frame["days"], X).fit(disp=0, method="newton", tol=1e-14)
    found = glmnn.fit(frame, formula="days ~ sex", family="negative_binomial")
    np.testing.assert_allclose([*found.coef, found.alpha["alpha"]], theirs.params, rtol=1e-7)
    np.testing.assert_allclose(found.loglik, theirs.llf, rtol=1e-10)
    # theirs are of the information of all together, ours hold alpha fixed, as R does
    np.testing.assert_allclose(found.alpha["alpha.std.error"], theirs.bse.iloc[-1], rtol=1e-3)


def test_no_overdispersion_is_a_boundary(tmp_path):
    """Counts that vary less than Poisson's: the likelihood falls from alpha = 0 on."""
    path = tmp_path / "even.csv"
    path.write_text("x,y\n" + "".join(f"{x},{2 + x % 3}\n" for x in range(30)))
    told = run("fit", path, "--family", "negative_binomial", "-s", "fisher")
    assert told.code == 3
    assert "alpha is 0" in told.out
    assert "on the boundary, alpha = 0" in told.out
    document = json.loads(run("fit", path, "--family", "negative_binomial", "--json").out)
    assert document["alpha"]["estimate"] == 0
    assert document["alpha"]["score"] < 0
    assert document["inference"] is None
    poisson = glmnn.fit(str(path), family="poisson").coef
    np.testing.assert_array_equal(list(document["boundary"]["coefficients"].values()), poisson)
    assert run("lock", path, "--family", "negative_binomial", "-o", tmp_path / "even.toml").code != 0


def test_alpha_of_simulated_counts():
    """Theta within three standard errors of the truth, and the model is saved with the alpha that was found."""
    made = glmnn.simulate(n=2000, beta=[1, 0.5], family="negative_binomial", alpha=0.7, seed=3).to_frame()
    found = glmnn.fit(made, family="negative_binomial", solver="fisher")
    assert abs(found.alpha["alpha"] - 0.7) < 3 * found.alpha["alpha.std.error"]
    given = glmnn.fit(made, family="negative_binomial", alpha=found.alpha["alpha"], solver="fisher")
    np.testing.assert_allclose(found.coef, given.coef, rtol=1e-12)
    assert given.aic == pytest.approx(found.aic - 2)
    np.testing.assert_allclose(
        found.predict(made, interval=True).to_frame(), given.predict(made, interval=True).to_frame()
    )


def test_a_lock_holds_alpha(tmp_path):
    path, lock = tmp_path / "q.csv", tmp_path / "q.toml"
    frame = data("quine")
    frame.to_csv(path, index=False)
    assert run("lock", path, "--formula", "days ~ sex", "--family", "negative_binomial", "-o", lock).code == 0
    assert run("check", lock).code == 0
    text = lock.read_text()
    assert 'family = "negative_binomial"' in text
    start = text.index("estimate", text.index("[fit.alpha]"))
    line = text[start : text.index("\n", start)]
    lock.write_text(text.replace(line, "estimate = 0.5"))
    told = run("check", lock)
    assert told.code == 1
    assert "alpha 0." in told.out


def test_an_audit_holds_the_alpha_that_was_found():
    found = negative_binomial("quine")
    name, options = COUNTS["quine"]
    audited = glmnn.audit(data(name), found.coef, family="negative_binomial", **options)
    assert audited.is_maximum
    assert "alpha is estimated too" in str(audited)
    moved = glmnn.audit(data(name), found.coef * 1.01, family="negative_binomial", **options)
    assert not moved.is_maximum


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--family", "zero-inflated-poisson"), "out of scope"),
        (("--family", "zinb"), "out of scope"),
        (("--family", "quasipoisson"), "--family poisson and --dispersion pearson"),
        (("--family", "gaussian", "--dispersion", "pearson"), "estimated so already"),
        (("--family", "negative_binomial", "--alpha", "1", "--dispersion", "pearson"), "has a parameter"),
        (("--family", "poisson", "--dispersion", "pearson", "--l2", "1"), "cannot be combined with a penalty"),
        (("--family", "negative_binomial", "--l2", "1"), "not estimated together with a penalty"),
        (("--family", "negative_binomial", "--hidden", "3:tanh"), "is not estimated with --hidden"),
        (("--family", "poisson", "--dispersion", "person"), "did you mean 'pearson'"),
    ],
)
def test_what_is_refused(options, said):
    told = run("fit", ROOT / "data" / "warpbreaks.csv", "--formula", "breaks ~ wool", *options)
    assert told.code == 2
    assert said in told.err
    assert not told.out


def test_a_p_value_is_never_said_to_be_zero():
    assert "p < 1e-300:" in overdispersion_note(Overdispersion(3.81, 38.2, 0.0), counts=True)
    assert "p 0.0012:" in overdispersion_note(Overdispersion(1.4, 3.03, 0.0012), counts=True)
