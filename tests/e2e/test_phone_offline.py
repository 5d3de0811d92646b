"""The phone's own part in a real browser: the clock survives, what is written without a connection is sent once."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page

from e2e.conftest import Server, Visit, chromium_path, run, serve

# Real processes, which take their time.
pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery"
MAKE = """
import datetime as dt, os, sys
from pathlib import Path
import yaml
from nervelight.record.home import prepare_home, start_django
prepare_home()
start_django()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from nervelight.planning import make_plan
from nervelight.record import courses, people
from nervelight.record.contents import Identity
from nervelight.record.entries import today_at
from nervelight.record.models import Account, Clinic
clinic = Clinic.objects.create(
    name="Test clinic", emergency_number="112", phone="+49 30 1234", time_zone="UTC",
    opening_hours="Mon to Fri, 8 to 17",
)
doctor = Account.objects.create_user("doctor", sys.argv[2], name="Dr B", role="clinician", clinic=clinic)
patient = people.add_patient(clinic, Identity(name="Anna"), author=doctor)
Account.objects.create_user("anna", sys.argv[2], role="patient", clinic=clinic, patient=patient)
every_day = "weekdays: [mon, tue, wed, thu, fri, sat, sun]"
text = Path(sys.argv[1]).read_text().replace("weekdays: [mon, wed, fri]", every_day)
file = Path(os.environ["NERVELIGHT_DATA"]) / "case.yaml"
file.write_text(text.replace("2026-08-03", today_at(clinic).isoformat()).replace("2026-07-2", "2026-01-2"))
plan = make_plan(file, draws=16)
course = courses.open_course(patient, {}, author=doctor)
entry = courses.add_plan(course, plan, case=courses.case_of(course).entry, author=doctor)
courses.sign(course, entry, author=doctor, statement="I have read this plan.")
"""
COUNT = """
import sys
from nervelight.record.home import prepare_home, start_django
prepare_home()
start_django()
from nervelight.record.entries import current, opened_all
from nervelight.record.models import Patient, Task
patient = Patient.objects.get()
for kind in ("session", "event"):
    for read in opened_all(current(kind, patient=patient)):
        print(kind, dict(read.content.seconds) if kind == "session" else read.content.what)
print("urgent", Task.objects.filter(urgent=True).count())
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a clinic with one patient who has a session today."""
    chromium_path()
    made = tmp_path_factory.mktemp("phone")
    run(made, MAKE, str(Path(__file__).parents[2] / "examples" / "diabetic_feet.yaml"), PASSWORD)
    return made


@pytest.fixture(scope="module")
def running(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from serve(shutil.copytree(home, tmp_path_factory.mktemp("running") / "home"))


@pytest.fixture
def clinic(running: Server, home: Path) -> Server:
    running.put_back(home)
    return running


@pytest.fixture
def anna(clinic: Server, visit: Callable[..., Visit]) -> Visit:
    """Anna's phone, logged in, with its pages kept."""
    made = visit(clinic, phone=True)
    made.expected += [r"net::ERR_|Failed to load resource"]
    log_in(made)
    made.page.evaluate(
        """async () => { const kept = async () => await caches.match("/me/") && await caches.match("/me/wrong/")
            && navigator.serviceWorker.controller;
          while (!await kept()) await new Promise((done) => setTimeout(done, 100)); }"""
    )
    return made


def log_in(visit: Visit) -> None:
    page = visit.open("/login/?next=/me/")
    page.fill("[name=username]", "anna")
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("main").get_by_role("button").first.click()
    page.wait_for_url("**/me/")


def cut(visit: Visit, off: bool) -> None:
    visit.context.set_offline(off)


def seconds(place: Locator) -> int:
    """What the clock of a place shows, before the end or after it."""
    minutes, rest = place.locator("[data-clock]").inner_text().lstrip("+").split(":")
    return 60 * int(minutes) + int(rest)


def fill(page: Page) -> None:
    """Fill in the session, times apart."""
    for name, value in (("before", "7"), ("skin", "fine"), ("after", "6"), ("place", "yes"), ("far", "planned")):
        page.check(f"[name={name}][value='{value}']")
    page.check("[name=eyes][value=yes]")


def type_times(page: Page) -> None:
    for number in (0, 1):
        page.fill(f"[name=minutes_{number}]", "1")
        page.fill(f"[name=seconds_{number}]", "45")


def move_clock(page: Page, seconds: float) -> None:
    """Let the time pass as if the phone had been locked: the start that was kept is longer ago."""
    page.evaluate(
        """(ms) => { for (const key of Object.keys(localStorage)) if (key.startsWith("nervelight.timer.")) {
          const state = JSON.parse(localStorage.getItem(key));
          for (const spans of Object.values(state)) for (const span of spans) span[0] -= ms;
          localStorage.setItem(key, JSON.stringify(state)); } }""",
        1000 * seconds,
    )


def test_the_clock_survives_a_reload_and_a_closed_tab_and_says_how_much_over(anna: Visit) -> None:
    page = anna.page
    anna.check()
    place = page.locator("[data-place='left sole']")
    planned = int(place.get_attribute("data-seconds") or 0)
    assert seconds(place) == planned
    place.locator("[data-start]").click()
    move_clock(page, 60)
    page.reload()
    assert planned - 75 <= seconds(place) <= planned - 60
    page.close()
    anna.page = page = anna.context.new_page()
    page.goto(f"{anna.url}/me/")
    place = page.locator("[data-place='left sole']")
    assert place.locator("[data-stop]").is_visible()
    move_clock(page, planned)
    page.reload()
    assert "Over by 1:" in place.locator("[data-over]").inner_text()
    assert 60 <= seconds(place) <= 90
    anna.check()
    fill(page)
    page.get_by_role("button", name="Write it down").click()
    assert "The clock still runs for: left sole" in page.locator("[data-told-form]").inner_text()
    place.locator("[data-stop]").click()
    assert "Longer than planned by" in place.locator("[data-told]").inner_text()
    stopped = page.input_value("[name=minutes_0]"), page.input_value("[name=seconds_0]")
    assert planned + 60 <= 60 * int(stopped[0]) + int(stopped[1]) <= planned + 100
    # Stopped is stopped, whatever happens to the page.
    page.reload()
    assert (page.input_value("[name=minutes_0]"), page.input_value("[name=seconds_0]")) == stopped


def test_a_session_without_a_connection_is_kept_and_sent_once(anna: Visit, clinic: Server) -> None:
    page = anna.page
    cut(anna, True)
    page.reload()
    fill(page)
    type_times(page)
    page.get_by_role("button", name="Write it down").click()
    told = page.locator("[data-told-form]")
    page.wait_for_function("document.querySelector('[data-told-form]').innerText.includes('not sent yet')")
    assert "kept on this phone" in told.inner_text()
    anna.check()
    page.reload()
    assert "not sent yet: 1" in page.locator("[data-outbox]").inner_text()
    assert not run(clinic.home, COUNT).startswith("session")
    cut(anna, False)
    page.wait_for_function("document.querySelector('[data-outbox]').innerText.includes('Sent to the clinic')")
    page.reload()
    assert "session is written down" in page.locator("h1").inner_text()
    # The same once more, as after an answer that was lost on its way.
    status = page.evaluate(
        """async () => { const token = document.cookie.match(/csrftoken=([^;]+)/)[1];
          const page = await (await fetch("/me/session/?day=2020-01-01")).text();
          const form = new DOMParser().parseFromString(page, "text/html").querySelector("form[data-session]");
          const day = new Date().toISOString().slice(0, 10);
          const plan = form.elements.plan.value;
          const body = { key: `s-${plan}-${day.replaceAll("-", "")}`, plan, day,
            seconds: { "left sole": 105, "right sole": 105 }, distance_mm: Number(form.dataset.distance),
            site_checked: true, eyes_protected: true, skin: "fine", before: 7, after: 6,
            stopped_early: "", note: "" };
          return (await fetch("/me/api/sessions/", { method: "POST", body: JSON.stringify(body),
            headers: { "Content-Type": "application/json", "X-CSRFToken": token } })).status; }"""
    )
    assert status == 201
    assert run(clinic.home, COUNT).count("session {'left sole': 105.0, 'right sole': 105.0}") == 1


def test_something_is_wrong_works_without_a_connection(anna: Visit, clinic: Server) -> None:
    page = anna.page
    cut(anna, True)
    page.goto(f"{anna.url}/me/wrong/")
    assert page.locator("a[href='tel:112']").is_visible()
    assert page.locator("a[href='tel:+49301234']").is_visible()
    assert "Mon to Fri, 8 to 17" in page.locator("main").inner_text()
    anna.check()
    page.fill("[name=text]", "my foot looks odd")
    page.check("[name=bad][value='a little']")
    page.get_by_role("button", name="Send to the clinic").click()
    page.wait_for_function("document.querySelector('[data-told-form]').innerText.includes('not sent yet')")
    cut(anna, False)
    page.wait_for_function("document.querySelector('[data-outbox]').innerText.includes('Sent to the clinic')")
    told = run(clinic.home, COUNT)
    assert told.count("event my foot looks odd") == 1
    assert "urgent 1" in told


def test_a_card_of_another_day_starts_no_session(anna: Visit) -> None:
    page = anna.page
    cut(anna, True)
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    page.clock.set_fixed_time(tomorrow)
    page.reload()
    assert page.locator("[data-stale]").is_visible()
    assert not page.locator("form[data-session]").is_visible()


def test_logging_out_asks_about_what_was_not_sent_and_clears_the_phone(anna: Visit) -> None:
    page = anna.page
    cut(anna, True)
    page.reload()
    fill(page)
    type_times(page)
    page.get_by_role("button", name="Write it down").click()
    page.wait_for_function("document.querySelector('[data-told-form]').innerText.includes('not sent yet')")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.locator("form[action='/logout/'] button:visible").first.click()
    assert "was not sent yet" in asked[0]
    assert page.url.endswith("/me/")
    cut(anna, False)
    page.wait_for_function("document.querySelector('[data-outbox]').innerText.includes('Sent to the clinic')")
    page.locator("form[action='/logout/'] button:visible").first.click()
    page.wait_for_url("**/login/")
    kept = page.evaluate("async () => [Object.keys(localStorage).length, Boolean(await caches.match('/me/'))]")
    assert kept == [0, False]
