"""Anchors: what may be followed, what is missing, and in which order they are offered."""

import pytest

from nervelight.errors import UnknownName
from nervelight.evidence import CONDITIONS, anchor, anchor_ids, anchors_for, rank_anchors, study, study_ids


def test_yamany_is_usable_with_all_its_reservations():
    found = anchor("yamany2012")
    assert (found.kind, found.usable, found.missing) == ("arm", True, ())
    assert found.wavelengths == (850.0,)
    assert found.radiant_exposure[850.0].value == pytest.approx(5.7 / 100)
    assert found.time_per_site.value == 900.0
    assert found.irradiance.value * 1e5 == pytest.approx(6.33, abs=0.005)
    assert found.irradiance.derived
    assert not found.time_per_site.derived
    assert found.technique == "scan"
    assert found.field == "wide-assumed"
    assert found.sites == ("plantar_foot", "lumbar_paraspinal")
    assert (found.schedule.sessions_per_week, found.schedule.weeks, found.schedule.total_sessions) == (
        3,
        4,
        12,
    )
    assert found.scenarios == ()
    flags = "\n".join(found.flags)
    assert "irradiance 6.33 mW/cm2 is computed" in flags
    assert "assumed to be wide" in flags
    assert "helium-neon" in flags
    assert "phototype" in flags


def test_walt_is_a_usable_envelope_without_a_single_light():
    found = anchor("walt2022")
    assert (found.kind, found.usable, found.condition) == ("envelope", True, None)
    (window,) = found.windows
    ranges = {band.colour: tuple(round(end * 1e5) for end in band.irradiance) for band in window.bands}
    assert ranges == {"red": (20, 150), "infrared": (20, 80)}
    assert window.bands[0].wavelengths == (630.0, 680.0)
    assert window.radiant_exposure == pytest.approx((0.02, 0.06))
    assert found.schedule.weeks_range == (4, 6)
    assert found.settings == ()
    assert found.radiant_exposure == {}
    assert any("no sham arm" in flag for flag in found.flags)


def test_walt_2010_lacks_what_a_plan_needs():
    found = anchor("walt2010_780_860")
    assert found.kind == "envelope"
    assert not found.usable
    assert {"irradiance range", "radiant exposure range", "session schedule"} <= set(found.missing)


@pytest.mark.parametrize(("study_id", "exposure"), [("lavery2008", 60.0), ("clifft2005", 45.0)])
def test_infrared_pads_are_nulls_with_a_borrowed_irradiance(study_id, exposure):
    found = anchor(study_id)
    assert found.kind == "null"
    assert found.irradiance.value * 1e5 == pytest.approx(25.0)
    assert found.radiant_exposure[890.0].value * 100 == pytest.approx(exposure)
    assert "taken from franzen2008, which describes the same device: irradiance" in found.flags
    assert "not verified, an assumption: irradiance" in found.flags
    assert "did no better than its comparator" in found.flags


@pytest.mark.parametrize(
    ("study_id", "missing"),
    [
        ("ebrahimi2018", {"wavelength", "radiant exposure", "irradiance", "time per site"}),
        ("shanb2020", {"wavelength"}),
        ("ordahan2017", {"spot area (point technique)"}),
        ("leal2022", {"spot area (point technique)", "time per site"}),
        ("jiang2011", {"spot area (point technique)", "session schedule"}),
        ("rastogi2021", {"radiant exposure", "irradiance"}),
        ("argenta2017", {"wavelength", "radiant exposure"}),
        ("anju2025", {"sessions per week", "irradiance"}),
        ("konstantinovic2010_cervical", {"numbers that agree with each other"}),
        ("spanemberg2019", {"numbers that agree with each other", "radiant exposure"}),
        ("worldphysio_mls_pilot", {"radiant exposure of each wavelength"}),
    ],
)
def test_what_is_missing_is_said(study_id, missing):
    found = anchor(study_id)
    assert missing <= set(found.missing)
    assert not found.usable


def test_chang_is_usable_with_two_readings_of_its_power_that_differ_in_the_spot():
    found = anchor("chang2008")
    assert found.usable
    assert [scenario.label for scenario in found.scenarios] == [
        "60 mW read as mean power",
        "60 mW read as peak power",
    ]
    assert [round(scenario.field / 100, 2) for scenario in found.scenarios] == [3.71, 1.86]
    # One light: the readings share all that the paper prints, and only what is computed from the power differs.
    assert {scenario.light for scenario in found.scenarios} == {0}
    assert found.field is None
    assert found.irradiance.value * 1e5 == pytest.approx(16.17, abs=0.01)
    assert found.radiant_exposure[830.0].value * 100 == pytest.approx(9.7)
    assert found.sites == ("volar_wrist",)


@pytest.mark.parametrize("index", [0, 1])
def test_one_scenario_is_the_anchor_with_that_setting_alone(index):
    found = anchor("chang2008")
    wanted = found.scenarios[index]
    one = found.scenario(wanted.label)
    assert one.settings == (wanted,)
    assert one.field == wanted.field
    assert one.scenarios == ()
    assert one.usable
    assert (one.study_id, one.schedule, one.flags) == (found.study_id, found.schedule, found.flags)


@pytest.mark.parametrize("study_id", ["chang2008", "yamany2012", "walt2022"])
def test_an_unknown_scenario_names_those_there_are(study_id):
    found = anchor(study_id)
    with pytest.raises(UnknownName) as caught:
        found.scenario("strong")
    assert list(caught.value.known) == [scenario.label for scenario in found.scenarios]


def test_two_lights_need_a_choice_and_one_of_them_lacks_only_what_is_its_own():
    found = anchor("worldphysio_mls_pilot")
    text = next(missing for missing in found.missing if missing.startswith("one light to follow: "))
    for scenario in found.scenarios:
        assert scenario.label in text
        one = found.scenario(scenario.label)
        assert one.missing == (*scenario.missing, *found.lacks)
        assert not any("one light" in missing for missing in one.missing)


def test_lumbar_anchor_keeps_its_small_spot():
    found = anchor("konstantinovic2010_lumbar")
    assert found.usable
    assert found.field == pytest.approx(500.0)
    assert found.technique == "point"


def test_several_wavelengths_without_shares_have_no_exposure_by_wavelength():
    found = anchor("worldphysio_mls_pilot")
    assert len(found.wavelengths) == 2
    assert found.radiant_exposure == {}
    assert len(found.scenarios) == 2


def test_studies_without_light_are_no_anchors():
    with pytest.raises(UnknownName) as caught:
        anchor("hauser2011")
    assert "yamany2012" in caught.value.known
    assert "hauser2011" not in caught.value.known


def test_the_order_is_arms_then_envelopes_then_nulls():
    for condition in CONDITIONS:
        kinds = [found.kind for found in anchors_for(condition)]
        assert kinds == sorted(kinds, key=["arm", "envelope", "null"].index)


def test_the_best_anchor_for_the_sole_is_yamany():
    found = anchors_for("diabetic_polyneuropathy", "plantar_foot")
    assert found[0].study_id == "yamany2012"
    names = [item.study_id for item in found]
    assert names.index("walt2022") < names.index("lavery2008")
    unusable = [item for item in found if item.kind == "arm" and not item.usable]
    here = ["plantar_foot" in item.sites for item in unusable]
    assert here == sorted(here, reverse=True)


def test_no_condition_offers_an_unusable_arm_before_a_usable_one():
    for condition in CONDITIONS:
        usable = [item.usable for item in anchors_for(condition) if item.kind == "arm"]
        assert usable == sorted(usable, reverse=True)


def test_guideline_rows_stay_at_their_sites():
    assert "walt2022" not in {item.study_id for item in anchors_for("diabetic_polyneuropathy", "cheek")}
    assert "walt2022" in {item.study_id for item in anchors_for("chemotherapy_induced", "palm")}
    assert "walt2022" not in {item.study_id for item in anchors_for("trigeminal_neuralgia")}


def test_an_unknown_condition_is_an_error():
    with pytest.raises(UnknownName, match="diabetic_polyneuropathy"):
        anchors_for("diabetic_neuropathy")


@pytest.mark.parametrize("study_id", study_ids())
def test_a_usable_arm_has_everything_and_a_null_says_so(study_id):
    if study_id not in anchor_ids() or not study(study_id).lights:
        return
    found = anchor(study_id)
    if found.usable:
        assert found.radiant_exposure
        assert found.irradiance
        assert found.time_per_site
        assert found.sites
        assert all(setting.field for setting in found.settings)
        assert len({setting.light for setting in found.settings}) == 1
        assert found.schedule.sessions_per_week
    no_benefit = study(study_id).direction in {"no_difference", "favours_comparator"}
    assert (found.kind == "null") == no_benefit


def test_background_papers_are_no_anchors():
    assert {"jagdeo2020_stars", "hudson2013", "hauser2011"} & set(anchor_ids()) == set()
    assert {"yamany2012", "walt2022"} <= set(anchor_ids())


@pytest.mark.parametrize("condition", CONDITIONS)
def test_what_may_be_followed_was_tested_against_something_and_measured_symptoms(condition):
    for found in anchors_for(condition):
        if found.usable and found.kind != "envelope":
            entry = study(found.study_id)
            assert entry.design in {"sham_controlled", "crossover", "controlled"}
            assert any(o.domain in {"pain", "response", "neuropathy_score", "several"} for o in entry.outcomes)


def test_a_light_without_a_control_group_says_so_and_so_does_one_without_symptoms():
    assert "a control group" in anchor("worldphysio_mls_pilot").missing
    assert "a result on pain or symptoms" in anchor("rochkind2007").missing
    assert any("its effect is not used" in flag for flag in anchor("iums_jap_980nm").flags)


def test_the_order_is_told_with_its_reasons():
    best, *others = rank_anchors("diabetic_polyneuropathy", "plantar_foot", "nerve")
    assert best.anchor.study_id == "yamany2012"
    assert best.trust == 3
    assert best.completeness.missing == ()
    assert best.completeness.computed == ("irradiance",)
    assert "design and conduct 3 of 3" in best.why
    assert "6 of 7 quantities of its light are printed, 1 computed (irradiance)" in best.why
    window = next(item for item in others if item.anchor.study_id == "walt2022")
    assert "a window on the skin says nothing of a nerve" in window.why
    assert (
        "a window on the skin"
        not in rank_anchors("diabetic_polyneuropathy", "plantar_foot")[others.index(window) + 1].why
    )


def test_of_arms_that_lack_something_the_more_certain_and_complete_come_first():
    ranked = [item for item in rank_anchors("carpal_tunnel") if item.anchor.kind == "arm" and not item.anchor.usable]
    keys = [(-item.trust, len(item.completeness.missing)) for item in ranked]
    assert keys == sorted(keys)
    assert len(set(keys)) > 3


def test_a_source_that_was_hardly_read_is_trusted_less():
    trust = {item.anchor.study_id: item for item in rank_anchors("carpal_tunnel")}
    assert trust["fusakul2014"].trust == 3
    assert trust["elgendy2020"].trust == 2
    assert "read as partial abstract only" in trust["elgendy2020"].trust_reasons
