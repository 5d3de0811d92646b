"""``nervelight``: the group of commands, and one place where errors become words and exit codes."""

from __future__ import annotations

import io
import sys
from importlib.metadata import version

import click
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from nervelight.cli.account import account
from nervelight.cli.assess import assess
from nervelight.cli.audit import audit
from nervelight.cli.backup import backup, restore
from nervelight.cli.case import case
from nervelight.cli.check import check
from nervelight.cli.cohort import cohort
from nervelight.cli.devices import devices
from nervelight.cli.education import education
from nervelight.cli.evidence import evidence
from nervelight.cli.export import export
from nervelight.cli.fhir import fhir
from nervelight.cli.fluence import fluence
from nervelight.cli.heat import heat
from nervelight.cli.import_ import import_
from nervelight.cli.instruments import instruments
from nervelight.cli.mechanism import mechanism
from nervelight.cli.nof1 import nof1
from nervelight.cli.plan import plan
from nervelight.cli.review import review
from nervelight.cli.send import send
from nervelight.cli.serve import serve
from nervelight.cli.tables import terminal
from nervelight.cli.trial import trial
from nervelight.errors import InvalidInput, NervelightError

__all__ = ["EXIT_INVALID", "cli", "main"]

EXIT_INVALID = 1


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(version("nervelight"), prog_name="nervelight")
def cli() -> None:
    """Plan light against neuropathic pain: which light, where, how long, is it safe.

    Nervelight is not cleared or approved as a medical device. Benefit over sham is unproven for most conditions. The
    clinician decides.

    Exit codes: 0 done, 1 input that cannot be used, 2 wrong call, 3 plan blocked.
    """


for command in (
    plan,
    review,
    export,
    serve,
    check,
    backup,
    restore,
    audit,
    account,
    nof1,
    cohort,
    trial,
    case,
    import_,
    send,
    assess,
    devices,
    evidence,
    education,
    fluence,
    heat,
    mechanism,
    instruments,
    fhir,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that knows ASCII only gets a question mark for a superscript, and not a traceback.
            stream.reconfigure(errors="replace")
    try:
        code = cli.main(prog_name="nervelight", standalone_mode=False)
    except click.ClickException as problem:
        problem.show()
        code = problem.exit_code
    except click.Abort:
        code = 130
    except BrokenPipeError:
        # Somebody closed the pipe (`| head`): nothing is wrong.
        sys.stderr.close()
        code = 0
    except (NervelightError, OSError) as problem:
        _say(problem)
        code = EXIT_INVALID
    sys.exit(code or 0)


def _say(problem: NervelightError | OSError) -> None:
    console = terminal(stderr=True)
    if isinstance(problem, InvalidInput):
        count = len(problem.faults)
        console.print(
            f"[bold]{escape(problem.where)}[/]: {count} fault{'s' if count != 1 else ''}; nothing was written"
        )
        for fault in problem.faults:
            rest = str(fault)[len(fault.path) :]
            console.print(Padding(Text.assemble((fault.path, "bold"), rest), (0, 0, 0, 2)))
        return
    name = f"{problem.filename}: {problem.strerror}" if isinstance(problem, OSError) and problem.filename else problem
    # Not wrapped: a path that is broken over lines cannot be copied.
    console.print(f"[bold]error:[/] {escape(str(name))}", soft_wrap=True)
