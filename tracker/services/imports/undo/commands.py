"""Take a whole import back, in one transaction: all of it, or nothing."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import delete, func, select, text, update

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.codes import SeriesState
from tracker.domain.parsing import REASON_MAX, is_blank
from tracker.domain.problems import InvalidError, NotFoundError, Problem
from tracker.memory import pause_collection
from tracker.models import sealing
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment
from tracker.models.check_ins import CheckIn
from tracker.models.database import among, connection, db, long_work, plain_rows
from tracker.models.imports import FileImport
from tracker.models.patients import Patient, PatientWord
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.alerts import raising as alert_raising
from tracker.services.check_ins.sync import sync_check_ins
from tracker.services.imports.existing import pieces
from tracker.services.imports.fast_path import roomy_cache
from tracker.services.imports.plan import in_words
from tracker.services.imports.run import IMPORT_SECONDS
from tracker.services.imports.undo import aside, hanging, touched
from tracker.services.imports.undo import made as made_rows
from tracker.services.imports.undo.aside import LookResult
from tracker.services.imports.undo.made import MadeRows
from tracker.services.imports.undo.touched import LaterChange
from tracker.services.outcomes import keeping as outcomes
from tracker.services.unit_of_work import Unit, unit_of_work

Progress = Callable[[str], None]
UNSEALED = (
    "The trail does not say which rows this import made: it was imported before they were sealed, "
    "or is restored from then. It cannot be undone in one step."
)
NO_RIGHT = (
    "Whoever serves this database may remove no record, so no page can undo it. Whoever runs the "
    "server can: tracker import undo, with TRACKER_DATABASE_URL set to the owner's address."
)
# Where one user owns the tables and another serves: services/system/least_rights.py.
_MAY_REMOVE = text("SELECT has_table_privilege('treatment_session', 'DELETE')")
_NO_SIGN: Progress = lambda _: None  # noqa: E731


class TouchedError(Exception):
    """Something of an import was touched since; nothing of it was undone."""

    def __init__(self, found: tuple[LaterChange, ...]) -> None:
        """Keep what was touched, with where to look at it."""
        self.touched = found
        super().__init__(f"{len(found)} touched since")


def undo(
    import_id: int, reason: str, *, by: Actor, once: str = "", progress: Progress = _NO_SIGN
) -> int:
    """Set aside everything that an import made and return its id.

    The rows are kept whole, with the reason, where nothing else reads; the clinic stands as if the
    file had never come. Raise InvalidError where there is no reason, or it was undone already, and
    TouchedError where anything of it was touched since: then nothing is undone. A second click
    gets AlreadySavedError.
    """
    authorize(by, Permission.CLINIC_IMPORT, Subject(by.clinic_id))
    if problems := check(reason):
        raise InvalidError(problems)
    with long_work(IMPORT_SECONDS), unit_of_work(by) as unit, pause_collection():
        row = _hold(import_id, by)
        unit.once(once)
        if row.undone_at is not None:
            raise InvalidError([Problem("", f"It was undone already, by {row.undone_by}.")])
        progress("Looking at what was done since")
        made = made_rows.read(row)
        _lock(made)
        looked, check_ins = _look(row, made)
        progress("Setting it aside")
        counts, again = _count(made), _series_of(check_ins, made)
        with roomy_cache():
            outcomes.forget(by.clinic_id, made.ids(Patient))
            _set_aside(row, made, looked, check_ins)
        unit.lost_rows_of.update(counts.keys() - made.ids(Patient))
        _bring_in_step(unit, by, made, again)
        row.undone_at, row.undone_by, row.undone_reason = unit.now, by.name, reason.strip()
        unit.audit("import.undone", made_rows.subject_of(row.id), detail=in_words(row.counts))
        told = ((patient_id, in_words(counted)) for patient_id, counted in counts.items())
        unit.audit_each("import.undone", made_rows.subject_of(row.id), told)
        unit.mark_saved(once, import_id)
    return import_id


def check(reason: str) -> list[Problem]:
    """List what is wrong with a reason."""
    if is_blank(reason) or len(reason) > REASON_MAX:
        return [Problem("reason", f"Say why, in at most {REASON_MAX} characters.")]
    return []


def find_touched(row: FileImport) -> tuple[LaterChange, ...]:
    """Name what of an import was touched since; raise InvalidError where nobody can tell."""
    made = made_rows.read(row)
    try:
        _look(row, made)
    except TouchedError as error:
        return error.touched
    return ()


def _hold(import_id: int, by: Actor) -> FileImport:
    row = db.session.scalar(
        select(FileImport)
        .where(FileImport.id == import_id, FileImport.clinic_id == by.clinic_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFoundError
    return row


def _lock(made: MadeRows) -> None:
    """Hold every row of the import: on PostgreSQL nothing is hung on them meanwhile."""
    if db.session.connection().dialect.name == "sqlite":
        return  # the whole database is held
    for model in (Patient, Series, TreatmentSession, Assessment):
        for piece in pieces(sorted(made.ids(model))):
            query = select(model.id).where(model.id.in_(piece)).order_by(model.id)
            plain_rows(query.with_for_update())


_Kept = dict[str, LookResult]


def _look(row: FileImport, made: MadeRows) -> tuple[_Kept, tuple[int, ...]]:
    """Read every row, and the check-ins that go along; raise where something was touched."""
    taken = connection()
    if taken.dialect.name != "sqlite" and not taken.scalar(_MAY_REMOVE):
        raise InvalidError([Problem("", NO_RIGHT)])
    if row.rows_stored and not any(made.made.values()):
        raise InvalidError([Problem("", UNSEALED)])
    looked = {name: aside.look(name, seals) for name, seals in made.made.items() if seals}
    changed = {name: [*one.changed] for name, one in looked.items()}
    series = Series.__tablename__
    if begun := made.changed.get(series):
        changed[series] = [*changed.get(series, ()), *aside.look(series, begun).changed]
    check_ins = hanging.untouched_check_ins(made)
    found = touched.tell(row, changed, hanging.find(made, check_ins))
    if found:
        raise TouchedError(found)
    return looked, check_ins


def _set_aside(row: FileImport, made: MadeRows, looked: _Kept, check_ins: tuple[int, ...]) -> None:
    if check_ins:
        _put_away(row, CheckIn, check_ins, aside.pack_rows(CheckIn.__tablename__, check_ins))
    if patients := made.ids(Patient):
        words = PatientWord.patient_id
        plain_rows(delete(PatientWord).where(among(words, patients)))
    for model, seals in made.in_order():
        _put_away(row, model, seals, looked[model.__tablename__].packed)


def _put_away(
    row: FileImport, model: type[Any], ids: Iterable[int], packed: tuple[aside.RowPack, ...]
) -> None:
    aside.keep(row.id, row.clinic_id, model.__tablename__, packed)
    for piece in pieces(ids):
        plain_rows(delete(model).where(among(model.id, piece)))
        sealing.note_removed(model, piece)


def _let_wait(made: MadeRows) -> None:
    """Set series that began with a session of the file back to planned."""
    begun = [*made.changed.get(Series.__tablename__, ())]
    for piece in pieces(begun):
        plain_rows(
            update(Series)
            .where(Series.id.in_(piece))
            .values(state=SeriesState.PLANNED.value, version=Series.version + 1)
        )
    sealing.touch(Series, begun)


def _bring_in_step(unit: Unit, by: Actor, made: MadeRows, again: Iterable[int]) -> None:
    """Let what was there before say again what it said: series, check-ins, alerts."""
    _let_wait(made)
    db.session.flush()
    for series_id in again:
        sync_check_ins(unit, by, series_id)
    alerts = plain_rows(
        select(Alert.assessment_id).where(
            Alert.id.in_([*made.changed.get(Alert.__tablename__, ())]),
            Alert.assessment_id.is_not(None),
        )
    )
    for score_id in sorted({*alerts.scalars()}):
        alert_raising.withdraw_score(db.session.get_one(Assessment, score_id))


def _series_of(check_ins: Iterable[int], made: MadeRows) -> list[int]:
    """Name the series that stay and whose check-ins go along: they are laid out anew."""
    query = select(CheckIn.series_id).where(among(CheckIn.id, check_ins))
    return sorted({*plain_rows(query).scalars()} - {None, *made.ids(Series)})


_NOUNS: dict[type[Any], str] = {
    Series: "series",
    TreatmentSession: "sessions",
    Assessment: "scores",
}


def _count(made: MadeRows) -> dict[int, Counter[str]]:
    """Count by patient what goes."""
    found = {patient_id: Counter(patients=1) for patient_id in made.ids(Patient)}
    for model, noun in _NOUNS.items():
        if ids := made.ids(model):
            query = select(model.patient_id, func.count()).where(among(model.id, ids))
            for patient_id, count in plain_rows(query.group_by(model.patient_id)):
                found.setdefault(patient_id, Counter())[noun] = count
    return found
