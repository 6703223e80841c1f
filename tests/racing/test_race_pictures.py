"""The picture document of a race: its costs are those of the table, and its seconds those of the rounds."""

import jsonschema
import numpy as np
import pytest

from glmnn.cli.schema import schema_of
from glmnn.data.sources.files import read_table
from glmnn.racing.document import to_document
from glmnn.racing.options import RaceOptions
from glmnn.racing.pictures import to_pictures
from glmnn.racing.race import race
from glmnn.report.json import plain_values
from glmnn.report.schema import json_values


@pytest.fixture(scope="module")
def found():
    solvers = ["fisher", "gd", "sgd", "statsmodels"]
    options = RaceOptions(formula="case ~ spontaneous + induced", solver=solvers, max_iter=200, seeds=3, repeat=3)
    return race(options, read_table("data/infertility.csv"))


@pytest.fixture(scope="module")
def pictures(found):
    return plain_values(json_values(to_pictures(found)))


def test_both_documents_are_what_their_schemas_say(found, pictures):
    jsonschema.Draft202012Validator(schema_of("pictures")).validate(pictures)
    jsonschema.Draft202012Validator(schema_of("race")).validate(plain_values(json_values(to_document(found))))


def test_costs_are_those_of_the_table(found, pictures):
    for item, run in zip(found.raced, pictures["runs"], strict=True):
        for level, shown in zip(found.track.levels, run["reached"], strict=True):
            cost = item.cost(level)
            assert shown["level"] == level
            assert shown["iteration"] == (None if cost.iterations is None else round(cost.iterations.median))
            assert (shown["seconds"] is None) == (cost.seconds is None)
            if cost.seconds is not None:
                assert shown["seconds"]["median"] == pytest.approx(cost.seconds.median, rel=1e-4)
                assert shown["seconds"]["runs"] == 3


def test_seconds_of_a_state_are_medians_of_the_rounds(found, pictures):
    gd = found.raced[1]
    expected = np.median([run.lap.seconds for run in gd.timed], axis=0)
    np.testing.assert_allclose(pictures["runs"][1]["states"]["seconds"], expected, rtol=1e-4)


def test_seeds_are_a_band_and_a_library_is_restarted(found, pictures):
    runs = {run["solver"]: run for run in pictures["runs"]}
    assert {name: run["kind"] for name, run in runs.items()} == {
        "fisher": "path", "gd": "path", "sgd": "path", "statsmodels": "restarted",
    }  # fmt: skip
    band = runs["sgd"]["band"]
    assert band["seeds"] == 3
    assert all(
        low <= median <= high for low, median, high in zip(band["low"], band["median"], band["high"], strict=True)
    )
    ends = [lap.distances[-1] for lap in found.raced[2].traced]
    assert (band["low"][-1], band["high"][-1]) == pytest.approx((min(ends), max(ends)), rel=1e-3)
    assert runs["gd"]["band"] is None
    assert runs["statsmodels"]["own_stop"]["iteration"] == found.raced[3].own_stop.end.iterations
    assert pictures["machine"]["rounds"] == 3
    assert pictures["kind"] == "race"
