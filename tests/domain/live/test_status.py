"""How a session stands, as a board across the room shows it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.builders.session_logs import at, log, read
from tracker.domain.checklists.discharge import Discharge
from tracker.domain.checklists.items import CheckLine, LineState, pack
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Route
from tracker.domain.live import monitoring
from tracker.domain.live import status as live_status
from tracker.domain.live.entries import (
    AdverseEvent,
    DissociationMark,
    Dose,
    Entry,
    EntryKind,
    EventOutcome,
    EventTerm,
    Form,
    Infusion,
    InfusionAction,
    Mark,
    Withdrawal,
)
from tracker.domain.live.status import DosingState

SETTINGS = TreatmentSettings()
START = Infusion(action=InfusionAction.START, rate_ml_per_h=Decimal(75))
PAUSE, RESUME, STOP = (
    Infusion(action=action)
    for action in (InfusionAction.PAUSE, InfusionAction.RESUME, InfusionAction.STOP)
)
DEVICE = Dose(dose_mg=Decimal(28))


def stand(entries, *, now=20, drug=Drug.KETAMINE, route=Route.IV, begun=None):
    begun_at = None if begun is None else at(begun)
    return live_status.status_of(entries, drug, route, SETTINGS, now=at(now), begun_at=begun_at)


def form(kind, sequence, *states, discharge=None):
    lines = [
        CheckLine(code=f"line-{n}", title="A line", state=state, message="")
        for n, state in enumerate(states)
    ]
    return Entry(
        sequence=sequence, key=f"form-{sequence}", kind=kind, at=at(sequence),
        received_at=at(sequence), by="Anna",
        content=Form(fields=pack(discharge or Discharge(), lines)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "pace", "since", "rate"),
    [
        ([], DosingState.NOT_STARTED, None, None),
        ([(-5, read("120/80"))], DosingState.NOT_STARTED, None, None),
        ([(0, START)], DosingState.RUNNING, 0, 75),
        ([(0, START), (5, PAUSE)], DosingState.PAUSED, 5, 75),
        ([(0, START), (5, PAUSE), (8, RESUME)], DosingState.RUNNING, 8, 75),
        ([(0, START), (9, STOP)], DosingState.STOPPED, 9, None),
        ([(0, DEVICE), (5, DEVICE)], DosingState.GIVEN, 5, None),
        ([(0, START), (5, DEVICE)], DosingState.RUNNING, 0, 75),
        ([(0, START), (9, STOP), (12, DEVICE)], DosingState.GIVEN, 12, None),
    ],
)
def test_what_is_being_given_is_read_from_the_log(written, pace, since, rate):
    found = stand(log(*written))
    assert (found.dosing, found.rate_ml_per_h) == (pace, rate)
    assert found.since == (None if since is None else at(since))


def test_a_new_rate_goes_on_running_at_that_rate():
    slower = Infusion(action=InfusionAction.RATE, rate_ml_per_h=Decimal(50))
    found = stand(log((0, START), (10, slower)))
    assert (found.dosing, found.since, found.rate_ml_per_h) == (DosingState.RUNNING, at(0), 50)


def test_all_was_given_once_it_stopped_or_was_given_at_once():
    assert [pace for pace in DosingState if pace.is_watching] == [
        DosingState.STOPPED,
        DosingState.GIVEN,
    ]


def test_one_that_came_from_a_file_is_under_way_though_nothing_is_written():
    found = stand([], begun=-10)
    assert (found.dosing, found.since) == (DosingState.UNDER_WAY, at(-10))


def test_a_withdrawn_stop_goes_on_running():
    found = stand(log((0, START), (9, STOP), (9, Withdrawal(reason="wrong chair"), "key-2")))
    assert found.dosing is DosingState.RUNNING


def test_the_last_reading_is_the_latest_taken_not_the_latest_sent():
    found = stand(log((0, START), (15, read("150/85")), (10, read("120/80"))))
    assert (found.reading.minute, found.reading.words) == (15, "BP 150/85")
    assert [finding.field for finding in found.reading.outside] == ["systolic_mmhg"]
    assert found.reading.outside[0].source


def test_a_corrected_reading_is_shown_as_corrected():
    found = stand(log((0, START), (15, read("182/82")), (15, read("128/82"), "key-2")))
    assert found.reading.words == "BP 128/82"
    assert found.reading.outside == ()


def test_before_the_start_a_reading_has_no_minute():
    assert stand(log((-5, read("120/80")))).reading.minute is None


def test_dissociation_is_what_was_seen_last_by_whichever_entry():
    onset = DissociationMark(mark=Mark.ONSET, strength=3)
    peak = DissociationMark(mark=Mark.PEAK)
    begun = [(0, START), (5, onset), (10, read(dissociation=6))]
    seen = stand(log(*begun)).dissociation
    assert (seen.label, seen.strength, seen.at) == ("Dissociation", 6, at(10))
    seen = stand(log(*begun, (12, peak))).dissociation
    assert (seen.label, seen.strength) == ("Dissociation at its peak", None)
    assert stand(log((0, START), (3, read("120/80")))).dissociation is None


def test_an_event_is_open_until_somebody_writes_its_end():
    def event(**values):
        return AdverseEvent(term=EventTerm.NAUSEA, **values)

    found = stand(
        log(
            (1, event()),
            (2, event(outcome=EventOutcome.ONGOING)),
            (3, event(outcome=EventOutcome.RESOLVED)),
            (4, event(ended_at=at(6))),
        )
    )
    assert [one.at for one in found.events] == [at(1), at(2)]
    assert found.events[0].words == "Nausea"


def test_checks_are_told_as_they_stood_and_the_last_ones_hold():
    assert (stand([]).checked_before, stand([]).checked_after) == ("", "")
    clear, amber = LineState.CLEAR, LineState.AMBER
    entries = [form(EntryKind.GATE, 1, clear, amber), form(EntryKind.GATE, 2, clear, clear)]
    assert stand(entries).checked_before == "2 clear"
    left = Discharge(left_at=at(125))
    entries.append(form(EntryKind.DISCHARGE, 3, amber, discharge=left))
    found = stand(entries, now=130)
    assert (found.checked_after, found.left_at) == ("0 clear, 1 with a comment", at(125))


def test_once_somebody_left_no_reading_is_due():
    gone = form(EntryKind.DISCHARGE, 9, discharge=Discharge(left_at=at(40)))
    entries = [*log((0, START), (30, STOP)), gone]
    assert stand(entries[:-1], now=50).due is not None
    assert stand(entries, now=50).due is None


def test_who_wrote_last_is_who_arrived_last():
    entries = log((0, START), (15, read("150/85")), (10, read("120/80")))
    assert stand(entries).last == entries[-1]
    assert stand([]).last is None


def test_what_is_due_changes_when_it_falls_due_and_when_it_is_late():
    plan = monitoring.schedule(Drug.KETAMINE, Route.IV, SETTINGS)
    entries = log((-2, read("120/80")), (0, START))

    def changes(now):
        return live_status.due_changes_at(stand(entries, now=now).due, plan)

    assert changes(5) == at(15)
    assert changes(16) == at(20)
    assert changes(20) == at(20)
    assert changes(20.5) is None
    assert live_status.due_changes_at(None, plan) is None
    assert live_status.due_changes_at(stand([]).due, plan) is None


def test_at_that_very_instant_it_has_changed():
    entries = log((-2, read("120/80")), (0, START))
    plan = monitoring.schedule(Drug.KETAMINE, Route.IV, SETTINGS)
    for now in (5, 16):
        before = stand(entries, now=now).due
        turns = live_status.due_changes_at(before, plan) + timedelta(seconds=1)
        after = live_status.status_of(entries, Drug.KETAMINE, Route.IV, SETTINGS, now=turns).due
        assert after.state is not before.state
