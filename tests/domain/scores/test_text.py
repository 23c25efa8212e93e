import re
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.charts import courses
from tests.charts.courses import at, totals
from tracker.domain.scores import interpretation
from tracker.domain.scores import text as score_text
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
    return score_text.sentence_for_patient(judge(*points(code, *values), code=code))


def test_the_clinician_reads_the_change_its_size_and_the_levels():
    assert for_clinician(18, 9) == (
        "18 to 9: a fall of 9. A fall of 5 or more is usually a real change. "
        "This meets response (half of baseline); remission is below 5. "
        "Range: moderately severe at baseline, mild now."
    )


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (18, 4, "This meets response (half of baseline) and remission (below 5)."),
        (18, 12, "This does not meet response (half of baseline); remission is below 5."),
        (6, 4, "This meets remission (below 5), but not response (half of baseline)."),
        (0, 4, "This meets remission (below 5)."),
        (0, 5, "This does not meet remission (below 5)."),
    ],
)
def test_response_and_remission_are_each_said_with_their_rule(start, end, said):
    assert said in for_clinician(start, end)


def test_a_scale_without_remission_says_nothing_of_it():
    sentence = for_clinician("7.3", "4.7", code="peg")
    assert "This meets response (a fall of 30 % of baseline)." in sentence
    assert "remission" not in sentence


def test_where_no_size_is_published_that_is_said():
    assert "No size of a real change is published for this scale." in for_clinician(
        34, 20, code="madrs"
    )
    assert "change" not in for_patient(34, 20, code="madrs")


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (10, "A fall of 6 or more is usually a real change."),
        (12, "A fall of 4 or more usually matters, but less than 6 can still be chance."),
        (13, "A fall of less than 4 can be chance."),
    ],
)
@pytest.mark.parametrize("say", [for_clinician, for_patient])
def test_what_matters_may_be_less_than_what_is_beyond_chance(say, end, said):
    assert said in say(16, end, code="gad7")


def test_the_score_before_is_compared_too_unless_it_is_the_baseline():
    assert "Since the score before" not in for_clinician(18, 9)
    sentence = for_clinician(18, 5, 14)
    said = "Since the score before, 5 to 14: a rise of 9, for the worse; this is usually real."
    assert said in sentence
    assert "11 to 12: a rise of 1, for the worse; this can be chance." in for_clinician(18, 11, 12)
    matters = "20 to 15: a fall of 5; this usually matters, but can be chance."
    assert matters in for_clinician(21, 20, 15, code="gad7")
    assert for_patient(18, 5, 14).endswith("The score before this was 5.")


def test_a_rise_is_for_the_better_where_higher_is():
    assert for_clinician(28, 64, code="who5").startswith("28 to 64: a rise of 36. A rise of 10")
    assert "On this scale higher is better." in for_patient(64, 28, code="who5")


def test_an_unchanged_score_is_the_same():
    assert for_clinician(10, 10).startswith("10 to 10: no change. This does not meet response")
    assert for_patient(10, 10) == "Your PHQ-9 score is 10, the same as at the start."


def test_without_a_baseline_it_is_said_why():
    late = totals("phq9", d7=12)
    assert score_text.sentence_for_clinician(judge(*late)).startswith(
        "12 (moderate). No baseline: no score in the 14 days before the first dose; the "
        "nearest was taken 7 days after the start."
    )
    assert "No baseline: no dose yet." in score_text.sentence_for_clinician(judge(*late, dose=None))
    assert score_text.sentence_for_patient(judge(*late)) == (
        "Your PHQ-9 score was 12 on 10 Mar 2026. "
        "There is no score from just before your first session to compare it with."
    )


def test_the_baseline_itself_and_what_came_before_it_say_so():
    early, start = interpretation.verdicts(
        totals("phq9", m9=20, d0=18), library()["phq9"], courses.treated(DOSE)
    )
    assert "This is the baseline." in score_text.sentence_for_clinician(start)
    assert "Later scores will be compared with this one." in score_text.sentence_for_patient(start)
    assert "Taken before the baseline of 18." in score_text.sentence_for_clinician(early)
    assert "It is older than your score at the start, 18." in score_text.sentence_for_patient(early)


def test_prorated_scores_are_marked_on_either_side():
    start, end = points("phq9", 18, 9)
    verdict = judge(replace(start, prorated=True), replace(end, prorated=True))
    sentence = score_text.sentence_for_clinician(verdict)
    assert "This score is prorated: answers are missing. The baseline is prorated." in sentence
    plain = score_text.sentence_for_patient(verdict)
    assert "Some answers were missing, so this score is an estimate." in plain
    assert "Some answers were missing at the start, so that score is an estimate." in plain


def test_another_version_is_compared_but_said_so():
    start, middle, end = (replace(p, version="1") for p in points("phq9", 18, 12, 9))
    verdict = judge(start, middle, replace(end, version="2"))
    sentence = score_text.sentence_for_clinician(verdict)
    assert sentence.endswith("Version 2 of the form is compared with version 1.")
    assert score_text.sentence_for_patient(verdict).endswith(
        "The form has changed since the start."
    )
    unknown = judge(replace(start, version=""), middle, replace(end, version="2"))
    assert score_text.sentence_for_clinician(unknown).endswith(
        "Version 2 of the form; the score before is of version 1."
    )


def test_rules_are_written_as_the_scale_runs():
    phq9, who5 = library()["phq9"], library()["who5"]
    assert (response_rule(phq9), remission_rule(phq9)) == ("half of baseline", "below 5")
    up = replace(who5, change=replace(phq9.change, remission_at_most=Decimal(60)))
    assert (response_rule(up), remission_rule(up)) == ("a rise of 50 % of baseline", "60 or more")
    assert response_rule(library()["pcl5"]) == "a fall of 10"


def test_only_a_sum_of_whole_answers_begins_remission_below_a_number():
    madrs, phq9 = library()["madrs"], library()["phq9"]
    assert remission_rule(madrs) == "10 or less"  # its totals are entered, and may be anything
    half = replace(phq9, change=replace(phq9.change, remission_at_most=Decimal("4.5")))
    assert remission_rule(half) == "4.5 or less"
    assert remission_rule(library()["peg"]) == ""


@pytest.mark.parametrize(
    ("end", "written"),
    [
        (10, "\u22126, real"),
        (12, "\u22124, may be real"),
        (15, "\u22121, can be chance"),
        (17, "+1, worse, can be chance"),
        (16, "0"),
    ],
)
def test_a_table_says_a_change_in_a_few_words(end, written):
    assert short(judge(*points("gad7", 16, end), code="gad7").since_baseline) == written


def test_numbers_are_written_without_needless_zeros():
    change = judge(*points("peg", "7.30", "4.70"), code="peg").since_baseline
    assert fall_or_rise(change) == "7.3 to 4.7: a fall of 2.6"


@pytest.mark.parametrize("code", library())
def test_patients_read_no_terms_of_the_trade(code):
    scale = library()[code]
    text = for_patient(scale.maximum, scale.minimum, scale.maximum, code=code)
    assert not re.search(r"remission|response|baseline|prorated|reliable", text)
