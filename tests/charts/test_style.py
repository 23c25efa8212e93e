from itertools import combinations
from itertools import pairwise as neighbours

import pytest
from matplotlib.figure import Figure

from tests.charts import courses
from tracker.charts import dates
from tracker.charts.layout import CoursePaper
from tracker.charts.style import DARK, DESKTOP, LIGHT, PHONE, Theme, text_width_in


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", ["ink", "muted", "score", "mood", "pain", "warning"])
def test_words_and_marks_stand_out_from_paper_and_bands(theme: Theme, name: str):
    for ground in (theme.paper, theme.band, theme.ribbon, theme.response):
        assert contrast(getattr(theme, name), ground) >= (4.5 if name in {"ink", "muted"} else 3)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_the_series_differ_from_each_other(theme: Theme):
    assert all(a != b for a, b in combinations((theme.score, theme.mood, theme.pain), 2))


def test_bold_type_is_wider():
    assert text_width_in("Sessions", 11, bold=True) > text_width_in("Sessions", 11) > 0


@pytest.mark.parametrize("shape", [DESKTOP, PHONE], ids=lambda shape: shape.name)
@pytest.mark.parametrize("name", ["one", "responder", "relapse", "long_course"])
def test_days_have_room_and_lie_within_the_course(name, shape):
    course = courses.COURSES[name]()
    sheet = CoursePaper(Figure(), shape, LIGHT, course.starts_at, course.ends_at)
    ticks = dates.ticks(sheet)
    days = [day for day, _label in ticks]
    assert len(days) >= 3
    assert course.starts_at.date() <= days[0] <= days[-1] <= course.ends_at.date()
    for (one, label), (other, _next) in neighbours(ticks):
        room_in = (other - one).days / sheet.days_per_in
        assert room_in > text_width_in(label, shape.small_pt)
