"""The numbers of a course as tables, and what its words mean, for people who want to know."""

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from tracker.domain.courses import text as course_text
from tracker.domain.formatting import full_day, number, times
from tracker.domain.instruments.model import Band, Instrument
from tracker.domain.progress.trend import Audience, Trend
from tracker.domain.scores import interpretation
from tracker.domain.scores import text as score_text
from tracker.domain.scores.interpretation import ScoreChange, Verdict
from tracker.domain.scores.points import IncompletePoint, ScorePoint, incomplete
from tracker.domain.sessions.point import MOOD, PAIN, SessionPoint, dose

NOT_RECORDED = "not recorded"


class TextTable(Struct, frozen=True):
    """The numbers of a picture as text: a caption, headings, and rows of equal length."""

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(trend: Trend) -> tuple[TextTable, ...]:
    """Lay out every number that the picture shows; a missing value says so."""
    return tuple(table for table in (_sessions(trend), _scores(trend)) if table.rows)


def _sessions(trend: Trend) -> TextTable:
    several = len(trend.courses) > 1
    columns = ["Day", *(["Course"] if several else []), "Session", "Route", "Dose"]
    rated = [panel.instrument for panel in (trend.mood, trend.pain) if panel is not None]
    for instrument in rated:
        columns += [f"{instrument.short_title} before", f"{instrument.short_title} after"]
    columns.append("Peak dissociation")
    course_of = {n: str(course.number) for course in trend.courses for n in course.series}
    rows = []
    for point in trend.sessions:
        day, *cells = _session(point, [i.code for i in rated])
        rows.append((day, *([course_of.get(point.series_number, "")] if several else []), *cells))
    return TextTable("Sessions", tuple(columns), tuple(rows))


def _session(point: SessionPoint, rated: list[str]) -> tuple[str, ...]:
    amount = dose(point) if point.was_given else ""  # a dose that was only planned was not given
    if amount and not amount.endswith("mg"):
        amount += " mg/kg"
    values: list[int | None] = []
    for code in rated:
        values += point.ratings(code)
    cells = [_cell(value) if point.was_given else _cell(value, "") for value in values]
    peak = _cell(point.dissociation_peak, NOT_RECORDED if point.was_given else "")
    if point.dissociation_resolved is False:
        peak += ", not resolved before leaving"
    return (
        full_day(point.at),
        f"{point.number}, {point.state.label.lower()}",
        point.route.label,
        amount or (NOT_RECORDED if point.was_given else ""),
        *cells,
        peak,
    )


def _cell(value: int | None, missing: str = NOT_RECORDED) -> str:
    return missing if value is None else str(value)


def _scores(trend: Trend) -> TextTable:
    start = "start" if trend.audience is Audience.PATIENT else "baseline"
    headers = ["Day", "Scale", "Total", "Range", f"From {start}", "From last", "Occasion"]
    rows = sorted(_score_rows(trend), key=lambda row: row.point.at)
    # Patients see these answers on the form they gave them in; they are not listed one by one.
    watched = trend.audience is Audience.CLINICIAN and any(row.point.safety for row in rows)
    if watched:
        headers.append("Suicide item")
    return TextTable(
        "Scores",
        tuple(headers),
        tuple((*row.cells, *([_safety(row.point)] if watched else [])) for row in rows),
    )


class _Row(Struct, frozen=True):
    """One score in its table: what is said of it, from its scale to its changes."""

    point: ScorePoint | IncompletePoint
    name: str
    total: str
    meaning: str = ""
    changes: tuple[str, str] = ("", "")

    @property
    def cells(self) -> tuple[str, ...]:
        return (
            full_day(self.point.at),
            self.name,
            self.total,
            self.meaning,
            *self.changes,
            self.point.occasion.label,
        )


def _score_rows(trend: Trend) -> Iterator[_Row]:
    for panel in trend.judged:
        name = panel.instrument.short_title
        for verdict in panel.verdicts:
            changes = (_short(verdict.since_baseline), _short(verdict.since_last))
            yield _Row(verdict.score, name, _total(verdict.score), _meaning(verdict), changes)
    for pairs in (trend.mood, trend.pain):
        if pairs is not None:
            name = pairs.instrument.short_title
            yield from (_Row(f.score, name, _total(f.score)) for f in pairs.follow_ups)
    for name, point in trend.unknown:
        yield _Row(point, name, _total(point))
    for name, unfinished in trend.incomplete:
        yield _Row(unfinished, name, incomplete(unfinished))


def _total(point: ScorePoint) -> str:
    return f"{number(point.total)}, prorated" if point.prorated else number(point.total)


def _short(change: ScoreChange | None) -> str:
    return "" if change is None else score_text.short(change)


def _meaning(verdict: Verdict) -> str:
    words = [] if verdict.band is None else [verdict.band.label]
    if verdict.is_baseline:
        course = verdict.course
        later = "" if course is None or course.number == 1 else f" of course {course.number}"
        words.append(f"baseline{later}")
    last = verdict.since_last
    if last is not None and last.other_version:
        words.append(f"version {last.later.version} of the form")
    joined = ", ".join(words)
    return joined[:1].upper() + joined[1:]


def _safety(point: ScorePoint | IncompletePoint) -> str:
    return ", ".join(
        f"item {item} not answered" if value is None else f"item {item}: {number(value)}"
        for item, value in point.safety
    )


def what_it_means(trend: Trend) -> tuple[str, ...]:
    """Explain each panel in plain words, one line a fact, each threshold with its source."""
    lines: list[str] = []
    if trend.scales:
        rule = trend.scales[0].verdict.baseline_rule
        lines.append(f"Baseline, the score at the start: {rule}.")
    if len(trend.courses) > 1:
        lines.append(f"{course_text.rule(trend.rules)} Each has a baseline of its own.")
    for scale in trend.scales:
        lines += explain(scale.instrument)
    for pairs in (trend.mood, trend.pain):
        if pairs is not None:
            lines += explain(pairs.instrument)
    if any(point.dissociation_peak is not None for point in trend.sessions):
        lines.append(
            "Peak dissociation is how disconnected you felt at the strongest moment of a session, "
            "from 0 none to 10 most."
        )
    return tuple(lines)


def explain(instrument: Instrument) -> tuple[str, ...]:
    """Explain one scale, in the very words that stand below a picture which shows it."""
    return tuple(_rating(instrument) if instrument.code in (MOOD, PAIN) else _scale(instrument))


def _scale(instrument: Instrument) -> Iterator[str]:
    name, change = instrument.short_title, instrument.change
    noun = "fall" if instrument.higher_is_worse else "rise"
    low, high = number(instrument.minimum), number(instrument.maximum)
    yield f"{name} ({instrument.title}) runs from {low} to {high}. {_direction(instrument)}."
    yield from _bands(instrument)
    yield from _real(instrument)
    if change.response_fraction is not None or change.response_points is not None:
        size = _size(change.response_fraction, change.response_points)
        yield f"{name} response is a {noun} of {size} or more. Source: {change.response_source}."
    if change.remission_at_most is not None:
        level = score_text.remission_rule(instrument)
        yield f"{name} remission is {level}. Source: {change.remission_source}."
    if entry := score_text.entry_rule(instrument):
        names = score_text.levels_defined(instrument)
        verb = "count" if " and " in names else "counts"
        source = _source(change.entry_source)
        yield f"{name} {names} {verb} from a score of {entry} at the start. {source}"
    yield from _missing(instrument)


def _direction(instrument: Instrument) -> str:
    if instrument.neither_is_better:
        return "Neither end is better"
    return "Higher is worse" if instrument.higher_is_worse else "Higher is better"


def _real(instrument: Instrument) -> Iterator[str]:
    """Say from which size a change matters, and from which it is more than chance."""
    name, rules = instrument.short_title, instrument.change
    real = interpretation.reliable_size(instrument)
    if matters := score_text.important_rule(instrument):
        unknown = f" {score_text.CHANCE_UNKNOWN}" if real is None else ""
        source = _source(rules.smallest_important_source)
        yield f"{name}: a change of {matters} matters to most people.{unknown} {source}"
    if real is not None:
        error = f"; 95 %: 1.96 x \u221a2 x {number(rules.sem)}" if rules.sem is not None else ""
        yield (
            f"{name}: a change of {number(real)} or more is usually real: more than the scale errs "
            f"by chance (reliable change{error}). {_source(rules.reliable_source)}"
        )


def _missing(instrument: Instrument) -> Iterator[str]:
    """Say what becomes of a questionnaire that was not answered in full."""
    name, allowed = instrument.short_title, instrument.scoring.missing_allowed
    if allowed:
        yield (
            f"With up to {times(allowed, 'answer')} missing, {name} is prorated: the total is "
            "worked out from the others, and its mark is hollow. With more missing it has no "
            f"total. {_source(instrument.scoring.missing_source)}"
        )
    elif len(instrument.items) > 1:
        yield f"With any answer missing, {name} has no total."


def _source(source: str) -> str:
    return f"Source: {source}."


def _bands(instrument: Instrument) -> Iterator[str]:
    if instrument.bands:
        ranges = "; ".join(_range(band) for band in instrument.bands)
        yield f"{instrument.short_title} ranges: {ranges}. Source: {instrument.bands_source}."


def _size(fraction: Decimal | None, points: Decimal | None) -> str:
    if fraction is not None:
        return f"{number(fraction * 100)} % of the score at the start"
    return f"{number(points or 0)} points"


def _range(band: Band) -> str:
    low, high = number(band.lowest), number(band.highest)
    return f"{low} {band.label.lower()}" if low == high else f"{low} to {high} {band.label.lower()}"


def _rating(instrument: Instrument) -> Iterator[str]:
    yield (
        f"{instrument.short_title} is rated from {number(instrument.minimum)} "
        f"{instrument.low_end} to {number(instrument.maximum)} {instrument.high_end}, "
        "before and after each session."
    )
    yield from _bands(instrument)
    yield from _real(instrument)
