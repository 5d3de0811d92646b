"""How much memory `nervelight serve` takes when idle: target 250 MB.

Run: ``python benchmarks/serve.py [FOLDER]``. FOLDER is one that ``benchmarks/clinic.py`` filled; without it a small
record is made. The server is asked for the log-in page, then for each page that a logged-in account can reach by the
links of its pages, as both roles. Reads the resident memory that Linux tells of the process.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from record.places import Browser, Place, Places

PAGES = 60
FIRST = ("/work/", "/me/", "/clinic/", "/patients/", "/library/evidence/")


def memory(process: int) -> float:
    """Return the resident memory of a process [MB]."""
    text = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", text)[1]) / 1024


def visit(browser: Browser) -> int:
    """Ask for pages as their links lead on; return how many answered."""
    waiting, seen, answered = list(FIRST), set(), 0
    while waiting and len(seen) < PAGES:
        path = waiting.pop(0)
        seen.add(path)
        status, text = browser.send("GET", path)
        answered += status == 200
        found = re.findall(r'href="(/[^"#?]*)"', text)
        waiting += [link for link in dict.fromkeys(found) if link not in seen and not link.startswith("/static")]
    return answered


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(sys.argv[1])) if len(sys.argv) > 1 else Places(Path(folder)).new("sqlite")
        begun = time.perf_counter()
        with place.served() as server:
            print(f"ready after {time.perf_counter() - begun:.1f} s")
            print(f"{'idle after the start':34} {memory(server.process.pid):6.0f} MB")
            Browser(server.port).send("GET", "/login/")
            print(f"{'after the log-in page':34} {memory(server.process.pid):6.0f} MB")
            for role in ("clinician", "patient", "administrator"):
                browser = Browser(server.port)
                browser.log_in(role)
                count = visit(browser)
                print(f"{f'after {count} pages as {role}':34} {memory(server.process.pid):6.0f} MB")
            time.sleep(5)
            print(f"{'idle again':34} {memory(server.process.pid):6.0f} MB")


if __name__ == "__main__":
    main()
