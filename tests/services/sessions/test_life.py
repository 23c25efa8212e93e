"""The steps that leave a record alone, and what is asked before a session begins."""

from datetime import UTC, date, timedelta

import pytest
from msgspec import structs
from sqlalchemy import select, update

from tests.builders.entries import NOW
from tests.builders.patients import HELD, START, a_patient, a_series, planned
from tests.builders.stock import dose
from tests.stopping import stopped_at
from tracker.domain.codes import SeriesState, SessionState
from tracker.domain.live.entries import EntryKind, latest_form
from tracker.domain.problems import ForbiddenError, InvalidError, NotFoundError
from tracker.domain.sessions.findings import UncommentedError
from tracker.models import db
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.live import commands as live_commands
from tracker.services.live import entry_log
from tracker.services.patients import commands as patient_commands
from tracker.services.series import commands as series_commands
from tracker.services.series import queries as series_queries
from tracker.services.series import start_rules
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import life as life_steps

clock = stopped_at(NOW)
S = SessionState


@pytest.fixture
def patient(anna):
    return a_patient(anna)


@pytest.fixture
def series(anna, patient):
    return a_series(anna, patient, sessions=3)


@pytest.fixture
def first(series):
    return planned(series)[0]


def row(session_id):
    db.session.rollback()
    return db.session.get_one(TreatmentSession, session_id)


def series_state(series_id):
    db.session.rollback()
    return db.session.get_one(Series, series_id).state


def states(series_id):
    return [row(one).state for one in planned(series_id)]


class TestBegunByMistake:
    @pytest.mark.both_databases
    def test_it_is_planned_again_and_its_entries_stay_readable(self, anna, first):
        live_commands.begin(first, by=anna)
        life_steps.undo_begin(first, take_back=False, by=anna)
        assert row(first).state == "planned"
        live_commands.begin(first, by=anna)
        assert row(first).state == "under-way"

    @pytest.mark.both_databases
    def test_entries_of_somebody_else_are_taken_back(self, anna, first):
        live_commands.begin(first, by=anna)
        raw = {
            "key": "key-000001", "kind": "reading", "at": NOW.isoformat(), "replaces": "",
            "content": {"systolic_mmhg": 150, "diastolic_mmhg": 90},
        }  # fmt: skip
        assert not entry_log.append(first, [raw], by=anna).refused
        life_steps.undo_begin(first, take_back=True, by=anna)
        log = entry_log.of_session(first)
        assert [entry.kind.value for entry in log] == ["reading", "withdrawal"]
        assert latest_form(log, EntryKind.GATE) is None

    def test_what_was_said_when_it_began_goes_into_the_history(self, anna, series):
        second = planned(series)[1]
        live_commands.begin(second, by=anna, reason="Came a day early")
        life_steps.undo_begin(second, take_back=False, by=anna)
        assert row(second).begin_reason == ""
        [version] = session_commands.find(second, by=anna).versions
        assert version.reason == "Not begun after all. Said when it began: Came a day early"

    def test_each_step_stands_under_its_own_reason(self, anna, first):
        live_commands.begin(first, by=anna)
        life_steps.undo_begin(first, take_back=False, by=anna)
        live_commands.begin(first, by=anna)
        life_steps.undo_begin(first, take_back=False, by=anna)
        held = structs.replace(HELD, discharged_at=None, duration_minutes=None)
        session_commands.record(held, series_id=row(first).series_id, session_id=first, by=anna)
        told = session_commands.find(first, by=anna).versions
        assert [(one.record.state.value, one.reason) for one in told] == [
            ("under-way", "Not begun after all."),
            ("planned", "It began."),
            ("under-way", "Not begun after all."),
            ("planned", "Recorded as done."),
        ]

    def test_the_reason_of_the_series_stays(self, anna, patient):
        series = a_series(anna, patient, sessions=2, eligibility_reason="Assessed elsewhere")
        live_commands.begin(planned(series)[1], by=anna, reason="Came a day early")
        assert start_rules.of_series(series, UTC).reason == "Assessed elsewhere"

    @pytest.mark.both_databases
    def test_the_series_that_it_started_waits_again(self, anna, series, first):
        live_commands.begin(first, by=anna)
        assert db.session.get_one(Series, series).state == "active"
        life_steps.undo_begin(first, take_back=False, by=anna)
        assert series_state(series) == "planned"
        live_commands.begin(first, by=anna)
        dose(anna, first, 35, None)
        assert series_state(series) == "active"

    def test_cancelled_before_anything_was_given_it_started_no_series_either(
        self, anna, series, first
    ):
        live_commands.begin(first, by=anna)
        life_steps.cancel_or_miss(first, S.CANCELLED, "Blood pressure", by=anna)
        assert series_state(series) == "planned"

    def test_a_series_that_began_before_goes_on(self, anna, series, first):
        version = db.session.get_one(Series, series).version
        series_commands.set_state(series, SeriesState.ACTIVE, "", version=version, by=anna)
        live_commands.begin(first, by=anna)
        life_steps.undo_begin(first, take_back=False, by=anna)
        assert series_state(series) == "active"

    def test_where_another_goes_on_the_series_has_begun_with_that_one(self, anna, series, first):
        second = planned(series)[1]
        live_commands.begin(first, by=anna)
        live_commands.begin(second, by=anna, reason="A day early")
        life_steps.undo_begin(first, take_back=False, by=anna)
        assert series_state(series) == "active"
        life_steps.undo_begin(second, take_back=False, by=anna)
        assert series_state(series) == "planned"

    def test_why_it_started_without_an_assessment_is_asked_again(self, anna, patient):
        series = a_series(anna, patient, sessions=2, eligibility_reason="")
        first = planned(series)[0]
        live_commands.begin(first, by=anna, reason="Assessed by telephone")
        assert start_rules.of_series(series, UTC).reason == "Assessed by telephone"
        life_steps.undo_begin(first, take_back=False, by=anna)
        assert start_rules.of_series(series, UTC).reason == ""
        with pytest.raises(UncommentedError, match="No signed eligibility assessment"):
            live_commands.begin(first, by=anna)

    @pytest.mark.both_databases
    def test_an_extra_that_it_added_is_cancelled_and_stays_readable(self, anna, series):
        extra = live_commands.begin_extra(series, by=anna, reason="Asked to come")
        with pytest.raises(InvalidError, match="Give the reason"):
            life_steps.undo_begin(extra, take_back=False, by=anna)
        life_steps.undo_begin(extra, take_back=False, reason=" Wrong patient ", by=anna)
        assert (row(extra).state, row(extra).state_reason) == ("cancelled", "Wrong patient")
        assert series_state(series) == "planned"
        [version] = session_commands.find(extra, by=anna).versions
        assert version.reason == "Not begun after all. Said when it began: Asked to come"

    def test_planned_again_it_is_one_like_any_other(self, anna, series):
        extra = live_commands.begin_extra(series, by=anna, reason="Asked to come")
        life_steps.undo_begin(extra, take_back=False, reason="Wrong series", by=anna)
        life_steps.plan_again(extra, by=anna)
        live_commands.begin(extra, by=anna)
        life_steps.undo_begin(extra, take_back=False, by=anna)
        assert row(extra).state == "planned"

    def test_an_extra_of_a_series_that_is_over_is_taken_back_too(self, anna, series):
        version = db.session.get_one(Series, series).version
        series_commands.set_state(series, SeriesState.STOPPED, "Moved", version=version, by=anna)
        extra = live_commands.begin_extra(series, by=anna, reason="Asked to come")
        life_steps.undo_begin(extra, take_back=False, reason="Wrong patient", by=anna)
        assert row(extra).state == "cancelled"

    def test_what_was_given_is_not_taken_back(self, anna, first):
        live_commands.begin(first, by=anna)
        dose(anna, first, 35, None)
        with pytest.raises(InvalidError, match="Something was given"):
            life_steps.undo_begin(first, take_back=True, by=anna)
        assert row(first).state == "under-way"


class TestNotHeld:
    @pytest.mark.both_databases
    @pytest.mark.parametrize("state", [S.CANCELLED, S.MISSED])
    def test_another_is_planned_in_its_place_and_both_are_taken_back(
        self, anna, series, first, state
    ):
        life_steps.cancel_or_miss(first, state, "Flu", another_on=date(2026, 3, 20), by=anna)
        assert states(series) == [state.value, "planned", "planned", "planned"]
        assert row(planned(series)[3]).planned_on == date(2026, 3, 20)
        life_steps.plan_again(first, by=anna)
        assert states(series)[0] == "planned"
        assert row(first).state_reason == ""

    def test_the_other_day_is_checked_with_everything_else(self, anna, first):
        with pytest.raises(InvalidError) as caught:
            life_steps.cancel_or_miss(first, S.CANCELLED, "", another_on=date(1900, 1, 1), by=anna)
        assert sorted(p.field for p in caught.value.problems) == ["another_on", "reason"]
        assert row(first).state == "planned"

    def test_the_day_proposed_goes_on_at_the_pace_of_the_series(self, series):
        assert life_steps.propose_day(series, ()) == date(2026, 3, 11)  # 2, 5 and 8 March

    def test_the_day_proposed_is_an_open_one_of_the_weekdays_of_the_series(self, series):
        closed = {date(2026, 3, 11), date(2026, 3, 16)}
        assert life_steps.propose_day(series, closed) == date(2026, 3, 12)
        db.session.execute(update(Series).values(weekdays=[0, 3]))
        db.session.commit()
        assert life_steps.propose_day(series, closed) == date(2026, 3, 12)  # a Thursday
        db.session.execute(update(Series).values(weekdays=[0]))
        db.session.commit()
        assert life_steps.propose_day(series, closed) == date(2026, 3, 23)

    def test_one_more_is_planned(self, anna, series):
        made = life_steps.add(series, date(2026, 3, 11), by=anna)
        assert (row(made).number, row(made).state) == (4, "planned")
        for day in (None, date(1900, 1, 1)):
            with pytest.raises(InvalidError):
                life_steps.add(series, day, by=anna)

    def test_nobody_else_takes_a_step(self, cast, series, first):
        for who in (cast.cleo, cast.adam):
            for act in (
                lambda who=who: life_steps.add(series, date(2026, 3, 11), by=who),
                lambda who=who: life_steps.plan_again(first, by=who),
                lambda who=who: life_steps.undo_begin(first, take_back=False, by=who),
            ):
                with pytest.raises(NotFoundError):
                    act()
        with pytest.raises(ForbiddenError):
            life_steps.undo_begin(first, take_back=False, by=cast.console)


@pytest.mark.both_databases
class TestStoppedSeries:
    def stop(self, anna, series):
        version = series_queries.find(series, by=anna).version
        series_commands.set_state(series, SeriesState.STOPPED, "Wrong click", version=version,
                                  by=anna)  # fmt: skip

    def take_up(self, anna, series):
        version = series_queries.find(series, by=anna).version
        series_commands.set_state(series, SeriesState.ACTIVE, "", version=version, by=anna)

    def test_taken_up_again_it_gives_back_what_the_stop_cancelled_and_nothing_else(
        self, anna, series
    ):
        two = planned(series)[1]
        life_steps.cancel_or_miss(two, S.CANCELLED, "Snow", by=anna)
        self.stop(anna, series)
        assert states(series) == ["cancelled"] * 3
        self.take_up(anna, series)
        assert states(series) == ["planned", "cancelled", "planned"]
        assert row(two).state_reason == "Snow"

    def test_while_it_is_stopped_nothing_is_planned_in_it(self, anna, series):
        self.stop(anna, series)
        with pytest.raises(InvalidError, match="Take it up again first"):
            life_steps.add(series, date(2026, 3, 11), by=anna)
        with pytest.raises(InvalidError, match="Take it up again first"):
            life_steps.plan_again(planned(series)[0], by=anna)


class TestBeginAsks:
    """Whatever speaks against it is said, and a reason answers what was said."""

    def messages(self, act):
        with pytest.raises(UncommentedError) as caught:
            act()
        return [finding.message for finding in caught.value.findings]

    def test_of_another_day(self, anna, series):
        second = planned(series)[1]
        said = self.messages(lambda: live_commands.begin(second, by=anna))
        assert said == ["It is planned for 5 Mar 2026, and today is another day."]
        live_commands.begin(second, by=anna, reason="Moved by telephone", answered=said)
        assert row(second).begin_reason == "Moved by telephone"

    @pytest.mark.both_databases
    def test_while_another_goes_on_in_the_same_series_or_in_another(self, anna, patient, series):
        live_commands.begin(planned(series)[0], by=anna)
        pain = a_series(anna, patient, number=2, indication="chronic-pain")
        for act in (
            lambda: live_commands.begin(planned(pain)[0], by=anna),
            lambda: live_commands.begin_extra(pain, by=anna),
            lambda: live_commands.begin_extra(series, by=anna),
        ):
            assert "Session 1 of series 1 of this patient is under way." in self.messages(act)
        assert states(pain) == ["planned", "planned"]

    def test_hours_after_another(self, anna, patient, series, clock):
        clock.shift(timedelta(hours=3))
        session_commands.record(HELD, series_id=series, session_id=planned(series)[0], by=anna)
        pain = a_series(anna, patient, number=2, indication="chronic-pain")
        [said] = self.messages(lambda: live_commands.begin(planned(pain)[0], by=anna))
        assert said == "Session 1 of series 1 of this patient began at 10:00, hours ago."

    def test_where_the_last_record_does_not_say_when_they_left(self, anna, series, clock):
        clock.shift(timedelta(days=3))
        held = structs.replace(HELD, discharged_at=None)
        session_commands.record(held, series_id=series, session_id=planned(series)[0], by=anna)
        [said] = self.messages(lambda: live_commands.begin(planned(series)[1], by=anna))
        assert "of 2 Mar 2026, does not say when the patient left" in said

    def test_of_somebody_archived(self, anna, patient, first):
        patient_commands.archive(patient, "Moved away", by=anna)
        [said] = self.messages(lambda: live_commands.begin(first, by=anna))
        assert said == "This patient was archived on 2 Mar 2026."

    def test_what_comes_up_after_the_reason_is_asked_about_again(self, anna, patient, series):
        second = planned(series)[1]
        said = self.messages(lambda: live_commands.begin(second, by=anna))
        live_commands.begin(planned(series)[0], by=anna)
        again = self.messages(
            lambda: live_commands.begin(second, by=anna, reason="Moved", answered=said)
        )
        assert "Session 1 of series 1 of this patient is under way." in again

    def test_a_reason_that_nobody_asked_for_is_not_kept(self, anna, first):
        live_commands.begin(first, by=anna, reason="Just so")
        assert row(first).begin_reason == ""


class TestRecordAsks:
    def said(self, draft, series, session_id, by):
        with pytest.raises(UncommentedError) as caught:
            session_commands.record(draft, series_id=series, session_id=session_id, by=by)
        return [finding.message for finding in caught.value.findings]

    @pytest.mark.both_databases
    def test_at_the_time_of_another(self, anna, patient, series, clock):
        clock.shift(timedelta(hours=4))
        session_commands.record(HELD, series_id=series, session_id=planned(series)[0], by=anna)
        pain = a_series(anna, patient, number=2, indication="chronic-pain")
        later = structs.replace(HELD, started_at=START + timedelta(minutes=70), weight_kg=None)
        [said] = self.said(later, pain, planned(pain)[0], anna)
        assert said == "At this time session 1 of series 1 was going on: 10:00 to 12:00."

    def test_a_year_early(self, anna, first, series):
        early = structs.replace(HELD, started_at=START - timedelta(days=365), discharged_at=None)
        [said] = self.said(early, series, first, anna)
        assert said.startswith("It was planned for 2 Mar 2026; 2 Mar 2025 is 365 days before that.")

    def test_of_somebody_archived(self, anna, patient, first, series, clock):
        clock.shift(timedelta(hours=4))
        patient_commands.archive(patient, "Moved away", by=anna)
        assert self.said(HELD, series, first, anna) == ["This patient was archived on 2 Mar 2026."]
        said = structs.replace(HELD, comment="Written down late")
        made = session_commands.record(said, series_id=series, session_id=first, by=anna)
        assert [f.message for f in session_commands.find(made, by=anna).findings] == []


@pytest.mark.both_databases
def test_what_was_cancelled_by_hand_after_a_stop_stays_cancelled(anna, series):
    wanted = select(TreatmentSession.cancelled_by_series).where(
        TreatmentSession.series_id == series
    )
    life_steps.cancel_or_miss(planned(series)[0], S.CANCELLED, "Snow", by=anna)
    assert set(db.session.scalars(wanted)) == {False}


@pytest.mark.both_databases
def test_not_begun_after_all_what_was_said_when_it_began_is_history(anna, series, clock):
    second = planned(series)[1]
    live_commands.begin(second, by=anna, reason="Came a day early")
    life_steps.undo_begin(second, take_back=False, by=anna)
    view = session_commands.find(second, by=anna)
    assert view.begin_reason == ""
    assert view.versions[-1].reason.endswith("Said when it began: Came a day early")


def test_in_a_series_that_is_over_nothing_goes_back_among_the_planned(anna, series):
    first = planned(series)[0]
    live_commands.begin(first, by=anna, reason="Today")
    version = db.session.get_one(Series, series).version
    db.session.rollback()
    series_commands.set_state(series, SeriesState.STOPPED, "Done", version=version, by=anna)
    with pytest.raises(InvalidError, match="Cancel this session instead"):
        life_steps.undo_begin(first, take_back=False, by=anna)
    life_steps.cancel_or_miss(first, S.CANCELLED, "The series is over", by=anna)
    assert row(first).state == "cancelled"
