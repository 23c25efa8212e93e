"""The checks before somebody leaves: what must hold by drug and route, and with whom they go."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, field

from tracker.domain import measures, wall_time
from tracker.domain.checklists import items as checklist_items
from tracker.domain.checklists.items import CheckLine, Found, LineState
from tracker.domain.checklists.sources import RESPONSIBLE, RIDE
from tracker.domain.clinic.labels import REMS, SPRAVATO_EU, Label, Labels, LabelSource
from tracker.domain.codes import Drug, Route, Word
from tracker.domain.drugs import is_nasal_esketamine
from tracker.domain.measures import CLINIC_DEFAULT
from tracker.domain.parsing import is_blank, visible_text
from tracker.domain.problems import Problem
from tracker.domain.sessions import draft as session_draft
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.findings import RECOVERED
from tracker.domain.stored_content import read_stored

WATCHED = timedelta(minutes=120)  # asked for by the REMS alone
_WATCHED_EU = f"{SPRAVATO_EU} 4.2: watched until clinically stable and ready to leave"
WATCHED_SOURCE = LabelSource(
    us=f"{REMS}: watched for at least 2 hours, and until clinically stable", eu=_WATCHED_EU
)
WAC = "Washington State WAC 246-817-776, discharge after sedation"
RESOLVED = LabelSource(
    us=f"{REMS}: sedation, dissociation and respiratory depression resolved", eu=_WATCHED_EU
)

_CLEAR, _AMBER, _MISSING = LineState.CLEAR, LineState.AMBER, LineState.MISSING


class CriterionResult(Word):
    """Whether something holds before somebody leaves. Not assessed is not yes."""

    YES = "yes", "Yes"
    NO = "no", "No"
    NOT_ASSESSED = "not-assessed", "Not assessed"


class Instruction(Word):
    """What somebody was told before leaving."""

    NO_DRIVING = "no-driving", "No driving or machines until tomorrow, after a restful sleep"
    NO_ALCOHOL = "no-alcohol", "No alcohol or sedatives today"
    WHOM_TO_CALL = "whom-to-call", "Whom to call, by day and by night"


class Criterion(Struct, frozen=True, kw_only=True):
    """Something that must hold before somebody leaves, and who says so."""

    code: str
    title: str
    source: str | LabelSource

    def source_in(self, labels: Labels) -> str:
        """Name the source where these labels apply."""
        return self.source if isinstance(self.source, str) else self.source.text(labels)


_PLAIN = (
    Criterion(code="vitals", title="Vital signs stable", source=WAC),
    Criterion(code="alert", title="Alert and oriented", source=WAC),
    Criterion(code="speaks", title="Speaks coherently", source=WAC),
    Criterion(code="sits", title="Sits unaided", source=WAC),
    Criterion(code="walks", title="Walks with little help", source=WAC),
    Criterion(code="vomiting", title="No uncontrolled vomiting, hardly dizzy", source=WAC),
)
DISSOCIATION = "dissociation"
_ESKETAMINE = (
    Criterion(code="sedation", title="Sedation resolved", source=RESOLVED),
    Criterion(code=DISSOCIATION, title="Dissociation resolved", source=RESOLVED),
    Criterion(code="breathing", title="No respiratory depression", source=RESOLVED),
    Criterion(code="stable", title="Judged clinically stable", source=WATCHED_SOURCE),
)
_KETAMINE = (
    Criterion(code=DISSOCIATION, title="Dissociation resolved", source=RECOVERED),
    Criterion(code="recovered", title="Recovery complete", source=RECOVERED),
)
CRITERIA = {one.code: one for one in (*_PLAIN, *_ESKETAMINE, *_KETAMINE)}


class Discharge(Struct, frozen=True, kw_only=True):
    """What was found before somebody left; what was not asked is None, '' or not in `met`.

    `ready_minute` counts from the first device to when the patient would have been ready without
    the two hours, as the REMS form asks. Mood and pain run as before the session.
    """

    met: Mapping[str, CriterionResult] = field(default_factory=dict)
    ready_minute: int | None = None
    escort_name: str = ""
    escort_relation: str = ""
    escort_phone: str = ""
    instructions: tuple[Instruction, ...] = ()
    handed_out: str = ""
    mood_after: int | None = None
    pain_after: int | None = None
    left_at: datetime | None = None
    comments: Mapping[str, str] = field(default_factory=dict)

    @property
    def escort(self) -> str:
        """Say with whom somebody left, in one line."""
        name, relation = visible_text(self.escort_name), visible_text(self.escort_relation)
        return f"{name} ({relation})" if name and relation else name or relation


def criteria(drug: Drug) -> tuple[Criterion, ...]:
    """List what must hold before somebody leaves."""
    return (*_PLAIN, *(_ESKETAMINE if drug is Drug.ESKETAMINE else _KETAMINE))


_PLACES = {"discharged_at": "left_at", "mood_after": "mood_after", "pain_after": "pain_after"}


def check(
    discharge: Discharge, drug: Drug, route: Route, *, started_at: datetime | None, now: datetime
) -> list[Problem]:
    """List everything that cannot be; `started_at` is when the treatment began, if it did."""
    found = session_draft.check(
        SessionDraft(
            started_at=started_at,
            drug=drug,
            route=route,
            mood_after=discharge.mood_after,
            pain_after=discharge.pain_after,
            discharged_at=discharge.left_at,
        ),
        now=now,
    )
    names = ("escort_name", "escort_relation", "escort_phone", "handed_out")
    return [
        *(Problem(_PLACES[one.field], one.message) for one in found if one.field in _PLACES),
        *_check_ready(discharge),
        *checklist_items.check_lines({name: getattr(discharge, name) for name in names}),
        *checklist_items.check_comments(discharge.comments),
    ]


def _check_ready(discharge: Discharge) -> Iterator[Problem]:
    ready = discharge.ready_minute
    if ready is not None and not 0 <= ready <= measures.DURATION_MINUTES_MAX:
        yield Problem("ready_minute", "Give the minute counted from the first device, 0 to 1440.")


def review(
    discharge: Discharge,
    drug: Drug,
    route: Route,
    *,
    labels: Labels,
    started_at: datetime | None,
    now: datetime,
) -> tuple[CheckLine, ...]:
    """Read the checks line by line, in the order of the page; each with what was said to it."""
    at = discharge.left_at or now
    others = (
        ("watched", _observation(drug, route, labels, started_at, at)),
        ("escort", _escort(discharge, drug, labels)),
        ("instructions", _instructions(discharge, drug, labels)),
        ("left", _leaving(discharge)),
    )
    lines = [
        *(_criterion(one, discharge.met.get(one.code), labels) for one in criteria(drug)),
        *(
            CheckLine(
                code=code, title=TITLES[code], state=found[0], message=found[1], source=found[2]
            )
            for code, found in others
            if found is not None
        ),
    ]
    return checklist_items.add_comments(lines, discharge.comments)


def asks_for_two_hours(drug: Drug, route: Route, labels: Labels) -> bool:
    """Say whether somebody is watched for two hours whatever their state."""
    return is_nasal_esketamine(drug, route) and Label.US in labels


_STATES = {
    CriterionResult.YES: _CLEAR,
    CriterionResult.NO: _AMBER,
    CriterionResult.NOT_ASSESSED: _AMBER,
    None: _MISSING,
}


def _criterion(one: Criterion, met: CriterionResult | None, labels: Labels) -> CheckLine:
    message = f"{met.label}." if met is not None else "Not answered."
    return CheckLine(
        code=one.code,
        title=one.title,
        state=_STATES[met],
        message=message,
        source=one.source_in(labels),
    )


def _observation(
    drug: Drug, route: Route, labels: Labels, started_at: datetime | None, at: datetime
) -> Found:
    by_device = is_nasal_esketamine(drug, route)
    source = WATCHED_SOURCE.text(labels) if by_device else CLINIC_DEFAULT
    if started_at is None:
        return _MISSING, "Nothing was given, by the log.", source
    since = "the first device" if by_device else "the start"
    text = f"{wall_time.minute(at, started_at)} minutes since {since}"
    if asks_for_two_hours(drug, route, labels) and at - started_at < WATCHED:
        return _AMBER, f"{text}; the label says 120.", source
    return _CLEAR, f"{text}.", source


def _escort(discharge: Discharge, drug: Drug, labels: Labels) -> Found:
    source = (RIDE if drug is Drug.ESKETAMINE else RESPONSIBLE).text(labels)
    if is_blank(discharge.escort_name):
        return _MISSING, "No name of who goes with the patient.", source
    return _CLEAR, f"{discharge.escort}.", source


def _instructions(discharge: Discharge, drug: Drug, labels: Labels) -> Found:
    source = RIDE.text(labels) if drug is Drug.ESKETAMINE else CLINIC_DEFAULT
    if Instruction.NO_DRIVING not in discharge.instructions:
        return _AMBER, "Not told: no driving until the next day.", source
    text = "; ".join(one.label for one in discharge.instructions)
    handed = visible_text(discharge.handed_out)
    return _CLEAR, f"{text}. Given to take home: {handed}." if handed else f"{text}.", source


def _leaving(discharge: Discharge) -> Found:
    if discharge.left_at is None:
        return _MISSING, "No time of leaving.", CLINIC_DEFAULT
    return _CLEAR, "Time given.", CLINIC_DEFAULT


TITLES = {code: one.title for code, one in CRITERIA.items()} | {
    "watched": "Time watched",
    "escort": "Leaves with",
    "instructions": "Told before leaving",
    "left": "Left at",
}  # of every line there can be, by its code


def read(stored: Mapping[str, Any]) -> Discharge:
    """Read a discharge back from the fields of its entry; what it does not know is left out."""
    return read_stored(stored, Discharge)
