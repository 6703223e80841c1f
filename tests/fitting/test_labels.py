"""Terms as people read them."""

import pytest

from glmnn.fitting.labels import short_formula, term_labels

LEVELS = {"arm": ("a", "b"), "my group": ("x:y", "z")}


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("age", "age"),
        ("arm[T.b]", "arm b"),
        ("C(arm)[T.b]", "arm b"),
        ("arm[a]", "arm a"),
        ("C(my group)[T.x:y]", "my group x:y"),
        ("arm[T.b]:age:C(my group)[T.z]", "arm b:age:my group z"),
        ("class 2: arm[T.b]", "class 2: arm b"),
        ("arm[T.c]", "arm[T.c]"),  # no level of the factor, so this is a column's own name
        ("charm[T.b]", "charm[T.b]"),
        ("arm[T.b]s", "arm[T.b]s"),
        ("log(arm[T.b])", "log(arm[T.b])"),
    ],
)
def test_levels_of_factors_are_words(name, label):
    assert term_labels((name,), LEVELS) == (label,)


def test_two_terms_never_look_alike():
    names = ("arm b", "arm[T.b]", "C(arm)[T.b]", "age")
    assert term_labels(names, LEVELS) == names


def test_a_formula_of_many_terms_is_shortened_and_a_short_one_is_not():
    names = [f"column_number_{j}" for j in range(200)]
    formula = f"y ~ {' + '.join(names)}"
    shown = short_formula(formula)
    assert len(shown) < 250
    assert shown.endswith("+ … + column_number_199 (200 terms)")
    assert short_formula("y ~ a * b") == "y ~ a * b"
