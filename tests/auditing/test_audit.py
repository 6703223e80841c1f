"""`glmnn audit` as a person or a script meets it: exit codes, every input, every output, and nothing hostile gets out.

MLE is that of data/primes.csv to 16 digits (tests/reference/high_precision/primes_logit.json). The tables of R and
statsmodels are what these print for data/primes.csv; C1 is LogisticRegression() of scikit-learn there, from
tests/reference/causes/cases.json.
"""

import csv
import io
import json
import re
import shlex
import struct
import unicodedata
from dataclasses import fields
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from confusion import cases
from markdown_it import MarkdownIt

import glmnn
from command import on_terminal
from glmnn.auditing.audit import compare_claims
from glmnn.auditing.claims.read import read_claim
from glmnn.auditing.options import AuditOptions
from glmnn.auditing.result import Verdict
from glmnn.cli.audit import audit as command
from glmnn.cli.schema import schema_of
from glmnn.data.sources.files import read_table
from glmnn.errors import Exit

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data"
PRIMES, SETOSA, CARS = DATA / "primes.csv", DATA / "iris_setosa.csv", DATA / "cars.csv"
SCHEMA = schema_of("audit")
MLE = (-3.549070672801298, 0.5517759208389491)
RIGHT, C1 = "(Intercept)=-3.5491,x=0.5518", "(Intercept)=-3.1121,x=0.4783"
SEPARATED = ["--features", "sepal_length,sepal_width", "--coef", "(Intercept)=-400,sepal_length=100,sepal_width=-60"]
ALIASED = "a,twice,y\n1,2,0\n2,4,1\n3,6,0\n4,8,1\n5,10,1\n6,12,0\n"
EDGE = "x,y\n0,0\n0,0\n1,0\n1,1\n2,1\n2,1\n"
HOSTILE = [
    "\x1b[31mred",
    "\x1b]0;pwned\x07",
    "a\nb",
    "a|b",
    "<b>&amp;</b>",
    "[red]x[/red]",
    "`code`",
    "\u202ex",
    "=1+1",
]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Every test works in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return tmp_path


@pytest.fixture
def audit(glmnn):
    return lambda *arguments, **named: glmnn("audit", *arguments, **named)


@pytest.fixture
def document(audit):
    """Return the JSON of an audit, which follows the schema and agrees with the exit code."""

    def run(*arguments, **named):
        ran = audit(*arguments, "--json", **named)
        assert ran.err == ""
        found = json.loads(ran.out)
        assert schema_errors(found) == []
        against = found["against"]["audit"]["exit"] if found["against"] else 0
        assert ran.code == max(found["exit"], against)
        return found

    return run


def schema_errors(found):
    worst = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(SCHEMA).iter_errors(found))
    return [] if worst is None else [f"{worst.json_path}: {worst.message[:200]}"]


def written(name, content):
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return name


def pairs(names, values, digits=None):
    texts = [repr(float(value)) if digits is None else f"{value:.{digits}f}" for value in values]
    return ",".join(f"{name}={text}" for name, text in zip(names, texts, strict=True))


def words(text):
    return " ".join(text.split())


def of_case(name):
    """Return the data and the flags of a reference case, and its coefficients as a file."""
    case = cases()[name]
    flags = []
    for key, value in case["options"].items():
        text = ",".join(value) if isinstance(value, list) else str(value)
        flags += [f"--{key.replace('_', '-')}", text]
    claim = written("claim.json", json.dumps(case.get("coef", case.get("values"))))
    return [ROOT / case["data"], *flags, "--coef", claim]


# The verdict


def test_the_examples_of_the_help_run(audit, monkeypatch):
    monkeypatch.chdir(ROOT)
    examples = re.findall(r"Example: glmnn audit (.*)", command.__doc__)
    assert examples
    for example in examples:
        ran = audit(*shlex.split(example))
        assert ran.code == 1
        assert "C = 1 in scikit-learn" in ran.out
        assert "✖ Not the maximum likelihood estimate: x is 0.17 standard errors away (proved)." in ran.out


@pytest.mark.slow
@pytest.mark.parametrize("form", [[], ["--json"], ["--csv"], ["--format=md"]])
@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (0, [PRIMES, "--coef", RIGHT]),
        (1, [PRIMES, "--coef", C1]),
        (2, [PRIMES, "--coef", "(Intercept)=1,z=2"]),
        (3, [SETOSA, *SEPARATED]),
    ],
)
def test_the_exit_code_is_the_verdict_in_every_format(audit, code, arguments, form):
    ran = audit(*arguments, *form)
    assert ran.code == code
    assert (ran.out == "") == (ran.err != "") == (code == 2)
    assert "Traceback" not in ran.err


def tensors(**arrays):
    """Bytes of a safetensors file of float32."""
    header, body = {}, b""
    for name, values in arrays.items():
        raw = np.asarray(values, dtype="<f4")
        header[name] = {"dtype": "F32", "shape": raw.shape, "data_offsets": [len(body), len(body) + raw.nbytes]}
        body += raw.tobytes()
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


SKLEARN = {"coef_": [[MLE[1]]], "intercept_": [MLE[0]], "feature_names_in_": ["x"]}
INPUTS = {
    "R": (
        "> coef(summary(m))\n              Estimate Std. Error   z value  Pr(>|z|)\n"
        "(Intercept) -3.549e+00  2.7438853 -1.293447 0.1958565\n"
        "x            5.518e-01  0.4222159  1.306857 0.1912612\n",
        "4 significant digits",
    ),
    "statsmodels": (
        "              Coef.   Std.Err.     z     P>|z|    [0.025  0.975]\n"
        "Intercept    -3.5491    2.7439  -1.2934  0.1959  -8.9270  1.8289\n"
        "x             0.5518    0.4222   1.3068  0.1913  -0.2758  1.3793\n",
        "4 decimals",
    ),
    "CSV": (f"term,estimate\n(Intercept),{MLE[0]}\nx,{MLE[1]}\n", "full precision"),
    "JSON": (json.dumps({"(Intercept)": MLE[0], "x": MLE[1]}), "full precision"),
    "scikit-learn": (json.dumps(SKLEARN), "full precision"),
    "npz": (npz(weight=[[MLE[1]]], bias=[MLE[0]]), "full precision"),
    "Keras": (npz(arr_0=[[MLE[1]]], arr_1=[MLE[0]]), "full precision"),
    "safetensors": (tensors(weight=[[MLE[1]]], bias=[MLE[0]]), "float32"),
}


@pytest.mark.parametrize("kind", INPUTS)
def test_every_input_is_the_maximum(document, kind):
    content, digits = INPUTS[kind]
    found = document(PRIMES, "--coef", written("claim", content))
    assert found["verdict"] == "maximum"
    assert found["claim"]["digits"] == digits
    assert found["claim"]["source"] == "claim"
    assert found["certificate"]["proved"]
    assert found["certificate"]["correctly_rounded"]
    assert found["causes"] == []


@pytest.mark.parametrize(
    "given", [("data/primes.csv",), ("data/cars.csv", "--target=distance", "--family=gaussian")], ids=len
)
def test_what_fit_writes_is_proved_to_be_the_maximum(glmnn, audit, monkeypatch, given):
    monkeypatch.chdir(ROOT)
    fitted = glmnn("fit", *given, "--solver=fisher", "--json").out
    ran = audit(*given, "--coef", "-", stdin=fitted)
    assert ran.code == 0
    assert "● The maximum likelihood estimate, as near as its numbers can be (proved)." in ran.out
    assert "read as glmnn document from <stdin>" in ran.out


@pytest.mark.parametrize("name", ["stopped_early/a/torch_SGD_lr0.01_1000_zeros", "dropped_rows/a/one", "l2/a/R_glmnet"])
def test_a_cause_is_told_with_evidence_and_remedy(audit, name):
    ran = audit(*of_case(name))
    assert ran.code == 1
    why = ran.out.partition("\nWhy\n")[2]
    expected = {"stopped_early": "more steps", "dropped_rows": "one row was left out: line 24", "l2": "lambda = 10"}
    assert expected[name.partition("/")[0]] in words(why)
    assert "explains the" in words(why)
    assert "What to do" in why


def test_no_cause_is_admitted(audit):
    ran = audit(PRIMES, "--coef", "(Intercept)=-9,x=3")
    assert ran.code == 1
    assert "What to do" not in ran.out
    assert re.search(r"(?m)^distance of a coefficient in standard errors .*FAIL$", ran.out)
    assert "No cause that is known here explains it" in words(ran.out)


@pytest.mark.parametrize(("tolerance", "code"), [("0.1", 1), ("0.2", 0)])
def test_tol_se(document, tolerance, code):
    found = document(PRIMES, "--coef", C1, "--tol-se", tolerance)
    assert found["exit"] == code
    assert found["certificate"]["is_maximum"] == (code == 0)
    assert found["certificate"]["tolerance"] == found["options"]["tol_se"] == float(tolerance)


def test_the_penalised_estimate_is_what_scikit_learn_found(audit):
    """And against it, the maximum likelihood estimate is what is wrong."""
    claim = written("c.json", json.dumps(cases()["l2/primes/sklearn_newton_cholesky_C10"]["coef"]))
    ran = audit(PRIMES, "--coef", claim, "--l2", "0.1")
    assert ran.code == 0
    assert "● The penalised estimate asked for to 7.5 digits" in ran.out
    assert "(proved)" not in ran.out
    assert "optimum" in ran.out
    other = audit(PRIMES, "--coef", RIGHT, "--l2", "0.1")
    assert other.code == 1
    assert "Not the penalised estimate asked for" in other.out
    assert "leave the penalty out" in words(other.out)


# Other names, no maximum, many maxima


def test_another_base_level_by_names(document):
    """The treatments of data/anorexia.csv against `control` instead of `cognitive`, from R."""
    case = cases()["other_base/anorexia/R_relevel"]
    plain = cases()["none/anorexia/R_lm"]["coef"]
    names = [name.replace("[T.control]", "[T.cognitive]") for name in plain]
    intercept, before, one, other = (plain[name] for name in plain)
    claim = [intercept + one, before, -one, other - one]
    assert sorted(claim) == pytest.approx(sorted(case["values"]), rel=1e-9)
    given = [DATA / "anorexia.csv", "--formula", case["options"]["formula"], "--family=gaussian"]
    found = document(*given, "--coef", pairs(names, claim))
    assert found["verdict"] == "other_names"
    assert found["exit"] == 0
    assert "treatment: control" in found["causes"][0]["says"]
    np.testing.assert_allclose(
        list(found["claim"]["coefficients"].values()), [plain[name] for name in found["model"]["terms"]], rtol=1e-9
    )


def test_collinear_columns_have_many_maxima(audit, document):
    """Whatever is given to `a` and taken from `twice`: the fitted means are the same."""
    table = written("aliased.csv", ALIASED)
    maximum = document(table, "--coef", "0,0", "--features", "a")["certificate"]["coefficients"]
    intercept, slope = (row["maximum"] for row in maximum)
    claim = pairs(["(Intercept)", "a", "twice"], [intercept, slope - 6.0, 3.0])
    found = document(table, "--coef", claim)
    assert (found["verdict"], found["exit"]) == ("not_unique", 3)
    assert found["aliased"] == ["twice = 2 a"]
    assert [cause["cause"] for cause in found["causes"]] == ["collinear"]
    assert found["claim"]["coefficients"] == pytest.approx({"(Intercept)": intercept, "a": slope})
    assert "one of many maxima" in words(audit(table, "--coef", claim).out).lower()
    assert document(table, "--coef", pairs(["(Intercept)", "a", "twice"], [intercept, 1.0, 3.0]))["exit"] == 1


def test_separation_has_no_maximum(audit):
    ran = audit(SETOSA, *SEPARATED)
    assert ran.code == 3
    assert "Why there is no finite maximum: complete separation" in ran.out
    assert "✖ There is no maximum likelihood estimate." in ran.out
    assert "on the way to infinity" in words(ran.out)
    turned = ["--features", "sepal_length,sepal_width", "--coef", "(Intercept)=400,sepal_length=-100,sepal_width=60"]
    assert "on the way to infinity" not in words(audit(SETOSA, *turned).out)


def test_a_maximum_on_the_boundary(document):
    """Means of 1 with the log link (tests/report/test_documents.py has the same data)."""
    found = document("-", "--link=log", "--coef", "(Intercept)=-2.1972,x=1.0986", stdin=EDGE)
    assert (found["verdict"], found["exit"]) == ("no_maximum", 3)
    assert found["certificate"] is None


# One claim against another

STANDARD = [MLE[0] + MLE[1] * 41 / 6, MLE[1] * np.std([2, 3, 5, 7, 11, 13])]  # of the standardised column


@pytest.mark.parametrize(
    ("claim", "code", "link"),
    [
        (RIGHT, 0, "they are the same within their rounding"),
        (pairs(["(Intercept)", "x"], STANDARD), 1, "standardised columns ((x - mean) / standard deviation)"),
        ("0.5517759208389491,-3.549070672801298", 1, "the intercept comes last"),
        ("(Intercept)=3.549070672801298,x=-0.5517759208389491", 1, "all signs are turned"),
        ("(Intercept)=0.1,x=7", 1, None),
    ],
    ids=["equal", "standardised", "order", "sign", "nothing"],
)
def test_two_claims_and_what_links_them(audit, document, claim, code, link):
    arguments = [PRIMES, "--coef", claim, "--against", pairs(["(Intercept)", "x"], MLE)]
    found = document(*arguments)
    assert found["exit"] == code
    assert len(found["against"]["difference"]) == len(found["against"]["in_std_errors"]) == 2
    assert found["against"]["audit"]["verdict"] == "maximum"
    links = [told["says"] for told in found["against"]["links"]]
    if link is None:
        assert links == []
        return
    assert link in links[0]
    ran = audit(*arguments)
    assert ran.code == code
    assert "One against the other" in ran.out
    assert f"from the first to the second: {links[0]}" in words(ran.out)


def test_two_claims_with_nothing_in_common(audit):
    """Against a penalised estimate, so that nobody seeks causes."""
    ran = audit(PRIMES, "--l2=1", "--coef", "(Intercept)=0.1,x=7", "--against", RIGHT)
    assert ran.code == 1
    assert "no map between units, orders, signs or codings that is known here" in words(ran.out)


def test_the_worse_of_two_verdicts_is_the_exit_code(audit):
    assert audit(PRIMES, "--coef", C1, "--against", RIGHT).code == 1
    assert audit(PRIMES, "--coef", RIGHT, "--against", C1).code == 1
    assert audit(SETOSA, *SEPARATED, "--against", SEPARATED[-1]).code == 3


# Claims that cannot be compared with the model


@pytest.mark.parametrize(
    ("coef", "said"),
    [
        ("(Intercept)=-3.5,xx=0.5", ["'xx'", "x"]),
        ("(Intercept)=-3.5,x=0.5,z=1", ["'z'"]),
        ("(Intercept)=-3.5,x=nan", ["nan"]),
        ("(Intercept)=-3.5,x=inf", ["inf"]),
        ("(Intercept)=-3.5,x=", ["x"]),
        ("(Intercept)=-3.5", ["there is no coefficient of 'x'"]),
        ("x=0.5,x=0.6", ["'x'"]),
        ("1,2,3", ["3 values without names"]),
        ("", ["--coef"]),
        ("no-such-file.json", ["no-such-file.json"]),
    ],
)
def test_a_claim_that_does_not_fit_is_refused_in_one_line(audit, coef, said):
    ran = audit(PRIMES, "--coef", coef)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert ran.err.startswith("glmnn: ")
    assert all(word in ran.err for word in said), ran.err


def test_the_nearest_name_is_offered(audit):
    given = [DATA / "infertility.csv", "--target=case", "--features=age,parity,induced,spontaneous"]
    coef = "(Intercept)=1,age=1,parity=1,induced=1,spontanous=1"
    assert "did you mean 'spontaneous'" in audit(*given, "--coef", coef).err


@pytest.mark.parametrize("values", [[[np.nan]], [[np.inf]]])
def test_a_nan_in_a_file_is_refused(audit, values):
    ran = audit(PRIMES, "--coef", written("c.npz", npz(weight=values, bias=[0.0])))
    assert (ran.code, ran.out) == (2, "")
    assert "must be finite" in ran.err


def test_a_missing_intercept_is_0(audit):
    """The claim of scikit-learn with fit_intercept=False."""
    slope = cases()["no_intercept/primes/sklearn"]["coef"]["x"]
    ran = audit(PRIMES, "--coef", f"x={slope!r}")
    assert ran.code == 1
    assert "the model was fitted without an intercept" in words(ran.out)
    left_out = audit(PRIMES, "--coef", f"x={MLE[1]!r}")
    assert left_out.code == 1
    assert "the slopes are right and the intercept was left out" in words(left_out.out)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--coef", RIGHT], "give the data"),
        ([PRIMES], "give the claim"),
        (["-", "--coef", "-"], "only one of data, --coef and --against can come from standard input"),
        ([PRIMES, "--coef", "-", "--against", "-"], "only one of data, --coef and --against"),
        ([PRIMES, "--coef", RIGHT, "--tol-se", "0"], "--tol-se"),
        ([PRIMES, "--coef", RIGHT, "--tol-se", "nan"], "--tol-se"),
        ([PRIMES, "--coef", RIGHT, "--json", "--csv"], "choose one format"),
        ([PRIMES, "--coef", RIGHT, "--format", "xml"], "xml"),
        ([PRIMES, "--coef", RIGHT, "--family", "gausian"], "gaussian"),
        ([PRIMES, "--coef", RIGHT, "-o", "no/such.txt"], "there is no folder"),
        (["nosuch.csv", "--coef", RIGHT], "nosuch.csv"),
    ],
)
def test_misuse_is_told_in_one_line(audit, arguments, said):
    ran = audit(*arguments, stdin="")
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


# Outputs


def test_the_schema_knows_all_options_and_verdicts():
    options = SCHEMA["$defs"]["audit_options"]
    assert sorted(options["required"]) == sorted(options["properties"]) == sorted(f.name for f in fields(AuditOptions))
    assert set(SCHEMA["properties"]["verdict"]["enum"]) == {verdict.name.lower() for verdict in Verdict}
    assert set(SCHEMA["properties"]["exit"]["enum"]) == {int(Exit.DONE), int(Exit.NO), int(Exit.NO_MAXIMUM)}
    assert {**SCHEMA["$defs"]["audit"]["properties"], "against": 1}.keys() == SCHEMA["properties"].keys()


def test_a_document_that_lies_is_refused(document):
    found = document(PRIMES, "--coef", C1)
    certificate = found["certificate"]
    for change in (
        {"exit": 2}, {"extra": 1}, {"schema": "glmnn.audit/2"}, {"verdict": "fine"}, {"said": []},
        {"options": {**found["options"], "colour": "red"}}, {"certificate": {**certificate, "proved": 1}},
        {"certificate": {**certificate, "tests": certificate["tests"][1:]}}, {"against": {}},
        {"causes": [{**found["causes"][0], "cause": "It was the butler"}]},
    ):  # fmt: skip
        assert schema_errors({**found, **change}), change


@pytest.mark.parametrize(
    "name",
    ["l2/a/R_glmnet", "none/gamma/glum", "other_base/c/R_relevel_d", "half/a/R_glmnet_multinomial", "none/cars/R_lm"],
)
def test_json_and_csv_have_every_digit(audit, document, name):
    found = document(*of_case(name))
    rows = list(csv.DictReader(io.StringIO(audit(*of_case(name), "--csv").out)))
    assert [row["term"] for row in rows] == found["model"]["terms"]
    for row, entry in zip(rows, found["certificate"]["coefficients"], strict=True):
        assert {key: float(value) for key, value in row.items() if key != "term"} == {
            key: value for key, value in entry.items() if key != "term"
        }
    claimed = cases()[name]
    assert (
        list(found["claim"]["coefficients"].values()) == list(claimed.get("coef", {}).values()) or "values" in claimed
    )


def test_csv_without_a_maximum_has_the_claim(audit):
    rows = list(csv.reader(io.StringIO(audit(SETOSA, *SEPARATED, "--csv").out)))
    assert rows[1] == ["(Intercept)", "-400.0", "", "", "", "", ""]


def test_markdown(audit):
    text = audit(PRIMES, "--coef", C1, "--format", "md").out
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    headings = [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "heading_open"]
    assert headings == ["glmnn audit", "Claim and maximum", "Why", "What to do"]
    assert sum(token.type == "table_open" for token in tokens) == 2
    assert "**✖ Not the maximum likelihood estimate: x is 0.17 standard errors away (proved).**" in text


def test_output_goes_to_a_file_that_is_whole(audit, folder, monkeypatch):
    ran = audit(PRIMES, "--coef", C1, "-o", "out.json", "--json")
    assert (ran.code, ran.out, ran.err) == (1, "", "glmnn: wrote out.json\n")
    before = Path("out.json").read_text()
    assert schema_errors(json.loads(before)) == []

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    failed = audit(PRIMES, "--coef", RIGHT, "-o", "out.json", "--json")
    assert (failed.code, failed.out) == (2, "")
    assert "No space left" in failed.err
    assert Path("out.json").read_text() == before
    assert [path.name for path in folder.iterdir()] == ["out.json"]


@pytest.mark.parametrize("place", ["data.csv", "claim.json", "other.json", "run.toml"])
def test_an_input_is_never_overwritten(audit, place):
    written("data.csv", PRIMES.read_bytes())
    written("claim.json", json.dumps(dict(zip(["(Intercept)", "x"], MLE, strict=True))))
    written("other.json", Path("claim.json").read_bytes())
    written("run.toml", 'data = "data.csv"\n')
    before = Path(place).read_bytes()
    arguments = ["data.csv", "--coef", "claim.json", "--against", "other.json", "--config", "run.toml", "--csv"]
    ran = audit(*arguments, "-o", f"./{place}")
    assert (ran.code, ran.out) == (2, "")
    assert "input" in ran.err
    assert Path(place).read_bytes() == before


def test_quiet_has_no_notes_and_still_a_verdict(audit):
    loud, quiet = audit(PRIMES, "--coef", "-3.5491,0.5518"), audit(PRIMES, "--coef", "-3.5491,0.5518", "--quiet")
    assert "note: values without names, taken in the order of the design" in words(loud.out)
    assert "note:" not in quiet.out
    assert quiet.out.startswith("●")
    assert audit(PRIMES, "--coef", C1, "-q", "-o", "o.txt") == (1, "", "")
    assert Path("o.txt").read_text() == audit(PRIMES, "--coef", C1, "-q").out


def test_options_come_from_a_file_and_flags_win(document):
    written("run.toml", f'data = "{PRIMES}"\ntol_se = 0.5\n')
    assert document("--config", "run.toml", "--coef", C1)["exit"] == 0
    assert document("--config", "run.toml", "--coef", C1, "--tol-se", "0.01")["exit"] == 1


WIDE = {
    "long": ["total_household_income_before_tax_in_thousands", "größe_über_alles", "世帯の所得"],
    "plain": ["a", "b", "c"],
}


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("kind", WIDE)
def test_no_width_cuts_a_number_or_a_name(audit, document, monkeypatch, columns, kind):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(40, 3)).round(3) * [1e6, 1e-5, 1]
    rows = [[*x, int(rng.random() < 0.5)] for x in X.tolist()]
    written("data.csv", "\n".join(",".join(map(str, row)) for row in [[*WIDE[kind], "y"], *rows]))
    coef = pairs(["(Intercept)", *WIDE[kind]], [1e-7, -3.25e-6, 123456.75, 1e3])
    monkeypatch.setenv("COLUMNS", str(columns))
    given = ["data.csv", "--coef", coef, "--l2=1e-9"]  # so that nobody seeks causes
    shown, found = audit(*given).out, document(*given)
    told = [float(number) for number in re.findall(r"-?\d+\.?\d*(?:e[-+]\d+)?", shown)]
    for row in found["certificate"]["coefficients"]:
        for key in ("claimed", "maximum"):
            assert any(number == pytest.approx(row[key], rel=1e-3) for number in told), key
    squeezed = re.sub(r"\s", "", shown)
    assert all(name in squeezed for name in WIDE[kind])
    if kind == "plain":
        assert max(map(len, shown.splitlines())) <= max(columns, 78)


@pytest.mark.slow
def test_no_color_means_no_colour():
    arguments = ["audit", PRIMES, "--coef", C1]
    code, plain = on_terminal(*arguments, NO_COLOR="1", COLUMNS="100")
    assert code == 1
    assert "\x1b" not in plain.rpartition("\r\x1b[K")[2]
    code, coloured = on_terminal(*arguments, COLUMNS="100")
    assert code == 1
    assert "\x1b[1;36mWhy" in coloured
    report = coloured.rpartition("\r\x1b[K")[2]  # a slow machine has shown its progress first
    assert report.startswith("\x1b[1;31m✖")


# Hostile names and files


def controls(text):
    return {mark for mark in text if unicodedata.category(mark) in {"Cc", "Cf"} and mark != "\n"}


def hostile_table():
    rng = np.random.default_rng(3)
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*HOSTILE, "y"])
    X = rng.normal(size=(60, len(HOSTILE))).round(3)
    writer.writerows([*x, int(rng.random() < 0.5)] for x in X.tolist())
    return file.getvalue()


@pytest.mark.parametrize("form", ["table", "md", "csv", "json"])
def test_hostile_column_names_reach_no_terminal(audit, form):
    written("data.csv", hostile_table())
    claim = written("claim.json", json.dumps(dict.fromkeys(["(Intercept)", *HOSTILE], 0.25)))
    fast = ["--l2=1e-9"] if form in {"json", "csv"} else []  # nobody seeks causes
    ran = audit("data.csv", "--coef", claim, "--format", form, *fast)
    assert (ran.code, ran.err) == (1, "")
    if form == "json":
        assert json.loads(ran.out)["model"]["terms"] == ["(Intercept)", *HOSTILE]
    elif form == "csv":
        assert [row[0] for row in csv.reader(io.StringIO(ran.out))][1:] == ["(Intercept)", *HOSTILE]
    else:
        assert controls(ran.out) == set()
        assert "\\x1b[31mred" in ran.out.replace("\\\\", "\\").replace("\\[", "[")
    if form == "md":
        kinds = {token.type for token in MarkdownIt("commonmark").enable("table").parse(ran.out)}
        assert "html_block" not in kinds


@pytest.mark.parametrize(
    ("code", "content"),
    [
        (2, json.dumps({"(Intercept)": 1.0, "x": 2.0, "\x1b]0;pwned\x07": 3.0})),
        (2, json.dumps({"\x1b[31mx": 1.0})),
        (2, json.dumps({"coef_": [[1.0]], "intercept_": [0.0], "feature_names_in_": ["\u202e\x1b[2J"]})),
        (2, "term,estimate\n(Intercept),1\n\x1b[31mx,2\n"),
        (2, npz(**{"\x1b[31m": [1.0], "\x1b[32m": [2.0]})),
        (2, tensors(**{"\x9b31m.weight": [[1.0, 2.0]], "\x9b31m.other": [1.0]})),
        (2, b"\x80\x04cos\nsystem\n(S'touch pwned'\ntR."),
        (2, b"\xff\xfe\x00"),
        (2, "{" * 100_000),
        (2, ""),
        (2, "\x1b[31m"),
        (0, json.dumps(dict(zip(["(Intercept)", "x"], MLE, strict=True)))),
    ],
    ids=range(12),
)
@pytest.mark.parametrize("flag", ["--coef", "--against"])
def test_hostile_claims_keep_their_escapes_to_themselves(audit, flag, code, content):
    claim = written("\x1b[31mclaim", content)
    arguments = ["--coef", claim] if flag == "--coef" else ["--coef", RIGHT, flag, claim]
    ran = audit(PRIMES, *arguments)
    assert ran.code == code
    assert (ran.out == "") == (code == 2)
    assert controls(ran.out + ran.err) == set()
    assert "\\x1b[31mclaim" in ran.out + ran.err
    assert "Traceback" not in ran.err
    assert ran.err.count("\n") == (code == 2)
    assert not Path("pwned").exists()


@pytest.mark.slow
def test_a_map_is_found_in_either_direction():
    standardised = "(Intercept)=0.221307,x=2.213704"
    table = read_table(str(ROOT / "data" / "primes.csv"))
    X = table.columns["x"].numbers
    plain = f"(Intercept)={0.221307 - 2.213704 * float(X.mean() / X.std())!r},x={float(2.213704 / X.std())!r}"
    there = compare_claims(AuditOptions(), table, read_claim(standardised), read_claim(plain))
    back = compare_claims(AuditOptions(), table, read_claim(plain), read_claim(standardised))
    for links in (there.relation.links, back.relation.links_back):
        assert [link.key for link in links] == ["standardized_units"]


class LogisticRegression:
    """What scikit-learn's has."""

    def __init__(self, slope, **settings):
        self.coef_, self.intercept_ = np.array([[slope]]), np.array([-9.0])
        self.settings = settings

    def get_params(self):
        return self.settings


@pytest.mark.parametrize(
    ("strength", "why"),
    [(0.1, "The claim is a LogisticRegression(C=0.1), which has a penalty"), (np.inf, "No cause that")],
)
def test_a_penalty_of_the_claim_itself_is_not_denied(strength, why):
    found = glmnn.audit(PRIMES, LogisticRegression(3.0, C=strength, penalty="l2"))
    assert why in words(str(found))
    assert ("no penalty, early stop" in words(str(found))) == (strength == np.inf)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"loss": "hinge", "alpha": 1e-4}, "(loss='hinge'): that loss is not the likelihood of a GLM."),
        (
            {"loss": "log_loss", "alpha": 1e-4, "learning_rate": "optimal"},
            "(alpha=0.0001): stochastic gradient descent stops at random around its optimum, which has a penalty.",
        ),
        (
            {"loss": "log_loss", "alpha": 1e-4, "penalty": None, "learning_rate": "optimal"},
            "LogisticRegression: stochastic gradient descent stops at random around its optimum.",
        ),
    ],
)
def test_how_an_estimator_is_fitted_is_told_where_no_cause_is_found(settings, why):
    found = words(str(glmnn.audit(PRIMES, LogisticRegression(3.0, **settings))))
    assert why in found
    assert "No cause that is known" not in found
