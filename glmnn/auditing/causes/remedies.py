"""The call that gives the maximum in the tool that made the claim."""

from __future__ import annotations

from glmnn.auditing.causes.claimed import Case, Cause
from glmnn.auditing.causes.hypothesis import without_scale

Calls = tuple[tuple[str, str], ...]
UNPENALISED = {
    "gaussian": "LinearRegression()",
    "poisson": "PoissonRegressor(alpha=0)",
    "gamma": "GammaRegressor(alpha=0)",
}


def mend(case: Case, cause: Cause) -> Calls:
    """Return what to do about a cause: tool and call, the likeliest tools only."""
    calls: list[tuple[str, str]] = []
    for part in cause.key.split("+"):
        calls += _OF.get(without_scale(part), _nothing)(case, cause)
    return tuple(dict.fromkeys(calls))


def _nothing(_case: Case, _cause: Cause) -> Calls:
    return ()


def _no_penalty(case: Case, cause: Cause) -> Calls:
    estimator = UNPENALISED.get(case.problem.glm.family.kind, "LogisticRegression(C=np.inf, tol=1e-8, max_iter=10_000)")
    calls = [("scikit-learn", estimator)]
    if cause.key.startswith("l2_all"):
        calls.append(("PyTorch", "weight_decay=0 (or parameter groups without the bias)"))
    calls += [("R", "glm() instead of glmnet()"), ("glum", "alpha=0, gradient_tol=1e-10")]
    scaled = any(without_scale(part) != part for part in cause.key.split("+"))
    if "lambda" in cause.parameters and not scaled and "class_weights" not in cause.key:
        more = " --penalize-intercept" if cause.key.startswith("l2_all") else ""
        calls.append(("glmnn", f"audit against the penalised estimate: --l2 {cause.parameters['lambda']:.6g}{more}"))
    return tuple(calls)


def _run_on(_case: Case, cause: Cause) -> Calls:
    calls = [("PyTorch, Keras", "more steps, standardised columns, or LBFGS; stop on the gradient, not on the loss")]
    if "iterations" in cause.parameters:
        calls = [
            ("scikit-learn", "max_iter=10_000, tol=1e-10"),
            ("statsmodels", "fit(maxiter=100, tol=1e-12)"),
            ("R", "control = glm.control(epsilon = 1e-14, maxit = 100)"),
        ]
    return tuple(calls)


def _tighter(_case: Case, _cause: Cause) -> Calls:
    return (
        ("scikit-learn", "LogisticRegression(C=np.inf, solver='newton-cholesky', tol=1e-12)"),
        ("glum", "gradient_tol=1e-10"),
        ("R", "control = glm.control(epsilon = 1e-14, maxit = 100)"),
    )


def _intercept(_case: Case, _cause: Cause) -> Calls:
    return (
        ("statsmodels", "sm.add_constant(X)"),
        ("scikit-learn", "fit_intercept=True"),
        ("PyTorch", "nn.Linear(..., bias=True)"),
        ("R", "leave out the - 1 or + 0 of the formula"),
    )


def _equal_classes(_case: Case, _cause: Cause) -> Calls:
    return (("scikit-learn", "class_weight=None"), ("PyTorch", "BCEWithLogitsLoss() without pos_weight"))


def _back_to_data(_case: Case, _cause: Cause) -> Calls:
    return (("scikit-learn", "coef_ / scaler.scale_, intercept_ - (coef_ * scaler.mean_ / scaler.scale_).sum()"),)


def _likelihood(_case: Case, _cause: Cause) -> Calls:
    return (("PyTorch", "nn.BCEWithLogitsLoss() instead of nn.MSELoss()"), ("Keras", "loss='binary_crossentropy'"))


R_FAMILIES = {"gamma": "Gamma", "inverse_gaussian": "inverse.gaussian", "negative_binomial": "MASS::negative.binomial"}
R_LINKS = {"inverse_squared": "1/mu^2"}


def _this_model(case: Case, _cause: Cause) -> Calls:
    family, link = case.problem.glm.family.kind, case.problem.glm.link.name
    classes = {"gamma": "Gamma", "inverse_gaussian": "InverseGaussian", "negative_binomial": "NegativeBinomial"}
    theirs = classes.get(family, family.capitalize())
    return (
        ("R", f"glm(..., family = {R_FAMILIES.get(family, family)}(link = '{R_LINKS.get(link, link)}'))"),
        ("statsmodels", f"sm.GLM(..., family=sm.families.{theirs}()) with the {link} link"),
    )


def _softmax(_case: Case, _cause: Cause) -> Calls:
    return (("any", "the difference of the two rows of the softmax layer, or a single output with a sigmoid"),)


def _zero_one(_case: Case, _cause: Cause) -> Calls:
    return (("any", "check which class counts as 1: pos_label, the order of the levels, a bool response"),)


def _base(_case: Case, _cause: Cause) -> Calls:
    return (
        ("R", "relevel(g, ref = '...'), contrasts = contr.treatment"),
        ("statsmodels", "C(g, Treatment('...'))"),
        ("glmnn", "--ref g=..."),
    )


def _same_rows(_case: Case, _cause: Cause) -> Calls:
    return (("any", "fit on the same rows: look at dropna, the train split, merges and drop_duplicates"),)


def _same_order(_case: Case, _cause: Cause) -> Calls:
    return (("scikit-learn", "np.r_[intercept_, coef_.ravel()]"), ("any", "give names with the values"))


def _plain_likelihood(_case: Case, _cause: Cause) -> Calls:
    return (("R", "glm(...) without method = 'brglmFit'"),)


def _use_offset(_case: Case, _cause: Cause) -> Calls:
    return (("statsmodels", "exposure=... or offset=np.log(...)"), ("R", "offset(log(...))"))


def _use_weights(_case: Case, _cause: Cause) -> Calls:
    return (
        ("statsmodels", "freq_weights= or var_weights="),
        ("R", "weights = ..."),
        ("scikit-learn", "sample_weight="),
    )


_OF = {
    "l2": _no_penalty,
    "l2_all": _no_penalty,
    "l1": _no_penalty,
    "elastic_net": _no_penalty,
    "firth": _plain_likelihood,
    "stopped_early": _run_on,
    "loose_tolerance": _tighter,
    "no_intercept": _intercept,
    "class_weights": _equal_classes,
    "standardized_units": _back_to_data,
    "minmax_units": _back_to_data,
    "centred_units": _back_to_data,
    "squared_error": _likelihood,
    "other_link": _this_model,
    "half": _softmax,
    "sign": _zero_one,
    "swapped_response": _zero_one,
    "other_base": _base,
    "other_contrasts": _base,
    "dropped_rows": _same_rows,
    "repeated_rows": _same_rows,
    "imputed": _same_rows,
    "order": _same_order,
    "offset_ignored": _use_offset,
    "weights_ignored": _use_weights,
    "weights_used": _use_weights,
}
