"""Causes are found in coefficients that real tools made, with their numbers, and nobody is accused without one.

`confusion.py` says which answers are right and takes all cases; here a part of them that runs in seconds.
"""

import json
import re
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context

import numpy as np
import pytest
from confusion import EXPECTED, HALVES, NOTHING, ROOT, _expected, _ruled, answer_of, audited, cases, main

import glmnn
from glmnn.auditing.audit import audit
from glmnn.auditing.claims.claim import Claim
from glmnn.auditing.result import Verdict
from glmnn.auditing.verdict import verdict_lines

WHOLE = {"none", "printed", "float32", "separation", "collinear"}
STARTS = "a random start: what is left of it decides the path, and a path through two numbers proves little"
UNKNOWN_TO_US = {
    **dict.fromkeys(
        (
            "stopped_early/a/torch_SGD_lr0.1_100_seed0", "stopped_early/infertility_numeric/torch_SGD_lr0.1_100_seed0",
            "stopped_early/video/torch_SGD_lr0.1_100_seed0", "stopped_early/d/torch_SGD_lr0.1_100_seed0",
            "stopped_early/d/torch_SGD_lr0.1_1000_seed0", "stopped_early/missing/torch_SGD_lr0.01_2000_seed3",
            "stopped_early/d/torch_SGD_momentum_lr0.01_200_seed2", "stopped_early/a/torch_Adam_lr0.001_1000_seed0",
            "stopped_early/d/torch_Adam_lr0.001_1000_seed0", "stopped_early/primes/torch_Adam_lr0.001_1000_seed0",
        ),
        STARTS,
    ),
    "l2+stopped_early/a/torch_SGD_0.01_50": "after 50 steps a decay of 0.01 has moved it by 0.001 standard errors",
    "collinear/collinear/sklearn_default": "lambda = 1 moves it by 0.002 standard errors: 3.9 of 4 digits of evidence",
}  # fmt: skip


def size_of(case):
    """Return how long a case takes, roughly: rows times coefficients."""
    estimate = _ruled(case["data"], json.dumps(case["options"]))[2]
    return estimate.problem.rows * len(estimate.terms)


def chosen():
    """Return all cases of the innocent, and the smallest of every cause and tool."""
    groups = {}
    for case in cases().values():
        tool = case["id"].split("/")[2].partition("_")[0]
        groups.setdefault((case["cause"], tool), []).append(case)
    found = [case["id"] for case in cases().values() if case["cause"] in WHOLE and case["id"] not in UNKNOWN_TO_US]
    for group in groups.values():
        left = [case for case in group if case["id"] not in UNKNOWN_TO_US]
        found += [case["id"] for case in sorted(left, key=size_of)[:1] if case["cause"] not in WHOLE]
    return found


CHOSEN = chosen()


@cache
def found_in(name):
    return audited(cases()[name])


def causes_of(name):
    return found_in(name).causes


def of_kind(*keys):
    return [name for name in CHOSEN if cases()[name]["cause"] in keys]


# Named or not named


@pytest.mark.slow
@pytest.mark.parametrize("name", CHOSEN)
def test_the_true_cause_is_named(name):
    answer = answer_of(cases()[name], found_in(name))
    assert answer.right, answer
    assert not answer.false


def test_every_tool_of_every_cause_is_among_them():
    groups = {(case["cause"], case["id"].split("/")[2].partition("_")[0]) for case in cases().values()}
    taken = {(cases()[name]["cause"], name.split("/")[2].partition("_")[0]) for name in CHOSEN}
    assert taken == groups
    assert len(cases()) == 536


def test_the_exceptions_are_about_cases_that_exist():
    assert set(UNKNOWN_TO_US) <= set(cases())
    assert all(any(_expected(case)[0] == reason for case in cases().values()) for _, _, reason in EXPECTED)


def test_a_false_accusation_would_be_seen():
    """The counting itself: coefficients with a penalty, said to be those of nothing known, are an accusation."""
    case = cases()["l2/a/R_glmnet"]
    for truth, false in (("unknown", True), ("none", True), ("printed", True), ("sign", False), ("l2", False)):
        answer = answer_of({**case, "id": f"{truth}/a/made_up", "cause": truth})
        assert (answer.named, answer.right, answer.false) == ("l2", truth == "l2", false)


def test_the_table_is_printed_and_judged(capsys):
    assert main(["half", "--markdown"]) == 0
    assert "| half | 4 | 4 | half 4 |" in capsys.readouterr().out
    assert main(["half"]) == 0
    assert "4 of 4 right, 100.0%; 0 false accusations" in capsys.readouterr().out


# Digits alone are no cause


@pytest.mark.slow
@pytest.mark.parametrize("decimals", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("name", ["a", "a_probit", "a_weighted", "doctors", "gamma", "missing_z", "video"])
def test_a_last_digit_that_is_off_accuses_nobody(name, decimals):
    """Cut off instead of rounded, or one unit away: that is not the maximum, and every cause would fit as well."""
    case = next(case for case in cases().values() if case["id"].split("/")[1] == name)
    options, table, estimate = _ruled(case["data"], json.dumps(case["options"]))
    maximum, unit = estimate.maximum.coef, 10.0**-decimals
    nearest = maximum.round(decimals)
    rng = np.random.default_rng(decimals)
    wrong = [np.trunc(maximum / unit) * unit, *(nearest + unit * rng.integers(-1, 2, maximum.size) for _ in range(3))]
    for values in wrong:
        claim = Claim("case", "text", estimate.terms, values.round(decimals), np.full(maximum.size, unit / 2))
        found = audit(options, table, claim, estimate)
        assert found.causes == () or found.verdict is Verdict.MAXIMUM


# Their numbers


def relative_error(name):
    """Return how far the solver of a case was from where its cause would have put it, as a part of the way."""
    case = cases()[name]
    return case["explained_se"] / case["distance_se"]


PENALISED = [
    name
    for name in of_kind("l2", "l2_all", "l2_standardized", "l1", "l1_standardized", "l2+no_intercept", "elastic_net")
    if relative_error(name) < 1e-4
]


@pytest.mark.slow
@pytest.mark.parametrize("name", PENALISED)
def test_the_penalty_is_recovered(name):
    """To a millionth where the solver went on to the end."""
    told, true = causes_of(name)[0].parameters, cases()[name]["parameters"]
    tolerance = 1e-6 if relative_error(name) < 1e-8 else 1e-3
    if true.get("lambda"):
        assert told["lambda"] == pytest.approx(true["lambda"], rel=tolerance)
        assert told["C"] == pytest.approx(1 / true["lambda"], rel=tolerance)
    if true.get("lambda_l1"):
        assert told["lambda_1"] == pytest.approx(true["lambda_l1"], rel=tolerance)
    if cases()[name]["cause"] in {"l2", "l2_all"}:
        where = "(with the intercept)" if true["intercept_penalised"] else "(without the intercept)"
        assert where in causes_of(name)[0].says


@pytest.mark.slow
@pytest.mark.parametrize("name", of_kind("class_weights"))
def test_the_ratio_of_class_weights_is_recovered(name):
    weights = cases()[name]["parameters"]["weights"]
    assert causes_of(name)[0].parameters["ratio"] == pytest.approx(weights["1"] / weights["0"], rel=1e-6)
    assert ("balanced" in causes_of(name)[0].says) == ("balanced" in name)


@pytest.mark.parametrize(
    "name", [name for name, case in cases().items() if case["parameters"].get("family") == "negative_binomial"]
)
def test_alpha_of_the_negative_binomial_is_recovered(name):
    assert causes_of(name)[0].parameters["alpha"] == pytest.approx(cases()[name]["parameters"]["alpha"], rel=1e-5)
    assert "negative binomial" in causes_of(name)[0].says


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in of_kind("other_link") if "link" in cases()[name]["parameters"]])
def test_the_other_model_is_named(name):
    parameters, says = cases()[name]["parameters"], causes_of(name)[0].says
    assert parameters["link"] in says or parameters["family"] == "negative_binomial"
    assert parameters["family"].replace("_", " ") in says


@pytest.mark.parametrize("name", ["a/first20", "a/last10percent", "a/one", "cars/one", "gamma/first20"])
def test_dropped_rows_are_named_by_their_lines(name):
    """Row 0 of the file stands in line 2, below the header."""
    rows = cases()[f"dropped_rows/{name}"]["parameters"]["rows"]
    lines = f"line {rows[0] + 2}" if len(rows) == 1 else f"lines {rows[0] + 2} to {rows[-1] + 2}"
    says = causes_of(f"dropped_rows/{name}")[0].says
    assert re.search(rf"left out: {lines}$", says), says
    assert len(rows) == 1 or says.startswith(f"{len(rows)} rows")


@pytest.mark.parametrize("name", ["a/first20", "a/one", "cars/one"])
def test_repeated_rows_are_named_by_their_lines(name):
    rows = cases()[f"repeated_rows/{name}"]["parameters"]["rows"]
    lines = f"line {rows[0] + 2}" if len(rows) == 1 else f"lines {rows[0] + 2} to {rows[-1] + 2}"
    assert causes_of(f"repeated_rows/{name}")[0].says.endswith(f"used twice: {lines}")


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, case in cases().items() if "split" in case["parameters"]])
def test_the_seed_of_a_split_is_recovered(name):
    seed, part = re.search(r"random_state=(\d+), test_size=([\d.]+)", cases()[name]["parameters"]["split"]).groups()
    assert f"train_test_split(test_size={part}, random_state={seed})" in causes_of(name)[0].says


@pytest.mark.slow
@pytest.mark.parametrize("name", of_kind("imputed", "weights_ignored", "one_coefficient", "other_units"))
def test_the_column_is_named(name):
    column = cases()[name]["parameters"].get("column", cases()[name]["parameters"].get("coefficient"))
    column = column or cases()[name]["options"]["weights"]
    assert column in causes_of(name)[0].says


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("stopped_early/d/R_glm_2", 2),
        ("stopped_early/d/statsmodels_Newton_3", 3),
        ("stopped_early/gamma/statsmodels_IRLS_1", 1),
        ("stopped_early/missing/sklearn_lbfgs_5", 5),
        ("stopped_early/infertility_numeric/sklearn_lbfgs_15", 15),
        ("l2+stopped_early/c/sklearn_lbfgs_5", 5),
    ],
)
def test_the_number_of_iterations_is_recovered(name, steps):
    assert causes_of(name)[0].parameters["iterations"] == steps


@pytest.mark.parametrize(
    "name", ["stopped_early/a/torch_SGD_lr0.01_1000_zeros", "stopped_early/count_plain/torch_SGD_lr0.01_500_zeros"]
)
def test_learning_rate_times_steps_is_recovered(name):
    true = cases()[name]["parameters"]
    assert causes_of(name)[0].parameters["time"] == pytest.approx(true["lr"] * true["steps"], rel=0.01)


def test_float32_is_told_as_the_reason_for_the_last_digits_and_changes_no_verdict():
    found = found_in("float32/d/torch_SGD")
    assert [cause.key for cause in found.causes] == ["float32"]
    assert found.verdict is Verdict.MAXIMUM
    assert "4.2 digits are right, float32 holds 7.2" in found.causes[0].says


@pytest.mark.slow
@pytest.mark.parametrize("name", CHOSEN)
def test_every_cause_has_its_evidence_and_a_remedy(name):
    for cause in causes_of(name):
        assert cause.says
        assert all(cause.evidence)
        assert all(tool and call for tool, call in cause.mend)
        assert np.isfinite([cause.left, cause.of, cause.strength, *cause.parameters.values()]).all()


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("l2/a/R_glmnet", "LogisticRegression(C=np.inf"),
        ("l2/a/R_glmnet", "--l2 10"),
        ("l2_all/cars/torch_SGD", "weight_decay=0"),
        ("no_intercept/primes/R_glm", "sm.add_constant(X)"),
        ("class_weights/d/R_glm", "class_weight=None"),
        ("half/a/R_glmnet_multinomial", "a single output with a sigmoid"),
        ("squared_error/a/torch_LBFGS", "BCEWithLogitsLoss"),
    ],
)
def test_the_remedy_is_that_of_the_cause(name, call):
    assert any(call in told for cause in causes_of(name) for _, told in cause.mend)


def test_the_data_are_read_from_the_repository():
    assert all((ROOT / case["data"]).is_file() for case in cases().values())
    assert {NOTHING} == _expected(cases()["unknown/a/noise"])[1]


# Claims on data that no rule was written against

FRESH = cases("fresh")
SAMPLE = [name for name, case in FRESH.items() if case["half"] == "seen"][::23]


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLE)
def test_no_wrong_cause_is_named_on_fresh_data(name):
    answer = answer_of(FRESH[name], audited(FRESH[name]))
    assert not answer.wrong, answer
    assert not answer.false, answer


@pytest.mark.slow
@pytest.mark.whole
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("half", HALVES)
def test_the_table_of_fresh_claims(half):
    """Nobody innocent is accused, nine of ten causes that the digits can tell are named, two of a hundred are wrong."""
    chosen = sorted((case for case in FRESH.values() if case["half"] == half), key=lambda case: case["data"])
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        answers = list(pool.map(answer_of, chosen, chunksize=20))
    guilty = [answer for answer in answers if not answer.open]
    assert [answer.id for answer in answers if answer.false] == []
    assert sum(answer.right for answer in guilty) >= 0.9 * len(guilty)
    assert sum(answer.wrong for answer in answers) <= 0.02 * len(answers)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("class_weights+l2/clinic/sklearn_balanced_newton", "(balanced) and an L2 penalty, lambda = 1 "),
        ("other_units/clinic/column_lb", "multiplied weight_kg by 2.204623"),
        ("dropped_rows/spector/two", "2 rows were left out: lines "),
        ("stopped_early/spector/gd_lr0.02_700", "at a learning rate of 0.02, stopped after 700 steps"),
        ("stopped_early/clinic/gd_sum_lr1e-06_150", "at a learning rate of 1e-06 (summed loss), stopped after 150"),
        ("stopped_early/clinic/gd_standardised_lr0.1_60", "0.1 on standardised columns (and turned back), stopped"),
        ("stopped_early/star98/statsmodels_IRLS_1", "from statsmodels' start) stopped after 1 iteration"),
        ("stopped_early/cpunish/statsmodels_cg_4", "CG from the null model stopped after 4 iterations"),
    ],
)
def test_what_is_told_of_a_fresh_claim(name, says):
    assert says in audited(FRESH[name]).causes[0].says


@pytest.mark.parametrize(
    ("name", "keys"),
    [("l2/clinic/sklearn_C30/4s", {"l2"}), ("l2/spector/sklearn_C30/3d", {"l2"})],
)
def test_too_few_digits_are_told_with_what_they_do_not_exclude(name, keys):
    found = audited(FRESH[name])
    said = " ".join(verdict_lines(found))
    assert found.causes == ()
    assert keys <= {cause.key for cause in found.finding.search.possible}
    assert "Too few digits to tell: " in said
    assert all(cause.says in said for cause in found.finding.search.possible)


def test_what_was_not_searched_to_the_end_is_told(monkeypatch):
    monkeypatch.setattr("glmnn.auditing.causes.early_stopping.WORK", 100)
    found = audited(FRESH["unknown/spector/noise_2"])
    assert found.causes == ()
    assert "too large to replay solvers" in found.finding.search.skipped[0]
    assert f"The search was cut short: {found.finding.search.skipped[0]}." in verdict_lines(found)


@pytest.mark.slow
def test_a_fit_that_is_not_replayed_to_its_digits_is_not_named():
    """An L2 penalty found in a claim, one of whose coefficients is then moved by more than the rounding."""
    case = FRESH["l2/clinic/sklearn_newton_C0.35/6d"]
    assert answer_of(case).named == "l2"
    moved = dict(case["coef_text"])
    moved["ln_dose"] = f"{1.002 * float(moved['ln_dose']):.6f}"
    assert audited({**case, "coef_text": moved}).causes == ()


def test_columns_of_extreme_size_are_no_accident():
    rng = np.random.default_rng(1)
    x = rng.normal(size=40).round(3)
    y = (rng.random(40) < 1 / (1 + np.exp(-x))).astype(int)
    audited = glmnn.audit({"x": x * 1e-150, "z": x**2 * 1e150, "y": y}, [1.0, 2.0])
    assert not audited.is_maximum
    assert "z is 2" in audited.verdict


def test_a_row_that_has_equals_is_not_told_from_them():
    """With factors alone a row used twice could be any of those equal to it."""
    x, y = np.repeat([0.0, 1.0], 20), np.tile([0, 1, 1, 1, 0], 8)
    claim = glmnn.fit(np.append(x, x[5])[:, None], np.append(y, y[5]), names=["x"], solver="fisher").coef
    (cause, *_) = glmnn.audit(x[:, None], claim, y=y, names=["x"]).causes
    assert cause.endswith("was used twice: row 1 (or rows equal to them)")


def test_a_column_that_was_used_as_offset_is_named():
    drawn = np.random.default_rng(2)
    x, off = drawn.normal(size=(2, 80)).round(2)
    rows = {"x": x, "off": off, "y": (drawn.uniform(size=80) < 1 / (1 + np.exp(-x - off))).astype(int)}
    claim = glmnn.fit(rows, formula="y ~ x", offset="off", solver="fisher").coef
    assert glmnn.audit(rows, claim, formula="y ~ x").causes == ["the column 'off' was used as offset"]


def test_class_weights_are_named_once_and_a_moved_column_is_considered():
    drawn = np.random.default_rng(3)
    a, b = drawn.normal(size=(2, 150)).round(2)
    rows = {"a": a, "b": b, "y": (drawn.uniform(size=150) < 1 / (1 + np.exp(1 - a))).astype(int)}
    share = np.mean(rows["y"])
    balanced = np.where(rows["y"] == 1, 0.5 / share, 0.5 / (1 - share))
    weighted = glmnn.fit(rows, formula="y ~ a + b", weights=balanced, weights_type="var", solver="fisher").coef
    (cause,) = glmnn.audit(rows, weighted, formula="y ~ a + b").causes
    assert cause.startswith("class weights")
    moved = glmnn.fit(rows | {"a": a - 45}, formula="y ~ a + b", solver="fisher").coef
    (cause,) = glmnn.audit(rows, moved, formula="y ~ a + b").causes
    assert cause.endswith("(a slip in copying, or columns moved by a constant?)")
