"""``nervelight plan``: the main job."""

from __future__ import annotations

from pathlib import Path

import click

from nervelight.cli.tables import terminal

__all__ = ["plan"]

EXIT_BLOCKED = 3


@click.command()
@click.argument("case_file", metavar="CASE.yaml", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where plan.json and plan.html go; CASE_plan here when not given.",
)
@click.option("--json", "as_json", is_flag=True, help="Print plan.json instead of the summary.")
@click.option("--draws", default=256, show_default=True, type=click.IntRange(16, 65536), help="Draws; a power of two.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Seed of the draws.")
@click.pass_context
def plan(context: click.Context, case_file: Path, output: Path | None, as_json: bool, draws: int, seed: int) -> None:
    """Plan one course of light from a case file.

    Prints a summary and writes plan.json and plan.html. A blocked plan is written too, says what would unblock it,
    and leaves with exit code 3.
    """
    # Imported here so that `nervelight --help` and the catalogues answer at once.
    from nervelight.planning import make_plan
    from nervelight.report import plan_page, print_summary

    if draws & (draws - 1):
        raise click.BadParameter(
            f"{draws} is not a power of two; try {1 << (draws.bit_length() - 1)}", param_hint="--draws"
        )
    folder = output or Path(f"{case_file.stem}_plan")
    made = make_plan(case_file, draws=draws, seed=seed)
    text = made.to_json()
    from nervelight.documents import write_all

    write_all({folder / "plan.json": text, folder / "plan.html": plan_page(made)})
    if as_json:
        click.echo(text, nl=False)
    else:
        console = terminal()
        print_summary(made, console)
        console.print(f"Written: {folder / 'plan.json'}, {folder / 'plan.html'}", style="dim", soft_wrap=True)
    context.exit(EXIT_BLOCKED if made.blocked else 0)
