"""``nervelight devices``: the lamp catalogue."""

from __future__ import annotations

import json

import click

from nervelight.cli.tables import print_rows, print_sources, print_table, terminal

__all__ = ["devices"]


@click.group()
def devices() -> None:
    """The lamp catalogue: what is claimed, what was measured."""


@devices.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_devices(as_json: bool) -> None:
    """List all lamps with their wavelengths and their best known irradiance."""
    from nervelight.optics import device, device_ids

    found = [device(name) for name in device_ids()]
    if as_json:
        click.echo(json.dumps([entry.model_dump(mode="json") for entry in found], indent=1))
        return
    rows = []
    for entry in found:
        readings = entry.measured or entry.claims
        kind = "measured" if entry.measured else "claimed" if entry.claims else "-"
        rows.append(
            (
                entry.id,
                ", ".join(f"{w:g}" for w in entry.wavelengths) or "not known",
                str(len(readings)),
                kind,
            )
        )
    print_table(terminal(), ("lamp", "wavelengths [nm]", "readings", "kind"), rows, right=(2,))


@devices.command()
@click.argument("name", metavar="LAMP")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(name: str, as_json: bool) -> None:
    """Show one lamp: every reading, claimed and measured apart, with its source."""
    from nervelight.optics import device
    from nervelight.report import lamp_facts
    from nervelight.units import to_mw_cm2

    entry = device(name)
    if as_json:
        click.echo(entry.model_dump_json(indent=1))
        return
    console = terminal()
    print_rows(console, f"{entry.manufacturer} {entry.model}", lamp_facts(entry))
    print_table(
        console,
        ("distance", "mW/cm²", "kind", "where", "source"),
        [
            (
                f"{r.distance / 10:.3g} cm" if r.distance is not None else "not said",
                (f"> {to_mw_cm2(r.value):.3g}" if r.at_least else f"{to_mw_cm2(r.value):.3g}"),
                r.kind,
                r.position.replace("_", " "),
                r.source,
            )
            for r in entry.readings
        ],
        right=(0, 1),
    )
    print_sources(console, dict.fromkeys(entry.source_keys()))


@devices.command()
@click.argument("name", metavar="LAMP")
@click.option("--distance", required=True, metavar="LENGTH", help="Lamp to skin, such as '12 in' or '30 cm'.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def irradiance(name: str, distance: str, as_json: bool) -> None:
    """Print the irradiance of a lamp on the skin at a distance, and what it rests on."""
    from nervelight.errors import Fault, InvalidInput
    from nervelight.optics import device, irradiance_on_skin
    from nervelight.planning import number
    from nervelight.units import parse_quantity, to_mw_cm2

    try:
        length = parse_quantity(distance, "mm")
    except ValueError as problem:
        raise InvalidInput("call", [Fault("--distance", distance, str(problem))]) from None
    if length < 0:
        raise InvalidInput("call", [Fault("--distance", distance, "a distance that is not negative")])
    light = irradiance_on_skin(device(name), length)
    low, middle, high = (to_mw_cm2(x) for x in (light.irradiance.low, light.irradiance.median, light.irradiance.high))
    if as_json:
        click.echo(
            json.dumps(
                {
                    "device": name,
                    "distance_mm": round(length, 6),
                    "irradiance_mw_cm2": {"low": low, "central": middle, "high": high},
                    "basis": light.basis,
                    "reason": light.reason,
                    "extrapolated": light.extrapolated,
                    "field_width_mm": light.field_width,
                    "sources": list(light.sources),
                },
                indent=1,
            )
        )
        return
    print_rows(
        terminal(),
        f"{number(middle, 'mW/cm2')} ({number(low)} to {number(high)}) at {length / 10:.3g} cm",
        [
            ("rests on", light.basis.replace("-", " ")),
            ("how", light.reason),
            ("field", f"{light.field_width / 10:.2g} cm across" if light.field_width else "not known"),
            ("sources", ", ".join(light.sources)),
        ],
    )
