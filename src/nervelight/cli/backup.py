"""``nervelight backup`` and ``nervelight restore``."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["backup", "restore"]

FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


def _say(text: str) -> None:
    click.echo(text, err=True)


@click.command()
@FILE
def backup(file: Path) -> None:
    """Write the whole record to FILE and check what was written.

    It may run while the clinic works. The site key is not in the file: keep a copy of it elsewhere. Exit code 1 if the
    audit does not hold; the file is there then, and as broken as the record.
    """
    from nervelight.record.home import open_record, site_key_file

    open_record()
    from nervelight.record.backup import make_backup

    made = make_backup(file, _say)
    click.echo(f"{file}: {sum(made.rows.values())} rows, audit up to row {made.audit.seq} ({made.audit.hash})")
    click.echo(
        f"It opens only with the site key {made.site_key}, which is not in it. Keep a copy of {site_key_file()} in "
        "another place than the backups."
    )
    _tell(made.audit.faults)
    if made.audit.faults:
        raise SystemExit(1)


@click.command()
@FILE
@click.option("--force", is_flag=True, help="Replace a record that is there; it is kept aside.")
def restore(file: Path, force: bool) -> None:
    """Put the backup FILE in the place of the record, after checking all of it.

    Stop `nervelight serve` first. People who were erased since the backup are erased again.
    """
    from nervelight.record.home import prepare_home, site_key_file, start_django

    if not site_key_file().exists():
        from nervelight.record.keys import KeyMissing

        raise KeyMissing(f"put the site key that the backup was made under at {site_key_file()} first")
    prepare_home(new_site_key=False)
    start_django()
    from nervelight.record.backup import read_manifest, restore_backup

    made = read_manifest(file)
    aside = restore_backup(file, _say, force=force)
    click.echo(f"Restored: the record as of {made.made_at:%Y-%m-%d %H:%M} UTC")
    if aside:
        click.echo(f"What was there before is kept in {aside}")
    _tell(made.audit.faults)


def _tell(faults: tuple[str, ...]) -> None:
    if faults:
        _say("The audit does not hold in the record itself:")
        for fault in faults:
            _say(f"  {fault}")
