"""What a worksheet says of a session that was written down at the chair."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.builders.entries import under_way, write
from tests.builders.stock import DEVICES, a_lot
from tests.builders.worksheets import START, at, recorded
from tests.stopping import stopped_at
from tracker.domain.checklists.discharge import CriterionResult, Discharge
from tracker.domain.checklists.items import YesNoUnknown, pack
from tracker.domain.checklists.pre_session import PreSession, SinceLast
from tracker.domain.codes import Drug
from tracker.domain.eligibility.draft import Decision, EligibilityDraft
from tracker.domain.live.entries import EntryDraft, EntryKind, Form
from tracker.domain.live.signing import SummaryAnswers
from tracker.domain.problems import NotFoundError
from tracker.models import db
from tracker.models.clinics import Clinic
from tracker.models.eligibility import Eligibility
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.eligibility import rows as eligibility_rows
from tracker.services.live import entry_log
from tracker.services.sessions import signing
from tracker.services.unit_of_work import unit_of_work
from tracker.services.worksheets import queries as worksheet_queries

clock = stopped_at(START + timedelta(hours=3))


@pytest.fixture
def chair(anna):
    # The older form asks for more of what is prefilled.
    clinic = db.session.get_one(Clinic, anna.clinic_id)
    clinic.settings = {**clinic.settings, "form_version": "2021/24"}
    db.session.commit()
    return under_way(
        anna, drug="esketamine", route="nasal", planned_dose_mg_per_kg=None,
        planned_dose_mg=Decimal(56),
    )  # fmt: skip


def fill(by, session_id, minute, filled):
    kind = EntryKind.GATE if isinstance(filled, PreSession) else EntryKind.DISCHARGE
    form = Form(fields=pack(filled, ()))
    entry_log.add(
        session_id, EntryDraft(key=f"form-{minute:05}", kind=kind, at=at(minute), content=form),
        by=by,
    )  # fmt: skip


def sign(by, session_id):
    last = entry_log.of_session(session_id)[-1].sequence
    return signing.sign(session_id, SummaryAnswers(comment="As planned."), sequence=last, by=by)


def said(session_id, by):
    view = worksheet_queries.find(session_id, by=by)
    return {line.field.code: (line.value, line.source) for line in view.lines if line.value}


def assessed(by, session_id, **answers):
    """Sign an assessment of the patient a week before the session."""
    patient_id = db.session.get_one(TreatmentSession, session_id).patient_id
    day = date(2026, 2, 24)
    draft = EligibilityDraft(drug=Drug.ESKETAMINE, assessed_on=day, **answers)
    with unit_of_work(by) as unit:
        db.session.add(
            Eligibility(
                clinic_id=by.clinic_id, patient_id=patient_id, drug="esketamine", assessed_on=day,
                content={"answers": eligibility_rows.pack(draft)},
                decision=Decision.ELIGIBLE.value, decided_at=unit.now, made_at=unit.now,
                made_by=by.name, decided_by=by.name,
            )
        )  # fmt: skip
        unit.audit("test.assessed")


@pytest.mark.both_databases
def test_a_session_at_the_chair_fills_its_worksheet(anna, cast, chair):
    lot = a_lot(anna, DEVICES, mg=280)
    clinic = db.session.get_one(Clinic, cast.clinic_id)
    clinic.settings = {**clinic.settings, "phone": "+1 207 555 0100", "city": "Portland"}
    db.session.commit()
    write(anna, chair, "reading", {"systolic_mmhg": 124, "diastolic_mmhg": 78}, at=at(-10))
    for minute in (0, 5):
        write(anna, chair, "given", {"dose_mg": "28", "lot_id": lot}, at=at(minute))
    reading = {"systolic_mmhg": 141, "diastolic_mmhg": 88, "sedation": 4, "spo2_percent": 97}
    write(anna, chair, "reading", reading, at=at(41))
    last = {"systolic_mmhg": 126, "diastolic_mmhg": 80, "sedation": 5, "spo2_percent": 98}
    write(anna, chair, "reading", last, at=at(117))
    fill(
        anna,
        chair,
        123,
        Discharge(left_at=at(124), ready_minute=90, met={"vitals": CriterionResult.YES}),
    )
    found = said(sign(anna, chair), anna)
    assert found["dose"] == ("56", "Record of the session")
    assert found["lot_numbers"] == ("SP-4", "Stock")
    assert found["total_minutes"][0] == "124"
    assert found["ready_minutes"][0] == "90"
    assert found["vitals_ok_after"][0] == "yes"
    pressures = [(found[code][0], found[f"{code}_minute"][0]) for code in ("bp_before", "bp_40")]
    assert pressures == [("124/78", "-10"), ("141/88", "41")]
    assert (found["bp_end"][0], found["bp_end_minute"][0]) == ("126/80", "117")
    assert found["sedation"][0] == found["sedation_resolved"][0] == "yes"
    assert found["monitor_last_name"] == ("Clinician", "Log of the session: last reading")
    assert found["monitor_email"][0] == "anna@example.org"
    assert found["monitor_phone"][0] == "+1 207 555 0100"
    assert found["setting_city"][0] == "Portland"
    assert "first_treatment" not in found


def test_who_watches_by_the_checks_before_is_who_monitored(anna, chair):
    fill(anna, chair, -20, PreSession(monitor="Noor Nurse"))
    write(anna, chair, "given", {"dose_mg": "28"}, at=at(0))
    found = said(sign(anna, chair), anna)
    assert found["monitor_last_name"] == ("Nurse", "Checks before the session")
    assert "monitor_email" not in found  # nobody of that name has an account


def test_without_a_log_it_is_who_recorded_the_session(anna):
    found = said(recorded(anna), anna)
    assert found["monitor_first_name"] == ("Anna", "Record of the session")


def test_a_lot_of_another_clinic_is_not_named(anna, cast, chair):
    far = a_lot(cast.cleo, DEVICES, mg=280)
    write(anna, chair, "given", {"dose_mg": "28", "lot_id": far}, at=at(0))
    assert "lot_numbers" not in said(sign(anna, chair), anna)


class TestMedicines:
    @pytest.mark.both_databases
    def test_the_signed_assessment_before_the_session_answers(self, anna, chair):
        assessed(anna, chair, any_medicines=YesNoUnknown.NO)
        write(anna, chair, "given", {"dose_mg": "28"}, at=at(0))
        found = said(sign(anna, chair), anna)
        assert found["maois"] == ("no", "Eligibility of 24 Feb 2026: takes no medicines")

    def test_a_change_told_since_leaves_the_question_open(self, anna, chair):
        assessed(anna, chair, any_medicines=YesNoUnknown.NO)
        fill(anna, chair, -20, PreSession(changes={SinceLast.MEDICATION: YesNoUnknown.YES}))
        write(anna, chair, "given", {"dose_mg": "28"}, at=at(0))
        assert "maois" not in said(sign(anna, chair), anna)

    def test_no_change_told_leaves_the_answer(self, anna, chair):
        assessed(anna, chair, any_medicines=YesNoUnknown.NO)
        fill(anna, chair, -20, PreSession(changes={SinceLast.MEDICATION: YesNoUnknown.NO}))
        write(anna, chair, "given", {"dose_mg": "28"}, at=at(0))
        assert said(sign(anna, chair), anna)["maois"][0] == "no"


def test_a_session_that_is_not_signed_has_no_worksheet(anna, chair):
    with pytest.raises(NotFoundError):
        worksheet_queries.find(chair, by=anna)
