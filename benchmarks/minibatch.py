"""One epoch of stochastic gradient descent over 100,000 x 20, batches of 32 rows and of one row."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from rows import logistic_rows
from timing import Case, measure, show
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from glmnn.data.dataset import InMemory
from glmnn.models.families import BINOMIAL
from glmnn.models.glm import GLM
from glmnn.models.links import LOGIT
from glmnn.problem.problem import Problem
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.loop import Fit, fit
from glmnn.solvers.stopping.standard_errors import StandardErrors

ROWS, COLUMNS, LR, ROUNDS = 100_000, 20, 0.05, 7
TORCH_STEPS = 2_000  # of the epoch; its time is that of one step
X, y = logistic_rows(ROWS, COLUMNS)
order = np.random.default_rng(0).permutation(ROWS)  # that of glmnn's first epoch, so that paths can be compared
inputs, targets = torch.tensor(X), torch.tensor(y[:, None])  # float64 as well; float32 takes as long


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(COLUMNS, 1, bias=False, dtype=torch.float64)
        nn.init.zeros_(self.fc.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.fc(x))


def descend(batches: Iterable[tuple[torch.Tensor, torch.Tensor]]) -> np.ndarray:
    net, criterion = Net(), nn.BCELoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=LR)
    for step, (rows, labels) in enumerate(batches):
        if step == TORCH_STEPS:
            break
        optimizer.zero_grad()
        loss = criterion(net(rows), labels)
        loss.backward()
        optimizer.step()
    return net.fc.weight.detach().numpy()[0]


def by_index(batch: int) -> np.ndarray:
    chosen = (torch.tensor(order[first : first + batch]) for first in range(0, ROWS, batch))
    return descend((inputs[index], targets[index]) for index in chosen)


def by_loader(batch: int) -> np.ndarray:
    part = order[: TORCH_STEPS * batch].tolist()
    return descend(DataLoader(TensorDataset(inputs, targets), batch_size=batch, sampler=part))


def with_numpy(batch: int, steps: int) -> np.ndarray:
    coef = np.zeros(COLUMNS)
    for first in range(0, steps * batch, batch):
        index = order[first : first + batch]
        rows, labels = X[index], y[index]
        coef = coef - LR / labels.size * ((1.0 / (1.0 + np.exp(-(rows @ coef))) - labels) @ rows)
    return coef


def with_glmnn(batch: int, steps: int) -> Fit:
    problem = Problem(GLM(BINOMIAL, LOGIT), InMemory.from_arrays(X, y))
    return fit(problem, Gradient("sgd", lr=LR, batch_size=batch, standardize=False), StandardErrors(1e-8, steps))


def compare(batch: int) -> None:
    epoch = ROWS // batch
    reference = with_numpy(batch, TORCH_STEPS)

    def error(coef: np.ndarray) -> float:
        return float(np.max(np.abs(coef - reference)))

    ours = Case("glmnn fit", lambda: with_glmnn(batch, epoch), lambda run: error(run.path[TORCH_STEPS]), steps=epoch)
    plain = Case("numpy, a plain loop", lambda: with_numpy(batch, epoch), steps=epoch)
    index = Case("PyTorch, X[index]", lambda: by_index(batch), error, steps=TORCH_STEPS)
    loader = Case("PyTorch, DataLoader", lambda: by_loader(batch), error, steps=TORCH_STEPS)
    measure([ours, index, loader, plain], ROUNDS)
    cases = [ours, ours.inside("glmnn, solver alone (Fit.seconds)"), index, loader, plain]
    show(f"Batch {batch}: time of one step; error: of a coefficient after {TORCH_STEPS:,} steps", cases, ours)


if __name__ == "__main__":
    compare(32)
    compare(1)
