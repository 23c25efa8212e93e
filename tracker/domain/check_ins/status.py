"""Check-ins: where one stands by the clock, and what one that is sent by hand must say."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from tracker.domain.codes import CheckInState, Word
from tracker.domain.problems import Problem

# What is open now closes soon: the lists find it by that.
OPEN_MAX = timedelta(days=31)
LATE_MAX = timedelta(days=14)
ASKED_MAX = 12  # instruments in one check-in


class CheckInStatus(Word):
    """Where a check-in stands; an open one is scheduled, due, overdue or missed by the clock."""

    SCHEDULED = "scheduled", "Scheduled"
    DUE = "due", "Due"
    OVERDUE = "overdue", "Overdue"
    MISSED = "missed", "Missed"
    DONE = "done", "Done"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


def status_of(
    state: CheckInState,
    opens_at: datetime,
    due_at: datetime,
    closes_at: datetime,
    *,
    now: datetime,
) -> CheckInStatus:
    """Tell where a check-in stands; each instant begins what comes after it."""
    if state is not CheckInState.OPEN:
        return CheckInStatus(state.value)
    if now < opens_at:
        return CheckInStatus.SCHEDULED
    if now < due_at:
        return CheckInStatus.DUE
    return CheckInStatus.OVERDUE if now < closes_at else CheckInStatus.MISSED


def check(
    instruments: Collection[str],
    opens_at: datetime | None,
    due_at: datetime | None,
    closes_at: datetime | None,
    *,
    answerable: Collection[str],
    now: datetime,
) -> list[Problem]:
    """List everything that cannot be of a check-in sent by hand; `answerable` are the codes."""
    problems = [*_check_asked(instruments, answerable)]
    if opens_at is None:
        problems.append(Problem("opens_at", "Say from when it can be answered."))
    if due_at is None:
        problems.append(Problem("due_at", "Say by when it should be answered."))
    if closes_at is None:
        problems.append(Problem("closes_at", "Say until when it can be answered."))
    if opens_at is not None and due_at is not None and closes_at is not None:
        problems += _check_times(opens_at, due_at, closes_at, now)
    return problems


def _check_asked(instruments: Collection[str], answerable: Collection[str]) -> Iterator[Problem]:
    if not instruments:
        yield Problem("instruments", "Choose at least one questionnaire.")
    if len(instruments) > ASKED_MAX:
        yield Problem("instruments", f"Choose at most {ASKED_MAX} questionnaires.")
    if unknown := [code for code in instruments if code not in answerable]:
        names = ", ".join(unknown)
        yield Problem("instruments", f"Patients cannot answer these: {names}.")


def _check_times(
    opens_at: datetime, due_at: datetime, closes_at: datetime, now: datetime
) -> Iterator[Problem]:
    if not opens_at <= due_at <= closes_at:
        yield Problem("due_at", "It opens first, then it is due, then it closes.")
    if closes_at <= now:
        yield Problem("closes_at", "It must close in the future.")
    if closes_at - opens_at > OPEN_MAX:
        yield Problem("closes_at", "It can be open for at most 31 days.")
    if closes_at - due_at > LATE_MAX:
        yield Problem("closes_at", "It can be overdue for at most 14 days.")
