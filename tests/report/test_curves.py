"""Curves in braille: known pictures, the places of ticks and letters, and no room."""

import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from command import on_terminal
from command import run as run_command
from glmnn.data.sources.files import read_table
from glmnn.fitting.compare import run
from glmnn.fitting.curves import levels_of, picture_of
from glmnn.fitting.options import FitOptions
from glmnn.fitting.plan import make_spec
from glmnn.report.curves import Curve, Picture, _letters, drawn, has_room, print_picture

ESCAPE = "\x1b"


def picture(*curves, **options):
    return Picture("title", [Curve(name, np.array(x, float), np.array(y, float)) for name, x, y in curves], **options)


def body(lines):
    return [line.plain for line in lines]


def test_a_known_picture():
    """A value holds until the next state: no slope is drawn that was not there."""
    lines = body(drawn(picture(("steps", [0, 1, 2, 4], [4, 2, 2, 0]), logarithmic=False), 31, 8))
    assert lines == [
        "title",
        "      4 ┤⠉⠉⠉⠉⠉⡇",
        "      2 ┤     ⣇⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀",
        "        │                   ⢸",
        "      0 ┤                   ⢸s",
        "        └┬────┬────┬───┬────┬",
        "         0    1    2   3    4",
        "s steps",
    ]


def test_zero_has_a_tick_of_its_own_below_the_powers_of_ten():
    lines = body(drawn(picture(("f", [1, 2, 3], [1.0, 1e-3, 0.0]), ("g", [1, 10, 100], [1.0, 0.1, 1e-4]))))
    ticks = [line[:7].strip() for line in lines[1:-3] if "┤" in line]
    assert ticks[-1] == "0"
    assert ticks[0] == "1"
    assert lines[-4].endswith("f")


def test_numbers_of_the_axes_are_short():
    lines = body(drawn(picture(("a", [0, 1000, 100_000], [1e4, 1.0, 1e-12]))))
    assert lines[-2].split() == ["0", "1", "10", "100", "1,000", "10,000"]  # there is no room for another
    assert not any("0.4166" in line or "e-012" in line for line in lines)
    assert max(map(len, lines)) <= 72
    assert len(lines) == 14


def test_each_curve_has_a_letter_at_its_end_and_below():
    names = ["gd", "gd[lr=0.1]", "fisher", "statsmodels", "sgd"]
    lines = body(drawn(picture(*((name, [0, 1, 10 + k], [1.0, 0.1, 10.0**-k]) for k, name in enumerate(names, 1)))))
    letters = [part.split(" ")[0] for part in lines[-1].split("  ")]
    assert len(set(letters)) == 5
    for letter in letters:
        assert any(letter in line[9:] for line in lines[1:-3]), letter


def test_ends_in_one_place_keep_their_letters():
    lines = body(drawn(picture(*((name, [0, 10], [1.0, 0.1]) for name in "abcdef"))))
    assert all(any(letter in line[9:] for line in lines[1:-3]) for letter in "abcdef")


def test_more_names_than_letters():
    letters = _letters([f"gd[lr=0.{k}]" for k in range(60)])
    assert len(set(letters[:52])) == 52
    assert set(letters[52:]) == {"*"}


def test_a_hundred_thousand_states_are_drawn_within_a_blink():
    rng = np.random.default_rng(1)
    many = np.arange(100_000.0)
    lines = drawn(picture(("s", many, rng.random(100_000) + 0.01)))
    assert len(lines) == 14


def test_states_that_are_not_finite_are_left_out():
    lines = body(drawn(picture(("a", [0, 1, 2], [1.0, np.nan, 0.1]), ("b", [0, 1], [np.nan, np.inf]))))
    assert lines[-1] == "a a"
    assert drawn(picture(("b", [0, 1], [np.nan, np.inf]))) == []


@pytest.mark.parametrize(("width", "encoding", "term", "room"), [
    (60, "utf-8", "xterm", True), (59, "utf-8", "xterm", False), (80, "ascii", "xterm", False),
    (80, "utf-8", "dumb", False),
])  # fmt: skip
def test_where_there_is_room(monkeypatch, width, encoding, term, room):
    monkeypatch.setenv("TERM", term)
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    assert has_room(Console(file=file, width=width)) is room


@pytest.fixture(scope="module")
def fitted():
    options = FitOptions(solver=["fisher", "gd", "adam"])
    return run(make_spec(options), read_table("data/primes.csv"))


@pytest.mark.parametrize("width", [60, 80, 120])
def test_snapshots(fitted, width):
    """The picture is at most 72 columns wide, whatever the screen; its words are the same everywhere."""
    file = io.StringIO()
    print_picture(picture_of(fitted), Console(file=file, width=width, color_system=None))
    lines = file.getvalue().splitlines()
    assert lines[0] == "Distance from the maximum in SE, by passes over the data"
    assert lines[-1] == "f fisher  g gd  a adam"
    assert lines[-2].split() == ["0", "1", "10", "100"]
    assert max(map(len, lines)) <= min(width, 72)
    assert len(lines) == 14
    assert "0 ┤" in lines[-4]
    assert any(0x2800 < ord(letter) < 0x2900 for line in lines for letter in line)


def test_the_table_in_its_stead_says_the_same(fitted):
    rows = {row[0]: row[1:] for row in levels_of(fitted).rows}
    assert rows["gd"][:3] == ["6", "11", "20"]  # as glmnn race has them


def test_a_pipe_gets_no_escape_codes():
    out = run_command("fit", "data/primes.csv", "--plot").out
    assert "Distance from the maximum in SE" in out
    assert ESCAPE not in out
    ascii_only = run_command("fit", "data/primes.csv", "--plot", COLUMNS="50").out
    assert not any(0x2800 < ord(letter) < 0x2900 for letter in ascii_only)
    assert "solver  1  0.1" in " ".join(ascii_only.split("\n"))


def test_a_terminal_gets_colours():
    code, text = on_terminal("fit", "data/primes.csv", "--plot", COLUMNS="80")
    assert code == 0
    assert f"{ESCAPE}[36m" in text or f"{ESCAPE}[1;36m" in text


@pytest.mark.parametrize("extra", [("--json",), ("--output", "x.txt"), ("--format", "md")])
def test_curves_go_to_the_terminal_alone(extra, tmp_path, monkeypatch):
    data = Path("data/primes.csv").resolve()
    monkeypatch.chdir(tmp_path)
    ended = run_command("fit", data, "--plot", *extra)
    assert ended.code == 2
    assert "--plot draws below the tables" in ended.err
    assert list(tmp_path.iterdir()) == []


def test_plotille_is_loaded_only_for_curves():
    import subprocess
    import sys

    script = "import sys; from glmnn.cli import main; sys.argv = ['glmnn', 'fit', 'data/primes.csv']\n"
    check = "\ntry:\n    main()\nexcept SystemExit:\n    pass\nassert 'plotille' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", script + check], capture_output=True, check=False).returncode == 0
