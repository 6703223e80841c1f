"""The run of the video: 10,000 full-batch steps on 1,000 rows, the whole path kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from timing import Case, measure, show
from torch import nn

from glmnn.data.dataset import InMemory
from glmnn.models.families import BINOMIAL
from glmnn.models.glm import GLM
from glmnn.models.links import LOGIT
from glmnn.problem.problem import Problem
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.loop import Fit, fit
from glmnn.solvers.stopping.standard_errors import StandardErrors

STEPS, LR, ROUNDS = 10_000, 0.01, 9
rows = np.loadtxt(Path(__file__).parent.parent / "data" / "video.csv", delimiter=",", skiprows=1)
features, y = rows[:, :2], rows[:, 2]
X = np.column_stack([np.ones(y.size), features])


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(2, 1)
        nn.init.zeros_(self.fc.weight)  # the start of the other runs, so that the paths can be compared
        nn.init.zeros_(self.fc.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.fc(x))


def with_torch() -> np.ndarray:
    inputs = torch.tensor(features, dtype=torch.float32)
    targets = torch.tensor(y[:, None], dtype=torch.float32)
    net, criterion = Net(), nn.BCELoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=LR)
    path = []
    for _ in range(STEPS):
        path.append((net.fc.bias.item(), *net.fc.weight[0].tolist()))
        optimizer.zero_grad()
        loss = criterion(net(inputs), targets)
        loss.backward()
        optimizer.step()
    path.append((net.fc.bias.item(), *net.fc.weight[0].tolist()))
    return np.array(path)


def with_numpy() -> np.ndarray:
    coef, path = np.zeros(3), []
    for _ in range(STEPS):
        path.append(coef)
        coef = coef - LR / y.size * (X.T @ (1.0 / (1.0 + np.exp(-(X @ coef))) - y))
    return np.array([*path, coef])


def with_glmnn() -> Fit:
    problem = Problem(GLM(BINOMIAL, LOGIT), InMemory.from_arrays(X, y))
    return fit(problem, Gradient(lr=LR, standardize=False), StandardErrors(1e-8, STEPS))


def main() -> None:
    reference = with_numpy()

    def error(path: np.ndarray) -> float:
        return float(np.max(np.abs(path - reference)))

    ours = Case("glmnn fit", with_glmnn, lambda run: error(run.path))
    torch_run = Case("PyTorch as in the video, float32", with_torch, error, most=5)
    cases = [ours, torch_run, Case("numpy, a plain loop", with_numpy, error)]
    measure(cases, ROUNDS)
    cases.insert(1, ours.inside("glmnn, solver alone (Fit.seconds)"))
    show("Video: 10,000 full-batch steps, 1,000 rows, 3 coefficients; error: largest over the path", cases, ours)


if __name__ == "__main__":
    main()
