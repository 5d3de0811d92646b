"""``nervelight instruments pack`` and ``form``: from a template to a form with the words of a site."""

import json
import re
from io import StringIO
from pathlib import Path

import pytest

from nervelight.assessment import instrument, instrument_ids, scorable_ids, wording

ROOT = Path(__file__).resolve().parents[2]
WHO = ("--accepted-by", "A. Clinician", "--terms", "licence 1 of the demonstration")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("NERVELIGHT_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "packs"


@pytest.fixture
def form(call, tmp_path):
    """Write the template of an instrument with a number for each of its gaps."""

    def write(name, *options):
        answer = call("instruments", "pack", "template", name, *options)
        assert answer.code == 0, answer
        numbers = iter(range(1, 1000))
        path = tmp_path / f"{name}.json"
        path.write_text(re.sub(r"\(fill in\)", lambda _: f"Words {next(numbers)}", answer.out), encoding="utf-8")
        return path

    return write


def add(call, path, name, *more):
    return call("instruments", "pack", "add", path, "--instrument", name, *WHO, "--yes", *more)


def said(text):
    return " ".join(text.split())


def test_a_pack_is_added_listed_shown_and_removed(call, form, folder):
    assert said(call("instruments", "pack", "list").out) == "No text pack is installed."
    added = add(call, form("fact_gog_ntx"), "fact_gog_ntx")
    assert added.code == 0, added
    assert "English version free after registration" in said(added.out) and "Installed:" in added.out
    listed = call("instruments", "pack", "list")
    assert "A. Clinician" in listed.out and "licence 1 of the demonstration" in said(listed.out)
    (record,) = json.loads(call("instruments", "pack", "list", "--json").out)
    assert (record["instrument"], record["language"], record["copyright"]) == ("fact_gog_ntx", "en", "Words 1")
    assert record["file"] == str(folder / "fact_gog_ntx.en.json") and "questionnaire" not in record
    shown = call("instruments", "show", "fact_gog_ntx")
    for told in (
        "from a text pack",
        "11 Words 62",
        "0 Words 63; 1 Words 64",
        "copyright Words 1",
        "by A. Clinician on ",
    ):
        assert told in said(shown.out)
    table = call("instruments", "list").out
    assert "here (pack)" in next(line for line in table.splitlines() if line.split()[:1] == ["fact_gog_ntx"])
    assert table.count("(pack)") == 1
    assert max(map(len, (table + shown.out + listed.out).splitlines())) <= 80
    assert call("instruments", "pack", "remove", "fact_gog_ntx").code == 0
    assert not list(folder.iterdir())
    assert "not here" in call("instruments", "show", "fact_gog_ntx").out


def test_nothing_is_installed_before_the_terms_are_accepted(call, form, folder, monkeypatch):
    path = form("isi")
    words = ("instruments", "pack", "add", path, "--instrument", "isi", *WHO)
    for fits, accepts, code in (("n", "y", 130), ("", "y", 130), ("y", "n", 130), ("y", "", 130), ("y", "y", 0)):
        monkeypatch.setattr("sys.stdin", StringIO(f"{fits}\n{accepts}\n"))
        assert call(*words).code == code
        assert folder.exists() == (code == 0)
    assert call(*words[:-2], "--yes").code == 2
    assert call("instruments", "pack", "add", path, "--instrument", "isi", *WHO[2:]).code == 2


def test_each_question_stands_beside_its_item_with_points_and_alarm_before_consent(call, form, folder, monkeypatch):
    path = form("phq9", "--language", "de")
    data = json.loads(path.read_text(encoding="utf-8"))
    texts = [item["text"] for item in data["item"]]
    data["item"][0]["text"], data["item"][8]["text"] = texts[8], texts[0]
    path.write_text(json.dumps(data), encoding="utf-8")
    monkeypatch.setattr("sys.stdin", StringIO("n\n"))
    answer = call("instruments", "pack", "add", path, "--instrument", "phq9", *WHO)
    assert answer.code == 130 and not folder.exists()
    assert max(map(len, answer.out.splitlines())) <= 80
    told = said(answer.out)
    assert f"item 1 {texts[8]} here Little interest or pleasure in doing things points Words 2 = 0; Words 3 = 1" in told
    assert re.search(
        f"item 9 {texts[0]} here Thoughts that you would be better off dead .* ALARM an answer above 0:", told
    )
    assert told.count("ALARM") == 1 and "self-harm pathway" in told
    assert told.index("ALARM") < told.index("ask what its item asks")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("fact_gog_ntx", "Words 3 = 4; Words 4 = 3"),  # turned round
        ("mnsi_q", "points none: it is asked and not counted"),
        ("mnsi_q", "points no = 1; yes = 0"),
        ("paindetect", "= -1"),
        ("bpi_sf", "points 0 to 10 give 0 to 10"),
    ],
)
def test_points_are_told_as_they_are_scored(name, told, call, form):
    assert told in said(add(call, form(name, "--language", "de"), name).out)


def test_faults_are_told_with_their_place_and_nothing_is_written(call, form, folder):
    path = form("isi")
    data = json.loads(path.read_text(encoding="utf-8"))
    data["item"][3]["answerOption"][2]["extension"][0]["valueDecimal"] = 3
    del data["copyright"], data["item"][0]["text"]
    path.write_text(json.dumps(data), encoding="utf-8")
    answer = add(call, path, "isi")
    assert answer.code == 1
    told = said(answer.err)
    for part in ("3 faults; nothing was written", "copyright: missing", "item[0].text", "item[3].answerOption[2]: got"):
        assert part in told
    assert not folder.exists()


def test_a_language_of_the_words_is_chosen(call, form):
    path = form("phq9", "--language", "de")
    assert add(call, path, "phq9").code == 0
    assert "already" in said(add(call, form("phq9"), "phq9").err)
    assert "Little interest" in call("instruments", "show", "phq9").out
    assert "Words 1" in call("instruments", "show", "phq9", "--language", "de").out
    assert "Words 1" in call("instruments", "form", "phq9", "--language", "de").out
    assert (
        json.loads(call("instruments", "show", "phq9", "--language", "de", "--json").out)["wording"]["language"] == "de"
    )
    unknown = call("instruments", "form", "phq9", "--language", "fr")
    assert unknown.code == 1 and "(de, en)" in unknown.err
    assert "here (pack)" not in call("instruments", "list").out
    entry = next(e for e in json.loads(call("instruments", "list", "--json").out) if e["id"] == "phq9")
    assert entry["packs"] == ["de"]


def test_a_form_with_a_question_left_out_says_that_it_is_not_whole(call, form):
    path = form("isi")
    data = json.loads(path.read_text(encoding="utf-8"))
    data["item"].insert(2, {"linkId": "note", "type": "text", "text": "Not scored"})
    path.write_text(json.dumps(data), encoding="utf-8")
    assert add(call, path, "isi", "--leave-out", "note").code == 0
    printed = said(call("instruments", "form", "isi").out)
    assert "what is not scored was left out of the form" in printed and "Not scored" not in printed
    assert "left out note" in said(call("instruments", "pack", "list").out)


def test_a_damaged_pack_stops_only_what_needs_it(call, form, folder):
    add(call, form("isi"), "isi")
    (folder / "isi.en.json").write_text("{", encoding="utf-8")
    for words in (("list",), ("list", "--json"), ("show", "peg"), ("score", "isi", *"0000000")):
        assert call("instruments", *words).code == 0
    listed = call("instruments", "pack", "list")
    assert listed.code == 0 and "damaged" in listed.out
    assert "isi.en.json" in json.loads(call("instruments", "pack", "list", "--json").out)[0]["damaged"]
    for words in (("show", "isi"), ("form", "isi")):
        answer = call("instruments", *words)
        assert answer.code == 1 and "isi.en.json" in answer.err.replace("\n", "")
    assert call("instruments", "pack", "remove", "isi").code == 0


@pytest.mark.parametrize("name", [name for name in instrument_ids() if wording(name)])
def test_a_form_has_every_question_and_answer_within_80_columns(call, name):
    answer = call("instruments", "form", name)
    assert answer.code == 0, answer
    assert max(map(len, answer.out.splitlines())) <= 80
    words = wording(name)
    for item in words.items:
        assert said(item) in said(answer.out)
    for text in words.answers:
        assert len(re.findall(rf"\[ \] ([\d.]+ )?{text}\b", answer.out)) == len(words.items)
    assert instrument(name).licence.attribution in answer.out


def test_answers_stand_by_their_number_and_staff_are_told_what_needs_care(call):
    asked = call("instruments", "form", "peg").out
    assert asked.count("[0]  [1]  [2]  [3]  [4]  [5]  [6]  [7]  [8]  [9]  [10]") == 3
    assert "[ ] 3 Nearly every day" in call("instruments", "form", "gad2").out
    assert "[0]  [0.5]  [1]" in call("instruments", "form", "mnsi_e").out
    assert "item 9 above 0: Follow the local self-harm pathway" in said(call("instruments", "form", "phq9").out)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        (
            "monofilament_10g",
            {"iwgdf left missed of 3: site 1 _____, site 2 _____, site 3 _____ right missed": 1, "site 3 _": 2,
             "eight_stimuli left _____ of 8 missed right _____ of 8 missed": 1},
        ),
        (
            "vibration_128",
            {"biothesiometer left threshold _____ V right threshold _____ V": 1, "_____ of 8 missed": 4,
             "timed left the examiner feels it longer by _____ s right": 1},
        ),
        ("sixmwt", {"Distance _____ m Course _____": 2, "test 2 Date _____": 1, "At most 7 days between them": 1}),
    ],
)  # fmt: skip
def test_the_form_of_a_test_has_a_gap_for_each_number_that_a_case_takes(name, fields, call):
    answer = call("instruments", "form", name)
    assert max(map(len, answer.out.splitlines())) <= 80
    told = said(answer.out)
    assert {field: told.count(field) for field in fields} == fields
    assert "Result" not in told


@pytest.mark.parametrize(
    ("name", "told"),
    [("isi", "pack add FILE.json --instrument isi"), ("uens", "enter its result"), ("isii", "did you mean 'isi'")],
)
def test_a_form_without_words_says_what_to_do(call, name, told):
    answer = call("instruments", "form", name)
    assert answer.code == 1 and told in answer.err and not answer.out


@pytest.mark.parametrize("name", [*sorted(set(instrument_ids()) - set(scorable_ids())), "gas"])
def test_no_template_without_rules(call, name):
    assert call("instruments", "pack", "template", name).code == 1


def test_the_example_of_the_documents_is_a_pack(call, tmp_path):
    page = (ROOT / "docs" / "instruments.md").read_text(encoding="utf-8")
    path = tmp_path / "example.json"
    path.write_text(re.search(r"```json\n(.*?)```", page, re.DOTALL)[1], encoding="utf-8")
    assert add(call, path, "pro_ctcae_numbness").code == 0
    printed = call("instruments", "form", "pro_ctcae_numbness").out
    for told in ("Demonstration", "Last week", "[ ] 4 as blue as can be", "[0]  [1]  [2]  [3]  [4]", "made up"):
        assert told in printed
