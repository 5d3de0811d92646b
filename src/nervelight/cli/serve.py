"""``nervelight serve``: the clinic in the browser."""

from __future__ import annotations

import sys

import click

__all__ = ["serve"]


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0: any free port.")
@click.option("--demo", is_flag=True, help="Made-up people, in a folder and a database of their own.")
def serve(host: str, port: int, demo: bool) -> None:
    """Serve the clinic's pages; the first page asks for the clinic and the first account.

    A record of an earlier version is backed up and brought to this one first.
    """
    from nervelight.record.home import demo_home, manage, prepare_home, start_django

    if demo:
        click.echo(f"A demonstration: everybody in it is made up. It stands in {demo_home()}", err=True)
    prepare_home()
    start_django()
    from nervelight.record.upgrade import bring_up_to_date, fill_demo

    bring_up_to_date(lambda text: click.echo(text, err=True))
    if demo:
        with click.progressbar(length=1, label="People and their plans", file=sys.stderr) as bar:

            def tell(done: int, of: int) -> None:
                bar.length = of
                bar.update(done - bar.pos)

            logins = fill_demo(tell)
        click.echo(logins, err=True)
    manage("serve", host=host, port=port)
