"""``nervelight review``: the decision card in the terminal, as JSON and as a page."""

import json
import re
from pathlib import Path

import html5lib
import pytest

ROOT = Path(__file__).resolve().parents[2]
DIARIES = ROOT / "examples" / "diaries"


def flat(text):
    return " ".join(text.split())


def test_the_example_of_a_gain_that_sham_would_explain(call, plan_file, tmp_path):
    done = call("review", plan_file, DIARIES / "sham_would_explain.csv", "-o", tmp_path)
    assert done.code == 0
    text = flat(done.out)
    assert text.startswith("Continue without light: better, though sham would explain it")
    assert "Example, no person" in text
    assert "10 of 12 sessions (83 %)" in text
    assert "Other treatment changed: duloxetine 90 mg instead of 60 mg" in text
    assert "regression to the mean" in text
    assert "Open: a clinician accepts, edits or rejects it" in text
    assert max(map(len, done.out.splitlines()[:-1])) <= 80
    card = json.loads((tmp_path / "review.json").read_text())
    assert (card["schema"], card["decision"], card["sham"]["more_than_sham"]) == (
        "nervelight-review-1",
        "continue",
        False,
    )
    page = (tmp_path / "review.html").read_text()
    html5lib.HTMLParser(strict=True).parse(page)
    assert page.count("<svg xmlns") == 3
    # Nothing is asked for from anywhere; the only addresses are those of sources.
    assert "://" not in page.split("<ol>")[0].replace("http://www.w3.org", "")


def test_the_example_of_a_responder(call, plan_file, tmp_path):
    done = call("review", plan_file, DIARIES / "responder.csv", "-o", tmp_path, "--json")
    card = json.loads(done.out)
    assert card == json.loads((tmp_path / "review.json").read_text())
    assert (card["decision"], card["sham"]["more_than_sham"]) == ("continue", True)
    assert card["synthetic"].startswith("made by a program")
    assert [one["state"] for one in card["outcomes"]][:3] == ["much better", "better", "better"]


def test_the_same_input_gives_the_same_page(call, plan_file, tmp_path):
    pages = []
    for name in ("a", "b"):
        call("review", plan_file, DIARIES / "responder.csv", "-o", tmp_path / name)
        pages.append((tmp_path / name / "review.html").read_text())
    assert pages[0] == pages[1]


def test_a_clinician_decides_with_a_reason(call, plan_file, tmp_path):
    done = call(
        "review", plan_file, DIARIES / "responder.csv", "-o", tmp_path,
        "--decision", "edit", "--instead", "stop", "--by", "Dr B", "--reason", "patient has had enough",
    )  # fmt: skip
    assert done.code == 0
    assert "changed to stop. patient has had enough" in flat(done.out)
    card = json.loads((tmp_path / "review.json").read_text())
    assert card["decision"] == "continue"
    assert (card["clinician"]["word"], card["clinician"]["decision"]) == ("edit", "stop")
    assert "Dr B: changed to “stop”" in (tmp_path / "review.html").read_text()
    again = call(
        "review", plan_file, DIARIES / "responder.csv", "-o", tmp_path / "b", "--earlier", tmp_path / "review.json"
    )
    assert again.code == 0


def test_a_card_that_was_decided_on_is_not_written_over(call, plan_file, tmp_path):
    decided = ["--decision", "accept", "--by", "Dr B", "--reason", "agreed"]
    assert call("review", plan_file, DIARIES / "responder.csv", "-o", tmp_path / "a", *decided).code == 0
    before = (tmp_path / "a" / "review.json").read_text()
    again = call("review", plan_file, DIARIES / "responder.csv", "-o", tmp_path / "a")
    assert again.code == 1
    assert "decided on by Dr B" in flat(again.err)
    assert (tmp_path / "a" / "review.json").read_text() == before


@pytest.mark.parametrize("text", ["x" * 501, "bell \x07", "two\nlines"])
def test_the_words_of_a_decision_are_one_line_of_text(call, plan_file, tmp_path, text):
    done = call(
        "review", plan_file, DIARIES / "responder.csv", "-o", tmp_path / "out",
        "--decision", "accept", "--by", "Dr B", "--reason", text,
    )  # fmt: skip
    assert done.code == 1
    assert "reason" in done.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--decision", "accept"], "--by and --reason"),
        (["--decision", "accept", "--by", "Dr B", "--reason", " "], "--by and --reason"),
        (["--decision", "edit", "--by", "Dr B", "--reason", "x"], "--instead"),
        (["--decision", "accept", "--instead", "stop", "--by", "Dr B", "--reason", "x"], "--instead"),
        (["--by", "Dr B"], "go with --decision"),
        (["--on", "2099-01-01"], "still to come"),
        (["--decision", "maybe"], "accept"),
    ],
)
def test_wrong_calls(call, plan_file, tmp_path, options, told):
    done = call("review", plan_file, DIARIES / "responder.csv", "-o", tmp_path / "out", *options)
    assert done.code == 2
    assert told in done.out + done.err
    assert not (tmp_path / "out").exists()


def test_a_bad_diary_is_refused_row_by_row_and_nothing_is_written(call, plan_file, tmp_path):
    lines = (DIARIES / "responder.csv").read_text().splitlines()
    lines[5] = re.sub(r",\d+", ",62", lines[5], count=1)
    lines[7] = lines[6]
    lines[9] = "2026-13-01,5"
    first = next(number for number, line in enumerate(lines) if " s,left sole" in line)
    lines[first] = lines[first].replace(" s,left sole", ",left sole")
    bad = tmp_path / "bad.csv"
    bad.write_text("\n".join(lines))
    done = call("review", plan_file, bad, "-o", tmp_path / "out")
    assert done.code == 1
    assert "4 faults; nothing was written" in flat(done.err)
    for place in (
        "row 6 (2026-07-26).nrs11",
        "row 8 (2026-07-27).date",
        "row 10 (2026-13-01).date",
        f"row {first + 1} ",
    ):
        assert place in flat(done.err)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [("{", "JSON, each key once"), ("[]", "a mapping"), ('{"schema": "nervelight-plan-2"}', "nervelight-plan-1")],
)
def test_a_file_that_is_no_plan(call, tmp_path, text, told):
    path = tmp_path / "plan.json"
    path.write_text(text)
    done = call("review", path, DIARIES / "responder.csv", "-o", tmp_path / "out")
    assert done.code == 1
    assert told in flat(done.err)


def test_files_that_are_not_there(call, plan_file, tmp_path):
    assert "a file that exists" in flat(call("review", tmp_path / "none.json", DIARIES / "responder.csv").err)
    assert "a file that exists" in flat(call("review", plan_file, tmp_path / "none.csv").err)


def test_a_day_that_is_none_is_refused(call, plan_file, tmp_path):
    done = call("review", plan_file, DIARIES / "responder.csv", "-o", tmp_path / "out", "--on", "28.9.2026")
    assert (done.code, (tmp_path / "out").exists()) == (1, False)
    assert "--on: got '28.9.2026'; a date as YYYY-MM-DD" in flat(done.err)


def test_an_earlier_day_can_be_reviewed(call, plan_file, tmp_path):
    done = call("review", plan_file, DIARIES / "responder.csv", "-o", tmp_path, "--on", "2026-08-20")
    assert "too early to judge" in done.out
