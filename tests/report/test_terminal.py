"""What a person sees: snapshots of the report at two widths, and what holds at every width.

The snapshots are plain text in tests/report/snapshots. To write them anew after a change of the report, and then look
at the difference with git:

    GLMNN_SNAPSHOTS=write python -m pytest tests/report/test_terminal.py
"""

import contextlib
import csv
import io
import os
import re
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

import glmnn
from glmnn.cli.console import make_console
from glmnn.data.sources.files import read_table
from glmnn.fitting import tables
from glmnn.fitting.compare import run
from glmnn.fitting.estimate import Maximum
from glmnn.fitting.options import FitOptions
from glmnn.fitting.plan import make_spec
from glmnn.fitting.report import fit_report, heading, rate_lines
from glmnn.fitting.verdict import tone_of, verdict_lines
from glmnn.report.numbers import count, criterion, number, p_value, place_of, placed, seconds, small
from glmnn.report.sections import MARKS
from glmnn.report.tables import Grid
from glmnn.report.terminal import print_report

DATA = Path(__file__).parents[2] / "data"
SNAPSHOTS = Path(__file__).parent / "snapshots"
WRITE = os.environ.get("GLMNN_SNAPSHOTS") == "write"

LONG_NAMES = (
    "total_household_income_before_tax_in_thousands",
    "years of schooling, the longest of both parents",
    "größe_über_alles_in_mm",
    "世帯の所得",
)
CASES = {
    "primes": ("primes", {}),
    "iris_setosa": ("iris_setosa", {"max_iter": 15}),
    "ships": ("ships", {"formula": "incidents ~ type + built + period", "family": "poisson", "exposure": "months"}),
    "longley": ("longley", {"target": "employed", "family": "gaussian", "max_iter": 2000}),
    "long_names": (LONG_NAMES, {}),
}
MORE = {
    "every_solver": (
        "primes",
        {"solver": ["both", "nesterov", "momentum", "adam", "sgd", "statsmodels"], "max_iter": 90},
    ),
    "diverged": ("primes", {"solver": ["gd"], "lr": "1000"}),
    "declined": (
        "cars",
        {"target": "distance", "family": "gamma", "link": "inverse", "solver": ["statsmodels"], "init": "zeros"},
    ),
    "gamma": ("cars", {"target": "distance", "family": "gamma", "link": "log", "solver": ["gd"], "level": 0.995}),
    "fisher_alone": ("warpbreaks", {"formula": "breaks ~ wool * tension", "family": "poisson", "solver": ["fisher"]}),
}
EVERY = {**CASES, **MORE}
WIDTHS = (80, 120)


def long_names_table():
    """Return a table of extreme numbers under long names."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*LONG_NAMES, "y"])
    for i in range(1, 41):
        writer.writerow([1e6 * (i * 7 % 13), 1e-5 * (i * 5 % 11), (i * 3 % 7) / 7, i % 2, int(i * 11 % 17 > i % 9)])
    return text.getvalue()


@cache
def comparison(name):
    """Return a run whose times are always the same, so that columns keep their widths."""
    data, options = EVERY[name]
    with contextlib.chdir(DATA):  # the report names the file as it was given
        if isinstance(data, str):
            table = read_table(f"{data}.csv")
        else:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(long_names_table().encode())))
                table = read_table("-")
    made = run(make_spec(FitOptions(**options)), table)
    still = {id(fit): replace(fit, seconds=0.0123) for fit in (*made.fits, made.estimate.reference)}
    estimate = replace(made.estimate, reference=still[id(made.estimate.reference)])
    return replace(made, fits=tuple(still[id(fit)] for fit in made.fits), estimate=estimate)


def report(name, width, verbose=False):
    text = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        patch.setenv("NO_COLOR", "1")
        print_report(fit_report(comparison(name), verbose=verbose), make_console(text))
    return text.getvalue()


# What rounding decides, and so the kernels of BLAS: how many passes Fisher scoring still tries at the maximum;
# differences below 1e-12; and all but the size of a condition number beyond what float64 resolves.
MASKS = {
    r"(?m)^(fisher +\d+ +)( \d|\d\d)(?= +12\.3 ms .* converged$)": r"\1 #",
    r"\d\.\de-1[3-9]": "#.#e-1#",
    r"\d\.\d(?=e\+(1[5-9]|[2-9]\d)\s+in\s+the\s+data's\s+own)": r"#.#",
}


def masked(text):
    """Hide what is rounding error, as long as it is."""
    for pattern, hidden in MASKS.items():
        text = re.sub(pattern, hidden, text)
    return text


def words(text):
    return " ".join(text.split())


# Snapshots


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", CASES)
def test_the_report_is_as_it_was(name, width):
    path = SNAPSHOTS / f"{name}-{width}.txt"
    shown = masked(report(name, width))
    if WRITE:
        SNAPSHOTS.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8"), f"see the first lines of {Path(__file__).name}"


def test_every_snapshot_belongs_to_a_case():
    assert {path.name for path in SNAPSHOTS.iterdir()} == {f"{name}-{width}.txt" for name in CASES for width in WIDTHS}


# What holds at every width


@pytest.mark.parametrize(("name", "known"), [("ships", 139), ("longley", 2.365e19), ("long_names", 2.55e23)])
def test_what_the_snapshots_mask_is_nearly_the_same_everywhere(name, known):
    text = report(name, 120, verbose=True)
    iterations, passes = map(int, re.search(r"(?m)^fisher +(\d+) +(\d+) ", text).groups())
    assert iterations < passes <= iterations + 6
    condition = float(re.search(r"data's\s+own:\s+([\d.e+]+)\)", text)[1])
    assert condition == pytest.approx(known, rel=0.02)


every = pytest.mark.parametrize("name", EVERY)


@every
@pytest.mark.parametrize("verbose", [False, True], ids=["brief", "verbose"])
def test_no_line_is_wider_than_the_terminal(name, verbose):
    for width in (60, 72, 80, 100, 120, 200):
        for line in report(name, width, verbose).splitlines():
            assert cell_len(line) <= width, (width, line)


@every
def test_no_line_ends_in_blanks(name):
    for width in WIDTHS:
        assert [line for line in report(name, width).splitlines() if line != line.rstrip()] == []


@every
def test_a_report_has_no_control_characters_and_ends_with_one_line_end(name):
    text = report(name, 80)
    assert all(c == "\n" or c.isprintable() for c in text)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\n\n\n" not in text


@every
def test_no_word_or_number_of_the_running_text_is_cut(name):
    made = comparison(name)
    for width in (80, 100, 120):
        shown = words(report(name, width))
        for line in (*heading(made.estimate), *verdict_lines(made)):
            assert words(line) in shown
        if isinstance(made.estimate.outcome, Maximum):
            for line in tables.statistics(made, made.estimate.maximum):
                assert words(line) in shown


def coefficients(made):
    return tables.coefficients(made.estimate.maximum, tables.labels_of(made.estimate))


@every
def test_no_number_of_a_table_is_cut(name):
    made = comparison(name)
    grids = [tables.solvers(made)]
    if isinstance(made.estimate.outcome, Maximum):
        grids.append(coefficients(made))
    for width in (60, *WIDTHS):
        shown = report(name, width)
        for grid in grids:
            may_go = {*chain(*([part] if isinstance(part, str) else part for part in grid.optional)), *grid.drawings}
            for row in grid.rows:
                for header, cell in zip(grid.headers[1:], row[1:], strict=True):
                    if header not in may_go:
                        assert re.search(rf"(?m)(^|\s){re.escape(cell)}(\s|$)", shown), (width, header, cell)


@every
def test_no_number_is_broken_at_the_blank_between_thousands(name):
    made = comparison(name)
    told = [
        *heading(made.estimate),
        *verdict_lines(made),
        *(rate_lines(made.convergence_rate, made.advice) if made.convergence_rate else ()),
    ]
    wanted = set(re.findall(r"\b\d{1,3}(?: \d{3})+\b", "\n".join(told)))
    if not wanted:
        pytest.skip("no count of a thousand or more")
    for width in range(70, 131):
        shown = report(name, width)
        ends = [re.search(r"\d+$", line) for line in shown.splitlines()]
        starts = [re.match(r"\d{3}\b", line) for line in shown.splitlines()[1:]]
        for value in wanted:
            assert not any(
                end and start and value.endswith(f"{end[0]} {start[0]}")
                for end, start in zip(ends, starts, strict=False)
            ), (width, value)


@every
def test_all_coefficients_are_shown_at_120_columns_in_one_table(name):
    made = comparison(name)
    if not isinstance(made.estimate.outcome, Maximum):
        pytest.skip("there is no maximum")
    lines = report(name, 120).splitlines()
    headers = [*coefficients(made).headers]
    place = next(i for i, line in enumerate(lines) if line.split()[:2] == ["term", "estimate"])
    assert words(lines[place]) == words(" ".join(headers))
    for line, label in zip(lines[place + 1 :], tables.labels_of(made.estimate), strict=False):
        assert line.startswith((label, label[:10]))


@every
def test_decimal_points_of_a_column_stand_below_each_other(name):
    made = comparison(name)
    lines = report(name, 200).splitlines()
    place = next((i for i, line in enumerate(lines) if line.split()[:2] == ["term", "estimate"]), None)
    if place is None:
        pytest.skip("there is no maximum")
    for column in coefficients(made).columns()[1:5]:
        assert len({cell.find(".") - len(cell) for cell in column[1:] if "." in cell}) == 1
        assert all(any(cell in line for line in lines[place:]) for cell in map(str.strip, column))


def test_the_blanks_that_align_points_go_before_a_column_does():
    grid = Grid(("term", "x", "y"), ("y",))
    grid.add("a", "1234567", "1")
    grid.add("b", "0.1234567", "2")
    assert shown_grid(grid, 30) == [
        "term                x  y",
        "a     1234567          1",
        "b           0.1234567  2",
    ]
    assert shown_grid(grid, 20) == ["term          x  y", "a       1234567  1", "b     0.1234567  2"]


@every
def test_the_verdict_is_the_first_thing_said(name):
    made = comparison(name)
    told = words(" ".join(verdict_lines(made)))
    for width in WIDTHS:
        assert words(report(name, width)).startswith(f"{MARKS[tone_of(made)]} {told}")


@every
def test_without_unicode_marks_are_words_and_pictures_go(name):
    made = comparison(name)
    text = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="backslashreplace")
    print_report(fit_report(made), Console(file=text, width=120, highlight=False, color_system=None))
    text.seek(0)
    shown = text.read()
    assert shown.startswith(f"{tone_of(made).value} {verdict_lines(made)[0][:20]}")
    assert not re.search("▁|█|─|●|…|\\\\u2", shown)


@every
def test_every_solver_has_a_line_with_its_status(name):
    made = comparison(name)
    for width in WIDTHS:
        lines = report(name, width).splitlines()
        for fit in made.fits:
            assert any(line.startswith(fit.solver) and line.endswith(tables.verdict(made, fit)) for line in lines)


def test_the_coefficients_of_a_separated_run_are_shown_if_they_are_spoken_of():
    """The verdict says that the coefficients above are where the solvers stopped."""
    shown = report("iris_setosa", 80)
    for fit in comparison("iris_setosa").fits:
        for value in fit.coef:
            assert number(value) in shown


def test_verbose_shows_the_path_of_each_solver():
    brief, long = report("primes", 80), report("primes", 80, verbose=True)
    for fit in comparison("primes").fits:
        for iteration, deviance in fit.deviances():
            assert re.search(rf"(?m)^{iteration} +{deviance:.12g} ", long)
            assert not re.search(rf"(?m)^{iteration} +{deviance:.12g} ", brief)


def test_colours_are_of_headings_and_the_verdict_only():
    """A report without its escape codes is the plain report."""
    text = io.StringIO()
    console = Console(file=text, width=80, force_terminal=True, color_system="standard", highlight=False)
    print_report(fit_report(comparison("primes")), console)
    assert "\x1b[" in text.getvalue()
    assert re.sub(r"\x1b\[[0-9;]*m", "", text.getvalue()) == report("primes", 80)


# Tables and numbers


def shown_grid(grid, width):
    text = io.StringIO()
    grid.print(Console(file=text, width=width))
    return text.getvalue().splitlines()


def test_optional_columns_go_first_and_then_the_table_comes_in_parts():
    grid = Grid(("term", "estimate", "extra", "more"), ("extra", "more"))
    grid.add("a", "1.5", "2.25", "3.125")
    assert shown_grid(grid, 80)[1].split() == ["a", "1.5", "2.25", "3.125"]
    assert shown_grid(grid, 25)[0].split() == ["term", "estimate", "more"]
    assert shown_grid(grid, 18)[0].split() == ["term", "estimate"]
    wide = Grid(("term", "one", "two", "three"))
    wide.add("a", "1", "2", "3")
    assert [line.split() for line in shown_grid(wide, 12)] == [
        ["term", "one"], ["a", "1"], ["term", "two"], ["a", "2"], ["term", "three"], ["a", "3"]
    ]  # fmt: skip


def test_long_labels_are_cut_in_the_middle_and_told_below():
    grid = Grid(("term", "x"))
    for name in ("household_income_before_tax", "household_spending_before_tax"):
        grid.add(name, "1.5")
    shown = shown_grid(grid, 30)
    assert [line.split() for line in shown[1:]] == [["hous…1…_tax", "1.5"], ["hous…2…_tax", "1.5"]] or shown
    assert grid.print(Console(file=io.StringIO(), width=30))[0].endswith(": household_income_before_tax")


def test_wide_characters_count_for_two():
    grid = Grid(("term", "x"))
    grid.add("世帯", "1.5")
    grid.add("abcdef", "2.5")
    assert [cell_len(line) for line in shown_grid(grid, 80)] == [11, 11, 11]


def test_control_characters_of_names_are_shown_and_not_obeyed():
    grid = Grid(("term", "x"))
    grid.add("a\x1b[31m\r\n\x07\u202eb", "1")
    assert shown_grid(grid, 80)[1].startswith("a\\x1b[31m\\r\\n\\x07\\u202eb")


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (number(0.5517759208), "0.55178"),
        (number(-3482258.6346, 8), "-3482258.6"),
        (number(1829.0, 5), "1829.0"),
        (number(1e-300), "1.0000e-300"),
        (number(123456789.0), "1.2346e+08"),
        (number(float("inf")), "inf"),
        (number(0.0), "0.0000"),
        (p_value(0.0499999), "0.050"),
        (p_value(0.0), "<2e-16"),
        (p_value(1.0), "1.0"),
        (small(0.0), "0"),
        (small(12345.6), "1.2e+04"),
        (small(-0.00999), "-1.0e-02"),
        (small(float("nan")), "-"),
        (placed(-1.14923, -3), "-1.149"),
        (placed(-0.0004, -3), "0.000"),
        (placed(123456.0, 2), "123456"),
        (placed(2.02e-6, -9), "2.020e-06"),
        (placed(3.3e12, 7), "3.30000e+12"),
        (placed(0.1, -20), "0.10000000000000001"),
        (placed(float("nan"), -3), "-"),
        (place_of(2.7439), -3),
        (criterion(0.0), "0.0000"),
        (criterion(-128.899), "-128.90"),
        (count(237706), "237,706"),
        (count(0), "0"),
        (count(4.125), "4.1"),
        (count(1e9), "1,000,000,000"),
        (seconds(0.0), "0.00 ms"),
        (seconds(0.99996), "1000.0 ms"),
        (seconds(75.0), "75.00 s"),
    ],
)
def test_numbers_look_as_they_should(shown, expected):
    assert shown == expected


def test_words_at_the_end_of_a_line_are_wrapped_below_each_other():
    grid = Grid(("tool", "remedy"))
    grid.add("scikit-learn", "LogisticRegression(C=np.inf, tol=1e-8)")
    grid.add("R", "glm()")
    assert shown_grid(grid, 44) == [
        "tool          remedy",
        "scikit-learn  LogisticRegression(C=np.inf,",
        "              tol=1e-8)",
        "R             glm()",
    ]


def test_a_result_in_a_notebook_is_one_text(monkeypatch):
    """In a notebook rich writes nothing to the file of a console, and displays each line by itself instead."""
    wanted = str(glmnn.fit("data/primes.csv", solver="fisher"))
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    monkeypatch.delenv("JUPYTER_COLUMNS", raising=False)
    found = str(glmnn.fit("data/primes.csv", solver="fisher"))
    assert found.splitlines()[:9] == wanted.splitlines()[:9]
    assert "Coefficients" in found
