"""The hidden layers of a network, and how they are written."""

from __future__ import annotations

from dataclasses import dataclass

from glmnn.errors import OptionError, quoted
from glmnn.models.activations import Activation, find_activation

MOST_UNITS = 100_000  # of a layer


@dataclass(frozen=True)
class Layer:
    """A hidden layer.

    Attributes
    ----------
    units : int
    activation : Activation
    bias : bool
        Whether each unit has a constant of its own.
    """

    units: int
    activation: Activation
    bias: bool = True


def read_layers(text: str, bias: bool = True) -> tuple[Layer, ...]:
    """Return the hidden layers of a text as 32:relu,8:tanh; without a name the activation is relu.

    Raises
    ------
    UsageError
        If a part cannot be read.
    """
    layers = []
    for part in text.split(","):
        units, _, name = part.strip().partition(":")
        if not (units.isascii() and units.isdigit() and 1 <= int(units) <= MOST_UNITS):
            raise OptionError("hidden", f"{quoted(text)}: write units and activation of each layer, as 32:relu,8:tanh")
        layers.append(Layer(int(units), find_activation(name or "relu"), bias))
    return tuple(layers)
