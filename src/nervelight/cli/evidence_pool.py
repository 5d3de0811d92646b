"""``nervelight evidence pool`` and ``response``: trials pooled, and effects against light."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from nervelight.cli.tables import print_rows, print_table, terminal

if TYPE_CHECKING:
    from nervelight.evidence import LightResponse, Regression
    from nervelight.report import Picture

__all__ = ["pool", "regress", "response"]

ALL = "all"


def _number(_context: click.Context, _parameter: click.Parameter, week: float | None) -> float | None:
    if week is not None and math.isnan(week):
        # Click compares with the ends of a range, and nan is beyond neither.
        raise click.BadParameter("needs a number of weeks")
    return week


@click.command()
@click.option("--condition", required=True, metavar="NAME", help="Condition, or 'all'.")
@click.option("--outcome", required=True, metavar="NAME", help="Outcome, such as pain or neuropathy_score.")
@click.option(
    "--measure", metavar="NAME", help="mean_difference, standardised or risk_ratio; the usual one when absent."
)
@click.option(
    "--method",
    type=click.Choice(["REML", "PM", "DL"]),
    default="REML",
    show_default=True,
    help="Estimator of the variance between trials.",
)
@click.option(
    "--interval",
    type=click.Choice(["hartung-knapp", "normal"]),
    default="hartung-knapp",
    show_default=True,
    help="Interval of the mean.",
)
@click.option("--open", "open_label", is_flag=True, help="Count trials without a sham, too.")
@click.option(
    "--week",
    type=click.FloatRange(min=0),
    callback=_number,
    help="The time nearest to this week; the end of each course when absent.",
)
@click.option(
    "--scores",
    type=click.Choice(["final", "change"]),
    default="final",
    show_default=True,
    help="Which scores to compare where a trial prints both.",
)
@click.option("--plot", metavar="FILE.svg", type=click.Path(path_type=Path), help="Write the forest plot.")
@click.option("--funnel", metavar="FILE.svg", type=click.Path(path_type=Path), help="Write the funnel plot.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def pool(
    condition: str,
    outcome: str,
    measure: str | None,
    plot: Path | None,
    funnel: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Pool one outcome of one condition, with all that tells how far to trust the result."""
    from typing import get_args

    from nervelight.errors import Fault, InvalidInput, UnknownName
    from nervelight.evidence import OutcomeDomain, condition_named, measures_of, pool_outcome
    from nervelight.report import forest_figure, funnel_figure, pooled_record, pooled_sections, pooled_title

    if outcome not in get_args(OutcomeDomain):
        raise UnknownName("outcome", outcome, get_args(OutcomeDomain))
    if plot is not None and plot == funnel:
        raise InvalidInput("call", [Fault("--funnel", str(funnel), "another file than --plot")])
    allowed = measures_of(cast(OutcomeDomain, outcome))
    if measure is not None and measure not in allowed:
        raise InvalidInput("call", [Fault("--measure", measure, f"for {outcome}: {' or '.join(allowed)}")])
    found = pool_outcome(
        None if condition == ALL else condition_named(condition),
        cast(OutcomeDomain, outcome),
        measure,
        **options,
    )
    _write({plot: forest_figure(found) if plot else None, funnel: funnel_figure(found) if funnel else None})
    if as_json:
        click.echo(json.dumps(pooled_record(found), indent=1, ensure_ascii=False))
        return
    console = terminal()
    print_rows(console, pooled_title(found), [])
    for title, rows in pooled_sections(found):
        print_rows(console, title, rows)


@click.command()
@click.option("--condition", default=ALL, show_default=True, metavar="NAME", help="Condition, or 'all'.")
@click.option("--plot", metavar="FILE.svg", type=click.Path(path_type=Path), help="Write the picture.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def response(condition: str, plot: Path | None, as_json: bool) -> None:
    """Ask whether the light at the nerve explains the trials' effects on pain better than the light on the skin.

    The light at the nerve is computed in the tissue of the trial's site, so that this takes some seconds.
    """
    from nervelight.evidence import condition_named, effects_for
    from nervelight.planning import light_responses
    from nervelight.report import response_answer, response_figure

    chosen = None if condition == ALL else condition_named(condition)
    with terminal(stderr=True).status("Computing the light at the nerve of each trial"):
        skin, nerve = light_responses(chosen)
    _write({plot: response_figure(skin, nerve) if plot else None})
    if as_json:
        record = {
            "answer": response_answer(skin, nerve),
            "skin": _response_record(skin),
            "nerve": _response_record(nerve),
        }
        click.echo(json.dumps(record, indent=1, ensure_ascii=False))
        return
    console = terminal()
    print_rows(
        console,
        response_answer(skin, nerve),
        [
            (r.where, _regression_text(r.regression, "tenfold light") if r.regression else r.reason)
            for r in (skin, nerve)
        ],
    )
    light = {found.where: _light_by_trial(found) for found in (skin, nerve)}
    found_effects, _ = effects_for(chosen, "pain", "standardised")
    effects = {effect.study_id: f"{effect.value:+.2f}" for effect in found_effects if not effect.set_aside}
    names = sorted({*effects, *(name for found in (skin, nerve) for name, _ in found.lacking)})
    print_table(
        console,
        ("trial", "Hedges' g", "skin J/cm²", "nerve J/cm²"),
        [(name, effects.get(name, "-"), *(light[where].get(name, "-") for where in light)) for name in names],
        right=(1, 2, 3),
    )
    for found in (skin, nerve):
        print_rows(console, f"What is missing for the light {found.where}", _by_what_is_missing(found))


def _light_by_trial(found: LightResponse) -> dict[str, str]:
    from nervelight.report import light_text

    known = {point.effect.study_id: point.light for point in found.points}
    known |= {verdict.study_id: verdict.light for verdict in found.verdicts}
    return {name: light_text(light) for name, light in known.items()}


def _by_what_is_missing(found: LightResponse) -> list[tuple[str, str]]:
    papers: dict[str, list[str]] = {}
    for name, missing in found.lacking:
        for what in missing:
            # "..., of which only P < 0.05 is printed" is about one paper.
            papers.setdefault(what.partition(", of which")[0], []).append(name)
    return [(what, ", ".join(names)) for what, names in sorted(papers.items(), key=lambda item: -len(item[1]))]


@click.command()
@click.option("--condition", required=True, metavar="NAME", help="Condition, or 'all'.")
@click.option("--outcome", required=True, metavar="NAME", help="Outcome, such as pain or neuropathy_score.")
@click.option("--on", "covariate", required=True, metavar="NAME", help="Covariate, such as people, weeks or sessions.")
@click.option("--open", "open_label", is_flag=True, help="Count trials without a sham, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def regress(condition: str, outcome: str, covariate: str, open_label: bool, as_json: bool) -> None:
    """Regress the effects of trials on what the studies say of themselves (meta-regression).

    Effects are standardised, so that scales of all kinds count.
    """
    from dataclasses import asdict
    from typing import get_args

    from nervelight.errors import UnknownName
    from nervelight.evidence import Covariate, OutcomeDomain, condition_named, measures_of, regress_outcome

    for kind, name, known in (("outcome", outcome, OutcomeDomain), ("covariate", covariate, Covariate)):
        if name not in get_args(known):
            raise UnknownName(kind, name, get_args(known))
    domain = cast(OutcomeDomain, outcome)
    found = regress_outcome(
        None if condition == ALL else condition_named(condition),
        domain,
        cast(Covariate, covariate),
        measures_of(domain)[-1],
        open_label=open_label,
    )
    if as_json:
        click.echo(json.dumps(asdict(found), indent=1, ensure_ascii=False))
        return
    console = terminal()
    answer = found.reason if found.regression is None else _regression_text(found.regression, "step")
    print_rows(console, f"Effect on {outcome.replace('_', ' ')} against {covariate.replace('_', ' ')}", [("", answer)])
    print_rows(console, "Trials", [(e.study_id, f"{e.value:+.2f} at {x:g}") for e, x in found.points])
    print_rows(console, "Lacking", [(name, ", ".join(what)) for name, what in found.lacking])


def _regression_text(fit: Regression, unit: str) -> str:
    explained = "nothing to explain" if fit.r2 is None else f"explains {fit.r2:.0f} % of the variance between trials"
    return (
        f"{fit.k} trials: {fit.coefficients[1]:+.2g} ({fit.low[1]:+.2g} to {fit.high[1]:+.2g}) for each {unit}, "
        f"P = {fit.p[1]:.2g}; {explained}"
    )


def _response_record(found: LightResponse) -> dict[str, object]:
    from dataclasses import asdict

    return {
        "where": found.where,
        "trials": [{"study": p.effect.study_id, "effect": p.effect.value, **asdict(p.light)} for p in found.points],
        "regression": asdict(found.regression) if found.regression else None,
        "reason": found.reason,
        "lacking": {name: list(what) for name, what in found.lacking},
        "light_without_effect": [
            {"study": verdict.study_id, "says": verdict.says, **asdict(verdict.light)} for verdict in found.verdicts
        ],
    }


def _write(pictures: dict[Path | None, Picture | None]) -> None:
    from nervelight.report import write_picture

    for path, picture in pictures.items():
        if path is None:
            continue
        if picture is None:
            click.echo(f"{path}: not written, there is nothing to draw", err=True)
            continue
        write_picture(picture, path)
        click.echo(f"Written: {path}", err=True)
