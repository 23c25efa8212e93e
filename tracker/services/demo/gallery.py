"""Every picture of the product in every state, for the eye: of invented people, and saying so."""

from collections.abc import Callable, Iterable, Iterator
from html import escape
from typing import TYPE_CHECKING

from msgspec import Struct

from tracker.domain.demo import many_courses, one_course
from tracker.domain.outcomes.pictures.picture import OutcomePicture
from tracker.domain.progress import after_dose as after_dose_rules
from tracker.domain.progress import summary as progress_summary
from tracker.domain.timelines import text as timeline_text
from tracker.instruments import library

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tracker.charts.style import Theme

    Draw = Callable[[str, Theme], Figure]

INVENTED = "Made-up data: nobody in these pictures exists."
# How many sessions, readings or courses; ten thousand are of a clinic, and of nobody alone.
STATES = {"none": 0, "one": 1, "few": 7, "60": 60, "10000": 10_000}
ONE_PERSON = ("none", "one", "few", "60")
# In which looks a state is drawn: shape, theme, kind of file. Paper has the light theme, by dots.
USUAL = (("desktop", "light", "svg"), ("phone", "light", "svg"))
ALL_LOOKS = (
    *USUAL,
    ("desktop", "dark", "svg"),
    ("phone", "dark", "svg"),
    ("desktop", "grey", "svg"),
    ("desktop", "print", "png"),
)
FULL_STATES = ("60", "10000")


class GalleryPicture(Struct, frozen=True):
    """A picture in one state, with what is said of it to those who cannot see it."""

    name: str
    state: str
    alt: str
    draw: "Draw"

    @property
    def looks(self) -> tuple[tuple[str, str, str], ...]:
        """Name the looks: all of them where there is much to see."""
        return ALL_LOOKS if self.state in FULL_STATES else USUAL

    def file_name(self, look: tuple[str, str, str]) -> str:
        """Name the file of a look."""
        shape, theme, kind = look
        return f"{self.name}-{self.state}-{shape}-{theme}.{kind}"

    def content(self, look: tuple[str, str, str]) -> bytes:
        """Draw it in a look."""
        from tracker.charts import render, style

        shape, theme, kind = look
        themes = {"dark": style.DARK, "grey": style.in_grey(style.LIGHT)}
        figure = self.draw(shape, themes.get(theme, style.LIGHT))
        return render.png(figure) if kind == "png" else render.svg(figure)


def pictures(names: Iterable[str] = STATES) -> Iterator[GalleryPicture]:
    """Go through all pictures of the product, those of each state together."""
    for state in names:
        count = STATES[state]
        if state in ONE_PERSON:
            yield from _of_one(state, count)
        found = many_courses.pictures(many_courses.invent(count), library()["phq9"])
        for prepared in found:
            yield GalleryPicture(
                f"outcomes-{prepared.name}", state, prepared.alt, _outcomes(prepared)
            )


def _outcomes(prepared: OutcomePicture) -> "Draw":
    def draw(shape: str, theme: "Theme") -> "Figure":
        from tracker.charts.outcomes import picture, sheet

        shapes = {"desktop": sheet.DESKTOP, "phone": sheet.PHONE}
        return picture.draw(prepared, shape=shapes[shape], theme=theme)

    return draw


def _of_one(state: str, count: int) -> Iterator[GalleryPicture]:
    """Draw the course and the session of one person."""
    from tracker.charts import after_dose, progress, style
    from tracker.charts.timelines import picture, sizes

    trend = one_course.course(count, library())
    shapes = {"desktop": style.DESKTOP, "phone": style.PHONE}
    if not trend.empty:  # pages say so in words, and show no picture
        yield GalleryPicture(
            "progress", state, progress_summary.alt(trend),
            lambda shape, theme: progress.draw(trend, shape=shapes[shape], theme=theme),
        )  # fmt: skip
    after = after_dose_rules.after_last_dose(trend)
    if after is not None:
        yield GalleryPicture(
            "after-last-dose", state, after_dose_rules.alt(after),
            lambda shape, theme: after_dose.draw(after, shape=shapes[shape], theme=theme),
        )  # fmt: skip
    sitting = one_course.chair_session(count)
    frames = {"desktop": sizes.DESKTOP, "phone": sizes.PHONE}
    yield GalleryPicture(
        "timeline", state, timeline_text.alt(sitting),
        lambda shape, theme: picture.draw(sitting, shape=frames[shape], theme=theme),
    )  # fmt: skip


def index(shown: Iterable[GalleryPicture]) -> str:
    """Write the page that shows them all."""
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        "<title>Gallery of pictures</title></head><body>"
        f"<h1>Gallery of pictures</h1><p>{INVENTED}</p>"
    ]
    for one in shown:
        parts.append(f"<h2>{escape(one.name)}, {escape(one.state)}</h2><p>{escape(one.alt)}</p>")
        for look in one.looks:
            name = escape(one.file_name(look))
            parts.append(
                f'<figure><img src="{name}" alt="{escape(one.alt)}" loading="lazy" '
                f'width="{883 if look[0] == "desktop" else 294}">'
                f"<figcaption>{escape(', '.join(look[:2]))}; {INVENTED}</figcaption></figure>"
            )
    return "\n".join([*parts, "</body></html>", ""])
