"""A lecture's toy graph, c = a + b, d = b + 1, e = c d: values forwards, derivatives backwards, edge by edge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from glmnn.networks.numerical_gradient import COMPLEX_STEP

Number = TypeVar("Number", float, complex)
LARGEST_ERROR = 1e-12  # of a derivative, relative


class Node(NamedTuple):
    """An operation: what it is, its value, and the derivative along the edge from each of its inputs."""

    text: str
    value: Callable[[Mapping[str, complex]], complex]
    slopes: Mapping[str, Callable[[Mapping[str, complex]], complex]]


def _one(_values: Mapping[str, complex]) -> complex:
    return 1.0


NODES = {
    "c": Node("a + b", lambda at: at["a"] + at["b"], {"a": _one, "b": _one}),
    "d": Node("b + 1", lambda at: at["b"] + 1.0, {"b": _one}),
    "e": Node("c d", lambda at: at["c"] * at["d"], {"c": lambda at: at["d"], "d": lambda at: at["c"]}),
}
LEAVES = ("a", "b")
ROOT = "e"


@dataclass(frozen=True)
class ToyGraph:
    """The graph at a point.

    Attributes
    ----------
    values : dict of str to float
        Of each node, by one forward pass.
    edges : dict of (str, str) to float
        Derivative of the second node in the first, along the edge alone.
    paths : dict of str to list of str
        For each node but the last, the products that its derivative is the sum of, as "2 * 1".
    derivatives : dict of str to float
        Of the last node in each, by one backward pass: the total derivative, a sum over the edges.
    exact : dict of str to float
        Of the last node in each leaf, by a complex step, from the forward pass alone.
    """

    values: dict[str, float]
    edges: dict[tuple[str, str], float]
    paths: dict[str, list[str]]
    derivatives: dict[str, float]
    exact: dict[str, float]

    @property
    def right(self) -> bool:
        """Whether the backward pass is right."""
        return self.error <= LARGEST_ERROR

    @property
    def error(self) -> float:
        """Largest relative error of a derivative in a leaf."""
        return max(abs(self.derivatives[leaf] - exact) / max(1.0, abs(exact)) for leaf, exact in self.exact.items())


def toy_graph(a: float = 2.0, b: float = 1.0) -> ToyGraph:
    """Differentiate the graph at a point."""
    values = _forward(a, b)
    edges = {
        (source, name): slope(values).real for name, node in NODES.items() for source, slope in node.slopes.items()
    }
    derivatives: dict[str, float] = {ROOT: 1.0}
    paths: dict[str, list[str]] = {}
    for (source, target), slope in reversed(edges.items()):
        derivatives[source] = derivatives.get(source, 0.0) + derivatives[target] * slope
        paths.setdefault(source, []).insert(0, f"{derivatives[target]:g} * {slope:g}")
    moved = {"a": _forward(a + 1j * COMPLEX_STEP, b), "b": _forward(a, b + 1j * COMPLEX_STEP)}
    exact = {leaf: found[ROOT].imag / COMPLEX_STEP for leaf, found in moved.items()}
    return ToyGraph({name: value.real for name, value in values.items()}, edges, paths, derivatives, exact)


def _forward(a: complex, b: complex) -> dict[str, complex]:
    values = {"a": complex(a), "b": complex(b)}
    for name, node in NODES.items():
        values[name] = node.value(values)
    return values
