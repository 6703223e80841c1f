"""`found.plot`: pictures on axes, for fits, audits and networks."""

import sys

import pytest

import glmnn
from glmnn.errors import GlmnnError

PRIMES = {"x": [2, 3, 5, 7, 11, 13], "y": [0, 0, 1, 0, 1, 1]}


@pytest.fixture
def figure():
    pytest.importorskip("matplotlib").use("Agg")
    from matplotlib.figure import Figure

    return Figure()


def test_pictures_are_drawn_on_the_axes_given(figure):
    found = glmnn.fit(PRIMES)
    ax = figure.subplots()
    assert found.plot.path(ax, until=20) is ax
    assert found.plot.names == (
        "path", "distance", "levels", "neuron", "data", "coefficients", "pace", "steps", "roc", "residuals", "observed",
    )  # fmt: skip
    for name in found.plot.names:
        getattr(found.plot, name)(figure.add_subplot())


def test_the_document_is_made_once(monkeypatch):
    from glmnn.fitting import pictures

    made, make = [], pictures.to_pictures
    monkeypatch.setattr(pictures, "to_pictures", lambda *given, **how: made.append(given) or make(*given, **how))
    found = glmnn.fit(PRIMES)
    assert found.plot.names
    assert found.plot.names
    assert len(made) == 1


def test_a_plane_is_named_by_its_two_coefficients(figure):
    found = glmnn.fit("data/video.csv")
    ax = found.plot.path(figure.subplots(), plane=("x2", "x1"), by="passes", until=4.5, near=True)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x2", "x1")
    for plane, says in (
        ("x1", "give two coefficients, as"),
        (("x1", "z"), "there is no coefficient 'z'"),
        (("x1", "x1"), "takes two coefficients"),
    ):
        with pytest.raises(GlmnnError, match=says):
            found.plot.path(figure.subplots(), plane=plane)


def test_what_is_not_there_says_why(figure):
    found = glmnn.fit({"x": [1, 2, 3, 4], "y": [0, 0, 1, 1]}, max_iter=50)
    with pytest.raises(GlmnnError, match=r"no picture path .*: there is no maximum"):
        found.plot.path(figure.subplots())
    assert found.plot.separation(figure.subplots()).get_xlabel().startswith("along ")
    with pytest.raises(GlmnnError, match="no picture loss"):
        found.plot.loss(figure.subplots())


def test_an_audit_shows_the_claim(figure):
    found = glmnn.audit(PRIMES, {"(Intercept)": -3.1121, "x": 0.4783})
    ax = found.plot.path(figure.subplots())
    assert "claimed" in [text.get_text() for text in ax.texts]
    assert any(line.get_xdata()[0] == -3.1121 for line in ax.lines)


def test_a_network_shows_its_loss(figure):
    found = glmnn.fit("data/iris_setosa.csv", "y", hidden="2:tanh", solver="adam", holdout=0.2, max_iter=100)
    ax = found.plot.loss(figure.subplots())
    assert [line.get_label() for line in ax.lines][:2] == ["rows trained on", "rows held out"]
    assert "network" in found.plot.names


def test_all_pictures_go_to_a_folder(figure, tmp_path):
    files = glmnn.fit({"x": [1, 2, 3, 4], "y": [0, 0, 1, 1]}, max_iter=20).plot.save(tmp_path / "figures", "svg")
    assert {file.rpartition(".")[2] for file in files} == {"svg"}
    assert len(files) == len(list((tmp_path / "figures").iterdir()))


def test_without_matplotlib_there_is_one_line_with_the_install_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(GlmnnError, match=r"^figures need matplotlib: pip install matplotlib$"):
        glmnn.fit(PRIMES).plot.path()
