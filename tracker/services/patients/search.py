"""Lists of patients, page by page and as one types; equally quick for a thousand and for many.

Pages are found by key, never by counting rows off; a search walks the range of one folded word and
stops when it has enough. Nothing here reads more rows because the clinic has more patients.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    select,
    true,
)

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.codes import Indication, SeriesState, SessionState
from tracker.domain.courses.course import Courses
from tracker.domain.formatting import days_ago
from tracker.domain.patients import draft as patient_draft
from tracker.domain.problems import NotFoundError
from tracker.domain.progress import summary as progress_summary
from tracker.domain.progress.summary import Status
from tracker.domain.progress.trend import Audience, trend
from tracker.domain.scores.points import IncompletePoint, ScorePoint
from tracker.instruments import library
from tracker.models import scoping
from tracker.models.alerts import Alert
from tracker.models.database import another, db
from tracker.models.patients import Patient, PatientWord
from tracker.models.scoping import visible
from tracker.models.series import Series
from tracker.models.treatment_sessions import STANDS, TreatmentSession
from tracker.services import clock, paging
from tracker.services.clinic import clinics
from tracker.services.courses import queries as course_queries
from tracker.services.paging import Key, Page
from tracker.services.patients import concern, formerly
from tracker.services.people.logins import ClinicView
from tracker.services.unit_of_work import audit

PAGE = 25
ATTENTION_MAX = 500  # more people than a clinic treats at a time
FOUND_MAX = 50  # who is looked for among more than this types another letter

_SMALLER, _OTHER = another(PatientWord).c, another(PatientWord).c
_RECORD = another(Patient)
LINE = (
    Patient.id,
    Patient.record_number,
    Patient.given_name,
    Patient.family_name,
    Patient.birth_date,
    Patient.archived_at,
    Patient.merged_into_id,
)


def _one_if(condition: Any) -> Any:
    return case((condition, 1), else_=0)


# In the order of their numbers: the newest is the last one read.
_SERIES = (
    select(
        Series.patient_id,
        Series.number,
        Series.indication,
        Series.state,
        func.count(TreatmentSession.id).label("session_count"),
        func.sum(_one_if(TreatmentSession.state == SessionState.COMPLETED.value)).label("held"),
        func.min(TreatmentSession.planned_on)
        .filter(
            TreatmentSession.state == SessionState.PLANNED.value,
            TreatmentSession.planned_on >= bindparam("today"),
        )
        .label("next_on"),
    )
    .outerjoin(TreatmentSession, and_(TreatmentSession.series_id == Series.id, STANDS))
    .where(Series.patient_id.in_(bindparam("ids", expanding=True)))
    .group_by(Series.id)
    .order_by(Series.number)
)
_OPEN_ALERTS = (
    select(Alert.patient_id, func.max(_one_if(Alert.urgent)).label("urgent"))
    .where(Alert.patient_id.in_(bindparam("ids", expanding=True)), Alert.acknowledged_at.is_(None))
    .group_by(Alert.patient_id)
)


class PatientState(Struct, frozen=True, kw_only=True):
    """How somebody is and where their treatment stands, for one line of a list.

    `series` is '' where there is none, `last_dose` before any. `alert` is '', 'open' or 'urgent'.
    """

    status: Status
    series: str
    next_on: date | None
    last_dose: str
    alert: str


class PatientLine(Struct, frozen=True, kw_only=True):
    """One patient in a list. `state` is None where a list does not show how they are.

    `formerly` is the number of a merged record by which somebody was found, '' where it was not so.
    """

    id: int
    record_number: str
    label: str
    birth_date: date | None
    archived: bool
    state: PatientState | None = None
    formerly: str = ""
    is_merged: bool = False


class PatientListing(Page[PatientLine], frozen=True):
    """A page of a list; `more` says that a search found more people than are listed."""

    more: bool = False


def listing(
    *, by: Actor, query: str = "", show: str = "current", after: str = "", before: str = ""
) -> PatientListing:
    """List a page of patients by name, or those whom a query finds.

    `show` is current, active (has an active series), overdue (has a check-in that is), attention
    (worse, out of response, silent, overdue, or with an urgent alert), archived or all.
    `after` and `before` come from the page that was listed last; a query is answered in one page.
    """
    authorize(by, Permission.PATIENT_LIST)
    if patient_draft.query_words(query):
        found = matching(query, show, by, limit=FOUND_MAX + 1)
        lines = _lines(found[:FOUND_MAX], by, show)
        page = PatientListing(lines, more=len(found) > FOUND_MAX)
    elif query.strip():
        page = PatientListing()
    elif show == "attention":
        page = _needing_attention(by)
    else:
        page = _page(show, by, after, before)
    shown = [line.id for line in page.lines]
    audit(by, "patients.listed", patients=shown, detail=f"{len(shown)} patients")
    return page


def _page(show: str, by: Actor, after: str, before: str) -> PatientListing:
    page = paging.read(
        select(*LINE).where(visible(by, Patient), _condition(show, by)),
        (Key(Patient.name_key), Key(Patient.id)),
        lambda rows: _lines(rows, by, show),
        by=by, size=PAGE, after=after, before=before,
    )  # fmt: skip
    return PatientListing(page.lines, page.next, page.previous)


def _condition(show: str, by: Actor) -> ColumnElement[bool]:
    if show == "archived":
        return Patient.archived_at.is_not(None)
    if show == "all":
        return true()
    if show == "active":
        return and_(Patient.archived_at.is_(None), concern.HAS_ACTIVE_SERIES)
    if show == "overdue":
        return and_(Patient.archived_at.is_(None), concern.is_overdue(by))
    if show == "attention":
        return and_(Patient.archived_at.is_(None), concern.may_need_attention(by))
    return Patient.archived_at.is_(None)


def _needing_attention(by: Actor) -> PatientListing:
    found = concern.candidates(LINE, by, limit=ATTENTION_MAX + 1)
    judged = sorted(found[:ATTENTION_MAX], key=lambda row: (row.name_key, row.id))
    return PatientListing(_lines(judged, by, "attention"), more=len(found) > ATTENTION_MAX)


def matching(query: str, show: str, by: Actor, *, limit: int) -> Sequence[Any]:
    """Find the rows of patients whom a query fits: by birth date where it holds one, else by words.

    A record number may look like a day, so that where nobody was born on it words are tried.
    """
    born = patient_draft.birth_query(query, today=clock.now().date())
    found = _search(born, show, by, limit=limit) if born else ()
    words = patient_draft.query_words(query)
    return found or (_search(words, show, by, limit=limit) if words else ())


def _search(words: Sequence[str], show: str, by: Actor, *, limit: int) -> Sequence[Any]:
    """Find the people who have words beginning with each of `words`, in any of their records."""
    wanted = limit
    while True:
        rows = db.session.execute(_records(words, show, by).limit(wanted)).all()
        found = formerly.unite(rows)
        if len(found) >= limit or len(rows) < wanted:
            return sorted(found[:limit], key=lambda row: (row.name_key, row.id))
        wanted *= 2  # some were found by two of their records


def _records(words: Sequence[str], show: str, by: Actor) -> Select[Any]:
    """Find records that have a word beginning with each of `words`, the longest of which drives.

    A record may have several such words; the smallest stands for them all, so that everybody is
    found once and the walk can stop at the limit. One that was merged leads to the kept one.
    """
    first, *others = words
    driver, smaller, record = PatientWord, _SMALLER, _RECORD.c
    number = case((Patient.id != record.id, record.record_number))
    # A merged record is archived itself, and found there by its own words.
    leads_to = record.id if show == "archived" else func.coalesce(record.merged_into_id, record.id)
    return (
        select(*LINE, Patient.name_key, number.label("formerly"))
        .select_from(driver)
        .join(_RECORD, record.id == driver.patient_id)
        .join(Patient, Patient.id == leads_to)
        .where(
            driver.clinic_id == by.clinic_id,
            *_begins(driver.word, first),
            ~exists().where(
                smaller.patient_id == driver.patient_id,
                smaller.clinic_id == by.clinic_id,
                smaller.word >= first,
                smaller.word < driver.word,
            ),
            *(_has(word, driver.patient_id, by) for word in others),
            visible(by, Patient),
            _condition(show, by),
        )
        .order_by(driver.word, driver.patient_id)
    )


def _has(word: str, patient_id: Any, by: Actor) -> ColumnElement[bool]:
    other = _OTHER  # of one EXISTS each
    return exists().where(
        other.patient_id == patient_id,
        other.clinic_id == by.clinic_id,
        *_begins(other.word, word),
    )


def _begins(column: Any, word: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Bound the words that begin so. A range uses the index on both databases; LIKE does not."""
    return column >= word, column < word + "\U0010ffff"


def line_of(row: Any, state: PatientState | None = None) -> PatientLine:
    """Make a line of a list from its row."""
    return PatientLine(
        id=row.id,
        record_number=row.record_number,
        label=patient_draft.label(row.given_name, row.family_name, row.record_number),
        birth_date=row.birth_date,
        archived=row.archived_at is not None,
        state=state,
        formerly=getattr(row, "formerly", None) or "",
        is_merged=row.merged_into_id is not None,
    )


def _lines(rows: Sequence[Any], by: Actor, show: str) -> tuple[PatientLine, ...]:
    """Say how each patient does; of `attention`, leave out who needs none."""
    if not rows:
        return ()
    ids, clinic = [row.id for row in rows], clinics.view(by.clinic_id)
    if show != "attention":
        states = _states(ids, clinic)
        return tuple(line_of(row, states[row.id]) for row in rows)
    late = frozenset(
        db.session.scalars(select(Patient.id).where(Patient.id.in_(ids), concern.is_overdue(by)))
    )
    states = _states(ids, clinic, late)
    return tuple(line_of(row, states[row.id]) for row in rows if states[row.id].status.attention)


def _states(
    ids: Sequence[int], clinic: ClinicView, overdue: Collection[int] = ()
) -> dict[int, PatientState]:
    """Sum up how each of a page's patients does, from four queries for all of them."""
    courses, scores = course_queries.of_patients(ids, clinic)
    now = clock.now().astimezone(clinic.zone)
    series: defaultdict[int, list[Any]] = defaultdict(list)
    for row in db.session.execute(_SERIES, {"ids": ids, "today": now.date()}):
        series[row.patient_id].append(row)
    open_alerts = db.session.execute(_OPEN_ALERTS, {"ids": ids})
    alerts = {row.patient_id: row.urgent for row in open_alerts}
    return {
        one: _state(now, courses[one], scores[one], series[one], alerts.get(one), one in overdue)
        for one in ids
    }


def _state(
    now: datetime,
    courses: Courses,
    scores: Sequence[ScorePoint | IncompletePoint],
    series: Sequence[Any],
    urgent: int | None,
    is_overdue: bool,
) -> PatientState:
    status = progress_summary.status(
        trend(
            (),
            scores,
            library(),
            now=now,
            audience=Audience.CLINICIAN,
            indication=Indication(series[-1].indication) if series else None,
            courses=courses,
        )
    )
    if urgent:
        status = replace(status, attention=("urgent alert open", *status.attention))
    if is_overdue:
        status = replace(status, attention=(*status.attention, "check-in overdue"))
    active = [row for row in series if row.state == SeriesState.ACTIVE.value]
    shown = (active or series)[-1:]
    dose = max((course.last_at for course in courses.in_time), default=None)
    return PatientState(
        status=status,
        series=f"{shown[0].held or 0} of {shown[0].session_count}" if shown else "",
        next_on=min((row.next_on for row in series if row.next_on), default=None),
        last_dose="" if dose is None else days_ago((now.date() - dose.date()).days),
        alert="" if urgent is None else "urgent" if urgent else "open",
    )


def find(record_number: str, *, by: Actor) -> int:
    """Return the id of the patient with a record number; raise NotFoundError when there is none.

    The number of a record that was merged leads to the one that is kept.
    """
    number = formerly.follow_number(record_number, by=by)
    row = db.session.scalar(
        select(Patient).where(Patient.record_number == number, scoping.visible(by, Patient))
    )
    if row is None:
        raise NotFoundError(f"there is no patient with the record number {record_number}")
    authorize(by, Permission.PATIENT_VIEW, scoping.subject(row))
    return row.id
