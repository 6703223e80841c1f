"""Claims with less or more terms than the model asked for are held against their own model, and the report says so."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import glmnn
from glmnn.auditing.audit import compare_claims
from glmnn.auditing.claims.read import read_claim
from glmnn.auditing.options import AuditOptions
from glmnn.data.sources.files import read_table
from glmnn.errors import UsageError

OF = "it is the maximum likelihood estimate of the model"


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(200, 4)).round(2), columns=["x1", "x2", "x3", "big income"])
    frame["g"] = rng.choice(list("abc"), 200)
    frame["n"] = rng.choice([1, 2, 3], 200)
    frame["y"] = (rng.random(200) < 1 / (1 + np.exp(-frame.x1))).astype(int)
    return frame


def fitted(data, right):
    return dict(smf.logit(f"y ~ {right}", data).fit(disp=0, tol=1e-12).params)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        ("x1 + x2 + x3", "x1 + x2", f"The claim has no x3: {OF} without it"),
        ("x1 + x2 + x3", "x1", f"The claim has no x2, x3: {OF} without them"),
        ("x1 + x2", "x1 + x2 + x3", f"The claim has x3 as well: {OF} with it"),
        ("x1 + x2", "x1 + x3", f"The claim has no x2 and has x3 as well: {OF} with just these terms"),
        ("x1", "x1 * x2", f"The claim has x2, x1:x2 as well: {OF} with them"),
        ("x1 * x2", "x1 + x2", f"The claim has no x1:x2: {OF} without it"),
        ("x1 + g", "x1", f"The claim has no g[T.b], g[T.c]: {OF} without them"),
        ("x1", "x1 * g", f"The claim has g[T.b], g[T.c], g[T.b]:x1, g[T.c]:x1 as well: {OF} with them"),
        ("x1", "x1 + C(n)", f"The claim has C(n)[T.2], C(n)[T.3] as well: {OF} with them"),
        ("x1 + `big income`", "x1", f"The claim has no big income: {OF} without it"),
        ("x1", "x1 + Q('big income')", f"The claim has big income as well: {OF} with it"),
        ("poly(x1, 2) + x2", "x2", f"The claim has no poly(x1, 2)[1], poly(x1, 2)[2]: {OF} without them"),
        ("x1 - 1", "x1", f"The claim has (Intercept) as well: {OF} with it"),
        ("x1", "x1 + I(x2**2)", f"The claim has I(x2 ** 2) as well: {OF} with it"),
        ("x1", "x1 + np.exp(x2)", f"The claim has exp(x2) as well: {OF} with it"),
        ("x1", "x1 + C(g, Treatment('b'))", f"The claim has g[T.b], g[T.c] as well: {OF} with them, in another"),
        ("x1", "x1 + C(g, Sum)", f"The claim has g[T.b], g[T.c] as well: {OF} with them, in another"),
    ],
)
def test_a_claim_is_held_against_its_own_model(data, ours, theirs, said):
    claim = fitted(data, theirs)
    found = glmnn.audit(data, claim, formula=f"y ~ {ours}")
    assert found.verdict.startswith(said)
    assert found.exit_code == 0
    assert found.audit.notes[0].startswith(said.partition(": it is")[0].replace("The", "the"))
    wrong = glmnn.audit(data, claim | {"Intercept": claim["Intercept"] + 0.3}, formula=f"y ~ {ours}")
    assert wrong.exit_code == 1
    assert ": it is not the maximum likelihood estimate of the model with" in wrong.verdict


@pytest.mark.parametrize(
    ("theirs", "features", "said"),
    [
        ("x1 + x2 + x3", [], "The claim has no big income, n: "),
        ("x1 + x2", ["x1"], "The claim has x2 as well: "),
        ("x1 + x1:x2", ["x1"], "The claim has x1:x2 as well: "),
        ("x1 + g", ["x1"], "The claim has g[T.b], g[T.c] as well: "),
    ],
)
def test_columns_without_a_formula(data, theirs, features, said):
    chosen = data if features else data.drop(columns="g")
    found = glmnn.audit(chosen, fitted(data, theirs), features=features)
    assert found.verdict.startswith(said + OF)


def test_a_penalty_stays(data):
    found = glmnn.audit(data, fitted(data, "x1"), formula="y ~ x1 + x2", l2=1.0)
    assert "the claim has no x2: it is not the penalised estimate asked for of the model without it" in str(
        found.verdict
    ).replace("The claim", "the claim")


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ({"(Intercept)": 0.1, "x1": 1.0, "x9": 2.0}, "there is no term 'x9'"),
        ({"(Intercept)": 0.1, "x1": 1.0, "g[T.b]": 2.0}, "no coefficient of 'g[T.c]'"),
        ({"(Intercept)": 0.1, "x1": 1.0, "y": 2.0}, "there is no term 'y'"),
        ({"(Intercept)": 0.1}, "there is no coefficient of 'x1' (3 such terms)"),
        ([0.1, 0.2], "2 values without names, but the model has 4 terms"),
    ],
)
def test_what_no_model_says_stays_an_error(data, claim, said):
    with pytest.raises(UsageError) as caught:
        glmnn.audit(data, claim, formula="y ~ x1 + g")
    assert said in str(caught.value)


def test_two_claims_about_the_same_other_model(data, tmp_path):
    data.drop(columns=["g", "n"]).to_csv(tmp_path / "data.csv", index=False)
    table = read_table(str(tmp_path / "data.csv"))
    one, other = read_claim("(Intercept)=0.1,x1=1.5"), read_claim("(Intercept)=0.2,x1=1.25")
    found = compare_claims(AuditOptions(), table, one, other)
    assert found.difference.tolist() == pytest.approx([-0.1, 0.25])
    assert found.one.other_model is not None
    assert found.one.other_model.lacks == ("x2", "x3", "big income")
    with pytest.raises(UsageError, match="no coefficient of"):
        compare_claims(AuditOptions(), table, one, read_claim("(Intercept)=0.2,x2=1.25"))
