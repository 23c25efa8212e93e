"""What somebody must look at: why an alert is raised, what it says, and when it turns red."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from tracker.domain.codes import AlertKind
from tracker.domain.formatting import full_day, number, times
from tracker.domain.instruments import scoring
from tracker.domain.instruments.model import Alarm, AlarmKind, Instrument, Item
from tracker.domain.parsing import PARAGRAPH_MAX, is_blank
from tracker.domain.problems import Problem
from tracker.domain.scores import glance
from tracker.domain.scores.interpretation import (
    ScoreChange,
    Verdict,
    important_size,
    reliable_size,
    worse,
)
from tracker.domain.scores.response import LOSS_SOURCE, responses

EARLIER_DAYS_MIN = 2  # a worst score says little before there are some to be the worst of


class Worsening(Struct, frozen=True):
    """A change for the worse that is as large as `threshold`, which `rule` names.

    `since` says what it is a change from.
    """

    change: ScoreChange
    since: str
    rule: str
    threshold: Decimal
    source: str


def worsening(verdict: Verdict) -> Worsening | None:
    """Find a change for the worse by at least the reliable change, first from the score before.

    Where no reliable change is published, the smallest important one counts that also leads into a
    worse range, as it may be chance; where neither is, nothing can be said.
    """
    rules = verdict.instrument.change
    for since, change in (
        ("the score before", verdict.since_last),
        ("baseline", verdict.since_baseline),
    ):
        if change is None or change.better is not False:
            continue
        rule, threshold, source = "reliable change", change.reliable_size, rules.reliable_source
        if threshold is None:
            if _stays_in_its_range(change):
                continue
            rule, threshold = "smallest important change", change.important_size
            source = f"{rules.smallest_important_source}; into a worse range: clinic default"
        if threshold is not None and change.size >= threshold:
            return Worsening(change, since, rule, threshold, source)
    return None


def _stays_in_its_range(change: ScoreChange) -> bool:
    """Say whether both totals of a change lie in one named range."""
    left, reached = map(change.instrument.band, (change.earlier.total, change.later.total))
    return left is not None and left == reached


def lost_response(judged: Sequence[Verdict]) -> bool:
    """Say whether the last of some verdicts makes sure that response is lost.

    A loss happens once: what stays lost at the next score is no news.
    """
    new = judged[-1].score
    return any(found.confirmed is new for found in responses(judged))


def new_worst(judged: Sequence[Verdict]) -> bool:
    """Say whether the last score is worse than each before it of its course by what matters.

    There must be two at least, of two other days: one form entered twice, or corrected, is no
    course. What matters is the important change, or the reliable one where nobody knows what
    matters; where neither is known nothing can be said.
    """
    new = judged[-1]
    before = [verdict.score for verdict in _before(judged)]
    earlier = [score.total for score in before]
    if len({score.at.date() for score in before} - {new.score.at.date()}) < EARLIER_DAYS_MIN:
        return False
    instrument, total = new.instrument, new.score.total
    worst = max(earlier) if instrument.higher_is_worse else min(earlier)
    size = important_size(instrument, worst) or reliable_size(instrument)
    return size is not None and worse(instrument, total, worst) and abs(total - worst) >= size


def _before(judged: Sequence[Verdict]) -> Sequence[Verdict]:
    """Pick the verdicts before the last one that fall in the same course."""
    return [verdict for verdict in judged[:-1] if verdict.course == judged[-1].course]


TAKEN_BACK = "taken back"
_KINDS = {AlarmKind.SUICIDE: AlertKind.SUICIDE_ITEM, AlarmKind.REVIEW: AlertKind.REVIEW_ITEM}
_TOTAL_KINDS = {
    AlarmKind.SUICIDE: AlertKind.SUICIDE_TOTAL,
    AlarmKind.REVIEW: AlertKind.REVIEW_TOTAL,
}

Answers = Mapping[str, Decimal | None]


class AlertDraft(Struct, frozen=True, kw_only=True):
    """Why an alert is raised. `facts` are what its sentence tells, as text by name.

    `level` is the value of an answer: one that rises further is worse than the one told before.
    """

    kind: AlertKind
    item: str = ""
    urgent: bool = False
    level: Decimal = Decimal(0)
    facts: Mapping[str, str]


def of_answers(instrument: Instrument, answers: Answers) -> Iterator[AlertDraft]:
    """Yield a cause for each answer that reaches an alarm, once for each question and kind."""
    seen: set[tuple[AlertKind, str]] = set()
    # Of two alarms on one question the graver one speaks.
    reached = scoring.alarms_reached(instrument, answers)
    for alarm, value in sorted(reached, key=lambda pair: -pair[0].at_least):
        item, key = instrument.item(alarm.item), (_KINDS[alarm.kind], alarm.item)
        if item is None or key in seen:
            continue
        seen.add(key)
        yield AlertDraft(
            kind=key[0],
            item=item.code,
            urgent=_is_urgent(alarm, value),
            level=value,
            facts={
                "scale": instrument.short_title,
                "source": alarm.source,
                **answer_facts(item, value),
            },
        )


def of_silence(instrument: Instrument, answers: Answers) -> Iterator[AlertDraft]:
    """Yield a cause for each suicide item that was put and left out of what was answered."""
    sources = {a.item: a.source for a in instrument.alarms if a.kind is AlarmKind.SUICIDE}
    for item in scoring.suicide_items_left_out(instrument, answers):
        yield AlertDraft(
            kind=AlertKind.SUICIDE_ITEM_MISSING,
            item=item.code,
            facts={
                "scale": instrument.short_title,
                "source": sources[item.code],
                "number": str(item.number),
            },
        )


def of_total(
    instrument: Instrument, total: Decimal | None, answers: Answers
) -> Iterator[AlertDraft]:
    """Yield a cause for each alarm that a total reaches and its answers do not tell of."""
    for alarm in scoring.total_alarms_reached(instrument, total, answers):
        reached = total or Decimal(0)
        yield AlertDraft(
            kind=_TOTAL_KINDS[alarm.kind],
            urgent=alarm.urgent_at_least is not None and reached >= alarm.urgent_at_least,
            level=reached,
            facts={
                "scale": instrument.short_title,
                "total": glance.total(instrument, reached),
                "value": number(reached),
                "meaning": alarm.meaning,
                "source": alarm.source,
            },
        )


def of_wish_to_talk(instrument: Instrument | None) -> AlertDraft:
    """Tell that somebody would rather talk, than answer `instrument` or at all: call them."""
    asked = {"scale": instrument.short_title} if instrument else {}
    return AlertDraft(kind=AlertKind.TALK, facts={**asked, "source": "Chosen by the patient"})


def of_change(judged: Sequence[Verdict]) -> Iterator[AlertDraft]:
    """Yield what the last of some verdicts on one scale calls for; they run in time.

    What was told of the score before is not told again of one that stays as bad. Ratings of the
    moment swing within hours, also in those who do well: they call for nothing.
    """
    new = judged[-1]
    if new.instrument.recall_days == 0:
        return
    worse_by = worsening(new)
    lost = lost_response(judged)
    if lost:
        yield of_loss(new)
    # A fall out of response that is a worsening by itself is told once, as the loss.
    is_told = lost and worse_by is not None and worse_by.change is new.since_last
    if worse_by is not None and not is_told and not _is_repeat(worse_by, judged):
        yield _deterioration(new, worse_by)
    if new_worst(judged):
        yield _new_worst(judged, new)


def _is_repeat(found: Worsening, judged: Sequence[Verdict]) -> bool:
    """Say whether the score before was as far from the baseline already, by a real change."""
    earlier = _before(judged)
    if found.change is judged[-1].since_last or not earlier:
        return False
    before = earlier[-1].since_baseline
    return before is not None and before.better is False and before.size >= found.threshold


def _deterioration(new: Verdict, found: Worsening) -> AlertDraft:
    before = number(found.change.earlier.total)
    reliable = found.change.reliable_size is not None
    return AlertDraft(
        kind=AlertKind.DETERIORATION,
        facts={
            **_score(new),
            "moved": "rose" if found.change.points > 0 else "fell",
            "before": before if found.change is new.since_last else f"{before} at baseline",
            "size": number(found.threshold),
            "means": "is usually a real change" if reliable else "matters to most people",
            "source": found.source,
        },
    )


def of_loss(new: Verdict) -> AlertDraft:
    """Tell that response is lost, by the score that made sure of it."""
    return AlertDraft(
        kind=AlertKind.LOSS_OF_RESPONSE,
        facts={
            **_score(new),
            "level": number(new.response_at or Decimal(0)),
            "beyond": "less" if new.instrument.higher_is_worse else "more",
            "source": LOSS_SOURCE,
        },
    )


def _new_worst(judged: Sequence[Verdict], new: Verdict) -> AlertDraft:
    return AlertDraft(
        kind=AlertKind.TOP_SCORE,
        facts={
            **_score(new),
            "extreme": "highest" if new.instrument.higher_is_worse else "lowest",
            "source": f"Compared with the {_before_it(judged, new)}",
        },
    )


def _before_it(judged: Sequence[Verdict], new: Verdict) -> str:
    course = new.course
    of_course = "" if course is None or course.number == 1 else f" of course {course.number}"
    return f"{len(_before(judged))} scores{of_course} before it"


def _score(new: Verdict) -> dict[str, str]:
    return {"scale": new.instrument.short_title, "total": number(new.score.total)}


def answer_facts(item: Item, value: Decimal) -> dict[str, str]:
    """Tell an answer: the number of its question, its words, its value and the highest there is."""
    choice = item.choice(value)
    return {
        "number": str(item.number),
        "answer": choice.label if choice else number(value),
        "value": number(value),
        "highest": number(max((c.value for c in item.choices), default=value)),
    }


def _is_urgent(alarm: Alarm, value: Decimal) -> bool:
    return alarm.urgent_at_least is not None and value >= alarm.urgent_at_least


def rank(kind: AlertKind) -> int:
    """Say where a kind stands among others as urgent: what is about suicide comes first."""
    return _RANKS.get(kind, len(_RANKS))


def is_about_suicide(kind: AlertKind) -> bool:
    """Say whether a kind tells of suicide, or of a question about it that was left out."""
    return kind in _ABOUT_SUICIDE


def is_of_change(kind: AlertKind) -> bool:
    """Say whether a kind tells how a score stands among others, not what it says by itself."""
    return kind in _OF_CHANGE


_OF_CHANGE = frozenset({AlertKind.DETERIORATION, AlertKind.LOSS_OF_RESPONSE, AlertKind.TOP_SCORE})
_ABOUT_SUICIDE = frozenset(
    {AlertKind.SUICIDE_ITEM, AlertKind.SUICIDE_TOTAL, AlertKind.SUICIDE_ITEM_MISSING}
)
_RANKS = {
    AlertKind.SUICIDE_ITEM: 0,
    AlertKind.SUICIDE_TOTAL: 0,
    AlertKind.SUICIDE_ITEM_MISSING: 1,
    AlertKind.TALK: 2,
}


def sentence(kind: AlertKind, facts: Mapping[str, str], day: date | None = None) -> str:
    """Say in one sentence what is the matter, with its numbers and the day of its score."""
    on = f" on {full_day(day)}" if day else ""
    of_day = f",{on}" if on else ""  # after a total and its range: `27, severe, on 3 Mar 2026`
    by_themselves = kind is AlertKind.TALK and "scale" not in facts
    wording = _WISH_TO_TALK if by_themselves else _SENTENCES[kind]
    said = wording.format_map({**facts, "on": on, "of_day": of_day})
    back = facts.get(REGAINED, "")
    return f"{said}; regained on {full_day(date.fromisoformat(back))}" if back else said


REGAINED = "regained"  # the day, in facts of a loss of response
_WISH_TO_TALK = "Would like to talk to somebody{on}"  # of no questionnaire
_ANSWERED = "{scale} question {number} answered '{answer}' ({value} of {highest}){on}"
_SENTENCES = {
    AlertKind.SUICIDE_ITEM: _ANSWERED,
    AlertKind.REVIEW_ITEM: _ANSWERED,
    AlertKind.SUICIDE_ITEM_MISSING: (
        "{scale} question {number}, the suicide item, not answered{on}"
    ),
    AlertKind.SUICIDE_TOTAL: "{scale} {total}{of_day}: {meaning}",
    AlertKind.REVIEW_TOTAL: "{scale} {total}{of_day}: {meaning}",
    AlertKind.TALK: "Would rather talk to somebody than answer the {scale}{on}",
    AlertKind.DETERIORATION: (
        "{scale} {moved} from {before} to {total}{on}: {size} or more {means}"
    ),
    AlertKind.LOSS_OF_RESPONSE: (
        "{scale} {total}{on}: response, {level} or {beyond}, was reached before and is lost"
    ),
    AlertKind.TOP_SCORE: "{scale} {total}{on}: {extreme} score so far",
}


def afterwards(facts: Mapping[str, str]) -> str:
    """Say what became of the answer since; '' when it stands."""
    later = facts.get("later", "")
    if not later:
        return ""
    if later == TAKEN_BACK:
        return "The answer was taken back afterwards."
    return f"Changed afterwards to '{later}' ({facts['later_value']} of {facts['highest']})."


def is_red(raised_at: datetime, *, now: datetime, red_after_minutes: int) -> bool:
    """Say whether an alert has waited for as long as the clinic lets one wait."""
    return now - raised_at >= timedelta(minutes=red_after_minutes)


def waiting_time(raised_at: datetime, now: datetime) -> str:
    """Write how long an alert has waited: `5 min`, `2 h 5 min`, `3 days`."""
    minutes = max(0, int((now - raised_at).total_seconds() // 60))
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return times(hours // 24, "day")
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else "less than a minute"


def check_done(done: str) -> list[Problem]:
    """List what is wrong with the words that say what was done."""
    if not is_blank(done) and len(done) <= PARAGRAPH_MAX:
        return []
    return [Problem("done", f"Say what was done, in at most {PARAGRAPH_MAX} characters.")]
