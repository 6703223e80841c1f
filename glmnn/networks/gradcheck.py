"""One gradient check, from options to a verdict: of the data's own rows, of simulated ones, or of a lecture's net."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.data.cells import parse_number
from glmnn.data.dataset import InMemory
from glmnn.data.formula.names import INTERCEPT
from glmnn.data.table import Table
from glmnn.errors import OptionError, UsageError, listed, option, quoted, unknown
from glmnn.fitting.build import check_model, is_multinomial, make_glm, make_run
from glmnn.models.glm import GLM
from glmnn.models.layers import read_layers
from glmnn.models.losses import Loss, find_loss
from glmnn.models.model import SecondOrderModel
from glmnn.models.multinomial import Multinomial
from glmnn.models.network import INITS, Network
from glmnn.networks.numerical_gradient import GradientCheck, check_gradient, legal_point
from glmnn.networks.options import GradcheckOptions
from glmnn.networks.plan import make_head, make_network, resolve
from glmnn.networks.standardise import units_of
from glmnn.networks.toy_graph import LEAVES, ToyGraph, toy_graph
from glmnn.networks.worked_examples import Example, lecture_net, two_two_two_one

MOST_ROWS = 50  # of the data that are looked at
SIMULATED = (40, 3)  # rows and features where there are no data
TOY = "toy"
NETS = ("lecture", "2-2-2-1", TOY)


@dataclass(frozen=True)
class Checked:
    """A gradient check with what it was made on.

    Attributes
    ----------
    options : GradcheckOptions
    example : Example
        Network, parameters and rows.
    loss : Loss
    source : str
        Where the rows come from.
    check : GradientCheck
    every : int
        Of so many rows of the data one is looked at.
    """

    options: GradcheckOptions
    example: Example
    loss: Loss
    source: str
    check: GradientCheck
    every: int = 1

    @property
    def right(self) -> bool:
        """Whether the backward pass is right."""
        return self.check.right


def run_gradcheck(options: GradcheckOptions, table: Table | None) -> Checked | ToyGraph:
    """Check the backward pass that the options name.

    Raises
    ------
    GlmnnError
        If options and data do not fit.
    """
    if options.seed < 0:
        raise OptionError("seed", "must be 0 or more", options.seed)
    if options.net is not None:
        return _of_lecture(options, table)
    check_model(options)
    for flag, given in (("penalty", options.penalty), ("l2", options.l2)):
        if given is not None:
            raise OptionError(
                flag, "cannot be combined with gradcheck: the backward pass is that of the likelihood alone"
            )
    with np.errstate(all="ignore"):
        loss = find_loss(options.loss)
        resolved = resolve(options, loss, table)
        if table is None:
            source = f"simulated rows, seed {options.seed}"
            model, data = _simulated(resolved)
        else:
            model, design, _ = make_run(resolved, table)
            data = design.data.in_memory("gradcheck")
            source = table.source
        example = _example(options, model, data)
    own = model.score if options.hidden is None and model.outputs == 1 else None
    return Checked(options, example, loss, source, check_gradient(*example, score=own), _step(data))


def _of_lecture(options: GradcheckOptions, table: Table | None) -> Checked | ToyGraph:
    if options.net not in NETS:
        raise UsageError(unknown("net", str(options.net), NETS))
    if table is not None or options.hidden is not None or options.family is not None or options.loss is not None:
        raise OptionError(
            "net",
            f"{options.net} has data, layers and loss of its own: give nothing else but {option('seed')} or "
            f"{option('init')}",
        )
    if options.net == TOY:
        return _toy(options)
    lecture = options.net == NETS[0]
    example = lecture_net() if lecture else two_two_two_one(options.seed)
    if given_numbers(options):
        example = example._replace(coef=_numbers(options.init, example.network))
    return Checked(options, example, find_loss("bce" if lecture else "mse"), options.net, check_gradient(*example))


def _toy(options: GradcheckOptions) -> ToyGraph:
    if not given_numbers(options):
        return toy_graph()
    values = [parse_number(part) for part in options.init.split(",")]
    if len(values) != len(LEAVES) or None in values:
        raise OptionError("init", f"{quoted(options.init)}: the toy graph takes two numbers, for a and b")
    return toy_graph(*(value for value in values if value is not None))


def _example(options: GradcheckOptions, model: SecondOrderModel, data: InMemory) -> Example:
    """Return a network with some rows of standardised features, at random parameters.

    Parameters that are given are for the columns as they are.
    """
    block = _some_rows(data).whole
    if options.hidden is not None:
        head, _ = make_head(model, options.link is not None)
        network, inputs = make_network(head, replace(data, whole=block), read_layers(options.hidden))
        block = inputs.whole
    else:
        network = Network(data.names, (), model)
    if given_numbers(options):
        return Example(network, _numbers(options.init, network), block)
    fixed = np.array([name == INTERCEPT for name in network.inputs])
    units = units_of(replace(network, bias=True) if network.bias or fixed.any() else network, block)
    X = np.where(fixed, block.X, (block.X - units.centre) / units.spread)
    block = block._replace(X=np.ascontiguousarray(X))
    coef = legal_point(network, block, options.seed, options.init)
    return Example(network, coef, block)


def given_numbers(options: GradcheckOptions) -> bool:
    """Say whether `--init` is numbers instead of a word."""
    return parse_number(options.init.split(",")[0]) is not None


def _numbers(text: str, network: Network) -> Array:
    values = [parse_number(part) for part in text.split(",")]
    if None in values:
        raise OptionError("init", f"{quoted(text)}: use {listed(INITS)}, or finite numbers as 0.1,-2")
    if len(values) != network.size:
        raise OptionError("init", f"has {len(values)} numbers; the network has {network.size}: {listed(network.names)}")
    return np.array(values, dtype=float)


def _some_rows(data: InMemory) -> InMemory:
    return data if data.rows <= MOST_ROWS else data.every(_step(data))


def _step(data: InMemory) -> int:
    return max(1, -(-data.rows // MOST_ROWS))


def _simulated(options: GradcheckOptions) -> tuple[SecondOrderModel, InMemory]:
    """Return a model and rows whose responses are legal for it, with a constant column."""
    rng = np.random.default_rng(options.seed)
    rows, features = SIMULATED
    X = rng.standard_normal((rows, features))
    names = tuple(f"x{place + 1}" for place in range(features))
    if options.intercept:
        X, names = np.column_stack([np.ones(rows), X]), (INTERCEPT, *names)
    if options.family is not None and is_multinomial(options.family):
        labels = ("a", "b", "c")
        return Multinomial(labels), InMemory.from_arrays(X, np.arange(float(rows)) % len(labels), names)
    model = make_glm(options.family or "binomial", options.link, options.alpha, options.power)
    return model, InMemory(names, Block(X, _responses(model, rows, rng), np.ones(rows), np.zeros(rows)))


def _responses(model: GLM, rows: int, rng: np.random.Generator) -> Array:
    support = model.family.support
    if support.high == 1.0:
        return rng.integers(0, 2, rows).astype(float)
    if support.low == -inf:
        # near the middle of what the link can reach
        return rng.normal(2.0 if model.link.means == (0.0, inf) else 0.5, 0.2, rows)
    return rng.poisson(2.0, rows).astype(float) if support.zero else rng.gamma(2.0, 1.0, rows)
