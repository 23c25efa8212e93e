"""The form of the clinic's settings."""

from wtforms import BooleanField, HiddenField

from tracker.domain.clinic.settings import ClinicDraft
from tracker.web.forms import IntegerText, LineText, NounForm, TimeText

_VERSION_MAX = 10**9


def opened(text: str | None) -> int:
    """Read the version that a form was opened with; 0, which nothing has, for any other text."""
    known = text is not None and text.isascii() and text.isdecimal()
    return min(int(text[:10]), _VERSION_MAX) if known and text else 0


class ClinicForm(NounForm):
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
    version = HiddenField()

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

    def opened_version(self) -> int:
        """Say which version of the settings the form was opened with."""
        return opened(self.version.data)
