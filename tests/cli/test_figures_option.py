"""--figures, --figure-format and --plane."""

import sys

import pytest

CLAIM = "(Intercept)=-3.1121,x=0.4783"


@pytest.mark.slow
@pytest.mark.parametrize("more", [("fit", "-s", "fisher"), ("audit", "--coef", CLAIM)])
def test_every_figure_goes_to_the_folder(glmnn, tmp_path, more):
    pytest.importorskip("matplotlib")
    command, *options = more
    folder = tmp_path / "figures"
    ran = glmnn(command, "data/primes.csv", *options, "--figures", folder)
    assert ran.code == (1 if command == "audit" else 0)
    names = sorted(path.stem for path in folder.iterdir())
    assert {"path", "path-near", "coefficients", "roc", "residuals"} <= set(names)
    assert f"wrote {len(names)} figures to {folder}" in ran.err
    assert all(path.read_bytes().startswith(b"<?xml") for path in folder.iterdir())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--plane", "(Intercept),x"), "--plane is for pictures: give --html or --figures as well"),
        (("--figures", "{}/a/b"), "there is no folder to make it in"),
        (("--figures", "{}/new", "--figure-format", "gif"), "--figure-format gif: use svg, pdf, png"),
        (("--figures", "{}/new", "--plane", "x,z"), "there is no coefficient 'z': choose from (Intercept), x"),
        (("--figures", "{}/new", "--plane", "x"), "--plane takes two coefficients, as x1,x2"),
    ],
)
@pytest.mark.parametrize("command", [("fit",), ("audit", "--coef", CLAIM)])
def test_what_cannot_be_drawn_is_refused_before_anything_is_written(glmnn, tmp_path, command, options, says):
    pytest.importorskip("matplotlib")
    name, *more = command
    ran = glmnn(name, "data/primes.csv", *more, *(option.format(tmp_path) for option in options))
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_nothing_is_fitted_for_nothing(glmnn, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    ran = glmnn("fit", "data/primes.csv", "--figures", tmp_path / "figures")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "glmnn: figures need matplotlib: pip install matplotlib\n"
