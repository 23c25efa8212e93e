"""What a clinic sets for itself."""

from dataclasses import asdict, replace
from datetime import time

import pytest

from tracker.domain.clinic import settings as clinic_settings
from tracker.domain.clinic.settings import ClinicDraft, ClinicSettings

GOOD = ClinicDraft(name="Harbour Clinic", **asdict(ClinicSettings()))


def faulty(**changed):
    return [problem.field for problem in clinic_settings.check(replace(GOOD, **changed))]


def test_the_defaults_are_in_order():
    assert faulty() == []
    assert faulty(phone="+1 (212) 555-0100", crisis_line="116 123", emergency_number="112") == []


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", " "), ("name", "x" * 201), ("name", "Harbour\nBcc: all"),
        ("crisis_line", ""), ("crisis_line", "call us"), ("crisis_line", "9" * 60),
        ("crisis_line_name", ""), ("crisis_line_name", "x" * 101),
        ("emergency_number", ""), ("phone", "ask Anna"),
        ("red_after_minutes", 0), ("red_after_minutes", -5), ("red_after_minutes", 1441),
        ("red_after_minutes", None), ("quiet_from", None), ("quiet_until", None),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named_at_its_field(field, wrong):
    assert faulty(**{field: wrong}) == [field]


def test_everything_wrong_is_said_at_once():
    assert len(faulty(name="", crisis_line="", red_after_minutes=None, quiet_from=None)) == 4


def test_what_is_not_stored_keeps_its_default():
    read = ClinicSettings.read({"crisis_line": "116 123", "quiet_from": "21:30", "other": 1})
    assert (read.crisis_line, read.quiet_from, read.quiet_until) == (
        "116 123",
        time(21, 30),
        time(8),
    )


@pytest.mark.parametrize(
    ("at", "quiet"),
    [(time(19, 59), False), (time(20), True), (time(23, 59), True), (time(0), True),
     (time(7, 59), True), (time(8), False), (time(12), False)],
)  # fmt: skip
def test_quiet_hours_run_past_midnight(at, quiet):
    assert ClinicSettings().is_quiet(at) is quiet


def test_quiet_hours_may_lie_within_a_day_or_not_be_at_all():
    noon = ClinicSettings(quiet_from=time(12), quiet_until=time(14))
    assert [noon.is_quiet(time(hour)) for hour in (11, 12, 13, 14)] == [False, True, True, False]
    none = ClinicSettings(quiet_from=time(8), quiet_until=time(8))
    assert not any(none.is_quiet(time(hour)) for hour in range(24))
