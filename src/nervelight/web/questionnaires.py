"""Questionnaires and tests as forms, for whoever asks them: a clinician, or a person of themselves."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nervelight.assessment import (
    READING_TESTS,
    Answer,
    Instrument,
    ItemBlock,
    ScoredAnswers,
    Scoring,
    Wording,
    alarm_faults,
    check_score,
    instrument,
    instrument_ids,
    scorable_ids,
    score_answers,
    scoring,
    wording,
    wording_languages,
)
from nervelight.errors import UnknownName
from nervelight.record.contents import Response
from nervelight.web.forms import Form, plain_text, up_to

__all__ = ["AnswerForm", "ItemsForm", "ScoreForm", "answer_form", "askable_ids", "enterable_ids"]

WALK = "sixmwt"
# As a diary takes it.
WALK_METRES = (1.0, 2000.0)
# Up to so many answers without words stand in a row to be tapped; more are typed.
ROW_AT_MOST = 11
LONGEST_NOTE = 4000


def askable_ids() -> tuple[str, ...]:
    """Return the ids of the instruments whose words are here and whose answers are scored here."""
    return tuple(name for name in scorable_ids() if wording_languages(name))


def enterable_ids() -> tuple[str, ...]:
    """Return the ids of the instruments that a clinician can enter: by answers, or else by the result alone."""
    return tuple(name for name in instrument_ids() if name == WALK or instrument(name).score is not None)


class AnswerForm(Form):
    """Base of the two: the items of an instrument, and its result alone."""

    entry: Instrument
    words: Wording | None
    language: str
    """Language of the words, which may be another one than was asked for."""
    red_flags: tuple[str, ...] = ()
    """Red flags that single answers raise, also those of a form that has to be corrected: act on them first."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64)
    """Sent twice, it is written once."""

    def __init__(self, data: Any, entry: Instrument, words: Wording | None, latest: dt.date | None) -> None:
        self.entry, self.words = entry, words
        self.language = words.language if words else "en"
        super().__init__(data, initial={"key": uuid.uuid4().hex, "day": latest})
        self.use_required_attribute = False
        if latest is not None:
            self.fields["day"] = _day_field(latest)
        self._add_items()
        self.fields["note"] = forms.CharField(
            label=gettext_lazy("Anything to add"),
            required=False,
            max_length=LONGEST_NOTE,
            validators=[plain_text],
            widget=forms.Textarea(attrs={"rows": 2}),
        )

    def _add_items(self) -> None:
        raise NotImplementedError

    def response(self) -> Response:
        """Return what was answered with its score, of a form that is valid."""
        raise NotImplementedError


class ItemsForm(AnswerForm):
    """The items of an instrument, each with the words of its answers."""

    def __init__(
        self,
        data: Any,
        entry: Instrument,
        words: Wording,
        latest: dt.date | None,
        goals: Sequence[str] = (),
    ) -> None:
        self.rules: Scoring = scoring(entry.id)
        self.goals = tuple(goals)
        super().__init__(data, entry, words, latest)

    @cached_property
    def blocks(self) -> tuple[ItemBlock, ...]:
        """How each item is answered."""
        return self.rules.items(len(self.goals) or None)

    def _add_items(self) -> None:
        for number, block in enumerate(self.blocks, 1):
            self.fields[f"item_{number}"] = _Item(self._text(number), block, self._texts(number))
        if self.is_bound and self._needs_more:
            # Asked only where it matters: leaving out is a choice, not a slip.
            self.fields["incomplete"] = forms.BooleanField(
                label=gettext_lazy("Keep it without a score"),
                help_text=gettext_lazy("Some questions are left out, and the score needs them."),
                error_messages={
                    "required": gettext_lazy("Answer the questions that are left out, or tick this to keep it as it is")
                },
            )

    def _text(self, number: int) -> str:
        assert self.words is not None
        if self.rules.at_most is not None:
            return self.goals[number - 1] if self.goals else _("Goal %(number)d") % {"number": number}
        text = self.words.items[number - 1]
        return text if len(self.blocks) == 1 else f"{number}. {text}"

    def _texts(self, number: int) -> tuple[str, ...]:
        assert self.words is not None
        return () if self.rules.at_most is not None else self.words.answers_to(number)

    @property
    def intro(self) -> str:
        """What stands above the items."""
        assert self.words is not None
        return self.words.items[0] if self.rules.at_most is not None else self.words.intro

    @cached_property
    def answers(self) -> tuple[Answer | None, ...]:
        """As given, None for what is left out or is no answer."""
        found = [
            block_answer(self.data.get(self.add_prefix(f"item_{number}")), block)
            for number, block in enumerate(self.blocks, 1)
        ]
        if self.rules.at_most is not None and not self.goals:
            # A form of any length ends with its last answer.
            while len(found) > 1 and found[-1] is None:
                found.pop()
        return tuple(found)

    @cached_property
    def scored(self) -> ScoredAnswers:
        """All scores of what was answered."""
        return score_answers(self.entry.id, self.answers)

    @property
    def red_flags(self) -> tuple[str, ...]:  # type: ignore[override]
        """Red flags that single answers raise, also those of a form that has to be corrected: act on them first."""
        return self.scored.red_flags if self.is_bound and alarm_faults(self.entry.id, self.answers) else ()

    @property
    def _needs_more(self) -> bool:
        if all(answer is None for answer in self.answers):
            return False
        main = [scale for scale in self.scored.scales if not scale.name] or list(self.scored.scales)
        return all(scale.value is None for scale in main)

    def clean(self) -> dict[str, Any]:
        """Refuse a form without any answer."""
        if all(answer is None for answer in self.answers):
            raise ValidationError(_("Nothing is answered yet."))
        return self.cleaned_data

    def response(self) -> Response:
        """Return what was answered with its score, of a form that is valid."""
        return Response(
            instrument=self.entry.id,
            answers=self.answers,
            score=self.scored.score,
            language=self.language,
            note=self.cleaned_data["note"],
        )


class ScoreForm(AnswerForm):
    """The result of an instrument alone, where its words are not here or it is a test."""

    units: ClassVar[dict[str, str]] = {}

    def _add_items(self) -> None:
        walk = self.entry.id == WALK
        field = forms.FloatField(
            label=gettext_lazy("Distance walked") if walk else gettext_lazy("Score"),
            help_text=self.entry.name if walk else str(self.entry.score),
            widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
        )
        if walk:
            field.unit = "m"  # type: ignore[attr-defined]
        self.fields["score"] = field

    def clean_score(self) -> float:
        """Hold the score against what the instrument can have."""
        score = float(self.cleaned_data["score"])
        if self.entry.id == WALK:
            low, high = WALK_METRES
            if not low <= score <= high:
                raise ValidationError(_("A distance from %(low)g to %(high)g m.") % {"low": low, "high": high})
            return score
        try:
            check_score(self.entry.id, score)
        except ValueError as problem:
            raise ValidationError(str(problem)) from None
        return score

    def response(self) -> Response:
        """Return the result, of a form that is valid."""
        return Response(
            instrument=self.entry.id, score=self.cleaned_data["score"], note=self.cleaned_data["note"]
        )  # fmt: skip


def answer_form(
    instrument_id: str,
    data: Mapping[str, Any] | None = None,
    *,
    language: str = "en",
    latest: dt.date | None = None,
    goals: Sequence[str] = (),
) -> ItemsForm | ScoreForm:
    """Return an instrument as a form.

    Parameters
    ----------
    instrument_id : str
    data : mapping, optional
        What was sent.
    language : str
        Of the words; English, or the first language that is here, where they are not here in this one.
    latest : date, optional
        Ask for the day too, up to this one.
    goals : sequence of str
        For goal attainment: what was agreed on, in its order.

    Returns
    -------
    ItemsForm or ScoreForm
        The items where their words are here, else the result alone, which a clinician enters.

    Raises
    ------
    UnknownName
        If there is no such instrument, or its result is neither a score nor a distance.
    """
    entry = instrument(instrument_id)
    words = wording(instrument_id, language) or wording(instrument_id)
    if instrument_id in scorable_ids() and words is not None:
        return ItemsForm(data, entry, words, latest, goals)
    if instrument_id not in enterable_ids():
        raise UnknownName("instrument with a score", instrument_id, enterable_ids())
    return ScoreForm(data, entry, words if instrument_id in READING_TESTS else None, latest)


def block_answer(text: Any, block: ItemBlock) -> Answer | None:
    """Return the answer that was sent for an item, None where it is none."""
    answer: Answer
    if text in (None, ""):
        return None
    if text in ("yes", "no"):
        answer = text == "yes"
    else:
        try:
            answer = float(text)
        except (TypeError, ValueError):
            return None
    return answer if block.points_of(answer) is not None else None


class _Item(forms.ChoiceField):
    """One item. It may be left out: what that means is the instrument's rule, not the field's."""

    def __init__(self, text: str, block: ItemBlock, texts: Sequence[str]) -> None:
        choices = [(_sent(answer), _shown(answer, words)) for answer, words in _pairs(block, texts)]
        short = not any(texts) and len(choices) <= ROW_AT_MOST
        if len(choices) > ROW_AT_MOST:
            attrs = {"min": block.low, "max": block.high, "step": block.step, "inputmode": "decimal"}
            widget: forms.Widget = forms.NumberInput(attrs)
        else:
            widget = forms.RadioSelect(attrs={"class": "tap-row" if short else "tap-column"})
        super().__init__(label=text, choices=choices, widget=widget)

    def validate(self, value: Any) -> None:
        if value not in self.empty_values:
            super().validate(value)


def _pairs(block: ItemBlock, texts: Sequence[str]) -> list[tuple[Answer, str]]:
    possible = block.possible
    pairs = list(zip(possible, texts or [""] * len(possible), strict=True))
    return pairs[::-1] if block.falling else pairs


def _sent(answer: Answer) -> str:
    return ("yes" if answer else "no") if isinstance(answer, bool) else f"{answer:g}"


def _shown(answer: Answer, words: str) -> str:
    if words:
        return words
    return (_("yes") if answer else _("no")) if isinstance(answer, bool) else f"{answer:g}"


def _day_field(latest: dt.date) -> forms.DateField:
    return forms.DateField(
        label=gettext_lazy("Day"),
        widget=forms.DateInput(attrs={"type": "date", "max": latest.isoformat()}, format="%Y-%m-%d"),
        validators=[up_to(latest)],
    )
