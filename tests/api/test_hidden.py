"""`glmnn.fit(..., hidden=...)`: what `glmnn fit --hidden` does, from Python."""

import json

import numpy as np
import pytest

import glmnn
from command import run

IRIS = "data/iris.csv"
OPTIONS = {"formula": "species ~ sepal_length + sepal_width", "family": "multinomial", "max_iter": 200, "seed": 3}


@pytest.fixture(scope="module")
def found():
    return glmnn.fit(IRIS, hidden="4:tanh", **OPTIONS)


def test_the_document_is_that_of_the_command_line(found):
    flags = ["--formula", OPTIONS["formula"], "--family", "multinomial", "--max-iter", "200", "--seed", "3"]
    told = run("fit", IRIS, "--hidden", "4:tanh", *flags, "--json")
    ours, theirs = json.loads(found.to_json()), json.loads(told.out)
    for document in (ours, theirs):
        document["training"].pop("seconds", None)
    assert ours["layers"] == theirs["layers"]
    assert ours["verdict"] == theirs["verdict"] == found.verdict.splitlines()
    assert found.exit_code == told.code == 0


def test_weights_and_measures(found):
    frame = found.to_frame()
    assert list(frame.columns) == ["parameter", "value"]
    assert len(frame) == 2 * 4 + 4 + 4 * 3 + 3
    assert set(found.measures.columns) == {"glm", "network"}
    assert found.measures.loc["deviance", "network"] > 0
    assert "network 2-4-3" in str(found)
    assert "network 2-4-3" in found._repr_html_()


def test_it_predicts_and_is_saved(found, tmp_path):
    found.save(tmp_path / "net.json")
    again = glmnn.load(tmp_path / "net.json").predict(IRIS).to_frame()
    np.testing.assert_array_equal(found.predict(IRIS).to_frame(), again)


def test_frames_and_folds():
    x = np.linspace(-2, 2, 40)
    found = glmnn.fit({"x": x, "y": np.sin(x)}, family="gaussian", hidden="3:tanh", cv=2, max_iter=50)
    assert "network, held out" in found.measures.columns


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"hidden": "4:tanhh"}, "tanh"),
        ({"hidden": "4:tanh", "solver": "fisher"}, "solver fisher cannot be combined with hidden"),
        ({"hidden": "4:tanh", "l2": 1.0}, "l2 cannot be combined with hidden"),
        ({"loss": "mse"}, "give hidden as well"),
    ],
)
def test_what_is_refused(options, said):
    with pytest.raises(glmnn.GlmnnError, match=said):
        glmnn.fit("data/primes.csv", **options)
