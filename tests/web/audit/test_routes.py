"""The page of the audit trail."""

import csv
import io
from datetime import timedelta
from zoneinfo import ZoneInfo

from tests.builders import courses
from tests.builders.check_ins import ask, fill
from tests.builders.clinics import settle
from tests.builders.patients import HELD, a_patient, a_series, planned
from tests.people import ADAM, ANNA, CLEO
from tracker.domain.access import Role
from tracker.domain.audit.actions import words
from tracker.services import clock, unit_of_work
from tracker.services.alerts import commands as alert_commands
from tracker.services.audit import queries as audit_queries
from tracker.services.people import access_changes
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
    browser.search("/audit/", record_number="B-77")
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
    ):
        browser.open(f"/audit/?{address}")
    browser.search("/audit/", record_number="\0")


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


def answer_badly(cast):
    """Let a patient answer that they think of death, so that an alert is raised; give the actor."""
    treated = courses.treat(cast.console, record_number="B-77")
    ben = courses.account(cast.console, treated)
    fill(ben, ask(cast.console, treated.patient_id), phq9_9="2")
    [alert] = alert_commands.open_alerts(by=cast.anna)
    alert_commands.find(alert.alert_id, by=cast.anna)
    alert_commands.acknowledge(alert.alert_id, "Called them", by=cast.anna)
    alert_commands.listing(by=cast.anna)
    return ben


def test_an_administrator_learns_of_no_answer_and_no_alert(browse, cast):
    answer_badly(cast)
    adam = browse(ADAM)
    page = adam.search("/audit/", record_number="B-77")
    assert "Check-in answered" in page.text
    lines = next(link for link in page.links if "lines.csv" in link)
    assert "B-77" not in lines
    file = adam.client.get(lines).text
    assert "B-77" in file
    for text in (page.text, file):
        for told in ("phq9", "lert", "0 left out", "score:", "Score", "line 1", "9 answered"):
            assert told not in text, told
    for action in ("alert.raised", "alert.viewed", "alerts.viewed", "reply.sent", "score.recorded"):
        page = browse(ADAM).open(f"/audit/?action={action}")
        assert "Nothing fits" in page.text, action


def test_a_clinician_who_runs_the_clinic_too_reads_the_trail_whole(browse, cast):
    answer_badly(cast)
    both = [Role.CLINICIAN, Role.ADMINISTRATOR]
    access_changes.set_roles(cast.anna.user_id, both, reason="Runs the clinic too", by=cast.adam)
    page = browse(ANNA).search("/audit/", record_number="B-77")
    assert "Alert raised" in page.text
    assert "phq9" in page.text


def test_a_patient_is_found_on_the_lists_that_showed_them(browse, cast):
    for number in ("B-77", "C-78"):
        a_patient(cast.console, number)
    anna = browse(ANNA)
    anna.search("/patients/", q="C-78")
    anna.open("/patients/")
    page = browse(ADAM).search(
        "/audit/", record_number="B-77", action="patients.listed", user_id=str(cast.anna.user_id)
    )
    assert "2 patients shown" in page.text
    assert "1 patient shown" not in page.text


def test_it_is_filtered_by_days_of_the_clinic_and_by_staff(browse, cast):
    adam = browse(ADAM)
    today = f"{clock.today(ZoneInfo('America/New_York')):%Y-%m-%d}"
    assert "Nothing fits" not in adam.open(f"/audit/?first={today}&last={today}").text
    assert "Nothing fits" in adam.open("/audit/?last=2020-01-01").text
    assert "(console)" not in adam.open("/audit/?staff_only=y").text
    page = adam.open("/audit/?first=soon&last=2020-01-01", expect=422)
    assert "Give a day" in page.text
    assert page.value("first") == "soon"
    page = adam.open("/audit/?first=2026-01-02&last=2026-01-01", expect=422)
    assert "cannot be before the first" in page.text


def test_what_is_filtered_leaves_as_a_file_and_leaves_a_line(browse, cast):
    a_patient(cast.console, "B-77")
    anna = browse(ANNA)
    anna.open("/patients/")
    adam = browse(ADAM)
    answer = adam.client.get("/audit/lines.csv?action=patients.listed")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit.csv"'
    [line] = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (line["who"], line["what"]) == ("Anna Clinician", "Patients listed")
    assert (line["patients"], line["record_numbers"]) == ("1", "B-77")
    assert audit_queries.read(by=cast.adam).lines[0].action == "audit.exported"
    browse(ANNA).open("/audit/lines.csv", expect=403)


def test_what_is_unusual_says_why_and_that_it_is_a_hint(browse, cast):
    patient_id = a_patient(cast.console, "B-77", family_name="Clinician")
    adam = browse(ADAM)
    assert "Nothing unusual" in adam.open("/audit/unusual").text
    browse(ANNA).open(f"/patients/{patient_id}/")
    page = adam.open("/audit/unusual")
    assert "Anna Clinician The patient has the same family name. B-77" in page.text
    assert "a hint and not a finding" in page.text
    assert "a default of this program" in page.text
    assert "no hours, as none are set" in page.text
    browse(ANNA).open("/audit/unusual", expect=403)


def test_days_that_cannot_be_are_not_said_to_hold_nothing_unusual(browse, cast):
    page = browse(ADAM).open("/audit/unusual?first=soon", expect=422)
    assert "Give a day, such as" in page.text
    assert "Nothing unusual" not in page.text


def test_looks_outside_the_hours_that_the_clinic_set_are_unusual(browse, cast):
    here = clock.now().astimezone(ZoneInfo("America/New_York"))
    settle(
        cast.clinic_id,
        "US",
        open_from=f"{here + timedelta(hours=2):%H:00}",
        open_until=f"{here + timedelta(hours=4):%H:00}",
    )
    patient_id = a_patient(cast.console, "B-77")
    browse(ANNA).open(f"/patients/{patient_id}/")
    assert "Outside the clinic’s hours" in browse(ADAM).open("/audit/unusual").text
