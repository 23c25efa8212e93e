"""Figures as bytes: the same picture is always the same bytes, whoever draws beside it."""

from io import BytesIO

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from tracker.charts import progress
from tracker.charts.style import Shape, Theme
from tracker.domain.progress.trend import Trend

PNG_DPI = 200


def svg(figure: Figure) -> bytes:
    """Write a figure as SVG, for an `<img>`: its text is text, set in fonts of the reader."""
    stream = BytesIO()
    FigureCanvasSVG(figure).print_svg(stream, metadata={"Date": None})  # type: ignore[no-untyped-call]
    return stream.getvalue()


def png(figure: Figure, dpi: float = PNG_DPI) -> bytes:
    """Write a figure as PNG, for download and paper."""
    stream = BytesIO()
    figure.set_dpi(dpi)
    FigureCanvasAgg(figure).print_png(stream, metadata={"Software": None})  # type: ignore[no-untyped-call]
    return stream.getvalue()


def progress_svg(trend: Trend, shape: Shape, theme: Theme) -> bytes:
    """Draw a course as SVG."""
    return svg(progress.draw(trend, shape=shape, theme=theme))


def progress_png(trend: Trend, shape: Shape, theme: Theme) -> bytes:
    """Draw a course as PNG."""
    return png(progress.draw(trend, shape=shape, theme=theme))
