"""Store the people of the demonstration who were treated in the past two years.

Row by row and many at once: through all the steps of pages each would take a quarter of a second,
and nothing about them is shown but what was noted.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import asdict

from tracker.domain.access import Actor
from tracker.domain.checklists.items import YesNoUnknown
from tracker.domain.codes import BeforeOrAfter, Mode, Occasion, Phase, SessionState
from tracker.domain.demo import answers as demo_answers
from tracker.domain.demo import past
from tracker.domain.demo.past import PastPerson
from tracker.domain.eligibility.draft import (
    Decision,
    EarlierTreatment,
    EligibilityDraft,
    TreatmentKind,
    TrialOutcome,
)
from tracker.domain.scores.draft import AssessmentDraft
from tracker.instruments import library
from tracker.models.assessments import Assessment
from tracker.models.database import db, new_id
from tracker.models.eligibility import Eligibility
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.models.treatment_sessions import Reading, TreatmentSession
from tracker.services.eligibility import rows as eligibility_rows
from tracker.services.patients import commands as patient_commands
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import Unit, unit_of_work

AT_ONCE = 16
_TRIED = (
    ("Sertraline", TreatmentKind.SSRI),
    ("Venlafaxine", TreatmentKind.SNRI),
    ("Escitalopram", TreatmentKind.SSRI),
)


def store(count: int, now: datetime, zone: ZoneInfo, *, by: Actor) -> None:
    """Store so many people, some in each transaction, each with a line in the trail."""
    people = list(past.invent_past(count, now=now, zone=zone))
    for start in range(0, count, AT_ONCE):
        with unit_of_work(by) as unit:
            for person in people[start : start + AT_ONCE]:
                _person(person, unit, by)


def _person(person: PastPerson, unit: Unit, by: Actor) -> None:
    patient_id, series_id = new_id(), new_id()
    whose = {"clinic_id": by.clinic_id, "patient_id": patient_id}
    columns = patient_commands.columns_of(person.patient)
    made_at = datetime.combine(person.starts_on, datetime.min.time(), UTC) - timedelta(days=6)
    _add([Patient(id=patient_id, clinic_id=by.clinic_id, created_at=made_at, **columns)])
    patient_commands.index(person.patient, patient_id, by.clinic_id)
    _add([*_assessment(person, whose, made_at, by), _series(person, whose, series_id, made_at)])
    of_series = whose | {"series_id": series_id}
    held = [
        TreatmentSession(
            **of_series, id=new_id(), number=number, state=SessionState.COMPLETED.value,
            planned_on=draft.started_at.date(), recorded_at=draft.discharged_at,
            recorded_by=by.name, **session_rows.columns_of(draft),
        )
        for number, draft in enumerate(person.sessions, 1) if draft.started_at
    ]  # fmt: skip
    _add(held)
    _add(_readings(person, held))
    random = Random(person.patient.record_number)
    _add(_score(one, of_series, held[0].id, random, by) for one in person.scores)
    unit.audit("patient.added", f"patient:{patient_id}", patient_id=patient_id)


def _add(rows: Iterable[Any]) -> None:
    db.session.add_all(rows)
    db.session.flush()


def _series(person: PastPerson, whose: dict[str, int], series_id: int, made_at: datetime) -> Series:
    first = person.sessions[0]
    return Series(
        **whose, id=series_id, number=1, indication=person.indication.value,
        drug=first.drug.value if first.drug else "", route=first.route.value if first.route else "",
        phase=Phase.INDUCTION.value, template="custom", starts_on=person.starts_on,
        planned_dose_mg=first.dose_mg, state=person.state.value, state_reason=person.reason,
        eligibility_reason="Invented for the demonstration", created_at=made_at,
    )  # fmt: skip


def _readings(person: PastPerson, held: list[TreatmentSession]) -> Iterator[Reading]:
    for draft, row in zip(person.sessions, held, strict=True):
        for moment, signs in (
            (BeforeOrAfter.BEFORE, draft.before),
            (BeforeOrAfter.AFTER, draft.after),
        ):
            if signs:
                yield Reading(session_id=row.id, moment=moment.value, **asdict(signs))


def _score(
    draft: AssessmentDraft, of_series: dict[str, int], first_id: int, random: Random, by: Actor
) -> Assessment:
    instrument = library()[draft.instrument]
    total = draft.total or Decimal(0)
    suicide = random.choice((0, 0, 0, 1)) if total < 12 else random.choice((0, 0, 1, 1, 2))
    said = demo_answers.spread(instrument, total, random, suicide=suicide)
    asked_again = draft.occasion is Occasion.HOURS_AFTER
    return Assessment(
        **of_series, id=new_id(), session_id=first_id if asked_again else None,
        instrument=instrument.code, instrument_version=instrument.version, mode=Mode.SELF.value,
        answers={code: str(value) for code, value in said.items()}, total=total,
        taken_at=draft.taken_at, occasion=draft.occasion.value, hours_after=draft.hours_after,
        recorded_at=draft.taken_at, recorded_by=by.name,
    )  # fmt: skip


def _assessment(
    person: PastPerson, whose: dict[str, int], made_at: datetime, by: Actor
) -> Iterator[Eligibility]:
    """Write how many antidepressants had failed, where somebody asked."""
    drug = person.sessions[0].drug
    if person.failed is None or drug is None:
        return
    draft = EligibilityDraft(
        drug=drug,
        assessed_on=made_at.date(),
        indications=(person.indication,),
        any_treatments=YesNoUnknown.YES if person.failed else YesNoUnknown.NO,
        treatments=tuple(
            EarlierTreatment(
                name=name, kind=kind, dose="full", weeks=8, adequate=YesNoUnknown.YES,
                outcome=TrialOutcome.NONE, in_episode=YesNoUnknown.YES,
            )
            for name, kind in _TRIED[: person.failed]
        ),
    )  # fmt: skip
    yield Eligibility(
        **whose, id=new_id(), drug=drug.value, assessed_on=draft.assessed_on,
        content={"answers": eligibility_rows.pack(draft)}, decision=Decision.ELIGIBLE.value,
        reason="Invented for the demonstration", decided_at=made_at, decided_by=by.name,
        decided_by_id=by.user_id, made_at=made_at, made_by=by.name,
    )  # fmt: skip
