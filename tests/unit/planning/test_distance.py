"""The distance that the planner chooses: the one at which a plan comes closest to its anchor, within the session."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from nervelight.errors import InvalidInput
from nervelight.evidence import Value, anchor
from nervelight.optics import device, usable_distances
from nervelight.planning import Plan, anchoring, distance, number
from nervelight.planning.anchoring import choose_anchor
from nervelight.planning.distance import ChosenDistance, choose_distance

from .cases import BACK, FACE, FEET, HANDS, WRIST, blocks, case_of, found, level, plan_of

CHOOSE = {"lamp.distance": "choose"}
METER = {"instrument": "calibrated spectroradiometer"}
# A panel before which a meter was held at three distances; the trial's light was as strong as somewhere in between.
WEAK = {
    "lamp.readings": [
        {**METER, "distance": "100 mm", "irradiance": "30 mW/cm2"},
        {**METER, "distance": "300 mm", "irradiance": "14 mW/cm2"},
        {**METER, "distance": "800 mm", "irradiance": "4 mW/cm2"},
    ],
    "lamp.wavelengths": ["850 nm"],
    "course.session_cap": "2 h",
}


@pytest.fixture(autouse=True)
def as_many_draws_as_the_plans(monkeypatch):
    """With the draws of the plans the medians are theirs, and not only nearly so."""
    monkeypatch.setattr(distance, "DRAWS", 16)


def chosen(name: str = FEET, changes=None) -> ChosenDistance:
    case = case_of(name, {**CHOOSE, **(changes or {})})
    return choose_distance(case, choose_anchor(case, "x"), seed=1, where="x")


def free() -> Plan:
    """The plan of the weak lamp with nothing to hold it back."""
    return plan_of(FEET, {**WEAK, **CHOOSE})


@cache
def at(distance: float) -> Plan:
    """The plan of the weak lamp at a fixed distance [mm]."""
    return plan_of(FEET, {**WEAK, "lamp.distance": f"{distance:g} mm"})


def away(plan: Plan) -> float:
    return abs(math.log(plan.translation.rate_ratio.p50))


class TestTrial:
    def test_no_other_distance_brings_the_target_closer_to_the_trial_s_rate(self):
        here = free().lamp.distance_mm
        assert 100 < here < 800
        others = (*np.geomspace(100, 800, 8).round(), 0.93 * here, 1.07 * here)
        assert away(free()) <= min(away(at(float(other))) for other in others)
        assert away(free()) < 0.05

    def test_the_plan_is_that_of_the_chosen_distance(self):
        plan, same = free(), at(free().lamp.distance_mm)
        for name in ("lamp", "targets", "translation", "prescription", "warmth", "schedule", "sections"):
            assert getattr(plan, name) == getattr(same, name), name
        assert {f.id for f in plan.findings} == {f.id for f in same.findings} | {"distance.chosen"}

    def test_the_case_keeps_the_word(self):
        assert free().case["lamp"]["distance"] == "choose"
        assert chosen(FEET, WEAK).case.lamp.distance == free().lamp.distance_mm

    def test_the_finding_tells_rate_and_time_at_the_ends_and_at_the_choice(self):
        finding = found(free(), "distance.chosen")
        here = number(free().lamp.distance_mm / 10, "cm")
        assert (finding.level, finding.title) == ("note", f"The planner chose the distance: {here}")
        assert "10 to 80 cm" in finding.text
        assert "session cap" not in finding.text
        told = finding.value.split("; ")
        assert [part.rsplit(" at ", 1)[1] for part in told] == ["10 cm", here, "80 cm"]
        for part, plan in zip(told, (at(100.0), free(), at(800.0)), strict=True):
            assert float(part.split()[0]) == pytest.approx(plan.translation.rate_ratio.p50, rel=0.05)

    def test_wide_intervals_are_carried_along_draw_by_draw(self):
        # Far from the one reading the interval of the irradiance is lopsided, and medians alone do not multiply.
        reading = {**METER, "distance": "6 in", "irradiance": "50 mW/cm2"}
        plan = plan_of(FEET, {"lamp.readings": [reading], "lamp.wavelengths": ["850 nm"], **CHOOSE})
        assert plan.lamp.extrapolated
        told = found(plan, "distance.chosen").value.split("; ")[-1]
        assert told.endswith(f"at {number(plan.lamp.distance_mm / 10, 'cm')}")
        assert float(told.split()[0]) == pytest.approx(plan.translation.rate_ratio.p50, rel=0.02)

    def test_the_session_cap_holds_it_back(self):
        half = free().prescription.session_time_s / 2
        plan = plan_of(FEET, {**WEAK, **CHOOSE, "course.session_cap": f"{half / 60} min"})
        assert plan.lamp.distance_mm < 0.8 * free().lamp.distance_mm
        assert plan.translation.time_s.p50 <= half / 2
        assert "within the session cap" in found(plan, "distance.chosen").text
        # A little farther the time would not fit any more.
        assert at(round(1.1 * plan.lamp.distance_mm)).translation.time_s.p50 > half / 2

    def test_where_nothing_fits_the_shortest_time_is_taken_and_said_so(self):
        plan = plan_of(FEET, {**WEAK, **CHOOSE, "course.session_cap": "2 min"})
        assert plan.lamp.distance_mm == 100
        assert "Nowhere between 10 to 80 cm" in found(plan, "distance.chosen").text
        assert level(plan, "time.cap") == "block"

    def test_a_weaker_trial_is_matched_from_farther_away(self, monkeypatch):
        real = anchor("yamany2012")
        (setting,) = real.settings
        distances = []
        for factor in (0.5, 1.0, 2.0):
            weaker = replace(setting, irradiance=Value(factor * setting.irradiance.value))
            other = replace(real, settings=(weaker,))
            monkeypatch.setattr(anchoring, "anchor", lambda _, other=other: other)
            distances.append(chosen(FEET, WEAK).case.lamp.distance)
        assert distances == sorted(distances, reverse=True)
        assert distances[0] > 1.4 * distances[2]

    def test_a_trial_whose_irradiance_nobody_knows_cannot_be_matched(self, monkeypatch):
        real = anchor("yamany2012")
        (setting,) = real.settings
        silent = replace(real, settings=(replace(setting, irradiance=None),))
        monkeypatch.setattr(anchoring, "anchor", lambda _: silent)
        with pytest.raises(InvalidInput) as caught:
            chosen(FEET, WEAK)
        (fault,) = caught.value.faults
        assert (fault.path, fault.value) == ("lamp.distance", "choose")
        assert "yamany2012" in fault.allowed
        # A distance can be named all the same.
        assert choose_anchor(case_of(FEET, WEAK), "x").followed


class TestWindow:
    # The middle of the guideline's irradiances, red and infrared together: sqrt(20 150) + sqrt(20 80) mW/cm2.
    USUAL = math.sqrt(20 * 150) + math.sqrt(20 * 80)

    @pytest.mark.parametrize("strength", [60.0, 150.0, 300.0])
    def test_the_middle_of_the_guideline_s_irradiances_is_matched(self, strength):
        readings = [
            {**METER, "distance": f"{distance} mm", "irradiance": f"{strength * share} mW/cm2"}
            for distance, share in ((100, 1.0), (300, 0.6), (800, 0.25))
        ]
        plan = plan_of(HANDS, {"lamp.readings": readings, **CHOOSE})
        if strength < self.USUAL:
            assert plan.lamp.distance_mm == 100
        else:
            assert plan.lamp.irradiance_mw_cm2.p50 == pytest.approx(self.USUAL, rel=0.05)

    @pytest.mark.parametrize(("wavelength", "usual"), [("660 nm", math.sqrt(20 * 150)), ("850 nm", math.sqrt(20 * 80))])
    def test_only_the_colours_of_the_lamp_count(self, wavelength, usual):
        readings = [
            {**METER, "distance": f"{distance} mm", "irradiance": f"{150 * share} mW/cm2"}
            for distance, share in ((100, 1.0), (300, 0.6), (800, 0.1))
        ]
        plan = plan_of(HANDS, {"lamp.readings": readings, "lamp.wavelengths": [wavelength], **CHOOSE})
        assert plan.lamp.irradiance_mw_cm2.p50 == pytest.approx(usual, rel=0.05)
        assert not any(finding.id.startswith("window.") for finding in plan.findings)

    def test_a_lamp_of_none_of_its_colours_cannot_be_matched(self):
        with pytest.raises(InvalidInput, match="walt2022") as caught:
            chosen(HANDS, {"lamp.wavelengths": ["720 nm"]})
        assert [(fault.path, fault.value) for fault in caught.value.faults] == [("lamp.distance", "choose")]


class TestRange:
    @pytest.mark.parametrize("changes", [{}, {"lamp.device": "hooga_hg300"}, {"lamp.device": "joovv_solo_3"}])
    def test_it_stays_where_the_lamp_s_light_is_known(self, changes):
        low, high = usable_distances(device(changes.get("lamp.device", "bestqool_pro300")))
        assert low <= chosen(FEET, changes).case.lamp.distance <= high

    @pytest.mark.parametrize("lamp", ["luminex_ll", "thor_200mw_810"])
    def test_a_lamp_that_lies_on_the_skin_stays_there(self, lamp):
        found = chosen(WRIST, {"lamp.device": lamp, "lamp.spot_area": "3 cm2"})
        assert found.case.lamp.distance == 0.0
        assert "only distance" in found.finding.text

    def test_of_a_laser_only_the_distances_of_the_meter_are_known(self):
        readings = [
            {**METER, "distance": "20 mm", "irradiance": "50 mW/cm2"},
            {**METER, "distance": "50 mm", "irradiance": "20 mW/cm2"},
        ]
        assert chosen(WRIST, {"lamp.readings": readings}).case.lamp.distance == 50.0
        readings[1]["irradiance"] = "2 mW/cm2"
        assert chosen(WRIST, {"lamp.readings": readings}).case.lamp.distance == 20.0

    def test_metres_are_told_in_figures_that_people_read(self):
        readings = [
            {**METER, "distance": f"{distance} m", "irradiance": f"{irradiance} mW/cm2"}
            for distance, irradiance in ((0.5, 30), (1, 15), (2, 5))
        ]
        finding = chosen(FEET, {"lamp.readings": readings}).finding
        assert "50 to 200 cm" in finding.text
        assert "e+" not in finding.text + finding.value + finding.title

    def test_one_reading_of_a_laser_leaves_no_choice(self):
        reading = {**METER, "distance": "1.2 mm", "irradiance": "50 mW/cm2"}
        found = chosen(WRIST, {"lamp.readings": [reading]})
        assert found.case.lamp.distance == pytest.approx(1.2)
        assert "only distance" in found.finding.text


class TestBlocked:
    def test_without_an_anchor_there_is_nothing_to_choose_for(self):
        plan = plan_of(FACE, CHOOSE)
        assert blocks(plan) == blocks(plan_of(FACE))
        assert "No light can be followed" in found(plan, "distance.chosen").text

    def test_where_light_does_not_reach_no_time_and_no_rate_is_told(self):
        plan = plan_of(BACK, CHOOSE)
        assert "target.unreachable" in blocks(plan)
        finding = found(plan, "distance.chosen")
        assert "At no distance" in finding.text
        assert "rate" not in finding.value
        assert plan.lamp.distance_mm == 152

    def test_a_field_of_unknown_size_blocks_before_a_distance_is_chosen(self):
        plan = plan_of(FEET, {**CHOOSE, "lamp.device": "platinum_biomax_300"})
        assert "transport.field" in blocks(plan)
        assert "At no distance" in found(plan, "distance.chosen").text
