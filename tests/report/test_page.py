"""The page as text: what it holds, what it may do, how large it is, and when it is written."""

import json
import re
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

import pytest

from browser import HOSTILE, hostile_document
from drawn import pictures
from glmnn import fit
from glmnn.data.bundled import catalogue
from glmnn.errors import GlmnnError
from glmnn.report.page.page import page_html


def embedded(page):
    """The document that a page carries."""
    return json.loads(re.search(r'<script type="application/json" id="document">(.*?)</script>', page, re.S).group(1))


def test_a_terminal_does_not_show_the_page_of_a_notebook():
    shown = fit("data/primes.csv", solver="fisher,gd").show()
    assert repr(shown) == "a page for a notebook; result.save_html(path) writes it to a file"
    assert "<iframe" in shown._repr_html_()


def test_the_document_stands_in_the_page():
    doc = pictures("primes")
    assert embedded(page_html(doc)) == doc


def test_the_policy_has_the_hash_of_every_script_and_nothing_else():
    page = page_html(pictures("primes"))
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page).group(1)
    scripts = re.findall(r"<script>(.*?)</script>", page, re.S)
    hashes = [f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts]
    assert len(hashes) == 3
    assert f"default-src 'none'; script-src {' '.join(hashes)}; style-src" in policy
    assert "script-src 'unsafe" not in policy
    assert "unsafe-eval" not in policy
    assert policy.endswith("require-trusted-types-for 'script'")


def test_nothing_is_fetched_and_no_script_stands_in_an_attribute():
    page = page_html(pictures("primes"))
    own = re.sub(r"<script.*?</script>", "", page, flags=re.S)
    assert not re.search(r"\bsrc=|\bhref=|url\(|@import|\bon[a-z]+=", own)


def test_our_scripts_are_short_and_use_no_door_for_markup():
    scripts = [path for path in (files("glmnn.report.page") / "scripts").iterdir() if path.name.endswith(".js")]
    assert len(scripts) > 10
    for path in scripts:
        code = path.read_text(encoding="utf-8")
        assert len(code.splitlines()) < 150, path.name
        assert not re.search(r"(inner|outer|Adjacent)HTML|document\.write|eval\(|new Function|\.html\(", code)
        assert not re.search(r"fetch\(|XMLHttpRequest|WebSocket|localStorage|sessionStorage|cookie", code)


def test_names_are_text_wherever_they_stand():
    page = page_html(hostile_document(pictures("primes")))
    assert "<img" not in page
    assert HOSTILE not in page
    assert page.count("</script>") == 4
    assert "\u202e" not in page.replace(embedded(page)["model"]["formula"], "")


def test_the_words_of_a_report_on_a_page_hold_every_coefficient():
    doc = pictures("infertility", "fisher")
    page = page_html(doc)
    table = re.search(r'<table id="coefficients">.*?</table>', page, re.S).group(0)
    rows = re.findall(r'<th scope="row">([^<]*)</th><td>([^<]*)</td>', table)
    assert [row[0] for row in rows] == doc["model"]["shown"]
    for (_, shown), term in zip(rows, doc["coefficients"]["terms"], strict=True):
        assert float(shown.replace("−", "-")) == pytest.approx(term["estimate"], abs=term["std_error"] / 1000)


def test_a_page_shows_no_distance_where_there_is_no_maximum():
    page = page_html(pictures("iris_setosa", max_iter=200))
    assert 'id="plane"' not in page
    assert 'id="distance"' not in page
    assert 'id="length"' in page
    assert 'id="margin"' in page


def test_an_audit_shows_the_claim_beside_the_maximum(glmnn, tmp_path):
    place = tmp_path / "page.html"
    assert glmnn("audit", "data/primes.csv", "--coef", "(Intercept)=-3.1121,x=0.4783", "--html", place, "-q").code == 1
    page = place.read_text(encoding="utf-8")
    row = re.search(r'<table id="claim">.*?<th scope="row">x</th>(.*?)</tr>', page, re.S).group(1)
    assert re.findall(r"<td>([^<]*)</td>", row) == ["0.4783", "0.5517759", "−0.073", "−0.17"]
    assert "an L2 penalty, lambda = 1" in page
    claims = ("--coef", "x=1", "--against", "x=2")
    ran = glmnn("audit", "data/primes.csv", *claims, "--html", tmp_path / "two.html")
    assert (ran.code, "leave out --against" in ran.err) == (2, True)


def test_a_network_on_separated_classes_shows_no_distance_of_its_glm(glmnn, tmp_path):
    place = tmp_path / "page.html"
    model = ("--formula", "species ~ sepal_length + petal_width", "--family", "multinomial")
    glmnn("fit", "data/iris.csv", *model, "--hidden", 2, "--max-iter", 20, "--html", place, "-q")
    page = place.read_text(encoding="utf-8")
    assert (embedded(page)["model"]["maximum"], embedded(page)["coefficients"]) == (False, None)
    assert 'id="loss"' in page
    assert 'id="distance"' not in page
    assert "run away" not in page


def test_the_page_from_python(tmp_path):
    found = fit("data/primes.csv", solver="fisher,gd")
    found.save_html(tmp_path / "page.html", plane=("(Intercept)", "x"), rows=3)
    doc = embedded((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert (doc["rows"]["shown"], doc["plane"]["labels"], doc["command"]) == (3, ["(Intercept)", "x"], "")
    assert found.pictures["model"]["names"] == ["(Intercept)", "x"]
    with pytest.raises(GlmnnError, match="there is no folder"):
        found.save_html(tmp_path / "none" / "page.html")
    with pytest.raises(GlmnnError, match="there is no coefficient 'z'"):
        found.save_html(tmp_path / "other.html", plane=("x", "z"))
    assert not (tmp_path / "other.html").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", catalogue())
def test_a_page_of_packaged_data_is_less_than_a_megabyte(name):
    assert len(page_html(pictures(name, "fisher,gd,momentum,nesterov,adam,sgd", max_iter=20_000)).encode()) < 1_000_000


def test_the_command_writes_a_page_and_says_so(glmnn, tmp_path):
    place = tmp_path / "page.html"
    ran = glmnn("fit", "data/primes.csv", "-s", "fisher", "--html", place)
    assert (ran.code, ran.err) == (0, f"glmnn: wrote {place}\n")
    doc = embedded(place.read_text(encoding="utf-8"))
    assert doc["command"] == "glmnn fit primes.csv -s fisher --html page.html"
    assert str(tmp_path) not in place.read_text(encoding="utf-8")
    assert doc["rows"]["shown"] == 6


def test_no_rows_are_sent_where_none_are_to_be(glmnn, tmp_path):
    place = tmp_path / "page.html"
    assert glmnn("fit", "data/primes.csv", "-s", "fisher", "--html", place, "--html-rows", 0, "-q").code == 0
    page = place.read_text(encoding="utf-8")
    assert embedded(page)["rows"] is None
    assert 'id="neuron"' not in page


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--html", "data/primes.csv"], "this is an input"),
        (["--html", "/nonexistent/page.html"], "there is no folder"),
        (["--html", "{}", "--plane", "x,z"], "there is no coefficient 'z'"),
        (["--html", "{}", "--html-rows", "301"], "300"),
    ],
)
def test_what_cannot_be_written_is_refused_in_a_line(glmnn, tmp_path, more, says):
    place = tmp_path / "page.html"
    ran = glmnn("fit", "data/primes.csv", "-s", "fisher", *(word.format(place) for word in more))
    assert ran.code == 2
    assert says in ran.err
    assert not place.exists()


def test_whoever_asks_for_no_page_loads_nothing_for_it():
    code = (
        "import sys; sys.argv = ['glmnn', 'fit', 'data/primes.csv', '-q']\n"
        "from glmnn.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([name for name in sys.modules if name.startswith(('jinja2', 'glmnn.pictures', 'glmnn.report.page'))])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_times_come_with_their_range_and_say_where_there_was_one_run():
    doc = json.loads(json.dumps(pictures("primes")))
    for run, runs in zip(doc["runs"], (5, 1), strict=True):
        for entry in run["reached"]:
            entry["seconds"] = {"median": 0.002, "low": 0.001, "high": 0.0042, "runs": runs}
    page = page_html(doc)
    assert "<td>2 ms (1 ms to 4.2 ms)</td>" in page
    assert "<td>2 ms (1 run)</td>" in page
    for run in doc["runs"]:
        for entry in run["reached"]:
            entry["seconds"]["runs"] = 1
    assert "One run each." in page_html(doc)
    assert "(1 run)" not in page_html(doc)
