"""What is proved beside a maximum: that there is none, collinear terms, an edge, a claim; and how a file is read."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import glmnn
from command import on_terminal, run
from glmnn.cli.schema import schema_of
from glmnn.proving import verify
from glmnn.proving.task import telling

DATA = Path(__file__).parents[2] / "data"
QUASI = "g,x,y\na,1,1\na,2,1\nb,0.5,0\nb,1.5,1\nb,2,0\nb,3,1\nb,1,1\nb,2.5,0\n"
DAYS = b"day,y\n2024-01-05,0\n2024-02-01,1\n2024-02-29,0\n2025-03-07,1\n2025-01-31,1\n2024-11-11,0\n2024-04-11,1\n"
EDGE = "x,y\n0.5,0\n1,0\n2,1\n3,0\n4,1\n5,1\n6,1\n"


@pytest.fixture
def proved(tmp_path):
    """Return a function that proves what there is to prove of a text, verifies it, and returns the first sentence."""

    def prove(text, coef=None, **options):
        path = tmp_path / "data.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        result = glmnn.prove(path, coef, **options)
        assert result.proved, result
        document = json.loads(result.text)
        jsonschema.validate(document, schema_of("proof"))
        assert verify.check(result.text.encode(), path.read_bytes()) == result.found
        return result.found.sentences[0], document

    return prove


def test_complete_separation(proved):
    said, _ = proved((DATA / "iris_setosa.csv").read_text())
    assert "has no maximum of likelihood: (Intercept) to -infinity, sepal_length to +infinity" in said
    assert "raises the likelihood of every row, without end" in said


def test_quasi_complete_separation_with_what_stays_finite(proved):
    """The finite slope is the maximum of the rows that do not move (Albert and Anderson, 1984, theorem 2)."""
    said, document = proved(QUASI)
    assert (
        "(Intercept) to +infinity, g[T.b] to -infinity raises the likelihood of 2 rows and lowers that of none" in said
    )
    assert "1 (Intercept) + -1 g[T.b] = 0" in said
    assert "has finite limits" in said
    rest = glmnn.fit({"x": [0.5, 1.5, 2, 3, 1, 2.5], "y": [0, 1, 0, 1, 1, 0]}, solver="fisher")
    assert float(document["coefficients"][0][2]) == pytest.approx(rest.coef["x"], abs=1e-12)


def test_separation_of_decimals_that_float64_does_not_hold(proved):
    """The first rows lie on a line as decimals, but not as the float64 nearest to them, which have a maximum."""
    said, _ = proved("a,b,y\n0.1,0.3,0\n0.2,0.6,1\n0.3,0.9,0\n0.3,0.9,1\n0.4,1.3,1\n0.5,1.7,1\n")
    assert "has no maximum of likelihood" in said


def test_poisson_rows_of_nothing_separate(proved):
    said, _ = proved("g,x,y\na,1,0\na,2,0\nb,1,2\nb,2,3\nb,3,1\nb,4,6\n", family="poisson")
    assert "(Intercept) to -infinity, g[T.b] to +infinity" in said


def test_classes_that_are_separated(proved):
    said, _ = proved("x,y\n1,a\n2,a\n3,b\n4,b\n5,c\n6,c\n", family="multinomial")
    assert "2: x to +infinity raises the likelihood of every row" in said or "has no maximum" in said


def test_collinear_terms(proved):
    said, _ = proved("a,b,c,y\n0.1,0.2,0.3,1\n0.4,0.1,0.5,2\n0.3,0.3,0.6,1.5\n0.7,0.1,0.8,2.5\n0.2,0.9,1.1,2\n",
                     family="gaussian")  # fmt: skip
    assert "has collinear terms in 5 rows, exactly: 1 a + 1 b + -1 c = 0" in said
    assert "has exactly one maximum of likelihood without the last term of each relation" in said


@pytest.mark.parametrize(("family", "link"), [("binomial", "log"), ("poisson", "identity")])
def test_a_maximum_at_the_edge_of_the_domain(proved, family, link):
    said, document = proved(EDGE, family=family, link=link)
    assert "exactly one maximum of likelihood at the edge of its domain, within " in said
    assert all(float(force) >= 0 for force in document["multipliers"].values())
    inside = np.array([float(text) for text in document["coefficients"][0]]) @ [
        1.0,
        6.0 if family == "binomial" else 0.5,
    ]
    assert abs(inside) < 1e-9


def test_a_printed_table_is_the_maximum_rounded(proved):
    """McCullagh and Nelder (1989, section 8.4.2): lot 1 -0.01655 + 0.01534 x, lot 2 -0.02391 + 0.02360 x."""
    claim = {"lot[one]": -0.01655, "lot[two]": -0.02391, "lot[one]:log(concentration)": 0.01534}
    printed = ", ".join(f"{name}={value}" for name, value in claim.items()) + ", lot[two]:log(concentration)=0.02360"
    formula = "seconds ~ 0 + lot + lot:log(concentration)"
    text = (DATA / "blood_clotting.csv").read_text()
    said, document = proved(text, printed, formula=formula, family="gamma")
    assert "rounded, it is the claim: lot[one] = -0.01655" in said
    assert document["claim"]["values"] == ["-0.01655", "-0.02391", "0.01534", "0.02360"]
    document["claim"]["values"][3] = "0.02361"
    with pytest.raises(verify.NotProved, match=r"rounded, is not 0\.02361"):
        verify.check(json.dumps(document).encode(), text.encode())


def test_a_wrong_claim_is_at_least_so_far_away(proved):
    """The joint distance is the root of (c - b)' I (c - b), I the information at the maximum."""
    said, _ = proved((DATA / "primes.csv").read_text(), {"(Intercept)": -3.1121, "x": 0.4783})
    assert "it is at least 0.174 standard errors from the claim" in said


def test_a_claim_of_full_precision_is_the_centre(proved):
    near = {"(Intercept)": -3.5490706728013, "x": 0.551775920839}
    _, document = proved((DATA / "primes.csv").read_text(), near)
    assert document["claim"] is None
    assert [float(text) for text in document["coefficients"][0]] == list(near.values())


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (b"\xef\xbb\xbfx,y\r\n1,0\r\n2,1\r\n\r\n3,0\r\n4,1\r\n", {}),
        (b"x\ty\n1\t0\n2\t1\n3\t0\n4\t1\n", {}),
        (b"x;y\n1,5;0\n2,5;1\n3,5;0\n4,5;1\n", {}),
        (b"x|y\n1,5|0\n2,5|1\n3,5|0\n4,5|1\n", {"decimal": ","}),
        (b',"x",y\n1,"1",0\n2,2e0,1\n3,+3.0,0\n4, 4 ,1\n', {}),
        (b"x,y\n1,0\nNA,1\n2,1\n3,0\n.,0\n4,1\n", {"na": "drop"}),
        (b'x,"my y"\n1,no\n2,yes\n3,no\n4,yes\n', {"target": "my y"}),
        (b"x,y\n1,low\n2,high\n3,low\n4,high\n", {"event": "high"}),
        (b"g,x,y\n01,1,0\n1,2,1\n2,3,0\n2.0,4,1\n1,3,1\n2,1,0\n", {"formula": "y ~ C(g) + x", "l2": 1.0}),
        (b'x,y\n"1,200",0\n"2,300.5",1\n900,0\n"1,000",1\n"3,100",1\n', {"thousands": ","}),
        (b"x;y\n1.200;0\n2.300,5;1\n900;0\n1.000;1\n3.100;1\n", {"thousands": ".", "decimal": ","}),
        (DAYS, {"formula": "y ~ days(day) + month(day)"}),
        (DAYS, {"formula": "y ~ C(weekday(day))", "l2": 1.0}),
    ],
)
def test_a_file_is_read_as_glmnn_reads_it(proved, text, options):
    proved(text, **options)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"penalty": "firth"}, "Firth's penalty is not known to be concave"),
        ({"formula": "y ~ I(x**0.3)"}, "no recipe for 'x ** 0.3'"),
        ({"jobs": 0}, "jobs must be 1 or more"),
    ],
)
def test_what_cannot_be_proved_is_refused_in_a_line(options, reason):
    with pytest.raises(glmnn.GlmnnError) as refused:
        glmnn.prove(DATA / "primes.csv", **options)
    assert reason in str(refused.value)


def test_levels_and_dates_are_looked_up_by_their_cells(proved):
    _, document = proved(b"g,x,y\n01,1,0\n1,2,1\n2,3,0\n2.0,4,1\n1,3,1\n2,1,0\n", formula="y ~ C(g) + x", l2=1.0)
    assert document["terms"][1]["recipe"] == [["level", "g", {"01": "0", "1": "0", "2": "1", "2.0": "1"}]]
    _, document = proved(DAYS, formula="y ~ month(day)")
    assert document["terms"][1]["recipe"][0][2]["2025-03-07"] == "3"


def test_rows_that_are_left_out_are_counted(proved):
    said, _ = proved(b"x,y\n1,0\nNA,1\n2,1\n3,0\n.,0\n4,1\n", na="drop")
    assert said.startswith("Proved: on the 4 rows of the data with SHA-256 ")
    assert "... (2 more have a missing cell), the binomial model" in said


def test_names_are_shown_and_never_obeyed(proved):
    """Control characters in a header are data; on a terminal they stand as escapes, wherever a name is said."""
    said, _ = proved("x\x1b[31m,y\n1,0\n2,1\n3,0\n4,1\n", l2=1.0)
    assert said.count("'x\\x1b[31m'") == 2
    assert said.isprintable()


def test_two_proofs_at_once_do_not_disturb_each_other():
    files = [DATA / "primes.csv", DATA / "video.csv"]
    made = [glmnn.prove(path) for path in files]
    pairs = [(result.text.encode(), path.read_bytes()) for result, path in zip(made, files, strict=True)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda pair: verify.check(*pair), pairs * 3))
    assert found == [result.found for result in made] * 3


def test_how_long_it_takes_is_said_beforehand(monkeypatch):
    clock, lines = iter([0.0, 0.0, 1.0, 5.0]), []
    monkeypatch.setattr("glmnn.proving.task.perf_counter", lambda: next(clock))
    tell = telling("proving data.csv", 2, lines.append)
    for done in (0, 250, 500):
        tell(done, 25_100)
    assert lines == ["proving data.csv: 25,100 rows take about 50 s; --jobs N shares them"]


def test_files_that_are_no_text_are_refused(tmp_path):
    import gzip

    path = tmp_path / "primes.csv.gz"
    path.write_bytes(gzip.compress((DATA / "primes.csv").read_bytes()))
    ended = run("prove", path)
    assert (ended.code, ended.out) == (2, "")
    assert "a proof is about a plain text file" in ended.err
    assert run("prove", "-", stdin="x,y\n1,0\n").code == 2


def test_the_commands_end_as_they_say(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    primes = DATA / "primes.csv"
    ended = run("prove", primes, "--jobs", "2")
    assert ended.code == 0
    Path("proof.json").write_text(ended.out)
    assert run("verify", "proof.json", primes).out.startswith("Proved: ")
    assert run("verify", "proof.json", DATA / "cars.csv").code == 1
    assert run("verify", primes, primes).code == 2
    assert run("verify", "nothing.json", primes).code == 2
    assert run("verify").code == 2
    assert run("verify", "--script").out == Path(verify.__file__).read_text(encoding="utf-8")
    assert "Traceback" not in run("prove", primes, "--family", "tweedie", "--power", "1.5").err


def test_sentences_wrap_on_a_terminal_alone(tmp_path):
    proof, primes = tmp_path / "proof.json", DATA / "primes.csv"
    written = run("prove", primes, "-o", proof).out
    assert [line.split(" ")[0] for line in written.splitlines()] == ["Proved:", "Because"]
    assert run("verify", proof, primes, COLUMNS="60").out == written
    code, shown = on_terminal("verify", proof, primes, COLUMNS="60")
    assert code == 0
    assert max(map(len, shown.splitlines())) <= 60
    assert shown.split() == written.split()
