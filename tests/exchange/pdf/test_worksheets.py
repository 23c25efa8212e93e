from datetime import UTC, date, datetime
from io import BytesIO

import pytest
import time_machine
from msgspec.structs import replace
from pypdf import PdfReader

from tests.builders.worksheets import facts, serious_session, whole_session
from tracker.domain.health_lists.standing import lists_of
from tracker.domain.worksheets.editions import FORM_VERSIONS, TITLE
from tracker.domain.worksheets.form import WorksheetState, fill, missing
from tracker.domain.worksheets.prefill import prefill
from tracker.exchange.pdf.worksheets import Paper, write

LISTS = lists_of([("medicine", "Lithium", "400 mg", date(2026, 2, 1))])
LONG = "Wolfeschlegelsteinhausenbergerdorff-Maximiliana Alexandra Bartholomea von"


def paper(told, form="2026", typed=None, **values):
    usual = {
        "session_id": 77, "record_number": "B-1", "form": FORM_VERSIONS[form],
        "state": WorksheetState.DRAFT, "due": "Due on 10 Mar 2026", "reason": "",
        "lists": LISTS, "lines": fill(form, prefill(told), typed or {}),
        "changed_at": datetime(2026, 3, 3, 17, 30, tzinfo=UTC),
    }  # fmt: skip
    return Paper(**usual | values)


def opened(told, **values):
    return PdfReader(BytesIO(write(paper(told, **values))))


def text(told, **values):
    pages = [page.extract_text() for page in opened(told, **values).pages]
    return " ".join(" ".join(pages).split())


def test_the_patients_own_lists_stand_by_the_questions_about_medicines():
    found = text(serious_session())
    assert "Medicines on the patient's list Lithium (400 mg), noted 1 Feb 2026" in found
    assert "Allergies on the patient's list nothing recorded" in found


@pytest.mark.parametrize("form", FORM_VERSIONS)
def test_every_field_of_the_form_is_on_it_with_its_value(form):
    told = serious_session()
    found = text(told, form=form)
    for line in fill(form, prefill(told), {}):
        assert line.field.label in found
        assert line.words in found
    assert FORM_VERSIONS[form].label in found


def test_its_title_says_that_it_is_not_the_form():
    assert TITLE in text(whole_session())
    assert "not the form of the programme" in text(whole_session())


def test_what_is_missing_says_so_and_is_counted():
    told = facts(clinic_phone="")
    gone = missing(fill("2026", prefill(told), {}))
    found = text(told, reason="The tablet was lost.")
    assert found.count("missing, required") == sum(field.need == "required" for field in gone)
    assert f"Draft, {len(gone)} fields missing." in found
    assert "Why fields stay empty: The tablet was lost." in found


def test_an_answer_over_the_sessions_own_shows_both():
    found = text(whole_session(), typed={"dose": "56"})
    assert "56 mg Typed by the clinic; the session says 84 mg" in found


def test_pages_are_numbered_and_named():
    read = opened(whole_session())
    for number, page in enumerate(read.pages, 1):
        words = page.extract_text()
        assert f"Page {number} of {len(read.pages)}" in words
        assert "REMS worksheet of session 77, record B-1" in words


def test_there_is_a_line_to_sign_on():
    last = opened(whole_session()).pages[-1].extract_text()
    for words in ("Name, printed", "Signature of who monitored", "Date"):
        assert words in last


def test_names_in_many_letters_are_written():
    told = facts(
        given_name="Ólafur Đặng",
        family_name="Krzyżanowska Παπαδοπούλου Щербакова",
        monitor_name=LONG,
    )
    found = text(told)
    for word in ("Ólafur", "Đặng", "Krzyżanowska", "Παπαδοπούλου", "Щербакова", "Bartholomea"):
        assert word in found


@pytest.mark.parametrize("name", ["张小明", "محمد", "שרה", "ไทย", "अनिता"])
def test_a_name_that_the_font_cannot_set_is_left_to_be_written_by_hand(name):
    found = text(facts(family_name=name))
    assert "Write by hand: this PDF lacks its letters" in found
    assert name not in found


def test_letters_that_lack_within_a_sentence_are_boxes():
    assert "Why fields stay empty: \N{WHITE SQUARE}\N{WHITE SQUARE} asked" in text(
        facts(), reason="张小 asked"
    )


@pytest.mark.parametrize("between", [" ", "\n"])
def test_a_long_text_runs_over_pages_and_never_off_them(between):
    words = [f"word{number}" for number in range(240)]
    typed = {"serious_event": "yes", "serious_event_what": between.join(words)}
    read = opened(whole_session(), typed=typed)
    bottom = min(low for page in read.pages for low in heights(page))
    assert bottom > 20  # points: the number of the page is the last thing on it
    found = " ".join(" ".join(page.extract_text() for page in read.pages).split())
    assert all(word in found.split() for word in words)


def heights(page):
    """List how high above the bottom of its page each piece of text stands, in points."""
    found = []
    page.extract_text(
        visitor_text=lambda text, _cm, tm, *_: found.append(tm[5]) if text.strip() else None
    )
    return found


def test_nothing_in_its_metadata_tells_of_the_patient():
    told = replace(whole_session(), given_name="Quillfeather", family_name="Quillfeather")
    read = opened(told)
    assert read.metadata.title == TITLE
    assert "Quillfeather" not in str(read.metadata)
    assert "B-1" not in str(read.metadata)


def test_the_same_worksheet_is_the_same_bytes_whenever_it_is_written():
    with time_machine.travel(datetime(2026, 3, 4, tzinfo=UTC)):
        one = write(paper(whole_session()))
    with time_machine.travel(datetime(2027, 9, 4, tzinfo=UTC)):
        assert write(paper(whole_session())) == one
