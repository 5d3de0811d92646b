"""Pages of what is known: evidence, studies, claims, lamps. The same for everybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from nervelight.errors import InvalidInput, UnknownName, closest
from nervelight.evidence import CONDITIONS, Topic, Verdict, claims, condition_info, studies, study_label
from nervelight.sources import source
from nervelight.web.access import STAFF, allow
from nervelight.web.forms import Form
from nervelight.web.library import contents
from nervelight.web.library.knowledge import Fragment, fragment, library

__all__ = [
    "claims_page",
    "condition_page",
    "education_of_page",
    "education_page",
    "evidence_page",
    "lamp_page",
    "lamps_page",
    "studies_page",
    "study_page",
]

View = Callable[..., HttpResponse]
STUDIES_A_PAGE = 40


def _part_page(template: str, about: Callable[[str], Any], back: tuple[str, Any] | None = None, **more: Any) -> View:
    """Make the view of a page that is one part, named by the address or alone of its kind."""
    here = template.rsplit("/", 1)[-1].removesuffix(".html")

    @allow(*STAFF)
    @_told
    def view(request: HttpRequest, **names: str) -> HttpResponse:
        name = next(iter(names.values()), "")
        found = fragment(template, about, name)
        return render(request, "library/page.html", {"part": found, "back": back, "here": here, **more})

    return view


def _told(view: View) -> View:
    """Tell of an unknown name what was meant, and of a broken study of this clinic what is wrong with it."""

    def told(request: HttpRequest, **names: str) -> HttpResponse:
        try:
            library()
            return view(request, **names)
        except UnknownName as problem:
            meant = closest(problem.name, problem.known)
            known = {"name": problem.name, "kind": problem.kind, "meant": meant}
            if meant and request.resolver_match is not None:
                known["href"] = request.path.replace(problem.name, meant)
            return render(request, "library/unknown.html", known, status=404)
        except InvalidInput as problem:
            return render(request, "library/broken.html", {"problem": problem}, status=503)

    return told


_EVIDENCE = ("evidence", _("Evidence"))
evidence_page = _part_page("library/parts/evidence.html", contents.evidence_part)
condition_page = _part_page("library/parts/condition.html", contents.condition_part, _EVIDENCE)
study_page = _part_page("library/parts/study.html", contents.study_part, ("studies", _("Studies")))
education_page = _part_page("library/parts/education.html", contents.education_part)
education_of_page = _part_page(
    "library/parts/education_of.html", contents.education_of_part, ("education", _("Sheets to read"))
)
lamps_page = _part_page("library/parts/lamps.html", contents.lamps_part)
lamp_page = _part_page("library/parts/lamp.html", contents.lamp_part, ("lamps", _("Lamps")))


class _StudyFilter(Form):
    q = forms.CharField(label=_("Words"), required=False, max_length=100)
    condition = forms.ChoiceField(label=_("Condition"), required=False)
    topic = forms.ChoiceField(label=_("Topic"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = [("", pgettext_lazy("all of a list", "all"))]
        choice: Any = self.fields["condition"]
        choice.choices = [*every, *((name, info.label) for name, info in CONDITIONS.items())]
        choice = self.fields["topic"]
        choice.choices = [*every, *((name, name.replace("_", " ")) for name in get_args(Topic))]


@allow(*STAFF)
@_told
def studies_page(request: HttpRequest) -> HttpResponse:
    """List all studies, by words, condition and topic."""
    form = _StudyFilter(request.GET or None)
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
    found = [
        entry
        for entry in studies()
        if wanted.get("condition", "") in ("", entry.condition, *entry.also)
        and wanted.get("topic", "") in ("", entry.topic)
        and _holds(
            wanted.get("q", ""),
            (study_label(entry.id), entry.id, source(entry.sources[0]).citation, entry.participants),
        )
    ]
    page = Paginator(found, STUDIES_A_PAGE).get_page(request.GET.get("page"))
    rows = [contents.study_row(entry) for entry in page.object_list]
    return render(request, "library/studies.html", {"form": form, "page": page, "rows": rows, "count": len(found)})


class _ClaimFilter(Form):
    q = forms.CharField(label=_("Words"), required=False, max_length=100)
    verdict = forms.ChoiceField(label=_("Verdict"), required=False)
    condition = forms.ChoiceField(label=_("Condition"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = [("", pgettext_lazy("all of a list", "all"))]
        choice: Any = self.fields["verdict"]
        choice.choices = [*every, *((name, name) for name in get_args(Verdict))]
        choice = self.fields["condition"]
        known = dict.fromkeys(condition for entry in claims() for condition in entry.conditions)
        choice.choices = [*every, *((name, condition_info(name).label) for name in known)]


@allow(*STAFF)
@_told
def claims_page(request: HttpRequest) -> HttpResponse:
    """List the claims with verdict and reason, by words, verdict and condition."""
    form = _ClaimFilter(request.GET or None)
    wanted: Mapping[str, str] = form.cleaned_data if form.is_bound and form.is_valid() else {}
    found = [
        entry
        for entry in claims()
        if wanted.get("verdict", "") in ("", entry.verdict)
        and (not wanted.get("condition") or wanted["condition"] in entry.conditions)
        and _holds(wanted.get("q", ""), (entry.claim, entry.reason, entry.may_say, entry.id))
    ]
    parts: list[Fragment] = [fragment("library/parts/claim.html", contents.claim_part, entry.id) for entry in found]
    every = claims()
    supported = sum(entry.verdict == "supported" for entry in every)
    context = {"form": form, "parts": parts, "count": len(found), "all": len(every), "supported": supported}
    return render(request, "library/claims.html", context)


def _holds(words: str, texts: tuple[str, ...]) -> bool:
    whole = " ".join(texts).lower()
    return all(word in whole for word in words.lower().split())
