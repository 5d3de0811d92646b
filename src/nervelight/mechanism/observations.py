"""What cells, nerves and people did under light, as data: to fit to, to hold out, to be predicted as none."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictBool, model_validator

from nervelight.documents import Document, read_data, validated
from nervelight.mechanism.photons import DAY, out_of_range
from nervelight.sources import source
from nervelight.units import MW_CM2

__all__ = ["Arm", "Check", "Observation", "Prediction", "Use", "fitted_up_to", "observations"]

Use = Literal["fit", "validate", "negative", "context"]
"""What an observation is for: fitted to, held out, to be predicted as about nothing, or told only."""


class Arm(Document):
    """Light that the model is asked about."""

    nm: tuple[float, ...] = Field(min_length=1)
    """Wavelengths; several share the irradiance evenly."""
    mw_cm2: float = Field(ge=0)
    """Taken as the fluence rate at the target."""
    s: float = Field(gt=0)
    """Exposure."""
    after_s: tuple[float, ...] = Field(min_length=1)
    """When it is read, after the end of the last light."""
    state: str = "healthy"
    """Disease state that stands for the system."""
    sessions: int = 1
    """How many."""
    gap_days: float = 2
    """From one session to the next."""
    given: dict[str, float] = Field(default_factory=dict)
    """Parameters that the experiment set."""

    @property
    def light(self) -> str:
        """The light itself, whenever it is read: the same text for the same light on the same cell."""
        return self.model_dump_json(exclude={"after_s"})

    @property
    def gap(self) -> float:
        """From one session's beginning to the next [s]."""
        return self.gap_days * DAY

    @property
    def beyond(self) -> str:
        """Why the model may not be asked, or nothing."""
        return out_of_range(self.nm, self.mw_cm2 * MW_CM2, self.s, self.sessions, self.gap)


class Check(Document):
    """One thing that has to hold, of readings numbered through all arms and times."""

    up: int | None = None
    """A reading above dark."""
    down: int | None = None
    """A reading below dark."""
    none: int | None = None
    """A reading that stays within what counts as none."""
    above: tuple[int, int] | None = None
    """The first reading over the second."""

    @model_validator(mode="after")
    def _one(self) -> Check:
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("needs one of up, down, none, above")
        return self

    @property
    def readings(self) -> tuple[int, ...]:
        """The readings that it is about."""
        if self.above is not None:
            return self.above
        return tuple(number for number in (self.up, self.down, self.none) if number is not None)


class Prediction(Document):
    """What the model is asked about an observation."""

    readout: str
    """An output of the model."""
    arms: tuple[Arm, ...] = Field(min_length=1)
    """Light of each arm."""
    checks: tuple[Check, ...] = Field(min_length=1)
    """What has to hold."""
    assumed: str = ""
    """What the source does not say."""


class Observation(Document):
    """One observation, as its abstract has it."""

    id: str
    """Author and year, or a word."""
    group: str
    """Cell, nitric oxide, perfusion, nerve of people, nerve of animals, clinic, disease."""
    endpoint: str
    """What was measured."""
    use: Use
    """What it is for."""
    system: str = ""
    """In what or whom."""
    light: str = ""
    """As printed, on skin or well."""
    result: str
    """As printed, in words."""
    note: str = ""
    """What to know about it."""
    source: Annotated[str, AfterValidator(lambda key: source(key).key)]
    """Key of sources.toml."""
    hypotheses: tuple[Literal["h1", "h2", "h3", "h4", "h5"], ...] = ()
    """What it bears on."""
    basis: str
    """What of the source was read."""
    unverified: StrictBool = False
    """True for values that were not checked: nothing is fitted to them."""
    predict: Prediction | None = None
    """What the model is asked."""
    not_scored: str = ""
    """Why it is not asked."""
    out_of_range: str = ""
    """What of its light lies beyond the model."""

    @model_validator(mode="after")
    def _asked_or_not(self) -> Observation:
        ways = [self.predict is not None, bool(self.not_scored), bool(self.out_of_range)]
        if sum(ways) > 1 or (self.use != "context" and not any(ways)):
            raise ValueError(f"{self.id}: needs one of predict, not_scored, out_of_range")
        return self


class _Observations(Document):
    observations: tuple[Observation, ...]


@cache
def observations() -> tuple[Observation, ...]:
    """Return all observations, in the order of the file."""
    data = read_data("nervelight.mechanism", "data", "observations.yaml")
    return validated(_Observations, data, "observations.yaml").observations


@cache
def fitted_up_to() -> float:
    """Return the highest fluence of a session that the model was fitted to [J/cm2]."""
    asked = (seen.predict for seen in observations() if seen.use == "fit" and seen.predict is not None)
    return max(arm.mw_cm2 * arm.s / 1000 for prediction in asked for arm in prediction.arms if not arm.beyond)
