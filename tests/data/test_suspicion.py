"""Codes of missing values that are read as numbers."""

import numpy as np
import pytest

import glmnn
from glmnn.data.suspicion import code_notes, level_notes


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([21.5, 30, -99, 25, 28, -99], "BMI: -99 in 2 rows is far from all other values (21.5 to 30)"),
        ([3, 1, 4, 999, 999, 5], "BMI: 999 in 2 rows"),
        ([21.5, 30, -99, 25, 28, 26], None),  # once: an outlier
        ([-120, -99, -99, 300, 2, 5], None),  # inside
        ([-98, -99, -99, 2, 5, 1], None),  # temperatures
        ([60, 99, 99, 20, 5, 98], None),  # percentages
        ([-9, -9, -9, -9, 1, 2], None),  # most rows
        ([-99, -99, -99, -99, -99, -99], None),
    ],
)
def test_codes_of_missing_values_are_said(values, found):
    notes = code_notes(np.column_stack([np.ones(6), values]), ("(Intercept)", "BMI"))
    assert [note[: len(found or "")] for note in notes] == ([] if found is None else [found])


def test_a_fit_says_so():
    data = {"bmi": [21.5, 30, -99, 25, 28, -99, 24, 27], "y": [0, 1, 1, 0, 1, 0, 0, 1]}
    assert [note for note in glmnn.fit(data, solver="fisher").notes if note.startswith("bmi: -99 in 2 rows")]


@pytest.mark.parametrize("code", ["#N/A", "?", "<NA>", "n/a", "nan", "NA", "#DIV/0!", "-"])
def test_levels_that_are_written_as_missing_values_are_said(code):
    (note,) = level_notes({"arm": ("a", code)})
    assert note.startswith(f"arm: the level '{code}' may stand for a missing value")


def test_levels_that_people_name_on_purpose_are_not():
    assert level_notes({"arm": ("none", "missing", "Unknown", "a")}) == ()


def test_a_fit_says_so_of_factors_and_of_classes(tmp_path):
    rows = "".join(f"{'ab?'[i % 3]},{i * 7 % 5},{'c#'[i % 2].replace('#', '#N/A')}\n" for i in range(30))
    (tmp_path / "codes.csv").write_text("y,x,g\n" + rows)
    notes = glmnn.fit(tmp_path / "codes.csv", formula="y ~ x + g", family="multinomial", solver="fisher").notes
    assert [note[:16] for note in notes if "may stand for" in note] == ["g: the level '#N", "y: the level '?'"]
