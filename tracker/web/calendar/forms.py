"""What is typed to add a session to the calendar."""

from wtforms import Form

from tracker.domain.series.placing import SessionPlan
from tracker.web.forms import DateText, LineText, NounForm, TimeText
from tracker.web.series.planning_fields import ChairSelect


class DayForm(Form):
    """Which day to show; it is asked for in the address, and nothing is sent."""

    day = DateText("Day")


class AddForm(NounForm):
    """One more session of a patient's series: whose, when and where."""

    record_number = LineText("Record number of the patient", render_kw={"autocomplete": "off"})
    planned_on = DateText("Day")
    planned_time = TimeText("Time of day")
    chair = ChairSelect()

    def plan(self) -> SessionPlan:
        """Say what was typed."""
        return SessionPlan(
            planned_on=self.planned_on.data,
            planned_time=self.planned_time.data,
            chair=self.chair.data or "",
        )
