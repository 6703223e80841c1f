"""Every command ends in an exit code that says what happened, whatever the streams, the terminal and the bugs."""

import io
import os
import subprocess
import sys

import pytest

from glmnn.cli import main

PRIMES = "data/primes.csv"
COMMANDS = [
    ["fit", PRIMES], ["fit", PRIMES, "--json"], ["check", "configs/locks/primes.toml"], ["datasets"], ["solvers"],
    ["schema"], ["simulate", "-n", "200"], ["gradcheck", PRIMES], ["--help"], ["fit", "--help"],
]  # fmt: skip


def run(monkeypatch, *arguments, out=None, err=None):
    """Run the command line in this process; return exit code, what stdout holds and what stderr holds."""
    texts = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
    monkeypatch.setattr(sys, "argv", ["glmnn", *arguments])
    monkeypatch.setattr(sys, "stdout", texts[0] if out is None else out)
    monkeypatch.setattr(sys, "stderr", texts[1] if err is None else err)
    with pytest.raises(SystemExit) as ended:
        main()
    for text in texts:
        text.flush()
    return ended.value.code, *(text.buffer.getvalue().decode() for text in texts)


@pytest.fixture
def broken():
    """Return a stream whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        yield stream


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_reader_that_has_gone_is_no_verdict(monkeypatch, broken, arguments):
    assert run(monkeypatch, *arguments, out=broken) == (141, "", "")


def test_both_readers_may_have_gone(monkeypatch, broken):
    assert run(monkeypatch, "fit", PRIMES, out=broken, err=broken)[0] == 141
    assert run(monkeypatch, "fit", "missing.csv", err=broken)[0] == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_full_disk_is_no_verdict(monkeypatch, arguments):
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123
        code, _, err = run(monkeypatch, *arguments, out=full)
    assert (code, err) == (2, "glmnn: standard output: No space left on device\n")


CLOSED = """
import os, sys
for stream in sys.argv.pop(1): os.close(int(stream))
os.execv(sys.executable, [sys.executable, "-m", "glmnn", *sys.argv[1:]])
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("closed", "arguments", "code", "out", "err"),
    [
        ("1", ["fit", PRIMES], 2, b"", b"glmnn: standard output: Bad file descriptor\n"),
        ("2", ["fit", PRIMES, "--csv"], 0, b"term,", b""),
        ("0", ["fit", PRIMES, "--csv"], 0, b"term,", b""),
        ("0", ["fit", "-"], 2, b"", b"glmnn: nothing on standard input"),
        ("012", ["fit", "missing.csv"], 2, b"", b""),
    ],
)
def test_a_program_started_without_a_stream(closed, arguments, code, out, err):
    """As with `>&-`: nothing is written into the file that gets the number of the closed stream."""
    command = [sys.executable, "-c", CLOSED, closed, *arguments]
    ended = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=False)
    assert (ended.returncode, ended.stdout[: len(out)], ended.stderr[: len(err)]) == (code, out, err)


def test_results_go_to_a_file_without_standard_output(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "argv", ["glmnn", "fit", PRIMES, "-q", "--output", str(tmp_path / "fit.json")])
    with pytest.raises(SystemExit) as ended:
        main()
    sys.stdout.close()
    assert ended.value.code == 0
    assert (tmp_path / "fit.json").read_text().startswith("{")


@pytest.mark.parametrize("text", ["0", "00", "²", "١٠٠", "-5", "abc", "1e2", " 80", "8" * 30, ""])
def test_a_width_that_is_none_is_as_none(monkeypatch, text):
    monkeypatch.delenv("COLUMNS", raising=False)
    usual = run(monkeypatch, "datasets")
    monkeypatch.setenv("COLUMNS", text)
    monkeypatch.setenv("LINES", text)
    assert usual[0] == 0
    assert run(monkeypatch, "datasets") == usual
    assert run(monkeypatch, "fit", PRIMES)[0] == 0
    assert run(monkeypatch, "fit", "--help")[0] == 0


@pytest.mark.parametrize("columns", ["²", "0", "1", "20"])
@pytest.mark.parametrize("term", ["dumb", "", "no-such-terminal", None])
def test_any_terminal_will_do(monkeypatch, columns, term):
    class Screen(io.TextIOWrapper):
        def isatty(self):
            return True

    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.delenv("TERM", raising=False)
    if term is not None:
        monkeypatch.setenv("TERM", term)
    screen = Screen(io.BytesIO(), encoding="ascii")
    assert run(monkeypatch, "fit", PRIMES, out=screen)[0] == 0
    assert b"Agree" in screen.buffer.getvalue() or b"gree" in screen.buffer.getvalue()


def raising(error):
    def fail(*_):
        raise error

    return fail


def test_an_exception_that_is_not_ours_is_one_line_with_its_place(monkeypatch):
    monkeypatch.setattr("glmnn.data.sources.files.read_table", lambda *_: 1 / 0)
    code, out, err = run(monkeypatch, "fit", PRIMES)
    assert (code, out) == (70, "")
    assert err.startswith("glmnn: this is a bug in glmnn, not in your data: ZeroDivisionError in data/sources/")
    assert err.count("\n") == 1
    assert "division by zero" in err
    assert "GLMNN_TRACEBACK=1" in err
    monkeypatch.setenv("GLMNN_TRACEBACK", "1")
    code, _, err = run(monkeypatch, "fit", PRIMES)
    assert code == 70
    assert "Traceback (most recent call last)" in err
    assert err.endswith("ZeroDivisionError: division by zero\n")


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (MemoryError(), 2, "not enough memory"),
        (RecursionError("maximum recursion depth exceeded"), 70, "nested too deeply"),
        (KeyError("\x1b[31m" + "x" * 5000), 70, "KeyError in data/sources/files.py"),
        (OSError(5, "Input/output error", "data.csv"), 2, "data.csv: Input/output error"),
        (KeyboardInterrupt(), 130, ""),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), 70, "UnicodeDecodeError"),
    ],
)
def test_every_exception_has_its_words(monkeypatch, error, code, words):
    monkeypatch.setattr("glmnn.data.sources.files.read_table", raising(error))
    ended, out, err = run(monkeypatch, "fit", PRIMES)
    assert (ended, out) == (code, "")
    assert words in err
    assert err.removesuffix("\n").isprintable()
    assert len(err) < 700


LOADING = """
import os, signal, sys

class Press:
    def find_spec(self, name, *_):
        if name == os.environ["PRESS_AT"]:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Press())
from glmnn.cli import main
main()
"""


@pytest.mark.parametrize("module", ["glmnn.cli.endings", "typer", "numpy", "rich.console"])
def test_ctrl_c_while_modules_are_loaded(module):
    """SIGINT may be ignored where the tests run, and that is inherited: the child restores what Python does."""
    restored = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)" + LOADING
    command = [sys.executable, "-c", restored, "fit", PRIMES]
    environment = {**os.environ, "PRESS_AT": module}
    ended = subprocess.run(command, capture_output=True, env=environment, timeout=60, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, b"", b"glmnn: interrupted\n")
