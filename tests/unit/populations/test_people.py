"""People: the same whoever else is drawn, spread as the file says, tied together as it says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from nervelight.populations import draw_people
from nervelight.populations.people import tissue_of
from nervelight.populations.spec import QUANTITIES, Correlation, ItaSpread
from nervelight.populations.taken import common, drawn

MANY = 8192


@pytest.fixture(scope="module")
def many(spec):
    return draw_people(spec, 0, MANY)


@given(first=st.integers(0, 10**7), count=st.integers(1, 40), at=st.integers(0, 39))
def test_a_person_does_not_depend_on_the_others(spec, first, count, at):
    among = draw_people(spec, first, count).probability[at % count]
    alone = draw_people(spec, first + at % count, 1).probability[0]
    assert among.tobytes() == alone.tobytes()


def test_another_seed_gives_other_people(spec):
    other = spec.model_copy(update={"seed": 2})
    assert not np.any(draw_people(spec, 0, 10).probability == draw_people(other, 0, 10).probability)


def test_each_quantity_alone_is_uniform(many):
    # Kolmogorov-Smirnov at a level at which one of 13 quantities fails once in ten thousand seeds.
    p = [stats.kstest(many.probability[:, column], "uniform").pvalue for column in range(len(QUANTITIES))]
    assert min(p) > 1e-5


def test_correlations_are_those_of_the_file_and_no_others(many, spec):
    scores = stats.norm.ppf(many.probability)
    found = np.corrcoef(scores, rowvar=False)
    wanted = spec.people.correlation_matrix
    # Fisher's z has the standard deviation 1 / sqrt(n - 3).
    off = ~np.eye(len(QUANTITIES), dtype=bool)
    z = (np.arctanh(found[off]) - np.arctanh(wanted[off])) * np.sqrt(MANY - 3)
    assert np.abs(z).max() < 4.5


def test_phototypes_and_neuropathy_occur_in_their_shares(many, spec):
    for number, (_, share) in enumerate(spec.people.phototype.shares.items(), 1):
        assert np.mean(many.phototype == number) == pytest.approx(share, abs=4.5 * np.sqrt(share / MANY))
    assert many.neuropathy.all()


def test_all_that_is_drawn_is_told_with_its_source_or_as_an_assumption(spec):
    rows = [*drawn(spec), *common()]
    assert all("source: " in row.why or "assumption" in row.why for row in rows)
    told = {row.what: row.value for row in rows}
    assert told["nerve depth, Sole of the foot (forefoot), with neuropathy"] == "4 to 8.1 mm, median 5.4"
    assert [name for name in told if "phototype" in name] == [
        f"melanosomes, palms and soles, phototype {tones}" for tones in ("I, II", "III, IV", "V, VI")
    ]
    # Half with neuropathy and half without: where it changes something, both are told.
    half = spec.people.model_copy(update={"neuropathy": spec.people.neuropathy.model_copy(update={"share": 0.5})})
    both = [row.what for row in drawn(spec.model_copy(update={"people": half})) if row.what.startswith("nerve depth")]
    assert [name.rsplit(", ", 1)[1] for name in both] == ["with neuropathy", "without neuropathy"]


def test_what_does_not_occur_is_never_drawn(spec):
    shares = spec.people.phototype.model_copy(update={"shares": {"II": 0.5, "V": 0.5}})
    only = spec.model_copy(update={"people": spec.people.model_copy(update={"phototype": shares})})
    assert set(draw_people(only, 0, 500).phototype) == {2, 5}


def test_spreads_stay_between_their_ends_with_half_on_either_side(many):
    assert many.age.min() >= 35 and many.age.max() <= 90
    assert np.mean(many.age < 62) == pytest.approx(0.5, abs=4.5 * 0.5 / np.sqrt(MANY))
    assert many.bmi.min() >= 18 and many.bmi.max() <= 50


def test_darker_people_have_more_melanin_where_palms_do_not_hide_it(many, spec):
    shin = spec.protocols[0].model_copy(update={"site": "dorsal_foot"})
    melanin = tissue_of(many, shin)["melanosome_fraction"]
    medians = [np.median(melanin[many.phototype == tone]) for tone in (1, 3, 6)]
    assert medians == sorted(medians) and medians[2] > 2 * medians[0]


def test_who_is_older_has_neuropathy_more_often_where_the_file_says_so(spec):
    """A positive correlation: by the normal copula 1/4 + asin(r) / (2 pi) are old and have it, of halves of both."""
    tie = Correlation(between=("age", "neuropathy"), r=0.6, assumption="for the test")
    half = spec.people.neuropathy.model_copy(update={"share": 0.5})
    people = spec.people.model_copy(update={"neuropathy": half, "correlations": (tie,)})
    drawn = draw_people(spec.model_copy(update={"people": people}), 0, 2048)
    share = 0.25 + np.arcsin(0.6) / (2 * np.pi)
    both = np.mean(drawn.neuropathy & (drawn.age > 62))
    assert both == pytest.approx(share, abs=4.5 * np.sqrt(share * (1 - share) / 2048))


def test_neuropathy_brings_the_variant_of_the_site(many, spec):
    healthy = spec.people.neuropathy.model_copy(update={"share": 0.0})
    without = spec.model_copy(update={"people": spec.people.model_copy(update={"neuropathy": healthy})})
    plain = tissue_of(draw_people(without, 0, MANY), spec.protocols[0])
    thinner = tissue_of(many, spec.protocols[0])
    assert np.median(thinner["subcutaneous_fat"]) < np.median(plain["subcutaneous_fat"])
    assert np.array_equal(thinner["dermis"], plain["dermis"])


def test_the_angle_of_skin_tone_is_normal_in_whole_degrees(spec):
    spread = ItaSpread(mean="30 deg", sd="15 deg", assumption="for the test")
    people = spec.people.model_copy(update={"phototype": None, "ita": spread})
    drawn = draw_people(spec.model_copy(update={"people": people}), 0, MANY)
    assert np.array_equal(drawn.ita, np.round(drawn.ita))
    assert drawn.ita.mean() == pytest.approx(30, abs=4.5 * 15 / np.sqrt(MANY))
    assert drawn.ita.std() == pytest.approx(15, rel=4.5 / np.sqrt(2 * MANY))
    dark, light = drawn.ita < 0, drawn.ita > 50
    melanin = tissue_of(drawn, spec.protocols[0])["melanosome_fraction"]
    assert np.median(melanin[dark]) > np.median(melanin[light])
