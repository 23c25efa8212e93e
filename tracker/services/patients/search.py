"""Lists of patients, page by page and as one types; equally quick for a thousand and for many.

Pages are found by key, never by counting rows off; a search walks the range of one folded word and
stops when it has enough. Nothing here reads more rows because the clinic has more patients.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    exists,
    literal,
    select,
    true,
)
from sqlalchemy.orm import aliased

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.codes import (
    AlertKind,
    Indication,
    SeriesState,
)
from tracker.domain.patients import draft as patient_draft
from tracker.domain.problems import NotFoundError
from tracker.domain.progress import summary as progress_summary
from tracker.domain.progress.summary import Status
from tracker.domain.progress.trend import Audience, trend
from tracker.instruments import library
from tracker.models import scoping
from tracker.models.alerts import Alert
from tracker.models.check_ins import CheckIn
from tracker.models.database import db
from tracker.models.patients import Patient, PatientWord
from tracker.models.scoping import visible
from tracker.models.series import Series
from tracker.services import clock, paging
from tracker.services.check_ins import queries as check_in_queries
from tracker.services.clinic import clinics
from tracker.services.courses import queries as course_queries
from tracker.services.paging import Key, Page
from tracker.services.people.logins import ClinicView
from tracker.services.unit_of_work import audit

PAGE = 25
FOUND_MAX = 50  # who is looked for among more than this types another letter

_LINE = (
    Patient.id,
    Patient.record_number,
    Patient.given_name,
    Patient.family_name,
    Patient.birth_date,
    Patient.archived_at,
)
# Written out, not bound: a bound state would keep SQLite from its index of active series.
_HAS_ACTIVE_SERIES = exists().where(
    Series.patient_id == Patient.id,
    Series.state == literal(SeriesState.ACTIVE.value, literal_execute=True),
)
_IS_WORSE = and_(Alert.acknowledged_at.is_(None), Alert.kind == AlertKind.DETERIORATION.value)
# In the order of their numbers: what the newest treats is the last one read.
_SERIES = (
    select(Series.patient_id, Series.indication)
    .where(Series.patient_id.in_(bindparam("ids", expanding=True)))
    .order_by(Series.number)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientLine:
    """One patient in a list. `status` is None where a list does not show how they are."""

    id: int
    record_number: str
    label: str
    birth_date: date | None
    archived: bool
    status: Status | None = None


@dataclass(frozen=True, slots=True)
class PatientListing(Page[PatientLine]):
    """A page of a list; `more` says that a search found more people than are listed."""

    more: bool = False


def listing(
    *, by: Actor, query: str = "", show: str = "current", after: str = "", before: str = ""
) -> PatientListing:
    """List a page of patients by name, or those whom a query finds.

    `show` is current, active (has an active series), overdue (has a check-in that is),
    deteriorating (an alert of it is open), archived or all. `after` and `before` come from the page
    that was listed last; a query is answered in one page.
    """
    authorize(by, Permission.PATIENT_LIST)
    if words := patient_draft.query_words(query):
        found = _search(words, show, by, limit=FOUND_MAX + 1)
        page = PatientListing(_lines(found[:FOUND_MAX], by), more=len(found) > FOUND_MAX)
    elif query.strip():
        page = PatientListing()
    else:
        page = _page(show, by, after, before)
    audit(by, "patients.listed", detail=f"{len(page.lines)} patients")
    return page


def suggest(query: str, *, by: Actor, limit: int = 8) -> list[PatientLine]:
    """List the first current patients whom what was typed so far finds."""
    authorize(by, Permission.PATIENT_LIST)
    words = patient_draft.query_words(query)
    if not words:
        return []
    found = [_line(row) for row in _search(words, "current", by, limit=limit)]
    audit(by, "patients.suggested", detail=f"{len(found)} patients")
    return found


def _page(show: str, by: Actor, after: str, before: str) -> PatientListing:
    page = paging.read(
        select(*_LINE).where(visible(by, Patient), _condition(show, by)),
        (Key(Patient.name_key), Key(Patient.id)),
        lambda rows: _lines(rows, by),
        by=by, size=PAGE, after=after, before=before,
    )  # fmt: skip
    return PatientListing(page.lines, page.next, page.previous)


def _condition(show: str, by: Actor) -> ColumnElement[bool]:
    if show == "archived":
        return Patient.archived_at.is_not(None)
    if show == "all":
        return true()
    if show == "active":
        return and_(Patient.archived_at.is_(None), _HAS_ACTIVE_SERIES)
    if show == "overdue":
        overdue = select(CheckIn.patient_id).where(
            CheckIn.clinic_id == by.clinic_id, check_in_queries.overdue_at(clock.now())
        )
        return and_(Patient.archived_at.is_(None), Patient.id.in_(overdue))
    if show == "deteriorating":
        worse = select(Alert.patient_id).where(Alert.clinic_id == by.clinic_id, _IS_WORSE)
        return and_(Patient.archived_at.is_(None), Patient.id.in_(worse))
    return Patient.archived_at.is_(None)


def _search(words: Sequence[str], show: str, by: Actor, *, limit: int) -> Sequence[Any]:
    """Find patients who have a word beginning with each of `words`, the longest of which drives.

    A patient may have several such words; the smallest stands for them all, so that everybody is
    found once and the walk can stop at the limit.
    """
    first, *others = words
    driver, smaller = PatientWord, aliased(PatientWord)
    query = (
        select(*_LINE, Patient.name_key)
        .select_from(driver)
        .join(Patient, Patient.id == driver.patient_id)
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
        .limit(limit)
    )
    return _by_name(query)


def _by_name(query: Any) -> Sequence[Any]:
    return sorted(db.session.execute(query).all(), key=lambda row: (row.name_key, row.id))


def _has(word: str, patient_id: Any, by: Actor) -> ColumnElement[bool]:
    other = aliased(PatientWord)
    return exists().where(
        other.patient_id == patient_id,
        other.clinic_id == by.clinic_id,
        *_begins(other.word, word),
    )


def _begins(column: Any, word: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Bound the words that begin so. A range uses the index on both databases; LIKE does not."""
    return column >= word, column < word + "\U0010ffff"


def _line(row: Any, status: Status | None = None) -> PatientLine:
    return PatientLine(
        id=row.id,
        record_number=row.record_number,
        label=patient_draft.label(row.given_name, row.family_name, row.record_number),
        birth_date=row.birth_date,
        archived=row.archived_at is not None,
        status=status,
    )


def _lines(rows: Sequence[Any], by: Actor) -> tuple[PatientLine, ...]:
    if not rows:
        return ()
    statuses = _statuses([row.id for row in rows], clinics.view(by.clinic_id))
    return tuple(_line(row, statuses[row.id]) for row in rows)


def _statuses(ids: Sequence[int], clinic: ClinicView) -> dict[int, Status]:
    """Sum up how each of a page's patients does, from three queries for all of them."""
    courses, scores = course_queries.of_patients(ids, clinic)
    found = db.session.execute(_SERIES, {"ids": ids})
    treated = {row.patient_id: Indication(row.indication) for row in found}
    now = clock.now().astimezone(clinic.zone)
    return {
        patient_id: progress_summary.status(
            trend(
                (),
                scores[patient_id],
                library(),
                now=now,
                audience=Audience.CLINICIAN,
                indication=treated.get(patient_id),
                courses=courses[patient_id],
            )
        )
        for patient_id in ids
    }


def find(record_number: str, *, by: Actor) -> int:
    """Return the id of the patient with a record number; raise NotFoundError when there is none."""
    row = db.session.scalar(
        select(Patient).where(
            Patient.record_number == record_number.strip(), scoping.visible(by, Patient)
        )
    )
    if row is None:
        raise NotFoundError(f"there is no patient with the record number {record_number}")
    authorize(by, Permission.PATIENT_VIEW, scoping.subject(row))
    return row.id
