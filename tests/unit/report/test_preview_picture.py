"""The picture of a preview: plain attributes, no style, no script; its points are the preview's numbers."""

from __future__ import annotations

import math
import re
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from nervelight.documents import read_yaml
from nervelight.planning import Preview, preview_plan
from nervelight.planning.plan_document import Band
from nervelight.report import Picture, preview_picture, write_picture
from nervelight.report.fluence_plot import deepest_shown
from nervelight.report.picture import themed
from nervelight.report.preview_picture import LEFT, MOST_TICKS, RIGHT, WIDTH, _step

EXAMPLES = Path(__file__).parents[3] / "examples"
NAMES = ("diabetic_feet", "carpal_tunnel", "lumbar_radiculopathy", "facial_pain")
SVG = "{http://www.w3.org/2000/svg}"
EACH = pytest.mark.parametrize("name", NAMES)


@cache
def preview_of(name: str) -> Preview:
    return preview_plan(read_yaml(EXAMPLES / f"{name}.yaml"))


def drawn(preview: Preview) -> Picture:
    picture = preview_picture(preview)
    assert picture is not None
    return picture


def elements(picture: Picture, tag: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(picture.svg).iter(f"{SVG}{tag}"))


def points(element: ElementTree.Element) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"([\d.-]+),([\d.-]+)", element.get("points") or "")]


def words(picture: Picture) -> list[str]:
    return ["".join(element.itertext()) for element in elements(picture, "text")]


@EACH
def test_the_picture_stands_under_a_policy_that_forbids_style_and_script(name: str) -> None:
    picture = drawn(preview_of(name))
    root = ElementTree.fromstring(picture.svg)
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "text", "line", "rect", "polygon", "polyline"}
    assert not {key for element in root.iter() for key in element.attrib if key == "style" or key.startswith("on")}
    assert "url(" not in picture.svg and "href" not in picture.svg


@EACH
def test_the_picture_names_itself_and_has_its_table(name: str) -> None:
    preview = preview_of(name)
    picture = drawn(preview)
    root = ElementTree.fromstring(picture.svg)
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == picture.title
    assert root.findtext(f"{SVG}desc") == picture.description
    assert set((root.get("aria-labelledby") or "").split()) == {e.get("id") for e in root.iter() if e.get("id")}
    assert preview.made in picture.description
    assert picture.title in " ".join(words(picture))
    assert "Depth below the skin, mm" in words(picture)
    assert {f"{curve.wavelength_nm:g} nm" for curve in preview.curves} <= set(words(picture))
    assert len(picture.table.rows) == len(preview.curves) * len(preview.targets)
    assert {len(row) for row in picture.table.rows} == {len(picture.table.header)}


@EACH
def test_all_lies_within_the_picture(name: str) -> None:
    picture = drawn(preview_of(name))
    width, height = map(float, (ElementTree.fromstring(picture.svg).get("viewBox") or "").split()[2:])
    for tag in ("polygon", "polyline"):
        for element in elements(picture, tag):
            assert all(0 <= x <= width and 0 <= y <= height for x, y in points(element))
    for element in elements(picture, "text"):
        assert 0 <= float(element.get("x") or -1) <= width and 0 < float(element.get("y") or -1) < height


@EACH
def test_colours_are_those_of_the_page_so_that_dark_mode_has_them(name: str) -> None:
    picture = drawn(preview_of(name))
    colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', picture.svg)) - {"none"}
    assert all(re.fullmatch(r"var\(--[a-z0-9-]+, #[0-9a-f]{6}\)", colour) for colour in colours)


def test_the_median_line_is_drawn_where_its_numbers_lie() -> None:
    preview = preview_of("diabetic_feet")
    picture = drawn(preview)
    ticks = {}
    for element in elements(picture, "text"):
        if element.get("text-anchor") == "end" and re.fullmatch(r"[\d.]+", element.text or ""):
            ticks[float(element.text or "")] = float(element.get("y") or 0) - 4
    (low, y_low), (high, y_high) = min(ticks.items()), max(ticks.items())
    a_decade = (y_low - y_high) / math.log10(high / low)
    deepest = deepest_shown(preview.curves, preview.targets)
    for line, curve in zip(elements(picture, "polyline"), preview.curves, strict=True):
        for (x, y), depth, rate in zip(points(line), curve.depth_mm, curve.p50, strict=False):
            assert x == pytest.approx(LEFT + (WIDTH - LEFT - RIGHT) * depth / deepest, abs=0.1)
            assert y == pytest.approx(y_low - a_decade * math.log10(rate / low), abs=0.2)


def test_a_line_ends_where_it_leaves_the_picture() -> None:
    preview = preview_of("lumbar_radiculopathy")
    bottom = max(y for element in elements(drawn(preview), "polygon") for _, y in points(element))
    lines = [points(line) for line in elements(drawn(preview), "polyline")]
    assert any(line[-1][0] < WIDTH - RIGHT - 1 for line in lines)
    for line in lines:
        assert [y for _, y in line] == sorted(y for _, y in line)
        assert sum(y >= bottom - 0.05 for _, y in line) <= 1


def test_bands_hold_the_median_and_the_wide_one_holds_the_narrow_one() -> None:
    picture = drawn(preview_of("carpal_tunnel"))
    bands = [points(e) for e in elements(picture, "polygon") if e.get("fill-opacity")]
    (line,) = map(points, elements(picture, "polyline"))
    for wide, narrow in zip(bands[::2], bands[1::2], strict=True):
        count = len(wide) // 2
        for k, (x, y) in enumerate(line):
            assert wide[k][0] == narrow[k][0] == x
            assert wide[k][1] <= narrow[k][1] <= y <= narrow[2 * count - 1 - k][1] <= wide[2 * count - 1 - k][1]


@EACH
def test_names_of_targets_and_the_sum_of_light_do_not_overlap(name: str) -> None:
    texts = elements(drawn(preview_of(name)), "text")
    (total,) = [e for e in texts if (e.text or "").startswith("in all")]
    names = [e for e in texts if "nerve" in (e.text or "") or "ganglion" in (e.text or "")]
    inside = [float(e.get("y") or 0) for e in names if float(e.get("x") or 0) > LEFT]
    assert all(abs(float(total.get("y") or 0) - y) >= 11 for y in inside)


def test_names_from_a_catalogue_are_escaped() -> None:
    preview = preview_of("diabetic_feet")
    odd = tuple(light.model_copy(update={"label": "a <b> & 'c'"}) for light in preview.targets)
    picture = drawn(preview.model_copy(update={"targets": odd}))
    assert "a <b> & 'c' (target)" in words(picture)


def test_without_light_in_tissue_there_is_no_picture() -> None:
    assert preview_picture(preview_of("diabetic_feet").model_copy(update={"curves": ()})) is None


def test_light_that_ends_in_nothing_can_be_drawn() -> None:
    preview = preview_of("diabetic_feet")
    dark = {key: (*getattr(preview.curves[0], key)[:-3], 0.0, 0.0, 0.0) for key in Band.model_fields}
    picture = drawn(preview.model_copy(update={"curves": (preview.curves[0].model_copy(update=dark),)}))
    (line,) = elements(picture, "polyline")
    assert all(math.isfinite(y) for _, y in points(line))


def test_a_file_has_plain_colours_and_the_table(tmp_path: Any) -> None:
    picture = drawn(preview_of("diabetic_feet"))
    write_picture(picture, tmp_path / "preview.svg")
    text = (tmp_path / "preview.svg").read_text(encoding="utf-8")
    assert "var(" not in text and picture.table.rows[0][2] in text
    assert themed("#1b1b1b") == "var(--ink, #1b1b1b)" and themed("#123456") == "#123456"


@pytest.mark.parametrize("length", [0.7, 3.0, 4.0, 5.0, 8.9, 12.0, 20.0, 24.9, 99.0, 100.0, 250.0])
def test_depths_have_few_ticks_at_round_numbers(length: float) -> None:
    step = _step(length)
    assert f"{step:.0e}"[0] in "125"
    assert 2 <= int(length / step) + 1 <= MOST_TICKS
