from datetime import UTC, date, datetime, timedelta

import pytest

from tracker.domain.codes import Effect, Route, SideEffect
from tracker.domain.diary import draft as diary_draft
from tracker.domain.diary import kinds
from tracker.domain.diary.draft import DiaryDraft
from tracker.domain.diary.kinds import DiaryKind, EffectDegree, Sleep

NOW, NOTE, AFTER = DiaryKind.NOW, DiaryKind.NOTE, DiaryKind.DAY_AFTER


def problems(kind, **given):
    return [problem.field for problem in diary_draft.check(DiaryDraft(kind=kind, **given))]


@pytest.mark.parametrize(
    "given",
    [
        {"mood": 0}, {"pain": 0}, {"words": "Well"},
    ],
)  # fmt: skip
def test_one_thing_is_enough_and_0_is_an_answer(given):
    assert problems(NOW, **given) == []
    assert problems(AFTER, **given) == []


@pytest.mark.parametrize("kind", [NOW, AFTER])
def test_nothing_at_all_is_refused(kind):
    assert problems(kind, words="\u200b ") == [""]


def test_an_effect_that_was_not_there_is_an_answer_too():
    assert problems(AFTER, effects={"headache": EffectDegree.NONE}) == []
    assert problems(AFTER, sleep=Sleep.BAD) == []
    assert problems(AFTER, effects={"growing-a-tail": EffectDegree.MILD}) == [""]


def test_a_note_needs_words():
    assert problems(NOTE, words=" \u00ad") == ["words"]
    assert problems(NOTE, words="A question") == []


def test_everything_wrong_is_telling_moment_once():
    assert problems(NOW, mood=11, pain=-1, words="x" * 201) == ["mood", "pain", "words"]
    assert problems(NOTE, words="x" * 2001) == ["words"]


@pytest.mark.parametrize(
    ("day", "is_asked"), [(2, False), (3, True), (4, True), (5, True), (6, False), (1, False)]
)
def test_the_day_after_runs_from_the_morning_after_to_the_third_day(day, is_asked):
    assert diary_draft.is_day_after(date(2026, 3, 2), date(2026, 3, day)) is is_asked


def test_words_are_taken_back_within_an_hour():
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert diary_draft.can_be_withdrawn(at, at + timedelta(minutes=59))
    assert not diary_draft.can_be_withdrawn(at, at + timedelta(hours=1))


def test_the_strongest_effect_is_told_first_and_none_is_left_out():
    effects = {
        "dizziness": EffectDegree.MILD,
        "nausea": EffectDegree.NONE,
        "headache": EffectDegree.SEVERE,
    }
    assert kinds.effect_texts(effects) == ["Headache (severe)", "Dizziness (mild)"]
    assert kinds.own_effect_texts(effects) == ["Headache (severe)", "Dizzy or unsteady (mild)"]


def test_a_needle_is_asked_about_where_there_was_one():
    assert "site" in kinds.asked_effects(Route.IM)
    assert "site" not in kinds.asked_effects(Route.NASAL)
    assert len(kinds.asked_effects(Route.ORAL)) == len(kinds.EFFECTS) - 1


def test_the_effects_are_those_of_a_session():
    known = {word.value for words in (SideEffect, Effect) for word in words}
    assert set(kinds.EFFECTS) <= known - {"other", "none"}


def test_what_waited_was_told_when_it_was_told_but_never_later_than_now_nor_weeks_ago():
    now = datetime(2026, 3, 20, 12, tzinfo=UTC)
    for ago, expected in (
        (timedelta(hours=5), timedelta(hours=5)),
        (timedelta(hours=-5), timedelta()),
        (timedelta(days=30), timedelta(days=14)),
    ):
        assert diary_draft.telling_moment(now - ago, now) == now - expected
    assert diary_draft.telling_moment(None, now) == now
