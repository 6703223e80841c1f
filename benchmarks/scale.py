"""Beyond memory and beyond one machine: time, peak memory, passes and bits of a logistic fit of up to 16,000,000 rows.

Each run is a process of its own, so that its peak memory is its own and that of the processes it starts. Peers are
NumPy's normal equations over batches of polars and of DuckDB, stopped as R's glm stops: neither fits a model itself.
Whatever does not hold all rows runs under the same limit of memory (RLIMIT_DATA), at which an allocation fails: the
batches of polars' streaming engine, which need more, are shown without it too, and polars file by file is what somebody
with so little memory would write. `--rows 1000000` makes everything smaller; `--write` puts the table into
docs/large.md. On two idle cores it takes less than ten minutes.
"""

from __future__ import annotations

import argparse
import json
import operator
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

PAGE = Path(__file__).parents[1] / "docs" / "large.md"
PLACE = re.compile(r"(?s)(?<=<!-- scale\.py -->\n).*?(?=<!-- end -->)")
ROUNDS = 3  # of runs whose times are compared, in turns
COLUMNS, FILES, LEVELS = 17, 32, "abcd"  # with the intercept and the levels of a factor 21 coefficients
LIMIT = 1_500_000_000  # bytes of a process that does not hold all rows, libraries and their threads included
MEMORY = "1GB"  # of DuckDB, which needs room beside what it counts
MEGABYTE = 1e6


def write_rows(folder: Path, rows: int) -> None:
    """Write `FILES` Parquet files, always the same for the same number of rows."""
    import numpy as np
    import pyarrow as arrow
    from pyarrow import parquet

    truth = np.random.default_rng(0).standard_normal(COLUMNS) * 0.2
    size = rows // FILES
    for first in range(0, size * FILES, size):
        rng = np.random.default_rng(first)
        X, code = rng.standard_normal((size, COLUMNS)), rng.integers(0, 4, size)
        y = rng.random(size) < 1.0 / (1.0 + np.exp(0.3 - X @ truth - 0.1 * code))
        columns = {f"x{j}": X[:, j] for j in range(COLUMNS)}
        columns |= {"g": arrow.array(np.array(list(LEVELS))[code]).dictionary_encode(), "y": y.astype(np.int8)}
        table = arrow.table(columns)
        parquet.write_table(table, folder / f"part-{first:09d}.parquet", compression="none", use_dictionary=["g"])


# what a child does


def fit(asked: dict[str, object]) -> dict[str, object]:
    """Fit by glmnn; return times, passes and all bits."""
    from glmnn.fitting.compare import run
    from glmnn.fitting.options import FitOptions
    from glmnn.fitting.plan import make_spec
    from glmnn.fitting.rows import read_rows

    workers = asked.pop("dask", None)
    path = asked.pop("path")
    cluster = None
    if workers:
        import distributed

        cluster = distributed.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
        asked |= {"engine": "dask", "scheduler": cluster.scheduler_address}
    options = FitOptions(solver=["fisher"], target="y", **asked)  # type: ignore[arg-type]
    began = time.perf_counter()
    table = read_rows(path, options)
    read = time.perf_counter()
    estimate = run(make_spec(options), table).estimate
    ended = time.perf_counter()
    gone = getattr(estimate.design.data, "run", None)
    bits = estimate.maximum.coef.tobytes().hex() + estimate.maximum.std_error.tobytes().hex()
    found = {"read": read - began, "fit": ended - read, "bits": bits}
    found |= {"passes": 1 + gone.passes, "bytes": gone.bytes_read} if gone else {}
    found["others"] = others(gone.engine) if gone else 0
    if cluster is not None:
        cluster.close()
    return found


def others(engine: object) -> int:
    """Return the peak memory of the processes of an engine, in bytes."""
    from glmnn.engines.memory import peak_memory

    if engine.name == "processes":
        return engine.workers * max(engine.each(operator.call, peak_memory, [()] * 4 * engine.workers))
    return sum(engine.client.run(peak_memory).values()) if engine.name == "dask" else 0


def peer(asked: dict[str, object]) -> dict[str, object]:
    """Fit by NumPy over the batches of polars or DuckDB, as nobody does it for you there."""
    import numpy as np

    path = f"{asked['path']}/*.parquet"
    files = sorted(Path(str(asked["path"])).glob("*.parquet"))
    names = [f"x{j}" for j in range(COLUMNS)]

    def batches():
        if asked["peer"] != "duckdb":
            import polars as pl

            code = pl.col("g").cast(pl.String).replace_strict(dict(zip(LEVELS, range(4), strict=True)))
            if asked["peer"] == "polars":
                every = pl.scan_parquet(path).with_columns(code).collect_batches(maintain_order=True)
            else:
                every = (pl.read_parquet(file).with_columns(code) for file in files)
            for frame in every:
                for batch in frame.iter_slices(1 << 16):
                    yield batch.select(names).to_numpy(), batch["g"].to_numpy(), batch["y"].to_numpy()
        else:
            import duckdb

            con = duckdb.connect()
            con.sql(f"set memory_limit = '{MEMORY}'")
            found = con.sql(f"select {', '.join(names)}, ascii(g) - ascii('a') as g, y from '{path}'")
            reader = (
                found.to_arrow_reader(1 << 16)
                if hasattr(found, "to_arrow_reader")
                else found.fetch_arrow_reader(1 << 16)
            )
            for batch in reader:
                X = np.column_stack([batch.column(name).to_numpy() for name in names])
                yield X, batch.column("g").to_numpy(), batch.column("y").to_numpy()

    began, coef, before, passes = time.perf_counter(), np.zeros(COLUMNS + 4), np.inf, 0
    while True:
        information, score, deviance = np.zeros((coef.size, coef.size)), np.zeros(coef.size), 0.0
        for X, g, y in batches():
            Z = np.column_stack([np.ones(len(X)), X, g[:, None] == np.arange(1, 4)])
            mu = 1.0 / (1.0 + np.exp(-(Z @ coef)))
            information += (Z * (mu * (1.0 - mu))[:, None]).T @ Z
            score += (y - mu) @ Z
            deviance -= 2.0 * np.log(np.where(y == 1, mu, 1.0 - mu)).sum()
        passes += 1
        if abs(deviance - before) / (abs(deviance) + 0.1) < 1e-8:
            break
        coef, before = coef + np.linalg.solve(information, score), deviance
    return {"read": 0.0, "fit": time.perf_counter() - began, "passes": passes, "bits": ""}


def child(text: str) -> None:
    """Do what is asked and print what it cost."""
    from glmnn.engines.memory import peak_memory

    asked = json.loads(text)
    if asked.pop("limited", True):
        resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))
    found = peer(asked) if "peer" in asked else fit(asked)
    found["peak"] = peak_memory() + found.pop("others", 0)
    print("\n" + json.dumps(found))


# what the parent does


def asked(path: str, **how: object) -> dict[str, object]:
    """Return what a child says of a run."""
    environment = {**os.environ, **{str(key): str(how.pop(key)) for key in [key for key in how if key.isupper()]}}
    command = [sys.executable, __file__, "--child", json.dumps({"path": path, **how})]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode and "peer" in how:  # not with so little memory
        return {}
    if done.returncode:
        raise SystemExit(f"{how}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def line(what: str, found: dict[str, object]) -> str:
    """Return a row of the table."""
    if not found:
        return f"| {what} | | fails within {LIMIT / 1e9:.1f} GB | | |"
    read, taken = float(found["read"]), float(found["fit"])
    passes = f"{found['passes']:.2f}" if "passes" in found else ""
    return f"| {what} | {read:.1f} s | {taken:.1f} s | {passes} | {float(found['peak']) / MEGABYTE:,.0f} MB |"


def measured(folder: Path, rows: int) -> list[str]:
    """Return the lines of the page."""
    paths = sorted(map(str, folder.iterdir()))
    sizes = {rows // 16: folder.parent / "few", rows // 4: folder.parent / "quarter", rows: folder.parent / "every"}
    for size, place in sizes.items():
        place.mkdir()
        for path in paths[: size * FILES // rows]:
            (place / Path(path).name).symlink_to(path)
    few, quarter, every = map(str, sizes.values())
    plain = {"GLMNN_KERNELS": "numpy"}  # what follows is about engines, each in one thread a process
    lines = ["| run | reading | fitting | passes | peak memory |", "|---|---|---|---|---|"]
    found: dict[str, dict[str, object]] = {}

    def take(what: str, path: str, **how: object) -> None:
        found[what] = asked(path, **how)
        lines.append(line(what, found[what]))
        print(lines[-1], flush=True)

    def in_turns(size: str, path: str, runs: dict[str, dict[str, object]]) -> None:
        """Take the runs whose times are compared `ROUNDS` times in turns, and of each its shortest times."""
        rounds = [{what: asked(path, **how) for what, how in runs.items()} for _ in range(ROUNDS)]
        for what in runs:
            best = {key: min(float(one[what][key]) for one in rounds) for key in ("read", "fit")}
            found[f"{what}, {size}"] = {**rounds[0][what], **best}
            lines.append(line(f"{what}, {size}", found[f"{what}, {size}"]))
            print(lines[-1], flush=True)

    stream = {"engine": "stream", **plain}
    asked(few, dask=1, limited=False, **plain)  # loads every module once
    for number, path in ((rows // 16, few), (rows, every)):
        take(f"stream, {number:,} rows", path, **stream)
    take(f"two processes, {rows:,} rows", every, engine="processes", workers=2, **plain)
    for name in ("polars", "polars file by file", "duckdb"):
        take(f"{name} and NumPy, {rows:,} rows", every, peer=name)
    take(f"polars and NumPy without a limit, {rows:,} rows", every, peer="polars", limited=False)
    size = f"{rows // 4:,} rows"
    runs: dict[str, dict[str, object]] = {
        "memory": {"engine": "memory", "memory": "64GB", "limited": False, **plain},
        "stream": stream,
        "one process": {"engine": "processes", "workers": 1, **plain},
        "two processes": {"engine": "processes", "workers": 2, **plain},
        "Dask, one worker": {"dask": 1, "limited": False, **plain},
        "Dask, two workers": {"dask": 2, "limited": False, **plain},
    }
    in_turns(size, quarter, runs)

    def ratio(one: str, other: str) -> str:
        return f"{float(found[one]['fit']) / float(found[other]['fit']):.2f}"

    def whole(one: str, other: str) -> str:
        both = [found[what] and float(found[what]["read"]) + float(found[what]["fit"]) for what in (one, other)]
        return f"{both[0] / both[1]:.2f}" if all(both) else "no end"

    same = {str(found[what]["bits"]) for what in found if what.endswith(size) and found[what]["bits"]}
    peaks = [float(found[f"stream, {n:,} rows"]["peak"]) for n in (rows // 16, rows // 4, rows)]
    most = f"{rows:,} rows"
    lines += [
        "",
        f"- Peak memory of a stream of {rows // 16:,} to {most}: the most by the least {max(peaks) / min(peaks):.3f}.",
        f"- Time of a stream by that of memory: {ratio(f'stream, {size}', f'memory, {size}')}; of one process by two: "
        f"{ratio(f'one process, {size}', f'two processes, {size}')}; of one Dask worker by two: "
        f"{ratio(f'Dask, one worker, {size}', f'Dask, two workers, {size}')}; of two Dask workers by two processes: "
        f"{ratio(f'Dask, two workers, {size}', f'two processes, {size}')}.",
        f"- With reading, {most}, by two processes of glmnn: polars file by file and NumPy "
        f"{whole(f'polars file by file and NumPy, {most}', f'two processes, {most}')}, DuckDB and NumPy "
        f"{whole(f'duckdb and NumPy, {most}', f'two processes, {most}')}, batches of polars without a limit and NumPy "
        f"{whole(f'polars and NumPy without a limit, {most}', f'two processes, {most}')}.",
        f"- All engines, {size}: {'the same bits' if len(same) == 1 else 'NOT the same bits'}.",
    ]
    return lines


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=16_000_000)
    parser.add_argument("--folder", default=None, help="where 140 bytes a row find room")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--child", default=None, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child is not None:
        child(given.child)
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as place:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed has its bytecode: so have the workers here
        os.environ["PYTHONPYCACHEPREFIX"] = f"{place}/bytecode"
        folder = Path(place) / "rows"
        folder.mkdir()
        write_rows(folder, given.rows)
        lines = measured(folder, given.rows)
    text = "\n".join(lines) + "\n"
    print(text)
    if given.write:
        PAGE.write_text(PLACE.sub(lambda _: text, PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
