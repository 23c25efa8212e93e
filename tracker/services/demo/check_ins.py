"""Furnish the check-ins of the demonstration: answered, declined, missed, one to be looked at."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from random import Random

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select

from tracker.domain.access import Actor, Role
from tracker.domain.check_ins.windows import EVENING
from tracker.domain.codes import CheckInState, Mode, Occasion
from tracker.domain.demo.answers import spread
from tracker.domain.scores.draft import AssessmentDraft
from tracker.instruments import library
from tracker.models.check_ins import CheckIn, Reply
from tracker.models.database import db
from tracker.services.alerts import commands as alert_commands
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.check_ins.sync import sync_check_ins
from tracker.services.instruments import editions as instrument_editions
from tracker.services.scores import commands as score_commands
from tracker.services.unit_of_work import Unit, unit_of_work

# Who never answers has been silent for so long.
SILENT_FOR = timedelta(days=10)
DECLINED = "Too tired that day"
OVERDUE_SENT = timedelta(days=3)  # ago; it was due in the evening of the next day
PAIN, LONG = "pain-nrs", "phq9"
ANSWERED_UNSENT = 4  # questions that somebody answered before the phone was put away


class Behaviour(StrEnum):
    """How an invented patient treats their check-ins."""

    ANSWERS = "answers"
    WORRIES = "worries"  # declined one, and answered item 9 above zero last
    SILENT = "silent"


class Respondent(Struct, frozen=True, kw_only=True):
    """An invented patient in a running series, and what they rate."""

    patient_id: int
    series_id: int
    name: str
    behaviour: Behaviour
    began_at: datetime
    scores: tuple[AssessmentDraft, ...]

    def actor(self, clinic_id: int) -> Actor:
        """Make the actor who answers."""
        return Actor(None, clinic_id, self.name, frozenset({Role.PATIENT}), self.patient_id)


def answer(one: Respondent, random: Random, *, by: Actor) -> None:
    """Lay out what was asked in a running series since it began, and answer it up to now."""
    with unit_of_work(by) as unit:
        sync_check_ins(unit, by, one.series_id, back_to=one.began_at)
        patient = one.actor(by.clinic_id)
        given = [*_past_scores(one, unit.now)]
        asked = _check_ins_of(one.series_id)
        for draft in given:
            worried = one.behaviour is Behaviour.WORRIES and draft is _last_phq9(given)
            _answer(unit, patient, one, draft, asked, random, suicide=int(worried))
        if one.behaviour is Behaviour.WORRIES:
            _decline_one(unit, asked)
        if one.behaviour is Behaviour.SILENT:
            _leave_unsent(asked, random, unit.now)
        unit.audit("demo.answered", f"series:{one.series_id}", patient_id=one.patient_id)


def _past_scores(one: Respondent, now: datetime) -> Iterable[AssessmentDraft]:
    until = now - SILENT_FOR if one.behaviour is Behaviour.SILENT else now
    given = [draft for draft in one.scores if draft.taken_at and draft.taken_at < until]
    return sorted(given, key=lambda draft: (draft.taken_at or now, draft.instrument))


def _last_phq9(given: list[AssessmentDraft]) -> AssessmentDraft | None:
    return next((draft for draft in reversed(given) if draft.instrument == "phq9"), None)


def _check_ins_of(series_id: int) -> list[CheckIn]:
    rows = select(CheckIn).where(CheckIn.series_id == series_id).order_by(CheckIn.opens_at)
    return list(db.session.scalars(rows))


def _answer(
    unit: Unit,
    patient: Actor,
    one: Respondent,
    draft: AssessmentDraft,
    asked: list[CheckIn],
    random: Random,
    *,
    suicide: int,
) -> None:
    """Store a score with answers that add up to it, for the check-in that was open then."""
    row = next((row for row in asked if _fits(row, draft)), None)
    tied_to = (one.series_id, row.session_id if row else None)
    drafts = [draft]
    if row and PAIN in row.instruments and draft.instrument != PAIN:
        pain = Decimal(random.randint(0, 3))
        drafts.append(replace(draft, instrument=PAIN, total=pain))
    for part in drafts:
        instrument = library()[part.instrument]
        answers = spread(instrument, part.total or Decimal(0), random, suicide=suicide)
        score_commands.add(
            unit,
            patient,
            replace(
                part,
                answers=answers,
                total=None,
                mode=Mode.SELF,
                occasion=Occasion(row.occasion) if row else part.occasion,
                seconds_taken=random.randint(4, 11) * len(answers),
            ),
            patient_id=one.patient_id,
            tied_to=tied_to,
            check_in_id=row.id if row else None,
        )
    if row and check_in_commands.finish(unit, patient, row.id):
        row.finished_at = draft.taken_at


def _fits(row: CheckIn, draft: AssessmentDraft) -> bool:
    at = draft.taken_at
    if at is None or row.state != CheckInState.OPEN.value:
        return False
    return draft.instrument in row.instruments and row.opens_at <= at < row.closes_at


def _list_missed(asked: list[CheckIn], now: datetime) -> list[CheckIn]:
    return [row for row in asked if row.state == CheckInState.OPEN.value and row.closes_at < now]


def _leave_unsent(asked: list[CheckIn], random: Random, now: datetime) -> None:
    """Answer the first questions of the last long one that was missed, and send nothing."""
    long = [row for row in _list_missed(asked, now) if LONG in row.instruments]
    for row in long[-1:]:
        instrument = library()[LONG]
        answers = spread(instrument, Decimal(9), random, suicide=0)
        at = row.due_at - timedelta(minutes=20)
        begun = [*answers.items()][:ANSWERED_UNSENT]
        db.session.add(
            Reply(
                clinic_id=row.clinic_id,
                patient_id=row.patient_id,
                check_in_id=row.id,
                instrument=instrument.code,
                edition_id=instrument_editions.keep(instrument),
                answers={
                    code: {"value": str(value), "at": at.isoformat()} for code, value in begun
                },
                began_at=at,
                saved_at=at,
                seconds_taken=6 * len(begun),
            )
        )


def _decline_one(unit: Unit, asked: list[CheckIn]) -> None:
    """Decline the last one that was missed."""
    missed = _list_missed(asked, unit.now)
    if missed:
        last = missed[-1]
        last.state, last.reason = CheckInState.DECLINED.value, DECLINED
        last.finished_at = last.due_at
        unit.audit("check-in.declined", f"check-in:{last.id}", patient_id=last.patient_id)


def leave_waiting(running: Sequence[int], now: datetime, *, by: Actor) -> None:
    """Leave the first of some patients a check-in to answer, and the last one that is overdue."""
    sent = dict.fromkeys(running[-1:], OVERDUE_SENT) | dict.fromkeys(running[:1], timedelta())
    for patient_id, ago in sent.items():
        evening = datetime.combine(now - ago, EVENING, now.tzinfo)
        due_at, closes_at = evening + timedelta(days=1), evening + timedelta(days=6)
        check_in_commands.add(patient_id, ["phq9"], now - ago, due_at, closes_at, by=by)


def settle_alerts(running: Iterable[int], *, by: Actor) -> None:
    """Acknowledge what was raised about patients whose treatment is over."""
    treated = set(running)
    for alert in alert_commands.open_alerts(by=by):
        if alert.patient_id not in treated:
            alert_commands.acknowledge(alert.alert_id, "Discussed by telephone.", by=by)
