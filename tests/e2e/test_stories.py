"""From set-up to decision in a real browser, for every role: what people do, and what they see of each other."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from base64 import b32decode
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from django_otp.oath import totp
from playwright.sync_api import Page, expect

from e2e.conftest import PASSWORD, Server, Visit

pytestmark = pytest.mark.slow
Visitor = Callable[..., Visit]

OWN = "a password of one's own"
REFUSED = r"Failed to load resource: the server responded with a status of 4\d\d"
"""Chromium calls an answer that refuses a form an error."""


@pytest.fixture
def clinician(server: Server, visit: Visitor) -> Visit:
    made = visit(server)
    made.log_in("clinician")
    return made


@pytest.fixture
def patient(server: Server, visit: Visitor) -> Visit:
    """Elif Demo, who has a session today."""
    made = visit(server, phone=True)
    made.log_in("patient")
    made.page.wait_for_url("**/me/")
    return made


def main(page: Page):
    return page.get_by_role("main")


def press(page: Page, name: str | re.Pattern[str]) -> None:
    """Press a button and wait for the page that comes of it."""
    main(page).get_by_role("button", name=name).first.click()
    page.wait_for_load_state()


def follow(page: Page, name: str | re.Pattern[str]) -> None:
    main(page).get_by_role("link", name=name).first.click()
    page.wait_for_load_state()


def heading(page: Page) -> str:
    return page.locator("h1").inner_text().strip()


def tick(page: Page, name: str, value: str) -> None:
    page.locator(f"[name='{name}'][value='{value}']").check()


def person(there: Visit, name: str) -> Page:
    """Open a person's page by the list, as people do."""
    page = there.open("/patients/")
    follow(page, re.compile(f"^{name}"))
    return page


def course(there: Visit, name: str) -> Page:
    page = person(there, name)
    follow(page, re.compile("^Course opened"))
    return page


def fill_session(page: Page, *, before: str, after: str, skin: str) -> None:
    """Fill in a session in the clinic, with what is only said by a tap of its own."""
    tick(page, "where", "clinic")
    for box in page.locator("[name=lit]").all():
        box.check()
    for name in ("site_checked", "as_planned"):
        page.locator(f"[name={name}]").check()
    for name, value in (("eyes", "yes"), ("skin", skin), ("before", before), ("after", after)):
        tick(page, name, value)


def fill_own_session(page: Page, *, before: str, after: str, skin: str) -> None:
    """Fill in a session on the phone."""
    for name, value in (("before", before), ("skin", skin), ("after", after), ("place", "yes"), ("far", "planned")):
        tick(page, name, value)
    tick(page, "eyes", "yes")
    for place in page.locator("fieldset.place").all():
        seconds = int(place.get_attribute("data-seconds") or 0)
        place.locator("[name^=minutes_]").fill(str(seconds // 60))
        place.locator("[name^=seconds_]").fill(str(seconds % 60))


def new_password(page: Page) -> None:
    for name in ("password", "again"):
        page.fill(f"[name={name}]", OWN)


def test_a_clinic_is_set_up_once(empty_server: Server, visit: Visitor) -> None:
    """The first visitor of an empty clinic sets it up and lands on a work list that is empty; nobody does it again."""
    there = visit(empty_server)
    page = there.open("/")
    assert urlsplit(page.url).path == "/setup/"
    there.check()
    press(page, "Set up and log in")
    expect(page.locator("#summary")).to_contain_text("Local emergency number")
    there.check()
    told = {
        "name": "Pain clinic", "emergency_number": "112", "phone": "+49 30 1234", "opening_hours": "Mon to Fri",
        "person": "Dr B", "login": "dr-b",
    }  # fmt: skip
    for name, value in told.items():
        page.fill(f"[name={name}]", value)
    page.select_option("[name=time_zone]", "Europe/Berlin")
    new_password(page)
    press(page, "Set up and log in")
    page.goto(f"{there.url}/work/")
    assert heading(page) == "Nobody needs you today"
    there.check()
    there.expected.append(REFUSED)
    answer = page.goto(f"{there.url}/setup/")
    assert answer is not None
    assert answer.status == 404 or not urlsplit(page.url).path.startswith("/setup")
    assert not page.locator("[name=emergency_number]").count()
    other = visit(empty_server)
    other.expected.append(REFUSED)
    other.open("/setup/")
    assert not other.page.locator("[name=emergency_number]").count()


def test_a_new_patient_is_invited(server: Server, clinician: Visit, visit: Visitor) -> None:
    """A person is added, agrees, opens the link on their phone, and is told that there is no plan yet."""
    page = clinician.open("/patients/")
    follow(page, "New patient")
    clinician.check()
    page.fill("[name=name]", "Kaja Neu")
    page.fill("[name=born]", "1951-04")
    press(page, "Save")
    assert heading(page) == "Kaja Neu"
    clinician.check()
    follow(page, "Write down a consent")
    clinician.check()
    tick(page, "given", "yes")
    page.fill("[name=by]", "Kaja Neu")
    press(page, "Keep this consent")
    expect(page.get_by_role("heading", name="1 consent", exact=True)).to_be_visible()
    follow(page, "Invite the person")
    clinician.check()
    press(page, "Make the invitation")
    clinician.check()
    link = page.locator(".invitation a").get_attribute("href")
    login = page.locator(".invitation strong").inner_text()
    assert link is not None
    kaja = visit(server, phone=True)
    kaja.page.goto(link)
    assert login in main(kaja.page).inner_text()
    kaja.check()
    new_password(kaja.page)
    press(kaja.page, "Set the password and log in")
    assert login in heading(kaja.page)
    kaja.check()
    kaja.page.get_by_role("link", name="Today").click()
    kaja.page.wait_for_url("**/me/")
    assert heading(kaja.page) == "No plan yet"
    kaja.check()
    kaja.expected.append(REFUSED)
    kaja.context.clear_cookies()
    kaja.page.goto(link)
    assert heading(kaja.page) == "This invitation has ended"
    kaja.check()
    person(clinician, "Kaja Neu")
    expect(page.get_by_role("heading", name="The person logged in last")).to_be_visible()


@pytest.fixture
def preview(clinician: Visit) -> Iterator[Callable[..., str]]:
    """Change the open case, and wait for a preview that differs from the one before."""

    def change(do: Callable[[Page], object]) -> str:
        page = clinician.page
        now = page.locator("#preview-now")
        before = now.inner_text()
        do(page)
        expect(now).not_to_have_text(before, use_inner_text=True)
        page.wait_for_load_state("networkidle")
        assert now.inner_text() != before
        return now.inner_text()

    yield change


def test_a_case_is_previewed_while_it_is_written(clinician: Visit, preview: Callable[..., str]) -> None:
    """Lamp, distance, site and skin each renew the preview where it stands; what is wrong is told at its field."""
    course(clinician, "Bela Demo")
    page = clinician.page
    follow(page, re.compile("case", re.I))
    assert urlsplit(page.url).path.endswith("/case/")
    expect(page.locator("#preview-now figure svg")).to_be_visible()
    page.wait_for_load_state("networkidle")
    moved: list[str] = []
    page.on("framenavigated", lambda frame: moved.append(frame.url))
    page.evaluate("window.here = true")
    seen = {
        page.locator("#preview-now").inner_text(),
        preview(lambda page: page.fill("[name=lamp-distance]", "20")),
        preview(lambda page: page.select_option("[name=patient-phototype]", "VI")),
        preview(lambda page: page.select_option("[name=lamp-device]", "hooga_pro1500")),
        preview(lambda page: page.select_option("[name=site-name]", "palm")),
    }
    assert len(seen) == 5
    assert not moved
    assert page.evaluate("window.here")
    clinician.check()


def test_a_case_may_be_wrong_and_nothing_typed_is_lost(clinician: Visit) -> None:
    """A new course: a wrong value is saved as it was typed, told at its field, and put right there."""
    person(clinician, "Ada Demo")
    page = clinician.page
    follow(page, "Open a course")
    clinician.check()
    page.fill("[name=patient-age]", "66")
    page.select_option("[name=patient-phototype]", "II")
    page.fill("[name=lamp-distance]", "minus two")
    page.fill("[name=site-fields]", "left sole\nright sole")
    press(page, "Save the draft")
    field = page.locator("#field-lamp-distance")
    expect(field.locator(".error")).to_be_visible()
    assert page.locator("[name=lamp-distance]").input_value().startswith("minus two")
    assert page.locator("[name=site-fields]").input_value() == "left sole\nright sole"
    assert page.locator("[name=patient-age]").input_value() == "66"
    clinician.check()
    page.fill("[name=lamp-distance]", "30")
    press(page, "Save the draft")
    expect(page.locator("#field-lamp-distance .error")).to_have_count(0)
    page.reload()
    assert page.locator("[name=lamp-distance]").input_value() == "30"
    clinician.expected.append(REFUSED)
    press(page, "Save and make the plan")
    expect(page.locator("#summary")).to_contain_text("No plan was made")
    assert page.locator("[name=site-fields]").input_value() == "left sole\nright sole"
    clinician.check()


def test_a_plan_is_changed_compared_and_signed(clinician: Visit, preview: Callable[..., str]) -> None:
    """A plan is made again at another distance, compared with the first, and signed with each warning read."""
    course(clinician, "Bela Demo")
    page = clinician.page
    follow(page, "Go to the case")
    expect(page.locator("#preview-now figure svg")).to_be_visible()
    preview(lambda page: page.fill("[name=lamp-distance]", "14"))
    press(page, "Save and make the plan")
    page.wait_for_url("**/plans/2/")
    clinician.check()
    expect(page.locator(".version")).to_contain_text("A proposal: not signed")
    page.get_by_text("Other versions").click()
    follow(page, "What changed from version 1")
    assert "12 in" in main(page).inner_text()
    assert "14 in" in main(page).inner_text()
    clinician.check()
    follow(page, "To version 2")
    follow(page, "Read the findings and sign")
    clinician.check()
    warnings = page.locator("[name^=warning-]")
    assert warnings.count()
    page.locator("[name=read]").check()
    page.fill("[name=password]", "not the password")
    # The browser itself asks for each tick first.
    press(page, "Sign version 2")
    assert urlsplit(page.url).path.endswith("/sign/")
    for box in warnings.all():
        box.check()
    press(page, "Sign version 2")
    expect(page.locator("#summary")).to_contain_text("password")
    assert warnings.first.is_checked()
    clinician.check()
    page.fill("[name=password]", PASSWORD)
    press(page, "Sign version 2")
    course(clinician, "Bela Demo")
    expect(page.get_by_role("heading", name="Plan in force: version 2")).to_be_visible()
    clinician.check()


def test_a_blocked_plan_cannot_be_signed(clinician: Visit) -> None:
    """Light to the face without goggles is blocked: the page says what would unblock it and offers no signature."""
    page = course(clinician, "Cleo Demo")
    address = page.url.replace(clinician.url, "") + "plans/1/"
    clinician.open(address)
    expect(page.locator(".version")).to_contain_text("cannot be signed")
    clinician.check()
    follow(page, "What would unblock it")
    assert heading(page).startswith("Blocked by")
    assert not page.locator("[name=password]").count()
    clinician.check()


def test_a_session_is_entered_in_the_clinic_and_corrected(clinician: Visit) -> None:
    """Each field, the eyes and the skin are tapped; a correction leaves both versions to be read."""
    course(clinician, "Greta Demo")
    page = clinician.page
    before = page.get_by_role("heading", name=re.compile(r"^\d+ sessions$")).inner_text()
    follow(page, "Write down a session")
    clinician.check()
    assert not page.locator("main :checked:not(option)").count()
    press(page, "Save")
    expect(page.locator("#summary")).to_contain_text("Tick each field that was lit")
    clinician.check()
    fill_session(page, before="5", after="4", skin="fine")
    press(page, "Save")
    expect(page.locator(".message")).to_contain_text("Session saved")
    number = int(before.split()[0]) + 1
    expect(page.get_by_role("heading", name=f"{number} sessions")).to_be_visible()
    follow(page, re.compile("correct this session"))
    clinician.check()
    assert heading(page).startswith("Correct the session of")
    page.locator("[name=as_planned]").check()
    tick(page, "after", "3")
    press(page, "Save")
    expect(page.get_by_role("heading", name=f"{number} sessions")).to_be_visible()
    follow(page, re.compile("what stood there before"))
    assert "2 versions" in heading(page)
    clinician.check()


def test_a_session_on_the_phone_is_seen_in_the_clinic(patient: Visit, clinician: Visit) -> None:
    """The patient gives the light, writes down pain before and after and the skin; the clinician reads it."""
    page = patient.page
    assert heading(page).startswith("Light today")
    patient.check()
    fill_own_session(page, before="8", after="6", skin="redness that fades")
    press(page, "Write it down")
    page.wait_for_function("document.querySelector('h1').innerText.includes('session is written down')")
    patient.check()
    course(clinician, "Elif Demo")
    row = clinician.page.locator("#sessions-heading ~ * tbody tr, [aria-labelledby=sessions-heading] tbody tr").first
    expect(row).to_contain_text("8 → 6")
    expect(row).to_contain_text("Redness that fades")
    expect(row).to_contain_text("the patient")


def test_a_blister_stops_the_light_and_calls_the_clinician(patient: Visit, clinician: Visit) -> None:
    """The patient is told what to do now; the clinician finds an urgent task, and finishes it."""
    page = patient.page
    page.goto(f"{patient.url}/me/wrong/")
    patient.check()
    page.fill("[name=text]", "A blister on the left sole")
    tick(page, "flags", "skin_or_eye_injury")
    tick(page, "bad", "quite")
    press(page, "Send to the clinic")
    expect(page.locator("h1")).to_have_text("Stop the light and call the clinic today")
    expect(main(page)).to_contain_text("Do not open a blister")
    assert page.locator("a[href='tel:112']").first.is_visible()
    patient.check()
    page.goto(f"{patient.url}/me/")
    assert heading(page).startswith("Stop: no light")
    patient.check()
    desk = clinician.open("/work/")
    follow(desk, re.compile("^Elif Demo"))
    assert heading(desk).startswith("Urgent for Elif Demo")
    clinician.check()
    tick(desk, "step", "done")
    desk.fill("[name=outcome]", "Called: a small blister, dry. No light until it is healed.")
    press(desk, "Write it down")
    clinician.open("/tasks/")
    assert "Elif Demo" not in main(desk).inner_text()
    clinician.check()


def test_a_patient_answers_looks_and_reads(patient: Visit, clinician: Visit) -> None:
    """A form that is due, the own chart, and a sheet with a question back; the clinician sees what came of it."""
    page = patient.page
    page.goto(f"{patient.url}/me/questions/")
    patient.check()
    follow(page, "Your pain today")
    patient.check()
    tick(page, "item_1", "9") if page.locator("[name=item_1]").count() else page.locator("[value='9']").first.check()
    press(page, "Write it down")
    expect(page.locator(".message").filter(has_text="written down")).to_be_visible()
    page.goto(f"{patient.url}/me/chart/")
    expect(page.locator("main svg").last).to_be_visible()
    page.get_by_text("The same as a table").click()
    assert "9" in page.locator("main tbody tr").first.inner_text()
    patient.check()
    page.goto(f"{patient.url}/me/learn/")
    patient.check()
    follow(page, "What to watch for")
    patient.check()
    page.locator("[name=blister][value=wait]").check()
    press(page, "Answer")
    expect(page.locator("[data-focus]")).to_contain_text("Please look at this once more")
    patient.check()
    desk = course(clinician, "Elif Demo")
    log = desk.locator("[aria-labelledby=log-heading] tbody")
    expect(log).to_contain_text("the patient")
    expect(log.locator("tr").filter(has_text="the patient").filter(has_text="9").first).to_be_visible()
    expect(log).to_contain_text("Read: What to watch for")
    expect(log).to_contain_text("talk it over")
    clinician.check()


def test_a_review_is_accepted_and_stays_readable(clinician: Visit) -> None:
    """The card of a course is read, its proposal accepted, its actions become tasks, and the card stays as it was."""
    page = course(clinician, "Hugo Demo")
    clinician.check()
    follow(page, "Review and decide")
    clinician.check()
    proposal = page.locator(".card h1, .card h2").first.inner_text()
    actions = page.locator("[name=actions]:checked").count()
    assert actions
    press(page, "Save your decision")
    expect(page.locator(".error").first).to_be_visible()
    clinician.check()
    tick(page, "word", "accept")
    page.fill("[name=reason]", "As the numbers say.")
    press(page, "Save your decision")
    page.wait_for_url(re.compile(r"/courses/[0-9a-f-]{36}/(#decide)?$"))
    expect(page.locator("[aria-labelledby=decisions-heading]")).to_contain_text("As the numbers say.")
    tasks = page.locator("[aria-labelledby=tasks-heading] tbody tr")
    assert tasks.count() >= actions
    clinician.check()
    follow(page, re.compile("^Card of"))
    expect(main(page)).to_contain_text(proposal)
    expect(main(page)).to_contain_text("as it was decided on")
    clinician.check()


def test_an_administrator_invites_reads_the_audit_and_erases(server: Server, visit: Visitor) -> None:
    """A colleague is invited; a person is erased in two steps, and is found no more; the audit holds."""
    there = visit(server)
    page = there.log_in("administrator")
    there.open("/clinic/accounts/")
    there.check()
    follow(page, "Make a colleague's account")
    there.check()
    page.fill("[name=name]", "Dr New")
    page.fill("[name=login]", "dr-new")
    page.select_option("[name=role]", "clinician")
    press(page, "Make the account")
    there.check()
    link = re.search(r"http://\S+", page.locator("p.hash").inner_text())
    assert link
    colleague = visit(server)
    colleague.page.goto(link[0])
    new_password(colleague.page)
    press(colleague.page, "Set the password and log in")
    assert find(colleague, "jonas") == 1

    there.open("/clinic/")
    there.check()
    follow(page, "Find the person")
    there.check()
    page.fill("[name=name]", "jonas")
    press(page, "Find")
    follow(page, "Jonas Demo")
    assert "Step 1 of 2" in main(page).inner_text()
    there.check()
    follow(page, "Go on to step 2")
    there.check()
    page.fill("[name=confirmation]", "something else")
    press(page, "Erase now")
    expect(main(page)).to_contain_text("Nothing was erased")
    there.check()
    page.fill("[name=confirmation]", page.locator("strong.hash").inner_text())
    press(page, "Erase now")
    assert "were erased on" in heading(page)
    there.check()
    assert find(colleague, "jonas") == 0
    assert find(colleague, "hugo") == 1

    there.open("/clinic/audit/")
    expect(page.locator("tbody")).to_contain_text("erase")
    there.check()
    holds(server)


def find(there: Visit, name: str) -> int:
    """Return how many people a search shows."""
    page = there.open("/patients/")
    page.fill("[name=name]", name)
    press(page, "Find")
    return main(page).get_by_role("link", name=re.compile(r" Demo$")).count()


def holds(server: Server) -> None:
    """Check the audit as whoever runs the machine does."""
    environment = {**os.environ, "NERVELIGHT_DATA": str(server.home)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "nervelight", "audit", "verify"]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


def test_sessions_are_written_down_without_javascript(server: Server, visit: Visitor) -> None:
    """Where scripts are off, a session is entered and corrected in the clinic, and written down on the phone."""
    there = visit(server, java_script_enabled=False)
    page = there.log_in("clinician")
    course(there, "Greta Demo")
    follow(page, "Write down a session")
    fill_session(page, before="5", after="4", skin="fine")
    press(page, "Save")
    expect(page.locator(".message")).to_contain_text("Session saved")
    follow(page, re.compile("correct this session"))
    page.locator("[name=as_planned]").check()
    tick(page, "after", "3")
    press(page, "Save")
    follow(page, re.compile("what stood there before"))
    assert "2 versions" in heading(page)
    elif_ = visit(server, phone=True, java_script_enabled=False)
    phone = elif_.log_in("patient")
    assert heading(phone).startswith("Light today")
    fill_own_session(phone, before="8", after="6", skin="fine")
    press(phone, "Write it down")
    assert "session is written down" in heading(phone)
    course(there, "Elif Demo")
    expect(page.locator("[aria-labelledby=sessions-heading] tbody tr").first).to_contain_text("8 → 6")


def test_a_session_is_entered_by_keyboard_alone(server: Server, visit: Visitor) -> None:
    """From the log-in to a saved session by Tab, arrows, Space and Enter, and it is always seen where one is."""
    there = visit(server)
    page = there.open("/login/")

    def at() -> dict[str, str]:
        found: dict[str, str] = page.evaluate(
            """() => { const e = document.activeElement, label = e.closest("label") || e;
              const shown = [e, label].some((each) => { const s = getComputedStyle(each);
                return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2; });
              const box = e.getBoundingClientRect();
              return { tag: e.tagName, name: e.name || "", value: e.value || "", text: (e.innerText || "").trim(),
                shown: String(shown), seen: String(box.bottom > 0 && box.top < innerHeight) }; }"""
        )
        # Past the last link of a page one is in the browser's own bar, and comes back.
        assert found["shown"] == found["seen"] == "true" or found["tag"] == "BODY", found
        return found

    def go(wanted: Callable[[dict[str, str]], bool], key: str = "Tab") -> dict[str, str]:
        for _ in range(150):
            page.keyboard.press(key)
            if wanted(found := at()):
                return found
        raise AssertionError("it cannot be reached by keyboard")

    def named(name: str) -> dict[str, str]:
        return go(lambda found: found["name"] == name)

    def enter(text: str) -> None:
        go(lambda found: found["text"].startswith(text))
        with page.expect_navigation():
            page.keyboard.press("Enter")

    def choose(name: str, value: str) -> None:
        """Reach a group of choices by Tab, and the choice by arrow."""
        found = named(name)
        page.keyboard.press("Space")
        if found["value"] != value:
            go(lambda found: found["value"] == value, "ArrowDown")
        assert page.locator(f"[name={name}][value='{value}']").is_checked()

    named("username")
    page.keyboard.type("demo-clinician")
    named("password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/work/")
    enter("Skip to content")
    assert page.evaluate("document.activeElement.id") == "main"
    page.goto(f"{there.url}/patients/")
    enter("Greta Demo")
    enter("Course opened")
    enter("Write down a session")
    choose("where", "clinic")
    for _ in range(2):
        named("lit")
        page.keyboard.press("Space")
    for name in ("site_checked", "as_planned"):
        named(name)
        page.keyboard.press("Space")
    choose("eyes", "yes")
    choose("skin", "fine")
    choose("before", "5")
    choose("after", "4")
    enter("Save")
    expect(page.locator(".message")).to_contain_text("Session saved")


def test_a_second_factor_is_asked_for(clinician: Visit) -> None:
    """The second factor is switched on with an app's code; after that a password alone opens nothing."""
    page = clinician.open("/account/second-factor/")
    clinician.check()
    secret = page.locator("code.hash").inner_text().replace(" ", "")
    page.fill("[name=code]", "000000")
    press(page, "Ask for a code from now on")
    expect(page.locator("#summary")).to_be_visible()
    clinician.check()
    page.fill("[name=code]", code(secret))
    press(page, "Ask for a code from now on")
    codes = page.locator(".codes code")
    expect(codes).to_have_count(10)
    recovery = codes.first.inner_text()
    clinician.check()
    page.get_by_role("button", name="Log out").first.click()
    page.wait_for_url("**/login/")
    clinician.log_in("clinician")
    assert urlsplit(page.url).path == "/login/code/"
    clinician.check()
    clinician.open("/work/")
    assert urlsplit(page.url).path == "/login/code/"
    # A code is good once: the one of the next half minute is the app's next, and right within the tolerance.
    page.fill("[name=code]", code(secret, ahead=1))
    press(page, "Go on")
    clinician.open("/work/")
    assert "need you today" in heading(page)
    page.get_by_role("button", name="Log out").first.click()
    page.wait_for_url("**/login/")
    clinician.log_in("clinician")
    page.fill("[name=code]", recovery)
    press(page, "Go on")
    clinician.open("/work/")
    assert "need you today" in heading(page)


def code(secret: str, ahead: int = 0) -> str:
    """Return what an authenticator app shows."""
    key = b32decode(secret + "=" * (-len(secret) % 8))
    return f"{totp(key, t0=-30 * ahead):06d}"
