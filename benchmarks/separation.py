"""How long it takes to decide whether a finite maximum exists: 2,000 x {20, 60, 200}, and a million rows of 20.

Each verdict is held against what the data were made to be.
"""

from __future__ import annotations

import resource
from collections.abc import Callable
from time import perf_counter

import numpy as np

from glmnn.data.dataset import InMemory
from glmnn.diagnostics.separation.verdict import Separation, find_separation
from glmnn.models.families import BINOMIAL
from glmnn.models.glm import GLM
from glmnn.models.links import LOGIT
from glmnn.problem.problem import Problem

Simulated = tuple[np.ndarray, np.ndarray, int]  # rows, response, how many rows can move


def complete(X: np.ndarray, rng: np.random.Generator) -> Simulated:
    return X, X @ rng.standard_normal(X.shape[1]) > 0, len(X)


def level(X: np.ndarray, rng: np.random.Generator) -> Simulated:
    """A fifth of the rows has a level whose responses are all 1; the others overlap."""
    X[:, 1] = rng.random(len(X)) < 0.2
    return X, (X[:, 1] == 1) | (rng.random(len(X)) < 0.5), int(X[:, 1].sum())


def standardised(X: np.ndarray, rng: np.random.Generator) -> Simulated:
    """The same with the column of the level standardised, so that the direction is not in whole numbers."""
    X, y, moving = level(X, rng)
    X[:, 1] = (X[:, 1] - X[:, 1].mean()) / X[:, 1].std()
    return X, y, moving


def slopes(X: np.ndarray, rng: np.random.Generator) -> Simulated:
    """A level with slopes of its own, whose rows are completely separated."""
    inside, half = rng.random(len(X)) < 0.5, X.shape[1] // 2
    X[:, half:] = inside[:, None] * X[:, : X.shape[1] - half]
    line = X @ rng.standard_normal(X.shape[1]) > 0
    return X, np.where(inside, line, rng.random(len(X)) < 0.5), int(inside.sum())


def rare(X: np.ndarray, rng: np.random.Generator) -> Simulated:
    """A level of thirty rows, all 1."""
    X[:, 1] = 0.0
    X[rng.choice(len(X), 30, replace=False), 1] = 1.0
    return X, (X[:, 1] == 1) | (rng.random(len(X)) < 0.4), 30


def hair(X: np.ndarray, rng: np.random.Generator) -> Simulated:
    """A third of the rows lies within 1e-12 of the plane that separates all."""
    plane = rng.standard_normal(X.shape[1])
    y = X @ plane > 0
    near = len(X) // 3
    X[:near, -1] = (np.where(y[:near], 1e-12, -1e-12) - X[:near, :-1] @ plane[:-1]) / plane[-1]
    return X, y, len(X)


def overlap(X: np.ndarray, rng: np.random.Generator) -> Simulated:
    return X, rng.random(len(X)) < 0.5, 0


def timed(rows: int, p: int, make: Callable[[np.ndarray, np.random.Generator], Simulated]) -> None:
    rng = np.random.default_rng(1)
    X, y, moving = make(np.column_stack([np.ones(rows), rng.standard_normal((rows, p - 1))]), rng)
    problem = Problem(GLM(BINOMIAL, LOGIT), InMemory.from_arrays(X, y))
    before, began = memory(), perf_counter()
    found = find_separation(problem)
    seconds, more = perf_counter() - began, memory() - before
    right = (found.separated if isinstance(found, Separation) else 0) == moving
    print(f"{rows:>9,} x {p:<4} {make.__name__:13} {seconds:7.2f} s {more:7.0f} MB  {'right' if right else found}")


def memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def main() -> None:
    find_separation(Problem(GLM(BINOMIAL, LOGIT), InMemory.from_arrays(np.ones((2, 1)), np.array([0.0, 1.0]))))
    print("data, kind, time to decide, growth of the peak of memory, verdict\n")
    for p in (20, 60, 200):
        for make in (complete, level, standardised, slopes, overlap, hair):
            timed(2_000, p, make)
    for make in (rare, complete, overlap):
        timed(1_000_000, 20, make)
    for make in (complete, level, overlap):
        timed(5_000, 1_000, make)


if __name__ == "__main__":
    main()
