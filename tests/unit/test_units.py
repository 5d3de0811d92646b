"""Physical values: read with their unit, and never without."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from nervelight import units
from nervelight.units import convert, parse_quantity, to_j_cm2, to_mw_cm2

# What people write, the unit inside, and what one of it is there, by hand.
SPELLINGS = [
    ("mm", "mm", 1.0), ("cm", "mm", 10.0), ("m", "mm", 1000.0), ("in", "mm", 25.4), ("inch", "mm", 25.4),
    ("um", "mm", 1e-3), ("µm", "mm", 1e-3),
    ("mm2", "mm**2", 1.0), ("mm²", "mm**2", 1.0), ("cm2", "mm**2", 100.0), ("cm²", "mm**2", 100.0),
    ("cm**2", "mm**2", 100.0), ("cm^2", "mm**2", 100.0),
    ("s", "s", 1.0), ("min", "s", 60.0), ("h", "s", 3600.0), ("minutes", "s", 60.0),
    ("W", "W", 1.0), ("mW", "W", 1e-3),
    ("J", "J", 1.0), ("mJ", "J", 1e-3),
    ("nm", "nm", 1.0), ("um", "nm", 1000.0),
    ("mW/cm2", "W/mm**2", 1e-5), ("mW/cm²", "W/mm**2", 1e-5), ("W/cm2", "W/mm**2", 1e-2), ("W/m2", "W/mm**2", 1e-6),
    ("J/cm2", "J/mm**2", 1e-2), ("J/cm²", "J/mm**2", 1e-2), ("mJ/cm2", "J/mm**2", 1e-5), ("J/m2", "J/mm**2", 1e-6),
    ("1/mm", "1/mm", 1.0), ("1/cm", "1/mm", 0.1), ("mm^-1", "1/mm", 1.0),
    ("deg", "degree", 1.0), ("degree", "degree", 1.0), ("°", "degree", 1.0), ("rad", "degree", 180 / math.pi),
    ("degC", "degC", 1.0), ("°C", "degC", 1.0),
    ("uV", "uV", 1.0), ("µV", "uV", 1.0), ("mV", "uV", 1000.0), ("V", "V", 1.0),
    ("m/s", "m/s", 1.0), ("cm/s", "m/s", 0.01), ("mm/ms", "m/s", 1.0),
]  # fmt: skip
NUMBERS = st.floats(min_value=-1e6, max_value=1e6, allow_nan=False).filter(lambda x: x == 0 or abs(x) > 1e-6)
WANTED = sorted({unit for _, unit, _ in SPELLINGS})


@pytest.mark.parametrize(("spelling", "unit", "one"), SPELLINGS, ids=lambda value: str(value))
@given(number=NUMBERS, space=st.sampled_from(["", " ", "   "]))
def test_print_and_parse_are_inverse(spelling, unit, one, number, space):
    # "51/mm" would be read as 51 of something: a unit that starts with a digit stands apart.
    between = space or " " if spelling[0].isdigit() else space
    assert parse_quantity(f"{number!r}{between}{spelling}", unit) == pytest.approx(number * one, rel=1e-12, abs=1e-300)


@given(hours=st.integers(0, 9), minutes=st.integers(0, 59), seconds=st.integers(0, 59))
def test_a_time_may_be_written_in_parts_as_pages_print_it(hours, minutes, seconds):
    assert parse_quantity(f"{hours} h {minutes} min {seconds} s", "s") == 3600 * hours + 60 * minutes + seconds
    assert parse_quantity(f"{minutes} min {seconds} s", "s") == 60 * minutes + seconds


def test_a_temperature_is_a_point_on_a_scale_not_a_length_of_it():
    assert parse_quantity("77 degF", "degC") == pytest.approx(25.0)
    assert parse_quantity("310.15 K", "degC") == pytest.approx(37.0)
    assert parse_quantity("-5 degC", "degC") == pytest.approx(-5.0)


@pytest.mark.parametrize("unit", WANTED)
@given(number=st.integers() | st.floats() | st.booleans() | st.none() | st.lists(st.integers(), max_size=2))
def test_a_value_that_is_no_text_has_no_unit(unit, number):
    with pytest.raises(ValueError, match="has no unit"):
        parse_quantity(number, unit)


@pytest.mark.parametrize("unit", WANTED)
@pytest.mark.parametrize(
    "text",
    ["", " ", "5", "5.", "5e3", " 12 ", "mm", "J/cm2", "nan mm", "inf mm", "-inf s", "1e999 mm", "5 5 mm", "5 mm mm2 /",
     "five mm", "5 kg", "5 mm,", "5,5 mm", "5 bananas", "5 mm; 6 mm", "--5 mm", "5 __import__('os')", "0x10 mm",
     "5 mm\n6 mm", "5 m/0", "5 to 6 mm", "5 ± 1 mm", "5 mm!", "5 <mm", "5 ~mm", "5 %mm", "5 mm # about", "5 $mm"],
)  # fmt: skip
def test_what_is_no_number_with_a_unit_of_the_right_kind_is_refused(unit, text):
    with pytest.raises(ValueError, match="needs "):
        parse_quantity(text, unit)


@given(text=st.text(max_size=20), unit=st.sampled_from(WANTED))
def test_no_text_gives_anything_but_a_finite_number_or_a_value_error(text, unit):
    try:
        value = parse_quantity(text, unit)
    except ValueError:
        return
    assert math.isfinite(value)


@pytest.mark.parametrize(("spelling", "unit"), [(spelling, unit) for spelling, unit, _ in SPELLINGS])
def test_a_unit_of_another_kind_is_refused_and_the_right_kind_is_shown(spelling, unit):
    for other in WANTED:
        same_kind = other == unit or {other, unit} in ({"mm", "nm"}, {"uV", "V"})
        if same_kind:
            continue
        with pytest.raises(ValueError, match=r"needs .* with its unit, such as") as problem:
            parse_quantity(f"1 {spelling}", other)
        # The example in the message is itself accepted.
        example = str(problem.value).split("'")[1]
        assert math.isfinite(parse_quantity(example, other))


@pytest.mark.parametrize("length", [400, 5000, 100_000])
def test_a_very_long_text_is_refused_like_a_short_one(length):
    with pytest.raises(ValueError, match="needs "):
        parse_quantity("1" * length + " mm", "mm")
    with pytest.raises(ValueError, match="needs "):
        parse_quantity("1 " + "(" * length + "mm", "mm")


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("Millimetres", "0 mm", "-1 mm"),
        ("SquareMillimetres", "1 cm2", "0 cm2"),
        ("Seconds", "1 min", "0 s"),
        ("Watts", "60 mW", "-60 mW"),
        ("Joules", "4 J", "0 J"),
        ("Nanometres", "850 nm", "0 nm"),
        ("IrradianceWmm2", "50 mW/cm2", "0 mW/cm2"),
        ("RadiantExposureJmm2", "5.7 J/cm2", "-5.7 J/cm2"),
        ("AbsorptionPerMm", "0 1/mm", "-0.1 1/mm"),
    ],
)
def test_each_type_knows_its_unit_and_its_sign(name, good, bad):
    adapter = TypeAdapter(getattr(units, name))
    assert adapter.validate_python(good) >= 0
    for refused in (bad, 5, "5"):
        with pytest.raises(ValidationError):
            adapter.validate_python(refused)


@given(st.floats(min_value=1e-12, max_value=1e3))
def test_the_units_of_the_field_agree_with_the_unit_registry(value):
    assert to_mw_cm2(value) == pytest.approx(convert(value, "W/mm2", "mW/cm**2"), rel=1e-12)
    assert to_j_cm2(value) == pytest.approx(convert(value, "J/mm2", "J/cm**2"), rel=1e-12)


@pytest.mark.parametrize(("given", "wanted"), sorted(units._FACTORS))
def test_a_factor_kept_ready_is_that_of_pint(given, wanted):
    written = units._POWER.sub(r"**\1", given)
    by_pint = units._registry().Quantity(1.0, written).to(wanted).magnitude
    assert units._FACTORS[given, wanted] == pytest.approx(by_pint, rel=1e-14)
