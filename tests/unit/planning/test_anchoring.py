"""Whose light is followed: the one named, or the best usable one, never a null unless it is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nervelight.errors import InvalidInput
from nervelight.evidence import (
    CONDITIONS,
    NO_PROTOCOL,
    anchor,
    anchors_for,
    rank_anchors,
    speaks_against,
    study,
    study_ids,
)
from nervelight.optics import site_ids
from nervelight.planning import anchoring
from nervelight.planning.anchoring import anchor_findings, choose_anchor, describe_anchor, light_lines, window_findings
from nervelight.planning.plan_document import Band

from .cases import BACK, FACE, FEET, HANDS, WRIST, blocks, case_of, level, plan_of


@pytest.fixture
def complete_null(monkeypatch):
    """A null that lacks nothing: the pads of Lavery 2008, as if their site were known."""
    pads = anchor("lavery2008")
    (setting,) = pads.settings
    complete = replace(pads, settings=(replace(setting, sites=("plantar_foot",), missing=()),))
    monkeypatch.setattr(anchoring, "anchor", lambda name: complete if name == "lavery2008" else anchor(name))
    return complete


def choice_of(name=FEET, changes=None):
    case = case_of(name, changes)
    return case, choose_anchor(case, "x.yaml")


def findings_of(name=FEET, changes=None) -> dict[str, str]:
    return {finding.id: finding.level for finding in anchor_findings(*choice_of(name, changes))}


class TestNamed:
    def test_the_named_arm_is_followed_with_its_light_on_its_site(self):
        _, choice = choice_of()
        assert choice.anchor.study_id == "yamany2012"
        assert choice.why == "It is the one named in the case."
        (trial,) = choice.trials
        assert trial.radiant_exposure == pytest.approx({850.0: 0.057})
        assert trial.irradiance == pytest.approx(0.057 / 900)
        assert trial.diffuse is False
        assert trial.spot_area is None
        assert choice.trial_site == "plantar_foot"
        assert choice.window is None
        assert not choice.missing

    def test_a_trial_at_another_site_keeps_its_own_tissue_and_says_so(self):
        changes = {"site.name": "medial_ankle", "site.target": "tibial"}
        _, choice = choice_of(FEET, changes)
        assert choice.trial_site == "plantar_foot"
        assert choice.trial_nerve == "common_plantar_digital"
        assert findings_of(FEET, changes)["anchor.site"] == "warn"
        assert "anchor.site" not in findings_of()

    def test_a_trial_of_another_condition_is_followed_with_a_warning(self):
        assert findings_of(FEET, {"diagnosis.condition": "chemotherapy_induced"})["anchor.condition"] == "warn"
        assert "anchor.condition" not in findings_of()

    def test_a_null_is_followed_when_it_is_named_and_a_warning_says_what_it_is(self, complete_null):
        _, choice = choice_of(FEET, {"anchor": complete_null.study_id})
        (trial,) = choice.trials
        assert trial.diffuse is True
        assert trial.radiant_exposure[890.0] == pytest.approx(0.60)
        assert findings_of(FEET, {"anchor": complete_null.study_id})["anchor.null"] == "warn"

    @pytest.mark.parametrize("null", ["lavery2008", "clifft2005"])
    def test_a_null_that_is_named_is_taken_by_name_and_told_as_a_null(self, null):
        case, choice = choice_of(FEET, {"anchor": null})
        assert (choice.anchor.study_id, choice.anchor.kind) == (null, "null")
        assert describe_anchor(case, choice).kind == "null"
        # Neither abstract says which part of the foot was lit: it cannot be carried over, and says why.
        assert not choice.followed
        assert any("body site" in missing for missing in choice.missing)

    def test_a_null_that_reports_all_is_followed_when_named_and_a_warning_says_what_it_is(self, monkeypatch):
        null = anchor("lavery2008")
        (setting,) = null.settings
        complete = replace(null, settings=(replace(setting, sites=("plantar_foot",), missing=()),))
        assert "anchor.null" not in findings_of()
        monkeypatch.setattr(anchoring, "anchor", {"lavery2008": complete}.__getitem__)
        case, choice = choice_of(FEET, {"anchor": "lavery2008"})
        assert choice.followed
        assert choice.trials[0].diffuse is True
        assert {f.id: f.level for f in anchor_findings(case, choice)}["anchor.null"] == "warn"

    @pytest.mark.parametrize("name", [name for name in study_ids() if not (study(name).lights or study(name).windows)])
    def test_a_study_without_light_cannot_be_followed(self, name):
        with pytest.raises(InvalidInput) as caught:
            choice_of(FEET, {"anchor": name})
        (fault,) = caught.value.faults
        assert (fault.path, fault.value) == ("anchor", name)
        assert "light" in fault.allowed

    def test_what_an_unusable_one_lacks_is_listed(self):
        case, choice = choice_of(FACE, {"anchor": "ebrahimi2018"})
        assert not choice.followed
        assert {"wavelength", "radiant exposure", "irradiance"} <= set(choice.missing)
        (finding,) = anchor_findings(case, choice)
        assert (finding.id, finding.level) == ("anchor.unusable", "block")
        assert all(missing in finding.value for missing in choice.missing)


class TestWindow:
    def test_a_guideline_is_followed_by_its_row_for_the_site_and_has_no_trial(self):
        _, choice = choice_of(HANDS)
        assert choice.anchor.kind == "envelope"
        assert choice.trials == ()
        assert choice.window.radiant_exposure == pytest.approx((0.02, 0.06))

    def test_without_a_row_for_the_site_it_cannot_be_followed(self):
        _, choice = choice_of(HANDS, {"site.name": "volar_wrist", "site.target": "median"})
        assert not choice.followed
        assert "row" in choice.missing[0]
        assert findings_of(HANDS, {"site.name": "volar_wrist", "site.target": "median"}) == {"anchor.unusable": "block"}

    @pytest.mark.parametrize(
        ("wavelength", "irradiance", "expected"),
        [
            (660.0, 20.0, set()),
            (660.0, 19.9, {"window.irradiance_red"}),
            (660.0, 150.0, set()),
            (660.0, 150.1, {"window.irradiance_red"}),
            (850.0, 20.0, set()),
            (850.0, 19.9, {"window.irradiance_infrared"}),
            (850.0, 80.0, set()),
            (850.0, 80.1, {"window.irradiance_infrared"}),
            (630.0, 50.0, set()),
            (629.0, 50.0, {"window.wavelength"}),
            (680.0, 50.0, set()),
            (681.0, 50.0, {"window.wavelength"}),
            (749.0, 50.0, {"window.wavelength"}),
            (851.0, 50.0, {"window.wavelength"}),
        ],
    )
    def test_the_lamp_is_held_against_its_wavelengths_and_irradiances(self, wavelength, irradiance, expected):
        _, choice = choice_of(HANDS)
        lamp = plan_of(HANDS).lamp
        band = Band(p5=irradiance, p25=irradiance, p50=irradiance, p75=irradiance, p95=irradiance)
        light = lamp.wavelengths[0].model_copy(update={"wavelength_nm": wavelength, "irradiance_mw_cm2": band})
        findings = window_findings(choice, lamp.model_copy(update={"wavelengths": (light,)}))
        assert {finding.id for finding in findings} == expected
        assert all(finding.level == "warn" for finding in findings)

    def test_a_trial_has_no_window_to_hold_a_lamp_against(self):
        assert window_findings(choice_of()[1], plan_of(HANDS).lamp) == []


class TestChosen:
    def test_the_best_usable_one_for_the_site_is_chosen_and_the_others_are_told_with_their_reason(self):
        case, choice = choice_of(FEET, {"anchor": "choose"})
        assert choice.anchor.study_id == "yamany2012"
        told = dict(line.split(": ", 1) for line in choice.considered)
        others = {found.study_id for found in anchors_for(case.diagnosis.condition, "plantar_foot")} - {"yamany2012"}
        assert set(told) == others
        assert told["lavery2008"] == "no benefit over its comparator"
        assert told["shanb2020"].startswith("lacks wavelength")
        assert told["walt2022"] == "a window on the skin, not a trial"
        assert "ranks first" in choice.why
        assert "design and conduct 3 of 3 (sham controlled" in choice.why

    @pytest.mark.parametrize("condition", CONDITIONS)
    @pytest.mark.parametrize("site", site_ids())
    def test_no_null_and_nothing_that_lacks_a_number_is_ever_chosen(self, condition, site):
        changes = {
            "anchor": "choose",
            "diagnosis.condition": condition,
            "site.name": site,
            "site.target": "cutaneous_endings",
        }
        case, choice = choice_of(FEET, changes)
        if choice.followed:
            assert choice.anchor.kind in {"arm", "envelope"}
            assert choice.anchor.usable
        else:
            assert choice.anchor is None
            assert NO_PROTOCOL in choice.why
            lacking = {line.split(":")[0] for line in choice.missing}
            assert lacking >= {found.study_id for found in anchors_for(condition, site) if found.kind != "null"}
            assert not any(anchor(name).usable and site in anchor(name).sites for name in lacking - {"walt2022"})
            assert {finding.id for finding in anchor_findings(case, choice)} == {"anchor.unusable"}

    def test_a_null_is_never_chosen_even_where_nothing_else_can_be_followed(self, complete_null, monkeypatch):
        (ranked,) = [r for r in rank_anchors("diabetic_polyneuropathy") if r.anchor.study_id == complete_null.study_id]
        monkeypatch.setattr(anchoring, "rank_anchors", lambda *_: (replace(ranked, anchor=complete_null),))
        _, choice = choice_of(FEET, {"anchor": "choose"})
        assert not choice.followed
        assert choice.considered[0] == "lavery2008: no benefit over its comparator"

    def test_a_point_technique_without_spot_area_is_refused_with_what_is_missing(self):
        changes = {"anchor": "choose", "diagnosis.condition": "burning_mouth", "site.target": "cutaneous_endings"}
        _, choice = choice_of(FACE, changes)
        assert any("spot area" in line for line in choice.missing)


class TestField:
    @pytest.mark.parametrize("area", [3.0, 500.0, 7854.0, "wide-assumed"])
    def test_a_trial_s_field_of_any_size_is_carried_as_it_is(self, area, monkeypatch):
        (setting,) = anchor("yamany2012").settings
        sized = replace(anchor("yamany2012"), settings=(replace(setting, field=area),))
        monkeypatch.setattr(anchoring, "anchor", lambda _: sized)
        case, choice = choice_of()
        assert [trial.spot_area for trial in choice.trials] == [None if area == "wide-assumed" else area]
        assert not any(finding.level == "block" for finding in anchor_findings(case, choice))

    def test_the_spot_of_the_lumbar_trial_is_followed_where_light_reaches(self):
        plan = plan_of(BACK, {"site.target": "cutaneous_endings", "lamp.wavelengths": ["850 nm"]})
        assert plan.reachable
        assert plan.anchor.study_id == "konstantinovic2010_lumbar"
        assert "field 5.0 cm²" in plan.anchor.light
        assert not blocks(plan)
        assert plan.prescription is not None

    def test_a_field_that_is_taken_to_be_wide_is_flagged_as_an_assumption(self):
        plan = plan_of()
        assert any("assumed to be wide" in flag for flag in plan.anchor.flags)
        assert level(plan, "anchor.flags") == "note"


class TestReadings:
    MEAN, PEAK = "60 mW read as mean power", "60 mW read as peak power"

    def test_each_way_to_read_a_paper_is_carried_with_its_spot(self):
        case, choice = choice_of(WRIST)
        assert {trial.label: round(trial.spot_area) for trial in choice.trials} == {self.MEAN: 371, self.PEAK: 186}
        assert len({trial.irradiance for trial in choice.trials}) == 1
        finding = next(finding for finding in anchor_findings(case, choice) if finding.id == "anchor.readings")
        assert finding.level == "warn"
        for said in (self.MEAN, self.PEAK, "3.7 cm²", "1.9 cm²"):
            assert said in finding.value
        assert "anchor_scenario" in finding.text

    @pytest.mark.parametrize(("label", "area"), [(MEAN, 371), (PEAK, 186)])
    def test_the_case_may_name_one_by_its_label(self, label, area):
        changes = {"anchor_scenario": label}
        _, choice = choice_of(WRIST, changes)
        assert [(trial.label, round(trial.spot_area)) for trial in choice.trials] == [(label, area)]
        assert "anchor.readings" not in findings_of(WRIST, changes)
        assert f"field {area / 100:.1f} cm²" in light_lines(choice.anchor)

    def test_a_label_that_the_study_has_not_is_a_fault_that_names_its_labels(self):
        with pytest.raises(InvalidInput) as caught:
            choice_of(WRIST, {"anchor_scenario": "60 mW read as median power"})
        (fault,) = caught.value.faults
        assert (fault.path, fault.value) == ("anchor_scenario", "60 mW read as median power")
        assert self.MEAN in fault.allowed
        assert self.PEAK in fault.allowed

    @pytest.mark.parametrize("name", ["yamany2012", "walt2022", "konstantinovic2010_lumbar"])
    def test_a_study_with_one_light_has_nothing_to_name(self, name):
        with pytest.raises(InvalidInput, match="one light") as caught:
            choice_of(FEET, {"anchor": name, "anchor_scenario": "strong"})
        assert [fault.path for fault in caught.value.faults] == ["anchor_scenario"]

    def test_readings_of_one_light_are_one_light_and_two_lights_are_not(self):
        assert choice_of(WRIST)[1].followed
        _, choice = choice_of(FEET, {"anchor": "worldphysio_mls_pilot"})
        assert not choice.followed
        assert any(missing.startswith("one light to follow: ") for missing in choice.missing)
        _, choice = choice_of(FEET, {"anchor": "worldphysio_mls_pilot", "anchor_scenario": "back of the foot"})
        assert not any(missing.startswith("one light to follow") for missing in choice.missing)
        assert len(choice.anchor.settings) == 1

    def test_of_two_lights_that_lack_nothing_the_one_that_is_named_is_followed(self, monkeypatch):
        (light,) = anchor("konstantinovic2010_lumbar").settings
        weak, strong = (replace(light, light=n, label=label) for n, label in enumerate(("weak", "strong")))
        two = replace(anchor("konstantinovic2010_lumbar"), settings=(weak, replace(strong, field=900.0)))
        monkeypatch.setattr(anchoring, "anchor", lambda _: two)
        assert choice_of(BACK, {"anchor": two.study_id})[1].missing == (
            "one light to follow: weak (spot area 5 cm2) or strong (spot area 9 cm2)",
        )
        _, choice = choice_of(BACK, {"anchor": two.study_id, "anchor_scenario": "strong"})
        assert [trial.spot_area for trial in choice.trials] == [900.0]


class TestDescribed:
    def test_the_trials_that_speak_against_stand_beside_the_anchor(self):
        against = {line.study_id for line in describe_anchor(*choice_of()).against}
        assert against == set(speaks_against("diabetic_polyneuropathy"))
        assert {"lavery2008", "clifft2005"} <= against

    def test_a_null_that_is_followed_does_not_speak_against_itself(self):
        against = {line.study_id for line in describe_anchor(*choice_of(FEET, {"anchor": "lavery2008"})).against}
        assert against == set(speaks_against("diabetic_polyneuropathy")) - {"lavery2008"}

    def test_each_says_what_it_was_and_what_it_found(self):
        texts = {line.study_id: line.text for line in describe_anchor(*choice_of()).against}
        assert "sham-controlled" in texts["lavery2008"]
        assert texts["lavery2008"].endswith("no better than its comparator.")

    def test_its_light_is_told_with_derived_values_marked(self):
        lines = describe_anchor(*choice_of()).light
        assert "radiant exposure on the skin 5.7 J/cm² at 850 nm" in lines
        assert "irradiance on the skin 6.3 mW/cm² (derived)" in lines
        assert "field: wide (assumed)" in lines
        assert "3 sessions a week for 4 weeks" in lines

    def test_nothing_that_can_be_followed_is_told_as_nothing(self):
        summary = describe_anchor(*choice_of(FACE))
        assert (summary.study_id, summary.kind, summary.light) == (None, "none", ())
        assert summary.missing
