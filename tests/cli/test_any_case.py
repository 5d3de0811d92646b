"""Cases that are allowed value by value, and values at the far ends: a plan that keeps its laws, or faults."""

import datetime as dt
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nervelight.documents import read_yaml
from nervelight.errors import InvalidInput
from nervelight.evidence import CONDITIONS, study_ids
from nervelight.optics import device_ids, site, site_ids
from nervelight.planning import Plan, case_from_yaml, make_plan

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FEET = EXAMPLES / "diabetic_feet.yaml"
BASES = [path.read_text(encoding="utf-8") for path in sorted(EXAMPLES.glob("*.yaml"))]


def plan_of(case: dict[str, Any]) -> Plan:
    return make_plan(case_from_yaml(Path("case.yaml"), yaml.safe_dump(case, allow_unicode=True)), draws=16)


def keeps_its_laws(plan: Plan) -> None:
    blocks = [finding for finding in plan.findings if finding.level == "block"]
    assert plan.blocked == bool(blocks) == plan.title.startswith("Blocked: ")
    assert all(finding.sources for finding in plan.findings)
    assert all(finding.unblock for finding in blocks)
    if plan.prescription is None:
        assert blocks
    else:
        assert plan.prescription.time_per_field_s > 0
        assert plan.prescription.session_time_s <= plan.case["course"]["session_cap"] * (1 + 1e-9)
    assert finite(plan.model_dump())
    assert Plan.model_validate_json(plan.to_json()).to_json() == plan.to_json()


def finite(node: Any) -> bool:
    if isinstance(node, dict):
        return all(map(finite, node.values()))
    if isinstance(node, (list, tuple)):
        return all(map(finite, node))
    if isinstance(node, str):
        return not {"inf", "nan", "-inf"} & set(node.split())
    return not isinstance(node, float) or math.isfinite(node)


@st.composite
def allowed(draw):
    case = read_yaml("case.yaml", draw(st.sampled_from(BASES)))
    place = draw(st.sampled_from(site_ids()))
    case["site"] = {
        "name": place,
        "target": draw(st.sampled_from(["cutaneous_endings", *site(place).nerves])),
        "fields": [f"field {number}" for number in range(draw(st.integers(1, 12)))],
    }
    if draw(st.booleans()):
        case["site"]["measured"] = {"nerve_depth": f"{draw(st.floats(0.5, 60)):.3g} mm"}
    case["diagnosis"]["condition"] = draw(st.sampled_from(sorted(CONDITIONS)))
    tone = draw(st.sampled_from(["I", "III", "VI"]) | st.integers(-90, 90).map("{} deg".format))
    case["patient"] = {"label": "A", "age": "61 years", ("ita" if "deg" in tone else "phototype"): tone}
    distance = f"{draw(st.integers(0, 1000))} mm"
    case["lamp"] = {"device": draw(st.sampled_from(device_ids())), "distance": distance}
    if draw(st.booleans()):
        irradiance = f"{draw(st.floats(0.01, 500)):.3g} mW/cm2"
        case["lamp"]["readings"] = [{"distance": distance, "irradiance": irradiance, "instrument": "meter"}]
    case["anchor"] = draw(st.sampled_from(["choose", "yamany2012", "walt2022", *study_ids()]))
    case["safety"] |= {
        "eyes": draw(st.sampled_from(["goggles", "shielding", "none"])),
        "sensation": draw(st.sampled_from(["intact", "reduced", "absent"])),
        "perfusion": draw(st.sampled_from(["normal", "impaired"])),
    }
    case["course"]["session_cap"] = draw(st.sampled_from(["1 s", "1 min", "20 min", "5 h"]))
    return case


@pytest.mark.slow
@settings(max_examples=100)
@given(allowed())
def test_any_allowed_case_gives_a_plan_or_says_what_does_not_fit(case):
    try:
        plan = plan_of(case)
    except InvalidInput as problem:
        assert problem.faults
        return
    keeps_its_laws(plan)


def reading(irradiance: str, distance: str = "12 in") -> dict[str, str]:
    return {"distance": distance, "irradiance": irradiance, "instrument": "meter"}


FAR_ENDS = {
    "the last year": ("course", "start", dt.date(9999, 12, 20)),
    "the first year": ("course", "start", dt.date(1, 1, 1)),
    "a session of ages": ("course", "session_cap", "1e300 h"),
    "a session of a moment": ("course", "session_cap", "1e-300 s"),
    "a lamp at the horizon": ("lamp", "distance", "5 km"),
    "a lamp in another galaxy": ("lamp", "distance", "1e300 mm"),
    "a lamp on the skin": ("lamp", "distance", "0 mm"),
    "a lamp all but on the skin": ("lamp", "distance", "1e-300 mm"),
    "megawatts": ("lamp", "readings", [reading("9 MW/cm2")]),
    "more than the sun": ("lamp", "readings", [reading("1e300 mW/cm2")]),
    "no light to speak of": ("lamp", "readings", [reading("1e-300 mW/cm2")]),
    "brighter farther off": ("lamp", "readings", [reading("5 mW/cm2", "6 in"), reading("50 mW/cm2")]),
    "one wavelength twice": ("lamp", "wavelengths", ["850 nm", "850 nm"]),
    "at the edges of the tables": ("lamp", "wavelengths", ["600 nm", "1000 nm"]),
    "radio": ("lamp", "wavelengths", ["850 nm", "1e300 nm"]),
    "a spot of nothing": ("lamp", "spot_area", "1e-300 mm2"),
    "thick skin": ("site", "measured", {"dermis": "1e300 mm"}),
    "thin skin": ("site", "measured", {"dermis": "1e-300 mm"}),
    "fat without end": ("site", "measured", {"subcutaneous_fat": "1e300 mm"}),
    "a deep nerve": ("site", "measured", {"nerve_depth": "1e300 mm"}),
    "a score of many digits": ("scores", 0, {"instrument": "nrs11", "value": 10**400, "date": dt.date(2026, 1, 1)}),
    "a score that is none": ("scores", 0, {"instrument": "nrs11", "value": math.nan, "date": dt.date(2026, 1, 1)}),
    "control characters": ("patient", "label", "\x1b[31m\x07\x00\u202e\uffff"),
}


@pytest.mark.parametrize(("room", "name", "value"), FAR_ENDS.values(), ids=FAR_ENDS)
def test_a_value_at_a_far_end_gives_a_plan_or_faults(room, name, value):
    case = read_yaml(FEET)
    case[room][name] = value
    try:
        plan = plan_of(case)
    except InvalidInput as problem:
        # Paths as the user wrote them: no name of a type that the reader tried.
        assert all(fault.path.split(".")[-1] not in {"float", "int", "str"} for fault in problem.faults)
        return
    keeps_its_laws(plan)


def test_a_fault_of_a_score_is_told_once_and_where_it_stands():
    case = read_yaml(FEET)
    case["scores"][0]["value"] = "six"
    with pytest.raises(InvalidInput) as problem:
        plan_of(case)
    assert [fault.path for fault in problem.value.faults] == ["scores[0].value"]


@pytest.mark.parametrize("device", device_ids())
def test_an_own_reading_at_the_working_distance_is_enough_for_any_lamp(device):
    case = read_yaml(FEET)
    case["lamp"] = {
        "device": device,
        "distance": "20 cm",
        "readings": [reading("20 mW/cm2", "20 cm")],
        "wavelengths": ["660 nm", "850 nm"],
    }
    plan = plan_of(case)
    keeps_its_laws(plan)
    assert plan.lamp is not None
    assert plan.lamp.basis == "own-meter"
    assert plan.lamp.irradiance_mw_cm2.p50 == pytest.approx(20, rel=0.1)


def test_readings_that_contradict_each_other_are_not_averaged_into_certainty():
    case = read_yaml(FEET)
    case["lamp"]["readings"] = [reading("50 mW/cm2"), reading("5 mW/cm2")]
    try:
        plan = plan_of(case)
    except InvalidInput as problem:
        assert any(fault.path.startswith("lamp.readings") for fault in problem.faults)
        return
    assert plan.lamp is not None
    band = plan.lamp.irradiance_mw_cm2
    assert band.p5 < 10
    assert band.p95 > 40


def test_a_fair_ita_does_not_hide_a_dark_phototype():
    def melanin(**tone: str) -> tuple[float, float]:
        case = read_yaml(FEET)
        case["patient"] = {"label": "A", "age": "61 years", **tone}
        band = plan_of(case).tissue.melanosome_fraction
        return band.p5, band.p95

    # A meter and a history that cannot both be true: refused, or both are kept in mind.
    try:
        _, high = melanin(phototype="VI", ita="55 deg")
    except InvalidInput as problem:
        assert any(fault.path.startswith("patient") for fault in problem.faults)
        return
    assert high > melanin(ita="55 deg")[1]


# ---- writing


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["plan.json", "plan.html"])
def test_both_files_are_written_or_none(name, call, tmp_path):
    place = tmp_path / "out"
    call("plan", FEET, "-o", place, "--draws", 16)
    (place / name).unlink()
    (place / name).mkdir()
    before = files(tmp_path)
    answer = call("plan", EXAMPLES / "facial_pain.yaml", "-o", place, "--draws", 16)
    assert answer.code == 1
    assert name in answer.err
    assert files(tmp_path) == before


@pytest.mark.skipif(sys.platform != "linux", reason="the size of files is limited as Linux does")
def test_a_full_disk_leaves_nothing_half_written(tmp_path):
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "from nervelight.cli.main import main\n"
        f"sys.argv = ['nervelight', 'plan', {str(FEET)!r}, '-o', 'out', '--draws', '16']\nmain()"
    )
    done = subprocess.run([sys.executable, "-B", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1
    assert files(tmp_path) == {}
