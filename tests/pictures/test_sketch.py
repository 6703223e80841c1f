"""Paths and intervals beside the tables of a notebook."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import glmnn
from drawn import fitted
from glmnn.fitting.pictures import subject_of
from glmnn.pictures.frames import basis_of
from glmnn.pictures.plane import joint_region
from glmnn.pictures.sketch import sketch
from glmnn.report.inline import to_svg

SOLVERS = "fisher,gd,momentum"


def test_paths_end_at_the_best_and_intervals_are_those_of_the_forest():
    comparison = fitted("infertility", SOLVERS)
    found = sketch(subject_of(comparison))
    assert [label for label, _ in found["paths"]] == ["fisher", "gd", "momentum"]
    for _, points in found["paths"]:
        assert points[-1] == pytest.approx(found["best"], abs=1e-5)
        assert len(points) <= 60
    maximum, scale = comparison.estimate.maximum, comparison.estimate.design.data.whole.X.std(axis=0)
    label, low, estimate, high = found["terms"][0]
    assert label == "age"
    assert (low, estimate, high) == pytest.approx(
        tuple(float(ends[1] * scale[1]) for ends in (maximum.low, maximum.coef, maximum.high)), rel=1e-4
    )


def test_the_region_is_so_many_standard_errors_from_the_best():
    subject = subject_of(fitted("primes", SOLVERS))
    basis, found = basis_of(subject), sketch(subject)
    lengths = basis.metric.lengths(basis.coefficients(np.array(found["region"])))
    assert lengths == pytest.approx(joint_region(subject.inference), rel=1e-3)


def test_it_is_small_plain_svg_and_names_stay_text():
    found = glmnn.fit({"<script>x</script>": [2, 3, 5, 7, 11, 13], "y": [0, 0, 1, 0, 1, 1]}, target="y")
    page = found._repr_html_()
    assert "<script>" not in page
    drawing = re.search(r"<svg.*</svg>", page)[0]
    ET.fromstring(drawing)
    assert len(drawing) < 8_000
    assert "&lt;script&gt;" in drawing
    assert not re.search(r"href|url\(|<style|on\w+=", drawing)


def test_it_stands_above_what_is_folded():
    page = glmnn.fit("data/primes.csv")._repr_html_()
    assert page.index("<svg") < page.index("<details")


def test_without_a_maximum_there_is_none():
    page = glmnn.fit({"x": [1, 2, 3, 4], "y": [0, 0, 1, 1]}, max_iter=20)._repr_html_()
    assert "<svg" not in page
    assert sketch(subject_of(fitted("iris_setosa", "fisher", max_iter=20))) is None


def test_of_many_terms_the_first_are_drawn_and_the_rest_counted():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(200, 20)), rng.normal(size=200)
    drawing = to_svg(sketch(subject_of(glmnn.fit(X, y, family="gaussian", solver="fisher").comparison)))
    assert "8 more terms" in drawing
    ET.fromstring(drawing)


def test_an_audit_shows_where_the_claim_is():
    page = glmnn.audit("data/primes.csv", {"(Intercept)": -3.1121, "x": 0.4783})._repr_html_()
    assert "◇" in page
