"""The pictures of the manual are what `--figures` draws."""

import re

import pytest

pytest.importorskip("matplotlib")

from pages import PAGES
from pictures import DARK, FOLDER, MADE, ROOT, dark, make

NAMES = [name for names in MADE.values() for name in names]


def texts(svg):
    """Return the words in a figure, which matplotlib writes as comments above the outlines; numbers are rounding's."""
    return [text for text in re.findall(r"<!-- (.*?) -->", svg) if not re.fullmatch(r"[−\d.,e-]+", text)]


@pytest.mark.parametrize("name", NAMES)
def test_the_dark_one_is_the_light_one_in_other_colours(name):
    light = (FOLDER / f"{name}-light.svg").read_text(encoding="utf-8")
    assert (FOLDER / f"{name}-dark.svg").read_text(encoding="utf-8") == dark(light)
    assert set(re.findall(r"#[0-9a-f]{6}\b", light)) <= set(DARK)


@pytest.mark.slow
def test_they_are_up_to_date(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    make(tmp_path)
    for path in sorted(tmp_path.glob("*-light.svg")):
        stored = (FOLDER / path.name).read_text(encoding="utf-8")
        assert texts(path.read_text(encoding="utf-8")) == texts(stored), "python tests/pictures.py"


def test_every_picture_is_on_a_page_and_every_page_finds_its_pictures():
    used = set()
    for page in PAGES:
        for source in re.findall(r'(?:src|srcset)="([^"]+)"', page.read_text(encoding="utf-8")):
            assert (page.parent / source).is_file(), (page, source)
            used.add((page.parent / source).name)
    assert {path.name for path in FOLDER.iterdir()} == used
