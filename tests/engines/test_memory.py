"""How much memory a stream takes: the same for any number of rows."""

import subprocess
import sys

import numpy as np
import pytest

from glmnn.engines.local import Run
from glmnn.engines.memory import free_memory, parse_size, peak_memory

arrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")
FITTED = """
import sys
import glmnn
glmnn.fit(sys.argv[1], y="y", engine="stream", solver="fisher")
status = open("/proc/self/status").read().split()
print(status[status.index("RssAnon:") + 1])
"""


def test_sizes_are_read():
    assert [parse_size(text) for text in ("8GB", "500 mb", "2e3", "0GB", "-1GB", "8 apples", "")] == [
        8_000_000_000, 500_000_000, 2_000, None, None, None, None,
    ]  # fmt: skip
    assert 0 < free_memory() < 1 << 50
    assert peak_memory() > 10_000_000


def test_passes_are_told_with_the_time_that_is_left(monkeypatch):
    run = Run(began=100.0)
    monkeypatch.setattr("glmnn.engines.local.perf_counter", lambda: 130.0)
    told = []
    for passes in (1.0, 3.0, 4.0, 5.0):
        run.passes = passes
        told.append(run.stage()())
    assert told == ["pass 2 of about 5", "pass 4 of about 5  30 s left", "pass 5 of about 5  10 s left", "pass 6"]


@pytest.mark.slow
@pytest.mark.whole
@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")
def test_memory_of_a_stream_is_flat_in_the_rows(tmp_path):
    taken = []
    for rows in (500_000, 2_000_000):
        rng = np.random.default_rng(1)
        columns = {f"x{j}": rng.standard_normal(rows) for j in range(8)} | {"y": rng.integers(0, 2, rows)}
        parquet.write_table(arrow.table(columns), tmp_path / "a.parquet", row_group_size=100_000)
        del columns
        command = [sys.executable, "-c", FITTED, str(tmp_path / "a.parquet")]
        environment = {"GLMNN_KERNELS": "numpy", "OPENBLAS_NUM_THREADS": "1", "PATH": ""}
        ended = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        taken.append(int(ended.stdout))
    added = 1_500_000 * 9 * 8 / 1024  # kB of the rows that the second file has more
    assert taken[1] - taken[0] < added / 4  # what the allocator keeps differs by some of that
