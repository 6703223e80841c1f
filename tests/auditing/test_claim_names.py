"""Names of other tools meet the terms of real designs; what is doubtful is refused, and the message says why."""

import numpy as np
import pytest
from hostile import NAMES

import glmnn
from glmnn.auditing.claims.claim import Claim
from glmnn.auditing.claims.names import match, other_bases
from glmnn.data.design import make_design
from glmnn.data.sources.files import read_table
from glmnn.data.variables import Roles
from glmnn.errors import UsageError
from glmnn.models.families import find_family

HEADER = "y,x,z,g,b,n,big income,very_long_name_of_a_column\n"
LEVELS = ("a", "b", "very good")


@pytest.fixture(scope="module")
def design(tmp_path_factory):
    """Return names and levels of the design that a formula makes of a small table."""
    path = tmp_path_factory.mktemp("claims") / "data.csv"
    rows = [
        f"{k % 2},{k + 1},{(k * 7) % 11 + 0.5},{LEVELS[k % 3]},{k % 4 > 1},{k % 3 + 1},{k * k},{k}" for k in range(24)
    ]
    path.write_text(HEADER + "\n".join(rows) + "\n")
    table = read_table(str(path))

    def make(formula, **references):
        found = make_design(table, Roles(formula=f"y ~ {formula}", references=references), "y", find_family("binomial"))
        return found.data.names, found.levels

    return make


def claim_of(*names, values=None):
    """Return a claim whose values count 1, 2, 3, ... and whose half units are tenths of them."""
    numbers = np.arange(1.0, len(names) + 1) if values is None else np.array(values)
    return Claim("claim", "text", names, numbers, numbers / 10)


def order(formula, names, design):
    """Return which of the claim's values stands at each term, and the notes."""
    matched = match(claim_of(*names), *design(formula))
    np.testing.assert_array_equal(matched.half_units, matched.values / 10)
    return matched.values.astype(int).tolist(), matched


INTERCEPTS = [
    "(Intercept)", "Intercept", "const", "constant", "_cons", "bias", "intercept", "intercept_", "b0", "1", "Const",
    "BIAS",
]  # fmt: skip


@pytest.mark.parametrize("name", INTERCEPTS)
def test_names_of_the_intercept(design, name):
    places, matched = order("x", ("x", name), design)
    assert (places, matched.notes, matched.without_intercept) == ([2, 1], (), False)


@pytest.mark.parametrize(
    "name",
    [
        "g[T.b]", "C(g)[T.b]", "C(g, Treatment('a'))[T.b]", "C(g, Treatment(reference='a'))[T.b]", "gb", "factor(g)b",
        "as.factor(g)b", "`g`b", "g_b", "b.g", "g=b", "g: b", "g == b", "g.b", "_Ig_b", "g[b]", "g#b", "cat__g_b",
        "prep__cat__g_b", "G_B",
    ],
)  # fmt: skip
@pytest.mark.parametrize("formula", ["g", "C(g)"])
def test_names_of_a_level(design, formula, name):
    other = name.replace("b", "very good").replace("fvery goodctor", "factor").replace("'very good'", "'a'")
    other = "gvery good" if name in ("G_B", "factor(g)b") else other
    places, _ = order(formula, ("Intercept", other, name), design)
    assert places == [1, 3, 2]


@pytest.mark.parametrize("name", ["b[T.True]", "bTRUE", "bTrue", "b_True", "True.b", "b", "C(b)[T.True]", "b: true"])
def test_names_of_a_truth(design, name):
    places, matched = order("b + x", ("x", name, "const"), design)
    assert (places, matched.notes) == ([3, 2, 1], ())


@pytest.mark.parametrize("name", ["2.n", "factor(n)2", "n_2", "n_2.0", "C(n)[T.2]", "C(n)[T.2.0]", "n=2"])
def test_names_of_a_level_that_is_a_number(design, name):
    places, _ = order("C(n)", ("const", name.replace("2", "3", 1), name), design)
    assert places == [1, 3, 2]


@pytest.mark.parametrize(
    ("formula", "names"),
    [
        ("x*z", ("(Intercept)", "x", "z", "z:x")),
        ("x*z", ("Intercept", "x", "z", "x * z")),
        ("x*z", ("_cons", "x", "z", "c.x#c.z")),
        ("x*z", ("1", "x", "z", "x z")),
        ("x*b", ("(Intercept)", "x", "bTRUE", "x:bTRUE")),
        ("x*b", ("_cons", "x", "True.b", "True.b#c.x")),
        ("x*C(n)", ("_cons", "x", "2.n", "3.n", "2.n#c.x", "3.n#c.x")),
        ("x*C(n)", ("const", "x", "n_2", "n_3", "x*n_2", "n_3*x")),
        ("C(n)*b", ("(Intercept)", "factor(n)2", "factor(n)3", "bTRUE", "factor(n)2:bTRUE", "bTRUE:factor(n)3")),
        ("g + g:x", ("(Intercept)", "gb", "gvery good", "ga:x", "gb:x", "gvery good:x")),
        ("0 + g", ("ga", "gb", "gvery good")),
        ("x + I(x**2)", ("(Intercept)", "x", "I(x^2)")),
        ("x + I(x**2)", ("Intercept", "x", "I(x ** 2)")),
        ("x + I(x**2)", ("_cons", "x", "c.x#c.x")),
        ("x + I(x**2)", ("1", "x", "x^2")),
        ("log(x) + sqrt(z)", ("Intercept", "np.log(x)", "np.sqrt(z)")),
        ("poly(x, 2)", ("(Intercept)", "poly(x, 2)1", "poly(x, 2)2")),
        ("poly(x, degree=2)", ("(Intercept)", "poly(x, 2)1", "poly(x, degree = 2)2")),
        ("bs(x, df=4)", ("(Intercept)", *(f"bs(x, df = 4){place}" for place in (1, 2, 3, 4)))),
        ("`big income`*x", ("(Intercept)", "`big income`", "x", "`big income`:x")),
        ("`big income`*x", ("Intercept", "Q('big income')", "x", "Q('big income'):x")),
        ("C(g, contr.treatment('b'))", ("Intercept", "C(g, Treatment('b'))[T.a]", "C(g,Treatment('b'))[T.very good]")),
        ("C(g, contr.sum)", ("Intercept", "C(g, Sum)[S.a]", "C(g, Sum)[S.b]")),
    ],
)
def test_terms_of_other_tools(design, formula, names):
    terms, levels = design(formula)
    assert len(terms) == len(names)
    places, matched = order(formula, names, design)
    assert (places, matched.notes) == ([*range(1, len(names) + 1)], ())
    assert match(claim_of(*reversed(names)), terms, levels).values.tolist() == [*range(len(names), 0, -1)]
    assert other_bases(claim_of(*names), terms, levels) == {}


@pytest.mark.parametrize(
    ("names", "note"),
    [
        (("const", "X", "z"), "names read freely: X as x"),
        (("const", "scale__x", "remainder__z"), "names read freely: scale__x as x, remainder__z as z"),
        ((None, None, None), "values without names, taken in the order of the design: (Intercept), x, z"),
        (("(Intercept)", None, None), "values without names, taken in the order of the design: (Intercept), x, z"),
    ],
)
def test_what_is_read_freely_is_told(design, names, note):
    places, matched = order("x + z", names, design)
    assert (places, matched.notes, matched.without_intercept) == ([1, 2, 3], (note,), False)


@pytest.mark.parametrize(
    "names", [("w", "b"), ("weight", "bias"), ("slope", "intercept"), ("coef", "const"), ("W", "b0")]
)
def test_a_weight_and_a_bias_need_no_other_names(design, names):
    places, matched = order("x", names, design)
    assert places == [2, 1]
    assert matched.notes == ("values without names, taken in the order of the design: (Intercept), x",)
    with pytest.raises(UsageError, match="there is no term"):
        order("x + z", names, design)


def test_columns_counted_from_zero_as_patsy_does(design):
    places, matched = order("bs(x, df=4)", ("Intercept", *(f"bs(x, df=4)[{place}]" for place in (3, 0, 1, 2))), design)
    assert (places, matched.notes) == ([1, 3, 4, 5, 2], ("columns counted from 0 there, from 1 here",))
    places, matched = order("bs(x, df=4)", ("Intercept", *(f"bs(x, df=4)[{place}]" for place in (4, 1, 2, 3))), design)
    assert (places, matched.notes) == ([1, 3, 4, 5, 2], ())


def test_a_name_that_stata_shortened(design):
    places, matched = order("very_long_name_of_a_column", ("very_long_~n", "_cons"), design)
    assert places == [2, 1]
    assert matched.notes == ("names read freely: very_long_~n as very_long_name_of_a_column",)


@pytest.mark.parametrize("names", [("x", "z"), (None, None)])
def test_a_claim_without_intercept(design, names):
    matched = match(claim_of(*names), *design("x + z"))
    assert (matched.values.tolist(), matched.half_units.tolist()) == ([0.0, 1.0, 2.0], [0.0, 0.1, 0.2])
    assert matched.without_intercept


def test_a_model_without_intercept(design):
    terms = design("x + z - 1")
    for names in (("(Intercept)", "x", "z"), ("(Intercept)", None, None)):
        matched = match(claim_of(*names, values=[0.0, 1.0, 2.0]), *terms)
        assert matched.values.tolist() == [1.0, 2.0]
        assert matched.notes[0] == "its intercept of 0 left out, because the model has none"
        assert not matched.without_intercept
        with pytest.raises(UsageError, match="it has an intercept, but the model has none"):
            match(claim_of(*names), *terms)
    assert match(claim_of("x", "z"), *terms).values.tolist() == [1.0, 2.0]


def test_the_name_itself_goes_before_any_other_reading():
    names, levels = (
        ("(Intercept)", "x", "X", "const", "gb", "g[T.b]", "scale__x", "x:z", "I(x ** 2)"),
        {"g": ("a", "b")},
    )
    assert match(claim_of(*names), names, levels).values.tolist() == [*range(1, 10)]


@pytest.mark.parametrize(
    ("names", "levels", "name"),
    [
        (("(Intercept)", "a b", "ab"), {}, "a  b"),
        (("(Intercept)", "AB", "ab"), {}, "Ab"),
        (("(Intercept)", "g_h[T.b]", "g[T.h_b]"), {"g_h": ("a", "b"), "g": ("a", "h_b")}, "g_h_b"),
        (("(Intercept)", "a[T.b]", "b[T.a]"), {"a": ("0", "b"), "b": ("0", "a")}, "a.b"),
    ],
)
def test_ambiguity_is_refused(names, levels, name):
    with pytest.raises(UsageError) as caught:
        match(claim_of("const", name, names[2]), names, levels)
    assert f"'{name}' could be any of {names[1]}, {names[2]}; write the name as the model does" in str(caught.value)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("const", "xx", "z"), "claim: there is no term 'xx': did you mean 'x'? ((Intercept), x, z)"),
        (("const", "x"), "claim: there is no coefficient of 'z'; it has const, x"),
        (("const",), "claim: there is no coefficient of 'x' (2 such terms); it has const"),
        (("const", "x", "X", "z"), "claim: 'x' and 'X' are both 'x'"),
        (("const", "bias", "x", "z"), "claim: 'const' and 'bias' are both '(Intercept)'"),
        ((None,), "claim: 1 value without names, but the model has 3 terms: (Intercept), x, z"),
        ((None,) * 4, "claim: 4 values without names, but the model has 3 terms"),
        (("(Intercept)", None), "1 value without names besides the intercept, but the model has 3 terms"),
        (("x", None, None), "some of the values have names and some have none"),
        (("const", "x", "z", "a\x1b[31m\nb"), r"there is no term 'a\x1b[31m\nb'"),
        (("const", "x", "z", "x:" * 50 + "x"), "there is no term 'x:x:"),
        (("const", "x", "z", "Q('" * 5_000), "there is no term 'Q(\\'"),
        (("const", "x", "x:z"), "there is no term 'x:z'"),
        (("", "x", "z"), "there is no term ''"),
        (("__", "x", "z"), "there is no term '__'"),
        (("~", "x", "z"), "there is no term '~'"),
    ],
)  # fmt: skip
def test_what_does_not_match_is_named(design, names, message):
    with pytest.raises(UsageError) as caught:
        match(claim_of(*names), *design("x + z"))
    assert message.replace("\\'", "'") in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("formula", "names", "bases"),
    [
        ("C(g)", ("C(g, Treatment('b'))[T.a]", "C(g, Treatment('b'))[T.very good]"), {"g": "b"}),
        ("g", ("Intercept", "ga", "gb"), {"g": "very good"}),
        ("g", ("Intercept", "GA", "GB"), {"g": "very good"}),
        ("g + b", ("g_b", "g_a", "b_False"), {"g": "very good", "b": "True"}),
        ("x*g", ("x", "gb", "ga", "x:ga", "x:gb"), {"g": "very good"}),
        ("x*g", ("x", "gb", "gvery good", "x:gb", "x:gvery good"), {}),
        ("x:g", ("x:ga", "x:gb", "x:gvery good"), {}),
        ("g", ("ga", "gb", "gvery good"), {}),
        ("g", ("ga",), {}),
        ("g", (None, None, None), {}),
        ("C(g, contr.sum)", ("ga", "gb"), {}),
        ("x", ("ga", "gb"), {}),
    ],
)
def test_other_bases(design, formula, names, bases):
    assert other_bases(claim_of(*names), *design(formula)) == bases


def test_another_base_is_the_reason_that_is_given_and_its_cure_works(design):
    names = ("Intercept", "C(g, Treatment('b'))[T.a]", "C(g, Treatment('b'))[T.very good]")
    with pytest.raises(UsageError, match="factor 'g' have the base 'b', the model has 'a': give --ref g=b"):
        match(claim_of(*names), *design("g"))
    assert match(claim_of(*names), *design("g", g="b")).values.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("name", NAMES)
def test_a_column_may_be_called_anything(name):
    names = ("(Intercept)", name, "another")
    assert match(claim_of("another", name, "(Intercept)"), names, {}).values.tolist() == [3.0, 2.0, 1.0]
    levels = {name: ("base", name)}
    names = ("(Intercept)", f"{name}[T.{name}]")
    assert match(claim_of(names[1], "(Intercept)"), names, levels).values.tolist() == [2.0, 1.0]


@pytest.mark.parametrize("name", NAMES)
def test_any_claimed_name_ends_in_a_match_or_in_one_sentence(name):
    with pytest.raises(UsageError) as caught:
        match(claim_of("z", name, "x"), ("z", "q", "x"), {"g": ("a", "b")})
    assert str(caught.value).isprintable()


def test_numbers_of_columns_are_no_names_unless_the_data_have_them():
    """Of an array statsmodels prints const, x1, x2 and R (Intercept), X1, X2."""
    rows = {"a": [2, 3, 5, 7, 11, 13, 4], "b": [1, 0, 2, 1, 0, 1, 3], "y": [0, 1, 1, 0, 1, 0, 1]}
    coef = glmnn.fit(rows, formula="y ~ a + b", solver="fisher").coef
    for names in (("const", "x1", "x2"), ("(Intercept)", "X1", "X2")):
        assert glmnn.audit(rows, dict(zip(names, coef, strict=True)), formula="y ~ a + b").is_maximum
    with pytest.raises(UsageError, match="no term 'x2'"):
        glmnn.audit(rows, {"const": coef.iloc[0], "x2": coef["a"], "x1": coef["b"]}, formula="y ~ a + b")
    audited = glmnn.audit(rows | {"x1": rows["b"]}, {"const": 1, "x1": 2}, formula="y ~ a")
    assert "x1" in str(audited.audit.other_model.says)
