from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.builders import session_logs
from tests.builders.session_logs import TIMELINES, log, prepare, read
from tests.reading_level import grade
from tracker.domain.live.entries import (
    AdverseEvent,
    DissociationMark,
    Dose,
    EventAction,
    EventTerm,
    Infusion,
    InfusionAction,
    Mark,
)
from tracker.domain.progress.trend import Audience
from tracker.domain.timelines.text import alt, at_minute, event_words, pressure, sentence

GRADE_MAX = 8


def test_a_session_is_told_in_facts():
    assert sentence(session_logs.stopped_infusion()) == (
        "Infusion from 0 to 38 min, with 1 pause of 5 min, 27.5 mg in all. Highest blood pressure "
        "158/96 at 32 min, lowest 120/76 15 min before the start; 120/76 at 135 min, the last "
        "reading. Lowest SpO2 92 % at 32 min. Heart "
        "rate 70 to 98 beats/min. Lowest sedation score 3 of 5 at 26 min (5 alert). Dissociation "
        "from 8 min, 8 of 10 at 34 min, resolved by 72 min. 3 adverse events: Nausea 21 to 58 min, "
        "grade 2; Blood pressure increased 23 to 66 min, grade 1; Anxiety from 36 min, ongoing, "
        "grade 2. Left at 145 min."
    )


def test_devices_are_counted_with_their_minutes():
    assert sentence(session_logs.devices()).startswith(
        "3 devices of 28 mg at 0, 5 and 10 min, 84 mg in all."
    )


def test_doses_that_differ_are_counted_and_added_up():
    told = prepare(
        log((0, Dose(dose_mg=Decimal(40))), (20, Dose(dose_mg=Decimal(20)))), dose_mg="60"
    )
    assert sentence(told) == "2 doses at 0 and 20 min, 60 mg in all."


def test_an_infusion_without_an_end_says_so():
    told = prepare(log((0, Infusion(action=InfusionAction.START))))
    assert sentence(told) == "Infusion from 0 min; no end is recorded."


def test_pauses_are_added_up():
    actions = [
        (0, InfusionAction.START), (5, InfusionAction.PAUSE), (8, InfusionAction.RESUME),
        (10, InfusionAction.PAUSE), (14, InfusionAction.RESUME), (30, InfusionAction.STOP),
    ]  # fmt: skip
    told = prepare(log(*((minute, Infusion(action=action)) for minute, action in actions)))
    assert sentence(told) == "Infusion from 0 to 30 min, with 2 pauses of 7 min in all."


def test_one_reading_is_not_called_highest():
    assert "Blood pressure 128/82 at 0 min, read once." in sentence(session_logs.one_reading())
    assert "minutes count from the first entry" in sentence(session_logs.one_reading())


def test_a_last_reading_may_be_the_highest():
    told = prepare(log((0, read("120/80")), (5, read("130/80"))))
    assert (
        "Highest blood pressure 130/80 at 5 min, the last reading, lowest 120/80 at 0 min."
        in sentence(told)
    )


def test_the_lowest_pressure_is_told_beside_the_highest():
    told = prepare(log((0, read("120/80")), (5, read("150/90")), (9, read("110/70"))))
    assert sentence(told).endswith(
        "Highest blood pressure 150/90 at 5 min, lowest 110/70 at 9 min, the last reading."
    )
    told = prepare(log((0, read("120/80")), (5, read("120/80"))))
    assert sentence(told).endswith("120/80 at 0 min; 120/80 at 5 min, the last reading.")


@pytest.mark.parametrize(
    ("rated", "words"),
    [
        ([(5, 0), (10, 0)], "Dissociation 0 of 10 whenever it was rated."),
        ([(5, 6), (40, 2)], "Dissociation 6 of 10 at 5 min, no end recorded."),
        ([(5, 6), (40, 0), (50, 0)], "Dissociation 6 of 10 at 5 min, 0 again at 40 min."),
        ([(5, 6), (40, 0), (50, 3)], "Dissociation 6 of 10 at 5 min, no end recorded."),
    ],
)
def test_the_course_of_dissociation_is_told_by_its_ratings(rated, words):
    written = [(minute, read("", dissociation=value)) for minute, value in rated]
    assert words in sentence(prepare(log(*written)))


def test_a_mark_may_be_stronger_than_any_rating():
    told = prepare(log((5, DissociationMark(mark=Mark.PEAK, strength=9))))
    assert "Dissociation 9 of 10 at 5 min, no end recorded." in sentence(told)


def test_nothing_written_down_is_said():
    assert sentence(session_logs.nothing()).startswith("Nothing was written down")
    assert alt(session_logs.nothing()) == sentence(session_logs.nothing())
    assert alt(session_logs.devices()).startswith("The session minute by minute. 3 devices")


def test_a_half_pressure_has_a_dash():
    halves = prepare(log((1, read("130/")), (2, read("/80")))).readings
    assert [pressure(point) for point in halves] == ["130/\u2013", "\u2013/80"]


def test_before_the_start_is_said_in_words():
    assert at_minute(-0.5) == "1 min before the start"
    assert at_minute(40.9) == "at 40 min"


def test_an_event_tells_what_was_done_unless_it_was_nothing():
    event = AdverseEvent(
        term=EventTerm.VOMITING, grade=3, serious=True,
        actions=(EventAction.NONE, EventAction.OXYGEN),
    )  # fmt: skip
    told = prepare(log((-3, event))).events[0]
    assert event_words(told) == "Vomiting at \u22123 min, grade 3, serious, oxygen"
    assert event_words(told, brief=True) == "Vomiting at \u22123 min, grade 3, serious"


@pytest.mark.parametrize("name", TIMELINES)
def test_patients_can_read_their_sentence(name):
    told = sentence(replace(TIMELINES[name](), audience=Audience.PATIENT))
    assert grade(told) <= GRADE_MAX, told
    assert "grade" not in told


def test_patients_are_told_in_minutes_from_the_start():
    told = sentence(replace(session_logs.devices(), audience=Audience.PATIENT))
    assert told == (
        "Your blood pressure was highest 40 minutes after the start: 146/91. The last reading was "
        "126/80. You felt most disconnected 44 minutes after the start: 7 of 10. This had passed "
        "95 minutes after the start. The staff also wrote down: dizziness. You left 128 minutes "
        "after the start."
    )
