"""A saved network with hidden layers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import inf

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.errors import UsageError, option, unknown
from glmnn.models.activations import ACTIVATIONS
from glmnn.models.families import find_family
from glmnn.models.glm import GLM, has_one_output
from glmnn.models.links import LOGIT, find_link
from glmnn.models.multinomial import Multinomial
from glmnn.models.network import MOST_UNITS, Layer, Network
from glmnn.networks.compare import NetworkComparison
from glmnn.networks.plan import resolve
from glmnn.predicting.predictor import Predictor, check_classes, check_terms

SOFTMAX = "multinomial"  # the family of a head with classes


@dataclass(frozen=True)
class SavedLayer:
    """A hidden layer; the fields are keys of the file."""

    units: int
    activation: str
    bias: bool


@dataclass(frozen=True)
class SavedHead:
    """Family and link, or classes; the fields are keys of the file."""

    family: str
    link: str
    alpha: float | None
    power: float | None
    classes: tuple[str, ...] | None
    bias: bool


@dataclass(frozen=True)
class SavedNetwork:
    """A trained network.

    Attributes
    ----------
    layers : tuple of SavedLayer
        From the features to the head.
    head : SavedHead
    status : str
        How training ended.
    terms : tuple of str
        Names of the columns of the design.
    inputs : tuple of str
        Those of them that the first layer reads: not the constant one, and none that was aliased.
    coefficients : tuple of float
        Layer by layer to the head, in each the weights unit by unit, then the biases.
    """

    layers: tuple[SavedLayer, ...]
    head: SavedHead
    status: str
    terms: tuple[str, ...]
    inputs: tuple[str, ...]
    coefficients: tuple[float, ...]

    @classmethod
    def of(cls, comparison: NetworkComparison) -> SavedNetwork:
        """Return the network that a fit has trained."""
        network, blueprint = comparison.trained.network, comparison.blueprint
        options, head = resolve(blueprint.options, blueprint.loss, comparison.table), network.head
        if has_one_output(head):
            family = head.family.kind
            link = options.link or head.link.name
            top = SavedHead(family, link, options.alpha, options.power, None, network.bias)
        else:
            top = SavedHead(SOFTMAX, "logit", None, None, head.labels, network.bias)
        return cls(
            tuple(SavedLayer(layer.units, layer.activation.name, layer.bias) for layer in network.hidden),
            top,
            comparison.trained.ending.value,
            comparison.terms,
            network.inputs,
            tuple(comparison.trained.coef.tolist()),
        )

    @cached_property
    def network(self) -> Network:
        """The network without its parameters."""
        hidden = tuple(Layer(layer.units, ACTIVATIONS[layer.activation], layer.bias) for layer in self.layers)
        return Network(self.inputs, hidden, self.distribution, self.head.bias)

    def check(self) -> None:
        """Refuse numbers that cannot be those of a network."""
        if not self.layers:
            raise UsageError("network.layers: there is no hidden layer")
        for place, layer in enumerate(self.layers):
            if not 1 <= layer.units <= MOST_UNITS:
                raise UsageError(f"network.layers[{place}].units must be 1 to {MOST_UNITS}")
            if layer.activation not in ACTIVATIONS:
                raise UsageError(f"network.layers[{place}]: {unknown('activation', layer.activation, ACTIVATIONS)}")
        check_terms(self.terms, "network")
        if not self.inputs or self.inputs != tuple(name for name in self.terms if name in set(self.inputs)):
            raise UsageError("network.inputs must be some of network.terms, each once, in the same order")
        size = self.network.size
        if len(self.coefficients) != size:
            raise UsageError(f"network.coefficients has {len(self.coefficients)} numbers; the layers need {size}")

    def predictor(self) -> Predictor:
        """Return what it says of rows."""
        hidden = ", ".join(f"{layer.units} {layer.activation}" for layer in self.layers)
        why = f"{option('interval')}: a network has no standard errors, so there are no intervals"
        return Predictor(
            self.distribution,
            replace(self.distribution.capabilities, interval=why),
            f"network of {hidden} under {self.distribution.name}",
            self.terms,
            {"term": list(self.network.names), "estimate": list(self.coefficients)},
            self.eta,
        )

    def eta(self, X: Array, offset: Array) -> Array:
        """Return the outputs."""
        places = {name: place for place, name in enumerate(self.terms)}
        read = np.ascontiguousarray(X[:, [places[name] for name in self.inputs]])
        nothing = np.zeros(len(X))
        return self.network.eta(np.array(self.coefficients), Block(read, nothing, nothing, offset))

    @cached_property
    def distribution(self) -> GLM | Multinomial:
        """Family and link, or classes."""
        head = self.head
        if head.classes is not None:
            if (head.family, head.link, head.alpha, head.power) != (SOFTMAX, LOGIT.name, None, None):
                raise UsageError(f"network.head: classes are those of the {SOFTMAX} family, logit link, no parameters")
            check_classes(head.classes, "network.head.classes")
            return Multinomial(head.classes)
        if head.family == SOFTMAX:
            raise UsageError("network.head.classes are missing")
        model = GLM(find_family(head.family, head.alpha, head.power), find_link(head.link))
        if model.etas != (-inf, inf):
            raise UsageError(f"network.head.link: {model.link.name} does not take every number, which a network needs")
        return model
