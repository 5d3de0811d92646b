"""Whose light is followed: the one named, or the best usable one, never a null unless it is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nervelight.errors import InvalidInput
from nervelight.evidence import CONDITIONS, anchor, anchors_for, speaks_against, study, study_ids
from nervelight.optics import site_ids
from nervelight.planning import anchoring
from nervelight.planning.anchoring import (
    PLANE_WAVE_AREA_MM2,
    anchor_findings,
    choose_anchor,
    describe_anchor,
    window_findings,
)
from nervelight.planning.plan_document import Band

from .cases import BACK, FACE, FEET, HANDS, case_of, level, plan_of


@pytest.fixture
def complete_null(monkeypatch):
    """A null that lacks nothing: the pads of Lavery 2008, as if their site were known."""
    pads = anchor("lavery2008")
    (setting,) = pads.settings
    complete = replace(pads, missing=(), settings=(replace(setting, sites=("plantar_foot",), missing=()),))
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
        assert choice.trial.radiant_exposure == pytest.approx({850.0: 0.057})
        assert choice.trial.irradiance == pytest.approx(0.057 / 900)
        assert choice.trial.diffuse is False
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
        assert choice.trial.diffuse is True
        assert choice.trial.radiant_exposure[890.0] == pytest.approx(0.60)
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
        complete = replace(null, settings=(replace(setting, sites=("plantar_foot",)),), missing=())
        assert "anchor.null" not in findings_of()
        monkeypatch.setattr(anchoring, "anchor", {"lavery2008": complete}.__getitem__)
        case, choice = choice_of(FEET, {"anchor": "lavery2008"})
        assert choice.followed
        assert choice.trial.diffuse is True
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
        assert choice.trial is None
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
            lacking = {line.split(":")[0] for line in choice.missing}
            assert lacking >= {found.study_id for found in anchors_for(condition, site) if found.kind != "null"}
            assert not any(anchor(name).usable and site in anchor(name).sites for name in lacking - {"walt2022"})
            assert {finding.id for finding in anchor_findings(case, choice)} == {"anchor.unusable"}

    def test_a_null_is_never_chosen_even_where_nothing_else_can_be_followed(self, complete_null, monkeypatch):
        monkeypatch.setattr(anchoring, "anchors_for", lambda *_: (complete_null,))
        _, choice = choice_of(FEET, {"anchor": "choose"})
        assert not choice.followed
        assert choice.considered[0] == "lavery2008: no benefit over its comparator"

    def test_a_point_technique_without_spot_area_is_refused_with_what_is_missing(self):
        changes = {"anchor": "choose", "diagnosis.condition": "burning_mouth", "site.target": "cutaneous_endings"}
        _, choice = choice_of(FACE, changes)
        assert any("spot area" in line for line in choice.missing)


class TestField:
    @pytest.mark.parametrize(("share", "fits"), [(0.99, False), (1.0, True), (1.01, True)])
    def test_a_trial_s_field_of_ten_centimetres_is_wide_enough(self, share, fits):
        case, choice = choice_of()
        (setting,) = choice.anchor.settings
        anchor = replace(choice.anchor, settings=(replace(setting, field=share * PLANE_WAVE_AREA_MM2),))
        ids = {finding.id for finding in anchor_findings(case, replace(choice, anchor=anchor))}
        assert ("transport.anchor_field" in ids) is not fits

    def test_the_spot_of_the_lumbar_trial_is_refused_where_light_would_reach(self):
        plan = plan_of(BACK, {"site.target": "cutaneous_endings"})
        assert plan.reachable
        assert level(plan, "transport.anchor_field") == "block"
        assert plan.prescription is None

    def test_a_field_that_is_taken_to_be_wide_is_flagged_as_an_assumption(self):
        plan = plan_of()
        assert any("assumed to be wide" in flag for flag in plan.anchor.flags)
        assert level(plan, "anchor.flags") == "note"


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
