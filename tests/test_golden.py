"""Exit codes and coefficients of every kind of fit stay what they were (golden.py says how they were made)."""

import json

import pytest

from golden import FITS, KEPT, kept_of

KNOWN = json.loads(KEPT.read_text())


@pytest.mark.parametrize("name", FITS)
def test_exit_code_and_coefficients_stay(name):
    now, known = kept_of(name), KNOWN[name]
    assert now["exit"] == known["exit"]
    assert [term for term, _, _ in now["coefficients"]] == [term for term, _, _ in known["coefficients"]]
    for (_, estimate, _), (_, expected, std_error) in zip(now["coefficients"], known["coefficients"], strict=True):
        assert estimate == pytest.approx(expected, rel=1e-13, abs=1e-9 * (std_error or 0.0))
