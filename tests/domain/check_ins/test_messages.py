"""What our e-mails say, and what they never say."""

import re
from datetime import UTC, date, datetime, time

import pytest

from tracker.domain.check_ins import messages as check_in_messages
from tracker.domain.check_ins.messages import AnswerRequest, AppointmentNotice

ASKING = AnswerRequest(
    clinic_name="Harbour Clinic", phone="+1 212 555 0100", link="https://t.example.org/links/abc",
    stop_link="https://t.example.org/links/abc/no-more-mail",
    until=datetime(2026, 3, 9, 18, 5, tzinfo=UTC),
)  # fmt: skip
EXPECTED = AppointmentNotice(
    clinic_name="Harbour Clinic", phone="+1 212 555 0100", day=date(2026, 3, 9), at=time(10),
    own_page="https://t.example.org/my/",
)  # fmt: skip
TEXTS = [
    check_in_messages.invitation(ASKING),
    check_in_messages.reminder(ASKING),
    check_in_messages.please_send(ASKING),
    check_in_messages.day_before(EXPECTED),
    check_in_messages.called_off(EXPECTED),
    check_in_messages.another_time(EXPECTED, (date(2026, 3, 8), time(9, 30))),
    check_in_messages.another_time(EXPECTED, None),
    check_in_messages.escalation(
        clinic_name="Harbour Clinic", link="https://t.example.org/alerts/"
    ),
]
CLINICAL = (
    "ketamine|treat|patient|depress|anxi|pain|mood|phq|gad|score|scale|suicid|session|dose|symptom"
    "|answer(ed|s) \\d|alert[^s/]|questionnaire"
)


@pytest.mark.parametrize("text", TEXTS)
def test_a_letter_says_nothing_of_treatment(text):
    assert not re.search(CLINICAL, text, re.IGNORECASE)
    assert text.isascii()


def test_the_subject_names_the_clinic_and_nothing_else():
    assert check_in_messages.subject("Harbour Clinic") == "A message from Harbour Clinic"


@pytest.mark.parametrize("text", TEXTS[:3])
def test_a_letter_to_a_patient_has_its_link_its_end_and_how_to_stop(text):
    assert f"\n{ASKING.link}\n" in text
    assert "works until 9 Mar 2026, 18:05" in text
    assert f"No more of these e-mails: {ASKING.stop_link}" in text
    assert ASKING.phone in text


def test_a_clinic_without_a_telephone_asks_for_no_call():
    bare = AnswerRequest(
        **{name: getattr(ASKING, name) for name in ASKING.__slots__} | {"phone": ""}
    )
    assert "Call" not in check_in_messages.invitation(bare)


def test_invitation_and_reminder_differ():
    assert "only reminder" in TEXTS[1]
    assert "reminder" not in TEXTS[0]


def test_the_day_before_says_when_and_whom_to_call():
    text = check_in_messages.day_before(EXPECTED)
    assert "expects you tomorrow, 9 Mar 2026, at 10:00." in text
    assert "https://t.example.org/my/" in text
    bare = AppointmentNotice(
        clinic_name="Harbour Clinic", phone="", day=date(2026, 3, 9), at=None, own_page=""
    )
    text = check_in_messages.day_before(bare)
    assert "9 Mar 2026.\n" in text
    assert "please call us.\n" in text
    assert "page" not in text
