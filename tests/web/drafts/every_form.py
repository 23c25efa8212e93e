"""What is typed into each form that is declared to make or to change something.

tracker/web/drafts/declared.py says which those are; a test holds this to it. Steps in which
somebody says why are walked too: of two who take the same one, the second loses no word.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from tests.people import ADAM, ANNA, BEN
from tracker.models.assessments import Assessment
from tracker.models.check_ins import CheckIn
from tracker.models.diary import DiaryEntry
from tracker.models.eligibility import Eligibility
from tracker.models.health_lists import HealthItem
from tracker.models.merges import PatientMerge
from tracker.models.patients import Patient
from tracker.models.safety_checks import SafetyCheck
from tracker.models.series import Series
from tracker.models.stock import StockEntry, StockLot
from tracker.models.treatment_sessions import TreatmentSession
from tracker.models.users import User

WHAT_TO_DO = (
    "Say in tracker/web/drafts/declared.py what this form does: it makes something (CREATES, with "
    "a one-time key: `once=form.once.data`), changes what others may change meanwhile (EDITS, with "
    "a version or a stamp: tracker/web/drafts/stamped.py), or can do no harm (_step, why). What is "
    "typed into the first two stands in tests/web/drafts/every_form.py."
)


@dataclass(frozen=True)
class Creates:
    """What a form makes, and what is typed beside what its page offers. `query` goes with it.

    `page` is the route whose page has the form, where it is not its own; `scene` what has to be
    there first: tests/reliability/editors/scenes.py.
    """

    model: type
    typed: dict[str, object] = field(default_factory=dict)
    who: str = ANNA
    query: str = ""
    page: str = ""
    scene: str = ""
    asks: bool = False  # it is sent once to be asked about what is unusual
    state: str = ""  # what is there already becomes one of this state
    makes: int = 1


@dataclass(frozen=True)
class Edits:
    """A field that two people change: what the first saves, and what the second has typed.

    `once` where it can be done once, so that it is made anew for the next two.
    """

    name: str
    theirs: str
    mine: str
    who: str = ANNA
    more: dict[str, object] = field(default_factory=dict)
    query: str = ""
    page: str = ""
    scene: str = ""
    once: bool = False
    asks: bool = False  # it is sent once to be shown what would be done
    both: bool = False  # what the second one wrote is kept beside it


_DAY = "2026-11-20"
HELD: dict[str, object] = {
    "held_on": "02/04/2026", "started_time": "09:00", "drug": "ketamine", "route": "iv",
    "dose_mg": "36.5", "weight_kg": "73", "comment": "As planned",
}  # fmt: skip
CREATES = {
    "calendar.add": Creates(
        TreatmentSession, {"record_number": "B-1", "planned_on": "2027-01-05"}
    ),
    "check_ins.new": Creates(CheckIn, {"instruments": ["gad7"]}),
    "diary.day_after": Creates(DiaryEntry, {"words": "Slept well"}, who=BEN, scene="yesterday"),
    "diary.note": Creates(DiaryEntry, {"words": "Slept well"}, who=BEN),
    "diary.now": Creates(DiaryEntry, {"words": "Slept well", "mood": "5"}, who=BEN),
    "eligibility.new": Creates(Eligibility, {"notes": "Told"}, query="?drug=esketamine"),
    "health_lists.new": Creates(
        HealthItem, {"kind": "medicine", "name": "Lithium"}, query="?kind=medicine"
    ),
    "live.begin_extra": Creates(
        TreatmentSession, {"reason": "Not planned"}, page="series.show", asks=True
    ),
    "merges.compare": Creates(
        PatientMerge, {"reason": "Entered twice", "is_sure": "y"}, scene="two records"
    ),
    "patients.new": Creates(
        Patient, {"record_number": "N-1", "given_name": "Nina", "family_name": "New",
                  "birth_date": "1980-02-03"},
    ),
    "people.invite": Creates(
        User, {"name": "Nora New", "email": "nora@example.org", "roles": ["clinician"]}, who=ADAM
    ),
    "people.invite_patient": Creates(User, scene="no account"),
    "safety_checks.new": Creates(
        SafetyCheck, {"kind": "liver", "checked_on": _DAY, "value": "ALT 24"}, query="?kind=liver"
    ),
    "scores.answers": Creates(
        Assessment,
        {f"answer-phq9_{number}": "1" for number in range(1, 10)}
        | {"taken_on": _DAY, "taken_time": "", "tie": "", "occasion": "follow-up"},
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
    ),
    "sessions.add": Creates(TreatmentSession, {"planned_on": "2027-01-06"}),
    "sessions.extra": Creates(
        TreatmentSession, HELD | {"said": "As planned"}, asks=True
    ),
    "sessions.follow_up": Creates(
        Assessment, {"mood": "6", "pain": "2"}, scene="asked again", makes=2
    ),
    "sessions.record": Creates(TreatmentSession, HELD, state="completed"),
    "stock.give": Creates(StockEntry, scene="undrawn"),
    "stock.move": Creates(StockEntry, {"units": "3", "reason": "Pharmacy"}),
    "stock.new": Creates(
        StockLot, {"drug": "ketamine", "container": "vial", "unit_mg": "200", "lot_number": "N-1",
                   "concentration_mg_per_ml": "50", "expires_on": "2099-03-31", "units": "3",
                   "reason": "Harbour Pharmacy"},
    ),
}  # fmt: skip
EDITS = {
    "checklists.discharge": Edits("escort_name", "Theirs", "Mine", scene="left"),
    "checklists.pre_session": Edits("escort_name", "Theirs", "Mine", scene="given"),
    "clinic.outcomes": Edits("small_cell_min", "6", "7", who=ADAM, more={"reason": "Agreed"}),
    "clinic.planning": Edits("chairs_text", "Chair A", "Chair B", who=ADAM),
    "clinic.show": Edits("name", "Their Clinic", "My Clinic", who=ADAM),
    "clinic.treatment": Edits("food_hours", "3", "5", who=ADAM),
    "eligibility.decide": Edits(
        "reason", "Their reason", "My reason", more={"decision": "not-yet"}, once=True,
        page="eligibility.show",
    ),
    "eligibility.edit": Edits("notes", "Their notes", "My notes"),
    "patients.edit": Edits("given_name", "Theirs", "Mine"),
    "people.change": Edits("sign_in_name", "their.name", "my.name", who=ADAM),
    "people.patient_account": Edits("sign_in_name", "their.name", "my.name"),
    "people.roles": Edits(
        "reason", "Their reason", "My reason", who=ADAM, once=True,
        more={"roles": ["clinician", "administrator"]},
    ),
    "series.edit": Edits(
        "planned_dose_mg_per_kg", "0.6", "0.7", more={"planned_dose_mg": ""}
    ),
    "series.move": Edits(
        "planned_time", "10:15", "11:45", more={"weekdays": ["0", "3"]}, scene="planned",
        asks=True,
    ),
    "series.schedule": Edits("lines-1-number", "3", "5", more={"act": "save"}),
    "series.state": Edits("reason", "Their reason", "My reason", once=True),
    "sessions.amend": Edits("dose_notes", "their notes", "my notes", more={"reason": "Slip"}),
    "sessions.move": Edits("planned_on", "08/04/2027", "09/04/2027"),
    "stock.edit": Edits("lot_number", "THEIRS-1", "MINE-1"),
    "outcomes.letter": Edits("words", "Their letter", "My letter"),
    "worksheets.complete": Edits("reason", "Their reason", "My reason", once=True),
    "worksheets.edit": Edits("setting_city", "Their City", "My City"),
    "worksheets.reopen": Edits(
        "reason", "Their reason", "My reason", once=True, scene="complete"
    ),
    "worksheets.submit": Edits(
        "confirmation", "THEIRS-1", "MINE-1", once=True, scene="complete",
        more={"channel": "portal"},
    ),
}  # fmt: skip
_WHY = ("reason", "Their reason", "My reason")
# Steps in which somebody says why, and a session that two record.
STEPS = {
    "alerts.show": Edits("done", "Their words", "My words", once=True),
    "answers.decline": Edits(
        "words", "Their words", "My words", who=BEN, more={"listed": "other"}, once=True, both=True
    ),
    "answers.decline_one": Edits(
        "words", "Their words", "My words", who=BEN, more={"listed": "other"}, once=True, both=True
    ),
    "check_ins.withdraw": Edits(*_WHY, once=True),
    "health_lists.end": Edits(*_WHY, once=True),
    "imports.undo": Edits(*_WHY, once=True, scene="imported"),
    "live.undo_begin": Edits(*_WHY, once=True, scene="extra"),
    "merges.take_apart": Edits(*_WHY, once=True, scene="merged"),
    "patients.archive": Edits(*_WHY, once=True),
    "people.confirm": Edits(*_WHY, who=ADAM, once=True),
    "safety_checks.void": Edits(*_WHY, once=True),
    "scores.void": Edits(*_WHY, once=True),
    "sessions.cancel_or_miss": Edits(*_WHY, more={"state": "cancelled"}, once=True),
    "sessions.record": Edits("private_notes", "Their notes", "My notes", more=HELD, once=True),
    "sessions.restore": Edits(*_WHY, once=True, scene="struck out"),
    "sessions.sign": Edits(
        "private_notes",
        "Their notes",
        "My notes",
        once=True,
        scene="left",
        more={"said": "As planned"},
    ),
    "sessions.transfer": Edits(*_WHY, once=True, scene="other patient"),
    "sessions.void": Edits(*_WHY, once=True),
    "stock.reverse": Edits(*_WHY, once=True),
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
    def of(cls, page: str, part: str = "") -> "FormReader":
        """Read the form with a one-time key, and with what else it holds; raise LookupError."""
        forms = [one.split("</form")[0] for one in page.split("<form")[1:]]
        keyed = [one for one in forms if 'name="once"' in one and part in one]
        if not keyed:
            raise LookupError("no such form")
        return cls("<form" + keyed[0])

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
