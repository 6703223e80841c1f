"""Whole processes: files from the command line, and how soon Python has `glmnn.fit`."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from calls import drawn
from timing import WAYS, Row, Took, cell, milliseconds, ways

GLMNN = [sys.executable, "-m", "glmnn"]
IMPORTS = "import numpy, pandas, scipy.special"


def seconds(command: list[str], kernels: str = "auto", threads: int = 1) -> Took:
    """Return what a process took."""
    began = perf_counter()
    child = os.posix_spawn(
        command[0],
        command,
        {**os.environ, "GLMNN_KERNELS": kernels, "GLMNN_THREADS": str(threads)},
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, used = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"{' '.join(command)} failed")
    return Took(used.ru_utime + used.ru_stime, perf_counter() - began)


def compared(
    name: str,
    peer: str,
    ours: list[str],
    theirs: list[str],
    targets: tuple[str, ...],
    rounds: int,
    kernels: bool = True,
) -> Row:
    """Return the row of processes that take turns; kernels are loaded where glmnn itself would load them."""
    took: dict[str, list[Took]] = {}
    for _ in range(rounds + 1):
        for way in ways(kernels):
            asked, threads = WAYS[way]
            took.setdefault(way, []).append(seconds(ours, "numpy" if asked == "numpy" else "auto", threads))
        took.setdefault("peer", []).append(seconds(theirs))
    least = {way: Took(*map(min, zip(*seen[1:], strict=True))) for way, seen in took.items()}  # the first warms up
    peers = least["peer"]
    cells = [
        cell(least[way].wall, peers.wall) if way == "two" else cell(least[way].processor, peers.processor)
        for way in ways(kernels)
    ]
    return Row(name, peer, milliseconds(peers.processor), tuple(cells), targets)


def written(folder: Path) -> dict[str, Path]:
    """Write 1,000,000 x 10 as plain CSV, with a quoted header, and as Parquet where pyarrow is installed."""
    X, y = drawn(1_000_000, 10)
    frame = pd.DataFrame(np.round(X, 6), columns=[f"x{j}" for j in range(10)]).assign(y=y.astype(int))
    paths = {"CSV plain": folder / "plain.csv", "CSV quoted": folder / "quoted.csv"}
    frame.to_csv(paths["CSV plain"], index=False)
    header, _, body = paths["CSV plain"].read_text().partition("\n")
    quoted = ",".join(f'"{name}"' for name in header.split(","))
    paths["CSV quoted"].write_text(f"{quoted}\n{body}")
    try:
        frame.to_parquet(folder / "rows.parquet")
    except ImportError:
        return paths
    return {**paths, "Parquet": folder / "rows.parquet"}


def processes(rounds: int, only: str) -> Iterator[Row]:
    """Yield the rows of whole processes."""
    with tempfile.TemporaryDirectory() as folder:
        paths = written(Path(folder)) if only in "glmnn fit 1,000,000 x 10: CSV Parquet" else {}
        for kind, path in paths.items():
            reads = "read_parquet" if path.suffix == ".parquet" else "read_csv"
            theirs = [sys.executable, "-c", f"import pandas; pandas.{reads}({str(path)!r})"]
            ours = [*GLMNN, "fit", str(path), "--solver", "fisher"]
            name, peer = f"glmnn fit 1,000,000 x 10: {kind}", f"a process with pandas.{reads}"
            yield compared(name, peer, ours, theirs, ("2", "1.7"), min(rounds, 3))
    if only in "import glmnn; glmnn.fit":
        ours = [sys.executable, "-c", "import glmnn; glmnn.fit"]
        yield compared(
            "import glmnn; glmnn.fit", IMPORTS, ours, [sys.executable, "-c", IMPORTS], ("1.05",), rounds, False
        )
