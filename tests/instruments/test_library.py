from decimal import Decimal
from itertools import pairwise

import pytest

from tracker.domain.instruments.toml_file import InstrumentError
from tracker.instruments import FOLDER, library, use
from tracker.instruments.shelf import check, read

use(None)
LIBRARY = library()
BY_QUESTIONS = {
    "phq9": 10,
    "phq2": 2,
    "gad7": 7,
    "gad2": 2,
    "pcl5": 20,
    "pcl5-week": 20,
    "peg": 3,
    "pain-nrs": 1,
    "mood-nrs": 1,
    "anxiety-nrs": 1,
    "dissociation": 7,
    "who5": 5,
    "craving-nrs": 1,
    "urinary": 5,
}
WORDING_OF_THE_CLINIC = {"c-ssrs-screener": 7}
TOTAL_ONLY = {
    "madrs",
    "hamd17",
    "qids-sr16",
    "bdi2",
    "cadss",
    "cadss6",
    "moaas",
    "bpi-severity",
    "bpi-interference",
    "asrm",
    "ymrs",
    "promis-pain-interference",
    "promis-depression",
    "meq30",
    "c-ssrs-last-visit",
    "shaps",
    "wsas",
    "audit-c",
    "audit",
    "hama",
    "eq5d5l",
    "cgi-s",
    "cgi-i",
}
STAFF_ONLY = {
    "c-ssrs-screener", "c-ssrs-last-visit", "ymrs", "asrm", "moaas", "cgi-s", "cgi-i",
}  # fmt: skip
NOT_WHOLE = {
    "peg", "bpi-severity", "bpi-interference", "promis-pain-interference", "promis-depression",
    "eq5d5l",
}  # fmt: skip


def test_the_scales_of_the_clinic_are_there():
    assert set(LIBRARY) == {*BY_QUESTIONS, *WORDING_OF_THE_CLINIC, *TOTAL_ONLY}


@pytest.mark.parametrize("code", LIBRARY)
def test_every_file_reads_without_a_fault_and_its_worked_examples_come_out(code):
    assert check(FOLDER / f"{code}.toml") == []


def test_what_has_questions_has_worked_examples():
    few = {code for code in LIBRARY if LIBRARY[code].items and len(LIBRARY[code].examples) < 3}
    assert few == set()


def test_what_may_ship_ships_with_all_its_words():
    found = {code: len(scale.items) for code, scale in LIBRARY.items() if scale.answerable}
    assert found == BY_QUESTIONS


def test_what_may_not_ship_has_no_words_of_a_question():
    for code in {*WORDING_OF_THE_CLINIC, *TOTAL_ONLY}:
        scale = LIBRARY[code]
        assert not any(item.text for item in scale.items), code
        assert scale.stem + scale.instruction == "", code
        assert not scale.answerable, code


def test_the_columbia_screener_says_that_it_waits_for_its_words():
    waiting = {code: len(s.items) for code, s in LIBRARY.items() if s.needs_wording}
    assert waiting == WORDING_OF_THE_CLINIC


T_SCORES = {"promis-pain-interference", "promis-depression"}


@pytest.mark.parametrize("code", LIBRARY)
def test_bands_follow_each_other_without_a_gap(code):
    bands = LIBRARY[code].bands
    step = Decimal("0.1") if code in T_SCORES else 1
    assert all(upper.lowest - lower.highest == step for lower, upper in pairwise(bands))
    assert not bands or bands[0].lowest == LIBRARY[code].minimum


@pytest.mark.parametrize("code", LIBRARY)
def test_levels_lie_on_the_scale(code):
    instrument = LIBRARY[code]
    change = instrument.change
    for level in (change.remission_at_most, change.smallest_important, change.reliable):
        assert level is None or 0 <= level <= instrument.maximum


def test_higher_is_better_for_a_few_alone():
    better = {code for code in LIBRARY if not LIBRARY[code].higher_is_worse}
    assert better == {"mood-nrs", "who5", "moaas", "eq5d5l"}
    assert {code for code in LIBRARY if LIBRARY[code].neither_is_better} == {"meq30"}


def test_scales_for_staff_alone_say_so():
    assert {code for code in LIBRARY if LIBRARY[code].staff_only} == STAFF_ONLY


def test_only_means_t_scores_and_an_index_have_decimals():
    assert {code for code in LIBRARY if not LIBRARY[code].whole_numbers} == NOT_WHOLE


@pytest.mark.parametrize("code", LIBRARY)
def test_a_reliable_change_follows_from_the_error_of_measurement_where_that_is_known(code):
    rules = LIBRARY[code].change
    if rules.sem is not None:
        assert float(rules.reliable) == pytest.approx(1.96 * 2**0.5 * float(rules.sem), abs=0.05)


def test_response_and_remission_count_from_a_level_of_illness():
    without = {
        code
        for code, scale in LIBRARY.items()
        if (scale.change.response_source or scale.change.remission_source)
        and not scale.change.entry_source
    }
    assert without == set()
    assert LIBRARY["phq9"].change.entry_at_least == 10


def test_only_the_ptsd_scales_remit_by_a_level_and_a_change_together():
    both = {code for code, scale in LIBRARY.items() if scale.change.remission_needs_reliable}
    assert both == {"pcl5", "pcl5-week"}


@pytest.mark.parametrize("code", ["peg", "cadss", "cadss6", "dissociation"])
def test_no_bands_are_invented(code):
    assert LIBRARY[code].bands == ()


@pytest.mark.parametrize("code", ["pcl5", "pcl5-week"])
def test_the_pcl5_has_a_cut_and_no_invented_severity(code):
    assert [(b.lowest, b.highest) for b in LIBRARY[code].bands] == [(0, 30), (31, 80)]
    words = " ".join(band.label for band in LIBRARY[code].bands).lower()
    assert not any(word in words for word in ("mild", "moderate", "severe"))


def test_response_on_the_pcl5_is_in_points():
    change = LIBRARY["pcl5"].change
    assert (change.response_points, change.response_fraction) == (10, None)


@pytest.mark.parametrize(
    ("code", "cuts"),
    [
        ("phq9", (0, 5, 10, 15, 20)),
        ("gad7", (0, 5, 10, 15)),
        ("bdi2", (0, 14, 20, 29)),
        ("hamd17", (0, 8, 14, 19, 23)),
        ("madrs", (0, 7, 20, 35)),
        ("promis-depression", (20, 55, 60, 65, 70)),
        ("hama", (0, 8, 15, 24)),
        ("audit", (0, 8, 16, 20)),
        ("wsas", (0, 10, 21)),
    ],
)
def test_bands_begin_at_the_published_cuts(code, cuts):
    assert tuple(band.lowest for band in LIBRARY[code].bands) == cuts


def test_the_weekly_pcl5_is_another_scale_than_the_monthly_one():
    month, week = LIBRARY["pcl5"], LIBRARY["pcl5-week"]
    assert [item.text for item in month.items] == [item.text for item in week.items]
    assert {item.code for item in month.items}.isdisjoint(item.code for item in week.items)
    assert (month.recall_days, week.recall_days) == (30, 7)
    assert "month" in month.stem
    assert "month" in month.instruction
    assert "month" not in week.stem + week.instruction


def test_the_short_forms_ask_the_first_two_questions_in_the_same_words():
    for short, long in (("phq2", "phq9"), ("gad2", "gad7")):
        first_two = [(item.text, item.loinc) for item in LIBRARY[long].items[:2]]
        assert [(item.text, item.loinc) for item in LIBRARY[short].items] == first_two
        assert LIBRARY[short].stem == LIBRARY[long].stem


def test_how_hard_things_are_is_asked_last_and_never_added():
    last = LIBRARY["phq9"].items[-1]
    assert (last.code, last.scored, last.optional) == ("phq9_difficulty", False, True)
    assert len(LIBRARY["phq9"].scored_items) == 9


def test_suicide_items_are_watched():
    watched = {code: scale.safety_items for code, scale in LIBRARY.items() if scale.safety_items}
    assert watched == {
        "phq9": {"phq9_9"},
        "c-ssrs-screener": {item.code for item in LIBRARY["c-ssrs-screener"].items},
    }


def test_only_what_says_so_is_prorated():
    allowed = {c: s.scoring.missing_allowed for c, s in LIBRARY.items() if s.scoring.missing_source}
    assert allowed == {"phq9": 2, "gad7": 1}


LOINC_TRAPS = {
    "70273-8": "the PHQ-15 total, not the GAD-2",
    "71969-0": "PROMIS-10 mental health, not the WHO-5",
    "70221-7": "the PCL-C of DSM-IV",
    "89204-2": "the PHQ-9 for teens",
    "LA6113-0": "an answer shown as '2 or more'",
}


@pytest.mark.parametrize("code", LIBRARY)
def test_no_code_that_belongs_to_another_form_is_used(code):
    scale = LIBRARY[code]
    used = {scale.loinc_panel, scale.loinc_total}
    used |= {item.loinc for item in scale.items}
    used |= {choice.loinc for item in scale.items for choice in item.choices}
    assert used.isdisjoint(LOINC_TRAPS)


@pytest.mark.parametrize(
    ("code", "panel", "total"),
    [
        ("phq9", "44249-1", "44261-6"),
        ("phq2", "55757-9", "55758-7"),
        ("gad7", "69737-5", "70274-6"),
        ("gad2", "", ""),
        ("pcl5", "101697-1", "101698-9"),
        ("pcl5-week", "", ""),
        ("peg", "91148-7", "91147-9"),
        ("c-ssrs-screener", "93373-9", "93374-7"),
    ],
)
def test_the_panel_and_its_total_are_not_mixed(code, panel, total):
    assert (LIBRARY[code].loinc_panel, LIBRARY[code].loinc_total) == (panel, total)


def test_a_broken_file_is_named(tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text("code = ", encoding="utf-8")
    with pytest.raises(InstrumentError, match=r"broken\.toml"):
        read(path)
