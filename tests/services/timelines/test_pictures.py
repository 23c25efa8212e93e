from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from tests.builders.courses import account, treat
from tests.builders.entries import under_way, write
from tests.builders.session_logs import at, log, put, read, stopped_infusion_log
from tracker.domain.live.entries import EventTerm
from tracker.domain.problems import ForbiddenError, NotFoundError
from tracker.domain.progress.trend import Audience
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.clinics import Clinic
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.progress import drawing
from tracker.services.timelines import pictures as timeline_pictures
from tracker.services.unit_of_work import unit_of_work


@pytest.fixture
def treated(cast):
    return treat(cast.anna, sessions=1)


@pytest.fixture
def sitting(cast, treated):
    put(cast.anna, treated.session_ids[0], stopped_infusion_log())
    return treated.session_ids[0]


def tag(session_id, by, **look):
    return timeline_pictures.picture_of(session_id, by=by, **look).tag


def change(by, kind, row_id, **values):
    with unit_of_work(by) as unit:
        row = db.session.get_one(kind, row_id)
        for name, value in values.items():
            setattr(row, name, value)
        unit.audit("test.changed")


@pytest.mark.both_databases
def test_a_session_is_loaded_with_all_that_was_written(cast, sitting):
    told = timeline_pictures.load(sitting, by=cast.anna)
    assert len(told.entries) == 52
    assert len(told.timeline.readings) == 40
    assert told.timeline.left == 145
    assert told.timeline.audience is Audience.CLINICIAN
    assert f"{told.timeline.zero_at:%H:%M}" == "10:00"


def test_while_a_session_is_under_way_minutes_count_from_its_dose(cast):
    session_id = under_way(cast.anna)
    write(cast.anna, session_id, "reading", {"systolic_mmhg": 120, "diastolic_mmhg": 80})
    assert not timeline_pictures.load(session_id, by=cast.anna).timeline.is_from_dose
    write(cast.anna, session_id, "given", {"dose_mg": "40"})
    told = timeline_pictures.load(session_id, by=cast.anna).timeline
    assert told.is_from_dose
    assert [point.dose_mg for point in told.doses] == [40]


@pytest.mark.both_databases
def test_equal_facts_have_equal_tags_and_every_look_its_own(cast, sitting):
    looks = [
        {"kind": kind, "shape": shape, "theme": theme}
        for kind in drawing.KINDS
        for shape in drawing.SHAPES
        for theme in drawing.THEMES
    ]
    tags = [tag(sitting, cast.anna, **look) for look in looks]
    assert len(set(tags)) == len(looks)
    assert tag(sitting, cast.anna, **looks[0]) == tags[0]


def test_any_change_of_what_is_drawn_changes_the_tag(cast, sitting):
    seen = {tag(sitting, cast.anna)}
    extra = log(*[(minute, read("120/80")) for minute in range(53)])[-1:]
    put(cast.anna, sitting, extra)
    seen.add(tag(sitting, cast.anna))
    change(cast.anna, TreatmentSession, sitting, discharged_at=at(150))
    seen.add(tag(sitting, cast.anna))
    change(cast.anna, TreatmentSession, sitting, started_at=at(1))
    seen.add(tag(sitting, cast.anna))
    change(cast.anna, Clinic, cast.clinic_id, settings={"systolic_warn_mmhg": 150})
    seen.add(tag(sitting, cast.anna))
    assert len(seen) == 5


def test_a_picture_is_drawn_by_the_thread_that_draws_all_of_them(cast, sitting):
    content = timeline_pictures.picture_of(sitting, by=cast.anna, shape="phone").content()
    assert content.rstrip().endswith(b"</svg>")
    assert b"SENTINEL" not in content
    assert b"Ben" not in content


def test_asking_for_a_picture_leaves_an_audit_line_each_time(cast, treated, sitting):
    tag(sitting, cast.anna)
    tag(sitting, cast.anna, kind="png")
    lines = db.session.execute(
        select(AuditEvent.patient_id, AuditEvent.user_id, AuditEvent.subject, AuditEvent.detail)
        .where(AuditEvent.action == "timeline.viewed")
        .order_by(AuditEvent.sequence)
    ).all()
    who = (treated.patient_id, cast.anna.user_id, f"session:{sitting}")
    assert [tuple(line) for line in lines] == [(*who, "svg"), (*who, "png")]


def test_patients_see_their_own_signed_session_as_theirs(cast, treated, sitting):
    ben = account(cast.console, treated)
    told = timeline_pictures.load(sitting, by=ben)
    assert told.timeline.audience is Audience.PATIENT
    assert tag(sitting, ben) != tag(sitting, cast.anna)
    change(cast.anna, TreatmentSession, sitting, state="under-way")
    with pytest.raises(NotFoundError):
        timeline_pictures.load(sitting, by=ben)


def test_what_a_person_should_tell_is_not_in_the_patients_picture(cast, treated):
    session_id = under_way(cast.anna)
    term = {"term": EventTerm.SUICIDAL.value}
    write(cast.anna, session_id, "event", term)
    write(cast.anna, session_id, "reading", {"heart_rate_bpm": 70})
    assert len(timeline_pictures.load(session_id, by=cast.anna).timeline.events) == 1
    change(cast.anna, TreatmentSession, session_id, state="completed")
    patient_id = timeline_pictures.load(session_id, by=cast.anna).row.patient_id
    owner = account(cast.console, treated.__class__(patient_id, 0, ()), email="own@example.org")
    assert timeline_pictures.load(session_id, by=owner).timeline.events == ()


@pytest.mark.parametrize(("who", "refusal"), [("cleo", NotFoundError), ("adam", ForbiddenError)])
def test_nobody_else_sees_a_session(cast, sitting, who, refusal):
    with pytest.raises((refusal, NotFoundError)):
        timeline_pictures.load(sitting, by=getattr(cast, who))


def test_a_session_that_is_not_there_is_not_found(cast):
    with pytest.raises(NotFoundError):
        timeline_pictures.load(1, by=cast.anna)


def test_times_are_those_of_the_clinic(cast, treated):
    (session_id,) = treated.session_ids
    put(cast.anna, session_id, log((0, read("120/80"))))
    change(cast.anna, Clinic, cast.clinic_id, time_zone="Europe/Berlin")
    zero = timeline_pictures.load(session_id, by=cast.anna).timeline.zero_at
    assert (f"{zero:%H:%M}", zero) == ("16:00", datetime(2026, 3, 3, 15, tzinfo=UTC))
