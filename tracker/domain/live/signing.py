"""What the log of a session says as its record: the summary that is signed, and what it lacks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from msgspec import Struct, field
from msgspec.structs import replace

from tracker.domain import wall_time
from tracker.domain.checklists import discharge as discharge_rules
from tracker.domain.checklists import pre_session
from tracker.domain.checklists.discharge import CriterionResult, Discharge
from tracker.domain.checklists.items import CheckLine
from tracker.domain.checklists.pre_session import PreSession
from tracker.domain.codes import Drug, Effect, Route, Severity, SideEffect
from tracker.domain.formatting import number, times
from tracker.domain.live import dissociation, entries
from tracker.domain.live.entries import (
    AdverseEvent,
    DissociationMark,
    Dose,
    Entry,
    EntryKind,
    EventTerm,
    Form,
    Infusion,
    InfusionAction,
    Mark,
    Reading,
)
from tracker.domain.measures import SIGN_NAMES, VitalSigns
from tracker.domain.parsing import LINE_MAX, is_blank
from tracker.domain.problems import Finding
from tracker.domain.sessions.draft import SessionDraft

# The clinician's grade (CTCAE v5) in the words of a record; 4 and 5 are told in words.
SEVERITIES = {1: Severity.MILD, 2: Severity.MODERATE, 3: Severity.SEVERE}
_SIDE_EFFECTS = {
    term: SideEffect(term.value) for term in EventTerm if term.value in set(SideEffect)
} | {EventTerm.HYPOAESTHESIA: SideEffect.NUMBNESS}
del _SIDE_EFFECTS[EventTerm.OTHER]
_WORST_FIRST = (Severity.SEVERE, Severity.MODERATE, Severity.MILD)


class MissingItem(Struct, frozen=True):
    """Something the record will not say: what it is, and where it would be written."""

    message: str
    where: EntryKind | None = None


class SummaryAnswers(Struct, frozen=True, kw_only=True):
    """What the log cannot tell and whoever signs adds; `comment` answers what is unusual."""

    effects: Mapping[Effect, Severity | None] = field(default_factory=dict)
    effects_other: str = ""
    private_notes: str = ""
    patient_notes: str = ""
    comment: str = ""


def add_answers(summary: SessionDraft, answers: SummaryAnswers) -> SessionDraft:
    """Add to the summary of the log what the signer tells."""
    return replace(
        summary, **{name: getattr(answers, name) for name in SummaryAnswers.__struct_fields__}
    )


def comments_at_checks(
    findings: Iterable[Finding],
    lines: Iterable[CheckLine],
    measured: VitalSigns,
    summary: SessionDraft,
) -> dict[str, str]:
    """Say, by the message of a finding, what the checks have said to the same thing.

    `lines` are those of the checks before and after, `measured` the signs that the checks before
    had. Words that were said to another value, or to something else about it, are not taken over.
    """
    said = {line.code: line for line in lines if line.comment}
    again = {
        f"before_{sign}": said.get("blood-pressure" if sign in _PRESSURES else "vital-signs")
        for sign in SIGN_NAMES
        if getattr(measured, sign) == getattr(summary.before, sign)
    }
    again["dissociation_resolved"] = said.get(discharge_rules.DISSOCIATION)
    told = (said[code] for code in ("age", "weight", "dose") if code in said)
    spoken = {finding.message: again.get(finding.field) for finding in findings}
    spoken |= {
        finding.message: line for line in told for finding in findings if _is_about(line, finding)
    }
    return {message: line.comment for message, line in spoken.items() if line is not None}


_PRESSURES = ("systolic_mmhg", "diastolic_mmhg")


def _is_about(line: CheckLine, finding: Finding) -> bool:
    """Say whether a line of the checks has the words of a finding."""
    age, found, _ = finding.message.partition(" on the day of this session.")
    return (age.rstrip(",") if found else finding.message) in line.message


def pre_session_of(log: Sequence[Entry]) -> PreSession:
    """Read the checks before the session, as they were saved last; empty where there are none."""
    return pre_session.read(_form_fields(log, EntryKind.GATE))


def baseline_of(log: Sequence[Entry]) -> tuple[datetime, VitalSigns] | None:
    """Read what was measured for the checks before, where no entry of its own holds it.

    One that does is read instead: it may have been corrected or withdrawn since.
    """
    checks, key = (
        pre_session_of(log),
        _form_fields(log, EntryKind.GATE).get(pre_session.BASELINE_KEY),
    )
    if checks.measured_at is None or any(one.key == key for one in log):
        return None
    return checks.measured_at, checks.baseline


def discharge_of(log: Sequence[Entry]) -> Discharge:
    """Read the checks before leaving, as they were saved last; empty where there are none."""
    return discharge_rules.read(_form_fields(log, EntryKind.DISCHARGE))


def _form_fields(log: Sequence[Entry], kind: EntryKind) -> Mapping[str, object]:
    last = entries.latest_form(log, kind)
    return last.content.fields if last is not None and isinstance(last.content, Form) else {}


def summarise(log: Sequence[Entry], *, drug: Drug, route: Route) -> SessionDraft:
    """Make the record of a session from its log. What nobody wrote stays missing.

    Effects and notes are not in the log: whoever signs adds them.
    """
    effective_log, start = entries.effective(log), entries.started_at(log)
    course = [one for one in effective_log if start is not None and one.at >= start]
    checks, discharge = pre_session_of(log), discharge_of(log)
    side_effects, others = _side_effects(effective_log)
    return SessionDraft(
        started_at=start,
        drug=drug,
        route=route,
        dose_mg=_dose(effective_log),
        weight_kg=checks.weight_kg,
        weight_unit=checks.weight_unit,
        duration_minutes=_duration(effective_log),
        dose_notes=_dose_notes(effective_log, start),
        mood_before=checks.mood_before,
        mood_after=discharge.mood_after,
        pain_before=checks.pain_before,
        pain_after=discharge.pain_after,
        dissociation_peak=_peak(effective_log, start),
        dissociation_onset_minute=_onset_minute(course, start),
        dissociation_end_minute=_end_minute(course, start),
        dissociation_resolved=_is_resolved(course, discharge, start),
        side_effects=side_effects,
        side_effects_other=others,
        before=_signs([one for one in effective_log if start is None or one.at <= start]),
        after=_signs([one for one in course if one.at != start]),
        discharged_at=discharge.left_at,
        escort=discharge.escort[:LINE_MAX],
    )


def _infusions(effective_log: Sequence[Entry]) -> list[tuple[datetime, Infusion]]:
    return [(one.at, one.content) for one in effective_log if isinstance(one.content, Infusion)]


def _doses(effective_log: Sequence[Entry]) -> list[tuple[datetime, Dose]]:
    return [(one.at, one.content) for one in effective_log if isinstance(one.content, Dose)]


def _actions(
    effective_log: Sequence[Entry], *wanted: InfusionAction
) -> list[tuple[datetime, Infusion]]:
    return [(at, done) for at, done in _infusions(effective_log) if done.action in wanted]


def _dose(effective_log: Sequence[Entry]) -> Decimal | None:
    """Add up what was given; None where an infusion does not say how much it gave in the end."""
    infused = [done.dose_mg for _, done in _actions(effective_log, InfusionAction.STOP)]
    running = len(_actions(effective_log, InfusionAction.START)) > len(infused)
    doses = [given.dose_mg for _, given in _doses(effective_log)] + infused
    if running or not doses or any(dose is None for dose in doses):
        return None
    return sum((dose for dose in doses if dose is not None), Decimal(0))


def _duration(effective_log: Sequence[Entry]) -> int | None:
    """Count minutes from the first start to the last stop, pauses included; None while it runs."""
    began = [
        at for at, _ in (*_doses(effective_log), *_actions(effective_log, InfusionAction.START))
    ]
    stops = [at for at, _ in _actions(effective_log, InfusionAction.STOP)]
    if not began or len(_actions(effective_log, InfusionAction.START)) > len(stops):
        return None
    return wall_time.minute(max([*stops, *(at for at, _ in _doses(effective_log))]), min(began))


def _dose_notes(effective_log: Sequence[Entry], start: datetime | None) -> str:
    return " ".join(_dose_text(effective_log, start)) if start is not None else ""


def _dose_text(effective_log: Sequence[Entry], start: datetime) -> Iterator[str]:
    given = _doses(effective_log)
    if len(given) > 1:
        text = ", ".join(
            f"{number(one.dose_mg)} mg at minute {wall_time.minute(at, start)}" for at, one in given
        )
        yield f"Given {text}."
    for at, done in _infusions(effective_log):
        text, minute = _INFUSED[done.action], wall_time.minute(at, start)
        rate = f" at {number(done.rate_ml_per_h)} mL/h" if done.rate_ml_per_h else ""
        if done.action is not InfusionAction.START or rate:
            yield f"{text}{rate}, minute {minute}."
    for one in effective_log:
        if isinstance(one.content, Dose | Infusion) and not is_blank(one.content.note):
            note = one.content.note.strip()
            yield f"Minute {wall_time.minute(one.at, start)}: {note.rstrip('.')}."


_INFUSED = {
    InfusionAction.START: "Started",
    InfusionAction.PAUSE: "Paused",
    InfusionAction.RESUME: "Resumed",
    InfusionAction.RATE: "Rate changed",
    InfusionAction.STOP: "Stopped",
}


def _signs(effective_log: Sequence[Entry]) -> VitalSigns:
    """Take the vital signs of the last reading that has any."""
    taken = [
        VitalSigns(**{name: getattr(one.content, name) for name in SIGN_NAMES})
        for one in effective_log
        if isinstance(one.content, Reading)
    ]
    return next((signs for signs in reversed(taken) if signs), VitalSigns())


def _marks(effective_log: Sequence[Entry], mark: Mark) -> list[Entry]:
    return [
        one
        for one in effective_log
        if isinstance(one.content, DissociationMark) and one.content.mark is mark
    ]


def _peak(effective_log: Sequence[Entry], start: datetime | None) -> int | None:
    strongest = dissociation.peak(dissociation.ratings(effective_log), start)
    return None if strongest is None else strongest.strength


def _onset_minute(course: Sequence[Entry], start: datetime | None) -> int | None:
    marked = _marks(course, Mark.ONSET)
    return wall_time.minute(marked[0].at, start) if marked and start is not None else None


def _end_minute(course: Sequence[Entry], start: datetime | None) -> int | None:
    """Say when dissociation ended for good: nothing of it was marked after."""
    ended = _marks(course, Mark.RESOLVED)
    later = [*_marks(course, Mark.ONSET), *_marks(course, Mark.PEAK)]
    if not ended or start is None or any(one.at > ended[-1].at for one in later):
        return None
    return wall_time.minute(ended[-1].at, start)


def _is_resolved(
    course: Sequence[Entry], discharge: Discharge, start: datetime | None
) -> bool | None:
    """Say whether it was gone before leaving: by the discharge, else by a mark that it was."""
    met = discharge.met.get(discharge_rules.DISSOCIATION)
    if met in {CriterionResult.YES, CriterionResult.NO}:
        return met is CriterionResult.YES
    return True if _end_minute(course, start) is not None else None


def _side_effects(effective_log: Sequence[Entry]) -> tuple[dict[SideEffect, Severity], str]:
    """Sort adverse events into the side effects of a record and what is told in words besides."""
    graded: dict[SideEffect, Severity] = {}
    words, worst = [], []
    for event in (one.content for one in effective_log if isinstance(one.content, AdverseEvent)):
        effect, severity = _SIDE_EFFECTS.get(event.term), SEVERITIES.get(event.grade or 0)
        if effect is None or severity is None:
            words.append(_event_in_words(event))
            worst.append(severity)
        else:
            graded[effect] = _worse(graded.get(effect), severity)
    known = [severity for severity in worst if severity is not None]
    if known:
        graded[SideEffect.OTHER] = min(known, key=_WORST_FIRST.index)
    return graded, _join_within(list(dict.fromkeys(words)))


def _worse(one: Severity | None, other: Severity) -> Severity:
    return other if one is None else min(one, other, key=_WORST_FIRST.index)


def _event_in_words(event: AdverseEvent) -> str:
    name = event.other.strip() if event.term is EventTerm.OTHER else event.term.label
    if event.grade is None:
        return f"{name} (not graded)"
    severity = SEVERITIES.get(event.grade)
    return f"{name} ({severity.label.lower()})" if severity else f"{name} (grade {event.grade})"


def _join_within(words: Sequence[str]) -> str:
    """Join the words as far as the line of a record goes, and count the rest."""
    for kept in range(len(words), 0, -1):
        rest = f" and {len(words) - kept} more" if kept < len(words) else ""
        if len(text := "; ".join(words[:kept]) + rest) <= LINE_MAX:
            return text
    return times(len(words), "other event") if words else ""


def missing_items(log: Sequence[Entry], draft: SessionDraft) -> list[MissingItem]:
    """List what the record will not say, in the order in which a session happens."""
    return [
        MissingItem(message, where)
        for is_there, message, where in _expected_items(log, draft)
        if not is_there
    ]


def _expected_items(
    log: Sequence[Entry], draft: SessionDraft
) -> Iterator[tuple[bool, str, EntryKind | None]]:
    gate, discharge = EntryKind.GATE, EntryKind.DISCHARGE
    checked = entries.latest_form(log, gate) is not None
    leaving = entries.latest_form(log, discharge) is not None
    effective_log = entries.effective(log)
    starts, stops = (
        len(_actions(effective_log, action))
        for action in (InfusionAction.START, InfusionAction.STOP)
    )
    yield checked, "No checks before the session.", gate
    if checked:
        yield draft.weight_kg is not None, "No weight.", gate
        yield draft.mood_before is not None, "No mood before.", gate
        yield draft.pain_before is not None, "No pain before.", gate
    yield bool(draft.before), "No vital signs before the start.", gate
    yield draft.started_at is not None, "Nothing was given, by the log.", None
    yield starts <= stops, "The infusion was not stopped.", None
    stopped = draft.started_at is None or starts > stops
    yield stopped or draft.dose_mg is not None, "How much was given in the end.", None
    yield bool(draft.after), "No vital signs after the start.", None
    yield draft.dissociation_peak is not None, "No strength of dissociation.", None
    yield draft.dissociation_resolved is not None, "Whether dissociation resolved.", discharge
    yield leaving, "No checks before leaving.", discharge
    if leaving:
        yield draft.mood_after is not None, "No mood after.", discharge
        yield draft.pain_after is not None, "No pain after.", discharge
        yield draft.discharged_at is not None, "No time of leaving.", discharge
