"""Who looked at my record."""

import pytest

from tests.builders.alerts import an_alert
from tests.builders.clinics import settle
from tests.builders.courses import account, treat
from tests.people import ADAM, ANNA, BEN
from tests.reading_level import grade, markup_of, text_of
from tests.web.test_reading_level import TEMPLATES
from tracker.services.audit import looks
from tracker.services.live import commands as live_commands


@pytest.fixture
def treated(cast):
    treated = treat(cast.anna)
    account(cast.console, treated)
    return treated


def test_a_look_at_the_record_and_one_at_a_list_are_told_by_role(browse, treated):
    anna = browse(ANNA)
    anna.open(f"/patients/{treated.patient_id}/")
    for _ in range(3):
        anna.open("/patients/")
    page = browse(BEN).open("/my/looks")
    assert "A clinician : opened your record" in page.text
    assert "A clinician : opened a list with you on it (3 times)" in page.text
    assert "Anna" not in page.text
    assert "not the name" in page.text


def test_whoever_listed_exported_alerted_or_boarded_them_is_there(browse, cast, treated):
    made = an_alert(cast.anna, treated.patient_id)
    live_commands.begin_extra(treated.series_id, by=cast.anna, reason="Asked for by telephone.")
    anna = browse(ANNA)
    everything = {"kind": "sessions", "record_number": "", "first": "", "last": ""}
    looked = {
        "opened a list with you on it": lambda: anna.open("/patients/"),
        "opened the list of what needs a look": lambda: anna.open("/alerts/"),
        "looked at something in your record that needed": lambda: anna.open(f"/alerts/{made}/"),
        "opened the board of sessions going on": lambda: anna.open("/today/board"),
        "opened the plan of the day, with you on it": lambda: anna.open("/today/"),
        "saved a file with your data": lambda: anna.send("/exports/", everything, expect=200),
    }
    ben = browse(BEN)
    for words, look in looked.items():
        assert f"A clinician : {words}" not in ben.open("/my/looks").text, words
        look()
        assert f"A clinician : {words}" in ben.open("/my/looks").text, words


def test_names_are_told_where_the_clinic_tells_them(browse, cast, treated):
    settle(cast.clinic_id, "US", names_who_looked=True)
    browse(ANNA).open(f"/patients/{treated.patient_id}/")
    page = browse(BEN).open("/my/looks")
    assert "Anna Clinician (a clinician) : opened your record" in page.text
    assert "not the name" not in page.text


def test_their_own_looks_are_listed_only_when_asked_for(browse, treated):
    ben = browse(BEN)
    ben.open("/my/")
    assert "You : looked at how you are doing" not in ben.open("/my/looks").text
    assert "You : looked at how you are doing" in ben.open("/my/looks?own=1").text


def test_nobody_elses_looks_are_there(browse, cast, treated):
    other = treat(cast.anna, record_number="C-18")
    browse(ANNA).open(f"/patients/{other.patient_id}/")
    before = browse(BEN).open("/my/looks").text
    assert ": opened your record" not in before
    browse(ANNA).open("/my/looks", expect=403)
    browse(ADAM).open("/my/looks", expect=403)


def test_it_goes_on_page_by_page(browse, treated, monkeypatch):
    monkeypatch.setattr(looks, "LINES_A_PAGE", 2)
    anna, ben = browse(ANNA), browse(BEN)
    for _ in range(5):
        anna.open(f"/patients/{treated.patient_id}/")
    seen, address = 0, "/my/looks"
    while address:
        page = ben.open(address)
        seen += page.text.count("opened your record")
        address = next((link for link in page.links if "before=" in link), "")
        assert seen < 20
    assert seen >= 3  # two lines a page, told as one


def test_an_account_leads_there(browse, treated):
    assert any("/my/looks" in link for link in browse(BEN).open("/account/").links)
    assert not any("/my/looks" in link for link in browse(ANNA).open("/account/").links)


def test_it_is_read_at_grade_8_or_lower():
    text = text_of(markup_of(TEMPLATES / "my" / "looks.html"))
    assert grade(text) <= 8, text
