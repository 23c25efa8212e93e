"""Every mail that leaves: who writes, about what, in which words. Others see it on a phone."""

import email
import re
from datetime import UTC, date, datetime, time
from email.message import Message
from email.policy import default
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.browsing import Browser
from tests.builders import courses
from tests.builders.clinics import set_planning
from tests.people import ADAM, ANNA, BEN, PASSWORD
from tests.signing_in import NEW, ask_for_link, reset_link
from tracker.domain.clinic.mail_name import name_in_mails
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.codes import Drug
from tracker.domain.letters import messages
from tracker.domain.letters.messages import (
    AnswerRequest,
    Asking,
    ChangedVisit,
    ExpectedVisit,
    PatientMail,
)
from tracker.domain.people.notices import AccountNotice
from tracker.instruments import library
from tracker.models import db
from tracker.models.clinics import Clinic
from tracker.services.clinic import clinics
from tracker.services.people import invitations, notices

OWN, CHOSEN = "Harbour Ketamine Clinic", "The Yellow House"
TEMPLATES = Path(__file__).resolve().parents[3] / "templates" / "security" / "email"
CLINICAL = re.compile(
    r"ketamin|spravato|clinic|patient|treat|therap|session|dose|dosing|infusion|inject|spray|drug"
    r"|medic|pill|depress|anxi|pain|mood|trauma|ptsd|suicid|crisis|symptom|score|scale"
    r"|questionnaire|check-in|progress|psych|mental|nurse|doctor|record\b|harbour",
    re.IGNORECASE,
)
LINK = "https://t.example.org/links/abc"
DAY, AT = date(2026, 3, 9), time(10)
TO_PATIENT = PatientMail(
    clinic_name=CHOSEN,
    phone="+1 212 555 0100",
    changed=(
        ChangedVisit(day=DAY, at=AT, is_off=True),
        ChangedVisit(day=DAY, at=AT, told=(date(2026, 3, 8), None)),
        ChangedVisit(day=DAY, at=AT, told=(DAY, AT)),
    ),
    expected=(ExpectedVisit(day=DAY, at=AT), ExpectedVisit(day=DAY, at=AT, is_today=True)),
    asked=tuple(
        AnswerRequest(why=why, link=LINK, until=datetime(2026, 3, 9, 18, 5, tzinfo=UTC))
        for why in (*Asking, *Asking)
    ),
    preparation_page="https://t.example.org/my/",
    choice_page="https://t.example.org/account/reminders",
    stop_link=f"{LINK}/no-more-mail",
)


def names_of_scales() -> re.Pattern[str]:
    """Match what any questionnaire or scale is called."""
    names = {one.code for one in library().values()} | {drug.value for drug in Drug}
    return re.compile(rf"\b({'|'.join(map(re.escape, sorted(names)))})\b", re.IGNORECASE)


def words_of(mail: Message) -> str:
    """Give all that a mail shows: sender, subject, and both kinds of body."""
    bodies = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    return "\n".join([str(mail["From"]), str(mail["Subject"]), *bodies])


def neutral(text: str) -> str:
    """Return a text without its links, and fail where it tells anything."""
    shown = re.sub(
        r"https?://\S+|Anna Clinician|Ben Patient", "", text
    )  # what our people are called
    assert not CLINICAL.search(shown), CLINICAL.search(shown)
    assert not names_of_scales().search(shown), shown
    return shown


def sent(folder: Path) -> list[Message]:
    """Read the mails that lie in a folder, the oldest first."""
    files = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    return [email.message_from_bytes(path.read_bytes(), policy=default) for path in files]


@pytest.fixture
def told(cast):
    """A clinic whose name tells what it treats, with another one for its mails."""
    db.session.get_one(Clinic, cast.clinic_id).name = OWN
    set_planning(cast.clinic_id, mail_name=CHOSEN)


def test_no_mail_about_an_account_tells_what_is_treated(browse, told, settings, cast):
    treated = courses.treat(cast.console, email=BEN)
    browser = browse(ANNA)
    browser.open(f"/patients/{treated.patient_id}/invite")
    browser.send(f"/patients/{treated.patient_id}/invite", {"sign_in_name": "ben.m"}, expect=303)
    ask_for_link(Browser(browse.app), ANNA)
    link = reset_link(settings.mail_folder)
    browser.open("/password/change")
    other = "eleven quiet otters row north"
    browser.send(
        "/password/change",
        {"password": PASSWORD, "new_password": other, "new_password_confirm": other},
    )
    assert link
    ask_for_link(Browser(browse.app), ADAM)
    link = reset_link(settings.mail_folder)
    stranger = Browser(browse.app)
    stranger.open(link)
    stranger.send(link, {"password": NEW, "password_confirm": NEW})
    for notice in AccountNotice:
        link = "http://localhost/e-mail/abc"
        notices.tell(BEN, notice, clinic_id=cast.clinic_id, sign_in_name="ben.m", link=link)
    mails = sent(settings.mail_folder)
    assert len(mails) == 5 + len(AccountNotice)
    for mail in mails:
        neutral(words_of(mail))
        assert CHOSEN in str(mail["From"])
    # A mail with a template of its own is written here too.
    kinds = {path.stem for path in TEMPLATES.iterdir()}
    assert kinds == {
        "account_notice", "change_notice", "reset_instructions", "reset_notice", "welcome",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        messages.write(TO_PATIENT),
        messages.write(replace(TO_PATIENT, stop_link="")),
        messages.write(replace(TO_PATIENT, stop_link="", preparation_page="", choice_page="")),
        messages.write(replace(TO_PATIENT, expected=(), asked=(), phone="")),
        messages.escalation(clinic_name=CHOSEN, link="https://t.example.org/alerts/"),
        messages.subject(CHOSEN),
    ],
)
def test_no_letter_that_is_due_tells_it_either(text):
    neutral(text)


def test_an_invitation_says_who_invited_whom(browse, told, settings, cast):
    treated = courses.treat(cast.console, email=BEN)
    user_id = invitations.invite_patient(treated.patient_id, sign_in_name="ben.m", by=cast.anna)
    invitations.send(user_id, link=lambda token: f"http://localhost/{token}", by=cast.anna)
    [mail] = sent(settings.mail_folder)
    assert mail["Subject"] == "Your account"
    assert "Anna Clinician has invited Ben Patient to open an account." in words_of(mail)
    assert "ben.m" in words_of(mail)


@pytest.mark.parametrize(
    ("chosen", "own", "used"),
    [
        ("", "Harbour Clinic", "Harbour Clinic"), ("", OWN, "your clinic"), (CHOSEN, OWN, CHOSEN),
        ("", "Institute for Mood and Pain", "your clinic"),
    ],
)  # fmt: skip
def test_a_name_that_tells_is_used_in_no_mail(chosen, own, used):
    assert name_in_mails(chosen, own) == used


def test_a_sentence_begins_with_a_capital():
    text = messages.write(replace(TO_PATIENT, clinic_name=name_in_mails("", OWN)))
    assert "Your clinic has some short questions for you." in text
    assert "Your clinic expects you tomorrow" in text


def test_letters_that_are_due_use_the_chosen_name(told, cast):
    settings = ClinicSettings.read(clinics.view(cast.clinic_id).settings)
    assert settings.name_in_mails(OWN) == CHOSEN
    assert clinics.mail_sender("t@example.org", cast.clinic_id) == f"{CHOSEN} <t@example.org>"


def test_without_a_chosen_name_only_an_address_writes(cast):
    assert clinics.mail_sender("t@example.org") == "t@example.org"
