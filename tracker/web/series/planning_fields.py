"""Fields of a plan: a chair of the clinic, days of the week, the dose of each session."""

from collections.abc import Iterable, Iterator
from typing import Any

from wtforms import FieldList, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from tracker.domain.problems import Problem
from tracker.domain.series.plan import SeriesDraft
from tracker.domain.series.planned_dose import PlannedDose
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


class SessionDoses(FieldList):
    """The dose of each session of a plan, first to last.

    The page fills each with what the plan says, and sends back what it has put there (`shown`: unit
    and text of each row), so that a row which stands as it was follows when the plan changes. A row
    in which something else was typed keeps it, in the unit that stood beside it.
    """

    units: tuple[str, ...] = ()

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        """Count from the first row to the last that came: a row that is missing moves no other."""
        found = list(super()._extract_indices(prefix, formdata))
        yield from range(min(max(found, default=-1) + 1, self.max_entries or 0))

    def typed_doses(self, shown: str) -> tuple[PlannedDose, ...]:
        """Read the doses that somebody typed; rows that follow the plan are empty."""
        stood = [one.partition("=") for one in shown.split()]
        units, doses = [], []
        for place, row in enumerate(self.entries):
            unit, _, text = stood[place] if place < len(stood) else ("", "", "")
            if row._value().strip() in ("", text):
                row.data, row.raw_data, row.process_errors = None, None, []
            units.append(unit if row.raw_data else "")
            by_weight = unit == "mg/kg"
            doses.append(PlannedDose(mg_per_kg=row.data) if by_weight else PlannedDose(row.data))
        self.units = tuple(units)
        return tuple(doses)

    def fill(self, draft: SeriesDraft) -> str:
        """Put the plan's dose into each row without one of its own; say what stands where."""
        shown = []
        for number in range(1, max(draft.count, len(self.entries)) + 1):
            row = self[number - 1] if number <= len(self.entries) else self.append_entry()
            planned = draft.dose_as_planned(number)
            usual = "mg" if planned.mg_per_kg is None else "mg/kg"
            row.unit = (self.units[number - 1] if number <= len(self.units) else "") or usual
            amount = planned.mg if planned.mg_per_kg is None else planned.mg_per_kg
            if not row.raw_data:
                row.data = amount
            text = "" if amount is None or row.unit != usual else row.write(amount)
            shown.append(f"{row.unit}={text}")
        return " ".join(shown)

    def shows(self, problem: Problem) -> bool:
        """Put a problem beside its row; False where it is of another field."""
        row = next((one for one in self.entries if one.name == problem.field), None)
        if row is not None and not row.process_errors:
            row.errors = [*row.errors, problem.message]
            self.errors = [one.errors for one in self.entries]
        return row is not None
