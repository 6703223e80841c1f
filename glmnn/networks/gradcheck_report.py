"""A gradient check for people."""

from __future__ import annotations

from glmnn.networks.gradcheck import Checked, given_numbers
from glmnn.networks.toy_graph import ToyGraph
from glmnn.networks.toy_report import toy_report
from glmnn.networks.worked_examples import (
    BACKWARD_STEP,
    backward_difference,
    chain_rule,
    descended,
    drawn,
    lecture_numbers,
)
from glmnn.report.numbers import count, number, small
from glmnn.report.sections import Report, Section, Tone
from glmnn.report.tables import Grid

EXACT = 9  # digits that a float64 is shown with where digits are the point


def gradcheck_report(checked: Checked | ToyGraph) -> Report:
    """Return the report of a gradient check."""
    if isinstance(checked, ToyGraph):
        return toy_report(checked)
    check, network = checked.check, checked.example.network
    kinds = [f"{layer.units} {layer.activation.name}" for layer in network.hidden]
    lines = [
        f"{', '.join(kinds) or 'no hidden layer'}; head: {network.head.name}; "
        f"{count(network.size)} parameters, {count(check.rows)} row{'s' * (check.rows != 1)}, {checked.source}"
        + f" (one row of {checked.every})"
        * (checked.every > 1),
        f"loss: {checked.loss.name}; errors are relative to the sum over the rows of a derivative's size",
    ]
    grid = Grid(("layer", "parameters", "complex step", "central differences", "worst", "verdict"))
    for layer in check.layers:
        grid.add(
            layer.title,
            count(layer.parameters),
            small(layer.error),
            small(layer.central_error),
            layer.worst.name,
            "ok" if layer.right else "WRONG",
        )
    kinks = sum(layer.kinks for layer in check.layers)
    if kinks:
        lines.append(f"central differences leave out {count(kinks)} rows with a kink within the step")
    tone = Tone.GOOD if check.right else Tone.BAD
    parts = [Section("", [verdict(checked)], strong=True, tone=tone), Section("", lines)]
    parts += [Section("Backward pass against forward passes alone", (), grid, _worst(checked))]
    if given_numbers(checked.options):
        parts.append(_derivatives(checked))
    else:
        parts += {"lecture": _lecture, "2-2-2-1": _two_two_two_one}.get(checked.options.net or "", _nothing)(checked)
    return Report("glmnn gradcheck", parts)


def verdict(checked: Checked) -> str:
    """Return whether the backward pass is right."""
    worst = checked.check.worst
    if checked.check.right:
        return (
            f"The backward pass is right: against the complex step within "
            f"{small(max(layer.error for layer in checked.check.layers))}, rounding."
        )
    return f"The backward pass is WRONG: look at {worst.title}, {worst.worst.name}."


def _worst(checked: Checked) -> list[str]:
    weight = checked.check.worst.worst
    factor = 2.0 * checked.loss.share
    shown = [number(factor * value, EXACT) for value in (weight.backward, weight.complex_step, weight.central)]
    return [f"worst: {weight.name}: backward {shown[0]}, complex step {shown[1]}, central difference {shown[2]}"]


def _nothing(_checked: Checked) -> list[Section]:
    return []


def _derivatives(checked: Checked) -> Section:
    """Return the table of all parameters that were given, with the derivative of the loss J in each."""
    network, coef, block = checked.example
    factor = 2.0 * checked.loss.share
    loss, slopes = 0.5 * factor * network.deviance(coef, block), -factor * network.score(coef, block)
    grid = Grid(("parameter", "value", "dJ/d value"))
    for name, value, slope in zip(network.names, coef.tolist(), slopes.tolist(), strict=True):
        grid.add(name, number(value, EXACT), number(slope, EXACT))
    return Section("Derivatives by the backward pass", [f"J = {number(loss, EXACT)}"], grid)


def _lecture(checked: Checked) -> list[Section]:
    grid = Grid(("quantity", "printed", "glmnn", "agrees"))
    for item in lecture_numbers():
        grid.add(item.quantity, item.text, number(item.value, EXACT), "yes" if item.agrees else "NO")
    slip = "the lecture cuts 0.99998 and 0.99999 to 0.9999, and prints 1 - log y for log(1 - y) in its loss"
    plotted = Grid(("quantity", "glmnn"))
    for name, value in after_descent(checked).items():
        plotted.add(name, number(value, EXACT))
    return [
        Section("The lecture's numbers", [slip], grid),
        Section("Computed here: the lecture shows a plot", (), plotted),
    ]


def after_descent(checked: Checked) -> dict[str, float]:
    """Return loss and output at the last of the lecture's 100 looks, which it only plots."""
    network, _, block = checked.example
    coef = descended(checked.example)
    return {
        "J at step 100": 0.5 * network.deviance(coef, block),
        "y at step 100": float(network.fitted(coef, block)[0]),
    }


def _two_two_two_one(checked: Checked) -> list[Section]:
    example, seed = checked.example, checked.options.seed
    chain = chain_rule(drawn(seed))
    exact = 2.0 * checked.check.layers[0].first.complex_step
    back = -2.0 * float(example.network.score(example.coef, example.block)[0])
    grid = Grid(("dL/dW111", "value", "relative difference"))
    for label, value in (
        ("chain rule, factor by factor", chain),
        ("backward pass", back),
        ("complex step", exact),
        (f"backward difference, e = {BACKWARD_STEP:g}", backward_difference(example)),
    ):
        grid.add(label, f"{value:.17g}", small(abs(value / chain - 1.0)))
    lines = [
        f"standard normal weights, seed {seed}; the lecture set no seed, so the method is repeated, not the numbers",
        "the lecture's own: 0.0032232195647262773 by the chain rule, 0.0032232492230832577 by the difference: 9.2e-06",
        "Y = 100 is out of reach: a sigmoid stays between 0 and 1",
    ]
    return [Section("The lecture's derivative", lines, grid)]
