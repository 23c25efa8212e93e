from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from tests.builders import session_logs
from tests.builders.session_logs import ZONE, at, log, prepare, read
from tracker.domain.clinic.reading_limits import DIASTOLIC, SYSTOLIC, limits
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Route
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
    Note,
    Reading,
    Withdrawal,
)
from tracker.domain.measures import CLINIC_DEFAULT
from tracker.domain.progress.trend import Audience
from tracker.domain.timelines.timeline import Treatment, timeline


def infused(*steps):
    """Write (minute, action, rate) as the entries of an infusion."""
    return log(
        *(
            (minute, Infusion(action=action, rate_ml_per_h=None if rate is None else Decimal(rate)))
            for minute, action, rate in steps
        )
    )


def stretches(entries, **values):
    return [
        (s.start, s.end, s.rate_ml_per_h, s.paused, s.is_open)
        for s in prepare(entries, **values).spans
    ]


def test_minutes_count_from_the_first_dose_and_are_negative_before_it():
    told = prepare(log((-12.5, read("120/80")), (0, Dose(dose_mg=Decimal(40)))))
    assert [point.minute for point in told.readings] == [-12.5]
    assert (told.first, told.last) == (-13, 60)


def test_before_anything_is_given_minutes_count_from_the_first_entry():
    told = prepare(log((20, read("120/80")), (35, read("122/80"))), started=None)
    assert not told.is_from_dose
    assert [point.minute for point in told.readings] == [0, 15]
    assert told.zero_at == at(20)


def test_an_hour_that_the_clocks_skip_is_no_hour_of_the_session():
    # New York, 8 March 2026: 01:59 is followed by 03:00.
    start = datetime(2026, 3, 8, 6, 45, tzinfo=UTC)
    later = start + timedelta(minutes=30)
    entry = replace(log((0, read("120/80")))[0], at=later)
    told = timeline(
        [entry],
        Treatment(drug=Drug.KETAMINE, route=Route.IV, started_at=start),
        zone=ZoneInfo("America/New_York"),
        settings=TreatmentSettings(),
    )
    assert told.readings[0].minute == 30
    assert f"{told.readings[0].at:%H:%M}" == "03:15"


def test_a_correction_stands_in_place_of_what_it_corrects_and_says_so():
    told = prepare(log((5, read("182/82")), (5, read("128/82"), "key-1")))
    assert [(p.value(SYSTOLIC), p.corrected) for p in told.readings] == [(128, True)]


def test_what_was_withdrawn_is_not_there():
    assert prepare(log((5, read("182/82")), (6, Withdrawal(reason="error"), "key-1"))).empty


def test_a_reading_of_a_note_alone_and_notes_are_not_drawn():
    assert prepare(log((5, Reading(note="asleep")), (6, Note(text="asleep")))).empty


def test_a_zero_is_read_and_a_missing_value_is_not():
    told = prepare(log((5, read("", dissociation=0)), (10, read("", sedation=5))))
    assert [value for _point, value in told.values("dissociation")] == [0]
    assert [scale.name for scale in told.scales] == ["sedation", "dissociation"]
    assert told.pressures == ()


def test_half_a_blood_pressure_is_kept_as_half():
    told = prepare(log((5, read("130/")), (6, read("/80"))))
    halves = [(p.value(SYSTOLIC), p.value(DIASTOLIC)) for p in told.pressures]
    assert halves == [(130, None), (None, 80)]


def test_an_infusion_is_followed_from_step_to_step():
    start, rate, pause, resume, stop = (
        InfusionAction.START, InfusionAction.RATE, InfusionAction.PAUSE, InfusionAction.RESUME,
        InfusionAction.STOP,
    )  # fmt: skip
    entries = infused(
        (0, start, 60), (10, rate, 40), (20, pause, None), (25, resume, None), (40, stop, None)
    )
    assert stretches(entries) == [
        (0, 10, 60, False, False),
        (10, 20, 40, False, False),
        (20, 25, 40, True, False),
        (25, 40, 40, False, False),
    ]


def test_a_change_of_rate_during_a_pause_leaves_it_paused():
    entries = infused(
        (0, InfusionAction.START, 60), (10, InfusionAction.PAUSE, None),
        (12, InfusionAction.RATE, 30), (15, InfusionAction.RESUME, None),
        (20, InfusionAction.STOP, None),
    )  # fmt: skip
    assert [s[2:4] for s in stretches(entries)] == [
        (60, False), (60, True), (30, True), (30, False),
    ]  # fmt: skip


def test_an_infusion_without_an_end_is_open_until_the_last_that_is_known():
    entries = [*infused((0, InfusionAction.START, 60)), *log((30, read("120/80")))]
    assert stretches([*entries[:1], replace(entries[1], sequence=2, key="other")]) == [
        (0, 30, 60, False, True)
    ]


@pytest.mark.parametrize("action", [InfusionAction.STOP, InfusionAction.PAUSE])
def test_an_infusion_whose_start_was_forgotten_is_taken_as_written(action):
    assert len(stretches(infused((5, action, None)))) == (action is InfusionAction.PAUSE)


def test_values_are_parted_where_nobody_looked_for_long():
    written = [(minute, read("", heart_rate_bpm=70)) for minute in (0, 30, 61, 70)]
    runs = prepare(log(*written)).runs("heart_rate_bpm")
    assert [[minute for minute, _value in run] for run in runs] == [[0, 30], [61, 70]]


def test_a_gap_is_twice_what_the_clinic_sets():
    written = [(minute, read("", heart_rate_bpm=70)) for minute in (0, 30)]
    settings = TreatmentSettings(reading_every_minutes=10)
    assert len(prepare(log(*written), settings=settings).runs("heart_rate_bpm")) == 2


def test_limits_name_their_sources():
    for those in limits(TreatmentSettings()).values():
        assert all(limit.source for limit in those)
    assert limits(TreatmentSettings())[SYSTOLIC][0].source == CLINIC_DEFAULT
    assert limits(TreatmentSettings(systolic_warn_mmhg=150))[SYSTOLIC][0].source == "clinic setting"


@pytest.mark.parametrize(
    ("reading", "passed"),
    [
        (read("140/90"), []),
        (read("141/90"), [(SYSTOLIC, 140)]),
        (read("181/121"), [(SYSTOLIC, 140), (SYSTOLIC, 180), (DIASTOLIC, 90), (DIASTOLIC, 120)]),
        (read("89/49"), [(SYSTOLIC, 90), (DIASTOLIC, 50)]),
        (read("", spo2_percent=92), [("spo2_percent", 93)]),
        (read("", spo2_percent=100), []),
        (read("", heart_rate_bpm=121), [("heart_rate_bpm", 120)]),
        (read("", respiratory_rate_per_min=9), [("respiratory_rate_per_min", 10)]),
    ],
)
def test_on_a_limit_is_within_and_beyond_it_is_noticed(reading, passed):
    point = prepare(log((5, reading))).readings[0]
    assert [(limit.name, limit.value) for limit in point.passed] == passed


def test_what_was_measured_in_the_checks_before_is_the_first_reading():
    fields = {"measured_at": at(-20).isoformat(), "baseline": {"systolic_mmhg": 118}}
    gate = Entry(
        sequence=1, key="gate-key", kind=EntryKind.GATE, at=at(-10), received_at=at(-10),
        by="Anna", content=Form(fields=fields),
    )  # fmt: skip
    point = prepare([gate]).readings[0]
    assert (point.minute, point.value(SYSTOLIC)) == (-20, 118)
    empty = replace(gate, content=Form(fields={"measured_at": at(-20).isoformat()}))
    assert prepare([empty]).empty


def test_a_baseline_that_is_an_entry_of_its_own_is_drawn_once_and_as_it_was_corrected():
    first, better = log((-20, read("118/76")), (-20, read("128/76"), "key-1"))
    fields = {
        "measured_at": at(-20).isoformat(),
        "baseline": {"systolic_mmhg": 118, "diastolic_mmhg": 76},
        "baseline_key": first.key,
    }
    gate = replace(first, sequence=9, kind=EntryKind.GATE, key="gate", content=Form(fields=fields))
    withdrawn = replace(
        better, kind=EntryKind.WITHDRAWAL, content=Withdrawal(reason="another patient")
    )
    assert [p.value(SYSTOLIC) for p in prepare([first, gate]).readings] == [118]
    assert [p.value(SYSTOLIC) for p in prepare([first, better, gate]).readings] == [128]
    assert prepare([first, withdrawn, gate]).empty


def test_patients_do_not_see_what_a_person_should_tell_them():
    events = log(*((5, AdverseEvent(term=t)) for t in (EventTerm.SUICIDAL, EventTerm.NAUSEA)))
    assert [e.label for e in prepare(events, audience=Audience.PATIENT).events] == ["Nausea"]
    assert len(prepare(events).events) == 2


def test_events_stand_in_the_order_of_their_beginning_and_may_be_open():
    told = session_logs.stopped_infusion()
    assert [(event.minute, event.label) for event in told.events] == [
        (21, "Nausea"), (23, "Blood pressure increased"), (36, "Anxiety"),
    ]  # fmt: skip
    assert [event.is_ongoing for event in told.events] == [False, False, True]
    assert told.events[0].end == 58


def test_an_event_without_an_end_is_ongoing_only_where_somebody_said_so():
    told = prepare(
        log(
            (5, AdverseEvent(term=EventTerm.NAUSEA)),
            (6, AdverseEvent(term=EventTerm.NAUSEA, outcome=EventOutcome.RESOLVED)),
        )
    )
    assert [event.is_ongoing for event in told.events] == [False, False]


def test_an_event_that_no_list_has_goes_by_its_own_name():
    told = prepare(log((5, AdverseEvent(term=EventTerm.OTHER, other="Hiccups"))))
    assert told.events[0].label == "Hiccups"
    assert prepare(log((5, AdverseEvent(term=EventTerm.OTHER)))).events[0].label == "Other"


def test_dissociation_that_began_again_has_not_ended():
    marks = (Mark.ONSET, Mark.RESOLVED, Mark.ONSET)
    written = [(n, DissociationMark(mark=m)) for n, m in zip((5, 40, 50), marks, strict=True)]
    assert prepare(log(*written)).mark(Mark.RESOLVED) is None
    first = prepare(log(*written[:2]))
    assert first.mark(Mark.RESOLVED).minute == 40
    assert first.mark(Mark.ONSET).minute == 5
    assert first.mark(Mark.PEAK) is None
    again = [*written[:2], (60, DissociationMark(mark=Mark.PEAK, strength=3))]
    assert prepare(log(*again)).mark(Mark.RESOLVED) is None


def test_the_axis_reaches_to_whoever_left_last():
    assert prepare(log((0, Dose(dose_mg=Decimal(40)))), left=124.5).last == 125
    assert prepare([], left=124).left is None
    assert prepare(log((0, read("120/80"))), left=10).left_at == at(10).astimezone(ZONE)


def test_no_free_text_gets_into_a_timeline():
    assert "SENTINEL" not in repr(session_logs.stopped_infusion())
