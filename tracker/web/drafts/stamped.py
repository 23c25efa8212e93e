"""A form about what others may change meanwhile and what has no version: it carries a stamp."""

from collections.abc import Callable, Mapping

from wtforms import HiddenField

from tracker.domain.problems import StaleError
from tracker.services import stamps
from tracker.web.forms import NounForm

MEANWHILE = (
    "Somebody changed this meanwhile, so nothing was saved. What you typed is still here. "
    "Now it says: {}. Save again to put yours in its place."
)


class StampedForm(NounForm):
    """A form that says what stood when it was opened, and shows what stands when that differs."""

    stands = HiddenField()
    _now: Mapping[str, object] = {}

    def stand_on(self, values: tuple[object, ...], words: Mapping[str, object]) -> None:
        """Take what stands now: a page that is opened gets its stamp; `words` tell it by label."""
        self._values, self._now = values, words
        if not self.is_submitted() and not self.stands.raw_data:  # a draft has its own
            self.stands.data = stamps.make(*values)

    @property
    def opened_stamp(self) -> str:
        """The stamp that the page was opened with."""
        return self.stands.data or ""

    def send(self, action: Callable[[], int]) -> int | None:
        """Do what the form asks for; where something else stands, both are on the page."""
        try:
            return super().send(action)
        except StaleError:
            self.show_theirs()
            return None

    def show_theirs(self) -> None:
        """Tell what stands, and stand on it: sending it again decides."""
        told = "; ".join(f"{label}: {text or 'nothing'}" for label, text in self._now.items())
        self.form_errors.append(MEANWHILE.format(told))
        self.stands.raw_data, self.stands.data = None, stamps.make(*self._values)
        self.once.renew()
        self.status = 409
