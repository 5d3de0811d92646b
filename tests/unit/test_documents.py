"""YAML in: strict, every fault at once, and never another exception than InvalidInput."""

import datetime as dt
import json
import math
import subprocess
import sys
from typing import Annotated, Literal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from nervelight.documents import Document, fault_path, read_data, read_json, read_text, read_yaml, validated
from nervelight.errors import InvalidInput
from nervelight.units import Millimetres


class Lamp(Document):
    distance: Millimetres
    """how far from the skin"""
    colour: Literal["red", "infrared"] = "red"


class Room(Document):
    name: str
    """as on the door"""
    lamps: tuple[Lamp, ...] = ()
    share: Annotated[float, Field(gt=0, le=1)] = 0.5


def faults_of(text: str) -> list[str]:
    with pytest.raises(InvalidInput) as problem:
        validated(Room, read_yaml("room.yaml", text), "room.yaml")
    return [str(fault) for fault in problem.value.faults]


def refused(text: str) -> str:
    with pytest.raises(InvalidInput) as problem:
        read_yaml("room.yaml", text)
    assert problem.value.where == "room.yaml"
    return str(problem.value)


def test_a_good_document_is_read_with_its_units():
    room = validated(Room, read_yaml("room.yaml", "{name: A, lamps: [{distance: 12 in}]}"), "room.yaml")
    assert room.lamps[0].distance == pytest.approx(304.8)


def test_a_document_does_not_change():
    room = Room(name="A")
    with pytest.raises(ValueError, match="frozen"):
        room.name = "B"


def test_all_faults_come_at_once_each_with_path_value_and_choice():
    told = faults_of("""
nmae: A
lamps:
- {distance: 12 in}
- {distance: 12, colour: infared, power: 5 W}
- {colour: green}
share: 2
""")
    length = "needs a length with its unit, such as '152 mm', '15.2 cm' or '6 in'"
    assert sorted(told) == [
        "lamps[1].colour: got 'infared'; one of red, infrared (did you mean 'infrared'?)",
        f"lamps[1].distance: got 12; {length}; a bare number has no unit",
        "lamps[1].power: got 'power'; an unknown key; known here: colour, distance",
        "lamps[2].colour: got 'green'; one of red, infrared",
        "lamps[2].distance: missing; required: how far from the skin",
        "name: missing; required: as on the door",
        "nmae: got 'nmae'; an unknown key; known here: lamps, name, share (did you mean 'name'?)",
        "share: got 2; input should be less than or equal to 1",
    ]


def test_a_key_that_stands_twice_is_a_fault_with_its_line():
    told = refused("name: A\nshare: 0.1\nname: B\n")
    assert "line 3, column 1" in told
    assert "'name' stands twice" in told


@pytest.mark.parametrize("text", ["{a: {x: 1, x: 2}}", "- {x: 1, x: 1}", "1: a\n1: b", "true: a\ntrue: b"])
def test_also_deep_inside_and_for_keys_that_are_no_words(text):
    assert "stands twice" in refused(text)


@pytest.mark.parametrize("word", ["no", "yes", "on", "off", "No", "NO", "y", "n", "True", "FALSE"])
def test_norway_stays_a_word(word):
    assert read_yaml("x", f"a: {word}") == {"a": word}


def test_true_and_false_are_truth_values_and_days_are_days():
    assert read_yaml("x", "{a: true, b: false, c: 2026-12-07}") == {"a": True, "b": False, "c": dt.date(2026, 12, 7)}


@pytest.mark.parametrize("data", [None, "words", 5, ["a"], dt.date(2026, 1, 1), True, math.inf])
def test_a_document_is_a_mapping(data):
    with pytest.raises(InvalidInput, match="a mapping of keys to values"):
        validated(Room, data, "room.yaml")


@pytest.mark.parametrize("text", ["share: .inf\nname: A", "share: .nan\nname: A"])
def test_numbers_are_finite(text):
    assert any(line.startswith("share: ") for line in faults_of(text))


@pytest.mark.parametrize(
    "text",
    [
        "a: [1, 2",
        "a: b: c",
        "\tname: A",
        "name: A\n\tshare: 1",
        "name: 'A",
        "%",
        "@",
        "a: *nowhere",
        "? [a, b]\n: c",
        "{[a]: b}",
        "? {a: b}\n: c",
        "null: a",
        "2026-01-01: a",
        "a: 2026-13-45",
        "a: 2026-02-30 25:61:61",
        "--- a\n--- b",
        "!!python/object/apply:os.system ['true']",
        "a: !!python/name:os.system",
        "!unknown a",
        "a: &x {b: *x}",
        "a: \x07",
        "a: " + "9" * 5000,
        pytest.param("[" * 100_000, id="deep list"),
        pytest.param("{a: " * 20_000, id="deep mapping"),
        pytest.param("- " * 20_000 + "a", id="deep block"),
        pytest.param("\n".join(f"{' ' * depth}a:" for depth in range(3000)), id="deep indent"),
        "a: !!int ''",
        "a: !!int abc",
        "a: !!float ''",
        "a: !!bool maybe",
        "a: !!timestamp soon",
        "a: !!binary é",
        "a: !!omap b",
        "a: !!null b\nb: !!set [1]",
    ],
)
def test_what_is_no_plain_yaml_is_refused(text):
    assert len(refused(text)) < 500


@given(st.text(alphabet=st.sampled_from("ab:-,[]{}&*!?|>'\"%@` \n\t#.0129~<=_\\é\u2028"), max_size=40))
def test_no_text_raises_anything_else(text):
    try:
        read_yaml("x", text)
    except InvalidInput as problem:
        assert problem.faults


TAGS = ["int", "float", "bool", "null", "timestamp", "binary", "omap", "pairs", "set", "seq", "map", "str"]


@given(st.sampled_from(TAGS), st.text(alphabet="0127:.+-_eEx abT", max_size=8))
def test_no_tag_raises_anything_else(tag, text):
    try:
        read_yaml("x", f"a: !!{tag} {text!r}")
    except InvalidInput as problem:
        assert problem.faults


plain = st.recursive(
    st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False) | st.text("ab é:#-'\"\n", max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(plain)
def test_what_is_written_is_what_is_read(data):
    assert read_yaml("x", yaml.safe_dump(data, allow_unicode=True)) == data


@given(plain)
def test_whatever_a_document_holds_it_is_accepted_or_told(data):
    for room in (data, {"name": data}, {"name": "A", "lamps": data}, {"name": "A", "lamps": [data], "share": data}):
        try:
            validated(Room, room, "x")
        except InvalidInput as problem:
            assert problem.faults
            assert all(fault.path and fault.allowed for fault in problem.faults)


def test_a_file_that_does_not_exist(tmp_path):
    with pytest.raises(InvalidInput, match="a file that exists"):
        read_yaml(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    "content", [b"name: caf\xe9", b"\xff\xfen\x00a\x00", b"\x00\x01\x02\x80", b"\x89PNG\r\n\x1a\n\x00"]
)
def test_a_file_that_is_not_utf8_text(tmp_path, content):
    path = tmp_path / "case.yaml"
    path.write_bytes(content)
    with pytest.raises(InvalidInput):
        read_yaml(path)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path):
    path = tmp_path / "case.yaml"
    path.write_bytes("\ufeffname: Zoë\r\nshare: 1\r\n".encode())
    assert read_yaml(path) == {"name": "Zoë", "share": 1}


def test_a_folder_is_not_a_file(tmp_path):
    with pytest.raises(InvalidInput, match="a readable UTF-8 text file"):
        read_yaml(tmp_path)


def test_aliases_stand_for_what_they_name():
    assert read_yaml("x", "{a: &x [1, 2], b: *x}") == {"a": [1, 2], "b": [1, 2]}


BOMB = "\n".join(
    ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
)


@pytest.mark.parametrize(
    "use", ["name: *a9", "lamps: *a9", "share: *a9", "lamps: [*a9]", "*a9 : x", "a: &x [*x]\nname: *x"]
)
def test_aliases_within_aliases_do_not_eat_the_memory(use, tmp_path):
    path = tmp_path / "bomb.yaml"
    path.write_text(f"{BOMB}\n{use}\n")
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))\n"
        "from nervelight.planning import read_case; from nervelight.documents import *\n"
        "from nervelight.errors import InvalidInput\n"
        "class Room(Document):\n    name: str\n    lamps: tuple[str, ...]\n    share: float\n"
        "try: validated(Room, read_yaml(sys.argv[1]), 'bomb')\n"
        "except InvalidInput as problem: print(len(str(problem)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    assert int(done.stdout) < 10_000


@pytest.mark.parametrize(
    ("loc", "path"),
    [(("scores", 0, "value"), "scores[0].value"), ((), "file"), (("a",), "a"), (("a", "b", 1, 2), "a.b[1][2]")],
)
def test_paths_are_written_as_people_do(loc, path):
    assert fault_path(loc) == path


def test_the_packages_own_files_are_read_as_strictly():
    assert read_data("nervelight.optics", "data", "sites.yaml")
    with pytest.raises(FileNotFoundError):
        read_data("nervelight.optics", "data", "absent.yaml")


# ---- JSON


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1, column 1"),
        ('{"a": 1,\n "b": }', "line 2, column 7"),
        ('{"a": {"b": 1, "b": 2}}', "the key 'b' stands twice"),
        ("[NaN]", "NaN is no number of JSON"),
        ("[-Infinity]", "-Infinity is no number of JSON"),
        ("[" * 100_000, "recursion"),
        ("1" * 5000, "digits"),
    ],
)
def test_json_that_cannot_be_read(text, told):
    with pytest.raises(InvalidInput, match=told) as problem:
        read_json("form.json", text)
    assert problem.value.where == "form.json" and len(problem.value.faults) == 1


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_comes_back_as_it_was(data):
    assert read_json("form.json", json.dumps(data)) == data
    assert read_json("form.json", "\ufeff" + json.dumps(data)) == data


def test_a_text_is_read_to_the_letter(tmp_path):
    path = tmp_path / "form.json"
    path.write_bytes('{\r\n"ä": 1}\n'.encode())
    assert read_text(path) == '{\r\n"ä": 1}\n'
    assert read_json(path) == {"ä": 1}
    for name in ("none.json", "."):
        with pytest.raises(InvalidInput):
            read_json(tmp_path / name)
