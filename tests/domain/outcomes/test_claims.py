"""A claim stands beside what was counted, and never has a verdict that the figures do not carry."""

from tracker.domain.codes import Indication
from tracker.domain.outcomes.claims import SCALES, ClaimCounts, claims
from tracker.domain.outcomes.definitions import CLINIC_DEFAULTS
from tracker.domain.outcomes.figures import Rate
from tracker.domain.outcomes.proportion import Proportion

LEAST = CLINIC_DEFAULTS.people_min


def told(**known):
    nobody = Rate(Proportion(0, 0), Proportion(0, 0))
    counts = {
        "higher": nobody, "sustained": nobody, "tried": nobody,
        "by_indication": dict.fromkeys(SCALES, nobody),
        "mild": Proportion(0, 0), "gone": Proportion(0, 0),
        "effect_people": 0, "leaving_people": 0,
    }  # fmt: skip
    return claims(ClaimCounts(**counts | known), CLINIC_DEFAULTS)


def lines(found):
    return [answer.words(LEAST) for one in found for answer in one.answers]


def test_a_clinic_without_data_says_so_of_each():
    assert lines(told()) == ["not enough data"] * 9
    assert len(told()) == 5


def test_a_share_says_of_how_many_and_both_ways():
    found = told(tried=Rate(Proportion(9, 20), Proportion(9, 30)))
    (answer,) = found[3].answers
    assert answer.words(LEAST) == "9 of 20: 45 % (26 to 66) of courses"
    assert answer.words_of_all(LEAST) == "9 of 30: 30 % (17 to 48)"
    assert "2 or more antidepressants" in answer.counted


def test_few_have_their_counts_and_no_percentage():
    rates = dict.fromkeys(SCALES, Rate(Proportion(0, 0), Proportion(0, 0)))
    rates[Indication.PTSD] = Rate(Proportion(4, 5), Proportion(4, 9))
    answers = told(by_indication=rates)[4].answers
    assert answers[2].words(LEAST) == "not enough data (4 of 5 courses)"
    assert answers[2].words_of_all(LEAST) == "not enough data"
    assert answers[2].counted == "PTSD: response on the PCL-5"


def test_many_sessions_of_few_people_are_not_enough():
    found = told(mild=Proportion(60, 80), effect_people=4, gone=Proportion(60, 80),
                 leaving_people=40)  # fmt: skip
    mild, gone = found[2].answers
    assert mild.words(LEAST) == "not enough data (60 of 80 sessions)"
    assert gone.words(LEAST) == "60 of 80: 75 % (65 to 83) of sessions"
    assert gone.words_of_all(LEAST) == "does not apply"
