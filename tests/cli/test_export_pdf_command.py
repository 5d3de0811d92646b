"""``nervelight export`` with letter, plan, log and handout."""

from __future__ import annotations

from pathlib import Path

import pytest

from nervelight.report import LETTER_SECTIONS

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_all_documents_are_written_at_once(call, plan_file, tmp_path):
    files = {kind: tmp_path / f"{kind}.pdf" for kind in ("letter", "pdf", "log", "handout")}
    diary = EXAMPLES / "diaries/responder.csv"
    options = [word for kind, file in files.items() for word in (f"--{kind}", file)]
    answer = call("export", plan_file, "--diary", diary, *options, "--section", "why", "--to", "Dr A")
    assert answer.code == 0, answer
    assert answer.out == "Written: " + ", ".join(map(str, files.values())) + "\n"
    assert all(file.read_bytes().startswith(b"%PDF-1.7") for file in files.values())


def test_an_unknown_section_writes_nothing_and_names_those_that_exist(call, plan_file, tmp_path):
    answer = call(
        "export", plan_file, "--letter", tmp_path / "l.pdf", "--log", tmp_path / "o.pdf", "--section", "safty"
    )
    assert answer.code == 1
    assert "did you mean 'safety'?" in answer.err
    assert list(tmp_path.glob("*.pdf")) == []


@pytest.mark.parametrize("option", ["--section", "--to"])
def test_what_belongs_to_a_letter_needs_one(call, plan_file, tmp_path, option):
    answer = call("export", plan_file, "--pdf", tmp_path / "p.pdf", option, "why")
    assert answer.code == 2
    assert f"{option} goes with --letter" in answer.err


def test_another_paper_is_another_file_and_an_unknown_one_a_wrong_call(call, plan_file, tmp_path):
    for paper in ("a4", "us-letter"):
        assert call("export", plan_file, "--letter", tmp_path / f"{paper}.pdf", "--paper", paper).code == 0
    assert (tmp_path / "a4.pdf").read_bytes() != (tmp_path / "us-letter.pdf").read_bytes()
    assert call("export", plan_file, "--letter", tmp_path / "x.pdf", "--paper", "a3").code == 2


def test_the_help_names_every_section(call):
    told = " ".join(call("export", "--help").out.split())
    assert f"several times: {', '.join(LETTER_SECTIONS)}; all" in told


def test_the_handout_speaks_german_where_asked_and_no_language_that_it_does_not_have(call, plan_file, tmp_path):
    for language in ("en", "de"):
        assert call("export", plan_file, "--handout", tmp_path / f"{language}.pdf", "--language", language).code == 0
    assert (tmp_path / "en.pdf").read_bytes() != (tmp_path / "de.pdf").read_bytes()
    answer = call("export", plan_file, "--handout", tmp_path / "x.pdf", "--language", "fr")
    assert answer.code == 1
    assert "language" in answer.err
    assert not (tmp_path / "x.pdf").exists()
    answer = call("export", plan_file, "--letter", tmp_path / "l.pdf", "--language", "de")
    assert answer.code == 2
    assert "--language goes with --handout" in answer.err
