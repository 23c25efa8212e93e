import re
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.charts import courses
from tests.charts.courses import at, totals
from tracker.domain.instruments.model import ChangeRules
from tracker.domain.scores import interpretation, patient_text
from tracker.domain.scores import text as score_text
from tracker.domain.scores.interpretation import Certainty
from tracker.domain.scores.points import ScorePoint
from tracker.domain.scores.text import fall_or_rise, remission_rule, response_rule, short
from tracker.instruments import library

DOSE = courses.given(1, 0)


def judge(*scores, code="phq9", dose=DOSE):
    return interpretation.verdicts(scores, library()[code], courses.treated(dose))[-1]


def points(code, *values):
    """Score one scale a week apart from the day of the dose on."""
    return [
        ScorePoint(instrument=code, total=Decimal(str(value)), at=at(7 * n))
        for n, value in enumerate(values)
    ]


def for_clinician(*values, code="phq9"):
    return score_text.sentence_for_clinician(judge(*points(code, *values), code=code))


def for_patient(*values, code="phq9"):
    return patient_text.sentence_for_patient(judge(*points(code, *values), code=code))


def test_the_clinician_reads_the_change_its_size_and_the_levels():
    assert for_clinician(18, 9) == (
        "18 to 9: a fall of 9. A fall of 7 or more is usually a real change. "
        "This meets response (half of baseline); remission is 4 or less. "
        "Range: moderately severe at baseline, then mild."
    )


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (18, 4, "This meets response (half of baseline) and remission (4 or less)."),
        (18, 12, "This does not meet response (half of baseline); remission is 4 or less."),
        (10, 4, "This meets response (half of baseline) and remission (4 or less)."),
    ],
)
def test_response_and_remission_are_each_said_with_their_rule(start, end, said):
    assert said in for_clinician(start, end)


@pytest.mark.parametrize(
    ("code", "start", "end", "said"),
    [
        ("phq9", 9, 4, "Response and remission not counted: baseline below 10."),
        ("phq9", 4, 2, "Response and remission not counted: baseline below 10."),
        ("phq9", 0, 5, "Response and remission not counted: baseline below 10."),
        ("pcl5", 30, 20, "Response and remission not counted: baseline below 31."),
        ("peg", 3, 1, "Response not counted: baseline below 4."),
    ],
)
def test_who_was_not_ill_is_said_neither_to_respond_nor_to_remit(code, start, end, said):
    sentence = for_clinician(start, end, code=code)
    assert said in sentence
    assert "meet" not in sentence
    assert "response" not in for_patient(start, end, code=code)


def test_where_higher_is_better_who_was_not_ill_was_above():
    rules = ChangeRules(response_fraction=Decimal("0.5"), entry_at_most=Decimal(50))
    who5 = replace(library()["who5"], change=rules)
    assert score_text.entry_note(who5) == "response not counted: baseline above 50"
    assert score_text.entry_rule(who5) == "50 or less"


def test_the_ptsd_scale_remits_by_its_level_and_a_reliable_change_together():
    assert "remission (28 or less, with a change of 15 or more)" in for_clinician(
        45, 28, code="pcl5"
    )
    near = for_clinician(38, 28, code="pcl5")
    assert "This meets response (a fall of 10); remission is 28 or less, with a change" in near
    assert "less than 15 can still be chance" in near


def test_a_scale_without_remission_says_nothing_of_it():
    sentence = for_clinician("7.3", "4.7", code="peg")
    assert "This meets response (a fall of 30 % of baseline)." in sentence
    assert "remission" not in sentence


def test_where_no_size_is_known_that_is_said():
    assert score_text.SIZE_UNKNOWN in for_clinician(18, 9, code="qids-sr16")
    assert "change" not in for_patient(18, 9, code="qids-sr16")


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (13, "A fall of 7 or more is usually a real change."),
        (14, "A fall of 5 or more matters to most people, but less than 7 can still be chance."),
        (15, "A fall of 5 or more matters to most people, but less than 7 can still be chance."),
        (16, "A fall of less than 7 can be chance."),
    ],
)
@pytest.mark.parametrize("say", [for_clinician, for_patient])
def test_what_matters_may_be_less_than_what_is_beyond_chance(say, end, said):
    assert said in say(20, end)


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (
            20,
            "A fall of 2 or more matters to most people. "
            "Whether it is more than chance is not known.",
        ),
        (33, "A fall of less than 2 is too small to matter to most people."),
        (
            36,
            "A rise of 2 or more matters to most people. "
            "Whether it is more than chance is not known.",
        ),
    ],
)
@pytest.mark.parametrize("say", [for_clinician, for_patient])
def test_where_the_error_is_not_known_nothing_is_called_real(say, end, said):
    assert said in say(34, end, code="madrs")
    assert "real" not in say(34, end, code="madrs")


def sized(important, reliable, end):
    """Say what a change from 20 is worth on a scale of these sizes."""
    sizes = {"smallest_important": important, "reliable": reliable}
    rules = ChangeRules(**{key: size and Decimal(size) for key, size in sizes.items()})
    scale = replace(library()["phq9"], change=rules)
    change = interpretation.ScoreChange(scale, *points("phq9", 20, end))
    return score_text.worth(change), short(change), change.certainty


@pytest.mark.parametrize(
    ("important", "reliable", "end", "said"),
    [
        (None, None, 10, ("", "\u221210", Certainty.UNKNOWN)),
        (
            None,
            6,
            14,
            ("A fall of 6 or more is usually a real change.", "\u22126, real", Certainty.RELIABLE),
        ),
        (
            None,
            6,
            15,
            ("A fall of less than 6 can be chance.", "\u22125, can be chance", "within error"),
        ),
        (4, 4, 16, ("A fall of 4 or more is usually a real change.", "\u22124, real", "reliable")),
        (
            8,
            5,
            14,
            (
                "A fall of 5 or more is usually a real change. "
                "A fall of less than 8 is too small to matter to most people.",
                "\u22126, real",
                "reliable",
            ),
        ),
        (
            8,
            5,
            17,
            ("A fall of less than 5 can be chance.", "\u22123, can be chance", "within error"),
        ),
    ],
)
def test_either_size_may_be_unknown_and_either_may_be_the_larger(important, reliable, end, said):
    assert sized(important, reliable, end) == said


def test_the_score_before_is_compared_too_unless_it_is_the_baseline():
    assert "Since the score before" not in for_clinician(18, 9)
    sentence = for_clinician(18, 5, 14)
    said = "Since the score before, 5 to 14: a rise of 9, for the worse; this is usually real."
    assert said in sentence
    assert "11 to 12: a rise of 1, for the worse; this can be chance." in for_clinician(18, 11, 12)
    matters = "20 to 15: a fall of 5; this matters to most people, but can be chance."
    assert matters in for_clinician(21, 20, 15)
    unknown = "34 to 28: a fall of 6; this matters to most people."
    assert unknown in for_clinician(40, 34, 28, code="madrs")
    small = "34 to 33: a fall of 1; this is too small to matter to most people."
    assert small in for_clinician(40, 34, 33, code="madrs")
    assert "18 to 9: a fall of 9." in for_clinician(20, 18, 9, code="qids-sr16")
    assert for_patient(18, 5, 14) == (
        "Your depression score (PHQ-9) was 14 on 17 Mar 2026: moderate. "
        "That is 4 better than at the start and 9 worse than on 10 Mar 2026. "
        "A fall of less than 7 can be chance. The rise since the score before is usually real."
    )


def test_a_share_of_the_score_before_may_be_what_matters():
    assert "A fall of 6 or more matters" in for_clinician(32, 26, code="bdi2")
    assert "A fall of less than 6 is too small" in for_clinician(32, 27, code="bdi2")
    assert "A rise of 3 or more matters" in for_clinician(4, 7, code="bdi2")


def test_where_neither_end_is_better_nothing_is_better_or_worse():
    sentence = for_clinician(100, 60, code="meq30")
    assert sentence.startswith("100 to 60: a fall of 40. ")
    assert "worse" not in sentence
    assert "40 less than at the start" in for_patient(100, 60, code="meq30")
    assert short(judge(*points("meq30", 100, 60), code="meq30").since_baseline) == "\u221240"


def test_a_rise_is_for_the_better_where_higher_is():
    assert for_clinician(28, 64, code="who5").startswith("28 to 64: a rise of 36. A rise of 10")
    assert "That is 36 worse than at the start." in for_patient(64, 28, code="who5")


def test_an_unchanged_score_is_the_same():
    assert for_clinician(10, 10).startswith("10 to 10: no change. This does not meet response")
    assert for_patient(10, 10) == (
        "Your depression score (PHQ-9) was 10 on 10 Mar 2026: moderate. "
        "That is the same as at the start."
    )


def test_without_a_baseline_it_is_said_why():
    late = totals("phq9", d7=12)
    assert score_text.sentence_for_clinician(judge(*late)).startswith(
        "12 (moderate). No baseline: no score in the 14 days before the first dose; the "
        "nearest was taken 7 days after the start."
    )
    assert "No baseline: no dose yet." in score_text.sentence_for_clinician(judge(*late, dose=None))
    assert patient_text.sentence_for_patient(judge(*late)) == (
        "Your depression score (PHQ-9) was 12 on 10 Mar 2026: moderate. Lower is better. "
        "There is no score from just before your first session to compare it with."
    )


@pytest.mark.parametrize(
    ("code", "said"),
    [("phq9", "Lower is better."), ("who5", "Higher is better."), ("pain-nrs", "Lower is better.")],
)
def test_which_way_is_better_is_said_only_where_nothing_is_compared(code, said):
    assert f". {said} " in for_patient(5, code=code) or f": {said} " in for_patient(5, code=code)
    assert "is better." not in for_patient(5, 7, code=code)


def of_one_day(first, second, *, time_known=True):
    """Score one form a week after the dose and another that day; the hours and minutes differ."""
    start, late = points("phq9", 12, 9)
    pair = [
        replace(late, total=Decimal(total), at=late.at.replace(hour=h, minute=m), time_known=known)
        for total, (h, m), known in zip((9, 0), (first, second), (True, time_known), strict=True)
    ]
    return patient_text.sentence_for_patient(judge(start, *pair), now=at(8))


def test_two_forms_of_one_day_are_told_apart_by_their_times():
    assert of_one_day((9, 10), (14, 5)).startswith(
        "Your depression score (PHQ-9) was 0 on 10 Mar at 14:05: minimal. "
        "That is 12 better than at the start and 9 better than at 09:10. "
    )


@pytest.mark.parametrize(("second", "time_known"), [((12, 0), False), ((9, 10), True)])
def test_without_times_the_form_before_is_named_as_such(second, time_known):
    told = of_one_day((9, 10), second, time_known=time_known)
    assert "was 0 on 10 Mar: minimal." in told
    assert "9 better than on the form before it, of the same day." in told


def test_the_baseline_itself_and_what_came_before_it_say_so():
    early, start = interpretation.verdicts(
        totals("phq9", m9=20, d0=18), library()["phq9"], courses.treated(DOSE)
    )
    assert "This is the baseline." in score_text.sentence_for_clinician(start)
    assert "Later scores will be compared with this one." in patient_text.sentence_for_patient(
        start
    )
    assert "Taken before the baseline of 18." in score_text.sentence_for_clinician(early)
    assert "It is older than your score at the start, 18." in patient_text.sentence_for_patient(
        early
    )


def test_prorated_scores_are_marked_on_either_side():
    start, end = points("phq9", 18, 9)
    verdict = judge(replace(start, prorated=True), replace(end, prorated=True))
    sentence = score_text.sentence_for_clinician(verdict)
    assert "This score is prorated: answers are missing. The baseline is prorated." in sentence
    plain = patient_text.sentence_for_patient(verdict)
    assert "Some answers were missing, so this score is an estimate." in plain
    assert "Some answers were missing at the start, so that score is an estimate." in plain


def test_another_version_is_compared_but_said_so():
    start, middle, end = (replace(p, version="1") for p in points("phq9", 18, 12, 9))
    verdict = judge(start, middle, replace(end, version="2"))
    sentence = score_text.sentence_for_clinician(verdict)
    assert sentence.endswith("Version 2 of the form is compared with version 1.")
    assert patient_text.sentence_for_patient(verdict).endswith(
        "The form has changed since the start."
    )
    unknown = judge(replace(start, version=""), middle, replace(end, version="2"))
    assert score_text.sentence_for_clinician(unknown).endswith(
        "Version 2 of the form; the score before is of version 1."
    )


def test_rules_are_written_as_the_scale_runs():
    phq9, who5 = library()["phq9"], library()["who5"]
    assert (response_rule(phq9), remission_rule(phq9)) == ("half of baseline", "4 or less")
    up = replace(who5, change=replace(phq9.change, remission_at_most=Decimal(60)))
    assert (response_rule(up), remission_rule(up)) == ("a rise of 50 % of baseline", "60 or more")
    assert response_rule(library()["pcl5"]) == "a fall of 10"


@pytest.mark.parametrize("code", library())
def test_a_level_is_written_in_one_way(code):
    level = library()[code].change.remission_at_most
    assert remission_rule(library()[code]).partition(",")[0] == (
        "" if level is None else f"{level} or less"
    )


@pytest.mark.parametrize(
    ("code", "start", "end", "written"),
    [
        ("phq9", 20, 13, "\u22127, real"),
        ("phq9", 20, 14, "\u22126, matters, can be chance"),
        ("phq9", 20, 16, "\u22124, can be chance"),
        ("phq9", 16, 17, "+1, worse, can be chance"),
        ("phq9", 16, 16, "0"),
        ("gad7", 16, 12, "\u22124, real"),
        ("madrs", 30, 45, "+15, worse, matters"),
        ("madrs", 30, 29, "\u22121"),
        ("qids-sr16", 20, 9, "\u221211"),
    ],
)
def test_a_table_says_a_change_in_a_few_words(code, start, end, written):
    assert short(judge(*points(code, start, end), code=code).since_baseline) == written


def test_numbers_are_written_without_needless_zeros():
    change = judge(*points("peg", "7.30", "4.70"), code="peg").since_baseline
    assert fall_or_rise(change) == "7.3 to 4.7: a fall of 2.6"


@pytest.mark.parametrize("code", library())
def test_patients_read_no_terms_of_the_trade(code):
    scale = library()[code]
    text = for_patient(scale.maximum, scale.minimum, scale.maximum, code=code)
    assert not re.search(r"remission|response|baseline|prorated|reliable", text)
