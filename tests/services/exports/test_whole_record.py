"""One page with everything that is held about a patient: every table, nobody else, no secret."""

import io
import re
import tracemalloc
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from sqlalchemy import select, update

from tests.builders import courses
from tests.builders.courses import PRIVATE, account, treat
from tests.builders.eligibility import FINE_KETAMINE
from tests.builders.patients import a_patient
from tests.people import ANNA
from tests.reading_level import grade
from tracker.domain.problems import ForbiddenError, NotFoundError
from tracker.instruments import library
from tracker.models import db
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment
from tracker.models.check_ins import CheckIn, Reply
from tracker.models.database import new_id
from tracker.models.diary import DiaryEntry
from tracker.models.eligibility import Eligibility
from tracker.models.health_lists import HealthItem
from tracker.models.letters import Letter
from tracker.models.patients import Patient, PatientVersion
from tracker.models.referral_letters import ReferralLetter
from tracker.models.safety_checks import SafetyCheck
from tracker.models.series import Series, SeriesVersion
from tracker.models.session_entries import SessionEntry
from tracker.models.stock import StockEntry, StockLot
from tracker.models.treatment_sessions import Reading, SessionVersion, TreatmentSession
from tracker.models.users import AccountChange, KnownDevice, Passkey, SignIn, User
from tracker.models.worksheets import Worksheet, WorksheetVersion
from tracker.services.audit import queries as audit_queries
from tracker.services.eligibility import rows as eligibility_rows
from tracker.services.exports import record_sections, whole_record
from tracker.services.exports import stream as export_stream
from tracker.services.exports.record_tables import BY_HAND, COLUMNS, EXCEPTIONS, LEFT_OUT
from tracker.services.instruments import editions as instrument_editions
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import unit_of_work

AT = datetime(2026, 3, 2, 15, tzinfo=UTC)
# What each table has that stands nowhere else, as the page writes it.
OWN_WORDS = {
    "user": "Name-of-user", "sign_in": "203.0.113.7", "reading": "187 mmHg",
    "letter": "words-of-letter@letters.example",
    "audit_event": "Opened your record", "audit_event_patient": "Opened a list with you on it",
}  # fmt: skip


def words_of(table, whose="own"):
    return OWN_WORDS.get(table, f"words-of-{table}-{whose}")


def test_every_table_is_in_the_copy_or_has_a_reason_why_not(app):
    tables = set(db.metadata.tables)
    shown = set(COLUMNS) | BY_HAND
    assert shown | set(EXCEPTIONS) == tables, (
        "Show the new table in tracker/services/exports/record_sections.py, or say in "
        "EXCEPTIONS of record_tables.py why a patient's copy holds nothing of it"
    )
    assert not shown & set(EXCEPTIONS)
    assert all(EXCEPTIONS.values())


@pytest.mark.parametrize("table", sorted(COLUMNS))
def test_every_column_is_in_the_copy_or_has_a_reason_why_not(app, table):
    columns = set(dict(db.metadata.tables[table].columns))
    left_out = {name for name in columns if name in LEFT_OUT or f"{table}.{name}" in LEFT_OUT}
    assert set(COLUMNS[table]) | left_out == columns
    assert not set(COLUMNS[table]) & left_out


def test_no_reason_is_left_of_a_column_that_is_gone(app):
    there = {
        f"{table.name}.{name}"
        for table in db.metadata.tables.values()
        for name in dict(table.columns)
    }
    assert not {name for name in LEFT_OUT if "." in name} - there


def fill_every_table(cast, treated, whose, name):
    """Give a patient a row in every table that holds something of one."""
    patient_id, series_id, [session_id] = treated.patient_id, treated.series_id, treated.session_ids
    own = account(cast.console, treated, email=f"{whose}@example.org", name=name)
    here = {"clinic_id": cast.clinic_id, "patient_id": patient_id}
    phq9, ids = (
        instrument_editions,
        {n: new_id() for n in ("check_in", "worksheet", "lot", "score")},
    )
    words = {table: words_of(table, whose) for table in {*COLUMNS, *BY_HAND}}
    record = session_rows.record_of(session_id)
    with unit_of_work(cast.anna) as unit:
        db.session.execute(
            update(Patient).where(Patient.id == patient_id).values(phone=words["patient"])
        )
        db.session.execute(
            update(Series).where(Series.id == series_id).values(state_reason=words["series"])
        )
        db.session.execute(
            update(TreatmentSession)
            .where(TreatmentSession.id == session_id)
            .values(patient_notes=words["treatment_session"])
        )
        db.session.add_all(
            [
                PatientVersion(patient_id=patient_id, version=1, changed_at=AT, changed_by="Anna",
                               content={"phone": words["patient_version"]}),
                SignIn(token_hash=f"{patient_id:064}", user_id=own.user_id, began_at=AT, seen_at=AT,
                       address="203.0.113.7" if whose == "own" else "203.0.113.9"),
                KnownDevice(token_hash=f"{patient_id:064}", user_id=own.user_id, began_at=AT,
                            seen_at=AT, name=words["known_device"]),
                Passkey(user_id=own.user_id, credential_id=f"{patient_id}", user_handle="h",
                        public_key="k", sign_count=0, transports="", made_at=AT,
                        name=words["passkey"]),
                DiaryEntry(**here, kind="note", written_at=AT, written_by="Ben",
                           words=words["diary_entry"]),
                AccountChange(clinic_id=cast.clinic_id, user_id=own.user_id, at=AT, by_name="Anna",
                              action="user.disabled", reason=words["account_change"]),
                HealthItem(**here, kind="allergy", name=words["health_item"],
                           noted_on=date(2026, 3, 2), recorded_at=AT, recorded_by="Anna"),
                ReferralLetter(**here, is_signed=True, recipient="Dr Referrer",
                               words=words["referral_letter"], written_at=AT, written_by="Anna",
                               written_by_id=cast.anna.user_id),
                SafetyCheck(**here, kind="liver", checked_on=date(2026, 3, 2),
                            value=words["safety_check"], recorded_at=AT, recorded_by="Anna"),
                Eligibility(**here, drug="ketamine", assessed_on=date(2026, 3, 1),
                            content={"answers": eligibility_rows.pack(FINE_KETAMINE)},
                            reason=words["eligibility"], made_at=AT, made_by="Anna"),
                SeriesVersion(series_id=series_id, version=1, changed_at=AT, changed_by="Anna",
                              content={"chair": words["series_version"]}),
                Reading(session_id=session_id, moment="before",
                        systolic_mmhg=187 if whose == "own" else 199),
                SessionEntry(**here, session_id=session_id, sequence=1, key=f"k-{whose}",
                             kind="setting", at=AT, received_at=AT, by="Anna",
                             content={"music": words["session_entry"]}),
                SessionVersion(session_id=session_id, version=1, saved_at=AT, saved_by="Anna",
                               content=session_rows.pack(record),
                               reason=words["session_version"]),
                Assessment(id=ids["score"], **here, instrument="phq9", instrument_version="1",
                           total=Decimal(7),
                           taken_at=AT, occasion="weekly", recorded_at=AT, recorded_by="Anna",
                           note=PRIVATE, voided_at=AT, voided_by="Anna",
                           voided_reason=words["assessment"]),
                CheckIn(id=ids["check_in"], **here, occasion="weekly", instruments=["phq9"],
                        opens_at=AT, due_at=AT, closes_at=AT, state="declined",
                        reason=words["check_in"], made_at=AT, made_by="Anna", finished_at=AT),
                Worksheet(id=ids["worksheet"], **here, session_id=session_id, form_version="2026",
                          due_on=date(2026, 3, 9), confirmation=words["worksheet"], made_at=AT,
                          changed_at=AT, changed_by="Anna", content={"answers": {
                              "monitor_email": ANNA, "dose": "84"}}),
                Letter(clinic_id=cast.clinic_id, kind="invitation", queued_at=AT, not_before=AT,
                       about=f"check-in:{ids['check_in']}", sent_at=AT,
                       address=words["letter"] if whose == "own" else "other@letters.example"),
                Letter(clinic_id=cast.clinic_id, kind="escalation", queued_at=AT, not_before=AT,
                       about=f"alert:{patient_id}", sent_at=AT, address=ANNA),
                StockLot(id=ids["lot"], clinic_id=cast.clinic_id, drug="ketamine", form="vial",
                         lot_number=whose, unit_mg=Decimal(500), expires_on=date(2027, 1, 1),
                         made_at=AT, made_by="Anna"),
            ]
        )  # fmt: skip
        db.session.flush()
        db.session.add_all(
            [
                Alert(**here, kind="talk", instrument="phq9", rank=3, facts={"scale": "PHQ-9"},
                      assessment_id=ids["score"], raised_at=AT, acknowledged_at=AT,
                      acknowledged_by="Anna", done=words["alert"]),
                Reply(**here, check_in_id=ids["check_in"], instrument="phq9",
                      edition_id=phq9.keep(library()["phq9"]), state="declined",
                      reason=words["reply"], began_at=AT, saved_at=AT,
                      answers={"phq9_1": {"value": "2", "at": AT.isoformat()}}),
                WorksheetVersion(worksheet_id=ids["worksheet"], version=1, changed_at=AT,
                                 changed_by="Anna",
                                 content={"confirmation": words["worksheet_version"]}),
                StockEntry(clinic_id=cast.clinic_id, lot_id=ids["lot"], sequence=1, kind="given",
                           amount_mg=Decimal(35), at=AT, recorded_at=AT, by="Anna",
                           session_id=session_id, reason=words["stock_entry"]),
            ]
        )  # fmt: skip
        unit.audit("patient.viewed", patient_id=patient_id)
        unit.audit("patients.listed", patients=[patient_id])
    return own


@pytest.fixture
def ben(cast):
    """Ben has a row everywhere, and so has somebody else."""
    other = treat(cast.anna, record_number="C-2", sessions=1)
    fill_every_table(cast, other, "other", "Somebody Else")
    return fill_every_table(cast, treat(cast.anna, sessions=1), "own", "Name-of-user")


def page_of(by):
    return "".join(whole_record.write(by.patient_id, by=by))


@pytest.mark.both_databases
def test_each_row_of_each_table_stands_on_the_page(ben):
    page = page_of(ben)
    missing = [one for one in sorted(set(COLUMNS) | BY_HAND) if words_of(one) not in page]
    assert not missing
    assert "First version" in page
    assert "2, More than half the days" in page


@pytest.mark.both_databases
def test_nothing_of_anybody_else_and_no_secret_stands_on_it(cast, ben):
    page = page_of(ben)
    for told in (
        "-other", "C-2", "Somebody Else", "203.0.113.9", "199 mmHg", "other@",
        PRIVATE, courses.COMMENT, ANNA, "anna@",
    ):  # fmt: skip
        assert told not in page, told
    secrets = [
        *db.session.scalars(select(SignIn.token_hash)),
        *db.session.scalars(select(User.password)),
        *db.session.scalars(select(User.fs_uniquifier)),
    ]
    assert not [one for one in secrets if one and one in page]


class Outside(HTMLParser):
    """What a page would fetch, and what it would run."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag in {"script", "link", "img", "iframe", "object", "form"}:
            self.found.append(tag)
        self.found += [
            (name, value)
            for name, value in attrs
            if name.startswith("on") or (name in {"src", "href", "xlink:href"} and value[:1] != "#")
        ]


def test_it_needs_nothing_from_outside_and_runs_nothing(ben):
    page = page_of(ben)
    assert not Outside(page).found
    assert "<svg" in page
    assert "@import" not in page


def test_what_somebody_wrote_is_text_and_no_markup(cast, ben):
    db.session.execute(
        update(Patient).where(Patient.id == ben.patient_id).values(family_name="<script>alert(1)")
    )
    db.session.commit()
    page = page_of(ben)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_each_part_says_in_plain_words_what_it_is(app):
    for part in record_sections.PARTS:
        assert grade(part.intro) <= 8, part.intro
    assert grade(" ".join(whole_record._INTRO)) <= 8


def strike_out(ben, **values):
    db.session.execute(
        update(TreatmentSession)
        .where(TreatmentSession.patient_id == ben.patient_id)
        .values({"state": "voided"} | values)
    )
    db.session.commit()
    return page_of(ben)


def test_a_struck_out_session_stands_with_its_reason_and_not_with_what_it_said(ben):
    page = strike_out(ben, state_reason="Entered two times")
    assert re.search(r"class=struck>\s*<h3>Series 1, session 1: [^<]*, struck out</h3>", page)
    assert "Entered two times" in page
    assert "may be about somebody else" in page
    for gone in (
        "treatment_session",
        "session_entry",
        "session_version",
        "worksheet",
        "stock_entry",
    ):
        assert words_of(gone) not in page, gone


@pytest.mark.parametrize("reason", ["It was record c-2", "Somebody ELSE sat there"])
def test_a_reason_that_names_another_patient_is_not_told(cast, ben, reason):
    a_patient(cast.console, "C-3", given_name="Somebody", family_name="Else")
    page = strike_out(ben, state_reason=reason)
    assert reason not in page
    assert "It was not about you." in page


def unpack(pieces):
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as packed:
        return {name: packed.read(name).decode("utf-8-sig") for name in packed.namelist()}


def test_a_clinician_takes_for_a_patient_what_the_patient_would_get(cast, ben):
    given = unpack(export_stream.archive_of(ben.patient_id, by=cast.anna))
    [line, *_] = audit_queries.read(by=cast.console).lines
    assert (line.action, line.subject, line.actor) == (
        "exported", "whole record", "Anna Clinician",
    )  # fmt: skip
    assert line.record_number == "B-1"
    own = unpack(export_stream.own_archive(by=ben))
    assert set(given) == set(own)
    assert {name for name in own if given[name] != own[name]} <= {"my-record.html"}
    assert words_of("alert") in given["my-record.html"]
    assert "my-record.html" in own["README.txt"]


def test_nobody_takes_it_of_a_stranger(cast, ben):
    for who in (cast.cleo, cast.adam, ben):
        with pytest.raises((ForbiddenError, NotFoundError)):
            export_stream.archive_of(ben.patient_id, by=who)


def test_a_long_record_is_written_piece_by_piece(cast):
    """Sixty sessions with their logs: what is held at once and afterwards stays small."""
    treated = treat(cast.anna, record_number="L-60", sessions=60, scores=60)
    with unit_of_work(cast.anna) as unit:
        for session_id in treated.session_ids:
            for n in range(20):
                db.session.add(
                    SessionEntry(
                        clinic_id=cast.clinic_id, patient_id=treated.patient_id, by="Anna",
                        session_id=session_id, sequence=n + 1, key=f"{session_id}-{n}",
                        kind="reading", at=AT + timedelta(minutes=n), received_at=AT,
                        content={"systolic_mmhg": 120 + n, "diastolic_mmhg": 80},
                    )
                )  # fmt: skip
        unit.audit("test.filled")
    own = account(cast.console, treated, email="long@example.org")

    def render():
        longest = max(map(len, whole_record.write(treated.patient_id, by=own)))
        db.session.remove()
        return longest

    render()  # words, pictures and statements are kept from the first on
    tracemalloc.start()
    try:
        render()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(3):
            assert render() < 2**20
        assert tracemalloc.get_traced_memory()[0] - before < 2**20
    finally:
        tracemalloc.stop()
