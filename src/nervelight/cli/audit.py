"""``nervelight audit``: is the record as it was written?"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import click

__all__ = ["audit"]

# A check that takes longer says how far it is.
QUIET_SECONDS = 2.0


@click.group()
def audit() -> None:
    """Check that nothing of the record was changed, taken out or slipped in."""


@audit.command()
def head() -> None:
    """Print number and hash of the audit's last row, to be written down elsewhere."""
    from nervelight.record.home import open_record

    open_record()
    from nervelight.record.audit import head as last

    click.echo("{}:{}".format(*last()))


@audit.command()
@click.option("--head", "noted", metavar="N:HASH", help="A row that was written down elsewhere must still be there.")
def verify(noted: str | None) -> None:
    """Check the chain of the audit, and each entry against it. Exit code 1 where it does not hold."""
    expected = None
    if noted is not None:
        if not (match := re.fullmatch(r"(\d{1,18}):([0-9a-f]{64})", noted)):
            raise click.BadParameter("NUMBER:HASH, as `nervelight audit head` prints it", param_hint="--head")
        expected = int(match[1]), match[2]
    from nervelight.record.home import open_record

    open_record()
    from nervelight.record.audit import head as last
    from nervelight.record.audit import verify as faults_of

    broken = 0
    for fault in faults_of(_progress(), expected):
        broken += 1
        click.echo(f"row {fault.seq}: {fault.what}")
    number, known = last()
    if broken:
        click.echo(f"The audit does not hold: {broken} fault{'s' if broken > 1 else ''} in {number} rows.")
        raise SystemExit(1)
    click.echo(f"The audit holds: {number} rows, the last {number}:{known}")


def _progress() -> Callable[[int], None]:
    begun = told = time.monotonic()

    def tell(done: int) -> None:
        nonlocal told
        now = time.monotonic()
        if now - begun > QUIET_SECONDS and now - told > QUIET_SECONDS:
            told = now
            click.echo(f"{done} rows checked", err=True)

    return tell
