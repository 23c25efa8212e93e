"""The letter for the referrer: drafted from the record, kept, signed once, and true as signed."""

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import select, text

from tests.builders.courses import FIRST, account, scored, treat
from tests.people import ADAM, ANNA, BEN, CLEO
from tests.web.drafts.every_form import FormReader
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.referral_letters import ReferralLetter

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def anna(browse):
    return browse(ANNA)


@pytest.fixture
def treated(cast):
    made = treat(cast.anna, scores=0)
    scored(
        cast.anna, made, (20, FIRST - HOUR), (8, FIRST + 17 * DAY), (16, FIRST + 40 * DAY)
    )  # fmt: skip
    return made


@pytest.fixture
def path(treated):
    return f"/patients/{treated.patient_id}/letter"


def versions():
    query = select(ReferralLetter).order_by(ReferralLetter.written_at, ReferralLetter.id)
    return db.session.scalars(query).all()


def offered(anna, path):
    """Give what the form of a page would send as it stands."""
    anna.open(path)
    return {
        name: one.removeprefix("\r\n")
        for name, [one] in FormReader.of(anna.response.text).sent.items()
    }


def send(anna, path, do="keep", **typed):
    """Send the form as its page offers it, with what is typed."""
    return anna.client.post(path, data=offered(anna, path) | {"do": do} | typed)


def signed_pdf(anna):
    [one] = [each for each in versions() if each.is_signed]
    answer = anna.client.get(f"/referral-letters/{one.id}.pdf")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="letter.pdf"'
    return answer.data


def test_it_is_drafted_from_the_record(anna, path):
    page, words = anna.open(path), offered(anna, path)["words"]
    for said in (
        "the treatment of Ben Patient",
        "Course 1, from 2 Mar 2026. For depression: 2 doses",
        "PHQ-9: baseline 20; in the window after the induction 8 on 19 Mar 2026. Better by a "
        "reliable change. Response. No remission. Response over time: reached on day 17, lost 23 "
        "days later.",
        "half of the gain or more was gone at 16, 37 days after the last dose.",
        "Last score: PHQ-9 16 on 11 Apr 2026.",
        "they do not show what caused a change",
        "the clinic's definitions, version 1",
    ):
        assert said in words, said
    assert "nothing of it is kept yet" in page.text
    assert versions() == []


@pytest.mark.both_databases
def test_a_draft_is_kept_and_a_signed_one_is_one_page_with_its_picture(anna, path):
    assert send(anna, path, words="My own words", recipient="").status_code == 303
    assert offered(anna, path)["words"] == "My own words"
    answer = send(anna, path, do="sign", words="Signed words", recipient="Dr Referrer\nHigh Street")
    assert answer.status_code == 303
    assert [one.is_signed for one in versions()] == [False, True]
    assert versions()[1].picture.startswith(b"\x89PNG")
    [sheet] = PdfReader(io.BytesIO(signed_pdf(anna))).pages
    told = sheet.extract_text()
    for said in ("Dr Referrer", "High Street", "Ben Patient", "record B-1", "Signed words"):
        assert said in told, said
    assert "Signed by Anna" in told
    assert len(sheet.images) == 1
    done = [
        line.action
        for line in db.session.scalars(select(AuditEvent).order_by(AuditEvent.sequence))
        if line.action.startswith("referral-letter.")
    ]
    assert done == [
        "referral-letter.saved", "referral-letter.signed", "referral-letter.printed",
    ]  # fmt: skip
    # The next one is drafted anew, for the same person.
    page = anna.open(path)
    assert "nothing of it is kept yet" in page.text
    assert offered(anna, path)["recipient"] == "Dr Referrer\nHigh Street"


@pytest.mark.both_databases
def test_a_signed_letter_stays_as_it_was_signed(anna, path, cast, treated):
    send(anna, path, do="sign", words="Signed words", recipient="Dr Referrer")
    before = signed_pdf(anna)
    scored(cast.anna, treated, (3, FIRST + 60 * DAY))
    assert signed_pdf(anna) == before
    for statement in (
        "UPDATE referral_letter SET words = 'Others'", "DELETE FROM referral_letter",
    ):  # fmt: skip
        with pytest.raises(Exception, match="referral_letter is only ever appended to"):
            db.session.execute(text(statement))
        db.session.rollback()


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(anna, path):
    answer = send(anna, path, do="sign", words="Only words", recipient=" ")
    assert answer.status_code == 422
    assert "Say to whom the letter goes." in answer.text
    assert "Only words" in answer.text
    answer = send(anna, path, words="long " * 600)
    assert answer.status_code == 422
    assert "The letter is one page" in answer.text
    assert versions() == []


def test_of_two_who_write_the_second_loses_no_word(anna, path):
    mine = offered(anna, path)
    assert send(anna, path, words="Theirs").status_code == 303
    answer = anna.client.post(path, data=mine | {"do": "keep", "words": "Mine"})
    assert answer.status_code == 409
    assert "Mine" in answer.text
    assert "Theirs" in answer.text
    assert [one.words for one in versions()] == ["Theirs"]


def test_a_draft_has_no_pdf_and_strangers_have_none_at_all(anna, browse, path, cast, treated):
    send(anna, path, words="A draft")
    [draft] = versions()
    pdf = f"/referral-letters/{draft.id}.pdf"
    assert anna.client.get(pdf).status_code == 404
    account(cast.console, treated)
    for email, refused in ((ADAM, 403), (BEN, 403), (CLEO, 404)):
        browser = browse(email)
        assert browser.client.get(path).status_code == refused, email
        assert browser.client.get(pdf).status_code in (403, 404), email


def test_without_treatment_the_draft_says_so(anna, cast):
    treated = treat(cast.anna, sessions=0, scores=0)
    words = offered(anna, f"/patients/{treated.patient_id}/letter")["words"]
    assert "No dose is recorded so far." in words
    assert "Course" not in words
