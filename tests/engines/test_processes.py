"""Several processes on one spill file: the same bits whoever is lost, errors in order, and nothing left behind."""

import operator
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import glmnn
from command import started
from glmnn.data.sources.chunked import open_source
from glmnn.data.sources.cutting import parts_of
from glmnn.engines.processes import Processes
from glmnn.errors import GlmnnError

pytest.importorskip("pyarrow")
FIT = {"formula": "y ~ x0 + x1", "solver": "fisher"}
IN_TWO = {"engine": "processes", "workers": 2}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    rng = np.random.default_rng(5)
    X = rng.standard_normal((40_000, 2))
    y = (rng.random(len(X)) < 1 / (1 + np.exp(0.3 - X @ [0.5, -0.4]))).astype(int)
    place = tmp_path_factory.mktemp("rows") / "a.parquet"
    pd.DataFrame({"x0": X[:, 0], "x1": X[:, 1], "y": y}).to_parquet(place)
    return str(place)


def bits(result):
    inference = result.comparison.estimate.maximum
    return inference.coef.tobytes(), inference.std_error.tobytes(), inference.deviance


def children(process):
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


@pytest.fixture
def two():
    engine = Processes(2)
    engine.start()
    yield engine
    engine.end()


@pytest.mark.slow
@pytest.mark.parametrize("lost", [1, 2])
def test_processes_that_are_killed_change_no_bit(path, lost, monkeypatch):
    passes, add = [], Processes.sum

    def killing(engine, once):
        passes.append(once)
        if len(passes) == 3:
            for process in engine._started[:lost]:
                process.kill()
        return add(engine, once)

    monkeypatch.setattr(Processes, "sum", killing)
    assert bits(glmnn.fit(path, **IN_TWO, **FIT)) == bits(glmnn.fit(path, engine="memory", **FIT))
    assert len(passes) >= 3


@pytest.mark.slow
def test_a_process_that_is_killed_in_the_middle_of_a_task_is_asked_again(two):
    before = [process.pid for process in two._started]
    killer = subprocess.Popen([sys.executable, "-c", f"import os, time; time.sleep(0.2); os.kill({before[0]}, 9)"])
    assert two.each(subprocess.call, ["sleep", "0.5"], [()] * 4) == [0] * 4
    killer.wait()
    after = [process.pid for process in two._started]
    assert after[0] != before[0]
    assert after[1] == before[1]


@pytest.mark.slow
def test_what_is_lost_again_and_again_is_not_asked_for_ever(two):
    with pytest.raises(MemoryError, match="perhaps there was not enough memory"):
        two.each(os._exit, 3, [()])


def test_the_first_error_counts_and_the_processes_go_on(two):
    with pytest.raises(ZeroDivisionError):
        two.each(operator.floordiv, 12, [(3,), (0,), ("a",), *[(1,)] * 50])
    assert two.each(operator.floordiv, 12, [(place,) for place in range(1, 40)]) == [12 // n for n in range(1, 40)]


@pytest.mark.slow
def test_ctrl_c_ends_the_processes_as_well(path, tmp_path):
    """Wait until gradient descent is on its way, press Ctrl-C, and look for what is left."""
    control, terminal = pty.openpty()
    flags = ("--engine", "processes", "--workers", 2, "--spill", tmp_path, "-s", "gd", "--lr", 1e-9, "--tol", 1e-14)
    with started("fit", path, "--formula", FIT["formula"], *flags, stdout=subprocess.PIPE, stderr=terminal) as process:
        os.close(terminal)
        seen = ""
        while "gd" not in seen:
            seen += os.read(control, 4096).decode()
        helpers = children(process.pid)
        process.send_signal(signal.SIGINT)
        out = process.communicate(timeout=60)[0].decode()
    os.close(control)
    assert process.returncode == 130
    assert "interrupted" in out
    assert "Traceback" not in seen + out
    assert len(helpers) == 2
    assert not any(Path(f"/proc/{helper}").exists() for helper in helpers)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_ctrl_c_while_several_processes_read(folder, tmp_path_factory):
    """The files are long enough for that."""
    spill = tmp_path_factory.mktemp("spill")
    for file in sorted(folder.glob("*.csv")):
        with file.open("a") as more:
            more.write("a,0.5,1,2\n" * 300_000)
    flags = ("--engine", "processes", "--workers", 2, "--spill", spill, "-s", "fisher", "--na", "drop")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with started("fit", folder, "--formula", "y ~ x + C(g)", *flags, **pipes) as process:
        deadline = time.monotonic() + 60
        while len(helpers := children(process.pid)) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b"")
    assert errors in (b"", b"glmnn: interrupted\n")
    while any(map(_runs, helpers)) and time.monotonic() < deadline:  # one that nobody ends goes after its task
        time.sleep(0.05)
    assert len(helpers) == 2
    assert not any(map(_runs, helpers))
    assert list(spill.iterdir()) == []


@pytest.mark.slow
def test_processes_do_not_outlive_one_that_is_killed(path, tmp_path):
    flags = ("--engine", "processes", "--workers", 2, "-s", "gd", "--lr", 1e-9, "--tol", 1e-14, "--max-iter", 10**6)
    with (
        (tmp_path / "errors").open("wb") as errors,
        started("fit", path, "--formula", FIT["formula"], *flags, stdout=errors, stderr=errors) as process,
    ):
        deadline = time.monotonic() + 60
        while len(helpers := children(process.pid)) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(1.0)
        process.kill()
        process.wait()
        while any(map(_runs, helpers)) and time.monotonic() < deadline:
            time.sleep(0.05)
    assert len(helpers) == 2
    assert not any(map(_runs, helpers))
    assert b"Traceback" not in (tmp_path / "errors").read_bytes()


def _runs(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
def test_a_script_needs_no_main_guard(path, tmp_path):
    """The processes are no copies of the script, so that it does not run again in each of them."""
    script = tmp_path / "script.py"
    script.write_text(
        "import glmnn\nprint('once')\n"
        f"found = glmnn.fit({path!r}, formula='y ~ x0 + x1', solver='fisher', engine='processes', workers=2)\n"
        "print(found.comparison.estimate.design.data.run.engine.name)\n"
    )
    ended = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout.split(), ended.stderr) == (0, ["once", "processes"], "")


def test_a_system_on_which_files_are_not_inherited_is_told(path, monkeypatch):
    monkeypatch.setattr("glmnn.fitting.rows.INHERITED", False)
    with pytest.raises(GlmnnError, match="processes needs files that processes can inherit"):
        glmnn.fit(path, **IN_TWO, **FIT)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Five files, whose levels come in another order in each; each is a part."""
    monkeypatch.setattr("glmnn.data.sources.cutting.SMALL", 1)
    rng = np.random.default_rng(6)
    for place in range(5):
        size = 3_000 + 1_111 * place
        g = rng.choice([*"abc"[place % 3 :], "d"], size)
        x = np.where(rng.random(size) < 0.01, np.nan, rng.standard_normal(size))
        frame = pd.DataFrame({"g": g, "x": x, "y": rng.integers(0, 2, size), "k": rng.integers(0, 30, size)})
        frame.to_csv(tmp_path / f"p{place}.csv", index=False)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("cov", ["model", "cluster:k"])
def test_files_that_several_processes_read_have_the_bits_of_memory(folder, cov):
    how = {"formula": "y ~ x + C(g)", "solver": "fisher", "na": "drop", "cov": cov}
    several = glmnn.fit(str(folder), **IN_TWO, **how)
    alone = glmnn.fit(str(folder), engine="stream", **how)
    store = several.comparison.estimate.design.data.typed.store
    assert len(store.spills) > 1
    assert bits(several) == bits(alone)
    assert several.comparison.estimate.notes == alone.comparison.estimate.notes
    assert several.comparison.estimate.table.notes == alone.comparison.estimate.table.notes
    rows = np.concatenate(
        [store.read(first, min(first + 777, store.ends[-1])) for first in range(0, store.ends[-1], 777)]
    )
    for stride in (1, 7, 501):
        assert np.array_equal(store.every(stride), rows[::stride])
    os.pwrite(store.spills[2].descriptor, b"\1", 12_345)
    with pytest.raises(GlmnnError, match="the spill file no longer holds what was written"):
        several.comparison.estimate.table.stream.check()


def test_what_several_processes_cannot_read_is_told_as_one_tells_it(folder):
    with (folder / "p3.csv").open("a") as file:
        file.write("a,many,1,2\n")
    said = []
    for how in (IN_TWO, {"engine": "stream"}):
        with pytest.raises(GlmnnError) as error:
            glmnn.fit(str(folder), formula="y ~ x", na="drop", **how)
        said.append(str(error.value))
    assert said[0] == said[1]
    assert "p3.csv" in said[0]


@pytest.mark.parametrize("number", [2, 4, 8])
def test_files_of_about_one_size_make_parts_of_about_one_size(tmp_path, number, monkeypatch):
    monkeypatch.setattr("glmnn.data.sources.cutting.SMALL", 1)
    for place, more in enumerate([3, 0, 5, 1, 4, 2, 6, 0]):
        (tmp_path / f"p{place}.csv").write_text("x,y\n" + "1,0\n" * (100 + more))
    parts = parts_of(open_source(str(tmp_path)), number)
    assert [len(part.paths) for part in parts] == [8 // number] * number
    assert [path for part in parts for path in part.paths] == sorted(map(str, tmp_path.iterdir()))


@pytest.mark.slow
def test_a_parquet_file_is_read_in_groups_of_rows(folder, path):
    frame = pd.concat([pd.read_csv(file) for file in sorted(folder.glob("*.csv"))])
    one = folder / "one.parquet"
    frame.to_parquet(one, row_group_size=1_500, index=False)
    how = {"formula": "y ~ x + C(g)", "solver": "fisher", "na": "drop"}
    several = glmnn.fit(str(one), **IN_TWO, **how)
    store = several.comparison.estimate.design.data.typed.store
    assert len(store.spills) == 8
    assert bits(several) == bits(glmnn.fit(str(one), engine="stream", **how))
    part = parts_of(open_source(str(one)), 8)[3]
    first = next(iter(part.chunks()))
    assert first.rows == 1_500 * len(part.groups)
    assert first.place(0) == f"{one}: row {part.groups.start * 1_500 + 1}"
    frame[:-1].to_parquet(one, row_group_size=1_500, index=False)
    with pytest.raises(GlmnnError, match="the file changed while it was being read"):
        list(part.chunks())
