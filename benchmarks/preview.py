"""How long a live preview takes while distance, lamp, site and phototype change, and how far it is from the plan.

Run: ``python benchmarks/preview.py`` (half a minute), ``python benchmarks/preview.py --plans`` (some minutes more: it
makes the plan of each case and lamp). Times are of a warm process: each case has been previewed once before. A change
of the distance is one that was not seen before, and so are the changes of lamp, site and phototype; "solved anew" has
forgotten all light besides. Each call starts from keys and values as a form sends them. Target 110 ms on two cores.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nervelight.documents import read_yaml
from nervelight.errors import InvalidInput
from nervelight.planning import case_from_data, make_plan, preview_plan
from nervelight.planning.remembered_light import forget_light

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.yaml"))
# Panels, a pad, cluster and laser probes, a scanning laser: with what the catalogue does not know of each.
LAMPS: tuple[dict[str, Any], ...] = (
    {"device": "bestqool_pro300", "distance": "12 in"},
    {"device": "hooga_pro1500", "distance": "18 in"},
    {"device": "platinum_biomax_900", "distance": "12 in"},
    {"device": "anodyne_mire", "distance": "0 mm", "field_width": "5 cm"},
    {"device": "thor_69led", "distance": "0 mm", "spot_area": "28 cm2"},
    {"device": "luminex_ll", "distance": "0 mm", "spot_area": "3 cm2"},
    {"device": "thor_200mw_810", "distance": "0 mm"},
)
PHOTOTYPES = ("I", "II", "III", "IV", "V", "VI")
DISTANCES = ("7 in", "9 in", "11 in", "14 in", "16 in", "20 in", "24 in")
SITES = (("plantar_foot", "cutaneous_endings"), ("palm", "cutaneous_endings"), ("volar_wrist", "median"))


def changed(case: dict[str, Any], section: str, **values: Any) -> dict[str, Any]:
    """Return the case with some values of a section changed."""
    return {**case, section: {**case[section], **values}}


def measure(case: dict[str, Any]) -> float | None:
    """Return how long a preview takes [ms]; None where nothing is known of that lamp there."""
    start = time.perf_counter()
    try:
        preview_plan(case)
    except InvalidInput:
        return None
    return 1000 * (time.perf_counter() - start)


def changes(case: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a case with one thing changed, and what."""
    own = case["lamp"]["distance"]
    if own != "0 mm":
        yield from (("distance", changed(case, "lamp", distance=distance)) for distance in DISTANCES)
    yield from (("phototype", changed(case, "patient", phototype=phototype)) for phototype in PHOTOTYPES)
    yield from (("lamp", {**case, "lamp": lamp}) for lamp in LAMPS)
    for name, target in SITES:
        yield "site", changed(case, "site", name=name, target=target, measured={})


def times() -> None:
    """Print the median and the slowest of the calls."""
    cases = [(path.stem, read_yaml(path)) for path in EXAMPLES]
    feet = dict(cases)["diabetic_feet"]
    cases += [(f"feet, {lamp['device']}", {**feet, "lamp": lamp}) for lamp in LAMPS[1:]]
    kinds = ("distance", "phototype", "lamp", "site", "solved anew")
    together: dict[str, list[float]] = {kind: [] for kind in kinds}
    print(f"{'case':26}" + "".join(f"{kind:>17}" for kind in kinds) + "   median (slowest), ms")
    for name, case in cases:
        found: dict[str, list[float]] = {kind: [] for kind in kinds}
        forget_light()
        if measure(case) is None:
            print(f"{name:26} nothing is known of this lamp here")
            continue
        for kind, other in changes(case):
            found[kind].append(measure(other) or 0.0)
        for _ in range(5):
            forget_light()
            found["solved anew"].append(measure(case) or 0.0)
        cells = []
        for kind in kinds:
            known = [value for value in found[kind] if value]
            together[kind] += known
            cells.append(f"{statistics.median(known):5.0f} ({max(known):4.0f})" if known else "-")
        print(f"{name:26}" + "".join(f"{cell:>17}" for cell in cells))
    cells = [f"{statistics.median(together[kind]):5.0f} ({max(together[kind]):4.0f})" for kind in kinds]
    print(f"{'all':26}" + "".join(f"{cell:>17}" for cell in cells))


def against_plans() -> None:
    """Print how far previews are from plans: the median time, its interval, the findings."""
    ratios = []
    print(f"\n{'case':26}{'lamp':22}{'type':6}{'median':>8}{'5 %':>8}{'95 %':>8}{'rise, K':>9}  findings that differ")
    for path in EXAMPLES:
        example = read_yaml(path)
        for lamp in (example["lamp"], *LAMPS):
            for phototype in ("II", "VI"):
                case = changed({**example, "lamp": lamp}, "patient", phototype=phototype)
                try:
                    quick = preview_plan(case)
                except InvalidInput:
                    continue
                if quick.time_s is None and phototype != "II":
                    continue
                plan = make_plan(case_from_data(case, "form"))
                head = f"{path.stem:26}{lamp['device']:22}{phototype:6}"
                levels = [{(found.id, found.level) for found in each.findings} for each in (quick, plan)]
                odd = sorted(f"{name} ({level})" for name, level in levels[0] ^ levels[1] if name != "assumptions.time")
                if quick.time_s is None or plan.translation is None:
                    print(f"{head}{'no time':>8}{'':25}  {', '.join(odd)}")
                    continue
                own, full = quick.time_s, plan.translation.time_s
                ratios.append(own.p50 / full.p50)
                warmer = "-"
                if quick.warmth and plan.warmth:
                    warmer = f"{quick.warmth.skin_rise_k.p95 - plan.warmth.skin_rise_k.p95:+.2f}"
                print(
                    f"{head}{own.p50 / full.p50:8.3f}{own.p5 / full.p5:8.3f}{own.p95 / full.p95:8.3f}{warmer:>9}"
                    f"  {', '.join(odd)}",
                    flush=True,
                )
    print(f"{len(ratios)} medians: {min(ratios):.3f} to {max(ratios):.3f} of the plan's")


def main() -> None:
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}")
    times()
    if "--plans" in sys.argv[1:]:
        against_plans()


if __name__ == "__main__":
    main()
