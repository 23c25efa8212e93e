"""The clinic's mail server: where TLS is set, with a certificate that was checked or not at all."""

import smtplib
import ssl

from tracker.config import Mail

PATIENCE_SECONDS = 10


class VerifiedSMTP(smtplib.SMTP):
    """SMTP that trusts no certificate blindly: by itself `starttls` checks none."""

    def starttls(  # type: ignore[override]  # nobody has a certificate of their own to show
        self, *, context: ssl.SSLContext | None = None
    ) -> tuple[int, bytes]:
        """Begin TLS with a server whose certificate is its own."""
        return super().starttls(context=context or ssl.create_default_context())


def fault_of(mail: Mail) -> str:
    """Sign in to the mail server as a mail would, send none, and say in words what went wrong."""
    try:
        with _connect(mail) as server:
            if mail.use_tls and not mail.tls_from_the_start:
                server.starttls()
            if mail.user:
                server.login(mail.user, mail.password)
            server.noop()
    except ssl.SSLCertVerificationError as error:
        return f"its certificate is not to be trusted ({error.verify_message})"
    except smtplib.SMTPAuthenticationError:
        return "it does not take TRACKER_SMTP_USER with its password"
    except smtplib.SMTPNotSupportedError as error:
        return f"it cannot do what is asked ({error})"
    except (OSError, smtplib.SMTPException) as error:
        return f"no answer ({type(error).__name__})"
    return ""


def _connect(mail: Mail) -> smtplib.SMTP:
    if mail.tls_from_the_start:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=PATIENCE_SECONDS, context=context)
    return VerifiedSMTP(mail.host, mail.port, timeout=PATIENCE_SECONDS)
