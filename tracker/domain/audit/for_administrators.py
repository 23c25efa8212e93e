"""The trail for who runs the clinic and reads no record: who, when and whose, never what was found.

That somebody's answers raised an alert, how many questions they left out, or which scale was scored
is an answer in itself. Such lines are told in words that all of their kind share, and what the
tracker wrote by itself because of an answer is left out: the line of the answer is there.
"""

from tracker.domain.audit.actions import WORDS

RECORD_VIEWED, RECORD_CHANGED = "record.viewed", "record.changed"
ANSWERED, LISTED = "check-in.answered", "patients.listed"

SHOWN_AS = {
    "alert.acknowledged": RECORD_CHANGED,
    "alert.viewed": RECORD_VIEWED,
    "alerts.viewed": LISTED,
    "check-in.begun": ANSWERED,
    "check-in.declined": ANSWERED,
    "check-in.done": ANSWERED,
    "check-ins.listed": LISTED,
    "demo.answered": ANSWERED,
    "check-in.closed": ANSWERED,
    "diary.read": RECORD_CHANGED,
    "diary.unread": RECORD_CHANGED,
    "diary.viewed": RECORD_VIEWED,
    "diary.withdrawn": ANSWERED,
    "diary.written": ANSWERED,
    "entries.added": RECORD_CHANGED,
    "health-list.added": RECORD_CHANGED,
    "health-list.ended": RECORD_CHANGED,
    "health-lists.viewed": RECORD_VIEWED,
    "reply.declined": ANSWERED,
    "reply.saved": ANSWERED,
    "reply.sent": ANSWERED,
    "reply.too-late": ANSWERED,
    "reply.used-again": ANSWERED,
    "safety-check.recorded": RECORD_CHANGED,
    "safety-check.voided": RECORD_CHANGED,
    "safety-checks.listed": LISTED,
    "safety-checks.viewed": RECORD_VIEWED,
    "score.recorded": RECORD_CHANGED,
    "score.reinstated": RECORD_CHANGED,
    "score.viewed": RECORD_VIEWED,
    "score.voided": RECORD_CHANGED,
    "scores.viewed": RECORD_VIEWED,
}
LEFT_OUT = ("alert.raised",)
ABOUT_AN_ALERT = "alert:"  # an e-mail that says an alert waits
# What these say besides is of accounts, settings, files and refusals, and of nobody's health.
_TOLD_WHOLE = (
    "audit.", "backup.", "clinic.", "file.", "import.", "invitation.", "link.", "people.",
    "sign-in.", "unlocking.", "user.",
)  # fmt: skip
_TOLD = {"calendar.viewed", "exported", "imported", "refused", "signed-in", "signed-out"}
# And these of a patient: which fields of the plan or of the address, from which session, or what
# right was wanting.
_TOLD_OF_PATIENTS = {
    "patient.changed",
    "refused",
    "session.moved",
    "session.transferred",
    "user.enrolled",
}


def code_of(action: str) -> str:
    """Give the code in whose words a line is told."""
    return SHOWN_AS.get(action, action)


def actions_of(shown: str) -> tuple[str, ...]:
    """List the actions that are told in the words of a code."""
    merged = [action for action, code in SHOWN_AS.items() if code == shown]
    return tuple(merged if shown in SHOWN_AS else [*merged, shown])


def is_detail_shown(action: str, *, of_patient: bool) -> bool:
    """Say whether the detail of a line may be read."""
    if of_patient:
        return action in _TOLD_OF_PATIENTS
    return action in _TOLD or action.startswith(_TOLD_WHOLE)


def is_subject_shown(action: str) -> bool:
    """Say whether a line may tell what it is about, besides whose record."""
    return action not in SHOWN_AS


def codes(actions: set[str]) -> list[str]:
    """Turn the actions of some lines into the codes to choose from, in the order of their words."""
    codes = {code_of(action) for action in actions if action not in LEFT_OUT}
    return sorted(codes, key=lambda code: WORDS.get(code, code))
