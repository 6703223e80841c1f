"""`glmnn lock` and `glmnn check` as a person or a build server meets them: exit codes, output, and no file lost."""

import json
import re
import stat
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from command import on_terminal
from glmnn.cli.schema import schema_of
from glmnn.locking.file import read_lock

ROOT = Path(__file__).parents[2]
DATA, LOCKS = ROOT / "data", ROOT / "configs" / "locks"
SCHEMA = schema_of("check")
HOSTILE = ["]]>", "::error file=x::no", "a\nb", "\x1b[31mred", "<b>&\"'", "ctl\x01", "##[error]x", "a,b:c%d", "\u202e"]
PRIMES = "x,y\n2,0\n3,0\n5,1\n7,0\n11,1\n13,1\n"
SEPARATED = PRIMES.replace("5,1", "5,0").replace("7,0", "7,1")


@pytest.fixture
def project(tmp_path, monkeypatch, glmnn):
    """Stand in a folder with data and with one lock file of them, `locks/primes.toml`."""
    monkeypatch.chdir(tmp_path)
    Path("locks").mkdir()
    Path("primes.csv").write_text(PRIMES)
    assert glmnn("lock", "primes.csv", "-o", "locks/primes.toml", "-q") == (0, "", "")
    return tmp_path


def contents(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def edit(name, old, new):
    text = Path(name).read_text(encoding="utf-8")
    assert old in text
    Path(name).write_text(text.replace(old, new, 1), encoding="utf-8")


# glmnn lock


def test_a_lock_goes_to_the_screen_or_to_a_file(project, glmnn):
    ran = glmnn("lock", "primes.csv")
    assert (ran.code, ran.err) == (0, "")
    assert 'path = "primes.csv"' in ran.out
    assert ran.out.replace('"primes.csv"', '"../primes.csv"') == Path("locks/primes.toml").read_text()
    assert glmnn("lock", "primes.csv", "-o", "locks/again.toml") == (0, "", "glmnn: wrote locks/again.toml\n")
    assert Path("locks/again.toml").read_bytes() == Path("locks/primes.toml").read_bytes()


def test_a_lock_takes_options_from_flags_and_files(project, glmnn):
    Path("run.toml").write_text('data = "primes.csv"\nsolver = "gd"\nlr = 0.2\nlevel = 0.9\n')
    assert glmnn("lock", "--config", "run.toml", "--level", "0.8", "-o", "here.toml").code == 0
    options = read_lock("here.toml").options
    assert (options.solver, options.lr, options.level) == (["gd"], "0.2", 0.8)
    assert glmnn("check", "here.toml").out.startswith("● ok  here.toml  2 coefficients, within ")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "arguments", "said"),
    [
        (2, ["-"], "standard input and pipes cannot be locked"),
        (2, ["/dev/null"], "standard input and pipes cannot be locked"),
        (2, [], "give the data"),
        (2, ["nosuch.csv"], "there is no"),
        (2, [""], "'' is not a file name"),
        (2, ["primes.csv", "--target", "z"], "there is no target 'z'"),
        (2, ["primes.csv", "-o", ""], "'' is not a file name"),
        (2, ["primes.csv", "-o", "primes.csv"], "this is an input"),
        (2, ["primes.csv", "-o", "other.csv"], "exists already and is not a lock file"),
        (2, ["primes.csv", "-o", "locks"], "this is a folder"),
        (2, ["primes.csv", "-o", "no/lock.toml"], "there is no folder"),
        (2, ["locks/primes.toml"], "locks/primes.toml"),
        (2, ["two.csv", "--family", "gaussian", "-o", "locks/primes.toml"], "no standard errors"),
        (3, ["apart.csv", "-o", "locks/primes.toml"], "nothing locked: the data are separated"),
        (3, ["twice.csv", "-o", "locks/primes.toml"], "nothing locked: no unique maximum: "),
        (1, ["primes.csv", "--max-iter", "5", "-o", "locks/primes.toml"], "nothing locked: "),
    ],
)  # fmt: skip
def test_what_cannot_be_locked_is_refused_and_nothing_is_written(project, glmnn, code, arguments, said):
    Path("other.csv").write_text("a,b\n1,2\n")
    Path("two.csv").write_text("x,y\n1,2\n2,5\n")
    Path("apart.csv").write_text(SEPARATED)
    Path("twice.csv").write_text("x,z,y\n1,2,0\n2,4,1\n3,6,0\n4,8,1\n5,10,1\n6,12,0\n")
    before = contents(project)
    ran = glmnn("lock", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
    assert ran.err.startswith("glmnn: ")
    assert ran.err.count("\n") == 1
    assert contents(project) == before


# glmnn check


def test_one_line_for_each_lock(project, glmnn):
    ran = glmnn("check", "locks", "locks/primes.toml", LOCKS / "cars.toml")
    assert (ran.code, ran.err) == (0, "")
    last, first, second = ran.out.splitlines()
    assert first.startswith("● ok  locks/primes.toml  2 coefficients, within ")
    assert first.endswith("e-09 SE")
    assert second.startswith(f"● ok  {LOCKS}/cars.toml  2 coefficients, within ")
    assert last == "● 2 lock files: 2 ok"
    assert glmnn("check", "locks", "-q") == (0, "", "")


def test_a_lock_is_found_and_finds_its_data_from_anywhere(project, glmnn, monkeypatch):
    monkeypatch.chdir(project / "locks")
    assert glmnn("check", "primes.toml").code == 0
    assert glmnn("check", ".").code == 0
    monkeypatch.chdir("/")
    assert glmnn("check", project / "locks" / "primes.toml").code == 0


def test_what_moved_is_said_with_its_size_and_cause(project, glmnn):
    edit("primes.csv", "11,1", "12,1")
    ran = glmnn("check", "locks", "-q")
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.splitlines()[:3] == [
        "✖ FAILED  locks/primes.toml  other data: 2 of 2 coefficients moved, by up to 0.047 SE",
        "  likely cause: the data changed: other values in 'x'",
        "  if that is meant: glmnn check locks/primes.toml --update",
    ]
    head, intercept, x = (line.split() for line in ran.out.splitlines()[4:7])
    assert head == ["term", "locked", "fisher", "difference", "in", "SE", "digits"]
    assert (intercept[:2], x[:2]) == (["(Intercept)", "-3.5490707"], ["x", "0.55177592"])
    assert glmnn("lock", "primes.csv", "-o", "now.toml").code == 0
    old, new = read_lock("locks/primes.toml"), read_lock("now.toml")
    for row, j in ((intercept, 0), (x, 1)):
        difference = new.coef[j] - old.coef[j]
        assert float(row[2]) == pytest.approx(new.coef[j], rel=1e-7)
        assert float(row[3]) == pytest.approx(difference, rel=0.05)
        assert float(row[4]) == pytest.approx(difference / old.std_error[j], rel=0.05)
    assert "gd: 0.047 SE from the lock, 2 moved" in ran.out
    assert "deviance: 4.7068082 locked" in ran.out


def test_tolerances(project, glmnn):
    edit("locks/primes.toml", 'term = "x"\nestimate = 0.5517', 'term = "x"\nestimate = 0.5518')
    for code, flags in (
        (0, []),
        (1, ["--tol-se", "1e-6"]),
        (0, ["--digits", "3"]),
        (1, ["--digits", "8"]),
        (2, ["--tol-se", "0"]),
        (2, ["--tol-se", "nan"]),
        (2, ["--digits", "16"]),
        (2, ["--digits", "few"]),
        (2, ["--solver", "irls"]),
        (0, ["--solver", "adam"]),
        (2, ["--solver", "gd", "--update"]),
    ):
        ran = glmnn("check", "locks", *flags)
        assert ran.code == code, flags
        assert (ran.out == "") is (code == 2)


def test_the_unreadable_is_reported_and_the_others_are_still_checked(project, glmnn):
    for name in ("a", "b", "c"):
        Path(f"locks/{name}.toml").write_text(Path("locks/primes.toml").read_text())
    edit("locks/a.toml", "rows = 6", "rows = 'six'")
    edit("locks/b.toml", "../primes.csv", "../nosuch.csv")
    edit("locks/c.toml", "estimate = 0.55", "estimate = 0.66")
    Path("locks/unrelated.toml").write_text('format = "yaml"\nx = 1\n')
    Path("locks/notes.txt").write_text("glmnn.lock/1")
    ran = glmnn("check", "locks", "missing.toml", "primes.csv")
    assert ran.code == 2
    assert ran.err.splitlines() == [
        "glmnn: note: locks/unrelated.toml has no lock and is skipped",
        "glmnn: locks/a.toml: data.rows must be a whole number, 0 or more, not 'six'",
        "glmnn: locks/b.toml: nosuch.csv: there is no file 'nosuch.csv': choose from primes.csv",
        "glmnn: missing.toml: there is no such file",
        "glmnn: primes.csv: this is not a lock file; `glmnn lock` makes one",
    ]
    assert "FAILED  locks/c.toml" in ran.out
    assert "ok  locks/primes.toml" in ran.out
    assert ran.out.startswith("✖ 6 lock files: 1 ok, 1 failed, 4 not checked\n")
    assert "unrelated" not in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "there is no lock file in this folder"),
        ([""], "'' is not a file name"),
        (["empty"], "there is no lock file in this folder"),
        (["binary.toml"], "this is not a lock file"),
        (["locks", "--junit", "locks/primes.toml"], "this is an input"),
        (["locks", "--junit", "primes.csv"], "this is an input"),
        (["locks", "--junit", "no/x.xml"], "there is no folder"),
        (["locks", "--colour"], "No such option"),
    ],
)
def test_misuse_is_one_line_and_nothing_is_written(project, glmnn, arguments, said):
    Path("empty").mkdir()
    Path("empty/other.toml").write_text("x = 1\n")
    Path("binary.toml").write_bytes(b"\xff\xfe\x00")
    before = contents(project)
    ran = glmnn("check", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert contents(project) == before


def test_data_that_are_no_file_are_never_read(project, glmnn):
    edit("locks/primes.toml", "../primes.csv", "/dev/zero")
    assert glmnn("check", "locks") == (2, "", "glmnn: locks/primes.toml: /dev/zero: this is not a regular file\n")


# --update


def test_update_writes_what_failed_and_only_that(project, glmnn):
    Path("cars.csv").write_text((DATA / "cars.csv").read_text())
    assert glmnn("lock", "cars.csv", "--target", "distance", "--family", "gaussian", "-o", "locks/cars.toml").code == 0
    edit("locks/cars.toml", "[fit]", "[fit]  # of my own")
    cars = Path("locks/cars.toml").read_bytes()
    Path("locks/cars.toml").chmod(0o640)
    Path("locks/primes.toml").chmod(0o640)
    edit("primes.csv", "11,1", "12,1")
    assert glmnn("check", "locks").code == 1
    ran = glmnn("check", "locks", "--update")
    assert (ran.code, ran.err) == (0, "")
    assert "updated  locks/primes.toml  other data: 2 of 2 coefficients moved" in ran.out
    assert "--update" not in ran.out
    assert glmnn("check", "locks").out.startswith("● 2 lock files: 2 ok\n")
    assert Path("locks/cars.toml").read_bytes() == cars
    assert stat.S_IMODE(Path("locks/primes.toml").stat().st_mode) == 0o640
    assert sorted(path.name for path in Path("locks").iterdir()) == ["cars.toml", "primes.toml"]
    fresh = glmnn("lock", "primes.csv").out.replace('"primes.csv"', '"../primes.csv"')
    assert Path("locks/primes.toml").read_text() == fresh


def test_update_renews_a_stale_hash(project, glmnn):
    Path("primes.csv").write_text(PRIMES.replace("\n", "\r\n"))
    assert "note: the file changed" in glmnn("check", "locks").out
    assert glmnn("check", "locks", "--update").code == 0
    assert "note:" not in glmnn("check", "locks").out


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("primes.csv", PRIMES, SEPARATED), 1),
        (("primes.csv", "11,1", "eleven,1"), 1),
        (("locks/primes.toml", "[options]", "[options]\nmax_iter = 5"), 1),
        (("locks/primes.toml", "rows = 6", "rows = 6.5"), 2),
    ],
)
def test_update_never_writes_what_could_not_be_locked(project, glmnn, change, code):
    edit(*change)
    before = contents(project)
    ran = glmnn("check", "locks", "--update")
    assert ran.code == code
    assert "updated" not in ran.out
    assert contents(project) == before


def test_update_that_fails_loses_nothing(project, glmnn, monkeypatch):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    edit("primes.csv", "11,1", "12,1")
    before = contents(project)
    monkeypatch.setattr(Path, "replace", refuse)
    ran = glmnn("check", "locks", "--update")
    assert (ran.code, ran.out, ran.err) == (2, "", "glmnn: locks/primes.toml: No space left on device\n")
    assert contents(project) == before


# For machines


def hostile(project, glmnn):
    """Make a lock with column names that try to be markup and commands, and move every coefficient."""
    lines = ["".join(f'"{name.replace(chr(34), chr(34) * 2)}",' for name in HOSTILE) + "y"]
    for row in range(60):
        cells = [(row * (7 + 2 * j) % 31) / 31 for j in range(len(HOSTILE))]
        lines.append(",".join(f"{cell:.3f}" for cell in cells) + f",{row * 5 % 7 % 2}")
    Path("evil.csv").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
    assert glmnn("lock", "evil.csv", "-s", "fisher", "-o", "evil,a:b%.toml").code == 0
    lock = Path("evil,a:b%.toml").read_text(encoding="utf-8")
    Path("evil,a:b%.toml").write_text(
        lock.replace("\nestimate = -", "\nestimate = 9").replace("\nestimate = 0", "\nestimate = 9")
    )


def test_hostile_names_stay_text(project, glmnn):
    hostile(project, glmnn)
    ran = glmnn("check", "evil,a:b%.toml", "--github", "--junit", "j.xml")
    assert (ran.code, ran.err) == (1, "")
    assert all(c.isprintable() or c == "\n" for c in ran.out)
    commands = [line for line in ran.out.splitlines() if line.lstrip().startswith("::") or "##[" in line]
    assert len(commands) == 1
    assert commands[0].startswith("::error file=evil%2Ca%3Ab%25.toml,title=glmnn check%3A coefficients moved::")
    assert "'::error file=x::no'" in ran.out
    text = Path("j.xml").read_text(encoding="utf-8")
    assert all(c.isprintable() or c == "\n" for c in text)
    failure = ElementTree.fromstring(text).find("./testsuite/testcase/failure")
    assert "]]>" in failure.text
    document = json.loads(glmnn("check", "evil,a:b%.toml", "--json").out)
    assert [item["term"] for item in document["locks"][0]["solvers"][0]["coefficients"]][1:] == HOSTILE


def several(project):
    """Have one lock each that is ok, has moved, has no maximum and cannot be read."""
    whole = Path("locks/primes.toml").read_text()
    Path("locks/apart.toml").write_text(whole.replace("../primes.csv", "../apart.csv"))
    Path("apart.csv").write_text(SEPARATED)
    Path("locks/moved.toml").write_text(whole.replace("estimate = 0.55", "estimate = 0.66"))
    Path("locks/noted.toml").write_text(whole.replace('sha256 = "', f'sha256 = "{"0" * 64}" # "'))
    Path("locks/torn.toml").write_text(whole[:100])


def test_junit(project, glmnn):
    several(project)
    assert glmnn("check", "locks", "--junit", "j.xml").code == 2
    root = ElementTree.parse("j.xml").getroot()
    assert root.attrib == {"tests": "5", "failures": "2", "errors": "1"}
    found = {case.get("name"): [(item.tag, item.get("type")) for item in case] for case in root.iter("testcase")}
    assert found == {
        "locks/apart.toml": [("failure", "no maximum")],
        "locks/moved.toml": [("failure", "coefficients moved")],
        "locks/noted.toml": [("system-out", None)],
        "locks/primes.toml": [("system-out", None)],
        "locks/torn.toml": [("error", "not checked")],
    }
    failure = root.find(".//failure[@type='coefficients moved']")
    assert failure.get("message") == "coefficients moved: 1 of 2, by up to 0.26 SE"
    assert "0.55177592" in failure.text


def test_annotations_for_github(project, glmnn):
    several(project)
    ran = glmnn("check", "locks", "--github", "--quiet")
    found = [line.split("::") for line in ran.out.splitlines() if line.startswith("::")]
    assert [head for _, head, *_ in found] == [
        "error file=locks/apart.toml,title=glmnn check%3A no maximum",
        "error file=locks/moved.toml,title=glmnn check%3A coefficients moved",
        "notice file=locks/noted.toml,title=glmnn check",
        "error file=locks/torn.toml,title=glmnn check%3A not checked",
    ]
    assert "%0Alikely cause: same data, same versions" in found[1][2]


def schema_errors(document):
    worst = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(SCHEMA).iter_errors(document))
    return [] if worst is None else [f"{worst.json_path}: {worst.message[:200]}"]


def test_json_follows_its_schema(project, glmnn):
    several(project)
    edit("locks/noted.toml", "[options]", '[options]\nlink = "probit"')
    ran = glmnn("check", "locks", "--json", "--digits", "5", "--github")
    assert ran.code == 2
    document = json.loads(ran.out)
    assert schema_errors(document) == []
    assert document["schema"] == SCHEMA["properties"]["schema"]["const"]
    assert (document["exit"], document["tolerance"]) == (2, {"std_errors": 0.01, "digits": 5})
    found = {item["lock"]: item for item in document["locks"]}
    assert [item["verdict"] for item in document["locks"]] == [
        "no maximum", "coefficients moved", "other model", "ok", "not checked"
    ]  # fmt: skip
    moved = found["locks/moved.toml"]["solvers"][0]["coefficients"]
    lock = read_lock("locks/moved.toml")
    assert [item["locked"] for item in moved] == lock.coef.tolist()
    assert [item["std.error"] for item in moved] == lock.std_error.tolist()
    assert [item["moved"] for item in moved] == [False, True]
    assert moved[1]["difference"] == moved[1]["now"] - moved[1]["locked"]
    assert "::error file=locks/torn.toml" in ran.err


def test_the_schema_is_strict_and_lies_are_refused(project, glmnn):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    document = json.loads(glmnn("check", "locks", "--json").out)
    lock = document["locks"][0]
    solver = lock["solvers"][0]
    for change in (
        {"exit": 3},
        {"extra": 1},
        {"locks": []},
        {"locks": [{**lock, "verdict": "fine"}]},
        {"locks": [{**lock, "extra": 1}]},
        {"locks": [{**lock, "solvers": [{**solver, "extra": 1}]}]},
        {"locks": [{**lock, "solvers": [{**solver, "coefficients": []}]}]},
        {"tolerance": {"std_errors": 0, "digits": None}},
    ):
        assert schema_errors({**document, **change}), change
    for node in [SCHEMA, *SCHEMA["$defs"].values()]:
        if node.get("type") == "object":
            assert node["additionalProperties"] is False
            assert sorted(node["required"]) == sorted(node["properties"])
    assert json.loads(glmnn("schema", "check").out) == SCHEMA


# The terminal


@pytest.mark.slow
def test_colours_on_a_terminal_only_and_lines_that_fit(project, glmnn):
    edit("locks/primes.toml", "estimate = 0.55", "estimate = 0.66")
    text = on_terminal("check", "locks", COLUMNS="60")[1]
    assert "\x1b[1;31mFAILED" in text
    assert max(map(len, re.sub(r"\x1b\[[0-9;]*[mK]", "", text).splitlines())) <= 60
    assert not re.search(r"\x1b\[[0-9;]*m", on_terminal("check", "locks", NO_COLOR="1")[1])
    assert "\x1b" not in glmnn("check", "locks").out


def test_an_emptied_lock_file_in_a_folder_is_told(glmnn, tmp_path):
    copied = tmp_path / "locks"
    copied.mkdir()
    (copied / "empty.toml").write_text("", encoding="utf-8")
    lock = (ROOT / "configs" / "locks" / "primes.toml").read_text(encoding="utf-8")
    (copied / "primes.toml").write_text(lock.replace('"../../data', f'"{ROOT.as_posix()}/data'), encoding="utf-8")
    done = glmnn("check", str(copied))
    assert done.code == 0
    assert "empty.toml has no lock and is skipped" in done.err


def test_a_standard_error_edited_in_the_lock_hides_nothing(glmnn, tmp_path):
    lock = (ROOT / "configs" / "locks" / "primes.toml").read_text(encoding="utf-8")
    text = lock.replace('"../../data', f'"{ROOT.as_posix()}/data').replace("estimate = -3.5", "estimate = -9.5")
    path = tmp_path / "primes.toml"
    path.write_text(re.sub(r"std_error = [\d.]+", "std_error = 1e300", text), encoding="utf-8")
    assert glmnn("check", str(path)).code == 1


def test_coefficients_of_classes_that_moved_are_told(glmnn, tmp_path):
    path = tmp_path / "iris.toml"
    options = ("--formula", "species ~ sepal_width", "--family", "multinomial", "--solver", "fisher")
    assert glmnn("lock", str(DATA / "iris.csv"), *options, "-o", str(path)).code == 0
    assert glmnn("check", str(path)).code == 0
    edited = re.sub(r"^estimate = -?[\d.]+$", "estimate = 12.5", path.read_text(encoding="utf-8"), count=1, flags=re.M)
    path.write_text(edited, encoding="utf-8")
    done = glmnn("check", str(path))
    assert done.code == 1
    assert "coefficients moved: 1 of 4" in done.out


def test_an_alpha_that_changes_in_its_ninth_digit_is_another_model(project, glmnn):
    counts = ("--target", "y", "--family", "negative_binomial", "--alpha", "0.123456789")
    assert glmnn("lock", "primes.csv", *counts, "-o", "counts.toml", "-q").code == 0
    assert "negative_binomial(0.123456789)" in Path("counts.toml").read_text()
    assert glmnn("check", "counts.toml").code == 0
    edit("counts.toml", "alpha = 0.123456789", "alpha = 0.123456788")
    ran = glmnn("check", "counts.toml")
    assert ran.code != 0
    assert "negative_binomial(0.123456788)" in ran.out


def test_the_lock_of_another_model_is_not_written_over(project, glmnn):
    assert glmnn("lock", "primes.csv", "-o", "here.toml", "-q").code == 0
    before = Path("here.toml").read_text()
    refused = glmnn("lock", "primes.csv", "--link", "probit", "-o", "here.toml")
    assert refused.code == 2
    assert "holds the lock of another model (y ~ x, binomial, logit link, maximum likelihood estimate)" in refused.err
    assert Path("here.toml").read_text() == before
    assert glmnn("lock", "primes.csv", "--solver", "both", "-o", "here.toml", "-q").code == 0  # the same model
    assert glmnn("lock", "primes.csv", "--link", "probit", "-o", "here.toml", "--force", "-q").code == 0
    assert 'link = "probit"' in Path("here.toml").read_text()


def test_without_a_path_the_folder_is_checked(project, glmnn, monkeypatch):
    monkeypatch.chdir("locks")
    named, bare = glmnn("check", "."), glmnn("check")
    assert (bare.code, bare.out) == (named.code, named.out)
    assert "primes.toml" in bare.out
    monkeypatch.chdir("..")
    assert "there is no lock file in this folder" in glmnn("check").err


def test_a_level_with_another_name_is_told(project, glmnn):
    text = (DATA / "warpbreaks.csv").read_text()
    Path("breaks.csv").write_text(text)
    model = ("--formula", "breaks ~ wool + tension", "--family", "poisson")
    assert glmnn("lock", "breaks.csv", *model, "-o", "breaks.toml").code == 0
    for old, new in (("A", "Alpaca"), ("B", "Z")):
        Path("breaks.csv").write_text(re.sub(rf"(?m)^{old},", f"{new},", text))
        ran = glmnn("check", "breaks.toml")
        assert ran.code == 1
        assert f"'{old}' of 'wool' is now called '{new}'; the fit is the same" in " ".join(ran.out.split())
    Path("breaks.csv").write_text(re.sub(r"(?m)^B,", "Z,", text).replace("26", "27", 1))
    assert "is now called" not in glmnn("check", "breaks.toml").out


def test_python_says_why_a_lock_was_not_checked(project):
    import glmnn

    result = glmnn.check("locks/primes.toml", "gone.toml")
    assert "not checked  gone.toml: there is no such file" in str(result)
    assert "not checked  gone.toml" in str(glmnn.check("gone.toml"))
    assert "not checked" in result._repr_html_()
