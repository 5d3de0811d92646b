"""``nervelight education``: sheets in the terminal, as data, and as a page to print."""

import hashlib
import json
import re
from pathlib import Path
from typing import get_args

import pytest

from nervelight.documents import read_yaml
from nervelight.evidence import Condition
from nervelight.planning.education import lamp_types, sheet_titles

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def widest(text: str) -> int:
    return max(map(len, text.splitlines()))


@pytest.mark.parametrize("language", ["en", "de"])
def test_without_a_condition_it_lists_what_there_are_sheets_for(call, language):
    answer = call("education", "--language", language)
    assert answer.code == 0
    for name in (*get_args(Condition), *lamp_types()):
        assert name in answer.out
    assert widest(answer.out) <= 80


def test_every_sheet_and_question_is_printed(call):
    answer = call("education", "carpal_tunnel", "--lamp", "laser_class3b")
    assert answer.code == 0
    assert widest(answer.out) <= 80
    words = "".join(answer.out.split())
    for sheet in json.loads(call("education", "carpal_tunnel", "--lamp", "laser_class3b", "--json").out):
        for shown in (sheet["title"], sheet["version"], *(line["text"] for line in sheet["lines"])):
            assert "".join(shown.split()) in words
        for question in sheet["questions"]:
            assert "".join(f"→ {question['choices'][question['right']]}".split()) in words


def test_questions_alone(call):
    answer = call("education", "carpal_tunnel", "--questions")
    assert "Who says how long the light is on?" in answer.out
    assert "Look at the skin" not in answer.out


def test_the_version_is_the_hash_of_the_text(call):
    for sheet in json.loads(call("education", "burning_mouth", "--language", "de", "--json").out):
        assert hashlib.sha256(sheet["text"].encode()).hexdigest() == sheet["version"]
        assert sheet["language"] == "de"
        assert all(line["sources"] for line in sheet["lines"])


def test_a_plan_brings_its_own_numbers(call, plan_file):
    answer = call("education", "--plan", plan_file)
    assert answer.code == 0
    assert widest(answer.out) <= 80
    care = read_yaml(EXAMPLES / "diabetic_feet.yaml")["care"]
    assert f"Call {care['emergency_number']} at once" in answer.out
    assert "12 sessions: 3 a week" in answer.out


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_page_to_print_holds_all_sheets_and_their_sources(call, plan_file, tmp_path, language):
    page = tmp_path / "sheets.html"
    answer = call("education", "--plan", plan_file, "--language", language, "-o", page)
    assert answer.code == 0
    text = page.read_text(encoding="utf-8")
    assert f'<html lang="{language}">' in text
    assert "<script" not in text
    assert text.count("<h1") == 1
    for slug, title in sheet_titles(language).items():
        assert f'<section class="leaf" id="{slug}">\n<h2>{title}</h2>' in text
    for target in set(re.findall(r'href="#([^"]+)"', text)):
        assert f'id="{target}"' in text
    for sheet in json.loads(call("education", "--plan", plan_file, "--language", language, "--json").out):
        assert sheet["version"] in text
    again = tmp_path / "again.html"
    call("education", "--plan", plan_file, "--language", language, "-o", again)
    assert again.read_bytes() == page.read_bytes()


def test_wrong_calls_say_what_to_do(call, plan_file, tmp_path):
    unknown = call("education", "carpal_tunel")
    assert (unknown.code, unknown.out) == (1, "")
    assert "did you mean 'carpal_tunnel'" in " ".join(unknown.err.split())
    assert "did you mean 'led_panel'" in " ".join(
        call("education", "carpal_tunnel", "--lamp", "led_pannel").err.split()
    )
    assert call("education", "carpal_tunnel", "--language", "fr").code == 1
    assert call("education", "--json").code == 2
    assert call("education", "carpal_tunnel", "--plan", plan_file).code == 2
    broken = tmp_path / "broken.json"
    broken.write_text("{}", encoding="utf-8")
    assert call("education", "--plan", broken, "-o", tmp_path / "never.html").code == 1
    assert not (tmp_path / "never.html").exists()
