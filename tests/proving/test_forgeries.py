"""Tampered proofs and data: what verifies is true, nothing hangs, nothing ends in a traceback (see forgeries.py)."""

import forgeries
import pytest


@pytest.fixture(scope="module")
def made():
    return forgeries.originals()


def test_the_oracle_agrees_with_what_has_not_been_touched(made):
    for proof, data in made:
        end, _ = forgeries.judge(forgeries.json.dumps(proof).encode(), data)
        assert end == "true, and proved"


def test_what_nothing_reads_and_what_is_left_out_is_refused(made):
    """What the first hundred thousand forgeries found: each of these once verified."""
    collinear = next(pair for pair in made if pair[0]["relations"] and not pair[0]["separation"])
    classes = next(pair for pair in made if pair[0]["family"] == "multinomial")
    last = ["0", "0", "0", "5"]
    values = [text if last[j] == "0" else "5" for j, text in enumerate(collinear[0]["coefficients"][0])]
    for (proof, data), change in (
        (collinear, {"coefficients": [values]}),
        (collinear, {"claim": {"kind": "away", "values": values, "by": ["0", "0", "0", "1"]}}),
        (classes, {"multipliers": {"4": "1"}}),
    ):
        end, _ = forgeries.judge(forgeries.json.dumps({**proof, **change}).encode(), data)
        assert end == "not proved", change


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 11))])
def test_no_false_claim_verifies(made, seed):
    ended, slowest, false = forgeries.run(made, 200, seed)
    assert false == []
    assert slowest < 10
    assert len(ended) == 3, "some of them are proved, some not, and some are no proofs"
