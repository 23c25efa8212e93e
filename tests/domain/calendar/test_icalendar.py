"""iCalendar files as RFC 5545 has them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tracker.domain.calendar import icalendar
from tracker.domain.calendar.icalendar import Event

BERLIN = ZoneInfo("Europe/Berlin")
EVENT = Event(
    uid="session-7@session-tracker",
    begins=datetime(2026, 3, 30, 10, 0, tzinfo=BERLIN),
    minutes=120,
    summary="Appointment, at Harbour; Clinic",
    changed_at=datetime(2026, 3, 1, 8, 0, tzinfo=UTC),
    sequence=3,
    location="Chair 2",
)


def unfold(text):
    return text.replace("\r\n ", "")


def test_an_event_is_written_as_the_standard_has_it():
    assert icalendar.write("Harbour Clinic", [EVENT]).split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Treatment session tracker//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "X-WR-CALNAME:Harbour Clinic",
        "BEGIN:VEVENT",
        "UID:session-7@session-tracker",
        "DTSTAMP:20260301T080000Z",
        "LAST-MODIFIED:20260301T080000Z",
        "SEQUENCE:3",
        "DTSTART:20260330T080000Z",  # summer time has begun the day before
        "DTEND:20260330T100000Z",
        "SUMMARY:Appointment\\, at Harbour\\; Clinic",
        "LOCATION:Chair 2",
        "STATUS:CONFIRMED",
        "CLASS:PRIVATE",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_a_session_without_a_time_is_of_the_whole_day_and_a_cancelled_one_says_so():
    told = icalendar.write("", [replace(EVENT, begins=date(2026, 12, 31), is_cancelled=True)])
    assert "DTSTART;VALUE=DATE:20261231\r\nDTEND;VALUE=DATE:20270101\r\n" in told
    assert "STATUS:CANCELLED" in told


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a\\b", "a\\\\b"), ("a;b,c", "a\\;b\\,c"), ("a\r\nb\nc\rd", "a\\nb\\nc\\nd"),
        ("a\x00\x1b\x7fb", "ab"),
    ],
)  # fmt: skip
def test_a_text_is_escaped(text, written):
    assert icalendar.escape(text) == written


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=400))
def test_no_line_is_longer_than_75_octets_and_nothing_is_lost(text):
    folded = icalendar.fold(f"SUMMARY:{text}")
    assert unfold(folded) == f"SUMMARY:{text}"
    assert all(len(line.encode()) <= 75 for line in folded.split("\r\n"))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_no_text_breaks_out_of_its_line(text):
    told = unfold(icalendar.write("x", [replace(EVENT, summary=text, location=text)]))
    assert len(told.split("\r\n")) == 20 - (not text)
    assert "\n" not in told.replace("\r\n", "")
