"""What users call, as the time of glmnn divided by the peer's: arrays, frames, files, gradient runs, imports, memory.

Peers take turns with glmnn in one run, and of each the least time counts: in one thread the processor time, which other
work on the machine disturbs least, in two that of the clock. `--quick` takes about five minutes; without it every
number is of more rounds. `--write` puts the table into benchmarks/README.md and docs/speed.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import warnings
from collections.abc import Iterator
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")  # before anybody loads a library that asks

from calls import ARRAYS, FRAMES, beside_r, memory  # noqa: E402
from descents import DESCENTS  # noqa: E402
from processes import processes  # noqa: E402
from timing import Pair, Row, turns  # noqa: E402

HOUSE = Path(__file__).parents[1]
PAGES = (HOUSE / "benchmarks" / "README.md", HOUSE / "docs" / "speed.md")
PLACE = re.compile(r"(?s)(?<=<!-- run\.py -->\n).*?(?=<!-- end -->)")
LIBRARIES = ("numpy", "scipy", "pandas", "numba", "scikit-learn", "statsmodels", "glum", "torch")
HEADER = (
    "| call | peer | the peer takes | glmnn with NumPy | `[fast]`, one thread | `[fast]`, two threads | targets |\n"
    "|---|---|---|---|---|---|---|"
)


def rows_of(quick: bool, only: str) -> Iterator[Row]:
    """Yield the rows of the table as they are measured."""
    rounds = 3 if quick else 9
    for make in (*ARRAYS, *FRAMES, *DESCENTS):
        pair: Pair | str = make(only)
        if isinstance(pair, Pair):
            yield turns(pair, rounds)
        elif pair:
            yield Row(pair)
    yield from beside_r(rounds, only)
    yield from processes(rounds, only)
    yield from memory(only)


def circumstances() -> str:
    """Return date, machine and versions."""
    try:
        found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    except OSError:
        found = None
    machine = found[1].strip() if found else platform.processor() or platform.machine()
    versions = [f"Python {platform.python_version()}"]
    for library in LIBRARIES:
        try:
            versions.append(f"{library} {version(library)}")
        except PackageNotFoundError:
            continue
    try:
        told = subprocess.run(["Rscript", "--version"], capture_output=True, text=True, check=False)
        versions.append(f"R {(told.stdout + told.stderr).split('version ')[1].split()[0]}")
    except (OSError, IndexError):
        pass
    return f"{date.today()}, {os.cpu_count()} cores of {machine}; {', '.join(versions)}; BLAS in one thread."


def main() -> None:
    """Print the table, and write it into its pages if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three rounds of each instead of nine")
    parser.add_argument("--only", default="", help="rows that have this in their name")
    parser.add_argument("--write", action="store_true", help="write the table into benchmarks/README.md, docs/speed.md")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    lines = [circumstances(), "", *HEADER.split("\n")]
    print(*lines, sep="\n")
    for row in rows_of(given.quick, given.only):
        lines.append(str(row))
        print(row, flush=True)
    if given.write:
        for page in PAGES:
            text = page.read_text(encoding="utf-8")
            page.write_text(PLACE.sub(lambda _: "\n".join([*lines, ""]), text), encoding="utf-8")


if __name__ == "__main__":
    main()
