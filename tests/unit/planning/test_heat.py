"""How warm skin and nerve get in a field, and when that warns or blocks."""

from __future__ import annotations

import numpy as np
import pytest

from nervelight.optics import Device, device
from nervelight.planning.light_path import evaluate
from nervelight.planning.plan_document import Band, Warmth
from nervelight.planning.safety import temperature_findings, warmth_of
from nervelight.transport import thermal_properties
from nervelight.uncertainty import Interval
from nervelight.units import MW_CM2

from .cases import BACK, FEET, GONE, HANDS, PERSON, WRIST, Value, case_of, found, level, plan_of, problem_of

PANEL, PAD, PROBE = device("bestqool_pro300"), device("thor_69led"), device("luminex_ll")
NERVELESS = {name: value for name, value in PERSON.items() if name != "nerve_depth"}
# The area of a field whose radius is 5 mm.
SPOT = np.pi * 25.0


def exactly(value: float) -> Band:
    return Band(p5=value, p25=value, p50=value, p75=value, p95=value)


def upper(value: float, below: float = 0.0) -> Band:
    """A band of which only the upper 95 % reaches a value."""
    return Band(p5=below, p25=below, p50=below, p75=below, p95=value)


def warmth(skin: float = 38.0, rise: float = 2.0, cem43: float = 0.1, nerve: float | None = 37.5) -> Warmth:
    return Warmth(
        skin_before_c=exactly(skin - rise),
        skin_c=upper(skin, min(skin, 35.0)),
        skin_rise_k=upper(rise),
        nerve_c=None if nerve is None else exactly(nerve),
        cem43_min=upper(cem43),
    )


class TestFindings:
    FEELS, NUMB = {"safety.sensation": "intact"}, {"safety.sensation": "reduced"}

    @staticmethod
    def level(changes=None, **given: float) -> str:
        findings = temperature_findings(case_of(FEET, changes), PANEL, warmth(**given))
        (finding,) = (finding for finding in findings if finding.id == "skin.temperature")
        assert bool(finding.unblock) is (finding.level != "note")
        return finding.level

    @pytest.mark.parametrize(("skin", "expected"), [(42.0, "note"), (42.1, "warn"), (42.99, "warn"), (43.0, "block")])
    def test_43_degrees_block_and_42_warn(self, skin, expected):
        assert self.level(self.FEELS, skin=skin) == expected

    @pytest.mark.parametrize(("skin", "expected"), [(40.0, "note"), (40.1, "warn"), (42.99, "warn"), (43.0, "block")])
    @pytest.mark.parametrize("sensation", ["reduced", "absent"])
    def test_the_cap_is_stricter_where_heat_is_not_felt(self, sensation, skin, expected):
        assert self.level({"safety.sensation": sensation}, skin=skin) == expected

    @pytest.mark.parametrize(("rise", "expected"), [(5.0, "note"), (5.1, "warn")])
    def test_five_degrees_more_warn(self, rise, expected):
        assert self.level(self.FEELS, rise=rise) == expected

    @pytest.mark.parametrize(
        ("cem43", "who", "expected"),
        [(9.0, FEELS, "note"), (9.1, FEELS, "warn"), (2.0, NUMB, "note"), (2.1, NUMB, "warn")],
    )
    def test_the_thermal_exposure_has_its_cap(self, cem43, who, expected):
        assert self.level(who, cem43=cem43) == expected

    def test_a_warm_nerve_is_told(self):
        for nerve, told in ((37.5, True), (None, False)):
            finding = temperature_findings(case_of(), PANEL, warmth(nerve=nerve))[0]
            assert ("the nerve gets to 37.5 °C" in finding.text) is told

    def test_the_air_that_is_taken_is_told(self):
        named = temperature_findings(case_of(FEET, {"safety.air_temperature": "18 degC"}), PANEL, warmth())[0].text
        assert "air of 18 °C" in named
        assert "assumed" not in named
        assert (
            "30 °C (assumed)"
            in temperature_findings(case_of(FEET, {"safety.air_temperature": GONE}), PANEL, warmth())[0].text
        )
        assert "no heat lost to air" in temperature_findings(case_of(), PAD, warmth())[0].text

    def test_the_limit_rests_on_numbers_that_nobody_checked_and_says_so(self):
        findings = {finding.id: finding for finding in temperature_findings(case_of(), PANEL, warmth())}
        assert findings["limits.unverified"].level == "warn"
        assert all(finding.unverified for finding in findings.values())

    def test_without_a_prescription_there_is_nothing_to_say(self):
        assert temperature_findings(case_of(), PANEL, None) == []


def made(
    irradiance: Value = 50.0,
    time: float = 600.0,
    changes=None,
    *,
    lit_by: Device = PANEL,
    draws: int = 16,
    seed: int = 1,
    **given,
) -> Warmth:
    """The warmth of people who differ in nothing but blood flow, heat lost to air and conductivity."""
    problem = problem_of(irradiance=irradiance, trial=None, **given)
    sample = evaluate(problem, problem.space.sample(draws, seed=1))
    return warmth_of(case_of(FEET, changes), lit_by, sample, time, seed)


def hottest(*given, **named) -> float:
    return made(*given, **named).skin_c.p95


class TestLaws:
    def test_without_light_nothing_warms(self):
        dark = made(1e-6)
        assert dark.skin_rise_k.p95 == pytest.approx(0, abs=1e-4)
        assert dark.skin_c.p50 == pytest.approx(dark.skin_before_c.p50, abs=1e-4)

    def test_more_light_and_more_time_are_warmer(self):
        assert hottest(30.0) < hottest(60.0) < hottest(120.0)
        assert hottest(time=60.0) < hottest(time=600.0) < hottest(time=1800.0)
        assert made(120.0).cem43_min.p50 > made(60.0).cem43_min.p50
        assert made(120.0).nerve_c.p50 > made(60.0).nerve_c.p50

    def test_the_rise_goes_with_the_irradiance(self):
        once, thrice = made(40.0), made(120.0)
        for name in ("p5", "p50", "p95"):
            assert getattr(thrice.skin_rise_k, name) == pytest.approx(3 * getattr(once.skin_rise_k, name), rel=1e-6)
        assert thrice.skin_before_c == once.skin_before_c

    def test_darker_skin_is_warmer(self):
        rises = [made(patient={**PERSON, "melanosome_fraction": m}).skin_rise_k.p50 for m in (0.01, 0.05, 0.3)]
        assert rises[0] < rises[1] < rises[2]

    def test_a_warmer_room_is_warmer_before_and_after(self):
        rooms = [made(changes={"safety.air_temperature": f"{room} degC"}) for room in (15, 22, 35)]
        for name in ("skin_before_c", "skin_c"):
            values = [getattr(room, name).p50 for room in rooms]
            assert values[0] < values[1] < values[2]

    def test_a_room_that_nobody_names_is_taken_to_be_warm(self):
        unnamed = made(changes={"safety.air_temperature": GONE})
        assert unnamed.skin_c.p95 > hottest(changes={"safety.air_temperature": "22 degC"})
        assert unnamed == made(changes={"safety.air_temperature": "30 degC"})

    @pytest.mark.parametrize("time", [105.0, 1800.0])
    @pytest.mark.parametrize(("irradiance", "lit_by"), [(30.0, PANEL), (300.0, PANEL), (60.0, PAD)])
    def test_poor_blood_supply_is_never_taken_to_be_cooler(self, irradiance, lit_by, time):
        impaired = hottest(irradiance, time, {"safety.perfusion": "impaired"}, lit_by=lit_by)
        assert impaired >= hottest(irradiance, time, lit_by=lit_by)

    def test_poor_blood_supply_is_warmer_where_blood_would_cool(self):
        for irradiance, lit_by in ((300.0, PANEL), (60.0, PAD)):
            impaired = hottest(irradiance, 1800.0, {"safety.perfusion": "impaired"}, lit_by=lit_by)
            assert impaired > hottest(irradiance, 1800.0, lit_by=lit_by) + 2.0

    def test_a_lamp_on_the_skin_loses_nothing_to_air(self):
        cold, hot = ({"safety.air_temperature": f"{room} degC"} for room in (10, 40))
        assert made(changes=cold, lit_by=PAD) == made(changes=hot, lit_by=PAD)
        assert made(changes=cold, lit_by=PAD).skin_before_c.p50 > made(changes=cold).skin_before_c.p50 + 1
        assert made(changes=cold, lit_by=PAD).skin_c.p95 > hottest(changes=cold)

    def test_light_outside_the_tissue_tables_warms_and_most_of_all(self):
        # What nobody can follow is taken to stay in the outermost skin, and none of it is reflected.
        blue, infrared = made(wavelengths=(480.0,)), made(wavelengths=(850.0,))
        assert blue.skin_rise_k.p5 > infrared.skin_rise_k.p95 > 0
        both = made(wavelengths=(480.0, 850.0), shares=(0.5, 0.5))
        middle = (blue.skin_rise_k.p50 + infrared.skin_rise_k.p50) / 2
        assert both.skin_rise_k.p50 == pytest.approx(middle, rel=0.02)

    def test_the_upper_end_of_the_irradiance_counts(self):
        assert hottest(Interval(low=20, central=50, high=90)) > hottest(50.0) + 0.3

    def test_a_nerve_has_a_temperature_and_a_site_without_one_has_none(self):
        shallow, deep = (made(patient={**PERSON, "nerve_depth": depth}).nerve_c.p50 for depth in (4.0, 15.0))
        assert made(patient=NERVELESS).nerve_c is None
        assert deep < 38.0
        assert shallow != deep

    def test_a_nerve_below_all_that_light_warms_is_as_warm_as_the_core(self):
        patient = {**PERSON, "subcutaneous_fat": 8.0, "nerve_depth": 130.0}
        assert made(200.0, patient=patient).nerve_c.p95 == pytest.approx(37.1, abs=0.2)

    def test_the_same_seed_gives_the_same_warmth_and_another_seed_nearly_so(self):
        one, other = made(draws=64), made(draws=64, seed=2)
        assert one == made(draws=64)
        assert one != other
        assert one.skin_c.p95 == pytest.approx(other.skin_c.p95, abs=0.3)

    def test_a_panel_that_is_far_too_strong_blocks(self):
        (finding, _) = temperature_findings(case_of(), PANEL, made(600.0))
        assert (finding.level, finding.title) == ("block", "Skin may reach 43 °C")

    def test_bands_are_in_order_and_the_rise_lies_between(self):
        band = made(Interval(low=30, high=90))
        for _, values in band:
            ends = [value for _, value in values]
            assert ends == sorted(ends)
        assert band.skin_rise_k.p5 > 0
        assert band.skin_c.p50 - band.skin_before_c.p50 == pytest.approx(band.skin_rise_k.p50, abs=0.5)


class TestSpots:
    @pytest.mark.slow
    def test_a_narrow_spot_warms_less_than_a_wide_field_of_the_same_irradiance(self):
        wide = made(200.0)
        narrow = [made(200.0, spot_area=area) for area in (3.0, SPOT, 600.0)]
        rises = [warmth.skin_rise_k.p50 for warmth in (*narrow, wide)]
        assert rises == sorted(rises)
        assert rises[0] < 0.35 * rises[-1]
        assert [w.nerve_c.p50 for w in (*narrow, wide)] == sorted(w.nerve_c.p50 for w in (*narrow, wide))

    def test_a_field_that_grows_wide_warms_like_a_wide_one(self):
        # Just narrow enough for the light of a beam; heat then has to spread over centimetres.
        area = np.pi * 43.9**2
        assert made(200.0, spot_area=area).skin_rise_k.p50 == pytest.approx(made(200.0).skin_rise_k.p50, rel=0.03)

    @pytest.mark.parametrize("radius", [0.5, 1.0])
    def test_a_small_spot_ends_a_little_below_the_disc_of_heat_on_a_half_space(self, radius):
        """In the middle of an even disc of heat on a half space it ends at ``q a / k`` [carslaw_jaeger1959]."""
        # Nearly all of the light ends in the surface, and most heat stays in the dermis; blood takes a little.
        spot = made(
            100.0,
            3600.0,
            lit_by=PAD,
            patient={**PERSON, "dermis": 3.0, "subcutaneous_fat": 30.0, "nerve_depth": 40.0},
            wavelengths=(480.0, 850.0),
            shares=(0.999, 0.001),
            spot_area=np.pi * radius**2,
        )
        skin = thermal_properties().tissues["skin"].conductivity
        assert 0.82 < spot.skin_rise_k.p50 / (100.0 * MW_CM2 * radius / skin) < 0.95

    def test_a_spot_cools_sideways_whatever_the_time(self):
        rises = [
            made(200.0, time, spot_area=SPOT).skin_rise_k.p50 / made(200.0, time).skin_rise_k.p50
            for time in (15.0, 600.0)
        ]
        # At first heat has had no time to leave, and only light has.
        assert 1 > rises[0] > rises[1] + 0.1


class TestPlans:
    def test_a_plan_with_a_prescription_has_its_warmth_and_a_blocked_one_has_none(self):
        for name in (FEET, HANDS, WRIST):
            plan = plan_of(name)
            assert plan.warmth is not None
            assert f"up to {plan.warmth.skin_c.p95:.1f} °C" in found(plan, "skin.temperature").value
            assert level(plan, "limits.unverified") == "warn"
        assert plan_of(BACK).warmth is None
        assert found(plan_of(BACK), "skin.temperature") is None

    def test_the_nerve_has_a_temperature_where_the_site_has_a_nerve(self):
        assert plan_of(FEET).warmth.nerve_c is not None
        assert plan_of(WRIST).warmth.nerve_c.p50 > 35
        assert plan_of(HANDS).warmth.nerve_c is None

    def test_a_nerve_in_the_core_does_not_keep_a_plan_for_the_skin_from_being_made(self):
        plan = plan_of(BACK, {"site.target": "cutaneous_endings", "lamp.wavelengths": ["850 nm"]})
        assert plan.warmth.nerve_c.p50 == pytest.approx(37.1, abs=0.2)

    def test_the_warmth_is_that_of_the_prescribed_time(self):
        plan = plan_of(HANDS)
        problem_time = plan.prescription.time_per_field_s
        longer = plan_of(
            HANDS,
            {
                "lamp.readings": [
                    {"distance": "18 in", "irradiance": "29 mW/cm2", "instrument": "x"},
                ]
            },
        )
        assert longer.prescription.time_per_field_s > problem_time
        # Half of the irradiance for twice the time: the same energy, and heat has more time to leave.
        assert longer.warmth.skin_rise_k.p50 < plan.warmth.skin_rise_k.p50
