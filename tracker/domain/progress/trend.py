"""One person's course, prepared once: what pictures, sentences, tables and lists all show."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from operator import itemgetter

from msgspec import Struct

from tracker.domain.clinic.course_rules import CLINIC_DEFAULTS, CourseRules
from tracker.domain.codes import Indication, Occasion, SessionState
from tracker.domain.courses import course as course_rules
from tracker.domain.courses.course import Course, Courses
from tracker.domain.instruments.audience import seen_by_patients
from tracker.domain.instruments.model import Instrument
from tracker.domain.progress.dangers import Danger, dangers
from tracker.domain.progress.panels import FollowUp, Pair, PairPanel, ScalePanel
from tracker.domain.scores.interpretation import verdicts
from tracker.domain.scores.points import IncompletePoint, ScorePoint
from tracker.domain.sessions.point import MOOD, PAIN, SessionPoint

SCALES_MAX = 4  # panels of one picture; further scales are listed in words
TODAY_MAX = timedelta(days=365)  # a longer silence would squeeze what came before it
AHEAD_MAX = timedelta(days=42)  # planned sessions further ahead would squeeze the past
LINK_MAX = timedelta(days=14)  # a rating "hours after" belongs to the last session before it
# Points further apart than this many recall periods say nothing about the time between them.
RECALLS_JOINED_MAX = 2


class Audience(StrEnum):
    """Who reads: the same numbers, in other words."""

    PATIENT = "patient"
    CLINICIAN = "clinician"


class Trend(Struct, frozen=True, kw_only=True):
    """One course, prepared for one audience.

    `starts_at` to `ends_at` is what the time axis spans; sessions planned beyond it are not drawn.
    `judged` are all scales, of which the first SCALES_MAX are drawn; `unknown` are the last totals
    of those that no instrument describes.
    `incomplete` are questionnaires without a total, each with the name of its scale. `courses` are
    the courses of treatment in time, by `rules`; none before the first dose. `dangers` are the last
    forms that are one by themselves, also of scales that are not drawn.
    """

    audience: Audience
    now: datetime
    sessions: tuple[SessionPoint, ...]
    judged: tuple[ScalePanel, ...]
    mood: PairPanel | None
    pain: PairPanel | None
    unknown: tuple[tuple[str, ScorePoint], ...]
    starts_at: datetime
    ends_at: datetime
    incomplete: tuple[tuple[str, IncompletePoint], ...] = ()
    courses: tuple[Course, ...] = ()
    rules: CourseRules = CLINIC_DEFAULTS
    dangers: tuple[Danger, ...] = ()

    @property
    def scales(self) -> tuple[ScalePanel, ...]:
        """The scales that are drawn."""
        return self.judged[:SCALES_MAX]

    @property
    def others(self) -> tuple[tuple[str, ScorePoint], ...]:
        """The names and the last totals of the scales that are not drawn."""
        rest = ((panel.instrument.short_title, panel.last) for panel in self.judged[SCALES_MAX:])
        return (*rest, *self.unknown)

    @property
    def leading(self) -> ScalePanel | None:
        """The scale that tells the course first of all; pain, where nothing else was scored."""
        return self.judged[0] if self.judged else self.lasting_pain

    @property
    def treatments(self) -> tuple[SessionPoint, ...]:
        """The sessions in which treatment was given."""
        return tuple(point for point in self.sessions if point.was_given)

    @property
    def ahead(self) -> tuple[SessionPoint, ...]:
        """The sessions planned from now on."""
        planned = SessionState.PLANNED
        return tuple(p for p in self.sessions if p.state is planned and p.at >= self.now)

    @property
    def panels(self) -> tuple[ScalePanel | PairPanel, ...]:
        """What is drawn, from the top: scales, then mood, then pain."""
        pairs = (panel for panel in (self.mood, self.pain) if panel is not None)
        return (*self.scales, *pairs)

    @property
    def lasting_pain(self) -> ScalePanel | None:
        """Pain before and between sessions, where pain is treated, or nobody said what is."""
        treated = {course.indication for course in self.courses}
        is_alone = not self.judged and not treated - {None}
        if self.pain is None or not (Indication.CHRONIC_PAIN in treated or is_alone):
            return None
        return self.pain.lasting

    @property
    def last_dose_at(self) -> datetime | None:
        """The last dose of all courses; None before any."""
        return max((course.last_at for course in self.courses), default=None)

    @property
    def shows_today(self) -> bool:
        """Whether the time axis reaches today, after something has happened."""
        return self.starts_at < self.now <= self.ends_at

    @property
    def empty(self) -> bool:
        """Whether nothing has happened yet; sessions may be planned."""
        listed = self.panels or self.incomplete
        return not listed and all(p.state is SessionState.PLANNED for p in self.sessions)


def trend(
    sessions: Iterable[SessionPoint],
    scores: Iterable[ScorePoint | IncompletePoint],
    instruments: Mapping[str, Instrument],
    *,
    now: datetime,
    audience: Audience,
    indication: Indication | None = None,
    courses: Courses | None = None,
) -> Trend:
    """Prepare what happened from sessions and scores, in whatever order they come.

    Each baseline counts from the first dose of a course; `courses` are those of the sessions, by
    the defaults, where nobody knows better. Scales made for the `indication` come first.
    """
    in_time = tuple(sorted(sessions, key=lambda point: (point.at, point.number)))
    courses = courses or course_rules.courses(course_rules.doses(in_time))
    seen = (p for p in scores if _is_for(audience, p, instruments))
    in_order = sorted(seen, key=lambda score: score.at)
    by_code = _by_code(in_order)
    found = dangers(in_order, instruments)
    codes = _in_order(by_code, instruments, indication, found)
    unknown = tuple((c, points[-1]) for c, points in by_code.items() if c not in instruments)
    starts_at, ends_at = _span(in_time, [p for points in by_code.values() for p in points], now)
    return Trend(
        audience=audience,
        now=now,
        sessions=in_time,
        judged=tuple(_scale(instruments[code], by_code[code], courses) for code in codes),
        mood=_pairs(instruments.get(MOOD), in_time, by_code[MOOD], courses),
        pain=_pairs(instruments.get(PAIN), in_time, by_code[PAIN], courses),
        unknown=tuple(sorted(unknown, key=itemgetter(0))),
        starts_at=starts_at,
        ends_at=ends_at,
        incomplete=tuple(
            (_name(instruments, point.instrument), point)
            for point in in_order
            if isinstance(point, IncompletePoint)
        ),
        courses=courses.in_time,
        rules=courses.rules,
        dangers=found,
    )


def _is_for(
    audience: Audience,
    point: ScorePoint | IncompletePoint,
    instruments: Mapping[str, Instrument],
) -> bool:
    """Say whether a reader sees a score at all: some scales are for staff alone."""
    return audience is not Audience.PATIENT or seen_by_patients(point.instrument, instruments)


def _in_order(
    by_code: Mapping[str, Sequence[ScorePoint]],
    instruments: Mapping[str, Instrument],
    indication: Indication | None,
    found: Sequence[Danger],
) -> list[str]:
    """List the scales in their order; what is a danger stands right behind the first."""
    codes = [code for code in by_code if code in instruments and code not in (MOOD, PAIN)]
    codes.sort(key=lambda code: _order(instruments[code], by_code[code], indication))
    alarming = {danger.instrument.code for danger in found}
    return [*codes[:1], *sorted(codes[1:], key=lambda code: code not in alarming)]


def _name(instruments: Mapping[str, Instrument], code: str) -> str:
    return instruments[code].short_title if code in instruments else code


def _by_code(
    scores: Iterable[ScorePoint | IncompletePoint],
) -> defaultdict[str, list[ScorePoint]]:
    by_code: defaultdict[str, list[ScorePoint]] = defaultdict(list)
    for point in scores:
        if isinstance(point, ScorePoint):
            by_code[point.instrument].append(point)
    return by_code


def _order(
    instrument: Instrument, points: Sequence[ScorePoint], indication: Indication | None
) -> tuple[bool, bool, int, float, str]:
    """Put scales of the indication first, then those that say what counts as change.

    Among equals the most used comes first, then the most recent.
    """
    rules = instrument.change
    silent = not (rules.response_fraction or rules.response_points or rules.smallest_important)
    elsewhere = indication not in instrument.indications
    return elsewhere, silent, -len(points), -points[-1].at.timestamp(), instrument.code


def _scale(instrument: Instrument, points: Sequence[ScorePoint], courses: Courses) -> ScalePanel:
    return ScalePanel(
        instrument,
        tuple(verdicts(points, instrument, courses)),
        _segments(points, timedelta(days=RECALLS_JOINED_MAX * instrument.recall_days)),
        courses.of_scale(instrument.indications),
    )


def _segments(
    points: Sequence[ScorePoint], gap_max: timedelta
) -> tuple[tuple[ScorePoint, ...], ...]:
    runs = [[points[0]]]
    for earlier, later in pairwise(points):
        if later.at - earlier.at > gap_max:
            runs.append([])
        runs[-1].append(later)
    return tuple(tuple(run) for run in runs)


def _pairs(
    instrument: Instrument | None,
    sessions: Sequence[SessionPoint],
    scores: Sequence[ScorePoint],
    courses: Courses,
) -> PairPanel | None:
    if instrument is None:
        return None
    rated: dict[int, Pair] = {}
    for point in sessions:
        before, after = point.ratings(instrument.code)
        if before is not None or after is not None:
            rated[point.session_id] = Pair(point.at, before, after)
    if not rated and not scores:
        return None
    given = [point for point in sessions if point.was_given]
    follow_ups = (FollowUp(score, _ratings_before(score, given, rated)) for score in scores)
    lasting = _lasting(instrument, given, scores, courses)
    return PairPanel(instrument, tuple(rated.values()), tuple(follow_ups), lasting)


def before_session(code: str, rating: int, at: datetime) -> ScorePoint:
    """Take what was rated before a session as a score, at the time at which the session began."""
    return ScorePoint(
        instrument=code, total=Decimal(rating), at=at, occasion=Occasion.BEFORE_SESSION
    )


def _lasting(
    instrument: Instrument,
    given: Sequence[SessionPoint],
    scores: Sequence[ScorePoint],
    courses: Courses,
) -> ScalePanel | None:
    """Judge the ratings before and between sessions; None where no size is known to matter."""
    rules = instrument.change
    if rules.smallest_important is None and rules.smallest_important_fraction is None:
        return None
    points = [*scores]
    for one in given:
        before, _after = one.ratings(instrument.code)
        if before is not None:
            points.append(before_session(instrument.code, before, one.at))
    points.sort(key=lambda point: point.at)
    return _scale(instrument, points, courses) if points else None


def _ratings_before(
    score: ScorePoint, given: Sequence[SessionPoint], rated: Mapping[int, Pair]
) -> Pair | None:
    """Find the ratings of the session that a later rating followed."""
    if score.session_id is not None:
        return rated.get(score.session_id)
    if score.hours_after is None and score.occasion is not Occasion.HOURS_AFTER:
        return None
    before = [point for point in given if timedelta() <= score.at - point.at <= LINK_MAX]
    return rated.get(before[-1].session_id) if before else None


def _span(
    sessions: Sequence[SessionPoint], scores: Sequence[ScorePoint], now: datetime
) -> tuple[datetime, datetime]:
    """Span everything that happened, today, and the next weeks' plan; at least two weeks.

    A silence is as long on the picture as it was, up to a year.
    """
    planned = SessionState.PLANNED
    moments = [point.at for point in scores]
    moments += [p.at for p in sessions if p.state is not planned or p.at - now <= AHEAD_MAX]
    if not moments:
        return now, now + timedelta(days=14)
    starts_at, last_at = min(moments), max(moments)
    reached = now if last_at < now <= last_at + TODAY_MAX else last_at
    return starts_at, max(reached, starts_at + timedelta(days=14))
