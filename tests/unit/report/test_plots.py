"""Pictures: words as text, colours as variables, the same each time, and no trace left behind."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import pytest

from nervelight.planning.plan_document import LampLight, Plan
from nervelight.report import Picture, course_figure, fluence_figure, irradiance_figure, write_picture
from nervelight.report.fluence_plot import log_ticks
from nervelight.report.picture import WAVELENGTH_COLOURS, colour_of

from .sample_plan import BLOCKED, COMPLETE, spread

Draw = Callable[[Plan], Picture | None]
EACH = pytest.mark.parametrize("draw", [fluence_figure, irradiance_figure, course_figure])
SVG = "{http://www.w3.org/2000/svg}"


def drawn(draw: Draw, plan: Plan = COMPLETE) -> Picture:
    picture = draw(plan)
    assert picture is not None
    return picture


def texts(picture: Picture) -> list[str]:
    return ["".join(e.itertext()).strip() for e in ElementTree.fromstring(picture.svg).iter(f"{SVG}text")]


@EACH
def test_picture_names_itself_and_keeps_text_as_text(draw: Draw) -> None:
    picture = drawn(draw)
    root = ElementTree.fromstring(picture.svg)
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == picture.title
    assert root.findtext(f"{SVG}desc") == picture.description
    ids = {element.get("id") for element in root.iter()}
    assert set((root.get("aria-labelledby") or "").split()) <= ids
    assert all(name is None or name.startswith(f"{picture.name}-") for name in ids)
    assert picture.title in " ".join(texts(picture))
    assert "<metadata" not in picture.svg
    assert "<style" not in picture.svg
    assert {len(row) for row in picture.table.rows} == {len(picture.table.header)}


@EACH
def test_picture_repeats_exactly_and_leaves_matplotlib_alone(draw: Draw) -> None:
    before = dict(matplotlib.rcParams)
    assert drawn(draw) == drawn(draw)
    assert dict(matplotlib.rcParams) == before


@EACH
def test_settings_of_the_user_do_not_change_the_picture(draw: Draw) -> None:
    plain = drawn(draw)
    with matplotlib.rc_context({"font.size": 30, "svg.fonttype": "path", "axes.grid": True}):
        assert drawn(draw) == plain


@EACH
def test_blocked_plan_has_no_picture(draw: Draw) -> None:
    assert draw(BLOCKED) is None


@EACH
def test_every_colour_can_turn_dark(draw: Draw) -> None:
    assert not re.findall(r"(?<!, )#[0-9a-f]{6}", drawn(draw).svg)


def test_style_sheet_gives_every_variable_a_dark_value() -> None:
    from importlib import resources

    css = resources.files("nervelight.report").joinpath("static/nervelight/page.css").read_text(encoding="utf-8")
    dark = css[css.index("prefers-color-scheme: dark") :]
    used = {name for draw in (fluence_figure, irradiance_figure, course_figure) for name in variables(drawn(draw))}
    assert used
    assert [name for name in sorted(used) if f"{name}:" not in dark] == []


def variables(picture: Picture) -> list[str]:
    return re.findall(r"var\((--[a-z0-9-]+)", picture.svg)


def test_file_has_plain_colours(tmp_path: Path) -> None:
    write_picture(drawn(fluence_figure), tmp_path / "fluence.svg")
    text = (tmp_path / "fluence.svg").read_text(encoding="utf-8")
    assert text.startswith("<?xml")
    assert "var(" not in text
    ElementTree.fromstring(text.encode())


def test_fluence_says_scale_unit_target_and_wavelengths() -> None:
    picture = drawn(fluence_figure)
    said = texts(picture)
    assert picture.title == "About 49 mW/cm² (33 to 74) reaches the nerve endings in the skin"
    assert "Fluence rate, mW/cm² (log scale)" in said
    assert "nerve endings in the skin (target)" in said
    assert {f"{curve.wavelength_nm:g} nm" for curve in COMPLETE.curves} <= set(said)
    assert len(picture.table.rows) == len(COMPLETE.curves) * len(COMPLETE.targets)


def test_irradiance_starts_at_zero_and_lists_readings_without_distance() -> None:
    picture = drawn(irradiance_figure)
    assert "0" in texts(picture)
    assert {"claimed", "measured", "own meter", "working distance"} <= set(texts(picture))
    assert ("not stated", "100 to 120", "claimed, shop list", "no") in picture.table.rows


def test_lamp_without_any_distance_has_no_picture() -> None:
    assert isinstance(COMPLETE.lamp, LampLight)
    nowhere = COMPLETE.lamp.model_copy(
        update={
            "curve_distance_mm": (),
            "curve_irradiance_mw_cm2": (),
            "readings": COMPLETE.lamp.readings[-1:],
        }
    )
    assert irradiance_figure(COMPLETE.model_copy(update={"lamp": nowhere})) is None


def test_course_names_each_gate_with_its_day() -> None:
    said = texts(drawn(course_figure))
    assert "7 Jan: skin check" in said
    assert "2 Feb: go on or stop" in said


def test_one_session_without_gates_can_be_drawn() -> None:
    assert COMPLETE.schedule is not None
    one = COMPLETE.schedule.model_copy(update={"sessions": COMPLETE.schedule.sessions[:1], "gates": ()})
    assert drawn(course_figure, COMPLETE.model_copy(update={"schedule": one})).title.startswith("1 session")


def test_words_with_dollars_are_words() -> None:
    assert COMPLETE.schedule is not None
    gate = COMPLETE.schedule.gates[0].model_copy(update={"label": "a $\\frac{1}$ <b>"})
    odd = COMPLETE.model_copy(update={"schedule": COMPLETE.schedule.model_copy(update={"gates": (gate,)})})
    assert "7 Jan: a $\\frac{1}$ <b>" in texts(drawn(course_figure, odd))


def test_colours_of_light_reach_the_contrast_of_text() -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for colour in (*(colour for _, _, colour in WAVELENGTH_COLOURS), colour_of(850.0)):
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5, colour


@pytest.mark.parametrize("limits", [(40.0, 600.0), (0.0005, 3000.0), (12.0, 85.0), (1e-9, 1e3)])
def test_log_axis_has_two_to_five_ticks_within(limits: tuple[float, float]) -> None:
    ticks = log_ticks(*limits)
    assert 2 <= len(ticks) <= 5
    assert all(limits[0] <= tick <= limits[1] for tick in ticks)


def test_target_in_the_dark_is_still_told() -> None:
    dark = COMPLETE.targets[1].model_copy(
        update={"is_target": True, "fluence_rate_mw_cm2": spread(1e-4, 50.0), "depth_mm": spread(75.0, 1.4)}
    )
    picture = drawn(fluence_figure, COMPLETE.model_copy(update={"targets": (dark,)}))
    assert picture.title.startswith("About 0.00010 mW/cm² (2.0 × 10⁻⁶ to 0.0050) reaches")
    assert "in all 0.00010 (2.0 × 10⁻⁶ to 0.0050)" in texts(picture)
