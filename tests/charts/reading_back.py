"""Read a drawn figure back: artists by their gid, words with their boxes."""

from itertools import combinations

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from tracker.charts.render import PNG_DPI


def find(figure, gid):
    """Find the one artist with a gid, or None."""
    found = [artist for axes in figure.axes for artist in axes.get_children()]
    found += figure.get_children()
    found = [artist for artist in found if artist.get_gid() == gid]
    assert len(found) <= 1
    return found[0] if found else None


def points(figure, gid):
    """List the places of marks."""
    line = find(figure, gid)
    return [] if line is None else [tuple(map(float, point)) for point in line.get_xydata()]


def segments(figure, gid):
    """List the points of every line of a collection."""
    lines = find(figure, gid)
    found = [] if lines is None else lines.get_segments()
    return [[tuple(map(float, point)) for point in line] for line in found]


def boxes(figure):
    """List every piece of writing with its box on the finest paper."""
    figure.set_dpi(PNG_DPI)  # coarser pixels widen small type
    renderer = FigureCanvasAgg(figure).get_renderer()
    texts = [text for text in figure.findobj(Text) if text.get_text() and text.axes is None]
    texts += [text for axes in figure.axes for text in axes.texts]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts]


def words(figure):
    """List everything that is written."""
    return [written for written, _box in boxes(figure)]


def check_words_apart(figure):
    """Find no words that touch each other or leave the picture."""
    written = boxes(figure)
    width, height = figure.get_size_inches() * figure.dpi
    for words, box in written:
        assert 0 <= box.x0 <= box.x1 <= width, words
        assert 0 <= box.y0 <= box.y1 <= height, words
    for (words, box), (others, other) in combinations(written, 2):
        # Two pixels of the line box above and below the letters are air.
        assert not box.padded(-2).overlaps(other.padded(-2)), (words, others)
