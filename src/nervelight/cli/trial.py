"""``nervelight trial``: a sham-controlled trial, simulated."""

from __future__ import annotations

from pathlib import Path

import click

from nervelight.cli.tables import print_rows, print_table, terminal
from nervelight.cli.workers import at_work, processes_of, simulation

__all__ = ["trial"]


@click.command()
@simulation("trial.json", "--trials", 10)
def trial(spec_file: Path, output: Path, count: int | None, workers: str, cluster: str | None, as_json: bool) -> None:
    """Say how large a trial must be, and what dosing at the skin costs.

    The effect of light is the file's assumption. Writes trial.json and trial.html.
    """
    # Imported here so that `nervelight --help` answers at once.
    from nervelight.documents import write_all
    from nervelight.populations import lights_of, optional, read_trial, simulate_trials
    from nervelight.report import trial_assumptions, trial_page, trial_rows
    from nervelight.report.trial_page import DESIGN_WORDS

    processes = processes_of(workers, cluster)
    optional("statsmodels.stats.power")
    optional("distributed")
    spec, cohort = read_trial(spec_file)
    if count is not None:
        spec = spec.model_copy(update={"trials": count})
    with at_work(processes, cluster) as (client, watch):
        lights = lights_of(spec, cohort, client, progress=watch("people", spec.cohort_people))
        result = simulate_trials(spec, lights, client, progress=watch("trials", 3 * spec.trials))
    files = {output / "trial.json": result.to_json(), output / "trial.html": trial_page(result)}
    write_all(files)
    if as_json:
        click.echo(result.to_json(), nl=False)
        return
    console = terminal()
    told = f"{result.label}: {DESIGN_WORDS[result.design]}, {result.people} people"
    console.print(told, style="bold", markup=False)
    console.print()
    header, rows = trial_rows(result)
    print_table(console, header, rows, right=(1, 2, 3))
    console.print()
    print_rows(console, "Rests on", trial_assumptions(result))
    console.print(f"Written: {', '.join(map(str, files))}", style="dim", soft_wrap=True)
