"""What our e-mails say: what waits, a link, how to stop them. No name, no scale, no treatment.

One e-mail tells a person all that waits for them.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from enum import StrEnum

from msgspec import Struct

from tracker.domain.clinic.mail_name import begin_sentence
from tracker.domain.formatting import full_day, time_of_day, times, until

_NO_PASSWORD = "You need no password:"  # noqa: S105  (it says that there is none)


class Mail(Struct, frozen=True):
    """One e-mail as it is handed to the mail server."""

    address: str
    subject: str
    text: str


class Asking(StrEnum):
    """Why somebody is asked, what is told first first."""

    UNSENT = "unsent"  # answered to the end, and not sent
    REMINDED = "reminded"
    INVITED = "invited"


class AnswerRequest(Struct, frozen=True, kw_only=True):
    """Questions that somebody is asked to answer; `until` is in the clinic's zone."""

    why: Asking
    link: str
    until: datetime


class ExpectedVisit(Struct, frozen=True, kw_only=True):
    """An appointment that somebody is reminded of: on the day before, or on the day itself."""

    day: date
    at: time | None
    is_today: bool = False


class ChangedVisit(Struct, frozen=True, kw_only=True):
    """An appointment that is not as somebody was told: off, or at another day or time.

    `told` is what they know; the same as now where they were told that it does not take place.
    """

    day: date
    at: time | None
    is_off: bool = False
    told: tuple[date, time | None] | None = None


class PatientMail(Struct, frozen=True, kw_only=True):
    """All that one e-mail tells a person.

    `preparation_page` and `choice_page` are '' for who does not sign in, the first also where the
    clinic says nothing of how to prepare; `stop_link` where nothing is asked. `choice_page` is
    where they choose whether and when these e-mails come.
    """

    clinic_name: str
    phone: str = ""
    changed: tuple[ChangedVisit, ...] = ()
    expected: tuple[ExpectedVisit, ...] = ()
    asked: tuple[AnswerRequest, ...] = ()
    stop_link: str = ""
    preparation_page: str = ""
    choice_page: str = ""


def subject(clinic_name: str) -> str:
    """Say who writes; anybody may read it on a locked phone."""
    return f"A message from {clinic_name}"


def write(mail: PatientMail) -> str:
    """Write the e-mail: what has changed first, then who is expected, then what is asked."""
    parts = [
        *map(_change, mail.changed),
        *(_expect(begin_sentence(mail.clinic_name), visit) for visit in mail.expected),
        f"How to prepare is on your page: {mail.preparation_page}"
        if mail.expected and mail.preparation_page
        else "",
        *_ask(mail),
        _call(mail),
        begin_sentence(mail.clinic_name),
        _stop(mail),
    ]
    # Two records of one person, put together, may have planned the same visit: it is told once.
    return "Hello,\n\n" + "\n\n".join(dict.fromkeys(filter(None, parts))) + "\n"


def _change(visit: ChangedVisit) -> str:
    now = _when(visit.day, visit.at)
    if visit.is_off:
        return f"Your appointment on {now} does not take place."
    if visit.told == (visit.day, visit.at):
        return f"Your appointment on {now} takes place after all."
    before = f" on {_when(*visit.told)}" if visit.told else ""
    return f"Your appointment{before} has moved to {now}."


def _expect(name: str, visit: ExpectedVisit) -> str:
    at = f", at {time_of_day(visit.at)}" if visit.at else ""
    day = "today" if visit.is_today else "tomorrow"
    return f"{name} expects you {day}, {full_day(visit.day)}{at}."


def _ask(mail: PatientMail) -> Iterator[str]:
    for why in Asking:
        those = [one for one in mail.asked if one.why is why]
        if those:
            opening = _opening(why, mail.clinic_name)
            yield f"{opening}{_parts(those)} {_NO_PASSWORD}"
            for one in those:
                yield f"{one.link}\nThis link works until {until(one.until)}."
    if len(mail.asked) > 1:
        yield "These links are for you alone, so please do not pass them on."
    elif mail.asked:
        yield "The link is for you alone, so please do not pass it on."


def _opening(why: Asking, clinic_name: str) -> str:
    name = begin_sentence(clinic_name)
    if why is Asking.UNSENT:
        return (
            f"You answered the short questions of {clinic_name}, and they are not sent yet. "
            "Open the page and press Send."
        )
    if why is Asking.REMINDED:
        return (
            f"{name} sent you some short questions. They are still open. "
            "This is the only reminder. It takes a few minutes."
        )
    return f"{name} has some short questions for you. It takes a few minutes."


def _parts(those: Sequence[AnswerRequest]) -> str:
    if len(those) == 1:
        return ""
    return f" There are {times(len(those), 'part')}, and each has a link of its own."


def _call(mail: PatientMail) -> str:
    """Say whom to call; without a telephone only who has an appointment is told to."""
    phone = f": {mail.phone}" if mail.phone else "."
    if mail.expected:
        return f"If you cannot come, or have a question, please call us{phone}"
    if mail.changed or mail.phone:
        return f"If you have a question, please call us{phone}"
    return ""


def _stop(mail: PatientMail) -> str:
    """Say where these e-mails are switched off: by a link, on a page, else by a call."""
    if mail.stop_link and mail.choice_page:
        return (
            f"No more of these e-mails: {mail.stop_link}\n"
            f"In the morning or in the evening? Choose here: {mail.choice_page}"
        )
    if mail.stop_link:
        return f"No more of these e-mails: {mail.stop_link}"
    if mail.choice_page:
        return (
            f"Switch these e-mails off, or have them in the morning or evening: {mail.choice_page}"
        )
    return "If you want no more of these e-mails, please call us."


def _when(day: date, at: time | None) -> str:
    return f"{full_day(day)} at {time_of_day(at)}" if at else full_day(day)


def escalation(*, clinic_name: str, link: str) -> str:
    """Tell a clinician that something waits, and nothing of what it is."""
    return (
        "Hello,\n\n"
        f"Something at {clinic_name} has waited longer than it should, and nobody has "
        "acknowledged it yet. Please sign in and look:\n\n"
        f"{link}\n\n"
        "This e-mail comes once, and it says no more on purpose.\n"
    )
