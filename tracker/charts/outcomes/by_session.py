"""The picture of totals by session number: mean, interval and spread, the baseline first."""

from matplotlib.figure import Figure

from tracker.charts import axes_frame
from tracker.charts.layout import lines, marks
from tracker.charts.legend import LegendEntry
from tracker.charts.outcomes import sheet as sheets
from tracker.charts.outcomes.sheet import EDGE_IN, OutcomeShape, Sheet
from tracker.charts.style import Theme, text_width_in
from tracker.charts.writing import PanelGround
from tracker.domain.outcomes.pictures.by_session import BySessionPicture

PAD = 0.6
LEAST_SESSIONS = 4


def draw(prepared: BySessionPicture, *, shape: OutcomeShape, theme: Theme) -> Figure:
    """Draw a mark a session; sessions are joined by nothing, since each counts other courses."""
    if prepared.missing:
        return sheets.say_what_is_missing(prepared, shape, theme)
    below_in = (4 if shape.is_narrow else 2) * shape.line_in + 0.18
    mean = {"marker": "o", "markersize": 5, "color": theme.score}
    open_mark = {**mean, "markerfacecolor": theme.paper, "markeredgewidth": 1.3}
    few = [(one.place, one.mean) for one in prepared.means if one.n < prepared.people_min]
    many = [(one.place, one.mean) for one in prepared.means if one.n >= prepared.people_min]
    of_few = LegendEntry(f"mean of fewer than {prepared.people_min}", open_mark)
    of_many = (
        LegendEntry("mean", mean),
        LegendEntry("95 % interval", {"color": theme.score, "linewidth": 3.4}),
        LegendEntry("one standard deviation", {"color": theme.muted, "linewidth": 1.0}),
    )
    keys = (*(of_many if many else ()), *((of_few,) if few else ()))
    sheet = sheets.begin(prepared, shape, theme, shape.plot_in + below_in, keys)
    bottom_in, scale = sheet.top_in - shape.plot_in, prepared.scale
    low, high = float(scale.minimum), float(scale.maximum)
    last = max(LEAST_SESSIONS, *(one.place for one in prepared.means))
    axes = sheet.panel(bottom_in, shape.plot_in, (-PAD, last + PAD), low, high)
    ground = PanelGround(sheet, axes, bottom_in, shape.plot_in, low, high)
    axes_frame.draw(ground, scale, scale.code)
    if not shape.is_narrow:
        axes_frame.name_bands(ground, scale)
    spread = [
        ((one.place, max(low, one.mean - one.sd)), (one.place, min(high, one.mean + one.sd)))
        for one in prepared.means
        if one.sd is not None
    ]
    lines(axes, "deviations", spread, colors=theme.muted, linewidths=1.0, zorder=2)
    sure = [
        ((one.place, max(low, one.ends[0])), (one.place, min(high, one.ends[1])))
        for one in prepared.means
        if one.ends is not None
    ]
    lines(axes, "intervals", sure, colors=theme.score, linewidths=3.4, zorder=3)
    marks(axes, "means", many, **mean)
    marks(axes, "means-of-few", few, **open_mark)
    _write(sheet, ground, prepared)
    return sheet.figure


def _write(sheet: Sheet, ground: PanelGround, prepared: BySessionPicture) -> None:
    shape, line = sheet.shape, sheet.shape.line_in
    left, right = ground.axes.get_xlim()
    widest = max((str(one.n) for one in prepared.means), key=len)
    room = (text_width_in(widest, shape.small_pt) + 0.1) / shape.data_in * (right - left)
    step = next(one for one in (1, 2, 4, 8, 16) if one >= room or one == 16)
    shown = [one for one in prepared.means if one.place % step == 0]
    top = ground.bottom_in - 0.05
    sheets.write_below(sheet, ground.axes, top, [(one.place, str(one.place)) for one in shown])
    counts = [(one.place, str(one.n)) for one in shown]
    if shape.is_narrow:
        words = "sessions given so far, 0 before the first"
        sheet.write(EDGE_IN, top - line - 0.01, words, va="top")
        sheet.write(EDGE_IN, top - 2 * line - 0.06, "courses with a score:", va="top")
        sheets.write_below(sheet, ground.axes, top - 3 * line - 0.06, counts, "session-counts")
        return
    beside = shape.left_in - 0.36
    sheet.write(beside, top, "sessions so far", ha="right", va="top")
    sheet.write(beside, top - line - 0.05, "courses", ha="right", va="top")
    sheets.write_below(sheet, ground.axes, top - line - 0.05, counts, "session-counts")
