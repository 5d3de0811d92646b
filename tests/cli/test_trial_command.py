"""``nervelight trial``: from a file of assumptions to power and size."""

import json
import os
import sys
from contextlib import nullcontext
from pathlib import Path

import html5lib
import pytest

from nervelight.populations.trial import TargetLights

if os.environ.get("NERVELIGHT_REQUIRE_CLUSTER") != "1":
    pytest.importorskip("statsmodels")

TRIAL = Path(__file__).resolve().parents[2] / "examples" / "populations" / "trial.yaml"


@pytest.fixture
def no_light(monkeypatch):
    """The lights of a cohort are not computed: half of the people get half of the light when dosed at the skin."""
    import numpy as np

    world = np.arange(256) % 8
    lights = TargetLights(nerve=np.ones(256), skin=np.repeat([0.5, 2.0], 128), world=world, time=120.0)
    monkeypatch.setattr("nervelight.populations.lights_of", lambda *_, **__: lights)
    # Workers of their own have a test of theirs.
    monkeypatch.setattr("nervelight.populations.connect", lambda *_: nullcontext())


@pytest.mark.usefixtures("no_light")
def test_a_trial_tells_power_size_and_what_it_rests_on(call, tmp_path):
    done = call("trial", TRIAL, "-o", tmp_path / "out", "--trials", "40")
    assert done.code == 0, done
    assert max(map(len, done.out.split("Written")[0].splitlines())) <= 80
    words = " ".join(done.out.split())
    for told in (
        "at the skin, one time for all",
        "light that does nothing",
        "nobody has shown it",
        "frisaldi2023",
        "2 min",
    ):
        assert told in words, told
    record = json.loads((tmp_path / "out" / "trial.json").read_text())
    assert record["trials"] == 40 and record["nerve"]["people_needed"] < record["skin"]["people_needed"]
    page = (tmp_path / "out" / "trial.html").read_text()
    html5lib.HTMLParser(strict=True).parse(page)
    assert "assumption of this file" in page and "<script" not in page
    assert "none is simulated" in page and page.count("<svg") == 1
    again = call("trial", TRIAL, "-o", tmp_path / "out", "--trials", "40", "--json")
    assert json.loads(again.out) == record


def test_without_the_extra_it_says_what_to_install(call, monkeypatch):
    monkeypatch.setitem(sys.modules, "statsmodels", None)
    for name in [name for name in sys.modules if name.startswith("statsmodels.")]:
        monkeypatch.delitem(sys.modules, name)
    done = call("trial", TRIAL, "-o", "out")
    assert done.code == 1 and "pip install 'nervelight[cluster]'" in done.err


@pytest.mark.usefixtures("no_light")
def test_workers_are_a_number_or_a_scheduler_s_own(call, tmp_path):
    done = call("trial", TRIAL, "-o", tmp_path / "out", "--workers", "many", "--cluster", "tcp://127.0.0.1:1")
    assert done.code == 1
    assert "--workers" in done.err and "a number of processes, or auto" in done.err
    assert not (tmp_path / "out").exists()
