from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.builders import courses
from tests.builders.courses import account, treat
from tracker.domain.problems import ForbiddenError, NotFoundError
from tracker.domain.progress.trend import Audience
from tracker.instruments import library
from tracker.models import db
from tracker.models.assessments import Assessment
from tracker.models.audit import AuditEvent
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.patients import search as patient_search
from tracker.services.progress import drawing
from tracker.services.progress import pictures as progress_pictures
from tracker.services.unit_of_work import unit_of_work


def tag(patient_id, by, **look):
    return progress_pictures.picture_of(patient_id, by=by, **look).tag


def change(by, kind, row_id, **values):
    with unit_of_work(by) as unit:
        row = db.session.get_one(kind, row_id)
        for name, value in values.items():
            setattr(row, name, value)
        unit.audit("test.changed")


@pytest.mark.both_databases
def test_a_course_holds_what_was_recorded_in_the_clinics_time(app, cast):
    treated = treat(cast.anna, sessions=2, scores=3, pain_before=None, pain_after=7)
    course = progress_pictures.progress(treated.patient_id, by=cast.anna)
    assert [point.number for point in course.treatments] == [1, 2]
    first = course.treatments[0]
    assert (first.at.hour, first.at.utcoffset()) == (10, timedelta(hours=-5))  # 15:00 in UTC
    assert (first.pain_before, first.pain_after) == (None, 7)
    assert (first.dose_mg, first.dose_mg_per_kg) == (Decimal(35), Decimal("0.5"))
    assert [point.total for point in course.scales[0].points] == [20, 19, 18]
    assert course.audience is Audience.CLINICIAN


def test_patients_are_spoken_to_as_patients(app, cast):
    treated = treat(cast.anna)
    ben = account(cast.console, treated)
    assert progress_pictures.progress(treated.patient_id, by=ben).audience is Audience.PATIENT


@pytest.mark.both_databases
def test_a_planned_session_stands_at_noon_of_its_day(app, cast):
    treated = treat(cast.anna, sessions=1, state="planned", started_at=None)
    at = progress_pictures.progress(treated.patient_id, by=cast.anna).sessions[0].at
    assert (at.date(), at.hour) == (courses.FIRST.date(), 12)


def test_a_session_that_never_had_a_day_is_left_out(app, cast):
    treated = treat(cast.anna, sessions=1, state="cancelled", started_at=None, planned_on=None)
    assert progress_pictures.progress(treated.patient_id, by=cast.anna).sessions == ()


def test_a_voided_score_is_not_shown(app, cast):
    treated = treat(cast.anna, scores=2)
    before = tag(treated.patient_id, cast.anna)
    mistaken = db.session.scalars(select(Assessment.id).order_by(Assessment.taken_at)).first()
    change(cast.anna, Assessment, mistaken, voided_at=courses.FIRST, voided_reason="typing error")
    course = progress_pictures.progress(treated.patient_id, by=cast.anna)
    assert [point.total for point in course.scales[0].points] == [19]
    assert tag(treated.patient_id, cast.anna) != before


@pytest.fixture
def answered(app, cast):
    """Store a PHQ-9 as a total, one in full, one without item 9, and one with five answers."""
    treated = treat(cast.anna, scores=0)
    items = [item.code for item in library()["phq9"].items if item.scored]
    given = [
        {"total": 18},
        {"total": 9, "answers": dict.fromkeys(items, "1"), "instrument_version": "2"},
        {"total": 9, "answers": dict.fromkeys(items[:8], "1"), "completeness": "prorated"},
        {"total": None, "answers": dict.fromkeys(items[:5], "1"), "completeness": "incomplete"},
    ]
    with unit_of_work(cast.anna) as unit:
        for n, values in enumerate(given):
            at = courses.FIRST + timedelta(days=7 * n, hours=-1)
            courses.add_score(cast.anna, treated, at=at, **values)
        unit.audit("test.scored")
    return treated


def test_a_score_says_how_complete_it_is_and_what_the_suicide_item_was(answered, cast):
    entered, whole, prorated = (
        progress_pictures.progress(answered.patient_id, by=cast.anna).scales[0].points
    )
    assert (entered.safety, entered.prorated) == ((), False)
    assert (whole.safety, whole.version) == (((9, 1),), "2")
    assert (prorated.safety, prorated.prorated) == (((9, None),), True)


def test_what_has_no_total_is_listed_and_is_no_last_score(answered, cast):
    course = progress_pictures.progress(answered.patient_id, by=cast.anna)
    ((name, unfinished),) = course.incomplete
    assert (name, unfinished.answered, unfinished.asked) == ("PHQ-9", 5, 9)
    assert unfinished.safety == ((9, None),)
    assert course.scales[0].last.total == 9
    (line,) = patient_search.listing(by=cast.anna).lines
    assert line.state.status.last.startswith("PHQ-9 9,")


def test_an_answer_that_changes_shows_in_the_tag(answered, cast):
    before = tag(answered.patient_id, cast.anna)
    whole = db.session.scalars(select(Assessment).where(Assessment.total == 9)).first()
    change(cast.anna, Assessment, whole.id, answers={**whole.answers, "phq9_9": "3"})
    assert tag(answered.patient_id, cast.anna) != before


@pytest.mark.parametrize("by", ["cleo", "adam", "other"])
def test_nobody_else_knows_of_it(app, cast, by):
    treated = treat(cast.anna)
    other = account(cast.console, treat(cast.anna, record_number="C-2"), email="c@example.org")
    who = other if by == "other" else getattr(cast, by)
    with pytest.raises(NotFoundError):
        progress_pictures.progress(treated.patient_id, by=who)
    with pytest.raises((NotFoundError, ForbiddenError)):
        progress_pictures.picture_of(treated.patient_id, by=who)


def test_an_unchanged_course_keeps_its_tag(app, cast):
    treated = treat(cast.anna)
    assert tag(treated.patient_id, cast.anna) == tag(treated.patient_id, cast.anna)


def test_every_look_has_a_tag_of_its_own(app, cast):
    treated = treat(cast.anna)
    ben = account(cast.console, treated)
    looks = [
        {"kind": kind, "shape": shape, "theme": theme}
        for kind in drawing.KINDS
        for shape in drawing.SHAPES
        for theme in drawing.THEMES
    ]
    tags = {tag(treated.patient_id, by, **look) for look in looks for by in (cast.anna, ben)}
    assert len(tags) == 2 * len(looks)


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "values",
    [
        {"mood_after": 9},
        {"mood_after": None},
        {"pain_before": 0},
        {"dissociation_peak": 10},
        {"dissociation_resolved": False},
        {"dose_mg_per_kg": Decimal("0.75")},
        {"started_at": courses.FIRST + timedelta(days=1)},
        {"state": "missed"},
        {"route": "im"},
    ],
)
def test_any_change_of_what_is_drawn_changes_the_tag(app, cast, values):
    treated = treat(cast.anna, sessions=1)
    before = tag(treated.patient_id, cast.anna)
    change(cast.anna, TreatmentSession, treated.session_ids[0], **values)
    assert tag(treated.patient_id, cast.anna) != before


def test_a_change_of_notes_alone_draws_nothing_anew(app, cast):
    treated = treat(cast.anna, sessions=1)
    before = tag(treated.patient_id, cast.anna)
    change(cast.anna, TreatmentSession, treated.session_ids[0], private_notes="longer", version=2)
    assert tag(treated.patient_id, cast.anna) == before


def test_the_picture_holds_no_name_and_no_note(app, cast):
    treated = treat(cast.anna)
    content = progress_pictures.progress_picture(treated.patient_id, by=cast.anna).decode()
    assert content.rstrip().endswith("</svg>")
    assert "PHQ-9" in content
    for word in ("Ben", "B-1", "Thistledown"):
        assert word not in content


def test_a_png_is_a_png(app, cast):
    treated = treat(cast.anna)
    picture = progress_pictures.picture_of(
        treated.patient_id, by=cast.anna, kind="png", shape="phone"
    )
    assert picture.content().startswith(b"\x89PNG")


def test_a_picture_is_drawn_once(app, cast, monkeypatch):
    treated = treat(cast.anna)
    drawn = []
    monkeypatch.setattr(drawing, "_draw", lambda *_: drawn.append(1) or b"picture")
    for _ in range(3):
        assert (
            progress_pictures.picture_of(treated.patient_id, by=cast.anna).content() == b"picture"
        )
    assert drawn == [1]


def test_asking_for_a_picture_leaves_an_audit_line_each_time(app, cast):
    treated = treat(cast.anna)
    tag(treated.patient_id, cast.anna)
    tag(treated.patient_id, cast.anna, kind="png")
    lines = db.session.execute(
        select(AuditEvent.patient_id, AuditEvent.user_id, AuditEvent.detail)
        .where(AuditEvent.action == "progress.viewed")
        .order_by(AuditEvent.sequence)
    ).all()
    expected = [(treated.patient_id, cast.anna.user_id, kind) for kind in ("svg", "png")]
    assert [tuple(line) for line in lines] == expected


def test_the_example_of_the_guide_is_drawn_in_every_look():
    progress_pictures.warm()
    for shape in drawing.SHAPES:
        for theme in drawing.THEMES:
            content = progress_pictures.example_picture(shape=shape, theme=theme).content()
            assert content.rstrip().endswith(b"</svg>")
