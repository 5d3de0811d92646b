"""``nervelight cohort``: a virtual cohort, on this machine or on a cluster."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import click

from nervelight.cli.tables import print_rows, print_table, terminal
from nervelight.cli.workers import at_work, processes_of, simulation

__all__ = ["cohort"]


@click.command()
@simulation("cohort.json", "--n", 1)
def cohort(spec_file: Path, output: Path, count: int | None, workers: str, cluster: str | None, as_json: bool) -> None:
    """Say in which people a protocol reaches its target, from a file of people.

    Writes people/*.parquet (one row for each person and protocol), dictionary.csv, cohort.json and cohort.html. A run
    that was interrupted goes on where it stopped: call it again.
    """
    # Imported here so that `nervelight --help` answers at once.
    from nervelight.documents import write_all
    from nervelight.populations import (
        dictionary_csv,
        digest,
        optional,
        prepare,
        read_cohort,
        run_cohort,
        summarise_cohort,
    )
    from nervelight.report import cohort_page, cohort_rows

    processes = processes_of(workers, cluster)
    optional("pyarrow")
    optional("distributed")
    spec = read_cohort(spec_file)
    if count is not None:
        spec = spec.model_copy(update={"people": spec.people.model_copy(update={"count": count})})
    arms = prepare(spec, str(spec_file))
    with at_work(processes, cluster) as (client, watch):
        parts = run_cohort(spec, arms, output / "people", client, progress=watch("people", spec.people.count))
    summary = summarise_cohort(spec, arms, parts, digest(spec, arms), version("nervelight"))
    files = {
        output / "cohort.json": summary.to_json(),
        output / "dictionary.csv": dictionary_csv(),
        output / "cohort.html": cohort_page(summary),
    }
    write_all(files)
    if as_json:
        click.echo(summary.to_json(), nl=False)
        return
    console = terminal()
    print_rows(console, summary.label, [("people", f"{summary.people}"), ("worlds", f"{summary.worlds}")])
    console.print()
    header, rows = cohort_rows(summary)
    print_table(console, header, rows, right=(1, 2, 3, 4))
    console.print()
    told = "The interval is what nobody knows well: 5th to 95th percentile over worlds. "
    told += "Nothing here says that light helps."
    print_rows(console, "Read with it", [("", told)])
    console.print(f"Written: {', '.join(map(str, files))}, {output / 'people'}", style="dim", soft_wrap=True)
