import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from msgspec.structs import replace
from sqlalchemy import text

from tests.builders.patients import HELD, START, a_series, planned
from tests.builders.plans import move
from tracker.domain.access import Actor, Role
from tracker.domain.codes import Drug, Route, SessionState
from tracker.domain.measures import VitalSigns
from tracker.domain.problems import ForbiddenError, InvalidError, NotFoundError, StaleError
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.findings import UncommentedError
from tracker.models import db
from tracker.models.series import Series
from tracker.services.sessions import amendments
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import life as life_steps
from tracker.services.unit_of_work import AlreadySavedError


@pytest.fixture
def series(anna, patient):
    return a_series(anna, patient)


@pytest.fixture
def recorded(anna, series):
    return session_commands.record(HELD, series_id=series, session_id=planned(series)[0], by=anna)


@pytest.mark.both_databases
def test_what_was_recorded_comes_back_whole(anna, recorded):
    view = session_commands.find(recorded, by=anna)
    assert view.draft == HELD
    assert view.record.state is SessionState.COMPLETED
    assert view.record.number == 1
    assert view.record.dose_mg_per_kg == Decimal("0.50")
    assert view.recorded_by == "Anna Clinician"
    assert view.versions == ()


@pytest.mark.both_databases
def test_missing_stays_missing(anna, series):
    bare = SessionDraft(started_at=START, drug=Drug.KETAMINE, route=Route.IV)
    assert (
        session_commands.find(
            session_commands.record(bare, series_id=series, by=anna), by=anna
        ).draft
        == bare
    )


def test_a_series_becomes_active_with_its_first_session(anna, series, recorded):
    assert db.session.get_one(Series, series).state == "active"


def test_an_extra_session_takes_the_next_number(anna, series, recorded):
    later = replace(HELD, started_at=START + timedelta(hours=4), discharged_at=None)
    extra = session_commands.record(later, series_id=series, by=anna)
    assert session_commands.find(extra, by=anna).record.number == 3


@pytest.mark.both_databases
def test_a_session_within_an_hour_of_another_wants_a_comment(anna, series, recorded):
    twice = replace(HELD, started_at=START + timedelta(minutes=20), discharged_at=None)
    with pytest.raises(UncommentedError) as caught:
        session_commands.record(twice, series_id=series, by=anna)
    assert "started_at" in {finding.field for finding in caught.value.findings}
    told = replace(twice, comment="A second dose the same morning.")
    assert session_commands.record(told, series_id=series, by=anna) != recorded


def test_every_problem_is_telling_moment_once(anna, series):
    wrong = replace(HELD, dose_mg=Decimal(-1), mood_before=11, discharged_at=START - timedelta(1))
    with pytest.raises(InvalidError) as caught:
        session_commands.record(wrong, series_id=series, by=anna)
    assert {"dose_mg", "mood_before", "discharged_at"} <= {p.field for p in caught.value.problems}


def test_what_is_unusual_wants_a_comment_and_never_blocks(anna, series):
    unusual = replace(HELD, dose_mg=Decimal(355), comment=" ")
    with pytest.raises(UncommentedError) as caught:
        session_commands.record(unusual, series_id=series, by=anna)
    assert [finding.field for finding in caught.value.findings] == ["dose_mg"]
    assert [problem.field for problem in caught.value.problems] == ["comment"]
    told = replace(unusual, comment="Anaesthesia was wanted")
    assert session_commands.find(
        session_commands.record(told, series_id=series, by=anna), by=anna
    ).findings


def test_a_comment_does_not_answer_what_came_up_after_it(anna, series):
    told = replace(HELD, dose_mg=Decimal(355), comment="pressure is always high")
    with pytest.raises(UncommentedError):
        session_commands.record(told, series_id=series, by=anna, answered=["something else"])


def test_a_weight_in_pounds_is_noticed(anna, series, recorded):
    slip = replace(HELD, started_at=START + timedelta(days=3), discharged_at=None)
    slip = replace(slip, weight_kg=Decimal("156.2"))
    with pytest.raises(UncommentedError, match=r"71 kg at the last session"):
        session_commands.record(slip, series_id=series, by=anna)


@pytest.mark.both_databases
def test_a_second_click_gives_the_first_result(anna, series):
    first = session_commands.record(HELD, series_id=series, by=anna, once="k1")
    with pytest.raises(AlreadySavedError) as caught:
        session_commands.record(HELD, series_id=series, by=anna, once="k1")
    assert caught.value.result_id == first


@pytest.mark.both_databases
def test_two_clicks_at_once_make_one_session(app, anna, patient, series):
    gate, results = threading.Barrier(4), []

    def click():
        with app.app_context():
            gate.wait()
            try:
                results.append(session_commands.record(HELD, series_id=series, by=anna, once="k2"))
            except AlreadySavedError as error:
                results.append(error.result_id)
            finally:
                db.session.remove()

    clicks = [threading.Thread(target=click) for _ in range(4)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    assert len(results) == 4
    assert len(set(results)) == 1
    held = [told for told in session_commands.of_patient(patient, by=anna) if told.started_at]
    assert len(held) == 1


@pytest.mark.both_databases
def test_a_planned_session_is_recorded_once(anna, series, recorded):
    with pytest.raises(StaleError):
        session_commands.record(HELD, series_id=series, session_id=recorded, by=anna)


@pytest.mark.both_databases
def test_an_amendment_keeps_the_earlier_version_whole(anna, recorded):
    changed = replace(
        HELD, dose_mg=Decimal(30), before=VitalSigns(), after=VitalSigns(spo2_percent=97)
    )
    amendments.amend(recorded, changed, reason="Typing slip", version=1, by=anna)
    view = session_commands.find(recorded, by=anna)
    assert view.draft == changed
    assert view.version == 2
    [kept] = view.versions
    assert (kept.version, kept.reason, kept.saved_by) == (1, "Typing slip", "Anna Clinician")
    assert replace(
        kept.record, dose_mg=Decimal(30), before=changed.before, after=changed.after
    ) == (view.record)
    assert kept.record.before == HELD.before


def test_an_amendment_needs_a_reason_and_a_difference(anna, recorded):
    with pytest.raises(InvalidError, match="reason"):
        amendments.amend(recorded, replace(HELD, mood_after=7), reason=" ", version=1, by=anna)
    with pytest.raises(InvalidError, match="Nothing differs"):
        amendments.amend(recorded, HELD, reason="No reason", version=1, by=anna)


@pytest.mark.both_databases
def test_the_comment_that_stands_does_not_answer_a_new_slip(anna, series):
    high = replace(HELD, before=VitalSigns(systolic_mmhg=150), comment="Nervous today")
    made = session_commands.record(high, series_id=series, by=anna)
    amendments.amend(made, replace(high, mood_after=7), reason="Asked again", version=1, by=anna)
    slip = replace(high, dose_mg=Decimal(355))
    with pytest.raises(UncommentedError):
        amendments.amend(made, slip, reason="Dose", version=2, by=anna)
    told = replace(slip, comment="Nervous today; dose is right")
    amendments.amend(made, told, reason="Dose", version=2, by=anna)


@pytest.mark.both_databases
def test_the_second_of_two_amendments_is_told(anna, recorded):
    amendments.amend(recorded, replace(HELD, mood_after=7), reason="One", version=1, by=anna)
    with pytest.raises(StaleError) as caught:
        amendments.amend(recorded, replace(HELD, mood_after=8), reason="Two", version=1, by=anna)
    assert caught.value.current_version == 2
    assert session_commands.find(recorded, by=anna).draft.mood_after == 7


@pytest.mark.both_databases
def test_two_people_amending_in_the_same_instant_never_overwrite(app, anna, recorded):
    gate, told = threading.Barrier(2), []

    def change(mood):
        with app.app_context():
            gate.wait()
            try:
                draft = replace(HELD, mood_after=mood)
                amendments.amend(recorded, draft, reason="Same time", version=1, by=anna)
                told.append("saved")
            except StaleError:
                told.append("stale")
            finally:
                db.session.remove()

    both = [threading.Thread(target=change, args=(mood,)) for mood in (7, 8)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(told) == ["saved", "stale"]
    assert session_commands.find(recorded, by=anna).version == 2


@pytest.mark.both_databases
def test_who_gives_way_leaves_their_version_in_the_history(anna, recorded):
    theirs, mine = replace(HELD, mood_after=7), replace(HELD, mood_after=8)
    amendments.amend(recorded, theirs, reason="One", version=1, by=anna)
    amendments.keep_theirs(recorded, mine, reason="Two", version=2, by=anna)
    view = session_commands.find(recorded, by=anna)
    assert view.draft == theirs
    assert [kept.record.mood_after for kept in view.versions] == [6, 7, 8]


def test_strangers_find_nothing_and_patients_may_not(cast, anna, patient, series, recorded):
    ben = Actor(None, cast.clinic_id, "Ben", frozenset({Role.PATIENT}), patient)
    deeds = [
        lambda by: session_commands.find(recorded, by=by),
        lambda by: session_commands.record(HELD, series_id=series, by=by),
        lambda by: amendments.amend(recorded, HELD, reason="x", version=1, by=by),
        lambda by: move(planned(series)[1], date(2026, 4, 1), by=by),
        lambda by: life_steps.cancel_or_miss(planned(series)[1], SessionState.MISSED, "x", by=by),
        lambda by: session_commands.of_patient(patient, by=by),
        lambda by: session_commands.prefill(series, None, by=by),
    ]
    for deed in deeds:
        with pytest.raises(NotFoundError):
            deed(cast.cleo)
        with pytest.raises(NotFoundError):
            deed(cast.adam)
        with pytest.raises(ForbiddenError):
            deed(ben)


@pytest.mark.both_databases
def test_a_planned_session_is_moved_and_not_held_and_planned_again(anna, series):
    one = planned(series)[0]
    move(one, date(2026, 3, 4), by=anna)
    life_steps.cancel_or_miss(one, SessionState.CANCELLED, "Snow", by=anna)
    view = session_commands.find(one, by=anna)
    assert (view.record.state, view.record.state_reason) == (SessionState.CANCELLED, "Snow")
    assert view.record.planned_on == date(2026, 3, 4)
    move(one, date(2026, 3, 5), by=anna)
    assert session_commands.find(one, by=anna).record.state is SessionState.PLANNED
    assert len(session_commands.find(one, by=anna).versions) == 3


def test_setting_aside_needs_a_reason_and_a_day_that_has_come(anna, patient):
    series = a_series(anna, patient, number=2, starts_on=date(2126, 1, 1))
    one = planned(series)[0]
    with pytest.raises(InvalidError, match="coming day"):
        life_steps.cancel_or_miss(one, SessionState.MISSED, "Asleep", by=anna)
    with pytest.raises(InvalidError, match="reason"):
        life_steps.cancel_or_miss(one, SessionState.CANCELLED, "", by=anna)
    with pytest.raises(InvalidError, match="cancelled or missed"):
        life_steps.cancel_or_miss(one, SessionState.COMPLETED, "Trick", by=anna)


def test_a_recorded_session_is_not_not_held_or_moved(anna, recorded):
    with pytest.raises(InvalidError, match="has been recorded"):
        life_steps.cancel_or_miss(recorded, SessionState.MISSED, "x", by=anna)
    with pytest.raises(InvalidError, match="has been recorded"):
        move(recorded, date(2026, 3, 9), by=anna)


def test_a_cancelled_session_that_was_held_after_all_keeps_its_past(anna, series):
    one = planned(series)[0]
    life_steps.cancel_or_miss(one, SessionState.CANCELLED, "Snow", by=anna)
    session_commands.record(HELD, series_id=series, session_id=one, by=anna)
    view = session_commands.find(one, by=anna)
    assert view.record.state is SessionState.COMPLETED
    assert view.versions[-1].record.state_reason == "Snow"


@pytest.mark.both_databases
def test_a_page_starts_from_the_plan_and_the_last_session(anna, series, recorded):
    draft = session_commands.prefill(series, planned(series)[1], by=anna)
    assert (draft.drug, draft.route) == (Drug.KETAMINE, Route.IV)
    assert (draft.weight_kg, draft.dose_mg, draft.duration_minutes) == (71, Decimal("35.5"), 40)
    outcomes = ("mood_before", "mood_after", "pain_before", "dissociation_peak", "discharged_at")
    assert [getattr(draft, name) for name in outcomes] == [None] * 5
    assert draft.effects == {}
    assert not draft.before


def test_a_plan_by_weight_gives_the_dose_once_the_weight_is_known(anna, patient, recorded):
    other = a_series(
        anna, patient, number=2, drug="esketamine", planned_dose_mg_per_kg=Decimal("0.4")
    )
    with time_machine.travel(HELD.started_at + timedelta(days=7), tick=False):
        assert session_commands.prefill(other, None, by=anna).dose_mg == Decimal("28.4")


@pytest.mark.parametrize(("days", "weight"), [(90, 71), (91, None), (500, None)])
def test_an_old_weight_is_not_taken_for_that_of_today(anna, patient, recorded, days, weight):
    other = a_series(
        anna, patient, number=2, drug="esketamine", planned_dose_mg_per_kg=Decimal("0.4")
    )
    with time_machine.travel(HELD.started_at + timedelta(days=days), tick=False):
        page = session_commands.prepare_page(other, by=anna)
    dose = None if weight is None else Decimal("28.4")
    assert (page.draft.weight_kg, page.draft.dose_mg) == (weight, dose)
    assert page.last.weight_kg == 71  # the page shows it with its day


def test_a_dose_by_an_old_weight_is_not_repeated(anna, series, recorded):
    with time_machine.travel(HELD.started_at + timedelta(days=91), tick=False):
        draft = session_commands.prepare_page(series, by=anna).draft
    assert (draft.weight_kg, draft.dose_mg, draft.duration_minutes) == (None, None, 40)


def test_the_trail_names_fields_and_never_their_content(anna, recorded):
    amendments.amend(
        recorded, replace(HELD, private_notes="zebra"), reason="yak", version=1, by=anna
    )
    rows = db.session.execute(text("SELECT action, detail FROM audit_event")).all()
    assert ("session.amended", "private_notes") in [tuple(row) for row in rows]
    assert not any("zebra" in row.detail or "yak" in row.detail for row in rows)
