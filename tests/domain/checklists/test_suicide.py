"""What a score tells about suicide before a session: by its answers, or by its total."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tracker.domain.checklists import suicide as suicide_check
from tracker.instruments import library

DAY = datetime(2026, 11, 29, 12, tzinfo=UTC)


def answers(code, **values):
    return {f"{code}_{name.lstrip('q')}": Decimal(value) for name, value in values.items()}


@pytest.mark.parametrize(
    ("code", "total", "given", "words", "is_positive"),
    [
        ("phq9", 9, answers("phq9", q1=3, q9=1), "PHQ-9 item 9, 1", True),
        ("phq9", 3, answers("phq9", q1=3, q9=0), "PHQ-9 item 9, 0", False),
        ("phq9", None, answers("phq9", q1=3), "PHQ-9 item 9, left out", None),
        ("phq9", 25, {}, "PHQ-9 25: question 9 must have been answered above zero", True),
        ("c-ssrs-screener", 1, {}, "C-SSRS screener 1, low", True),
        ("c-ssrs-screener", 0, {}, "C-SSRS screener 0, no item", False),
        (
            "c-ssrs-screener", 3, answers("cssrs", q1=1, q2=1, q4=1, q6_lifetime=0),
            "C-SSRS screener item 4, 1 (total 3, high)", True,
        ),
    ],
)  # fmt: skip
def test_the_gravest_is_told(code, total, given, words, is_positive):
    total = None if total is None else Decimal(total)
    found = suicide_check.answer_of(library()[code], total, given, DAY)
    assert (found.words, found.is_positive, found.taken_at) == (words, is_positive, DAY)


@pytest.mark.parametrize(("code", "total"), [("phq9", 24), ("gad7", 21), ("asrm", 20)])
def test_other_totals_tell_nothing_of_suicide(code, total):
    assert suicide_check.answer_of(library()[code], Decimal(total), {}, DAY) is None


def test_from_where_a_total_tells_of_suicide():
    found = {code: suicide_check.telling_from(one) for code, one in library().items()}
    assert {code: least for code, least in found.items() if least is not None} == {
        "phq9": 25,
        "c-ssrs-screener": 0,
        "c-ssrs-last-visit": 0,
    }
