"""`pytest --glmnn-locks` makes a test of each lock file."""

import shutil
from pathlib import Path

import pytest

LOCKS = Path(__file__).parents[2] / "configs" / "locks"
DATA = Path(__file__).parents[2] / "data"


@pytest.fixture
def project(pytester):
    """A project with a lock file, its data, another TOML file and a test."""
    shutil.copy(LOCKS / "primes.toml", pytester.path / "primes.toml")
    lock = pytester.path / "primes.toml"
    lock.write_text(lock.read_text().replace("../../data/", ""))
    shutil.copy(DATA / "primes.csv", pytester.path / "primes.csv")
    (pytester.path / "other.toml").write_text("[tool]\n")
    pytester.makepyfile("def test_something():\n    pass\n")
    return pytester


def run(project, *arguments):
    return project.runpytest_inprocess("-p", "no:randomly", "-n", "0", *arguments)


def move(project):
    """Change a cell of the data, so that the coefficients move."""
    data = project.path / "primes.csv"
    first, last = data.read_text().rstrip("\n").rsplit(",", 1)
    data.write_text(f"{first},{1 - int(last)}\n")


def test_lock_files_are_tests_if_asked_for(project):
    run(project).assert_outcomes(passed=1)
    run(project, "--glmnn-locks").assert_outcomes(passed=2)
    run(project, "--glmnn-locks", "primes.toml").assert_outcomes(passed=1)
    run(project, "--glmnn-locks", "-k", "coefficients").assert_outcomes(passed=1, deselected=1)
    listed = run(project, "--glmnn-locks", "--collect-only", "-q")
    listed.stdout.fnmatch_lines("primes.toml::coefficients")


def test_a_failure_shows_the_report_and_no_traceback(project):
    move(project)
    ended = run(project, "--glmnn-locks")
    ended.assert_outcomes(passed=1, failed=1)
    ended.stdout.fnmatch_lines(["*primes.toml*coefficients moved*", "*likely cause: the data changed*"])
    ended.stdout.no_fnmatch_line("*pytest_plugin.py*")
    run(project, "--glmnn-locks", "--glmnn-tol-se", "10").assert_outcomes(passed=2)


def test_an_update_fails_once(project):
    move(project)
    run(project, "--glmnn-update").assert_outcomes(passed=1, failed=1)
    run(project, "--glmnn-update").assert_outcomes(passed=2)
    run(project, "--glmnn-locks").assert_outcomes(passed=2)


def test_what_cannot_be_checked_fails_in_a_line(project):
    (project.path / "primes.csv").unlink()
    ended = run(project, "--glmnn-locks")
    ended.assert_outcomes(passed=1, failed=1)
    ended.stdout.fnmatch_lines("*primes.csv*")
    assert run(project, "--glmnn-locks", "--glmnn-tol-se", "0").ret == pytest.ExitCode.USAGE_ERROR
