"""Invite, list, disable and unlock the people who sign in."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.cli.instance import instance_option, open_instance

if TYPE_CHECKING:
    from tracker.domain.access import Actor

ROLES = ("administrator", "clinician", "patient")
HERE = "http://127.0.0.1:8000"  # where `tracker serve` listens unless it is told otherwise


@click.group()
def user() -> None:
    """Invite, list or disable the people who sign in."""


@user.command()
@instance_option
@click.argument("name")
@click.argument("email")
@click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice(ROLES),
    help="What the person is here; may be given several times.",
)  # fmt: skip
@click.option(
    "--record-number", default="",
    help="For a patient: whose record it is. NAME and EMAIL are those that stand in it.",
)  # fmt: skip
@click.option(
    "--sign-in-name",
    default="",
    help="Where several people share EMAIL: what this one signs in by.",
)
def invite(
    instance: Path,
    name: str,
    email: str,
    roles: tuple[str, ...],
    record_number: str,
    sign_in_name: str,
) -> None:
    """Make an account for NAME and mail an invitation to EMAIL."""
    from tracker.domain.access import Role
    from tracker.services.people import accounts

    with open_instance(instance) as by:
        draft = accounts.AccountDraft(
            name=name,
            email=email,
            roles=frozenset(map(Role, roles)),
            record_number=record_number,
            sign_in_name=sign_in_name,
        )
        _send(accounts.invite(draft, by=by), by)


@user.command("send-again")
@instance_option
@click.argument("email")
def send_again(instance: Path, email: str) -> None:
    """Mail a new invitation to EMAIL; an earlier link ends."""
    from tracker.services.people import accounts

    with open_instance(instance) as by:
        _send(accounts.find_by_email(email, by=by).id, by)


@user.command("list")
@instance_option
def show(instance: Path) -> None:
    """List everybody who can sign in."""
    from tracker.services.people import accounts

    with open_instance(instance) as by:
        for person in accounts.listing(by=by):
            roles = " ".join(person.roles)
            click.echo(f"{person.state:<9} {person.email:<34} {roles:<28} {person.name}")


def _act(verb: str, done: str, words: str) -> click.Command:
    """Make a command that does one thing to somebody's account, and keeps why."""

    @click.command(help=words)
    @instance_option
    @click.argument("email")
    @click.option(
        "--reason", default="At the command line.", help="Why; it is kept with the account."
    )
    def act(instance: Path, email: str, reason: str) -> None:
        from tracker.services.people import access_changes, accounts

        with open_instance(instance) as by:
            person = accounts.find_by_email(email, by=by)
            given = {} if verb == "unlock" else {"reason": reason}
            getattr(access_changes, verb)(person.id, **given, by=by)
            click.echo(f"{person.name}: {done}.")

    return act


for _verb, _done, _words in (
    ("disable", "disabled, and signed out everywhere", "Shut EMAIL out, and sign them out."),
    ("enable", "enabled again", "Let EMAIL in again."),
    ("unlock", "unlocked", "Open the account of EMAIL before its lock ends by itself."),
    (
        "reset_second_factor",
        "the second step is set up anew at the next sign-in",
        "Forget the authenticator and the passkeys of EMAIL, whose phone is lost.",
    ),
):
    user.add_command(_act(_verb, _done, _words), _verb.replace("_", "-"))


def _send(user_id: int, by: "Actor") -> None:
    """Mail an invitation; where mail goes to files, or fails, show the link too."""
    from flask import current_app, url_for

    from tracker.services.people import accounts, invitations

    settings = current_app.extensions["settings"]
    links: list[str] = []

    def link(token: str) -> str:
        with current_app.test_request_context(base_url=settings.address or HERE):
            links.append(url_for("account.welcome", token=token, _external=True))
        return links[-1]

    sent = invitations.send(user_id, link=link, by=by)
    email = accounts.find(user_id, by=by).email  # a patient's follows the record
    if not sent:
        click.echo(f"The account stands, but no mail went to {email}. Send it again later:")
        click.echo(f"  tracker user send-again {email}")
    elif not settings.mail.to_files:
        click.echo(f"Mailed an invitation to {email}.")
        return
    else:
        click.echo(f"Wrote the invitation into {settings.mail_folder}: no mail server is set.")
    click.echo(f"Or hand over this link, which works once within 7 days:\n  {links[-1]}")
