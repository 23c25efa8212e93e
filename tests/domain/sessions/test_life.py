"""The states of a session and the ways between them: one table, whole and without dead ends."""

from datetime import date

import pytest

from tracker.domain.codes import SessionState
from tracker.domain.parsing import REASON_MAX
from tracker.domain.sessions import life
from tracker.domain.sessions.life import WAYS, Step

S = SessionState


def test_every_step_has_a_way_and_every_state_can_be_left():
    assert {way.step for way in WAYS} == set(Step)
    assert {way.start for way in WAYS} == set(S)
    assert {way.end for way in WAYS} == set(S)


def test_from_every_state_every_other_can_be_reached():
    """Nothing that is clicked by mistake is for ever."""
    for start in S:
        reached = {start}
        while more := {way.end for way in WAYS if way.start in reached} - reached:
            reached |= more
        assert reached == set(S), start


@pytest.mark.parametrize(
    ("state", "given", "steps"),
    [
        (S.PLANNED, False, "begin record move cancel miss"),
        (S.UNDER_WAY, False, "not-begun not-begun cancel"),
        (S.UNDER_WAY, True, "sign void"),
        (S.COMPLETED, True, "amend void transfer"),
        (S.CANCELLED, False, "begin record move plan-again"),
        (S.MISSED, False, "begin record move plan-again"),
        (S.VOIDED, True, "restore restore"),
    ],
)
def test_what_leads_on_from_each_state(state, given, steps):
    assert " ".join(way.step for way in life.ways(state, given=given)) == steps


def test_what_was_given_is_not_taken_back_by_a_click():
    [problem] = life.check(Step.NOT_BEGUN, S.UNDER_WAY, given=True)
    assert "Something was given in this session" in problem.message
    assert life.check(Step.NOT_BEGUN, S.UNDER_WAY, given=False) == []


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("state", S)
def test_every_refusal_says_why_in_words(step, state):
    for given in (True, False):
        if life.find(step, state, given=given) is None:
            assert life.refusal(step, state).endswith(".")
            assert len(life.refusal(step, state)) > 20


@pytest.mark.parametrize("reason", ["", "  ", "x" * (REASON_MAX + 1)])
def test_a_reason_is_asked_for_where_the_way_needs_one(reason):
    assert [p.field for p in life.check(Step.VOID, S.COMPLETED, given=True, reason=reason)] == [
        "reason"
    ]
    assert life.check(Step.VOID, S.COMPLETED, given=True, reason="Entered twice") == []


def test_nobody_misses_what_is_still_to_come():
    today = date(2026, 3, 2)
    assert life.check_missed(today, today=today) == []
    assert life.check_missed(None, today=today) == []
    assert life.check_missed(date(2026, 3, 3), today=today)[0].field == "state"


def test_one_step_may_have_two_ends_and_says_which_is_meant():
    find = life.find
    assert find(Step.NOT_BEGUN, S.UNDER_WAY, given=False).end is S.PLANNED
    gone = find(Step.NOT_BEGUN, S.UNDER_WAY, given=False, to=S.CANCELLED)
    assert (gone.end, gone.reason) == (S.CANCELLED, True)
    assert find(Step.NOT_BEGUN, S.UNDER_WAY, given=False, to=S.VOIDED) is None
