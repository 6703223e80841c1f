import numpy as np
import pytest

import glmnn
from glmnn.data.design import make_design
from glmnn.data.formula.parse import parse_formula, split_formula
from glmnn.data.sources.files import read_table
from glmnn.data.variables import Roles, find_target
from glmnn.errors import DataError, UsageError
from glmnn.models.families import BINOMIAL, GAUSSIAN, POISSON

CSV = """y,x,g,n,w,my col
1,0.5,b,4,1,1
0,1.5,a,3,2,4
1,2.5,c,5,0,9
0,3.5,a,2,1,16
1,4.5,b,6,1,25
"""


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(CSV)
    return read_table(str(path))


def design(table, family=BINOMIAL, **roles):
    made = Roles(**roles)
    return make_design(table, made, find_target(table, made), family)


def test_columns_in_order_with_an_intercept(table):
    made = design(table, features=("x", "my col"))
    assert made.data.names == ("(Intercept)", "x", "my col")
    assert made.formula == "y ~ x + `my col`"
    np.testing.assert_array_equal(made.data.whole.X[:, 2], [1, 4, 9, 16, 25])
    assert design(table, features=("x",), intercept=False).data.names == ("x",)


def test_every_other_column_unless_it_has_a_role(table):
    with pytest.raises(DataError, match=r"column 'g' is text with 3 levels in 5 rows \(fewer than 5 .*C\(g\)"):
        design(table)
    made = design(table, formula="y ~ . - g", weights="w")
    assert made.data.names == ("(Intercept)", "x", "n", "my col")


def test_factors_and_their_base(table):
    made = design(table, formula="y ~ C(g) + x")
    assert made.data.names == ("(Intercept)", "C(g)[T.b]", "C(g)[T.c]", "x")
    assert made.levels == {"g": ("a", "b", "c")}
    assert "factors: g (base a)" in made.notes
    other = design(table, formula="y ~ C(g) + x", references={"g": "c"})
    assert other.data.names == ("(Intercept)", "C(g)[T.a]", "C(g)[T.b]", "x")
    np.testing.assert_array_equal(other.data.whole.X[:, 1], [0, 1, 0, 1, 0])
    with pytest.raises(UsageError, match="there is no level 'z'"):
        design(table, formula="y ~ C(g)", references={"g": "z"})
    with pytest.raises(UsageError, match="not a factor"):
        design(table, formula="y ~ C(g) + x", references={"x": "1"})


PEOPLE = "relapsed,arm,age,smoker\n" + "".join(
    f"{row % 2},{('placebo', 'low', 'high')[row % 3]},{20 + row * 7 % 50},{('no', 'yes')[row * row % 5 % 2]}\n"
    for row in range(60)
)


@pytest.fixture
def people(tmp_path):
    (tmp_path / "people.csv").write_text(PEOPLE)
    return read_table(str(tmp_path / "people.csv"))


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("references", [{}, {"arm": "placebo"}])
def test_text_is_a_factor_without_a_formula_and_the_columns_are_those_of_the_formula(people, intercept, references):
    roles = {"target": "relapsed", "intercept": intercept, "references": references}
    made = design(people, **roles)
    formula = "relapsed ~ arm + age + smoker" + ("" if intercept else " - 1")
    asked = design(people, formula=formula, references=references)
    assert made.data.names == asked.data.names
    assert made.formula == asked.formula == formula
    assert made.levels == asked.levels
    np.testing.assert_array_equal(made.data.whole.X, asked.data.whole.X)
    assert [(part.name, part.columns) for part in made.parts] == [(part.name, part.columns) for part in asked.parts]
    arm = (
        f"base {references.get('arm', 'high')}" if any("arm[T." in name for name in made.data.names) else "every level"
    )
    smoker = "base no" if any("smoker[T." in name for name in made.data.names) else "every level"
    assert made.notes == (f"factors: arm ({arm}), smoker ({smoker})",)
    named = design(people, target="relapsed", intercept=intercept, features=("smoker", "age"))
    assert named.data.names == (
        ("(Intercept)", "smoker[T.yes]", "age") if intercept else ("smoker[no]", "smoker[yes]", "age")
    )


def with_text(tmp_path, cells):
    path = tmp_path / "odd.csv"
    path.write_text("y,x,g\n" + "".join(f'{row % 2},{row},"{cell}"\n' for row, cell in enumerate(cells)))
    return read_table(str(path))


NOT_FACTORS = {
    "identifiers": (
        [f"P{row:03d}" for row in range(100)],
        r"odd.csv:2, column 'g': 'P000': text that is nearly",
    ),
    "names with repeats": ([f"n{row % 95}" for row in range(100)], r"nearly all different \(95 values in 100 rows\)"),
    "dates": (
        [f"2026-{row % 12 + 1:02d}-0{row % 9 + 1}" for row in range(100)],
        r"write year\(g\), month\(g\)",
    ),
    "dates of the month": ([f"{row % 12 + 1}/{row % 28 + 1}/2026" for row in range(100)], "is a date"),
    "dates with dots": ([f"0{row % 9 + 1}.10.2026" for row in range(100)], "is a date"),
    "months by name": ([f"{row % 28 + 1}-Jan-2026" for row in range(100)], "is a date"),
    "decimal commas": (
        [f"{row % 20 + 20},0" for row in range(100)],
        r"'20,0' is not a number.*or give --decimal ,",
    ),
    "thousands": ([f"1,{row % 20 + 200},000" for row in range(100)], r"or give --thousands ,"),
    "both": ([f"1.{row % 20 + 200},5" for row in range(100)], r"or give --decimal , --thousands \."),
    "percent": ([f"{row % 20} %" for row in range(100)], "write plain digits"),
    "many levels": (
        [f"c{row % 51}" for row in range(1000)],
        r"51 levels in 1000 rows \(more than 50\).*C\(g\)",
    ),
}


@pytest.mark.parametrize("kind", NOT_FACTORS)
def test_text_that_is_hardly_a_factor_is_refused_with_the_way_out(tmp_path, kind):
    cells, message = NOT_FACTORS[kind]
    table = with_text(tmp_path, cells)
    for roles in ({}, {"features": ("g", "x")}, {"formula": "y ~ g"}, {"formula": "y ~ ."}):
        with pytest.raises(DataError, match=message):
            design(table, **roles)
    assert len(design(table, formula="y ~ C(g)").data.names) == len(set(cells))  # in so many words
    assert design(table, formula="y ~ . - g").data.names == ("(Intercept)", "x")


def test_few_rows_for_a_level_ask_for_the_factor_by_name(tmp_path):
    table = with_text(tmp_path, [f"c{row % 9}" for row in range(40)])
    for roles in ({}, {"formula": "y ~ ."}):
        with pytest.raises(DataError, match=r"9 levels in 40 rows \(fewer than 5 rows for a level\): leave"):
            design(table, **roles)
    for roles in ({"features": ("g",)}, {"formula": "y ~ g"}, {"formula": "y ~ . + g"}):
        assert "g[T.c8]" in design(table, **roles).data.names
    two = with_text(tmp_path, ["a", "b", "b"])  # a factor of two levels costs what a number costs
    assert design(two).data.names == ("(Intercept)", "x", "g[T.b]")
    with pytest.raises(DataError, match=r"odd\.csv:2, column 'g': 'a' in every row, and a factor needs two levels"):
        design(with_text(tmp_path, ["a", "a", "a"]))


def test_numbers_as_factors_have_readable_levels(table):
    assert design(table, formula="y ~ C(n)").data.names[:3] == ("(Intercept)", "C(n)[T.3]", "C(n)[T.4]")


@pytest.mark.parametrize("formula", ["y ~ x - 1", "y ~ 0 + x", "y ~ x + 0"])
def test_formula_without_intercept(table, formula):
    assert design(table, formula=formula).data.names == ("x",)
    assert design(table, formula="y ~ x", intercept=False).data.names == ("x",)


def test_roles(table):
    made = design(table, target="n", family=POISSON, features=("x",), exposure="my col")
    np.testing.assert_allclose(made.data.whole.offset, np.log([1, 4, 9, 16, 25]))
    made = design(table, features=("x",), weights="w")
    assert made.data.rows == 4
    assert "1 rows of weight 0 left out" in made.notes
    made = design(table, features=("x",), trials="n")
    np.testing.assert_allclose(made.data.whole.y, [1 / 4, 0, 1 / 5, 0, 1 / 6])
    np.testing.assert_array_equal(made.data.whole.prior_weight, [4, 3, 5, 2, 6])


def test_contradicting_roles(table):
    for roles, message in [
        ({"features": ("x", "x")}, "named twice"),
        ({"features": ("y",)}, "already used as target"),
        ({"weights": "y"}, "is the target"),
        ({"formula": "y ~ x", "features": ("x",)}, "not both"),
        ({"formula": "y ~ x", "target": "n"}, "not the left side"),
        (
            {"features": ("x",), "references": {"x": "1"}},
            r"--ref x: this column is not a factor; write C\(x\)",
        ),
        ({"formula": "y ~ x - 1 - x"}, "no columns at all"),
    ]:
        with pytest.raises(UsageError, match=message):
            design(table, **roles)
    with pytest.raises(UsageError, match="belongs to the binomial"):
        design(table, family=GAUSSIAN, features=("x",), trials="n")


def test_missing_cells(tmp_path):
    path = tmp_path / "m.csv"
    path.write_text("y,x,z\n1,NA,1\n0,2,\n1,3,5\n0,4,6\n")
    table = read_table(str(path))
    with pytest.raises(DataError, match=r"m.csv:2, column 'x': the cell is missing"):
        design(table)
    made = design(table, drop_missing=True)
    assert made.data.rows == 2
    assert made.notes[0] == "2 of 4 rows left out for missing cells: 1 in 'x', 1 in 'z'"
    assert design(table, features=("z",), drop_missing=True).data.rows == 3  # only columns of the model count


def test_a_slip_in_a_column_of_numbers_is_no_factor(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("y,x\n1,1\n0,2\n1,1_000\n0,4\n")
    table = read_table(str(path))
    for roles in ({"features": ("x",)}, {"formula": "y ~ x"}):
        with pytest.raises(DataError, match=r"s.csv:4, column 'x': '1_000' is not a number: write plain digits"):
            design(table, **roles)
    assert len(design(table, formula="y ~ C(x)").data.names) == 4  # asked for in so many words


@pytest.mark.parametrize(
    ("text", "parts"),
    [("y ~ x", ("y", "x")), (" `my y`~ a + b ", ("my y", "a + b")), ("a.b ~ 1", ("a.b", "1"))],
)
def test_split_formula(text, parts):
    assert split_formula(text) == parts


@pytest.mark.parametrize("text", ["y", "~ x", "log(y) ~ x", "y ~ x ~ z", "y ~", "a + b ~ x"])
def test_bad_formulas(text):
    with pytest.raises(UsageError, match="formula"):
        split_formula(text)


def test_parse_formula_names_its_columns():
    parsed = parse_formula("x*C(g, contr.sum) + log(`my col`) + poly(z, 2) - 1")
    assert set(parsed.columns) == {"x", "g", "my col", "z"}
    assert parsed.factors == {"g"}


def test_transformations_out_of_range_name_the_line(tmp_path):
    path = tmp_path / "l.csv"
    path.write_text("y,x\n1,1\n0,0\n1,3\n0,4\n")
    with pytest.raises(DataError, match=r"l.csv:3, column 'log\(x\)': the term is -inf here"):
        design(read_table(str(path)), formula="y ~ log(x)")


def test_a_design_knows_which_columns_are_one_term(table):
    made = design(table, formula="y ~ x * C(`my col`) + poly(n, 2) + g")
    assert [(term.name, term.factors, len(term.columns)) for term in made.parts] == [
        ("x", {"x"}, 1),
        ("C(my col)", {"C(my col)"}, 4),
        ("poly(n, 2)", {"poly(n, 2)"}, 2),
        ("g", {"g"}, 2),
        ("x:C(my col)", {"x", "C(my col)"}, 4),
    ]
    assert made.parts[3].columns == ("g[T.b]", "g[T.c]")
    assert [name for term in made.parts for name in term.columns] == list(made.data.names[1:])
    plain = design(table, features=("x", "my col"))
    assert [(term.name, term.factors, term.columns) for term in plain.parts] == [
        ("x", {"x"}, ("x",)),
        ("my col", {"my col"}, ("my col",)),
    ]


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("y ~ x + g", "a in every row, so left out"),
        ("y ~ x + C(g)", "a in every row, so left out"),
        ("y ~ 0 + x + g", "every level"),
        ("y ~ x:g", "every level"),
    ],
)
def test_a_factor_of_one_level_says_that_it_is_left_out(formula, said):
    """R refuses it: contrasts can be applied only to factors with 2 or more levels."""
    data = {"y": [0, 1, 0, 1, 0, 1], "x": [1, 2, 3, 4, 5, 2], "g": ["a"] * 6}
    assert f"factors: g ({said})" in glmnn.fit(data, formula=formula, solver="fisher").notes
