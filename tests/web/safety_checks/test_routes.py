"""The pages of safety checks: do they work, and who sees what."""

import pytest

from tests.builders import courses
from tests.people import ADAM, ANNA, BEN, CLEO
from tracker.domain.safety_checks.kinds import RULES
from tracker.services.safety_checks import queries as check_queries


@pytest.fixture
def treated(cast):
    return courses.treat(cast.console, sessions=2, scores=0)


@pytest.fixture
def anna(browse):
    return browse(ANNA)


def result(**otherwise):
    return {
        "kind": "liver", "checked_on": "2026-03-01", "value": "ALT 24 U/L", "note": "fasting",
    } | otherwise  # fmt: skip


def test_what_is_due_leads_to_its_form_and_the_result_is_kept(anna, treated):
    here = f"/patients/{treated.patient_id}/safety-checks/"
    page = anna.open(here)
    assert "70 mg of racemic ketamine" in page.text
    assert f"{here}new?kind=liver" in anna.response.text
    anna.open(f"{here}new?kind=liver")
    anna.send(f"{here}new", result(), expect=303)
    page = anna.follow()
    assert "ALT 24 U/L" in page.text
    assert "fasting" in page.text


def test_the_dose_of_a_year_is_filled_in_and_anything_can_be_typed(anna, treated):
    here = f"/patients/{treated.patient_id}/safety-checks/new?kind="
    assert anna.open(f"{here}exposure").value("value") == "2 sessions, 70 mg of racemic ketamine"
    assert not anna.open(f"{here}no-such-check").value("value")


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(anna, treated):
    here = f"/patients/{treated.patient_id}/safety-checks/new"
    anna.open(here)
    page = anna.send(here, result(value="", note="kept words"), expect=422)
    assert "Write what was found" in page.text
    assert "kept words" in page.text


def test_a_result_is_voided_with_a_reason_and_stays(anna, treated, cast):
    here = f"/patients/{treated.patient_id}/safety-checks/"
    anna.open(f"{here}new")
    anna.send(f"{here}new", result(), expect=303)
    [made] = check_queries.of_patient(treated.patient_id, by=cast.anna).results
    anna.open(f"/safety-checks/{made.id}/void")
    anna.send(f"/safety-checks/{made.id}/void", {"reason": ""}, expect=422)
    anna.send(f"/safety-checks/{made.id}/void", {"reason": "Another person's."}, expect=303)
    page = anna.follow()
    assert "<s>ALT 24 U/L</s>" in anna.response.text
    assert "Another person's." in page.text


def test_the_list_and_the_patients_page_say_what_is_due(anna, treated):
    listed = anna.open("/safety-checks/")
    assert f"/patients/{treated.patient_id}/safety-checks/" in anna.response.text
    assert "Liver tests" in listed.text
    anna.open(f"/patients/{treated.patient_id}/")
    assert "kind=liver" in anna.response.text
    anna.open("/today/")
    assert "/safety-checks/" in anna.response.text


def test_every_check_says_where_it_comes_from(anna, treated):
    page = anna.open("/safety-checks/")
    assert page.text.count("Source:") == 5
    assert "no published limit of a year" in page.text


@pytest.mark.parametrize("path", ["/safety-checks/", "/patients/{}/safety-checks/new"])
def test_administrators_and_patients_have_no_such_page(browse, cast, treated, path):
    courses.account(cast.console, treated)
    for who in (ADAM, BEN):
        assert browse(who).open(path.format(treated.patient_id), expect=403)


def test_a_stranger_and_a_bad_id_find_nothing(browse, treated):
    cleo = browse(CLEO)
    for path in (
        f"/patients/{treated.patient_id}/safety-checks/",
        f"/patients/{treated.patient_id}/safety-checks/new",
        "/patients/7/safety-checks/",
        "/safety-checks/7/void",
    ):
        cleo.open(path, expect=404)


def test_the_form_says_what_may_be_written_of_each_check(anna, treated):
    page = anna.open(f"/patients/{treated.patient_id}/safety-checks/new")
    for rule in RULES:
        assert f"{rule.kind.label}: {rule.hint}" in page.text
