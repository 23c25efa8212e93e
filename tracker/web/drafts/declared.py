"""What each form is, declared once by the address that it is sent to; drafts and tests read it.

Whether sending a form twice makes two of something, or sending it late overwrites what somebody
else saved, is said here and nowhere else. So is which form keeps no draft, and why.
"""

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct


class Does(Enum):
    """What a form does where it is taken."""

    CREATES = "makes something, once: it carries a one-time key"
    EDITS = "changes what others may change meanwhile: it carries what stood when it was opened"
    STEPS = "takes a step that is taken once, or sets what one alone may set"
    SEARCHES = "finds, and writes nothing"
    KEEPS = "keeps or drops what is being typed"


class FormKind(Struct, frozen=True):
    """What a form does; of a step `why` it does no harm twice; `unkept` is why it has no draft."""

    does: Does
    why: str = ""
    unkept: str = ""


CREATES, EDITS = FormKind(Does.CREATES), FormKind(Does.EDITS)


def _step(why: str, unkept: str = "") -> FormKind:
    return FormKind(Does.STEPS, why, unkept)


_TO_STATE = _step("a step to a state: from there it is refused, or there already")
_OWN = _step("one's own: what was sent last is what one wants")
_KEEP = FormKind(Does.KEEPS)
_SEARCH = FormKind(Does.SEARCHES, unkept="a search, which its page shows again")
_NOTHING_TYPED = "nothing is typed there"
_PASSWORD = "a password is typed there"  # noqa: S105 - no password
_ONE_BY_ONE = "answers are kept one by one as they are given: decision 0010"
_BY_KEY = _step("an answer by its own key: decision 0010", _ONE_BY_ONE)

# Every address that a form is sent to, but for those of Flask-Security.
FORMS: Mapping[str, FormKind] = {
    "account.ask_unlock": _step("one mail in five minutes"),
    "account.change_address": _step(_OWN.why, _PASSWORD),
    "account.confirm_address": _step("the link works once", _NOTHING_TYPED),
    "account.end_feed": _TO_STATE,
    "account.keep_codes": _TO_STATE,
    "account.make_feed": _step("the newest address works, one at a time"),
    "account.reminders": _OWN,
    "account.remove_browser": _TO_STATE,
    "account.rename": _step(_OWN.why, "one's own name, on the screen beside it"),
    "account.sign_out_elsewhere": _TO_STATE,
    "account.unlock": _step("the link works once"),
    "account.welcome": _step("the link works once", _PASSWORD),
    "alerts.show": _TO_STATE,
    "answers.answer": _BY_KEY,
    "answers.begin": _step(_TO_STATE.why, _ONE_BY_ONE),
    "answers.decline": _TO_STATE,
    "answers.decline_one": _TO_STATE,
    "answers.save": _BY_KEY,
    "answers.send": _TO_STATE,
    "answers.use_earlier": _TO_STATE,
    "audit.show": _SEARCH,
    "calendar.add": CREATES,
    "check_ins.mail": _step("yes or no: the last one stands"),
    "check_ins.new": CREATES,
    "check_ins.send_again": _step("a mail of the last minutes is not sent again"),
    "check_ins.withdraw": _TO_STATE,
    "checklists.discharge": EDITS,
    "checklists.pre_session": EDITS,
    "clinic.outcomes": EDITS,
    "clinic.planning": EDITS,
    "clinic.show": EDITS,
    "clinic.treatment": EDITS,
    "diary.day_after": CREATES,
    "diary.discard": _KEEP,
    "diary.keep": _KEEP,
    "diary.mark_read": _TO_STATE,
    "diary.mark_unread": _TO_STATE,
    "diary.note": CREATES,
    "diary.now": CREATES,
    "diary.talk": _step("one wish at a time, and one alert", _NOTHING_TYPED),
    "diary.withdraw": _TO_STATE,
    "drafts.discard": _KEEP,
    "drafts.discard_page": _KEEP,
    "drafts.keep": _KEEP,
    "drafts.keep_page": _KEEP,
    "eligibility.decide": EDITS,
    "eligibility.edit": EDITS,
    "eligibility.new": CREATES,
    "exports.download": _step("stores nothing", "stores nothing; it is chosen anew"),
    "health_lists.end": _TO_STATE,
    "health_lists.new": CREATES,
    "imports.decide": _step(
        "the file's own key: it is imported once",
        "the file and its mapping wait on the server already",
    ),
    "imports.stage": _step(
        "the file that waits is replaced", "a file, which no page may fill in again"
    ),
    "imports.undo": _step("undone once; what was touched since refuses it"),
    "links.begin": _step(_TO_STATE.why, _NOTHING_TYPED),
    "links.stop_mail": _step(_TO_STATE.why, _NOTHING_TYPED),
    "live.append": _step("an entry by its own key: decision 0011"),
    "live.begin": _TO_STATE,
    "live.begin_extra": CREATES,
    "live.undo_begin": _TO_STATE,
    "merges.choose": _SEARCH,
    "merges.compare": CREATES,
    "merges.take_apart": _TO_STATE,
    "outcomes.letter": EDITS,
    "passkeys.add": _step(
        "what a browser made once: its challenge is good once",
        "one's own name for a device, beside what it answers but once",
    ),
    "passkeys.remove": _step(_TO_STATE.why, _NOTHING_TYPED),
    "passkeys.second_step": _step("a challenge is good once", _NOTHING_TYPED),
    "passkeys.set_up": _step(
        "what a browser made once: its challenge is good once", _NOTHING_TYPED
    ),
    "passkeys.sign_in": _step("a challenge is good once", _NOTHING_TYPED),
    "patients.archive": _TO_STATE,
    "patients.edit": EDITS,
    "patients.listing": _SEARCH,
    "patients.new": CREATES,
    "patients.restore": _TO_STATE,
    "people.change": EDITS,
    "people.confirm": _TO_STATE,
    "people.invite": CREATES,
    "people.invite_patient": CREATES,
    "people.patient_account": EDITS,
    "people.roles": EDITS,
    "people.show": _step("a new link ends the one before", _NOTHING_TYPED),
    "safety_checks.new": CREATES,
    "safety_checks.void": _TO_STATE,
    "scores.answers": CREATES,
    "scores.new": CREATES,
    "scores.void": _TO_STATE,
    "series.edit": EDITS,
    "series.move": EDITS,
    "series.new": CREATES,
    "series.schedule": EDITS,
    "series.state": EDITS,
    "sessions.add": CREATES,
    "sessions.amend": EDITS,
    "sessions.cancel_or_miss": _TO_STATE,
    "sessions.extra": CREATES,
    "sessions.follow_up": CREATES,
    "sessions.move": EDITS,
    "sessions.plan_again": _TO_STATE,
    "sessions.record": CREATES,
    "sessions.restore": _TO_STATE,
    "sessions.sign": _step("signed once, of the last entry that was seen"),
    "sessions.transfer": _TO_STATE,
    "sessions.void": _TO_STATE,
    "stock.edit": EDITS,
    "stock.give": CREATES,
    "stock.move": CREATES,
    "stock.new": CREATES,
    "stock.reverse": _step("an entry is reversed once"),
    "worksheets.begin": _TO_STATE,
    "worksheets.complete": EDITS,
    "worksheets.edit": EDITS,
    "worksheets.reopen": EDITS,
    "worksheets.submit": EDITS,
}


def why_not_kept(endpoint: str) -> str:
    """Say why what is typed into a form is not kept as a draft; '' where it is."""
    declared = FORMS.get(endpoint)
    return declared.unkept if declared else ""
