"""The quick ways of an import against the slow ones, which are the truth."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import insert, select

from tests.builders import patients
from tests.exchange import records
from tracker.domain.codes import Effect
from tracker.domain.measures import VitalSigns
from tracker.domain.sessions import draft as session_draft
from tracker.exchange.tables import SESSIONS
from tracker.models import db
from tracker.models.database import begin_writing
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.imports import checks as import_checks
from tracker.services.imports.fast_path import FastCheck, insert_rows
from tracker.services.imports.store import SESSION_FIELDS
from tracker.services.sessions import rows as session_rows

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
CLEAR = records.a_session(effects={}, before=VitalSigns(systolic_mmhg=120, diastolic_mmhg=80))
# Whatever is text in a session, also what is added after this was written; a record number is the
# patient's, who is known.
TEXTS = sorted(
    name
    for name in CLEAR.__struct_fields__
    if type(getattr(CLEAR, name)) is str and name != "record_number"
)
LENGTHS = st.sampled_from([0, 1, 199, 200, 201, 999, 1_000, 1_001, 9_999, 10_000, 10_001, 20_000])
unhurried = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def passes(record):
    names = (column.field for column in SESSIONS.columns)
    row = dict(zip(names, next(SESSIONS.rows([record])), strict=True))
    return FastCheck(now=NOW, zone=ZONE).passes([row]) == [True]


def is_clear(record):
    draft = session_rows.draft_of(record)
    return not import_checks.check_session(record, now=NOW) and not (
        import_checks.findings_of(draft)
    )


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_has_a_limit_that_the_quick_look_knows(name):
    too_long = replace(CLEAR, **{name: "x" * 20_000})
    assert [problem.field for problem in import_checks.check_session(too_long, now=NOW)] == [name]
    assert not passes(too_long)
    assert passes(CLEAR)


@unhurried
@given(st.dictionaries(st.sampled_from(TEXTS), LENGTHS, max_size=4))
def test_texts_of_any_length_are_judged_alike_both_ways(lengths):
    record = replace(CLEAR, **{name: "x" * length for name, length in lengths.items()})
    if lengths.get("state_reason"):  # a session that was held has none: worth a whole look
        assert not passes(record)
    else:
        assert passes(record) == is_clear(record)


def is_storable(record):
    """Say whether the database's own constraints let a session be."""
    started, left, dose = record.started_at, record.discharged_at, record.dose_mg
    return not (started and left and left < started) and (dose is None or dose > 0)


@pytest.fixture
def place(cast):
    patient_id = patients.a_patient(cast.anna)
    series_id = patients.a_series(cast.anna, patient_id, sessions=0)
    return {
        "clinic_id": cast.clinic_id, "patient_id": patient_id, "series_id": series_id, "version": 1,
        "recorded_at": NOW - timedelta(microseconds=1), "recorded_by": "Zoë",
    }  # fmt: skip


def stored():
    names = [one.name for one in TreatmentSession.__table__.columns if one.name not in OWN]
    found = select(*(getattr(TreatmentSession, name) for name in names))
    return [tuple(row) for row in db.session.execute(found.order_by(TreatmentSession.number))]


OWN = {"id", "number"}


@pytest.mark.both_databases
@settings(unhurried, max_examples=40)
@given(record=records.SESSIONS)
def test_any_session_is_stored_alike_both_ways(place, record):
    assume(is_storable(record))
    values = {name: getattr(record, name) for name in SESSION_FIELDS if name not in OWN}
    values["dose_mg_per_kg"] = record.dose_mg_per_kg
    begin_writing()
    try:
        db.session.execute(insert(TreatmentSession), [place | values | {"id": 1, "number": 1}])
        row = values | {"id": 2, "number": 2}
        insert_rows(TreatmentSession, tuple(row), [tuple(row.values())], place)
        slow, fast = stored()
        assert slow == fast
    finally:
        db.session.rollback()


@settings(unhurried, max_examples=20)
@given(records.SESSIONS, st.dictionaries(st.sampled_from(TEXTS), LENGTHS, max_size=2))
def test_no_draft_passes_that_the_rules_find_something_in(record, lengths):
    words = {name: "x" * length for name, length in lengths.items()}
    draft = session_rows.draft_of(replace(record, **words))
    (passed,) = FastCheck(now=NOW, zone=ZONE).passes_drafts([draft])
    if passed:
        assert not session_draft.check(draft, now=NOW)
        assert not import_checks.findings_of(replace(draft, comment=""))


def test_a_draft_in_order_passes_and_one_with_a_slip_does_not():
    draft = session_rows.draft_of(CLEAR)
    too_high = replace(draft, before=VitalSigns(systolic_mmhg=220, diastolic_mmhg=80))
    other = replace(draft, effects={Effect.OTHER: None})
    ahead = replace(draft, started_at=NOW + timedelta(days=1))
    check = FastCheck(now=NOW, zone=ZONE)
    assert check.passes_drafts([draft, too_high, other, ahead]) == [True, False, False, False]
