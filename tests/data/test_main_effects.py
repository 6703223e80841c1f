"""Formulas of main effects are written without formulaic: the same names, terms and numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from glmnn.data.columns import MANY, column_of
from glmnn.data.formula import formula as module
from glmnn.data.formula.formula import Formula
from glmnn.data.formula.parse import parse_formula
from glmnn.data.sources.frames import make_table

FRAME = {
    "x": [0.5, 2.0, -1.0, 3.0, 4.0],
    "a b": [1.0, 0.0, 1.0, 5.0, 2.0],
    "g": ["__u", "v", "w", "v", "__u"],
    "one": ["k"] * 5,
    "t": [True, False, True, True, False],
    "n": [3, 1, 3, 2, 1],
}


@pytest.mark.parametrize(
    ("text", "at_once"),
    [
        ("x + g", True),
        ("C(g) + x + t", True),
        ("0 + x + g + t", True),
        ("`a b` + C(t) - 1", True),
        ("1", True),
        ("C(n) + x", True),
        ("C(n) + n", False),  # a column and its levels: formulaic codes the levels
        ("x + one", False),
        ("x:g", False),
        ("log(n) + g", False),
        ("x * g", False),
    ],
)
@pytest.mark.parametrize("intercept", [True, False])
def test_as_formulaic_makes_them(text: str, at_once: bool, intercept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if text == "1" and not intercept:
        pytest.skip("no columns at all")
    table = make_table(FRAME)
    formula, rows = parse_formula(text, tuple(FRAME)), np.array([True, True, True, True, False])
    calls: list[str] = []
    by_formulaic: Any = Formula._by_formulaic

    def counted(self: Formula, *given: Any, **named: Any) -> Any:
        calls.append(self.text)
        return by_formulaic(self, *given, **named)

    monkeypatch.setattr(Formula, "_by_formulaic", counted)
    quick = formula.terms(table, rows, {}, intercept)
    assert (calls == []) is at_once
    monkeypatch.setattr(module, "main_effects", lambda *_: None)
    slow = formula.terms(table, rows, {}, intercept)
    assert (quick.names, quick.parts, quick.memory, quick.levels) == (
        slow.names,
        slow.parts,
        slow.memory,
        slow.levels,
    )
    assert quick.X.tobytes() == slow.X.tobytes()
    assert quick.X.flags.c_contiguous
    again = formula.terms_again(table, rows, quick.memory, intercept)
    assert again.X.tobytes() == quick.X.tobytes()


def test_more_rows_than_are_written_at_a_time() -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": rng.normal(size=10_000), "g": rng.choice(["a", "b", "c"], 10_000)})
    terms = parse_formula("x + g", ("x", "g")).terms(make_table(frame), np.ones(10_000, dtype=bool), {})
    assert terms.names == ("(Intercept)", "x", "g[T.b]", "g[T.c]")
    expected = np.column_stack([np.ones(10_000), frame["x"], frame["g"] == "b", frame["g"] == "c"])
    assert terms.X.tobytes() == expected.astype(float).tobytes()


@pytest.mark.parametrize("kind", [object, "string"])
def test_text_is_kept_once(kind: Any) -> None:
    column = column_of("g", pd.Series(["b", None, "a", "b", ""], dtype=kind), "g")
    assert column.numbers is None
    assert list(column.cells) == ["b", "", "a", "b", ""]
    assert (column.coded.texts, column.coded.codes.tolist()) == (["b", "a"], [0, -1, 1, 0, -1])
    assert column.bad_row == 0
    assert column_of("g", pd.Series([None, "a"], dtype=kind), "g").bad_row == 1


def test_values_that_are_equal_but_not_the_same_stay_apart() -> None:
    column = column_of("g", pd.Series(["a", 1, True, 1.0], dtype=object), "g")
    assert list(column.cells) == ["a", "1", "True", "1"]
    assert column.mixed


def test_a_long_column_is_not_copied_unless_it_has_a_minus_zero() -> None:
    values = pd.Series(np.linspace(1.0, 2.0, MANY))
    numbers = column_of("x", values, "x").numbers
    assert numbers is not None
    assert np.shares_memory(numbers, values.to_numpy())
    values.iloc[7] = -0.0
    numbers = column_of("x", values, "x").numbers
    assert numbers is not None
    assert not np.signbit(numbers).any()
    assert np.signbit(values.to_numpy()[7])
    few = column_of("x", values[:10], "x").numbers
    assert few is not None
    assert not np.shares_memory(few, values.to_numpy())
