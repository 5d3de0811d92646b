"""Two fibres in the NEURON simulator, to hold the tables of `conduction` against: one with myelin, one without.

Membranes are our own files (``data/*.mod``), compiled once into the user's folder. Nothing else of the model
asks for this.
"""

from __future__ import annotations

import hashlib
import importlib
import math
import os
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nervelight.documents import user_folder
from nervelight.errors import MissingEngine, ValidityError
from nervelight.mechanism.conduction import UNCHANGED, Conditions, fibre, q10, velocity
from nervelight.mechanism.engine import BANNER
from nervelight.mechanism.priors import mechanism_parameters

__all__ = [
    "FIBRE_SOURCES",
    "FibreCheck",
    "Settled",
    "Slope",
    "c_fibre_velocity",
    "fibre_checks",
    "fibre_slopes",
    "fibres_document",
    "membrane_texts",
    "myelinated_velocity",
    "settled",
]

SCHEMA = "nervelight-mechanism-fibres-1"
FIBRE_SOURCES = ("mcintyre2002", "hodgkin_huxley1952", "rattay1993", "nervelight_assumption")
"""Whose equations the membranes are."""
MEMBRANES = ("node.mod", "c_fibre.mod", "pump.mod", "store.mod")
THICK, THIN, C_FIBRE = "large_myelinated", "small_myelinated", "unmyelinated"
INSTALL = "pip install 'nervelight[fibres]'"
TOOLS = "a C++ compiler and make (Debian and Ubuntu: apt install build-essential)"

# Fibres with myelin, by outer diameter [um]: axon, node, from node to node, the stretch beside the end of the myelin,
# and lamellae.
_GEOMETRY = {5.7: (3.4, 1.9, 500.0, 35.0, 80), 10.0: (6.9, 3.3, 1150.0, 46.0, 120)}
_NODES = 21
_STEP, _C_STEP, _SETTLING_STEP = 2.5e-3, 5e-3, 25.0
"""Time steps [ms]; velocity depends on them, so that the first is the one of the tables. Ions settle in minutes: with
steps of 10 ms the velocity is the same to 1e-4."""

# The fibre without myelin: ions outside [mM], rest and reversals [mV], conductances of membrane and leak [S/cm2].
_NA_OUT, _K_OUT, _REST, _E_NA, _E_K = 154.0, 5.6, -70.0, 45.0, -82.0
_G_NA, _G_K, _G_LEAK = 0.12, 0.036, 0.0003
_HALF_NA = 10.0
"""Half-value of each site of the pump for sodium inside [mM]: an assumption."""
_CROSSED = -20.0
"""Potential at which an impulse has come [mV]."""
_BODY = 37.0


@dataclass(frozen=True)
class Settled:
    """A fibre without myelin once its ions have come to rest with its pump.

    Parameters
    ----------
    sodium, potassium : float
        Inside [mM].
    potential : float
        Of the membrane at rest [mV].
    """

    sodium: float
    potassium: float
    potential: float


def myelinated_velocity(diameter: float = 10.0, under: Conditions = UNCHANGED) -> float:
    """Return the velocity of a fibre with myelin [m/s]; NaN where it does not conduct.

    Parameters
    ----------
    diameter : float
        5.7 or 10 [um].
    under : Conditions
        What it is under.

    Raises
    ------
    ValidityError
        If there is no fibre of that diameter.
    MissingEngine
        If NEURON, or what compiles the membranes, is not there.

    Notes
    -----
    Two cables, one inside the other: axon, and the space under the myelin. Between two nodes lie on either side 3 um at
    which the myelin ends and a stretch beside it, and six equal parts.
    """
    if diameter not in _GEOMETRY:
        built = " and ".join(f"{one:g}" for one in _GEOMETRY)
        raise ValidityError(f"a fibre of {diameter:g} um with myelin: built at {built} um")
    h = _simulator()
    axon, node, length, beside, count = _GEOMETRY[diameter]
    parts = (("node", 1.0), ("end", 3.0), ("beside", beside))
    inner = (length - 1 - 2 * 3 - 2 * beside) / 6
    order = [*parts, *[("inner", inner)] * 6, parts[2], parts[1]]
    layers = 2 * count * under.lamellae
    sections: list[Any] = []
    nodes: list[Any] = []
    for name, long in (order * _NODES)[: (_NODES - 1) * len(order) + 1]:
        section = h.Section()
        wide, space = (node, 0.002) if name in ("node", "end") else (axon, 0.004)
        section.nseg, section.L = 1, long
        section.insert("extracellular")
        # [MOhm/cm] of the space under the myelin.
        gap = math.pi * ((wide / 2 + space) ** 2 - (wide / 2) ** 2)
        section.xraxial[0] = 70 * 100 / gap
        if name == "node":
            section.diam, section.cm, section.Ra = node, 2.0, 70.0
            section.xc[0], section.xg[0] = 0.0, 1e10
            section.insert("nl_node")
            section(0.5).nl_node.sodium = under.sodium_conductance
            section(0.5).nl_node.e_sodium = under.sodium_potential
            nodes.append(section)
        else:
            # As wide as the myelin, with what belongs to the narrower axon scaled to that.
            ratio = wide / diameter
            section.diam, section.cm, section.Ra = diameter, 2 * ratio, 70 / ratio**2
            section.xc[0], section.xg[0] = 0.1 / layers, 0.001 / layers
            section.insert("pas")
            section.g_pas, section.e_pas = (0.001 if name == "end" else 0.0001) * ratio, -80.0
        if sections:
            section.connect(sections[-1](1), 0)
        sections.append(section)
    read = [nodes[at] for at in (5, 15)]
    crossed = _crossings(h, nodes[0](0.5), 2.0, read, under.temperature, -80.0, _STEP, 5.0)
    return 10 * length * 1e-3 / float(crossed[1] - crossed[0])


def c_fibre_velocity(state: Settled | None = None, *, temperature: float = _BODY, strength: float = 1.0) -> float:
    """Return the velocity of a fibre of 1 um without myelin [m/s]; NaN where it does not conduct.

    Parameters
    ----------
    state : Settled, optional
        Its ions; those that an untouched pump holds when not given.
    temperature : float
        [degC].
    strength : float
        What is left of the pump.

    Raises
    ------
    MissingEngine
        If NEURON, or what compiles the membranes, is not there.
    """
    h = _simulator()
    section, length = h.Section(), 3000.0
    section.L, section.nseg = length, 301
    _membrane(h, section, state or _untouched(), strength)
    read = [section(0.3), section(0.7)]
    crossed = _crossings(h, section(0.0), 0.2, read, temperature, (state or _untouched()).potential, _C_STEP, 10.0)
    # Centres of the compartments that were read.
    apart = (math.floor(0.7 * 301) - math.floor(0.3 * 301)) * length / 301
    return apart * 1e-3 / float(crossed[1] - crossed[0])


def settled(strength: float, minutes: float = 10.0) -> Settled:
    """Return where ions and potential of a fibre without myelin go when only a part of its pump is left, at 37 degC.

    Parameters
    ----------
    strength : float
        What is left of the pump.
    minutes : float
        How long it is given.

    Raises
    ------
    MissingEngine
        If NEURON, or what compiles the membranes, is not there.
    """
    h = _simulator()
    section, start = h.Section(), _untouched()
    section.L = 10.0
    _membrane(h, section, start, strength)
    section.insert("nl_store")
    h.ion_style("na_ion", 3, 2, 1, 1, 0, sec=section)
    h.ion_style("k_ion", 3, 2, 1, 1, 0, sec=section)
    h.celsius, h.dt = _BODY, _SETTLING_STEP
    h.finitialize(start.potential)
    while h.t < 60_000.0 * minutes:
        h.fadvance()
    return Settled(section(0.5).nai, section(0.5).ki, section(0.5).v)


@dataclass(frozen=True)
class FibreCheck:
    """One fibre under one change, as simulated and as the surrogate has it.

    Parameters
    ----------
    fibre : str
        A class of fibres.
    change : str
        In words; empty for the fibre unchanged.
    simulated : float or None
        Velocity [m/s]; none where it does not conduct.
    surrogate : tuple of float
        Lowest and highest velocity [m/s]; the same number where a table gives it.
    simulated_percent : float or None
        Change against the same fibre unchanged.
    surrogate_percent : tuple of float
        The same of the surrogate.
    """

    fibre: str
    change: str
    simulated: float | None
    surrogate: tuple[float, float]
    simulated_percent: float | None
    surrogate_percent: tuple[float, float]


@dataclass(frozen=True)
class Slope:
    """What temperature does to a class of fibres.

    Parameters
    ----------
    fibre : str
        A class of fibres.
    what : str
        In words.
    simulated, table : float
        By simulator and by table; none where the table has too few.
    prior : tuple of float
        The middle 90 % of the draws of the mechanism.
    """

    fibre: str
    what: str
    simulated: float
    table: float | None
    prior: tuple[float, float]


_COLD = Conditions(temperature=25.0)
_THICK_CHANGES = {
    "": UNCHANGED,
    "25 °C": _COLD,
    "30 °C": Conditions(temperature=30.0),
    "34 °C": Conditions(temperature=34.0),
    "35 °C": Conditions(temperature=35.0),
    "36 °C": Conditions(temperature=36.0),
    "40 °C": Conditions(temperature=40.0),
    "sodium at 40 mV": Conditions(sodium_potential=40.0),
    "sodium at 30 mV": Conditions(sodium_potential=30.0),
    "sodium channels 0.8": Conditions(sodium_conductance=0.8),
    "lamellae 0.6": Conditions(lamellae=0.6),
}
_C_PUMPS = (1.2, 0.9, 0.8, 0.7, 0.6)


@cache
def fibre_checks() -> tuple[FibreCheck, ...]:
    """Return simulator and surrogate side by side.

    Raises
    ------
    MissingEngine
        If NEURON, or what compiles the membranes, is not there.
    """
    rows = [
        (THICK, words, myelinated_velocity(under=under), (velocity(THICK, under),) * 2)
        for words, under in _THICK_CHANGES.items()
    ]
    rows.append((THIN, "", myelinated_velocity(fibre(THIN).diameter_um), (velocity(THIN),) * 2))
    rows.append((C_FIBRE, "", c_fibre_velocity(), (velocity(C_FIBRE),) * 2))
    rows.append((C_FIBRE, "25 °C", c_fibre_velocity(temperature=25.0), (velocity(C_FIBRE, _COLD),) * 2))
    rows.append((C_FIBRE, "pump 0.8, at once", c_fibre_velocity(strength=0.8), (velocity(C_FIBRE),) * 2))
    for left in _C_PUMPS:
        low, high = sorted(velocity(C_FIBRE) * left**power for power in _drawn("eC"))
        rows.append((C_FIBRE, f"pump {left:g}, settled", c_fibre_velocity(settled(left), strength=left), (low, high)))
    base = {name: (found, by[0]) for name, words, found, by in rows if not words}
    return tuple(
        FibreCheck(
            name,
            words,
            None if math.isnan(found) else found,
            by,
            None if math.isnan(found) else 100 * (found / base[name][0] - 1),
            (100 * (by[0] / base[name][1] - 1), 100 * (by[1] / base[name][1] - 1)),
        )
        for name, words, found, by in rows
    )


@cache
def fibre_slopes() -> tuple[Slope, ...]:
    """Return what temperature does to the fibres, by simulator, by table and in the draws of the mechanism.

    Raises
    ------
    MissingEngine
        If NEURON, or what compiles the membranes, is not there.
    """
    known = {check.change: check.simulated or math.nan for check in fibre_checks() if check.fibre == THICK}
    table = {at: velocity(THICK, Conditions(temperature=at)) for at in (25.0, 34.0, 35.0, 36.0)}
    cold, body = c_fibre_velocity(temperature=25.0), c_fibre_velocity()
    around = c_fibre_velocity(temperature=38.0) - c_fibre_velocity(temperature=36.0)
    thick, thin = _drawn("cT"), _drawn("cC")
    warmer = known["35 °C"] / known["25 °C"], table[35.0] / table[25.0]
    low, high = q10(thick)
    colder = velocity(C_FIBRE, _COLD) / velocity(C_FIBRE)
    return (
        Slope(THICK, "Q10, 25 to 35 °C", *warmer, (float(low), float(high))),
        Slope(
            THICK,
            "% a degree at 35 °C",
            50 * (known["36 °C"] - known["34 °C"]) / known["35 °C"],
            50 * (table[36.0] - table[34.0]) / table[35.0],
            (100 * thick[0], 100 * thick[1]),
        ),
        Slope(
            C_FIBRE,
            "Q10, 25 to 37 °C",
            (body / cold) ** (10 / 12),
            colder ** (-10 / 12),
            ((1 - 12 * thin[0]) ** (-10 / 12), (1 - 12 * thin[1]) ** (-10 / 12)),
        ),
        Slope(C_FIBRE, "% a degree at 37 °C", 50 * around / body, None, (100 * thin[0], 100 * thin[1])),
    )


def fibres_document(checks: Sequence[FibreCheck], slopes: Sequence[Slope]) -> dict[str, Any]:
    """Return checks and slopes as plain data, with what must stand beside them."""
    return {
        "schema": SCHEMA,
        "banner": BANNER,
        "sources": FIBRE_SOURCES,
        "checks": [
            {
                "fibre": check.fibre,
                "change": check.change,
                "simulated_m_s": check.simulated,
                "surrogate_m_s": check.surrogate,
                "simulated_percent": check.simulated_percent,
                "surrogate_percent": check.surrogate_percent,
            }
            for check in checks
        ],
        "slopes": [
            {
                "fibre": slope.fibre,
                "what": slope.what,
                "simulated": slope.simulated,
                "table": slope.table,
                "drawn": slope.prior,
            }
            for slope in slopes
        ],
    }


def _drawn(parameter: str) -> tuple[float, float]:
    """Return the middle 90 % of the draws of a parameter."""
    low, high = mechanism_parameters().parameters[parameter].prior.at(np.array([0.05, 0.95]))
    return float(low), float(high)


def _untouched() -> Settled:
    thermal = 8.314462618 * (273.15 + _BODY) / 96.48533212
    return Settled(_NA_OUT * math.exp(-_E_NA / thermal), _K_OUT * math.exp(-_E_K / thermal), _REST)


def _pump_and_leaks() -> tuple[float, float, float]:
    """Return net pump current [mA/cm2] and leaks of sodium and potassium [S/cm2] with which rest is a steady state.

    Sodium that comes in is three times the pump's net current, potassium that goes out twice; the leaks are together
    that of Hodgkin and Huxley.
    """
    m = _share(0.1 * 25 / math.expm1(2.5), 4.0)
    opened_h, n = _share(0.07, 1 / (1 + math.exp(3))), _share(0.01 * 10 / math.expm1(1), 0.125)
    sodium_in = _G_NA * m**3 * opened_h * (_E_NA - _REST)
    potassium_out = _G_K * n**4 * (_REST - _E_K)
    for_sodium, for_potassium = _E_NA - _REST, _REST - _E_K
    # 2 (sodium_in + a for_sodium) = 3 (potassium_out + (leak - a) for_potassium)
    leak_na = (3 * (potassium_out + _G_LEAK * for_potassium) - 2 * sodium_in) / (2 * for_sodium + 3 * for_potassium)
    return (sodium_in + leak_na * for_sodium) / 3, leak_na, _G_LEAK - leak_na


def _share(up: float, down: float) -> float:
    return up / (up + down)


def _membrane(h: Any, section: Any, state: Settled, strength: float) -> None:
    """Give a section the membrane without myelin, its pump and its ions."""
    section.diam, section.cm, section.Ra = 1.0, 1.0, 100.0
    section.insert("nl_c")
    section.insert("nl_pump")
    pump, leak_na, leak_k = _pump_and_leaks()
    h.ion_style("na_ion", 1, 2, 1, 0, 0, sec=section)
    h.ion_style("k_ion", 1, 2, 1, 0, 0, sec=section)
    section.nao, section.ko, section.nai, section.ki = _NA_OUT, _K_OUT, state.sodium, state.potassium
    section.leak_na_nl_c, section.leak_k_nl_c = leak_na, leak_k
    section.rest_nl_pump, section.strength_nl_pump = pump, strength
    section.nai_rest_nl_pump, section.half_nl_pump = _untouched().sodium, _HALF_NA


def _crossings(
    h: Any,
    where: Any,
    current: float,
    read: Sequence[Any],
    temperature: float,
    rest: float,
    step: float,
    longest: float,
) -> NDArray[np.float64]:
    """Stimulate, run, and return when each place is first depolarised on its way up [ms], interpolated."""
    stimulus = h.IClamp(where)
    stimulus.delay, stimulus.dur, stimulus.amp = 0.5, 0.1 if current > 1 else 0.5, current
    places = [place(0.5) if callable(place) else place for place in read]
    traces = [h.Vector().record(place._ref_v) for place in places]
    h.celsius, h.dt = temperature, step
    h.finitialize(rest)
    while h.t < longest and places[-1].v < _CROSSED:
        h.fadvance()
    found = []
    for trace in traces:
        v = np.array(trace)
        up = np.flatnonzero((v[:-1] < _CROSSED) & (v[1:] >= _CROSSED))
        if not len(up):
            return np.full(len(read), math.nan)
        at = int(up[0])
        found.append(step * (at + (_CROSSED - v[at]) / (v[at + 1] - v[at])))
    return np.array(found)


def membrane_texts() -> dict[str, bytes]:
    """Return the membranes by the names of their files."""
    return {name: resources.files("nervelight.mechanism").joinpath("data", name).read_bytes() for name in MEMBRANES}


@cache
def _simulator() -> Any:
    """Return NEURON with our membranes; compiling takes some seconds, once a user."""
    # Else it looks for a screen, and says that there is none.
    os.environ.setdefault("NEURON_MODULE_OPTIONS", "-nogui")
    try:
        neuron = importlib.import_module("neuron")
    except ImportError as problem:
        raise MissingEngine(f"the fibres need the NEURON simulator, which is not installed: {INSTALL}") from problem
    texts = membrane_texts()
    # Another simulator, or another membrane, is compiled anew.
    key = hashlib.sha256(b"\0".join([str(neuron.__file__).encode(), neuron.__version__.encode(), *texts.values()]))
    folder = user_folder("fibres", key.hexdigest()[:16])
    if not folder.is_dir():
        _compile(texts, folder)
    library = next(folder.glob("*/libnrnmech.*"))
    h = neuron.h
    if not hasattr(h, "nl_node"):
        h.nrn_load_dll(str(library))
    return h


def _compile(texts: dict[str, bytes], folder: Path) -> None:
    """Compile membranes beside their place, then move them there."""
    scripts = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    program = shutil.which("nrnivmodl", path=scripts)
    if program is None:
        raise MissingEngine(f"nrnivmodl, which comes with NEURON, is not on the path: {INSTALL}")
    if shutil.which("make") is None or not any(shutil.which(name) for name in ("g++", "c++", "clang++")):
        raise MissingEngine(f"the membranes of the fibres have to be compiled once, which needs {TOOLS}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        work = Path(name) / "made"
        work.mkdir()
        for file, text in texts.items():
            (work / file).write_bytes(text)
        done = subprocess.run([program, "."], cwd=work, capture_output=True, text=True, check=False)
        if done.returncode or not any(work.glob("*/libnrnmech.*")):
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise MissingEngine(f"the membranes of the fibres did not compile ({' '.join(last)}); it needs {TOOLS}")
        # Whoever came first stays.
        if not folder.is_dir():
            work.rename(folder)
