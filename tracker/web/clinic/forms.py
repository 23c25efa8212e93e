"""The form of the clinic's settings."""

from typing import Any

from wtforms import BooleanField, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from tracker.domain.clinic.settings import ClinicDraft
from tracker.domain.date_format import DayOrder, HourFormat
from tracker.web.forms import IntegerText, LineText, OpenedForm, TimeText

MEANWHILE = "Somebody else saved the settings while you were writing. Compare, then save again."
PROPOSED = (
    "Nothing is saved yet. Below are the numbers that are known for this country. Call each once, "
    "put in your own where you have better ones, then save again."
)
NOTHING_KNOWN = (
    "Nothing is saved yet. No numbers are known for this country: put in those that are called "
    "there, then save again."
)
# What belongs together, its number first.
_LINES = (
    ("crisis_line", "crisis_line_name", "crisis_hours", "crisis_text"),
    ("second_line", "second_line_name"),
    ("emergency_number",),
)
_NUMBER = {"autocomplete": "off", "inputmode": "tel"}
_WORDS = {"autocomplete": "off"}


class ClinicForm(OpenedForm):
    """What the clinic sets for itself.

    `proposed` is the country whose numbers the page has proposed already.
    """

    proposed = HiddenField()
    name = LineText("Name", render_kw=_WORDS)
    phone = LineText(
        "Telephone",
        description="Shown on every page of a patient, and in e-mails.",
        render_kw=_NUMBER,
    )
    other_number_name = LineText(
        "Name of the country's own number of a person",
        description="Such as NHS number. It then stands with each patient beside the record "
        "number. Empty where the clinic uses none.",
        render_kw=_WORDS,
    )
    mail_name = LineText(
        "Name used in e-mails",
        description="Sender and text of e-mails. Choose one that says nothing of what you treat: "
        "others see it on a phone. Empty: the clinic's name, or “your clinic” where that name "
        "tells.",
        render_kw=_WORDS,
    )
    board_initials = BooleanField(
        "Initials on the board for the wall",
        description="Whoever walks past reads no whole name there.",
    )
    country = SelectField(
        "Country",
        description="When you save another one, its numbers are proposed below.",
        validate_choice=False,  # the domain says it, together with everything else
    )
    us_label = BooleanField(
        "US label and REMS",
        description="On by itself in the United States, and while no country is chosen.",
    )
    eu_label = BooleanField(
        "EU product information",
        description="On by itself in the European Union and the United Kingdom.",
    )
    crisis_line_name = LineText("Name of the crisis line", render_kw=_WORDS)
    crisis_line = LineText(
        "Crisis line",
        description="The number patients call. Without one they see the emergency number alone.",
        render_kw=_NUMBER,
    )
    crisis_text = LineText(
        "Number for text messages", description="May be left empty.", render_kw=_NUMBER
    )
    crisis_hours = LineText("When it is answered", render_kw=_WORDS)
    second_line_name = LineText(
        "Name of a second line",
        description="For a part of the country, or of the patients. May be left empty.",
        render_kw=_WORDS,
    )
    second_line = LineText("Second line", render_kw=_NUMBER)
    emergency_number = LineText(
        "Emergency number",
        description="One number, as it is dialled where the patients are.",
        render_kw=_NUMBER,
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
    morning_from = TimeText("In the morning means from")
    evening_from = TimeText("In the evening means from")
    day_order = SelectField(
        "Days", choices=DayOrder.choices(), coerce=DayOrder, default=DayOrder.DAY_FIRST
    )
    hour_format = SelectField(
        "Times of day", choices=HourFormat.choices(), coerce=HourFormat, default=HourFormat.TO_24
    )

    passkeys_alone = BooleanField(
        "People may sign in with a passkey alone",
        description="Their device asks for a finger, a face or its PIN in place of password and "
        "second step. Without this a passkey is a second step beside the password.",
    )
    names_who_looked = BooleanField(
        "Patients read the names of who looked at their record",
        description="Without this they read what each is, such as a clinician.",
    )
    records_an_hour = IntegerText(
        "Many records in an hour are more than",
        unit="records",
        description="40 is a default of this program and has no source: put in what is usual here. "
        "Whoever opens more stands under Unusual in the audit trail.",
    )
    open_from = TimeText("The clinic works from")
    open_until = TimeText("until ")

    def __init__(self, *args: Any, countries: dict[str, str], **kwargs: Any) -> None:
        """Offer the countries, names by code."""
        super().__init__(*args, **kwargs)
        self.country.choices = [SelectChoice(code, name) for code, name in countries.items()]

    def propose(self, stored: ClinicDraft, known: dict[str, str], before: dict[str, str]) -> bool:
        """Put the numbers of another country in the place of those that were left as they stood.

        `before` are the numbers of the country there was. Say whether anything was proposed: once
        for a country, and never over what was typed. Where nothing is known in its place, a number
        goes that was the other country's, and a number of the clinic's own stays.
        """
        if self.country.data in (stored.country, self.proposed.data):
            return False
        self.proposed.data = self.country.data
        changed = {
            name: new
            for line in _LINES
            for name, new in self._new_line(line, stored, known, before).items()
            if self[name].data == getattr(stored, name) != new
        }
        if not changed:
            return False
        for name, number in changed.items():
            self[name].data = number
        self.form_errors.append(PROPOSED if any(known.values()) else NOTHING_KNOWN)
        return True

    def _new_line(
        self,
        line: tuple[str, ...],
        stored: ClinicDraft,
        known: dict[str, str],
        before: dict[str, str],
    ) -> dict[str, str]:
        """Say what to put in the fields of one line, where they were left as they stood.

        The name and hours of a country's line are never put beside another number that was typed.
        """
        number = line[0]
        typed = self[number].data not in (getattr(stored, number), known[number])
        new = dict.fromkeys(line, "") if typed else {name: known[name] for name in line}
        if getattr(stored, number) == before[number]:
            return new
        return {name: text for name, text in new.items() if text}

    def draft(self) -> ClinicDraft:
        """Hand over what was typed."""
        return ClinicDraft(
            name=self.name.data,
            other_number_name=self.other_number_name.data,
            board_initials=bool(self.board_initials.data),
            mail_name=self.mail_name.data,
            country=self.country.data or "",
            us_label=bool(self.us_label.data),
            eu_label=bool(self.eu_label.data),
            phone=self.phone.data,
            crisis_line=self.crisis_line.data,
            crisis_line_name=self.crisis_line_name.data,
            crisis_hours=self.crisis_hours.data,
            crisis_text=self.crisis_text.data,
            second_line=self.second_line.data,
            second_line_name=self.second_line_name.data,
            emergency_number=self.emergency_number.data,
            red_after_minutes=self.red_after_minutes.data,
            reminders=bool(self.reminders.data),
            quiet_from=self.quiet_from.data,
            quiet_until=self.quiet_until.data,
            morning_from=self.morning_from.data,
            evening_from=self.evening_from.data,
            day_order=self.day_order.data or DayOrder.DAY_FIRST,
            hour_format=self.hour_format.data or HourFormat.TO_24,
            passkeys_alone=bool(self.passkeys_alone.data),
            names_who_looked=bool(self.names_who_looked.data),
            records_an_hour=self.records_an_hour.data,
            open_from=self.open_from.data,
            open_until=self.open_until.data,
        )
