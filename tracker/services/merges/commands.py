"""Merge two records of one person, and take them apart again: each in one transaction."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import select, update

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.health_lists.draft import HealthItemKind
from tracker.domain.merges import numbering, preview
from tracker.domain.merges.numbering import NumberedSeries
from tracker.domain.parsing import REASON_MAX, is_blank
from tracker.domain.problems import Finding, InvalidError, NotFoundError, Problem, UnseenError
from tracker.models import sealing
from tracker.models.database import db, plain_rows
from tracker.models.health_lists import HealthItem
from tracker.models.merges import PatientMerge
from tracker.models.patients import Patient
from tracker.models.scoping import visible
from tracker.models.series import Series
from tracker.services.clinic import clinics
from tracker.services.merges import accounts, moving, queries
from tracker.services.unit_of_work import Unit, unit_of_work

_NOW_THERE_IS = "The other record of this person lists one."
TORN = (
    "Something recorded since hangs on both records: a score of one on a session of the other. "
    "Void it first, or record it where it belongs."
)


class MergeDraft(Struct, frozen=True, kw_only=True):
    """Which of two records is kept and why; `account_of` is whose sign-in stays, where both have.

    `is_sure` that somebody has said that they are one person.
    """

    kept_id: int
    merged_id: int
    reason: str
    account_of: int | None = None
    is_sure: bool = False


def merge(
    draft: MergeDraft, *, by: Actor, once: str = "", seen: Collection[str] | None = None
) -> int:
    """Put everything of one record under the other and return the kept one's id.

    `seen` holds the findings that the page has shown; None where nobody looks at one.
    """
    authorize(by, Permission.PATIENT_MERGE, Subject(by.clinic_id, draft.kept_id))
    with unit_of_work(by) as unit:
        unit.admits_merged = True
        rows = _hold(draft.kept_id, draft.merged_id, by)
        unit.once(once)
        kept, merged = rows[draft.kept_id], rows[draft.merged_id]
        _check(draft, kept, merged, by, seen)
        made = PatientMerge(
            clinic_id=by.clinic_id,
            kept_id=kept.id,
            merged_id=merged.id,
            reason=draft.reason.strip(),
            merged_at=unit.now,
            merged_by=by.name,
        )
        db.session.add(made)
        db.session.flush()
        _move(unit, made.id, kept.id, merged.id, by)
        accounts.unite(unit, made.id, kept, merged, draft.account_of)
        _put_away(unit, made.id, kept, merged, draft.reason.strip())
        for one, other in ((kept, merged), (merged, kept)):
            about = f"patient:{one.id}"
            way = "kept" if one is kept else "merged"
            unit.audit(
                "patient.merged", about, patient_id=one.id, detail=f"{way}, patient:{other.id}"
            )
        unit.mark_saved(once, kept.id)
        return kept.id


def take_apart(
    merged_id: int,
    reason: str,
    *,
    by: Actor,
    once: str = "",
    seen: Collection[str] | None = None,
) -> int:
    """Give a merged record back what was moved from it and return its id.

    What was recorded since stays with the kept record, unless it hangs on what goes back. Raise
    UnseenError while the page has not shown what that means, InvalidError when it is too late.
    """
    authorize(by, Permission.PATIENT_MERGE, Subject(by.clinic_id, merged_id))
    if problems := check_reason(reason):
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        unit.admits_merged = True
        unit.once(once)
        rows = _hold(queries.standing(merged_id, by=by).kept_id, merged_id, by)
        row = queries.standing(merged_id, by=by)
        if problems := queries.apart_problems(row, by=by):
            raise InvalidError(problems)
        _ask(queries.apart_findings(row), seen)
        kept, merged = rows[row.kept_id], rows[merged_id]
        _move_back(row.id, kept.id, merged.id)
        accounts.part(unit, row.id, kept, merged)
        _bring_back(row.id, kept, merged)
        row.apart_at, row.apart_by, row.apart_reason = unit.now, by.name, reason.strip()
        db.session.flush()
        for one, other in ((kept, merged), (merged, kept)):
            about = f"patient:{one.id}"
            unit.audit(
                "patient.taken-apart", about, patient_id=one.id, detail=f"patient:{other.id}"
            )
        unit.mark_saved(once, merged_id)
        return merged_id


def check(reason: str, *, is_sure: bool) -> list[Problem]:
    """List what is wrong with what was typed, whichever record is kept."""
    unsure = [] if is_sure else [Problem("is_sure", "Say that both records are of one person.")]
    return [*check_reason(reason), *unsure]


def check_reason(reason: str) -> list[Problem]:
    """List what is wrong with a reason."""
    if is_blank(reason) or len(reason) > REASON_MAX:
        return [Problem("reason", f"Say why, in at most {REASON_MAX} characters.")]
    return []


def _hold(one_id: int, other_id: int, by: Actor) -> dict[int, Patient]:
    """Hold both records in the order of their ids: nothing is stored under them meanwhile.

    Not as `session_rows.lock` does: on PostgreSQL what refers to a record waits as well.
    """
    query = (
        select(Patient)
        .where(Patient.id.in_((one_id, other_id)), visible(by, Patient))
        .order_by(Patient.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    rows = {row.id: row for row in db.session.scalars(query)}
    if not {one_id, other_id} <= rows.keys():
        raise NotFoundError
    return rows


def _check(
    draft: MergeDraft,
    kept: Patient,
    merged: Patient,
    by: Actor,
    seen: Collection[str] | None,
) -> None:
    sides = queries.side(kept.id, by=by), queries.side(merged.id, by=by)
    problems = [
        *preview.refusals(*sides),
        *check(draft.reason, is_sure=draft.is_sure),
        *accounts.check(kept, merged, draft.account_of),
    ]
    if problems:
        raise InvalidError(problems)
    _ask(preview.findings(*sides), seen)


def _ask(findings: Iterable[Finding], seen: Collection[str] | None) -> None:
    found = tuple(findings)
    if seen is not None and any(one.message not in seen for one in found):
        raise UnseenError(found)


def _move(unit: Unit, merge_id: int, kept_id: int, merged_id: int, by: Actor) -> None:
    kept, merged = _series(kept_id), _series(merged_id)
    numbers = numbering.count_together(kept, merged)
    before = {one.series_id: one.number for one in (*kept, *merged)}
    _number({key: -number for key, number in numbers.items()})  # each is free for its turn
    moving.move(merge_id, merged_id, kept_id)
    _number(numbers)
    for series_id, number in before.items():
        moving.note(merge_id, Series.__tablename__, series_id, {"number": number})
    _end_what_denies(unit, merge_id, kept_id, by)


def _move_back(merge_id: int, kept_id: int, merged_id: int) -> None:
    before = {
        key: said["number"]
        for key, said in moving.read_notes(merge_id, Series.__tablename__).items()
    }
    _number({one.series_id: -one.number for one in _series(kept_id)})
    moving.move_back(merge_id, kept_id, merged_id)
    for patient_id in (kept_id, merged_id):
        staying = [
            NumberedSeries(one.series_id, -one.number, one.starts_on) for one in _series(patient_id)
        ]
        _number(numbering.count_apart(staying, before))
    if moving.is_torn(kept_id) or moving.is_torn(merged_id):
        raise InvalidError([Problem("", TORN)])
    for item_id in moving.read_notes(merge_id, HealthItem.__tablename__):
        _let_stand_again(item_id)


def _series(patient_id: int) -> list[NumberedSeries]:
    rows = plain_rows(
        select(Series.id, Series.number, Series.starts_on).where(Series.patient_id == patient_id)
    )
    return [NumberedSeries(*row) for row in rows]


def _number(numbers: Mapping[int, int]) -> None:
    table = moving.table_of(Series)
    for series_id, number in numbers.items():
        plain_rows(update(table).where(table.c.id == series_id).values(number=number))
    sealing.touch(Series, numbers)


def _end_what_denies(unit: Unit, merge_id: int, kept_id: int, by: Actor) -> None:
    """End the entry that says that there is none, where the other record lists one."""
    items = plain_rows(
        select(HealthItem.id, HealthItem.kind).where(
            HealthItem.patient_id == kept_id, HealthItem.ended_at.is_(None)
        )
    )
    standing = [(row.id, HealthItemKind(row.kind)) for row in items]
    kinds = {kind for _, kind in standing}
    today = clinics.today(by.clinic_id)
    table = moving.table_of(HealthItem)
    for item_id, kind in standing:
        if kind.is_none and kind.opposite in kinds:
            moving.note(merge_id, table.name, item_id, {"ended_at": None})
            plain_rows(
                update(table)
                .where(table.c.id == item_id)
                .values(
                    ended_on=today, ended_at=unit.now, ended_by=by.name, ended_reason=_NOW_THERE_IS
                )
            )
            sealing.touch(HealthItem, [item_id])


def _let_stand_again(item_id: int) -> None:
    table = moving.table_of(HealthItem)
    plain_rows(
        update(table)
        .where(table.c.id == item_id, table.c.ended_reason == _NOW_THERE_IS)
        .values(ended_on=None, ended_at=None, ended_by="", ended_reason="")
    )
    sealing.touch(HealthItem, [item_id])


def _put_away(unit: Unit, merge_id: int, kept: Patient, merged: Patient, reason: str) -> None:
    table = Patient.__tablename__
    at = merged.archived_at
    moving.note(
        merge_id,
        table,
        merged.id,
        {"archived_at": at.isoformat() if at else None, "archived_reason": merged.archived_reason},
    )
    stopped = kept.mail_stopped_at
    before = {
        "mail_stopped_at": stopped.isoformat() if stopped else None,
        "mail_time": kept.mail_time,
    }
    moving.note(merge_id, table, kept.id, before)
    merged.archived_at = unit.now
    merged.archived_reason = f"Merged into record {kept.record_number}: {reason}"
    merged.merged_into_id = kept.id
    kept.mail_stopped_at = stopped or merged.mail_stopped_at
    kept.mail_time = kept.mail_time or merged.mail_time
    # What was merged into the one that is merged now leads on at once.
    merged_before = select(Patient).where(Patient.merged_into_id == merged.id)
    for earlier in db.session.scalars(merged_before):
        moving.note(merge_id, table, earlier.id, {"merged_into_id": merged.id})
        earlier.merged_into_id = kept.id
    db.session.flush()


def _bring_back(merge_id: int, kept: Patient, merged: Patient) -> None:
    for row_id, said in moving.read_notes(merge_id, Patient.__tablename__).items():
        if row_id == merged.id:
            merged.archived_at = _instant(said["archived_at"])
            merged.archived_reason = said["archived_reason"]
            merged.merged_into_id = None
        elif row_id == kept.id:
            # Stopped since, by the patient themself: that stays.
            if not said["mail_stopped_at"] and kept.mail_stopped_at == merged.mail_stopped_at:
                kept.mail_stopped_at = None
            # Likewise; a merge of before there was a choice says nothing of it.
            if not said.get("mail_time", "-") and kept.mail_time == merged.mail_time:
                kept.mail_time = ""
        else:
            db.session.get_one(Patient, row_id).merged_into_id = said["merged_into_id"]
    db.session.flush()


def _instant(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
