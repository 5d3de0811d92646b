"""``nervelight mechanism``: what light may do to a nerve, as a hypothesis that can be run. It chooses no light."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nervelight.cli.light import ANY_WAVELENGTH_NM, Call, Numbers, NumbersCommand, plot_option
from nervelight.cli.mechanism_plan import read_plan_light
from nervelight.cli.tables import print_rows, print_table, terminal
from nervelight.errors import Fault, InvalidInput, UnknownName, closest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from nervelight.mechanism import FibreCheck, Result, Scores, Session, Slope, Switches, Warming
    from nervelight.report.mechanism_words import PlanWords

__all__ = ["mechanism"]

MOST_DRAWS = 100_000
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

    from nervelight.mechanism import as_document, run_session
    from nervelight.report.mechanism_words import AFTER, DURING, PlanWords

    plan_words = None if planned is None else PlanWords(planned.target, planned.band, of_skin=warmed is None)
    session = session if warmed is None else dataclasses.replace(session, warming=warmed)
    result = run_session(session, count, likely, first, after=AFTER, during=DURING)
    if plot is not None:
        from nervelight.report.mechanism_plot import mechanism_plot
        from nervelight.report.picture import write_picture

        write_picture(mechanism_plot(result), plot)
    if as_json:
        told_plan = None
        if plan_words is not None:
            told_plan = {
                "file": str(plan_file),
                "target": plan_words.target,
                "fluence_rate_p5_p95_mw_cm2": list(plan_words.band),
                "warming_is_of_the_skin": plan_words.of_skin,
            }
        document = as_document(result) | {"switches": likely.probabilities, "seed": first, "plan": told_plan}
        click.echo(json.dumps(document, allow_nan=False))
        return
    _print_run(result, likely, plan_words)
    if plot is not None:
        terminal().print(f"Written: {plot}", style="dim", soft_wrap=True)


@mechanism.command()
@click.option("--parameters", is_flag=True, help="The parameters too, with prior and status.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain(parameters: bool, as_json: bool) -> None:
    """Print the chain arrow by arrow: how well it is borne out, by whom, and who speaks against it."""
    from nervelight.mechanism import arrow_sources, arrows, arrows_document
    from nervelight.report.mechanism_words import arrow_rows, parameter_rows
    from nervelight.sources import source

    if as_json:
        click.echo(json.dumps(arrows_document(), allow_nan=False))
        return
    console = terminal()
    _banner(console)
    for arrow in arrows():
        console.print()
        print_rows(console, f"{arrow.cause} -> {arrow.effect}", arrow_rows(arrow))
    if parameters:
        console.print("\n[bold]Parameters[/]")
        header = ("name", "prior", "unit", "status", "what it is")
        print_table(console, header, parameter_rows(), widths=(5, 19, 7, 11, 30))
    console.print()
    print_rows(console, "Sources", [(key, source(key).citation) for key in arrow_sources()])


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

    check_validity((810.0,), rate, 900.0)
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
    from nervelight.mechanism import score_model, scores_document

    found = score_model(count, likely, first)
    if as_json:
        click.echo(json.dumps(scores_document(found, count, likely), allow_nan=False))
        return
    _print_scores(found, count)


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
    from nervelight.mechanism import fibre_checks, fibre_slopes, fibres_document

    checks, slopes = fibre_checks(), fibre_slopes()
    if as_json:
        click.echo(json.dumps(fibres_document(checks, slopes), allow_nan=False))
        return
    _print_fibres(checks, slopes)


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
        if len(times) < 2 or not np.all(np.diff(times) > 0):
            raise ValueError("times ascend")
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


def _print_run(result: Result, switches: Switches, plan: PlanWords | None) -> None:
    from nervelight.report.mechanism_words import change_rows, mechanism_headline, run_notes, run_rows

    console = terminal()
    _banner(console)
    console.print()
    print_rows(console, mechanism_headline(result), run_rows(result, switches, plan))
    since = "the light" if result.session.sessions == 1 else "the first light to after the last"
    console.print(f"\n[bold]Change from before {since}, %: median (90 % of draws)[/]")
    header, rows = change_rows(result)
    print_table(console, header, rows, right=(1, 2, 3, 4, 5), widths=(15, 20, 19, 4, 5, 5))
    console.print()
    for note in run_notes(result):
        console.print(note)


def _print_scores(found: Scores, draws: int) -> None:
    from nervelight.report.mechanism_words import COLUMN_WORDS, MEAN, score_rows

    console = terminal()
    _banner(console)
    console.print("\n[bold]Share of draws that agree with what was seen, %[/]")
    header = ("", "", *("\n".join(words) for words in COLUMN_WORDS.values()))
    rows: list[tuple[str, ...]] = []
    for row in score_rows(found):
        rows += [row, ("",) * len(row)] if row[1] == MEAN else [row]
    print_table(console, header, rows[:-1], right=(2, 3, 4, 5), widths=(12, 35, 6, 5, 4, 6))
    console.print(
        "before fit, after fit: hypotheses on as often as they are taken to be; all on: fitted, every hypothesis "
        "holds; no effect: what would agree if light did nothing. With "
        f"{draws} draws a share is known to within {98 / math.sqrt(draws):.0f} points."
    )
    missed = [score.observation for score in found.scored if not score.explained]
    for title, told in {
        "Not explained, even with every hypothesis on": [
            (seen.id, f"{seen.endpoint}: {seen.result}", seen.source) for seen in missed
        ],
        "Out of range, not scored": [(seen.id, why, seen.source) for seen, why in found.out_of_range],
        "Cannot be asked": [(seen.id, seen.not_scored, seen.source) for seen in found.not_scored],
    }.items():
        console.print(f"\n[bold]{title}[/]")
        print_table(console, ("", "", "source"), told, widths=(18, 31, 25))
    failed = ", ".join(f"{count} of {state.replace('_', ' ')} cells" for state, count in found.failed.items())
    console.print(f"\nDraws that the integrator did not solve: {failed}.")


def _print_fibres(checks: Sequence[FibreCheck], slopes: Sequence[Slope]) -> None:
    from nervelight.report.mechanism_words import fibre_rows, slope_rows

    console = terminal()
    _banner(console)
    console.print("\n[bold]Conduction, m/s, and its change against the same fibre unchanged, %[/]")
    fibre_header = ("", "simulator", "surrogate", "change", "by surrogate")
    print_table(console, fibre_header, fibre_rows(checks), right=(1, 2, 3, 4), widths=(21, 9, 16, 6, 14))
    console.print("\n[bold]Temperature[/]")
    header = ("", "simulator", "table", "draws, 90 %")
    print_table(console, header, slope_rows(slopes), right=(1, 2, 3), widths=(31, 9, 8, 14))
    console.print(
        "\nThe fibre with myelin has the equations from which the tables come, in a text of our own: that they agree "
        "bears out the tables, not the nerve. The C fibre has another membrane than its table; what differs is how "
        "far models of such fibres differ. Pump settled: ten minutes with that part of it left. What differs and "
        "why: docs/mechanism.md."
    )
