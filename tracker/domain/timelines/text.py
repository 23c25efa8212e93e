"""A session's timeline in words: facts as sentences, and nothing is judged."""

from collections.abc import Iterator

from tracker.domain.clinic.reading_limits import DIASTOLIC, SYSTOLIC
from tracker.domain.drugs import is_nasal_esketamine
from tracker.domain.formatting import lower_first, number, times
from tracker.domain.live.entries import EventAction, Mark
from tracker.domain.measures import HEART_RATE, SPO2
from tracker.domain.progress.trend import Audience
from tracker.domain.timelines.extremes import extreme, highest_pressure, lowest_pressure
from tracker.domain.timelines.marks import SCALE, EventSpan, ReadingPoint
from tracker.domain.timelines.timeline import Timeline

NOT_READ = "\u2013"


def sentence(timeline: Timeline) -> str:
    """Tell the facts of a session, for its patient or for clinicians; nothing is judged."""
    if timeline.empty:
        return "Nothing was written down minute by minute in this session."
    for_patient = timeline.audience is Audience.PATIENT
    parts = _for_patient(timeline) if for_patient else _for_clinician(timeline)
    return " ".join(parts)


def alt(timeline: Timeline) -> str:
    """Say what the picture shows, for those who cannot see it."""
    if timeline.empty:
        return sentence(timeline)
    return f"The session minute by minute. {sentence(timeline)}"


def minute(value: float) -> int:
    """Round a minute down, as it is counted everywhere."""
    return int(value // 1)


def at_minute(value: float) -> str:
    """Say when, from the start: `at 40 min`."""
    whole = minute(value)
    if whole < 0:
        return f"{-whole} min before the start"
    return f"at {whole} min"


def pressure(point: ReadingPoint) -> str:
    """Write a blood pressure as `128/82`; a half that was not read is a dash."""
    upper, lower = point.value(SYSTOLIC), point.value(DIASTOLIC)
    if upper is None and lower is None:
        return NOT_READ
    return "/".join(NOT_READ if half is None else str(half) for half in (upper, lower))


def _for_clinician(timeline: Timeline) -> Iterator[str]:
    yield from dose_sentences(timeline)
    yield from _pressure(timeline)
    lowest = extreme(timeline, SCALE[SPO2.name])
    if lowest is not None:
        yield f"Lowest SpO2 {lowest[1]} % {at_minute(lowest[0])}."
    rates = [value for _point, value in timeline.values(HEART_RATE.name)]
    if len(rates) > 1:
        yield f"Heart rate {min(rates)} to {max(rates)} beats/min."
    sedation = extreme(timeline, SCALE["sedation"])
    if sedation is not None:
        yield f"Lowest sedation score {sedation[1]} of 5 {at_minute(sedation[0])} (5 alert)."
    yield from _dissociation(timeline)
    yield from _events(timeline)
    if timeline.left is not None:
        yield f"Left {at_minute(timeline.left)}."


def dose_sentences(timeline: Timeline) -> Iterator[str]:
    """Tell what was given and when."""
    dose = timeline.treatment.dose_mg
    total = "" if dose is None else f", {number(dose)} mg in all"
    if not timeline.is_from_dose:
        yield "Nothing is recorded as given; minutes count from the first entry."
    elif timeline.doses:
        noun = dose_noun(timeline)
        amounts = {point.dose_mg for point in timeline.doses}
        each = f" of {number(amounts.pop())} mg" if len(amounts) == 1 else ""
        when = _list([str(minute(point.minute)) for point in timeline.doses])
        # One dose says its amount already.
        total = total if len(timeline.doses) > 1 or not each else ""
        yield f"{times(len(timeline.doses), noun)}{each} at {when} min{total}."
    if timeline.spans:
        yield from _infusion(timeline, total if not timeline.doses else "")


def dose_noun(timeline: Timeline) -> str:
    """Name one dose given at once; nasal esketamine comes in devices."""
    treatment = timeline.treatment
    return "device" if is_nasal_esketamine(treatment.drug, treatment.route) else "dose"


def _infusion(timeline: Timeline, total: str) -> Iterator[str]:
    first, last = timeline.spans[0], timeline.spans[-1]
    pauses = [s for s in timeline.spans if s.paused]
    paused = ""
    if pauses:
        minutes = sum(minute(s.end) - minute(s.start) for s in pauses)
        paused = f", with {times(len(pauses), 'pause')} of {minutes} min"
        paused += " in all" if len(pauses) > 1 else ""
    start = minute(first.start)
    if last.is_open:
        yield f"Infusion from {start} min{paused}; no end is recorded{total}."
    else:
        yield f"Infusion from {start} to {minute(last.end)} min{paused}{total}."


def _pressure(timeline: Timeline) -> Iterator[str]:
    found = highest_pressure(timeline)
    if found is None:
        return
    highest, last = found
    text = f"{pressure(highest)} {at_minute(highest.minute)}"
    lowest = lowest_pressure(timeline)
    low = ""
    if lowest is not None and lowest is not highest:
        low = f", lowest {pressure(lowest)} {at_minute(lowest.minute)}"
    if len(timeline.values(SYSTOLIC)) == 1:
        yield f"Blood pressure {text}, read once."
    elif last is highest:
        yield f"Highest blood pressure {text}, the last reading{low}."
    elif last is lowest:
        yield f"Highest blood pressure {text}{low}, the last reading."
    else:
        when = at_minute(last.minute)
        yield f"Highest blood pressure {text}{low}; {pressure(last)} {when}, the last reading."


def _dissociation(timeline: Timeline) -> Iterator[str]:
    peak, onset = timeline.peak, timeline.mark(Mark.ONSET)
    parts = []
    if onset is not None:
        parts.append(f"from {signed_minute(onset.minute)} min")
    if peak is not None and peak.strength:
        parts.append(f"{peak.strength} of 10 {at_minute(peak.minute)}")
    if parts or timeline.marks:
        yield f"Dissociation {', '.join([*parts, _end(timeline)])}."
    elif peak is not None:
        yield "Dissociation 0 of 10 whenever it was rated."
    elif timeline.ratings:
        strongest = max(rating.strength for rating in timeline.ratings)
        yield f"Dissociation {strongest} of 10 before anything was given."
    yield from recorded_peak(timeline)


def recorded_peak(timeline: Timeline) -> Iterator[str]:
    """Tell the peak of the signed record where it is not that of the log.

    Somebody amended it, or an entry arrived after the signature.
    """
    written = None if timeline.peak is None else timeline.peak.strength
    if timeline.recorded_peak is not None and timeline.recorded_peak != written:
        yield f"The signed record has a peak of {timeline.recorded_peak} of 10."


def _end(timeline: Timeline) -> str:
    resolved, peak = timeline.mark(Mark.RESOLVED), timeline.peak
    if resolved is not None:
        return f"resolved by {minute(resolved.minute)} min"
    last = [rating.minute for rating in timeline.ratings if rating.strength]
    after = [rating.minute for rating in timeline.ratings if last and rating.minute > last[-1]]
    if after and (peak is None or after[0] > peak.minute):
        return f"0 again {at_minute(after[0])}"
    return "no end recorded"


def _events(timeline: Timeline) -> Iterator[str]:
    if timeline.events:
        text = "; ".join(event_words(event, brief=True) for event in timeline.events)
        yield f"{times(len(timeline.events), 'adverse event')}: {text}."


def event_name(event: EventSpan) -> str:
    """Name an event with what grade it has."""
    return ", ".join([event.label, *_grade(event)])


def _grade(event: EventSpan) -> list[str]:
    graded = [] if event.grade is None else [f"grade {event.grade}"]
    return [*graded, "serious"] if event.serious else graded


def event_words(event: EventSpan, *, brief: bool = False) -> str:
    """Tell an event in one line: name, minutes, grade, and what was done unless `brief`."""
    parts = [f"{event.label} {span(event)}", *_grade(event)]
    if not brief:
        parts += [
            lower_first(action.label) for action in event.actions if action is not EventAction.NONE
        ]
        if event.outcome is not None and not event.is_ongoing:
            parts.append(event.outcome.label.lower())
    return ", ".join(parts)


def span(event: EventSpan) -> str:
    """Write the minutes of an event: `22 to 48 min`, `from 22 min, ongoing`, `at 22 min`."""
    start = signed_minute(event.minute)
    if event.end is not None and minute(event.end) > minute(event.minute):
        return f"{start} to {signed_minute(event.end)} min"
    return f"from {start} min, ongoing" if event.is_ongoing else f"at {start} min"


def _for_patient(timeline: Timeline) -> Iterator[str]:
    found = highest_pressure(timeline)
    if found is not None:
        highest, last = found
        when = _minute_in_words(timeline, highest.minute)
        yield f"Your blood pressure was highest {when}: {pressure(highest)}."
        if last is not highest:
            yield f"The last reading was {pressure(last)}."
    peak, resolved = timeline.peak, timeline.mark(Mark.RESOLVED)
    if peak is not None and peak.strength:
        when = _minute_in_words(timeline, peak.minute)
        yield f"You felt most disconnected {when}: {peak.strength} of 10."
        if resolved is not None:
            yield f"This had passed {_minute_in_words(timeline, resolved.minute)}."
    yield from recorded_peak(timeline)
    if timeline.events:
        names = _list([lower_first(event.label) for event in timeline.events])
        yield f"The staff also wrote down: {names}."
    if timeline.left is not None:
        yield f"You left {_minute_in_words(timeline, timeline.left)}."


def _minute_in_words(timeline: Timeline, value: float) -> str:
    whole = minute(value)
    start = "start" if timeline.is_from_dose else "first entry"
    if not whole:
        return f"at the {start}"
    side = "before" if whole < 0 else "after"
    return f"{times(abs(whole), 'minute')} {side} the {start}"


def signed_minute(value: float) -> str:
    """Write a minute with a true minus sign before the start."""
    return str(minute(value)).replace("-", "\u2212")


def _list(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
