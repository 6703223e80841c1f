"""Gradient runs, networks and audits through the entry points; PyTorch where it is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from typing import Any

from calls import drawn
from timing import Pair

import glmnn

TORCH = find_spec("torch") is not None
STEPS = 1_000  # of PyTorch, whose time is multiplied: it takes minutes for an epoch of one row a step


def torch_loop(X: Any, y: Any, batches: Callable[[], Iterator[Any]], lr: float, hidden: int = 0) -> Callable[[], Any]:
    """Return the loop of a beginner's tutorial over batches of row numbers; None stands for all rows."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    inputs, targets = torch.tensor(X), torch.tensor(y[:, None])

    def run() -> Any:
        width = X.shape[1]
        inner = [nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, 1)] if hidden else [nn.Linear(width, 1)]
        net = nn.Sequential(*inner, nn.Sigmoid()).double()
        optimizer, criterion = torch.optim.SGD(net.parameters(), lr=lr), nn.BCELoss()
        for chosen in batches():
            rows, labels = (inputs, targets) if chosen is None else (inputs[chosen], targets[chosen])
            optimizer.zero_grad()
            criterion(net(rows), labels).backward()
            optimizer.step()
        return net

    return run


def in_batches(rows: int, size: int) -> Iterator[Any]:
    """Yield the row numbers of some batches."""
    import torch

    order = torch.randperm(rows)
    return (order[first : first + size] for first in range(0, min(rows, STEPS * size), size))


def full_batch(only: str) -> Pair | str:
    """Return the pair of runs of the video."""
    name = "10,000 full-batch steps, 1,000 x 3"
    if only not in name or not TORCH:
        return name if only in name else ""
    X, y = drawn(1_000, 3)
    return Pair(
        name,
        "PyTorch loop",
        lambda: glmnn.fit(X, y, solver="gd", lr=1e-3, standardize=False, max_iter=10_000),
        torch_loop(X, y, lambda: iter([None] * STEPS), 1e-3),
        ("0.05", "0.015"),
        times=10_000 / STEPS,
    )


def epoch(size: int, targets: tuple[str, ...], only: str, *, whole: bool = True) -> Pair | str:
    """Return the pair of epochs in batches of a size: the whole call, with the maximum, or the solver's own time."""
    name = f"one epoch of SGD, batch {size}, 100,000 x 20" + ("" if whole else ", the solver's own time")
    if only not in name or not TORCH:
        return name if only in name else ""
    X, y = drawn(100_000, 20)
    steps = 100_000 // size
    options = {"solver": "sgd", "lr": 0.05, "batch_size": size, "standardize": False, "max_iter": steps}
    return Pair(
        name,
        "PyTorch X[index]",
        partial(glmnn.fit, X, y, **options),
        torch_loop(X, y, partial(in_batches, 100_000, size), 0.05),
        targets,
        times=max(1.0, steps / STEPS),
        clock=None if whole else lambda found: found.comparison.fits[0].seconds,
    )


def network(only: str) -> Pair | str:
    """Return the pair of runs of a network with one hidden layer, in the batches that each of them draws."""
    name = "2,000 steps of a network, 32:relu, batch 32, 2,000 x 9"
    if only not in name or not TORCH:
        return name if only in name else ""
    X, y = drawn(2_000, 9)
    options = {"solver": "sgd", "lr": 0.05, "batch_size": 32, "max_iter": 2_000, "standardize": False}
    return Pair(
        name,
        "PyTorch eager",
        lambda: glmnn.fit(X, y, hidden="32:relu", **options),
        torch_loop(X, y, lambda: (batch for _ in range(16) for batch in in_batches(2_000, 32)), 0.05, 32),
        ("1/10",),
        times=2_000 / (16 * 63),
    )


def audit(rows: int, columns: int, only: str) -> Pair | str:
    """Return the audit of wrong numbers beside the fit that it needs."""
    name = f"audit of wrong numbers, {rows:,} x {columns}"
    if only not in name:
        return ""
    X, y = drawn(rows, columns)
    right = glmnn.fit(X, y, solver="fisher").coef
    wrong = {name: round(value * 0.93 + 0.01, 6) for name, value in right.items()}
    fit = partial(glmnn.fit, X, y, solver="fisher")
    return Pair(name, "the fit alone", lambda: glmnn.audit(X, wrong, y), fit, rounds=1)


DESCENTS = (
    full_batch,
    partial(epoch, 1, ("1/60", "1/1000")),
    partial(epoch, 32, ("1/15", "1/150")),
    partial(epoch, 1, ("1/60", "1/1000"), whole=False),
    partial(epoch, 32, ("1/15", "1/150"), whole=False),
    network,
    partial(audit, 1_000, 3),
    partial(audit, 1_000_000, 10),
)
