from datetime import date

import pytest

from tracker.domain import date_format
from tracker.domain.clinic import planning
from tracker.domain.clinic.planning import PlanningSettings
from tracker.domain.date_format import DateFormat, DayOrder


def test_a_chair_and_a_closed_day_a_line():
    told = PlanningSettings(
        chairs_text=" Chair 1\n\nChair 2\nChair 1 \n",
        holidays_text="2026-12-25 Christmas\n 2027-01-01\n",
    )
    assert told.chairs == ("Chair 1", "Chair 2")
    assert told.closed_days == {date(2026, 12, 25), date(2027, 1, 1)}
    assert planning.check(told) == []


def test_closed_days_are_typed_as_the_clinic_types_days_and_stored_in_one_way():
    typed = "25.12.2026 Weihnachten\n26/12/2026\n1 Jan 2027: New Year\nno day"
    stored = "2026-12-25 Weihnachten\n2026-12-26\n2027-01-01 New Year\nno day"
    assert planning.write_stored(typed) == stored
    with date_format.write_in(DateFormat(days=DayOrder.MONTH_FIRST)):
        assert planning.write_stored("12/25/2026 Christmas\nJan 1, 2027 New Year") == (
            "2026-12-25 Christmas\n2027-01-01 New Year"
        )
        assert planning.write_typed("2026-12-25 Christmas") == "12/25/2026 Christmas"
        assert PlanningSettings(holidays_text="2026-12-11").closed_days == {date(2026, 12, 11)}


def test_what_is_not_stored_keeps_its_default():
    assert PlanningSettings.read({"country": "US"}) == PlanningSettings()
    assert PlanningSettings.read({"chairs_text": "A"}).chairs == ("A",)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"chairs_text": "x" * 61}, "chairs_text"),
        ({"chairs_text": "\n".join(map(str, range(61)))}, "chairs_text"),
        ({"holidays_text": "Christmas"}, "holidays_text"),
        ({"holidays_text": "2026-02-30"}, "holidays_text"),
        ({"preparation": "x" * 2001}, "preparation"),
        ({"calendar_name": "full name"}, "calendar_name"),
    ],
)
def test_what_cannot_be_is_telling_moment_its_field(changed, field):
    assert [problem.field for problem in planning.check(PlanningSettings(**changed))] == [field]
