"""Rows that pass from one record of a person to the other, and back by what was kept of them.

`MOVES` and `STAYS` name every table of a patient; a test looks for one that is in neither.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    and_,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from tracker.models import sealing
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment
from tracker.models.check_ins import CheckIn, Reply
from tracker.models.database import connection, plain_rows
from tracker.models.diary import DiaryEntry
from tracker.models.eligibility import Eligibility
from tracker.models.health_lists import HealthItem
from tracker.models.merges import PatientMergeRow
from tracker.models.referral_letters import ReferralLetter
from tracker.models.safety_checks import SafetyCheck
from tracker.models.series import Series
from tracker.models.session_entries import SessionEntry
from tracker.models.stock import StockEntry
from tracker.models.treatment_sessions import TreatmentSession
from tracker.models.worksheets import Worksheet

# Each table with what its rows hang on, by the column that says so: what was recorded since goes
# back with that. In this order everything comes after what it hangs on.
MOVES: Mapping[type[Any], Mapping[str, type[Any]]] = {
    Series: {},
    TreatmentSession: {"series_id": Series},
    SessionEntry: {"session_id": TreatmentSession},
    Worksheet: {"session_id": TreatmentSession},
    CheckIn: {"series_id": Series, "session_id": TreatmentSession},
    Reply: {"check_in_id": CheckIn},
    Assessment: {"series_id": Series, "session_id": TreatmentSession, "check_in_id": CheckIn},
    DiaryEntry: {
        "session_id": TreatmentSession,
        "check_in_id": CheckIn,
        "mood_score_id": Assessment,
        "pain_score_id": Assessment,
    },
    Alert: {
        "series_id": Series,
        "reply_id": Reply,
        "assessment_id": Assessment,
        "diary_entry_id": DiaryEntry,
    },
    StockEntry: {"session_id": TreatmentSession},
    Eligibility: {},
    HealthItem: {},
    SafetyCheck: {},
    ReferralLetter: {},
}
# What stays with the record that it is of, and why.
STAYS = {
    "patient_word": "the words of the merged record find the one that is kept, by way of it",
    "patient_version": "what the merged record itself said earlier, readable on its page",
    "audit_event": "a sealed line says for ever whose record was opened or changed",
    "audit_event_patient": "sealed with its line: whom a list showed stands as it was",
    "course_outcome": "made of sessions and scores: made anew for both records",
    "draft": "typed and never saved; it is kept for its form, and a form names its record",
}
_LINES = cast("Table", PatientMergeRow.__table__)


def table_of(model: type[Any]) -> Table:
    """Give the table of a model."""
    return cast("Table", model.__table__)


def move(merge_id: int, from_id: int, to_id: int) -> None:
    """Put everything of one record under another, and note each row by its id."""
    for model in MOVES:
        table = table_of(model)
        rows = select(
            literal(merge_id), literal(table.name), table.c.id, literal(True), literal("{}")
        ).where(table.c.patient_id == from_id)
        names = ["merge_id", "of_table", "row_id", "is_moved", "before"]
        plain_rows(insert(_LINES).from_select(names, rows))
        _pass_on(model, table.c.patient_id == from_id, to_id)


def move_back(merge_id: int, from_id: int, to_id: int) -> None:
    """Give back what was moved, with whatever was recorded since and hangs on it."""
    for model, hangs_on in MOVES.items():
        table = table_of(model)
        moved = table.c.id.in_(_moved_ids(model, merge_id))
        goes = or_(moved, *_hangs(table, hangs_on, to_id))
        _pass_on(model, and_(table.c.patient_id == from_id, goes), to_id)


def _pass_on(model: type[Any], which: ColumnElement[bool], to_id: int) -> None:
    table = table_of(model)
    moved = update(table).where(which).values(patient_id=to_id).returning(table.c.id)
    sealing.touch(model, plain_rows(moved).scalars())


def is_torn(patient_id: int) -> bool:
    """Say whether anything of a record hangs on what is another's."""
    for model, hangs_on in MOVES.items():
        table = table_of(model)
        for column, parent in hangs_on.items():
            above = table_of(parent)
            query = (
                select(table.c.id)
                .join(above, above.c.id == table.c[column])
                .where(table.c.patient_id == patient_id, above.c.patient_id != patient_id)
            )
            if connection().scalar(query.limit(1)) is not None:
                return True
    return False


def counts(patient_id: int, models: Iterable[type[Any]] = tuple(MOVES)) -> dict[str, int]:
    """Count the rows of a record by table."""
    found = {}
    for model in models:
        table = table_of(model)
        query = select(func.count()).select_from(table).where(table.c.patient_id == patient_id)
        found[table.name] = connection().scalar(query) or 0
    return found


def goes_back(model: type[Any], merge_id: int) -> ColumnElement[bool]:
    """Say which rows go back when a merge is taken apart: moved ones, and what hangs on such."""
    table = table_of(model)
    above = (
        and_(table.c[column].is_not(None), table.c[column].in_(_moved_ids(parent, merge_id)))
        for column, parent in MOVES[model].items()
    )
    return or_(table.c.id.in_(_moved_ids(model, merge_id)), *above)


def note(merge_id: int, table: str, row_id: int, before: Mapping[str, Any]) -> None:
    """Note what a row said before the merge changed it; one that was moved is noted already."""
    known = (
        _LINES.c.merge_id == merge_id, _LINES.c.of_table == table, _LINES.c.row_id == row_id
    )  # fmt: skip
    changed = plain_rows(update(_LINES).where(*known).values(before=dict(before)))
    if not changed.rowcount:
        values = {
            "merge_id": merge_id, "of_table": table, "row_id": row_id, "is_moved": False,
            "before": dict(before),
        }  # fmt: skip
        plain_rows(insert(_LINES), values)


def read_notes(merge_id: int, table: str) -> dict[int, dict[str, Any]]:
    """Read what rows of a table said before the merge changed them, by their ids."""
    query = select(_LINES.c.row_id, _LINES.c.before).where(
        _LINES.c.merge_id == merge_id, _LINES.c.of_table == table
    )
    return {row.row_id: row.before for row in plain_rows(query) if row.before}


def _moved_ids(model: type[Any], merge_id: int) -> Select[Any]:
    return select(_LINES.c.row_id).where(
        _LINES.c.merge_id == merge_id,
        _LINES.c.of_table == table_of(model).name,
        _LINES.c.is_moved,
    )


def _hangs(
    table: Table, hangs_on: Mapping[str, type[Any]], patient_id: int
) -> Iterator[ColumnElement[bool]]:
    """Say which rows hang on what is the patient's again."""
    for column, parent in hangs_on.items():
        above = table_of(parent)
        yield table.c[column].in_(select(above.c.id).where(above.c.patient_id == patient_id))
