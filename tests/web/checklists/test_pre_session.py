"""The checks before a session: amber and missing ask for words, nothing typed is lost."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tests.builders import live
from tests.builders.alerts import totalled
from tests.builders.clinics import settle
from tests.builders.patients import a_patient, a_series, planned
from tests.people import ANNA, CLEO
from tracker.domain.checklists import pre_session
from tracker.domain.checklists.items import LineState
from tracker.domain.health_lists.draft import HealthItemDraft, HealthItemKind
from tracker.domain.live import entries
from tracker.domain.live.entries import EntryKind, Reading
from tracker.models import db
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import drafts
from tracker.services.checklists import queries as checklist_queries
from tracker.services.health_lists import commands as item_commands
from tracker.services.live import commands as live_commands
from tracker.services.live import entry_log
from tracker.services.sessions import life as life_steps

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # 10:00 in New York
CLEAR = {
    "before_systolic_mmhg": "128", "before_diastolic_mmhg": "82", "before_heart_rate_bpm": "72",
    "before_spo2_percent": "98", "before_respiratory_rate_per_min": "14", "measured_time": "09:50",
    "weight_kg": "70", "dose_mg_per_kg": "0.5", "dose_mg": "35", "concentration_mg_per_ml": "50",
    "dose_checked_by": "Nurse Otis", "last_food_time": "22:30", "last_drink_time": "07:15",
    "escort_name": "Maria", "escort_phone": "555 0100", "escort_confirmed": "y",
    "consent_version": "2026-1", "consent_confirmed": "y", "prescriber": "Dr Reyes",
    "monitor": "Anna Clinician", "pregnancy": "not-applicable", "suicide_asked": "in words",
    "suicide": "no", "since_medication": "no", "since_adverse": "no", "since_urinary": "no",
    "since_substances": "no", "since_diagnoses": "no", "mood_before": "3", "pain_before": "0",
}  # fmt: skip


@pytest.fixture(autouse=True)
def morning():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def under_way(cast):
    series = a_series(cast.anna, a_patient(cast.anna))
    return live_commands.begin(planned(series)[0], by=cast.anna, reason="Assessed on paper.")


@pytest.fixture
def nasal(cast):
    patient = a_patient(cast.anna)
    series = a_series(
        cast.anna, patient, drug="esketamine", route="nasal", planned_dose_mg_per_kg=None,
        planned_dose_mg=56,
    )  # fmt: skip
    return live_commands.begin(planned(series)[0], by=cast.anna, reason="Assessed on paper.")


def address(session_id):
    return f"/sessions/{session_id}/gate"


def send(browser, session_id, *, expect=303, **changed):
    opened = {name: browser.page.value(name) for name in ("once", "version")}
    return browser.send(address(session_id), CLEAR | opened | changed, expect=expect)


def stored(session_id):
    [*_, last] = entries.of_kind(entry_log.of_session(session_id), EntryKind.GATE)
    return pre_session.read(last.content.fields)


def readings(session_id):
    log = entries.effective(entry_log.of_session(session_id))
    return entries.of_kind(log, EntryKind.READING)


@pytest.fixture
def anna(browse, under_way):
    browser = browse(ANNA)
    browser.open(address(under_way))
    return browser


def test_clear_checks_are_saved_with_their_reading_as_an_entry(anna, under_way):
    send(anna, under_way)
    assert anna.response.headers["Location"] == f"/sessions/{under_way}/live/"
    gate = stored(under_way)
    assert (gate.dose_mg, gate.escort_name, gate.suicide_asked) == (35, "Maria", "in words")
    assert gate.measured_at == NOW - timedelta(minutes=10)
    assert gate.last_food_at == datetime(2026, 3, 2, 3, 30, tzinfo=UTC)  # the evening before
    [reading] = readings(under_way)
    assert reading.at == gate.measured_at
    assert reading.content == Reading(
        systolic_mmhg=128, diastolic_mmhg=82, heart_rate_bpm=72, spo2_percent=98,
        respiratory_rate_per_min=14,
    )  # fmt: skip
    filled = checklist_queries.last_of(entry_log.of_session(under_way), EntryKind.GATE)
    assert {line.state for line in filled.lines} == {LineState.CLEAR}
    assert filled.by == "Anna Clinician"


def test_a_double_click_saves_once(anna, under_way):
    kept = {name: anna.page.value(name) for name in ("once", "version")}
    for _ in range(2):
        anna.send(address(under_way), CLEAR | kept, expect=303)
    assert len(entry_log.of_session(under_way)) == 2


def test_what_is_of_today_is_never_filled_in(cast, browse, anna, under_way):
    send(anna, under_way)
    series = live_commands.view(under_way, by=cast.anna).session_page.series_id
    second = live_commands.begin(planned(series)[1], by=cast.anna, reason="Moved.")
    page = anna.open(address(second))
    asked_anew = set(CLEAR) - {
        "dose_mg_per_kg", "concentration_mg_per_ml", "monitor",
        "suicide_asked", "pregnancy",
    }  # fmt: skip
    for name in asked_anew:
        radios = [f for f in page.fields if f.get("name") == name and f.get("type") == "radio"]
        if radios:
            assert not [f for f in radios if "checked" in f and f.get("value")], name
        elif name.endswith("confirmed"):
            assert not [f for f in page.fields if f.get("name") == name and "checked" in f]
        else:
            assert page.value(name) in {None, ""}, name
    assert "Last time, 2 Mar 2026: 2026-1, Dr Reyes. Same as last time" in page.text
    assert "Last time, 2 Mar 2026: food 22:30, drink 07:15. Same as last time" in page.text
    assert "Last weight: 70 kg (154.3 lb) on 2 Mar 2026. Same as last time" in page.text
    assert page.value("concentration_mg_per_ml") == "50"
    assert "Last time, 2 Mar 2026: Maria, 555 0100." in page.text
    assert "Last time, 2 Mar 2026: 128/82 mmHg." in page.text


def test_the_last_weight_stands_grey_with_its_unit_and_that_unit_is_chosen(cast, anna, under_way):
    """A number of pounds beside a choice of kilograms would be typed again as kilograms."""
    send(anna, under_way, weight_kg="154.3237", weight_unit="lb")  # 70 kg
    series = live_commands.view(under_way, by=cast.anna).session_page.series_id
    second = live_commands.begin(planned(series)[1], by=cast.anna, reason="Moved.")
    page = anna.open(address(second))
    [weight] = [f for f in page.fields if f["name"] == "weight_kg"]
    assert weight["placeholder"] == "154.3 lb"
    shown = anna.response.text.partition('name="weight_unit"')[2].partition("</select>")[0]
    assert re.findall(r'<option selected value="(\w*)"', shown) == ["lb"]
    assert page.value("weight_kg") in {None, ""}


def test_every_open_line_is_listed_and_what_was_typed_stays(anna, under_way):
    page = send(
        anna, under_way, expect=422, before_systolic_mmhg="168", last_food_time="06:00",
        since_urinary="yes", suicide="", dose_checked_by="",
    )  # fmt: skip
    for words in (
        "168/82 mmHg is above 160/100, where this clinic holds treatment back.",
        "Last food 4 h before, less than 6 h.", "Yes. Say what was decided.",
        "Not asked about thoughts of suicide.", "No second person has checked the dose.",
    ):  # fmt: skip
        assert words in page.text
    assert page.text.count(": to check.") == 3
    assert page.value("before_systolic_mmhg") == "168"
    assert page.value("escort_name") == "Maria"
    assert entry_log.of_session(under_way) == []


def test_with_a_comment_to_each_it_is_saved_and_nothing_is_cancelled(anna, under_way):
    changed = {
        "before_systolic_mmhg": "168", "since_urinary": "yes",
        "comment_blood_pressure": "Measured again after rest: start, watch closely.",
        "comment_since_urinary": "Frequency, culture sent.",
    }  # fmt: skip
    send(anna, under_way, **changed)
    filled = checklist_queries.last_of(entry_log.of_session(under_way), EntryKind.GATE)
    told = {line.code: line.comment for line in filled.open_lines}
    assert told == {
        "blood-pressure": "Measured again after rest: start, watch closely.",
        "since-urinary": "Frequency, culture sent.",
    }
    page = anna.open(f"/sessions/{under_way}/")
    assert "Frequency, culture sent." in page.text
    assert "is above 160/100" in page.text


def test_what_cannot_be_is_told_with_everything_else(anna, under_way):
    page = send(
        anna, under_way, expect=422, before_systolic_mmhg="1280", weight_kg="70 kilos",
        concentration_mg_per_ml="5000", last_food_time="25:00", dose_checked_by="anna clinician",
        mood_before="12", since_adverse="maybe",
    )  # fmt: skip
    for words in (
        "between 30 and 300", "without a unit", "at most 200", "Give a time of day",
        "somebody else than you", "Choose a whole number from 0 to 10", "Choose one of the list",
    ):  # fmt: skip
        assert words in page.text
    assert page.value("weight_kg") == "70 kilos"


def test_a_time_a_little_ahead_is_now_and_one_to_come_is_refused(anna, under_way):
    page = send(anna, under_way, expect=422, measured_time="11:30")
    assert "This time has not come yet" in page.text
    send(anna, under_way, measured_time="10:02")
    assert stored(under_way).measured_at == NOW


def test_the_same_minute_in_other_numbers_corrects_the_reading(anna, under_way, morning):
    send(anna, under_way, before_systolic_mmhg="182", comment_blood_pressure="Cuff too small?")
    morning.shift(timedelta(minutes=5))
    anna.open(address(under_way))
    send(anna, under_way)
    [reading] = readings(under_way)
    assert reading.content.systolic_mmhg == 128
    log = entry_log.of_session(under_way)
    assert [one.content.systolic_mmhg for one in log if one.kind is EntryKind.READING] == [182, 128]


def test_another_minute_is_another_reading_and_no_change_is_none(anna, under_way, morning):
    send(anna, under_way, before_systolic_mmhg="152", comment_blood_pressure="Wait.")
    morning.shift(timedelta(minutes=12))
    page = anna.open(address(under_way))
    assert page.value("measured_time") == "09:50"
    send(anna, under_way, measured_time="10:10")
    anna.open(address(under_way))
    send(anna, under_way, measured_time="10:10", prescriber="Dr Ito")
    assert [one.content.systolic_mmhg for one in readings(under_way)] == [152, 128]
    filled = checklist_queries.last_of(entry_log.of_session(under_way), EntryKind.GATE)
    assert len(filled.earlier) == 2


def test_two_people_never_overwrite_each_other_silently(browse, anna, under_way):
    other = browse(ANNA)
    other.open(address(under_way))
    send(other, under_way, last_food_time="08:00", comment_food="Toast, doctor knows.")
    page = send(anna, under_way, expect=409, prescriber="Dr Ito")
    assert "Somebody else saved the checks" in page.text
    assert "Toast, doctor knows." in page.text
    assert page.value("prescriber") == "Dr Ito"
    send(anna, under_way, prescriber="Dr Ito")
    assert stored(under_way).prescriber == "Dr Ito"


def test_nasal_esketamine_asks_for_devices_sprays_and_enrolment(browse, nasal):
    browser = browse(ANNA)
    page = browser.open(address(nasal))
    assert 'data-device-mg="28"' in browser.response.text
    assert page.value("dose_mg") == "56"
    assert not {"concentration_mg_per_ml", "dose_mg_per_kg"} & {
        f["name"] for f in page.fields if "name" in f
    }
    dose = {"dose_mg": "56", "dose_mg_per_kg": "", "concentration_mg_per_ml": ""}
    page = send(browser, nasal, expect=422, **dose, last_food_time="08:30")
    for words in (
        "Last food 1 h 30 min before, less than 2 h.", "Not asked about a nasal steroid",
        "Enrolment not verified.", "Spravato REMS",
    ):  # fmt: skip
        assert words in page.text
    asked = {
        "nasal_spray": "yes", "nasal_spray_time": "08:00", "enrolled": "yes",
        "enrolment_verified_on": "2026-02-20", "last_food_time": "07:00",
    }  # fmt: skip
    send(browser, nasal, **dose, **asked)
    filled = checklist_queries.last_of(entry_log.of_session(nasal), EntryKind.GATE)
    told = {line.code: line.message for line in filled.lines}
    assert told["dose"] == "56 mg = 2 devices of 28 mg"
    assert told["nasal-spray"] == "Used 2 h before."
    assert filled.open_lines == ()


def test_the_rems_is_asked_about_only_where_the_us_label_applies(browse, cast, nasal):
    settle(cast.clinic_id, "GB")
    browser = browse(ANNA)
    page = browser.open(address(nasal))
    assert "REMS" not in page.text
    assert "enrolled" not in {f.get("name") for f in page.fields}
    page = send(browser, nasal, expect=422, dose_mg="56", dose_mg_per_kg="")
    assert "Enrolment" not in page.text
    assert "Spravato EU product information 4.2: nasal steroid" in page.text


def test_what_is_typed_is_kept_and_dropped_once_it_is_saved(cast, anna, under_way):
    key = f"gate-{under_way}"
    drafts.keep(key, {"escort_name": ["Maria"], "version": ["0"]}, by=cast.anna)
    assert anna.open(address(under_way)).value("escort_name") == "Maria"
    send(anna, under_way)
    assert drafts.find(key, by=cast.anna) is None


def test_a_planned_session_is_begun_first(cast, browse):
    session_id = planned(a_series(cast.anna, a_patient(cast.anna)))[0]
    browser = browse(ANNA)
    assert "has not begun" in browser.open(address(session_id)).text
    page = send(browser, session_id, expect=422)
    assert "Begin the session first." in page.text


def test_a_stranger_sees_nothing(browse, under_way):
    browse(CLEO).open(address(under_way), expect=404)


def test_a_risk_that_a_total_told_stands_on_the_page(browse, cast, under_way):
    patient = db.session.get_one(TreatmentSession, under_way).patient_id
    page = browse(ANNA).open(address(under_way))
    assert "No score on record tells of suicide" in page.text
    totalled(cast.anna, patient, 3, NOW - timedelta(days=1), instrument="c-ssrs-screener")
    page = browse(ANNA).open(address(under_way))
    assert "Last score: C-SSRS screener 3, high, on 1 Mar 2026." in page.text
    assert "Open alert: C-SSRS screener 3, high, on 1 Mar 2026" in page.text
    assert "No score on record" not in page.text


def test_checks_of_another_day_are_said_to_be_so_and_asked_again(cast, browse, morning):
    series = a_series(cast.anna, a_patient(cast.anna))
    session_id = live_commands.begin(planned(series)[0], by=cast.anna)
    browser = browse(ANNA)
    browser.open(address(session_id))
    send(browser, session_id)
    life_steps.undo_begin(session_id, take_back=False, by=cast.anna)
    morning.shift(timedelta(days=3))
    browser = browse(ANNA)
    browser.open(f"/sessions/{session_id}/")
    browser.send(f"/sessions/{session_id}/live/begin", {}, expect=422)
    typed = {"reason": "Came later", "answered": browser.page.value("answered")}
    browser.send(f"/sessions/{session_id}/live/begin", typed, expect=303)
    told = "The checks before were of 2 Mar 2026. They hold no more: ask again."
    assert told in browser.follow().text
    page = browser.open(address(session_id))
    assert "The checks of Mon 2 Mar 2026 were for a day on which nothing was given." in page.text
    assert "Last time, 2 Mar 2026: Maria, 555 0100." in page.text
    assert not page.value("escort_name")


def test_whether_a_weight_is_in_pounds_is_asked_at_the_weight_with_its_part_open(browse, under_way):
    browser = browse(ANNA)
    browser.open(address(under_way))
    heavy = {"weight_kg": "176", "dose_mg": "88", "dose_mg_per_kg": "0.5"}
    send(browser, under_way, expect=422, **heavy)
    text = browser.response.text
    [part] = [one for one in text.split("<details") if 'id="weight_kg"' in one]
    assert part.split(">")[0].endswith(" open")
    assert "Is it pounds?" in part
    [dose] = [one for one in text.split("<details") if 'id="dose_mg"' in one]
    assert "Is it pounds?" not in dose
    send(browser, under_way, comment_weight="Weighed twice, kilograms.", **heavy)


DAY = NOW.date()


def listed(cast, patient, kind, name="", on=DAY):
    draft = HealthItemDraft(kind=kind, name=name, noted_on=on)
    item_commands.add(patient, draft, by=cast.anna)


def test_the_patients_lists_stand_where_changes_are_asked_about(browse, cast, under_way):
    patient = db.session.get_one(TreatmentSession, under_way).patient_id
    browser = browse(ANNA)
    page = browser.open(address(under_way))
    assert "Allergies on the list today: nothing recorded." in page.text
    assert "Medicines on the list today: nothing recorded." in page.text
    assert "As on the list" not in page.text
    listed(cast, patient, HealthItemKind.MEDICINE, "Lithium", NOW.date() - timedelta(days=30))
    page = browser.open(address(under_way))
    assert "Medicines on the list today: Lithium, noted 31 Jan 2026." in page.text
    assert "As on the list" in page.text


def test_a_list_that_was_changed_since_the_last_visit_answers_no_question(browse, cast, under_way):
    row = db.session.get_one(TreatmentSession, under_way)
    patient, series = row.patient_id, row.series_id
    second = planned(series)[1]
    live.check_before(under_way, by=cast.anna)
    listed(cast, patient, HealthItemKind.MEDICINE, "Lithium")
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        later = live_commands.begin(second, by=cast.anna, reason="By telephone.")
        assert "As on the list" in browse(ANNA).open(address(later)).text
        listed(cast, patient, HealthItemKind.MEDICINE, "Zopiclone", NOW.date() + timedelta(days=2))
        page = browse(ANNA).open(address(later))
        assert "This list was changed since the last visit." in page.text
        assert "As on the list" not in page.text
