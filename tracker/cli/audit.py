"""Verify the audit trail, and anchor it outside the machine."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from tracker.cli.instance import instance_option, open_bare, open_instance

if TYPE_CHECKING:
    from tracker.config import Settings

FAULTS_SHOWN = 20


@click.group()
def audit() -> None:
    """Verify the audit trail, and anchor it outside the machine."""


@audit.command()
@instance_option
@click.option(
    "--head", default="", metavar="SEAL",
    help="A head that was noted earlier: fails when the trail no longer contains it.",
)  # fmt: skip
@click.option(
    "--anchor", type=click.File(encoding="utf-8", errors="replace"), metavar="FILE",
    help="Lines of `tracker audit anchor`: fails when the trail no longer contains one of them.",
)  # fmt: skip
@click.option(
    "--deep", is_flag=True, help="Hold every clinical row to what the trail sealed of it, too."
)
def verify(instance: Path, head: str, anchor: TextIO | None, *, deep: bool) -> None:
    """Walk the whole chain; print how many lines hold, and the head to note elsewhere.

    A trail whose end was cut off still holds by itself. Only an anchor, or a head that was noted
    outside the machine, shows the cut.
    """
    from tracker.services.audit import anchors
    from tracker.services.audit import queries as audit_queries

    with open_bare(instance):
        kept = anchors.read(anchor) if anchor else None
        verdict = audit_queries.verify(noted=head, anchors=kept)
        if not verdict.intact:
            raise click.ClickException(
                f"The audit trail is broken at line {verdict.broken_at}: {verdict.reason}."
            )
        click.echo(f"{verdict.lines} lines, every one holds.\nHead: {verdict.head}")
        if kept:
            click.echo(f"{len(kept)} anchors, every one is in it.")
        if deep:
            _verify_rows()


def _verify_rows() -> None:
    from tracker.domain.formatting import times
    from tracker.services.audit import clinical_rows

    found = clinical_rows.verify()
    for table, count in found.unsealed.items():
        click.echo(
            f"{table}: {times(count, 'row')} from before rows were sealed; nothing is known."
        )
    if found.unsealed:
        click.echo("Seal them as they stand now with: tracker audit seal")
    for one in found.faults[:FAULTS_SHOWN]:
        row = f"{one.row_id} version {one.part}" if one.part else f"{one.row_id}"
        since = f" after line {one.sequence}" if one.sequence else ""
        click.echo(f"{one.of_table} {row}: {one.reason}{since}, past the tracker.")
    if found.faults:
        raise click.ClickException(f"Not what the trail says: {times(len(found.faults), 'row')}.")
    sealed = found.rows - sum(found.unsealed.values())
    click.echo(f"{times(sealed, 'sealed row')}, none differs from what the trail says.")


@audit.command()
@instance_option
def seal(instance: Path) -> None:
    """Seal, as they stand now, the rows from before rows were sealed. Once, after an upgrade."""
    from tracker.services.audit import clinical_rows

    with open_instance(instance) as by:
        click.echo(f"{clinical_rows.seal(by=by)} rows sealed.")


@audit.command("new-key")
@instance_option
@click.confirmation_option(prompt="Is everything stopped that serves this clinic?")
def new_key(instance: Path) -> None:
    """Seal the trail by a new key from now on; what was sealed before holds by its own.

    Stop what serves first, on every machine. Anchors and heads that were noted keep their meaning.
    """
    from tracker.services.audit import key_replacement

    with open_instance(instance, halfway=True) as by:
        from flask import current_app

        path = key_replacement.replace(current_app.extensions["settings"], by=by)
    click.echo(
        f"The trail has a new key, in {path}. Make a backup, copy the file to every other server "
        "of the clinic, then start them. Keep the old keys in it: lines from before need them."
    )


@audit.command()
@instance_option
@click.option(
    "--file", "path", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Add the line to a file that another machine keeps (TRACKER_ANCHOR_FILE).",
)  # fmt: skip
@click.option(
    "--mail", "address", default="", metavar="ADDRESS",
    help="Send the line by e-mail (TRACKER_ANCHOR_MAIL).",
)  # fmt: skip
def anchor(instance: Path, path: Path | None, address: str) -> None:
    """Tell the newest line of the trail to a place outside it: a file, an e-mail, or the screen.

    Run it daily, by cron or a timer. It names nobody. Keep the file where the server's
    administrator cannot write, and hold the trail to it: tracker audit verify --anchor FILE
    """
    from tracker.services.audit import anchors

    with open_bare(instance):
        from flask import current_app

        settings: Settings = current_app.extensions["settings"]
        line = anchors.write()
        if not line:
            raise click.ClickException("There is no line in the trail yet.")
        path = path or (Path(settings.anchor_file) if settings.anchor_file else None)
        address = address or settings.anchor_mail
        if path:
            _try(lambda: _append(path, line), f"{path} cannot be written")
        if address:
            _try(lambda: _send(settings, address, line), "The e-mail could not be sent")
        click.echo(line)


def _try(do: Callable[[], None], words: str) -> None:
    try:
        do()
    except OSError as error:  # of smtplib's errors, too
        raise click.ClickException(f"{words} ({error}). The trail is not anchored.") from error


def _append(path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(f"{line}\n")


def _send(settings: "Settings", address: str, line: str) -> None:
    from flask_mailman import EmailMessage

    message = EmailMessage(
        "Anchor of the audit trail", f"{line}\n", from_email=settings.mail.sender, to=[address]
    )
    message.extra_headers["Auto-Submitted"] = "auto-generated"
    message.send()
