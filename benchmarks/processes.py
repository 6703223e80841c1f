"""Whole processes: files from the command line, and how soon Python has `glmnn.fit`."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from calls import drawn
from timing import Row

GLMNN = [sys.executable, "-m", "glmnn"]
IMPORTS = "import numpy, pandas, scipy.special"


def seconds(command: list[str]) -> float:
    """Return the processor time of a process."""
    child = os.posix_spawn(
        command[0],
        command,
        dict(os.environ),
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, used = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"{' '.join(command)} failed")
    return used.ru_utime + used.ru_stime


def compared(name: str, peer: str, ours: list[str], theirs: list[str], target: str, rounds: int) -> Row:
    """Return the row of two processes that take turns."""
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds + 1)][1:]  # the first warms up
    best = [min(side) for side in zip(*pairs, strict=True)]
    return Row.of(name, peer, best[0], best[1], target)


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
            yield compared(f"glmnn fit 1,000,000 x 10: {kind}", f"pandas.{reads}", ours, theirs, "2", min(rounds, 3))
    if only in "import glmnn; glmnn.fit":
        ours = [sys.executable, "-c", "import glmnn; glmnn.fit"]
        yield compared("import glmnn; glmnn.fit", IMPORTS, ours, [sys.executable, "-c", IMPORTS], "1.05", rounds)
