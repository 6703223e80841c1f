"""A pass over rows on many workers: simulated task by task, beside the cost model of docs/large.md.

Nobody here has a thousand workers. So what one worker does is measured (the time of a row, on one core), and what many
do is simulated: a scheduler that hands tasks out one after the other, workers some of which are ten times as slow, the
last tasks of a pass repeated elsewhere as `glmnn.engines.dask` does it, and joins of sixteen. The sums are real ones,
added in the order of arrival, those that come twice included, and held against the tree. `--write` puts the tables into
docs/large.md.
"""

from __future__ import annotations

import argparse
import heapq
import os
import re
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pyarrow as arrow

import glmnn
from glmnn.engines.dask import JOINED, LATE, tasks_for
from glmnn.engines.tree import Forest, tree_sum

PAGE = Path(__file__).parents[1] / "docs" / "large.md"
PLACE = re.compile(r"(?s)(?<=<!-- cluster\.py -->\n).*?(?=<!-- end -->)")
DISPATCH = 0.002  # seconds of the scheduler for a task; what Dask says of itself, at most
LATENCY, BANDWIDTH = 0.001, 1e9  # seconds, and bytes in a second, of a network
SLOW = 10.0  # times that a slow worker takes
LEAVES = 4  # of a task, for the sums


def of_a_row(p: int, rows: int, least: float = 0.5) -> float:
    """Return the processor seconds that one row takes in a pass of Fisher scoring with p columns, with its reading."""
    rng = np.random.default_rng(0)
    columns = {f"x{j}": rng.standard_normal(rows) for j in range(p - 1)} | {"y": rng.integers(0, 2, rows)}
    estimate = glmnn.fit(arrow.table(columns), y="y", engine="stream", solver="fisher").comparison.estimate
    data, evaluate, times = estimate.design.data, estimate.model.second_order, 0
    began = time.process_time()
    while time.process_time() - began < least:
        data.sum(evaluate, estimate.maximum.coef)
        times += 1
    return (time.process_time() - began) / times / rows


def model(rows: float, p: int, workers: int, of_row: float) -> float:
    """Return the seconds of a pass by the cost model, without slow workers."""
    tasks = tasks_for(workers, 8 * rows * (p + 1))
    joins = np.log(tasks) / np.log(JOINED)
    work = rows * of_row / workers * 1.2
    return work + DISPATCH * tasks + joins * (LATENCY + (JOINED - 1) * 8 * p * p / BANDWIDTH)


def simulated(
    rows: float, p: int, workers: int, of_row: float, slow: float, repeat: bool, seed: int = 0
) -> tuple[float, bool]:
    """Return the seconds of a pass with a share of slow workers, and whether the sums have the bits of the tree."""
    rng, tasks = np.random.default_rng(seed), tasks_for(workers, 8 * rows * (p + 1))
    speed = np.where(rng.permutation(workers) < round(slow * workers), SLOW, 1.0)
    free = [(0.0, worker) for worker in range(workers)]
    waiting = [(part, rows * of_row / tasks * rng.uniform(0.9, 1.2)) for part in range(tasks)]
    handed, arrivals = 0.0, list[tuple[float, int]]()

    def hand_out(part: int, work: float, not_before: float = 0.0) -> None:
        nonlocal handed
        when, worker = heapq.heappop(free)
        handed = max(handed, not_before) + DISPATCH
        done = max(when, handed) + work * speed[worker]
        heapq.heappush(free, (done, worker))
        arrivals.append((done, part))

    for part, work in waiting:
        hand_out(part, work)
    ended = sorted(arrivals)
    if repeat:
        late = round((1 - LATE) * tasks)
        for _, part in ended[late:]:
            hand_out(part, waiting[part][1], ended[late - 1][0])
    first: dict[int, float] = {}
    values, total = rng.standard_normal(tasks * LEAVES), Forest()
    for when, part in sorted(arrivals):
        first.setdefault(part, when)
        total += Forest.of(part * LEAVES, values[part * LEAVES : (part + 1) * LEAVES].tolist())
    joins = np.log(tasks) / np.log(JOINED)
    joined = joins * (LATENCY + (JOINED - 1) * 8 * p * p / BANDWIDTH)
    return max(first.values()) + joined, total.total(values.size) == tree_sum(values.tolist())


def tables() -> str:
    """Return both tables."""
    cost = {p: of_a_row(p, rows) for p, rows in ((21, 200_000), (100, 50_000), (500, 8_000))}
    lines = ["| columns | a row of a pass, one core |", "|---|---|"]
    lines += [f"| {p} | {1e6 * seconds:.2f} us |" for p, seconds in cost.items()]
    lines += [
        "",
        "| workers, 21 columns | rows | model | simulated | 2 % slow | repeated |",
        "|---|---|---|---|---|---|",
    ]
    exact = True
    for workers, rows in ((10, 1e9), (100, 1e10), (1_000, 1e11), (1_000, 1e12)):
        given = (rows, 21, workers, cost[21])
        found = [simulated(*given, slow, repeat) for slow, repeat in ((0.0, False), (0.02, False), (0.02, True))]
        exact &= all(same for _, same in found)
        times = " | ".join(f"{seconds:,.0f} s" for seconds, _ in found)
        lines.append(f"| {workers:,} | {rows:.0e} | {model(*given):,.0f} s | {times} |".replace("e+", "e"))
    lines += ["", f"Sums in the order of arrival, repeated ones included: {'the' if exact else 'NOT the'} same bits."]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the tables, and write them where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    text = tables()
    print(text)
    if parser.parse_args().write:
        PAGE.write_text(PLACE.sub(lambda _: text, PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
