"""States thinned, and levels reached."""

import numpy as np
import pytest

from drawn import fitted, pictures
from glmnn.fitting.estimate_pictures import units_of
from glmnn.fitting.pictures import course_of
from glmnn.pictures.course import Course, reached, thinned
from glmnn.pictures.runs import distances


def scanned(distance, level):
    """Return the first place from which on every distance is within the level: by looking at all of them each time."""
    return next((place for place in range(len(distance)) if all(value <= level for value in distance[place:])), None)


def test_a_level_is_reached_where_the_run_stays_within_it():
    rng = np.random.default_rng(3)
    for size in (1, 2, 7, 40):
        for _ in range(30):
            distance = np.exp(rng.normal(size=size) - np.arange(size) / 10)
            for level in (3.0, 1.0, 0.3, 0.01):
                assert reached(distance, level) == scanned(distance, level)
    assert reached(np.array([0.1, np.nan, 0.1]), 0.5) == 2
    assert reached(np.array([0.1, np.nan]), 0.5) is None


@pytest.mark.parametrize("name", ["infertility", "primes"])
def test_the_document_s_levels_are_those_of_every_state(name):
    comparison = fitted(name, "fisher,gd,momentum")
    units, best = units_of(comparison.estimate), comparison.estimate.maximum.coef
    for run, shown in zip(comparison.fits, pictures(name, "fisher,gd,momentum")["runs"], strict=True):
        away = np.max(np.abs(run.path - best) / units, axis=1)
        assert distances(course_of(comparison, run), best, units) == pytest.approx(away)
        for entry in shown["reached"]:
            place = scanned(away, entry["level"])
            assert entry["iteration"] == (None if place is None else run.path_iterations[place])
            if place is not None:
                assert entry["passes"] == pytest.approx(run.path_costs[place, 0], rel=1e-5)
                assert entry["seconds"]["median"] == pytest.approx(run.path_costs[place, 1], rel=1e-4)
        last = shown["states"]
        assert last["coef"][-1] == run.coef.tolist()
        assert (last["iteration"][0], last["iteration"][-1]) == (run.path_iterations[0], run.iterations)


def test_a_thinned_run_is_never_further_than_the_eye_sees():
    rng, iteration = np.random.default_rng(2), np.arange(30_001)
    spiral = np.exp(-iteration / 3000)[:, None] * np.column_stack([np.cos(iteration / 1500), np.sin(iteration / 1500)])
    for place in (spiral / 2.0, spiral / 2.0 + 5e-5 * rng.normal(size=spiral.shape)):
        kept = thinned(iteration, place)
        assert kept.size <= 400
        assert (kept[0], kept[-1]) == (0, iteration[-1])
        held = kept[np.searchsorted(kept, iteration, side="right") - 1]
        assert np.max(np.abs(place - place[held])) <= 0.004
        decades = [np.sum((kept >= low) & (kept < 10 * low)) for low in (100, 1000)]
        assert min(decades) >= 40


def test_a_short_run_is_kept_whole_and_a_wild_one_is_cut():
    assert thinned(np.arange(400), np.zeros((400, 2))).tolist() == list(range(400))
    wild = np.random.default_rng(1).normal(size=(50_000, 2))
    kept = thinned(np.arange(50_000), wild)
    assert kept.size <= 402
    assert (kept[0], kept[-1]) == (0, 49_999)


def test_a_run_of_half_a_million_states_is_thinned_in_no_time():
    place = np.exp(-np.linspace(0, 20, 200_000))[:, None] * np.ones(2)
    assert thinned(np.arange(200_000), place).size <= 400


def test_a_course_knows_which_states_are_numbers():
    course = Course(solver="gd", iteration=np.arange(3), coef=np.array([[0.0], [np.inf], [1.0]]), status="diverged")
    assert course.finite.tolist() == [True, False, True]
