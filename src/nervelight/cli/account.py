"""``nervelight account``: back into an account, at the machine of the clinic."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from nervelight.cli.tables import print_table, terminal

__all__ = ["account"]

HERE = "http://127.0.0.1:8000"


@click.group()
def account() -> None:
    """Get back into an account whose password or second factor is lost.

    For whoever has the machine of the clinic, where nobody who can log in is
    left to help. Each use is a row of the audit.
    """


@account.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """List the accounts of staff; those of patients stay unlisted."""
    from nervelight.record.home import open_record

    open_record()
    from nervelight.record.recovery import staff_accounts

    found = list(staff_accounts())
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], indent=1, ensure_ascii=False))
        return
    rows = [
        (each.login, each.name, each.role, each.state, "second factor" if each.second_factor else "") for each in found
    ]
    print_table(terminal(), ("Login name", "Name", "Role", "State", "Asked for"), rows)


@account.command("new-password")
@click.argument("login")
@click.option("--site", default=HERE, show_default=True, help="Address of the clinic, as the link begins.")
@click.option("--hours", default=1, show_default=True, type=click.IntRange(1, 72), help="How long the link is good.")
@click.option("--prompt", is_flag=True, help="Ask for the password here instead of making a link.")
def new_password(login: str, site: str, hours: int, prompt: bool) -> None:
    """Print a link, good once, under which LOGIN gets a new password.

    The old password is good until then. A second factor is asked for all the
    same: `nervelight account factor-off` switches it off. With --prompt the
    password is typed here, and every browser is logged out.
    """
    from nervelight.record.home import open_record

    if not site.startswith(("http://", "https://")):
        raise click.BadParameter("an address such as https://clinic.example", param_hint="--site")
    open_record()
    from nervelight.record.recovery import account_called, recovery_token, set_new_password

    found = account_called(login)
    if prompt:
        set_new_password(found, click.prompt("New password", hide_input=True, confirmation_prompt=True))
        click.echo(f"{found.login} logs in with the new password; every browser of the account is logged out.")
        return
    token = recovery_token(found, hours=hours)
    click.echo(
        f"Good once and for {hours} hour{'s' if hours > 1 else ''}, for {found.login}; links from before end.", err=True
    )
    click.echo(f"{site.rstrip('/')}/invitation/{token}/")


@account.command("factor-off")
@click.argument("login")
@click.option("--yes", is_flag=True, help="Do not ask first.")
def factor_off(login: str, yes: bool) -> None:
    """Ask LOGIN for no code any more: secret and recovery codes are forgotten."""
    from nervelight.record.home import open_record

    open_record()
    from nervelight.record.recovery import account_called, switch_off_factor

    found = account_called(login)
    if not yes:
        click.confirm(f"From then on the password alone opens {found.login}. Switch it off?", abort=True, err=True)
    switch_off_factor(found)
    click.echo(f"{found.login} is asked for no code any more. Switch it on again on the account's page.")
