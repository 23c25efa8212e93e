from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tracker.domain.codes import Drug, Effect, Route, Severity, SideEffect
from tracker.domain.measures import VitalSigns
from tracker.domain.sessions import draft as session_draft
from tracker.domain.sessions.draft import SessionDraft

NOW = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
START = NOW - timedelta(days=1)
HELD = SessionDraft(started_at=START, drug=Drug.KETAMINE, route=Route.IV, dose_mg=Decimal(35))

moments = st.integers(-60 * 24 * 9, 60 * 24 * 9).map(lambda m: NOW + timedelta(minutes=m))
minutes = st.none() | st.integers(-5, 2000)
drafts = st.builds(
    SessionDraft,
    started_at=st.none() | moments,
    drug=st.none() | st.sampled_from(Drug),
    route=st.none() | st.sampled_from(Route),
    dose_mg=st.none() | st.decimals(),
    weight_kg=st.none() | st.decimals(),
    duration_minutes=minutes,
    mood_before=st.none() | st.integers(-2, 13),
    dissociation_peak=st.none() | st.integers(-2, 13),
    dissociation_onset_minute=minutes,
    dissociation_end_minute=minutes,
    before=st.builds(VitalSigns, systolic_mmhg=st.none() | st.integers(0, 400)),
    discharged_at=st.none() | moments,
)


def faults(draft, now=NOW):
    return {problem.field for problem in session_draft.check(draft, now=now)}


@given(drafts)
def test_what_passes_is_possible(draft):
    if session_draft.check(draft, now=NOW):
        return
    assert draft.started_at <= NOW
    for number in (draft.dose_mg, draft.weight_kg):
        assert number is None or (number.is_finite() and number > 0)
    for scale in (draft.mood_before, draft.dissociation_peak):
        assert scale is None or 0 <= scale <= 10
    assert draft.discharged_at is None or draft.started_at <= draft.discharged_at <= NOW
    ends = draft.started_at + timedelta(minutes=draft.duration_minutes or 0)
    assert ends <= (draft.discharged_at or NOW)
    onset, end = draft.dissociation_onset_minute, draft.dissociation_end_minute
    assert onset is None or end is None or 0 <= onset <= end


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-Infinity", "-1", "0", "1E+9"])
def test_a_dose_or_weight_that_no_scale_shows_is_refused(number):
    draft = replace(HELD, dose_mg=Decimal(number), weight_kg=Decimal(number))
    assert faults(draft) == {"dose_mg", "weight_kg"}


def test_digits_that_no_database_keeps_are_refused():
    draft = replace(HELD, dose_mg=Decimal("0.12345"), weight_kg=Decimal("70.00001"))
    assert faults(draft) == {"dose_mg", "weight_kg"}


def test_a_dose_that_would_still_run_is_refused():
    begun = replace(HELD, started_at=NOW - timedelta(minutes=10), duration_minutes=40)
    assert faults(begun) == {"duration_minutes"}
    assert faults(begun, now=NOW + timedelta(minutes=30)) == set()


def test_the_bare_minimum_is_enough():
    assert faults(SessionDraft(started_at=START, drug=Drug.KETAMINE, route=Route.IM)) == set()


def test_everything_missing_is_telling_moment_once():
    empty = SessionDraft(started_at=None, drug=None, route=None)
    assert faults(empty) == {"started_at", "drug", "route"}


def test_leaving_before_the_start_or_days_later_is_refused():
    for left in (START - timedelta(minutes=1), START + timedelta(hours=49)):
        draft = replace(HELD, discharged_at=left)
        assert faults(draft, now=NOW + timedelta(days=5)) == {"discharged_at"}


def test_a_peak_of_zero_has_no_course():
    draft = replace(HELD, dissociation_peak=0, dissociation_onset_minute=5)
    assert faults(draft) == {"dissociation_peak"}


def test_another_effect_says_what_it_was():
    draft = replace(
        HELD, effects={Effect.OTHER: Severity.MILD}, side_effects={SideEffect.OTHER: Severity.MILD}
    )
    assert faults(draft) == {"effects_other", "side_effects_other"}


def test_texts_have_an_end():
    draft = replace(HELD, private_notes="x" * 10_001, escort="x" * 201)
    assert faults(draft) == {"private_notes", "escort"}
