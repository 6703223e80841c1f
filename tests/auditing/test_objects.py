"""Results of statsmodels as claims, and objects that are no claim."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

import glmnn

FRAME = pd.read_csv("data/infertility.csv")
FORMULA = "case ~ age + parity + spontaneous"
X, Y = sm.add_constant(FRAME[["age", "parity", "spontaneous"]].astype(float)), FRAME["case"]
LAST = FRAME[["age", "parity", "spontaneous"]].assign(const=1.0)


@pytest.mark.parametrize(
    "fitted",
    [
        lambda: sm.Logit(Y, X).fit(disp=0, tol=1e-12),
        lambda: sm.Logit(Y.to_numpy(), X.to_numpy()).fit(disp=0, tol=1e-12),
        lambda: sm.Logit(Y, LAST).fit(disp=0, tol=1e-12),
        lambda: sm.Logit(Y.to_numpy(), LAST.to_numpy()).fit(disp=0, tol=1e-12),
        lambda: sm.GLM(Y, X, family=sm.families.Binomial()).fit(tol=1e-14),
        lambda: smf.logit(FORMULA, FRAME).fit(disp=0, tol=1e-12),
    ],
)
def test_results_of_statsmodels(fitted):
    found = glmnn.audit(FRAME, fitted(), formula=FORMULA)
    assert found.is_maximum
    assert found.distance < 1e-9


def test_factors_of_statsmodels():
    fitted = smf.logit("case ~ age + C(education, Treatment('12+yrs'))", FRAME).fit(disp=0)
    assert glmnn.audit(FRAME, fitted, formula="case ~ age + education").is_maximum


def test_alpha_of_statsmodels_is_no_coefficient():
    counts = pd.read_csv("data/quine.csv")
    fitted = smf.negativebinomial("days ~ sex", counts).fit(disp=0, method="newton", tol=1e-12)
    found = glmnn.audit(counts, fitted, formula="days ~ sex", family="negative_binomial")
    assert found.is_maximum
    assert "its alpha is 0.93099" in str(found)


def test_what_is_no_single_linear_predictor():
    fitted = sm.MNLogit(pd.Categorical(FRAME["education"]).codes, X).fit(disp=0)
    with pytest.raises(glmnn.GlmnnError, match="several linear predictors"):
        glmnn.audit(FRAME, fitted, formula=FORMULA)


def test_a_mapping_with_a_method_of_such_a_name_is_still_a_claim():
    coef = glmnn.fit(FRAME, formula=FORMULA, solver="fisher").coef
    assert glmnn.audit(FRAME, dict(coef), formula=FORMULA).is_maximum
    assert glmnn.audit(FRAME, coef, formula=FORMULA).is_maximum
    assert glmnn.audit(FRAME, SimpleNamespace(coef=coef), formula=FORMULA).is_maximum
    with pytest.raises(glmnn.GlmnnError, match="coef must be numbers"):
        glmnn.audit(FRAME, SimpleNamespace(weights=np.ones(4)), formula=FORMULA)
