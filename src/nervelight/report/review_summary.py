"""A review on one screen of a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nervelight.planning.review import DomainOutcome, Review
from nervelight.report.summary import COLUMNS
from nervelight.report.words import chance, count, day, first_upper, score, signed_points, typeset

__all__ = ["print_review", "review_facts"]


def print_review(review: Review, console: Console) -> None:
    """Print the decision, why, what must be said with it, and who does what by when.

    Parameters
    ----------
    review : Review
    console : rich.console.Console
        No more than 80 columns are used.
    """
    width = min(COLUMNS, console.width)
    console.print(Text(review.title, "bold"), width=width)
    if review.synthetic:
        console.print(Text(f"Example, no person: {review.synthetic}", "italic"), width=width)
    console.print()
    lines = Table.grid(padding=(0, 2))
    lines.add_column(no_wrap=True)
    lines.add_column(overflow="fold")
    for label, text in review_facts(review):
        lines.add_row(Text(label), Text(typeset(text)))
    console.print(lines, width=width)
    for title, texts in (("Why", review.reasons), ("To be said with it", review.said_aloud)):
        if texts:
            console.print()
            _print_list(console, title, texts, width)
    for action in review.actions:
        if action is review.actions[0]:
            console.print()
            console.print(Text("To do", "bold"), width=width)
        _print_item(console, f"{first_upper(action.within)}, {action.owner}: {action.text} ({action.why})", width)
    console.print()
    console.print(Text(_decided(review), "bold"), width=width)
    console.print(Text(typeset(review.disclaimer), "italic"), width=width)


def review_facts(review: Review) -> Iterator[tuple[str, str]]:
    """Yield what a review found, each with its label."""
    found, pain, sham = review.delivery, review.outcomes[0], review.sham
    yield "Reviewed", f"{review.patient}, {day(review.on, weekday=True)}, week {review.week}"
    if found.due:
        given = f"{found.given} of {count(found.due, 'session')} ({found.adherence_percent:.0f} %)"
        given += f", {found.as_planned} with the planned light"
        if found.assumed:
            given += " as far as written down"
        yield "Given", f"{given}; an effect {'can' if found.judgeable else 'cannot'} be judged"
    for one in review.outcomes:
        if one.instrument:
            yield first_upper(one.label), _outcome(one)
    for goal in review.goals:
        if goal.state != "ask":
            yield "Goal", f"{goal.what}: {goal.state} ({goal.text})"
    if pain.p_important is not None:
        yield "By what matters", f"chance that pain truly is better by what matters: {chance(pain.p_important)}"
    if sham is not None and sham.share_as_good is not None:
        more = "sham would explain it" if sham.explained else "error could explain it"
        if sham.more_than_sham:
            more = "more than sham would explain"
        yield "Sham", f"{more}: {100 * sham.share_as_good:.0f} of 100 people on sham improve as much"
    for card in review.made.earlier:
        word = "rejected" if card.word == "reject" else card.decision
        yield "Builds on", f"the card of {day(card.on)}, {card.by}: {word}"
    for step in review.after_success:
        yield "Then", f"{step.label}, {day(step.first)} to {day(step.last)}"
    for one_change in review.adjustments:
        yield "Could change", f"{one_change.what}: {one_change.why}"
    if review.next_gate and review.decision == "continue":
        yield "Next", f"{day(review.next_gate.date)}: {review.next_gate.text}"


def _outcome(one: DomainOutcome) -> str:
    text = one.state
    if one.before and one.after:
        text += f", {score(one.before.mean)} to {score(one.after.mean)}{' ' + one.unit if one.unit else ''}"
        if one.improvement is not None and not one.unit:
            text += f" ({signed_points(one.improvement)})"
    return text


def _decided(review: Review) -> str:
    made = review.clinician
    if made is None:
        return "Open: a clinician accepts, edits or rejects it, with a reason (--decision)."
    word = {"accept": "accepted", "edit": f"changed to {made.decision}", "reject": "rejected"}[made.word]
    return f"{made.by}, {day(made.date)}: {word}. {made.reason}"


def _print_list(console: Console, title: str, texts: tuple[str, ...], width: int) -> None:
    console.print(Text(title, "bold"), width=width)
    for text in texts:
        _print_item(console, first_upper(text), width)


def _print_item(console: Console, text: str, width: int) -> None:
    item = Table.grid(padding=(0, 1))
    item.add_column(no_wrap=True)
    item.add_column(overflow="fold")
    item.add_row(Text("-"), Text(typeset(text)))
    console.print(item, width=width)
