"""Courses of made-up people, from nobody treated yet to fourteen months of boosters."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from tracker.domain.codes import Drug, Indication, Occasion, Phase, Route, SessionState
from tracker.domain.courses import course as course_rules
from tracker.domain.courses.course import Courses
from tracker.domain.progress.trend import Audience, Trend, trend
from tracker.domain.scores.points import IncompletePoint, ScorePoint
from tracker.domain.sessions.point import SessionPoint
from tracker.instruments import library

ZONE = ZoneInfo("America/Chicago")
START = datetime(2026, 3, 3, 10, 0, tzinfo=ZONE)


def at(day: float) -> datetime:
    """Count days from the first session."""
    return START + timedelta(days=day)


def given(number: int, day: float, **values: object) -> SessionPoint:
    """Give one session; what is not named stays missing."""
    point = {
        "state": SessionState.COMPLETED,
        "route": Route.IV,
        "drug": Drug.KETAMINE,
        "dose_mg": Decimal(40),
        "dose_mg_per_kg": Decimal("0.50"),
    }
    return SessionPoint(session_id=number, number=number, at=at(day), **{**point, **values})


def treated(*sessions: SessionPoint | None) -> Courses:
    """Make courses of some sessions; None is no dose."""
    return course_rules.courses(course_rules.doses(point for point in sessions if point))


def rated(number: int, day: float, mood: str, peak: int | None, **values: object) -> SessionPoint:
    """Give one session with mood written as `3>6`; a missing side is empty."""
    before, after = (int(side) if side else None for side in mood.split(">"))
    ratings = {"mood_before": before, "mood_after": after, "dissociation_peak": peak}
    return given(number, day, **{"dissociation_resolved": True, **ratings, **values})


def totals(instrument: str, **by_day: int) -> list[ScorePoint]:
    """Write totals as `d0=18, d7=15`, with `m3` for three days before the first session."""
    sign = {"d": 1, "m": -1}
    return [
        ScorePoint(instrument=instrument, total=Decimal(total), at=at(sign[day[0]] * int(day[1:])))
        for day, total in by_day.items()
    ]


def prepare(
    sessions: list[SessionPoint], scores: list[ScorePoint | IncompletePoint], **values: object
) -> Trend:
    """Prepare a course as a service would."""
    moments = [point.at for point in (*sessions, *scores) if not isinstance(point, IncompletePoint)]
    now = values.pop("now", None) or max([at(0), *moments])
    audience = values.pop("audience", Audience.CLINICIAN)
    return trend(sessions, scores, library(), now=now, audience=audience, **values)


def later(instrument: str, day: float, total: int, hours: int) -> ScorePoint:
    """Rate some hours after the session of a day."""
    return ScorePoint(
        instrument=instrument,
        total=Decimal(total),
        at=at(day) + timedelta(hours=hours),
        occasion=Occasion.HOURS_AFTER,
        hours_after=Decimal(hours),
    )


DAYS = (0, 3, 7, 10, 14, 17)


def nobody() -> Trend:
    """Nothing at all."""
    return prepare([], [])


def planned() -> Trend:
    """Six sessions planned, none given."""
    sessions = [given(n, day, state=SessionState.PLANNED) for n, day in enumerate(DAYS, 1)]
    return prepare(sessions, [], now=at(-2))


def one() -> Trend:
    """One session, one total."""
    return prepare([rated(1, 0, "3>6", 5)], totals("phq9", m1=18))


def responder() -> Trend:
    """Six sessions, PHQ-9 halved, GAD-7 down, follow-up ratings."""
    moods = ("2>5", "3>6", "4>6", "5>5", "5>8", "6>8")
    sessions = [
        rated(n, day, mood, peak)
        for n, day, mood, peak in zip(range(1, 7), DAYS, moods, (6, 7, 5, 5, 4, 3), strict=True)
    ]
    scores = totals("phq9", m1=18, d6=14, d13=11, d21=9) + totals("gad7", m1=15, d13=9, d21=7)
    scores += [later("mood-nrs", day, 5 + n // 2, 24) for n, day in enumerate(DAYS)]
    return prepare(sessions, scores)


def non_responder() -> Trend:
    """Six sessions without much change; one missed and made up for, one left unresolved."""
    moods = ("3>4", "3>3", "4>3", "3>4", "2>3", "3>3")
    sessions = [
        rated(n, day, mood, peak, dissociation_resolved=peak < 9)
        for n, day, mood, peak in zip(range(1, 7), DAYS, moods, (8, 9, 6, 7, 0, 5), strict=True)
    ]
    sessions[3] = given(4, 10, state=SessionState.MISSED)
    sessions += [given(7, 20, state=SessionState.CANCELLED), rated(8, 22, "3>5", 4)]
    return prepare(sessions, totals("phq9", d0=19, d7=20, d14=17, d22=18))


def relapse() -> Trend:
    """Induction, three quiet months, relapse, two boosters, one more planned."""
    days = (*DAYS, 110, 117)
    moods = ("2>5", "3>6", "4>7", "5>8", "6>8", "7>8", "3>6", "5>8")
    sessions = [
        rated(n, day, mood, 5, dose_mg_per_kg=Decimal("0.5") if day < 100 else Decimal("0.75"))
        for n, (day, mood) in enumerate(zip(days, moods, strict=True), 1)
    ]
    sessions.append(given(9, 131, state=SessionState.PLANNED))
    scores = totals("phq9", m2=21, d7=15, d14=10, d21=6, d49=5, d77=8, d105=17, d124=9)
    return prepare(sessions, scores, now=at(126))


def long_course() -> Trend:
    """Sixty sessions over fourteen months, three routes, a change of dose."""
    sessions, scores = [], []
    for n in range(60):
        route = Route.IV if n < 30 else Route.IM if n < 45 else Route.SC
        sessions.append(
            rated(
                n + 1,
                n * 7.1,
                f"{2 + n % 4 + n // 20}>{4 + n % 3 + n // 20}",
                (n * 7) % 9,
                route=route,
                dose_mg_per_kg=Decimal("0.5") if n < 12 else Decimal("0.6"),
                dissociation_resolved=n not in (17, 41),
            )
        )
        if n % 2 == 0:
            scores += totals("phq9", **{f"d{int(n * 7.1)}": max(3, 22 - n // 3 + n % 5)})
    return prepare(sessions, scores)


def gaps() -> Trend:
    """Values missing on either side, a session with none, and totals too far apart to join."""
    moods = ("3>6", "4>", ">7", ">", "5>8", "6>6")
    sessions = [
        rated(n, day, mood, None if n in (2, 4) else 4)
        for n, (day, mood) in enumerate(zip(DAYS, moods, strict=True), 1)
    ]
    sessions[3] = given(4, 10, dose_mg_per_kg=None, dose_mg=None)
    return prepare(sessions, totals("phq9", m30=20, d8=15, d60=11, d66=10))


def pain() -> Trend:
    """A person treated for pain: rated before, after, and a day later; PEG."""
    pairs = ((8, 4), (7, 4), (7, 7), (6, 3), (6, 7), (5, 2))
    sessions = [
        given(n, day, pain_before=before, pain_after=after, dissociation_peak=3)
        for n, (day, (before, after)) in enumerate(zip(DAYS, pairs, strict=True), 1)
    ]
    scores = totals("peg", m3=8, d7=7, d14=6, d21=5)
    scores += [
        later("pain-nrs", day, value, 24)
        for day, value in zip(DAYS, (5, 5, 6, 4, 5, 3), strict=True)
    ]
    return prepare(sessions, scores)


def well_being() -> Trend:
    """A scale on which higher is better; nasal esketamine in milligrams."""
    nasal = {"route": Route.NASAL, "drug": Drug.ESKETAMINE}
    sessions = [
        rated(n, day, "4>6", 6, dose_mg=Decimal(56 if n == 1 else 84), **nasal)
        for n, day in enumerate((0, 3, 7, 10, 14, 17, 21, 24), 1)
    ]
    return prepare(sessions, totals("who5", m1=28, d7=36, d14=52, d24=64))


def many_scales() -> Trend:
    """Six scales, of which four are drawn; both ratings."""
    sessions = [
        rated(n, day, "3>6", 5, pain_before=7, pain_after=5) for n, day in enumerate(DAYS, 1)
    ]
    scores = totals("phq9", m1=8, d7=6, d14=5, d21=4) + totals("pcl5", m1=52, d21=35)
    scores += totals("madrs", m1=20, d7=16, d21=12) + totals("bdi2", d21=14)
    scores += totals("qids-sr16", m1=18, d21=9)
    return prepare(sessions, scores + totals("cadss", d0=12, d3=9, d7=14, d10=8, d14=7))


def scores_alone() -> Trend:
    """Scores and ratings of somebody whose sessions were not recorded."""
    scores = totals("bdi2", d0=32, d28=24, d56=18, d84=19) + totals("hamd17", d0=22, d84=9)
    return prepare([], scores + totals("pain-nrs", d0=6, d1=4, d30=3))


def mixed() -> Trend:
    """Routes and units that change from session to session, across a new year, PEG in tenths."""
    kinds = (
        {"route": Route.SUBLINGUAL, "dose_mg": Decimal(200), "dose_mg_per_kg": None},
        {"route": Route.IM, "dose_mg_per_kg": Decimal("0.75")},
        {"route": Route.NASAL, "drug": Drug.ESKETAMINE, "dose_mg": Decimal(84)},
        {"route": Route.IV, "dose_mg_per_kg": Decimal("1.25")},
        {"route": Route.ORAL, "dose_mg": Decimal(300), "dose_mg_per_kg": None},
    )
    sessions = [rated(n, 290 + n * 5, "2>8", 10, **kinds[n % 5]) for n in range(1, 9)]
    scores = [
        ScorePoint(instrument="peg", total=Decimal(total), at=at(day))
        for total, day in (("9.7", 290), ("6.3", 305), ("3.3", 335))
    ]
    return prepare(sessions, scores + totals("qids-sr16", d290=27, d310=14, d335=0))


def several() -> Trend:
    """Four scales; a prorated total, another version, one without a total."""
    sessions = [
        rated(n, day, "3>6", 5, pain_before=6, pain_after=4) for n, day in enumerate(DAYS, 1)
    ]
    scores = totals("phq9", m1=19, d6=15, d13=12, d21=8) + totals("peg", m1=7, d13=6, d21=4)
    scores += totals("gad7", m1=16, d6=13, d13=11, d21=12) + totals(
        "pcl5-week", m1=58, d13=47, d21=40
    )
    scores[1] = replace(scores[1], prorated=True, safety=((9, None),))
    scores[3] = replace(scores[3], version="2", safety=((9, Decimal(1)),))
    scores[:3] = [replace(score, version="1") for score in scores[:3]]
    unfinished = IncompletePoint(instrument="phq9", at=at(25), answered=5, asked=9)
    return prepare(sessions, [*scores, unfinished])


def course_of(
    series: int, first: int, days: tuple[int, ...], **values: object
) -> list[SessionPoint]:
    """Give the sessions of one series; `first` is the number of the first of all its sessions."""
    about = {"series_number": series, "phase": Phase.INDUCTION, **values}
    return [rated(first + n, day, "3>6", 5, **about) for n, day in enumerate(days)]


def two_courses() -> Trend:
    """Two inductions fourteen months apart, the second with a maintenance, each halved."""
    depression = {"indication": Indication.DEPRESSION}
    sessions = course_of(1, 1, (0, 3, 7), **depression)
    sessions += course_of(2, 4, (420, 423, 427), **depression)
    sessions += course_of(3, 7, (441, 455), **depression, phase=Phase.MAINTENANCE)
    scores = totals("phq9", m1=12, d28=4, d419=22, d440=15, d456=11)
    return prepare(sessions, scores + totals("madrs", m1=26, d28=8, d419=38, d456=19))


def side_by_side() -> Trend:
    """Ketamine for depression, and for pain while that runs."""
    sessions = course_of(1, 1, DAYS, indication=Indication.DEPRESSION)
    sessions += course_of(2, 7, (24, 27, 31), indication=Indication.CHRONIC_PAIN)
    scores = totals("phq9", m1=20, d14=12, d23=8, d35=9) + totals("peg", d1=7, d23=8, d35=4)
    return prepare(sessions, scores)


def three_courses() -> Trend:
    """Three courses: lost after 6 weeks, lost after 12, holding."""
    sessions = course_of(1, 1, (0, 3, 7, 10)) + course_of(2, 5, (200, 203, 207))
    sessions += course_of(3, 8, (420, 423, 427))
    scores = totals("phq9", m1=20, d7=8, d14=7, d30=9, d50=14, d60=16, d100=18)
    scores += totals("phq9", d199=21, d207=9, d214=8, d230=8, d260=9, d290=15, d300=17)
    scores += totals("phq9", d419=19, d427=12, d434=8, d448=7)
    return prepare(sessions, scores)


COURSES = {
    course.__name__: course
    for course in (
        nobody,
        planned,
        one,
        responder,
        non_responder,
        relapse,
        long_course,
        gaps,
        pain,
        well_being,
        many_scales,
        scores_alone,
        several,
        mixed,
        two_courses,
        three_courses,
        side_by_side,
    )
}
