"""Where the light goes: layers under the skin and depths of nerves, by anatomical site.

Most of these lengths were never measured at the site in the people who are treated. Each is an interval that
says where it comes from; ``unverified`` marks an assumption. A depth measured by ultrasound replaces it.
"""

from __future__ import annotations

from functools import cache
from typing import Literal, get_args

from pydantic import Field

from nervelight.documents import Document, read_data, validated
from nervelight.errors import UnknownName
from nervelight.optics.skin_tone import Phototype, melanosome_fraction_interval
from nervelight.optics.tissues import dermal_blood_fraction_interval
from nervelight.uncertainty import Interval, MillimetreInterval

__all__ = ["PERSONAL_PARAMETERS", "Beneath", "Layer", "Nerve", "Site", "SiteLayers", "SiteVariant", "site", "site_ids"]

PERSONAL_PARAMETERS = (
    "stratum_corneum",
    "epidermis",
    "dermis",
    "subcutaneous_fat",
    "melanosome_fraction",
    "dermal_blood_fraction",
    "nerve_depth",
)
"""What differs between persons: lengths in mm, the two fractions dimensionless."""


Layer = Literal["stratum_corneum", "epidermis", "dermis", "subcutaneous_fat"]
"""The layers of finite thickness, from the surface down."""

Beneath = Literal["muscle", "tendon_fascia"]
"""The tissue under the fat, which goes on without end."""


class SiteLayers(Document):
    """Thickness of the layers [mm], from the surface down."""

    stratum_corneum: MillimetreInterval
    """Dead outer layer, without melanin."""
    epidermis: MillimetreInterval
    """Living epidermis, which holds the melanin."""
    dermis: MillimetreInterval
    """Dermis."""
    subcutaneous_fat: MillimetreInterval
    """Fat between the dermis and the tissue beneath."""


class Nerve(Document):
    """A nerve under a site."""

    label: str
    """Name for people."""
    depth: MillimetreInterval
    """From the skin to the upper edge of the nerve [mm]."""
    note: str = ""
    """What to know about this depth."""


class SiteVariant(Document):
    """What a condition changes at a site."""

    reason: str
    """Why it differs."""
    layers: dict[Layer, MillimetreInterval] = Field(default_factory=dict)
    """Layers that differ [mm]."""
    nerves: dict[str, MillimetreInterval] = Field(default_factory=dict)
    """Nerve depths that differ [mm], by id of the nerve."""


class Site(Document):
    """A part of the body that is lit."""

    label: str
    """Name for people."""
    palmoplantar: bool
    """Palm or sole: thick stratum corneum, paler than the phototype."""
    beneath: Beneath
    """Tissue under the fat."""
    layers: SiteLayers
    """Layers in people without a variant."""
    nerves: dict[str, Nerve]
    """Nerves by id; empty where no depth is known."""
    variants: dict[str, SiteVariant] = Field(default_factory=dict)
    """Deviations by id of the condition."""

    def layers_for(self, condition: str | None) -> SiteLayers:
        """Return the layers of people with a condition; a condition without a variant changes nothing."""
        variant = self.variants.get(condition or "")
        changed = {} if variant is None else {str(name): value for name, value in variant.layers.items()}
        return self.layers.model_copy(update=changed)

    def nerve_depth(self, nerve: str, condition: str | None) -> Interval:
        """Return the depth of a nerve [mm] in people with a condition.

        Raises
        ------
        UnknownName
            If the site has no such nerve.
        """
        if nerve not in self.nerves:
            raise UnknownName(f"nerve of {self.label.lower()}", nerve, list(self.nerves))
        variant = self.variants.get(condition or "")
        changed = None if variant is None else variant.nerves.get(nerve)
        return changed or self.nerves[nerve].depth

    def personal_intervals(
        self, *, phototype: Phototype | None, ita: float | None, nerve: str | None, condition: str | None
    ) -> dict[str, Interval]:
        """Return what is not known about one person at this site.

        Parameters
        ----------
        phototype, ita
            Skin tone as in ``melanosome_fraction_interval``; both None where it is not reported.
        nerve : str or None
            Id of the nerve, or None for nerve endings in the skin.
        condition : str or None
            Id of the pain condition, which may have a variant here.

        Returns
        -------
        dict of str to Interval
            In the order of ``PERSONAL_PARAMETERS``; without ``nerve_depth`` when there is no nerve.

        Raises
        ------
        UnknownName
            If the site has no such nerve, or there is no such phototype.
        ValidityError
            If the angle is out of range.
        """
        layers = self.layers_for(condition)
        intervals: dict[str, Interval] = {name: getattr(layers, name) for name in get_args(Layer)}
        intervals["melanosome_fraction"] = melanosome_fraction_interval(
            phototype=phototype, ita=ita, palmoplantar=self.palmoplantar
        )
        intervals["dermal_blood_fraction"] = dermal_blood_fraction_interval()
        if nerve is not None:
            intervals["nerve_depth"] = self.nerve_depth(nerve, condition)
        return intervals


class _SiteFile(Document):
    shared: dict[str, MillimetreInterval]
    """Intervals that several sites refer to."""
    sites: dict[str, Site]


@cache
def _sites() -> dict[str, Site]:
    return validated(_SiteFile, read_data("nervelight.optics", "data", "sites.yaml"), "sites.yaml").sites


def site_ids() -> tuple[str, ...]:
    """Return the ids of all sites."""
    return tuple(_sites())


def site(site_id: str) -> Site:
    """Return a site by its id.

    Raises
    ------
    UnknownName
        If there is none.

    Examples
    --------
    >>> site("medial_ankle").nerve_depth("tibial", condition=None).central
    9.1
    """
    try:
        return _sites()[site_id]
    except KeyError:
        raise UnknownName("site", site_id, site_ids()) from None
