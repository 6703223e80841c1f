"""Figures by matplotlib: what is drawn, where, and that nothing is asked of the user's own settings."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from drawn import pictures
from glmnn.errors import UsageError
from glmnn.report.figures.gallery import PICTURES, check_figures, draw, has, picture_bytes, save_figures
from glmnn.report.figures.style import runs_of, shown, tick

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

SOLVERS = "fisher,gd,momentum"


@pytest.fixture
def ax():
    return Figure(figsize=(5, 4)).subplots()


def texts(ax):
    """Return all that can be read on axes."""
    found = [ax.get_title(loc="left"), ax.get_title(), ax.get_xlabel(), ax.get_ylabel()]
    found += [text.get_text() for text in ax.texts]
    found += [label.get_text() for label in (*ax.get_xticklabels(), *ax.get_yticklabels())]
    return " | ".join(found + ([text.get_text() for text in ax.get_legend().get_texts()] if ax.get_legend() else []))


def test_the_given_axes_are_used_and_new_ones_made_without():
    document, given = pictures("primes", SOLVERS), Figure().subplots()
    assert draw(document, "path", given) is given
    made = draw(document, "path")
    assert made is not given
    plt.close(made.figure)


def test_paths_end_at_the_maximum_in_the_frame_of_the_document(ax):
    document = pictures("infertility", SOLVERS)
    draw(document, "path", ax)
    view = document["plane"]["views"][0]
    assert ax.get_xlim() == tuple(view["x"])
    assert ax.get_ylim() == tuple(view["y"])
    lines = [line for line in ax.lines if len(line.get_xdata()) > 1]
    assert [len(line.get_xdata()) for line in lines] == [len(run["states"]["xy"]) for run in document["runs"]]
    for line in lines:
        assert (line.get_xdata()[-1], line.get_ydata()[-1]) == pytest.approx((0.0, 0.0), abs=1e-5)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["fisher", "gd", "momentum"]
    draw(document, "path", other := Figure().subplots(), near=True)
    assert other.get_xlim() == (-4.0, 4.0)


@pytest.mark.parametrize("by", ["iteration", "passes", "seconds"])
def test_a_moment_is_the_last_state_at_or_before_it(ax, by):
    document = pictures("infertility", SOLVERS)
    until = document["runs"][1]["states"][by][20]
    draw(document, "distance", ax, until=until, by=by)
    there = [run for run in runs_of(document, until, by) if run.last >= 0]
    for run in there:
        costs = run.run["states"][by]
        assert costs[run.last] <= until
        assert run.last == len(costs) - 1 or costs[run.last + 1] > until
    assert [run.last for run in there if run.label == "gd"] == [20]
    markers = [line for line in ax.lines if line.get_linestyle() == "None"]
    assert [line.get_xdata()[0] for line in markers] == [run.run["states"][by][run.last] for run in there]


def test_before_its_first_state_a_solver_is_nowhere(ax):
    document = pictures("primes", SOLVERS)
    draw(document, "path", ax, until=0)
    assert [run.last for run in runs_of(document, 0)] == [-1, 0, 0]
    assert len([line for line in ax.lines if line.get_linestyle() != "None"]) == 2


def test_an_exact_nought_has_a_tick_of_its_own(ax):
    document = pictures("infertility", SOLVERS)
    draw(document, "distance", ax)
    assert document["runs"][0]["states"]["distance"][-1] == 0.0
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels[0] == "0"
    assert len(set(labels)) == len(labels)
    fisher = ax.lines[0].get_ydata()
    assert fisher[-1] == ax.get_yticks()[0] < min(value for value in fisher[:-1])
    assert ax.get_xticklabels()[0].get_text() == "0"


def test_the_neuron_has_a_stem_for_every_row(ax):
    document = pictures("infertility", SOLVERS)
    draw(document, "neuron", ax, solver="momentum", until=3)
    stems = [path for collection in ax.collections for path in collection.get_segments()]
    assert len(stems) == document["rows"]["shown"]
    assert sorted(float(stem[1][1]) for stem in stems) == sorted(document["rows"]["y"])
    assert "Inside the neuron of momentum at iteration 3" in texts(ax)
    with pytest.raises(UsageError, match="solver 'adam' is not among fisher, gd, momentum"):
        draw(document, "neuron", ax, solver="adam")


def test_the_fitted_curve_is_that_of_the_model(ax):
    document = pictures("primes", SOLVERS)
    draw(document, "data", ax)
    line = ax.lines[0]
    x, mean = np.array(line.get_xdata()), np.array(line.get_ydata())
    intercept, slope = document["plane"]["best"]
    assert mean == pytest.approx(1 / (1 + np.exp(-intercept - slope * x)), abs=2e-3)


def test_the_line_of_one_half_goes_where_the_mean_is_one_half(ax):
    document = pictures("video", SOLVERS)
    draw(document, "data", ax)
    line = next(line for line in ax.lines if line.get_label() == "gd")
    constant, first, second = document["runs"][1]["states"]["coef"][-1]
    eta = constant + first * line.get_xdata() + second * line.get_ydata()
    assert eta == pytest.approx([0.0, 0.0], abs=1e-9)


def test_the_forest_has_a_row_for_each_term_and_ratios_on_a_log_scale(ax):
    document = pictures("infertility", SOLVERS)
    draw(document, "coefficients", ax)
    assert [label.get_text() for label in ax.get_yticklabels()] == document["model"]["shown"][1:]
    draw(document, "coefficients", other := Figure().subplots(), ratios=True)
    assert other.get_xscale() == "log"
    assert "Odds ratios" in texts(other)


def test_without_a_maximum_there_are_other_pictures(ax):
    document = pictures("iris_setosa", "fisher,gd", max_iter=300)
    assert [name for name in PICTURES if has(document, name)] == [
        "levels", "length", "deviance", "separation", "neuron", "data",
    ]  # fmt: skip
    with pytest.raises(UsageError, match=r"no picture path \(.*\): there is no maximum"):
        draw(document, "path", ax)
    draw(document, "separation", ax)
    dots = np.concatenate([line.get_xdata() for line in ax.lines if line.get_marker() == "o"])
    assert sorted(dots) == sorted(document["rows"]["margin"])


def test_names_are_neither_mathematics_nor_markup(ax):
    assert "\x1b" not in shown("\x1b[31m$")
    assert shown("$x$") == r"\$x\$"
    document = {**pictures("primes", SOLVERS)}
    hostile = ["$\\frac{", "a" * 300]
    document["plane"] = {**document["plane"], "labels": hostile}
    draw(document, "path", ax)
    assert len(ax.get_ylabel()) == 40
    assert b"<svg" in picture_bytes(ax.figure, "svg")


def test_every_figure_of_a_document_becomes_a_file(tmp_path):
    document = pictures("iris_setosa", "fisher,gd", max_iter=300)
    files = save_figures(document, str(tmp_path / "new"), "svg")
    names = [Path(file).stem for file in files]
    assert [name for name in names if "-" not in name] == [name for name in PICTURES if has(document, name)]
    assert {"length-passes", "length-seconds", "levels-passes"} <= set(names)  # never iterations alone
    assert all(Path(file).read_bytes().startswith(b"<?xml") for file in files)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted(Path(file).name for file in files)


@pytest.mark.slow
@pytest.mark.parametrize(("form", "start"), [("svg", b"<?xml"), ("pdf", b"%PDF"), ("png", b"\x89PNG")])
def test_a_figure_has_the_same_bytes_whenever_it_is_drawn(form, start, ax):
    draw(pictures("primes", SOLVERS), "roc", ax)
    first = picture_bytes(ax.figure, form)
    assert first.startswith(start)
    assert first == picture_bytes(ax.figure, form)


@pytest.mark.parametrize(
    ("folder", "form", "says"),
    [
        ("figures", "gif", "use svg, pdf, png"),
        ("a/b/c", "svg", "no folder"),
        ("file", "svg", "this is a file"),
        ("", "svg", "no folder name"),
    ],
)
def test_what_cannot_be_written_is_refused_before_any_work(tmp_path, monkeypatch, folder, form, says):
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    with pytest.raises(UsageError, match=says):
        check_figures(folder, form)


def test_ticks_are_short():
    assert [tick(value) for value in (1000.0, 1e-4, 2.5e-7, 0.01, 1e6)] == ["1,000", "1e-4", "2.5e-7", "0.01", "1e6"]


def test_the_user_s_settings_are_left_alone():
    before = dict(matplotlib.rcParams)
    plt.close(draw(pictures("primes", SOLVERS), "roc").figure)
    assert dict(matplotlib.rcParams) == before


def test_whoever_asks_for_no_figure_loads_no_matplotlib():
    code = (
        "import sys, glmnn; glmnn.fit([2, 3, 5, 7, 11, 13], [0, 0, 1, 0, 1, 1]); sys.exit('matplotlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_folder_that_vanishes_under_way_is_one_line(tmp_path):
    document = pictures("iris_setosa", "fisher,gd", max_iter=300)
    with pytest.raises(UsageError, match="No such file or directory"):
        save_figures(document, str(tmp_path / "gone" / "figures"), "svg")
