"""The parameters of an estimator that stand behind a cause, in the words of its own call."""

from __future__ import annotations

from dataclasses import replace

from glmnn.auditing.causes.claimed import Cause
from glmnn.auditing.causes.hypothesis import without_scale

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
IDLE = ("inf", "np.inf", "0", "0.0")  # values at which there is no penalty
LIKELIHOODS = ("'log_loss'", "'log'", "'squared_error'", "'squared_loss'")  # losses of scikit-learn that are one
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
    wanted = [name for part in cause.key.split("+") for name in BEHIND.get(without_scale(part), ())]
    given = dict(setting.split("=", 1) for setting in settings)
    own = [f"{name}={given[name]}" for name in dict.fromkeys(wanted) if given.get(name, UNSET[0]) not in UNSET]
    return replace(cause, says=f"{cause.says}; this is {kind}({', '.join(own)})") if own else cause


def own_penalty(kind: str, settings: tuple[str, ...]) -> str:
    """Return the call of an estimator with the penalty that it has; empty if it has none, or is not known to.

    >>> own_penalty("Ridge", ("alpha=2.0", "tol=0.0001")), own_penalty("LogisticRegression", ("C=inf", "l1_ratio=0.0"))
    ('Ridge(alpha=2.0)', '')
    """
    given = dict(setting.split("=", 1) for setting in settings)
    strengths = [name for name in ("C", "alpha", "l2") if given.get(name, UNSET[0]) not in (*UNSET, *IDLE)]
    off = given.get("penalty") in ("None", "'none'")
    return f"{kind}({', '.join(f'{name}={given[name]}' for name in strengths)})" if strengths and not off else ""


def own_method(kind: str, settings: tuple[str, ...]) -> str:
    """Return why an estimator has no maximum likelihood estimate by the way it is fitted; empty if it may have one.

    >>> own_method("LinearSVC", ("C=1.0", "loss='squared_hinge'"))
    "The claim is a LinearSVC(loss='squared_hinge'): that loss is not the likelihood of a GLM."
    """
    given = dict(setting.split("=", 1) for setting in settings)
    if given.get("loss", LIKELIHOODS[0]) not in LIKELIHOODS:
        return f"The claim is a {kind}(loss={given['loss']}): that loss is not the likelihood of a GLM."
    if "learning_rate" not in given:
        return ""
    penalty = own_penalty(kind, settings)
    more = ", which has a penalty" if penalty else ""
    return f"The claim is a {penalty or kind}: stochastic gradient descent stops at random around its optimum{more}."
