from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.check_ins import schedule as check_in_schedule
from tracker.domain.check_ins import windows as check_in_windows
from tracker.domain.check_ins.schedule import CHOSEN, CLINIC_DEFAULT, Anchor, ScheduleLine
from tracker.domain.check_ins.windows import PlannedSession
from tracker.domain.codes import Indication, Occasion, Phase, SessionState
from tracker.instruments import library

NEW_YORK = ZoneInfo("America/New_York")
ASKABLE = {code for code, one in library().items() if one.answerable}


def planned(number: int, day: date, state: SessionState = SessionState.PLANNED) -> PlannedSession:
    return PlannedSession(session_id=100 + number, number=number, state=state, planned_on=day)


def held(number: int, at: datetime) -> PlannedSession:
    return PlannedSession(
        session_id=100 + number, number=number, state=SessionState.COMPLETED, started_at=at
    )


def six(first: date = date(2026, 6, 1)) -> list[PlannedSession]:
    days = (0, 3, 7, 10, 14, 17)
    return [planned(n, first + timedelta(days=days[n - 1])) for n in range(1, 7)]


def line(anchor: Anchor, number: int = 0, *codes: str) -> ScheduleLine:
    return ScheduleLine(instruments=codes or ("phq9",), anchor=anchor, number=number)


def here(instant: datetime) -> str:
    return f"{instant.astimezone(NEW_YORK):%Y-%m-%d %H:%M}"


def keys(lines, sittings) -> list[str]:
    return [slot.key for slot in check_in_windows.generate(lines, sittings, NEW_YORK)]


def one(lines, sittings, key: str) -> check_in_windows.Slot:
    return next(s for s in check_in_windows.generate(lines, sittings, NEW_YORK) if s.key == key)


def test_the_baseline_is_asked_for_when_a_score_can_be_one():
    lines = check_in_schedule.usual(Indication.DEPRESSION, Phase.INDUCTION)
    opened = {
        days: next(
            slot.opens_at
            for slot in check_in_windows.generate(lines, six(), NEW_YORK, baseline_days=days)
            if slot.key == "baseline"
        )
        for days in (7, 14)
    }
    assert opened[7] - opened[14] == timedelta(days=7)


# What is usual


def test_depression_is_asked_before_within_and_after_a_course():
    lines = check_in_schedule.usual(Indication.DEPRESSION, Phase.INDUCTION)
    noon = datetime(2026, 6, 1, 16, tzinfo=UTC)
    done = [held(n, noon + timedelta(days=4 * n)) for n in range(1, 7)]
    slots = check_in_windows.generate(lines, done, NEW_YORK)
    phq9 = [slot.key for slot in slots if "phq9" in slot.instruments]
    assert phq9 == [
        "baseline", "before-session:1", "before-session:3", "before-session:5",
        "after-last:1:session-6", "weeks-after:1:session-6", "weeks-after:2:session-6",
        "weeks-after:4:session-6", "weeks-after:8:session-6", "weeks-after:12:session-6",
    ]  # fmt: skip
    rated = [slot.key for slot in slots if slot.instruments == ("mood-nrs", "pain-nrs")]
    assert len(rated) == 18
    assert {"hours-after:4:session-1", "hours-after:24:session-1", "hours-after:72:session-1"} < {
        *rated
    }


def test_a_long_series_asks_before_every_second_session():
    long = [planned(n, date(2026, 6, 1) + timedelta(days=4 * n)) for n in range(1, 13)]
    lines = check_in_schedule.usual(Indication.DEPRESSION, Phase.INDUCTION)
    before = [key for key in keys(lines, long) if key.startswith("before-session")]
    assert before == [f"before-session:{number}" for number in (1, 3, 5, 7, 9, 11)]


def test_ptsd_is_asked_by_the_weekly_form_within_and_the_monthly_one_around():
    lines = check_in_schedule.usual(Indication.PTSD, Phase.INDUCTION)
    told = {line.label: line.instruments for line in lines}
    assert told["Before treatment begins"] == ("pcl5",)
    assert told["Before every second session"] == ("pcl5-week",)
    assert told["2 weeks after the last session"] == ("pcl5-week",)
    assert told["4 weeks after the last session"] == ("pcl5",)


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("indication", Indication)
def test_every_usual_schedule_is_in_order_and_names_its_sources(indication, phase):
    lines = check_in_schedule.usual(indication, phase)
    assert check_in_schedule.check(lines, answerable=ASKABLE) == []
    assert all(line.source for line in lines)
    assert {"mood-nrs", "pain-nrs"} <= {code for line in lines for code in line.instruments}


def test_times_taken_from_studies_of_depression_are_no_source_for_pain():
    weeks = [
        line.source
        for line in check_in_schedule.usual(Indication.CHRONIC_PAIN, Phase.INDUCTION)
        if line.anchor is Anchor.WEEKS_AFTER
    ]
    assert set(weeks) == {CLINIC_DEFAULT}


# What may be


def test_everything_wrong_is_listed_at_once():
    lines = [
        ScheduleLine(instruments=(), anchor=Anchor.BASELINE),
        line(Anchor.HOURS_AFTER, 0),
        line(Anchor.WEEKS_AFTER, 4, "madrs"),
        line(Anchor.BEFORE_SESSION, 3),
        line(Anchor.BEFORE_SESSION, 3, "gad7", "phq9"),
    ]
    fields = [p.field for p in check_in_schedule.check(lines, answerable=ASKABLE)]
    assert fields == [
        "lines-0-instruments", "lines-1-number", "lines-2-instruments", "lines-4-instruments",
    ]  # fmt: skip


def test_a_schedule_has_an_end():
    lines = [line(Anchor.BEFORE_SESSION, number) for number in range(1, 42)]
    assert [p.field for p in check_in_schedule.check(lines, answerable=ASKABLE)] == [""]


def test_a_schedule_survives_being_stored():
    lines = check_in_schedule.usual(Indication.PTSD, Phase.INDUCTION)
    assert check_in_schedule.unpack(check_in_schedule.pack(lines)) == lines


def test_a_line_like_the_usual_one_keeps_its_source_and_another_was_chosen():
    usual = check_in_schedule.usual(Indication.DEPRESSION, Phase.INDUCTION)
    typed = [line(Anchor.WEEKS_AFTER, 8), line(Anchor.WEEKS_AFTER, 9)]
    sources = [found.source for found in check_in_schedule.add_sources(typed, usual)]
    assert sources[0].startswith("McInnes 2022")
    assert sources[1] == CHOSEN


def test_lines_are_put_in_the_order_of_a_course():
    mixed = [line(Anchor.WEEKS_AFTER, 1), line(Anchor.HOURS_AFTER, 24), line(Anchor.BASELINE)]
    assert [found.anchor for found in check_in_schedule.in_order(mixed)] == [
        Anchor.BASELINE, Anchor.HOURS_AFTER, Anchor.WEEKS_AFTER,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("baseline", "Before treatment begins"),
        ("before-session:3", "Before session 3"),
        ("hours-after:4:session-7", "4 hours after session 7"),
        ("hours-after:1:session-7", "1 hour after session 7"),
        ("after-last:0:session-6", "On the day of the last session"),
        ("after-last:1:session-6", "1 day after the last session"),
        ("weeks-after:12:session-6", "12 weeks after the last session"),
        (None, "Sent by the clinic"),
    ],
)
def test_a_check_in_says_when_it_is_asked(key, words):
    assert check_in_schedule.title(key) == words


def test_a_line_says_how_often():
    labels = [line(Anchor.BEFORE_EVERY, number).label for number in (1, 2, 3, 4)]
    assert labels == [
        "Before every session", "Before every second session", "Before every third session",
        "Before every 4th session",
    ]  # fmt: skip


# When it is due


def test_what_comes_before_a_session_opens_two_days_ahead_and_closes_with_its_day():
    slot = one([line(Anchor.BEFORE_SESSION, 3)], six(), "before-session:3")
    assert slot.occasion is Occasion.BEFORE_SESSION
    assert slot.session_id == 103
    times = (slot.opens_at, slot.due_at, slot.closes_at)
    assert [here(at) for at in times] == [
        "2026-06-06 00:00", "2026-06-07 20:00", "2026-06-09 00:00",
    ]  # fmt: skip


def test_what_comes_before_a_session_that_was_held_closes_as_it_starts():
    began = datetime(2026, 6, 8, 14, 30, tzinfo=UTC)
    slot = one([line(Anchor.BEFORE_SESSION, 3)], [held(3, began)], "before-session:3")
    assert slot.closes_at == began


def test_a_baseline_is_at_most_two_weeks_old_when_treatment_begins():
    slot = one([line(Anchor.BASELINE, 0, "pcl5")], six(), "baseline")
    times = (slot.opens_at, slot.due_at, slot.closes_at)
    assert [here(at) for at in times] == [
        "2026-05-18 00:00", "2026-05-31 20:00", "2026-06-02 00:00",
    ]  # fmt: skip


def test_a_baseline_ends_where_the_same_is_asked_before_the_first_session():
    lines = [line(Anchor.BASELINE), line(Anchor.BEFORE_EVERY, 2)]
    slots = {slot.key: slot for slot in check_in_windows.generate(lines, six(), NEW_YORK)}
    assert slots["baseline"].closes_at == slots["before-session:1"].opens_at
    assert here(slots["baseline"].due_at) == "2026-05-29 20:00"


def test_hours_after_are_counted_from_the_real_start():
    began = datetime(2026, 6, 1, 13, 10, tzinfo=UTC)
    lines = [line(Anchor.HOURS_AFTER, hours) for hours in (4, 24, 72)]
    slots = check_in_windows.generate(lines, [held(1, began), *six()[1:]], NEW_YORK)
    hours = [
        tuple((at - began) / timedelta(hours=1) for at in (s.opens_at, s.due_at, s.closes_at))
        for s in slots
    ]
    assert hours == [(4, 6, 12), (24, 30, 48), (72, 84, 96)]


def test_the_next_session_ends_what_is_asked_after_one():
    began = datetime(2026, 6, 1, 13, tzinfo=UTC)
    lines = [line(Anchor.HOURS_AFTER, hours) for hours in (48, 72)]
    two = [held(1, began), held(2, began + timedelta(hours=60))]
    slots = {slot.key: slot for slot in check_in_windows.generate(lines, two, NEW_YORK)}
    first = slots["hours-after:48:session-1"]
    assert first.closes_at == began + timedelta(hours=60)
    assert first.due_at == first.closes_at
    assert "hours-after:72:session-1" not in slots
    assert "hours-after:72:session-2" in slots


def test_nothing_is_asked_after_a_session_that_was_not_held():
    assert keys([line(Anchor.HOURS_AFTER, 4)], six()) == []


def test_what_follows_the_last_session_waits_until_it_is_known_which_that_is():
    began = datetime(2026, 6, 1, 15, tzinfo=UTC)
    lines = [line(Anchor.AFTER_LAST, 1), line(Anchor.WEEKS_AFTER, 1)]
    assert keys(lines, [held(1, began), *six()[1:]]) == []
    rest = [planned(n, date(2026, 6, 9), SessionState.CANCELLED) for n in range(2, 7)]
    assert keys(lines, [held(1, began), *rest]) == [
        "after-last:1:session-1", "weeks-after:1:session-1",
    ]  # fmt: skip


def test_a_week_after_the_last_session_may_be_three_days_early_or_late():
    began = datetime(2026, 6, 1, 15, tzinfo=UTC)
    slot = one([line(Anchor.WEEKS_AFTER, 2)], [held(1, began)], "weeks-after:2:session-1")
    times = (slot.opens_at, slot.due_at, slot.closes_at)
    assert [here(at) for at in times] == [
        "2026-06-12 00:00", "2026-06-15 20:00", "2026-06-19 00:00",
    ]  # fmt: skip


def test_the_day_of_the_last_session_leaves_time_to_come_home():
    began = datetime(2026, 6, 1, 23, tzinfo=UTC)  # 19:00 in New York
    slot = one([line(Anchor.AFTER_LAST, 0)], [held(1, began)], "after-last:0:session-1")
    times = (slot.opens_at, slot.due_at, slot.closes_at)
    assert [here(at) for at in times] == [
        "2026-06-01 21:00", "2026-06-01 23:00", "2026-06-04 00:00",
    ]  # fmt: skip


def test_the_day_after_opens_at_midnight_of_the_clinic():
    began = datetime(2026, 6, 2, 1, tzinfo=UTC)  # still the first in New York
    slot = one([line(Anchor.AFTER_LAST, 1)], [held(1, began)], "after-last:1:session-1")
    assert here(slot.opens_at) == "2026-06-02 00:00"


def test_a_cancelled_session_asks_for_nothing():
    sittings = [planned(1, date(2026, 6, 1), SessionState.MISSED), planned(2, date(2026, 6, 4))]
    lines = [line(Anchor.BASELINE), line(Anchor.BEFORE_EVERY, 1)]
    slots = check_in_windows.generate(lines, sittings, NEW_YORK)
    assert [slot.key for slot in slots] == ["baseline", "before-session:2"]
    assert {slot.session_id for slot in slots} == {102}


def test_one_check_in_collects_what_is_due_at_the_same_time():
    lines = [
        line(Anchor.BEFORE_EVERY, 2, "phq9"),
        line(Anchor.BEFORE_SESSION, 3, "gad7", "phq9"),
    ]
    assert one(lines, six(), "before-session:3").instruments == ("phq9", "gad7")
    assert one(lines, six(), "before-session:5").instruments == ("phq9",)


def test_no_sessions_ask_for_nothing():
    assert keys(check_in_schedule.usual(Indication.DEPRESSION, Phase.INDUCTION), []) == []


@pytest.mark.parametrize(
    ("day", "hours_open"),
    [
        (date(2026, 3, 9), 71),  # the clocks went forward on the 8th
        (date(2026, 11, 2), 73),  # and back on 1 November
    ],
)
def test_days_are_days_when_the_clocks_change(day, hours_open):
    slot = one([line(Anchor.BEFORE_SESSION, 1)], [planned(1, day)], "before-session:1")
    assert (slot.closes_at - slot.opens_at) / timedelta(hours=1) == hours_open
    assert here(slot.due_at).endswith("20:00")


def test_hours_are_hours_when_the_clocks_change():
    began = datetime(2026, 3, 7, 20, tzinfo=UTC)  # 15:00, the day before they go forward
    slot = one([line(Anchor.HOURS_AFTER, 24)], [held(1, began)], "hours-after:24:session-1")
    assert slot.opens_at - began == timedelta(hours=24)
    assert here(slot.opens_at) == "2026-03-08 16:00"


def test_months_and_years_end_where_the_calendar_says():
    slot = one([line(Anchor.BEFORE_SESSION, 1)], [planned(1, date(2028, 3, 1))], "before-session:1")
    assert here(slot.opens_at) == "2028-02-28 00:00"
    began = datetime(2026, 12, 30, 15, tzinfo=UTC)
    after = one([line(Anchor.WEEKS_AFTER, 1)], [held(1, began)], "weeks-after:1:session-1")
    assert here(after.closes_at) == "2027-01-10 00:00"


ZONES = st.sampled_from(["America/New_York", "Europe/Berlin", "America/Santiago", "Asia/Kolkata"])
ANY_LINE = st.builds(
    lambda anchor, share, codes: ScheduleLine(
        instruments=tuple(codes), anchor=anchor, number=_within(anchor, share)
    ),
    st.sampled_from(Anchor),
    st.floats(0, 1),
    st.lists(st.sampled_from(sorted(ASKABLE)), min_size=1, max_size=3, unique=True),
)


def _within(anchor: Anchor, share: float) -> int:
    limits = check_in_schedule.RANGES[anchor]
    return 0 if limits is None else round(limits[0] + share * (limits[1] - limits[0]))


@st.composite
def courses(draw):
    days = draw(st.lists(st.dates(date(2024, 1, 1), date(2030, 1, 1)), max_size=8))
    sittings = []
    for number, day in enumerate(sorted(days), start=1):
        if draw(st.booleans()):
            hour = draw(st.integers(0, 23))
            sittings.append(held(number, datetime(day.year, day.month, day.day, hour, tzinfo=UTC)))
        else:
            sittings.append(planned(number, day, draw(st.sampled_from(SessionState))))
    return sittings


@given(st.lists(ANY_LINE, max_size=8), courses(), ZONES)
def test_every_check_in_opens_is_due_and_closes_in_this_order(lines, sittings, zone):
    slots = check_in_windows.generate(lines, sittings, ZoneInfo(zone))
    assert len({slot.key for slot in slots}) == len(slots)
    for slot in slots:
        assert slot.opens_at < slot.closes_at or slot.occasion is Occasion.BEFORE_SESSION
        assert slot.opens_at <= slot.due_at
        assert slot.instruments
        assert check_in_schedule.title(slot.key)
