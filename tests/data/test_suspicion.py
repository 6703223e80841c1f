"""Codes of missing values that are read as numbers."""

import numpy as np
import pytest

import glmnn
from glmnn.data.suspicion import code_notes


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
