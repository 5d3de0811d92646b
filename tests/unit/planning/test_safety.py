"""Every finding fires when it should and not a step before; what blocks says what would unblock it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight.assessment import contraindication, contraindication_ids, neupsig_grade, red_flags
from nervelight.evidence import anchors_for
from nervelight.optics import device, infrared_eye_limit, irradiance_on_skin
from nervelight.planning import Finding
from nervelight.planning.anchoring import choose_anchor
from nervelight.planning.findings import LEVELS, ranked
from nervelight.planning.light_path import evaluate
from nervelight.planning.plan_document import Band, Influence, Translation
from nervelight.planning.reach import reach_of
from nervelight.planning.safety import (
    eye_findings,
    lamp_findings,
    laser_skin_findings,
    patient_findings,
    schedule_findings,
    time_findings,
)
from nervelight.sources import require_known
from nervelight.uncertainty import Interval
from nervelight.units import to_j_cm2, to_mw_cm2

from .cases import BACK, EXAMPLE_NAMES, FACE, FEET, HANDS, blocks, case_of, found, level, plan_of, problem_of

PRESCRIBED = plan_of().prescription
PANEL, LASER = device("bestqool_pro300"), device("erchonia_fx635")
WAITING = {"emergency-now", "urgent", "same-day", "stop-and-report", "1-working-day"}


def levels(findings) -> dict[str, str]:
    return {finding.id: finding.level for finding in findings}


def exactly(value: float) -> Band:
    return Band(p5=value, p25=value, p50=value, p75=value, p95=value)


def sample_of(**given):
    problem = problem_of(**given)
    return evaluate(problem, problem.space.sample(16, seed=1))


def of_person(changes=None, wavelengths=(660.0, 850.0)) -> dict[str, str]:
    case = case_of(FEET, changes)
    return levels(patient_findings(case, neupsig_grade(case.diagnosis.neupsig), wavelengths))


class TestPerson:
    @pytest.mark.parametrize("flag", red_flags(), ids=lambda flag: flag.id)
    def test_a_red_flag_comes_before_light(self, flag):
        expected = "block" if flag.urgency in WAITING else "warn"
        assert of_person({"diagnosis.red_flags": [flag.id]})[f"red_flag.{flag.id}"] == expected

    @pytest.mark.parametrize("name", contraindication_ids())
    def test_a_hard_stop_blocks_and_the_rest_warns(self, name):
        expected = "block" if contraindication(name).level == "hard_stop" else "warn"
        assert of_person({"safety.contraindications": [name]})[f"contraindication.{name}"] == expected

    @pytest.mark.parametrize("name", [n for n in contraindication_ids() if contraindication(n).level == "hard_stop"])
    def test_every_hard_stop_says_what_would_unblock_it_or_that_nothing_does(self, name):
        case = case_of(FEET, {"safety.contraindications": [name]})
        findings = patient_findings(case, neupsig_grade(case.diagnosis.neupsig), (850.0,))
        (stop,) = (finding for finding in findings if finding.id == f"contraindication.{name}")
        assert stop.unblock

    def test_whoever_has_none_of_it_hears_of_none(self):
        kinds = {name.split(".")[0] for name in of_person({"safety.sensation": "intact", "safety.drugs": []})}
        assert kinds == set()

    @pytest.mark.parametrize(
        ("wavelengths", "expected"),
        [
            ((660.0, 850.0), "block"),
            ((850.0, 700.0), "block"),
            ((701.0,), "warn"),
            ((780.0, 850.0), "warn"),
            ((781.0,), "note"),
            ((850.0,), "note"),
        ],
    )
    def test_a_photosensitiser_counts_within_the_lamp_s_wavelengths(self, wavelengths, expected):
        assert of_person({"safety.drugs": ["Levulan"]}, wavelengths)["drug.aminolevulinic_acid"] == expected

    def test_a_drug_is_judged_by_the_wavelengths_that_the_case_names(self):
        drug = {"safety.drugs": ["Photofrin"]}
        assert "drug.porfimer" in blocks(plan_of(FEET, drug))
        assert level(plan_of(FEET, {**drug, "lamp.wavelengths": ["850 nm"]}), "drug.porfimer") == "note"

    @pytest.mark.parametrize(("name", "expected"), [("amiodarone", "warn"), ("verteporfin", "block")])
    def test_a_drug_that_counts_at_any_wavelength(self, name, expected):
        assert of_person({"safety.drugs": [name]}, (940.0,))[f"drug.{name}"] == expected

    def test_drugs_that_nobody_listed_are_not_called_safe(self):
        findings = of_person({"safety.drugs": ["metformin", "unobtainium"]})
        assert findings["drugs.unknown"] == "note"
        assert "drugs.unknown" not in of_person({"safety.drugs": ["amiodarone"]})

    def test_a_drug_by_its_brand_and_its_name_is_one_drug(self):
        case = case_of(FEET, {"safety.drugs": ["Levulan", "aminolevulinic acid"]})
        findings = patient_findings(case, neupsig_grade(case.diagnosis.neupsig), (660.0,))
        assert [finding.id for finding in findings].count("drug.aminolevulinic_acid") == 1

    @pytest.mark.parametrize(("sensation", "expected"), [("intact", None), ("reduced", "warn"), ("absent", "warn")])
    def test_who_does_not_feel_heat_is_warned_for(self, sensation, expected):
        assert of_person({"safety.sensation": sensation}).get("sensation.reduced") == expected

    @pytest.mark.parametrize(("perfusion", "expected"), [("normal", None), ("impaired", "warn")])
    def test_poor_blood_supply_is_warned_for(self, perfusion, expected):
        assert of_person({"safety.perfusion": perfusion}).get("perfusion.impaired") == expected

    @pytest.mark.parametrize(("history", "expected"), [(True, None), (False, "warn")])
    def test_pain_that_is_unlikely_to_be_neuropathic_is_warned_for(self, history, expected):
        assert of_person({"diagnosis.neupsig.relevant_history": history}).get("neupsig.unlikely") == expected


class TestReach:
    @staticmethod
    def of(share: float, depth: float = 5.0, width: float | None = 200.0, factor: float = 1.0):
        sample = SimpleNamespace(
            target_depth=np.full(16, depth),
            share_of_skin=lambda at: np.full(len(at), share),
            field_factor=lambda: np.full(16, factor),
        )
        return reach_of("nerve", sample, width)

    def ids(self, *given, **named) -> dict[str, str]:
        reach = self.of(*given, **named)
        assert reach.reachable is ("target.unreachable" not in levels(reach.findings))
        return levels(reach.findings)

    @pytest.mark.parametrize(("share", "reached"), [(1.001e-3, True), (1e-3, True), (0.999e-3, False), (0.0, False)])
    def test_a_thousandth_of_the_light_on_the_skin_is_the_limit(self, share, reached):
        assert self.ids(share) == ({} if reached else {"target.unreachable": "block"})

    @pytest.mark.parametrize(("lucky", "reached"), [(10, True), (4, False)])
    def test_the_upper_end_of_the_draws_counts_not_the_median(self, lucky, reached):
        shares = np.where(np.arange(100) < lucky, 2e-3, 1e-6)
        sample = SimpleNamespace(
            target_depth=np.full(100, 5.0), share_of_skin=lambda _: shares, field_factor=lambda: np.ones(100)
        )
        assert reach_of("nerve", sample, 200.0).reachable is reached

    @pytest.mark.parametrize("depth", [0.1, 20.0, 60.0])
    @pytest.mark.parametrize("width", [1.0, 99.0, 500.0])
    def test_no_depth_and_no_size_of_the_field_is_beyond_what_is_computed(self, depth, width):
        assert self.ids(0.01, depth=depth, width=width) == {}

    @pytest.mark.parametrize(("factor", "told"), [(1.0, False), (0.9, False), (0.899, True), (0.01, True)])
    def test_what_a_small_field_costs_is_told_with_its_factor(self, factor, told):
        assert self.ids(0.01, width=20.0, factor=factor) == ({"transport.field": "note"} if told else {})
        if told:
            (finding,) = self.of(0.01, width=20.0, factor=factor).findings
            assert f"{factor:.0%} of what a wide field" in finding.value
            assert "20 mm across" in finding.limit
            assert "5.0 mm deep" in finding.limit

    def test_a_field_of_unknown_size_blocks_and_asks_for_it(self):
        assert self.ids(0.01, width=None) == {"transport.field": "block"}
        (finding,) = self.of(0.01, width=None).findings
        assert "lamp.field_width" in finding.unblock

    def test_a_shallow_target_has_a_depth_that_is_told(self):
        (finding,) = self.of(0.5, depth=0.12, width=2.0, factor=0.5).findings
        assert "0.12 mm deep" in finding.limit

    def test_all_that_is_wrong_is_listed_not_the_first(self):
        assert set(self.ids(1e-5, depth=25.0, width=None)) == {"target.unreachable", "transport.field"}
        assert set(self.ids(1e-5, width=50.0, factor=0.5)) == {"target.unreachable", "transport.field"}

    @pytest.mark.parametrize("anchor", ["choose", "konstantinovic2010_lumbar", "walt2022", "yamany2012", "lavery2008"])
    def test_what_light_does_not_reach_it_does_not_reach_whatever_the_anchor(self, anchor):
        plan = plan_of(BACK, {"anchor": anchor})
        assert "target.unreachable" in blocks(plan)
        assert plan.reachable is False
        assert plan.prescription is None

    @pytest.mark.parametrize(("width", "told"), [("100 mm", None), ("99 mm", None), ("6 mm", "note")])
    def test_the_field_of_the_patient_s_lamp_is_computed_whatever_its_width(self, width, told):
        plan = plan_of(FEET, {"lamp.field_width": width, "lamp.wavelengths": ["850 nm"]})
        assert blocks(plan) == set()
        assert plan.prescription is not None
        assert level(plan, "transport.field") == told

    def test_a_lamp_whose_field_nobody_knows_blocks_until_it_is_measured(self):
        unknown = {"lamp.device": "platinum_biomax_300", "lamp.distance": "12 in"}
        plan = plan_of(FEET, unknown)
        assert blocks(plan) == {"transport.field"}
        assert plan.lamp.field_width_mm is None
        assert plan.prescription is None
        measured = plan_of(FEET, {**unknown, "lamp.field_width": "20 cm"})
        assert blocks(measured) == set()
        assert measured.prescription is not None


def lamp_levels(lit_by=PANEL, split_known=True, **changes) -> dict[str, str]:
    skin = replace(irradiance_on_skin(PANEL, 305.0, ()), **changes)
    return levels(lamp_findings(lit_by, skin, split_known))


class TestLamp:
    @pytest.mark.parametrize(
        ("basis", "extrapolated", "expected"),
        [
            ("own-meter", False, "note"),
            ("measured", False, "note"),
            ("power-over-spot", False, "note"),
            ("measured", True, "warn"),
            ("own-meter", True, "warn"),
            ("claim-halved", False, "warn"),
        ],
    )
    def test_what_the_irradiance_rests_on_is_always_told(self, basis, extrapolated, expected):
        assert lamp_levels(basis=basis, extrapolated=extrapolated)["lamp.irradiance"] == expected

    def test_a_split_that_nobody_knows_is_told(self):
        assert lamp_levels(split_known=False)["lamp.spectrum"] == "note"
        assert "lamp.spectrum" not in lamp_levels(split_known=True)

    @pytest.mark.parametrize(
        ("wavelengths", "expected"), [((600.0, 1000.0), None), ((599.0, 850.0), "warn"), ((850.0, 1001.0), "warn")]
    )
    def test_light_outside_the_tissue_tables_is_warned_of(self, wavelengths, expected):
        lit_by = PANEL.model_copy(update={"wavelengths": wavelengths})
        assert lamp_levels(lit_by).get("lamp.wavelengths") == expected

    def test_values_of_the_catalogue_without_a_checked_source_are_told(self):
        assert lamp_levels(PANEL.model_copy(update={"unverified": ("housing",)}))["lamp.unverified"] == "note"
        assert "lamp.unverified" not in lamp_levels(PANEL.model_copy(update={"unverified": ()}))

    def test_use_outside_the_label_is_told(self):
        cleared = next(d for d in map(device, ("joovv_solo_3", "anodyne_mire", "litecure_lct1000")) if d.labelled_use)
        assert lamp_levels(PANEL.model_copy(update={"labelled_use": None}))["lamp.label"] == "note"
        outside = cleared.labelled_use.model_copy(update={"neuropathy": False})
        assert lamp_levels(PANEL.model_copy(update={"labelled_use": outside}))["lamp.label"] == "note"

    def test_use_that_the_label_names_is_not_called_outside_of_it(self):
        cleared = next(d for d in map(device, ("joovv_solo_3", "anodyne_mire", "litecure_lct1000")) if d.labelled_use)
        inside = cleared.labelled_use.model_copy(update={"neuropathy": True, "cleared": "pain of diabetic neuropathy"})
        assert "lamp.label" not in lamp_levels(PANEL.model_copy(update={"labelled_use": inside}))


class TestLaserOnSkin:
    def finding(self, irradiance, *, lit_by=LASER, **changes):
        prescribed = PRESCRIBED.model_copy(update=changes)
        found = laser_skin_findings(lit_by, sample_of(irradiance=irradiance, wavelengths=(633.0,)), prescribed)
        return found[0] if found else None

    def test_it_is_told_in_multiples_of_the_limit_and_never_blocks(self):
        # 200 mW/cm2 is the limit of visible light for 10 s and more.
        assert self.finding(100.0).value.startswith("0.5 times")
        strong = self.finding(2000.0)
        assert strong.value.startswith("10 times")
        assert strong.level == "note"

    def test_hours_are_held_against_the_limit_of_hours(self):
        assert self.finding(100.0, time_per_field_s=80_000.0).value == self.finding(100.0).value

    def test_lamps_that_are_no_lasers_are_not_held_against_it(self):
        assert self.finding(100.0, lit_by=PANEL) is None
        assert laser_skin_findings(LASER, sample_of(), None) == []


class TestEyes:
    LONG = PRESCRIBED.model_copy(update={"session_time_s": 1200.0})

    def ids(self, irradiance, wavelengths=(850.0,), *, eyes="none", lit_by=PANEL, time=1200.0, shares=None):
        sample = sample_of(irradiance=irradiance, wavelengths=wavelengths, shares=shares)
        prescribed = PRESCRIBED.model_copy(update={"session_time_s": time})
        return levels(eye_findings(case_of(FEET, {"safety.eyes": eyes}), lit_by, sample, prescribed))

    @pytest.mark.parametrize(("eyes", "expected"), [("none", "block"), ("goggles", "note"), ("shielding", "note")])
    def test_infrared_above_the_limit_blocks_bare_eyes_and_asks_for_the_protection_that_is_there(self, eyes, expected):
        assert self.ids(10.01, eyes=eyes) == {"eyes.infrared": expected}
        assert self.ids(9.99, eyes=eyes) == {}

    @pytest.mark.parametrize("time", [60.0, 400.0, 1000.0, 3000.0])
    def test_the_limit_is_that_of_the_whole_session(self, time):
        limit = to_mw_cm2(float(infrared_eye_limit(time)))
        assert self.ids(limit * 1.001, time=time) == {"eyes.infrared": "block"}
        assert self.ids(limit * 0.999, time=time) == {}

    @pytest.mark.parametrize(
        ("wavelengths", "counts"),
        [((630.0, 660.0), False), ((779.0,), False), ((780.0,), True), ((1060.0, 630.0), True)],
    )
    def test_red_does_not_count_and_infrared_does(self, wavelengths, counts):
        assert ("eyes.infrared" in self.ids(80.0, wavelengths)) is counts

    def test_only_the_infrared_part_counts(self):
        assert self.ids(19.9, (660.0, 850.0), shares=(0.5, 0.5)) == {}
        assert self.ids(20.1, (660.0, 850.0), shares=(0.5, 0.5)) == {"eyes.infrared": "block"}

    def test_the_upper_end_of_the_irradiance_counts(self):
        assert self.ids(Interval(low=2, central=8, high=9.9)) == {}
        assert self.ids(Interval(low=2, central=8, high=16)) == {"eyes.infrared": "block"}

    def test_without_a_prescription_the_session_may_last_as_long_as_its_cap(self):
        sample = sample_of(irradiance=20.0)
        for cap, expected in (("300 s", {}), ("500 s", {"eyes.infrared": "block"})):
            case = case_of(FEET, {"safety.eyes": "none", "course.session_cap": cap})
            assert levels(eye_findings(case, PANEL, sample, None)) == expected

    @pytest.mark.parametrize(("eyes", "expected"), [("none", "block"), ("goggles", None), ("shielding", None)])
    def test_a_laser_needs_protection_whatever_its_irradiance(self, eyes, expected):
        assert self.ids(0.1, (640.0,), eyes=eyes, lit_by=LASER).get("eyes.laser") == expected
        assert "eyes.laser" not in self.ids(0.1, (640.0,), eyes=eyes)

    def test_bare_eyes_before_a_panel_block_the_plan_and_goggles_unblock_it(self):
        assert "eyes.infrared" in blocks(plan_of(FACE))
        assert "eyes.infrared" not in blocks(plan_of(FACE, {"safety.eyes": "goggles"}))
        assert found(plan_of(FACE), "eyes.infrared").sources == ("iec62471_2006",)


CASE = case_of()
CHOICE = choose_anchor(CASE, "x")


def translation_of(p5=300.0, p50=600.0, *, ratio: float | None = 1.0, rows=()) -> Translation:
    return Translation(
        kind="fluence",
        target_fluence_j_cm2=exactly(1.0),
        time_s=Band(p5=p5, p25=p5, p50=p50, p75=p50, p95=2 * p50),
        rate_ratio=None if ratio is None else exactly(ratio),
        sensitivities=(),
        influences=tuple(rows),
    )


def row(factor: float, assumption: bool) -> Influence:
    return Influence(
        parameter="patient.x",
        label="x",
        low="1",
        high="2",
        time_at_low_s=1,
        time_at_high_s=1,
        factor=factor,
        assumption=assumption,
        sources=("nervelight_assumption",),
    )


def of_course(translation=None, prescription=PRESCRIBED, case=CASE) -> dict[str, str]:
    return levels(time_findings(case, CHOICE, translation or translation_of(), prescription))


class TestCourse:
    # Two fields share a session of 30 min.
    @pytest.mark.parametrize(("shortest", "blocked"), [(899.9, False), (900.0, False), (900.1, True)])
    def test_a_session_that_is_too_short_even_for_the_shortest_time_blocks(self, shortest, blocked):
        findings = of_course(translation_of(shortest, 1200.0), None if blocked else PRESCRIBED)
        assert findings == ({"time.cap": "block"} if blocked else {})

    @pytest.mark.parametrize(("capped", "expected"), [(False, {}), (True, {"time.cap": "warn"})])
    def test_a_time_that_was_cut_warns(self, capped, expected):
        assert of_course(prescription=PRESCRIBED.model_copy(update={"capped": capped})) == expected

    def test_a_cap_of_the_case_blocks_its_plan(self):
        plan = plan_of(FEET, {"course.session_cap": "30 s"})
        assert "time.cap" in blocks(plan)
        assert plan.prescription is None
        assert plan.schedule is None

    @pytest.mark.parametrize(
        ("ratio", "warned"), [(0.33, True), (0.34, False), (1.0, False), (3.0, False), (3.01, True), (None, False)]
    )
    def test_a_rate_beyond_a_third_and_three_times_the_trial_s_warns(self, ratio, warned):
        assert of_course(translation_of(ratio=ratio)) == ({"rate.ratio": "warn"} if warned else {})

    @pytest.mark.parametrize(("more", "warned"), [(0.999, False), (1.001, True)])
    def test_more_light_than_any_trial_of_the_condition_gave_warns(self, more, warned):
        highest = max(
            setting.radiant_exposure.value
            for found in anchors_for("diabetic_polyneuropathy")
            for setting in found.settings
            if setting.radiant_exposure
        )
        exposure = exactly(to_j_cm2(highest) * more)
        findings = of_course(prescription=PRESCRIBED.model_copy(update={"radiant_exposure_j_cm2": exposure}))
        assert findings == ({"exposure.highest": "warn"} if warned else {})

    @pytest.mark.parametrize(
        ("rows", "warned"),
        [
            ([row(1.33, True)], False),
            ([row(1.34, True)], True),
            ([row(5.0, False)], False),
            ([row(1.1, True), row(1.5, True)], True),
        ],
    )
    def test_an_assumption_that_moves_the_time_by_more_than_a_third_warns(self, rows, warned):
        assert of_course(translation_of(rows=rows)) == ({"assumptions.time": "warn"} if warned else {})

    @pytest.mark.parametrize(("days", "warned"), [([], False), (["mon", "wed", "fri"], False), (["mon", "fri"], True)])
    def test_fewer_days_than_the_anchor_s_sessions_warn(self, days, warned):
        findings = schedule_findings(case_of(FEET, {"course.weekdays": days}), CHOICE, PRESCRIBED)
        assert levels(findings) == ({"schedule.days": "warn"} if warned else {})

    def test_without_a_translation_there_is_nothing_to_say(self):
        assert time_findings(CASE, CHOICE, None, None) == []
        assert schedule_findings(case_of(FEET, {"course.weekdays": ["mon"]}), CHOICE, None) == []


class TestAllTogether:
    BAD = {  # noqa: RUF012
        "safety.contraindications": ["pacemaker", "epilepsy"],
        "diagnosis.red_flags": ["foot_ulcer", "cancer_pain"],
        "safety.drugs": ["Levulan", "amiodarone", "metformin"],
        "safety.eyes": "none",
        "safety.perfusion": "impaired",
        "lamp.device": "platinum_biomax_300",
    }

    def test_all_findings_are_listed_not_the_first(self):
        plan = plan_of(FEET, self.BAD)
        assert {
            "contraindication.epilepsy",
            "red_flag.foot_ulcer",
            "drug.aminolevulinic_acid",
            "eyes.infrared",
            "transport.field",
        } == blocks(plan)
        assert {"contraindication.pacemaker", "red_flag.cancer_pain", "drug.amiodarone", "perfusion.impaired"} <= {
            finding.id for finding in plan.findings if finding.level == "warn"
        }
        assert level(plan, "drugs.unknown") == "note"

    @pytest.mark.parametrize("name", [*EXAMPLE_NAMES, "bad"])
    def test_findings_are_ranked_each_stands_once_and_names_its_sources(self, name):
        plan = plan_of(FEET, self.BAD) if name == "bad" else plan_of(name)
        ranks = [LEVELS.index(finding.level) for finding in plan.findings]
        assert ranks == sorted(ranks)
        ids = [finding.id for finding in plan.findings]
        assert len(set(ids)) == len(ids)
        for finding in plan.findings:
            assert finding.title
            assert finding.text
            assert finding.sources
            require_known(finding.sources)
            assert finding.level != "block" or finding.unblock

    @given(st.lists(st.sampled_from(LEVELS)))
    def test_ranking_keeps_the_order_within_a_level(self, drawn):
        findings = [
            Finding(id=str(n), level=given, title="t", text="x", sources=("case_file",))
            for n, given in enumerate(drawn)
        ]
        after = ranked(findings)
        assert sorted(map(id, after)) == sorted(map(id, findings))
        keys = [(LEVELS.index(finding.level), int(finding.id)) for finding in after]
        assert keys == sorted(keys)

    def test_an_assumption_is_never_a_hard_limit_in_silence(self):
        for name in (FEET, HANDS):
            temperature = found(plan_of(name), "skin.temperature")
            assert temperature.unverified
            assert level(plan_of(name), "limits.unverified") == "warn"
