"""Rows of a cohort as Parquet, and the dictionary that says what each column is."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

from nervelight.documents import csv_text
from nervelight.errors import MissingEngine
from nervelight.populations.cohort import Columns
from nervelight.populations.spec import CohortSpec

__all__ = ["COLUMNS", "Column", "dictionary_csv", "optional", "parquet_bytes"]

INSTALL = "pip install 'nervelight[cluster]'"


@dataclass(frozen=True)
class Column:
    """One column.

    Parameters
    ----------
    name : str
        Ends in its unit, where it has one.
    kind : {"integer", "number", "yes/no", "word"}
    meaning : str
    """

    name: str
    kind: Literal["integer", "number", "yes/no", "word"]
    meaning: str


COLUMNS = (
    Column("person", "integer", "Number of the person, from 0; the same person stands in one row for each protocol."),
    Column("protocol", "word", "Id of the protocol in the cohort file."),
    Column("world", "integer", "Draw of what nobody knows well (tissue model, lamp) in which the person lives."),
    Column("phototype", "integer", "Fitzpatrick phototype, 1 to 6; 0 where the file gives an angle."),
    Column("ita_deg", "number", "Individual typology angle; missing where the file gives phototypes."),
    Column("age_years", "number", "Age; changes no light by itself."),
    Column("bmi_kg_m2", "number", "Body mass index; changes no light by itself."),
    Column("neuropathy", "yes/no", "The site's variant of the condition, and reduced protective sensation."),
    Column("stratum_corneum_mm", "number", "Thickness of the horny layer."),
    Column("epidermis_mm", "number", "Thickness of the living epidermis."),
    Column("dermis_mm", "number", "Thickness of the dermis."),
    Column("subcutaneous_fat_mm", "number", "Thickness of the fat, placed above the nerve as in a plan."),
    Column("melanosome_fraction", "number", "Volume fraction of melanosomes in the living epidermis."),
    Column("dermal_blood_fraction", "number", "Volume fraction of blood in the dermis."),
    Column("target_depth_mm", "number", "From the skin to the target."),
    Column("irradiance_mw_cm2", "number", "On the skin, all wavelengths; one value in a world."),
    Column("share_of_skin", "number", "Fluence rate at the target per irradiance on the skin."),
    Column("fluence_rate_mw_cm2", "number", "At the target."),
    Column("trial_fluence_j_cm2", "number", "Median over the trial's people in this world; missing for a skin window."),
    Column("match_time_s", "number", "Time of a field that gives the target what the trial's got."),
    Column("reached", "yes/no", "Light reaches the target, and the matching time fits into the session cap."),
    Column("given_time_s", "number", "Time of a field under the protocol: at least 15 s, at most the cap."),
    Column("given_fluence_j_cm2", "number", "Fluence at the target in that time."),
    Column("skin_exposure_j_cm2", "number", "Radiant exposure of the skin in that time."),
    Column("rate_ratio", "number", "Fluence rate at the target over the trial's; missing where that is not known."),
    Column("skin_before_c", "number", "Temperature of the skin before the light."),
    Column("skin_c", "number", "Temperature of the skin when the light goes off."),
    Column("finds_target_unreachable", "yes/no", "Finding target.unreachable: less than a thousandth arrives."),
    Column("finds_time_cap", "yes/no", "Finding time.cap: the matching time is longer than the cap."),
    Column("finds_rate_ratio", "yes/no", "Finding rate.ratio: below a third or above three times the trial's rate."),
    Column(
        "finds_skin_temperature", "yes/no", "Finding skin.temperature: above 42 °C (40 °C with neuropathy) or +5 K."
    ),
    Column("skin_stop", "yes/no", "The skin reaches 43 °C, where a plan is blocked."),
)


def optional(name: str) -> ModuleType:
    """Return a library of the extra ``cluster``.

    Raises
    ------
    MissingEngine
        If it is not installed; the message says how to install it.
    """
    import importlib

    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as problem:
        if problem.name is None or problem.name.split(".")[0] != name.split(".")[0]:
            raise
        raise MissingEngine(f"{name.split('.')[0]} is not installed: {INSTALL}") from None


def parquet_bytes(spec: CohortSpec, columns: Columns, told: Mapping[str, str]) -> bytes:
    """Return rows as a Parquet file.

    Parameters
    ----------
    spec : CohortSpec
    columns : dict of str to ndarray
        As from :func:`nervelight.populations.cohort.evaluate_people`.
    told : mapping of str to str
        What the file says of itself.
    """
    pa: Any = optional("pyarrow")
    pq: Any = optional("pyarrow.parquet")
    arrays = {}
    for column in COLUMNS:
        values = columns[column.name]
        if column.name == "protocol":
            names = pa.array([protocol.id for protocol in spec.protocols])
            arrays[column.name] = pa.DictionaryArray.from_arrays(pa.array(values.astype("int32")), names)
        elif column.kind == "integer":
            arrays[column.name] = pa.array(values.astype("int64" if column.name == "person" else "int16"))
        else:
            # Not known is a missing value in a table, and no number.
            arrays[column.name] = pa.array(values, from_pandas=True)
    table = pa.table(arrays).replace_schema_metadata({f"nervelight_{key}": value for key, value in told.items()})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def dictionary_csv(columns: Sequence[Column] = COLUMNS) -> str:
    """Return the data dictionary as CSV."""
    return csv_text(("column", "kind", "meaning"), ((c.name, c.kind, c.meaning) for c in columns))
