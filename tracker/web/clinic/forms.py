"""The form of the clinic's settings."""

from wtforms import BooleanField

from tracker.domain.clinic.settings import ClinicDraft
from tracker.web.forms import IntegerText, LineText, OpenedForm, TimeText

MEANWHILE = "Somebody else saved the settings while you were writing. Compare, then save again."


class ClinicForm(OpenedForm):
    """What the clinic sets for itself."""

    name = LineText("Name", render_kw={"autocomplete": "off"})
    phone = LineText(
        "Telephone",
        description="Shown to patients, on pages and in e-mails. May be left empty.",
        render_kw={"autocomplete": "off", "inputmode": "tel"},
    )
    crisis_line = LineText(
        "Crisis line",
        description="The number patients call or text at any hour. 988 in the United States.",
        render_kw={"autocomplete": "off", "inputmode": "tel"},
    )
    crisis_line_name = LineText("Name of the crisis line", render_kw={"autocomplete": "off"})
    emergency_number = LineText(
        "Emergency number",
        description="911 in the United States, 112 in the European Union.",
        render_kw={"autocomplete": "off", "inputmode": "tel"},
    )
    red_after_minutes = IntegerText(
        "Alerts turn red after",
        unit="minutes",
        description="An alert that nobody acknowledged by then is shown red, and each clinician "
        "gets one e-mail without its content.",
    )
    reminders = BooleanField("E-mail patients when a check-in is due, and once more when overdue")
    quiet_from = TimeText("No such e-mails from")
    quiet_until = TimeText("until")

    def draft(self) -> ClinicDraft:
        """Hand over what was typed."""
        return ClinicDraft(
            name=self.name.data,
            phone=self.phone.data,
            crisis_line=self.crisis_line.data,
            crisis_line_name=self.crisis_line_name.data,
            emergency_number=self.emergency_number.data,
            red_after_minutes=self.red_after_minutes.data,
            reminders=bool(self.reminders.data),
            quiet_from=self.quiet_from.data,
            quiet_until=self.quiet_until.data,
        )
