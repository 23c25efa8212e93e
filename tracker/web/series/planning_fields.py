"""Fields of when and where a session takes place: a chair of the clinic, days of the week."""

from collections.abc import Iterable
from typing import Any

from wtforms import SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from tracker.web.filters import WEEKDAYS


class ChairSelect(SelectField):
    """A choice of one of the clinic's chairs, or none; a chair that stands may stay."""

    def __init__(self, label: str = "Chair", **kwargs: Any) -> None:
        """Offer none until a form says which chairs there are."""
        super().__init__(label, choices=[], validate_choice=False, **kwargs)

    def offer(self, chairs: Iterable[str], stands: str = "") -> None:
        """Offer the chairs of the clinic, and the one that stands."""
        names = dict.fromkeys([*chairs, *filter(None, [stands])])
        self.choices = [SelectChoice("", "None"), *(SelectChoice(name, name) for name in names)]


class WeekdayChoice(SelectMultipleField):
    """A choice of weekdays by tick boxes; Monday is 0."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: str = "", **kwargs: Any) -> None:
        """Offer the seven days."""
        days = [SelectChoice(str(number), name) for number, name in enumerate(WEEKDAYS)]
        super().__init__(
            label,
            coerce=int,
            choices=days,
            invalid_value_message="Choose weekdays of the list.",
            **kwargs,
        )
