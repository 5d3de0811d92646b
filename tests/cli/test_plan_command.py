"""``nervelight plan``: exit codes, files, words; and whatever the case file holds, a plan or its faults."""

import json
import math
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nervelight.errors import InvalidInput
from nervelight.planning import Plan, make_plan

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FEET = EXAMPLES / "diabetic_feet.yaml"
OUTCOMES = {
    "carpal_tunnel": 0,
    "chemotherapy_hands": 0,
    "diabetic_feet": 0,
    "facial_pain": 3,
    "stroke_hand": 3,
    "lumbar_radiculopathy": 3,
}
FEW = ("--draws", 16)


def changed(tmp_path: Path, old: str, new: str, name: str = "case.yaml") -> Path:
    """Write the first example with one change."""
    text = FEET.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / name
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def nothing_written(answer, faults_at: str = "") -> None:
    """The answer of a case that cannot be used."""
    assert answer.code == 1, answer
    assert answer.out == ""
    assert "nothing was written" in " ".join(answer.err.split())
    assert "Traceback" not in answer.err
    assert faults_at in " ".join(answer.err.split())
    assert files_in(Path.cwd()) == []


# ---- what is written


def test_every_example_is_tried():
    assert set(OUTCOMES) == {path.stem for path in EXAMPLES.glob("*.yaml")}


@pytest.mark.parametrize(("name", "code"), OUTCOMES.items())
def test_each_example_writes_both_files_and_leaves_with_its_code(name, code, call):
    answer = call("plan", EXAMPLES / f"{name}.yaml", "-o", "out", *FEW)
    assert answer.code == code, answer
    assert files_in(Path.cwd()) == ["out", "out/plan.html", "out/plan.json"]
    plan = json.loads(Path("out/plan.json").read_text(encoding="utf-8"))
    assert plan["blocked"] is (code == 3)
    assert plan["blocked"] is any(finding["level"] == "block" for finding in plan["findings"])
    page = Path("out/plan.html").read_text(encoding="utf-8")
    assert plan["case"]["patient"]["label"] in page
    assert page.rstrip().endswith("</html>")
    assert plan["title"].split(":")[0] in " ".join(answer.out.split())
    assert ("BLOCK" in answer.out) is plan["blocked"]


def test_a_blocked_plan_says_what_would_unblock_it(call):
    call("plan", EXAMPLES / "facial_pain.yaml", "-o", "out", *FEW)
    plan = json.loads(Path("out/plan.json").read_text(encoding="utf-8"))
    blocks = [finding for finding in plan["findings"] if finding["level"] == "block"]
    assert len(blocks) >= 2
    assert all(block["unblock"] for block in blocks)


def test_without_a_folder_the_plan_goes_beside_the_caller_under_the_name_of_the_case(call):
    assert call("plan", FEET, *FEW).code == 0
    assert files_in(Path.cwd()) == [
        "diabetic_feet_plan",
        "diabetic_feet_plan/plan.html",
        "diabetic_feet_plan/plan.json",
    ]


def test_folders_on_the_way_are_made(call):
    assert call("plan", FEET, "-o", "a/b/c", *FEW).code == 0
    assert files_in(Path("a/b/c")) == ["plan.html", "plan.json"]


def test_json_prints_exactly_the_file(call):
    answer = call("plan", FEET, "--json", "-o", "out", *FEW)
    assert answer.out == Path("out/plan.json").read_text(encoding="utf-8")
    assert answer.err == ""
    assert Plan.model_validate_json(answer.out).to_json() == answer.out


def test_json_of_a_blocked_plan_is_printed_too(call):
    answer = call("plan", EXAMPLES / "facial_pain.yaml", "--json", "-o", "out", *FEW)
    assert answer.code == 3
    assert json.loads(answer.out)["blocked"] is True


def test_the_same_call_gives_the_same_files_and_another_seed_another_plan(call):
    for folder, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert call("plan", FEET, "-o", folder, "--seed", seed, *FEW).code == 0
    for name in ("plan.json", "plan.html"):
        assert Path("a", name).read_bytes() == Path("b", name).read_bytes()
    assert Path("a/plan.json").read_bytes() != Path("c/plan.json").read_bytes()


def test_files_can_be_read_by_whom_the_umask_lets(call):
    call("plan", FEET, "-o", "out", *FEW)
    fresh = Path("fresh")
    fresh.touch()
    assert Path("out/plan.html").stat().st_mode == fresh.stat().st_mode


def test_an_older_plan_is_replaced_whole(call):
    Path("out").mkdir()
    Path("out/plan.json").write_text("old " * 100_000)
    Path("out/other.txt").write_text("mine")
    assert call("plan", FEET, "-o", "out", *FEW).code == 0
    json.loads(Path("out/plan.json").read_text(encoding="utf-8"))
    assert Path("out/other.txt").read_text() == "mine"


def test_a_failed_write_leaves_the_old_files_and_no_remains(call, monkeypatch):
    Path("out").mkdir()
    for name in ("plan.json", "plan.html"):
        Path("out", name).write_text("old")

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device", "plan.html")

    monkeypatch.setattr("nervelight.report.plan_page", full)
    answer = call("plan", FEET, "-o", "out", *FEW)
    assert answer.code == 1
    assert "No space left on device" in answer.err
    assert files_in(Path("out")) == ["plan.html", "plan.json"]
    assert Path("out/plan.json").read_text() == Path("out/plan.html").read_text() == "old"


# ---- what is refused


def test_invalid_input_leaves_existing_files_as_they_are(call, tmp_path):
    Path("out").mkdir()
    Path("out/plan.json").write_text("old")
    answer = call("plan", changed(tmp_path, "phototype: III", "phototype: 3"), "-o", "out", *FEW)
    assert answer.code == 1
    assert files_in(Path.cwd()) == ["out", "out/plan.json"]
    assert Path("out/plan.json").read_text() == "old"


def test_every_fault_is_told_at_once_with_path_value_choice_and_suggestion(call, tmp_path):
    text = FEET.read_text(encoding="utf-8")
    for old, new in (
        ("distance: 12 in", "distance: 12"),
        ("device: bestqool_pro300", "device: bestqool_pro30"),
        ("phototype: III", "phototype: VII"),
        ("value: 7,", "value: 17,"),
        ("name: plantar_foot", "name: plantar_fot"),
        ("eyes: goggles", "eys: goggles"),
        ("start: 2026-08-03", "start: soon"),
        ("anchor: yamany2012", "anchor: yamani2012"),
    ):
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "case.yaml"
    path.write_text(text, encoding="utf-8")
    answer = call("plan", path, *FEW)
    nothing_written(answer)
    said = " ".join(answer.err.split())
    for place in (
        "lamp.distance",
        "lamp.device",
        "patient.phototype",
        "site.name",
        "safety.eys",
        "course.start",
        "anchor",
    ):
        assert f" {place}: " in said, place
    assert "safety.eyes: missing" in said
    assert "did you mean 'bestqool_pro300'?" in said
    assert "did you mean 'plantar_foot'?" in said
    assert "did you mean 'eyes'?" in said
    assert "did you mean 'yamany2012'?" in said
    assert "got 12;" in said
    assert "scores[0].value: got 17" in said


@pytest.mark.parametrize(
    "line",
    ["  phototype: III\n", "  distance: 12 in\n", "  sensation: reduced\n", "  drugs: [metformin, duloxetine]\n"],
)
def test_nothing_clinical_has_a_default(line, call, tmp_path):
    answer = call("plan", changed(tmp_path, line, ""), *FEW)
    nothing_written(answer, line.split(":")[0].strip())


@pytest.mark.parametrize("line", ["  phototype: III\n", "  distance: 12 in\n"])
def test_a_missing_value_says_why_it_is_needed(line, call, tmp_path):
    answer = call("plan", changed(tmp_path, line, ""), *FEW)
    assert re.search(r"melanin|irradiance falls", " ".join(answer.err.split()))


def test_a_reading_that_the_study_has_not_is_refused_with_those_it_has(call, tmp_path):
    text = (EXAMPLES / "carpal_tunnel.yaml").read_text(encoding="utf-8")
    path = tmp_path / "case.yaml"
    path.write_text(text + "\nanchor_scenario: 60 mW\n", encoding="utf-8")
    answer = call("plan", path, *FEW)
    nothing_written(answer, "anchor_scenario")
    said = " ".join(answer.err.split())
    assert "60 mW read as mean power" in said
    assert "60 mW read as peak power" in said


def test_a_distance_may_be_left_to_the_planner_who_says_what_it_chose(call, tmp_path):
    answer = call("plan", changed(tmp_path, "distance: 12 in", "distance: choose"), "-o", "out", *FEW)
    assert answer.code == 0, answer
    plan = json.loads(Path("out/plan.json").read_text(encoding="utf-8"))
    assert plan["case"]["lamp"]["distance"] == "choose"
    assert plan["lamp"]["distance_mm"] == 305
    assert "The planner chose the distance: 30 cm" in " ".join(answer.out.split())


def test_a_bare_number_is_refused_because_it_has_no_unit(call, tmp_path):
    nothing_written(
        call("plan", changed(tmp_path, "session_cap: 30 min", "session_cap: 30"), *FEW), "course.session_cap"
    )


PARTS = b"schema patient diagnosis scores site lamp anchor safety course care".split()
NO_CASES = {
    "empty": b"",
    "comment": b"# nothing\n",
    "list": b"- 1\n- 2\n",
    "word": b"hello",
    "number": b"42",
    "null": b"null",
    "binary": bytes(range(256)) * 4,
    "latin-1": "schema: ä".encode("latin-1"),
    "utf-16": "schema: x".encode("utf-16"),
    "tab": b"schema:\n\tx: 1\n",
    "two documents": b"a: 1\n---\nb: 2\n",
    "unclosed": b"a: [1, 2\n",
    "unknown alias": b"a: *b\n",
    "itself": b"patient: &p {label: *p}\n",
    "itself in a list": b"scores: &s [*s]\n",
    "python tag": b"a: !!python/object/apply:os.getcwd []\n",
    "deep flow": b"a: " + b"[" * 3000 + b"]" * 3000,
    "deep blocks": b"".join(b" " * i + b"a:\n" for i in range(1500)),
    "deep mapping": b"{a: " * 3000 + b"1" + b"}" * 3000,
    "duplicate key": b"patient: {label: a}\npatient: {label: b}\n",
    "no keys that we know": b"a: 1\nb: 2\n",
    "keys that are no words": b"1: 1\n2.5: 2\ntrue: 3\n? [a]\n: 4\n",
    "all wrong types": b"\n".join(key + b": 5" for key in PARTS),
    "all lists": b"\n".join(key + b": [5]" for key in PARTS),
    "numbers for lists": b"diagnosis: {red_flags: 5}\nsafety: {contraindications: 7, drugs: 3}\nscores: 2\n",
    "mappings for words": b"anchor: {a: 1}\nlamp: {device: {b: 2}}\nsite: {name: {c: 3}, target: [4]}\n",
    "huge integer": b"schema: " + b"9" * 6000,
    "control characters": b"schema: \x1b[31mred\n",
    "markup": b"schema: '[bold]x[/] [/nosuch]'\n'[/]': 1\n",
}


@pytest.mark.parametrize("content", NO_CASES.values(), ids=NO_CASES)
@pytest.mark.parametrize("command", ["plan", "case explain"])
def test_what_is_no_case_is_told_in_words(command, content, call, tmp_path):
    path = tmp_path / "case.yaml"
    path.write_bytes(content)
    answer = call(*command.split(), path)
    nothing_written(answer)
    assert "\x1b" not in answer.err
    assert len(answer.err) < 10_000


def test_aliases_in_a_case_cannot_blow_up_the_message(call, tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 8)}]" for i in range(1, 5)]
    path = tmp_path / "case.yaml"
    path.write_text("\n".join([*lines, "patient: *a4", "lamp: {device: *a4}"]))
    answer = call("plan", path)
    nothing_written(answer)
    assert len(answer.err) < 10_000


def test_a_missing_file_and_a_folder_are_told_in_words(call, tmp_path):
    nothing_written(call("plan", tmp_path / "nowhere.yaml"), "a file that exists")
    nothing_written(call("plan", tmp_path), "readable")


def test_a_name_with_brackets_is_no_markup(call, tmp_path):
    answer = call("plan", tmp_path / "[red]no[/]where[/x].yaml")
    assert answer.code == 1
    assert "[red]no[/]where[/x].yaml" in answer.err.replace("\n", "")


@pytest.mark.parametrize("folder", ["file/sub", "/proc/nervelight/sub"])
def test_a_folder_that_cannot_be_written_is_one_clear_line(folder, call):
    Path("file").write_text("mine")
    answer = call("plan", FEET, "-o", folder, *FEW)
    assert answer.code == 1
    assert answer.out == ""
    assert len(answer.err.strip().splitlines()) == 1
    assert answer.err.startswith("error: ")
    assert files_in(Path.cwd()) == ["file"]
    assert Path("file").read_text() == "mine"


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan"],
        ["plan", FEET, "--nosuch"],
        ["plan", FEET, "extra"],
        ["plan", FEET, "--draws", "17"],
        ["plan", FEET, "--draws", "8"],
        ["plan", FEET, "--draws", "many"],
        ["plan", FEET, "--seed", "-1"],
        ["nosuch"],
        ["--nosuch"],
    ],
)
def test_a_wrong_call_is_code_two_and_writes_nothing(arguments, call):
    answer = call(*arguments)
    assert answer.code == 2, answer
    assert answer.out == ""
    assert "Usage: nervelight" in answer.err
    assert files_in(Path.cwd()) == []


def test_a_folder_that_is_a_file_is_a_wrong_call(call):
    Path("file").write_text("mine")
    answer = call("plan", FEET, "-o", "file", *FEW)
    assert answer.code == 2
    assert Path("file").read_text() == "mine"


def test_wrong_draws_suggest_the_next_right_ones(call):
    assert "try 64" in call("plan", FEET, "--draws", 100).err


# ---- whatever the file holds


def leaves(data, path=()):
    if isinstance(data, dict):
        items = data.items()
    elif isinstance(data, list):
        items = enumerate(data)
    else:
        yield path
        return
    if path:
        yield path
    for key, value in items:
        yield from leaves(value, (*path, key))


BASES = [yaml.safe_load((EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8")) for name in OUTCOMES]
WRIST = BASES[list(OUTCOMES).index("carpal_tunnel")]
BASES.append({**WRIST, "anchor_scenario": "60 mW read as peak power", "lamp": {**WRIST["lamp"], "distance": "choose"}})
PLACES = [(index, place) for index, base in enumerate(BASES) for place in leaves(base)]
ODD_WORDS = [
    "", "no", "null", "~", "NaN", "-inf mm", "0 mm", "1e-300 mm", "1e300 mm", "-5 min", "5 mW/cm2", "0.001 s",
    "1e9 min", "choose", "walt2022", "yamany2012", "lavery2008", "cheek", "tibial", "cutaneous_endings", "VI", "none",
    "60 mW read as mean power", "worldphysio_mls_pilot", "thor_200mw_810", "1 mm", "0.001 cm2", "10000 cm2", "3 m",
    "90 deg", "-90 deg", "0001-01-01", "9999-12-31", "2026-02-30", "999 years", "0 years", "E11", "\u202e", "🌙",
    "a" * 501, "[bold]", "<script>", "joovv_solo_3", "thor_69led", "erchonia_fx635", "45 degC", "absent", "mon",
]  # fmt: skip
scalars = (
    st.sampled_from(ODD_WORDS)
    | st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.dates()
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)
)
values = scalars | st.lists(scalars, max_size=3) | st.dictionaries(st.text("abc", max_size=3), scalars, max_size=3)
GONE = object()


def numbers_in(data):
    if isinstance(data, dict):
        for value in data.values():
            yield from numbers_in(value)
    elif isinstance(data, (list, tuple)):
        for value in data:
            yield from numbers_in(value)
    elif isinstance(data, float):
        yield data


@pytest.mark.slow
@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(st.tuples(st.sampled_from(PLACES), st.just(GONE) | values), min_size=1, max_size=3))
def test_a_mutated_case_gives_a_plan_or_its_faults(tmp_path, changes):
    index = changes[0][0][0]
    data = yaml.safe_load(yaml.safe_dump(BASES[index]))
    for (_, place), value in changes:
        holder = data
        try:
            for key in place[:-1]:
                holder = holder[key]
            if value is GONE:
                del holder[place[-1]]
            else:
                holder[place[-1]] = value
        except (KeyError, IndexError, TypeError):
            # An earlier change took that place away, or it is one of another example.
            continue
    path = tmp_path / "case.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    try:
        plan = make_plan(path, draws=16)
    except InvalidInput as problem:
        assert problem.faults
        assert all(str(fault) for fault in problem.faults)
        return
    text = plan.to_json()
    parsed = json.loads(text, parse_constant=lambda constant: pytest.fail(f"{constant} in the plan"))
    assert all(math.isfinite(number) for number in numbers_in(parsed))
    assert parsed["blocked"] is any(finding["level"] == "block" for finding in parsed["findings"])


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_any_bytes_are_a_case_or_faults(tmp_path, content):
    path = tmp_path / "case.yaml"
    path.write_bytes(content)
    with pytest.raises(InvalidInput):
        make_plan(path, draws=16)


# ---- as its users call it


def test_unicode_comes_through(shell, tmp_path):
    path = changed(tmp_path, "label: Example A", "label: 'Zoë 山田 🌙'", name="fälle 山.yaml")
    done = shell("plan", path, "--draws", 16, NO_COLOR="1", LC_ALL="C.UTF-8")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "fälle 山_plan"
    assert json.loads((folder / "plan.json").read_text(encoding="utf-8"))["case"]["patient"]["label"] == "Zoë 山田 🌙"
    assert "Zoë 山田 🌙" in (folder / "plan.html").read_text(encoding="utf-8")


def test_a_terminal_that_knows_ascii_only_still_gets_the_plan(shell, tmp_path):
    done = shell("plan", FEET, "--draws", 16, PYTHONUTF8="0", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "diabetic_feet_plan" / "plan.json").exists()


def test_the_summary_is_one_screen_without_colour(shell):
    done = shell("plan", FEET, "--draws", 16, NO_COLOR="1", COLUMNS="80")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    lines = done.stdout.splitlines()
    written = next(index for index, line in enumerate(lines) if line.startswith("Written: "))
    assert max(map(len, lines[:written])) <= 80
    assert written <= 45
    assert done.stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param("plan {feet} --json --draws 16 -o out", marks=pytest.mark.slow),
        pytest.param("plan {feet} --draws 16 -o out", marks=pytest.mark.slow),
        "evidence list",
    ],
)
def test_a_closed_pipe_is_no_fault(arguments, shell):
    done = shell(line=f"$NERVELIGHT {arguments.format(feet=FEET)} | head -1 >/dev/null; echo ${{PIPESTATUS[0]}}")
    assert done.stderr == ""
    assert done.stdout.strip() == "0"


def test_faults_stay_within_the_width_and_on_stderr(shell, tmp_path):
    path = changed(tmp_path, "eyes: goggles", "eys: goggles")
    done = shell("plan", path, COLUMNS="80", NO_COLOR="1")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "\x1b" not in done.stderr
    assert "Traceback" not in done.stderr


def test_the_installed_script_is_this_command(shell):
    from importlib.metadata import entry_points

    (script,) = entry_points(group="console_scripts", name="nervelight")
    assert script.value == "nervelight.cli.main:main"
    assert re.match(r"nervelight, version \d+\.\d+", shell("--version").stdout)
