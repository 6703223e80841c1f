"""The page in Chromium: what moves is where the document says, and nothing else happens."""

import json
import re
from math import expm1, log1p
from xml.etree import ElementTree

import pytest

import glmnn as glmnn_api
from browser import CHROMIUM, chromium, hostile_document, opened, scrub, settle  # noqa: F401, a fixture
from drawn import pictures
from glmnn.report.page.page import page_html

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the path: apt-get install chromium"),
    pytest.mark.slow,
    pytest.mark.whole,  # .ci/browser runs them
]
UNITS = {"iteration": "iterations", "passes": "passes", "seconds": "seconds"}


@pytest.fixture(scope="module")
def primes():
    return pictures("primes", "fisher,gd,adam")


@pytest.fixture
def shown(chromium, primes, tmp_path):  # noqa: F811
    with opened(chromium, page_html(primes), tmp_path) as found:
        yield found
        assert found.said == []
        assert found.asked == [found.path.as_uri()]


def state_at(doc, run, unit, v):
    """The last state at or before v; None before the first."""
    times = run["states"][unit]
    places = [place for place, time in enumerate(times) if time <= v]
    return places[-1] if places else None


def clock_value(doc, unit, share):
    scale = doc["clock"][UNITS[unit]]
    return scale["c"] * expm1(share * log1p(scale["most"] / scale["c"]))


MARKERS = """() => Object.fromEntries([...document.querySelectorAll('#plane .marker')].map((marker) =>
  [marker.dataset.solver, marker.getAttribute('visibility') === 'hidden' ? null
    : marker.getAttribute('transform').match(/-?[\\d.]+/g).map(Number)]))"""
TICKS = """(axis) => { // positions and values of two ticks of an axis give its linear scale
  const found = [...document.querySelectorAll(`#plane g[aria-label="${axis}-axis tick label"] text`)];
  return found.map((text) => [Number(text.textContent.replace('−', '-')),
    Number(text.getAttribute('transform').match(/-?[\\d.]+/g)[axis === 'x' ? 0 : 1])]);
}"""


def unscaled(page, axis):
    """The function from pixels to values of an axis."""
    (v0, p0), *_, (v1, p1) = page.evaluate(TICKS, axis)
    return lambda pixel: v0 + (v1 - v0) * (pixel - p0) / (p1 - p0)


@pytest.mark.parametrize("unit", UNITS)
def test_markers_are_at_the_states_of_the_document(shown, primes, unit):
    page = shown.page
    page.locator(f"input[name=unit][value={unit}]").check(force=True)
    x, y = unscaled(page, "x"), unscaled(page, "y")
    view = primes["plane"]["views"][0]
    for share in (0.0, 0.31, 0.62, 1.0):
        scrub(page, share)
        v = clock_value(primes, unit, share)
        markers = page.evaluate(MARKERS)
        for place, run in enumerate(primes["runs"]):
            k = state_at(primes, run, unit, v * (1 + 1e-12))
            if k is None or run["states"]["xy"][k] is None:
                assert markers[str(place)] is None
                continue
            for pixel, to_value, value, ends in zip(
                markers[str(place)], (x, y), run["states"]["xy"][k], (view["x"], view["y"]), strict=True
            ):
                assert to_value(pixel) == pytest.approx(value, abs=0.005 * (ends[1] - ends[0]))


def test_the_live_table_says_what_the_document_says(shown, primes):
    scrub(shown.page, 0.5)
    v = clock_value(primes, "iteration", 0.5)
    for place, run in enumerate(primes["runs"]):
        k = state_at(primes, run, "iteration", v)
        cells = shown.page.locator(f"#live-{place} td").all_inner_texts()
        assert int(cells[0].replace(",", "")) == run["states"]["iteration"][k]
        assert float(cells[1].replace("−", "-")) == pytest.approx(run["states"]["distance"][k], rel=5e-3)


@pytest.mark.parametrize("name", ["infertility", "iris_setosa"])
def test_at_the_end_the_scripts_say_what_the_template_said(chromium, tmp_path, name):  # noqa: F811
    said = []
    for scripts in (False, True):
        with opened(chromium, page_html(pictures(name, "fisher,gd,sgd")), tmp_path, scripts=scripts) as found:
            said.append(found.page.locator("#live td").all_inner_texts())
    assert said[0] == said[1]


@pytest.mark.parametrize("unit", UNITS)
def test_at_the_end_of_the_clock_every_run_has_ended(chromium, primes, tmp_path, unit):  # noqa: F811
    doc = json.loads(json.dumps(primes))
    for run in doc["runs"]:
        run["states"]["seconds"][-1] *= 1 + 1e-6  # the clock has fewer digits than a state
    with opened(chromium, page_html(doc), tmp_path) as found:
        found.page.locator(f"input[name=unit][value={unit}]").check(force=True)
        scrub(found.page, 1)
        assert set(found.page.locator("[data-cell=end]").all_inner_texts()) == {"converged"}


def test_iterations_never_stand_without_passes_beside_them(shown):
    page = shown.page
    there = """() => [...document.querySelectorAll('[data-unit]')]
      .filter((one) => !one.hidden).map((one) => one.dataset.unit)"""
    assert page.evaluate(there) == ["iteration", "passes"]
    page.locator("input[name=unit][value=seconds]").check(force=True)
    assert page.evaluate(there) == ["seconds"]


def test_an_arrow_goes_to_the_next_moment_and_is_told_when_it_rests(shown):
    page = shown.page
    slider = page.locator("#clock")
    slider.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "iteration 1"
    assert page.locator("#clock-text").inner_text() == "iteration 1"
    assert page.locator("#said").inner_text() == ""
    page.wait_for_selector("#said:not(:empty)", state="attached")
    said = page.locator("#said").text_content()
    assert said.startswith("iteration 1: fisher ")
    assert "standard errors from the maximum" in said
    page.keyboard.press("End")
    assert slider.input_value() == "1"
    page.keyboard.press("ArrowLeft")
    assert 0.9 < float(slider.input_value()) < 1
    page.keyboard.press("PageDown")
    assert float(slider.input_value()) == pytest.approx(0.89, abs=0.02)


def test_play_ends(shown):
    page = shown.page
    scrub(page, 0.97)
    page.locator("#clock").focus()
    page.keyboard.press("Space")
    assert page.locator("#play").get_attribute("aria-pressed") == "true"
    page.wait_for_selector("#play[aria-pressed=false]", timeout=5000)
    assert page.locator("#clock").input_value() == "1"


def test_play_takes_ten_stills_where_the_reader_wants_no_motion(chromium, primes, tmp_path):  # noqa: F811
    with opened(chromium, page_html(primes), tmp_path, reduced_motion="reduce") as found:
        scrub(found.page, 0.85)
        found.page.locator("#play").click()
        seen = {float(found.page.locator("#clock").input_value())}
        found.page.wait_for_selector("#play[aria-pressed=false]", timeout=5000)
        seen.add(float(found.page.locator("#clock").input_value()))
        assert sorted(seen) == pytest.approx([0.9, 1.0], abs=1e-6)


def test_a_solver_can_be_taken_off_and_another_followed(shown):
    page = shown.page
    assert len(page.evaluate(MARKERS)) == 3
    page.locator("[data-toggle='1']").click()
    assert sorted(page.evaluate(MARKERS)) == ["0", "2"]
    assert page.locator("[data-toggle='1']").get_attribute("aria-pressed") == "false"
    scrub(page, 0.3)
    before = page.locator("#neuron path.stem").first.get_attribute("d")
    page.locator("#neuron select").select_option("2")
    settle(page)
    assert page.locator("#neuron path.stem").first.get_attribute("d") != before


def test_the_two_views_of_the_plane(shown, primes):
    page = shown.page
    scrub(page, 1.0)
    page.locator("#plane-view").click()
    x = unscaled(page, "x")
    assert page.locator("#plane-view").get_attribute("aria-pressed") == "true"
    view = primes["plane"]["views"][1]
    assert x(page.evaluate(MARKERS)["0"][0]) == pytest.approx(
        primes["plane"]["best"][0], abs=0.01 * (view["x"][1] - view["x"][0])
    )


@pytest.mark.parametrize(("scheme", "paper"), [("light", (244, 245, 247)), ("dark", (13, 18, 25))])
def test_the_theme_is_that_of_the_reader_and_can_be_switched(chromium, primes, tmp_path, scheme, paper):  # noqa: F811
    with opened(chromium, page_html(primes), tmp_path, color_scheme=scheme) as found:
        colour = "() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
        assert tuple(found.page.evaluate(colour)) == paper
        other = "dark" if scheme == "light" else "light"
        while found.page.locator("#theme").inner_text() != f"Theme: {other}":
            found.page.locator("#theme").click()
        assert tuple(found.page.evaluate(colour)) != paper


@pytest.mark.parametrize("width", [390, 1240])
def test_no_page_is_wider_than_the_screen(chromium, primes, tmp_path, width):  # noqa: F811
    with opened(chromium, page_html(primes), tmp_path, width=width) as found:
        assert found.page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
        wide = """() => [...document.querySelectorAll('.canvas svg')]
          .filter((svg) => svg.clientWidth > svg.parentNode.clientWidth + 1).length"""
        assert found.page.evaluate(wide) == 0


def test_without_scripts_every_table_is_there(chromium, primes, tmp_path):  # noqa: F811
    with opened(chromium, page_html(primes), tmp_path, scripts=False) as found:
        text = found.page.locator("main").text_content()
        assert "Scripts are off" in found.page.locator("header").inner_text()
        lines = found.page.locator("pre.braille").inner_text().splitlines()
        assert any("fisher" in line for line in lines)
        assert sum("\u2801" <= letter <= "\u28ff" for line in lines for letter in line) > 50
        assert not found.page.locator("#controls").is_visible()
        for id_ in ("live", "levels-iteration", "levels-passes", "levels-seconds", "coefficients"):
            assert found.page.locator(f"#{id_}").is_visible()
        for value in ("0.5518", "−3.549", "0.4222"):
            assert value in text


def test_hostile_names_stay_dead_and_are_shown_letter_by_letter(chromium, tmp_path):  # noqa: F811
    doc = hostile_document(pictures("primes"))
    text = page_html(doc)
    with opened(chromium, text, tmp_path) as found:
        assert "onerror" in found.page.title()
        assert found.page.evaluate("() => window.stolen") is None
        assert found.page.locator("img, iframe, main script, object").count() == 0
        assert found.said == []
        assert found.asked == [found.path.as_uri()]
        assert "\\u202e" in found.page.locator("h1").inner_text()
    planted = text.replace("<main>", "<main><script>window.stolen = 1</script><img src=x onerror='window.stolen = 2'>")
    with opened(chromium, planted, tmp_path) as found:  # were a hole found, the policy would still be there
        assert found.page.evaluate("() => window.stolen") is None
        assert any("Content Security Policy" in line for line in found.said)


def test_pictures_are_saved_as_svg_and_png_and_the_numbers_as_json(shown, primes):
    page = shown.page
    with page.expect_download() as saved:
        page.locator("#plane [data-save=svg]").click()
    svg = saved.value.path().read_text(encoding="utf-8")
    assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
    assert not re.search(r"var\(|light-dark|currentcolor", svg.replace("currentColor", ""))
    with page.expect_download() as saved:
        page.locator("#distance [data-save=png]").click()
    png = saved.value.path().read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width = page.evaluate("() => document.querySelector('#distance .canvas svg').clientWidth")
    assert int.from_bytes(png[16:20], "big") == 3 * width
    with page.expect_download() as saved:
        page.locator("#save-json").click()
    assert json.loads(saved.value.path().read_text(encoding="utf-8")) == json.loads(json.dumps(primes))


def test_a_table_is_copied_as_tab_separated_text(shown):
    page = shown.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("[data-copy=coefficients]").click()
    page.wait_for_selector("[data-copy=coefficients]:text('Copied')")
    rows = [line.split("\t") for line in page.evaluate("() => navigator.clipboard.readText()").splitlines()]
    assert rows[0][:3] == ["term", "estimate", "std.error"]
    assert rows[1][:3] == ["(Intercept)", "-3.549", "2.744"]


def test_controls_have_names_for_those_who_do_not_see_them(shown):
    page = shown.page
    assert page.locator("#controls").aria_snapshot().replace("'", "") == ARIA
    unnamed = """() => [...document.querySelectorAll('.canvas svg')].filter((svg) =>
      svg.getAttribute('role') !== 'img' || !svg.getAttribute('aria-label')).length"""
    assert page.evaluate(unnamed) == 0
    assert page.locator("table:not(:has(caption))").count() == 0
    assert page.locator("th:not([scope])").count() == 0


ARIA = """\
- button "▶ Play"
- slider "Moment of all runs": "1"
- text: iteration 150
- group "Unit of the clock":
  - text: Unit of the clock
  - radio "iterations" [checked]
  - text: iterations
  - radio "passes"
  - text: passes
  - radio "time"
  - text: time"""


def test_it_prints(shown):
    page = shown.page
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator("#controls").is_visible()
    assert page.locator("#levels-passes").is_visible()
    paper = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(255, 255, 255)"
    assert page.pdf(format="A4")[:5] == b"%PDF-"


CROWDED = """() => {
  const found = [];
  for (const svg of document.querySelectorAll('.canvas svg')) {
    const box = svg.closest('.panel').getBoundingClientRect();
    const texts = [...svg.querySelectorAll('text')].filter((text) => text.textContent.trim())
      .map((text) => [text.textContent, text.getBoundingClientRect()]);
    for (const [text, at] of texts) {
      const inside = at.left >= box.left && at.right <= box.right && at.top >= box.top && at.bottom <= box.bottom;
      if (!inside) found.push(`cut: ${text}`);
    }
    for (const [i, [one, a]] of texts.entries()) {
      for (const [other, b] of texts.slice(0, i)) {
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 1.5 && high > 3) found.push(`${one} over ${other}`);
      }
    }
  }
  return found;
}"""


@pytest.mark.parametrize("width", [390, 1240])
@pytest.mark.parametrize("name", ["iris_setosa", "quine", "longley", "challenger", "anorexia"])
def test_no_words_are_cut_off_or_written_over_each_other(chromium, tmp_path, name, width):  # noqa: F811
    with opened(chromium, page_html(pictures(name)), tmp_path, width=width) as found:
        page = found.page
        for unit in UNITS:
            page.locator(f"input[name=unit][value={unit}]").check(force=True)
            scrub(page, 0.5)
            assert page.evaluate(CROWDED) == []
        for other in ("#plane-view", "#forest-ratios"):
            if page.locator(other).count():
                page.locator(other).click()
        assert page.evaluate(CROWDED) == []
        assert found.said == []
        assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
        empty = "() => [...document.querySelectorAll('.canvas')].filter((one) => !one.querySelector('svg')).length"
        assert page.evaluate(empty) == 0


@pytest.mark.parametrize("letter", ["W", "{", "\u2713"])
def test_names_of_wide_letters_are_cut_to_what_fits(chromium, tmp_path, letter):  # noqa: F811
    rows = {letter * 60: [2, 3, 5, 7, 11, 13], "y": [0, 0, 1, 0, 1, 1]}
    glmnn_api.fit(rows, target="y", solver="fisher").save_html(tmp_path / "shown.html")
    with opened(chromium, (tmp_path / "shown.html").read_text(encoding="utf-8"), tmp_path, width=360) as found:
        assert found.page.evaluate(CROWDED) == []
        assert found.said == []


@pytest.mark.parametrize(
    ("command", "drawn"),
    [
        (["audit", "--coef", "(Intercept)=-3.1121,x=0.4783"], {"plane", "distance", "neuron", "data", "forest"}),
        (["race", "-s", "fisher,gd,statsmodels", "--repeat", 1], {"plane", "distance", "neuron", "data", "forest"}),
        (["fit", "--hidden", 2, "--cv", 2, "--max-iter", 200], {"loss", "networks", "folds", "distance"}),
    ],
    ids=["audit", "race", "network"],
)
def test_the_pages_of_other_commands(chromium, glmnn, tmp_path, command, drawn):  # noqa: F811
    name, *more = command
    glmnn(name, "data/primes.csv", *more, "--html", tmp_path / "drawn.html", "-q")
    with opened(chromium, (tmp_path / "drawn.html").read_text(encoding="utf-8"), tmp_path) as found:
        ids = found.page.evaluate("() => [...document.querySelectorAll('figure:has(svg)')].map((one) => one.id)")
        assert set(ids) >= drawn
        scrub(found.page, 0.5)
        assert found.said == []
        assert found.asked == [found.path.as_uri()]


def test_a_notebook_shows_it_in_a_frame_that_can_do_nothing_else(chromium, tmp_path):  # noqa: F811
    shown = glmnn_api.fit("data/primes.csv", solver="fisher,gd").show()._repr_html_()
    assert 'sandbox="allow-scripts"' in shown
    (tmp_path / "page.html").write_text(shown, encoding="utf-8")
    page = chromium.new_context(offline=True).new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto((tmp_path / "page.html").as_uri())
    frame = page.frames[1]
    frame.wait_for_selector("html[data-ready]")
    assert frame.locator("#plane svg").count() == 1
    assert said == []
    page.context.close()
