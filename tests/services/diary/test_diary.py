"""What patients write: stored once, read by name, withdrawn within an hour, and never lost."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from tests.builders import courses
from tests.builders.check_ins import ask
from tests.builders.patients import an_entry
from tests.stopping import stopped_at
from tracker.domain.check_ins.answers import DeclineReason
from tracker.domain.codes import Occasion
from tracker.domain.diary.draft import DiaryDraft
from tracker.domain.diary.kinds import DiaryKind, EffectDegree, Sleep
from tracker.domain.problems import ForbiddenError, InvalidError, NotFoundError
from tracker.models import db
from tracker.models.alerts import Alert
from tracker.models.audit import AuditEvent
from tracker.services.alerts import commands as alert_commands
from tracker.services.check_ins import answers as answering
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.diary import commands as diary_commands
from tracker.services.diary import queries as diary_queries
from tracker.services.scores import commands as score_commands
from tracker.services.unit_of_work import AlreadySavedError

UTC = ZoneInfo("UTC")
HELD = courses.FIRST + timedelta(days=3)  # the second of two sessions
time = stopped_at(HELD + timedelta(days=1))
FEEL = DiaryDraft(kind=DiaryKind.NOW, mood=0, pain=7, words="Thistledown")


@pytest.fixture
def treated(cast):
    return courses.treat(cast.console)


@pytest.fixture
def ben(cast, treated):
    return courses.account(cast.console, treated)


def ratings(treated, by):
    lines = score_commands.listing(treated.patient_id, by=by)
    return [line for line in lines if line.record.instrument in {"mood-nrs", "pain-nrs"}]


@pytest.mark.both_databases
def test_how_i_feel_now_is_two_ratings_between_sessions_and_words(cast, treated, ben):
    made = diary_commands.write(treated.patient_id, FEEL, by=ben, once="key")
    found = {line.record.instrument: line.record for line in ratings(treated, cast.anna)}
    assert {code: one.total for code, one in found.items()} == {
        "mood-nrs": Decimal(0),
        "pain-nrs": Decimal(7),
    }
    assert {one.occasion for one in found.values()} == {Occasion.UNSCHEDULED}
    assert {one.mode for one in found.values()} == {"self"}
    [line] = diary_queries.unread_of(treated.patient_id, by=cast.anna)
    assert (line.id, line.mood, line.pain, line.words) == (made, 0, 7, "Thistledown")
    with pytest.raises(AlreadySavedError):
        diary_commands.write(treated.patient_id, FEEL, by=ben, once="key")
    assert diary_queries.count_unread(by=cast.anna) == 1


def test_a_word_alone_makes_no_score(cast, treated, ben):
    diary_commands.write(treated.patient_id, DiaryDraft(kind=DiaryKind.NOW, words="Well"), by=ben)
    [line] = diary_queries.unread_of(treated.patient_id, by=cast.anna)
    assert line.mood is None
    assert line.pain is None
    assert not ratings(treated, cast.anna)


@pytest.mark.both_databases
def test_the_day_after_is_written_once_and_hangs_on_its_session(cast, treated, ben, time):
    draft = DiaryDraft(
        kind=DiaryKind.DAY_AFTER,
        mood=4,
        sleep=Sleep.GOOD,
        effects={"headache": EffectDegree.SEVERE, "nausea": EffectDegree.NONE},
    )
    session_id = treated.session_ids[-1]
    diary_commands.write_day_after(session_id, draft, by=ben)
    [score] = ratings(treated, cast.anna)
    assert score.record.occasion is Occasion.HOURS_AFTER
    assert score.record.hours_after == 24
    [line] = diary_queries.of_session(session_id, treated.patient_id, by=cast.anna)
    assert line.texts == ["Headache (severe)"]
    assert line.is_severe
    with pytest.raises(InvalidError, match="answered this already"):
        diary_commands.write_day_after(session_id, draft, by=ben)
    with pytest.raises(InvalidError, match="three days"):
        diary_commands.write_day_after(treated.session_ids[0], draft, by=ben)
    assert not alert_commands.of_patient(treated.patient_id, by=cast.anna)


def test_the_day_after_is_offered_for_three_days(treated, ben, time):
    session = (treated.session_ids[-1], "completed", HELD)
    asked = []
    for day in range(5):
        time.move_to(HELD + timedelta(days=day))
        asked.append(bool(diary_queries.offer([session], UTC, by=ben).day_after))
    assert asked == [False, True, True, True, False]


def test_the_day_after_answers_the_check_in_of_that_day(cast, treated, ben):
    check_in = ask(
        cast.console, treated.patient_id, "mood-nrs",
        session_id=treated.session_ids[-1], occasion=Occasion.HOURS_AFTER,
    )  # fmt: skip
    draft = DiaryDraft(kind=DiaryKind.DAY_AFTER, mood=4)
    diary_commands.write_day_after(treated.session_ids[-1], draft, by=ben)
    [line] = check_in_commands.of_patient(treated.patient_id, by=cast.anna)
    assert line.check_in_id == check_in
    assert line.status == "done"


@pytest.mark.both_databases
def test_read_is_by_name_once_and_can_be_undone(cast, treated):
    made = an_entry(cast.anna, treated.patient_id)
    assert diary_commands.mark_read(made, by=cast.anna) == treated.patient_id
    [line] = diary_queries.of_patient(treated.patient_id, by=cast.anna)
    assert line.read_by == cast.anna.name
    assert diary_queries.count_unread(by=cast.anna) == 0
    assert [one.id for one in diary_queries.listing(by=cast.anna, show="read").lines] == [made]
    diary_commands.mark_unread(made, by=cast.anna)
    assert [one.id for one in diary_queries.listing(by=cast.anna).lines] == [made]


def test_what_is_withdrawn_within_the_hour_stays_for_staff(cast, treated, ben, time):
    made = diary_commands.write(treated.patient_id, FEEL, by=ben)
    diary_commands.mark_read(made, by=cast.anna)
    time.shift(timedelta(minutes=59))
    diary_commands.withdraw(made, by=ben)
    assert diary_queries.own(by=ben) == []
    [line] = diary_queries.unread_of(treated.patient_id, by=cast.anna)
    assert line.withdrawn_at is not None
    assert line.words == "Thistledown"
    assert all(one.voided_at for one in ratings(treated, cast.anna))


def test_after_an_hour_nothing_is_withdrawn(cast, treated, ben, time):
    made = diary_commands.write(treated.patient_id, FEEL, by=ben)
    time.shift(timedelta(hours=1))
    with pytest.raises(InvalidError, match="within an hour"):
        diary_commands.withdraw(made, by=ben)
    assert not diary_queries.own(by=ben)[0].can_withdraw


@pytest.mark.both_databases
def test_a_wish_to_talk_is_one_alert_however_often_it_is_pressed(cast, treated, ben):
    first = diary_commands.ask_to_talk(treated.patient_id, by=ben)
    assert diary_commands.ask_to_talk(treated.patient_id, by=ben) == first
    [alert] = alert_commands.open_alerts(by=cast.anna)
    assert alert.sentence.startswith("Would like to talk to somebody on")
    assert alert.diary_entry_id == first
    assert diary_queries.count_unread(by=cast.anna) == 0
    alert_commands.acknowledge(alert.alert_id, "Called back", by=cast.anna)
    assert diary_queries.own_wish(by=ben).seen_at is not None
    with pytest.raises(InvalidError, match="seen this already"):
        diary_commands.withdraw(first, by=ben)
    assert diary_commands.ask_to_talk(treated.patient_id, by=ben) != first


def test_a_wish_taken_back_closes_its_alert_and_is_still_to_be_read(cast, treated, ben):
    made = diary_commands.ask_to_talk(treated.patient_id, by=ben)
    diary_commands.withdraw(made, by=ben)
    diary_commands.withdraw(made, by=ben)
    assert alert_commands.open_alerts(by=cast.anna) == []
    [line] = diary_queries.unread_of(treated.patient_id, by=cast.anna)
    assert line.kind is DiaryKind.TALK
    assert line.withdrawn_at is not None
    assert diary_queries.own_wish(by=ben) is None


def test_one_wish_acknowledged_leaves_another_patients_alone(cast, treated, ben):
    other = courses.treat(cast.console, record_number="B-2")
    olive = courses.account(cast.console, other, email="olive@example.org", name="Olive")
    for patient, one in ((treated, ben), (other, olive)):
        diary_commands.ask_to_talk(patient.patient_id, by=one)
    first, second = alert_commands.open_alerts(by=cast.anna)
    alert_commands.acknowledge(first.alert_id, "Called", by=cast.anna)
    assert [one.alert_id for one in alert_commands.open_alerts(by=cast.anna)] == [second.alert_id]


def test_the_words_to_a_declined_check_in_are_to_be_read(cast, treated, ben):
    check_in = ask(cast.console, treated.patient_id)
    answering.begin(check_in, by=ben)
    answering.decline(check_in, "", DeclineReason("too-hard", "Last week was bad"), by=ben)
    [line] = diary_queries.unread_of(treated.patient_id, by=cast.anna)
    assert (line.kind, line.words) == (DiaryKind.DECLINED, "Last week was bad")


def test_a_check_in_declined_without_words_leaves_nothing_to_read(cast, treated, ben):
    check_in = ask(cast.console, treated.patient_id)
    answering.begin(check_in, by=ben)
    answering.decline(check_in, "", DeclineReason("too-hard"), by=ben)
    assert diary_queries.count_unread(by=cast.anna) == 0


def test_nobody_writes_or_reads_for_another(cast, treated, ben):
    other = courses.treat(cast.console, record_number="B-2")
    theirs = an_entry(cast.anna, other.patient_id)
    with pytest.raises(NotFoundError):
        diary_commands.write(other.patient_id, FEEL, by=ben)
    with pytest.raises(ForbiddenError):
        diary_commands.write(other.patient_id, FEEL, by=cast.anna)
    with pytest.raises(NotFoundError):
        diary_commands.withdraw(theirs, by=ben)
    with pytest.raises(NotFoundError):
        diary_commands.mark_read(theirs, by=cast.cleo)
    assert diary_queries.listing(by=cast.cleo).lines == ()


def test_no_word_is_in_the_audit_trail(treated, ben):
    diary_commands.write(treated.patient_id, FEEL, by=ben)
    lines = db.session.scalars(select(AuditEvent.detail)).all()
    assert "now" in lines
    assert not any("Thistledown" in line for line in lines)


def test_an_alert_of_a_wish_has_no_questionnaire(treated, ben):
    diary_commands.ask_to_talk(treated.patient_id, by=ben)
    assert db.session.scalar(select(func.count(Alert.id)).where(Alert.instrument == "")) == 1
