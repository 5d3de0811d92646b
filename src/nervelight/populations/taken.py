"""What a cohort takes for people and for what nobody knows, with its reasons, as people read it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from nervelight.documents import Document
from nervelight.optics import MODEL_PARAMETERS, melanosome_fraction_interval, site
from nervelight.populations.people import site_intervals
from nervelight.populations.spec import CohortSpec, Measured, Protocol
from nervelight.transport import conductivity_interval, perfusion_interval, surface_coefficient_interval
from nervelight.uncertainty import Interval

__all__ = ["Spread", "assumed", "common", "drawn"]


class Spread(Document):
    """One thing that was taken for people."""

    what: str
    value: str
    why: str


def assumed(spec: CohortSpec) -> tuple[Spread, ...]:
    """Return what the file says of people."""
    people = spec.people

    def spread(what: str, of: Measured, unit: str, why: str = "") -> Spread:
        middle = "" if of.central is None else f", median {of.central:.4g}"
        return Spread(what=what, value=f"{of.low:.4g} to {of.high:.4g} {unit}{middle}", why=why or of.why)

    found = [spread("age", people.age, "years"), spread("body mass index", people.bmi, "kg/m²")]
    if people.phototype is not None:
        shares = ", ".join(f"{name} {100 * share:g} %" for name, share in people.phototype.shares.items())
        found.append(Spread(what="skin phototype", value=shares, why=people.phototype.why))
    if people.ita is not None:
        value = f"mean {people.ita.mean:g}°, SD {people.ita.sd:g}°"
        found.append(Spread(what="individual typology angle", value=value, why=people.ita.why))
    found.append(Spread(what="neuropathy", value=f"{100 * people.neuropathy.share:g} %", why=people.neuropathy.why))
    found += [
        Spread(what=" with ".join(entry.between).replace("_", " "), value=f"correlation {entry.r:g}", why=entry.why)
        for entry in people.correlations
    ]
    for protocol in spec.protocols:
        found += [
            spread(f"{name.replace('_', ' ')} ({protocol.id})", of, "mm") for name, of in protocol.spreads.items()
        ]
    return tuple(found)


def drawn(spec: CohortSpec) -> tuple[Spread, ...]:
    """Return what is drawn for each person from the intervals of sites, skin and heat."""
    found = [
        *(row for protocol in spec.protocols for row in _layers(spec, protocol)),
        *_melanin(spec),
        _spread("blood flow in the skin", "times that at rest", perfusion_interval(False)),
        _spread("heat lost to the air", "W/m²/K", surface_coefficient_interval(), 1e6),
    ]
    return tuple(dict.fromkeys(found))


def common() -> tuple[Spread, ...]:
    """Return what is drawn once for everybody in a world, but for what belongs to a lamp."""
    found = [
        _spread(parameter.label, "times" if parameter.unit == "1" else "1/mm", parameter)
        for parameter in MODEL_PARAMETERS.values()
    ]
    return (*found, _spread("thermal conductivity", "times", conductivity_interval()))


def _layers(spec: CohortSpec, protocol: Protocol) -> Iterator[Spread]:
    share, place = spec.people.neuropathy.share, site(protocol.site).label
    plain = site_intervals(protocol, None)
    affected = site_intervals(protocol, spec.condition)
    for name, interval in plain.items():
        # The file's own spreads are told with it, melanin by skin tone.
        if name in protocol.spreads or name == "melanosome_fraction":
            continue
        words = f"{name.replace('_', ' ')}, {place}"
        unit = "of the dermis" if name == "dermal_blood_fraction" else "mm"
        if affected[name] == interval:
            yield _spread(words, unit, interval)
            continue
        if share > 0:
            yield _spread(f"{words}, with neuropathy", unit, affected[name])
        if share < 1:
            yield _spread(f"{words}, without neuropathy", unit, interval)


def _melanin(spec: CohortSpec) -> Iterator[Spread]:
    for palmoplantar in dict.fromkeys(site(protocol.site).palmoplantar for protocol in spec.protocols):
        words = f"melanosomes, {'palms and soles' if palmoplantar else 'other skin'}"
        if spec.people.ita is not None:
            angle = spec.people.ita.mean
            interval = melanosome_fraction_interval(phototype=None, ita=angle, palmoplantar=palmoplantar)
            yield _spread(f"{words}, at the mean angle of {angle:g}°", "of the epidermis", interval)
            continue
        assert spec.people.phototype is not None  # a file gives one of the two
        tones = [tone for tone, share in spec.people.phototype.shares.items() if share > 0]
        intervals = [melanosome_fraction_interval(phototype=t, ita=None, palmoplantar=palmoplantar) for t in tones]
        # Some phototypes share an interval.
        for key, pairs in groupby(zip(intervals, tones, strict=True), itemgetter(0)):
            yield _spread(f"{words}, phototype {', '.join(tone for _, tone in pairs)}", "of the epidermis", key)


def _spread(what: str, unit: str, interval: Interval, factor: float = 1.0) -> Spread:
    middle = "" if interval.central is None else f", median {factor * interval.central:.3g}"
    sources = [key for key in interval.sources if key != "nervelight_assumption"]
    kind = ["assumption"] if interval.unverified else []
    head = ", ".join([*(["source: " + ", ".join(sources)] if sources else []), *kind])
    return Spread(
        what=what,
        value=f"{factor * interval.low:.3g} to {factor * interval.high:.3g} {unit}{middle}",
        why=f"{head}: {interval.reason}" if head else interval.reason,
    )
