"""One person under two numbers, each with something of every kind."""

from dataclasses import dataclass
from datetime import date, timedelta

from msgspec.structs import replace

from tests.builders import courses
from tests.builders.alerts import an_alert
from tests.builders.check_ins import ask, fill, themself
from tests.builders.courses import Treated
from tests.builders.eligibility import FINE_KETAMINE
from tests.builders.outcomes.letters import a_letter
from tests.builders.stock import VIALS, a_lot
from tests.builders.worksheets import a_worksheet
from tests.people import Cast
from tracker.domain.access import Actor
from tracker.domain.health_lists.draft import HealthItemDraft, HealthItemKind
from tracker.domain.merges import preview
from tracker.domain.safety_checks.draft import SafetyCheckDraft
from tracker.domain.safety_checks.kinds import CheckKind
from tracker.models import db
from tracker.models.database import new_id
from tracker.models.series import Series
from tracker.models.session_entries import SessionEntry
from tracker.services.eligibility import commands as eligibility_commands
from tracker.services.health_lists import commands as item_commands
from tracker.services.merges import commands, queries
from tracker.services.merges.commands import MergeDraft
from tracker.services.patients import commands as patient_commands
from tracker.services.safety_checks import commands as check_commands
from tracker.services.stock import commands as stock_commands
from tracker.services.unit_of_work import unit_of_work

KEPT, OLD = "K-1", "M-7"
CHECKED = SafetyCheckDraft(kind=CheckKind.LIVER, checked_on=date(2026, 3, 1), value="ALT 24 U/L")
REASON = "Entered twice, once by the telephone."


@dataclass(frozen=True)
class Two:
    """The record that is kept, and the other one."""

    kept: Treated
    merged: Treated


def two_records(cast: Cast) -> Two:
    """Store one person twice: two series of the one lie about one of the other."""
    kept = courses.treat(cast.console, record_number=KEPT)
    courses.a_second_series(cast.console, kept)
    merged = courses.treat(cast.console, record_number=OLD)
    _start_between(cast, merged)
    for one in (kept, merged):
        told = patient_commands.look_up(one.patient_id, by=cast.anna)  # found by its words now
        patient_commands.change(one.patient_id, told.draft, version=told.version, by=cast.anna)
    _something_of_each(cast, kept, HealthItemKind.NO_ALLERGIES)
    _something_of_each(cast, merged, HealthItemKind.ALLERGY)
    return Two(kept, merged)


def put_together(two: Two, by: Actor, **values: object) -> int:
    """Merge the two, having read everything that is found."""
    found = queries.compare(two.kept.patient_id, two.merged.patient_id, by=by).findings
    return commands.merge(draft_of(two, **values), by=by, seen=[one.message for one in found])


def draft_of(two: Two, **values: object) -> MergeDraft:
    """Say that the two are one person."""
    usual = {
        "kept_id": two.kept.patient_id, "merged_id": two.merged.patient_id, "reason": REASON,
        "is_sure": True,
    }  # fmt: skip
    return MergeDraft(**usual | values)


def take_apart(two: Two, by: Actor) -> int:
    """Take the two apart, having read what that means."""
    row = queries.standing(two.merged.patient_id, by=by)
    seen = [one.message for one in queries.apart_findings(row)]
    return commands.take_apart(two.merged.patient_id, "They are two.", by=by, seen=seen)


def _start_between(cast: Cast, treated: Treated) -> None:
    with unit_of_work(cast.console) as unit:
        db.session.get_one(Series, treated.series_id).starts_on += timedelta(days=200)
        unit.audit("test.moved")


def _something_of_each(cast: Cast, treated: Treated, allergies: HealthItemKind) -> None:
    anna, patient_id = cast.anna, treated.patient_id
    an_alert(cast.console, patient_id)
    asked = ask(cast.console, patient_id, series_id=treated.series_id)
    fill(themself(cast.clinic_id, patient_id), asked)
    eligibility_commands.start(patient_id, FINE_KETAMINE, by=anna)
    check_commands.record(patient_id, CHECKED, by=anna)
    name = "" if allergies.is_none else "Latex"
    item = HealthItemDraft(kind=allergies, name=name, noted_on=date(2026, 3, 1))
    item_commands.add(patient_id, item, by=anna)
    lot = a_lot(anna, replace(VIALS, lot_number=str(patient_id)), 5000)
    stock_commands.give(lot, treated.session_ids[0], by=anna)
    a_worksheet(anna, treated.session_ids[0])
    a_letter(anna, patient_id)
    with unit_of_work(cast.console) as unit:
        entry = {
            "id": new_id(), "clinic_id": cast.clinic_id, "patient_id": patient_id,
            "session_id": treated.session_ids[0], "sequence": 1, "key": f"key-{patient_id}",
            "kind": "note", "at": unit.now, "received_at": unit.now, "by": "Anna",
            "content": {"text": "Slept"}, "replaces": "", "is_late": False,
        }  # fmt: skip
        db.session.add(SessionEntry(**entry))
        unit.audit("test.written")


def total(side: preview.RecordSide) -> int:
    """Count everything that a record holds."""
    return sum(count for _, count in side.counts.lines)
