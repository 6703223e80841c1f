"""Live progress: a line from one second on, ten times a second, within the terminal, and gone at the end."""

from itertools import pairwise
from types import SimpleNamespace

import pytest

from glmnn.cli.progress import Progress, expected
from glmnn.networks.training import Loss
from glmnn.solvers.stopping import Look

WIPE = "\r\x1b[K"


@pytest.fixture
def screen(monkeypatch, capsys):
    """A terminal, and a clock that the test moves."""
    monkeypatch.setattr("glmnn.report.curves.has_room", lambda _console: True)
    written = []

    def text():
        written.append(capsys.readouterr().err)
        return "".join(written)

    return SimpleNamespace(seconds=0.0, text=text)


def look(iteration, decrement, deviance=2.0 * 248 * 0.392238):
    return Look(iteration, deviance, decrement, 0.0)


def test_nothing_is_said_within_a_second(screen):
    with Progress(1e-8, now=lambda: screen.seconds) as progress:
        watch = progress("gd", 248)
        for step in range(9):
            screen.seconds = 0.1 * step
            watch(look(step, 1.0), 100_000)
        assert screen.text() == ""


def test_a_line_says_how_far_it_is_and_how_long_it_will_take(screen):
    with Progress(1e-8, now=lambda: screen.seconds) as progress:
        watch = progress("gd", 248)
        watch(look(2_100, 6.9e-02), 100_000)
        screen.seconds = 2.1
        watch(look(4_200, 6.9e-03), 100_000)
    # a decade in 2,100 updates, and 5.84 decades to go: 12,262 further ones, at 2,000 a second
    assert screen.text().split(WIPE)[1] == "gd  4,200 of ~16,461  loss 0.392238  6.9e-03 SE  6.1 s left"
    assert screen.text().endswith(WIPE)


def test_ten_lines_a_second_at_most(screen):
    with Progress(1e-8, now=lambda: screen.seconds) as progress:
        watch = progress("sgd", 248)
        for step in range(1, 3000):
            screen.seconds = step / 1000.0
            watch(look(step, 1.0 / step), 100_000)
    lines = [line for line in screen.text().split(WIPE) if line]
    assert 18 <= len(lines) <= 21  # in two seconds
    assert all(first != second for first, second in pairwise(lines))


def test_a_line_fits_the_terminal(screen):
    """A line that wraps cannot be wiped."""
    with Progress(1e-8, now=lambda: screen.seconds) as progress:
        watch = progress("momentum[decay=0.999,lr=0.0001,weight_decay=0.001]", 10**9)
        screen.seconds = 5.0
        watch(look(99_999_999, 123.456, 1e300), 100_000_000)
    assert max(map(len, screen.text().split(WIPE))) < 80


def test_a_look_at_the_score_alone_shows_no_loss_of_another_look(screen):
    with Progress(1e-8, now=lambda: screen.seconds) as progress:
        watch = progress("gd", 248)
        watch(look(1, 1.0), 100_000)
        screen.seconds = 2.0
        watch(look(2, 0.5, float("nan")), 100_000)
    assert "gd  2 of ~27  5.0e-01 SE" in screen.text()


def test_what_does_not_come_nearer_goes_on_to_the_limit():
    assert expected([(10, 0.1), (20, 0.2)], 1e-8, 5000) == 5000
    assert expected([(10, 0.1), (20, 0.01)], 1e-8, 25) == 25
    assert expected([(10, 0.1), (20, 1e-9)], 1e-8, 5000) == 20


def test_curves_are_drawn_twice_a_second_and_wiped(screen):
    with Progress(1e-8, curves=True, now=lambda: screen.seconds) as progress:
        watch = progress("gd", 248)
        for step in range(1, 300):
            screen.seconds = step / 100.0
            watch(look(step, 1.0 / step), 100_000)
    assert 4 <= screen.text().count("Newton's step in SE") <= 5
    drawn = screen.text().split("Newton's step in SE")[1].split(WIPE)[0]
    height = drawn.count("\n")
    assert screen.text().count(f"\r\x1b[{height}A\x1b[J") == screen.text().count("Newton's step in SE")


def test_training_is_told_by_epochs_with_the_loss_on_rows_held_out(screen):
    with Progress(now=lambda: screen.seconds) as progress:
        progress.looked(Loss(0, 0.7, 0.71), 5000, 10)
        progress.looked(Loss(10, 0.6, 0.60), 5000, 10)
        screen.seconds = 2.0
        progress.looked(Loss(1000, 0.5, 0.65), 5000, 10)
        progress.tested(3, 5, 1.0949, 1.0854)
    lines = screen.text().split(WIPE)
    assert lines[1] == "epoch 100 of 500  loss 0.500000  held out 0.650000, lowest 0.600000 in 1  8.0 s left"[:79]
    assert lines[2] == "fold 3 of 5  held out: GLM 1.0949  network 1.0854"
