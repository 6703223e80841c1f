"""A page in a real browser: Debian's Chromium by Python's playwright, without any network."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HOSTILE = "</script><img src=x onerror='window.stolen = 3'>\u202eab"


@pytest.fixture(scope="module")
def chromium():
    """The browser, for all tests of a file."""
    sync = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    if CHROMIUM is None:
        pytest.skip("there is no chromium on the path: apt-get install chromium")
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])  # root has no sandbox
        yield browser
        browser.close()


@contextmanager
def opened(browser, text, folder, *, width=1240, scripts=True, **context) -> Iterator[SimpleNamespace]:
    """Open a page; yield it with what it asked for and what it said on the console."""
    path = folder / "page.html"
    path.write_text(text, encoding="utf-8")
    place = browser.new_context(
        viewport={"width": width, "height": 900}, offline=True, java_script_enabled=scripts, **context
    )
    page = place.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path.as_uri())
    if scripts:
        page.wait_for_selector("html[data-ready]")  # wait_for_function needs eval, which the policy forbids
    try:
        yield SimpleNamespace(page=page, asked=asked, said=said, path=path)
    finally:
        place.close()


def settle(page):
    """Let the frames that are due be drawn."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def scrub(page, share):
    """Put the slider where a hand would."""
    page.evaluate(
        """(share) => {
          document.getElementById('clock').value = share;
          document.getElementById('clock').dispatchEvent(new Event('input'));
        }""",
        share,
    )
    settle(page)


def hostile_document(doc):
    """Return a document with every name of data replaced by one that would like to run."""

    def spoiled(value, key=""):
        if isinstance(value, dict):
            return {name: spoiled(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [spoiled(item, key) for item in value]
        named = key in {
            "formula",
            "names",
            "shown",
            "target",
            "name",
            "term",
            "label",
            "labels",
            "command",
            "verdict",
            "notes",
        }
        return HOSTILE if isinstance(value, str) and named else value

    return {**spoiled(doc), "activation": doc["activation"]}
