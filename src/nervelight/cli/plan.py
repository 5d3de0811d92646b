"""``nervelight plan``: the main job."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import click

from nervelight.cli.tables import terminal

__all__ = ["plan", "write_all"]

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
    write_all({folder / "plan.json": text, folder / "plan.html": plan_page(made)})
    if as_json:
        click.echo(text, nl=False)
    else:
        console = terminal()
        print_summary(made, console)
        console.print(f"Written: {folder / 'plan.json'}, {folder / 'plan.html'}", style="dim", soft_wrap=True)
    context.exit(EXIT_BLOCKED if made.blocked else 0)


def write_all(texts: dict[Path, str]) -> None:
    """Write several files whole or not at all: each is written beside its place first, then all are moved there."""
    for path in texts:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    ready: list[tuple[Path, Path]] = []
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", encoding="utf-8", newline="\n", dir=path.parent, prefix=f".{path.name}.", delete=False
            ) as handle:
                ready.append((Path(handle.name), path))
                handle.write(text)
        for written, path in ready:
            # NamedTemporaryFile makes files that only the owner may read.
            written.chmod(0o666 & ~_umask())
            written.replace(path)
    finally:
        for written, _ in ready:
            written.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
