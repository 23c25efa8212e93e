"""The schedule of check-ins of one series: read it, change it, take the usual one again."""

from collections.abc import Collection, Sequence

from msgspec import Struct
from sqlalchemy import select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.check_ins import schedule as check_in_schedule
from tracker.domain.check_ins.schedule import ScheduleLine
from tracker.domain.codes import Indication, Phase
from tracker.domain.patients import draft as patient_draft
from tracker.domain.problems import InvalidError, Problem
from tracker.instruments import library
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject
from tracker.models.series import Series
from tracker.services.check_ins.sync import lines_of, sync_check_ins
from tracker.services.series import commands as series_commands
from tracker.services.unit_of_work import audit, unit_of_work

_WHO = select(Patient.given_name, Patient.family_name, Patient.record_number)


class ScheduleView(Struct, frozen=True, kw_only=True):
    """A schedule as pages show it; `edited` says that the series has its own."""

    series_id: int
    patient_id: int
    patient_label: str
    series_number: int
    indication: Indication
    phase: Phase
    version: int
    lines: tuple[ScheduleLine, ...]
    usual: tuple[ScheduleLine, ...]
    edited: bool


def find(series_id: int, *, by: Actor) -> ScheduleView:
    """Look the schedule of a series up; leaves an audit line."""
    row = fetch(by, Series, series_id)
    authorize(by, Permission.CHECK_IN_VIEW, subject(row))
    who = db.session.execute(_WHO.where(Patient.id == row.patient_id)).one()
    indication, phase = Indication(row.indication), Phase(row.phase)
    found = ScheduleView(
        series_id=series_id,
        patient_id=row.patient_id,
        patient_label=patient_draft.label(who.given_name, who.family_name, who.record_number),
        series_number=row.number,
        indication=indication,
        phase=phase,
        version=row.version,
        lines=lines_of(row.schedule, row.indication, row.phase),
        usual=check_in_schedule.usual(indication, phase),
        edited=row.schedule is not None,
    )
    audit(by, "schedule.viewed", f"series:{series_id}", patient_id=found.patient_id)
    return found


def answerable(indications: Collection[Indication] = ()) -> dict[str, str]:
    """Name the instruments that patients can answer, by code; those of the indications lead."""
    asked = [(code, one) for code, one in library().items() if one.answerable]
    asked.sort(key=lambda pair: not set(pair[1].indications) & set(indications))
    return {code: one.short_title for code, one in asked}


def titles() -> dict[str, str]:
    """Name every instrument, by code."""
    return {code: one.short_title for code, one in library().items()}


def problems(lines: Sequence[ScheduleLine]) -> list[Problem]:
    """List everything that is wrong with a schedule."""
    return check_in_schedule.check(lines, answerable=answerable())


def change(
    series_id: int,
    lines: Sequence[ScheduleLine] | None,
    *,
    version: int,
    by: Actor,
    once: str = "",
) -> None:
    """Give a series its own schedule, or with None the usual one; the earlier version is kept.

    Check-ins still ahead follow; those that were answered, begun or declined stay.
    """
    patient_id = series_commands.authorize_change(by, series_id)
    if found := problems(lines or ()):
        raise InvalidError(found)
    with unit_of_work(by) as unit:
        unit.once(once)
        before = series_commands.claim(series_id, version, unit)
        stored = None
        if lines is not None:
            usual = check_in_schedule.usual(
                Indication(before["indication"]), Phase(before["phase"])
            )
            stored = check_in_schedule.pack(
                check_in_schedule.in_order(check_in_schedule.add_sources(lines, usual))
            )
        series_commands.write(series_id, {"schedule": stored, "version": version + 1})
        detail = "as usual" if stored is None else f"{len(stored)} lines"
        unit.audit("schedule.changed", f"series:{series_id}", patient_id=patient_id, detail=detail)
        sync_check_ins(unit, by, series_id)
        unit.mark_saved(once, series_id)
