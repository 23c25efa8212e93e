"""Tell patients what waits for them, and clinicians what waits too long: for cron or a timer."""

from functools import partial
from pathlib import Path

import click

from tracker.cli.instance import instance_option, open_bare


@click.command()
@instance_option
def remind(instance: Path) -> None:
    """Send what is due by e-mail. Run it every few minutes; running it twice sends nothing twice.

    Each patient gets one e-mail of all that waits, from the hour on that they chose. Prints counts
    only, of what is told and of e-mails. Ends with status 1 when something could not be sent: it
    is kept, and the next run sends it.
    """
    from tracker import log
    from tracker.config import ConfigurationError
    from tracker.services.clinic import clinics
    from tracker.services.letters import reminders
    from tracker.services.outcomes import commands as outcome_commands

    log.set_up()
    with open_bare(instance):
        from flask import current_app

        settings = current_app.extensions["settings"]
        if not settings.address:
            raise ConfigurationError(
                "Links in e-mails need the address that people type. Set TRACKER_ADDRESS, "
                "such as https://tracker.example.org"
            )
        sender = clinics.mail_sender(settings.mail.sender)
        report = reminders.run(partial(_post, sender), base_address=settings.address)
        click.echo(
            f"queued {report.queued}, sent {report.sent}, dropped {report.dropped}, "
            f"failed {report.failed}, waiting {report.waiting}, e-mails {report.mails}"
        )
        if report.sent and settings.mail.to_files:
            click.echo(f"Written into {settings.mail_folder}: no mail server is set.")
        # Last: in a large clinic it takes minutes, and no letter waits for it.
        outcome_commands.count_everywhere()
    if report.failed:
        raise click.ClickException(
            f"{report.failed} could not be sent. They are kept; the next run tries again."
        )


def _post(sender: str, address: str, subject: str, text: str) -> None:
    """Hand one e-mail to the mail server, or raise."""
    from flask_mailman import EmailMessage

    message = EmailMessage(subject, text, from_email=sender, to=[address])
    # Nobody is told that somebody is away, and no list answers for them (RFC 3834).
    message.extra_headers["Auto-Submitted"] = "auto-generated"
    message.send()
