"""Every page that a role can reach by links: no fault by axe-core, no error in the console."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from e2e.conftest import DESK, PHONE

# Pages of which one of a kind is enough: ids are taken out before a path is compared.
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)\d+(?=/)")
ONE_OF = ("/library/studies/", "/library/lamps/", "/library/evidence/")
DOWNLOADS = re.compile(r"export|/data/|documents/|\.svg|\.json")
MADE_OF = """() => {
  const chain = (each) => each === document.documentElement ? ""
    : `${chain(each.parentElement)} ${each.tagName}.${each.className}:${each.type || ""}:${each.getAttribute("role")}`;
  return [...new Set([...document.querySelectorAll("*")].map(chain))].sort().join(";");
}"""
"""Every kind of element of a page inside of what it stands in."""


def kind(path: str) -> str:
    for start in ONE_OF:
        if path.startswith(start) and path != start:
            return start + "*"
    return IDS.sub("*", path)


@pytest.fixture(scope="module")
def checked():
    """What pages that were checked are made of, in a size and a scheme: others of the same differ in words alone."""
    return set()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("role", "phone", "looks"),
    [
        ("clinician", False, [(DESK, "light"), (PHONE, "dark")]),
        ("patient", True, [(PHONE, "light"), (PHONE, "dark")]),
        ("administrator", False, [(DESK, "light")]),
    ],
    ids=["clinician", "patient", "administrator"],
)
def test_every_page_is_without_fault(read_server, visit, checked, role, phone, looks):
    there = visit(read_server, phone=phone)

    def check():
        made_of = there.page.evaluate(MADE_OF)
        for size, scheme in looks:
            if (known := (made_of, size["width"], scheme)) in checked:
                continue
            checked.add(known)
            there.page.set_viewport_size(size)
            there.page.emulate_media(color_scheme=scheme)
            there.check()

    there.open("/login/")
    check()
    there.log_in(role)
    waiting, seen = ["/"], set()
    while waiting:
        path = waiting.pop(0)
        page = there.open(path)
        here = urlsplit(page.url).path
        seen |= {kind(path), kind(here)}
        check()
        for link in page.locator("a[href^='/']").evaluate_all("all => all.map(each => each.getAttribute('href'))"):
            target = urlsplit(link).path
            if kind(target) not in seen and not DOWNLOADS.search(target):
                seen.add(kind(target))
                waiting.append(target)
    assert len(seen) > 5
