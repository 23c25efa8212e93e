"""Raise alerts in the transaction that stores their cause: an answer, a finished score."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from msgspec import Struct
from sqlalchemy import Select, and_, func, or_, select, update

from tracker.domain.access import Actor
from tracker.domain.alerts import rules as alert_rules
from tracker.domain.alerts.rules import AlertDraft, Answers
from tracker.domain.codes import AlertKind, Mode
from tracker.domain.instruments.model import Instrument
from tracker.instruments import library
from tracker.models import sealing
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment
from tracker.models.check_ins import CheckIn, Reply
from tracker.models.database import db
from tracker.models.diary import DiaryEntry
from tracker.services.alerts import course_changes
from tracker.services.alerts.course_changes import CourseChanges
from tracker.services.instruments import editions as instrument_editions
from tracker.services.unit_of_work import Unit

_RAISED_BY_ANSWERS = frozenset({AlertKind.SUICIDE_ITEM, AlertKind.REVIEW_ITEM})
_ASKED = frozenset({Mode.SELF.value, Mode.STAFF.value})


class _AlertSubject(Struct, frozen=True, kw_only=True):
    """Whom and what the alerts of one cause hang on."""

    patient_id: int
    series_id: int | None
    instrument: str
    reply_id: int | None = None
    assessment_id: int | None = None
    diary_entry_id: int | None = None


def raise_for_reply(
    unit: Unit,
    by: Actor,
    reply: Reply,
    instrument: Instrument,
    answers: Answers,
    *,
    unkept: Answers | None = None,
    given_up: bool = False,
) -> None:
    """Raise what the answers saved so far call for; saved again, nothing is raised twice.

    An alert stays when its answer is changed back, and says so. `unkept` answers were given, but
    others stand in their place. `given_up` says that no answer is to come any more: a suicide item
    passed over by somebody who answered others is told.
    """
    about = _of_reply(reply, instrument)
    # Staff may have answered for the patient meanwhile: what that raised is not raised again.
    theirs = and_(Alert.assessment_id.is_not(None), Alert.assessment_id == reply.assessment_id)
    query = select(Alert).where(or_(Alert.reply_id == reply.id, theirs))
    if unkept:
        heard = alert_rules.of_answers(instrument, unkept)
        _raise(unit, by, about, heard, _latest(query), known=_alert_value)
    causes = [*alert_rules.of_answers(instrument, answers)]
    if given_up and answers:
        causes += alert_rules.of_silence(instrument, answers)
    raised = _latest(query)
    _raise(unit, by, about, causes, raised)
    _compare(raised, instrument, answers)


def raise_for_wish_to_talk(
    unit: Unit, by: Actor, cause: Reply | DiaryEntry, instrument: Instrument | None = None
) -> None:
    """Raise that somebody would rather talk to a person: than answer a form, or by themselves."""
    if isinstance(cause, DiaryEntry) or instrument is None:
        db.session.flush()
        about = _AlertSubject(
            patient_id=cause.patient_id, series_id=None, instrument="", diary_entry_id=cause.id
        )
        raised = _latest(select(Alert).where(Alert.diary_entry_id == cause.id))
    else:
        about = _of_reply(cause, instrument)
        raised = _latest(select(Alert).where(Alert.reply_id == cause.id))
    _raise(unit, by, about, [alert_rules.of_wish_to_talk(instrument)], raised)


def _of_reply(reply: Reply, instrument: Instrument) -> _AlertSubject:
    db.session.flush()
    series_id = db.session.scalar(select(CheckIn.series_id).where(CheckIn.id == reply.check_in_id))
    return _AlertSubject(
        patient_id=reply.patient_id,
        series_id=series_id,
        instrument=instrument.code,
        reply_id=reply.id,
        assessment_id=reply.assessment_id,
    )


def raise_for_score(unit: Unit, by: Actor, score_id: int) -> None:
    """Raise what a finished score calls for; alerts of the reply it came from become its own."""
    db.session.flush()
    row = db.session.get_one(Assessment, score_id)
    if row.mode != Mode.FILE.value:  # what a file tells is the past, unless somebody asks for it
        _raise_for_row(unit, by, row)


def raise_for_file(unit: Unit, by: Actor, score_id: int) -> int:
    """Raise what a score of a file would have called for had it been entered; count the alerts."""
    row = db.session.get_one(Assessment, score_id)
    _raise_for_row(unit, by, row)
    db.session.flush()
    raised = select(func.count(Alert.id)).where(Alert.assessment_id == score_id)
    return db.session.scalar(raised) or 0


def _raise_for_row(unit: Unit, by: Actor, row: Assessment) -> None:
    instrument = _answered_instrument(row)
    if instrument is None or row.voided_at is not None:
        return
    _adopt(row)
    about = _AlertSubject(
        patient_id=row.patient_id,
        series_id=row.series_id,
        instrument=row.instrument,
        assessment_id=row.id,
    )
    answers = {code: Decimal(value) for code, value in row.answers.items()}
    causes = [*alert_rules.of_answers(instrument, answers)]
    if row.mode in _ASKED:  # a total entered from elsewhere says nothing of its questions
        causes += alert_rules.of_silence(instrument, answers)
    causes += alert_rules.of_total(instrument, row.total, answers)
    course = course_changes.read(row, instrument)
    if course is not None:
        causes += course.causes
    raised = _latest(select(Alert).where(Alert.assessment_id == row.id))
    _raise(unit, by, about, causes, raised)
    if course is not None:
        _raise_late_loss(unit, by, row, course)
    if row.mode in _ASKED:
        _compare(raised, instrument, answers)


def _raise_late_loss(unit: Unit, by: Actor, row: Assessment, course: CourseChanges) -> None:
    """Raise the loss of response that a score entered late brought to light, once."""
    db.session.flush()
    course_changes.note_regained(course)
    if (lost := course_changes.untold_loss(course)) is None:
        return
    told_of, draft = lost
    about = _AlertSubject(
        patient_id=row.patient_id,
        series_id=told_of.series_id,
        instrument=row.instrument,
        assessment_id=told_of.id,
    )
    _raise(unit, by, about, [draft], {})


def withdraw_score(row: Assessment) -> None:
    """Say again, once a score is voided, of which losses of response it is known as regained."""
    db.session.flush()
    instrument = _answered_instrument(row)
    if instrument is not None and (course := course_changes.read(row, instrument)) is not None:
        course_changes.note_regained(course)


def _answered_instrument(row: Assessment) -> Instrument | None:
    """Find the instrument in the words that were answered; where none were kept, as it is now."""
    if row.edition_id is not None:
        return instrument_editions.read(row.edition_id)
    return library().get(row.instrument)


def _latest(query: Select[Any]) -> dict[tuple[str, str], Alert]:
    """Read alerts by what they are about; of several rounds the last."""
    rows = db.session.scalars(query.order_by(Alert.round))
    return {(row.kind, row.item): row for row in rows}


def _raise(
    unit: Unit,
    by: Actor,
    about: _AlertSubject,
    causes: Iterable[AlertDraft],
    raised: Mapping[tuple[str, str], Alert],
    known: Callable[[Alert], Decimal] | None = None,
) -> None:
    for draft in causes:
        earlier = raised.get((draft.kind.value, draft.item))
        if earlier is None:
            _add(unit, by, about, draft)
        elif draft.level > (known or _seen_value)(earlier):
            _rise(unit, by, about, draft, earlier)


def _alert_value(earlier: Alert) -> Decimal:
    return Decimal(earlier.facts.get("value", "0"))


def _seen_value(earlier: Alert) -> Decimal:
    """Tell the answer that an alert told of; once somebody looked, what it had become if lower."""
    value = _alert_value(earlier)
    if earlier.acknowledged_at is None or "later" not in earlier.facts:
        return value
    return min(value, Decimal(earlier.facts.get("later_value", "0")))


def _rise(unit: Unit, by: Actor, about: _AlertSubject, draft: AlertDraft, earlier: Alert) -> None:
    """Tell a graver answer: in the alert that waits, or anew where somebody looked already."""
    if earlier.acknowledged_at is not None:
        _add(unit, by, about, draft, round_=earlier.round + 1)
        return
    earlier.facts = dict(draft.facts)
    earlier.urgent = earlier.urgent or draft.urgent
    _audit(unit, earlier)


def _add(
    unit: Unit, by: Actor, about: _AlertSubject, draft: AlertDraft, *, round_: int = 1
) -> None:
    row = Alert(
        clinic_id=by.clinic_id,
        patient_id=about.patient_id,
        series_id=about.series_id,
        reply_id=about.reply_id,
        assessment_id=about.assessment_id,
        diary_entry_id=about.diary_entry_id,
        kind=draft.kind.value,
        item=draft.item,
        round=round_,
        instrument=about.instrument,
        urgent=draft.urgent,
        rank=alert_rules.rank(draft.kind),
        facts=dict(draft.facts),
        raised_at=unit.now,
    )
    db.session.add(row)
    db.session.flush()
    _audit(unit, row)


def _audit(unit: Unit, row: Alert) -> None:
    unit.audit("alert.raised", f"alert:{row.id}", patient_id=row.patient_id, detail=row.instrument)


def _compare(
    raised: Mapping[tuple[str, str], Alert], instrument: Instrument, answers: Answers
) -> None:
    """Note in alerts already raised what their questions are answered now."""
    for (kind, code), row in raised.items():
        item = instrument.item(code)
        if kind not in _RAISED_BY_ANSWERS or item is None:
            continue
        facts = {k: v for k, v in row.facts.items() if k not in {"later", "later_value"}}
        value = answers.get(code)
        if value is None:
            facts["later"] = alert_rules.TAKEN_BACK
        elif (now := alert_rules.answer_facts(item, value))["value"] != facts["value"]:
            facts |= {"later": now["answer"], "later_value": now["value"]}
        if facts != row.facts:
            row.facts = facts


def _adopt(row: Assessment) -> None:
    """Hang the alerts of the reply that a score was made of on the score as well."""
    if row.check_in_id is None:
        return
    replies = select(Reply.id).where(
        Reply.check_in_id == row.check_in_id, Reply.instrument == row.instrument
    )
    adopted = db.session.scalars(
        update(Alert)
        .where(Alert.reply_id.in_(replies), Alert.assessment_id.is_(None))
        .values(assessment_id=row.id, series_id=row.series_id)
        .returning(Alert.id)
    )
    sealing.touch(Alert, adopted)
