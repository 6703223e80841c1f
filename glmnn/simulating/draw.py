"""Data with known truth, from any family and link."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import numpy as np

from glmnn.arrays import Array
from glmnn.errors import OptionError, UsageError, quoted, unknown
from glmnn.models.glm import GLM

MOST_ROWS = 1_000_000_000


@dataclass(frozen=True)
class Simulation:
    """Simulated rows and the coefficients that made them.

    Attributes
    ----------
    names : tuple of str
        Of the features: x1, x2, ...
    features : ndarray of shape (n, k)
    y : ndarray of shape (n,)
        Successes for a grouped binomial.
    trials : int or None
    beta : ndarray of shape (k + 1,)
        True coefficients, the intercept first.
    """

    names: tuple[str, ...]
    features: Array
    y: Array
    trials: int | None
    beta: Array

    def columns(self) -> dict[str, Array]:
        """Return the columns by name, in the order of the CSV."""
        counts = {} if self.trials is None else {"trials": np.full(self.y.size, float(self.trials))}
        return {name: self.features[:, j] for j, name in enumerate(self.names)} | counts | {"y": self.y}

    def rows(self) -> list[list[str]]:
        """Return header and rows as text; numbers have as many digits as they need to be read back exactly."""
        whole = bool(np.all(self.y == np.round(self.y)))
        header = [*self.names, *(["trials"] if self.trials else []), "y"]
        lines = [header]
        for x, y in zip(self.features.tolist(), self.y.tolist(), strict=True):
            last = str(int(y)) if whole else repr(y)
            lines.append([*map(repr, x), *([str(self.trials)] if self.trials else []), last])
        return lines

    def to_csv(self) -> str:
        """Return the rows as CSV."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(self.rows())
        return text.getvalue()


def simulate(
    model: GLM,
    beta: Array,
    n: int,
    design: str = "uniform:-3:3",
    seed: int = 0,
    dispersion: float = 1.0,
    trials: int | None = None,
) -> Simulation:
    """Draw features from a design and responses from a model.

    Parameters
    ----------
    model : GLM
    beta : ndarray of shape (k + 1,)
        The intercept first.
    n : int
        Rows.
    design : str
        ``uniform:LOW:HIGH``, ``normal``, ``correlated:RHO`` or ``conditioned:NUMBER``.
    seed : int
    dispersion : float
        Of families that have one.
    trials : int, optional
        Binomial: trials in each row.

    Raises
    ------
    UsageError
        If a number is out of range, or a mean is not legal for the family.
    """
    _check_sizes(model, n, dispersion, trials)
    draw = model.family.draw
    if draw is None:
        raise UsageError(f"simulating {model.family.name} is not possible here: take a power between 1 and 2")
    rng = np.random.default_rng(seed)
    try:
        features = _features(design, n, beta.size - 1, rng)
    except (OverflowError, MemoryError) as error:
        raise OptionError("design", f"{quoted(design)} with {n} rows is not possible ({error})") from None
    with np.errstate(all="ignore"):
        eta = beta[0] + features @ beta[1:]
        mu = model.link.inverse(eta)
    if not np.all(np.isfinite(mu)):
        raise UsageError("these coefficients give means too large for a float64")
    low, high = model.family.means
    if not model.inside(eta) or not np.all((mu > low) & (mu < high) | model.family.trials):
        raise UsageError(
            f"these coefficients give means outside the {model.family.name} family: with the {model.link.name} link "
            f"the linear predictor must lie between {model.etas[0]:g} and {model.etas[1]:g}"
        )
    try:
        with np.errstate(all="ignore"):
            y = draw(rng, mu, dispersion, trials)
    except (ValueError, ArithmeticError, MemoryError) as error:
        raise UsageError(f"these coefficients give means too large to draw from ({error})") from None
    if not np.all(np.isfinite(y)) or (not model.family.support.zero and np.any(y <= 0)):
        raise UsageError("these numbers are too extreme to draw from: some responses leave float64")
    names = tuple(f"x{j + 1}" for j in range(beta.size - 1))
    return Simulation(names, features, np.asarray(y, dtype=float), trials, beta)


def _check_sizes(model: GLM, n: int, dispersion: float, trials: int | None) -> None:
    if n < 1:
        raise OptionError("n", "must be 1 or more", n)
    if n > MOST_ROWS:
        raise OptionError("n", f"must be {MOST_ROWS} at the most", n)
    if not (np.isfinite(dispersion) and dispersion > 0):
        raise OptionError("dispersion", "must be positive", dispersion)
    if trials is not None and (not model.family.trials or not 1 <= trials < 2**53):
        raise OptionError("trials", f"{trials}: it is a positive number for the binomial family, below 2^53")


def _features(design: str, n: int, k: int, rng: np.random.Generator) -> Array:
    kind, *numbers = design.split(":")
    try:
        values = [float(number) for number in numbers]
    except ValueError:
        raise OptionError("design", f"{quoted(design)}: what follows the colon must be numbers") from None
    if not np.all(np.isfinite(values)):
        raise OptionError("design", f"{quoted(design)}: the numbers must be finite")
    match kind, values:
        case "uniform", [low, high] if low < high:
            return rng.uniform(low, high, (n, k))
        case "normal", []:
            return rng.standard_normal((n, k))
        case "correlated", [rho] if -1.0 / max(k - 1, 1) < rho < 1.0:
            root = np.linalg.cholesky(np.full((k, k), rho) + (1.0 - rho) * np.eye(k)) if k else np.eye(0)
            return rng.standard_normal((n, k)) @ root.T
        case "conditioned", [condition] if condition >= 1.0:
            rotation = np.linalg.qr(rng.standard_normal((k, k)))[0]
            lengths = np.geomspace(1.0, 1.0 / condition, k) if k > 1 else np.ones(k)
            return np.asarray(rng.standard_normal((n, k)) * lengths @ rotation.T)
    kinds = ["uniform", "normal", "correlated", "conditioned"]
    if kind not in kinds:
        raise UsageError(unknown("design", kind, kinds))
    raise OptionError(
        "design",
        f"{quoted(design)}: write uniform:LOW:HIGH, normal, correlated:RHO with RHO below 1, or "
        "conditioned:NUMBER with NUMBER at least 1",
    )
