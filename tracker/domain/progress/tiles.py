"""The verdict at a glance: one row of tiles for each leading scale, above the picture."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from msgspec import Struct

from tracker.domain.codes import Indication
from tracker.domain.courses import text as course_text
from tracker.domain.formatting import day_for, days_ago, from_to, number, times
from tracker.domain.instruments import scoring
from tracker.domain.progress import attention
from tracker.domain.progress.panels import CoursePart, ScalePanel
from tracker.domain.progress.trend import Trend
from tracker.domain.scores import glance
from tracker.domain.scores import text as score_text
from tracker.domain.scores.glance import Tone
from tracker.domain.scores.response import Response, responses
from tracker.domain.sessions.point import PAIN

ROWS_MAX = 2  # what takes longer to read than five seconds stands in the picture


LOOK_TITLE = "Needs a look"
PAIN_TITLE = "Pain before and between sessions"


class Tile(Struct, frozen=True):
    """One answer: what it is about, the answer, and what else there is to say of it."""

    about: str
    answer: str
    detail: str = ""
    tone: Tone = Tone.PLAIN


class TileRow(Struct, frozen=True):
    """The tiles of one scale, or those of a course without any."""

    title: str
    tiles: tuple[Tile, ...]

    @property
    def is_to_look_at(self) -> bool:
        """Whether it tells what somebody should look at, and no scale's verdict."""
        return self.title == LOOK_TITLE


def rows(trend: Trend) -> tuple[TileRow, ...]:
    """Answer how somebody is, what changed, how well it went, how long it held, since when.

    What is a danger, or worse on a scale without a row of its own, comes first.
    """
    leading = _leading(trend)
    found = [TileRow(_title(panel), tuple(_tiles(panel, trend))) for panel in leading]
    if looks := [*_looks(trend, leading)]:
        found.insert(0, TileRow(LOOK_TITLE, tuple(looks)))
    return tuple(found)


def _title(panel: ScalePanel) -> str:
    return PAIN_TITLE if panel.instrument.code == PAIN else panel.instrument.short_title


def _leading(trend: Trend) -> list[ScalePanel]:
    """Pick the first scale of each illness that is treated, then another of the leading one."""
    pain = [] if trend.lasting_pain is None else [trend.lasting_pain]
    panels = [*trend.scales, *pain]
    leading = panels[:1]
    for course in reversed(trend.courses):
        if not any(_is_for(panel, course.indication) for panel in leading):
            leading += [panel for panel in panels if _is_for(panel, course.indication)][:1]
    made_for = leading[0].instrument.indications if leading else ()
    alike = (p for p in panels[1:] if any(_is_for(p, illness) for illness in made_for))
    return [*leading, *(panel for panel in alike if panel not in leading)][:ROWS_MAX]


def _is_for(panel: ScalePanel, illness: Indication | None) -> bool:
    return illness in panel.instrument.indications


def _looks(trend: Trend, shown: Sequence[ScalePanel]) -> Iterator[Tile]:
    """List what somebody should look at and what no other row says."""
    said = {p.instrument.code: glance.total(p.instrument, p.last.total) for p in shown}
    for danger in trend.dangers:
        if said.get(danger.instrument.code) != danger.answer:
            day = f"on {day_for(danger.point.at, trend.now)}"
            answer = _capital(danger.answer)
            yield Tile(danger.instrument.short_title, answer, day, Tone.BAD)
    known = said.keys() | {danger.instrument.code for danger in trend.dangers}
    for panel in trend.judged:
        name, day = panel.instrument.short_title, day_for(panel.last.at, trend.now)
        if panel.instrument.code not in known:
            for why in attention.of_scale(panel, trend.now):
                yield Tile(
                    name, _capital(why.removeprefix(f"{name} ")), f"score of {day}", Tone.BAD
                )


def _tiles(panel: ScalePanel, trend: Trend) -> Iterator[Tile]:
    silent = panel.silent_course
    if silent is not None:
        last = f"{number(panel.last.total)} on {day_for(panel.last.at, trend.now)}"
        yield Tile(course_text.name(silent), "No score yet", f"the last before it: {last}")
        yield _since(panel, trend)
        return
    yield _now(panel, trend)
    yield _change(panel, trend)
    start = panel.latest.baseline
    if start is not None and start is not panel.last and not panel.instrument.neither_is_better:
        yield _best(panel.latest, trend.now)
    if (held := _response(panel.latest, trend)) is not None:
        yield held
    yield _since(panel, trend)


def _now(panel: ScalePanel, trend: Trend) -> Tile:
    instrument, last = panel.instrument, panel.last
    about = "Last score" if attention.is_silent(last.at, trend.now) else "Now"
    prorated = ", prorated" if last.prorated else ""
    detail = f"on {day_for(last.at, trend.now)}{prorated}"
    tone = Tone.BAD if scoring.is_danger(instrument, last.total) else Tone.PLAIN
    return Tile(about, glance.total(instrument, last.total), detail, tone)


def _change(panel: ScalePanel, trend: Trend) -> Tile:
    verdict = panel.verdict
    change, start = verdict.since_baseline, verdict.baseline
    if change is None or start is None:
        why = score_text.why_no_baseline(verdict) if start is None else ""
        return Tile("From baseline", _capital(glance.in_few_words(verdict)), why)
    course = verdict.course
    is_over = course is not None and not course.is_running(trend.now, trend.rules.pause_days)
    about = "From baseline"
    if is_over or len(trend.courses) > 1:
        about = f"From baseline of {day_for(start.at, trend.now)}"
    judged = [glance.judgement(verdict, change), "baseline prorated" if start.prorated else ""]
    detail = ", ".join(words for words in judged if words)
    return Tile(about, _capital(glance.comparison(change)), detail, glance.tone(verdict))


def _best(part: CoursePart, now: datetime) -> Tile:
    best = part.best
    if best is part.baseline:
        return Tile("Best", f"{number(best.total)}, the baseline", day_for(best.at, now))
    is_old = attention.is_silent(part.last.at, now)
    if best is part.last:
        return Tile("Best", f"{number(best.total)}, {'the last score' if is_old else 'now'}")
    if best.total == part.last.total:
        as_now = "as at the last score" if is_old else "as now"
        return Tile("Best", f"{number(best.total)}, {as_now}", f"first on {day_for(best.at, now)}")
    return Tile("Best", number(best.total), f"on {day_for(best.at, now)}")


def _response(part: CoursePart, trend: Trend) -> Tile | None:
    """Say whether response was reached, how long it held, and by when it was lost."""
    if part.verdicts[-1].response is None:
        return None
    found = responses(part.verdicts)
    if not found:
        return Tile("Response", "Not reached", _level(part))
    last = found[-1]
    alone = last.reached is last.held
    held = f"Held {from_to(last.reached.at, last.held.at, trend.now)}"
    if alone:
        held = f"On {day_for(last.reached.at, trend.now)} only"
    if last.lost is not None:
        return Tile("Response", held, f"lost by {_loss(last, part, trend)}", Tone.BAD)
    if last.held is not part.last:
        return Tile("Response", held, "the last score is out of it: one more will tell")
    tone = glance.tone(part.verdicts[-1])
    before = found[-2].lost if len(found) > 1 else None
    again = "" if before is None else f"regained: it was lost by {day_for(before.at, trend.now)}"
    if alone:
        return Tile("Response", f"Reached {day_for(last.reached.at, trend.now)}", again, tone)
    detail = again or "held at the last score"
    return Tile("Response", held, f"{detail}{_unknown(last, part)}", tone)


def _unknown(found: Response, part: CoursePart) -> str:
    """Say how long nobody asked while a response is said to have held; '' where not long."""
    days = [v.score.at for v in part.verdicts if found.reached.at <= v.score.at <= found.held.at]
    longest = max((later.date() - earlier.date()).days for earlier, later in pairwise(days))
    if longest <= attention.SILENCE_DAYS:
        return ""
    return f"; no score for {times(longest, 'day')} of that"


def _level(part: CoursePart) -> str:
    side = "or less" if part.instrument.higher_is_worse else "or more"
    return f"{number(part.response_at)} {side}" if part.response_at is not None else ""


def _loss(found: Response, part: CoursePart, trend: Trend) -> str:
    """Write the day by which a response was lost, and how long after the last dose before it."""
    assert found.lost is not None  # noqa: S101 - the caller asked
    day = day_for(found.lost.at, trend.now)
    after = _days_after_dose(found.lost.at, part, trend)
    if after is None:
        return day
    return f"{day}, {times(after, 'day')} after a dose" if after else f"{day}, the day of a dose"


def _days_after_dose(lost_at: datetime, part: CoursePart, trend: Trend) -> int | None:
    """Count the days from the last dose of the course before a loss; None where there is none."""
    numbers = part.course.series if part.course is not None else ()
    doses = [p.at for p in trend.treatments if p.series_number in numbers and p.at <= lost_at]
    return (lost_at.date() - doses[-1].date()).days if doses else None


def _since(panel: ScalePanel, trend: Trend) -> Tile:
    """Say how old what is known is: an old score says little of today."""
    today = trend.now.date()
    score = f"last score {days_ago((today - panel.last.at.date()).days)}"
    dose = trend.last_dose_at
    if dose is None:
        return Tile("Last dose", "None yet", score)
    return Tile("Last dose", _capital(days_ago((today - dose.date()).days)), score)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
