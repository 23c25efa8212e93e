"""Who looked at a record, in words for the person it is about."""

from msgspec import Struct

_LIST = "Opened a list with you on it"
_PAGE = "Opened your record"
_WROTE = "Wrote in your record"

# In the order of their codes, as `actions` has them. What is not here is told as `_PAGE`.
WORDS = {
    "alert.acknowledged": "Dealt with something in your record that needed a look",
    "alert.viewed": "Looked at something in your record that needed a look",
    "alerts.viewed": "Opened the list of what needs a look, with you on it",
    "audit.viewed": "Checked who looked at records, yours among them",
    "audit.exported": "Took a copy of who looked at records, yours among them",
    "board.viewed": "Opened the board of sessions going on, with you on it",
    "calendar.feed-read": "Read your appointment in their own calendar",
    "calendar.feed-ended": "",
    "calendar.feed-made": "",
    "calendar.taken": "Saved your appointments",
    "calendar.viewed": "Opened the calendar with your sessions",
    "check-in.added": "Asked you some questions",
    "check-in.begun": "Began to answer questions",
    "check-in.declined": "Chose not to answer",
    "check-in.done": "Answered questions",
    "check-in.link-made": "",
    "check-in.sent-again": "Sent you an e-mail once more",
    "check-in.viewed": "Opened the questions you are asked",
    "check-in.withdrawn": "Took back questions that you were asked",
    "check-ins.laid-out": "",
    "check-ins.listed": "Opened the list of who is asked, with you on it",
    "discharge.viewed": "Opened the checks before you leave",
    "eligibilities.viewed": "Opened what was checked before your treatment",
    "eligibility.changed": _WROTE,
    "eligibility.decided": "Wrote down what was decided about your treatment",
    "eligibility.started": _WROTE,
    "eligibility.viewed": "Opened what was checked before your treatment",
    "entries.added": "Wrote in the log of your session",
    "exported": "Saved a file with your data",
    "gate.viewed": "Opened the checks before your session",
    "health-list.added": "Wrote down a drug or an allergy of yours",
    "health-list.ended": "Ended a drug or an allergy on your list",
    "health-lists.viewed": "Looked at your drugs and allergies",
    "imported": "Read your data in from a file",
    "letter.dropped": "",
    "letter.not-sent": "",
    "letter.sent": "",
    "link.followed": "Opened a link from an e-mail",
    "live.viewed": "Watched your session",
    "looks.viewed": "Looked who had looked",
    "lot.viewed": "Opened the drug book with your doses",
    "mail.resumed": "Turned e-mails to you on again",
    "mail.stopped": "Turned e-mails to you off",
    "mail.time-chosen": "Chose when e-mails to you come",
    "outcomes.person-viewed": "Looked at how you did in each course",
    "patient.added": "Made your record",
    "patient.archived": "Put your record away",
    "patient.changed": "Changed your name or contact details",
    "patient.restored": "Took your record out again",
    "patients.listed": _LIST,
    "patients.suggested": "Searched for patients and saw your name",
    "people.listed": "Opened the list of who can sign in",
    "person.viewed": "Opened your account, not your record",
    "progress.viewed": "Looked at how you are doing",
    "referral-letter.printed": "Took a copy of a letter about you",
    "referral-letter.saved": "Wrote at a letter about you",
    "referral-letter.signed": "Signed a letter about you",
    "referral-letters.viewed": "Opened the letters about you",
    "refused": "",
    "reply.declined": "Chose not to answer",
    "reply.saved": "Answered questions",
    "reply.sent": "Sent answers",
    "reply.too-late": "Sent answers too late",
    "safety-checks.listed": "Opened the list of tests that are due, with you on it",
    "safety-checks.viewed": "Opened your tests",
    "schedule.viewed": "Opened the plan of when you are asked",
    "schedule.changed": "Changed when you are asked",
    "score.recorded": "Wrote down a score",
    "score.viewed": "Looked at a score",
    "score.voided": "Struck out a score",
    "scores.viewed": "Looked at your scores",
    "session.amended": "Changed what is written of a session",
    "session.signed": "Signed what is written of a session",
    "session.viewed": "Opened one of your sessions",
    "session.voided": "Struck out a session",
    "sessions.viewed": "Opened your sessions",
    "sheet.viewed": "Opened a sheet to print",
    "stock.given": "Wrote down a dose in the drug book",
    "stock.viewed": "Opened the drug book with your doses",
    "timeline.viewed": "Looked at the picture of a session",
    "today.viewed": "Opened the plan of the day, with you on it",
    "user.enrolled": "Made your account",
    "worksheet.printed": "Printed the form of a session",
    "worksheet.viewed": "Opened the form of a session",
    "worksheets.viewed": "Opened the list of forms, with yours on it",
}
# The tracker writes these by itself when somebody writes something else.
WRITTEN_BY_ITSELF = ("alert.raised", *(action for action, words in WORDS.items() if not words))
_KINDS = {
    "series.": "Wrote in the plan of your sessions",
    "session.": "Wrote in one of your sessions",
    "stock.": "Wrote in the drug book about your dose",
    "worksheet.": "Wrote in the form of a session",
    "safety-check.": "Wrote down a test",
}
_ROLES = {
    "clinician": "A clinician",
    "administrator": "An administrator",
    "patient": "You",
    "link": "You",
    "console": "Whoever runs the tracker",
}


class Look(Struct, frozen=True):
    """One thing that somebody did with a record on a day, so many times."""

    who: str
    what: str
    times: int = 1


def words(action: str) -> str:
    """Say what was done; '' for what the tracker did by itself."""
    if action in WRITTEN_BY_ITSELF:
        return ""
    if action in WORDS:
        return WORDS[action]
    if action.endswith(".viewed"):
        return _PAGE
    return next((said for kind, said in _KINDS.items() if action.startswith(kind)), _WROTE)


def who(roles: str, name: str, *, is_self: bool, by_name: bool) -> str:
    """Say who it was: by role, or by name where the clinic tells names."""
    if is_self:
        return "You"
    first = next((said for role, said in _ROLES.items() if role in roles.split()), "The tracker")
    return f"{name} ({first.lower()})" if by_name and name else first
