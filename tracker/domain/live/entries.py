"""What is written while a session is under way: entries, appended one by one and never changed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import Struct, field

from tracker.domain.codes import Word
from tracker.domain.measures import VitalSigns

MOAAS = range(6)  # Modified Observer's Assessment of Alertness/Sedation: 5 alert, 0 no response
GRADES = range(1, 6)  # CTCAE v5: 1 mild, 2 moderate, 3 severe, 4 life-threatening, 5 death


class EntryKind(Word):
    """What an entry is about."""

    READING = "reading", "Reading"
    GIVEN = "given", "Dose given"
    INFUSION = "infusion", "Infusion"
    DISSOCIATION = "dissociation", "Dissociation"
    EVENT = "event", "Adverse event"
    NOTE = "note", "Note"
    SETTING = "setting", "Set and setting"
    GATE = "gate", "Checks before"
    DISCHARGE = "discharge", "Checks before leaving"
    WITHDRAWAL = "withdrawal", "Withdrawn"


class InfusionAction(Word):
    """What was done with an infusion."""

    START = "start", "Infusion started"
    PAUSE = "pause", "Infusion paused"
    RESUME = "resume", "Infusion resumed"
    RATE = "rate", "Rate changed"
    STOP = "stop", "Infusion stopped"


class Mark(Word):
    """A point in the course of dissociation."""

    ONSET = "onset", "Dissociation began"
    PEAK = "peak", "Dissociation at its peak"
    RESOLVED = "resolved", "Dissociation resolved"


class EventTerm(Word):
    """What happened; the terms are those of the labels (domain reference 1.6)."""

    DISSOCIATION = "dissociation", "Dissociation"
    DIZZINESS = "dizziness", "Dizziness"
    VERTIGO = "vertigo", "Vertigo"
    SEDATION = "sedation", "Sedation"
    NAUSEA = "nausea", "Nausea"
    VOMITING = "vomiting", "Vomiting"
    HEADACHE = "headache", "Headache"
    HYPOAESTHESIA = "hypoaesthesia", "Numbness (hypoaesthesia)"
    ANXIETY = "anxiety", "Anxiety"
    LETHARGY = "lethargy", "Lethargy"
    FEELING_DRUNK = "feeling-drunk", "Feeling drunk"
    BLOOD_PRESSURE = "blood-pressure", "Blood pressure increased"
    DYSGEUSIA = "dysgeusia", "Altered taste"
    VISION = "vision", "Blurred or double vision"
    NYSTAGMUS = "nystagmus", "Nystagmus"
    DYSPHORIA = "dysphoria", "Dysphoria"
    HALLUCINATION = "hallucination", "Hallucination"
    CONFUSION = "confusion", "Confusion"
    AGITATION = "agitation", "Agitation"
    EMERGENCE = "emergence", "Emergence reaction"
    PALPITATIONS = "palpitations", "Palpitations"
    TACHYCARDIA = "tachycardia", "Tachycardia"
    SYNCOPE = "syncope", "Syncope"
    RESPIRATORY = "respiratory", "Desaturation or respiratory depression"
    LARYNGOSPASM = "laryngospasm", "Laryngospasm"
    SEIZURE = "seizure", "Seizure"
    SITE = "site", "Injection-site reaction"
    ALLERGIC = "allergic", "Allergic reaction"
    URINARY = "urinary", "Urinary symptoms"
    SUICIDAL = "suicidal", "Suicidal thoughts emerged"
    CRAVING = "craving", "Craving or misuse"
    OTHER = "other", "Other"


class EventAction(Word):
    """What was done about an adverse event."""

    NONE = "none", "None needed"
    REASSURANCE = "reassurance", "Reassurance, less stimulation"
    SLOWED = "slowed", "Infusion slowed"
    STOPPED = "stopped", "Infusion stopped"
    ONDANSETRON = "ondansetron", "Ondansetron"
    ANTIHYPERTENSIVE = "antihypertensive", "Antihypertensive"
    OXYGEN = "oxygen", "Oxygen"
    BENZODIAZEPINE = "benzodiazepine", "Benzodiazepine"
    FLUIDS = "fluids", "Fluids"
    AIRWAY = "airway", "Airway manoeuvre"
    EMERGENCY_CALL = "emergency-call", "Emergency call"
    TRANSFER = "transfer", "Transfer to hospital"
    OTHER = "other", "Other"


class EventOutcome(Word):
    """What became of an adverse event."""

    ONGOING = "ongoing", "Ongoing"
    RESOLVED = "resolved", "Resolved"
    RESOLVED_AFTERWARDS = "resolved-with-sequelae", "Resolved with lasting effects"
    TRANSFERRED = "transferred", "Transferred"
    FATAL = "fatal", "Fatal"


class Reading(VitalSigns, frozen=True, kw_only=True):
    """One row of observations; what was not observed stays None.

    `sedation` is MOAA/S, 5 alert to 0 no response; dissociation, pain and nausea run from 0 none
    to 10 most.
    """

    sedation: int | None = None
    dissociation: int | None = None
    pain: int | None = None
    nausea: int | None = None
    note: str = ""


class Dose(Struct, frozen=True, kw_only=True):
    """A dose given at once: an injection, a nasal device, a lozenge. `lot_id` is where it is from.

    A device of nasal esketamine holds 28 mg (Spravato US label), and is an entry of its own.
    `confirmed_mg` is the dose once more, where it is far from the planned one and was confirmed.
    """

    dose_mg: Decimal
    lot_id: int | None = None
    note: str = ""
    confirmed_mg: Decimal | None = None


class Infusion(Struct, frozen=True, kw_only=True):
    """Something done with an infusion.

    At the start `dose_mg` is what is drawn up to be given, at the stop what was given in fact; only
    then is it taken from `lot_id`. `confirmed_mg` is as of a dose.
    """

    action: InfusionAction
    rate_ml_per_h: Decimal | None = None
    dose_mg: Decimal | None = None
    lot_id: int | None = None
    note: str = ""
    confirmed_mg: Decimal | None = None


class DissociationMark(Struct, frozen=True, kw_only=True):
    """A point in the course of dissociation, with its strength 0 none to 10 most."""

    mark: Mark
    strength: int | None = None


class AdverseEvent(Struct, frozen=True, kw_only=True):
    """What happened, from the entry's instant to `ended_at`; `grade` is the clinician's (CTCAE).

    Nothing grades by itself: by CTCAE's numbers a usual, passing rise of blood pressure is grade 2.
    """

    term: EventTerm
    other: str = ""
    grade: int | None = None
    serious: bool | None = None
    actions: tuple[EventAction, ...] = ()
    outcome: EventOutcome | None = None
    ended_at: datetime | None = None
    note: str = ""


class Note(Struct, frozen=True, kw_only=True):
    """Words, at their instant."""

    text: str


class Setting(Struct, frozen=True, kw_only=True):
    """With what mind and in what surroundings somebody went into a session."""

    intention: str = ""
    mindset: str = ""
    surroundings: str = ""
    music: str = ""


class Withdrawal(Struct, frozen=True, kw_only=True):
    """The entry it replaces was made in error, and why."""

    reason: str


class Form(Struct, frozen=True, kw_only=True):
    """A filled checklist (before the session, before leaving), kept as its own module reads it.

    `fields` holds what domain.checklists wrote: names to plain JSON values.
    """

    fields: Mapping[str, object] = field(default_factory=dict)


Content = (
    Reading | Dose | Infusion | DissociationMark | AdverseEvent | Note | Setting | Withdrawal | Form
)


class EntryDraft(Struct, frozen=True, kw_only=True):
    """An entry as it arrives. `key` was drawn where it was written: whatever comes twice is one.

    `at` is when it happened, by the clock of the clinic's server. `replaces` is the key of the
    entry it corrects, '' for a new one; the first stays where it is.
    """

    key: str
    kind: EntryKind
    at: datetime
    content: Content
    replaces: str = ""


class Entry(Struct, frozen=True, kw_only=True):
    """An entry as stored; `sequence` counts from 1 within the session, in the order of arrival.

    `is_late` says that it arrived after the session was signed, though it was written before.
    """

    sequence: int
    key: str
    kind: EntryKind
    at: datetime
    received_at: datetime
    by: str
    content: Content
    replaces: str = ""
    is_late: bool = False


def of_kind(entries: Iterable[Entry], *kinds: EntryKind) -> list[Entry]:
    """Pick the entries of some kinds, in their order."""
    return [entry for entry in entries if entry.kind in kinds]


def taken_back(entries: Iterable[Entry]) -> set[str]:
    """Name the entries that were withdrawn by others."""
    return {entry.replaces for entry in entries if entry.kind is EntryKind.WITHDRAWAL}


def latest_form(entries: Sequence[Entry], kind: EntryKind) -> Entry | None:
    """Find the checklist of a kind that was filled last: it holds, the earlier ones are kept.

    One that was taken back, for the session was not begun after all, holds no more.
    """
    gone = taken_back(entries)
    filled = [entry for entry in entries if entry.kind is kind and entry.key not in gone]
    return max(filled, key=lambda one: one.sequence, default=None)


# Why a checklist or a reading holds no more: the session that it was for began on another day.
OF_ANOTHER_DAY = "Of another day. Asked again when the session began."


def asked_again(entries: Sequence[Entry], kind: EntryKind) -> Entry | None:
    """Find the checklist of an earlier day that holds no more and was not filled in again yet."""
    if latest_form(entries, kind) is not None:
        return None
    of_another_day = {
        entry.replaces
        for entry in entries
        if isinstance(entry.content, Withdrawal) and entry.content.reason == OF_ANOTHER_DAY
    }
    found = [entry for entry in of_kind(entries, kind) if entry.key in of_another_day]
    return max(found, key=lambda one: one.sequence, default=None)


def started_at(entries: Sequence[Entry]) -> datetime | None:
    """Say when the treatment began: the first dose given or infusion started that stands."""
    begun = [
        entry.at
        for entry in effective(entries)
        if isinstance(entry.content, Dose)
        or (isinstance(entry.content, Infusion) and entry.content.action is InfusionAction.START)
    ]
    return min(begun, default=None)


# A browser sends at once; what took longer waited for a connection, or was written up afterwards.
PROMPT = timedelta(minutes=2)


class LogLine(Struct, frozen=True):
    """An entry as first written, and its corrections and withdrawals in the order they arrived."""

    first: Entry
    later: tuple[Entry, ...] = ()

    @property
    def last(self) -> Entry:
        """What holds now, or the withdrawal of it."""
        return self.later[-1] if self.later else self.first

    @property
    def is_withdrawn(self) -> bool:
        """Whether nothing of it stands."""
        return self.last.kind is EntryKind.WITHDRAWAL

    @property
    def visible_entry(self) -> Entry:
        """What to show large: what holds, or what held before it was withdrawn."""
        written = [entry for entry in (self.first, *self.later) if not _withdraws(entry)]
        return written[-1] if written else self.first

    @property
    def earlier(self) -> tuple[Entry, ...]:
        """What held before `visible_entry`, the first value first."""
        written = [entry for entry in (self.first, *self.later) if not _withdraws(entry)]
        return tuple(written[:-1])

    @property
    def withdrawals(self) -> tuple[Entry, ...]:
        """Every withdrawal; a correction that arrived after one holds again."""
        return tuple(entry for entry in self.later if _withdraws(entry))


def _withdraws(entry: Entry) -> bool:
    return isinstance(entry.content, Withdrawal)


def roots(links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Name for each entry the one that its chain of corrections began with.

    `links` are (key, replaces) in the order of arrival. What is not among them begins a chain too.
    """
    first: dict[str, str] = {}
    for key, replaces in links:
        first[key] = first.get(replaces, replaces) or key
    return first


def _lines(entries: Iterable[Entry]) -> list[LogLine]:
    arrived = sorted(entries, key=lambda one: one.sequence)
    first = roots((entry.key, entry.replaces) for entry in arrived)
    chains: dict[str, list[Entry]] = {}
    for entry in arrived:
        chains.setdefault(first[entry.key], []).append(entry)
    return [LogLine(begun, tuple(later)) for begun, *later in chains.values()]


def effective(entries: Iterable[Entry]) -> list[Entry]:
    """List what holds, by the instant it happened: corrections in place of what they correct.

    Where two people corrected the same entry, the correction that arrived last holds. What was
    withdrawn is left out. Of one instant, what arrived last stands last.
    """
    remaining = [line.last for line in _lines(entries) if not line.is_withdrawn]
    return sorted(remaining, key=lambda one: (one.at, one.sequence))


def log(entries: Iterable[Entry]) -> list[LogLine]:
    """Gather every chain of corrections, by the instant that holds.

    Of one instant, what was first written last stands last: a correction leaves a line in place.
    """
    return sorted(_lines(entries), key=lambda line: (line.visible_entry.at, line.first.sequence))


def arrived_later(entry: Entry) -> bool:
    """Say whether an entry arrived notably later than what it tells of happened."""
    return entry.is_late or entry.received_at - entry.at > PROMPT
