"""The parts of a patient's copy, in the order in which they are read."""

import calendar
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import String, and_, cast, exists, literal, or_, select

from tracker.domain.access import Actor
from tracker.domain.alerts import rules as alert_rules
from tracker.domain.check_ins import answers as check_in_answers
from tracker.domain.codes import AlertKind, CheckInState
from tracker.domain.eligibility import text as eligibility_text
from tracker.domain.eligibility.text import AnswerLine
from tracker.domain.formatting import full_day, times
from tracker.domain.worksheets import editions as form_editions
from tracker.domain.worksheets import form
from tracker.exchange.html.record import RecordItem
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment
from tracker.models.check_ins import CheckIn, Reply
from tracker.models.database import db
from tracker.models.eligibility import Eligibility
from tracker.models.health_lists import HealthItem
from tracker.models.letters import Letter
from tracker.models.patients import Patient, PatientVersion
from tracker.models.referral_letters import ReferralLetter
from tracker.models.safety_checks import SafetyCheck
from tracker.models.series import Series, SeriesVersion
from tracker.models.stock import StockEntry
from tracker.models.treatment_sessions import STANDS, TreatmentSession
from tracker.models.users import User
from tracker.models.worksheets import Worksheet, WorksheetVersion
from tracker.services import clock
from tracker.services.audit import looks
from tracker.services.eligibility import rows as eligibility_rows
from tracker.services.exports import record_account, record_diary, record_sessions
from tracker.services.exports.record_words import (
    Editions,
    answer_lines,
    columns_in_copy,
    columns_of,
    facts_of,
    moment,
    pairs,
    rows_of,
    title_of,
)
from tracker.services.letters.outbox import (
    AGAIN,
    CALLED_OFF,
    DAY_BEFORE,
    MOVED,
    OF_APPOINTMENTS,
    UNSENT,
)

_LETTERS = {
    "invitation": "Questions are waiting", "reminder": "Questions are still waiting",
    UNSENT: "What you answered is not sent yet", DAY_BEFORE: "A session is tomorrow",
    CALLED_OFF: "A session does not take place", MOVED: "A session has moved",
}  # fmt: skip
_STAFF_NOTES = ("notes", "name_key", "number_key")
_MONITOR = ("monitor_email", "monitor_phone")  # of staff: not the patient's


class About(Struct, frozen=True):
    """Whose copy is made, by whom, and in which zone its times are."""

    patient_id: int
    zone: ZoneInfo
    by: Actor


class Part(Struct, frozen=True):
    """A part of the copy: what it is called, what it is, and where its items come from."""

    title: str
    intro: str
    items: Callable[[About], Iterator[RecordItem]]


def _identity(about: About) -> Iterator[RecordItem]:
    query = select(*columns_of(Patient)).where(Patient.id == about.patient_id)
    for row in rows_of(query):
        yield RecordItem(
            title="You",
            facts=facts_of("patient", row, about.zone),
            earlier=tuple(_old_identities(about)),
        )
    accounts = (
        select(*columns_in_copy("user", User))
        .join(Patient, Patient.user_id == User.id)
        .where(Patient.id == about.patient_id)
    )
    for row in rows_of(accounts):
        yield RecordItem(title="Your account", facts=facts_of("user", row, about.zone))


def _old_identities(about: About) -> Iterator[RecordItem]:
    query = select(*columns_of(PatientVersion)).where(PatientVersion.patient_id == about.patient_id)
    for row in rows_of(query.order_by(PatientVersion.version)):
        title = f"Before {moment(row.changed_at, about.zone)}, changed by {row.changed_by}"
        yield RecordItem(title=title, facts=pairs(row.content, about.zone, _STAFF_NOTES))


def _health_lists(about: About) -> Iterator[RecordItem]:
    query = select(*columns_of(HealthItem)).where(HealthItem.patient_id == about.patient_id)
    for row in rows_of(query.order_by(HealthItem.noted_on, HealthItem.id)):
        facts = facts_of("health_item", row, about.zone)
        yield RecordItem(title=row.name or facts[0][1], facts=facts, is_struck=bool(row.ended_at))


def _eligibility(about: About) -> Iterator[RecordItem]:
    query = select(Eligibility).where(Eligibility.patient_id == about.patient_id)
    for row in db.session.scalars(query.order_by(Eligibility.assessed_on, Eligibility.id)).all():
        answers = (
            f"{line.label}: {line.text}"
            for line in _answers_before_treatment(row)
            if line.text and line.label != "Notes"
        )
        found = (f"{line.kind.label}: {line.message}" for line in eligibility_rows.lines_of(row))
        yield RecordItem(
            title=f"Check of {full_day(row.assessed_on)}",
            facts=facts_of("eligibility", row, about.zone),
            lines_title="What was asked and found",
            lines=(*answers, *found),
        )


def _answers_before_treatment(row: Eligibility) -> list[AnswerLine]:
    if "answers" not in row.content:
        return []
    return eligibility_text.answer_lines(eligibility_rows.draft_of(row))


def _series(about: About) -> Iterator[RecordItem]:
    query = select(*columns_of(Series)).where(Series.patient_id == about.patient_id)
    before = _old_series(about)
    for row in rows_of(query.order_by(Series.number)):
        yield RecordItem(
            title=f"Series {row.number}",
            facts=(*facts_of("series", row, about.zone, "weekdays"), _weekdays(row.weekdays)),
            earlier=tuple(before.get(row.id, ())),
        )


def _weekdays(numbers: list[int]) -> tuple[str, str]:
    named = (
        ""
        if len(numbers) == len(calendar.day_name)
        else ", ".join(calendar.day_name[number] for number in numbers)
    )
    return "Days of the week", named


def _old_series(about: About) -> dict[int, list[RecordItem]]:
    query = (
        select(*columns_of(SeriesVersion))
        .join(Series, Series.id == SeriesVersion.series_id)
        .where(Series.patient_id == about.patient_id)
        .order_by(SeriesVersion.series_id, SeriesVersion.version)
    )
    found: dict[int, list[RecordItem]] = {}
    for row in rows_of(query):
        title = f"Before {moment(row.changed_at, about.zone)}, changed by {row.changed_by}"
        item = RecordItem(title=title, facts=pairs(row.content, about.zone, ("eligibility_id",)))
        found.setdefault(row.series_id, []).append(item)
    return found


def _sessions(about: About) -> Iterator[RecordItem]:
    return record_sessions.items(about.patient_id, about.zone)


def _scores(about: About) -> Iterator[RecordItem]:
    query = select(*columns_of(Assessment)).where(Assessment.patient_id == about.patient_id)
    editions = Editions()
    for row in rows_of(query.order_by(Assessment.taken_at, Assessment.id)):
        day = full_day(row.taken_at.astimezone(about.zone).date())
        yield RecordItem(
            title=f"{title_of(row.instrument)}, {day}",
            facts=facts_of("assessment", row, about.zone),
            lines_title="Questions and answers",
            lines=answer_lines(editions[row.edition_id], row.answers),
            is_struck=row.voided_at is not None,
        )


def _check_ins(about: About) -> Iterator[RecordItem]:
    query = select(*columns_of(CheckIn)).where(CheckIn.patient_id == about.patient_id)
    now = clock.now()
    for row in rows_of(query.order_by(CheckIn.opens_at, CheckIn.id)):
        asked = ", ".join(map(title_of, row.instruments))
        missed = " (missed)" if _is_missed(row, now) else ""
        yield RecordItem(
            title=f"{full_day(row.due_at.astimezone(about.zone).date())}: {asked}{missed}",
            facts=facts_of("check_in", row, about.zone),
        )


def _is_missed(row: Any, now: datetime) -> bool:
    closes_at: datetime = row.closes_at
    return row.state == CheckInState.OPEN.value and closes_at < now


def _replies(about: About) -> Iterator[RecordItem]:
    query = select(*columns_of(Reply)).where(Reply.patient_id == about.patient_id)
    editions = Editions()
    for row in rows_of(query.order_by(Reply.began_at, Reply.id)):
        given = check_in_answers.values(check_in_answers.read(row.answers))
        yield RecordItem(
            title=f"{title_of(row.instrument)}, {moment(row.began_at, about.zone)}",
            facts=facts_of("reply", row, about.zone),
            lines_title="What you answered",
            lines=answer_lines(editions[row.edition_id], given) if given else (),
        )


def _alerts(about: About) -> Iterator[RecordItem]:
    query = select(*columns_of(Alert)).where(Alert.patient_id == about.patient_id)
    for row in rows_of(query.order_by(Alert.raised_at, Alert.id)):
        day = row.raised_at.astimezone(about.zone).date()
        yield RecordItem(
            title=alert_rules.sentence(AlertKind(row.kind), row.facts, day),
            facts=facts_of("alert", row, about.zone),
        )


def _worksheets(about: About) -> Iterator[RecordItem]:
    query = (
        select(*columns_of(Worksheet))
        .join(TreatmentSession, TreatmentSession.id == Worksheet.session_id)
        .where(Worksheet.patient_id == about.patient_id, STANDS)
    )
    before = _old_worksheets(about)
    for row in rows_of(query.order_by(Worksheet.due_on, Worksheet.id)):
        yield RecordItem(
            title=f"Form due on {full_day(row.due_on)}",
            facts=facts_of("worksheet", row, about.zone),
            lines_title="What stands in it",
            lines=_form_lines(row.form_version, row.content),
            earlier=tuple(before.get(row.id, ())),
        )


def _old_worksheets(about: About) -> dict[int, list[RecordItem]]:
    query = (
        select(*columns_of(WorksheetVersion), Worksheet.form_version)
        .join(Worksheet, Worksheet.id == WorksheetVersion.worksheet_id)
        .where(Worksheet.patient_id == about.patient_id)
        .order_by(WorksheetVersion.worksheet_id, WorksheetVersion.version)
    )
    found: dict[int, list[RecordItem]] = {}
    for row in rows_of(query):
        item = RecordItem(
            title=f"Version {row.version}, {moment(row.changed_at, about.zone)}"
            f", by {row.changed_by}",
            facts=pairs(row.content, about.zone, ("answers", "settled", "form_version", "deed")),
            lines=_form_lines(row.content.get("form_version", row.form_version), row.content),
        )
        found.setdefault(row.worksheet_id, []).append(item)
    return found


def _form_lines(version: str, content: dict[str, Any]) -> tuple[str, ...]:
    fields = {field.code: field for field in form_editions.FIELDS if version in field.versions}
    typed = {**content.get("settled", {}), **content.get("answers", {})}
    return tuple(
        f"{fields[code].section.label}, {fields[code].label}: {form.in_words(fields[code], value)}"
        if code in fields
        else f"{code}: {value}"
        for code, value in typed.items()
        if value and code not in _MONITOR
    )


def _safety_checks(about: About) -> Iterator[RecordItem]:
    query = select(*columns_of(SafetyCheck)).where(SafetyCheck.patient_id == about.patient_id)
    for row in rows_of(query.order_by(SafetyCheck.checked_on, SafetyCheck.id)):
        facts = facts_of("safety_check", row, about.zone)
        title = f"{facts[0][1]}, {full_day(row.checked_on)}"
        yield RecordItem(title=title, facts=facts, is_struck=row.voided_at is not None)


def _referral_letters(about: About) -> Iterator[RecordItem]:
    """Give the letters that were signed; a draft may say what nobody stands for."""
    signed = and_(ReferralLetter.patient_id == about.patient_id, ReferralLetter.is_signed)
    query = select(*columns_of(ReferralLetter)).where(signed)
    for row in rows_of(query.order_by(ReferralLetter.written_at, ReferralLetter.id)):
        facts = facts_of("referral_letter", row, about.zone)
        yield RecordItem(title=f"Letter, {moment(row.written_at, about.zone)}", facts=facts)


def _drug_book(about: About) -> Iterator[RecordItem]:
    """Give what was drawn for sessions that stand: what is struck out may be somebody else's."""
    whose = TreatmentSession.patient_id == about.patient_id
    sessions, struck_out = (
        select(TreatmentSession.id).where(whose, stands) for stands in (STANDS, ~STANDS)
    )
    mine = or_(StockEntry.patient_id == about.patient_id, StockEntry.session_id.in_(sessions))
    query = select(*columns_of(StockEntry)).where(
        mine, or_(StockEntry.session_id.is_(None), StockEntry.session_id.not_in(struck_out))
    )
    for row in rows_of(query.order_by(StockEntry.at, StockEntry.id)):
        facts = facts_of("stock_entry", row, about.zone)
        yield RecordItem(title=f"{facts[0][1]}, {moment(row.at, about.zone)}", facts=facts)


def _letters(about: About) -> Iterator[RecordItem]:
    """Give the e-mails to the patient; those to staff are about an alert."""
    asked = select(literal("check-in:").concat(cast(CheckIn.id, String))).where(
        CheckIn.patient_id == about.patient_id
    )
    # Of the day before a session: moved to another day, it is another letter.
    planned = exists().where(
        TreatmentSession.patient_id == about.patient_id,
        Letter.about.startswith(
            literal("session:").concat(cast(TreatmentSession.id, String)) + ":"
        ),
    )
    mine = or_(Letter.about.in_(asked), and_(Letter.kind.in_(OF_APPOINTMENTS), planned))
    query = select(*columns_of(Letter)).where(mine).order_by(Letter.queued_at, Letter.id)
    for row in rows_of(query):
        yield RecordItem(
            title=_title_of_letter(row.kind),
            facts=facts_of("letter", row, about.zone, "kind"),
        )


def _title_of_letter(kind: str) -> str:
    if kind.startswith(AGAIN.format("")):
        return "Questions are waiting, sent once more"
    return _LETTERS.get(kind, kind)


def _looks(about: About) -> Iterator[RecordItem]:
    for one in looks.everything(about.patient_id, by=about.by):
        lines = (
            f"{look.who}: {look.what}"
            + (f", {times(look.times, 'time')}" if look.times > 1 else "")
            for look in one.looks
        )
        yield RecordItem(title=full_day(one.day), lines=tuple(lines))


PARTS = (
    Part("You and how to reach you", "Your name, and how the clinic reaches you.", _identity),
    Part(
        "Allergies and medicines", "What you cannot take, and what you take.", _health_lists
    ),
    Part(
        "Checks before your treatment", "What was asked before your treatment, and what was "
        "decided.", _eligibility,
    ),
    Part("Series of sessions", "What was planned for you.", _series),
    Part(
        "Sessions", "Each session as it stands, with its log. The log holds the checks before it "
        "and before you left. Where a session was changed, it is told as it was before. One that "
        "is struck out stands no more.", _sessions,
    ),
    Part("Scores and answers", "Each form that was filled in, and each score.", _scores),
    Part(
        "When you were asked", "Each time you were asked to answer, and what became of it.",
        _check_ins,
    ),
    Part(
        "What you began to answer", "Forms as you filled them in or left them, with your reasons.",
        _replies,
    ),
    Part(
        "What needed a look", "What the program showed to the clinic, and what was done.", _alerts
    ),
    Part("Forms of the drug program", "The forms that go with some sessions.", _worksheets),
    Part("Safety checks", "Tests that are done again and again.", _safety_checks),
    Part("Letters about you", "What your clinicians signed for who sent you.", _referral_letters),
    Part("Doses in the drug book", "What was taken from the stock for you.", _drug_book),
    Part("E-mails to you", "What was sent to you, and when.", _letters),
    Part(
        "What you wrote", "What you told the clinic on your own pages.",
        lambda about: record_diary.items(about.patient_id, about.zone),
    ),
    Part("When you signed in", "Each place where you signed in.",
         lambda about: record_account.sign_ins(about.patient_id, about.zone)),
    Part("Browsers that know you", "Where you signed in before.",
         lambda about: record_account.browsers(about.patient_id, about.zone)),
    Part("Your passkeys", "What you may sign in with besides.",
         lambda about: record_account.passkeys(about.patient_id, about.zone)),
    Part("Your account", "What was done to your account, and why.",
         lambda about: record_account.changes(about.patient_id, about.zone)),
    Part(
        "Who looked at your record", "Each day on which somebody opened your record, wrote in it, "
        "or saw you on a list.", _looks,
    ),
)  # fmt: skip
