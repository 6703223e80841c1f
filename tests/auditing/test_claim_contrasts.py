"""Contrasts of R, patsy and SPSS: the same fitted means by other names, held against fits of statsmodels."""

import re

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import glmnn
from glmnn.auditing.claims.contrasts import codes_of
from glmnn.errors import UsageError

LEVELS = {"g": "abcd", "h": "uvw"}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(1)
    size = 300
    frame = pd.DataFrame({
        "g": rng.choice(list("abcd"), size), "h": rng.choice(list("uvw"), size), "x": rng.normal(size=size).round(2),
    })  # fmt: skip
    eta = frame.x + (frame.g == "b") - 0.5 * (frame.h == "w")
    frame["y"] = (rng.random(size) < 1 / (1 + np.exp(-eta))).astype(int)
    return frame


def numbered(name):
    """Return a name as R writes it: the number of the column behind the factor."""
    first = {"S": 1, "H": 0}
    return re.sub(r"C\((\w), \w+\)\[([SH])\.(\w)\]", lambda m: f"{m[1]}{LEVELS[m[1]].index(m[3]) + first[m[2]]}", name)


def powers(name):
    return name.replace("C(g, Poly)", "g").replace(".Linear", ".L").replace(".Quadratic", ".Q").replace(".Cubic", ".C")


def spss(name):
    return re.sub(r"C\(.*\)\[T\.(\w)\]", lambda m: f"g({LEVELS['g'].index(m[1]) + 1})", name)


def spss_first(name):
    return re.sub(r"C\(.*\)\[T\.(\w)\]", lambda m: f"g({LEVELS['g'].index(m[1])})", name)


def relevelled(name):
    return re.sub(r"C\(.*\)\[T\.(\w)\]", r'relevel(factor(g), ref = "b")\1', name)


OTHER = "The maximum likelihood estimate, in another parametrisation"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ours", "theirs", "rename", "told"),
    [
        ("g + x", "C(g, Sum) + x", str, "g: sum"),
        ("g * x", "C(g, Sum) * x", numbered, "g: sum"),
        ("g * x", "C(g, Helmert) * x", numbered, "g: Helmert"),
        ("g * h", "C(g, Sum) * C(h, Helmert)", str, "g: sum, h: Helmert"),
        ("g * h", "C(g, Helmert) * C(h, Helmert)", numbered, "g: Helmert, h: Helmert"),
        ("g + x", "C(g, Poly) + x", str, "g: polynomial"),
        ("g + x", "C(g, Poly) + x", powers, "g: polynomial"),
        ("g + x", "C(g, Treatment('d')) + x", spss, "g: indicator, last level as the base"),
        ("g + x", "C(g, Treatment('a')) + x", spss_first, "g: indicator, first level as the base"),
        ("C(g, contr.sum) + x", "C(g, Treatment('a')) + x", str, "does not take the contrasts of the formula"),
        ("C(g, contr.treatment('b')) + x", "C(g) + x", str, "does not take the contrasts of the formula"),
        ("C(g, contr.helmert) + x", "C(g, Sum) + x", str, "g: sum"),
        ("g + x", "C(g, Treatment('b')) + x", relevelled, "another base level (g: b)"),
    ],
)
def test_contrasts_are_translated(data, ours, theirs, rename, told):
    fit = smf.logit(f"y ~ {theirs}", data).fit(disp=0, tol=1e-12)
    found = glmnn.audit(data, {rename(name): value for name, value in fit.params.items()}, formula=f"y ~ {ours}")
    assert found.verdict.startswith(OTHER)
    assert told in "; ".join(found.causes)
    assert found.exit_code == 0
    wrong = {rename(name): value + 0.01 * (name == "x") for name, value in fit.params.items()}
    if rename is str and "x" in wrong:
        assert glmnn.audit(data, wrong, formula=f"y ~ {ours}").exit_code == 1


@pytest.mark.parametrize(
    ("contrast", "theirs", "rename"),
    [("sum", "Sum", numbered), ("helmert", "Helmert", numbered), ("poly", "Poly", powers), ("poly", "Poly", str)],
)
def test_a_design_with_contrasts_knows_their_names_in_other_tools(data, contrast, theirs, rename):
    fit = smf.logit(f"y ~ C(g, {theirs}) + x", data).fit(disp=0, tol=1e-12)
    claim = {rename(name): value for name, value in fit.params.items()}
    found = glmnn.audit(data, claim, formula=f"y ~ C(g, contr.{contrast}) + x")
    assert found.exit_code == 0
    assert "parametrisation" not in found.verdict
    assert found.causes == []


def test_numbers_that_could_be_two_contrasts_are_refused_unless_one_is_the_maximum(data):
    claim = {"(Intercept)": 0.1, "g1": 0.2, "g2": 0.3, "g3": 0.4, "x": 1.0}
    with pytest.raises(UsageError, match=r"do not say which contrasts are meant.*sum.*Helmert"):
        glmnn.audit(data, claim, formula="y ~ g + x")


def test_the_matrices_are_those_of_r():
    """contr.poly(4) of R 4.2.2 to 7 decimals."""
    linear, quadratic, cubic = codes_of("polynomial", 4).T.tolist()
    np.testing.assert_allclose(linear, [-0.6708204, -0.2236068, 0.2236068, 0.6708204], atol=5e-8)
    np.testing.assert_allclose(quadratic, [0.5, -0.5, -0.5, 0.5], atol=1e-12)
    np.testing.assert_allclose(cubic, [-0.2236068, 0.6708204, -0.6708204, 0.2236068], atol=5e-8)
    assert codes_of("sum", 3).tolist() == [[1, 0], [0, 1], [-1, -1]]
    assert codes_of("Helmert", 3).tolist() == [[-1, -1], [1, -1], [0, 2]]
