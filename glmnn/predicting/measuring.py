"""How well predictions fit responses that come a chunk at a time: what is kept of the rows is in an unnamed file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.data.dataset import Dataset
from glmnn.data.spill import Spill
from glmnn.diagnostics import metrics
from glmnn.diagnostics.goodness import goodness
from glmnn.engines.tree import leaf_slices
from glmnn.models.glm import has_one_output
from glmnn.models.model import Head

RUN, STEP = 1 << 18, 1 << 10  # rows that are sorted at once, and between two that are remembered
MEAN, LOGIT, Y, WEIGHT = range(4)  # columns of the file


@dataclass
class Measuring:
    """Measures of rows so far.

    Attributes
    ----------
    head : Head
        What the outputs mean.
    threshold : float
        Mean from which a row is of class 1.
    rows : int
        With a prediction and a response.
    lost, given : int
        Rows without a prediction, and all.
    note : str
        Why there are no measures.
    asked : bool
        The rows have a column for the response.
    """

    head: Head
    threshold: float
    rows: int = 0
    lost: int = 0
    given: int = 0
    note: str = ""
    asked: bool = False
    _weight: float = 0.0
    _sums: dict[str, float] = field(default_factory=dict)
    _kept: Spill | None = None
    _ends: tuple[float, float] = (np.inf, -np.inf)  # of the logits

    def add(self, block: Block, eta: Array) -> None:
        """Take note of responses and predictions.

        Parameters
        ----------
        block : Block
            With responses and prior weights.
        eta : ndarray of shape (rows,) or (rows, outputs)

        Raises
        ------
        DataError
            If there is no room for them.
        """
        y, weight = block.y, block.prior_weight
        total = float(weight.sum())
        self.rows += y.size
        if not total > 0.0:
            return
        if not has_one_output(self.head):
            found = goodness(self.head, eta, block)
            parts = {name: found[name] * total for name in ("accuracy", "brier")} | {"deviance": found["deviance"]}
        else:
            model = self.head
            with np.errstate(all="ignore"):
                mu, complement = model.link.inverse(eta), model.link.complement(eta)
                deviance = float(weight @ model.pointwise.evaluate(eta, y)[0]) if model.inside(eta) else np.nan
                parts = {"deviance": deviance}
                if model.family.trials:
                    self._keep(np.column_stack([mu, np.log(mu) - np.log(complement), y, weight]))
                    parts["accuracy"] = metrics.accuracy(y, mu, weight, self.threshold) * total
                    parts["brier"] = metrics.brier(y, mu, weight) * total
                else:
                    parts["rmse"] = metrics.rmse(y, mu, weight) ** 2 * total
                    parts["mae"] = metrics.mae(y, mu, weight) * total
        self._weight += total
        self._sums = {name: self._sums.get(name, 0.0) + part for name, part in parts.items()}

    def _keep(self, values: Array) -> None:
        if self._kept is None:
            self._kept = Spill(values.shape[1])
        logit = values[:, LOGIT]
        self._ends = min(self._ends[0], float(logit.min())), max(self._ends[1], float(logit.max()))
        self._kept.append(values)

    def metrics(self) -> dict[str, float]:
        """Return measures by name, those and in the order of rows in memory; nothing where there are none."""
        if self.note or not self._weight:
            return {}
        means = {name: part / self._weight for name, part in self._sums.items() if name != "deviance"}
        if "rmse" in means:
            means["rmse"] = float(np.sqrt(means["rmse"]))
        deviance = self._sums["deviance"]
        found = {"deviance": deviance, "mean_loss": deviance / 2.0 / self._weight, **means}
        if self._kept is None:
            return found
        intercept, slope = self._calibration(self._kept)
        accuracy, brier = found.pop("accuracy"), found.pop("brier")
        return found | {
            "accuracy": accuracy,
            "auc": auc_of(self._kept),
            "brier": brier,
            "calibration_intercept": intercept,
            "calibration_slope": slope,
        }

    def notes(self) -> tuple[str, ...]:
        """Return what is to be said of the rows."""
        left = f"{self.lost} of {self.given} rows have no prediction for missing cells" if self.lost else ""
        nothing = "no metrics: no row has both a prediction and a response"
        return tuple(filter(None, (left, self.note or (nothing if self.asked and not self._weight else ""))))

    def _calibration(self, kept: Spill) -> tuple[float, float]:
        if not np.all(np.isfinite(self._ends)):
            return np.nan, np.nan
        intercept = metrics.last_coef(Logits(("(Intercept)",), kept))
        if self._ends[0] == self._ends[1]:
            return intercept, np.nan
        return intercept, metrics.last_coef(Logits(("(Intercept)", "logit"), kept))


@dataclass(frozen=True)
class Logits(Dataset):
    """Responses with the logits of their means as a column, or in the offset where there is one column alone."""

    names: tuple[str, ...]
    kept: Spill

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.kept.rows

    def blocks(self) -> Iterator[Block]:
        """Iterate over all rows, in order."""
        return map(self._block, leaf_slices(self.rows, len(self.names)))

    def _block(self, part: slice) -> Block:
        values = self.kept.read(part.start, part.stop)
        ones, logit = np.ones(len(values)), np.ascontiguousarray(values[:, LOGIT])
        as_offset = len(self.names) == 1
        X = ones[:, None] if as_offset else np.column_stack([ones, logit])
        y, weight = (np.ascontiguousarray(values[:, place]) for place in (Y, WEIGHT))
        return Block(X, y, weight, logit if as_offset else np.zeros_like(ones))


def auc_of(kept: Spill) -> float:
    """Return the area under the ROC curve, as `metrics.auc`, of rows of which some are sorted at once.

    Runs of rows are sorted into a file of their own, equal means put together. Then they are merged, from one of the
    remembered means to the next: of each run at most so many rows as lie between two of them are read too much.
    """
    runs, ends, marks = Spill(3), [0], list[Array]()
    for first in range(0, kept.rows, RUN):
        values = kept.read(first, min(first + RUN, kept.rows))
        weight, y = values[:, WEIGHT], values[:, Y]
        means, place = np.unique(np.nan_to_num(values[:, MEAN], nan=np.inf), return_inverse=True)
        runs.append(np.column_stack([means, np.bincount(place, weight * y), np.bincount(place, weight * (1.0 - y))]))
        ends.append(runs.rows)
        marks.append(means[::STEP])
    cuts = np.append(np.unique(np.concatenate(marks))[:: RUN // STEP], np.inf)
    cuts[0] = -np.inf
    above = below = successes = 0.0
    for low, high in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
        between = [*map(partial(_between, runs, low, high), ends[:-1], ends[1:], marks)]
        means, place = np.unique(np.concatenate([part[:, 0] for part in between]), return_inverse=True)
        won, failed = (np.bincount(place, np.concatenate([part[:, j] for part in between])) for j in (1, 2))
        above += float(won @ (below + np.cumsum(failed) - failed / 2.0))
        below, successes = below + float(failed.sum()), successes + float(won.sum())
    pairs = below * successes
    return above / pairs if pairs > 0 else np.nan


def _between(runs: Spill, low: float, high: float, first: int, end: int, marks: Array) -> Array:
    """Return the rows of a run with low <= mean < high; those of mean infinity with the last."""
    start = first + max(int(np.searchsorted(marks, low)) - 1, 0) * STEP
    stop = min(first + int(np.searchsorted(marks, high, side="right")) * STEP, end)
    values = runs.read(start, stop)
    means = values[:, 0]
    return np.asarray(values[(means >= low) & ((means < high) | (high == np.inf))])
