"""``nervelight mechanism fibres``: the simulator against the surrogate, and what is said without it."""

import importlib
import json
import os
import shutil
import sys

import pytest

from nervelight.documents import user_folder
from nervelight.errors import MissingEngine, ValidityError
from nervelight.mechanism import BANNER, fibre_checks, fibre_slopes, membrane_texts, simulator

THICK, THIN, C_FIBRE = "large_myelinated", "small_myelinated", "unmyelinated"


@pytest.fixture(scope="module")
def fibres(tmp_path_factory):
    """NEURON and a compiler, in a data folder of their own; CI requires them."""
    os.environ.setdefault("NEURON_MODULE_OPTIONS", "-nogui")
    try:
        importlib.import_module("neuron")
    except ImportError as problem:
        if os.environ.get("NERVELIGHT_REQUIRE_ENGINES"):
            pytest.fail(str(problem), pytrace=False)
        pytest.skip(str(problem))
    if not (shutil.which("make") and shutil.which("c++")) and not os.environ.get("NERVELIGHT_REQUIRE_ENGINES"):
        pytest.skip("no C++ compiler, or no make")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NERVELIGHT_DATA", str(tmp_path_factory.mktemp("data")))
        fibre_checks()
        yield user_folder("fibres")


@pytest.fixture
def forgotten():
    """Nothing that was simulated or loaded is remembered."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulator, "_simulator", simulator._simulator.__wrapped__)
        patch.setattr("nervelight.mechanism.fibre_checks", fibre_checks.__wrapped__)
        yield patch


@pytest.mark.engines
@pytest.mark.usefixtures("fibres")
class TestAgainstTheSimulator:
    def test_the_tables_of_the_thick_fibre_hold(self):
        found = [check for check in fibre_checks() if check.fibre == THICK]
        assert found[0].simulated == pytest.approx(found[0].surrogate[0], rel=0.025)
        for check in found[1:]:
            # Percent of the velocity unchanged.
            assert check.simulated_percent == pytest.approx(check.surrogate_percent[0], abs=0.4), check.change
        thin = next(check for check in fibre_checks() if check.fibre == THIN)
        assert thin.simulated == pytest.approx(thin.surrogate[0], rel=0.04)

    def test_temperature_of_the_thick_fibre(self):
        warmer, degree = (slope for slope in fibre_slopes() if slope.fibre == THICK)
        assert 1.3 < warmer.simulated < 1.5
        assert warmer.simulated == pytest.approx(warmer.table, rel=0.01)
        for slope in (warmer, degree):
            assert slope.prior[0] < slope.simulated < slope.prior[1]

    def test_the_c_fibre_goes_the_same_way_and_not_as_far_with_warmth(self):
        warmer, degree = (slope for slope in fibre_slopes() if slope.fibre == C_FIBRE)
        assert warmer.simulated == pytest.approx(warmer.table, abs=0.06)
        # Known, and told in docs/mechanism.md: at body temperature this membrane is near its fastest.
        assert 0 < degree.simulated < degree.prior[0]

    def test_the_pump_slows_the_c_fibre_as_its_ions_settle(self):
        by = {check.change: check for check in fibre_checks() if check.fibre == C_FIBRE}
        assert -1.2 < by["pump 0.8, at once"].simulated_percent < 0
        for left in (1.2, 0.9, 0.8, 0.7):
            check = by[f"pump {left:g}, settled"]
            low, high = check.surrogate_percent
            assert low < check.simulated_percent < high
        # Where the surrogate goes on slowing, this membrane stops.
        assert by["pump 0.6, settled"].simulated is None

    def test_an_untouched_pump_holds_its_fibre(self):
        start, after = simulator._untouched(), simulator.settled(1.0, minutes=2.0)
        assert after.sodium == pytest.approx(start.sodium, abs=0.01)
        assert after.potential == pytest.approx(start.potential, abs=0.01)
        less = simulator.settled(0.8, minutes=2.0)
        assert less.sodium > after.sodium
        assert less.potential > after.potential
        # What sodium comes in is potassium that goes out: all but the charge of the membrane.
        assert less.sodium + less.potassium == pytest.approx(after.sodium + after.potassium, abs=0.05)

    def test_screen_and_json_are_of_the_same_numbers(self, call):
        answer = call("mechanism", "fibres")
        assert (answer.code, answer.err) == (0, "")
        assert max(map(len, answer.out.splitlines())) <= 80
        said = " ".join(answer.out.split())
        assert said.startswith(BANNER)
        document = json.loads(call("mechanism", "fibres", "--json").out)
        assert (document["schema"], document["banner"]) == ("nervelight-mechanism-fibres-1", BANNER)
        first = document["checks"][0]
        assert f"{first['simulated_m_s']:.1f} {first['surrogate_m_s'][0]:.1f}" in said
        assert "none" in said
        assert "stops" in said
        assert {row["fibre"] for row in document["checks"]} == {THICK, THIN, C_FIBRE}

    def test_membranes_are_compiled_once_into_the_folder_of_the_user(self, fibres):
        (folder,) = fibres.iterdir()
        assert {path.name for path in folder.glob("*.mod")} == set(membrane_texts())
        assert len(list(folder.glob("*/libnrnmech.*"))) == 1

    def test_only_fibres_that_were_built_are_asked(self):
        with pytest.raises(ValidityError, match=r"8 um with myelin: built at 5\.7 and 10 um"):
            simulator.myelinated_velocity(8.0)


def test_without_the_extra_it_says_what_to_install(call, forgotten):
    forgotten.setitem(sys.modules, "neuron", None)
    answer = call("mechanism", "fibres")
    assert (answer.code, answer.out) == (1, "")
    assert "pip install 'nervelight[fibres]'" in answer.err


def test_without_a_compiler_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(simulator.shutil, "which", lambda name, **_: name if name == "nrnivmodl" else None)
    with pytest.raises(MissingEngine, match="apt install build-essential"):
        simulator._compile({}, tmp_path / "fibres" / "made")
    assert list(tmp_path.iterdir()) == []


def test_a_membrane_that_does_not_compile_leaves_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(simulator.shutil, "which", lambda *_, **__: "false")
    with pytest.raises(MissingEngine, match="did not compile"):
        simulator._compile({"a.mod": b"nonsense"}, tmp_path / "fibres" / "made")
    assert list((tmp_path / "fibres").iterdir()) == []


@pytest.mark.parametrize("name", simulator.MEMBRANES)
def test_each_membrane_names_its_equations_or_says_that_it_is_our_own(name):
    text = membrane_texts()[name].decode()
    assert "Written for Nervelight" in text
    assert ("J Neurophysiol 2002" in text) == (name == "node.mod")
    assert ("J Physiol 1952" in text) == (name == "c_fibre.mod")
