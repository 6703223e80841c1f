"""Models that fit exactly say so, and claim no standard errors that they do not have."""

import numpy as np
import pandas as pd
import pytest

import glmnn

X = np.arange(5.0)
DECAY = np.exp(0.2 - 0.1 * X)
EXACT = {
    "gaussian": ({"family": "gaussian"}, 1 + 2 * X),
    "gaussian tenths": ({"family": "gaussian"}, 1 + 0.1 * X),
    "gaussian log": ({"family": "gaussian", "link": "log"}, DECAY),
    "gamma": ({"family": "gamma"}, 1 / (1 + 2 * X)),
    "gamma log": ({"family": "gamma", "link": "log"}, DECAY),
    "inverse gaussian log": ({"family": "inverse_gaussian", "link": "log"}, DECAY),
    "tweedie 1.5": ({"family": "tweedie", "power": 1.5}, DECAY),
    "tweedie 1.2": ({"family": "tweedie", "power": 1.2}, DECAY),
    "tweedie 2.5": ({"family": "tweedie", "power": 2.5}, DECAY),
}
KNOWN = {
    "poisson": ({"family": "poisson"}, 2.0**X),
    "negative binomial": ({"family": "negative_binomial", "alpha": 0.5}, 2.0**X),
}


def fitted(options, y, x=X, solver="both"):
    return glmnn.fit(pd.DataFrame({"x": x, "y": y}), solver=solver, **options)


def said(result):
    return [note for note in result.comparison.estimate.notes if "fits exactly" in note]


@pytest.mark.parametrize("case", EXACT)
def test_an_exact_fit_with_rows_to_spare(case):
    options, y = EXACT[case]
    result = fitted(options, y)
    assert result.comparison.exit == 0
    assert [run.status.value for run in result.comparison.fits] == ["converged", "converged"]
    assert said(result) == [
        "fits exactly: the deviance is 0 to rounding, and so is the dispersion: standard errors, tests and intervals "
        "mean nothing"
    ]
    inference = result.to_dict()["inference"]
    assert all(term["p.value"] is None for term in inference["coefficients"])
    assert inference["lr.p.value"] is None
    assert all(solver["agreement"]["distance"] is None for solver in result.to_dict()["solvers"])
    assert " SE" not in str(result)
    assert "standard errors away" not in str(result)


@pytest.mark.parametrize("case", KNOWN)
def test_an_exact_fit_whose_dispersion_is_known(case):
    options, y = KNOWN[case]
    result = fitted(options, y)
    assert result.comparison.exit == 0
    assert said(result) == ["fits exactly: the deviance is 0 to rounding"]
    assert " SE" in str(result)


@pytest.mark.parametrize("case", EXACT)
def test_a_saturated_model_without_standard_errors(case):
    options, y = EXACT[case]
    result = fitted(options, y[:2] * [1.0, 1.3], x=X[:2])
    assert result.comparison.exit == 0
    assert said(result) == ["fits exactly: no residual degrees of freedom, so no standard errors"]
    inference = result.to_dict()["inference"]
    assert all(term["std.error"] is None for term in inference["coefficients"])
    assert " SE" not in str(result)
    assert "the dispersion cannot be estimated without residual degrees of freedom" in str(result)
    assert "standard errors," not in str(result).partition("fits exactly")[2].partition("\n")[2]


@pytest.mark.parametrize("cov", ["model", "HC0", "HC1", "HC3", "cluster:g"])
@pytest.mark.parametrize(("family", "y"), [("poisson", [2, 5]), ("gaussian", [2, 5])])
def test_a_saturated_model_of_every_covariance(family, y, cov):
    frame = pd.DataFrame({"x": [0, 1], "y": y, "g": [0, 1]})
    result = glmnn.fit(frame, family=family, features=["x"], cov=cov, solver="fisher")
    errors = [term["std.error"] for term in result.to_dict()["inference"]["coefficients"]]
    if family == "poisson" and cov == "model":
        assert errors == pytest.approx([1 / np.sqrt(2), np.sqrt(1 / 2 + 1 / 5)])
        assert "rest on the variance of the poisson family alone" in said(result)[0]
    else:
        assert errors == [None, None]
        assert said(result)


def test_saturated_trials():
    frame = pd.DataFrame({"x": [0, 1], "y": [3, 7], "n": [10, 9]})
    result = glmnn.fit(frame, trials="n", features=["x"], solver="both")
    assert "no residual degrees of freedom" in said(result)[0]
    assert np.all(np.isfinite(result.std_error))


def test_a_row_with_a_leverage_of_one():
    """The first row alone has x = 1: HC2 and HC3 divide its residual of 0 by 1 - h = 0."""
    frame = pd.DataFrame({"x": [1, 0, 0, 0], "y": [1.0, 2.0, 3.0, 5.0]})
    for cov in ("HC2", "HC3"):
        result = glmnn.fit(frame, family="gaussian", cov=cov, solver="fisher")
        assert any(f"{cov} standard errors do not exist" in note for note in result.comparison.estimate.notes)
        assert [term["std.error"] for term in result.to_dict()["inference"]["coefficients"]] == [None, None]


def test_nearly_exact_fits_have_standard_errors():
    """Residuals of the tenth digit are the data's, not rounding."""
    result = fitted({"family": "gaussian"}, 1 + 2 * X + 1e-10 * np.array([1, -2, 0, 2, -1]))
    assert said(result) == []
    assert np.all(result.std_error > 0)
    rough = fitted({"family": "poisson"}, np.array([1, 2, 4, 8, 17.0]))
    assert said(rough) == []


def test_an_exact_fit_has_no_profile():
    result = fitted({"family": "gaussian", "ci": "profile"}, 1 + 2 * X, solver="fisher")
    assert said(result)
    saturated = fitted({"family": "gaussian", "ci": "profile"}, np.array([1.0, 2.0]), x=X[:2], solver="fisher")
    assert [term["conf.low"] for term in saturated.to_dict()["inference"]["coefficients"]] == [None, None]
