"""What has to be there before a form can be filled in: made in the clinic of the bench."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from msgspec.structs import replace
from sqlalchemy import select, update

from tests.builders import live
from tests.builders.patients import a_patient
from tests.reliability.bad_input.bench import Bench
from tests.services.imports.undo import content
from tracker.domain.live.entries import Dose, EntryDraft, EntryKind
from tracker.models import db
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.live import commands as live_commands
from tracker.services.live import entry_log
from tracker.services.merges import commands as merge_commands
from tracker.services.merges import queries as merge_queries
from tracker.services.merges.commands import MergeDraft
from tracker.services.sessions import voiding
from tracker.services.worksheets import commands as worksheet_commands
from tracker.services.worksheets import queries as worksheet_queries


@dataclass
class Place:
    """Where the form is, if elsewhere than for other tests, and what is typed beside."""

    path: str = ""
    more: dict[str, object] = field(default_factory=dict)


def _held(made: Bench) -> list[int]:
    """List the sessions of Ben's that were held."""
    query = select(TreatmentSession.id).where(
        TreatmentSession.patient_id == made.scene.patients["ben"],
        TreatmentSession.state == "completed",
    )
    return list(db.session.scalars(query.order_by(TreatmentSession.number)))


def _series(made: Bench, whose: str = "ben") -> int:
    wanted = select(Series.id).where(Series.patient_id == made.scene.patients[whose])
    return db.session.scalars(wanted).first() or 0


def _yesterday(made: Bench) -> Place:
    session_id = _held(made)[-1]
    values = {"started_at": clock.now() - timedelta(days=1)}
    db.session.execute(
        update(TreatmentSession).where(TreatmentSession.id == session_id).values(values)
    )
    db.session.commit()
    return Place(f"/diary/sessions/{session_id}/day-after")


def _two_records(made: Bench) -> Place:
    ben = made.scene.patients["ben"]
    return Place(more={"kept": str(ben), "account_of": str(ben)})


def _merged(made: Bench) -> Place:
    ben, olive, anna = *(made.scene.patients[one] for one in ("ben", "olive")), made.scene.cast.anna
    found = merge_queries.compare(ben, olive, by=anna).findings
    draft = MergeDraft(
        kept_id=ben, merged_id=olive, reason="Entered twice", account_of=ben, is_sure=True
    )
    merge_commands.merge(draft, by=anna, seen=[one.message for one in found])
    return Place(f"/patients/{olive}/take-apart")


def _no_account(made: Bench) -> Place:
    new = a_patient(made.scene.cast.anna, "N-9", given_name="Nora", email="nora@example.org")
    return Place(f"/patients/{new}/invite")


def _undrawn(made: Bench) -> Place:
    _yesterday(made)  # an older one is not asked about
    return Place(more={"session_id": str(_held(made)[-1])})


def _given(made: Bench) -> Place:
    """Fill in the checks before and give the dose of the session that goes on."""
    anna, now = made.scene.cast.anna, clock.now()
    gate = replace(
        live.CLEAR, measured_at=now, last_food_at=now - timedelta(hours=12),
        last_drink_at=now - timedelta(hours=3),
    )  # fmt: skip
    live.check_before(made.live_id, gate, by=anna)
    dose = EntryDraft(
        key="given-once", kind=EntryKind.GIVEN, at=now, content=Dose(dose_mg=Decimal(35))
    )
    entry_log.add(made.live_id, dose, by=anna)
    return Place()


def _left(made: Bench) -> Place:
    """Fill in the checks before leaving as well."""
    _given(made)
    live.check_after(made.live_id, live.leaving(left_at=clock.now()), by=made.scene.cast.anna)
    return Place()


def _planned(made: Bench) -> Place:
    wanted = select(TreatmentSession.id).where(
        TreatmentSession.series_id == _series(made), TreatmentSession.state == "planned"
    )
    ids = list(db.session.scalars(wanted))
    for number, one in enumerate(ids):  # to come, so that they can be moved
        db.session.get_one(TreatmentSession, one).planned_on = date(2027, 4, 1 + 3 * number)
    db.session.commit()
    return Place(more={"chosen": [str(one) for one in ids]})


def _asked_again(made: Bench) -> Place:
    return Place(_yesterday(made).path.replace("/diary", "").replace("day-after", "follow-up"))


def _complete(made: Bench) -> Place:
    session_id, anna = min(_held(made)), made.scene.cast.anna
    view = worksheet_queries.find(session_id, by=anna)
    worksheet_commands.complete(session_id, reason="Not known", version=view.version, by=anna)
    return Place()


def _extra(made: Bench) -> Place:
    begun = live_commands.begin_extra(_series(made), by=made.scene.cast.anna, reason="Not planned")
    return Place(f"/sessions/{begun}/live/not-begun")


def _imported(made: Bench) -> Place:
    done = content.bring_in(content.HEAD + content.NEW, made.scene.cast.anna)
    return Place(f"/imports/{done.id}/undo")


def _struck_out(made: Bench) -> Place:
    session_id = _held(made)[-1]
    voiding.void(session_id, "Slip", version=1, by=made.scene.cast.anna)
    return Place(f"/sessions/{session_id}/restore")


def _other_patient(made: Bench) -> Place:
    session_id, other = _held(made)[-1], made.scene.patients["olive"]
    return Place(
        f"/sessions/{session_id}/transfer?patient={other}",
        {"target": f"{_series(made, 'olive')}-", "comment": "So it was"},
    )


SCENES: Mapping[str, Callable[[Bench], Place]] = {
    "complete": _complete,
    "extra": _extra,
    "given": _given,
    "imported": _imported,
    "left": _left,
    "planned": _planned,
    "asked again": _asked_again,
    "merged": _merged,
    "no account": _no_account,
    "other patient": _other_patient,
    "struck out": _struck_out,
    "two records": _two_records,
    "undrawn": _undrawn,
    "yesterday": _yesterday,
    "": lambda _: Place(),
}
