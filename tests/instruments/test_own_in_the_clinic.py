"""An instrument that is dropped into the folder of the clinic works everywhere, without code."""

import csv
import io

import pytest

from tests.people import ANNA
from tracker import instruments
from tracker.domain.codes import Completeness
from tracker.services.exports import stream as export_stream
from tracker.services.exports.stream import ExportChoice
from tracker.services.scores import commands as score_commands

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
