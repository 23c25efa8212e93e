"""An instrument that is dropped into the folder of the clinic works everywhere, without code."""

import csv
import io
import logging
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

import pytest

from tests.people import ANNA
from tracker import instruments
from tracker.app import create_app
from tracker.domain.codes import Completeness, Mode
from tracker.domain.scores.draft import AssessmentDraft
from tracker.instruments import FOLDER, shelf
from tracker.services.exports import stream as export_stream
from tracker.services.exports.stream import ExportChoice
from tracker.services.instruments import editions
from tracker.services.scores import commands as score_commands
from tracker.services.system import doctor as system_doctor
from tracker.services.unit_of_work import unit_of_work

SLEEP = """\
code = "sleep"
version = "1"
title = "Sleep, two questions of the clinic"
short_title = "Sleep"
minimum = 0
maximum = 4
indications = ["depression"]
direction = "higher is worse"
low_end = "best"
high_end = "worst"
recall = "past week"
recall_days = 7
source = "Our own questions; not validated"
licence = "No owner"
stem = "In the past week, how often:"
bands_source = "clinic default, no published source"
bands = [
  { lowest = 0, highest = 1, label = "Rested" },
  { lowest = 2, highest = 4, label = "Weary" },
]
choices = [
  { value = 0, label = "Never" },
  { value = 1, label = "Some nights" },
  { value = 2, label = "Most nights" },
]

[[items]]
code = "sleep_1"
text = "was it hard to fall asleep?"

[[items]]
code = "sleep_2"
text = "did you wake too early?"

[[examples]]
name = "most nights"
answers = [2, 2]
total = 4
completeness = "complete"
"""
TYPED = {
    "taken_on": "2026-03-02", "taken_time": "", "occasion": "baseline", "tie": "", "note": "",
    "answer-sleep_1": "2", "answer-sleep_2": "1",
}  # fmt: skip


@pytest.fixture
def settings(settings):
    folder = settings.instance / instruments.OWN
    folder.mkdir()
    (folder / "sleep.toml").write_text(SLEEP, encoding="utf-8")
    yield settings
    instruments.use(None)


def test_it_is_asked_scored_shown_drawn_and_exported(browse, cast, patient):
    browser = browse(ANNA)
    assert "Sleep, two questions of the clinic" in browser.open("/guide/instruments").text
    path = f"/patients/{patient}/scores/answers/sleep"
    page = browser.open(path)
    assert "did you wake too early?" in page.text
    browser.send(path, TYPED | {"once": page.value("once")}, expect=303)
    shown = browser.follow().text
    assert "Most nights" in shown
    assert "Weary" in shown

    [told] = score_commands.of_patient(patient, by=cast.anna)
    assert (told.instrument, told.total, told.completeness) == ("sleep", 3, Completeness.COMPLETE)
    assert "Sleep" in browser.open(f"/patients/{patient}/").text
    drawn = browser.client.get(f"/patients/{patient}/progress.svg")
    assert "Sleep" in drawn.get_data(as_text=True)

    text = b"".join(export_stream.stream(ExportChoice("scores"), by=cast.anna)).decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["instrument"], row["total"]) == ("sleep", "3")


def test_a_newer_file_leaves_what_was_answered_as_it_was(app, browse, cast, patient, settings):
    browser = browse(ANNA)
    path = f"/patients/{patient}/scores/answers/sleep"
    once = browser.open(path).value("once")
    browser.send(path, TYPED | {"once": once}, expect=303)
    newer = SLEEP.replace('version = "1"', 'version = "2"').replace("wake too early", "rise tired")
    folder = settings.instance / instruments.OWN
    (folder / "sleep-2.toml").write_text(newer, encoding="utf-8")
    instruments.use(folder)

    assert "did you rise tired?" in browser.open(path).text
    [told] = score_commands.of_patient(patient, by=cast.anna)
    assert told.instrument_version == "1"
    shown = browser.open(f"/scores/{told.score_id}/").text
    assert "did you wake too early?" in shown
    assert "did you rise tired?" not in shown


def test_a_reversed_question_shows_its_answer_and_what_it_counts(browse, cast, patient, settings):
    folder = settings.instance / instruments.OWN
    turned = SLEEP.replace('code = "sleep_2"', 'code = "sleep_2"\nreverse = true')
    (folder / "sleep.toml").write_text(turned.replace("[2, 2]", "[2, 0]"), encoding="utf-8")
    instruments.use(folder)
    browser, path = answer_sleep(browse, patient, **{"answer-sleep_2": "0"})
    browser.open(path)
    assert "data-paper-adds" not in browser.response.text  # no running sum of raw answers
    [told] = score_commands.of_patient(patient, by=cast.anna)
    assert (told.total, told.answers["sleep_2"]) == (4, 0)
    shown = browser.open(f"/scores/{told.score_id}/").text
    assert "Never, 0 (counts as 2)" in " ".join(shown.split())


def answer_sleep(browse, patient, **typed):
    browser = browse(ANNA)
    path = f"/patients/{patient}/scores/answers/sleep"
    browser.send(path, TYPED | typed | {"once": browser.open(path).value("once")}, expect=303)
    return browser, path


def test_a_file_changed_under_its_version_is_refused_and_the_answered_words_stay(
    app, browse, cast, patient, settings, caplog
):
    browser, path = answer_sleep(browse, patient)
    folder = settings.instance / instruments.OWN
    changed = SLEEP.replace("wake too early", "rise tired")
    (folder / "sleep.toml").write_text(changed, encoding="utf-8")
    instruments.use(folder, partial(editions.all_texts, settings.database_url))

    assert "did you wake too early?" in browser.open(path).text
    [problem] = instruments.problems()
    assert "changed after version 1 had been answered" in problem.message
    [scales] = [one for one in system_doctor.run_checks(settings) if one.name == "scales"]
    assert not scales.ok
    assert "sleep.toml:2: version: is not used: the file was changed" in scales.advice
    with caplog.at_level(logging.WARNING):
        create_app(settings)  # it says so as it starts
    assert "Instrument file sleep.toml is not used. Run: tracker doctor" in caplog.messages


def test_numbers_mended_by_an_update_judge_old_scores_and_what_was_told_then_stays_readable(
    app, browse, cast, patient
):
    old = (FOLDER / "phq9.toml").read_text(encoding="utf-8")
    old = old.replace("sem = 2.5", 'reliable = 5\nreliable_source = "a paper"\nsem = 1.8')
    old = old.replace("clinic default, no published source: at most", "hearsay: at most")
    draft = AssessmentDraft(
        instrument="phq9", total=None, taken_at=datetime(2026, 3, 2, tzinfo=UTC), mode=Mode.STAFF,
        answers={item.code: Decimal(1) for item in instruments.library()["phq9"].items[:8]},
    )  # fmt: skip
    with unit_of_work(cast.anna) as unit:
        score_id = score_commands.add(
            unit, cast.anna, draft, patient_id=patient, tied_to=(None, None),
            edition=shelf.from_text(old),
        )  # fmt: skip
    page = browse(ANNA).open(f"/scores/{score_id}/").text
    assert "PHQ-9: a change of 5 or more is usually real" in page
    assert "What the tracker said of this scale when the score was recorded" in page
    assert "clinic default, no published source: at most 2 of the 9 missing" in page
    assert "hearsay" not in page


def test_once_its_file_is_gone_its_scores_still_read_as_they_did(browse, cast, patient, settings):
    browser = browse(ANNA)
    path = f"/patients/{patient}/scores/answers/sleep"
    once = browser.open(path).value("once")
    browser.send(path, TYPED | {"once": once}, expect=303)
    (settings.instance / instruments.OWN / "sleep.toml").unlink()
    instruments.use(settings.instance / instruments.OWN)

    browser.open(path, expect=404)
    [told] = score_commands.of_patient(patient, by=cast.anna)
    assert told.total == 3
    assert "did you wake too early?" in browser.open(f"/scores/{told.score_id}/").text
    browser.open(f"/patients/{patient}/")
    browser.open(f"/patients/{patient}/scores/")
