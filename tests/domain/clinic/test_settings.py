"""What a clinic sets for itself."""

from datetime import time

import pytest
from msgspec.structs import asdict, replace

from tracker.domain.clinic import settings as clinic_settings
from tracker.domain.clinic.settings import ClinicDraft, ClinicSettings

GOOD = ClinicDraft(name="Harbour Clinic", **asdict(ClinicSettings.read({})))
CODES = {"", "US", "GB", "other"}


def faulty(**changed):
    return [
        problem.field
        for problem in clinic_settings.check(replace(GOOD, **changed), countries=CODES)
    ]


def test_the_defaults_are_in_order():
    assert faulty() == []
    assert faulty(phone="(212) 555-0100", second_line_name="Line", second_line="(800) 5550") == []
    assert faulty(phone="+1 (212) 555-0100", crisis_line="116 123", emergency_number="112") == []


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", " "), ("name", "x" * 201), ("name", "Harbour\nBcc: all"),
        ("crisis_line", "call us"), ("crisis_line", "9" * 60), ("crisis_line", ""),
        ("crisis_line_name", ""), ("crisis_line_name", "x" * 101), ("crisis_hours", "x" * 101),
        ("crisis_text", "text us"), ("second_line_name", "x\ny"),
        ("emergency_number", ""), ("emergency_number", "112/999"), ("phone", "ask Anna"),
        ("country", "XX"), ("country", "us"),
        ("red_after_minutes", 0), ("red_after_minutes", -5), ("red_after_minutes", 1441),
        ("red_after_minutes", None), ("quiet_from", None), ("quiet_until", None),
        ("morning_from", None), ("morning_from", time(7, 59)), ("evening_from", None),
        ("evening_from", time(20)), ("evening_from", time(8)),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named_at_its_field(field, wrong):
    assert faulty(**{field: wrong}) == [field]


def test_everything_wrong_is_said_at_once():
    wrong = faulty(name="", emergency_number="", red_after_minutes=None, quiet_from=None)
    assert len(wrong) == 4


def test_a_clinic_may_have_no_crisis_line_but_never_a_number_of_nobody():
    none = {"crisis_line": "", "crisis_line_name": "", "crisis_text": "", "crisis_hours": ""}
    assert faulty(**none) == []
    assert faulty(second_line="111") == ["second_line_name"]
    assert faulty(second_line="111", second_line_name="NHS 111") == []


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


def test_hours_of_e_mails_are_read_and_may_be_any_where_there_are_no_quiet_hours():
    read = ClinicSettings.read({"morning_from": "06:30"})
    assert (read.morning_from, read.evening_from) == (time(6, 30), time(18))
    assert faulty(quiet_until=time(20), morning_from=time(0), evening_from=time(23)) == []


def test_quiet_hours_may_lie_within_a_day_or_not_be_at_all():
    noon = ClinicSettings(quiet_from=time(12), quiet_until=time(14))
    assert [noon.is_quiet(time(hour)) for hour in (11, 12, 13, 14)] == [False, True, True, False]
    none = ClinicSettings(quiet_from=time(8), quiet_until=time(8))
    assert not any(none.is_quiet(time(hour)) for hour in range(24))


def test_a_clinic_from_before_countries_keeps_the_numbers_that_it_had():
    old = ClinicSettings.read({})
    assert (old.crisis_line, old.crisis_text, old.emergency_number) == ("988", "988", "911")
    own = ClinicSettings.read({"crisis_line": "0800 111 0 111", "emergency_number": "112"})
    assert (own.crisis_line, own.crisis_text) == ("0800 111 0 111", "0800 111 0 111")
    assert own.country == ""


def test_once_there_is_a_country_no_number_is_made_up():
    bare = ClinicSettings.read({"country": "other", "emergency_number": "117"})
    assert (bare.crisis_line, bare.crisis_text, bare.crisis_line_name) == ("", "", "")
    assert bare.emergency_number == "117"


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ({"phone": "1"}, ["988 and 911, and the US label and REMS apply"]),
        ({"country": "", "phone": "1"}, ["no number", "no crisis line", "no emergency number"]),
        ({"country": "other", "emergency_number": "117", "phone": "1"}, ["no crisis line"]),
        ({"country": "GB", "crisis_line": "116 123", "emergency_number": "999"}, ["no telephone"]),
        (
            {"country": "GB", "crisis_line": "1", "emergency_number": "999", "phone": "555 0100"},
            [],
        ),
    ],
)
def test_what_nobody_has_set_is_to_do(stored, words):
    to_do = ClinicSettings.read(stored).to_do
    assert len(to_do) == len(words)
    assert all(said in line for said, line in zip(words, to_do, strict=True))
