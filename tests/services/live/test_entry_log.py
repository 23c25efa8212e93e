"""Entries: stored once, in the order of arrival, whoever else is writing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.builders.entries import NOW, put, sent, told, under_way
from tests.builders.patients import HELD, a_patient, a_series, planned
from tests.stopping import stopped_at
from tracker.domain.codes import SessionState
from tracker.domain.live.entries import EntryDraft, EntryKind, Form, Note, Reading, effective
from tracker.domain.problems import ForbiddenError, InvalidError, NotFoundError, StaleError
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.check_ins import CheckIn
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.live import commands as live_commands
from tracker.services.live import entry_log
from tracker.services.sessions import amendments
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import life as life_steps

clock = stopped_at(NOW)


@pytest.fixture
def chair(anna):
    """A session of Ben's that has begun."""
    return under_way(anna)


def row(session_id):
    db.session.expire_all()
    return db.session.get_one(TreatmentSession, session_id)


def lines(action):
    return db.session.scalars(select(AuditEvent).where(AuditEvent.action == action)).all()


def checklist(key, kind=EntryKind.GATE, **filled):
    return EntryDraft(key=key, kind=kind, at=NOW, content=Form(fields=filled))


def test_entries_are_stored_in_the_order_they_came(anna, chair, clock):
    clock.shift(timedelta(minutes=20))
    done = put(
        chair,
        sent("1", minute=15, systolic_mmhg=128, diastolic_mmhg=82),
        sent("2", "note", minute=5, text="Talks about the sea."),
        by=anna,
    )
    assert [(one.sequence, one.key) for one in done.taken] == [(1, "key-000001"), (2, "key-000002")]
    assert (done.now, done.refused) == (NOW + timedelta(minutes=20), ())
    assert entry_log.of_session(chair) == list(done.taken)
    first, second = done.taken
    assert first.content == Reading(systolic_mmhg=128, diastolic_mmhg=82)
    assert second.content == Note(text="Talks about the sea.")
    assert (second.at, second.received_at) == (NOW + timedelta(minutes=5), done.now)
    assert (second.by, second.is_late) == ("Anna Clinician", False)
    assert entry_log.after(chair, 1) == [second]
    assert effective(done.taken) == [second, first]


def test_what_is_sent_twice_is_stored_once_and_counts_as_taken(anna, chair):
    first = put(chair, sent("1", pain=1), by=anna)
    again = put(chair, sent("1", pain=1), sent("2", pain=2), sent("2", pain=9), by=anna)
    assert [one.sequence for one in again.taken] == [1, 2]
    assert told(again) == [
        "This was saved before with other content, and that stands. Write it anew."
    ]
    assert again.taken[0] == first.taken[0]
    assert again.taken[1].content == Reading(pain=2)
    assert len(entry_log.of_session(chair)) == 2
    before = len(lines("entries.added"))
    assert [one.sequence for one in put(chair, sent("1", pain=1), by=anna).taken] == [1]
    assert len(lines("entries.added")) == before


def test_each_entry_has_its_own_fate(anna, chair):
    done = put(
        chair,
        sent("1", pain=11),
        sent("2", pain=2),
        {"key": "key-000003"},
        sent("4", "gate", escort_name="Sister"),
        sent("5", replaces="nothing", pain=3),
        by=anna,
    )
    assert [one.key for one in done.taken] == ["key-000002"]
    assert [one.key for one in done.refused] == [
        "key-000001", "key-000003", "key-000004", "key-000005",
    ]  # fmt: skip
    assert "The entry that this corrects is not there." in told(done)
    [line] = lines("entries.added")
    assert (line.subject, line.detail) == (f"session:{chair}", "1 reading, 4 refused")


@pytest.mark.parametrize("body", [None, {}, [], "entries", [sent("1", pain=1)] * 51])
def test_a_request_without_a_list_of_entries_is_refused_whole(anna, chair, body):
    with pytest.raises(InvalidError, match="from 1 to 50"):
        entry_log.append(chair, body, by=anna)


def test_the_trail_counts_entries_and_never_says_what_is_in_them(anna, chair):
    put(
        chair,
        sent("1", systolic_mmhg=199), sent("2", "note", text="Thistledown"),
        sent("3", "given", dose_mg=35), sent("4", systolic_mmhg=198),
        by=anna,
    )  # fmt: skip
    [line] = lines("entries.added")
    assert line.detail == "2 reading, 1 note, 1 given"
    assert line.patient_id == row(chair).patient_id
    assert not any("Thistledown" in one.detail for one in db.session.scalars(select(AuditEvent)))


def test_who_may_not_watch_writes_nothing(cast, chair):
    for stranger, error in ((cast.cleo, NotFoundError), (cast.adam, NotFoundError)):
        with pytest.raises(error):
            put(chair, sent("1", pain=1), by=stranger)
    with pytest.raises(ForbiddenError):
        put(chair, sent("1", pain=1), by=cast.console)
    assert entry_log.of_session(chair) == []


def test_a_correction_keeps_the_first_value(anna, chair):
    put(chair, sent("1", systolic_mmhg=182), by=anna)
    done = put(chair, sent("2", systolic_mmhg=128, replaces="1"), by=anna)
    assert not done.refused
    log = entry_log.of_session(chair)
    assert [one.content.systolic_mmhg for one in log] == [182, 128]
    assert [one.content.systolic_mmhg for one in effective(log)] == [128]


def test_a_correction_is_of_the_same_kind_or_a_withdrawal(anna, chair):
    put(chair, sent("1", pain=1), by=anna)
    assert told(put(chair, sent("2", "note", text="No", replaces="1"), by=anna)) == [
        "This corrects an entry of another kind: Reading."
    ]
    assert not told(put(chair, sent("3", "withdrawal", reason="Slip", replaces="1"), by=anna))
    assert effective(entry_log.of_session(chair)) == []
    # Put back by a correction of what was withdrawn, of its own kind again.
    assert told(put(chair, sent("4", "note", text="No", replaces="3"), by=anna))
    assert not told(put(chair, sent("5", pain=2, replaces="3"), by=anna))
    assert [one.content for one in effective(entry_log.of_session(chair))] == [Reading(pain=2)]


def test_an_entry_of_another_session_cannot_be_corrected(anna, chair):
    other = under_way(anna, "B-18")
    put(other, sent("1", pain=1), by=anna)
    assert told(put(chair, sent("2", pain=2, replaces="1"), by=anna))
    assert not told(put(chair, sent("1", pain=3), by=anna))


def test_the_row_follows_what_stands_in_the_log(anna, chair, clock):
    assert (row(chair).started_at, row(chair).dose_mg) == (None, None)
    clock.shift(timedelta(minutes=50))
    put(
        chair,
        sent("1", "infusion", minute=3, action="start", dose_mg=35),
        sent("2", "given", minute=10, dose_mg="5.5"),
        by=anna,
    )
    assert (row(chair).started_at, row(chair).dose_mg) == (
        NOW + timedelta(minutes=3), Decimal("5.5"),
    )  # fmt: skip
    put(chair, sent("3", "infusion", minute=40, action="stop", dose_mg=30), by=anna)
    assert row(chair).dose_mg == Decimal("35.5")
    put(
        chair,
        sent("4", "infusion", minute=40, action="stop", dose_mg=22, replaces="3"),
        sent("5", "withdrawal", reason="Not given", replaces="2"),
        by=anna,
    )
    assert row(chair).dose_mg == Decimal(22)
    put(chair, sent("6", "withdrawal", reason="Another patient", replaces="1"), by=anna)
    assert row(chair).started_at is None
    assert (row(chair).drug, row(chair).route) == ("ketamine", "iv")


def test_the_record_is_kept_to_the_second_and_the_log_as_it_was(anna, chair):
    done = put(chair, sent("1", "given", minute=-0.0075, dose_mg=35), by=anna)
    assert done.taken[0].at == NOW - timedelta(milliseconds=450)
    assert row(chair).started_at == NOW - timedelta(seconds=1)


def test_a_session_imported_under_way_keeps_its_start_until_the_log_knows_it(anna, chair):
    imported = row(chair)
    imported.started_at, imported.dose_mg = NOW - timedelta(minutes=30), Decimal(35)
    db.session.commit()
    put(chair, sent("1", pain=1), by=anna)
    assert (row(chair).started_at, row(chair).dose_mg) == (
        NOW - timedelta(minutes=30), Decimal(35),
    )  # fmt: skip
    put(chair, sent("2", "given", minute=-20, dose_mg=40), by=anna)
    assert (row(chair).started_at, row(chair).dose_mg) == (
        NOW - timedelta(minutes=20), Decimal(40),
    )  # fmt: skip


def test_the_weight_of_the_checks_before_makes_the_dose_by_weight(anna, chair):
    entry_log.add(chair, checklist("gate-key-1", weight_kg="70"), by=anna)
    put(chair, sent("1", "given", dose_mg=35), by=anna)
    assert (row(chair).weight_kg, row(chair).dose_mg_per_kg) == (Decimal(70), Decimal("0.5"))


def test_check_ins_follow_the_true_start(anna, chair, clock):
    def open_at():
        wanted = select(CheckIn.opens_at).where(
            CheckIn.session_id == chair, CheckIn.state == "open", CheckIn.occasion == "hours-after"
        )
        return db.session.scalars(wanted.order_by(CheckIn.opens_at)).all()

    assert open_at() == []
    clock.shift(timedelta(hours=1))
    put(chair, sent("1", "given", minute=30, dose_mg=35), by=anna)
    assert open_at()[0] == NOW + timedelta(hours=4, minutes=30)
    put(chair, sent("2", "given", minute=20, dose_mg=35, replaces="1"), by=anna)
    assert open_at()[0] == NOW + timedelta(hours=4, minutes=20)
    put(chair, sent("3", "withdrawal", reason="Another patient", replaces="2"), by=anna)
    assert open_at() == []


@pytest.mark.both_databases
def test_an_infusion_out_of_order_is_taken(anna, chair):
    done = put(
        chair,
        sent("1", "infusion", action="resume"), sent("2", "infusion", action="stop", dose_mg=3),
        by=anna,
    )  # fmt: skip
    assert not done.refused
    lines_ = live_commands.lines_of(chair, done.taken, by=anna)
    assert [len(line.outside) for line in lines_] == [1, 0]
    assert "Check the order" in lines_[0].outside[0]


def test_a_planned_session_has_to_begin_first(anna):
    session_id = planned(a_series(anna, a_patient(anna)))[0]
    assert told(put(session_id, sent("1", pain=1), by=anna)) == ["Begin the session first."]
    with pytest.raises(InvalidError, match="Begin the session"):
        entry_log.add(session_id, checklist("gate-key-1"), by=anna)


def test_a_session_that_was_not_held_takes_what_was_written_in_it_and_no_more(anna, chair, clock):
    never = planned(a_series(anna, a_patient(anna, "B-18")))[0]
    for session_id in (never, chair):
        life_steps.cancel_or_miss(session_id, SessionState.CANCELLED, "Rained in", by=anna)
    clock.shift(timedelta(minutes=5))
    given = sent("1", "given", minute=-1, dose_mg=28)
    assert told(put(never, given, by=anna)) == ["Begin the session first."]
    done = put(chair, given, sent("2", "note", minute=1, text="Later"), by=anna)
    assert [one.is_late for one in done.taken] == [True]
    assert told(done) == [
        "The session was cancelled or missed before that. Begin it again to write more."
    ]


def signed(anna, clock):
    """Record a session, as a page signed at minute 60 does, and come back at minute 90."""
    series_id = a_series(anna, a_patient(anna))
    clock.shift(timedelta(hours=4))
    session_id = session_commands.record(
        HELD, series_id=series_id, session_id=planned(series_id)[0], by=anna
    )
    clock.shift(timedelta(minutes=30))
    return session_id


@pytest.mark.both_databases
def test_what_was_written_before_the_signing_is_taken_and_marked(anna, clock):
    session_id = signed(anna, clock)
    done = put(session_id, sent("1", minute=30, pain=2), sent("2", minute=241, pain=3), by=anna)
    assert [(one.key, one.is_late) for one in done.taken] == [("key-000001", True)]
    assert told(done) == ["The session was signed before that. Amend its record instead."]
    assert lines("entries.added")[0].detail == "1 reading, 1 late, 1 refused"


def test_a_signed_record_is_not_changed_by_what_comes_late(anna, clock):
    session_id = signed(anna, clock)
    before = (row(session_id).started_at, row(session_id).dose_mg)
    assert put(session_id, sent("1", "given", minute=30, dose_mg=50), by=anna).taken
    assert (row(session_id).started_at, row(session_id).dose_mg) == before


def test_an_amendment_does_not_move_the_signing(anna, clock):
    session_id = signed(anna, clock)
    amended = session_commands.find(session_id, by=anna).draft
    amended = type(amended)(**{name: getattr(amended, name) for name in amended.__slots__} | {
        "mood_after": 9
    })  # fmt: skip
    amendments.amend(session_id, amended, reason="Asked again", version=1, by=anna)
    assert told(put(session_id, sent("1", minute=250, pain=2), by=anna))
    assert not told(put(session_id, sent("2", minute=239, pain=2), by=anna))


def test_a_checklist_that_somebody_filled_in_meanwhile_is_not_overwritten(anna, chair):
    first = entry_log.add(chair, checklist("gate-key-1", weight_kg="70"), by=anna, opened=0)
    assert first == 1
    with pytest.raises(StaleError) as caught:
        entry_log.add(chair, checklist("gate-key-2", weight_kg="71"), by=anna, opened=0)
    assert caught.value.current_version == 1
    # The same click again is no conflict.
    assert entry_log.add(chair, checklist("gate-key-1", weight_kg="70"), by=anna, opened=0) == 1
    assert entry_log.add(chair, checklist("gate-key-3"), by=anna, opened=1) == 2
    other = checklist("discharge-key-1", EntryKind.DISCHARGE)
    assert entry_log.add(chair, other, by=anna, opened=0) == 3


def test_a_checklist_is_filled_in_again_and_never_withdrawn(anna, chair):
    entry_log.add(chair, checklist("key-00gate"), by=anna)
    done = put(chair, sent("1", "withdrawal", reason="Slip", replaces="00gate"), by=anna)
    assert told(done) == ["Fill the checklist in again: the last one holds."]


def test_a_session_does_not_grow_without_end(anna, chair, monkeypatch):
    monkeypatch.setattr(entry_log, "ENTRIES_MAX", 2)
    done = put(chair, sent("1", pain=1), sent("2", pain=2), sent("3", pain=3), by=anna)
    assert [one.sequence for one in done.taken] == [1, 2]
    assert "entries already" in told(done)[0]


def test_when_the_trail_cannot_be_written_nothing_is_stored(anna, chair, monkeypatch):
    def fail(*_args, **_words):
        raise OSError

    monkeypatch.setattr("tracker.services.unit_of_work.Unit.append_lines", fail)
    with pytest.raises(OSError):  # noqa: PT011 - it has no message
        put(chair, sent("1", "given", dose_mg=35), by=anna)
    monkeypatch.undo()
    assert entry_log.of_session(chair) == []
    assert row(chair).dose_mg is None
