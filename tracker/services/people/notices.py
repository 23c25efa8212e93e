"""Mail to people about their accounts: neutral, and never a reason why something is not done."""

import logging
from smtplib import SMTPException

from flask_security import send_mail

from tracker.domain.people.notices import SUBJECT, AccountNotice

TEMPLATE = "security/email/account_notice"
_log = logging.getLogger(__name__)


def tell(
    address: str, *notices: AccountNotice, clinic_id: int, sign_in_name: str = "", link: str = ""
) -> None:
    """Write to an address what happened to its account; a failure is logged and ends nothing."""
    try:
        send_mail(
            SUBJECT,
            address,
            TEMPLATE,
            lines=[notice.label for notice in notices],
            sign_in_name=sign_in_name,
            link=link,
            clinic_id=clinic_id,
        )
    except (OSError, SMTPException) as error:
        _log.warning("a notice could not be mailed: %s", type(error).__name__)
