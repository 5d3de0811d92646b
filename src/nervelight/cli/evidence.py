"""``nervelight evidence``: the trials, what they lack, which can be followed, and how to add one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from nervelight.cli.evidence_claims import show_claims
from nervelight.cli.evidence_pool import pool, regress, response
from nervelight.cli.evidence_treatments import show_treatments
from nervelight.cli.tables import print_rows, print_table, terminal

if TYPE_CHECKING:
    from nervelight.evidence import RankedAnchor

__all__ = ["evidence"]


@click.group()
def evidence() -> None:
    """The trials: which light they gave, what they found, how surely, and what they leave out."""


evidence.add_command(pool)
evidence.add_command(regress)
evidence.add_command(response)
evidence.add_command(show_claims)
evidence.add_command(show_treatments)


@evidence.command("list")
@click.option("--condition", metavar="NAME", help="Only this condition.")
@click.option("--topic", metavar="NAME", help="Only this topic, such as treatment, safety or tissue_light.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_studies(condition: str | None, topic: str | None, as_json: bool) -> None:
    """List all studies: design, what they say, and whether their light can be followed."""
    from typing import get_args

    from nervelight.errors import UnknownName
    from nervelight.evidence import Topic, anchor, anchor_ids, condition_named, studies

    wanted = None if condition is None else condition_named(condition)
    if topic is not None and topic not in get_args(Topic):
        raise UnknownName("topic", topic, get_args(Topic))
    found = [entry for entry in studies() if entry.speaks_of(wanted) and topic in (None, entry.topic)]
    if as_json:
        from nervelight.report import study_record

        click.echo(json.dumps([study_record(entry) for entry in found], indent=1, ensure_ascii=False))
        return
    rows = []
    for entry in found:
        follow = "-"
        if entry.id in anchor_ids():
            light = anchor(entry.id)
            follow = f"{light.kind}, usable" if light.usable else f"{light.kind}, lacks {len(light.missing)}"
        says = entry.direction if entry.status == "reported" else entry.status
        rows.append((entry.id, entry.design.replace("_", " "), says.replace("_", " "), follow))
    print_table(terminal(), ("study", "design", "says", "as an anchor"), rows)


@evidence.command()
@click.argument("name", metavar="STUDY")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(name: str, as_json: bool) -> None:
    """Show one study: its light, its results, its weaknesses, and what keeps it from being followed."""
    from nervelight.evidence import anchor, anchor_ids, study
    from nervelight.planning import light_lines
    from nervelight.report import (
        LIGHT_HEADER,
        OUTCOME_HEADER,
        light_remarks,
        light_rows,
        outcome_rows,
        study_record,
        study_rows,
    )
    from nervelight.sources import source

    entry = study(name)
    if as_json:
        click.echo(json.dumps(study_record(entry), indent=1, ensure_ascii=False))
        return
    console = terminal()
    print_rows(console, source(entry.sources[0]).citation, study_rows(entry))
    for light_given in entry.lights:
        where = f": {light_given.label}" if light_given.label else ""
        print_table(console, (f"light{where}", *LIGHT_HEADER), light_rows(light_given))
        print_rows(console, "", light_remarks(light_given))
    if name in anchor_ids():
        light = anchor(name)
        print_rows(
            console,
            f"As an anchor: {light.kind}, {'usable' if light.usable else 'not usable'}",
            [
                *(("light", line) for line in light_lines(light)),
                *(("scenario", scenario.described) for scenario in light.scenarios),
                *(("missing", what) for what in light.missing),
                *(("note", what) for what in light.flags),
            ],
        )
    if entry.statements:
        said = [(row.about, row.text + (" (not verified)" if row.unverified else "")) for row in entry.statements]
        print_rows(console, "Also says", said)
    if entry.outcomes:
        print_table(console, OUTCOME_HEADER, outcome_rows(entry), widths=(24, 6, 12, None))


@evidence.command()
@click.option("--condition", required=True, metavar="NAME", help="What is to be treated.")
@click.option("--site", metavar="NAME", help="Where, such as plantar_foot.")
@click.option("--target", type=click.Choice(["nerve", "cutaneous_endings"]), help="What the light is meant for.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def anchors(condition: str, site: str | None, target: str | None, as_json: bool) -> None:
    """List the lights on record for a condition, the best to follow first, nulls last.

    A case follows the first that fits, or the one that its `anchor` names.
    """
    from typing import get_args

    from nervelight.errors import UnknownName
    from nervelight.evidence import NO_PROTOCOL, BodySite, TargetKind, condition_named, rank_anchors

    if site is not None and site not in get_args(BodySite):
        raise UnknownName("site", site, get_args(BodySite))
    ranked = rank_anchors(condition_named(condition), cast(BodySite | None, site), cast(TargetKind | None, target))
    if as_json:
        click.echo(json.dumps([_anchor_record(place, item) for place, item in enumerate(ranked, 1)], indent=1))
        return
    console = terminal()
    usable = [item for item in ranked if item.anchor.usable and item.anchor.kind != "null"]
    first = f"First: {usable[0].anchor.study_id}" if usable else f"{NO_PROTOCOL[0].upper()}{NO_PROTOCOL[1:]}"
    print_rows(console, first, [])
    for place, item in enumerate(ranked, 1):
        state = "usable" if item.anchor.usable else "not usable"
        rows = [("why here", item.why), *(("lacks", what) for what in item.anchor.missing)]
        print_rows(console, f"{place}. {item.anchor.study_id}: {item.anchor.kind}, {state}", rows)


def _anchor_record(place: int, item: RankedAnchor) -> dict[str, object]:
    return {
        "place": place,
        "study": item.anchor.study_id,
        "kind": item.anchor.kind,
        "usable": item.anchor.usable,
        "missing": item.anchor.missing,
        "design_and_conduct": item.trust,
        "reasons": item.trust_reasons,
        "reported": item.completeness.reported,
        "computed": item.completeness.computed,
        "absent": item.completeness.missing,
        "remarks": item.remarks,
        "flags": item.anchor.flags,
    }


@evidence.command()
@click.argument("condition", metavar="CONDITION")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def card(condition: str, as_json: bool) -> None:
    """Show one condition: what was tried, what came of it, how surely, and what is unknown."""
    from nervelight.evidence import condition_named, evidence_card
    from nervelight.report import card_record, card_sections

    found = evidence_card(condition_named(condition))
    if as_json:
        click.echo(json.dumps(card_record(found), indent=1, ensure_ascii=False))
        return
    console = terminal()
    for title, rows in card_sections(found):
        print_rows(console, title, rows)


@evidence.command()
@click.argument("file", metavar="STUDY.yaml", type=click.Path(path_type=Path))
@click.option("--check", "check_only", is_flag=True, help="Say what is wrong or missing, and add nothing.")
@click.option("--replace", is_flag=True, help="Replace a file that you added before.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def add(file: Path, check_only: bool, replace: bool, as_json: bool) -> None:
    """Check a study file, say what is missing from it, and add it to your library."""
    from nervelight.evidence import add_study, review_study

    if check_only:
        review, target = review_study(file), None
    else:
        review, target = add_study(file, replace=replace)
    if as_json:
        record = {
            "study": review.study.id,
            "added_to": str(target) if target else None,
            "missing_light": review.missing_light,
            "missing_numbers": review.missing_numbers,
            "missing_report": review.missing_report,
        }
        click.echo(json.dumps(record, indent=1))
        return
    console = terminal()
    rows = [
        *(("its light lacks", what) for what in review.missing_light),
        *(("no effect size", what) for what in review.missing_numbers),
        *(("not told", what) for what in review.missing_report),
    ]
    title = f"{review.study.id}: valid, {len(rows) or 'nothing'} missing"
    if review.taken:
        rows.append(("not addable", "a study of the package has this name"))
    print_rows(console, title, rows)
    where = f"Added: {target}" if target else "Nothing was written."
    console.print(where, style="dim", soft_wrap=True)


@evidence.command()
@click.argument("name", metavar="STUDY")
def remove(name: str) -> None:
    """Take a study that you added out of your library again."""
    from nervelight.evidence import remove_study

    click.echo(f"Removed: {remove_study(name)}")
