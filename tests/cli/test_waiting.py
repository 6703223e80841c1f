"""The line that says what a command is doing, from one second on, and nothing before, elsewhere or afterwards."""

import io
import sys
import time
from types import SimpleNamespace

import pytest

from glmnn.cli import output
from glmnn.cli import waiting as module
from glmnn.cli.output import say
from glmnn.cli.waiting import CLEAR, waiting
from glmnn.data.sources import csv
from glmnn.data.sources.files import read_table
from glmnn.data.sources.raw import WATCH


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.02)
    monkeypatch.setattr(module, "WAKE", 0.02)
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    monkeypatch.setattr(module, "sys", SimpleNamespace(stderr=stream))
    monkeypatch.setattr(output, "sys", SimpleNamespace(stderr=stream, stdout=sys.stdout))
    return stream


def until(terminal, text):
    for _ in range(500):
        if text in terminal.getvalue():
            return
        time.sleep(0.01)
    raise AssertionError(terminal.getvalue())


def test_the_line_says_what_is_done_and_is_wiped(terminal):
    with waiting("audit", quiet=False):
        until(terminal, f"{CLEAR}audit  0 s")
        WATCH.get()(lambda: "reading big.csv " + "x" * 100)
        until(terminal, "reading big.csv x")
    assert max(map(len, terminal.getvalue().split(CLEAR))) < 80
    assert terminal.getvalue().endswith(CLEAR)


def test_whatever_else_is_shown_wipes_it_first(terminal):
    with waiting("audit", quiet=False):
        until(terminal, "audit")
        say("wrote x.json")
        time.sleep(0.1)
    assert terminal.getvalue().endswith(f"{CLEAR}glmnn: wrote x.json\n")


def test_an_error_wipes_it(terminal):
    def fail():
        with waiting("audit", quiet=False):
            until(terminal, "audit")
            raise ValueError("bad")

    with pytest.raises(ValueError, match="bad"):
        fail()
    assert terminal.getvalue().endswith(CLEAR)


@pytest.mark.parametrize("how", ["quick", "quiet", "dumb", "pipe"])
def test_nothing_is_shown_where_it_is_not_wanted(terminal, monkeypatch, how):
    if how == "quick":
        monkeypatch.setattr(module, "PATIENCE", 1.0)
    if how == "dumb":
        monkeypatch.setenv("TERM", "dumb")
    if how == "pipe":
        monkeypatch.setattr(terminal, "isatty", lambda: False)
    with waiting("audit", quiet=how == "quiet"):
        time.sleep(0.1)
    assert terminal.getvalue() == ""


@pytest.mark.parametrize("large", [0, 10**9])
def test_reading_says_how_much_there_is(tmp_path, monkeypatch, large):
    monkeypatch.setattr(csv, "LARGE", large)
    path = tmp_path / "data.csv"
    path.write_text("x,y\n" + "1.5,0\n" * 200_000)
    stages = []
    token = WATCH.set(lambda stage: stages.append(stage()))
    read_table(str(path))
    WATCH.reset(token)
    assert stages[0].endswith("data.csv  1 MB")
    assert ("lines of 1 MB" if large else "reading  0 of 1 MB") in stages[-1]
