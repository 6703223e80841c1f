"""The command line run in this process: what a process of its own would say, without importing everything again."""

import io
import sys
from typing import NamedTuple

import pytest

from glmnn.cli import main


class Ran(NamedTuple):
    """What a command ended with: its exit code, its output and what it said on stderr."""

    code: int
    out: str
    err: str


@pytest.fixture
def glmnn(monkeypatch, capsys):
    """Run the command line in this process, as in a terminal of 100 columns that is not one.

    The fixture is `glmnn(*arguments, stdin=None, **environment)`: `stdin` as text or bytes, and variables of the
    environment that are set, or removed where they are None.
    """
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments, stdin=None, **environment):
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.delenv(name, raising=False) if value is None else patch.setenv(name, value)
            patch.setattr(sys, "argv", ["glmnn", *map(str, arguments)])
            if stdin is not None:
                content = stdin.encode() if isinstance(stdin, str) else stdin
                patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))
            capsys.readouterr()
            with pytest.raises(SystemExit) as ended:
                main()
        return Ran(ended.value.code, *capsys.readouterr())

    return run
