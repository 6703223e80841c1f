"""How soon the command line answers: whole processes, as a ratio to a process to compare with."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from timing import Case, measure, show

ROUNDS = 21
GLMNN = str(Path(sys.executable).parent / "glmnn")
PRIMES = str(Path(__file__).parent.parent / "data" / "primes.csv")
IMPORTS = "import numpy, pandas, scipy.special"
ONE_COMMAND = """
import typer

app = typer.Typer({options})


@app.command()
def main(name: str, count: int = 1) -> None:
    print(name * count)


app()
"""
LIST_MODULES = """
import sys

sys.argv = ["glmnn", "--help"]
from glmnn.cli import main

try:
    main()
finally:
    sys.stderr.write(" ".join(sys.modules))
"""


def process(name: str, *command: str) -> Case:
    return Case(name, lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))


def compare_help() -> None:
    with tempfile.TemporaryDirectory() as folder:
        plain, rich = Path(folder) / "plain_app.py", Path(folder) / "rich_app.py"
        plain.write_text(ONE_COMMAND.format(options="rich_markup_mode=None"))
        rich.write_text(ONE_COMMAND.format(options=""))
        unit = process("a one-command Typer app with plain help", sys.executable, str(plain), "--help")
        cases = [
            unit,
            process("the same with rich help, Typer's default", sys.executable, str(rich), "--help"),
            process("glmnn --help", GLMNN, "--help"),
        ]
        measure(cases, ROUNDS)
    show("--help", cases, unit)
    done = subprocess.run([sys.executable, "-c", LIST_MODULES], check=False, capture_output=True, text=True)
    heavy = {"numpy", "scipy", "pandas", "statsmodels", "rich"} & set(done.stderr.split())
    print(f"\nheavy modules that glmnn --help imports: {', '.join(sorted(heavy)) or 'none'}")


def compare_fit() -> None:
    unit = process(f"python -c '{IMPORTS}'", sys.executable, "-c", IMPORTS)
    cases = [unit, process("glmnn fit data/primes.csv --solver both", GLMNN, "fit", PRIMES, "--solver", "both")]
    measure(cases, ROUNDS)
    show("A small fit", cases, unit)


if __name__ == "__main__":
    compare_help()
    compare_fit()
