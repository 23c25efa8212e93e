"""Every address that a form can be sent to, and what sending it twice or too late does there."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from tests.people import ADAM, ANNA
from tracker.models.assessments import Assessment
from tracker.models.check_ins import CheckIn
from tracker.models.health_lists import HealthItem
from tracker.models.patients import Patient
from tracker.models.safety_checks import SafetyCheck
from tracker.models.series import Series
from tracker.models.stock import StockEntry, StockLot
from tracker.models.treatment_sessions import TreatmentSession
from tracker.models.users import User

WHAT_TO_DO = (
    "Say in tests/web/drafts/every_form.py what sending this form twice does: it makes something "
    "(CREATES, with a one-time key: `once=form.once.data`), changes something that stands (EDITS, "
    "with a version or a stamp: tracker/web/drafts/stamped.py), or can do no harm (STEPS, why)."
)


@dataclass(frozen=True)
class Creates:
    """What a form makes, and what is typed beside what its page offers. `query` goes with it."""

    model: type
    typed: dict[str, object] = field(default_factory=dict)
    who: str = ANNA
    query: str = ""
    asks_first: bool = False  # the page says what is unusual and is sent once more


@dataclass(frozen=True)
class Edits:
    """A field that two people change: what the first saves, and what the second has typed."""

    name: str
    theirs: str
    mine: str
    who: str = ANNA
    more: dict[str, object] = field(default_factory=dict)


_DAY = "2026-11-20"
CREATES = {
    "calendar.add": Creates(
        TreatmentSession, {"record_number": "B-1", "planned_on": "2027-01-05"}
    ),
    "check_ins.new": Creates(CheckIn, {"instruments": ["gad7"]}),
    "health_lists.new": Creates(
        HealthItem, {"kind": "medicine", "name": "Lithium"}, query="?kind=medicine"
    ),
    "patients.new": Creates(
        Patient, {"record_number": "N-1", "given_name": "Nina", "family_name": "New",
                  "birth_date": "1980-02-03"},
    ),
    "people.invite": Creates(
        User, {"name": "Nora New", "email": "nora@example.org", "roles": ["clinician"]}, who=ADAM
    ),
    "safety_checks.new": Creates(
        SafetyCheck, {"kind": "liver", "checked_on": _DAY, "value": "ALT 24"}, query="?kind=liver"
    ),
    "scores.new": Creates(
        Assessment,
        {"instrument": "madrs", "total": "12", "taken_on": _DAY, "taken_time": "", "tie": "",
         "occasion": "follow-up"},
    ),
    "series.new": Creates(
        Series, {"template": "six-in-three-weeks", "starts_on": "2027-02-01", "drug": "ketamine",
                 "route": "iv", "indication": "depression", "planned_dose_mg_per_kg": "0.5",
                 "eligibility_reason": "Elsewhere"},
        asks_first=False,
    ),
    "sessions.add": Creates(TreatmentSession, {"planned_on": "2027-01-06"}),
    "stock.new": Creates(
        StockLot, {"drug": "ketamine", "container": "vial", "unit_mg": "200", "lot_number": "N-1",
                   "concentration_mg_per_ml": "50", "expires_on": "2099-03-31", "units": "3",
                   "reason": "Harbour Pharmacy"},
    ),
    "stock.move": Creates(StockEntry, {"units": "3", "reason": "Pharmacy"}),
}  # fmt: skip
# These take as much to fill in as a page of its own: their own tests send them twice.
CREATES_ELSEWHERE = {
    "account.make_feed": "tests/services/calendar: the newest address works, one at a time",
    "eligibility.new": "tests/services/eligibility: a second click gives the first result",
    "diary.day_after": "tests/web/diary: sent twice makes one entry",
    "diary.note": "tests/web/diary: sent twice makes one entry",
    "diary.now": "tests/web/diary: sent twice makes one entry",
    "diary.talk": "tests/web/diary: one wish, one alert",
    "live.begin_extra": "tests/services/live: begun once",
    "merges.compare": "tests/services/merges: two at once",
    "people.invite_patient": "a record has one account: the second is led to it",
    "scores.answers": "the way of scores.new",
    "sessions.extra": "tests/web/sessions: a second click is not a second session",
    "sessions.follow_up": "tests/services/sessions: a pair of scores once",
    "sessions.record": "a planned session is recorded once: the second is told",
    "stock.give": "no more is drawn than the dose",
}
EDITS = {
    "clinic.planning": Edits("chairs_text", "Chair A", "Chair B", who=ADAM),
    "clinic.show": Edits("name", "Their Clinic", "My Clinic", who=ADAM),
    "clinic.treatment": Edits("food_hours", "3", "5", who=ADAM),
    "patients.edit": Edits("given_name", "Theirs", "Mine"),
    "people.change": Edits("sign_in_name", "their.name", "my.name", who=ADAM),
    "series.edit": Edits(
        "planned_dose_mg_per_kg", "0.6", "0.7", more={"planned_dose_mg": ""}
    ),
    "sessions.amend": Edits("dose_notes", "their notes", "my notes", more={"reason": "Slip"}),
    "sessions.move": Edits("planned_on", "08/04/2027", "09/04/2027"),
    "stock.edit": Edits("lot_number", "THEIRS-1", "MINE-1"),
}  # fmt: skip
EDITS_ELSEWHERE = {
    "checklists.discharge": "tests/web/checklists: two who fill one in",
    "checklists.pre_session": "tests/web/checklists: two who fill one in",
    "eligibility.decide": "tests/web/eligibility: decided by two",
    "eligibility.edit": "tests/web/eligibility: both on one page",
    "people.patient_account": "the stamp of people.change",
    "people.roles": "tests/web/people: other roles than were shown",
    "series.move": "what was shown is what is done, with times and chairs",
    "series.schedule": "tests/web/series: CHANGED_MEANWHILE",
    "series.state": "tests/web/series: a step from a state that is gone",
    "worksheets.complete": "tests/web/worksheets: a step of a version",
    "worksheets.edit": "tests/web/worksheets: both on one page",
    "worksheets.reopen": "tests/web/worksheets: a step of a version",
    "worksheets.submit": "tests/web/worksheets: a step of a version",
}
_STATE = "a step to a state: from there it is refused, or there already"
_LAST = "one's own: what was sent last is what one wants"
_DRAFT = "a draft: the newest text stands, and nothing else"
_SEARCH = "a search: nothing is written"
STEPS = {
    "account.ask_unlock": "one mail in five minutes",
    "audit.show": _SEARCH,
    "merges.choose": _SEARCH,
    "patients.listing": _SEARCH,
    "account.change_address": _LAST,
    "account.confirm_address": "the link works once",
    "account.end_feed": _STATE,
    "account.keep_codes": _STATE,
    "account.reminders": _LAST,
    "account.rename": _LAST,
    "account.remove_browser": _STATE,
    "account.sign_out_elsewhere": _STATE,
    "account.unlock": "the link works once",
    "account.welcome": "the link works once",
    "alerts.show": _STATE,
    "answers.begin": _STATE,
    "answers.decline": _STATE,
    "answers.answer": "an answer by its own key: decision 0010",
    "answers.decline_one": _STATE,
    "answers.save": "an answer by its own key: decision 0010",
    "answers.use_earlier": _STATE,
    "answers.send": _STATE,
    "check_ins.mail": "yes or no: the last one stands",
    "check_ins.send_again": "a mail of the last minutes is not sent again",
    "check_ins.withdraw": _STATE,
    "diary.discard": _DRAFT,
    "diary.keep": _DRAFT,
    "diary.mark_read": _STATE,
    "diary.mark_unread": _STATE,
    "diary.withdraw": _STATE,
    "drafts.discard": _DRAFT,
    "drafts.discard_page": _DRAFT,
    "drafts.keep": _DRAFT,
    "drafts.keep_page": _DRAFT,
    "exports.download": "stores nothing",
    "health_lists.end": _STATE,
    "imports.decide": "the file's own key: it is imported once",
    "imports.stage": "the file that waits is replaced",
    "links.begin": _STATE,
    "links.stop_mail": _STATE,
    "live.append": "an entry by its own key: decision 0011",
    "live.begin": _STATE,
    "live.undo_begin": _STATE,
    "merges.take_apart": _STATE,
    "patients.archive": _STATE,
    "patients.restore": _STATE,
    "passkeys.add": "what a browser made once: its challenge is good once",
    "passkeys.remove": _STATE,
    "passkeys.second_step": "a challenge is good once",
    "passkeys.set_up": "what a browser made once: its challenge is good once",
    "passkeys.sign_in": "a challenge is good once",
    "people.confirm": _STATE,
    "people.show": "a new link ends the one before",
    "safety_checks.void": _STATE,
    "scores.void": _STATE,
    "sessions.cancel_or_miss": _STATE,
    "sessions.plan_again": _STATE,
    "sessions.restore": _STATE,
    "sessions.sign": "signed once, of the last entry that was seen",
    "sessions.transfer": _STATE,
    "sessions.void": _STATE,
    "stock.reverse": "an entry is reversed once",
    "worksheets.begin": _STATE,
}


class FormReader(HTMLParser):
    """Reads what the form of a page would send: its fields as they stand."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self._select = self._area = ""
        self._inside = False
        self.feed(page)

    @classmethod
    def of(cls, page: str) -> "FormReader":
        """Read the form that carries a one-time key."""
        forms = page.split("<form")[1:]
        found = next(one for one in forms if 'name="once"' in one.split("</form")[0])
        return cls("<form" + found.split("</form")[0])

    def handle_starttag(self, tag: str, attrs: list) -> None:
        told = dict(attrs)
        name = told.get("name") or ""
        if tag == "input" and name:
            chosen = told.get("type") not in {"radio", "checkbox"} or "checked" in told
            if chosen and told.get("type") not in {"submit", "button"}:
                self.sent.setdefault(name, []).append(told.get("value") or "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in told:
            self.sent[self._select] = [told.get("value") or ""]
        elif tag == "textarea" and name:
            self._area = name
            self.sent[name] = [""]

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.sent[self._area] = [self.sent[self._area][0] + data]
