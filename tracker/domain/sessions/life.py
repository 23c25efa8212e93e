"""The life of a session: its states and the ways between them, drawn once.

Pages offer what stands here, services check by it, and tests walk every way.
"""

from datetime import date

from msgspec import Struct

from tracker.domain.access import Permission
from tracker.domain.codes import SessionState, Word
from tracker.domain.parsing import check_reason
from tracker.domain.problems import Problem

_PLANNED, _UNDER_WAY = SessionState.PLANNED, SessionState.UNDER_WAY
_COMPLETED, _CANCELLED = SessionState.COMPLETED, SessionState.CANCELLED
_MISSED, _VOIDED = SessionState.MISSED, SessionState.VOIDED


class Step(Word):
    """What can be done with a session; the label is what its button says."""

    BEGIN = "begin", "Begin"
    NOT_BEGUN = "not-begun", "Not begun after all"
    RECORD = "record", "Record as done"
    SIGN = "sign", "Sign"
    AMEND = "amend", "Amend"
    MOVE = "move", "Move"
    CANCEL = "cancel", "Cancel"
    MISS = "miss", "Missed"
    PLAN_AGAIN = "plan-again", "Back to planned"
    VOID = "void", "Strike out"
    TRANSFER = "transfer", "Move to the right patient"
    RESTORE = "restore", "Struck out by mistake"


class Way(Struct, frozen=True):
    """One step from a state to a state. `given` says when: only if something was given, or not.

    `reason` says that it needs one.
    """

    step: Step
    start: SessionState
    end: SessionState
    permission: Permission
    reason: bool = False
    given: bool | None = None


WAYS = (
    *(
        Way(Step.BEGIN, state, _UNDER_WAY, Permission.SESSION_WATCH)
        for state in (_PLANNED, _CANCELLED, _MISSED)
    ),
    # Back to where it was; one that its begin had added was nowhere before, so it is cancelled.
    Way(Step.NOT_BEGUN, _UNDER_WAY, _PLANNED, Permission.SESSION_WATCH, given=False),
    Way(Step.NOT_BEGUN, _UNDER_WAY, _CANCELLED, Permission.SESSION_WATCH, reason=True, given=False),
    *(
        Way(Step.RECORD, state, _COMPLETED, Permission.SESSION_RECORD)
        for state in (_PLANNED, _CANCELLED, _MISSED)
    ),
    Way(Step.SIGN, _UNDER_WAY, _COMPLETED, Permission.SESSION_RECORD, given=True),
    Way(Step.AMEND, _COMPLETED, _COMPLETED, Permission.SESSION_AMEND, reason=True),
    *(
        Way(Step.MOVE, state, _PLANNED, Permission.SERIES_EDIT)
        for state in (_PLANNED, _CANCELLED, _MISSED)
    ),
    Way(Step.CANCEL, _PLANNED, _CANCELLED, Permission.SERIES_EDIT, reason=True),
    Way(Step.CANCEL, _UNDER_WAY, _CANCELLED, Permission.SERIES_EDIT, reason=True, given=False),
    Way(Step.MISS, _PLANNED, _MISSED, Permission.SERIES_EDIT, reason=True),
    *(
        Way(Step.PLAN_AGAIN, state, _PLANNED, Permission.SERIES_EDIT)
        for state in (_CANCELLED, _MISSED)
    ),
    Way(Step.VOID, _COMPLETED, _VOIDED, Permission.SESSION_AMEND, reason=True),
    Way(Step.VOID, _UNDER_WAY, _VOIDED, Permission.SESSION_AMEND, reason=True, given=True),
    Way(Step.TRANSFER, _COMPLETED, _VOIDED, Permission.SESSION_AMEND, reason=True),
    # To where it was struck out from: held, or still under way.
    *(
        Way(Step.RESTORE, _VOIDED, state, Permission.SESSION_AMEND, reason=True)
        for state in (_COMPLETED, _UNDER_WAY)
    ),
)

_SIGNED = "This session has been recorded. Amend its record, or strike it out."
_STRUCK_OUT = "This session was struck out."
_REFUSALS = {
    (_COMPLETED, None): _SIGNED,
    (_VOIDED, None): _STRUCK_OUT,
    (_UNDER_WAY, Step.MOVE): "This session has begun, so it stays on its day.",
    (_UNDER_WAY, Step.MISS): "It has begun, so the patient was here. Cancel it instead.",
    (_UNDER_WAY, Step.SIGN): "Nothing was given, by the log. Write the dose there, or take back "
    "that it has begun.",
    (_UNDER_WAY, Step.VOID): "Nothing was given, by the log, so there is nothing to strike out: "
    "take back that it has begun.",
    (_UNDER_WAY, Step.NOT_BEGUN): "Something was given in this session, so it was held. Sign it, "
    "or strike it out.",
    (_UNDER_WAY, Step.CANCEL): "Something was given in this session, so it was held. Sign it, or "
    "strike it out.",
    (_UNDER_WAY, Step.TRANSFER): "This session is under way. Sign it first, then move it.",
    (_UNDER_WAY, Step.RECORD): "This session is under way. Write into its log, and sign it there.",
    (_PLANNED, Step.NOT_BEGUN): "This session has not begun.",
    (_VOIDED, Step.VOID): "This session was struck out already.",
    (_COMPLETED, Step.RESTORE): "This session stands: it is not struck out.",
    (_PLANNED, Step.PLAN_AGAIN): "This session is planned already.",
}


def ways(state: SessionState, *, given: bool) -> tuple[Way, ...]:
    """List the ways that lead on from a state; `given` says whether anything was given."""
    return tuple(way for way in WAYS if way.start is state and way.given in (None, given))


def find(
    step: Step, state: SessionState, *, given: bool, to: SessionState | None = None
) -> Way | None:
    """Find the way that a step takes from a state; None where there is none.

    `to` says which of its ends is meant, of a step that has two; else it is the first.
    """
    found = (way for way in ways(state, given=given) if way.step is step)
    return next((way for way in found if to in (None, way.end)), None)


def check(step: Step, state: SessionState, *, given: bool, reason: str = "") -> list[Problem]:
    """List what stands against a step: no such way from here, a reason that is missing."""
    way = find(step, state, given=given)
    if way is None:
        return [Problem("", refusal(step, state))]
    return check_reason(reason, needed=way.reason)


def refusal(step: Step, state: SessionState) -> str:
    """Say why a step cannot be taken from a state."""
    words = _REFUSALS.get((state, step)) or _REFUSALS.get((state, None))
    return words or f"A session that is {state.label.lower()} has no such step."


def check_missed(planned_on: date | None, *, today: date) -> list[Problem]:
    """Refuse that somebody missed what is still to come."""
    if planned_on is None or planned_on <= today:
        return []
    message = "It is planned for a coming day, so nobody has missed it. Cancel it instead."
    return [Problem("state", message)]
