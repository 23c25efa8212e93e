"""The page of the audit trail."""

from tests.builders import courses
from tests.builders.patients import HELD, a_patient, a_series, planned
from tests.people import ADAM, ANNA, CLEO
from tracker.domain.audit.actions import words
from tracker.services import unit_of_work
from tracker.services.audit import queries as audit_queries
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import voiding
from tracker.services.sessions.voiding import Transfer


def test_an_administrator_reads_who_did_what(browse, cast):
    browse(ANNA)
    browser = browse(ADAM)
    browser.open("/audit/")
    assert "Anna Clinician (clinician) Signed in" in browser.page.text


def test_nobody_else_reads_it(browse):
    for who in (ANNA, CLEO):
        browse(who).open("/audit/", expect=403)


def test_it_names_records_but_never_their_content(browse, cast):
    treated = courses.treat(cast.console, record_number="B-77")
    browse(ANNA).open(f"/patients/{treated.patient_id}/")
    browser = browse(ADAM)
    browser.open("/audit/?record_number=B-77")
    assert "B-77" in browser.page.text
    for content in ("Ben", courses.PRIVATE, courses.COMMENT):
        assert content not in browser.page.text


def test_it_is_filtered_by_what_and_by_whom(browse, cast):
    browse(ANNA)
    browser = browse(ADAM)
    browser.open(f"/audit/?action=signed-in&user_id={cast.anna.user_id}")
    rows = browser.response.text.count("<tr>")
    assert rows == 2  # the heading, and Anna's sign-in


def test_nonsense_in_the_address_is_taken_for_nothing(browse):
    browser = browse(ADAM)
    browser.open("/audit/?before=x&user_id=%C2%B2&action=nothing-like-it")
    assert "Nothing fits" in browser.page.text
    browser.open(f"/audit/?before={2**70}")


def test_pages_follow_each_other_without_a_gap(browse, cast, monkeypatch):
    monkeypatch.setattr(audit_queries, "PAGE", 4)
    for number in range(9):
        unit_of_work.audit(cast.anna, "test.noted", f"x:{number}")
    browser = browse(ADAM)
    browser.open("/audit/?action=test.noted")
    seen = []
    while True:
        seen += [n for n in range(9) if f"x:{n} " in browser.page.text + " "]
        older = [link for link in browser.page.links if "before=" in link]
        if not older:
            break
        browser.open(older[0])
    assert sorted(seen) == list(range(9))


def test_another_clinics_lines_are_not_there(browse, cast):
    unit_of_work.audit(cast.cleo, "test.elsewhere", "x:1")
    browser = browse(ADAM)
    browser.open("/audit/?action=test.elsewhere")
    assert "Cleo" not in browser.page.text


def test_reading_it_leaves_a_line(browse, cast):
    browse(ADAM).open("/audit/")
    assert audit_queries.read(by=cast.adam).lines[0].action == "audit.viewed"


def test_what_no_database_takes_is_taken_for_nothing(browse):
    browser = browse(ADAM)
    for address in (
        f"before={'9' * 5000}",
        f"user_id={'9' * 30}",
        "action=%00",
        "record_number=%00",
    ):
        browser.open(f"/audit/?{address}")


def test_the_steps_of_a_session_are_told_in_words_and_of_the_right_patient(browse, cast, anna):
    here, there = (
        a_series(anna, a_patient(anna, number, given_name=name), sessions=2)
        for number, name in (("B-17", "Ben"), ("C-18", "Cleo"))
    )
    held = session_commands.record(HELD, series_id=here, session_id=planned(here)[0], by=anna)
    made = voiding.transfer(held, Transfer(there, None, reason="Cleo"), version=1, by=anna)
    voiding.void(made, "It was Ben", version=1, by=anna)
    voiding.restore(held, "It was Ben", version=2, by=anna)
    lines = [
        (words(line.action), line.subject, line.record_number)
        for line in audit_queries.read(by=cast.adam).lines
        if line.subject in (f"session:{held}", f"session:{made}")
    ]
    assert lines[::-1] == [
        ("Session recorded", f"session:{held}", "B-17"),
        ("Session struck out", f"session:{held}", "B-17"),
        ("Session recorded", f"session:{made}", "C-18"),
        ("Session moved here from another record", f"session:{made}", "C-18"),
        ("Session struck out", f"session:{made}", "C-18"),
        ("Session stands again", f"session:{held}", "B-17"),
    ]
    page = browse(ADAM).open("/audit/")
    assert "Session moved here from another record" in page.text
    assert f"from session:{held}" in page.text
    assert "Cleo Patient" not in page.text
    assert audit_queries.verify().intact
