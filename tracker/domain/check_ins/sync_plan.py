"""What must change so that the check-ins of a series are those its schedule asks for."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from tracker.domain.check_ins.windows import Slot
from tracker.domain.codes import CheckInState

# Why the schedule withdrew one by itself; only such a one may come back.
PLAN_CHANGED = "The plan changed, and no longer asks for it."


class StoredCheckIn(Struct, frozen=True, kw_only=True):
    """A check-in of a series as stored; `begun` says that somebody answered some of it."""

    check_in_id: int
    key: str
    state: CheckInState
    reason: str
    session_id: int | None
    instruments: tuple[str, ...]
    opens_at: datetime
    due_at: datetime
    closes_at: datetime
    begun: bool = False


class Changes(Struct, frozen=True):
    """What to store, move (check-in by id), keep open longer and withdraw."""

    made: tuple[Slot, ...] = ()
    moved: tuple[tuple[int, Slot], ...] = ()
    extended: tuple[tuple[int, datetime], ...] = ()
    withdrawn: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        """Say whether there is anything to do."""
        return bool(self.made or self.moved or self.extended or self.withdrawn)

    @property
    def summary(self) -> str:
        """Count the changes, for the audit line."""
        moved = len(self.moved) + len(self.extended)
        return f"{len(self.made)} made, {moved} moved, {len(self.withdrawn)} withdrawn"


def reconcile(
    planned: Iterable[Slot], stored: Iterable[StoredCheckIn], *, now: datetime
) -> Changes:
    """Compare what a schedule wants with what is there.

    What is over stays as it is: done, declined, withdrawn by somebody, or missed; nothing that
    would be over already is made. One that was begun is only kept open longer.
    """
    slots = {slot.key: slot for slot in planned}
    known = set()
    moved, extended, withdrawn = [], [], []
    for one in stored:
        known.add(one.key)
        slot = slots.get(one.key)
        if not _may_change(one) or (one.closes_at <= now and not _ahead(slot, now)):
            continue
        if one.begun:
            if slot is not None and slot.closes_at > one.closes_at:
                extended.append((one.check_in_id, slot.closes_at))
        elif slot is None:
            withdrawn += [one.check_in_id] if one.state is CheckInState.OPEN else []
        elif _differs(one, slot) and (one.state is CheckInState.OPEN or _ahead(slot, now)):
            moved.append((one.check_in_id, slot))
    made = tuple(slot for slot in slots.values() if slot.key not in known and _ahead(slot, now))
    return Changes(made, tuple(moved), tuple(extended), tuple(withdrawn))


def _may_change(one: StoredCheckIn) -> bool:
    by_the_plan = one.state is CheckInState.WITHDRAWN and one.reason == PLAN_CHANGED
    return one.state is CheckInState.OPEN or by_the_plan


def _ahead(slot: Slot | None, now: datetime) -> bool:
    return slot is not None and slot.closes_at > now


def _differs(one: StoredCheckIn, slot: Slot) -> bool:
    stands = (one.session_id, one.instruments, one.opens_at, one.due_at, one.closes_at)
    wanted = (slot.session_id, slot.instruments, slot.opens_at, slot.due_at, slot.closes_at)
    return one.state is not CheckInState.OPEN or stands != wanted
