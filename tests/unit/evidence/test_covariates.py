"""Meta-regression on what studies say of themselves."""

from typing import get_args

import pytest

from nervelight.errors import UnknownName
from nervelight.evidence import Covariate, covariate_of, effects_for, regress, regress_outcome, study, study_ids
from nervelight.evidence import covariates as room


@pytest.mark.parametrize(
    ("name", "covariate", "value"),
    [
        ("zinman2004", "people", 50),
        ("zinman2004", "weeks", 4),
        ("zinman2004", "sessions", 8),
        ("zinman2004", "wavelength_nm", None),
        ("yamany2012", "wavelength_nm", 850),
        ("yamany2012", "radiant_exposure_j_cm2", 5.7),
        ("yamany2012", "irradiance_mw_cm2", 6.33),
        ("yamany2012", "design_and_conduct", 3),
        # Its numbers contradict each other: nothing is taken from them.
        ("konstantinovic2010_cervical", "irradiance_mw_cm2", None),
        ("hauser2011", "weeks", None),
    ],
)
def test_covariates_are_those_of_the_files(name, covariate, value):
    found = covariate_of(study(name), covariate)
    assert found is None if value is None else found == pytest.approx(value, abs=0.005)


def test_every_covariate_can_be_asked_of_every_study():
    for covariate in get_args(Covariate):
        values = [covariate_of(study(name), covariate) for name in study_ids()]
        assert any(value is not None for value in values)
    with pytest.raises(UnknownName, match="did you mean 'weeks'"):
        covariate_of(study("zinman2004"), "week")


def test_too_few_trials_are_said_to_be_too_few_and_named():
    found = regress_outcome(None, "pain", "weeks", "standardised")
    assert found.regression is None
    assert found.reason.startswith("not estimable: ")
    effects, without = effects_for(None, "pain", "standardised")
    assert len(found.points) + len(found.lacking) == len([e for e in effects if not e.set_aside]) + len(without)


def test_enough_trials_are_regressed_on_any_numbers_given(monkeypatch):
    monkeypatch.setattr(room, "LEAST_FOR_REGRESSION", 4)
    effects = [e for e in effects_for(None, "pain", "standardised")[0] if not e.set_aside]
    values = {effect.study_id: float(index**2) for index, effect in enumerate(effects)}
    found = regress_outcome(None, "pain", values, "standardised")
    expected = regress([e.value for e in effects], [e.variance for e in effects], list(values.values()))
    assert found.regression == expected
    same = regress_outcome(None, "pain", dict.fromkeys(values, 1.0), "standardised")
    assert "do not vary" in same.reason
