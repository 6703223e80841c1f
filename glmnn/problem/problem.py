"""A model with data and how to sum over them; counts the passes over the data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeGuard

import numpy as np

from glmnn.arrays import Block
from glmnn.data.dataset import FEW_ROWS, SAMPLE
from glmnn.engines.tree import tree_sum
from glmnn.kernels.double_double import two_sum
from glmnn.kernels.visits import Sums
from glmnn.models.evaluation import FirstOrder, SecondOrder
from glmnn.models.glm import GLM
from glmnn.models.model import Model, SecondOrderModel
from glmnn.problem import of_block
from glmnn.problem.bare import Bare
from glmnn.problem.batches import shuffled
from glmnn.problem.foreseen import Foreseen, foresee
from glmnn.problem.fused import fused, fused_score, of_first_order, of_second_order
from glmnn.problem.penalty import first_order

if TYPE_CHECKING:
    # a type checker knows the default of PEP 696 already, which Python has from 3.13 on
    from typing_extensions import TypeVar

    from glmnn.arrays import Array
    from glmnn.data.dataset import Dataset
    from glmnn.problem.penalty import Penalty

    M = TypeVar("M", bound=Model, default=SecondOrderModel, covariant=True)
else:
    from typing import TypeVar

    M = TypeVar("M", bound=Model, covariant=True)


RANK = 1e13  # condition of the scaled X' W X from which it may be singular
SMALL = 1_000_000  # cells of the design
TINY = 1_000


@dataclass
class SetUp:
    """What a library of others does before its fit: it turns arrays into its own.

    Attributes
    ----------
    own : float
        Seconds in between that were of the fit itself, where the library alone knows.
    """

    own: float = 0.0


@contextmanager
def _not_timed() -> Iterator[SetUp]:
    yield SetUp()


@dataclass
class Problem(Generic[M]):
    """What a solver sees.

    Attributes
    ----------
    model : Model
        A `SecondOrderModel` unless a type says otherwise.
    data : Dataset
    passes : float
        Passes over all rows so far; a mini-batch counts by its share of the rows.
    penalty : Penalty or None
        Added to the sums, when an estimate other than the maximum likelihood one is asked for.
    setup : callable
        Returns a context for what a library does before its fit; whoever times the solver takes it off.
    foreseen : Foreseen or None
        The first step and where it leads, once somebody has asked.
    besides : callable or None
        From the problem to what is `Asked` of the closing pass besides.
    """

    model: M
    data: Dataset
    passes: float = 0.0
    penalty: Penalty | None = None
    setup: Callable[[], AbstractContextManager[SetUp]] = field(default=_not_timed, repr=False, compare=False)
    foreseen: Foreseen | None = field(default=None, repr=False, compare=False)
    besides: Callable[[Problem], Any] | None = field(default=None, repr=False, compare=False)

    @property
    def glm(self) -> GLM:
        """The model, for what is known of generalised linear models alone."""
        if not is_glm(self):
            raise TypeError(f"{type(self.model).__name__} is no generalised linear model")
        return self.model

    @property
    def additive(self) -> bool:
        """True where a penalty, if any, is added to the sums over the rows without a look at them."""
        return self.penalty is None or not self.penalty.needs_information()

    def fresh(self) -> Problem[M]:
        """Return the same problem with a count of its own, for a judge whose passes are not the solver's."""
        return Problem(self.model, self.data, penalty=self.penalty, foreseen=self.foreseen, besides=self.besides)

    def subsample(self, stride: int) -> Problem[M]:
        """Return the problem on every `stride`-th row."""
        return Problem(self.model, self.data.every(stride), penalty=self.penalty)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.data.rows

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the p coefficients."""
        return self.data.names

    def all_rows(self, what: str, instead: str = SAMPLE) -> Block:
        """Return all rows at once, for what cannot do with blocks.

        Raises
        ------
        NeedsAllRows
            If the rows come in blocks only; it says `what` needs them, and what to do `instead`.
        """
        return self.data.in_memory(what, instead).whole

    def score(self, coef: Array) -> Array:
        """Return the score summed over all rows, shape (p,)."""
        if self.penalty is not None:
            return self.first_order(coef).score
        self.passes += 1
        evaluate = self.bare(GLM.score) or self.model.score
        return np.asarray(self.data.sum(fused_score(self.model, self.data, evaluate) or evaluate, coef))

    def bare(self, evaluate: Callable[[GLM, Array, Block], Any]) -> Bare | None:
        """Return a function of the model, coefficients and rows for many rows, which are read as they stand."""
        if self.data.rows * len(self.data.names) <= SMALL or not is_glm(self):
            return None
        return Bare(evaluate, self.model, self.data.known_plain)

    def sum(
        self, evaluate: Callable[..., Any], of_sums: Callable[[Sums], Any], coef: Array, second: bool = False
    ) -> Any:
        """Return the sum of evaluate(model, coef, block), by a compiled visit of the rows where there is one."""
        if second and self.foreseen is not None and (sums := self.foreseen.states.get(coef.tobytes())) is not None:
            return of_sums(sums)
        instead = self.bare(evaluate) or partial(evaluate, self.model)
        return self.data.sum(fused(self.model, self.data, second, of_sums, instead) or instead, coef)

    def scorer(self) -> Callable[[Array], Array]:
        """Return the fastest function from coefficients to the score, for many calls; the bits are those of `score`."""
        if self.penalty is not None or self.rows > FEW_ROWS:
            return self.score
        blocks = tuple(self.data.blocks())
        score_of = self.batch_scorer(max(block.y.size for block in blocks))
        first, several = blocks[0], len(blocks) > 1

        def score(coef: Array) -> Array:
            self.passes += 1
            if not several:
                return score_of(coef, first)
            return np.asarray(tree_sum(score_of(coef, block) for block in blocks))

        return score

    def batch_scorer(self, size: int) -> Callable[[Array, Block], Array]:
        """Return the fastest function from coefficients and a block of at most `size` rows to its score."""
        return self.model.scorer(size, self.data.plain)

    def first_order(self, coef: Array) -> FirstOrder:
        """Return deviance and score summed over all rows."""
        return self._penalised_first_order(coef) if is_penalised(self) else self._first_order(coef)

    def _first_order(self, coef: Array) -> FirstOrder:
        self.passes += 1
        total: FirstOrder = self.sum(of_block.first_order, of_first_order, coef)
        return total

    def _penalised_first_order(self: Problem[SecondOrderModel], coef: Array) -> FirstOrder:
        if self.penalty is not None and self.penalty.needs_information():
            return first_order(self.second_order(coef))
        total = self._first_order(coef)
        nothing = np.zeros((coef.size, coef.size))
        return first_order(self._penalised(coef, SecondOrder(total.rows, total.deviance, total.score, nothing)))

    def second_order(self: Problem[SecondOrderModel], coef: Array) -> SecondOrder:
        """Return deviance, score and information summed over all rows."""
        self.passes += 1
        plain: SecondOrder = self.sum(of_block.second_order, of_second_order, coef, second=True)
        return plain if self.penalty is None else self._penalised(coef, plain)

    def both_orders(self: Problem[SecondOrderModel], coef: Array) -> SecondOrder:
        """Return `second_order` with the observed information, by one pass."""
        self.passes += 1
        current: SecondOrder
        current, observed = self.data.sum(of_block.both_orders, self.glm, coef)
        return current.observing(observed)

    def _penalised(self: Problem[SecondOrderModel], coef: Array, plain: SecondOrder) -> SecondOrder:
        if self.penalty is None:
            return plain
        self.passes += self.penalty.needs_information()
        return self.penalty.add(self.model, self.data, coef, plain)

    def extended_score(self: Problem[SecondOrderModel], high: Array, low: Array) -> tuple[Array, Array]:
        """Return the score at the coefficients high + low as a pair of sums in extended precision."""
        self.passes += 1
        return two_sum(*self.data.sum(of_block.extended_score, self.model, high, low))

    def observed_information(self: Problem[SecondOrderModel], coef: Array) -> Array:
        """Return minus the second derivative of the log-likelihood summed over all rows, shape (p, p)."""
        self.passes += 1
        return np.asarray(self.data.sum(self.model.observed_information, coef))

    def in_coordinates(self, to_data: Array) -> Problem[M]:
        """Return the problem with the columns X to_data."""
        self.passes += 1
        inner = Problem(self.model, self.data.in_coordinates(to_data), setup=self.setup)
        if is_penalised(self) and self.penalty is not None:
            inner.penalty = self.penalty.in_coordinates(self.model.expanded(to_data))
        return inner

    def typical_size(self: Problem[SecondOrderModel]) -> Array:
        """Return the typical size of what each coefficient multiplies."""
        return self.model.reach(self.data.typical_size)

    @property
    def small(self) -> bool:
        """True where passes in extended precision cost nothing worth saving."""
        return self.rows * len(self.names) <= SMALL

    @property
    def tiny(self) -> bool:
        """True where they cost nothing at all."""
        return self.rows * len(self.names) <= TINY

    def predictor(self, high: Array, low: Array) -> Callable[[Block], Array]:
        """Return the function from a block to its linear predictor, correctly rounded if `small`."""
        return partial(of_block.rounded_eta, high, low) if self.small else partial(self.model.eta, high)

    def starting_step(self: Problem[SecondOrderModel]) -> SecondOrder:
        """Return the normal equations of the first Fisher step."""
        self.passes += 1
        known = self.foreseen or foresee(self.model, self.data, ahead=self.penalty is None)
        self.foreseen = known
        return known.start

    def constant_start(self: Problem[SecondOrderModel]) -> Array:
        """Return the coefficients whose linear predictor is nearest to that of the mean response, shape (p,)."""
        self.passes += 1
        step: SecondOrder = self.data.sum(self.model.constant_step, self.data.summary.mean)
        return step.scoring_step()

    def gram(self) -> Array:
        """Return X' W X for prior weights W, shape (p, p): the information of rows of unit curvature."""
        self.passes += 1
        return self.data.gram

    def full_rank(self) -> bool:
        """Say whether no column is a linear combination of others, as far as X' W X can tell."""
        nothing = np.zeros(len(self.data.names))
        return SecondOrder(self.rows, 0.0, nothing, self.gram()).condition() < RANK

    def bounded_information(self: Problem[SecondOrderModel]) -> Array | None:
        """Return the most that the information can be anywhere, shape (p, p); None where it has no bound."""
        bound = self.model.curvature_bound
        if bound is None or (self.penalty is not None and not self.penalty.smooth):
            return None
        information = self.model.bounded(self.gram())
        return information if self.penalty is None else information + self.penalty.curvature(len(self.names))

    def minibatches(self, size: int, rng: np.random.Generator) -> Iterator[Block]:
        """Yield blocks of `size` rows for ever, drawn without replacement within an epoch."""
        for some in shuffled(self.data, size, rng):
            block = some.whole()
            for first in range(0, some.size, size):
                batch = block.rows(slice(first, first + size))
                self.passes += batch.y.size / self.rows
                yield batch


def is_glm(problem: Problem[Model]) -> TypeGuard[Problem[GLM]]:
    """Say whether the model is a GLM, of which more is known: one linear predictor, and an information (no network)."""
    return problem.model.outputs == 1 and hasattr(problem.model, "second_order")


def is_penalised(problem: Problem[Model]) -> TypeGuard[Problem[SecondOrderModel]]:
    """Say whether there is a penalty, which only a model with an information has."""
    return problem.penalty is not None
