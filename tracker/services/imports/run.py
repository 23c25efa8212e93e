"""Import a file: plan what it would do, then do all of it or nothing."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.clinic.labels import Labels
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.problems import InvalidError, NotFoundError, Problem
from tracker.exchange.guess.mapping import Guess
from tracker.exchange.mapping import toml_writer as mapping_writer
from tracker.exchange.mapping.model import ImportMapping, unused_columns
from tracker.exchange.tables import TABLES
from tracker.memory import pause_collection
from tracker.models.database import db, long_work, new_id
from tracker.models.imports import FileImport
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.services import clock
from tracker.services.alerts import raising as alert_raising
from tracker.services.clinic import clinics
from tracker.services.imports import files as import_files
from tracker.services.imports import store as import_store
from tracker.services.imports.existing import pieces
from tracker.services.imports.mapped import MappedImport
from tracker.services.imports.native import NativeImport
from tracker.services.imports.plan import (
    NO_ANSWERS,
    ImportAnswers,
    ImportContext,
    ImportPlan,
    ImportResult,
    OutdatedPlanError,
    Progress,
    in_words,
)
from tracker.services.imports.scores import is_recent
from tracker.services.people.logins import ClinicView
from tracker.services.unit_of_work import Unit, audit, unit_of_work

ROWS_AT_ONCE = 1_000
IMPORT_SECONDS = 10 * 60  # for one statement of a file that is stored
COUNTED_ROWS = ("rows_read", "rows_stored", "rows_refused", "rows_duplicate", "rows_left_out")


def outline(data: bytes, *, by: Actor) -> Guess:
    """Guess what the columns of a file mean; raise UnreadableFileError for what is no table."""
    authorize(by, Permission.CLINIC_IMPORT, Subject(by.clinic_id))
    return import_files.outline(data)


def plan(
    data: bytes,
    *,
    mapping: str = "",
    patient: str = "",
    answers: ImportAnswers = NO_ANSWERS,
    by: Actor,
    progress: Progress = iter,
) -> ImportPlan:
    """Read a whole file and say what importing it would do; nothing is stored.

    `mapping` is TOML; without it one is guessed. `patient` is whose all of the file is, by number.
    `answers` are those to what an earlier plan asked. Raises MappingError where the mapping cannot
    be used or leaves questions open, UnreadableFileError where the file cannot be read or breaks
    off.
    """
    authorize(by, Permission.CLINIC_IMPORT, Subject(by.clinic_id))
    clinic, now = clinics.view(by.clinic_id), clock.now()
    context = ImportContext(labels=_labels(clinic), answers=answers)
    opened = import_files.open_file(data, mapping, patient, zone=clinic.zone)
    taker = _taker(used := opened.mapping, context, by=by, zone=clinic.zone, now=now)
    _take_all(taker, iter(progress(opened.rows)), context, by)
    return ImportPlan(
        id=new_id(),
        clinic_id=by.clinic_id,
        kind=used.table or "mapped",
        mapping=mapping or mapping_writer.to_toml(used, reasons=opened.reasons),
        rows_read=context.read,
        rows_stored=context.read - context.duplicates - context.refused - context.left_out,
        rows_duplicate=context.duplicates,
        rows_refused=context.refused,
        rows_left_out=context.left_out,
        counts=context.counts(),
        patients_known=len(context.found),
        scores_recent=len(_recent(context, now)),
        unused_columns=unused_columns(used, opened.header),
        reasons=opened.reasons,
        problems=tuple(context.problems),
        remarks=tuple(context.remarks),
        asked=tuple(context.asked),
        asked_people=tuple(context.asked_people),
        asked_doses=tuple(context.asked_doses),
        content=context,
        unchanged=taker.is_unchanged,
    )


def _leave_line(context: ImportContext, by: Actor) -> None:
    """Name in the trail whom the questions of the plan show."""
    if context.named:
        shown = f"{len(context.named)} patients"
        audit(by, "patients.suggested", patients=context.named, detail=shown)


def apply(planned: ImportPlan, *, by: Actor, raise_alerts: bool = False) -> ImportResult:
    """Store everything a plan holds in one unit of work, or nothing.

    With `raise_alerts` the scores of the last 30 days raise what they would have raised had they
    been entered here. Raises InvalidError while the plan has problems or something is asked, and
    OutdatedPlanError where the clinic's records changed since: plan again then.
    """
    authorize(by, Permission.CLINIC_IMPORT, Subject(planned.clinic_id))
    if planned.clinic_id != by.clinic_id:
        raise NotFoundError
    if wrong := (*planned.problems, *planned.questions):
        raise InvalidError(
            Problem(f"row {problem.row}, {problem.column}", problem.message) for problem in wrong
        )
    content, subject = planned.content, f"import:{planned.id}"
    try:
        with long_work(IMPORT_SECONDS), unit_of_work(by) as unit:
            _lock(content)
            if not planned.unchanged():
                raise OutdatedPlanError
            recent = _recent(content, unit.now) if raise_alerts else []
            new = {row[0] for row in content.series}
            with pause_collection():
                begun = import_store.store(content, now=unit.now, by=by)
            _note_file(planned, [one for one in begun if one not in new], unit, by)
            alerts = sum(alert_raising.raise_for_file(unit, by, one) for one in recent)
            stored = in_words(planned.counts) + (f", {alerts} alerts raised" if recent else "")
            unit.audit("imported", subject, detail=f"{planned.kind} file: {stored}")
            unit.audit_each("imported", subject, _tell_by_patient(content))
    except IntegrityError as error:
        raise OutdatedPlanError from error
    return ImportResult(
        id=planned.id,
        counts=planned.counts,
        rows_stored=planned.rows_stored,
        rows_duplicate=planned.rows_duplicate,
        alerts_raised=alerts,
    )


def _tell_by_patient(content: ImportContext) -> Iterator[tuple[int, str]]:
    told = cache(lambda *counted: in_words(dict(counted)))  # few texts, of very many patients
    for patient_id, counted in content.counts_by_patient():
        yield patient_id, told(*counted.items())


def _note_file(planned: ImportPlan, begun: list[int], unit: Unit, by: Actor) -> None:
    """Keep what was counted of the file, for the list of imports and for whoever undoes it."""
    db.session.add(
        FileImport(
            id=planned.id,
            clinic_id=by.clinic_id,
            kind=planned.kind,
            imported_at=unit.now,
            imported_by=by.name,
            **{name: getattr(planned, name) for name in COUNTED_ROWS},
            counts=dict(planned.counts),
            activated=begun,
        )
    )


def _recent(content: ImportContext, now: datetime) -> list[int]:
    """Give the ids of the scores that are so new that somebody may wait for an answer, in time."""
    place = import_store.SCORE.index("taken_at")
    recent = [(row[place], row[0]) for row in content.scores if is_recent(row[place], now)]
    return [score_id for _, score_id in sorted(recent)]


def _labels(clinic: ClinicView) -> Labels:
    return ClinicSettings.read(clinic.settings).labels


def _take_all(taker: Any, rows: Iterator[Any], context: ImportContext, by: Actor) -> None:
    # Rows make no rings, and the collector would walk all of them again: a quarter of the time.
    with pause_collection():
        while batch := list(islice(rows, ROWS_AT_ONCE)):
            taker.take(batch)
        taker.finish()
    context.problems.sort(key=lambda problem: problem.row)
    _leave_line(context, by)


def _taker(
    used: ImportMapping, context: ImportContext, *, by: Actor, zone: ZoneInfo, now: datetime
) -> Any:
    if used.table:
        return NativeImport(TABLES[used.table], context, by=by, zone=zone, now=now)
    return MappedImport(used, context, by=by, zone=zone, now=now)


def _lock(content: ImportContext) -> None:
    """Hold the known patients and their series until the commit, as every other writer does."""
    if db.session.connection().dialect.name == "sqlite":
        return  # the whole database is held
    for piece in pieces(sorted(content.found & content.touched.keys())):
        db.session.execute(select(Patient.id).where(Patient.id.in_(piece)).with_for_update())
        db.session.execute(select(Series.id).where(Series.patient_id.in_(piece)).with_for_update())
