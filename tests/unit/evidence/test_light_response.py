"""Effects against light: estimated where there is enough, and otherwise said not to be."""

import pytest

from nervelight.evidence import Effect, GivenLight, NoEffect, light_response
from nervelight.evidence.light_response import LEAST_FOR_REGRESSION
from nervelight.evidence.pooling import regress

NAMES = [
    "zinman2004",
    "chatterjee2019",
    "rastogi2021",
    "ebrahimi2018",
    "lavery2008",
    "clifft2005",
    "chang2008",
    "jiang2011",
    "irvine2004",
    "sugaya2016",
    "teng2022",
]


def effect(name, value, aside=""):
    return Effect(name, "standardised", value, 0.05, "lower", 20, 20, "VAS", 4.0, set_aside=aside)


def lights(names):
    return {name: GivenLight(10.0 ** (index / 5)) for index, name in enumerate(names)}


def test_ten_trials_are_regressed_on_the_logarithm_of_their_light():
    effects = [effect(name, -0.1 * index + (0.3 if index % 2 else -0.3)) for index, name in enumerate(NAMES)]
    found = light_response("on the skin", effects, [], lights(NAMES), {})
    expected = regress([e.value for e in effects], [e.variance for e in effects], [i / 5 for i in range(len(NAMES))])
    assert found.regression == expected
    assert found.regression.coefficients[1] == pytest.approx(-0.5, abs=0.05)
    assert found.reason == ""
    assert found.lacking == ()


def test_nine_are_too_few_and_say_so():
    names = NAMES[: LEAST_FOR_REGRESSION - 1]
    found = light_response("at the nerve", [effect(n, 0.0) for n in names], [], lights(names), {})
    assert found.regression is None
    assert found.reason == "not estimable: 9 of the 10 trials needed have an effect size and this light"
    assert len(found.points) == 9


def test_the_same_light_everywhere_explains_nothing():
    same = dict.fromkeys(NAMES, GivenLight(5.0))
    found = light_response("on the skin", [effect(n, 0.1) for n in NAMES], [], same, {})
    assert found.reason == "not estimable: all trials gave the same light"


def test_what_is_missing_is_named_by_paper():
    effects = [effect("zinman2004", -0.5), effect("chatterjee2019", -0.4, aside="too good")]
    without = [NoEffect("chang2008", ("standard deviation of each arm",)), NoEffect("leal2022", ("numbers",))]
    lacks = {"zinman2004": ["radiant exposure"], "leal2022": ["spot area"]}
    found = light_response("at the nerve", effects, without, {"chang2008": GivenLight(12, 4, 26)}, lacks)
    assert dict(found.lacking) == {
        "zinman2004": ("radiant exposure",),
        "chang2008": ("standard deviation of each arm",),
        "leal2022": ("numbers", "spot area"),
    }
    # Its light is known and its effect is not: it stands by its verdict.
    assert [(verdict.study_id, verdict.says) for verdict in found.verdicts] == [("chang2008", "favours_light")]
    assert found.points == ()


def test_two_lights_are_compared_over_the_same_trials():
    effects = [effect(name, -0.1 * index + (0.3 if index % 2 else -0.3)) for index, name in enumerate(NAMES)]
    ten = NAMES[:10]
    found = light_response("on the skin", effects, [], lights(NAMES), {}, among=ten)
    assert found.regression.k == 10
    assert len(found.points) == len(NAMES)
    few = light_response("on the skin", effects, [], lights(NAMES), {}, among=NAMES[:4])
    assert few.reason == "not estimable: 4 of the 10 trials needed have an effect size, this light and the other"
