"""A saved network with hidden layers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from typing import Annotated

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.errors import UsageError, option, unknown
from glmnn.models.activations import ACTIVATIONS
from glmnn.models.families import FAMILY_NAMES, find_family
from glmnn.models.glm import GLM, has_one_output
from glmnn.models.layers import MOST_UNITS, Layer
from glmnn.models.links import LOGIT, find_link
from glmnn.models.multinomial import Multinomial
from glmnn.models.network import Network
from glmnn.networks.compare import NetworkComparison
from glmnn.networks.plan import resolve
from glmnn.networks.training import Ending
from glmnn.predicting.predictor import Classes, Names, Numbers, Predictor, check_classes, check_terms
from glmnn.report.schema import SOME, Text, one_of, where

SOFTMAX = "multinomial"  # the family of a head with classes
KEPT = (Ending.DONE, Ending.EARLY, Ending.STATIONARY)  # of a network that can be saved


@dataclass(frozen=True)
class SavedLayer:
    """A hidden layer."""

    units: Annotated[int, "How many.", where(minimum=1, maximum=MOST_UNITS)]
    activation: Annotated[str, "What each does with its linear predictor.", one_of(*ACTIVATIONS)]
    bias: Annotated[bool, "Whether each unit has a constant of its own."]


@dataclass(frozen=True)
class SavedHead:
    """What the outputs of the network mean: family and link, or classes."""

    family: Annotated[str, "Family of distributions, without its parameter.", one_of(*FAMILY_NAMES, SOFTMAX)]
    link: Annotated[Text, "Name of the link, as on the command line."]
    alpha: Annotated[float | None, "Negative binomial: variance is mu + alpha mu^2."]
    power: Annotated[float | None, "Tweedie: variance is mu^power."]
    classes: Annotated[Classes | None, "Multinomial: labels, one for each output; else null."]
    bias: Annotated[bool, "Whether each output has a constant of its own."]


@dataclass(frozen=True)
class SavedNetwork:
    """Dense layers under a family and its link, or under a softmax."""

    layers: Annotated[tuple[SavedLayer, ...], "Hidden layers, from the features to the head.", SOME]
    head: SavedHead
    status: Annotated[str, "How training ended.", one_of(*(ending.value for ending in KEPT))]
    terms: Annotated[Names, "Names of the columns of the design."]
    inputs: Annotated[
        Names,
        "Those that the first layer reads, in the order of terms: not the constant one, and none that is a combination "
        "of others.",
    ]
    coefficients: Annotated[Numbers, "Layer by layer to the head; in each the weights unit by unit, then the biases."]

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
