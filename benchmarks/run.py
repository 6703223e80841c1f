"""What users call, as the time of glmnn divided by the peer's: arrays, frames, files, gradient runs, imports, memory.

Peers take turns with glmnn in one run, and of each the least time counts: the processor time of one thread, which other
work on the machine disturbs least. `--quick` takes about five minutes; without it every number is of more rounds.
"""

from __future__ import annotations

import argparse
import os
import platform
import warnings
from collections.abc import Iterator
from datetime import date

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")  # before anybody loads a library that asks

from calls import ARRAYS, FRAMES, memory  # noqa: E402
from descents import DESCENTS  # noqa: E402
from processes import processes  # noqa: E402
from timing import Pair, Row, turns  # noqa: E402

HEADER = "| call | peer | glmnn | peer | ratio | target |\n|---|---|---|---|---|---|"


def rows_of(quick: bool, only: str) -> Iterator[Row]:
    """Yield the rows of the table as they are measured."""
    for make in (*ARRAYS, *FRAMES, *DESCENTS):
        pair: Pair | str = make(only)
        if isinstance(pair, Pair):
            yield turns(pair, 3 if quick else 9)
        elif pair:
            yield Row(pair)
    yield from processes(3 if quick else 9, only)
    if only in "memory":
        yield from memory()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three rounds of each instead of nine")
    parser.add_argument("--only", default="", help="rows that have this in their name")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{date.today()}, {platform.processor() or platform.machine()}, Python {platform.python_version()}\n")
    print(HEADER)
    for row in rows_of(given.quick, given.only):
        print(row, flush=True)


if __name__ == "__main__":
    main()
