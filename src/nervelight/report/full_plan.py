"""The full plan as a PDF: all that its page says, in the order in which a clinician asks."""

from __future__ import annotations

from collections.abc import Iterator

from nervelight.planning.findings import Finding, ranked
from nervelight.planning.plan_document import Plan, Statement, target_of
from nervelight.record.dossier import Dossier
from nervelight.report.case_rows import case_rows
from nervelight.report.page import linked_pieces, sources_told
from nervelight.report.pdf import (
    Paper,
    Part,
    finding_said,
    frame_of,
    heading,
    held_back_said,
    is_draft,
    lines,
    pdf_of,
    picture_part,
    plan_line,
    table,
    words,
)
from nervelight.report.plan_page import LEAST_FACTOR, findings_in_words
from nervelight.report.plots import course_figure, fluence_figure, irradiance_figure
from nervelight.report.review_page import review_pictures
from nervelight.report.summary import plan_facts
from nervelight.report.words import (
    band,
    count,
    day,
    distance,
    duration,
    duration_band,
    first_upper,
    joined,
    number,
    percentage,
    short_day,
    temperature,
)

__all__ = ["plan_pdf"]


def plan_pdf(dossier: Dossier, *, paper: Paper = "a4") -> bytes:
    """Return the plan that is followed, or the latest, with everything that it says.

    Parameters
    ----------
    dossier : Dossier
    paper : str
        ``a4`` or ``us-letter``.

    Returns
    -------
    bytes
        PDF/UA-1.
    """
    plan = dossier.plan
    title = f"{dossier.identity.name}: {plan.title}"
    frame = frame_of(dossier, title, about="Plan of light treatment (photobiomodulation)", paper=paper)
    return pdf_of("document.typ", {**frame, "parts": list(_parts(dossier))}, today=dossier.today)


class _Numbered:
    """Source keys as the numbers of the list of sources."""

    def __init__(self, plan: Plan) -> None:
        self._numbers = {key: place for place, key in enumerate(plan.citations, start=1)}

    def __call__(self, text: str, keys: tuple[str, ...], lead: str = "") -> Part:
        return words(text, lead=lead, marks=[self._numbers[key] for key in keys if key in self._numbers])

    def listed(self, statements: tuple[Statement, ...]) -> Part:
        return lines([self(each.text, each.sources) for each in statements])


def _parts(dossier: Dossier) -> Iterator[Part]:
    plan, cite = dossier.plan, _Numbered(dossier.plan)
    yield words(f"{plan_line(dossier)}. {plan.disclaimer}")
    yield from held_back_said(dossier)
    facts = [(label, first_upper(value)) for label, value in plan_facts(plan)]
    yield table("What a clinician asks first; numbers in brackets are 90 % intervals", ("Question", "This plan"), facts)
    yield from _findings(plan, cite)
    yield from _expectation(plan, cite)
    pictures = [drawn for draw in (fluence_figure, irradiance_figure, course_figure) if (drawn := draw(plan))]
    if dossier.review is not None:
        pictures += review_pictures(dossier.review)
    if pictures:
        yield heading("The light and the course in pictures")
    for picture in pictures:
        yield picture_part(picture)
    yield from _light(plan, cite)
    yield from _anchor(plan, cite)
    yield from _translation(plan, cite)
    yield from _schedule(plan, cite)
    yield heading("The management plan in eight parts")
    for place, section in enumerate(plan.sections, start=1):
        yield heading(f"{place}. {section.title}", 2)
        yield cite.listed(section.statements)
    yield heading(f"{count(len(plan.assumptions), 'number')} without a checked source †")
    if plan.assumptions:
        rows = [(f"{one.label} †", one.interval, cite(one.reason, one.sources)) for one in plan.assumptions]
        caption = "Assumptions, each with the interval that the plan was computed over"
        yield table(caption, ("Quantity", "Interval", "Why"), rows, (2, 2, 3))
    else:
        yield words("Every number of this plan has a checked source.")
    yield heading("The case as read")
    yield table("What the plan was made from", ("Place in the case", "Value"), case_rows(plan.case), (2, 3))
    yield from _signature(dossier)
    yield heading("Sources")
    yield lines([{"pieces": pieces} for pieces in _sources(plan)], "sources")
    yield words(_made(dossier), "quiet")


def _findings(plan: Plan, cite: _Numbered) -> Iterator[Part]:
    found = ranked(plan.findings)
    yield heading(f"Findings: {findings_in_words(found)}")
    if not found:
        yield words("No rule found anything to say.")
        return
    rows = [(finding_said(each), _told(each, cite), _held(each)) for each in found]
    caption = "What must be known before signing. † marks a limit or number without a checked source."
    yield table(caption, ("Finding", "What it means", "Found, and limit"), rows, (3, 5, 2))


def _told(finding: Finding, cite: _Numbered) -> Part:
    answer = "To unblock" if finding.level == "block" else "What answers it"
    return cite(finding.text + (f" {answer}: {finding.unblock}" if finding.unblock else ""), finding.sources)


def _held(finding: Finding) -> str:
    dagger = " †" if finding.unverified else ""
    limit = f"limit {finding.limit}{dagger}" if finding.limit else ""
    value = finding.value + ("" if finding.limit else dagger)
    return "; ".join(filter(None, (value.strip(), limit)))


def _expectation(plan: Plan, cite: _Numbered) -> Iterator[Part]:
    expected = plan.expectation
    yield heading(
        f"What to expect: benefit over a dummy lamp {expected.benefit_over_sham}, certainty {expected.certainty}"
    )
    for statement in expected.sentences:
        yield cite(statement.text, statement.sources)
    yield heading("What people given a dummy treatment did", 2)
    yield cite(expected.placebo.text, expected.placebo.sources)
    if expected.arms:
        yield heading("What the arms of the trials did", 2)
        yield cite.listed(expected.arms)
    yield from _listed(f"Why the certainty is {expected.certainty}", expected.certainty_reasons)


def _listed(title: str, items: tuple[str, ...]) -> Iterator[Part]:
    if items:
        yield heading(title, 2)
        yield lines(items)


def _light(plan: Plan, cite: _Numbered) -> Iterator[Part]:
    lamp, order = plan.lamp, plan.prescription
    if order is not None:
        yield heading(f"Each session: {count(len(order.fields), 'field')} of {duration(order.time_per_field_s)}")
        yield words(order.statement)
        on_skin = band(order.radiant_exposure_j_cm2, "J/cm2")
        rows = [
            ("Fields, one after the other", joined(order.fields)),
            ("Light on the skin for each field (radiant exposure)", on_skin),
        ]
        if plan.warmth is not None:
            before = temperature(plan.warmth.skin_before_c)
            rows.append(("Skin at its warmest", f"{temperature(plan.warmth.skin_c)}, from {before} before"))
            if plan.warmth.nerve_c is not None:
                rows.append(("Nerve at its warmest", temperature(plan.warmth.nerve_c)))
        yield table("The prescription", ("Quantity", "Value"), rows, (1, 1))
    if lamp is not None:
        yield heading(f"{band(lamp.irradiance_mw_cm2, 'mW/cm2')} falls on the skin")
        more = " This distance lies outside those measured or claimed: extrapolated." if lamp.extrapolated else ""
        more += "" if lamp.spectral_split_known else " How the light is split between the wavelengths is not known †."
        yield cite(f"{lamp.label}, {distance(lamp.distance_mm)}. {lamp.basis_text}{more}", lamp.sources)
        yield words(
            f"Labelled use: {lamp.labelled_use}."
            if lamp.labelled_use
            else "What the lamp is cleared or labelled for is not known."
        )
        split = [
            (f"{light.wavelength_nm:g} nm", percentage(light.share), band(light.irradiance_mw_cm2, "mW/cm2"))
            for light in lamp.wavelengths
        ]
        yield table("Light on the skin by wavelength", ("Wavelength", "Share (90 %)", "Irradiance (90 %)"), split)
    yield from _tissue(plan)


def _tissue(plan: Plan) -> Iterator[Part]:
    if plan.targets:
        target = target_of(plan.targets)
        rate = "" if target is None else band(target.fluence_rate_mw_cm2, "mW/cm2")
        yield heading(f"{rate} reaches the {target.label}" if target else "Light at the targets")
        if not plan.reachable:
            yield words("By the rules of this plan the target is out of reach of this lamp; the findings say why.")
        rows = [
            (
                light.label + (" (target of this plan)" if light.is_target else ""),
                band(light.depth_mm, "mm"),
                percentage(light.share_of_skin),
                band(light.fluence_rate_mw_cm2, "mW/cm2"),
                band(light.fluence_j_cm2, "J/cm2") if light.fluence_j_cm2 else "none prescribed",
            )
            for light in plan.targets
        ]
        caption = (
            "Light at the targets: median and 90 % interval. Light scattered in tissue passes a point more than once, "
            "so that near the skin more than 100 % is possible."
        )
        header = ("Target", "Depth", "Share of the light on the skin", "Fluence rate", "Fluence a session")
        yield table(caption, header, rows, (3, 2, 2, 2, 2))
    tissue = plan.tissue
    yield heading(f"The tissue of this plan: {tissue.site_label}, {tissue.skin_tone}")
    layers = [
        (layer.label, band(layer.thickness_mm, "mm") if layer.thickness_mm else "from there on")
        for layer in tissue.layers
    ]
    pigment = ("pigment grains in the epidermis (melanosome fraction)", percentage(tissue.melanosome_fraction))
    caption = "Layers from the skin down: median and 90 % interval"
    yield table(caption, ("Layer", "Thickness or share"), [*layers, pigment], (2, 1))
    if tissue.notes:
        yield lines(tissue.notes)


def _anchor(plan: Plan, cite: _Numbered) -> Iterator[Part]:
    anchor = plan.anchor
    if anchor.study_id is None or anchor.kind == "none":
        yield heading("No study can be followed")
    elif anchor.kind == "arm":
        yield heading(f"Follows the light of {anchor.study_id}")
    elif anchor.kind == "envelope":
        yield heading(f"Follows a recommended window, not a trial: {anchor.study_id}")
    else:
        yield heading(f"Follows {anchor.study_id}, a trial without benefit over its dummy lamp")
    yield cite(anchor.why, anchor.sources)
    yield from _listed("Its light", anchor.light)
    if anchor.against:
        yield heading("What speaks against it", 2)
        yield lines([cite(each.text, each.sources, lead=f"{each.study_id}:") for each in anchor.against])
    yield from _listed("To know about the report", anchor.flags)
    yield from _listed("What the report does not say", anchor.missing)
    yield from _listed("Looked at and not followed", anchor.considered)


def _translation(plan: Plan, cite: _Numbered) -> Iterator[Part]:
    carried = plan.translation
    if carried is None:
        return
    if carried.kind == "fluence" and carried.target_fluence_j_cm2 is not None:
        yield heading(f"{band(carried.target_fluence_j_cm2, 'J/cm2')} at the target is what the trial gave")
    else:
        yield heading("The window holds on the skin; nothing is carried over to the nerve")
    told = f"The same takes {duration_band(carried.time_s)} for each field here."
    if carried.rate_ratio is not None:
        told += f" The light reaches the target {band(carried.rate_ratio)} times as fast as in the trial."
    yield words(told)
    if carried.readings:
        rows = [
            (
                one.label + (" (followed)" if one.followed else ""),
                number(one.spot_area_cm2, "cm2") if one.spot_area_cm2 else "a whole surface",
                band(one.target_fluence_j_cm2, "J/cm2"),
                duration_band(one.time_s),
            )
            for one in carried.readings
        ]
        caption = "The trial's numbers can be read in more than one way; the shortest time is followed"
        header = ("Reading", "Skin lit at once", "Fluence at the target (90 %)", "Time for each field (90 %)")
        yield table(caption, header, rows, (3, 2, 2, 2))
    if carried.sensitivities:
        others = [
            (
                other.label + (" (a hypothesis)" if other.hypothesis and "hypothesis" not in other.label else ""),
                duration_band(other.time_s) if other.time_s else "no data for a wavelength of this lamp",
            )
            for other in carried.sensitivities
        ]
        caption = "The time if wavelengths count differently"
        yield table(caption, ("Weighting", "Time for each field (90 %)"), others, (2, 1))
    moving = [one for one in carried.influences if one.factor >= LEAST_FACTOR]
    if moving:
        influences = [
            (
                cite(one.label + (" †" if one.assumption else ""), one.sources),
                f"{duration(one.time_at_low_s)} at {one.low}",
                f"{duration(one.time_at_high_s)} at {one.high}",
                f"{one.factor:.2f}",
            )
            for one in moving
        ]
        caption = (
            "What moves the time: each uncertain quantity alone, from its low to its high end. † marks an assumption. "
            f"What moves it by less than a factor of {LEAST_FACTOR} is left out."
        )
        yield table(caption, ("Quantity", "At its low end", "At its high end", "Factor"), influences, (3, 2, 2, 1))


def _schedule(plan: Plan, cite: _Numbered) -> Iterator[Part]:
    if plan.schedule is None:
        return
    gates, sessions = plan.schedule.gates, plan.schedule.sessions
    yield heading(f"{count(len(sessions), 'session')}, {count(len(gates), 'decision')}")
    rows = [(day(gate.date, weekday=True), gate.label, cite(gate.question, gate.sources)) for gate in gates]
    yield table("Decisions", ("Date", "Decision", "Question"), rows, ("auto", 2, 4))
    told = ", ".join(short_day(session.date, weekday=True) for session in sessions)
    first, last = sessions[0].date, sessions[-1].date
    yield words(f"{told}.", lead=f"Sessions, {day(first)} to {day(last)}:")


def _signature(dossier: Dossier) -> Iterator[Part]:
    signature = dossier.current.signature
    if dossier.plan.blocked:
        yield heading("This plan cannot be signed")
        yield words("It is blocked. Answer what the findings ask for and make a new plan.")
    elif is_draft(dossier) or signature is None:
        yield heading("A proposal until signed")
        yield {"kind": "signature", "lines": ["Name of the clinician who decides", "Date", "Signature"]}
    else:
        yield heading(f"Signed by {signature.content.by} on {day(signature.day)}")
        yield words(signature.content.statement)


def _sources(plan: Plan) -> Iterator[list[dict[str, str]]]:
    for text, checked in sources_told(plan.citations):
        yield linked_pieces(f"{text} ({checked})" if checked else text)


def _made(dossier: Dossier) -> str:
    made = dossier.plan.made
    libraries = ", ".join(f"{name} {version}" for name, version in made.libraries.items())
    told = f"Made with Nervelight {made.nervelight}, {libraries}; {made.draws} draws, seed {made.seed}"
    told += f"; case {made.case_file}" if made.case_file else "; case without a file"
    told += f", SHA-256 {made.case_sha256}" if made.case_sha256 else ""
    return f"{told}; plan, SHA-256 {dossier.current.sha256}."
