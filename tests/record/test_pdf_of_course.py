"""A course from the record as PDF: signed, with the clinic's name and number."""

from __future__ import annotations

import io
import re

import pypdf

from nervelight.record import courses
from nervelight.record.gathering import dossier_of
from nervelight.report import handout_pdf, letter_pdf, session_log_pdf


def said(data: bytes) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages))


def test_a_signed_course_of_the_record_is_no_proposal(course, session, clinician):
    courses.record_session(course, session, author=clinician, day=course.starts)
    made = dossier_of(course, actor=clinician, about="letter")
    letter = said(letter_pdf(made))
    assert "Proposal, not signed" not in letter
    assert "Plan 1 was signed by Dr B" in letter
    assert "About: Anna Maria Schmidt-Weiß" in letter
    assert "Test clinic +49 30 1234" in letter
    assert "Given: 1 session" in letter
    assert "105 s on each field" in said(session_log_pdf(made))
    assert "Your clinic: +49 30 1234" in said(handout_pdf(made))


def test_a_corrected_session_is_told_as_one(course, session, clinician):
    first = courses.record_session(course, session, author=clinician, day=course.starts)
    courses.amend_session(first, session.model_copy(update={"note": "left foot first"}), author=clinician)
    log = said(session_log_pdf(dossier_of(course, actor=clinician, about="log")))
    assert "left foot first" in log
    assert "by Dr B; what stood there before is in the record" in log
