"""The summary in a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from nervelight.planning.plan_document import Plan
from nervelight.report import print_summary
from nervelight.report.words import typeset

from .sample_plan import BLOCK, BLOCKED, COMPLETE, NOTE_TITLES, finding

BOTH = pytest.mark.parametrize("plan", [COMPLETE, BLOCKED], ids=["complete", "blocked"])


def printed(plan: Plan, **options: object) -> str:
    out = io.StringIO()
    print_summary(plan, Console(file=out, **{"width": 80, **options}))  # type: ignore[arg-type]
    return out.getvalue()


def flowed(text: str) -> str:
    return " ".join(text.split())


@BOTH
@pytest.mark.parametrize("width", [60, 80, 200])
def test_fits_the_terminal_and_one_screen(plan: Plan, width: int) -> None:
    lines = printed(plan, width=width).splitlines()
    assert max(map(len, lines)) <= min(width, 80)
    assert len(lines) <= 40


@BOTH
def test_says_every_block_and_warning_and_the_titles_of_notes(plan: Plan) -> None:
    text = flowed(printed(plan))
    for one in plan.findings:
        assert one.title in text
        if one.level != "note":
            assert typeset(one.value) in text
            assert typeset(one.limit) in text
    assert f"{len(NOTE_TITLES)} notes: " in text
    for statement in plan.expectation.sentences:
        assert statement.text in text
    assert plan.disclaimer in text
    assert plan.title in text


def test_tells_time_frequency_light_and_anchor() -> None:
    text = flowed(printed(COMPLETE))
    assert "11 min (8 to 16) for each field" in text
    assert "3 a week for 4 weeks, 12 in all, from Mon 5 Jan 2026" in text
    assert "49 mW/cm² (33 to 74)" in text
    assert "yamany2012; against it: lavery2008" in text


def test_tells_how_warm_the_skin_gets_when_there_is_a_prescription() -> None:
    assert "Heat skin 35.3 °C (34.6 to 36.0) at its warmest" in flowed(printed(COMPLETE))
    assert "at its warmest" not in printed(BLOCKED)


def test_blocked_says_so_and_what_would_unblock() -> None:
    text = flowed(printed(BLOCKED))
    assert "BLOCKED cannot be signed" in text
    assert BLOCK.unblock in text
    assert "none prescribed" in text


def test_no_colour_when_asked_or_piped(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in printed(COMPLETE)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in printed(COMPLETE, force_terminal=True).replace("\x1b[3m", "")


def test_brackets_of_a_title_are_not_markup_and_words_stay_whole() -> None:
    title = "[bold]skin[/] " + " ".join(["photosensitising"] * 12)
    text = printed(COMPLETE.model_copy(update={"findings": (finding("warn", title),)}))
    assert title in flowed(text)
