"""The sample of the slow tests that an ordinary run takes."""

from sampling import SHARE, sampled

SWEEP = [f"tests/test_a.py::test_sweep[{i}]" for i in range(95)]
SHORT = [f"tests/test_b.py::test_short[{i}]" for i in range(3)]
SINGLE = [f"tests/test_c.py::test_{i}" for i in range(400)]


def test_of_every_sweep_a_share_and_one_case_at_least():
    chosen = sampled([*SWEEP, *SHORT, *SINGLE])
    assert chosen < {*SWEEP, *SHORT, *SINGLE}
    assert len(chosen & {*SWEEP}) == 5
    assert len(chosen & {*SHORT}) == 1
    assert 0.5 < len(chosen & {*SINGLE}) / (len(SINGLE) / SHARE) < 1.5


def test_the_sample_depends_on_the_seed_and_not_on_the_order():
    names = [*SWEEP, *SHORT, *SINGLE]
    assert sampled(names) == sampled(names[::-1]) != sampled(names, 1)


def test_seeds_reach_every_case():
    assert set().union(*(sampled([*SWEEP, *SINGLE], seed) for seed in range(200))) == {*SWEEP, *SINGLE}


def test_tests_that_share_a_sweep_run_the_same_cases():
    other = [name.replace("test_sweep", "test_more") for name in SWEEP]
    chosen = sampled([*SWEEP, *other])
    assert {name.replace("test_more", "test_sweep") for name in chosen} == sampled(SWEEP)
