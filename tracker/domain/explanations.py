"""The numbers of a course as tables, and what its words mean, for people who want to know."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from tracker.domain.instruments import Band, Instrument
from tracker.domain.panels import PairPanel, ScalePanel, ScorePoint, SessionPoint
from tracker.domain.phrases import dose, full_day, number
from tracker.domain.trends import Trend

NOT_RECORDED = "not recorded"


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers of a picture as text: a caption, headings, and rows of equal length."""

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(trend: Trend) -> tuple[Table, ...]:
    """Lay out every number that the picture shows; a missing value says so."""
    return tuple(table for table in (_sessions(trend), _scores(trend)) if table.rows)


def _sessions(trend: Trend) -> Table:
    columns = ["Day", "Session", "Route", "Dose"]
    rated = [panel.instrument for panel in (trend.mood, trend.pain) if panel is not None]
    for instrument in rated:
        columns += [f"{instrument.short_title} before", f"{instrument.short_title} after"]
    columns.append("Peak dissociation")
    rows = (_session(point, [i.code for i in rated]) for point in trend.sessions)
    return Table("Sessions", tuple(columns), tuple(rows))


def _session(point: SessionPoint, rated: list[str]) -> tuple[str, ...]:
    amount = dose(point) if point.given else ""  # a dose that was only planned was not given
    if amount and not amount.endswith("mg"):
        amount += " mg/kg"
    values: list[int | None] = []
    for code in rated:
        values += point.ratings(code)
    cells = [_cell(value) if point.given else _cell(value, "") for value in values]
    peak = _cell(point.dissociation_peak, NOT_RECORDED if point.given else "")
    if point.dissociation_resolved is False:
        peak += ", not resolved before leaving"
    return (
        full_day(point.at),
        f"{point.number}, {point.state.label.lower()}",
        point.route.label,
        amount or (NOT_RECORDED if point.given else ""),
        *cells,
        peak,
    )


def _cell(value: int | None, missing: str = NOT_RECORDED) -> str:
    return missing if value is None else str(value)


def _scores(trend: Trend) -> Table:
    rows: list[tuple[ScorePoint, str, str]] = []
    for panel in trend.scales:
        name = panel.instrument.short_title
        rows += [(point, name, _meaning(panel, point)) for point in panel.points]
    for pairs in (trend.mood, trend.pain):
        if pairs is not None:
            rows += [(f.score, pairs.instrument.short_title, "") for f in pairs.follow_ups]
    rows += [(point, name, "") for name, point in trend.others]
    rows.sort(key=lambda row: row[0].at)
    return Table(
        "Scores",
        ("Day", "Scale", "Total", "Range", "Occasion"),
        tuple(
            (full_day(p.at), name, number(p.total), meaning, p.occasion.label)
            for p, name, meaning in rows
        ),
    )


def _meaning(panel: ScalePanel, point: ScorePoint) -> str:
    band = panel.instrument.band(point.total)
    words = "" if band is None else band.label
    if point is panel.baseline:
        words = f"{words}, baseline" if words else "Baseline"
    return words


def what_it_means(trend: Trend) -> tuple[str, ...]:
    """Explain each panel in plain words, one line a fact, each threshold with its source."""
    lines: list[str] = []
    for scale in trend.scales:
        lines += _scale(scale.instrument)
    for pairs in (trend.mood, trend.pain):
        if pairs is not None:
            lines += _pairs(pairs)
    if any(point.dissociation_peak is not None for point in trend.sessions):
        lines.append(
            "Peak dissociation is how disconnected you felt at the strongest moment of a session, "
            "from 0 none to 10 most."
        )
    return tuple(lines)


def _scale(instrument: Instrument) -> Iterator[str]:
    name, change = instrument.short_title, instrument.change
    worse = "worse" if instrument.higher_is_worse else "better"
    noun = "fall" if instrument.higher_is_worse else "rise"
    low, high = number(instrument.minimum), number(instrument.maximum)
    yield f"{name} ({instrument.title}) runs from {low} to {high}. Higher is {worse}."
    yield from _bands(instrument)
    if change.smallest_important is not None:
        yield (
            f"A {name} change of {number(change.smallest_important)} or more is usually real. "
            f"Source: {change.smallest_important_source}."
        )
    if change.response_fraction is not None or change.response_points is not None:
        size = _size(change.response_fraction, change.response_points)
        yield f"{name} response is a {noun} of {size} or more. Source: {change.response_source}."
    if change.remission_at_most is not None:
        yield (
            f"{name} remission is {number(change.remission_at_most)} or less. "
            f"Source: {change.remission_source}."
        )


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


def _pairs(panel: PairPanel) -> Iterator[str]:
    instrument = panel.instrument
    yield (
        f"{instrument.short_title} is rated from {number(instrument.minimum)} "
        f"{instrument.low_end} to {number(instrument.maximum)} {instrument.high_end}, "
        "before and after each session."
    )
    yield from _bands(instrument)
