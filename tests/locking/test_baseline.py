"""Lock files: what stands in them, that they are read back exactly and strictly, and what tells two fits apart."""

import tomllib
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from glmnn.data.sources.files import read_table
from glmnn.errors import GlmnnError, UsageError
from glmnn.fitting.agreement import compare
from glmnn.fitting.compare import run
from glmnn.fitting.options import FitOptions
from glmnn.fitting.plan import make_spec
from glmnn.locking.check import check, find_locks
from glmnn.locking.file import path_from, read_lock, to_toml
from glmnn.locking.make import make_lock
from glmnn.locking.movements import measure
from glmnn.locking.options import CheckOptions
from glmnn.locking.result import Movement, NotChecked, Verdict, worst_of
from glmnn.report.json import versions
from glmnn.testing import assert_coefficients

ROOT = Path(__file__).parents[2]
DATA, LOCKS = ROOT / "data", ROOT / "configs" / "locks"
PRIMES = LOCKS / "primes.toml"
SHIPS = {"formula": "incidents ~ type + built + period", "family": "poisson", "exposure": "months"}
HOSTILE = ['"', "]]", "a\nb", "\x1b[31m", "'''", "\u202e", "a.b = [c]", "\x85", "#", "ä", "\\"]


@cache
def comparison(data, **options):
    return run(make_spec(FitOptions(solver=["fisher"], **options)), read_table(str(data)))


def locked(folder, data, name="lock.toml", **options):
    """Lock a file; return the path of the lock."""
    path = folder / name
    comparison = run(make_spec(FitOptions(**options)), read_table(str(data)))
    path.write_text(to_toml(make_lock(comparison, path_from(str(path), str(data)), versions())), encoding="utf-8")
    return path


def copied(folder, name, *changes):
    """Put a bundled data set into a folder, with some of its text changed; one that changes nothing is a mistake."""
    text = (DATA / name).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def checked(path, **options):
    return check(str(path), CheckOptions(**options), versions())


def edited(path, *changes):
    """Edit a lock file; a change that changes nothing is a mistake."""
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    return path


# The file


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("primes", {}),
        ("primes", {"l2": 0.5}),
        ("ships", {**SHIPS, "ref": ["type=B"]}),
        ("longley", {"target": "employed", "family": "gaussian"}),
        ("infertility", {"formula": "case ~ induced", "cov": "cluster:matched_set"}),
        ("beetles", {"target": "killed", "features": ["log_dose"], "trials": "beetles", "link": "cloglog"}),
    ],
)
def test_a_lock_is_read_back_exactly(tmp_path, name, options):
    found = run(make_spec(FitOptions(solver=["fisher"], **options)), read_table(str(DATA / f"{name}.csv")))
    lock = make_lock(found, "a/b.csv", versions())
    path = tmp_path / "lock.toml"
    path.write_text(to_toml(lock), encoding="utf-8")
    again = read_lock(str(path))
    assert again == lock
    assert to_toml(again) == to_toml(lock)
    np.testing.assert_array_equal(again.coef, found.estimate.maximum.coef)
    np.testing.assert_array_equal(again.std_error, found.estimate.maximum.std_error)
    assert again.options == found.spec.options


def test_a_lock_says_what_was_fitted_to_what():
    lock = make_lock(comparison(DATA / "ships.csv", **SHIPS), "../ships.csv", {"numpy": "2"})
    content = tomllib.loads(to_toml(lock))
    assert list(content["data"]["columns"]) == ["incidents", "type", "built", "period", "months"]
    assert content["levels"]["type"] == ["A", "B", "C", "D", "E"]
    assert content["options"] == {**SHIPS, "solver": ["fisher"]}
    assert content["model"]["terms"] == [item["term"] for item in content["coefficient"]]
    assert content["fit"]["df_residual"] == 34 - 9
    assert content["certificate"]["distance"] == {"fisher": 0.0}
    assert content["certificate"]["max_score"] < 1e-9
    assert content["certificate"]["newton_decrement"] < 1e-9
    assert content["versions"] == {"numpy": "2"}
    assert str(ROOT) not in to_toml(lock)


def test_locking_twice_gives_the_same_bytes(tmp_path):
    one, other = (locked(tmp_path, DATA / "primes.csv", name, solver=["both"]) for name in ("a.toml", "b.toml"))
    assert one.read_bytes() == other.read_bytes()


def test_names_of_any_kind_survive(tmp_path):
    rng = np.random.default_rng(1)
    lock = make_lock(comparison(DATA / "primes.csv"), "x.csv", {})
    strange = replace(
        lock,
        model=replace(lock.model, terms=tuple(HOSTILE)),
        levels={name: tuple(HOSTILE) for name in HOSTILE},
        coefficient=tuple(replace(lock.coefficient[0], term=name, estimate=rng.normal()) for name in HOSTILE),
    )
    path = tmp_path / "lock.toml"
    path.write_text(to_toml(strange), encoding="utf-8")
    assert read_lock(str(path)) == strange
    assert all(c.isprintable() or c == "\n" for c in to_toml(strange))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("rows = 6", "rows = 'six'"), "data.rows must be a whole number, 0 or more, not 'six'"),
        (("rows = 6", "rows = -6"), "data.rows must be a whole number, 0 or more, not '-6'"),
        (("rows = 6", "rows = true"), "data.rows must be a whole number"),
        (("rows = 6\n", ""), "data.rows is missing"),
        (("rows_used = 6", "rows_used = 7"), "rows_used must lie between"),
        (("rows = 6", "rowz = 6"), "data: there is no key 'rowz': did you mean 'rows'?"),
        (("[fit]", "[fitt]"), "there is no key 'fitt': did you mean 'fit'?"),
        (("deviance = 4.7", "deviance = nan #"), "fit.deviance must be a finite number, not 'nan'"),
        (("estimate = -3.5", "estimate = 1e999 #"), "coefficient[0].estimate must be a finite number"),
        (("std_error = 2.7", "std_error = -2.7"), "std_error of '(Intercept)' is negative"),
        (('term = "x"', 'term = "z"'), "do not name the same terms"),
        (('term = "x"', "term = 3"), "coefficient[1].term must be text, not '3'"),
        (('sha256 = "', 'sha256 = "x'), "data.sha256 is not a SHA-256 hash"),
        (('path = "', 'path = "" #'), "data.path '' is not a file name"),
        (("[options]", "[options]\nlr = 1"), "options.lr must be text"),
        (("[options]", '[options]\ncolour = "red"'), "options: there is no key 'colour'"),
        (("glmnn.lock/1", "glmnn.lock/2"), "its format is 'glmnn.lock/2'"),
        (("glmnn.lock/1", "other/1"), "this is not a lock file"),
        (("rows = 6", "<<<<<<< HEAD"), "not valid TOML"),
        (("[fit.iterations]", "[[fit.iterations]]"), "fit.iterations must be a table, not a list"),
        (("[options]", '[options]\nfamily = "binomal"'), "did you mean 'binomial'?"),
        (("[options]", "[options]\nlevel = 2"), ": level must lie between 0 and 1"),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path, change, said):
    path = edited(locked(tmp_path, copied(tmp_path, "primes.csv"), solver=["fisher"]), change)
    found = checked(path)
    assert found.verdict is Verdict.ERROR
    assert found.error.startswith(f"{path}: ")
    assert said in found.error
    assert "\n" not in found.error


def test_no_residual_degree_of_freedom_no_lock(tmp_path):
    path = tmp_path / "two.csv"
    path.write_text("x,y\n1,2\n2,5\n")
    with pytest.raises(UsageError, match="no standard errors"):
        make_lock(comparison(path, family="gaussian"), "two.csv", {})


def test_the_locks_that_come_along_are_as_lock_writes_them():
    """Numbers may differ in the last digits between machines; everything else must not."""
    found = find_locks([str(LOCKS)])
    assert len(found) == 6
    for path in found:
        lock = read_lock(path)
        now = make_lock(run(make_spec(lock.options), read_table(str(LOCKS / lock.data.path))), lock.data.path, {})
        for part in ("data", "model", "levels", "options"):
            assert getattr(now, part) == getattr(lock, part), path
        np.testing.assert_allclose(now.coef, lock.coef, rtol=1e-11, atol=1e-11 * np.max(lock.std_error))
        assert to_toml(lock) == Path(path).read_text(encoding="utf-8")


# The path of the data


@pytest.mark.parametrize(
    ("place", "data", "seen"),
    [
        ("lock.toml", "d/x.csv", "d/x.csv"),
        ("locks/lock.toml", "d/x.csv", "../d/x.csv"),
        ("d/lock.toml", "d/x.csv", "x.csv"),
        (None, "d/x.csv", "d/x.csv"),
        ("linked/lock.toml", "d/x.csv", "../../d/x.csv"),
    ],
)
def test_the_data_are_seen_from_the_lock_file(tmp_path, monkeypatch, place, data, seen):
    for folder in ("d", "locks", "deep/inside"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "d" / "x.csv").touch()
    (tmp_path / "linked").symlink_to(tmp_path / "deep" / "inside")
    monkeypatch.chdir(tmp_path)
    absolute = None if place is None else str(tmp_path / place)
    assert path_from(place, data) == path_from(absolute, str(tmp_path / data)) == seen


# The comparison


def test_distances_are_those_of_a_fit_against_the_maximum():
    found = comparison(DATA / "primes.csv")
    lock = make_lock(found, "x.csv", {})
    moved = replace(found.estimate.reference, coef=lock.coef + np.array([0.1, -0.01]))
    expected = compare(found.estimate.problem, moved, lock.coef, lock.std_error)
    made = measure(lock, moved.coef, CheckOptions())
    np.testing.assert_array_equal(made.in_std_errors, expected.in_std_errors)
    np.testing.assert_array_equal(made.digits, expected.digits)
    assert made.distance == expected.distance


@pytest.mark.parametrize(
    ("by", "options", "moved"),
    [
        (0.0099, {}, False),
        (0.0101, {}, True),
        (-0.0101, {}, True),
        (0.5, {"tol_se": 0.6}, False),
        (1e-7, {"digits": 6}, False),
        (1e-7, {"digits": 9}, True),
        (0.02, {"digits": 1}, True),
        (np.nan, {}, True),
        (np.inf, {"tol_se": 1e300}, True),
    ],
)
def test_the_tolerance_is_in_standard_errors_and_in_digits(by, options, moved):
    lock = make_lock(comparison(DATA / "primes.csv"), "x.csv", {})
    found = measure(lock, lock.coef + np.array([0.0, by * lock.std_error[1]]), CheckOptions(**options))
    assert found.moved.tolist() == [False, moved]


def test_an_exact_fit_has_no_standard_errors_and_is_compared_all_the_same(tmp_path):
    path = tmp_path / "line.csv"
    path.write_text("x,y\n" + "".join(f"{x},{2 * x + 1}\n" for x in range(9)))
    lock = locked(tmp_path, path, family="gaussian", solver=["fisher"])
    assert checked(lock).verdict is Verdict.OK
    assert checked(edited(lock, ('term = "x"\nestimate = ', 'term = "x"\nestimate = 1'))).verdict is Verdict.MOVED


def test_the_worst_solver_is_the_first_of_those_that_moved_alike():
    def movement(solver, distance):
        one = np.array([distance])
        return Movement(solver, "converged", 1, one, one, one, one, np.array([True]))

    def worst(*distances):
        made = tuple(movement(str(place), distance) for place, distance in enumerate(distances))
        return worst_of(made).solver

    assert worst(1.0, 1.0001) == "0"
    assert worst(1.0, 2.0) == "1"
    assert worst(1.0, np.nan) == "1"


# Same data, other data, other model

CHANGES = {
    "nothing": ((), Verdict.OK, (), "", ""),
    "how it is written": ((("2,0", "2.00 , 0"), ("\n", "\r\n")), Verdict.OK, (), "", "no value in the columns"),
    "a little": ((("13,1", "13.001,1"),), Verdict.OK, ("other values in 'x'",), "", "within tolerance"),
    "a cell": ((("11,1", "12,1"),), Verdict.DATA, ("other values in 'x'",), "other values in 'x'", ""),
    "two cells": ((("11,1", "12,0"),), Verdict.DATA, ("other values in 'y', 'x'",), "other values in", ""),
    "a row": ((("11,1", "11,1\n4,1"),), Verdict.DATA, ("7 rows, not 6",), "7 rows", ""),
    "separated": ((("5,1", "5,0"), ("7,0", "7,1")), Verdict.LOST, ("other values in 'y'",), "separated", ""),
    "text": ((("11,1", "eleven,1"),), Verdict.DATA, ("other values in 'x'",), "'eleven' is not a number", ""),
    "a name": ((("x,y", "z,y"),), Verdict.MODEL, ("no column 'x'",), "--features", ""),
    "a column more": (
        (("x,y\n2,0\n3,0\n5,1\n7,0\n11,1\n13,1", "x,y,z\n2,0,1\n3,0,4\n5,1,2\n7,0,1\n11,1,9\n13,1,0"),),
        Verdict.MODEL, (), "--features", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_other_data_are_told_apart(tmp_path, name):
    changes, verdict, data, cause, note = CHANGES[name]
    path = locked(tmp_path, copied(tmp_path, "primes.csv"))
    copied(tmp_path, "primes.csv", *changes)
    found = checked(path)
    assert (found.verdict, found.data_changes) == (verdict, data)
    assert found.passed is (verdict is Verdict.OK)
    assert cause in found.cause
    assert bool(cause) is bool(found.cause)
    assert note in " ".join(found.notes)
    assert bool(note) is bool(found.notes)


def test_the_order_of_the_columns_is_no_difference(tmp_path):
    text = (DATA / "video.csv").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "video.csv"
    path.write_text("\n".join(text))
    lock = locked(tmp_path, path, solver=["fisher"])
    path.write_text("\n".join(",".join(reversed(line.split(","))) for line in text))
    found = checked(lock)
    assert found.verdict is Verdict.OK
    assert worst_of(found.movements).distance < 1e-9


def test_rows_in_another_order_are_told(tmp_path):
    path = locked(tmp_path, copied(tmp_path, "primes.csv"))
    copied(tmp_path, "primes.csv", ("2,0\n3,0\n5,1", "5,1\n2,0\n3,0"))
    found = checked(path)
    assert found.verdict is Verdict.OK
    assert found.notes[0].endswith("perhaps the same rows in another order")


def test_one_response_that_changed_is_blamed_on_no_other_rows(tmp_path):
    """Among many rows some pair comes near to what any small change does; nobody knows that it was used twice."""
    drawn = np.random.default_rng(1)
    a, g, h = drawn.normal(size=300).round(4), drawn.choice(["low", "mid", "high"], 300), drawn.choice(["u", "v"], 300)
    y = (drawn.uniform(size=300) < 1 / (1 + np.exp(-0.3 * a))).astype(int)

    def written(y):
        path = tmp_path / "d.csv"
        path.write_text("y,a,g,h\n" + "\n".join(map("{},{},{},{}".format, y, a, g, h)))
        return path

    lock = locked(tmp_path, written(y), formula="y ~ a + g + h", solver=["fisher"])
    for changed in (13, 16, 19):
        written(np.where(np.arange(300) == changed, 1 - y, y))
        assert checked(lock).cause == "the data changed: other values in 'y'"


def test_blanks_and_needless_digits_are_no_difference(tmp_path):
    path = locked(tmp_path, copied(tmp_path, "ships.csv"), **SHIPS, solver=["fisher"])
    copied(tmp_path, "ships.csv", ("A,1960-64,", "A , 1960-64,"), (",127,0", ",127.0, 0e0"))
    found = checked(path)
    assert (found.verdict, found.data_changes) == (Verdict.OK, ())
    assert found.notes == ("the file changed, but no value in the columns of the model",)


def test_a_new_first_level_is_another_model(tmp_path):
    path = locked(tmp_path, copied(tmp_path, "ships.csv"), **SHIPS, solver=["fisher"])
    copied(tmp_path, "ships.csv", ("A,", "F,"))
    found = checked(path)
    assert found.verdict is Verdict.MODEL
    assert ("base level", "base level of 'type' 'B', not 'A'") in found.model_changes
    assert ("term", "term gone: 'type[T.B]'") in found.model_changes
    assert "--ref" in found.cause


@pytest.mark.parametrize(
    ("change", "verdict", "said"),
    [
        (('family = "poisson"\nexposure', 'family = "poisson"\nlink = "sqrt"\n#'), Verdict.MODEL, "link 'sqrt'"),
        (('exposure = "months"', ""), Verdict.MODEL, "column gone: 'months'"),
        (("[options]", '[options]\nref = ["type=C"]'), Verdict.MODEL, "base level of 'type' 'C', not 'A'"),
        (("[options]", "[options]\nl2 = 1.0"), Verdict.MODEL, "estimate 'L2-penalised, lambda = 1'"),
        (("+ period", ""), Verdict.OK, ""),  # the formula of [model] is for people; that of [options] counts
    ],
)
def test_another_model_is_told_apart(tmp_path, change, verdict, said):
    path = edited(locked(tmp_path, copied(tmp_path, "ships.csv"), **SHIPS, solver=["fisher"]), change)
    found = checked(path)
    assert found.verdict is verdict
    assert said in "; ".join(change.says for change in found.model_changes)


def test_a_model_that_cannot_be_fitted_to_the_same_data_is_not_checked(tmp_path):
    path = locked(tmp_path, copied(tmp_path, "ships.csv"), **SHIPS, solver=["fisher"])
    change = ('"incidents ~ type + built + period"\nfamily = "poisson"\nexposure', '"incidents ~ type"\n#')
    found = checked(edited(path, change))
    assert isinstance(found, NotChecked)
    assert found.data == "ships.csv"


def test_likely_causes_of_coefficients_that_moved(tmp_path):
    path = locked(tmp_path, copied(tmp_path, "primes.csv"))
    whole = path.read_text()
    assert "not converge" not in " ".join(checked(path).notes)
    short = checked(edited(path, ("[options]", "[options]\nmax_iter = 5")))
    assert (short.verdict, short.data_changes) == (Verdict.MOVED, ())
    assert short.cause == "the maximum is where it was; short of it stopped gd (iteration limit)"
    assert [item.moved.any() for item in short.movements] == [False, True]
    assert short.renewed is None
    late = checked(path, tol_se=1.0)
    assert late.verdict is Verdict.OK
    assert late.notes == ("gd did not converge (iteration limit), and yet it is within tolerance",)
    path.write_text(whole)
    fine = checked(path, digits=15)
    assert fine.verdict is Verdict.MOVED
    assert "gd (converged)" in fine.cause
    moved = checked(edited(path, ("estimate = 0.55", "estimate = 0.66")))
    assert "edited" in moved.cause
    other = checked(edited(path, ('numpy = "', 'numpy = "1.')))
    assert "other versions: numpy 1." in other.cause
    assert moved.renewed.coef.tolist() == pytest.approx([-3.54907067, 0.55177592])


def test_a_lock_whose_model_was_edited_is_told_from_one_that_moved(tmp_path):
    path = locked(tmp_path, copied(tmp_path, "ships.csv"), **SHIPS)
    found = checked(edited(path, ('    "1960-74",\n', "")))
    assert found.verdict is Verdict.MODEL
    assert found.cause.endswith("what it says of the model or its options was edited")


def test_a_factor_that_became_numbers_is_told(tmp_path):
    place = tmp_path / "d.csv"
    text = "y,b\n" + "".join(f"{y},{b}\n" for y, b in zip("0110100101", ["True", "False"] * 5, strict=True))
    place.write_text(text)
    path = locked(tmp_path, place, solver=["fisher"])
    place.write_text(text.replace("True", "1").replace("False", "0"))
    found = checked(path)
    assert found.verdict is Verdict.MODEL
    assert found.cause.startswith("'b' had text and has numbers now")


def test_solvers_can_be_chosen():
    assert [item.solver for item in checked(PRIMES).movements] == ["fisher", "gd"]
    assert [item.solver for item in checked(PRIMES, solver=["adam"]).movements] == ["adam"]
    assert checked(PRIMES, solver=["adam"]).verdict is Verdict.OK


def test_what_is_locked_anew_describes_the_data_as_they_are(tmp_path):
    path = locked(tmp_path, copied(tmp_path, "primes.csv"))
    data = copied(tmp_path, "primes.csv", ("11,1", "12,1"))
    renewed = checked(path).renewed
    fresh = locked(tmp_path, data, "fresh.toml")
    assert to_toml(renewed) == fresh.read_text(encoding="utf-8")


# From other test-suites


def test_coefficients_of_one_s_own_are_compared_without_the_data(tmp_path):
    path = locked(tmp_path, copied(tmp_path, "primes.csv"))
    (tmp_path / "primes.csv").unlink()
    lock = read_lock(str(path))
    mine = dict(zip(lock.model.terms, lock.coef, strict=True))
    assert_coefficients(path, mine)
    assert_coefficients(path, {**mine, "x": np.float32(mine["x"])}, digits=6)
    for wrong, said in (
        ({**mine, "x": 0.56}, "coefficients moved: 1 of 2, by up to 0.019 SE"),
        ({**mine, "x": float("nan")}, "coefficients moved: 1 of 2"),
        ({**mine, "z": 1.0}, "there is no term 'z'"),
        ({"x": mine["x"]}, "term gone: '(Intercept)'"),
    ):
        with pytest.raises(AssertionError) as told:
            assert_coefficients(path, wrong)
        assert said in str(told.value)
        assert "--update" not in str(told.value)
    with pytest.raises(GlmnnError, match=r"primes\.csv"):
        assert_coefficients(path)


def test_an_assertion_shows_the_report_of_every_lock_that_failed(tmp_path):
    for name in ("a", "b"):
        locked(tmp_path, copied(tmp_path, "primes.csv"), f"{name}.toml", solver=["fisher"])
    assert_coefficients(str(tmp_path))
    edited(tmp_path / "b.toml", ("estimate = 0.55", "estimate = 0.66"))
    with pytest.raises(AssertionError) as told:
        assert_coefficients(str(tmp_path))
    assert "b.toml  coefficients moved: 1 of 2" in str(told.value)
    assert "a.toml" not in str(told.value)
    assert_coefficients(str(tmp_path), tol_se=1.0)
    with pytest.raises(UsageError, match="one lock file"):
        assert_coefficients(str(tmp_path), {"x": 1.0})
    with pytest.raises(UsageError, match="--tol-se"):
        assert_coefficients(str(tmp_path), tol_se=0.0)
    assert asdict(CheckOptions()) == {"tol_se": 0.01, "digits": None, "solver": []}
