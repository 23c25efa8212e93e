import csv
import io
import zipfile

import pytest

from tests.builders import patients
from tests.people import ADAM, ANNA, CLEO
from tracker.exchange.tables import EXPORTED
from tracker.web.exports.forms import KINDS

CHOICE = {"kind": "patients", "record_number": "", "first": "", "last": ""}


@pytest.fixture
def ben(app, cast):
    return patients.a_patient(cast.anna, "B-17")


def downloaded(browser, **choice):
    browser.send("/exports/", CHOICE | choice, expect=200)
    assert browser.response.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(browser.response.text.removeprefix("\ufeff"))))


def test_a_clinician_downloads_rows_under_a_name_that_tells_nothing(browse, ben):
    anna = browse(ANNA)
    anna.open("/exports/")
    rows = downloaded(anna, bom="y")
    assert [row["record_number"] for row in rows] == ["B-17"]
    assert anna.response.headers["Content-Disposition"] == 'attachment; filename="patients.csv"'
    assert anna.response.text.startswith("\ufeff")
    assert "no-store" in anna.response.headers["Cache-Control"]


def test_another_clinic_gets_only_the_headings(browse, ben):
    cleo = browse(CLEO)
    cleo.open("/exports/")
    assert downloaded(cleo) == []


def test_an_administrator_may_not_export(browse, ben):
    browse(ADAM).open("/exports/", expect=403)


def test_an_unknown_record_number_is_said_beside_its_field_and_kept(browse, ben):
    anna = browse(ANNA)
    anna.open("/exports/")
    page = anna.send("/exports/", CHOICE | {"record_number": "Z-99"}, expect=422)
    assert "no patient with this record number" in page.text
    assert page.value("record_number") == "Z-99"


def test_days_in_the_wrong_order_are_refused(browse, ben):
    anna = browse(ANNA)
    anna.open("/exports/")
    wrong = CHOICE | {"first": "2026-03-02", "last": "2026-03-01"}
    page = anna.send("/exports/", wrong, expect=422)
    assert "cannot be before the first" in page.text


def test_a_day_that_is_none_is_refused(browse, ben):
    anna = browse(ANNA)
    anna.open("/exports/")
    page = anna.send("/exports/", CHOICE | {"first": "2026-02-30"}, expect=422)
    assert page.value("first") == "2026-02-30"


def test_a_record_number_that_no_database_takes_is_refused_at_its_field(browse, ben):
    anna = browse(ANNA)
    anna.open("/exports/")
    anna.send("/exports/", CHOICE | {"record_number": "B\0"}, expect=422)
    assert "cannot be stored" in anna.page.text


def test_every_table_that_goes_out_can_be_chosen(browse, ben):
    assert set(KINDS) == set(EXPORTED)
    anna = browse(ANNA)
    anna.open("/exports/")
    for kind in ("readings", "adverse-events"):
        assert downloaded(anna, kind=kind) == []
        disposition = anna.response.headers["Content-Disposition"]
        assert disposition == f'attachment; filename="{kind}.csv"'


def test_a_clinician_takes_a_patients_whole_record_from_their_page(browse, ben):
    anna = browse(ANNA)
    page = anna.open(f"/patients/{ben}/")
    [link] = [link for link in page.links if link.endswith("record.zip")]
    answer = anna.client.get(link)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="record.zip"'
    assert "no-store" in answer.headers["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        assert "B-17" in packed.read("my-record.html").decode()
    browse(CLEO).open(link, expect=404)
    browse(ADAM).open(link, expect=403)
