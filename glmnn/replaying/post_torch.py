"""The network of 002 as the post writes it: local gradients in torch, passed backwards by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from glmnn.arrays import Array


def as_written(
    weights: Sequence[Array], x: Array, y: Array, batch: int, alpha: float, epochs: int
) -> Iterator[list[Array]]:
    """Yield the weights of both layers, each of shape (inputs, units), after every step of the post's loop.

    Parameters
    ----------
    weights : sequence of ndarray of shape (inputs, units)
        At the start: of the relu layer and of the softmax layer.
    x : ndarray of shape (rows, inputs)
    y : ndarray of shape (rows, classes)
        One-hot.
    batch : int
        Rows of a step, in their order.
    alpha : float
        Learning rate.
    epochs : int
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # waiting for others costs more than it gains on 8 rows
    hidden, top = (torch.tensor(part) for part in weights)
    rows, labels = torch.tensor(x), torch.tensor(y)
    for _ in range(epochs):
        start, end = 0, batch
        for _ in range((rows.shape[0] // 2) + 1):
            xbatch, ybatch = rows[start:end], labels[start:end]
            start += batch
            end += batch
            if xbatch.shape[0] == 0:
                continue
            z = torch.einsum("ij,jk->ik", xbatch, hidden)
            a, da_dz = _relu(z)
            yhat, jacobian = _softmax(torch, torch.einsum("ij,jk->ik", a, top))
            dl = -1 * (ybatch / yhat)
            dl_dz = torch.einsum("ijk,ik->ij", jacobian, dl)
            dl_dw = torch.einsum("ij,ik->jk", a, dl_dz) / dl.shape[0]
            below = da_dz * torch.einsum("ij,kj->ki", top, dl_dz)
            top -= alpha * dl_dw
            hidden -= alpha * torch.einsum("ij,ik->jk", xbatch, below) / below.shape[0]
            yield [hidden.numpy(), top.numpy()]
    torch.set_num_threads(threads)


def _relu(x: Any) -> tuple[Any, Any]:
    output, grad = x.clone(), x.clone()
    output[output < 0] = 0
    grad[grad > 0] = 1
    grad[grad < 0] = 0
    return output, grad


def _softmax(torch: Any, x: Any) -> tuple[Any, Any]:
    output = torch.exp(x) / torch.sum(torch.exp(x), dim=1)[:, None]
    diags = torch.stack([torch.diag(output[i]) for i in range(output.shape[0])])
    return output, diags - torch.einsum("ij,ik->ijk", output, output)
