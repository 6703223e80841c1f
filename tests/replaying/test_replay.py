"""The documents, replayed: each row that claims a match has one, and each verdict can be missed.

The numbers of the documents stand in glmnn/replaying, with the place; here stands what is to come of them.
"""

import json
import re
from functools import cache
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from glmnn.cli import app
from glmnn.cli.schema import schema_of
from glmnn.errors import UsageError
from glmnn.replaying import lesson
from glmnn.replaying import replay as module
from glmnn.replaying.replay import DOCUMENTS, Document, exit_of, find_documents
from glmnn.replaying.replay import replayed as replay
from glmnn.replaying.report import GROUPS, summary, verdict
from glmnn.replaying.row import Digits, Verdict, computed, counted, cut, method, not_run, printed, remark, said, slip
from glmnn.solvers.external.library import Library
from glmnn.solvers.registry import LIBRARIES

DOCUMENTED = Path(__file__).parents[1] / "reference" / "documents.txt"
SCHEMA = schema_of("replay")
V = Verdict
EXPECTED = {
    "000": {
        V.MATCHED: "fires 5, 11, 13 alone",
        V.PRINTED: "w|b",
        V.METHOD: "by Python|BP1, BP3, BP4",
        V.COMPUTED: "the two, audited|standard error of w|standard error of b|deviance|iterations|cost C at w, b"
        "|steps, rate 0.1|steps, rate 0.05|steps, rate 0.01|largest rate|condition number|right, of 6"
        "|x where it flips|curve, 66 points",
        V.SLIP: "BP2|sign of C",
    },
    "001": {
        V.MATCHED: "rows|iterations|torch's intercept, rounded|torch's x1, rounded|torch's x2, rounded",
        V.METHOD: "true intercept|true x1|true x2|iterations, other draws|estimate: intercept|estimate: x1"
        "|estimate: x2|all three together|BCE and log-likelihood|10,000 steps, rate 0.1|steps needed"
        "|steps of Adam|work, 10,000 to 7",
        V.COMPUTED: "10,000 steps, rate 0.01",
        V.REMARK: "optimizer",
    },
    "002": {
        V.METHOD: "ReLU|sigmoid|softmax, Jacobian|BCE loss|CCE loss|4-32-3, gradient|two classes (BCE)"
        "|regression (MSE)",
        V.COMPUTED: "weights, 4-32-3|iris, init 0: loss|iris, init 0: test accuracy|iris, init 1: loss"
        "|iris, init 1: test accuracy|iris, init 2: loss|iris, init 2: test accuracy|error rate, init 0",
        V.SLIP: "MSE loss|softmax of (1000, 0)|constants (biases)|activation 'identity'|activation 'tanh'"
        "|batches of an epoch|softmax, hidden layer",
    },
    "003": {
        V.MATCHED: "iris: last line|iris: the line|toy graph: de/db",
        V.PRINTED: "h[1]|h[2]|h[3]|y|J|dJ/dy|dJ/dV[1]|dJ/dV[2]|dJ/dV[3]|dJ/dh[1]|dJ/dh[2]|dJ/dh[3]|dJ/dW1[1]"
        "|dJ/dW1[2]|dJ/dW1[3]|dJ/dW2[1]|dJ/dW2[2]|dJ/dW2[3]|J by hand|dJ/dV[1] by hand"
        "|dJ/dV[2] by hand|dJ/dV[3] by hand|dJ/dW2[1] by hand|h[1] as a factor|h[2] as a factor"
        "|h[3] as a factor",
        V.METHOD: "sigmoid|tanh|ReLU",
        V.COMPUTED: "perceptron mistakes|iris: steps|iris: sepal_length|iris: sepal_width|iris: (Intercept)"
        "|iris: loss|iris: accuracy|iris: region of 1|toy graph: e|toy graph: de/da|100 steps: J"
        "|100 steps: y|label 0: J|label 0: J, 100 steps",
        V.SLIP: "a neuron's range|iris: the counter|iris: axis label|dJ/dW1[1] by hand|name of dJ/dW2[1]|J of label 0",
    },
    "004": {
        V.PRINTED: "backward difference",
        V.METHOD: "chain rule|complex step, apart|all 15 derivatives",
        V.COMPUTED: "their two, apart|the two here, apart",
        V.SLIP: "the response Y",
    },
}
ROWS = [
    (number, what, kind)
    for number, kinds in EXPECTED.items()
    for kind, names in kinds.items()
    for what in names.split("|")
]


@cache
def replayed(number):
    return replay(DOCUMENTS[number])


def row(number, what):
    return next(item for item in replayed(number).rows if item.what == what)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "what", "kind"), ROWS)
def test_every_row_ends_as_it_should(number, what, kind):
    found = row(number, what)
    assert found.verdict is kind
    if kind is Verdict.PRINTED:
        assert found.digits.agreed == found.digits.printed > 0
        assert abs(found.ours - float(found.theirs)) <= 0.02 * abs(found.ours) or found.digits.printed == 1
    if kind is Verdict.MATCHED and found.digits is not None:
        assert found.ours == int(found.theirs)
    if kind in {Verdict.SLIP, Verdict.METHOD, Verdict.REMARK}:
        assert found.note
    if kind is Verdict.COMPUTED:
        assert found.theirs == "-"


@pytest.mark.slow
@pytest.mark.parametrize("number", DOCUMENTS)
def test_nothing_stands_under_theirs_that_the_document_does_not_print(number):
    """Excerpts of the documents; "..." leaves words out, and commas join numbers that stand apart."""
    lines = DOCUMENTED.read_text(encoding="utf-8").splitlines()
    text = "\n".join(line.removeprefix(f"{number}: ") for line in lines if line.startswith(number))
    for written, read in (("\\times10^{-6}", "e-6"), ("\\cdot", "*"), ("minus ", "-"), ("seven", "7"), ("\\", "")):
        text = text.replace(written, read)
    text = re.sub(r"_\{(\w+)\}", r"\1", text)
    for item in replayed(number).rows:
        for part in re.split(r" ?\.\.\. ?|(?<=\d), (?=-?\d)", item.theirs):
            bound = r"(?![.]?\d)" if part[-1:].isdigit() else ""
            assert part in {"", "-"} or re.search(rf"(?<![\d.]){re.escape(part)}{bound}", text), item.what


@pytest.mark.slow
@pytest.mark.parametrize("number", DOCUMENTS)
def test_no_row_is_forgotten(number):
    libraries = {
        "000": {"by TensorFlow", "by PyTorch", "by Lightning", "by R"},
        "002": {"in torch, step by step"},
    }.get(number, set())
    known = {what for where, what, _ in ROWS if where == number}
    assert {item.what for item in replayed(number).rows} == known | libraries
    assert replayed(number).holds
    assert verdict(replayed(number)).startswith(f"{number}: all that can match does (")


def test_tensorflow_is_not_said_to_have_run_where_keras_runs_on_something_else(monkeypatch):
    monkeypatch.setattr(lesson, "keras_backend", lambda: "jax")
    monkeypatch.setattr(Library, "why_not", lambda _self: "")
    monkeypatch.setattr(Library, "installed", True)
    tensorflow = lesson.why_not_run("by TensorFlow", LIBRARIES["keras"])
    assert tensorflow == "Keras runs on jax here: KERAS_BACKEND=tensorflow, where that is installed"
    assert lesson.why_not_run("by PyTorch", LIBRARIES["torch"]) == ""


@pytest.mark.slow
def test_the_iris_neuron_says_that_there_is_no_maximum():
    assert "-81 + 30 sepal_length - 25 sepal_width = 0" in row("003", "iris: sepal_length").note
    assert row("003", "iris: steps").ours == 237_706
    assert row("003", "iris: sepal_length").ours == pytest.approx(11.6599, abs=5e-5)  # data/SOURCES.md


def test_what_is_not_given_says_so():
    assert "seed" in row("001", "iterations").note
    assert "seed" in row("001", "estimate: x1").note
    assert "rate" in row("001", "10,000 steps, rate 0.1").note
    assert "not given" in row("002", "iris, init 0: loss").note
    assert "seed" in row("004", "chain rule").note


def test_the_numbers_of_the_two_layer_net_are_those_of_the_lecture():
    """Published in the lecture's output, eight digits; here once more, independently of the rows."""
    for what, theirs in (("J", 0.52699227), ("dJ/dV[2]", -0.29945768), ("dJ/dW1[2]", -2.01341432e-01)):
        assert row("003", what).ours == pytest.approx(theirs, rel=2e-8)


# the verdicts


def test_a_count_must_be_the_same():
    assert counted("n", "p", "4828", 4828).verdict is Verdict.MATCHED
    missed = counted("n", "p", "4828", 4829)
    assert (missed.verdict, missed.holds, missed.digits) == (Verdict.MISSED, False, Digits(3, 4))


def test_a_printed_number_must_be_the_rounded_one():
    assert printed("w", "p", "0.5518", 0.55177592).verdict is Verdict.PRINTED
    assert printed("w", "p", "-3e-6", -3.42e-6).digits == Digits(1, 1)
    assert not printed("w", "p", "0.5518", 0.5519).holds
    assert not printed("w", "p", "0.7310", 0.7310586).holds  # cut off, which must be asked for
    assert not printed("w", "p", "0.5518", float("nan")).holds
    assert not printed("w", "p", "0.5518", float("inf")).holds
    assert not printed("w", "p", "0.5518", -0.5518).holds


def test_a_cut_number_must_be_cut_and_not_round_alike():
    found = cut("h", "p", "0.7310", 0.7310586)
    assert (found.verdict, found.digits) == (Verdict.PRINTED, Digits(4, 4))
    assert "not rounded" in found.note
    assert not cut("h", "p", "0.7311", 0.7310586).holds
    assert not cut("h", "p", "0.7310", 0.73104).holds


def test_a_statement_must_be_the_same():
    assert said("s", "p", "no", "no").verdict is Verdict.MATCHED
    assert not said("s", "p", "no", "yes").holds


def test_a_method_a_slip_and_a_remark_must_be_found():
    assert method("m", "p", "0.41", 0.32, True, "seed").verdict is Verdict.METHOD
    assert not method("m", "p", "0.41", 0.32, False, "seed").holds
    assert slip("s", "p", "a", "b", True, "why").verdict is Verdict.SLIP
    assert not slip("s", "p", "a", "b", False, "why").holds
    assert remark("r", "p", "SGD", 1000, True, "all rows").verdict is Verdict.REMARK
    assert not remark("r", "p", "SGD", 1000, False, "all rows").holds


def test_what_is_not_printed_is_no_match():
    found = computed("c", "p", 4.70681, "4.7068")
    assert (found.verdict, found.theirs, found.digits) == (Verdict.COMPUTED, "-", None)
    assert not computed("c", "p", 4.8, "4.7068").holds
    assert not computed("c", "p", "no", "proved").holds
    assert computed("c", "p", 0.3).verdict is Verdict.COMPUTED
    assert (not_run("n", "p", "t", "not installed").verdict, not_run("n", "p", "t", "x").holds) == (
        Verdict.NOT_RUN,
        True,
    )


# the command

BROKEN = Document("004", "a document", lambda: iter([counted("n", "p", "5", 6), said("s", "p", "no", "no")]))


def test_a_row_that_does_not_match_is_named_and_ends_with_1(monkeypatch):
    found = replay(BROKEN)
    assert (found.holds, exit_of([found])) == (False, 1)
    assert verdict(found) == "004: NOT matched: n (1 printed and matched, 1 not matched)."
    assert "NOT matched: look at 004" in summary([found, replayed("004")])
    monkeypatch.setitem(module.DOCUMENTS, "004", BROKEN)
    result = CliRunner().invoke(app, ["replay", "--only", "004"])
    assert result.exit_code == 1
    assert "NOT MATCHED" in result.stdout


def test_one_document_in_eighty_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    result = CliRunner().invoke(app, ["replay", "--only", "4"])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert "  a chapter: backpropagation through a 2-2-2-1 net" in lines
    assert lines[lines.index("Printed, and matched") + 1].split() == [
        "what",
        "where",
        "theirs",
        "glmnn",
        "digits",
    ]  # no room for the digits
    assert "003:" not in result.stdout


def test_every_table_keeps_its_columns_in_eighty_columns(monkeypatch):
    from glmnn.cli.console import make_console
    from glmnn.replaying.report import replay_report
    from glmnn.report.terminal import print_report

    monkeypatch.setenv("COLUMNS", "80")
    console = make_console()
    for number in DOCUMENTS:
        with console.capture() as seen:
            print_report(replay_report([replayed(number)]), console)
        lines = seen.get().splitlines()
        assert max(map(len, lines)) <= 80
        headings = [place for place, line in enumerate(lines) if line.startswith("what ")]
        assert len(headings) == sum(line.split(":")[0] in GROUPS or line in GROUPS for line in lines)


def test_json_is_as_its_schema_says(tmp_path):
    path = tmp_path / "seeds.json"
    result = CliRunner().invoke(app, ["replay", "--only", "004", "--json", "-o", str(path)])
    assert (result.exit_code, result.stdout) == (0, "")
    document = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.validate(document, SCHEMA)
    (found,) = document["documents"]
    assert (found["document"], found["holds"], document["exit"]) == ("004", True, 0)
    assert found["rows"][1]["digits"] == {"agreed": 17, "printed": 17}
    assert {kind.value for kind in Verdict} == set(SCHEMA["$defs"]["row"]["properties"]["verdict"]["enum"])


def test_markdown_has_the_places():
    result = CliRunner().invoke(app, ["replay", "--only", "004", "--md"])
    assert result.exit_code == 0
    assert "| what | where | theirs | glmnn | digits |" in result.stdout
    assert "### Computed here" in result.stdout


def test_documents_are_found_by_number():
    assert [item.number for item in find_documents([])] == list(DOCUMENTS)
    assert [item.number for item in find_documents(["4,0", "003"])] == ["000", "003", "004"]
    with pytest.raises(UsageError, match="there is no document '007'"):
        find_documents(["007"])


def test_one_format_at_a_time():
    result = CliRunner().invoke(app, ["replay", "--json", "--md"])
    assert isinstance(result.exception, UsageError)


def test_the_old_name_of_the_command_still_works():
    assert CliRunner().invoke(app, ["seeds", "--only", "4"]).exit_code == 0
    assert [command.hidden for command in app.registered_commands if command.name == "seeds"] == [True]
