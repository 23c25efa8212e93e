"""What our e-mails say: a link and how to stop them. No name, no scale, nothing of treatment."""

from datetime import date, datetime, time

from msgspec import Struct

from tracker.domain.clinic.mail_name import begin_sentence
from tracker.domain.formatting import full_day, time_of_day, until


class Mail(Struct, frozen=True):
    """One e-mail as it is handed to the mail server."""

    address: str
    subject: str
    text: str


class AnswerRequest(Struct, frozen=True, kw_only=True):
    """What an e-mail that asks somebody to answer needs; `until` is in the clinic's zone."""

    clinic_name: str
    phone: str
    link: str
    stop_link: str
    until: datetime


def subject(clinic_name: str) -> str:
    """Say who writes; anybody may read it on a locked phone."""
    return f"A message from {clinic_name}"


def invitation(asking: AnswerRequest) -> str:
    """Ask somebody to answer, for the first time."""
    name = begin_sentence(asking.clinic_name)
    opening = f"{name} has some short questions for you. It takes a few minutes."
    return _asking(opening, asking)


def reminder(asking: AnswerRequest) -> str:
    """Ask once more, and for the last time."""
    opening = (
        f"{begin_sentence(asking.clinic_name)} sent you some short questions. They are still open. "
        "This is the only reminder. It takes a few minutes."
    )
    return _asking(opening, asking)


def please_send(asking: AnswerRequest) -> str:
    """Say that what was answered to the end still waits to be sent."""
    opening = (
        f"You answered the short questions of {asking.clinic_name}, and they are not sent yet. "
        "Open the page and press Send."
    )
    return _asking(opening, asking)


def _asking(opening: str, asking: AnswerRequest) -> str:
    call = f"Call us if you have a question: {asking.phone}\n\n" if asking.phone else ""
    return (
        "Hello,\n\n"
        f"{opening} You need no password:\n\n"
        f"{asking.link}\n\n"
        f"The link works until {until(asking.until)}. "
        "It is for you alone, so please do not pass it on.\n\n"
        f"{call}"
        f"No more of these e-mails: {asking.stop_link}\n"
    )


class AppointmentNotice(Struct, frozen=True, kw_only=True):
    """What an e-mail about an appointment needs; `own_page` is '' for who does not sign in."""

    clinic_name: str
    phone: str
    day: date
    at: time | None
    own_page: str


def day_before(notice: AppointmentNotice) -> str:
    """Remind somebody of tomorrow: when, and whom to call; nothing of what for."""
    name = begin_sentence(notice.clinic_name)
    at = f", at {time_of_day(notice.at)}" if notice.at else ""
    page = f"How to prepare is on your page: {notice.own_page}\n\n" if notice.own_page else ""
    call = f": {notice.phone}" if notice.phone else ""
    return (
        "Hello,\n\n"
        f"{name} expects you tomorrow, {full_day(notice.day)}{at}.\n\n"
        f"{page}"
        f"If you cannot come, or want no more of these e-mails, please call us{call}.\n"
    )


def called_off(notice: AppointmentNotice) -> str:
    """Tell somebody who was reminded of a day that they are not expected then."""
    when = _when(notice.day, notice.at)
    return _correct(notice, f"Your appointment on {when} does not take place.")


def another_time(notice: AppointmentNotice, told: tuple[date, time | None] | None) -> str:
    """Tell somebody who was reminded of another day or time when they are expected instead.

    `told` is what they know; the same as now where they were told that it does not take place.
    """
    now = _when(notice.day, notice.at)
    if told == (notice.day, notice.at):
        return _correct(notice, f"Your appointment on {now} takes place after all.")
    before = f" on {_when(*told)}" if told else ""
    return _correct(notice, f"Your appointment{before} has moved to {now}.")


def _when(day: date, at: time | None) -> str:
    return f"{full_day(day)} at {time_of_day(at)}" if at else full_day(day)


def _correct(notice: AppointmentNotice, sentence: str) -> str:
    call = f": {notice.phone}" if notice.phone else ""
    return (
        f"Hello,\n\n{sentence}\n\n"
        f"If you have a question, or want no more of these e-mails, please call us{call}.\n\n"
        f"{begin_sentence(notice.clinic_name)}\n"
    )


def escalation(*, clinic_name: str, link: str) -> str:
    """Tell a clinician that something waits, and nothing of what it is."""
    return (
        "Hello,\n\n"
        f"Something at {clinic_name} has waited longer than it should, and nobody has "
        "acknowledged it yet. Please sign in and look:\n\n"
        f"{link}\n\n"
        "This e-mail comes once, and it says no more on purpose.\n"
    )
