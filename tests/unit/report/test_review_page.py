"""The decision card as page, pictures and text: drawn from the review alone, and safe with any words."""

import datetime as dt
import io
import re

import html5lib
import pytest
from planning.courses import START, diary, plan, session
from rich.console import Console

from nervelight.planning.review import Review, review_course
from nervelight.report import adherence_figure, delivery_figure, outcome_figure, print_review, review_page
from nervelight.report.words import chance, ends, first_upper, points, score, signed_points

HIGH = [7, 6, 7, 8, 7, 7, 6]
LOW = [3, 3, 2, 3, 4, 3, 3]
HOSTILE = "<script>alert('x')</script> [bold]& \"co\""


def card(before=HIGH, after=LOW, **named):
    return review_course(plan(), diary(before, after, **named))


RICH = card(
    d2026_08_10={"event": HOSTILE},
    d2026_08_12={"other_treatment": HOSTILE, "red_flags": ("brisk_reflexes",)},
    d2026_08_13={"other_treatment": "pregabalin 75 mg"},
    d2026_08_17={"session": session(130.0, skin="redness that fades")},
    d2026_08_19={"session": session(fields=None, distance=None, lamp=None, skin=None)},
    d2026_08_29={"session": session()},
    d2026_09_27={"scores": {"peg": 9, "phq2": 5}},
)
EARLY = card(on=START + dt.timedelta(days=3), given=2, pgic=None)
SILENT = card([], [], on=START, given=0, pgic=None)


@pytest.mark.parametrize("review", [RICH, EARLY, SILENT, card(), card(given=5)], ids=lambda review: review.rule)
def test_every_card_is_a_page_without_an_error(review):
    page = review_page(review)
    html5lib.HTMLParser(strict=True).parse(page)
    assert "<script" not in page
    assert review.title.split(":")[0] in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_a_page_is_made_from_the_review_alone():
    read = Review.model_validate_json(RICH.to_json())
    assert review_page(read) == review_page(RICH)


def test_every_number_of_the_pictures_stands_in_a_table():
    outcome, delivery, adherence = outcome_figure(RICH), delivery_figure(RICH), adherence_figure(RICH)
    assert len([row for row in outcome.table.rows if row[1] != "not written down"]) == len(RICH.pain)
    assert {row[0] for row in delivery.table.rows} == {"left sole", "right sole"}
    states = [row[1] for row in adherence.table.rows]
    assert states.count("not planned") == 0 + sum(each.planned is None for each in RICH.delivery.sessions)
    assert any("24 %" in row[3] for row in adherence.table.rows)
    assert any("not written down: fields, distance, lamp, skin" in row[3] for row in adherence.table.rows)


def test_other_treatment_is_marked_by_number_and_told_in_words():
    picture = outcome_figure(RICH)
    assert "1 <script>" in picture.description
    assert "2 pregabalin 75 mg" in picture.description
    assert "<script" not in picture.svg
    assert ">1</text>" in picture.svg
    assert ">2</text>" in picture.svg
    assert "Triangles" not in outcome_figure(card()).description


def test_a_diary_without_pain_has_no_picture_of_it():
    assert outcome_figure(SILENT) is None
    assert outcome_figure(EARLY) is not None


def test_the_title_of_the_picture_says_sham_only_of_a_gain():
    assert outcome_figure(card()).title.endswith("; sham would explain it")
    assert "sham" not in outcome_figure(card(HIGH, [8, 9, 8, 9, 8, 9, 9])).title
    assert "more than sham" in outcome_figure(card([8] * 7, [1] * 7)).title


@pytest.mark.parametrize("review", [RICH, EARLY, SILENT], ids=lambda review: review.rule)
def test_the_terminal_holds_every_reason_in_80_columns(review):
    out = io.StringIO()
    print_review(review, Console(file=out, width=80, no_color=True))
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    text = " ".join(" ".join(lines).split())
    for reason in (*review.reasons, *review.said_aloud):
        assert first_upper(reason).replace("cm2", "cm²") in text
    for action in review.actions:
        assert action.text in text


def test_numbers_in_words():
    assert (signed_points(1), signed_points(-2.36), signed_points(0)) == (
        "1 point better",
        "2.36 points worse",
        "the same",
    )
    assert (points(1), points(0.5)) == ("1 point", "0.5 points")
    assert (score(7.84), score(7.0), score(361.5), score(0.857)) == ("7.8", "7", "362", "0.9")
    assert (chance((0.999, 0.995)), chance((0.75, 0.871)), chance((0.001, 0.005))) == (
        "above 0.99",
        "0.75 to 0.87",
        "below 0.01",
    )
    assert (ends((2.0, 1.0), ".2g"), ends((1.01, 1.04), ".2g")) == ("1 to 2", "1")
