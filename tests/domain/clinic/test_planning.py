from datetime import date

import pytest

from tracker.domain.clinic import planning
from tracker.domain.clinic.planning import PlanningSettings


def test_a_chair_and_a_closed_day_a_line():
    told = PlanningSettings(
        chairs_text=" Chair 1\n\nChair 2\nChair 1 \n",
        holidays_text="2026-12-25 Christmas\n 2027-01-01\n",
    )
    assert told.chairs == ("Chair 1", "Chair 2")
    assert told.closed_days == {date(2026, 12, 25), date(2027, 1, 1)}
    assert planning.check(told) == []


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
def test_what_cannot_be_is_told_at_its_field(changed, field):
    assert [problem.field for problem in planning.check(PlanningSettings(**changed))] == [field]
