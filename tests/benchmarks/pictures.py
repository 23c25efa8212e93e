"""The progress picture against the same artists drawn as pyplot's tutorials would.

The naive picture has the same panels, bands, levels, points, pairs, sessions and words; its ticks
are those of AutoDateLocator, as nobody writes day labels by hand in a first version. Both keep text
as text, so the difference is not in the size of the file.
"""

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from time import process_time

from tests.benchmarks._figures import Figure
from tests.charts import courses
from tracker.charts import render
from tracker.charts.outcomes import picture as outcome_picture
from tracker.charts.outcomes import sheet
from tracker.charts.style import DESKTOP, LIGHT
from tracker.domain.demo import many_courses
from tracker.domain.formatting import number
from tracker.domain.outcomes.pictures.picture import OutcomePicture
from tracker.domain.progress.panels import PairPanel, ScalePanel
from tracker.domain.progress.trend import Trend
from tracker.domain.sessions.point import dose, route
from tracker.instruments import library

FASTER_AT_LEAST = 4.0
ROUNDS = 7
COURSES, SECONDS_MAX = 10_000, 1.5
DRAWN_AGAIN, GROWTH_MAX_MIB = 3, 1.0


def twelve_sessions() -> Trend:
    """Twelve sessions with mood and pain, and a score for every second."""
    days = [3.5 * n for n in range(12)]
    sessions = [
        courses.rated(
            n, day, f"{2 + n % 3}>{4 + n % 4}", n % 8, pain_before=8 - n % 3, pain_after=5 - n % 3
        )
        for n, day in enumerate(days, 1)
    ]
    return courses.prepare(
        sessions, courses.totals("phq9", m1=19, d7=17, d14=14, d21=12, d28=9, d38=8)
    )


def naive(trend: Trend) -> bytes:
    """Draw the picture by pyplot with tight_layout."""
    # Imported here alone: pyplot keeps state of the whole process, which the tracker never wants.
    from matplotlib import pyplot

    panels = trend.panels
    figure, axes = pyplot.subplots(len(panels) + 1, 1, sharex=True, figsize=(9.2, 7.5))
    for axis, panel in zip(axes, panels, strict=False):
        instrument = panel.instrument
        axis.set_ylim(float(instrument.minimum), float(instrument.maximum))
        axis.set_title(instrument.short_title, loc="left")
        axis.set_ylabel(f"{instrument.low_end} - {instrument.high_end}")
        axis.grid(visible=True)
        for band in instrument.bands:
            axis.axhspan(float(band.lowest), float(band.highest), alpha=0.1)
            axis.text(1.01, float(band.lowest), band.label, transform=axis.get_yaxis_transform())
        for point in trend.treatments:
            axis.axvline(point.at, linewidth=0.6)
        if isinstance(panel, ScalePanel):
            _naive_scale(axis, panel)
        else:
            _naive_pairs(axis, panel)
        axis.legend(loc="upper left", bbox_to_anchor=(1.12, 1))
    _naive_sessions(axes[-1], trend)
    figure.tight_layout()
    stream = BytesIO()
    pyplot.savefig(stream, format="svg", metadata={"Date": None})
    pyplot.close(figure)
    return stream.getvalue()


def _naive_scale(axis, panel: ScalePanel) -> None:
    axis.plot([p.at for p in panel.points], [float(p.total) for p in panel.points], marker="o")
    if panel.baseline is not None and panel.latest.ribbon is not None:
        axis.axhline(float(panel.baseline.total), label=f"baseline {panel.baseline.total}")
        axis.axhspan(*map(float, panel.latest.ribbon), alpha=0.2, label="no real change")
    levels = (("response", panel.latest.response_at, "--"), ("remission", panel.remission_at, ":"))
    for name, level, style in levels:
        if level is not None:
            axis.axhline(float(level), linestyle=style, label=f"{name} {number(level)}")
    axis.annotate(number(panel.last.total), (panel.last.at, float(panel.last.total)))


def _naive_pairs(axis, panel: PairPanel) -> None:
    at = [pair.at for pair in panel.pairs]
    before, after = [p.before for p in panel.pairs], [p.after for p in panel.pairs]
    axis.vlines(at, before, after)
    axis.plot(at, before, "o", markerfacecolor="none", label="before")
    axis.plot(at, after, "^", label="after")


def _naive_sessions(axis, trend: Trend) -> None:
    at = [point.at for point in trend.treatments]
    axis.set_ylim(-3, 10)
    axis.set_title("Sessions", loc="left")
    axis.stem(at, [point.dissociation_peak or 0 for point in trend.treatments], label="peak")
    axis.plot(at, [-1.5] * len(at), "|", label="given")
    for point in trend.treatments:
        axis.annotate(f"{route(point)}\n{dose(point)}", (point.at, -3), ha="center", va="top")
    axis.legend(loc="upper left", bbox_to_anchor=(1.12, 1))


def cpu_ms(draw: Callable[[], object]) -> float:
    """Time one drawing by the clock of this process alone."""
    start = process_time()
    draw()
    return (process_time() - start) * 1000


def run() -> Iterator[Figure]:
    """Measure both by turns."""
    trend = twelve_sessions()
    ours, theirs = [], []
    for _round in range(ROUNDS + 1):
        ours.append(cpu_ms(lambda: render.progress_svg(trend, DESKTOP, LIGHT)))
        theirs.append(cpu_ms(lambda: naive(trend)))
    # The first round of each warms fonts and imports.
    ratio = min(theirs[1:]) / min(ours[1:])
    name = "progress picture SVG, 12 sessions: times faster than pyplot + tight_layout"
    yield Figure(name, round(ratio, 2), FASTER_AT_LEAST, at_least=True)
    yield from _of_many()


def _of_many() -> Iterator[Figure]:
    """Measure pictures of 10,000 courses: the slowest, and what all of them leave in memory."""
    found = many_courses.pictures(many_courses.invent(COURSES), library()["phq9"])

    def draw(one: OutcomePicture) -> None:
        render.svg(outcome_picture.draw(one, shape=sheet.DESKTOP, theme=LIGHT))

    times = [min(cpu_ms(partial(draw, one)) for _ in range(DRAWN_AGAIN)) for one in found]
    slowest = round(max(times) / 1000, 2)
    yield Figure("the slowest picture of 10,000 courses, CPU s", slowest, SECONDS_MAX)
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for one in found * DRAWN_AGAIN:
        draw(one)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    grown = round((after - before) / 2**20, 2)
    yield Figure("growth over 33 such pictures, MiB", grown, GROWTH_MAX_MIB)
