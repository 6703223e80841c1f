"""The parameters of an estimator that stand behind a cause, in the words of its own call."""

from __future__ import annotations

from dataclasses import replace

from glmnn.auditing.causes.claimed import Cause

PENALTY = ("C", "alpha", "l2", "l1_ratio", "penalty")
BEHIND = {
    "l2": PENALTY,
    "l2_all": PENALTY,
    "l1": PENALTY,
    "elastic_net": PENALTY,
    "stopped_early": ("max_iter", "tol", "gradient_tol", "solver"),
    "loose_tolerance": ("tol", "gradient_tol", "max_iter", "solver"),
    "class_weights": ("class_weight",),
    "no_intercept": ("fit_intercept",),
}
UNSET = ("None", "'deprecated'")  # values that ask for nothing


def with_settings(cause: Cause, kind: str, settings: tuple[str, ...]) -> Cause:
    """Return a cause with the parameters of the estimator that it comes from, as `C=1.0`.

    Parameters
    ----------
    cause : Cause
    kind : str
        The estimator.
    settings : tuple of str
        Its parameters, each as in its call.
    """
    wanted = [name for part in cause.key.split("+") for name in BEHIND.get(part.removesuffix("_standardized"), ())]
    given = dict(setting.split("=", 1) for setting in settings)
    own = [f"{name}={given[name]}" for name in dict.fromkeys(wanted) if given.get(name, UNSET[0]) not in UNSET]
    return replace(cause, says=f"{cause.says}; this is {kind}({', '.join(own)})") if own else cause
