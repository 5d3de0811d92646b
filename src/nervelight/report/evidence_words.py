"""Pooled results and evidence cards in words and as records: one wording for terminal, pages and pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from nervelight.evidence import (
    LEAST_FOR_REGRESSION,
    LEAST_TRIALS,
    NO_PROTOCOL,
    CertaintyRating,
    Effect,
    EvidenceCard,
    GivenLight,
    LightResponse,
    Measure,
    Pooled,
    PooledOutcome,
    condition_info,
    outcome_label,
    study_label,
)
from nervelight.evidence.effect_size import NORMAL_975
from nervelight.report.words import count, joined, number

__all__ = [
    "card_record",
    "card_sections",
    "effect_text",
    "interval_of",
    "light_text",
    "number_text",
    "pooled_record",
    "pooled_sections",
    "pooled_title",
    "response_answer",
    "shown_value",
]

Sections = list[tuple[str, list[tuple[str, str]]]]

_MEASURE_WORDS: dict[Measure, str] = {
    "mean_difference": "points of 10",
    "standardised": "standard deviations",
    "risk_ratio": "times the risk",
}
MINUS = "−"
MIXED = (
    "final scores and changes from the start are pooled together; standardised, they are not on one scale "
    "(Cochrane Handbook 10.5.2)"
)


def shown_value(value: float, measure: Measure) -> float:
    """Return a value as it is shown: ratios as ratios, not as their logarithm."""
    return math.exp(value) if measure == "risk_ratio" else value


def number_text(value: float, measure: Measure) -> str:
    """Return one value of an effect: ``−1.0``, ``+0.49``, ``2.25``."""
    shown = shown_value(value, measure)
    text = f"{shown:.2f}" if abs(shown) < 1 or measure != "mean_difference" else f"{shown:.1f}"
    if float(text) == 0:
        text = text.replace("-", "")
    if measure != "risk_ratio" and float(text) > 0:
        text = f"+{text}"
    return text.replace("-", MINUS)


def effect_text(value: float, low: float, high: float, measure: Measure) -> str:
    """Return an effect with its interval: ``−1.1 (−2.8 to +0.61)``."""
    return f"{number_text(value, measure)} ({number_text(low, measure)} to {number_text(high, measure)})"


def interval_of(effect: Effect) -> tuple[float, float]:
    """Return the 95 % interval of one trial, by the normal distribution."""
    reach = NORMAL_975 * math.sqrt(effect.variance)
    return effect.value - reach, effect.value + reach


def pooled_title(found: PooledOutcome) -> str:
    """Return the result in one line, with how sure it is."""
    what = outcome_label(found.domain)
    who = condition_info(found.condition).label if found.condition else "all conditions"
    unit = _MEASURE_WORDS[found.measure]
    rating = f"; {found.how_sure}"
    # Said only of trials that all have a sham.
    against = "comparator" if found.open_label else "sham"
    than = "over" if found.measure == "risk_ratio" else "minus"
    if found.pooled is not None:
        text = effect_text(found.pooled.estimate, found.pooled.low, found.pooled.high, found.measure)
        return f"{what}, light {than} {against}: {text} {unit} in {who}, {found.pooled.k} trials{rating}"
    if found.effects:
        (effect,) = found.effects
        text = effect_text(effect.value, *interval_of(effect), found.measure)
        return f"{what}, light {than} {against}: one trial only in {who}, {text} {unit}{rating}"
    return f"{what} in {who}: not estimable, no trial prints the numbers for it{rating}"


def pooled_sections(found: PooledOutcome) -> Sections:
    """Return all that is to be told of a pooling, under headings."""
    sections: Sections = []
    if found.effects or found.set_aside:
        rows = [row for effect in (*found.effects, *found.set_aside) for row in _trial_rows(found, effect)]
        sections.append(("Trials", rows))
    if found.pooled is not None:
        sections.append(("How much they differ", list(_spread_rows(found, found.pooled))))
        sections.append(("How firmly it stands", list(_robust_rows(found, found.pooled))))
    if found.certainty is not None:
        rows = _domain_rows(found.certainty)
        sections.append((f"Certainty: {found.certainty.level} (starts {found.certainty.start})", rows))
    if found.without:
        rows = [(study_label(item.study_id), f"lacks {', '.join(item.missing)}") for item in found.without]
        sections.append(("Measured it, but print too little", rows))
    return sections


def _domain_rows(rating: CertaintyRating) -> list[tuple[str, str]]:
    return [(f"{d.name} {MINUS}{d.steps}" if d.steps else d.name, d.reason) for d in rating.domains]


def _trial_rows(found: PooledOutcome, effect: Effect) -> Iterator[tuple[str, str]]:
    week = "" if effect.week is None else f", week {effect.week:g}"
    text = effect_text(effect.value, *interval_of(effect), found.measure)
    yield (
        study_label(effect.study_id),
        f"{text}; {effect.n_light} + {effect.n_comparator} people{week}, {effect.instrument}",
    )
    if effect.set_aside:
        yield "  set aside", effect.set_aside
    if effect.conversions:
        yield "  how", "; ".join(f"{what} [{source}]" for what, source in effect.conversions)
    if effect.assumptions:
        yield "  assumed", "; ".join(effect.assumptions)


def _spread_rows(found: PooledOutcome, pooled: Pooled) -> Iterator[tuple[str, str]]:
    low, high = (number_text(end, found.measure) for end in (pooled.prediction_low, pooled.prediction_high))
    yield "next trial", f"{low} to {high} (95 % prediction interval)"
    yield "I2", f"{pooled.i2:.0f} % of the variation is more than chance; tau2 {pooled.tau2:.3g}"
    yield "Q", f"{pooled.q:.3g} on {pooled.k - 1} degrees of freedom, P = {pooled.q_p:.2g}"
    interval = pooled.interval.replace("hartung-knapp", "Hartung-Knapp")
    yield "method", f"{pooled.method} with {interval} interval; P = {pooled.p:.2g}"


def _robust_rows(found: PooledOutcome, pooled: Pooled) -> Iterator[tuple[str, str]]:
    def text(other: Pooled) -> str:
        return effect_text(other.estimate, other.low, other.high, found.measure)

    for other in found.others:
        yield other.method, text(other)
    if found.normal is not None:
        name = "normal" if found.normal.interval == "normal" else "Hartung-Knapp"
        yield f"{name} interval", text(found.normal)
    if found.mixed_scores:
        yield "caution", MIXED
    for effect, other in zip(found.effects, found.without_each, strict=False):
        yield f"without {study_label(effect.study_id)}", text(other)
    if found.with_set_aside is not None:
        yield "with those set aside", f"{text(found.with_set_aside)}, I2 {found.with_set_aside.i2:.0f} %"
    if found.egger is None or found.trim_and_fill is None:
        yield "small studies", f"not tested: {pooled.k} trials, {LEAST_TRIALS} are needed"
        return
    yield "Egger", f"t = {found.egger.t:.2f} on {found.egger.df} degrees of freedom, P = {found.egger.p:.2g}"
    filled = found.trim_and_fill
    yield (
        "trim and fill",
        f"{count(filled.missing, 'trial')} missing on the {filled.side}; with them {text(filled.pooled)}",
    )


def pooled_record(found: PooledOutcome) -> dict[str, Any]:
    """Return a pooling as data, ratios as logarithms."""
    record = asdict(found)
    record["title"] = pooled_title(found)
    record["scale"] = (
        "natural logarithm of the risk ratio" if found.measure == "risk_ratio" else _MEASURE_WORDS[found.measure]
    )
    return record


def response_answer(skin: LightResponse, nerve: LightResponse) -> str:
    """Answer whether the light at the nerve explains more than the light on the skin."""
    question = "Does light at the nerve explain the effect on pain better than light on the skin?"
    if skin.regression is None or nerve.regression is None:
        on_skin, at_nerve = len(skin.points), len(nerve.points)
        have = f"{on_skin} trials print an effect size and their light on the skin, {at_nerve} let that at the nerve be"
        return f"{question} Not estimable: {have} computed; {LEAST_FOR_REGRESSION} are needed"
    if skin.regression.r2 is None or nerve.regression.r2 is None:
        return f"{question} The trials differ no more than chance would have them, so that there is nothing to explain"
    r2_nerve, r2_skin = nerve.regression.r2, skin.regression.r2
    verdict = "Better" if r2_nerve > r2_skin else "No better"
    return (
        f"{question} {verdict}: over {skin.regression.k} trials it explains {r2_nerve:.0f} % of the variance between "
        f"trials, light on the skin {r2_skin:.0f} %"
    )


def light_text(light: GivenLight) -> str:
    """Return the light of a session [J/cm2] with its interval: ``12 (4.0 to 26)``."""
    if light.low is None or light.high is None:
        return number(light.value)
    return f"{number(light.value)} ({number(light.low)} to {number(light.high)})"


def card_sections(card: EvidenceCard) -> Sections:
    """Return an evidence card under headings."""
    rating, placebo = card.certainty, card.reference.placebo
    sections: Sections = []
    first = [("what may be said", said.may_say) for said in card.reference.sentences]
    if card.note:
        first.insert(0, ("first", card.note))
    benefit = f"{card.reference.benefit_over_sham}; certainty {rating.level}"
    sections.append((f"{_upper(card.info.label)}: benefit over sham {benefit}", first))
    sections.append(
        (
            "What was tried",
            [(kind, ", ".join(names)) for kind, names in card.tried] or [("nothing", "no study on record")],
        )
    )
    sections.append(("What came of it", list(_result_rows(card))))
    rows = _domain_rows(rating)
    sections.append(
        (f"How surely: {rating.level}", rows or [("nothing to grade", "no controlled trial with a result")])
    )
    sections.append(("Without light that does anything", [("benchmark", placebo.text), *_placebo_rows(card)]))
    sections.append(("Which light can be followed", list(_anchor_rows(card))))
    sections.append(("What is unknown", [(f"{index}", what) for index, what in enumerate(card.unknown, 1)]))
    return sections


def _result_rows(card: EvidenceCard) -> Iterator[tuple[str, str]]:
    rating = card.certainty
    if rating.favouring or rating.not_favouring or rating.mixed:
        parts = [
            f"{len(rating.favouring)} favour light",
            f"{len(rating.not_favouring)} do not",
            *([f"{len(rating.mixed)} mixed"] if rating.mixed else []),
            *([f"{len(rating.unclear)} unclear"] if rating.unclear else []),
        ]
        yield "sham-controlled", joined(parts)
    if card.pooled is not None:
        text = effect_text(card.pooled.estimate, card.pooled.low, card.pooled.high, "mean_difference")
        yield "pain, pooled", f"{text} points of 10, light minus sham, {card.pooled.k} trials with numbers"
    for result in card.reference.results:
        yield (
            study_label(result.study),
            f"with light, {result.light}" + (f"; without, {result.comparator}" if result.comparator else ""),
        )


def _placebo_rows(card: EvidenceCard) -> Iterator[tuple[str, str]]:
    for row in card.placebo:
        week = "" if row.week is None else f" in week {row.week:g}"
        size = f"{row.change:+.1f} of 10, {row.how}" if row.change is not None else f"{row.responders:.0f} %, {row.how}"
        ends = f" ({row.low:.1f} to {row.high:.1f})" if row.low is not None and row.high is not None else ""
        yield f"{study_label(row.study_id)}, {row.kind}", f"{size}{week}{ends}".replace("-", MINUS)


def _anchor_rows(card: EvidenceCard) -> Iterator[tuple[str, str]]:
    if not card.usable:
        yield "none", f"{_upper(NO_PROTOCOL)}."
    for item in card.usable:
        yield study_label(item.anchor.study_id), item.why
    for item in card.nulls:
        yield f"null: {study_label(item.anchor.study_id)}", item.why
    if card.incomplete:
        yield (
            "incomplete",
            ", ".join(f"{item.anchor.study_id} (lacks {len(item.anchor.missing)})" for item in card.incomplete),
        )


def card_record(card: EvidenceCard) -> dict[str, Any]:
    """Return an evidence card as data."""
    return {
        "condition": card.condition,
        "label": card.info.label,
        "lesion": card.info.lesion,
        "painful": card.info.painful,
        "note": card.note,
        "tried": {kind: list(names) for kind, names in card.tried},
        "benefit_over_sham": card.reference.benefit_over_sham,
        "certainty": asdict(card.certainty),
        "pooled_pain": asdict(card.pooled) if card.pooled else None,
        "placebo": [asdict(row) for row in card.placebo],
        "protocol": card.protocol,
        "usable": [item.anchor.study_id for item in card.usable],
        "nulls": [item.anchor.study_id for item in card.nulls],
        "incomplete": {item.anchor.study_id: list(item.anchor.missing) for item in card.incomplete},
        "unknown": list(card.unknown),
        "may_say": [said.may_say for said in card.reference.sentences],
        "claims": [entry.id for entry in card.claims],
    }


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
