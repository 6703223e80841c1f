"""The command line under test: in this process, which imports everything once, or in a process of its own.

What has to do with processes (start-up, pipes, signals, terminals) needs `started` or `on_terminal`. Everything else is
said by `run` too, a hundred times faster.
"""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from glmnn.cli import main

COMMAND = [sys.executable, "-m", "glmnn"]
PLAIN = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "TERM": "xterm-256color", "COLUMNS": "100"}
PIPE = {"COLUMNS": "100", "NO_COLOR": None, "FORCE_COLOR": None, "GITHUB_ACTIONS": None}  # what reports depend on
KERNELS = {name: value for name, value in os.environ.items() if name.startswith("OPENBLAS_")}


class Ran(NamedTuple):
    """What a command ended with: its exit code, its output and what it said on stderr."""

    code: int
    out: str
    err: str


def run(*arguments: object, stdin: str | bytes = b"", **environment: str | None) -> Ran:
    """Run the command line in this process with pipes for its streams.

    `environment` holds variables to set for the run, or to remove where they are None: `run("fit", "-", **PIPE)`.
    """
    given = stdin.encode() if isinstance(stdin, str) else stdin
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.delenv(name, raising=False) if value is None else patch.setenv(name, value)
        patch.setattr(sys, "argv", ["glmnn", *map(str, arguments)])
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), encoding="utf-8"))
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        with pytest.raises(SystemExit) as ended:
            main()
    return Ran(ended.value.code, *(_written(stream) for stream in (out, err)))


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode("utf-8")


def _listen() -> None:
    """Let Ctrl-C interrupt a child even where it is ignored, as in what a script started in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def started(*arguments: object, environment: dict[str, str] | None = None, **named: Any) -> Iterator[subprocess.Popen]:
    """Start the command line in a process of its own, which does not outlive the block."""
    with subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        env={**PLAIN, **KERNELS} if environment is None else environment,
        preexec_fn=_listen if os.name == "posix" else None,
        **named,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def on_terminal(*arguments: object, **environment: str) -> tuple[int, str]:
    """Run the command line on a pseudo-terminal; return its exit code and what it wrote there.

    Its width is that of the terminal, unless COLUMNS is among the variables in `environment`.
    """
    import pty  # where there is no terminal of this kind, the other tests still run

    control, terminal = pty.openpty()
    plain = {name: value for name, value in {**PLAIN, **KERNELS}.items() if name != "COLUMNS"}
    with started(
        *arguments, environment={**plain, **environment}, stdin=terminal, stdout=terminal, stderr=terminal
    ) as process:
        os.close(terminal)
        parts = []
        try:
            while part := os.read(control, 65536):
                parts.append(part)
        except OSError:  # how Linux says that the other end is closed
            pass
        code = process.wait(timeout=60)
    os.close(control)
    return code, b"".join(parts).decode()


@pytest.fixture
def glmnn(monkeypatch):
    """Run the command line in this process: `glmnn(*arguments, stdin=b"", **environment)`."""
    for name, value in PIPE.items():
        monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, value)
    return run
