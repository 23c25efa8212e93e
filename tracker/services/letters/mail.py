"""One e-mail of all that waits for a person: what is still true of it, and the links in it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from tracker.domain.access import Actor
from tracker.domain.clinic.planning import PlanningSettings
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.letters import messages
from tracker.domain.letters.messages import (
    AnswerRequest,
    Asking,
    ChangedVisit,
    ExpectedVisit,
    Mail,
    PatientMail,
)
from tracker.services.check_ins import links as check_in_links
from tracker.services.letters import day_before, escalations, forms_due, visit_changes
from tracker.services.letters.outbox import (
    DAY_BEFORE,
    REMINDER,
    UNSENT,
    NeedlessError,
    PatientLetter,
    QueuedLetter,
)
from tracker.services.letters.waiting import Waiting
from tracker.services.unit_of_work import unit_of_work

OWN_PAGE = "/my/"
CHOICE_PAGE = "/account/reminders"
_WHY = {UNSENT: Asking.UNSENT, REMINDER: Asking.REMINDED}


class ReadyMail(Struct, frozen=True):
    """An e-mail, what it tells, and what nobody needs any more; None where nothing is left."""

    mail: Mail | None
    told: tuple[PatientLetter, ...]
    needless: tuple[tuple[QueuedLetter, str], ...]


class _Item(Struct, frozen=True):
    """A letter that is still true: whose it is, and what is told of an appointment, if of one."""

    letter: QueuedLetter
    row: Any
    visit: ExpectedVisit | ChangedVisit | None = None


def compose(waiting: Waiting, *, base_address: str, now: datetime, by: Actor) -> ReadyMail:
    """Make the e-mail of what waits, with new links to what is asked."""
    if waiting.is_to_staff:
        return _to_staff(waiting.letters[0], base_address)
    items: list[_Item] = []
    needless: list[tuple[QueuedLetter, str]] = []
    for letter in waiting.letters:
        try:
            items.append(_find(letter, now))
        except NeedlessError as why:
            needless.append((letter, str(why)))
    told = tuple(PatientLetter(one.letter, one.row.patient_id) for one in items)
    mail = _write(items, base_address, now, by) if items else None
    return ReadyMail(mail, told, tuple(needless))


def _to_staff(letter: QueuedLetter, base_address: str) -> ReadyMail:
    try:
        mail, told = escalations.write(letter, base_address=base_address)
    except NeedlessError as why:
        return ReadyMail(None, (), ((letter, str(why)),))
    return ReadyMail(mail, (told,), ())


def _find(letter: QueuedLetter, now: datetime) -> _Item:
    if letter.noun == "check-in":
        return _Item(letter, forms_due.find(letter, now=now))
    if letter.kind == DAY_BEFORE:
        return _Item(letter, *day_before.find(letter, now=now))
    return _Item(letter, *visit_changes.find(letter, now=now))


def _write(items: list[_Item], base_address: str, now: datetime, by: Actor) -> Mail:
    row = items[0].row
    settings = ClinicSettings.read(row.settings)
    name = settings.name_in_mails(row.name)
    prepares = PlanningSettings.read(row.settings).preparation
    tokens = _make_links(items, by)
    visits = [one.visit for one in items]
    stop = next(iter(tokens.values()), "")
    text = messages.write(
        PatientMail(
            clinic_name=name,
            phone=settings.phone,
            changed=tuple(one for one in visits if isinstance(one, ChangedVisit)),
            expected=tuple(one for one in visits if isinstance(one, ExpectedVisit)),
            asked=tuple(_ask(items, tokens, base_address, now)),
            stop_link=base_address + check_in_links.STOP_PATH.format(token=stop) if stop else "",
            preparation_page=base_address + OWN_PAGE if row.signs_in and prepares else "",
            choice_page=base_address + CHOICE_PAGE if row.signs_in else "",
        )
    )
    return Mail(row.address, messages.subject(name), text)


def _make_links(items: list[_Item], by: Actor) -> dict[int, str]:
    """Make a link to each check-in that is asked, and return their secrets."""
    asked = dict.fromkeys(one.letter.about_id for one in items if one.visit is None)
    if not asked:
        return {}
    with unit_of_work(by) as unit:
        # Until this e-mail is on its way, the links that somebody has go on working.
        return {one: check_in_links.make(unit, one, alongside=True) for one in asked}


def _ask(
    items: list[_Item], tokens: dict[int, str], base_address: str, now: datetime
) -> list[AnswerRequest]:
    """Ask for each check-in once, for the reason that says most."""
    order = list(Asking)
    asked = {}
    for check_in_id, token in tokens.items():
        those = [one for one in items if one.visit is None and one.letter.about_id == check_in_id]
        row = those[0].row
        closes_at = min(row.closes_at, now + check_in_links.LONGEST)
        asked[check_in_id] = AnswerRequest(
            why=min((_WHY.get(one.letter.kind, Asking.INVITED) for one in those), key=order.index),
            link=base_address + check_in_links.PATH.format(token=token),
            until=closes_at.astimezone(ZoneInfo(row.time_zone)),
        )
    return list(asked.values())
