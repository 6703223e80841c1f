"""A real Dask cluster has the bits of memory, also when workers are killed in the middle of a pass."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import glmnn
from glmnn.data.dask_rows import Lent, _held
from glmnn.data.sources.chunked import open_source
from glmnn.engines.dask import Dask, sentences
from glmnn.errors import GlmnnError

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")
frames = pytest.importorskip("dask.dataframe")
pytest.importorskip("pyarrow")
from distributed.client import FutureCancelledError  # noqa: E402
from distributed.comm.core import CommClosedError  # noqa: E402

pytestmark = [
    pytest.mark.slow,
    pytest.mark.whole,
    pytest.mark.timeout(120),
    pytest.mark.xdist_group("cluster"),
    pytest.mark.filterwarnings("ignore"),
]
ROWS, FIT = 20_000, {"formula": "y ~ x0 + x1 + C(g)", "solver": "fisher"}


@pytest.fixture(scope="module")
def cluster():
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit="2GB") as made,
        distributed.Client(made) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    rng = np.random.default_rng(3)
    X = rng.standard_normal((ROWS, 2))
    g = rng.choice(["a", "b", "c"], ROWS, p=[0.6, 0.39, 0.01])
    y = (rng.random(ROWS) < 1 / (1 + np.exp(0.3 - X @ [0.5, -0.4]))).astype(int)
    frame = pd.DataFrame({"x0": X[:, 0], "x1": X[:, 1], "g": g, "y": y})
    folder = tmp_path_factory.mktemp("parts")
    for part, first in enumerate(range(0, ROWS, 7_000)):
        frame[first : first + 7_000].to_parquet(folder / f"p{part}.parquet")
    return frame, str(folder)


def bits(result):
    inference = result.comparison.estimate.maximum
    return [array.tobytes() for array in (inference.coef, inference.std_error, np.array([inference.deviance]))]


@pytest.fixture(scope="module")
def in_memory(rows):
    return bits(glmnn.fit(rows[0], **FIT))


def test_files_and_partitions_have_the_bits_of_memory(cluster, rows, in_memory):
    frame, folder = rows
    by_files = glmnn.fit(folder, engine="dask", **FIT)
    assert bits(by_files) == in_memory
    assert by_files.comparison.estimate.design.data.run.engine.name == "dask"
    parts = frames.from_pandas(frame, npartitions=7)
    nothing = parts.partitions[3][parts.partitions[3].x0 > 1e9]
    assert bits(glmnn.fit(frames.concat([parts.partitions[:3], nothing, parts.partitions[3:]]), **FIT)) == in_memory


def test_a_cluster_knows_how_large_the_parts_of_a_fit_are(cluster, rows):
    """What seems to be a few bytes travels from worker to worker as if that cost nothing."""
    fitted = glmnn.fit(rows[1], engine="dask", **FIT)
    engine = fitted.comparison.estimate.design.data.run.engine
    distributed.wait(engine.parts)
    sizes = cluster.nbytes([part.key for part in engine.parts], summary=False)
    assert sum(sizes.values()) >= ROWS * 4 * 8


@pytest.mark.parametrize("writeable", [True, False], ids=["as read", "as it came from another worker"])
def test_codes_of_a_part_are_those_of_all_parts_however_often_they_are_written(writeable):
    values, own = np.array([[0.5, 0.0], [1.5, 1.0], [2.5, 0.0]]), np.array([0.0, 1.0, 0.0])
    values.flags.writeable = writeable
    lent = Lent(values, {1: own}, SimpleNamespace(sum=7))
    for _ in range(2):
        held = _held([lent], 10, [(None, np.array([1.0, 0.0, -1.0]))], [7])
        assert np.array_equal(held.read(10, 13), [[0.5, 1.0], [1.5, 0.0], [2.5, 1.0]])


def test_clusters_of_rows_are_summed_by_the_workers(cluster, rows, monkeypatch):
    how = {"formula": "y ~ x0 + x1", "solver": "fisher", "cov": "cluster:g"}
    wanted = bits(glmnn.fit(rows[0], **how))
    monkeypatch.setattr(Dask, "read", lambda *_: pytest.fail("rows came to the driver"))
    monkeypatch.setattr("glmnn.data.stream.Stream.width", 3)
    assert bits(glmnn.fit(rows[1], engine="dask", **how)) == wanted


def test_the_command_line_connects_to_a_scheduler(cluster, rows):
    """In a process of its own, which has no client."""
    flags = ("--formula", FIT["formula"], "--engine", "dask", "--scheduler", cluster.scheduler.address, "-s", "fisher")
    command = [sys.executable, "-m", "glmnn", "fit", rows[1], *flags]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert f"Rows: {ROWS:,} in 3 files, held by the workers" in ended.stdout


@pytest.mark.parametrize("lost", [1, 2], ids=["one", "all"])
def test_workers_that_are_killed_change_no_bit(cluster, rows, in_memory, lost, monkeypatch):
    cluster.wait_for_workers(1, timeout=30)
    passes, add = [], Dask.sum

    def killing(engine, once):
        passes.append(once)
        if len(passes) == 3:
            for process in list(cluster.run(os.getpid).values())[:lost]:
                os.kill(process, signal.SIGKILL)
        return add(engine, once)

    monkeypatch.setattr(Dask, "sum", killing)
    assert bits(glmnn.fit(frames.from_pandas(rows[0], npartitions=7), **FIT)) == in_memory
    assert len(passes) >= 4


def test_the_last_tasks_of_a_pass_may_be_answered_twice(cluster, rows, in_memory, monkeypatch):
    cluster.wait_for_workers(1, timeout=30)
    monkeypatch.setattr("glmnn.engines.dask.MANY", 2)
    monkeypatch.setattr("glmnn.engines.dask.LATE", 0.5)
    asked, again = [], Dask._again

    def noted(*given):
        for part, task in again(*given):
            asked.append(part)
            yield part, task

    monkeypatch.setattr(Dask, "_again", noted)
    assert bits(glmnn.fit(frames.from_pandas(rows[0], npartitions=7), **FIT)) == in_memory
    assert asked


def test_parts_of_one_row_and_empty_ones_have_the_bits_of_memory(cluster, rows, in_memory, monkeypatch):
    """Neighbours are put together where that is worth it; here they are not, so that a leaf lies in fifty parts."""
    cuts = [0, *range(1, 40), 40, 40, 40, *range(8_190, 8_197), 12_000, 12_000, ROWS - 1, ROWS, ROWS]
    cut = [dask.delayed(rows[0][first:end]) for first, end in pairwise(cuts)]
    parts = frames.from_delayed(cut, meta=rows[0][:0], verify_meta=False)
    grouped = glmnn.fit(parts, **FIT)
    assert bits(grouped) == in_memory
    assert len(grouped.comparison.estimate.design.data.typed.store.parts) < 20
    monkeypatch.setattr("glmnn.data.dask_rows.WORTH", 0)
    apart = glmnn.fit(parts, **FIT)
    assert bits(apart) == in_memory
    assert len(apart.comparison.estimate.design.data.typed.store.parts) == len(cuts) - 1


@pytest.mark.parametrize("seed", range(2))
def test_workers_that_are_killed_at_any_time_change_no_bit(cluster, rows, in_memory, seed):
    cluster.wait_for_workers(1, timeout=60)
    rng, ended = np.random.default_rng(seed), threading.Event()

    def kill():
        for wait in rng.uniform(0.2, 1.5, 3):  # the scheduler blames a task that three workers were lost with
            if ended.wait(wait):
                return
            with suppress(Exception):  # one that has just gone does not answer
                os.kill(int(rng.choice([*cluster.run(os.getpid, on_error="ignore").values()])), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        assert bits(glmnn.fit(frames.from_pandas(rows[0], npartitions=9), **FIT)) == in_memory
    finally:
        ended.set()
        killer.join()


def test_a_bad_cell_is_a_sentence_and_the_client_can_be_used_again(cluster, rows):
    bad = rows[0].astype({"y": float}).assign(y=lambda frame: frame.y.where(frame.index != 15_000, 0.5))
    with pytest.raises(GlmnnError, match=r"partition 5: row \d+, column 'y': 0.5: binomial needs 0 or 1"):
        glmnn.fit(frames.from_pandas(bad, npartitions=7), family="binomial", **FIT)
    assert cluster.submit(lambda: 1).result() == 1


def test_workers_with_another_version_are_refused(cluster, rows, monkeypatch):
    monkeypatch.setattr(cluster, "run", lambda *_: {"tcp://w:1": ("glmnn 9 and numpy 9", ("Haswell",))})
    with pytest.raises(GlmnnError, match="the Dask worker tcp://w:1 has glmnn 9 and numpy 9, and here is glmnn"):
        glmnn.fit(frames.from_pandas(rows[0], npartitions=2), **FIT)


def test_a_client_is_taken_though_it_is_not_the_current_one(cluster, rows, in_memory, monkeypatch):
    monkeypatch.setattr(distributed, "get_client", lambda: (_ for _ in ()).throw(ValueError("none")))
    found = glmnn.fit(rows[1], client=cluster, **FIT)
    assert bits(found) == in_memory
    assert glmnn.audit(rows[1], found.coef, client=cluster, formula=FIT["formula"]).is_maximum


def test_a_client_that_cannot_be_used_is_refused(cluster, rows):
    def refused(data=rows[1], **given):
        with pytest.raises(GlmnnError) as error:
            glmnn.fit(data, **given, **FIT)
        return str(error.value)

    assert refused(client="tcp://127.0.0.1:9") == "client must be a distributed.Client, not 'str'"
    assert refused(client=cluster, engine="stream") == "client goes with engine='dask', not 'stream'"
    assert refused(client=cluster, scheduler="tcp://127.0.0.1:9") == "give client or scheduler, not both"
    assert "takes files that the workers can read, or a dask.dataframe" in refused(rows[0], client=cluster)
    other = distributed.Client(cluster.scheduler.address, set_as_default=False)
    other.close()
    assert refused(client=other) == "client is closed: make a new distributed.Client"


def test_a_scheduler_that_does_not_answer_is_a_sentence(rows):
    with pytest.raises(GlmnnError, match=r"scheduler 'tcp://127.0.0.1:9' does not answer"):
        glmnn.fit(rows[1], engine="dask", scheduler="tcp://127.0.0.1:9", **FIT)


SERVE = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    cluster = LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None)
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
"""


def test_a_scheduler_that_goes_in_the_middle_is_a_sentence(rows, tmp_path, monkeypatch):
    (tmp_path / "serve.py").write_text(SERVE)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    passes, add = [], Dask.sum
    with subprocess.Popen(
        [sys.executable, tmp_path / "serve.py"], start_new_session=True, text=True, **pipes
    ) as served:

        def killing(engine, once):
            passes.append(once)
            if len(passes) == 3:
                os.killpg(served.pid, signal.SIGKILL)
            return add(engine, once)

        monkeypatch.setattr(Dask, "sum", killing)
        client = distributed.Client(served.stdout.readline().strip(), set_as_default=False)
        with pytest.raises(GlmnnError, match=r"the Dask scheduler tcp://.* does not answer .*; nothing was fitted"):
            glmnn.fit(rows[1], client=client, **FIT)
        client.close(timeout=1)


def test_dask_without_a_cluster_says_what_to_do(rows, monkeypatch):
    monkeypatch.setattr(distributed, "get_client", lambda: (_ for _ in ()).throw(ValueError("none")))
    with pytest.raises(GlmnnError, match="needs a cluster: give scheduler"):
        glmnn.fit(rows[1], engine="dask", **FIT)


def test_frames_of_spark_and_ray_get_the_bridge():
    for module in ("pyspark.sql.dataframe", "ray.data.dataset"):
        kind = type("DataFrame", (), {"__module__": module})
        with pytest.raises(GlmnnError, match=r"give a folder of Parquet \(df.write.parquet\) or a dask.dataframe"):
            open_source(kind())
        with pytest.raises(GlmnnError, match=r"rows of a .* frame have no order"):
            glmnn.fit(kind(), y="y")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (distributed.KilledWorker("forest", SimpleNamespace(address="tcp://w:1"), 3), "make smaller partitions"),
        (CommClosedError("closed"), "the Dask scheduler tcp://s:1 does not answer"),
        (FutureCancelledError("forest", "lost"), "the Dask scheduler tcp://s:1 does not answer"),
        (TimeoutError("late"), "the Dask scheduler tcp://s:1 does not answer"),
    ],
)
def test_what_is_wrong_with_a_cluster_is_a_sentence(error, told):
    with pytest.raises(GlmnnError, match=told) as caught, sentences(SimpleNamespace(scheduler=SCHEDULER)):
        raise error
    assert "\n" not in str(caught.value)


SCHEDULER = SimpleNamespace(address="tcp://s:1")
