"""A patient's treatment in short: plain, true for this person, and nothing that staff alone see."""

import re
from datetime import timedelta

import pytest

from tests.builders.courses import FIRST, SECOND, a_second_series, account, scored, treat
from tests.people import ANNA, BEN

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def ben(browse, cast):
    """Give Ben an account and what was stored of him."""

    def of(*scores, sessions=2, second=False, **values):
        treated = treat(cast.anna, scores=0, sessions=sessions, **values)
        if second:
            a_second_series(cast.anna, treated)
        if scores:
            scored(cast.anna, treated, *scores)
        account(cast.console, treated)
        return browse(BEN).open("/my/summary").text.split("Your treatment in short")[-1]

    return of


def test_it_tells_what_was_given_how_it_went_and_how_long_it_lasted(ben):
    page = ben((20, FIRST - HOUR), (8, FIRST + 17 * DAY), (16, FIRST + 40 * DAY))
    for said in (
        "You had 2 sessions, from 2 Mar 2026 to 5 Mar 2026.",
        "Your depression score (PHQ-9) was 16",
        "From then on your best PHQ-9 score was 8 on 19 Mar 2026, and 20 at the start.",
        "By 11 Apr 2026 it was 16: half of what you had gained, or more, was gone.",
        "compared with your own start and with nobody else's.",
    ):
        assert said in page, said
    assert "%" not in page
    assert not re.search(r"should|must |dose|deteriorat|remission", page)


def test_what_lasts_is_said_and_what_nobody_asked_is_not(ben):
    page = ben((20, FIRST - HOUR), (8, FIRST + 17 * DAY), (9, FIRST + 40 * DAY))
    assert "On your last form, 9 on 11 Apr 2026, more than half of what you had gained" in page


def test_without_scores_nothing_is_said_of_them(ben):
    page = ben(mood_before=None, mood_after=None)
    assert "You had 2 sessions" in page
    for unsaid in ("How it went", "How long it lasted", "own scores"):
        assert unsaid not in page, unsaid


def test_no_session_yet_says_so(ben):
    assert "You have had no session yet." in ben(sessions=0)


def test_one_session_is_one(ben):
    assert "You had 1 session, on 2 Mar 2026." in ben(sessions=1)


def test_no_gain_promises_and_mourns_nothing(ben):
    page = ben((20, FIRST - HOUR), (19, FIRST + 17 * DAY))
    assert "How long it lasted" not in page


def test_an_earlier_course_is_not_told_as_if_it_were_the_last(ben):
    page = ben(
        (20, FIRST - HOUR), (8, FIRST + 17 * DAY), (16, FIRST + 40 * DAY), (18, SECOND - HOUR),
        second=True,
    )  # fmt: skip
    assert "You had 2 courses of treatment." in page
    assert "How long it lasted" not in page


def test_it_is_for_the_patient_alone(browse, cast):
    treat(cast.anna)
    assert browse(ANNA).client.get("/my/summary").status_code == 403
