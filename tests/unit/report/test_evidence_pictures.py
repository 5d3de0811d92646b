"""Pictures of the evidence: the result as title, its certainty with it, the numbers in a table."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from nervelight.evidence import (
    Effect,
    GivenLight,
    LightResponse,
    LightVerdict,
    PooledOutcome,
    egger,
    light_response,
    pool_outcome,
    study_ids,
    trim_and_fill,
)
from nervelight.evidence import pool as pooled_of
from nervelight.report import Picture, forest_figure, funnel_figure, pooled_title, response_figure, write_picture

SVG = "{http://www.w3.org/2000/svg}"
NAMES = [name for name in study_ids() if re.fullmatch(r"[a-z]+\d{4}", name)]


def many(number: int = 14) -> PooledOutcome:
    """A pooling of many trials, with all that ten and more allow."""
    effects = tuple(
        Effect(
            name,
            "mean_difference",
            -1.0 + 0.25 * (index % 7) - 0.02 * index,
            0.05 + 0.04 * index,
            "lower",
            20,
            22,
            "VAS",
            4.0,
        )
        for index, name in enumerate(NAMES[:number])
    )
    y, v = [e.value for e in effects], [e.variance for e in effects]
    base = pool_outcome("diabetic_polyneuropathy", "pain")
    return replace(
        base,
        effects=effects,
        set_aside=(),
        pooled=pooled_of(y, v),
        egger=egger(y, v),
        trim_and_fill=trim_and_fill(y, v),
    )


PAIN = pool_outcome("diabetic_polyneuropathy", "pain")
RATIO = pool_outcome("diabetic_polyneuropathy", "pain_responders")
LIGHTS = {
    name: GivenLight(2.0 * 1.4**index, 1.0 * 1.4**index, 4.0 * 1.4**index) for index, name in enumerate(NAMES[:14])
}
ESTIMATED = light_response("on the skin", many().effects, (), LIGHTS, {})
BARE = LightResponse(
    "at the nerve", (), None, "not estimable", (), (LightVerdict("yamany2012", GivenLight(10, 4, 19), "favours_light"),)
)
EACH = {
    "forest": lambda: forest_figure(PAIN),
    "forest of ratios": lambda: forest_figure(RATIO),
    "forest of many": lambda: forest_figure(many()),
    "funnel": lambda: funnel_figure(PAIN),
    "funnel of many": lambda: funnel_figure(many()),
    "response": lambda: response_figure(ESTIMATED, BARE),
    "response without effects": lambda: response_figure(BARE, BARE),
}


def drawn(name: str) -> Picture:
    picture = EACH[name]()
    assert picture is not None
    return picture


def texts(picture: Picture) -> list[str]:
    return ["".join(e.itertext()).strip() for e in ElementTree.fromstring(picture.svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("name", EACH)
def test_picture_names_itself_keeps_text_as_text_and_repeats(name: str) -> None:
    picture = drawn(name)
    root = ElementTree.fromstring(picture.svg)
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == picture.title
    assert root.findtext(f"{SVG}desc") == picture.description
    assert picture.title.replace(" ", "") in "".join(texts(picture)).replace(" ", "")
    assert {len(row) for row in picture.table.rows} == {len(picture.table.header)}
    assert not re.findall(r"(?<!, )#[0-9a-f]{6}", picture.svg)
    assert drawn(name) == picture


@pytest.mark.parametrize("name", ["forest", "forest of ratios", "forest of many"])
def test_a_forest_never_states_its_result_without_the_certainty(name: str) -> None:
    assert drawn(name).title.endswith("certainty very low")


def test_a_forest_shows_each_trial_the_mean_and_where_the_next_trial_may_fall() -> None:
    picture = drawn("forest")
    said = texts(picture)
    assert {"Zinman 2004", "Rastogi 2021", "Chatterjee 2019", "Mean", "Next trial"} <= set(said)
    rows = {row[0]: row for row in picture.table.rows}
    assert rows["Zinman 2004"][1] == "−1.0 (−2.1 to +0.11)"
    assert rows["Erchonia NCT02461225"][3] == "set aside"
    assert rows["Mean"][3] == "100 %"
    assert sum(
        float(row[3].split()[0]) for row in picture.table.rows if row[3].endswith("%") and row[0] != "Mean"
    ) == pytest.approx(100, abs=2)
    assert "← light better" in said
    assert "sham better →" in said


def test_a_ratio_of_good_events_has_light_on_the_right() -> None:
    said = texts(drawn("forest of ratios"))
    assert {"← sham better", "light better →"} <= set(said)


def test_a_trial_without_a_sham_is_not_called_one() -> None:
    picture = forest_figure(pool_outcome("diabetic_polyneuropathy", "pain", "standardised", open_label=True))
    assert picture is not None
    assert "minus comparator" in picture.title
    assert "sham better →" not in texts(picture)


def test_a_funnel_says_whether_it_can_say_anything() -> None:
    assert drawn("funnel").title == "Funnel of 3 trials: too few to say whether small ones are missing"
    assert re.match(r"Funnel of 14 trials: Egger's test P = 0?\.\d+", drawn("funnel of many").title)


def test_a_file_tells_its_numbers_to_those_who_do_not_see_it(tmp_path) -> None:
    path = tmp_path / "forest.svg"
    write_picture(drawn("forest"), path)
    told = ElementTree.parse(path).getroot().findtext(f"{SVG}desc") or ""
    for row in drawn("forest").table.rows:
        assert " | ".join(row) in told


def test_nothing_to_draw_is_no_picture() -> None:
    nothing = pool_outcome("carpal_tunnel", "pain")
    assert forest_figure(nothing) is None
    assert funnel_figure(nothing) is None
    empty = LightResponse("on the skin", (), None, "x", (), ())
    assert response_figure(empty, empty) is None
    assert (
        pooled_title(nothing)
        == "Pain in carpal tunnel syndrome: not estimable, no trial prints the numbers for it; certainty very low"
    )


def test_the_response_shows_effects_where_there_are_some_and_verdicts_where_there_are_none() -> None:
    rows = drawn("response").table.rows
    assert len(rows) == 15
    assert ("at the nerve", "Yamany 2012", "10 (4.0 to 19)", "favours light") in rows
    assert "Not estimable" in drawn("response without effects").title


@pytest.mark.parametrize("name", ["forest", "forest of many", "funnel", "response"])
def test_no_name_leaves_the_picture(name: str) -> None:
    picture = drawn(name)
    root = ElementTree.fromstring(picture.svg)
    _, _, width, height = map(float, root.get("viewBox", "").split())
    for element in root.iter(f"{SVG}text"):
        place = re.search(r"translate\(([-\d.]+) ([-\d.]+)\)", element.get("transform", ""))
        x, y = (float(place[1]), float(place[2])) if place else (float(element.get("x", 0)), float(element.get("y", 0)))
        assert -1 <= x <= width
        assert 0 <= y <= height
        assert not math.isnan(x)
