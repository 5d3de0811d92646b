"""``nervelight mechanism``: what light may do to a nerve, as a hypothesis that can be run. It chooses no light."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nervelight.cli.light import ANY_WAVELENGTH_NM, Call, Numbers, NumbersCommand, plot_option
from nervelight.cli.mechanism_plan import read_plan_light
from nervelight.cli.tables import print_rows, print_table, terminal
from nervelight.errors import Fault, InvalidInput, UnknownName, closest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from nervelight.mechanism import FibreCheck, Result, Scores, Session, Slope, Switches, Warming

__all__ = ["mechanism"]

SCORES_SCHEMA, EXPLAIN_SCHEMA = "nervelight-mechanism-scores-1", "nervelight-mechanism-arrows-1"
FIBRES_SCHEMA = "nervelight-mechanism-fibres-1"
MOST_DRAWS = 100_000
# Readings after the light [s], for table and picture, and how many during it.
AFTER = (0.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 10800.0, 14400.0, 18000.0, 21600.0)
DURING = 8
TOLD = {"5 min after": 300.0, "6 h after": 21600.0}
USES = {"fit": "fitted to", "validate": "held out", "negative": "seen: nothing"}
GRADES = {
    "sham_rct": "sham-controlled trials in people",
    "none": "none found",
    "enzyme": "isolated enzyme or mitochondria",
}
# The longest time between two sessions; a course is planned in days.
LONGEST_GAP_H = 24 * 14


@click.group()
def mechanism() -> None:
    """What light may do to a nerve: a hypothesis that can be run.

    Exploratory. Not validated in patients. Several links are disputed. Not for choosing a dose, and no output is points
    of pain.
    """


@mechanism.command(cls=NumbersCommand)
@click.option("--fluence-rate", metavar="VALUE", help="At the target, such as '10 mW/cm2'.")
@click.option("--minutes", metavar="MIN", help="How long the light is on, up to 15.")
@click.option("--wavelength", cls=Numbers, metavar="NM...", help="600 to 1000; several share the light.")
@click.option(
    "--plan",
    "plan_file",
    metavar="PLAN.json",
    type=click.Path(path_type=Path),
    help="In place of these three and of the schedule: light at the target of a plan.",
)
@click.option("--state", required=True, metavar="NAME", help="healthy, diabetic or after-chemotherapy.")
@click.option("--warming", metavar="VALUE", help="How much warmer the target is at the end: '0.3 degC'.")
@click.option(
    "--heat", metavar="FILE.json", type=click.Path(path_type=Path), help="Warming, as nervelight heat --json prints it."
)
@click.option("--depth", metavar="MM", help="Which depth of that file.")
@click.option("--sessions", metavar="N", help="How many, 1 when not given; results are told after the last.")
@click.option("--every", metavar="TIME", help="From one session to the next, 48 h when not given.")
@click.option("--switches", metavar="FILE.yaml", type=click.Path(path_type=Path), help="Probabilities: h1: 0.05 ...")
@click.option("--draws", default="500", metavar="N", help="Draws of what is not known; 500 when not given.")
@click.option("--seed", default="1", metavar="N", help="The same seed gives the same draws.")
@plot_option("energy and conduction against time")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def run(
    fluence_rate: str | None,
    minutes: str | None,
    wavelength: tuple[str, ...],
    plan_file: Path | None,
    state: str,
    warming: str | None,
    heat: Path | None,
    depth: str | None,
    sessions: str | None,
    every: str | None,
    switches: Path | None,
    draws: str,
    seed: str,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Run light at the target through the model, as a distribution.

    The fluence rate is that at the nerve, not the irradiance on the skin, of which `nervelight fluence` prints its
    multiple. With --plan it is the plan's own at its target; nothing goes back into the plan. Beside each result stand
    the twin that gets the same warmth and no photons, and the share of draws in which nothing happens.
    """
    call = Call()
    light = {"--fluence-rate": fluence_rate, "--minutes": minutes, "--wavelength": " ".join(wavelength) or None}
    planned = None
    if plan_file is not None:
        for option, text in {**light, "--sessions": sessions, "--every": every}.items():
            if text is not None:
                call.fault(option, text, "left out: --plan tells it")
        planned = read_plan_light(plan_file, state)
        session = planned.session
    elif fluence_rate is None or minutes is None or not wavelength:
        missing = next(option for option, text in light.items() if text is None)
        raise click.UsageError(f"Missing option '{missing}', or --plan PLAN.json in place of the light.")
    else:
        session = _session(call, fluence_rate, minutes, wavelength, state, sessions or "1", every or "48 h")
    count, first = call.count("--draws", draws, 1, MOST_DRAWS), call.count("--seed", seed, 0, 2**31)
    warmed = _warming(call, warming, heat, depth, session.exposure_time)
    call.svg(plot)
    likely = _switches(call, switches)
    _state(call, state)
    if call.faults:
        raise InvalidInput("call", call.faults)

    from nervelight.mechanism import run_session

    told_plan = None
    if planned is not None:
        told_plan = {
            "file": str(plan_file),
            "target": planned.target,
            "fluence_rate_p5_p95_mw_cm2": list(planned.band),
            "warming_is_of_the_skin": warmed is None,
        }
    session = session if warmed is None else dataclasses.replace(session, warming=warmed)
    result = run_session(session, count, likely, first, after=AFTER, during=DURING)
    if plot is not None:
        from nervelight.report.mechanism_plot import mechanism_plot
        from nervelight.report.picture import write_picture

        write_picture(mechanism_plot(result), plot)
    if as_json:
        from nervelight.mechanism import as_document

        document = as_document(result) | {"switches": likely.probabilities, "seed": first, "plan": told_plan}
        click.echo(json.dumps(document, allow_nan=False))
        return
    _print_run(result, likely, told_plan)
    if plot is not None:
        terminal().print(f"Written: {plot}", style="dim", soft_wrap=True)


@mechanism.command()
@click.option("--parameters", is_flag=True, help="The parameters too, with prior and status.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain(parameters: bool, as_json: bool) -> None:
    """Print the chain arrow by arrow: how well it is borne out, by whom, and who speaks against it."""
    from nervelight.mechanism import BANNER, arrows, mechanism_parameters, weakest_status

    table = mechanism_parameters()
    if as_json:
        document = {
            "schema": EXPLAIN_SCHEMA,
            "banner": BANNER,
            "arrows": [arrow.model_dump() | {"parameter_status": weakest_status(arrow)} for arrow in arrows()],
            "switches": {name: switch.model_dump() for name, switch in table.switches.items()},
            "parameters": {
                name: entry.model_dump() | {"prior": entry.prior.words} for name, entry in table.parameters.items()
            },
        }
        click.echo(json.dumps(document, allow_nan=False))
        return
    console = terminal()
    _banner(console)
    for arrow in arrows():
        rows = [
            ("verdict", arrow.verdict),
            ("evidence", GRADES.get(arrow.grade, arrow.grade)),
            ("for", ", ".join(arrow.for_sources) or "-"),
            ("against", ", ".join(arrow.against_sources) or "-"),
        ]
        if arrow.switch:
            switch = table.switches[arrow.switch]
            rows.append(("switch", f"{arrow.switch}, {switch.name}: on in {100 * switch.probability:.0f} % of draws"))
        if status := weakest_status(arrow):
            rows.append(("parameters", f"{', '.join(arrow.parameters)}; the least certain is {status}"))
        console.print()
        print_rows(console, f"{arrow.cause} -> {arrow.effect}", [*rows, ("note", arrow.about)])
    if parameters:
        console.print("\n[bold]Parameters[/]")
        print_table(
            console,
            ("name", "prior", "unit", "status", "what it is"),
            [
                (name, entry.prior.words, entry.unit, entry.status, entry.about.split(";")[0])
                for name, entry in table.parameters.items()
            ],
            widths=(5, 19, 7, 11, 30),
        )


@mechanism.command()
@click.argument("output", metavar="MODEL.xml", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--fluence-rate", default="0 mW/cm2", metavar="VALUE", help="Set in the file; dark when not given.")
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
def export(output: Path, fluence_rate: str, force: bool) -> None:
    """Write the model as SBML, for COPASI and other tools."""
    call = Call()
    rate = call.quantity("--fluence-rate", fluence_rate, "W/mm**2", "0 mW/cm2", "1000 W/cm2", "10 mW/cm2")
    if output.exists() and not force:
        call.fault("MODEL.xml", str(output), "a file that is not there yet, or --force")
    if call.faults:
        raise InvalidInput("call", call.faults)
    from nervelight.documents import write_all
    from nervelight.mechanism import check_validity, export_sbml
    from nervelight.units import MW_CM2

    check_validity(810.0, rate, 900.0)
    write_all({output: export_sbml({"fluence_rate": rate / MW_CM2})})
    console = terminal()
    _banner(console)
    console.print(f"Written: {output}", style="dim", soft_wrap=True)


@mechanism.command()
@click.option("--draws", default="50", metavar="N", help="Draws of each set; 50 when not given.")
@click.option("--switches", metavar="FILE.yaml", type=click.Path(path_type=Path), help="Probabilities: h1: 0.05 ...")
@click.option("--seed", default="1", metavar="N", help="The same seed gives the same draws.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def scores(draws: str, switches: Path | None, seed: str, as_json: bool) -> None:
    """Hold the model against what was seen: what it was fitted to, what was held out, and where nothing was seen."""
    call = Call()
    count, first = call.count("--draws", draws, 1, MOST_DRAWS), call.count("--seed", seed, 0, 2**31)
    likely = _switches(call, switches)
    if call.faults:
        raise InvalidInput("call", call.faults)
    from nervelight.mechanism import score_model

    found = score_model(count, likely, first)
    if as_json:
        click.echo(json.dumps(_scores_document(found, count, likely), allow_nan=False))
        return
    _print_scores(found)


def _session(
    call: Call, fluence_rate: str, minutes: str, wavelength: tuple[str, ...], state: str, sessions: str, every: str
) -> Session:
    from nervelight.mechanism import Session

    rate = call.quantity("--fluence-rate", fluence_rate, "W/mm**2", "0 mW/cm2", "1000 W/cm2", "10 mW/cm2")
    exposure = 60 * call.number("--minutes", minutes, "min", 1 / 60, 1440.0)
    colours = tuple(call.number("--wavelength", text, "nm", *ANY_WAVELENGTH_NM) for text in wavelength)
    times, gap = call.count("--sessions", sessions, 1, 60), _gap(call, every, exposure)
    return Session(colours, rate, exposure, state, None, times, gap)


@mechanism.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def fibres(as_json: bool) -> None:
    """Hold the surrogate of conduction against two fibres in the NEURON simulator.

    One has myelin, one has none; their membranes are compiled once into your data folder, which needs a C++ compiler. A
    simulated fibre is a model too: this shows whether surrogate and equations agree, not whether a nerve does.
    """
    from nervelight.mechanism import BANNER, fibre_checks, fibre_slopes
    from nervelight.mechanism.simulator import FIBRE_SOURCES

    checks, slopes = fibre_checks(), fibre_slopes()
    if as_json:
        document = {
            "schema": FIBRES_SCHEMA,
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
        click.echo(json.dumps(document, allow_nan=False))
        return
    _print_fibres(checks, slopes)


def _print_fibres(checks: Sequence[FibreCheck], slopes: Sequence[Slope]) -> None:
    from nervelight.mechanism import fibre

    def span(ends: tuple[float, float], form: str) -> str:
        low, high = (format(end, form) for end in ends)
        return low if low == high else f"{low} to {high}"

    def speed(*ends: float) -> str:
        return span((ends[0], ends[-1]), ".1f" if ends[0] >= 10 else ".3f")

    console = terminal()
    _banner(console)
    console.print("\n[bold]Conduction, m/s, and its change against the same fibre unchanged, %[/]")
    rows: list[tuple[str, ...]] = []
    for check in checks:
        by = speed(*check.surrogate)
        if check.simulated is None or check.simulated_percent is None:
            rows.append((f"  {check.change}", "none", by, "stops", span(check.surrogate_percent, "+.1f")))
        elif not check.change:
            name = f"{fibre(check.fibre).short}, {fibre(check.fibre).diameter_um:g} um, 37 °C"
            rows.append((name, speed(check.simulated), by, "", ""))
        else:
            changed = f"{check.simulated_percent:+.1f}", span(check.surrogate_percent, "+.1f")
            rows.append((f"  {check.change}", speed(check.simulated), by, *changed))
    head = ("", "simulator", "surrogate", "change", "by surrogate")
    print_table(console, head, rows, right=(1, 2, 3, 4), widths=(21, 9, 16, 6, 14))
    console.print("\n[bold]Temperature[/]")
    print_table(
        console,
        ("", "simulator", "table", "draws, 90 %"),
        [
            (
                f"{fibre(slope.fibre).short}: {slope.what}",
                f"{slope.simulated:.2f}",
                "-" if slope.table is None else f"{slope.table:.2f}",
                span(slope.prior, ".2f"),
            )
            for slope in slopes
        ],
        right=(1, 2, 3),
        widths=(31, 9, 8, 14),
    )
    console.print(
        "\nThe fibre with myelin has the equations from which the tables come, in a text of our own: that they agree "
        "bears out the tables, not the nerve. The C fibre has another membrane than its table; what differs is how "
        "far models of such fibres differ. Pump settled: ten minutes with that part of it left. What differs and "
        "why: docs/mechanism.md."
    )


def _gap(call: Call, text: str, exposure: float) -> float:
    from nervelight.units import parse_quantity

    try:
        gap = parse_quantity(text, "s")
    except ValueError:
        gap = math.nan
    least = (0.0 if math.isnan(exposure) else exposure) + 120
    if not least <= gap <= LONGEST_GAP_H * 3600:
        call.fault("--every", text, f"a time from {least / 60:g} min to {LONGEST_GAP_H} h, such as '48 h'")
    return gap


def _switches(call: Call, path: Path | None) -> Switches:
    from nervelight.mechanism import Switches, read_switches

    if path is None:
        return Switches()
    try:
        return read_switches(path)
    except InvalidInput as problem:
        call.faults += [dataclasses.replace(fault, path=f"{path}: {fault.path}") for fault in problem.faults]
        return Switches()


def _state(call: Call, name: str) -> None:
    from nervelight.mechanism import state_names, state_of

    try:
        state_of(name)
    except UnknownName:
        known = [one.replace("_", "-") for one in state_names()]
        hint = closest(name, known)
        call.faults.append(
            Fault("--state", name, f"one of {', '.join(known)}", f"did you mean {hint!r}?" if hint else "")
        )


def _warming(call: Call, text: str | None, path: Path | None, depth: str | None, exposure: float) -> Warming | None:
    """Return how warm the target gets, from a number or from what `nervelight heat` printed."""
    import numpy as np

    from nervelight.documents import read_json
    from nervelight.mechanism import Warming

    if text is not None and path is not None:
        call.fault("--warming", text, "left out: --heat tells the warming")
    if path is None:
        if depth is not None:
            call.fault("--depth", depth, "left out: it names a depth of --heat")
        if text is None or math.isnan(exposure):
            return None
        rise = call.quantity("--warming", text, "degC", "0 degC", "5 degC", "0.3 degC")
        return None if math.isnan(rise) else Warming.to(rise, exposure)
    document = read_json(path)
    if not isinstance(document, dict) or document.get("schema") != "nervelight-heat-1":
        call.fault("--heat", str(path), "what nervelight heat prints with --json")
        return None
    try:
        known, lit = [float(one) for one in document["depth_mm"]], float(document["exposure_min"])
        times = 60 * np.array(document["time_min"], dtype=float)
        courses = np.array(document["temperature_c"]["central"], dtype=float).reshape(len(known), len(times))
    except (KeyError, TypeError, ValueError):
        call.fault("--heat", str(path), "what nervelight heat prints with --json, whole")
        return None
    wanted = known[0] if depth is None and len(known) == 1 else call.number("--depth", depth or "", "mm", 0.0, 1000.0)
    if math.isnan(wanted):
        return None
    if wanted not in known:
        call.fault("--depth", depth, f"one of {', '.join(f'{one:g}' for one in known)} mm, as in {path}")
        return None
    if not math.isclose(60 * lit, exposure, rel_tol=1e-9):
        allowed = f"warming by {exposure / 60:g} min of light, as --minutes; its own was on for {lit:g} min"
        call.fault("--heat", str(path), allowed)
        return None
    course = courses[known.index(wanted)]
    return Warming(times, course - course[0])


def _banner(console: Console) -> None:
    from nervelight.mechanism import BANNER

    console.print(f"[bold]{BANNER}[/]")


def _print_run(result: Result, switches: Switches, plan: dict[str, Any] | None) -> None:
    from nervelight.mechanism import as_document, mechanism_parameters
    from nervelight.report.mechanism_plot import LARGE, column_at, mechanism_headline, percent_band

    console, session, told = terminal(), result.session, as_document(result)
    _banner(console)
    console.print()
    table = mechanism_parameters()
    colours = " and ".join(f"{one:g}" for one in session.wavelengths)
    light = f"{told['fluence_rate_mw_cm2']:.3g} mW/cm² at the target, {colours} nm, {told['minutes']:g} min"
    if session.sessions > 1:
        light += f"; {session.sessions} sessions, each {session.gap / 3600:.3g} h after the one before"
    likely = ", ".join(f"{name} {value:g}" for name, value in switches.probabilities.items())
    warmth = f"{told['warming_end_k']:.2g} °C at the end" if told["warming_end_k"] else "none: the twin stays as it was"
    of_plan = []
    if plan is not None:
        low, high = plan["fluence_rate_p5_p95_mw_cm2"]
        words = f"{plan['target']}, at the median of its draws; 90 % have {low:.3g} to {high:.3g} mW/cm²"
        of_plan = [("plan's target", words)]
        if plan["warming_is_of_the_skin"]:
            warmth += ", as the plan's skin: an upper end for what lies below"
    print_rows(
        console,
        mechanism_headline(result),
        [
            *of_plan,
            ("light", f"{light}: {told['fluence_j_cm2']:.3g} J/cm² a session"),
            ("absorbed", f"{told['absorptions_per_s']:.3g} photons a second by each cytochrome c oxidase"),
            ("warmth", warmth),
            ("state", session.state.replace("-", " ").replace("_", " ")),
            ("hypotheses", f"{likely}; all on photons off in {100 * result.h0_share:.0f} % of draws"),
            ("draws", f"{told['draws']}, of which the integrator failed in {int(result.failed.sum())}"),
        ],
    )
    console.print("\n[bold]Change, %: median (90 % of draws)[/]")
    columns = {words: column_at(result, after) for words, after in TOLD.items()}
    print_table(
        console,
        ("", *columns, "none", "falls", "rises"),
        [
            (
                found.words + ("†" if found.speculative else ""),
                *(percent_band(found.change[:, at]) for at in columns.values()),
                *(f"{100 * share[columns['5 min after']]:.0f}" for share in found.shares().values()),
            )
            for found in result.outputs
        ],
        right=(1, 2, 3, 4, 5),
        widths=(15, 20, 19, 4, 5, 5),
    )
    reach = told["fitted_up_to_j_cm2"]
    lost = 100 * told["collapse_share"]
    if told["fluence_j_cm2"] > reach * (1 + 1e-9):
        console.print(
            f"\n[bold]Beyond the fit:[/] no cell that the model was fitted to had more than {reach:g} J/cm². Above, "
            "its term for inhibition rules: the cell loses more than half of its energy in "
            f"{lost:.0f} % of draws, which nobody has seen."
        )
    heat = percent_band(result.output(LARGE).heat_only[:, columns["5 min after"]])
    low, high = table.measurement.detectable_percent
    console.print(
        f"\nThe same warmth without photons: thick fibres {heat} % 5 min after. What a clinic sees of one person: "
        f"changes from {low:.0f} to {high:.0f} %, by how well it measures. None, falls, rises: % of draws in which "
        f"photons do so 5 min after, by more than {table.no_effect_percent.value:g} %."
    )
    console.print("† speculative. Relative numbers; none is points of pain.")
    if any(not 630 <= one <= 980 for one in session.wavelengths):
        console.print("Absorption outside 630 to 980 nm is not on record: the nearest value is held, an assumption.")
    if failed := told["failed_draws"]:
        console.print(f"Draws that failed: {', '.join(map(str, failed))}.")


def _scores_document(found: Scores, draws: int, switches: Switches) -> dict[str, Any]:
    from nervelight.mechanism import BANNER

    return {
        "schema": SCORES_SCHEMA,
        "banner": BANNER,
        "draws": draws,
        "switches": switches.probabilities,
        "scores": [
            {
                "id": score.observation.id,
                "use": score.observation.use,
                "endpoint": score.observation.endpoint,
                "asked": score.asked,
                "source": score.observation.source,
                "agreement": score.agreement,
                "median_percent": list(score.median_percent),
                "explained": score.explained,
                "assumed": score.observation.predict.assumed if score.observation.predict else "",
                "failed": score.failed,
            }
            for score in found.scored
        ],
        "means": {use: {column: found.mean(use, column) for column in _COLUMNS} for use in USES},  # type: ignore[arg-type]
        "out_of_range": [{"id": seen.id, "source": seen.source, "why": why} for seen, why in found.out_of_range],
        "not_scored": [{"id": seen.id, "source": seen.source, "why": seen.not_scored} for seen in found.not_scored],
    }


_COLUMNS = {"prior": "before\nfit", "fitted": "after\nfit", "all_on": "all\non", "nothing": "no\neffect"}


def _print_scores(found: Scores) -> None:
    console = terminal()
    _banner(console)
    console.print("\n[bold]Share of draws that agree with what was seen, %[/]")
    rows: list[tuple[str, ...]] = []
    for use, words in USES.items():
        for score in found.scored:
            if score.observation.use == use:
                name = f"{score.observation.id}: {score.asked}"
                rows.append((words, name, *(f"{100 * score.agreement[column]:.0f}" for column in _COLUMNS)))
        rows.append(("", "mean", *(f"{100 * found.mean(use, column):.0f}" for column in _COLUMNS)))  # type: ignore[arg-type]
        rows.append(("",) * 6)
    print_table(console, ("", "", *_COLUMNS.values()), rows, right=(2, 3, 4, 5), widths=(13, 34, 6, 5, 4, 6))
    console.print(
        "before fit, after fit: hypotheses on as often as they are taken to be; all on: fitted, every hypothesis "
        "holds; no effect: what would agree if light did nothing."
    )
    missed = [score.observation for score in found.scored if not score.explained]
    console.print("\n[bold]Not explained, even with every hypothesis on[/]")
    print_table(
        console,
        ("", "seen", "source"),
        [(seen.id, f"{seen.endpoint}: {seen.result}", seen.source) for seen in missed],
        widths=(18, 40, 18),
    )
    console.print("\n[bold]Out of range, not scored[/]")
    print_table(
        console, ("", "", ""), [(seen.id, why, seen.source) for seen, why in found.out_of_range], widths=(18, 40, 18)
    )
    console.print("\n[bold]Cannot be asked[/]")
    print_table(
        console,
        ("", "", ""),
        [(seen.id, seen.not_scored, seen.source) for seen in found.not_scored],
        widths=(18, 40, 18),
    )
    failed = sum(score.failed for score in found.scored)
    console.print(f"Draws that the integrator did not solve: {failed}.")
