"""Text packs: a Questionnaire held against the rules, kept with its licence, and read back. No licensed words here."""

import datetime as dt
import hashlib
import json
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nervelight.assessment import (
    install_pack,
    installed_pack,
    installed_packs,
    instrument,
    pack_languages,
    questionnaire_template,
    remove_pack,
    review_pack,
    scorable_ids,
    score_answers,
    scoring,
    wording,
    wording_languages,
)
from nervelight.assessment.questionnaire import (
    CALCULATED,
    ENABLED_WHEN,
    FILL_IN,
    HIDDEN,
    ITEM_WEIGHT,
    LOINC,
    ORDINAL_VALUE,
)
from nervelight.assessment.questionnaire_wording import questionnaire_wording
from nervelight.errors import InvalidInput, UnknownName, ValidityError

DAY = dt.date(2026, 1, 5)
FITTING = [name for name in scorable_ids() if name != "gas"]
SHIPPED = [name for name in FITTING if instrument(name).licence.ship in ("text", "own_text")]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("NERVELIGHT_DATA", str(tmp_path / "data"))
    return tmp_path


def filled(name: str, words=None, language: str = "de") -> dict:
    """Return the template of an instrument with `words` for each gap, or words that say nothing."""
    given_words = iter(words or (f"Words {k}" for k in range(1, 1000)))

    def fill(part):
        if isinstance(part, dict):
            return {key: fill(value) for key, value in part.items()}
        if isinstance(part, list):
            return [fill(value) for value in part]
        return next(given_words) if part == FILL_IN else part

    return fill(questionnaire_template(name, language))


def review(folder, form, name="isi", **said):
    path = folder / "form.json"
    path.write_text(form if isinstance(form, str) else json.dumps(form), encoding="utf-8")
    known = {"accepted_by": "A. Clinician", "terms": "licence 1 of the demonstration", "on": DAY}
    return review_pack(path, instrument_id=name, **known | said)


def install(folder, form, name="isi", replace=False, **said):
    return install_pack(review(folder, form, name, **said), replace=replace)


def faults_of(folder, form, name="isi", **said) -> dict[str, str]:
    with pytest.raises(InvalidInput) as problem:
        review(folder, form, name, **said)
    return {fault.path: str(fault) for fault in problem.value.faults}


def option(value, text="Words", **more):
    return {
        "extension": [{"url": ORDINAL_VALUE, "valueDecimal": value}],
        "valueCoding": {"code": "c", "display": text},
    } | more


# ---- a template, filled in, is a pack


WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=30).filter(
    lambda text: text.strip() == text and len(text.splitlines()) == 1 and FILL_IN not in text
)


@pytest.mark.parametrize("name", FITTING)
@settings(max_examples=15)
@given(data=st.data())
def test_a_filled_template_gives_its_words_back_item_by_item(name, data):
    form = questionnaire_template(name, "de")
    gaps = json.dumps(form).count(FILL_IN)
    words = data.draw(st.lists(WORDS, min_size=gaps, max_size=gaps))
    form = filled(name, words)
    found = questionnaire_wording(form, "form.json", name)
    blocks = scoring(name).items()
    assert found.items == tuple(item["text"] for item in form["item"])
    assert (found.intro, found.closing, found.language) == ("", "", "de")
    for number, (item, block) in enumerate(zip(form["item"], blocks, strict=True), 1):
        shown = {
            entry["extension"][0]["valueDecimal"]: entry["valueCoding"]["display"]
            for entry in item.get("answerOption", [])
        }
        expected = tuple(shown[float(answer)] for answer in block.possible) if shown else ()
        assert found.answers_to(number) == expected


@pytest.mark.parametrize("name", FITTING)
def test_what_is_installed_is_what_was_reviewed(name, folder):
    text = json.dumps(filled(name), indent=2) + "\r\n"
    pack = review(folder, text, name)
    assert installed_packs() == () and not (folder / "data").exists()
    file = install_pack(pack)
    assert file == pack.file == folder / "data" / "packs" / f"{name}.de.json"
    assert installed_pack(name, "de") == pack
    assert wording(name, "de") == pack.wording
    # To the letter.
    given_file = (folder / "form.json").read_bytes()
    assert pack.record.questionnaire.encode() == given_file
    assert pack.record.sha256 == hashlib.sha256(given_file).hexdigest()


@pytest.mark.parametrize("name", [name for name in FITTING if name not in SHIPPED])
def test_the_template_itself_is_no_pack(name, folder):
    told = faults_of(folder, questionnaire_template(name), name)
    assert "copyright" in told and all(f"item[{k}].text" in told for k in range(len(scoring(name).items())))


@pytest.mark.parametrize(
    ("links", "wrong"),
    [
        (("1", "2", "3", "4", "5", "7", "6"), (6,)),
        (("2", "1", "3", "4", "5", "6", "7"), (1,)),
        (("1.9", "1.10", "1.11", "2", "2.1", "3", "3.5"), ()),
        (("1.10", "1.9", "2", "3", "4", "5", "6"), (1,)),
        (("3", "b", "1", "a", "4", "c", "9"), (2,)),
        (("q9", "q2", "/44250-9", "g", "f", "e", "d"), ()),  # these do not count
    ],
)
def test_numbered_questions_stand_in_their_order(links, wrong, folder):
    form = filled("isi")
    for item, link in zip(form["item"], links, strict=True):
        item["linkId"] = link
    if not wrong:
        assert review(folder, form).wording.items
        return
    told = faults_of(folder, form)
    assert set(told) == {f"item[{k}].linkId" for k in wrong}
    assert "points and alarms go by the order" in next(iter(told.values()))


@pytest.mark.parametrize("group", [False, True])
@pytest.mark.parametrize(
    "condition",
    [
        {"enableWhen": [{"question": "2", "operator": "exists", "answerBoolean": True}]},
        {"extension": [{"url": ENABLED_WHEN, "valueExpression": {"language": "text/fhirpath", "expression": "true"}}]},
    ],
)
def test_a_question_that_is_asked_under_a_condition_is_refused(condition, group, folder):
    form = filled("isi")
    if group:
        form["item"][3] = {"linkId": "g", "type": "group", "item": [form["item"][3]]}
    form["item"][3] |= condition
    assert list(faults_of(folder, form)) == ["item[3].enableWhen"]
    # What is left out may be asked under one.
    form = filled("isi")
    form["item"].append({"linkId": "note", "type": "text", "text": "Not scored"} | condition)
    assert review(folder, form, left_out=["note"]).wording.left_out == ("note",)


def test_answers_are_scored_in_the_order_of_the_pack(folder):
    install(folder, filled("isi"))
    words = wording("isi")
    assert score_answers("isi", [0.0] * len(words.items)).score == 0


# ---- what a Questionnaire may look like


def test_groups_and_displays_become_text_above_and_below_the_questions(folder):
    one, two = filled("pro_ctcae_numbness")["item"]
    one["item"] = [{"linkId": "1h", "type": "display", "text": "Help for item 1"}]
    form = filled("pro_ctcae_numbness") | {
        "title": "Demonstration",
        "item": [
            {"linkId": "a", "type": "display", "text": "Above all"},
            {"linkId": "b", "type": "group", "text": "Part 1", "item": [one]},
            {
                "linkId": "c",
                "type": "group",
                "item": [{"linkId": "d", "type": "group", "text": "Part 2", "item": [two]}],
            },
            {"linkId": "e", "type": "display", "text": "Below all\r\nand more"},
        ],
    }
    found = review(folder, form, "pro_ctcae_numbness").wording
    assert found.title == "Demonstration"
    assert found.intro == "Above all\nPart 1"
    assert found.items == (f"{one['text']}\nHelp for item 1", f"Part 2\n{two['text']}")
    assert found.closing == "Below all\nand more"


def test_what_is_computed_or_hidden_is_no_question_and_a_site_leaves_out_what_is_not_scored(folder):
    form = filled("isi")
    form["item"] += [
        {"linkId": "sum", "type": "decimal", "text": "Sum", "readOnly": True},
        {"linkId": "sum2", "type": "decimal", "text": "Sum", "extension": [{"url": CALCULATED, "valueExpression": {}}]},
        {"linkId": "id", "type": "string", "text": "Id", "extension": [{"url": HIDDEN, "valueBoolean": True}]},
    ]
    assert len(review(folder, form).wording.items) == 7
    shown = {"linkId": "note", "type": "string", "text": "Note", "extension": [{"url": HIDDEN, "valueBoolean": False}]}
    form["item"].insert(0, shown)
    assert "--leave-out LINKID" in faults_of(folder, form)["item"]
    pack = review(folder, form, left_out=["note"])
    assert pack.wording.items == review(folder, filled("isi")).wording.items
    install_pack(pack)
    assert installed_pack("isi", "de") == pack
    assert pack.wording.left_out == ("note",)
    assert "did you mean 'note'" in faults_of(folder, form, left_out=["note", "notes"])["left_out"]


@pytest.mark.parametrize(
    "options",
    [
        [option(k) for k in range(5)],
        [
            {"extension": [{"url": ITEM_WEIGHT, "valueDecimal": k}], "valueCoding": {"display": "Words"}}
            for k in range(5)
        ],
        [
            {"valueCoding": {"display": "Words", "extension": [{"url": ORDINAL_VALUE, "valueInteger": k}]}}
            for k in range(5)
        ],
        [{"valueInteger": k} for k in range(5)],
        [{"valueCoding": {"code": str(k)}} for k in range(5)],
        [{"extension": [{"url": ITEM_WEIGHT, "valueDecimal": k}], "valueString": "Words"} for k in range(5)],
        [option(k, valueCoding={"code": str(9 - k), "display": "Words"}) for k in range(5)],
    ],
)
def test_the_number_of_an_answer_may_stand_in_many_places(options, folder):
    form = filled("isi")
    form["item"][3]["answerOption"] = options
    assert review(folder, form).wording.item_answers[3] in (("Words",) * 5, ("",) * 5)


@pytest.mark.parametrize("expanded", [True, False])
def test_answers_may_stand_in_a_value_set_of_the_file(expanded, folder):
    form = filled("isi")
    codings = [{"code": f"c{k}", "display": f"Answer {k}", "extension": option(k)["extension"]} for k in range(5)]
    other = {"resourceType": "ValueSet", "id": "other", "compose": {"include": [{"system": "s"}]}}
    lists = {"expansion": {"contains": codings}} if expanded else {
        "compose": {"include": [{"system": "a", "concept": codings[:3]}, {"system": "b", "concept": codings[3:]}]}
    }  # fmt: skip
    form["contained"] = [other, {"resourceType": "ValueSet", "id": "often"} | lists]
    del form["item"][3]["answerOption"]
    form["item"][3]["answerValueSet"] = "#often"
    assert review(folder, form).wording.answers_to(4) == tuple(f"Answer {k}" for k in range(5))
    codings[4]["extension"][0]["valueDecimal"] = 7
    place = "contained[1].expansion.contains[4]" if expanded else "contained[1].compose.include[1].concept[1]"
    assert list(faults_of(folder, form)) == [place]
    del codings[4]["extension"]
    assert list(faults_of(folder, form)) == [place]
    for reference in ("#other", "#none", "often"):
        form["item"][3]["answerValueSet"] = reference
        assert list(faults_of(folder, form)) == ["item[3].answerValueSet"]


def test_a_form_as_lhc_forms_exports_it(folder):
    """LOINC codes for answers, their numbers in an extension beside a prefix, a computed sum, no language."""

    def answer(k):
        prefix = {"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-optionPrefix", "valueString": f"{k}"}
        weight = {"url": ORDINAL_VALUE, "valueDecimal": k}
        return {
            "extension": [prefix, weight],
            "valueCoding": {"system": LOINC, "code": f"LA{k}-0", "display": f"A {k}"},
        }

    link = {"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-observationLinkPeriod"}
    items = [
        {
            "linkId": f"/{code}",
            "type": "choice",
            "required": True,
            "code": [{"system": LOINC, "code": code, "display": "Item"}],
            "extension": [link | {"valueDuration": {"value": "1", "unit": "year"}}],
            "text": f"Item {number}",
            "answerOption": [answer(k) for k in range(4)],
        }
        for number, code in enumerate(instrument("phq9").loinc.items, 1)
    ]
    more = {"linkId": "/more", "type": "choice", "text": "One more", "answerOption": [answer(k) for k in range(4)]}
    total = {"linkId": "/sum", "type": "decimal", "extension": [{"url": CALCULATED, "valueExpression": {"a": "b"}}]}
    form = {
        "resourceType": "Questionnaire",
        "status": "draft",
        "meta": {"profile": ["http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire|3.5.0"]},
        "title": "Demonstration",
        "code": [{"system": LOINC, "code": "44249-1"}],
        "subjectType": ["Patient"],
        "item": [*items, more, total],
    }
    assert set(faults_of(folder, form, "phq9")) == {"language", "item"}
    found = review(folder, form, "phq9", language="de", left_out=["/more"]).wording
    assert found.items == tuple(f"Item {number}" for number in range(1, 10))
    assert found.answers == ("A 0", "A 1", "A 2", "A 3")


def test_the_first_items_of_the_sleep_form_run_backwards(folder):
    form = filled("promis_sd_4a")
    assert [o["valueCoding"]["code"] for o in form["item"][0]["answerOption"]] == ["5", "4", "3", "2", "1"]
    shown = [o["valueCoding"]["display"] for o in form["item"][0]["answerOption"]]
    assert review(folder, form, "promis_sd_4a").wording.answers_to(1) == tuple(shown[::-1])
    form["item"][0]["answerOption"].reverse()
    assert "5, 4, 3, 2, 1, in this order" in faults_of(folder, form, "promis_sd_4a")["item[0].answerOption"]


def test_points_in_place_of_the_numbers_of_a_reversed_item_are_refused(folder):
    form = filled("fact_gog_ntx")
    form["item"][2]["answerOption"] = [option(4 - k) for k in range(5)]
    told = faults_of(folder, form, "fact_gog_ntx")
    assert list(told) == ["item[2].answerOption"] and "0, 1, 2, 3, 4, in this order" in told["item[2].answerOption"]


@pytest.mark.parametrize("values", [(0, 1), (1, 0), (0, 5), (5, 0)])
def test_yes_and_no_by_answer_or_by_points_in_either_order(values, folder):
    form = filled("lanss")
    form["item"][0]["answerOption"] = [option(value, "yes" if value else "no") for value in values]
    assert review(folder, form, "lanss").wording.answers_to(1) == ("no", "yes")
    form["item"][0] = {"linkId": "1", "type": "boolean", "text": "Item 1"}
    assert review(folder, form, "lanss").wording.answers_to(1) == ()


def test_choices_by_their_number_or_by_their_points(folder):
    form = filled("paindetect")
    for values in ((1, 2, 3, 4), (0, -1, 1, 1)):
        form["item"][7]["answerOption"] = [option(value, f"Picture {k}") for k, value in enumerate(values, 1)]
        found = review(folder, form, "paindetect").wording
        assert found.answers_to(8) == ("Picture 1", "Picture 2", "Picture 3", "Picture 4")


def test_a_mark_before_the_text_is_no_fault_and_belongs_to_the_file(folder):
    pack = review(folder, "\ufeff" + json.dumps(filled("isi")))
    install_pack(pack)
    assert installed_pack("isi", "de").record.questionnaire.startswith("\ufeff")


# ---- what is refused, each with its place


def change(path, value):
    """Return a change of one place of a form."""

    def apply(form):
        *way, last = path
        for step in way:
            form = form[step]
        form[last] = value

    return apply


OPTION = ("item", 1, "answerOption")
SECOND = "item[1].answerOption[2]"


@pytest.mark.parametrize(
    ("spoil", "path", "told"),
    [
        (change(("resourceType",), "Bundle"), "resourceType", "Questionnaire"),
        (change(("status",), "retired"), "status", "one of draft, active, unknown"),
        (lambda form: form.pop("status"), "status", "missing"),
        (lambda form: form.pop("language"), "language", "--language says it where the file does not"),
        (change(("language",), "../de"), "language", "the tag of a language"),
        (lambda form: form.pop("copyright"), "copyright", "--copyright says it where the file does not"),
        (change(("copyright",), " "), "copyright", "missing"),
        (change(("title",), "a\x1b[2J"), "title", "without control characters"),
        (lambda form: form.pop("item"), "item", "got 0; needs 7 questions"),
        (lambda form: form["item"].pop(), "item", "got 6; needs 7 questions"),
        (lambda form: form["item"].append(deepcopy(form["item"][0]) | {"linkId": "8"}), "item", "got 8; needs 7"),
        (change(("item", 2, "linkId"), "1"), "item[2].linkId", "a linkId that no other item has"),
        (lambda form: form["item"][2].pop("linkId"), "item[2].linkId", "missing"),
        (lambda form: form["item"][2].pop("text"), "item[2].text", "the words of the question"),
        (change(("item", 2, "text"), FILL_IN), "item[2].text", "still those of the template"),
        (change(("item", 2, "text"), "\ud800"), "item[2].text", "without control characters"),
        (change(("item", 2, "text"), 3), "item[2].text", "string"),
        (change(("item", 2, "repeats"), True), "item[2].repeats", "one answer to each question"),
        (change(("item", 2, "type"), "open-choice"), "item[2].type", "one of choice, integer"),
        (change(("item", 2, "type"), "boolean"), "item[2].type", "a whole number from 0 to 4"),
        (change(("item", 2, "answerValueSet"), "#a"), "item[2].answerValueSet", "nothing is looked up elsewhere"),
        (change(("item", 2, "answerOption"), []), "item[2].type", "one of integer, decimal"),
        (lambda form: form["item"][1]["answerOption"].pop(), "item[1].answerOption", "0, 1, 2, 3, 4, in this order"),
        (lambda form: form["item"][1]["answerOption"].reverse(), "item[1].answerOption", "got '4, 3, 2, 1, 0'"),
        (change((*OPTION, 2), option(7)), SECOND, "got 7.0; 2: the answers are 0, 1, 2, 3, 4"),
        (change((*OPTION, 2), option(1)), SECOND, "got 1.0; 2"),
        (change((*OPTION, 2, "extension", 0, "valueDecimal"), 1), SECOND, "itemWeight must agree"),
        (change((*OPTION, 2, "extension"), [{"url": ITEM_WEIGHT}]), SECOND, "the valueDecimal"),
        (change((*OPTION, 2, "extension", 0, "valueDecimal"), True), f"{SECOND}.extension[0].valueDecimal", "number"),
        (change((*OPTION, 2), {"valueCoding": {"code": "LA6", "display": "W"}}), SECOND, "its number"),
        (change((*OPTION, 2), {"valueString": "Words"}), SECOND, "its number"),
        (change((*OPTION, 2, "valueCoding"), {}), SECOND, "the words of the answer"),
        (change((*OPTION, 2, "valueCoding", "display"), "\x07"), SECOND, "without control"),
    ],
)  # fmt: skip
def test_each_corruption_is_refused_with_its_place(spoil, path, told, folder):
    form = filled("isi")
    spoil(form)
    found = faults_of(folder, form)
    assert list(found) == [path]
    assert told in found[path]


@pytest.mark.parametrize(
    ("name", "spoil", "path", "told"),
    [
        ("npsi", change(("item", 4, "extension", 1, "valueInteger"), 9), "item[4].extension[1]", "got 9.0; 10"),
        ("npsi", change(("item", 4, "type"), "string"), "item[4].type", "one of integer, decimal"),
        ("mnsi_e", lambda form: form["item"][2].update(type="integer", answerOption=[]), "item[2].type", "decimal"),
        ("paindetect", change(("item", 7, "answerOption", 0), option(2)), "item[7].answerOption[0]", "1: the answer"),
        ("paindetect", lambda form: form["item"][7].pop("answerOption"), "item[7].type", "the number of a choice"),
        ("dn4", change(("item", 0, "answerOption", 1), option(2)), "item[0].answerOption[1]", "got 2.0; 1"),
        ("dn4", change(("item", 0, "type"), "integer"), "item[0].type", "one of choice"),
        ("mnsi_q", change(("item", 6, "answerOption"), [option(0), option(1)]), "item[6].type", "without answers"),
        ("phq9", change(("code", 0, "code"), "1-8"), "code", "the LOINC code 44249-1"),
        ("phq9", lambda form: form["item"].insert(0, form["item"].pop(3)), "item[0].code", "the LOINC code 44250-9"),
    ],
)  # fmt: skip
def test_each_kind_of_item_is_held_against_its_rules(name, spoil, path, told, folder):
    form = filled(name)
    spoil(form)
    found = faults_of(folder, form, name)
    assert next(iter(found)) == path and told in found[path]


def test_codes_of_another_system_and_missing_ones_are_no_fault(folder):
    form = filled("phq9")
    form["item"][0]["code"] = [{"system": "urn:other", "code": "x"}]
    del form["item"][1]["code"], form["code"]
    form["item"][2]["code"].insert(0, {"system": LOINC, "code": "1-8"})
    assert len(review(folder, form, "phq9").wording.items) == 9


def test_every_fault_is_told_at_once(folder):
    form = filled("isi") | {"status": "gone", "copyright": ""}
    form["item"][0]["text"] = ""
    form["item"][3]["answerOption"][2] = option(9)
    form["item"][3]["answerOption"][4] = option(8)
    found = faults_of(folder, form, accepted_by=" ", terms="\x1b")
    wrong_answers = {f"item[3].answerOption[{k}]" for k in (2, 4)}
    assert set(found) == {"accepted_by", "terms", "status", "copyright", "item[0].text"} | wrong_answers


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", "line 1, column 1"),
        ("{", "line 1, column 2"),
        ("[]", "file"),
        ('{"a": 1, "a": 2}', "file"),
        ('{"a": NaN}', "file"),
        ("[" * 100_000, "file"),
        (
            '{"resourceType": "Questionnaire", "item": [{"linkId": "1", "type": "choice", "text": 1e999}]}',
            "item[0].text",
        ),
    ],
)
def test_what_is_no_json_of_a_questionnaire(text, path, folder):
    assert next(iter(faults_of(folder, text))) == path


def test_a_tree_of_any_depth_is_a_fault_and_no_crash(folder):
    text = '{"linkId": "1", "type": "group", "item": [' * 900 + "]}" * 900
    assert faults_of(folder, f'{{"resourceType": "Questionnaire", "item": [{text}]}}')


def test_a_file_that_cannot_be_read(folder):
    with pytest.raises(InvalidInput, match="a file that exists"):
        review_pack(folder / "none.json", instrument_id="isi", accepted_by="A", terms="B", on=DAY)
    (folder / "latin.json").write_bytes(b'{"title": "\xe9"}')
    with pytest.raises(InvalidInput, match="UTF-8"):
        review_pack(folder / "latin.json", instrument_id="isi", accepted_by="A", terms="B", on=DAY)


@pytest.mark.parametrize(
    ("name", "error", "told"),
    [
        ("gas", ValidityError, "no fixed questions"),
        ("promis_pi_6b", ValidityError, "enter its result"),
        ("isii", UnknownName, "did you mean 'isi'"),
    ],
)
def test_without_rules_there_is_nothing_to_hold_a_pack_against(name, error, told, folder):
    with pytest.raises(error, match=told):
        review(folder, filled("isi"), name)
    with pytest.raises(error, match=told):
        questionnaire_template(name)


# ---- licence, language, copyright


@pytest.mark.parametrize("name", SHIPPED)
def test_english_words_that_are_here_are_not_replaced_and_a_translation_stands_beside_them(name, folder):
    ours = wording(name)
    assert "are here already" in faults_of(folder, filled(name, language="en-US"), name)["language"]
    install(folder, filled(name), name)
    assert wording(name) == wording(name, "en") == wording(name, "en-GB") == ours
    assert wording(name, "de").items != ours.items
    assert wording_languages(name) == ("en", "de")


def test_several_languages_stand_side_by_side(folder):
    assert wording("isi") is None and wording_languages("isi") == ()
    install(folder, filled("isi", language="pt-BR"))
    # Seen in the same process, and the only one there is.
    assert wording("isi").language == "pt-BR"
    install(folder, filled("isi", language="en-US"))
    assert pack_languages("isi") == ("en-us", "pt-br")
    assert wording("isi").language == "en-US"
    assert wording("isi", "pt").language == wording("isi", "PT-br").language == "pt-BR"
    assert wording("isi", "pt-PT") is wording("isi", "p") is None
    with pytest.raises(InvalidInput, match="one of en-us, pt-br"):
        remove_pack("isi")
    assert remove_pack("isi", "en-US").name == "isi.en-us.json"
    remove_pack("isi")
    assert installed_packs() == () and wording("isi") is None
    with pytest.raises(UnknownName, match="none is installed"):
        remove_pack("isi")


def test_a_pack_is_replaced_only_when_told(folder):
    install(folder, filled("isi"))
    with pytest.raises(InvalidInput, match="--replace"):
        install(folder, filled("isi", (f"New {k}" for k in range(99))))
    assert wording("isi").items[0] == "Words 2"
    install(folder, filled("isi", (f"New {k}" for k in range(99))), replace=True)
    assert wording("isi").items[0] == "New 1"


def test_language_and_copyright_may_be_said_beside_the_file_but_not_otherwise_than_in_it(folder):
    bare = {key: value for key, value in filled("isi").items() if key not in ("language", "copyright")}
    pack = review(folder, bare, language="fr", copyright=" Line of the holder ")
    assert (pack.wording.language, pack.wording.copyright) == ("fr", "Line of the holder")
    install_pack(pack)
    assert installed_pack("isi", "fr") == pack
    found = faults_of(folder, filled("isi"), language="fr", copyright="Line of the holder")
    assert set(found) == {"language", "copyright"}
    # Ours, or free: nobody's line is needed.
    assert "copyright" not in filled("phq9")
    assert review(folder, filled("phq9"), "phq9").wording.copyright == ""


def test_who_accepted_which_terms_is_kept_with_the_words(folder):
    pack = review(folder, filled("fact_gog_ntx"), "fact_gog_ntx")
    assert pack.wording.accepted == "by A. Clinician on 2026-01-05: licence 1 of the demonstration"
    assert pack.record.holder_terms == instrument("fact_gog_ntx").licence.terms != ""
    assert pack.record.accepted_on == DAY


# ---- what is on disk


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda text: text[:50], "line "),
        (lambda _: "{}", "instrument: missing"),
        (lambda text: text.replace("Words 3", "Other 3"), "the file that A. Clinician installed on 2026-01-05"),
        (lambda text: text.replace('"instrument":"isi"', '"instrument":"phq9"').replace(
            '"instrument": "isi"', '"instrument": "phq9"'), "that of its name: isi, de"),
        (lambda text: text.replace("{", '{"surprise": 1,', 1), "surprise"),
    ],
)  # fmt: skip
def test_a_damaged_pack_is_named_when_it_is_used_and_can_be_removed(spoil, told, folder):
    file = install(folder, filled("isi"))
    install(folder, filled("dn4"), "dn4")
    text = file.read_text(encoding="utf-8")
    file.write_text(spoil(text), encoding="utf-8")
    assert file.read_text(encoding="utf-8") != text
    for use in (lambda: wording("isi"), lambda: installed_pack("isi", "de")):
        with pytest.raises(InvalidInput, match=told) as problem:
            use()
        assert problem.value.where == str(file)
    # Whoever does not need it does not hear of it.
    assert installed_packs() == (("dn4", "de"), ("isi", "de"))
    assert wording("dn4") is not None
    assert score_answers("isi", [1] * 7).score == 7
    assert remove_pack("isi") == file and not file.exists()


def test_a_pack_that_no_longer_holds_against_the_rules_is_told(folder):
    # As if the rules of a later version had another number of items.
    pack = review(folder, filled("isi"))
    form = filled("isi")
    form["item"].pop()
    text = json.dumps(form)
    digest = hashlib.sha256(text.encode()).hexdigest()
    install_pack(pack)
    pack.file.write_text(pack.record.model_copy(update={"questionnaire": text, "sha256": digest}).model_dump_json())
    with pytest.raises(InvalidInput, match="needs 7 questions") as problem:
        wording("isi")
    assert problem.value.where == str(pack.file)


def test_files_of_others_in_the_folder_are_left_alone(folder):
    file = install(folder, filled("isi"))
    file.with_name("notes.json").write_text("not ours")
    assert installed_packs() == (("isi", "de"),)
