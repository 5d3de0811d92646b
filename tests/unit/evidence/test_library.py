"""Adding a study: checked, told what it lacks, kept in the user's folder, and then one of the library."""

import pytest
import yaml

from nervelight.errors import InvalidInput, UnknownName
from nervelight.evidence import (
    add_study,
    added_ids,
    anchors_for,
    claims,
    remove_study,
    review_study,
    studies,
    study,
    study_ids,
)
from nervelight.evidence.memory import forget
from nervelight.sources import source

NEW = {
    "id": "someone2026",
    "condition": "carpal_tunnel",
    "design": "sham_controlled",
    "n": 60,
    "arms": [{"name": "laser", "role": "light", "n": 30}, {"name": "sham", "role": "sham", "n": 30}],
    "lights": [
        {
            "emitter": "laser",
            "wavelengths": ["830 nm"],
            "irradiance": "20 mW/cm2",
            "time_per_site": "5 min",
            "spot_area": "5 cm2",
            "technique": "point",
            "sites": ["volar_wrist"],
        }
    ],
    "schedule": {"sessions_per_week": 5, "weeks": 2},
    "outcomes": [
        {
            "instrument": "VAS",
            "domain": "pain",
            "range": [0, 10],
            "better": "lower",
            "week": 2,
            "arm": "laser",
            "mean": 3,
            "sd": 2,
        },
        {
            "instrument": "VAS",
            "domain": "pain",
            "range": [0, 10],
            "better": "lower",
            "week": 2,
            "arm": "sham",
            "mean": 4,
            "sd": 2,
        },
    ],
    "direction": "favours_light",
    "sources": ["someone2026"],
    "place": "Table 2",
    "checked": "full-text",
    "citations": {
        "someone2026": {"citation": "Someone S. A trial of light. J Light 2026;1:1-9.", "checked": "full-text"}
    },
}


@pytest.fixture
def library(tmp_path, monkeypatch):
    monkeypatch.setenv("NERVELIGHT_DATA", str(tmp_path / "data"))
    forget()
    yield tmp_path
    monkeypatch.undo()
    forget()


def written(folder, **changes):
    path = folder / f"{changes.get('id', NEW['id'])}.yaml"
    path.write_text(yaml.safe_dump({**NEW, **changes}, sort_keys=False), encoding="utf-8")
    return path


def test_a_valid_file_says_what_it_lacks_and_becomes_part_of_the_library(library):
    review, target = add_study(written(library))
    assert target == library / "data" / "studies" / "someone2026.yaml"
    assert review.missing_light == ()
    assert review.missing_numbers == ()
    assert {"skin phototype of the people", "adverse events", "reasons to trust it less or more (bias)"} <= set(
        review.missing_report
    )
    assert added_ids() == ("someone2026",)
    assert "someone2026" in study_ids()
    assert study("someone2026").place == "Table 2"
    assert source("someone2026").citation.startswith("Someone S.")
    assert study("someone2026") in studies()
    # It can be followed at once, without a line of code.
    assert "someone2026" in {found.study_id for found in anchors_for("carpal_tunnel", "volar_wrist") if found.usable}


def test_what_is_missing_is_named(library):
    bare = {
        "lights": [{"emitter": "laser"}],
        "outcomes": [{"instrument": "VAS", "domain": "pain", "p": "< 0.05"}],
        "arms": [],
        "n": None,
    }
    review = review_study(written(library, **bare, schedule=None))
    assert {"wavelength", "irradiance", "radiant exposure", "session schedule"} <= set(review.missing_light)
    assert review.missing_numbers == ("pain: arms to compare",)
    assert {"number of people (n)", "arms", "schedule"} <= set(review.missing_report)
    assert added_ids() == ()


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"conditionn": "x"}, "conditionn"),
        ({"lights": [{"emitter": "laser", "irradiance": "20 mJ"}]}, "lights[0].irradiance"),
        ({"sources": ["nobody1900"]}, "sources[0]"),
        ({"citations": {"someone2026": {"citation": "Too short", "checked": "x"}}}, "citations.someone2026"),
        ({"citations": {**NEW["citations"], "other2026": NEW["citations"]["someone2026"]}}, "citations.other2026"),
        ({"same_people_as": "nobody1900"}, "same_people_as"),
        (
            {
                "sources": ["someone2026", "zinman2004"],
                "citations": {**NEW["citations"], "zinman2004": NEW["citations"]["someone2026"]},
            },
            "citations.zinman2004",
        ),
    ],
)
def test_a_file_with_a_fault_is_refused_and_nothing_is_written(library, changes, path):
    with pytest.raises(InvalidInput) as caught:
        add_study(written(library, **changes))
    assert any(fault.path.startswith(path) for fault in caught.value.faults), caught.value
    assert not (library / "data").exists()


def test_a_name_must_be_the_file_s_and_free(library):
    path = written(library)
    with pytest.raises(InvalidInput, match="the name of the file, other"):
        add_study(path.rename(library / "other.yaml"))
    with pytest.raises(InvalidInput, match="a name that no study of the package has"):
        add_study(written(library, id="zinman2004", sources=["zinman2004"], citations={}))
    add_study(written(library))
    with pytest.raises(InvalidInput, match="--replace"):
        add_study(written(library))
    _, target = add_study(written(library, n=61), replace=True)
    assert study("someone2026").n == 61
    assert target.exists()


def test_a_file_of_the_package_is_never_replaced_by_one_of_the_user(library):
    folder = library / "data" / "studies"
    folder.mkdir(parents=True)
    (folder / "zinman2004.yaml").write_text("id: zinman2004\n", encoding="utf-8")
    forget()
    assert study("zinman2004").n == 50
    assert study_ids().count("zinman2004") == 1


def test_a_broken_file_in_the_folder_is_an_error_that_names_it(library):
    folder = library / "data" / "studies"
    folder.mkdir(parents=True)
    (folder / "broken2026.yaml").write_text("id: [", encoding="utf-8")
    forget()
    with pytest.raises(InvalidInput, match="broken2026"):
        studies()


def test_the_claims_stay_those_of_the_package(library):
    before = claims()
    add_study(written(library))
    assert claims() == before


def test_a_study_can_be_taken_out_again(library):
    _, target = add_study(written(library))
    assert remove_study("someone2026") == target
    assert not target.exists()
    assert "someone2026" not in study_ids()
    with pytest.raises(UnknownName, match="study of your own"):
        remove_study("zinman2004")


def test_what_would_break_the_library_is_put_back(library):
    add_study(written(library))
    # Its people are those of the first, which may not go while it is there.
    second = written(library, id="other2026", same_people_as="someone2026")
    _, target = add_study(second)
    before = (library / "data" / "studies" / "someone2026.yaml").read_text(encoding="utf-8")
    with pytest.raises(InvalidInput, match="same_people_as"):
        remove_study("someone2026")
    assert (library / "data" / "studies" / "someone2026.yaml").read_text(encoding="utf-8") == before
    assert {"someone2026", "other2026"} <= set(study_ids())
    assert target.exists()
    assert studies()


def test_two_studies_may_bring_the_same_citation(library):
    add_study(written(library))
    add_study(written(library, id="other2026"))
    remove_study("someone2026")
    assert source("someone2026").citation.startswith("Someone S.")


@pytest.mark.parametrize(
    "citations", ["[1, 2]", "{foo: {bar: 1}}", "{foo: {citation: A long enough text, checked: read}}"]
)
def test_a_citation_that_somebody_broke_by_hand_is_told_with_its_file(library, citations):
    _, target = add_study(written(library))
    text = target.read_text(encoding="utf-8")
    target.write_text(text[: text.index("citations:")] + f"citations: {citations}\n", encoding="utf-8")
    forget()
    with pytest.raises(InvalidInput, match=r"someone2026\.yaml"):
        studies()
