from decimal import Decimal
from itertools import product

import pytest
from msgspec.structs import replace

from tests.charts import courses
from tests.charts.courses import at
from tests.reading_level import grade, syllables
from tracker.domain.codes import Occasion
from tracker.domain.letters import messages
from tracker.domain.progress import summary as progress_summary
from tracker.domain.progress.trend import Audience
from tracker.domain.scores import interpretation, patient_text
from tracker.domain.scores.points import IncompletePoint, ScorePoint
from tracker.instruments import library

GRADE_MAX = 8
DOSE = courses.given(1, 0)


def spread(instrument):
    """Take totals over a whole scale: its ends, its levels, and steps of every published size."""
    rules, low, high = instrument.change, instrument.minimum, instrument.maximum
    middle = (low + high) // 2
    steps = [size for size in (rules.smallest_important, rules.reliable) if size]
    totals = {low, high, middle, rules.remission_at_most or low}
    totals |= {
        middle + sign * (step - less) for step in steps for sign in (1, -1) for less in (0, 1)
    }
    return sorted(total for total in totals if low <= total <= high)


def score(instrument, total, day, **values):
    return ScorePoint(instrument=instrument.code, total=total, at=at(day), **values)


def every_sentence(code):
    """Say every kind of thing that can be said to a patient about one scale."""
    instrument = library()[code]
    totals = spread(instrument)
    marks = [{}, {"prorated": True, "version": "1"}]
    for start, end, mark, day in product(totals, totals, marks, (-1, -30, 1)):
        scores = [score(instrument, start, day, **mark), score(instrument, end, 7)]
        scores.append(score(instrument, totals[0], 14, version="2"))
        for dose in (DOSE, None):
            for verdict in interpretation.verdicts(scores, instrument, courses.treated(dose)):
                yield patient_text.sentence_for_patient(verdict)
    called = score(instrument, totals[0], -2, occasion=Occasion.BASELINE)
    for verdict in interpretation.verdicts(
        [score(instrument, totals[-1], -9), called], instrument, courses.treated()
    ):
        yield patient_text.sentence_for_patient(verdict)


@pytest.mark.parametrize("code", library())
def test_what_patients_read_of_a_score_is_of_grade_8_or_lower(code):
    hardest = max(set(every_sentence(code)), key=grade)
    assert grade(hardest) <= GRADE_MAX, hardest


@pytest.mark.parametrize("name", courses.COURSES)
def test_what_patients_read_of_their_course_is_of_grade_8_or_lower(name):
    course = replace(courses.COURSES[name](), audience=Audience.PATIENT)
    for text in (progress_summary.sentence(course), progress_summary.others(course)):
        assert not text or grade(text) <= GRADE_MAX, text


def test_the_formula_is_that_of_kincaid():
    # Six words of one syllable in one sentence.
    assert grade("The cat sat on the mat.") == pytest.approx(0.39 * 6 + 11.8 - 15.59)
    hard = (
        "Remission criteria vary considerably. "
        "Clinicians customarily document every prorated questionnaire separately."
    )
    assert grade(hard) > GRADE_MAX


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("score", 1), ("usually", 4), ("changed", 1), ("started", 2), ("table", 2), ("PHQ", 3),
        ("answers", 2), ("questionnaire", 3), ("missing", 2), ("changes", 2), ("estimate", 3),
        ("session", 2), ("clinic\u2019s", 2), ("9", 1), ("because", 2), ("watches", 2),
    ],
)  # fmt: skip
def test_syllables_are_counted_as_they_are_heard(word, count):
    assert syllables(word) == count


def test_what_is_said_of_an_unfinished_form_is_of_grade_8_or_lower():
    unfinished = IncompletePoint(instrument="phq9", at=at(9), answered=5, asked=9)
    scores = courses.totals("phq9", d0=18, d7=12)
    course = courses.prepare([DOSE], [*scores, unfinished], audience=Audience.PATIENT)
    text = progress_summary.sentence(course)
    assert "answers were missing" in text
    assert grade(text) <= GRADE_MAX


CHANGED = messages.ChangedVisit(day=at(0).date(), at=at(0).time())
EXPECTED = messages.ExpectedVisit(day=at(0).date(), at=at(0).time())
TOLD = [
    *({"asked": (messages.AnswerRequest(why=why, link="here", until=at(0)),) * times}
      for why in messages.Asking for times in (1, 3)),
    *({"changed": (one,)} for one in (
        replace(CHANGED, is_off=True), CHANGED, replace(CHANGED, told=(at(0).date(), at(0).time())),
    )),
    {"expected": (EXPECTED,)}, {"expected": (replace(EXPECTED, is_today=True),)},
]  # fmt: skip


ALL_OF_IT = {name: told for one in TOLD for name, told in one.items()}


@pytest.mark.parametrize("page", ["", "here"])
@pytest.mark.parametrize("told", [*TOLD, ALL_OF_IT])
def test_e_mails_to_patients_are_of_grade_8_or_lower(told, page):
    mail = messages.PatientMail(
        clinic_name="the clinic", phone="555", preparation_page=page, choice_page=page,
        stop_link="here" if "asked" in told else "", **told,
    )  # fmt: skip
    assert grade(messages.write(mail)) <= GRADE_MAX, messages.write(mail)


def test_half_points_do_not_make_a_text_harder():
    peg = library()["peg"]
    totals = (score(peg, Decimal("7.3"), -1), score(peg, Decimal("4.7"), 7))
    last = interpretation.verdicts(totals, peg, courses.treated(DOSE))[-1]
    assert grade(patient_text.sentence_for_patient(last)) <= GRADE_MAX
