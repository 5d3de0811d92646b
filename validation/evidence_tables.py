"""Tables of docs/evidence.md: what the library holds, pooled and graded, from the library itself.

python validation/evidence_tables.py          writes them into the page
python validation/evidence_tables.py --check  says whether the page is up to date
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from page_tables import table, update
from scipy.special import ndtr

from nervelight.evidence import (
    CONDITIONS,
    LEAST_FOR_REGRESSION,
    EvidenceCard,
    LightResponse,
    OutcomeDomain,
    Study,
    claims,
    effect_of,
    effects_for,
    evidence_card,
    pool_outcome,
    studies,
    study_label,
    treatments_for,
)
from nervelight.evidence.trial_effects import NoEffect, measures_of, trials_of
from nervelight.planning import light_responses
from nervelight.report import LADDER_HEADER, ladder_rows, light_text, pooled_title, response_answer

PAGE = Path(__file__).resolve().parents[1] / "docs" / "evidence.md"
CI_SE = 2 * 1.959964


def conditions_table() -> str:
    """One line a condition."""
    return table(
        (
            "condition",
            "sham-controlled trials",
            "pain, light minus sham (points of 10)",
            "certainty",
            "light to follow",
        ),
        [
            (
                card.info.label,
                _votes(card),
                _pooled(card),
                card.certainty.level,
                f"`{card.protocol}`" if card.usable else card.protocol,
            )
            for card in map(evidence_card, CONDITIONS)
        ],
    )


def _votes(card: EvidenceCard) -> str:
    rating = card.certainty
    parts = {
        "for light": rating.favouring,
        "not": rating.not_favouring,
        "mixed": rating.mixed,
        "unclear": rating.unclear,
        "stopped": rating.stopped,
    }
    return ", ".join(f"{len(names)} {word}" for word, names in parts.items() if names) or "none"


def _pooled(card: EvidenceCard) -> str:
    if card.pooled is not None:
        p = card.pooled
        return f"{p.estimate:+.1f} ({p.low:+.1f} to {p.high:+.1f}), {p.k} trials"
    if not trials_of_condition(card):
        return "no trial"
    return f"{len(card.effects)} trial with numbers" if card.effects else "no trial prints numbers"


def trials_of_condition(card: EvidenceCard) -> bool:
    """Return whether there is a sham-controlled trial with a result."""
    return bool(card.certainty.favouring or card.certainty.not_favouring or card.certainty.mixed)


def cards_text() -> str:
    """All cards, in full sentences."""
    return "\n\n".join("\n".join(_card(evidence_card(name))) for name in CONDITIONS)


def _card(card: EvidenceCard) -> Iterator[str]:
    yield f"### {card.info.label[0].upper()}{card.info.label[1:]}"
    yield ""
    if card.note:
        yield f"**{card.note}**"
        yield ""
    yield " ".join(said.may_say for said in card.reference.sentences)
    yield ""
    for kind, names in card.tried:
        yield f"- {kind}: {', '.join(f'`{name}`' for name in names)}"
    if not card.tried:
        yield "- no study on record"
    yield f"- benefit over sham: {card.reference.benefit_over_sham}; certainty: **{card.certainty.level}**"
    for reason in card.certainty.reasons:
        yield f"  - {reason}"
    yield f"- without light that does anything: {card.reference.placebo.text}"
    nulls = ", ".join(f"`{item.anchor.study_id}`" for item in card.nulls)
    usable = ", ".join(f"`{item.anchor.study_id}`" for item in card.usable) or card.protocol
    yield f"- light to follow: {usable}" + (f"; lights without benefit: {nulls}" if nulls else "")
    for what in card.unknown:
        yield f"- unknown: {what}"


def response_text(skin: LightResponse, nerve: LightResponse) -> str:
    """Answer the question, and name what is missing from which papers."""
    lights = {found.where: _light_of(found) for found in (skin, nerve)}
    lacking: dict[str, list[str]] = {}
    for found in (skin, nerve):
        for name, what in found.lacking:
            lacking.setdefault(name, []).extend(w for w in what if w not in lacking.get(name, []))
    effects = {e.study_id: f"{e.value:+.2f}" for e in effects_for(None, "pain", "standardised")[0] if not e.set_aside}
    names = sorted({*lacking, *effects})
    rows = table(
        (
            "trial",
            "Hedges' g",
            "on the skin, J/cm²",
            "at the nerve, J/cm²",
            "its paper lacks, as far as it could be read",
        ),
        [
            (
                f"`{n}`",
                effects.get(n, "-"),
                *(light.get(n, "-") for light in lights.values()),
                "; ".join(lacking.get(n, ["nothing"])),
            )
            for n in names
        ],
    )
    return f"**{response_answer(skin, nerve)}.**\n\n{rows}"


def _light_of(found: LightResponse) -> dict[str, str]:
    known = {point.effect.study_id: point.light for point in found.points}
    known |= {verdict.study_id: verdict.light for verdict in found.verdicts}
    return {name: light_text(light) for name, light in known.items()}


def published_table() -> str:
    """Published pooled values beside what this library can make of the same trials."""
    rows = []
    for entry in studies():
        if entry.design != "pooled" or entry.topic != "treatment":
            continue
        for outcome in entry.outcomes:
            if outcome.difference is None or outcome.ci is None or outcome.difference_kind == "odds_ratio":
                continue
            se = (outcome.ci[1] - outcome.ci[0]) / CI_SE
            p = 2 * float(ndtr(-abs(outcome.difference / se)))
            printed = f"{outcome.difference:+g} ({outcome.ci[0]:g} to {outcome.ci[1]:g})"
            rows.append(
                (
                    study_label(entry.id),
                    outcome.instrument,
                    printed,
                    f"SE {se:.2g}, P = {p:.2g}",
                    outcome.p or "-",
                    _why_not(entry, outcome.domain),
                )
            )
    return table(
        ("pooling", "outcome", "as published", "what its interval implies", "P as published", "repeated here?"), rows
    )


def _why_not(entry: Study, domain: OutcomeDomain) -> str:
    measure, *_ = measures_of(domain)
    tried = [trial for trial in trials_of(entry.condition) if any(o.domain == domain for o in trial.outcomes)]
    enough = [trial for trial in tried if not isinstance(effect_of(trial, domain, measure), NoEffect)]
    held = (
        f"of the {len(tried)} sham-controlled trials on record here that measured it, {len(enough)} print what it takes"
    )
    if not tried:
        held = "no sham-controlled trial on record here measured it apart"
    return f"no: the numbers of its {entry.studies} trials are not in what could be read; {held}"


def own_poolings() -> str:
    """What can be pooled today."""
    lines = [
        pooled_title(pool_outcome(condition, domain))
        for condition, domain in (
            ("diabetic_polyneuropathy", "pain"),
            ("trigeminal_neuralgia", "pain"),
            ("diabetic_polyneuropathy", "pain_responders"),
            ("chemotherapy_induced", "response"),
            ("carpal_tunnel", "pain"),
        )
    ]
    found = pool_outcome(None, "pain", "standardised")
    lines.append(
        f"{pooled_title(found)}. These are the trials that print numbers, not all trials, and several conditions are "
        "not one question"
    )
    return "\n".join(f"- {line}." for line in lines)


def claims_table() -> str:
    """Claims with verdict and the sentence that may be said."""
    return table(
        ("claim", "verdict", "may be said"),
        [(entry.claim, entry.verdict, entry.may_say) for entry in claims() if entry.made_by != "plan"],
    )


def treatments_table() -> str:
    """What is said of neuropathic pain in general once, then what is said of each condition."""
    rows = []
    for general in (True, False):
        for name, info in CONDITIONS.items():
            ladder = treatments_for(name)
            about = "neuropathic pain in general" if general else info.label
            rows += [
                (about, *row)
                for rung, row in zip(ladder.rungs, ladder_rows(ladder), strict=True)
                if (rung.standing.conditions == "general") is general
            ]
    return table(("of", *LADDER_HEADER), list(dict.fromkeys(rows)))


def contents_text() -> str:
    """Count what the library holds."""
    every = studies()
    outcomes = sum(len(entry.outcomes) for entry in every)
    topics = sorted({entry.topic for entry in every})
    counted = ", ".join(f"{sum(entry.topic == topic for entry in every)} {topic.replace('_', ' ')}" for topic in topics)
    return f"{len(every)} studies ({counted}) with {outcomes} outcomes, and {len(claims())} claims."


def tables() -> dict[str, str]:
    """All blocks of the page by name."""
    skin, nerve = light_responses(None)
    assert LEAST_FOR_REGRESSION == 10, "the page says ten"
    return {
        "contents": contents_text(),
        "conditions": conditions_table(),
        "own": own_poolings(),
        "published": published_table(),
        "response": response_text(skin, nerve),
        "claims": claims_table(),
        "treatments": treatments_table(),
        "cards": cards_text(),
    }


def main() -> int:
    return update(PAGE, tables())


if __name__ == "__main__":
    sys.exit(main())
