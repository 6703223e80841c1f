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


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 11))])
def test_no_false_claim_verifies(made, seed):
    ended, slowest, false = forgeries.run(made, 200, seed)
    assert false == []
    assert slowest < 10
    assert len(ended) == 3, "some of them are proved, some not, and some are no proofs"
