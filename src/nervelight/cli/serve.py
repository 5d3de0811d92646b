"""``nervelight serve``: the clinic in the browser."""

from __future__ import annotations

import click

__all__ = ["serve"]


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0: any free port.")
def serve(host: str, port: int) -> None:
    """Serve the clinic's pages; the first page asks for the clinic and the first account."""
    from nervelight.record.home import manage, prepare_home, start_django

    prepare_home()
    start_django()
    manage("migrate", verbosity=0)
    manage("serve", host=host, port=port)
