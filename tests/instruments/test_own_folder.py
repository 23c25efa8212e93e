import logging
import os

import pytest

from tracker import instruments
from tracker.instruments import FOLDER, shelf

SLEEP = """\
code = "sleep"
version = "1"
title = "Sleep"
short_title = "Sleep"
minimum = 0
maximum = 10
direction = "higher is worse"
low_end = "best"
high_end = "worst"
recall = "now"
source = "The clinic's own"
licence = "No owner"
"""
GAD7 = (FOLDER / "gad7.toml").read_text(encoding="utf-8")
PHQ9 = (FOLDER / "phq9.toml").read_text(encoding="utf-8")
WORDING = """\
[wording]
stem = "A stem of the clinic"

[wording.items]
cssrs_1 = "Words one"
cssrs_2 = "Words two"
cssrs_3 = "Words three"
cssrs_4 = "Words four"
cssrs_5 = "Words five"
cssrs_6_lifetime = "Words six"
cssrs_6_recent = "Words seven"
"""
WORDING_FILE = "c-ssrs-screener.wording.toml"


def troubles():
    return [(t.path.name, t.line, t.field) for t in instruments.problems()]


def test_a_file_in_the_folder_is_in_the_library(own):
    shipped = set(instruments.library())
    own("sleep.toml", SLEEP)
    assert set(instruments.library()) == shipped | {"sleep"}
    assert not shelf.ships(instruments.library()["sleep"])
    assert troubles() == []


@pytest.mark.parametrize("folder", [None, "nowhere"])
def test_without_a_folder_there_is_what_ships(folder, tmp_path):
    instruments.use(folder and tmp_path / folder)
    assert all(shelf.ships(found) for found in instruments.library().values())
    assert instruments.problems() == []
    instruments.use(None)


def test_a_higher_version_wins_over_the_one_that_ships(own):
    own("gad7-german.toml", GAD7.replace('version = "1"', 'version = "1.1"\nlanguage = "de"'))
    current = instruments.library()["gad7"]
    assert (current.version, current.language) == ("1.1", "de")
    assert troubles() == []


@pytest.mark.parametrize("version", ["1", "1.0", "0.9"])
def test_a_version_that_is_not_higher_is_not_used_and_said(own, version):
    own("gad7.toml", GAD7.replace('version = "1"', f'version = "{version}"\nlanguage = "de"'))
    assert instruments.library()["gad7"].language == "en"
    assert troubles() == [("gad7.toml", 1, "version")]


@pytest.mark.parametrize("at_least", ["3", None])
def test_a_new_version_that_watches_less_for_suicide_is_not_used_and_said(own, at_least):
    top, *examples = PHQ9.replace('version = "1"', 'version = "9"').split("[[examples]]")
    top, _, alarm = top.partition("[[alarms]]")
    alarm = alarm.replace("at_least = 1", f"at_least = {at_least}").replace("urgent_at_", "# ")
    quiet = [example for example in examples if "alarms =" not in example]
    own("phq9.toml", "[[examples]]".join([f"{top}[[alarms]]{alarm}" if at_least else top, *quiet]))
    assert instruments.library()["phq9"].version != "9"
    assert [field for _, _, field in troubles()] == ["alarms"]


def test_a_new_version_that_watches_as_much_is_used(own):
    own("phq9.toml", PHQ9.replace('version = "1"', 'version = "9"'))
    assert instruments.library()["phq9"].version == "9"


def test_versions_are_compared_as_numbers(own):
    own("sleep-a.toml", SLEEP.replace('version = "1"', 'version = "1.10"'))
    own("sleep-b.toml", SLEEP.replace('version = "1"', 'version = "1.9"'))
    assert instruments.library()["sleep"].version == "1.10"
    assert troubles() == [("sleep-b.toml", 1, "version")]


def test_a_broken_file_is_left_out_listed_and_logged_by_its_name_alone(own, caplog):
    own("sleep.toml", SLEEP)
    own("awake.toml", SLEEP.replace('recall = "now"', "recall = 5").replace("sleep", "awake"))
    with caplog.at_level(logging.WARNING):
        assert "sleep" in instruments.library()
    assert "awake" not in instruments.library()
    assert [str(trouble) for trouble in instruments.problems()] == [
        'awake.toml:10: recall: must be words in quotes, as in "last 2 weeks".'
    ]
    assert caplog.messages == [
        "Instrument file awake.toml is not used. Run: tracker doctor",
    ]


def test_nothing_is_read_before_it_is_asked_for(own, caplog):
    own("broken.toml", "no toml at all")
    assert caplog.messages == []
    assert instruments.problems()
    assert len(caplog.messages) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"code = '\xff\xfe'", "is not UTF-8. Save it with that encoding."),
        (b"#" * 200_000, "is larger than 128 KiB. Shorten it."),
        (b"a = " + b"[" * 60_000, "cannot be read as TOML."),
    ],
)
def test_a_hostile_file_does_no_more_than_be_listed(own, content, message):
    own("odd.toml", content)
    assert instruments.library()
    assert [trouble.message for trouble in instruments.problems()] == [message]


def test_what_a_terminal_would_obey_is_not_printed(own):
    own("odd.toml", SLEEP + '"\\u001b[2Jgone" = 1\n')
    [trouble] = instruments.problems()
    assert str(trouble) == "odd.toml:13: ?[2Jgone: is no key that is known here. Remove it."


def test_what_is_no_plain_file_is_not_opened(own, tmp_path):
    folder = tmp_path / instruments.OWN
    (folder / "folder.toml").mkdir()
    os.mkfifo(folder / "pipe.toml")
    (folder / "gone.toml").symlink_to(folder / "nothing")
    own("sleep.toml", SLEEP)
    assert "sleep" in instruments.library()
    assert troubles() == [(f"{name}.toml", 1, "file") for name in ("folder", "gone", "pipe")]


def test_more_files_than_anybody_needs_are_left_out(own, monkeypatch):
    monkeypatch.setattr(shelf, "FILES_MAX", 1)
    own("sleep-1.toml", SLEEP)
    own("sleep-2.toml", SLEEP.replace('version = "1"', 'version = "2"'))
    assert instruments.library()["sleep"].version == "1"
    assert troubles() == [("sleep-2.toml", 1, "file")]


def test_the_wording_of_the_clinic_makes_the_screener_answerable(own):
    assert instruments.library()["c-ssrs-screener"].needs_wording
    silent = instruments.library()["c-ssrs-screener"]
    own(WORDING_FILE, WORDING)
    worded = instruments.library()["c-ssrs-screener"]
    assert worded.answerable
    assert worded.items[6].text == "Words seven"
    assert worded.stem == "A stem of the clinic"
    assert worded.version == silent.version
    assert worded.digest != silent.digest
    assert troubles() == []


def test_what_was_read_can_be_read_again_from_its_text(own):
    own(WORDING_FILE, WORDING)
    for found in instruments.library().values():
        assert shelf.from_text(shelf.text(found)) == found


def test_wording_with_a_question_left_out_is_not_used(own):
    own(WORDING_FILE, WORDING.replace('cssrs_5 = "Words five"\n', ""))
    assert instruments.library()["c-ssrs-screener"].needs_wording
    assert troubles() == [(WORDING_FILE, 4, "wording, items, cssrs_5")]


@pytest.mark.parametrize("name", ["phq9.wording.toml", "sleep.wording.toml", "madrs.wording.toml"])
def test_wording_for_what_waits_for_none_is_not_used(own, name):
    own(name, WORDING)
    assert troubles() == [(name, 1, "file name")]
    [trouble] = instruments.problems()
    assert WORDING_FILE in trouble.message


def test_wording_that_no_longer_fits_a_newer_version_is_said(own):
    screener = (FOLDER / "c-ssrs-screener.toml").read_text(encoding="utf-8")
    newer = screener.replace('version = "1"', 'version = "2"').replace('text = ""', 'text = "x"', 1)
    own("a-newer-screener.toml", newer)
    own(WORDING_FILE, WORDING)
    assert instruments.library()["c-ssrs-screener"].version == "2"
    assert troubles() == [(WORDING_FILE, 1, "wording")]


def use_with(own, name, content, *answered):
    """Put a file there, where these texts were answered before."""
    own(name, content)
    kept = {}
    for text in answered:
        found = shelf.from_text(text)
        kept.setdefault((found.code, found.version), []).append(text)
    folder = instruments._Place.folder
    instruments.use(folder, lambda: kept)
    return kept, folder / name


def test_a_file_that_says_what_was_answered_is_used(own):
    kept, path = use_with(own, "sleep.toml", f"# another remark\n{SLEEP}", SLEEP)
    assert troubles() == []
    assert shelf.check(path, kept) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('low_end = "best"', 'low_end = "finest"'),
        ("maximum = 10", "maximum = 12"),
        ('title = "Sleep"', 'title = "Sleep and rest"'),
    ],
)
def test_a_file_changed_under_a_version_that_was_answered_is_refused_and_the_words_stay(
    own, before, after
):
    kept, path = use_with(own, "sleep.toml", SLEEP.replace(before, after), SLEEP)
    assert troubles() == [("sleep.toml", 2, "version")]
    [trouble] = shelf.check(path, kept)
    assert trouble == instruments.problems()[0]
    assert "changed after version 1 had been answered. Raise the version" in trouble.message
    used = instruments.library()["sleep"]
    assert used == shelf.from_text(SLEEP)
    assert shelf.text(used) == SLEEP


def test_a_changed_file_of_a_higher_version_is_used(own):
    newer = SLEEP.replace('version = "1"', 'version = "2"').replace('"best"', '"finest"')
    use_with(own, "sleep.toml", newer, SLEEP)
    assert troubles() == []
    assert instruments.library()["sleep"].low_end == "finest"


def test_a_version_that_was_answered_in_two_ways_before_may_stay_with_either(own):
    other = SLEEP.replace('"best"', '"finest"')
    use_with(own, "sleep.toml", other, other, SLEEP)
    assert troubles() == []


def test_what_no_reader_understands_any_more_keeps_no_file_from_being_used(own):
    own("sleep.toml", SLEEP)
    instruments.use(instruments._Place.folder, lambda: {("sleep", "1"): ["no toml"]})
    assert troubles() == []


def test_without_files_of_its_own_nothing_is_asked_of_the_database(own):
    def never():
        raise AssertionError

    instruments.use(instruments._Place.folder, never)
    assert "phq9" in instruments.library()
    assert not instruments.has_own()


def worded(own):
    own(WORDING_FILE, WORDING)
    return shelf.text(instruments.library()["c-ssrs-screener"])


def test_wording_changed_after_it_was_answered_is_refused_until_it_has_a_version(own):
    silent, answered = shelf.text(instruments.library()["c-ssrs-screener"]), worded(own)
    other = WORDING.replace("Words five", "Other words")
    use_with(own, WORDING_FILE, other, silent, answered)
    assert troubles() == [(WORDING_FILE, 1, "wording, version")]
    assert instruments.library()["c-ssrs-screener"].items[4].text == "Words five"
    assert instruments.library()["c-ssrs-screener"].staff_only
    numbered = other.replace("[wording]", '[wording]\nversion = "1.1"')
    use_with(own, WORDING_FILE, numbered, silent, answered)
    assert troubles() == []
    used = instruments.library()["c-ssrs-screener"]
    assert (used.version, used.items[4].text) == ("1.1", "Other words")


def test_wording_stays_in_use_where_the_rest_of_the_scale_changes_with_the_program(own):
    answered = worded(own).replace("staff_only = true", "").replace("Columbia triage", "Triage")
    use_with(own, WORDING_FILE, WORDING, answered)
    assert troubles() == []
    assert instruments.library()["c-ssrs-screener"].staff_only


def test_the_version_of_wording_is_never_lower_than_that_of_its_scale(own):
    own(WORDING_FILE, WORDING.replace("[wording]", '[wording]\nversion = "0.9"'))
    assert troubles() == [(WORDING_FILE, 2, "wording, version")]
