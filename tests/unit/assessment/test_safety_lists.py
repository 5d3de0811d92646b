"""Red flags and contraindications."""

from typing import get_args

import pytest
from pydantic import ValidationError

from nervelight.assessment import (
    RedFlag,
    Urgency,
    contraindication,
    contraindication_ids,
    raised,
    red_flag_ids,
    red_flags,
)
from nervelight.assessment.contraindications import PulseBand
from nervelight.errors import UnknownName
from nervelight.sources import require_known


def test_red_flags_stand_in_order_of_urgency() -> None:
    ranks = [get_args(Urgency).index(flag.urgency) for flag in red_flags()]
    assert ranks == sorted(ranks)
    assert set(ranks) == set(range(len(get_args(Urgency))))


def test_the_emergencies() -> None:
    now = {flag.id for flag in red_flags() if flag.urgency == "emergency-now"}
    assert now == {"cauda_equina", "climbing_weakness", "spine_infection", "self_harm"}


@pytest.mark.parametrize("flag", red_flags(), ids=lambda flag: flag.id)
def test_a_red_flag_asks_acts_and_cites(flag: RedFlag) -> None:
    assert flag.question.endswith("?")
    assert flag.action.endswith(".")
    assert flag.owner
    assert require_known(flag.sources)


def test_time_limits_without_a_source_are_marked() -> None:
    unverified = {flag.id for flag in red_flags() if flag.unverified}
    assert {"foot_ulcer", "charcot_foot", "zoster_eye", "eye_symptoms", "cancer_pain"} <= unverified
    assert not {"cauda_equina", "foot_drop", "spine_infection"} & unverified


def test_raised_returns_each_once_most_urgent_first() -> None:
    found = raised(["foot_ulcer", "self_harm", "foot_ulcer"])
    assert [flag.id for flag in found] == ["self_harm", "foot_ulcer"]
    assert raised([]) == ()
    assert raised(reversed(red_flag_ids())) == red_flags()


def test_unknown_red_flag() -> None:
    with pytest.raises(UnknownName, match="did you mean 'foot_ulcer'"):
        raised(["cauda_equina", "foot_ulcers"])


@pytest.mark.parametrize("name", contraindication_ids())
def test_a_contraindication_says_when_why_and_who_says_so(name: str) -> None:
    rule = contraindication(name)
    assert rule.id == name
    assert rule.when.endswith(".")
    assert rule.why.endswith(".")
    assert require_known(rule.sources)
    if rule.level != "hard_stop":
        assert rule.clinician_override is None, "only a hard stop can be set aside"


def test_hard_stops() -> None:
    stops = {name: contraindication(name) for name in contraindication_ids()}
    stops = {name: rule for name, rule in stops.items() if rule.level == "hard_stop"}
    assert set(stops) == {
        "beam_to_eye",
        "malignancy_at_site",
        "malignancy_history",
        "pregnancy_abdomen",
        "hyperthyroid_neck",
        "epilepsy",
        "epilepsy_visible_pulsing",
        "porphyria",
    }
    # Neuropathy after chemotherapy comes with a history of cancer, so that stop can be set aside.
    overridable = {name for name, rule in stops.items() if rule.clinician_override}
    assert overridable == {"malignancy_at_site", "malignancy_history", "epilepsy"}


def test_where_they_count() -> None:
    assert contraindication("beam_to_eye").applies_at == "eye"
    assert contraindication("malignancy_at_site").applies_at == "site"
    assert contraindication("malignancy_history").applies_at == "anywhere"


def test_flicker_band_is_read_with_its_unit() -> None:
    band = contraindication("epilepsy_visible_pulsing").pulsing
    assert band is not None
    assert (band.low, band.high) == (3.0, 60.0)
    with pytest.raises(ValidationError, match="no unit"):
        PulseBand.model_validate({"low": 3, "high": 60})
    with pytest.raises(ValidationError, match="low < high"):
        PulseBand.model_validate({"low": "60 Hz", "high": "3 Hz"})


def test_unknown_contraindication() -> None:
    with pytest.raises(UnknownName, match="did you mean 'pacemaker'"):
        contraindication("pacemakers")
