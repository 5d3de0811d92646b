"""Letter, plan, log and handout as PDF: what they say, that they fit, and that anybody can read them."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import pikepdf
import pypdf
import pytest
import textstat
import typst

from nervelight.errors import UnknownName
from nervelight.planning.diary_reading import read_diary
from nervelight.planning.education import education_sheets
from nervelight.planning.findings import Finding
from nervelight.planning.review import ClinicianDecision, review_course
from nervelight.record.contents import (
    AdverseEvent,
    DayNote,
    Identity,
    Response,
    ReviewCard,
    Session,
    Signature,
    Voided,
)
from nervelight.record.dossier import Author, ClinicCard, Kept, dossier_of_plan
from nervelight.record.pausing import Pause
from nervelight.report import PAPERS, handout_pdf, letter_pdf, plan_pdf, session_log_pdf
from nervelight.report.letter_sections import section_of
from nervelight.report.pdf import MISSING, pdf_of, printable

DIARY = Path(__file__).resolve().parents[3] / "examples/diaries/responder.csv"
BEFORE, ON = dt.date(2026, 7, 30), dt.date(2026, 9, 28)
MAKERS = {"letter": letter_pdf, "plan": plan_pdf, "log": session_log_pdf, "handout": handout_pdf}
HOSTILE = '#import "@preview/x:1.0.0" $x$ *_ `raw` #panic("x") <label> @ref \\ // /* [ ] { } " \' = - + #let x'


@pytest.fixture(scope="module")
def proposed(plan):
    """A plan, with nothing given yet."""
    return dossier_of_plan(plan, today=BEFORE)


@pytest.fixture(scope="module")
def followed(plan):
    """The same with a diary and a card."""
    diary = read_diary(DIARY, today=ON)
    return dossier_of_plan(plan, diary, [review_course(plan, diary, on=ON)], today=ON)


@pytest.fixture(scope="module")
def signed(followed):
    return sign(followed)


@pytest.fixture(scope="module")
def blocked(plan):
    block = Finding(
        id="x",
        level="block",
        title="Light over a tumour",
        text="No light.",
        unblock="Ask.",
        sources=("nervelight_rule",),
    )
    changed = plan.model_copy(
        update={"blocked": True, "title": "Blocked: light over a tumour", "findings": (block, *plan.findings)}
    )
    return dossier_of_plan(changed, today=BEFORE)


@pytest.fixture(scope="module")
def refused(example_plans):
    """A plan that prescribes nothing."""
    return dossier_of_plan(example_plans["stroke_hand"], today=BEFORE)


def sign(dossier):
    content = Signature(plan="x", sha256=dossier.current.sha256, by="Dr B", statement="I have read this plan.")
    signature = Kept(id="s", version="s", day=dt.date(2026, 8, 1), content=content, author=Author("Dr B", "clinician"))
    return replace(dossier, plans=(replace(dossier.current, signature=signature),), state="signed")


def named(dossier, called, clinic="Clinic"):
    case = {**dossier.plan.case, "patient": {**dossier.plan.case["patient"], "label": called}}
    kept = replace(dossier.current, plan=dossier.plan.model_copy(update={"case": case}))
    return replace(dossier, plans=(kept,), identity=Identity(name=called), clinic=replace(dossier.clinic, name=clinic))


def added(dossier, *contents, day=ON):
    more = [Kept(id=f"e{n}", version=f"e{n}", day=day, content=content) for n, content in enumerate(contents)]
    return replace(dossier, entries=(*dossier.entries, *more))


def first_page(data: bytes) -> str:
    return re.sub(r"\s+", " ", pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text()).replace("\u200b", "")


@cache
def pages_of(data: bytes) -> list[str]:
    pages = pypdf.PdfReader(io.BytesIO(data)).pages
    return [re.sub(r"\s+", " ", page.extract_text()).replace("\u200b", "") for page in pages]


MADE: dict[tuple[str, int], bytes] = {}


def made_of(name, dossier) -> bytes:
    """Return a document of a course that several tests look at, made once."""
    key = (name, id(dossier))
    if key not in MADE:
        MADE[key] = MAKERS[name](dossier)
    return MADE[key]


def text_of(data: bytes) -> str:
    return " ".join(pages_of(data))


def pages_in(data: bytes) -> int:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return len(pdf.pages)


# ---- what they say


def test_the_letter_tells_what_a_doctor_asks(followed):
    said = text_of(letter_pdf(followed, to="Dr C, general practitioner"))
    for fact in (
        "To: Dr C, general practitioner",
        "About: Example A",
        "Proposed: continue without light",
        "NeuPSIG grade definite",
        "ICD-10 E11.42",
        "Bestqool Pro300 (630, 660, 850 and 940 nm), 30.5 cm",
        "59 mW/cm² (54 to 64)",
        "1 min 45 s (45 s to 3 min 30 s)",
        "11 of 12 sessions (92 %)",
        "7.8 (10) 0.9 (7) 6.9 (5.7 to 8.2) 2.3 much better",
        "3 of 100 people on sham improve as much",
        "tends to fall by itself (regression to the mean)",
        "10 Aug 2026: feet warm for an hour after the session; not graded, relation to light unknown",
        "not decided yet",
        "We ask you to report each change",
        "duloxetine 60 mg",
        "A benefit over sham is unproven",
        "Made up, no person",
        "Page 1 of 1",
    ):
        assert fact in said, fact


def test_before_anything_was_given_the_letter_says_so_and_judges_nothing(proposed):
    said = text_of(letter_pdf(proposed))
    assert "Given: nothing yet" in said
    assert "Course: not judged yet" in said
    assert "Gate 1, session 4 to 6" in said


def test_without_a_review_scores_are_told_and_not_judged(proposed):
    pain = [Response(instrument="nrs11", score=value) for value in (7.0, 3.0)]
    said = text_of(letter_pdf(added(proposed, *pain, day=BEFORE)))
    assert "Pain: 2 days written down, 30 Jul 2026 to 30 Jul 2026: 3 to 7 of 10; the last 3." in said
    assert "is not judged" in said
    assert "Better by" not in said


@pytest.mark.parametrize(
    ("word", "decision", "title"),
    [
        ("accept", "continue", "Decided: continue without light"),
        ("edit", "stop", "Decided: stop"),
        ("reject", None, "Proposal rejected: continue without light"),
    ],
)
def test_what_the_clinician_decided_is_the_title(plan, word, decision, title):
    diary = read_diary(DIARY, today=ON)
    made = ClinicianDecision(word=word, decision=decision, by="Dr B", reason="Agreed at the visit.", date=ON)
    dossier = dossier_of_plan(plan, diary, [review_course(plan, diary, on=ON, clinician=made)], today=ON)
    said = text_of(letter_pdf(dossier))
    assert title in said
    assert "Agreed at the visit." in said


def test_sections_are_chosen_and_keep_their_order(followed):
    said = text_of(letter_pdf(followed, ["certainty", "why"]))
    assert said.index("Why: neuropathic pain") < said.index("How sure: benefit")
    for other in ("Planned:", "Given:", "Course of pain:", "Safety:", "Next:", "Other treatment:"):
        assert other not in said


def test_a_section_that_does_not_exist_is_named_with_the_one_that_was_meant(followed):
    with pytest.raises(UnknownName, match="did you mean 'certainty'"):
        letter_pdf(followed, ["why", "certanty"])


@pytest.mark.parametrize("kind", MAKERS)
def test_an_unsigned_plan_is_a_proposal_on_every_page_and_a_signed_one_is_not(kind, followed, signed):
    draft = pages_of(made_of(kind, followed))
    for number, said in enumerate(draft, start=1):
        assert "Proposal, not signed" in said
        assert "Example A" in said
        assert f"({followed.current.sha256[:8]}), not signed" in said
        assert f"Page {number} of {len(draft)}" in said
        assert "Nervelight is not cleared or approved as a medical device" in said
    said = text_of(made_of(kind, signed))
    assert "Proposal, not signed" not in said
    assert "signed 1 Aug 2026" in said


def test_who_signed_stands_in_letter_and_plan(signed):
    assert "Plan 1 was signed by Dr B, 1 Aug 2026: I have read this plan." in text_of(made_of("letter", signed))
    assert "Signed by Dr B on 1 Aug 2026" in text_of(made_of("plan", signed))


def test_a_blocked_plan_is_never_an_order(blocked):
    said = {name: text_of(make(blocked)) for name, make in MAKERS.items()}
    for one in said.values():
        assert "blocked, cannot be signed" in one
        assert "Proposal, not signed" in one
    assert "Block: Light over a tumour. To unblock: Ask." in said["letter"]
    assert "Computed, not to be given: 12 sessions" in said["letter"]
    assert "No light is given on this plan" in said["letter"]
    assert "This plan cannot be signed" in said["plan"]
    assert "Signature" not in said["letter"]
    assert "no session is given on it" in said["log"]
    assert "3 Aug" not in said["log"]
    assert "Do not use the lamp on this plan" in said["handout"]
    assert "1 min 45 s" not in said["handout"]


def test_a_plan_that_prescribes_nothing_gives_no_time(refused):
    said = {name: text_of(make(refused)) for name, make in MAKERS.items()}
    assert "No time and no session" in said["letter"]
    assert "No study can be followed" in said["plan"]
    assert "This sheet is for Example F" in said["handout"]
    assert "Do not use the lamp" in said["handout"]


def test_the_full_plan_holds_all_eight_sections_every_finding_assumption_and_source(plan, proposed):
    said = text_of(made_of("plan", proposed)).replace(" ", "")
    for number, section in enumerate(plan.sections, start=1):
        assert f"{number}.{section.title}".replace(" ", "") in said
    for finding in plan.findings:
        assert finding.title.replace(" ", "") in said
    for assumption in plan.assumptions:
        assert assumption.label.replace(" ", "").replace("cm2", "cm²") in said
    assert said.count("https://") >= 40


def test_the_log_holds_each_session_against_the_plan_that_it_followed(followed):
    session = Session(
        plan=followed.current.id, lamp="bestqool_pro300", distance_mm=None, seconds={"left sole": 60.0},
        site_checked=True, eyes_protected=True, skin="redness that fades", before=7, after=6,
        stopped_early="the bell rang", note="was tired", where="home",
    )  # fmt: skip
    corrected = Kept(id="a", version="b", day=dt.date(2026, 8, 19), content=session, author=Author("Dr B", "clinician"))
    struck = replace(corrected, id="c", content=Voided(reason="wrong person", was=session))
    said = text_of(session_log_pdf(replace(followed, entries=(*followed.entries, corrected, struck))))
    assert "12 written down, 12 due by 28 Sep 2026" in said
    assert "105 s on each field" in said
    assert "95 % of the planned light" in said
    for word in ("left sole: 60 s", "distance not measured", "7, then 6", "stopped early: the bell rang", "was tired"):
        assert word in said.replace("\u00a0", " "), word
    assert "corrected by Dr B" in said
    assert "1 session entered in error, counted nowhere" in said
    assert "Entered in error by Dr B: wrong person" in said
    assert said.count("left sole: 60") == 2
    assert "nothing written down" in text_of(session_log_pdf(followed))


def test_a_day_without_a_word_and_a_session_that_nobody_planned_are_called_so(followed):
    session = Session(
        plan="another", lamp="other lamp", distance_mm=100.0, seconds={}, site_checked=False, eyes_protected=None,
        skin=None, where="home",
    )  # fmt: skip
    said = text_of(session_log_pdf(added(followed, session, day=dt.date(2026, 8, 18))))
    assert "not a planned day" in said
    assert "other lamp, 10 cm" in said
    assert "nothing written down" in said


def test_before_the_first_session_the_log_is_a_form(proposed):
    with pikepdf.open(io.BytesIO(session_log_pdf(proposed))) as pdf:
        cells = Counter(str(element.S) for element in elements(pdf))
    # Twelve days and three spare rows of eight cells.
    assert cells["/TD"] == 15 * 8


def test_the_handout_is_plain_and_says_when_to_call(proposed):
    data = handout_pdf(replace(proposed, clinic=replace(proposed.clinic, phone="+49 30 1234")))
    said = text_of(data)
    for fact in ("Emergency: 112", "Your clinic: +49 30 1234", "Call 112 at once", "It is not proven", "☐ 3 Aug"):
        assert fact in said, fact
    assert "Do not start before they tell you" in said
    assert said.count("☐") == 12 + 1
    body = re.sub(r"Proposal, not signed.*?not signed|A proposal for a licensed.*?Page \d of \d", "", said)
    assert textstat.flesch_kincaid_grade(body) <= 7


def test_the_handout_speaks_the_language_of_the_person_or_the_clinic(signed):
    german = replace(
        signed, identity=signed.identity.model_copy(update={"language": "de"}), synthetic="made by a program"
    )
    with pikepdf.open(io.BytesIO(handout_pdf(german))) as pdf:
        assert str(pdf.Root.Lang) == "de"
    said = text_of(handout_pdf(german))
    for fact in (
        "Ihre Lichtsitzungen",
        "Notruf: 112",
        "Rufen Sie sofort 112 an",
        "Haken Sie",
        "nicht belegt",
        "Mo Di Mi",
    ):
        assert fact in said, fact
    for fact in ("Plan, Fassung 1", "unterschrieben am", "Ausgedacht", "Seite 1 von"):
        assert fact in first_page(handout_pdf(german)), fact
    for english in ("Tick", "Page", "signed", "Made up", "proposal", "Emergency"):
        assert english not in said, english
    of_clinic = replace(signed, clinic=replace(signed.clinic, language="de"))
    assert "Ihre Lichtsitzungen" in text_of(handout_pdf(of_clinic))
    assert "Your light sessions" in text_of(handout_pdf(german, "en"))
    unknown = replace(signed, identity=signed.identity.model_copy(update={"language": "fr"}))
    assert "Your light sessions" in text_of(handout_pdf(unknown))
    with pytest.raises(UnknownName):
        handout_pdf(signed, "fr")


def test_what_to_do_when_nobody_answers_is_no_sign_of_an_illness(proposed):
    with pikepdf.open(io.BytesIO(handout_pdf(proposed))) as pdf:
        paragraphs = [element for element in elements(pdf) if str(element.S) == "/P"]
    sheet = education_sheets(proposed.plan)[-1]
    assert [line.listed for line in sheet.lines if "nobody answer" in line.text] == [False]
    assert len(paragraphs) >= 3 + 1 + sum(not line.listed for line in sheet.lines)


def test_a_review_that_nobody_made_is_overdue_and_not_next(proposed):
    late = replace(proposed, today=dt.date(2027, 1, 4))
    said = text_of(letter_pdf(late))
    assert "Overdue since" in said
    assert "Next:" not in said
    assert "Given: nothing written down" in said


def test_how_sure_it_is_stands_first_whichever_section_was_asked_for(proposed):
    said = text_of(letter_pdf(proposed, ["planned"]))
    assert said.index("Proposed:") < said.index("In short: benefit over a dummy lamp unproven") < said.index("Planned:")
    assert "unwanted events" not in said
    blister = AdverseEvent(what="a blister", seriousness="moderate", related="probable", told_by="patient")
    said = text_of(letter_pdf(added(proposed, blister), ["planned"]))
    assert said.index("unwanted events: 1 moderate.") < said.index("Planned:")


def test_a_pause_stands_in_every_document_first_and_the_handout_gives_no_days(followed):
    held = replace(sign(followed), paused=Pause(dt.date(2026, 8, 4), "a blister on the left sole"))
    for make in (letter_pdf, session_log_pdf):
        assert "paused since 4 Aug 2026 and stays so until the clinic has answered: a blister" in first_page(make(held))
    assert "no session: light is paused" in " ".join(pages_of(session_log_pdf(held)))
    english, german = (" ".join(pages_of(handout_pdf(held, language))) for language in ("en", "de"))
    assert "Light has been paused since " in english
    assert "Das Licht pausiert seit" in german
    assert "Tick the box" not in english


def test_a_review_that_counted_what_was_struck_out_since_is_told_to_have_done_so(followed):
    noon = dt.datetime(2026, 9, 29, 12, tzinfo=dt.UTC)
    (card,), given = followed.of(ReviewCard), followed.of(Session)[0]
    error = replace(given, content=Voided(reason="Ben's", was=given.content), recorded_at=noon)

    def said(reviewed: dt.datetime) -> str:
        others = (each for each in followed.entries if each not in (card, given))
        known = replace(followed, entries=(*others, replace(card, recorded_at=reviewed), error))
        return str(section_of("delivered", known))

    assert "After this review 1 session was struck out as entered in error" in said(noon - dt.timedelta(hours=1))
    assert "struck out" not in said(noon + dt.timedelta(hours=1))


def test_a_day_typed_twice_is_not_logged_as_the_card_saw_it_once_one_is_struck_out(followed):
    noon = dt.datetime(2026, 9, 29, 12, tzinfo=dt.UTC)
    (card,), given = followed.of(ReviewCard), followed.of(Session)[0]
    twice = Kept("t", "u", given.day, Voided(reason="typed twice", was=given.content), recorded_at=noon)
    others = tuple(each for each in followed.entries if each != card)
    before, after = (
        replace(followed, entries=(*others, replace(card, recorded_at=noon + dt.timedelta(hours=hours)), twice))
        for hours in (1, -1)
    )
    percents = [" ".join(pages_of(session_log_pdf(each))).count("% of the planned light") for each in (before, after)]
    assert percents[0] == percents[1] + 1


def test_that_a_course_has_ended_stands_in_the_letter_first_and_the_handout_gives_no_days(signed):
    end = added(replace(signed, state="ended"), DayNote(note="moved away", ends_course=True), day=dt.date(2026, 8, 14))
    assert "The course has ended on 14 Aug 2026: moved away" in first_page(letter_pdf(end))
    handout = " ".join(pages_of(handout_pdf(end)))
    assert "Your course has ended" in handout
    assert "Tick the box" not in handout


def test_a_blocked_letter_gives_its_reason_and_no_key_of_a_case_file(blocked):
    kept = blocked.current
    (block, *others) = kept.plan.findings
    block = block.model_copy(
        update={"unblock": "Goggles made for these wavelengths, or shielding; write it in safety.eyes."}
    )
    plan = kept.plan.model_copy(update={"findings": (block, *others), "prescription": None, "schedule": None})
    said = text_of(letter_pdf(replace(blocked, plans=(replace(kept, plan=plan),))))
    # It follows a study: that is not why there is no time.
    assert plan.anchor.kind == "arm"
    assert "No time and no session. Light over a tumour." in said
    assert "To unblock: Goggles made for these wavelengths, or shielding." in said
    assert "safety.eyes" not in said
    assert "Medicare" not in said


# ---- one page


def long_course(followed, filler):
    """Return a course in which everything is as long as it may be."""
    plan = followed.plan
    text = (filler * 4000)[:4000]
    finding = Finding(id="x", level="block", title=text, text=text, unblock=text, sources=("nervelight_rule",))
    case = {
        **plan.case,
        "diagnosis": {**plan.case["diagnosis"], "red_flags": [text[:400]] * 14},
        "care": {**plan.case["care"], "other_treatments": [text[:400]] * 20, "goals": [text[:400]] * 20},
        "safety": {**plan.case["safety"], "drugs": [text[:400]] * 20},
    }
    changed = plan.model_copy(
        update={"findings": (finding,) * 12, "case": case, "title": text, "disclaimer": plan.disclaimer}
    )
    event = AdverseEvent(what=text, seriousness="serious", related="unknown", taken=text, told_by="patient")
    note = DayNote(other_treatment=text)
    who = Identity(name=text[:500], number=text[:500], born="1961-04-30")
    clinic = ClinicCard(name=text[:500], emergency_number="112", phone=text[:100])
    made = replace(sign(followed), identity=who, clinic=clinic, plans=(replace(sign(followed).current, plan=changed),))
    return added(made, *[event] * 12, *[note] * 12)


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("filler", ["Wörter und ", "W", "漢字"], ids=["words", "one word", "not drawable"])
def test_the_letter_fits_on_one_page_whatever_it_holds(followed, filler, paper):
    data = letter_pdf(long_course(followed, filler), to=filler * 3000, paper=paper)
    assert pages_in(data) == 1
    said = text_of(data)
    assert "Shortened to fit one page" in said
    assert "see the full plan" in said
    for kept in ("Why:", "Given:", "Safety:", "Next:", "How sure:", "Page 1 of 1"):
        assert kept in said, kept


@pytest.mark.parametrize("paper", PAPERS)
def test_each_course_fits_on_one_page(proposed, followed, signed, blocked, refused, paper):
    sizes = set()
    for dossier in (proposed, followed, signed, blocked, refused):
        with pikepdf.open(io.BytesIO(letter_pdf(dossier, paper=paper))) as pdf:
            assert len(pdf.pages) == 1
            sizes.add(tuple(round(float(side)) for side in pdf.pages[0].MediaBox[2:]))
    assert sizes == {{"a4": (595, 842), "us-letter": (612, 792)}[paper]}


def test_what_matters_most_is_cut_last(followed):
    whole, cut = text_of(letter_pdf(followed, ["safety"])), text_of(letter_pdf(followed))
    # Alone the section has room for every warning; in the whole letter the events stay, some warnings go.
    assert whole.count("Warning:") == 4 > cut.count("Warning:")
    assert "feet warm" in whole
    assert "feet warm" in cut
    assert "Shortened" not in whole


# ---- words of people are words


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_markup_in_a_name_is_a_name(make, proposed):
    said = first_page(make(named(proposed, HOSTILE, "*B* #A")))
    assert '#import "@preview/x:1.0.0" $x$' in said
    assert "#panic" in said


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_any_name_can_be_set(make, proposed):
    name = "שלום עולם محمد Zoë \U0001f600 張偉 \U0001f9b4 " + "A" * 460
    assert make(named(proposed, name)).startswith(b"%PDF-1.7")


@pytest.mark.parametrize("name", ["\u200b", "\u0301", "=", "- a", "/"])
def test_odd_names_are_names(name, proposed):
    assert pages_in(letter_pdf(named(proposed, name))) == 1


def test_characters_that_cannot_be_drawn_are_shown_as_such_and_controls_vanish():
    assert printable("a\x00b\u202ec\ud800\t張\U0001f9b4") == f"abc {MISSING}{MISSING}"
    assert printable("Zoë Müller Ω Ж ☐ ≤") == "Zoë Müller Ω Ж ☐ ≤"


def test_hostile_words_in_every_place_of_a_course_change_nothing_but_words(followed):
    event = AdverseEvent(what=HOSTILE, seriousness="mild", related="unlikely", taken=HOSTILE, told_by="patient")
    dossier = added(followed, event, DayNote(other_treatment=HOSTILE, note=HOSTILE))
    for make in MAKERS.values():
        make(dossier)
    assert 'Changed 28 Sep 2026: #import "@preview/x:1.0.0" $x$' in text_of(
        letter_pdf(dossier, ["treatments"], HOSTILE)
    )


# ---- the same bytes


@pytest.mark.parametrize("kind", MAKERS)
def test_the_same_course_gives_the_same_bytes(kind, followed):
    first = made_of(kind, followed)
    assert MAKERS[kind](followed) == first
    with pikepdf.open(io.BytesIO(first)) as pdf:
        assert str(pdf.docinfo["/CreationDate"]) == "D:20260928120000Z"


# ---- PDF/UA


def elements(pdf, kind=None):
    found = []

    def walk(element):
        if isinstance(element, pikepdf.Array):
            for inner in element:
                walk(inner)
        elif isinstance(element, pikepdf.Dictionary) and "/S" in element:
            found.append(element)
            if "/K" in element:
                walk(element.K)

    walk(pdf.Root.StructTreeRoot.K)
    return [element for element in found if kind is None or kind == element.S]


def fonts_of(resources):
    yield from dict(resources.get("/Font", {})).values()
    for form in dict(resources.get("/XObject", {})).values():
        if form.Subtype == "/Form" and "/Resources" in form:
            yield from fonts_of(form.Resources)


def untagged(page) -> Counter[str]:
    """Return what is painted outside of any marked content."""
    depth, found = 0, Counter()
    for step in pikepdf.parse_content_stream(page):
        name = str(step.operator)
        depth += {"BMC": 1, "BDC": 1, "EMC": -1}.get(name, 0)
        if depth == 0 and name in {"Tj", "TJ", "'", '"', "Do", "f", "F", "f*", "S", "s", "B", "B*", "b", "b*", "sh"}:
            found[name] += 1
    return found


@pytest.mark.parametrize("kind", MAKERS)
def test_every_document_can_be_read_aloud(kind, followed):
    with pikepdf.open(io.BytesIO(made_of(kind, followed))) as pdf:
        root = pdf.Root
        assert root.MarkInfo.Marked
        assert str(root.Lang) == "en"
        assert root.ViewerPreferences.DisplayDocTitle
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["dc:title"]
        assert str(pdf.docinfo["/Title"])
        assert root.Outlines.Count
        headings = [int(str(element.S)[2:]) for element in elements(pdf) if re.fullmatch(r"/H\d", str(element.S))]
        assert headings[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(headings))
        for table in elements(pdf, "/Table"):
            assert [str(part.S) for part in table.K if str(part.S) != "/Caption"][:1] == ["/THead"]
        for cell in elements(pdf, "/TH"):
            assert [str(each.Scope) for each in cell.A if "/Scope" in each] == ["/Column"]
        for figure in elements(pdf, "/Figure"):
            assert len(str(figure.Alt)) > 60
        for page in pdf.pages:
            assert str(page.Tabs) == "/S"
            assert untagged(page) == Counter()
            for note in page.get("/Annots", []):
                assert str(note.Contents)
            for font in fonts_of(page.Resources):
                described = font.DescendantFonts[0] if font.Subtype == "/Type0" else font
                assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(described.FontDescriptor.keys())
                assert "/ToUnicode" in font


def test_each_picture_of_plan_and_review_tells_its_numbers(followed):
    with pikepdf.open(io.BytesIO(made_of("plan", followed))) as pdf:
        told = [str(figure.Alt) for figure in elements(pdf, "/Figure")]
    assert len(told) == 6
    assert all("Numbers, " in one for one in told)
    assert "7.6 cm" in next(one for one in told if one.startswith("At 30.5 cm"))


def test_the_compiler_refuses_what_breaks_the_standard(tmp_path, monkeypatch):
    (tmp_path / "bad.typ").write_text(
        '#set document(title: "x")\n#image(bytes(json(bytes(sys.inputs.data)).svg), format: "svg")'
    )
    monkeypatch.setattr("nervelight.report.pdf._folder", lambda: tmp_path)
    with pytest.raises(typst.TypstError, match="PDF/UA-1 error: missing alt text"):
        pdf_of("bad.typ", {"svg": '<svg xmlns="http://www.w3.org/2000/svg"/>'}, today=ON)
