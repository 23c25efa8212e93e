"""What is typed about check-ins: one sent by hand, and why one is withdrawn."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from wtforms import HiddenField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from tracker.domain.check_ins.windows import EVENING
from tracker.domain.codes import Indication
from tracker.services.check_ins.schedules import answerable
from tracker.web.forms import DateText, LongText, NounForm

DUE_DAYS, OPEN_DAYS = 1, 3


class SendForm(NounForm):
    """A check-in sent by hand, by days in the clinic."""

    places: ClassVar[dict[str, str]] = {
        "opens_at": "opens_on", "due_at": "due_on", "closes_at": "closes_on",
    }  # fmt: skip

    instruments = SelectMultipleField(
        "Questionnaires",
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )
    seen = HiddenField()
    opens_on = DateText("Can be answered from")
    due_on = DateText("Due on", description="In the evening")
    closes_on = DateText("Can be answered until", description="The whole day")

    def offer(self, indications: Collection[Indication], today: date) -> None:
        """Offer what patients can answer, and the usual days."""
        self.instruments.choices = list(answerable(indications).items())
        if not self.is_submitted():
            self.opens_on.data = today
            self.due_on.data = today + timedelta(days=DUE_DAYS)
            self.closes_on.data = today + timedelta(days=OPEN_DAYS)

    def times(
        self, zone: ZoneInfo, now: datetime
    ) -> tuple[datetime | None, datetime | None, datetime | None]:
        """Say when it opens (now, where that is today), is due and closes."""
        opens_at = _at(self.opens_on.data, time(), zone)
        closes_on = self.closes_on.data
        closes_at = _at(closes_on and closes_on + timedelta(days=1), time(), zone)
        due_at = _at(self.due_on.data, EVENING, zone)
        if opens_at and self.opens_on.data == now.astimezone(zone).date():
            opens_at = max(opens_at, now)
        # Sent in the evening for the same evening: as long as it is open.
        same_day = self.opens_on.data == self.due_on.data
        if same_day and opens_at and due_at and closes_at and due_at <= opens_at:
            due_at = closes_at
        return opens_at, due_at, closes_at


class WithdrawForm(NounForm):
    """Why a check-in is taken back."""

    reason = LongText("Reason", render_kw={"rows": 3})


def _at(day: date | None, at: time, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime.combine(day, at, zone)
