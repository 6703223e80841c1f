"""Training steps of small networks: Adam and gradient descent on mini-batches, glmnn beside eager PyTorch."""

from __future__ import annotations

import numpy as np
import torch
from rows import logistic_rows
from timing import Case, measure, show
from torch import nn

from glmnn.data.dataset import InMemory
from glmnn.models.activations import RELU, TANH, Activation
from glmnn.models.families import BINOMIAL
from glmnn.models.glm import GLM
from glmnn.models.layers import Layer
from glmnn.models.links import LOGIT
from glmnn.models.network import Network
from glmnn.networks.settings import Training
from glmnn.networks.training import Trained, train

ROWS, COLUMNS, LR, STEPS, ROUNDS = 2_000, 10, 0.01, 2_000, 7
ACTIVATIONS = {"relu": (RELU, nn.ReLU), "tanh": (TANH, nn.Tanh)}
X, y = logistic_rows(ROWS, COLUMNS)
X = np.ascontiguousarray(X[:, 1:])  # layers have biases
inputs, targets = torch.tensor(X), torch.tensor(y)


def our_network(layers: list[tuple[int, str]]) -> Network:
    hidden: list[tuple[int, Activation]] = [(units, ACTIVATIONS[name][0]) for units, name in layers]
    names = tuple(f"x{place}" for place in range(X.shape[1]))
    return Network(names, tuple(Layer(*layer) for layer in hidden), GLM(BINOMIAL, LOGIT), bias=True)


def with_glmnn(network: Network, start: np.ndarray, rule: str, batch: int, steps: int) -> Trained:
    how = Training(rule, LR, batch, standardize=False, max_iter=steps, start=start)
    return train(network, InMemory.from_arrays(X, y), how)


def their_network(network: Network, start: np.ndarray) -> nn.Sequential:
    parts: list[nn.Module] = []
    below = X.shape[1]
    for place, dense in enumerate(network.unpack(start)):
        weights = np.atleast_2d(dense.weights)
        linear = nn.Linear(below, len(weights), dtype=torch.float64)
        linear.weight.data = torch.tensor(weights)
        linear.bias.data = torch.tensor(dense.bias)
        below = len(weights)
        parts.append(linear)
        if place < len(network.hidden):
            parts.append(ACTIVATIONS[network.hidden[place].activation.name][1]())
    return nn.Sequential(*parts)


def with_torch(network: Network, start: np.ndarray, rule: str, batch: int, steps: int) -> np.ndarray:
    model, criterion = their_network(network, start), nn.BCEWithLogitsLoss()
    kind = torch.optim.Adam if rule == "adam" else torch.optim.SGD
    optimizer = kind(model.parameters(), lr=LR)
    rng, done = np.random.default_rng(0), 0
    while done < steps:
        order = rng.permutation(ROWS)  # glmnn's order, so that weights can be compared
        for first in range(0, ROWS, batch):
            index = torch.tensor(order[first : first + batch])
            optimizer.zero_grad()
            loss = criterion(model(inputs[index])[:, 0], targets[index])
            loss.backward()
            optimizer.step()
            done += 1
            if done == steps:
                break
    return np.concatenate([parameter.detach().numpy().ravel() for parameter in model.parameters()])


def compare(layers: list[tuple[int, str]], rule: str, batch: int) -> None:
    network = our_network(layers)
    start = network.init(1)
    short = with_glmnn(network, start, rule, batch, 50).coef

    def apart(_: np.ndarray) -> float:
        return float(np.max(np.abs(with_torch(network, start, rule, batch, 50) - short)))

    ours = Case("glmnn", lambda: with_glmnn(network, start, rule, batch, STEPS), steps=STEPS)
    theirs = Case("PyTorch, eager", lambda: with_torch(network, start, rule, batch, STEPS), apart, steps=STEPS)
    measure([ours, theirs], ROUNDS)
    shape = ",".join(f"{units}:{name}" for units, name in layers)
    show(f"{shape}, {rule}, batch {batch}: time of one step; error: of a weight after 50 steps", [ours, theirs], ours)
    print(f"one step of glmnn: {1e6 * np.median(ours.seconds):.0f} microseconds")


if __name__ == "__main__":
    torch.set_num_threads(1)
    for layers in ([(32, "relu")], [(32, "relu"), (8, "tanh")], [(128, "tanh"), (128, "tanh")]):
        for rule, batch in (("adam", 32), ("sgd", 32)):
            compare(layers, rule, batch)
