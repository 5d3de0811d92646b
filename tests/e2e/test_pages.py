"""Every page that a role can reach by links: no fault by axe-core, no error in the console."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

# Pages of which one of a kind is enough: ids are taken out before a path is compared.
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)\d+(?=/)")
ONE_OF = ("/library/studies/", "/library/lamps/", "/library/evidence/")
DOWNLOADS = re.compile(r"export|/data/|documents/|\.svg|\.json")


def kind(path: str) -> str:
    for start in ONE_OF:
        if path.startswith(start) and path != start:
            return start + "*"
    return IDS.sub("*", path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("role", "phone", "scheme"),
    [
        ("clinician", False, "light"),
        ("clinician", True, "dark"),
        ("patient", True, "light"),
        ("patient", True, "dark"),
        ("administrator", False, "light"),
    ],
)
def test_every_page_is_without_fault(read_server, visit, role, phone, scheme):
    there = visit(read_server, phone=phone, color_scheme=scheme)
    there.open("/login/")
    there.check()
    there.log_in(role)
    waiting, seen = ["/"], set()
    while waiting:
        path = waiting.pop(0)
        page = there.open(path)
        here = urlsplit(page.url).path
        seen |= {kind(path), kind(here)}
        there.check()
        for link in page.locator("a[href^='/']").evaluate_all("all => all.map(each => each.getAttribute('href'))"):
            target = urlsplit(link).path
            if kind(target) not in seen and not DOWNLOADS.search(target):
                seen.add(kind(target))
                waiting.append(target)
    assert len(seen) > 5
