"""The names that others may rely on."""

import importlib
import pkgutil

import pytest

import nervelight

PUBLIC = [
    "BlockedPlan",
    "Case",
    "Finding",
    "InvalidInput",
    "LayerStack",
    "NervelightError",
    "Plan",
    "PlaneWaveSolution",
    "UnknownName",
    "ValidityError",
    "anchor",
    "anchors_for",
    "device",
    "device_ids",
    "irradiance_on_skin",
    "make_plan",
    "outcome_reference",
    "plan_page",
    "read_case",
    "site",
    "site_ids",
    "solve_plane_wave",
    "study",
    "study_ids",
]
MODULES = sorted(
    info.name
    for info in pkgutil.walk_packages(nervelight.__path__, "nervelight.")
    if not info.name.endswith("__main__")
)


def test_the_public_names_are_these():
    assert nervelight.__all__ == PUBLIC
    assert dir(nervelight) == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_each_public_name_is_there_and_says_what_it_is(name):
    found = getattr(nervelight, name)
    assert found.__name__ == name
    assert found.__doc__
    assert found.__module__.startswith("nervelight.")


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'make_plans'"):
        nervelight.make_plans  # noqa: B018


CONSTANTS = {"nervelight.planning.safety.limits", "nervelight.web.settings"}


@pytest.mark.parametrize("name", MODULES)
def test_each_module_says_what_is_in_it(name):
    module = importlib.import_module(name)
    assert module.__doc__ or ".migrations.0" in name
    listed = getattr(module, "__all__", [])
    # A package of commands, of pages or of tables, and a module of constants have no names to list.
    package = hasattr(module, "__path__") and name.startswith(("nervelight.cli", "nervelight.record", "nervelight.web"))
    assert listed or package or ".migrations.0" in name or name in CONSTANTS
    assert len(set(listed)) == len(listed)
    assert [entry for entry in listed if not hasattr(module, entry)] == []


@pytest.mark.parametrize("name", [name for name in MODULES if name.count(".") == 1])
def test_the_names_of_a_room_are_in_order(name):
    listed = list(getattr(importlib.import_module(name), "__all__", []))

    def rank(entry: str) -> tuple[int, str]:
        return (0 if entry.isupper() else 1 if entry[0].isupper() else 2, entry)

    assert listed == sorted(listed, key=rank)
