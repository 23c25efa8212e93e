"""The coded words of the clinic, each with the label that people read."""

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A code that is stored and exported, with a label that is shown."""

    label: str

    def __new__(cls, code: str, label: str = "") -> Self:
        """Pair the stored code with its label."""
        word = str.__new__(cls, code)
        word._value_ = code
        word.label = label
        return word

    @property
    def within(self) -> str:
        """The label within a sentence: an abbreviation, such as PTSD, keeps its capitals."""
        return self.label if self.label[1:2].isupper() else self.label.lower()

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """List (code, label) in the order of declaration."""
        return [(word.value, word.label) for word in cls]


class WeightUnit(Word):
    """What a weight was typed in; it is kept in kilograms."""

    KG = "kg", "kg"
    LB = "lb", "lb"


class YesNo(Word):
    """A plain answer. None is not a no."""

    YES = "yes", "Yes"
    NO = "no", "No"


class MailTime(Word):
    """When a patient wants e-mails that can wait; the clinic sets from which hour on."""

    MORNING = "morning", "In the morning"
    EVENING = "evening", "In the evening"


class Indication(Word):
    """What a series treats."""

    DEPRESSION = "depression", "Depression"
    ANXIETY = "anxiety", "Anxiety"
    PTSD = "ptsd", "PTSD"
    CHRONIC_PAIN = "chronic-pain", "Chronic pain"
    OTHER = "other", "Other"


class Drug(Word):
    """What is given."""

    KETAMINE = "ketamine", "Racemic ketamine"
    ESKETAMINE = "esketamine", "Esketamine"


class Route(Word):
    """How it is given."""

    IV = "iv", "IV infusion"
    IM = "im", "IM injection"
    SC = "sc", "SC injection"
    NASAL = "nasal", "Nasal"
    ORAL = "oral", "Oral"
    SUBLINGUAL = "sublingual", "Sublingual"


class Sex(Word):
    """Sex as recorded by the clinic."""

    FEMALE = "female", "Female"
    MALE = "male", "Male"
    OTHER = "other", "Other"
    UNKNOWN = "unknown", "Not recorded"


class Phase(Word):
    """Where a series stands in the whole treatment."""

    INDUCTION = "induction", "Induction"
    MAINTENANCE = "maintenance", "Maintenance"
    BOOSTER = "booster", "Booster"


class CourseRole(Word):
    """Whether a series begins a course of treatment or goes on with one."""

    BEGINS = "begins", "Begins a course"
    CONTINUES = "continues", "Continues the course before"


class SeriesState(Word):
    """The life of a series."""

    PLANNED = "planned", "Planned"
    ACTIVE = "active", "Active"
    COMPLETED = "completed", "Completed"
    STOPPED = "stopped", "Stopped"


class SessionState(Word):
    """The life of a treatment session."""

    PLANNED = "planned", "Planned"
    UNDER_WAY = "under-way", "Under way"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"
    MISSED = "missed", "Missed"
    VOIDED = "voided", "Struck out"


class Severity(Word):
    """How strong an effect was."""

    MILD = "mild", "Mild"
    MODERATE = "moderate", "Moderate"
    SEVERE = "severe", "Severe"


# Of effects: there was none. It has no degree.
NONE_OF_THESE = "none"


class Effect(Word):
    """A dissociative effect, in our own words."""

    DETACHED = "detached", "Detached from body"
    UNREAL = "unreal", "Surroundings unreal"
    TIME = "time", "Time slowed or sped up"
    SENSES = "senses", "Altered sight or sound"
    FLOATING = "floating", "Floating"
    LOSS_OF_SELF = "loss-of-self", "Loss of self"
    OTHER = "other", "Other"
    NONE = NONE_OF_THESE, "None of these"


class SideEffect(Word):
    """Another unwanted effect; the terms are those of the labels (domain reference 1.6)."""

    DIZZINESS = "dizziness", "Dizziness"
    NAUSEA = "nausea", "Nausea"
    VOMITING = "vomiting", "Vomiting"
    HEADACHE = "headache", "Headache"
    SEDATION = "sedation", "Sedation"
    ANXIETY = "anxiety", "Anxiety"
    BLOOD_PRESSURE = "blood-pressure", "Blood pressure increased"
    PALPITATIONS = "palpitations", "Palpitations"
    VISION = "vision", "Blurred or double vision"
    NUMBNESS = "numbness", "Numbness or tingling"
    DYSPHORIA = "dysphoria", "Dysphoria"
    CONFUSION = "confusion", "Confusion"
    URINARY = "urinary", "Urinary symptoms"
    SITE = "site", "Injection-site reaction"
    OTHER = "other", "Other"
    NONE = NONE_OF_THESE, "None of these"


class Occasion(Word):
    """When, in relation to the treatment, a scale was completed."""

    BASELINE = "baseline", "Baseline"
    BEFORE_SESSION = "before-session", "Before a session"
    HOURS_AFTER = "hours-after", "Hours after a session"
    WEEKLY = "weekly", "Weekly"
    FOLLOW_UP = "follow-up", "Follow-up"
    UNSCHEDULED = "unscheduled", "Unscheduled"


class BeforeOrAfter(Word):
    """On which side of a session its summary of observations belongs."""

    BEFORE = "before", "Before"
    AFTER = "after", "After"


class Completeness(Word):
    """How much of a scale was answered. An incomplete one has no total."""

    COMPLETE = "complete", "Complete"
    PRORATED = "prorated", "Prorated"
    INCOMPLETE = "incomplete", "Incomplete"


class Mode(Word):
    """How a score came to be recorded."""

    TOTAL = "total", "Total entered by staff"
    SELF = "self", "Answered by the patient"
    STAFF = "staff", "Answers entered by staff"
    FILE = "file", "From a file"


class CheckInState(Word):
    """What became of a check-in. Whether an open one is due, overdue or missed the clock says."""

    OPEN = "open", "Open"
    DONE = "done", "Done"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


class ReplyState(Word):
    """How far one instrument of a check-in has come."""

    OPEN = "open", "Open"
    DONE = "done", "Done"
    DECLINED = "declined", "Declined"
    UNSENT = "unsent", "Not sent"


class AlertKind(Word):
    """Why somebody must look."""

    SUICIDE_ITEM = "suicide-item", "Suicide item above zero"
    SUICIDE_ITEM_MISSING = "suicide-item-missing", "Suicide item not answered"
    SUICIDE_TOTAL = "suicide-total", "Suicide risk by the total"
    TALK = "talk", "Wants to talk to somebody"
    REVIEW_ITEM = "review-item", "Answer to review"
    REVIEW_TOTAL = "review-total", "Score to review"
    DETERIORATION = "deterioration", "Deterioration"
    LOSS_OF_RESPONSE = "loss-of-response", "Loss of response"
    TOP_SCORE = "top-score", "New worst score"
