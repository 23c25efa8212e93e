"""Mail: files that only their owner may read, or SMTP; a failure never breaks what was done."""

import os
import threading
from collections.abc import Callable
from smtplib import SMTP, SMTP_SSL, SMTPException
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, current_app
from flask_mailman.backends.file import EmailBackend as FileBackend
from flask_mailman.backends.smtp import EmailBackend as SmtpBackend
from flask_security import MailUtil, hash_password

from tracker.config import Settings
from tracker.services.clinic import clinics

INVITATION = "security/email/welcome"
RESET = "security/email/reset_instructions"
FAILURES = (OSError, SMTPException)


def at_our_address(link: str) -> str:
    """Begin a link with TRACKER_ADDRESS where that is set, whatever name the request came by."""
    settings: Settings = current_app.extensions["settings"]
    if not settings.address:
        return link
    parts = urlsplit(link)
    ours = urlsplit(settings.address)
    return urlunsplit((ours.scheme, ours.netloc, parts.path, parts.query, parts.fragment))


def goes_to_files() -> bool:
    """Say whether e-mails are written to files, where nobody gets them."""
    settings: Settings = current_app.extensions["settings"]
    return settings.mail.to_files


def note() -> str:
    """Say that nobody gets e-mails, or nothing; a demonstration sends none."""
    settings: Settings = current_app.extensions["settings"]
    if settings.demo or not settings.mail.to_files:
        return ""
    return (
        "No mail server is set: e-mails are files on the server, and nobody gets them. "
        "Set TRACKER_SMTP_HOST there."
    )


def run_beside(task: Callable[[], None]) -> None:
    """Do what has to do with mail beside the answer: by how long it takes nobody learns anything.

    A command of the command line ends when its mail is out.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    settings: Settings = app.extensions["settings"]

    def run() -> None:
        with app.app_context():
            task()

    if settings.testing and settings.mail.to_files:
        run()
    else:
        threading.Thread(target=run).start()


class PrivateFiles(FileBackend):
    """Writes mail into files with mode 0600: an invitation in one opens an account."""

    stream: Any

    def open(self) -> bool:
        """Open the file of this mail for its owner alone."""
        if self.stream is not None:
            return False
        self.stream = open(self._get_filename(), "ab", opener=_for_the_owner)  # noqa: SIM115
        return True


class VerifyingBackend(SmtpBackend):
    """Sends mail; where TLS is set, only to a server whose certificate was checked."""

    @property
    def connection_class(self) -> type[SMTP]:
        """Take an SMTP that looks at certificates."""
        from tracker.services.system.mail_server import VerifiedSMTP

        return SMTP_SSL if self.use_ssl else VerifiedSMTP


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class Postman(MailUtil):
    """Sends the mails of signing in without letting anybody wait, or see who has an account."""

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: Any,
        sender: Any,
        body: str | None,
        html: str | None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        """Send a mail. Only an invitation tells its sender that it failed: others are logged."""
        user = kwargs.get("user")
        clinic_id = user.clinic_id if user is not None else kwargs["clinic_id"]
        sender = clinics.mail_sender(str(sender), clinic_id)
        if template == INVITATION:
            super().send_mail(template, subject, recipient, sender, body, html)
            return
        if template == RESET:
            # As much work as Flask-Security does for an address that has no account.
            hash_password("not-a-password")
        deliver = super().send_mail
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

        def run() -> None:
            try:
                deliver(template, subject, recipient, sender, body, html)
            except FAILURES as error:
                app.logger.warning("a mail could not be sent: %s", type(error).__name__)

        run_beside(run)
