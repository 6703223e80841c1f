"""The toy graph for people."""

from __future__ import annotations

from glmnn.networks.toy_graph import NODES, ROOT, ToyGraph
from glmnn.report.numbers import small
from glmnn.report.sections import Report, Section, Tone
from glmnn.report.tables import Grid


def toy_report(graph: ToyGraph) -> Report:
    """Return values, edges and derivatives, as the lecture works them out."""
    nodes, edges = Grid(("node", "is", "value")), Grid(("edge", "derivative"))
    for name, value in graph.values.items():
        nodes.add(name, NODES[name].text if name in NODES else "given", f"{value:g}")
    for (source, target), slope in graph.edges.items():
        edges.add(f"d{target}/d{source}", f"{slope:g}")
    backward = Grid(("derivative", "sum over the edges", "value", "complex step"))
    for name in reversed(graph.derivatives):
        if name != ROOT:
            exact = f"{graph.exact[name]:g}" if name in graph.exact else "-"
            backward.add(f"d{ROOT}/d{name}", " + ".join(graph.paths[name]), f"{graph.derivatives[name]:g}", exact)
    told = (
        f"The backward pass is right: against the complex step within {small(graph.error)}."
        if graph.right
        else "The backward pass is WRONG."
    )
    return Report(
        "glmnn gradcheck",
        [
            Section("", [told], strong=True, tone=Tone.GOOD if graph.right else Tone.BAD),
            Section("Forward pass", (), nodes),
            Section("Along each edge", (), edges),
            Section("Backward pass", ("each edge takes the derivative of its end back to its beginning",), backward),
        ],
    )
