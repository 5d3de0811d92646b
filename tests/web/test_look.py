"""The look that all pages share: forms that say what is wrong where, one style sheet, contrast in light and dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django import forms
from django.contrib.staticfiles import finders
from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.test import RequestFactory

from nervelight.planning import Finding
from nervelight.report.page import page_style
from nervelight.web.forms import DateInput, Form, TimeInput

# Many pages, which take their time.
pytestmark = pytest.mark.slow


class Diary(Form):
    units = {"distance": "cm"}  # noqa: RUF012
    distance = forms.DecimalField(help_text="From skin to lamp.")
    pain = forms.TypedChoiceField(
        coerce=int,
        help_text="Today.",
        choices=[(n, str(n)) for n in range(11)],
        widget=forms.RadioSelect,
    )
    day = forms.DateField(required=False, widget=DateInput())
    at = forms.TimeField(required=False, widget=TimeInput())
    checked = forms.BooleanField(help_text="Before the light.")


@pytest.mark.parametrize("data", [None, {}, {"distance": "near", "pain": "11"}])
def test_what_describes_a_field_is_there_and_the_summary_leads_to_it(data):
    page = str(Diary(data))
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    described = [name for names in re.findall(r'aria-describedby="([^"]*)"', page) for name in names.split()]
    assert described
    assert set(described) <= set(ids)
    assert set(re.findall(r'for="([^"]+)"', page)) <= set(ids)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)
    assert ('id="summary"' in page) is (data is not None)
    if data is not None:
        assert {"id_distance_error", "id_pain_error", "id_checked_error"} <= set(described)


def test_a_unit_stands_in_the_edge_and_is_read_out_with_the_label():
    page = str(Diary())
    assert '<span class="unit" aria-hidden="true">cm</span>' in page
    assert re.search(r'<label for="id_distance">Distance<span class="unseen">, cm</span>', page)


def test_days_and_times_go_to_the_browser_as_it_wants_them():
    form = Diary({"distance": "3", "pain": "4", "day": "2026-01-31", "at": "07:05", "checked": "on"})
    assert form.is_valid(), form.errors
    page = str(Diary(initial=form.cleaned_data))
    assert 'type="date" name="day" value="2026-01-31"' in page
    assert 'type="time" name="at" value="07:05"' in page


def test_findings_have_a_word_and_a_shape():
    levels = {"block": "Block", "warn": "Warning", "note": "Note"}
    found = [Finding(id=f"x.{level}", level=level, title="T", text="Said <so>.", sources=()) for level in levels]
    page = render_to_string("parts/findings.html", {"findings": found})
    for level, word in levels.items():
        assert f'class="shape {level}"' in page
        assert word in page
    assert "&lt;so&gt;" in page


def test_both_versions_of_a_conflict_stand_beside_each_other():
    rows = [("Distance", "30 cm", "28 cm"), ("Skin", "fine", "fine")]
    page = render_to_string("parts/conflict.html", {"who": "Dr <B>", "when": "10:32", "rows": rows})
    assert page.count('class="differs"') == 1
    assert "Dr &lt;B&gt;" in page
    assert page.index("30 cm") < page.index("28 cm")


def test_pages_of_a_list_keep_what_was_asked_for():
    request = RequestFactory().get("/x/", {"q": "foot", "page": "2"})
    page = render_to_string("parts/pagination.html", {"page": Paginator(range(30), 10).page(2)}, request)
    assert 'rel="prev" href="?q=foot&amp;page=1"' in page
    assert 'rel="next" href="?q=foot&amp;page=3"' in page


def test_one_place_of_the_navigation_is_here(logged_in):
    page = logged_in("clinician").get("/library/lamps/").content.decode()
    navigation = page[page.index('<nav class="site') : page.index("</nav>")]
    assert re.findall(r'href="([^"]+)" aria-current="page"', navigation) == ["/library/lamps/"]
    for part in ('href="#main"', '<main id="main"', 'lang="en"', "page.css"):
        assert part in page


def test_the_clinic_takes_the_style_sheet_of_the_plan():
    found = finders.find("nervelight/page.css")
    assert Path(found).read_text(encoding="utf-8") == page_style()


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("mode", [0, 1])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *((text, ground) for text in ("ink", "quiet", "accent", "block") for ground in ("paper", "wash")),
        ("paper", "accent"),
        ("paper", "block"),
    ],
)
def test_text_stands_out_from_its_ground_in_light_and_dark(mode, text, ground):
    blocks = re.findall(r":root \{(.*?)\}", page_style(), re.S)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", blocks[mode]))
    low, high = sorted(luminance(colours[name]) for name in (text, ground))
    assert (high + 0.05) / (low + 0.05) >= 4.5
