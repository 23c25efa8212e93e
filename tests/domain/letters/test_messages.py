"""What our e-mails say, and what they never say."""

import re
from datetime import UTC, date, datetime, time

import pytest
from msgspec.structs import replace

from tracker.domain.letters import messages
from tracker.domain.letters.messages import (
    AnswerRequest,
    Asking,
    ChangedVisit,
    ExpectedVisit,
    PatientMail,
)

LINK, STOP = "https://t.example.org/links/abc", "https://t.example.org/links/abc/no-more-mail"
UNTIL = datetime(2026, 3, 9, 18, 5, tzinfo=UTC)
BARE = PatientMail(clinic_name="Harbour Clinic", phone="+1 212 555 0100")
SIGNED_IN = {
    "preparation_page": "https://t.example.org/my/",
    "choice_page": "https://t.example.org/account/reminders",
}
TOMORROW = ExpectedVisit(day=date(2026, 3, 9), at=time(10))
OFF = ChangedVisit(day=date(2026, 3, 9), at=time(10), is_off=True)
MOVED = ChangedVisit(day=date(2026, 3, 9), at=time(10), told=(date(2026, 3, 8), time(9, 30)))
AFTER_ALL = ChangedVisit(day=date(2026, 3, 9), at=time(10), told=(date(2026, 3, 9), time(10)))
MOVED_FROM_NOWHERE = ChangedVisit(day=date(2026, 3, 9), at=None)


def asked(*why, link=LINK):
    return {
        "asked": tuple(
            AnswerRequest(why=one, link=f"{link}{n or ''}", until=UNTIL)
            for n, one in enumerate(why)
        ),
        "stop_link": STOP,
    }


ALL = {
    "changed": (OFF, MOVED, AFTER_ALL, MOVED_FROM_NOWHERE),
    "expected": (TOMORROW, replace(TOMORROW, is_today=True, at=None)),
    **asked(Asking.INVITED, Asking.REMINDED, Asking.UNSENT, Asking.INVITED),
}
TEXTS = [
    *(messages.write(replace(BARE, **asked(why), **page)) for why in Asking
      for page in ({}, SIGNED_IN)),
    *(messages.write(replace(BARE, changed=(one,))) for one in ALL["changed"]),
    messages.write(replace(BARE, expected=(TOMORROW,), **SIGNED_IN)),
    messages.write(replace(BARE, **ALL)),
    messages.write(replace(BARE, **ALL, **SIGNED_IN, )),
    messages.write(replace(BARE, **ALL, phone="")),
    messages.escalation(clinic_name="Harbour Clinic", link="https://t.example.org/alerts/"),
]  # fmt: skip
CLINICAL = (
    "ketamine|treat|patient|depress|anxi|pain|mood|phq|gad|score|scale|suicid|session|dose|symptom"
    "|answer(ed|s) \\d|alert[^s/]|questionnaire"
)


@pytest.mark.parametrize("text", TEXTS)
def test_a_letter_says_nothing_of_treatment(text):
    assert not re.search(CLINICAL, text, re.IGNORECASE)
    assert text.isascii()
    assert "\n\n\n" not in text


def test_the_subject_names_the_clinic_and_nothing_else():
    assert messages.subject("Harbour Clinic") == "A message from Harbour Clinic"


@pytest.mark.parametrize("why", Asking)
def test_who_is_asked_has_the_link_its_end_and_how_to_stop(why):
    text = messages.write(replace(BARE, **asked(why)))
    assert f"\n{LINK}\nThis link works until 9 Mar 2026, 18:05.\n" in text
    assert f"No more of these e-mails: {STOP}" in text
    assert "please call us: +1 212 555 0100" in text
    assert "parts" not in text


def test_a_clinic_without_a_telephone_asks_for_no_call():
    assert "call" not in messages.write(replace(BARE, phone="", **asked(Asking.INVITED)))


def test_invitation_reminder_and_unsent_differ():
    texts = [messages.write(replace(BARE, **asked(why))) for why in Asking]
    assert ["only reminder" in text for text in texts] == [False, True, False]
    assert ["they are not sent yet" in text for text in texts] == [True, False, False]


def test_several_forms_are_asked_for_in_one_sentence_each_with_its_link():
    text = messages.write(replace(BARE, **asked(Asking.INVITED, Asking.INVITED, Asking.UNSENT)))
    assert text.count("has some short questions for you") == 1
    assert "There are 2 parts, and each has a link of its own." in text
    assert [line for line in text.splitlines() if line.startswith("http")] == [
        f"{LINK}2", LINK, f"{LINK}1",
    ]  # fmt: skip
    assert text.count("please do not pass them on") == 1


def test_all_that_waits_is_told_from_what_changed_to_what_is_asked():
    text = messages.write(replace(BARE, **ALL, **SIGNED_IN))
    wanted = [
        "Your appointment on 9 Mar 2026 at 10:00 does not take place.",
        "Your appointment on 8 Mar 2026 at 09:30 has moved to 9 Mar 2026 at 10:00.",
        "Your appointment on 9 Mar 2026 at 10:00 takes place after all.",
        "Your appointment has moved to 9 Mar 2026.",
        "Harbour Clinic expects you tomorrow, 9 Mar 2026, at 10:00.",
        "Harbour Clinic expects you today, 9 Mar 2026.",
        "How to prepare is on your page: https://t.example.org/my/",
        "they are not sent yet",
        "This is the only reminder",
        "has some short questions for you",
        "If you cannot come, or have a question, please call us: +1 212 555 0100",
        "\n\nHarbour Clinic\n\n",
        f"No more of these e-mails: {STOP}\n",
        "Choose here: https://t.example.org/account/reminders\n",
    ]
    places = [text.index(words) for words in wanted]
    assert places == sorted(places)
    assert text.startswith("Hello,\n\n")


def test_the_same_visit_of_two_records_is_told_once():
    text = messages.write(replace(BARE, expected=(TOMORROW, TOMORROW), changed=(OFF, OFF)))
    assert text.count("expects you") == text.count("does not take place") == 1


def test_the_day_before_says_when_and_whom_to_call():
    bare = PatientMail(
        clinic_name="your clinic", expected=(ExpectedVisit(day=date(2026, 3, 9), at=None),)
    )
    text = messages.write(bare)
    assert "Your clinic expects you tomorrow, 9 Mar 2026.\n" in text
    assert "or have a question, please call us.\n" in text
    assert "page" not in text


def test_where_e_mails_are_switched_off_is_true_for_whoever_reads_it():
    for page, words in (
        (SIGNED_IN, "Switch these e-mails off, or have them in the morning or evening: "
                    "https://t.example.org/account/reminders\n"),
        ({}, "If you want no more of these e-mails, please call us.\n"),
    ):  # fmt: skip
        text = messages.write(replace(BARE, expected=(TOMORROW,), **page))
        assert text.endswith(words)
