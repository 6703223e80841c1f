"""Every command on the pages of docs/ prints what stands there, and ends as it says."""

from importlib.util import find_spec

import pytest
from pages import PAGES, ROOT, printed, shown, words, workplace


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_print_what_the_page_shows(page):
    with workplace():
        for command in shown(page):
            if "--figures" in command.words and find_spec("matplotlib") is None:
                continue
            code, output = printed(command)
            assert (command.line, code) == (command.line, command.code)
            assert words(output) == words(command.text), f"{command.line}: python tests/pages.py {page.name}"


def test_the_readme_is_for_a_newcomer():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
