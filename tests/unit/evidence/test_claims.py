"""Claims: each with a verdict, sources, and one sentence that may be said."""

import re

import pytest

from nervelight.documents import read_data, validated
from nervelight.errors import InvalidInput, UnknownName
from nervelight.evidence import CONDITIONS, claim, claim_ids, claims
from nervelight.evidence.claims import Claim, claims_for

# The points of the article that was checked, in its order.
ARTICLE = {
    "definition": "supported",
    "prevalence": "partly",
    "sleep_mood": "partly",
    "anti_inflammatories": "unverifiable",
    "infrared_visible": "wrong",
    "wavelengths": "partly",
    "target_name": "wrong",
    "target_mechanism": "contested",
    "energy_repair": "unsupported",
    "signals_brain": "unverifiable",
    "circulation_conduction": "contested",
    "pain_threshold": "wrong",
    "journal_ebadi": "wrong",
    "ebadi_results": "wrong",
    "dpn_proven": "contested",
    "journal_argenta": "wrong",
    "cipn_pain_qol": "partly",
    "thirty_minutes": "wrong",
    "combination": "unsupported",
    "autoimmune_idiopathic": "unsupported",
    "home_use": "contested",
    "side_effects": "partly",
    "brand_new": "wrong",
    "patient_story": "unverifiable",
    "rat_face_nerve": "wrong",
}
NUMBERS = re.compile(r"\d+(?:[.,]\d+)?")
PROMISES = re.compile(r"promising|proven to|breakthrough|safe and effective|!|cure", re.IGNORECASE)


def test_every_point_of_the_article_is_there_with_its_verdict():
    assert {entry.id: entry.verdict for entry in claims() if entry.made_by == "article"} == ARTICLE


@pytest.mark.parametrize("name", claim_ids())
def test_each_claim_has_reason_sources_and_a_sentence_without_promise(name):
    found = claim(name)
    assert found.reason.endswith(".")
    assert found.may_say.endswith(".")
    assert not PROMISES.search(found.may_say)
    assert not PROMISES.search(found.plain)
    assert len(found.may_say.split()) < 45
    assert found.sources or found.verdict == "unverifiable"
    assert all(pointer.place for pointer in found.sources)


@pytest.mark.parametrize("name", claim_ids())
def test_the_plain_sentence_has_the_numbers_of_the_other(name):
    found = claim(name)
    assert sorted(NUMBERS.findall(found.plain)) == sorted(NUMBERS.findall(found.may_say))


@pytest.mark.parametrize("name", [entry.id for entry in claims() if entry.topic in {"benefit", "reach"}])
def test_a_sentence_about_benefit_says_what_is_not_known(name):
    doubt = (
        r"\b(un|not|no|nobody|only|one|two|small|contradict|without|cannot|found no|did not|out of|may have|"
        r"says nothing|reports? that)"
    )
    assert re.search(doubt, claim(name).may_say, re.IGNORECASE)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_each_condition_is_spoken_of(condition):
    assert len(claims_for(condition)) >= 2


def test_a_study_brings_its_source_and_the_place_in_it():
    (pointer,) = [p for p in claim("dpn_proven").sources if p.study == "zinman2004"]
    assert (pointer.source, pointer.place) == ("zinman2004", "text of the paper, in part")
    assert claim("prevalence").source_keys == ("vanhecke2014", "smith_torrance2012")
    assert claim("patient_story").source_keys == ("nervelight_rule",)


def test_an_unknown_claim_suggests_the_nearest():
    with pytest.raises(UnknownName, match="did you mean 'brand_new'"):
        claim("brand_now")


ENTRY = read_data("nervelight.evidence", "data", "claims.yaml")["claims"][0]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"verdict": "true"}, "verdict"),
        ({"sources": ["nobody1900"]}, "sources[0]"),
        ({"sources": [{"source": "nobody1900", "place": "x"}]}, "sources[0].source"),
        ({"sources": [{"source": "zein2018"}]}, "sources[0].place"),
        ({"conditions": ["headache"]}, "conditions[0]"),
        ({"may_say": "Yes."}, "may_say"),
        ({"mayy_say": "x"}, "mayy_say"),
    ],
)
def test_what_is_wrong_is_refused_where_it_stands(changes, path):
    with pytest.raises(InvalidInput) as caught:
        validated(Claim, {**ENTRY, **changes}, "test")
    assert str(caught.value.faults[0]).startswith(f"{path}:")


def test_a_verdict_without_sources_is_refused():
    with pytest.raises(InvalidInput, match="needs sources"):
        validated(Claim, {**ENTRY, "sources": []}, "test")
