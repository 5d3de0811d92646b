"""What an error tells: where, what was given, what is allowed, and what was probably meant."""

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight import errors
from nervelight.errors import Fault, InvalidInput, NervelightError, UnknownName, ValidityError, closest


def test_one_base_catches_every_error_that_is_raised_on_purpose():
    raised = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, Exception)]
    assert len(raised) == 7
    assert all(issubclass(kind, NervelightError) for kind in raised)


def test_errors_are_also_what_python_calls_them():
    assert issubclass(InvalidInput, ValueError)
    assert issubclass(ValidityError, ValueError)
    assert issubclass(UnknownName, LookupError)


def test_a_fault_names_path_value_choice_and_suggestion():
    fault = Fault("lamp.distance", 12, "a length with its unit", "did you mean '12 in'?")
    assert str(fault) == "lamp.distance: got 12; a length with its unit (did you mean '12 in'?)"


def test_nothing_given_is_called_missing_but_zero_and_empty_are_values():
    assert str(Fault("a", None, "required")) == "a: missing; required"
    assert "got 0;" in str(Fault("a", 0, "more"))
    assert "got '';" in str(Fault("a", "", "a word"))


@given(st.text() | st.lists(st.integers()))
def test_a_fault_stays_short_whatever_was_given(value):
    assert len(str(Fault("a", value, "less"))) <= len("a: got ; less") + 60


@pytest.mark.parametrize(("count", "head"), [(1, "case.yaml: 1 fault"), (2, "case.yaml: 2 faults")])
def test_invalid_input_lists_every_fault_on_a_line_of_its_own(count, head):
    faults = [Fault(f"key{index}", index, "other") for index in range(count)]
    problem = InvalidInput("case.yaml", iter(faults))
    assert problem.faults == tuple(faults)
    assert str(problem).splitlines() == [head, *(f"  {fault}" for fault in faults)]


def test_an_unknown_name_gets_the_nearest_one_and_a_short_list():
    problem = UnknownName("lamp", "joov", ["joovv", "hooga"])
    assert str(problem) == "unknown lamp 'joov'; did you mean 'joovv'? (hooga, joovv)"
    many = UnknownName("lamp", "zzz", [f"lamp{index}" for index in range(99)])
    assert "99 are known" in str(many)
    assert "did you mean" not in str(many)


@given(st.lists(st.sampled_from("abcdefgh"), min_size=3, max_size=8, unique=True).map("".join))
def test_the_nearest_name_to_a_known_name_is_itself_whatever_its_case(name):
    known = [name, "zzzzzz", "yyyyyyy"]
    assert closest(name.upper(), known) == name


def test_there_is_no_nearest_name_far_away():
    assert closest("phototype", ["distance", "zzz"]) == ""
    assert closest("phototype", []) == ""
