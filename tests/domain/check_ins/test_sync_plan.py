from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tracker.domain.check_ins import schedule as check_in_schedule
from tracker.domain.check_ins import sync_plan
from tracker.domain.check_ins import windows as check_in_windows
from tracker.domain.check_ins.sync_plan import PLAN_CHANGED, Changes, StoredCheckIn
from tracker.domain.check_ins.windows import PlannedSession, Slot
from tracker.domain.codes import CheckInState, Indication, Occasion, Phase, SessionState

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SLOT = Slot(
    key="before-session:3", occasion=Occasion.BEFORE_SESSION, session_id=3, instruments=("phq9",),
    opens_at=NOW - DAY, due_at=NOW + DAY, closes_at=NOW + 2 * DAY,
)  # fmt: skip
OVER = replace(SLOT, opens_at=NOW - 5 * DAY, due_at=NOW - 3 * DAY, closes_at=NOW - DAY)
LATER = replace(SLOT, opens_at=NOW + DAY, due_at=NOW + 2 * DAY, closes_at=NOW + 3 * DAY)


def kept(slot: Slot = SLOT, **changes) -> StoredCheckIn:
    stored = StoredCheckIn(
        check_in_id=7,
        key=slot.key,
        state=CheckInState.OPEN,
        reason="",
        session_id=slot.session_id,
        instruments=slot.instruments,
        opens_at=slot.opens_at,
        due_at=slot.due_at,
        closes_at=slot.closes_at,
    )
    return replace(stored, **changes)


def changes(wanted, stored) -> Changes:
    return sync_plan.reconcile(wanted, stored, now=NOW)


def test_what_is_missing_is_made():
    assert changes([SLOT], []).made == (SLOT,)


def test_the_past_is_never_filled_in():
    assert not changes([OVER], [])


def test_what_stands_right_is_left_alone():
    assert not changes([SLOT], [kept()])


def test_one_whose_session_was_moved_moves_along():
    assert changes([LATER], [kept()]).moved == ((7, LATER),)


def test_one_that_was_missed_opens_again_when_its_session_is_moved_ahead():
    assert changes([LATER], [kept(OVER)]).moved == ((7, LATER),)


def test_one_that_was_missed_otherwise_stays_as_it_was():
    elsewhere = replace(OVER, closes_at=NOW - 2 * DAY)
    assert not changes([elsewhere], [kept(OVER)])
    assert not changes([], [kept(OVER)])


def test_other_questionnaires_are_asked_when_the_schedule_says_so():
    more = replace(SLOT, instruments=("phq9", "gad7"))
    assert changes([more], [kept()]).moved == ((7, more),)


def test_one_that_nothing_asks_for_any_more_is_withdrawn():
    assert changes([], [kept()]).withdrawn == (7,)


def test_one_that_was_answered_or_declined_is_never_touched():
    for state in (CheckInState.DONE, CheckInState.DECLINED):
        assert not changes([LATER], [kept(state=state)])
        assert not changes([], [kept(state=state)])


def test_one_that_was_begun_is_only_kept_open_longer():
    begun = kept(begun=True)
    assert changes([LATER], [begun]) == Changes(extended=((7, LATER.closes_at),))
    earlier = replace(LATER, closes_at=NOW + DAY)
    assert not changes([earlier], [begun])
    assert not changes([], [begun])


def test_what_the_plan_withdrew_comes_back_with_it():
    gone = kept(state=CheckInState.WITHDRAWN, reason=PLAN_CHANGED)
    assert changes([SLOT], [gone]).moved == ((7, SLOT),)
    assert not changes([], [gone])
    assert not changes([OVER], [gone])


def test_what_somebody_withdrew_stays_withdrawn():
    gone = kept(state=CheckInState.WITHDRAWN, reason="Answers on paper")
    assert not changes([SLOT], [gone])


def test_changes_are_counted_for_the_audit():
    found = changes([replace(SLOT, key="baseline"), LATER], [kept(), kept(check_in_id=8, key="x")])
    assert found.summary == "1 made, 1 moved, 1 withdrawn"


@st.composite
def plans(draw):
    first = date(2026, 5, 20) + timedelta(days=draw(st.integers(0, 40)))
    sittings = []
    for number in range(1, draw(st.integers(1, 8)) + 1):
        day = first + timedelta(days=3 * number)
        state = draw(st.sampled_from([SessionState.PLANNED, SessionState.CANCELLED]))
        began = datetime(day.year, day.month, day.day, draw(st.integers(0, 23)), tzinfo=UTC)
        was_held = began < NOW and draw(st.booleans())
        sittings.append(
            PlannedSession(
                session_id=number,
                number=number,
                state=SessionState.COMPLETED if was_held else state,
                planned_on=day,
                started_at=began if was_held else None,
            )
        )
    lines = check_in_schedule.usual(draw(st.sampled_from(Indication)), draw(st.sampled_from(Phase)))
    return check_in_windows.generate(lines, sittings, ZoneInfo("America/New_York"))


def applied(changes: Changes, stored: list[StoredCheckIn]) -> list[StoredCheckIn]:
    rows = {one.check_in_id: one for one in stored}
    for slot in changes.made:
        number = len(rows) + 1
        rows[number] = kept(slot, check_in_id=number)
    for check_in_id, slot in changes.moved:
        rows[check_in_id] = kept(slot, check_in_id=check_in_id)
    for check_in_id, closes_at in changes.extended:
        rows[check_in_id] = replace(rows[check_in_id], closes_at=closes_at)
    for check_in_id in changes.withdrawn:
        state = CheckInState.WITHDRAWN
        rows[check_in_id] = replace(rows[check_in_id], state=state, reason=PLAN_CHANGED)
    return list(rows.values())


@given(plans(), plans(), st.randoms(use_true_random=False))
def test_laying_out_twice_changes_nothing(first, second, random):
    stored = applied(changes(first, []), [])
    assert not changes(first, stored)
    touched = [
        replace(one, state=random.choice(list(CheckInState)), begun=random.random() < 0.3)
        for one in stored
    ]
    stored = applied(changes(second, touched), touched)
    assert not changes(second, stored)
